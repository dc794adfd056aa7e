"""The display: a window on a desktop, the whole screen on a Pi, memory alone when headless.

This is the one place that opens a screen, and belongs to the main thread. Text, shapes and
pictures are drawn by the canvas and widgets beside it.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pygame

from device.config import Screen
from device.domain.events import KeyTyped
from device.domain.kiosk import CHORD, Button, Press, ScreenModel
from device.errors import DisplayError, OutputError
from device.ui import i18n
from device.ui.canvas import Canvas, Trouble, forget_fonts
from device.ui.cells import Painter
from device.ui.screens import screen_cells
from device.ui.screens.live_plan import plan
from device.ui.stage import Stage
from device.ui.theme import Sight

_LOG = logging.getLogger(__name__)
_ALWAYS = {
    pygame.K_F1: Button.GREEN,
    pygame.K_F2: Button.BLUE,
    pygame.K_F3: Button.YELLOW,
    pygame.K_DOWN: Button.BLUE,
    pygame.K_UP: Button.YELLOW,
}
"""Keys that are buttons also where text is typed."""
_KEYS = {
    **_ALWAYS,
    pygame.K_g: Button.GREEN,
    pygame.K_SPACE: Button.GREEN,
    pygame.K_b: Button.BLUE,
    pygame.K_RETURN: Button.BLUE,
    pygame.K_KP_ENTER: Button.BLUE,
    pygame.K_y: Button.YELLOW,
}
_MOST_PX = 2560 * 1440
_SPECIAL = {pygame.K_RETURN: "\n", pygame.K_KP_ENTER: "\n", pygame.K_BACKSPACE: "\b"}


def make_display(
    screen: Screen,
    *,
    headless: bool,
    hold_s: float = 1.5,
    chord_s: float = 5.0,
    keyboard: bool = True,
) -> PygameDisplay:
    """Open the display that `screen` describes; `headless` draws into memory alone.

    `hold_s`: how long a key is held for a long press; `chord_s`: green and blue together;
    `keyboard`: whether keys press buttons at all. Raises `DisplayError` when there is none.
    """
    headless = headless or screen.display == "headless"
    driver = "dummy" if headless else ("kmsdrm" if screen.display == "kmsdrm" else "")
    i18n.use(screen.language)
    return PygameDisplay(screen, driver=driver, hold_s=hold_s, chord_s=chord_s, keyboard=keyboard)


def legibility(stage: Stage) -> str:
    """What is wrong with the size of the live numbers on this screen; empty when they are legible.

    The rule: capitals at least as high as the viewing distance divided by 40.
    """
    cap_px = plan(stage, stage.body(None), picture=stage.show_picture).cap_px
    sight = stage.sight
    if cap_px >= sight.live_cap_px:
        return ""
    return (
        f"The live numbers are {cap_px / sight.px_per_mm:.0f} mm high on this screen: "
        f"legible from {sight.readable_from_m(cap_px):.1f} m, not from "
        f"{sight.viewing_distance_m:.1f} m. Use a larger screen, put it closer, or correct "
        "diagonal_in and viewing_distance_m in [screen]."
    )


def someone_can_see() -> bool:
    """Whether there is a desktop to open a window on (for the display "auto")."""
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def panel_mode(own: tuple[int, int], listed: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """The mode for a screen without a desktop: the panel's own, in which nothing is scaled.

    Except where that has far more pixels than a processor can draw (a 4K television): there the
    largest of the `listed` ones in the same shape, which the panel scales by itself.
    """
    width, height = own
    if width * height <= _MOST_PX:
        return own
    alike = [
        (w, h)
        for w, h in listed
        if w * h <= _MOST_PX and abs(w * height - h * width) <= 0.01 * w * height
    ]
    return max(alike, default=own)


class PygameDisplay:
    """A `Display` on pygame. Main thread only."""

    def __init__(
        self,
        screen: Screen,
        *,
        driver: str = "",
        hold_s: float = 1.5,
        chord_s: float = 5.0,
        keyboard: bool = True,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._headless = driver == "dummy"
        self._hold_s = hold_s
        self._now_s = now_s
        self._down: dict[Button, float | None] = {}
        self._chord_s = chord_s
        self._chord_since: float | None = None
        self._glass = _open(screen, driver)
        # A desktop turns its own screens.
        own = pygame.display.get_driver().lower() in ("kmsdrm", "dummy")
        self._turn_deg = screen.rotation_deg if own else 0
        self._surface = self._glass
        if self._turn_deg:
            width, height = self._glass.get_size()
            upright = (height, width) if self._turn_deg in (90, 270) else (width, height)
            self._surface = pygame.Surface(upright, depth=32)
        width, height = self._surface.get_size()
        sight = Sight(width, height, screen.diagonal_in, screen.viewing_distance_m)
        self._stage = Stage(sight, screen.live_view, screen.show_picture)
        self._canvas = Canvas(self._surface, self._stage.smallest_text)
        self._painter = Painter(self._canvas)
        self._typing = False
        self._keyboard = keyboard
        self._escape_quits = driver == ""
        shortfall = legibility(self._stage)
        if shortfall and not self._headless:
            _LOG.warning("%s", shortfall)

    @property
    def simulated(self) -> bool:
        """Whether nobody can see it."""
        return self._headless

    @property
    def size_px(self) -> tuple[int, int]:
        """The size in use, which a full screen chooses itself."""
        return self._surface.get_size()

    @property
    def troubles(self) -> tuple[Trouble, ...]:
        """Texts that did not fit since the start."""
        return tuple(self._canvas.troubles)

    def draw(self, model: ScreenModel) -> None:
        """Draw what changed since the last call; raises `DisplayError` when the screen is lost."""
        try:
            self._draw(model)
        except pygame.error as error:
            self._painter.forget()  # nobody knows what of it can be seen
            raise _lost(error) from error

    def _draw(self, model: ScreenModel) -> None:
        self._typing = model.typing
        if model.look is not None and self._stage.take(model.look):
            # Words that stay the same in the view are other words now.
            self._painter.forget()
        dirty = self._painter.paint(screen_cells(self._stage, model))
        if dirty:
            boxes = [tuple(box) for box in dirty]
            if self._turn_deg:
                boxes = [self._turned(pygame.Rect(box)) for box in boxes]
            pygame.display.update(boxes)

    def _turned(self, box: pygame.Rect) -> tuple[int, int, int, int]:
        """Carry a part of the upright picture over to the screen that was mounted turned.

        The screen was turned clockwise, so the picture is turned the other way.
        """
        width, height = self._surface.get_size()
        box = box.clip(self._surface.get_rect())
        piece = pygame.transform.rotate(self._surface.subsurface(box), self._turn_deg)
        corner = {
            90: (box.top, width - box.right),
            180: (width - box.right, height - box.bottom),
            270: (height - box.bottom, box.left),
        }[self._turn_deg]
        self._glass.blit(piece, corner)
        return (*corner, *piece.get_size())

    def keys(self) -> list[tuple[Button, Press] | KeyTyped | str]:
        """Presses on the keyboard since the last call: g, space or F1; b, enter, F2 or down; y, F3
        or up; "quit". While text is typed, only F keys and arrows are buttons.

        A long press is reported as soon as the key has been held long enough, a short one when
        the key is let go before that. Raises `DisplayError` when the screen is lost.
        """
        found: list[tuple[Button, Press] | KeyTyped | str] = []
        now = self._now_s()
        try:
            events = pygame.event.get()
        except pygame.error as error:
            raise _lost(error) from error
        for event in events:
            if event.type == pygame.QUIT:
                found.append("quit")
            elif event.type == pygame.KEYDOWN:
                if event.key == pygame.K_ESCAPE and self._escape_quits:
                    found.append("quit")
                if self._typing and event.key not in _ALWAYS:
                    typed = _SPECIAL.get(event.key, getattr(event, "unicode", ""))
                    if typed:
                        found.append(KeyTyped(typed))
                    continue
                button = _KEYS.get(event.key) if self._keyboard else None
                if button is not None and button not in self._down:
                    self._down[button] = now
                    self._begin_chord(now)
            elif event.type == pygame.KEYUP:
                button = _KEYS.get(event.key)
                since = self._down.pop(button, None) if button is not None else None
                if button in CHORD:
                    self._chord_since = None
                if button is not None and since is not None:
                    long = now - since >= self._hold_s
                    found.append((button, Press.LONG if long else Press.SHORT))
            elif event.type in (pygame.VIDEOEXPOSE, pygame.WINDOWSIZECHANGED):
                self._painter.forget()
        for button, since in self._down.items():
            if since is not None and now - since >= self._hold_s:
                found.append((button, Press.LONG))
                self._down[button] = None
        if self._chord_since is not None and now - self._chord_since >= self._chord_s:
            found.append("chord")
            self._chord_since = None
        return found

    def held(self) -> tuple[Button, float] | None:
        """The key being held and how far its hold has come (0..1), for the filling ring."""
        for button, since in self._down.items():
            if since is not None:
                return button, min(1.0, (self._now_s() - since) / self._hold_s)
        return None

    def chord(self) -> float | None:
        """How far holding green and blue together has come (0..1); None when they are not held."""
        since = self._chord_since
        return None if since is None else min(1.0, (self._now_s() - since) / self._chord_s)

    def _begin_chord(self, now_s: float) -> None:
        if self._down.keys() >= CHORD:
            self._chord_since = now_s
            # Held together they mean something of their own: neither is a press any more.
            self._down.update(dict.fromkeys(CHORD, None))

    def screenshot(self, path: Path) -> None:
        """Write what is shown as PNG; raises `OutputError` when it cannot be written."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            pygame.image.save(self._surface, str(path))
        except (OSError, pygame.error) as error:
            raise OutputError(
                f"{path}: the screenshot cannot be written ({error}).",
                remedy="Name a folder that can be written.",
            ) from error

    def close(self) -> None:
        """Give the screen back."""
        forget_fonts()
        pygame.quit()


def _lost(error: pygame.error) -> DisplayError:
    return DisplayError(
        f"The screen takes no picture any more: {error}.", remedy="Check its cable and its power."
    )


def _open(screen: Screen, driver: str) -> pygame.Surface:
    if driver:
        os.environ["SDL_VIDEODRIVER"] = driver
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    try:
        pygame.display.init()
        pygame.font.init()
        flags = 0
        size = (screen.width_px, screen.height_px)
        if pygame.display.get_driver().lower() == "kmsdrm":
            # The one renderer that the kernel's display offers, in step with its refresh.
            os.environ.setdefault("SDL_RENDER_DRIVER", "opengles2")
            os.environ.setdefault("SDL_RENDER_VSYNC", "1")
            # Otherwise SDL re-creates the window for GLES 2 inside set_mode, and pygame crashes.
            pygame.display.gl_set_attribute(
                pygame.GL_CONTEXT_PROFILE_MASK, pygame.GL_CONTEXT_PROFILE_ES
            )
            pygame.display.gl_set_attribute(pygame.GL_CONTEXT_MAJOR_VERSION, 2)
            pygame.display.gl_set_attribute(pygame.GL_CONTEXT_MINOR_VERSION, 0)
            flags = pygame.FULLSCREEN
            size = panel_mode(pygame.display.get_desktop_sizes()[0], pygame.display.list_modes())
        elif driver != "dummy" and screen.fullscreen:
            flags = pygame.FULLSCREEN
        surface = pygame.display.set_mode(size, flags)
        pygame.display.set_caption("Midstance")
        pygame.mouse.set_visible(not flags)
        pygame.key.set_repeat()
    except pygame.error as error:
        pygame.quit()
        raise DisplayError(
            f"The display ({driver or 'window'}) cannot be opened: {error}.",
            remedy='Connect a screen, or set display = "headless" in [screen].',
        ) from error
    return surface
