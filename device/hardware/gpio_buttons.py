"""The three buttons and their lights, through gpiozero; nobody else imports it.

`GpioButtons` works on real pins (lgpio), `MockButtons` on gpiozero's mock pins: the same code
path, with `press()` to drive the pins as a finger would.

A press is told apart here rather than by gpiozero's hold events, which run on a thread of their
own and can arrive for a button that was let go of: SHORT is told at release, LONG as soon as the
button has been down for `hold_s` and its pin still says so; a press is one of the two, never both.
Green and blue down together are neither: held for `shutdown_s` they are the chord that switches
the station off. A button that is down from the start, or for longer than anybody presses, is stuck:
it is reported, and means nothing until it has been let go of.
"""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from gpiozero import PWMLED
from gpiozero import Button as GpioButton
from gpiozero.exc import GPIOZeroError
from gpiozero.pins.mock import MockFactory, MockPWMPin

from device.config import Buttons
from device.domain.kiosk import CHORD, Button, LightPattern, Press
from device.errors import ButtonError

OnPress = Callable[[Button, Press], None]
OnChord = Callable[[], None]

SHOWN_AFTER_S = 0.3
"""A hold is shown (its filling ring) only once it is clearly no short press."""
STUCK_S = 30.0
"""Nobody holds a button for this long."""


class GpioButtons:
    """Buttons and lights on the pins that `settings` names. `factory`: gpiozero's pin factory."""

    def __init__(self, settings: Buttons, factory: Any = None) -> None:
        self._settings = settings
        self._factory = factory
        self._fingers: dict[Button, _Finger] = {}
        self._lights: dict[Button, PWMLED] = {}
        self._shown: dict[Button, LightPattern] = {}
        self._down_at_start: set[Button] = set()
        self._chord = _Chord(settings.shutdown_s)

    @property
    def simulated(self) -> bool:
        """Whether no finger can press these."""
        return isinstance(self._factory, MockFactory)

    @property
    def stuck(self) -> tuple[Button, ...]:
        """Buttons down since the start or for half a minute: not obeyed until let go of."""
        fingers = self._fingers.items()
        self._down_at_start &= {button for button, finger in fingers if finger.is_down}
        return tuple(
            button
            for button, finger in fingers
            if button in self._down_at_start or (finger.down_s() or 0.0) >= STUCK_S
        )

    def start(self, on_press: OnPress, on_chord: OnChord = lambda: None) -> None:
        """Begin reporting presses; raises `ButtonError` when the pins cannot be had."""
        self._chord.report = on_chord
        if self._factory is None:
            self._factory = _lgpio_factory()
        try:
            for button in Button:
                self._open(button, on_press)
        except (GPIOZeroError, OSError, ValueError) as error:
            self.close()
            raise ButtonError(
                f"The buttons' pins cannot be used: {error}",
                remedy="Check the pin numbers in [buttons], or that nothing else uses them.",
            ) from error
        self._down_at_start = {
            button
            for button, finger in self._fingers.items()
            if finger.is_down and finger.down_s() is None
        }

    def light(self, button: Button, pattern: LightPattern) -> None:
        """Set a button's light."""
        led = self._lights.get(button)
        if led is None or self._shown.get(button) is pattern:
            return
        self._shown[button] = pattern
        match pattern:
            case LightPattern.OFF:
                led.off()
            case LightPattern.ON:
                led.on()
            case LightPattern.BREATHE:
                led.pulse(fade_in_time=1.5, fade_out_time=1.5)
            case LightPattern.BLINK:
                led.blink(on_time=0.8, off_time=0.8)
            case LightPattern.FLASH:
                led.blink(on_time=0.15, off_time=0.15)

    def held(self) -> tuple[Button, float] | None:
        """The button being held and how far its long press has come (0..1); None when none is."""
        for button, finger in self._fingers.items():
            down_s = finger.down_s()
            if finger.taken or down_s is None:
                continue
            if SHOWN_AFTER_S <= down_s < STUCK_S:
                return button, min(1.0, down_s / self._settings.hold_s)
        return None

    def chord(self) -> float | None:
        """How far holding green and blue together has come (0..1); None when they are not held."""
        down_s = self._chord.down_s()
        if down_s is None or down_s < SHOWN_AFTER_S:
            return None
        return min(1.0, down_s / self._settings.shutdown_s)

    def close(self) -> None:
        """Release the pins, lights off."""
        self._chord.end()
        for finger in self._fingers.values():
            finger.close()
        for led in self._lights.values():
            led.close()
        self._fingers.clear()
        self._chord.fingers.clear()
        self._lights.clear()
        self._shown.clear()

    def _open(self, button: Button, on_press: OnPress) -> None:
        settings = self._settings
        self._lights[button] = PWMLED(
            getattr(settings, f"{button.value}_led_pin"),
            active_high=settings.led_active == "high",
            pin_factory=self._factory,
        )
        gpio = GpioButton(
            getattr(settings, f"{button.value}_pin"),
            pull_up=None if settings.pull == "none" else settings.pull == "up",
            # gpiozero derives it from the pull where there is one, and refuses to be told then.
            active_state=_pressed_is_high(settings) if settings.pull == "none" else None,
            bounce_time=settings.debounce_s,
            pin_factory=self._factory,
        )
        self._fingers[button] = _Finger(
            gpio,
            lambda press: on_press(button, press),
            settings.hold_s,
            settings.debounce_s,
            chord=self._chord if button in CHORD else None,
        )
        if button in CHORD:
            self._chord.fingers.append(self._fingers[button])


class MockButtons(GpioButtons):
    """Buttons on gpiozero's mock pins: the simulator."""

    def __init__(self, settings: Buttons) -> None:
        super().__init__(settings, MockFactory(pin_class=MockPWMPin))

    def press(self, button: Button, for_s: float = 0.1) -> None:
        """Drive the button's pin to its active level for `for_s` seconds, as a finger would."""
        pin = self._factory.pin(getattr(self._settings, f"{button.value}_pin"))
        down, up = pin.drive_low, pin.drive_high
        if _pressed_is_high(self._settings):
            down, up = up, down
        down()
        time.sleep(for_s)
        up()


class _Finger:
    """Tells short from long presses of one button."""

    def __init__(
        self,
        gpio: GpioButton,
        report: Callable[[Press], None],
        hold_s: float,
        debounce_s: float,
        chord: _Chord | None = None,
    ) -> None:
        self._gpio = gpio
        self._report = report
        self._hold_s = hold_s
        self._debounce_s = debounce_s
        self._chord = chord
        self._lock = threading.Lock()
        self._down_at: float | None = None
        self._told = False
        self.taken = False
        """Whether this press is part of a chord, and none of its own."""
        self._timer: threading.Timer | None = None
        gpio.when_pressed = self._pressed
        gpio.when_released = self._released

    @property
    def is_down(self) -> bool:
        """What the pin says."""
        return bool(self._gpio.is_pressed)

    def down_s(self) -> float | None:
        """How long the button has been down; None when it is up or was down from the start."""
        down_at = self._down_at
        return None if down_at is None else time.monotonic() - down_at

    def close(self) -> None:
        with self._lock:
            self._forget()
        self._gpio.close()

    def _pressed(self) -> None:
        with self._lock:
            self._forget()
            self._down_at = time.monotonic()
            self._timer = threading.Timer(self._hold_s, self._held, [self._down_at])
            self._timer.daemon = True
            self._timer.start()
        if self._chord is not None:
            self._chord.look()

    def take(self) -> None:
        """Make this press no press: it is part of a chord."""
        with self._lock:
            self._told = self.taken = True
            if self._timer is not None:
                self._timer.cancel()

    def _released(self) -> None:
        with self._lock:
            down_at, told = self._down_at, self._told
            self._forget()
        if self._chord is not None:
            self._chord.end()
        if down_at is None or told:
            return
        down_s = time.monotonic() - down_at
        if down_s >= self._hold_s:
            # The timer is late, on a machine that has other things to do.
            self._report(Press.LONG)
        elif down_s >= self._debounce_s:  # shorter is chatter or a spark, no finger
            self._report(Press.SHORT)

    def _held(self, down_at: float) -> None:
        with self._lock:
            if self._down_at != down_at or self._told or not self.is_down:
                return
            self._told = True
        self._report(Press.LONG)

    def _forget(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._down_at, self._told, self.taken = None, None, False, False


class _Chord:
    """Green and blue held together. A stuck one makes no chord with the other."""

    def __init__(self, hold_s: float) -> None:
        self.report: OnChord = lambda: None
        self.fingers: list[_Finger] = []
        self._hold_s = hold_s
        self._lock = threading.Lock()
        self._since: float | None = None
        self._timer: threading.Timer | None = None

    def down_s(self) -> float | None:
        """For how long both have been down; None when they are not."""
        since = self._since
        return None if since is None else time.monotonic() - since

    def look(self) -> None:
        """One of them has gone down: begin when all are."""
        downs = [finger.down_s() for finger in self.fingers]
        if len(downs) < len(CHORD) or any(down is None or down >= STUCK_S for down in downs):
            return
        for finger in self.fingers:
            finger.take()
        with self._lock:
            self._forget()
            self._since = time.monotonic()
            self._timer = threading.Timer(self._hold_s, self._held, [self._since])
            self._timer.daemon = True
            self._timer.start()

    def end(self) -> None:
        """One of them was let go of."""
        with self._lock:
            self._forget()

    def _held(self, since: float) -> None:
        with self._lock:
            if self._since != since or not all(finger.is_down for finger in self.fingers):
                return
            self._forget()
        self.report()

    def _forget(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._since = None, None


def _pressed_is_high(settings: Buttons) -> bool:
    if settings.pull == "none":
        return settings.active == "high"
    return settings.pull == "down"


@contextmanager
def _in_its_folder() -> Iterator[None]:
    """lgpio makes a pipe when it is imported, in the folder LG_WD, and opens it in the present one:
    they have to be the same, and one where files may be made. Called before there are threads."""
    work = os.environ.setdefault("LG_WD", tempfile.gettempdir())
    before = os.getcwd()
    os.chdir(work)
    try:
        yield
    finally:
        os.chdir(before)


def _lgpio_factory() -> Any:
    """gpiozero's factory for the pins of a Pi, by lgpio."""
    try:
        with _in_its_folder():
            from gpiozero.pins.lgpio import LGPIOFactory
    except ImportError as error:
        raise ButtonError(
            "The library lgpio, which drives the buttons' pins, is not installed.",
            remedy='Install python3-lgpio, or set source = "none" (or "mock") in [buttons].',
        ) from error
    except OSError as error:
        raise ButtonError(
            f"The library that drives the buttons' pins cannot start: {error}.",
            remedy="Name a folder where files may be made in the environment variable LG_WD.",
        ) from error
    try:
        return LGPIOFactory()
    except Exception as error:  # gpiozero, lgpio and the kernel each throw their own
        raise ButtonError(
            f"This machine's pins cannot be used: {error}",
            remedy='Run on a Raspberry Pi, or set source = "none" (or "mock") in [buttons].',
        ) from error


def make_buttons(settings: Buttons) -> GpioButtons | None:
    """The buttons that `settings.source` names; None for "none" (keyboard alone)."""
    if settings.source == "none":
        return None
    return MockButtons(settings) if settings.source == "mock" else GpioButtons(settings)
