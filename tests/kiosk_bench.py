"""A whole kiosk on stand-ins, with fingers on its (mock) pins and a folder as its stick."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

from kiosk_fakes import (
    GENEROUS_S,
    BlankDisplay,
    BlindPose,
    LittleCamera,
    NobodyTracker,
    NoPelvis,
    Script,
    on,
)

from device.clips.export import ExportBundle, export_session, session_folder
from device.clips.recorder import EncodingRecorder
from device.config import parse
from device.domain.kiosk import Button
from device.hardware.gpio_buttons import MockButtons
from device.hardware.sim.folder_stick import FolderStick
from device.kiosk import Kiosk
from device.parts import Parts

CONFIG = parse(
    "[session]\nstanding_zero = 'off'\ncountdown_s = 0\nsetup = 'offered'\n"
    "[buttons]\nsource = 'mock'\nhold_s = 1.0\n[clip]\nseconds = 2\n"
)

HAS_RESULTS = lambda model: model.screen == "results" and model.results is not None  # noqa: E731


def export(root, files, on_progress):
    """The session as the kiosk has it, without what is made of it for a stick."""
    return export_session(root, ExportBundle(files.folder, files.files, files.clip), on_progress)


class Bench:
    """A kiosk, fingers on its pins, and a folder as its stick."""

    def __init__(self, folder: Path, config=CONFIG, **parts) -> None:
        self.stick = folder
        self._fingers: list[threading.Thread] = []
        self.buttons = MockButtons(config.buttons)
        self.display = BlankDisplay()
        made = Parts(
            make_source=LittleCamera,
            make_estimator=lambda position_of: BlindPose(),
            pelvis=NoPelvis(),
            make_tracker=NobodyTracker,
            recorder=EncodingRecorder((160, 160), 30.0, config.clip.seconds, 500),
            export=export,
            folder_name=lambda started, code: session_folder(started, code or "test"),
            stick=FolderStick(folder),
            display=self.display,
            buttons=self.buttons,
            simulated=("camera", "stick"),
        )
        self.kiosk = Kiosk(config, replace(made, **parts))
        self.kiosk.start()

    def green(self) -> None:
        self._finger(Button.GREEN, 0.05)

    def blue(self) -> None:
        self._finger(Button.BLUE, 0.05)

    def yellow(self) -> None:
        self._finger(Button.YELLOW, 0.05)

    def hold_blue(self) -> None:
        self._finger(Button.BLUE, 1.1)

    def hold_green(self) -> None:
        self._finger(Button.GREEN, 1.1)

    def fingers_off(self) -> None:
        """Wait until nothing is pressed any more."""
        for finger in self._fingers:
            finger.join()
        self._fingers.clear()

    def _finger(self, button: Button, for_s: float) -> None:
        finger = threading.Thread(target=self.buttons.press, args=(button, for_s), daemon=True)
        self._fingers.append(finger)
        finger.start()

    def play(self, *steps, timeout_s: float = GENEROUS_S) -> Script:
        self.kiosk._quit.clear()  # where it has been played with before
        script = Script(*steps, timeout_s=timeout_s)
        self.kiosk.run(script)
        script.finish()
        return script

    def recorded(self) -> int:
        """How many pictures the clip would have now: on a busy machine few come in a second."""
        return len(self.kiosk._parts.recorder.snapshot(0, 2**62)[1])

    def sessions(self) -> list[Path]:
        return sorted(self.stick.glob("MIDSTANCE/*"))

    def to_results(self):
        return (
            (on("idle"), self.green),
            (
                lambda m: m.screen == "live" and m.elapsed_s > 1.0 and self.recorded() >= 3,
                self.green,
            ),
        )
