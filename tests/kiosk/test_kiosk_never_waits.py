"""A stalled pose worker, a stuck screen and a disk that hangs: the clip gets every picture.

Each of them waits for a gate that is opened only after the camera has delivered everything. Were
the capture to wait for any of them, it would wait for ever; no clock is needed to see that.
"""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from kiosk_fakes import (
    GENEROUS_S,
    BlankDisplay,
    BlindPose,
    NobodyTracker,
    NoPelvis,
    Tape,
    a_frame,
    wait_for,
)

from device.config import parse
from device.domain.events import ButtonPressed
from device.domain.kiosk import Button, Press, ScreenName
from device.hardware.sim.folder_stick import FolderStick
from device.kiosk import Kiosk
from device.parts import Parts
from device.pipeline.pose import MOST_READY
from device.ports import SourceInfo

CONFIG = (
    "[session]\nstanding_zero = 'off'\ncountdown_s = 0\nsetup = 'offered'\n"
    "[buttons]\nsource = 'none'\n[pose]\nthreads = 2\nrate_hz = "
)
PICTURES = 400


class EagerCamera:
    """Delivers one picture now and then, and `PICTURES` at once when told to `go`."""

    def __init__(self) -> None:
        self.info = SourceInfo("eager camera", (160, 160), 60.0, simulated=True)
        self.closed, self.go, self.delivered = (threading.Event() for _ in range(3))

    def frames(self):
        seq = 0
        while not self.closed.is_set():
            yield a_frame(seq)
            seq += 1
            if self.go.wait(0.05) and not self.delivered.is_set():
                for _ in range(PICTURES):
                    yield a_frame(seq)
                    seq += 1
                self.delivered.set()
            elif self.delivered.is_set():
                self.closed.wait(0.05)

    def close(self) -> None:
        self.closed.set()


class Gates:
    """What may be shut: one gate for each that can be slow."""

    def __init__(self) -> None:
        self.pose, self.screen, self.disk = (threading.Event() for _ in range(3))
        self.waiting: set[str] = set()
        self.open()

    def open(self) -> None:
        for gate in (self.pose, self.screen, self.disk):
            gate.set()

    def shut(self, *names: str) -> None:
        for name in names:
            getattr(self, name).clear()

    def through(self, name: str) -> None:
        gate = getattr(self, name)
        if not gate.is_set():
            self.waiting.add(name)
            gate.wait(250)


@pytest.mark.parametrize("rate_hz", ['"auto"', '"every"'])
@pytest.mark.parametrize("slow", [("pose",), ("screen",), ("disk",), ("pose", "screen", "disk")])
def test_nothing_that_is_slow_keeps_a_picture_from_the_clip(tmp_path: Path, slow, rate_hz):
    gates, camera, tape = Gates(), EagerCamera(), Tape()

    class SlowPose(BlindPose):
        def estimate(self, frame):
            gates.through("pose")
            return super().estimate(frame)

    class SlowDisplay(BlankDisplay):
        def draw(self, model):
            super().draw(model)
            gates.through("screen")

    class SlowStick(FolderStick):
        def root(self):
            gates.through("disk")
            return super().root()

    display = SlowDisplay()
    parts = Parts(
        make_source=lambda: camera,
        make_estimator=lambda position_of: SlowPose(),
        pelvis=NoPelvis(),
        make_tracker=NobodyTracker,
        recorder=tape,
        export=lambda root, files, on_progress: root,
        folder_name=lambda started, code: "test",
        stick=SlowStick(tmp_path),
        display=display,
    )
    kiosk = Kiosk(parse(CONFIG + rate_hz), parts)
    kiosk.start()
    loop = threading.Thread(target=kiosk.run, daemon=True)
    loop.start()
    try:
        wait_for(lambda: kiosk.pool.ready == 2, what="the pose workers")
        kiosk.inbox.post(ButtonPressed(Button.GREEN, Press.SHORT))
        wait_for(
            lambda: display.drawn and display.drawn[-1].screen is ScreenName.LIVE, what="the run"
        )
        wait_for(lambda: tape.times, what="the first picture of the clip")
        gates.shut(*slow)
        if "disk" in slow:
            kiosk.disk.save(1, lambda *_: None)
        before = len(tape.times)
        camera.go.set()
        assert camera.delivered.wait(GENEROUS_S), "the camera was kept waiting"
        wait_for(lambda: len(tape.times) >= before + PICTURES, what="all pictures")
        assert tape.times == sorted(tape.times)
        assert kiosk.pool.sizes["ready"] <= MOST_READY
        assert kiosk.pool.sizes["in work"] <= 2
        assert len(kiosk.inbox.take()) < 20, "news replaces older news of its kind"
        wait_for(lambda: gates.waiting >= set(slow) - {"disk"}, what="somebody to be slow")
    finally:
        gates.open()
        kiosk.quit()
        loop.join(GENEROUS_S)
        kiosk.close()
    assert not loop.is_alive()
