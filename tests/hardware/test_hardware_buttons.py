"""Buttons and lights on gpiozero's mock pins: the pins are driven, not the callbacks."""

from __future__ import annotations

import threading
import time

import pytest
from gpiozero.pins.mock import MockFactory, MockPWMPin
from kiosk_fakes import wait_for

from device.config import Buttons, parse
from device.domain.kiosk import Button, LightPattern, Press
from device.errors import ButtonError
from device.hardware.gpio_buttons import GpioButtons, MockButtons, make_buttons

QUICK = parse("[buttons]\nsource = 'mock'\nhold_s = 0.5").buttons


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
    for _ in range(20):
        pin(buttons, "green_pin").drive_low()
        pin(buttons, "green_pin").drive_high()
    assert presses == []
    buttons.press(Button.GREEN, 0.05)
    assert presses == [(Button.GREEN, Press.SHORT)]


def test_many_presses_in_a_row_are_all_told(buttons, presses):
    for _ in range(20):
        buttons.press(Button.GREEN, 0.025)
    assert presses == [(Button.GREEN, Press.SHORT)] * 20


def test_a_hold_is_shown_from_the_moment_it_is_no_short_press(buttons):
    assert buttons.held() is None
    pin(buttons, "blue_pin").drive_low()
    assert buttons.held() is None
    wait_for(lambda: buttons.held() is not None)
    button, fraction = buttons.held()
    assert button is Button.BLUE
    assert 0.5 < fraction <= 1.0
    wait_for(lambda: buttons.held()[1] == 1.0)
    pin(buttons, "blue_pin").drive_high()
    assert buttons.held() is None


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
        time.sleep(0.7)
        assert presses == []
        buttons._factory.pin(QUICK.green_pin).drive_high()
        assert presses == []
        buttons.press(Button.GREEN, 0.05)
        assert presses == [(Button.GREEN, Press.SHORT)]
    finally:
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
    time.sleep(0.6)
    assert led.function == "input"
    assert presses == []
    assert not [t for t in threading.enumerate() if isinstance(t, threading.Timer)]


def test_a_machine_without_pins_says_what_to_do():
    with pytest.raises(ButtonError) as caught:
        GpioButtons(Buttons()).start(lambda button, press: None)
    assert "[buttons]" in caught.value.remedy


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
