"""Buttons and lights on gpiozero's mock pins: the pins are driven, not the callbacks."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import msgspec
import pytest
from gpiozero.pins.mock import MockFactory, MockPWMPin
from kiosk_fakes import wait_for

from device.config import Buttons, parse
from device.domain.kiosk import Button, LightPattern, Press
from device.errors import ButtonError
from device.hardware.gpio_buttons import SHOWN_AFTER_S, GpioButtons, MockButtons, make_buttons

ROOT = Path(__file__).resolve().parents[2]
QUICK = parse("[buttons]\nsource = 'mock'\nhold_s = 1.0").buttons


class Held:
    """For how long a pin has been down at most: on a busy machine fingers are slow."""

    def __init__(self, pin):
        self._pin = pin
        self._since_s = time.monotonic()
        pin.drive_low()

    def up_s(self):
        self._pin.drive_high()
        return time.monotonic() - self._since_s

    @property
    def s(self):
        return time.monotonic() - self._since_s


@pytest.fixture
def presses():
    return []


@pytest.fixture
def buttons(presses):
    made = MockButtons(QUICK)
    made.start(lambda button, press: presses.append((button, press)))
    yield made
    made.close()


def pin(buttons, name):
    return buttons._factory.pin(getattr(QUICK, name))


def test_a_short_press_is_told_once_at_release(buttons, presses):
    pin(buttons, "green_pin").drive_low()
    time.sleep(0.05)
    assert presses == []
    pin(buttons, "green_pin").drive_high()
    assert presses == [(Button.GREEN, Press.SHORT)]


def test_a_long_press_is_told_while_held_and_its_release_is_not(buttons, presses):
    pin(buttons, "blue_pin").drive_low()
    wait_for(lambda: presses)
    assert presses == [(Button.BLUE, Press.LONG)]
    pin(buttons, "blue_pin").drive_high()
    time.sleep(0.05)
    assert presses == [(Button.BLUE, Press.LONG)]


def test_each_button_has_its_pin(buttons, presses):
    for button in Button:
        buttons.press(button, 0.03)
    assert presses == [(button, Press.SHORT) for button in Button]


def test_chatter_is_no_press(buttons, presses):
    long = sum(
        Held(pin(buttons, "green_pin")).up_s() >= QUICK.debounce_s  # as long as a press
        for _ in range(20)
    )
    assert len(presses) <= long
    presses.clear()
    buttons.press(Button.GREEN, 0.05)
    assert presses == [(Button.GREEN, Press.SHORT)]


def test_many_presses_in_a_row_are_all_told(buttons, presses):
    for _ in range(20):
        buttons.press(Button.GREEN, 0.025)
    assert presses == [(Button.GREEN, Press.SHORT)] * 20


def test_a_hold_is_shown_from_the_moment_it_is_no_short_press(buttons):
    assert buttons.held() is None
    finger = Held(pin(buttons, "blue_pin"))
    assert buttons.held() is None or finger.s >= SHOWN_AFTER_S
    wait_for(lambda: buttons.held() is not None)
    button, fraction = buttons.held()
    assert button is Button.BLUE
    assert SHOWN_AFTER_S / QUICK.hold_s <= fraction <= 1.0
    wait_for(lambda: buttons.held()[1] == 1.0)
    finger.up_s()
    assert buttons.held() is None


def test_a_press_is_long_though_the_machine_is_too_busy_for_its_timer(presses, monkeypatch):
    monkeypatch.setattr(threading.Timer, "start", lambda timer: None)
    buttons = MockButtons(QUICK)
    buttons.start(lambda button, press: presses.append((button, press)))
    try:
        buttons.press(Button.BLUE, QUICK.hold_s)
        assert presses == [(Button.BLUE, Press.LONG)]
    finally:
        buttons.close()


def test_a_button_stuck_at_the_start_is_told_and_not_obeyed(presses):
    class StuckPin(MockPWMPin):
        """A pin whose button is down whenever it is made an input."""

        def _set_pull(self, value):
            super()._set_pull(value)
            if self.info.name == f"GPIO{QUICK.green_pin}":
                self.drive_low()

    buttons = MockButtons(QUICK)
    buttons._factory = MockFactory(pin_class=StuckPin)
    buttons.start(lambda button, press: presses.append((button, press)))
    try:
        assert buttons.stuck == (Button.GREEN,)
        time.sleep(QUICK.hold_s + 0.2)
        assert presses == []
        buttons._factory.pin(QUICK.green_pin).drive_high()
        assert presses == []
        assert buttons.stuck == ()
        buttons.press(Button.GREEN, 0.05)
        assert presses == [(Button.GREEN, Press.SHORT)]
    finally:
        buttons.close()


CHORD_S = 1.0


def chorded(presses, chords, **keys):
    more = "\n".join(f"{key} = {value!r}" for key, value in keys.items())
    settings = parse(f"[buttons]\nsource = 'mock'\nhold_s = 1.0\n{more}").buttons
    # Nobody configures less than two seconds; the test does not wait that long.
    made = MockButtons(msgspec.structs.replace(settings, shutdown_s=CHORD_S))
    made.start(lambda b, p: presses.append((b, p)), lambda: chords.append(time.monotonic()))
    return made


def test_green_and_blue_together_are_a_chord_and_no_presses(presses):
    chords = []
    buttons = chorded(presses, chords)
    try:
        pin(buttons, "green_pin").drive_low()
        pin(buttons, "blue_pin").drive_low()
        assert buttons.held() is None
        shown = []
        wait_for(lambda: shown.append(buttons.chord()) or shown[-1] is not None or chords)
        assert chords or SHOWN_AFTER_S / CHORD_S <= shown[-1] <= 1.0
        wait_for(lambda: chords)
        assert buttons.chord() is None
        pin(buttons, "green_pin").drive_high()
        pin(buttons, "blue_pin").drive_high()
        time.sleep(CHORD_S + 0.1)
        assert (len(chords), presses) == (1, [])
        buttons.press(Button.GREEN, 0.05)
        assert presses == [(Button.GREEN, Press.SHORT)]
    finally:
        buttons.close()


def test_a_chord_that_is_let_go_of_is_nothing(presses):
    chords = []
    buttons = chorded(presses, chords)
    try:
        fingers = [Held(pin(buttons, name)) for name in ("blue_pin", "green_pin")]
        time.sleep(0.1)
        let_go_of = fingers[0].up_s() < CHORD_S
        assert buttons.chord() is None
        time.sleep(CHORD_S)
        fingers[1].up_s()
        assert presses == []
        assert chords == [] or not let_go_of, "a busy machine: it was held for long enough"
    finally:
        buttons.close()


def test_yellow_is_no_part_of_the_chord(presses):
    chords = []
    buttons = chorded(presses, chords)
    try:
        pin(buttons, "green_pin").drive_low()
        buttons.press(Button.YELLOW, 0.05)
        pin(buttons, "green_pin").drive_high()
        assert [button for button, _ in presses] == [Button.YELLOW, Button.GREEN]
    finally:
        buttons.close()


def test_a_button_that_jams_is_told_and_makes_no_chord(presses, monkeypatch):
    from device.hardware import gpio_buttons

    monkeypatch.setattr(gpio_buttons, "STUCK_S", 0.3)
    chords = []
    buttons = chorded(presses, chords)
    try:
        assert buttons.stuck == ()
        pin(buttons, "green_pin").drive_low()
        wait_for(lambda: buttons.stuck == (Button.GREEN,))
        assert buttons.held() is None, "no ring that stays full for ever"
        buttons.press(Button.BLUE, 0.05)
        assert (Button.BLUE, Press.SHORT) in presses, "the others work on"
        assert chords == []
        pin(buttons, "green_pin").drive_high()
        assert buttons.stuck == ()
    finally:
        buttons.close()


@pytest.mark.parametrize("active", ["low", "high"])
def test_pins_with_resistors_of_their_own(presses, active):
    text = f"[buttons]\nsource = 'mock'\npull = 'none'\nactive = '{active}'"
    buttons = MockButtons(parse(text).buttons)

    class Outside(MockPWMPin):
        """A pin that something outside holds at the level of a button at rest."""

        def __init__(self, factory, info):
            super().__init__(factory, info)
            if info.name.removeprefix("GPIO") in ("17", "27", "22"):
                self._change_state(active == "low")

    buttons._factory = MockFactory(pin_class=Outside)
    buttons.start(lambda button, press: presses.append((button, press)))
    try:
        assert buttons.stuck == ()
        buttons.press(Button.BLUE, 0.05)
        assert presses == [(Button.BLUE, Press.SHORT)]
    finally:
        buttons.close()


def test_lights_that_are_on_when_their_pin_is_low(presses):
    settings = parse("[buttons]\nsource = 'mock'\nled_active = 'low'").buttons
    buttons = MockButtons(settings)
    buttons.start(lambda button, press: None)
    led = buttons._factory.pin(settings.green_led_pin)
    assert led.state == 1, "off to begin with"
    buttons.light(Button.GREEN, LightPattern.ON)
    assert led.state == 0
    buttons.close()


def test_buttons_to_3v3_are_driven_the_other_way(presses):
    buttons = MockButtons(parse("[buttons]\nsource = 'mock'\npull = 'down'").buttons)
    buttons.start(lambda button, press: presses.append((button, press)))
    buttons.press(Button.YELLOW, 0.05)
    buttons.close()
    assert presses == [(Button.YELLOW, Press.SHORT)]


def test_lights_follow_their_pattern(buttons):
    led = pin(buttons, "green_led_pin")
    buttons.light(Button.GREEN, LightPattern.ON)
    assert led.state == 1
    buttons.light(Button.GREEN, LightPattern.OFF)
    assert led.state == 0
    led.clear_states()
    buttons.light(Button.GREEN, LightPattern.FLASH)
    wait_for(lambda: [round(s.state) for s in led.states][:4] == [0, 1, 0, 1])
    buttons.light(Button.GREEN, LightPattern.BREATHE)
    wait_for(lambda: any(0.2 < s.state < 0.8 for s in led.states))
    assert pin(buttons, "blue_led_pin").state == 0


def test_after_close_lights_are_off_and_nothing_is_told(buttons, presses):
    led, green = pin(buttons, "green_led_pin"), pin(buttons, "green_pin")
    buttons.light(Button.GREEN, LightPattern.ON)
    green.drive_low()
    buttons.close()
    green.drive_high()
    time.sleep(QUICK.hold_s + 0.1)
    assert led.function == "input"
    assert presses == []
    assert not [t for t in threading.enumerate() if isinstance(t, threading.Timer)]


def test_a_machine_without_pins_says_what_to_do():
    with pytest.raises(ButtonError) as caught:
        GpioButtons(Buttons()).start(lambda button, press: None)
    assert "[buttons]" in caught.value.remedy


@pytest.mark.parametrize("own", [True, False])
def test_the_pins_library_leaves_nothing_where_the_kiosk_was_started(tmp_path, own):
    """It makes a pipe when it is loaded: in its own folder, wherever that is."""
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    program = (
        "import os\n"
        "from device.config import Buttons\n"
        "from device.errors import ButtonError\n"
        "from device.hardware.gpio_buttons import GpioButtons\n"
        "try:\n"
        "    GpioButtons(Buttons()).start(lambda button, press: None)\n"
        "except ButtonError as error:\n"
        "    print(error.remedy)\n"
        "print(os.getcwd())\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(there)}
    environment.pop("LG_WD", None)
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=here,
        env={**environment, "LG_WD": str(there)} if own else environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == str(here)
    assert list(here.iterdir()) == []


def test_pins_in_use_are_refused_and_all_released():
    factory = MockFactory(pin_class=MockPWMPin)
    first = GpioButtons(QUICK, factory)
    first.start(lambda button, press: None)
    with pytest.raises(ButtonError, match="pins cannot be used"):
        GpioButtons(QUICK, factory).start(lambda button, press: None)
    first.close()


def test_the_source_is_chosen_by_name():
    assert make_buttons(parse("[buttons]\nsource = 'none'").buttons) is None
    mock = make_buttons(QUICK)
    assert mock is not None
    assert mock.simulated
    gpio = make_buttons(Buttons())
    assert gpio is not None
    assert not gpio.simulated
