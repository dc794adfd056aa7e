"""Draws text and shapes on a pygame surface, and notes every text that did not fit.

Text is drawn only through `Canvas.text` and `Canvas.number`: both keep to the box they are given,
shrink down to a least size, and record in `Canvas.troubles` what was cut or too faint, so that a
test can assert there was none.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pygame

from device.ui.boxes import Box
from device.ui.theme import (
    BACKGROUND,
    CAP_PER_SIZE,
    CONTRAST_AT_LEAST,
    TEXT,
    Colour,
    Face,
    contrast,
)

FONT_DIR = Path(__file__).parent / "fonts"
COMMA_RAISED = 0.09
_CACHE_BYTES = 24_000_000
FINER = 4
"""Signs are drawn that many times larger and then made small."""
Point = tuple[float, float]
SignPainter = Callable[["Canvas", Box], None]


@dataclass(frozen=True, slots=True)
class Trouble:
    """A text that was cut, cannot be told from its surface, or has a letter no face has."""

    kind: str
    text: str
    box: Box


@lru_cache(maxsize=128)
def font(face: Face, size: int) -> pygame.font.Font:
    """A face at a size in pixels."""
    if not pygame.font.get_init():
        pygame.font.init()
    return pygame.font.Font(str(FONT_DIR / f"{face.value}.ttf"), size)


def forget_fonts() -> None:
    """Let go of all fonts; needed before pygame's font module is shut down."""
    font.cache_clear()
    _digit_width.cache_clear()
    _split.cache_clear()
    _balanced.cache_clear()
    _unknown.cache_clear()
    _has.cache_clear()


@lru_cache(maxsize=256)
def _digit_width(face: Face, size: int) -> int:
    return max(font(face, size).size(digit)[0] for digit in "0123456789")


@lru_cache(maxsize=512)
def _split(text: str, face: Face, size: int, width: int) -> tuple[str, ...]:
    """`text` in lines of at most `width` pixels; a single word may be wider."""
    lines: list[str] = []
    measure = font(face, size).size
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split(" "):
            longer = f"{line} {word}" if line else word
            if line and measure(longer)[0] > width:
                lines.append(line)
                line = word
            else:
                line = longer
        lines.append(line)
    return tuple(lines)


@lru_cache(maxsize=512)
def _balanced(text: str, face: Face, size: int, width: int) -> tuple[str, ...]:
    """As few lines as fit the width, and those about equally long: no word stands alone."""
    parts = _split(text, face, size, width)
    if len(parts) < 2 or "\n" in text:
        return parts
    for share in (0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9):
        narrower = _split(text, face, size, round(width * share))
        widest = max(font(face, size).size(part)[0] for part in narrower)
        if len(narrower) == len(parts) and widest <= width:
            return narrower
    return parts


def number_width(text: str, face: Face, size: int, *, steady: bool = True) -> int:
    """Width of a number. `steady` gives all digits one width: a changing number stands still."""
    return sum(_advances(text, face, size, steady))


def _advances(text: str, face: Face, size: int, steady: bool) -> list[int]:
    """The room of each character. A leading one keeps its own: nothing before it can move."""
    cell = _digit_width(face, size)
    measure = font(face, size).size
    return [
        cell if steady and c.isdigit() and (i or c != "1") else measure(c)[0]
        for i, c in enumerate(text)
    ]


class Canvas:
    """A surface with the house's ways of drawing on it."""

    def __init__(self, surface: pygame.Surface, smallest: float = 8) -> None:
        """`smallest`: no text is ever set smaller than this size in pixels."""
        self.surface = surface
        self.smallest = max(8, round(smallest))
        self.troubles: list[Trouble] = []
        self._texts: OrderedDict[tuple[object, ...], pygame.Surface] = OrderedDict()
        self._held = 0

    # -- text ---------------------------------------------------------------------------------

    def text(
        self,
        text: str,
        box: Box,
        size: float,
        *,
        face: Face = Face.TEXT,
        colour: Colour = TEXT,
        on: Colour = BACKGROUND,
        align: str = "left",
        valign: str = "middle",
        least: float | None = None,
        lines: int = 1,
        leading: float = 1.12,
    ) -> Box:
        """Write `text` in `box`, at `size` or as much smaller as it needs (not below `least`).

        `on` is the colour behind it, for the contrast check. Returns the box the ink is in.
        """
        if not text:
            return Box(box.x, box.y, 0, 0)
        self._check_contrast(text, box, colour, on)
        smallest = max(self.smallest, round(least if least is not None else size * 0.6))
        now = max(smallest, round(size))
        while True:
            parts = _balanced(text, face, now, box.w) if lines > 1 else (text,)
            widest = max(font(face, now).size(part)[0] for part in parts)
            tall = _block_height(len(parts), now, leading)
            fits = widest <= box.w and len(parts) <= lines and tall <= box.h
            if fits or now <= smallest:
                break
            now = max(smallest, now - max(1, now // 24))
        if not fits:
            self.troubles.append(Trouble("cut", text, box))
            parts = self._shorten(parts[:lines], face, now, box.w)
            tall = _block_height(len(parts), now, leading)
        y = box.y + {"top": 0, "middle": (box.h - tall) // 2, "bottom": box.h - tall}[valign]
        left, right, top = box.right, box.x, y
        for part in parts:
            ink = self._ink(part, face, now, colour)
            x = box.x + {"left": 0, "centre": (box.w - ink.get_width()) // 2}.get(
                align, box.w - ink.get_width()
            )
            # The font's line leaves more room above its capitals than below: centre the capitals.
            self.surface.blit(ink, (x, y - round(now * 0.15)))
            left, right = min(left, x), max(right, x + ink.get_width())
            y += round(now * leading)
        return Box(left, top, right - left, tall)

    def line_count(self, text: str, face: Face, size: int, width: int) -> int:
        """How many lines `text` takes; one that is too wide by a single word takes many."""
        parts = _split(text, face, size, width)
        wide = max(font(face, size).size(part)[0] for part in parts)
        return len(parts) if wide <= width else 99

    def text_if_fits(
        self,
        text: str,
        box: Box,
        size: float,
        *,
        least: float | None = None,
        face: Face = Face.TEXT,
        colour: Colour = TEXT,
        on: Colour = BACKGROUND,
    ) -> None:
        """Write one line that may as well be left out, such as a unit beside its name."""
        if font(face, max(self.smallest, round(least or size))).size(text)[0] <= box.w:
            self.text(text, box, size, face=face, colour=colour, on=on, least=least or size)

    def number(
        self,
        text: str,
        box: Box,
        size: int,
        *,
        face: Face = Face.NUMBER,
        colour: Colour = TEXT,
        on: Colour = BACKGROUND,
        align: str = "centre",
        valign: str = "middle",
        unit: str = "",
        unit_share: float = 0.55,
        steady: bool = True,
    ) -> Box:
        """Write a number, never shrunk; `unit` hangs raised behind it.

        `steady` gives all digits one width, for numbers that change before one's eyes.

        The number alone is aligned in `box` (with "centre"); returns the box of its capitals.
        """
        self._check_contrast(text, box, colour, on)
        ink = self._number_ink(text, face, size, colour, steady)
        unit_size = max(8, round(size * unit_share))
        tail = self._ink(unit, face, unit_size, colour) if unit else None
        room = ink.get_width() + (tail.get_width() if tail else 0)
        cap = math.ceil(size * CAP_PER_SIZE)
        if room > box.w or cap > box.h:
            self.troubles.append(Trouble("cut", text + unit, box))
        x = box.x + {"left": 0, "centre": (box.w - room) // 2}.get(align, box.w - room)
        y = box.y + {"top": 0, "middle": (box.h - cap) // 2}.get(valign, box.h - cap)
        self.surface.blit(ink, (x, y - 1))
        if tail:
            # The unit's ink begins at the cap line.
            high = max(m[3] for m in font(face, unit_size).metrics(unit) if m)
            above = font(face, unit_size).get_ascent() - high
            self.surface.blit(tail, (x + ink.get_width(), y - above))
        return Box(x, y, room, cap)

    def _check_contrast(self, text: str, box: Box, colour: Colour, on: Colour) -> None:
        if contrast(colour, on) < CONTRAST_AT_LEAST:
            self.troubles.append(Trouble("faint", text, box))
        if _unknown(text):
            self.troubles.append(Trouble("no such letter", text, box))

    def _shorten(
        self, parts: tuple[str, ...], face: Face, size: int, width: int
    ) -> tuple[str, ...]:
        measure = font(face, size).size
        result = []
        for part in parts:
            text = part
            while len(text) > 1 and measure(text + "…")[0] > width:
                text = text[:-1]
            result.append(part if measure(part)[0] <= width else text.rstrip() + "…")
        return tuple(result)

    def _ink(self, text: str, face: Face, size: int, colour: Colour) -> pygame.Surface:
        key = (text, face, size, colour)
        ink = self._recall(key)
        if ink is None:
            ink = font(face, size).render(text, True, colour)
            self._keep(key, ink)
        return ink

    def _number_ink(
        self, text: str, face: Face, size: int, colour: Colour, steady: bool
    ) -> pygame.Surface:
        key = (text, face, size, colour, "cells", steady)
        ink = self._recall(key)
        if ink is None:
            pieces = [font(face, size).render(c, True, colour) for c in text]
            widths = _advances(text, face, size, steady)
            # Only the rows between cap line and a little below the base line carry ink.
            top = round(size * (1 - CAP_PER_SIZE)) - 1
            tall = math.ceil(size * CAP_PER_SIZE) + 2 + (round(size * 0.07) if "," in text else 1)
            ink = pygame.Surface((max(1, sum(widths)), tall), pygame.SRCALPHA)
            x = 0
            for c, piece, width in zip(text, pieces, widths, strict=True):
                # A giant comma hangs far below the line; drawn higher it stays clear of what
                # stands there.
                up = round(size * COMMA_RAISED) if c == "," else 0
                ink.blit(piece, (x + (width - piece.get_width()) // 2, -top - up))
                x += width
            self._keep(key, ink)
        return ink

    def _recall(self, key: tuple[object, ...]) -> pygame.Surface | None:
        ink = self._texts.get(key)
        if ink is not None:
            self._texts.move_to_end(key)
        return ink

    def _keep(self, key: tuple[object, ...], ink: pygame.Surface) -> None:
        self._texts[key] = ink
        self._held += ink.get_width() * ink.get_height() * 4
        while self._held > _CACHE_BYTES and len(self._texts) > 1:
            _, old = self._texts.popitem(last=False)
            self._held -= old.get_width() * old.get_height() * 4

    def sign(self, key: Hashable, box: Box, colour: Colour, paint: SignPainter) -> None:
        """A small drawing with smooth edges, drawn large once and kept by `key`.

        `paint(canvas, box)` draws it on a clear ground, about `colour` where it meets the edge.
        """
        if box.w < 1 or box.h < 1:
            return
        name = (key, box.w, box.h, colour)
        ink = self._recall(name)
        if ink is None:
            large = pygame.Surface((box.w * FINER, box.h * FINER), pygame.SRCALPHA)
            # Clear, but of the sign's own colour, so that its edges do not turn dark.
            large.fill((*colour, 0))
            paint(Canvas(large), Box(0, 0, box.w * FINER, box.h * FINER))
            ink = pygame.transform.smoothscale(large, (box.w, box.h))
            self._keep(name, ink)
        self.surface.blit(ink, box)

    # -- shapes -------------------------------------------------------------------------------

    def fill(self, box: Box, colour: Colour, radius: float = 0) -> None:
        """A filled rectangle."""
        pygame.draw.rect(self.surface, colour, box, border_radius=round(radius))

    def outline(self, box: Box, colour: Colour, width: float = 2, radius: float = 0) -> None:
        """A rectangle's border, inside it."""
        pygame.draw.rect(
            self.surface, colour, box, max(1, round(width)), border_radius=round(radius)
        )

    def disc(self, centre: Point, radius: float, colour: Colour) -> None:
        """A filled circle with smooth edges."""
        pygame.draw.aacircle(self.surface, colour, centre, max(1, round(radius)))

    def circle(self, centre: Point, radius: float, colour: Colour, width: float) -> None:
        """A circle's line."""
        pygame.draw.aacircle(self.surface, colour, centre, round(radius), max(1, round(width)))

    def line(self, a: Point, b: Point, colour: Colour, width: float = 2) -> None:
        """A straight line of any width with smooth sides; the ends are cut along an axis."""
        dx, dy = abs(b[0] - a[0]), abs(b[1] - a[1])
        length = math.hypot(dx, dy)
        if length < 1e-6:
            return
        # pygame measures the width along an axis, not across the line.
        across = max(1, round(width * length / max(dx, dy)))
        pygame.draw.aaline(self.surface, colour, a, b, across)

    def dashes(
        self, a: Point, b: Point, colour: Colour, width: float = 2, dash: float = 10, gap: float = 7
    ) -> None:
        """A dashed line."""
        length = math.hypot(b[0] - a[0], b[1] - a[1])
        if length < 1e-6:
            return
        ux, uy = (b[0] - a[0]) / length, (b[1] - a[1]) / length
        at = 0.0
        while at < length:
            to = min(length, at + dash)
            self.line(
                (a[0] + ux * at, a[1] + uy * at), (a[0] + ux * to, a[1] + uy * to), colour, width
            )
            at = to + gap

    def polygon(self, points: Iterable[Point], colour: Colour) -> None:
        """A filled polygon with smooth edges."""
        corners = list(points)
        pygame.draw.polygon(self.surface, colour, corners)
        pygame.draw.aalines(self.surface, colour, True, corners)

    def limb(self, a: Point, ra: float, b: Point, rb: float, colour: Colour) -> None:
        """A stroke with round ends, `ra` pixels to either side of `a` and `rb` of `b`."""
        length = math.hypot(b[0] - a[0], b[1] - a[1])
        if length > 1e-6:
            nx, ny = (a[1] - b[1]) / length, (b[0] - a[0]) / length
            self.polygon(
                [
                    (a[0] + nx * ra, a[1] + ny * ra),
                    (b[0] + nx * rb, b[1] + ny * rb),
                    (b[0] - nx * rb, b[1] - ny * rb),
                    (a[0] - nx * ra, a[1] - ny * ra),
                ],
                colour,
            )
        self.disc(a, ra, colour)
        self.disc(b, rb, colour)

    def arc(
        self, centre: Point, radius: float, width: float, fraction: float, colour: Colour
    ) -> None:
        """A ring filled clockwise from the top, `fraction` of the way round."""
        if fraction <= 0:
            return
        steps = max(3, round(96 * min(1.0, fraction)))
        outer, inner = radius, radius - width
        angles = [2 * math.pi * min(1.0, fraction) * i / steps for i in range(steps + 1)]
        points = [
            (centre[0] + outer * math.sin(t), centre[1] - outer * math.cos(t)) for t in angles
        ]
        points += [
            (centre[0] + inner * math.sin(t), centre[1] - inner * math.cos(t))
            for t in reversed(angles)
        ]
        self.polygon(points, colour)


@lru_cache(maxsize=1024)
def _unknown(text: str) -> str:
    """The characters the faces do not have (they all have the same)."""
    return "".join(c for c in text if c != "\n" and not _has(c))


@lru_cache(maxsize=512)
def _has(letter: str) -> bool:
    """Whether the faces have a letter: one they lack is drawn as the same empty box as any."""
    face = font(Face.TEXT, 20)

    def ink(text: str) -> bytes:
        return bytes(face.render(text, False, (255, 255, 255)).get_buffer().raw)

    return letter.isspace() or ink(letter) != ink("\ue123")


def _block_height(lines: int, size: int, leading: float) -> int:
    return round(size * leading) * (lines - 1) + size
