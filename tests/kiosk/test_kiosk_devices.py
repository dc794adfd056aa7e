"""The whole kiosk and its devices: a button that sticks, the chord, a camera past all hope."""

from __future__ import annotations

import threading

import msgspec
import pytest
from kiosk_fakes import GENEROUS_S, LittleCamera, health, on, wait_for
from test_kiosk_faults import CONFIG, Bench

from device.domain.kiosk import Button, HealthItem, Level
from device.errors import CameraError
from device.hardware import gpio_buttons

CHORD = msgspec.structs.replace(
    CONFIG, buttons=msgspec.structs.replace(CONFIG.buttons, shutdown_s=1.5)
)


@pytest.fixture
def make(tmp_path):
    benches = []

    def bench(config=CONFIG, **more) -> Bench:
        folder = tmp_path / "stick"
        folder.mkdir(exist_ok=True)
        benches.append(Bench(folder, config, **more))
        return benches[-1]

    yield bench
    for each in benches:
        assert each.kiosk.close() == []


def test_a_button_that_jams_is_told_and_that_it_is_free_again(make, monkeypatch):
    monkeypatch.setattr(gpio_buttons, "STUCK_S", 0.8)
    bench = make()
    pin = bench.buttons._factory.pin(CONFIG.buttons.yellow_pin)
    bench.play(
        (on("idle"), pin.drive_low),
        (health("buttons", Level.WARN), pin.drive_high),
        (lambda m: not any(i.part == "buttons" and i.level != Level.OK for i in m.health), None),
    )


def test_green_and_blue_held_switch_off_whatever_is_shown(make):
    off = threading.Event()
    bench = make(CHORD, power_off=off.set)
    pins = [
        bench.buttons._factory.pin(getattr(CONFIG.buttons, f"{button}_pin"))
        for button in (Button.GREEN, Button.BLUE)
    ]

    def hold():
        for pin in pins:
            pin.drive_low()

    script = bench.play(
        (on("idle"), hold),
        (lambda m: m.chord is not None or m.screen == "shutdown", None),
        (on("shutdown"), None),
    )
    assert off.wait(GENEROUS_S)
    assert not any(m.screen == "standing_zero" for m in script.seen), "green alone would begin"
    for pin in pins:
        pin.drive_high()


def test_a_camera_that_tells_of_the_light_is_heard_on_the_screen(make):
    class Dim(LittleCamera):
        health = HealthItem("light", Level.WARN, "It is too dark for sharp pictures.", "Lamps.")

    bench = make(make_source=Dim)
    bench.play((health("light", Level.WARN), None))


@pytest.mark.parametrize("restarts", [True, False])
def test_a_camera_past_all_hope_ends_the_kiosk_where_somebody_starts_it_again(
    make, monkeypatch, restarts
):
    from device.pipeline import camera as camera_module

    monkeypatch.setattr(camera_module, "HOPELESS_S", 0.5)
    released, made = threading.Event(), []

    def source():
        if made:
            raise CameraError("The camera is busy.", remedy="Wait.")
        made.append(LittleCamera(dies_after=3))
        made[0].close = lambda: released.wait(250)
        return made[0]

    bench = make(make_source=source, restarts=restarts)
    runner = threading.Thread(target=bench.kiosk.run, daemon=True)
    runner.start()
    try:
        wait_for(lambda: bench.kiosk.camera.hopeless)
        runner.join(GENEROUS_S if restarts else 1.5)
        assert runner.is_alive() != restarts
    finally:
        released.set()
        bench.kiosk.quit()
        runner.join(GENEROUS_S)
