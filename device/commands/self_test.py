"""The self-test: what `midstance doctor --hardware` asks a person to do, step by step.

Every light is lit and its button asked for (so that swapped wires show), the camera's picture
stands on the screen with lines for level and height until somebody confirms it, a stick is written
and read back, and the computer's power, heat, fan, clock, watchdog and room are looked at. Whoever
stands at the station needs no keyboard: prompts stand on the terminal, answers are the buttons.
"""

from __future__ import annotations

import hashlib
import os
import queue
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from device.clock import MonotonicClock
from device.commands import doctor_machine
from device.commands.doctor_devices import room_in
from device.commands.finding import Finding
from device.config import Config
from device.domain.frames import Frame
from device.domain.kiosk import (
    Button,
    ButtonHints,
    LightPattern,
    Picture,
    Press,
    ScreenModel,
    ScreenName,
)
from device.domain.screens import SetupGuides, SetupView
from device.errors import MidstanceError
from device.hardware.machine import Machine
from device.ports import ButtonSource, Display, FrameSource, StickStore

TEST_BYTES = 8_000_000
RATE_S = 3.0
"""How long the camera's rate is measured."""
DARK = 40
"""Mean brightness (of 255) below which a picture is dark."""
GUIDES = SetupGuides(centre_band=(0.35, 0.65), level_y=0.5, pelvis_band=(0.45, 0.55))
"""Lines for a level camera at hip height: the hips lie on the picture's middle row."""


@dataclass
class Equipment:
    """What is tried. `buttons` None: the configuration has none."""

    make_source: Callable[[], FrameSource]
    stick: StickStore
    display: Display
    buttons: ButtonSource | None
    machine: Machine = field(default_factory=Machine)
    data_dir: Path = Path("/var/lib/midstance")
    simulated: tuple[str, ...] = ()


def equipment_of(config: Config, display: Display) -> Equipment:
    """What the self-test tries, of the adapters that `config` names."""
    from device import app
    from device.hardware.gpio_buttons import make_buttons

    stick = app.stick_of(config)
    buttons = make_buttons(config.buttons)
    stand_ins = {
        "camera": config.camera.source in ("demo", "video"),
        "buttons": buttons is not None and buttons.simulated,
        "stick": stick.simulated,
    }
    return Equipment(
        make_source=app.source_maker(config, MonotonicClock()),
        stick=stick,
        display=display,
        buttons=buttons,
        data_dir=Path(config.storage.data_dir).expanduser(),
        simulated=tuple(part for part, simulated in stand_ins.items() if simulated),
    )


class SelfTest:
    """Runs the steps one after the other; `patience_s` is how long a person is waited for."""

    def __init__(
        self, equipment: Equipment, say: Callable[[str], None], patience_s: float = 30.0
    ) -> None:
        self._it = equipment
        self._say = say
        self._patience_s = patience_s
        self._presses: queue.Queue[Button] = queue.Queue()
        self._picture: Path | None = None

    def run(self, folder: Path) -> list[Finding]:
        """All steps; pictures go to `folder`. Never raises: what breaks is a finding."""
        findings: list[Finding] = []
        for step in (self._computer, self._buttons, lambda: self._camera(folder), self._stick):
            try:
                findings.extend(step())
            except MidstanceError as error:
                findings.append(Finding("self-test", "fault", error.what, error.remedy))
            except Exception as error:  # noqa: BLE001 - one broken part must not hide the others
                found = f"broke off: {type(error).__name__}: {error}"
                findings.append(Finding("self-test", "fault", found))
        return findings

    # ------------------------------------------------------------------ the computer

    def _computer(self) -> Iterator[Finding]:
        here = self._it.machine
        yield doctor_machine.model(here)
        yield from doctor_machine.power(here)
        yield doctor_machine.temperature(here)
        yield fan(here)
        yield doctor_machine.clock(here, datetime.now().astimezone())
        yield watchdog(here)
        yield room(self._it.data_dir)

    # ------------------------------------------------------------------ the buttons

    def _buttons(self) -> Iterator[Finding]:
        buttons = self._it.buttons
        if buttons is None:
            yield Finding("buttons", "ok", "none are configured (keyboard alone)")
            return
        buttons.start(lambda button, press: self._presses.put(button))
        for button in buttons.stuck:
            yield Finding(
                f"{button.value} button",
                "fault",
                "it is down although nobody presses it",
                "Look for a short in its wires, or a jammed button.",
            )
        for button in Button:
            if button not in buttons.stuck:
                yield self._one(buttons, button)

    def _one(self, buttons: ButtonSource, asked: Button) -> Finding:
        name = f"{asked.value} button and light"
        for other in Button:
            buttons.light(other, LightPattern.ON if other is asked else LightPattern.OFF)
        self._drain()
        self._say(f"Press the button that is lit. It should be the {asked.value} one.")
        pressed = self._answer(set(Button))
        buttons.light(asked, LightPattern.OFF)
        if pressed is None:
            return Finding(
                name,
                "fault",
                f"no press within {self._patience_s:g} s",
                "Check its contact's and its light's wires against hardware/wiring.",
            )
        if pressed is not asked:
            return Finding(
                name,
                "fault",
                f"{asked.value} was lit and the {pressed.value} contact answered",
                "Its wires are swapped with another's, or another one was pressed: try again.",
            )
        return Finding(name, "ok", "lit and pressed")

    def _drain(self) -> None:
        while not self._presses.empty():
            self._presses.get_nowait()

    def _answer(self, wanted: set[Button], patience_s: float | None = None) -> Button | None:
        """The next press of one of `wanted`, from pins or keyboard; None when none comes."""
        until = time.monotonic() + (self._patience_s if patience_s is None else patience_s)
        while True:
            try:
                pressed = self._presses.get(timeout=0.05 if patience_s is None else 0.0005)
            except queue.Empty:
                pressed = None
            for key in self._it.display.keys():  # noqa: SIM118 (no mapping)
                if isinstance(key, tuple) and key[1] is Press.SHORT:
                    pressed = key[0]
            if pressed in wanted:
                return pressed
            if time.monotonic() >= until:
                return None

    # ------------------------------------------------------------------ the camera

    def _camera(self, folder: Path) -> Iterator[Finding]:
        source = self._it.make_source()
        try:
            yield from self._watch(source, folder)
        finally:
            source.close()

    def _watch(self, source: FrameSource, folder: Path) -> Iterator[Finding]:
        times: list[int] = []
        shown_s = 0.0
        until = told = None
        answer: Button | None = None
        frame: Frame | None = None
        for frame in source.frames():
            now_s = time.monotonic()
            times.append(frame.t_ns)
            until = until or now_s + self._patience_s
            if now_s - shown_s > 0.1:
                shown_s = now_s
                self._it.display.draw(self._model(frame))
            measured = (times[-1] - times[0]) / 1e9 >= RATE_S
            if measured and told is None:
                told = now_s
                until = now_s + self._patience_s
                self._drain()
                self._say(
                    "Look at the picture: is the tape on the belt's end level with the line, and "
                    "are a standing person's hips between the two lines? Green: yes. Blue: no."
                )
            if told is not None:
                answer = self._answer({Button.GREEN, Button.BLUE}, 0.0)
                if answer is not None or now_s >= until:
                    break
        if frame is None or len(times) < 2:
            yield Finding("camera", "fault", "it sends no pictures", "Check its cable.")
            return
        yield self._rate(source, times, frame)
        yield light_of(frame)
        self._picture = folder / "camera.png"
        self._it.display.screenshot(self._picture)
        yield _placed(answer)

    def _rate(self, source: FrameSource, times: list[int], frame: Frame) -> Finding:
        span_s = (times[-1] - times[0]) / 1e9
        rate = (len(times) - 1) / span_s if span_s > 0 else 0.0
        height, width = frame.image.shape[:2]
        nominal = source.info.fps
        found = f"{source.info.name}: {width}x{height}, {rate:.1f} pictures a second"
        if source.info.simulated:
            found += " (simulated)"
        details: dict[str, object] = {"fps": round(rate, 2), "size_px": [width, height]}
        if rate < 0.9 * nominal:
            found += f", of {nominal:g} asked for"
            remedy = "Give more light (exposures are too long), or ask for fewer in [camera] fps."
            return Finding("camera", "warn", found, remedy, details)
        return Finding("camera", "ok", found, details=details)

    def _model(self, frame: Frame) -> ScreenModel:
        return ScreenModel(
            screen=ScreenName.SETUP,
            t_s=frame.t_ns / 1e9,
            station="Self-test",
            hints=ButtonHints(green="Yes", blue="No"),
            simulated=self._it.simulated,
            picture=Picture(frame),
            setup=SetupView(checks=(), guides=GUIDES),
        )

    # ------------------------------------------------------------------ the stick

    def _stick(self) -> Iterator[Finding]:
        stick = self._it.stick
        if not stick.state().present:
            self._say("Put a USB stick in.")
        until = time.monotonic() + self._patience_s
        while not stick.state().present and time.monotonic() < until:
            time.sleep(0.1)
        state = stick.state()
        if not state.present:
            remedy = "Try another socket; see what the kernel says: sudo dmesg | tail"
            yield Finding("stick", "fault", f"none came within {self._patience_s:g} s", remedy)
            return
        yield write_and_read_back(stick.root(), state.label)

    def report(self, findings: list[Finding], text: str) -> Finding:
        """Write the table to the stick, and let go of it."""
        stick = self._it.stick
        try:
            stamp = datetime.now().strftime("%Y-%m-%d_%H%M%S")
            target = stick.root() / f"midstance-self-test_{stamp}"
            target.with_suffix(".txt").write_text(text, encoding="utf-8")
            if self._picture is not None and self._picture.is_file():
                shutil.copyfile(self._picture, target.with_suffix(".png"))
            stick.finish()
        except (MidstanceError, OSError) as error:
            what = error.what if isinstance(error, MidstanceError) else str(error)
            return Finding("report", "warn", f"not written to the stick: {what}")
        return Finding("report", "ok", f"{target.name}.txt is on the stick; it may be taken out")

    def close(self) -> None:
        """Lights off, pins released."""
        if self._it.buttons is not None:
            self._it.buttons.close()


def _placed(answer: Button | None) -> Finding:
    name = "camera's place"
    if answer is Button.GREEN:
        return Finding(name, "ok", "level and at hip height, says whoever looked")
    if answer is Button.BLUE:
        remedy = "See hardware/README.md, Mount; then run this again."
        return Finding(name, "fault", "not level or not at hip height", remedy)
    return Finding(name, "warn", "nobody confirmed it", "Run this again and press green or blue.")


def light_of(frame: Frame) -> Finding:
    """Whether the picture is bright enough to be measured."""
    mean = float(frame.image[::4, ::4].mean())
    details: dict[str, object] = {"brightness": round(mean, 1)}
    if mean < DARK:
        remedy = "Switch on more light on the runner's back; take the lens cap off."
        return Finding("light", "warn", f"dark: {mean:.0f} of 255", remedy, details)
    return Finding("light", "ok", f"{mean:.0f} of 255", details=details)


def write_and_read_back(root: Path, label: str) -> Finding:
    """Write a test file, read it from the medium again, compare, remove it."""
    data = os.urandom(TEST_BYTES)
    wanted = hashlib.sha256(data).hexdigest()
    path = root / f".midstance-test-{os.getpid()}"
    try:
        began = time.monotonic()
        with path.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        wrote_s = time.monotonic() - began
        descriptor = os.open(path, os.O_RDONLY)
        try:
            # Out of the page cache, so that the medium itself is asked.
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            with os.fdopen(descriptor, "rb", closefd=False) as file:
                got = hashlib.file_digest(file, "sha256").hexdigest()
        finally:
            os.close(descriptor)
    except OSError as error:
        said = error.strerror or str(error)
        return Finding("stick", "fault", f"{label}: {said}", "Use another stick.")
    finally:
        path.unlink(missing_ok=True)
    rate = TEST_BYTES / 1e6 / max(wrote_s, 1e-3)
    details: dict[str, object] = {"write_mb_s": round(rate, 1)}
    if got != wanted:
        found = f"{label}: what was read is not what was written"
        return Finding("stick", "fault", found, "Throw it away.", details)
    return Finding(
        "stick", "ok", f"{label}: written and read back, {rate:.0f} MB/s", details=details
    )


def fan(machine: Machine) -> Finding:
    """Whether a fan turns, where the machine has one that says so."""
    for path in sorted(machine.root.glob("sys/class/hwmon/hwmon*/fan1_input")):
        try:
            turns = int(path.read_text(encoding="ascii"))
        except (OSError, ValueError):
            continue
        details: dict[str, object] = {"rpm": turns}
        if turns:
            return Finding("fan", "ok", f"{turns} turns a minute", details=details)
        return Finding("fan", "ok", "stands still (it is cool enough)", details=details)
    if machine.is_pi:
        return Finding("fan", "warn", "no fan answers", "A Pi 5 needs one; see hardware/bom.")
    return Finding("fan", "ok", "this machine does not say")


def watchdog(machine: Machine) -> Finding:
    """Whether a hardware watchdog would start a frozen machine again."""
    for path in sorted(machine.root.glob("sys/class/watchdog/watchdog*")):
        state = _word(path / "state")
        name = _word(path / "identity") or path.name
        details: dict[str, object] = {"state": state, "timeout_s": _word(path / "timeout")}
        if state == "active":
            return Finding("watchdog", "ok", f"{name}, active", details=details)
        remedy = "It is switched on with the station: sudo make install, and restart."
        return Finding("watchdog", "warn", f"{name}, not switched on", remedy, details)
    return Finding("watchdog", "warn" if machine.is_pi else "ok", "this machine has none")


def _word(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def room(folder: Path) -> Finding:
    """Room for what the device keeps."""
    return room_in("room for sessions", folder)
