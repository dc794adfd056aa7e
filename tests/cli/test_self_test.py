"""`midstance doctor --hardware`: the self-test, with simulators for everything it asks."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from device.cli import main
from device.commands import self_test
from device.commands.finding import Finding
from device.commands.self_test import Equipment, SelfTest
from device.config import Buttons, Screen
from device.domain.events import KeyTyped
from device.domain.frames import Frame
from device.domain.kiosk import Button, Press, ScreenModel, StickState
from device.errors import CameraError
from device.hardware.gpio_buttons import MockButtons
from device.hardware.machine import Machine
from device.hardware.sim.folder_stick import FolderStick
from device.ports import SourceInfo
from device.ui.window import make_display

SILENCE_S = 5.0
"""Waited for what does not come; what comes must be faster, on a busy machine as well."""


class Camera:
    """Pictures of one brightness at a rate, for as long as anybody looks."""

    def __init__(
        self, level: int = 120, fps: float = 60.0, nominal: float = 60.0, broken: str = ""
    ):
        self.info = SourceInfo("test camera", (320, 240), nominal, simulated=True)
        self._image = np.full((240, 320, 3), level, np.uint8)
        self._fps, self._broken = fps, broken
        self.closed = False

    def frames(self) -> Iterator[Frame]:
        for k in range(100_000):
            if self._broken:
                raise CameraError(self._broken, remedy="Check the cable.")
            yield Frame(k, round(k / self._fps * 1e9), self._image)
            time.sleep(0.0005)

    def close(self) -> None:
        self.closed = True


class Person:
    """Reads what is asked, and presses."""

    def __init__(self, buttons: MockButtons, answers: dict[str, Button | None]):
        self._buttons, self._answers = buttons, answers
        self.asked: list[str] = []

    def __call__(self, text: str) -> None:
        self.asked.append(text)
        for word, button in self._answers.items():
            if word in text and button is not None:
                threading.Timer(0.15, self._buttons.press, (button, 0.1)).start()


GOOD: dict[str, Button | None] = {
    "the green one": Button.GREEN,
    "the blue one": Button.BLUE,
    "the yellow one": Button.YELLOW,
    "Green: yes": Button.GREEN,
}


def station(tmp_path: Path, camera: Camera | None = None, **changes: object) -> Equipment:
    stick = tmp_path / "stick"
    stick.mkdir(exist_ok=True)
    machine = tmp_path / "machine"
    (machine / "sys/class/hwmon/hwmon3").mkdir(parents=True, exist_ok=True)
    (machine / "sys/class/hwmon/hwmon3/fan1_input").write_text("3100\n")
    (machine / "sys/class/watchdog/watchdog0").mkdir(parents=True, exist_ok=True)
    (machine / "sys/class/watchdog/watchdog0/state").write_text("active\n")
    (machine / "sys/class/watchdog/watchdog0/identity").write_text("Broadcom BCM2835\n")
    it = Equipment(
        make_source=lambda: camera or Camera(),
        stick=FolderStick(stick),
        display=make_display(Screen(width_px=640, height_px=480), headless=True),
        buttons=MockButtons(Buttons(source="mock")),
        machine=Machine(machine),
        data_dir=tmp_path / "data",
    )
    for name, value in changes.items():
        setattr(it, name, value)
    return it


def tried(
    it: Equipment, answers: dict[str, Button | None], folder: Path, patience_s: float = 90.0
) -> tuple[dict[str, Finding], SelfTest, Person]:
    assert isinstance(it.buttons, MockButtons)
    person = Person(it.buttons, answers)
    test = SelfTest(it, person, patience_s)
    try:
        findings = test.run(folder)
    finally:
        test.close()
    return {finding.name: finding for finding in findings}, test, person


def test_everything_passes_and_the_table_lies_on_the_stick(tmp_path: Path) -> None:
    it = station(tmp_path)
    found, test, person = tried(it, GOOD, tmp_path)
    assert {name: f.level for name, f in found.items() if f.level == "fault"} == {}
    for button in Button:
        assert found[f"{button.value} button and light"].found == "lit and pressed"
    assert "60.0 pictures a second" in found["camera"].found
    assert found["camera's place"].level == "ok"
    assert "written and read back" in found["stick"].found
    assert found["fan"].found == "3100 turns a minute"
    assert "active" in found["watchdog"].found
    assert len(person.asked) == 4
    report = test.report(list(found.values()), "the table")
    assert report.level == "ok"
    (text,) = (tmp_path / "stick").glob("midstance-self-test_*.txt")
    assert text.read_text() == "the table"
    (picture,) = (tmp_path / "stick").glob("*.png")
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert not list((tmp_path / "stick").glob(".midstance-test*"))


def test_the_light_is_lit_that_is_asked_for(tmp_path: Path) -> None:
    it = station(tmp_path)
    buttons = it.buttons
    assert isinstance(buttons, MockButtons)
    lit: list[list[str]] = []

    def look(text: str) -> None:
        if "lit" in text:
            lit.append([b.value for b in Button if _is_on(buttons, b)])
            wanted = next(b for b in Button if f"the {b.value} one" in text)
            threading.Timer(0.1, buttons.press, (wanted, 0.1)).start()

    test = SelfTest(it, look, SILENCE_S)
    test.run(tmp_path)
    test.close()
    assert lit == [["green"], ["blue"], ["yellow"]]


def _is_on(buttons: MockButtons, button: Button) -> bool:
    pin = getattr(Buttons(), f"{button.value}_led_pin")
    return bool(buttons._factory.pin(pin).state)


def test_swapped_wires_and_a_silent_button_are_told_apart(tmp_path: Path) -> None:
    answers = {**GOOD, "the green one": Button.BLUE, "the yellow one": None}
    found, _, _ = tried(station(tmp_path), answers, tmp_path, SILENCE_S)
    green, yellow = found["green button and light"], found["yellow button and light"]
    assert green.level == yellow.level == "fault"
    assert "blue contact answered" in green.found
    assert "no press" in yellow.found
    assert found["blue button and light"].level == "ok"


def test_a_stuck_button_is_not_asked_for(tmp_path: Path) -> None:
    class Jammed(MockButtons):
        """Its blue button is down from the start."""

        stuck = (Button.BLUE,)

    it = station(tmp_path, buttons=Jammed(Buttons(source="mock")))
    found, _, person = tried(it, GOOD, tmp_path, SILENCE_S)
    assert "although nobody presses it" in found["blue button"].found
    assert not any("the blue one" in text for text in person.asked)


@pytest.mark.parametrize(
    ("camera", "name", "level", "says"),
    [
        (Camera(level=10), "light", "warn", "dark"),
        (Camera(fps=22.0), "camera", "warn", "of 60 asked for"),
        (Camera(broken="The camera is gone."), "self-test", "fault", "gone"),
    ],
)
def test_a_bad_camera_is_described(
    tmp_path: Path, camera: Camera, name: str, level: str, says: str
) -> None:
    found, _, _ = tried(station(tmp_path, camera), GOOD, tmp_path)
    assert found[name].level == level
    assert says in found[name].found
    assert camera.closed


def test_a_camera_in_the_wrong_place_fails_and_one_nobody_looked_at_is_noted(
    tmp_path: Path,
) -> None:
    no = {**GOOD, "Green: yes": Button.BLUE}
    assert tried(station(tmp_path), no, tmp_path)[0]["camera's place"].level == "fault"
    silent = {**GOOD, "Green: yes": None}
    assert (
        tried(station(tmp_path), silent, tmp_path, SILENCE_S)[0]["camera's place"].level == "warn"
    )


class NoStick:
    """Nobody puts one in."""

    simulated = False

    def state(self) -> StickState:
        return StickState(False)

    def root(self) -> Path:
        from device.errors import StickError

        raise StickError("No stick is in.", remedy="Put one in.")


def test_no_stick_is_a_fault_and_the_report_says_where_it_is_not(tmp_path: Path) -> None:
    it = station(tmp_path, stick=NoStick())
    found, test, person = tried(it, GOOD, tmp_path, SILENCE_S)
    assert found["stick"].level == "fault"
    assert any("Put a USB stick in" in text for text in person.asked)
    assert test.report([], "x").level == "warn"


def test_a_stick_that_reads_something_else_is_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "s").mkdir()
    assert self_test.write_and_read_back(tmp_path / "s", "GOOD").level == "ok"
    full = self_test.write_and_read_back(Path("/dev/full").parent / "no-such-folder", "GONE")
    assert full.level == "fault"
    real = self_test.hashlib.file_digest

    def other(file: object, name: str) -> object:
        file.read(1)  # type: ignore[attr-defined]
        return real(file, name)  # type: ignore[arg-type]

    monkeypatch.setattr(self_test.hashlib, "file_digest", other)
    bad = self_test.write_and_read_back(tmp_path / "s", "FAKE")
    assert bad.level == "fault"
    assert "not what was written" in bad.found


def test_a_machine_without_fan_or_watchdog(tmp_path: Path) -> None:
    bare = Machine(tmp_path)
    assert self_test.fan(bare).level == "ok"
    assert self_test.watchdog(bare).level == "ok"
    model = tmp_path / "proc/device-tree/model"
    model.parent.mkdir(parents=True)
    model.write_text("Raspberry Pi 5 Model B\0")
    assert self_test.fan(bare).level == "warn"
    assert self_test.watchdog(bare).level == "warn"


class Keys:
    """A desk without buttons: the keyboard answers."""

    simulated = True

    def __init__(self, key: tuple[Button, Press]):
        self._key = key
        self.drawn: list[ScreenModel] = []

    def keys(self) -> list[tuple[Button, Press] | KeyTyped | str]:
        return [self._key]

    def draw(self, model: ScreenModel) -> None:
        self.drawn.append(model)

    def screenshot(self, path: Path) -> None:
        path.write_bytes(b"")


def test_without_buttons_the_keyboard_answers(tmp_path: Path) -> None:
    keys = Keys((Button.GREEN, Press.SHORT))
    it = station(tmp_path, buttons=None, display=keys)
    found = {f.name: f for f in SelfTest(it, lambda text: None, 90.0).run(tmp_path)}
    assert found["buttons"].level == "ok"
    assert found["camera's place"].level == "ok"
    model = keys.drawn[-1]
    assert model.setup is not None
    assert model.setup.guides.pelvis_band == (0.45, 0.55)


def command(tmp_path: Path, *more: str) -> list[str]:
    config = tmp_path / "station.toml"
    config.write_text(
        '[station]\nprofile = "demo"\n[camera]\nsource = "demo"\n[buttons]\nsource = "mock"\n'
        f'[stick]\nsource = "folder"\npath = "{tmp_path}/stick"\n'
        f'[storage]\ndata_dir = "{tmp_path}/data"\n[screen]\ndisplay = "headless"\n'
    )
    return ["doctor", "--hardware", "--config", str(config), "--patience", "0.3", *more]


def test_the_command_fails_when_nobody_presses(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(command(tmp_path)) == 6
    said = capsys.readouterr()
    assert "FAILED" in said.out
    assert "Press the button that is lit" in said.err
    (text,) = (tmp_path / "stick").glob("midstance-self-test_*.txt")
    assert "FAILED" in text.read_text()


def test_the_command_passes_with_a_person(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made: Callable[..., Equipment] = self_test.equipment_of
    helped: list[threading.Thread] = []

    def with_a_person(*args: object) -> Equipment:
        it = made(*args)
        assert isinstance(it.buttons, MockButtons)
        buttons = it.buttons

        def help_out() -> None:
            last = None
            for _ in range(2400):
                lit = next((b for b in Button if _is_on(buttons, b)), None)
                if lit is not None and lit is not last:
                    buttons.press(lit, 0.1)
                    last = lit
                elif last is Button.YELLOW and lit is None:
                    buttons.press(Button.GREEN, 0.1)
                    time.sleep(0.5)
                time.sleep(0.05)

        helped.append(threading.Thread(target=help_out, daemon=True))
        helped[0].start()
        return it

    monkeypatch.setattr(self_test, "equipment_of", with_a_person)
    arguments = command(tmp_path, "--json")
    arguments[arguments.index("0.3")] = "60"
    assert main(arguments) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["healthy"]
    assert {"camera", "stick", "fan", "watchdog", "report"} <= {c["name"] for c in report["checks"]}
