"""The lights tell five things apart: ready, recording, saving, saved, fault."""

from __future__ import annotations

from device.domain.basics import Reason
from device.domain.kiosk import Button, HealthItem, Level, LightPattern, SaveProgress, ScreenName
from device.session.state import State
from device.session.view import Facts, lights


def shown(screen, saving=None, fault=False):
    facts = Facts()
    if fault:
        facts.health["camera"] = HealthItem("camera", Level.FAULT, "The camera sends no pictures.")
    found = lights(State(screen=screen, saving=saving), facts)
    return tuple(found[button] for button in (Button.GREEN, Button.BLUE, Button.YELLOW))


def test_each_state_has_lights_of_its_own():
    states = {
        "ready": shown(ScreenName.IDLE),
        "recording": shown(ScreenName.LIVE),
        "saving": shown(ScreenName.SAVING, SaveProgress("Writing", 0.5)),
        "saved": shown(ScreenName.SAVED, SaveProgress("Saved", 1.0, done=True)),
        "fault": shown(ScreenName.IDLE, fault=True),
    }
    assert len(set(states.values())) == 5, states
    assert states["ready"][0] is LightPattern.BREATHE
    assert states["recording"][0] is LightPattern.BLINK
    assert states["saving"][1] is LightPattern.BLINK
    assert states["saved"][1] is LightPattern.ON
    assert states["fault"][2] is LightPattern.FLASH


def test_a_fault_shows_whatever_is_being_done():
    failed = SaveProgress("Not saved", 0.5, problem=Reason("stick_full", "The stick is full.", ""))
    assert shown(ScreenName.SAVING, failed)[2] is LightPattern.FLASH
    for screen in (ScreenName.IDLE, ScreenName.LIVE, ScreenName.RESULTS):
        assert shown(screen, fault=True)[2] is LightPattern.FLASH
        assert shown(screen, fault=True)[0] == shown(screen)[0], "what can be pressed stays lit"
