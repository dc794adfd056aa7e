"""Stand-ins at the ports, for tests of the kiosk and its threads: small, and told what to do."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from fractions import Fraction

import numpy as np
from kiosk_values import a_summary, an_update

from device import kiosk
from device.domain.basics import Gait, Reason, Side, Verdict
from device.domain.frames import Frame, PelvisSample, Pose
from device.domain.kiosk import Button, Press, ScreenModel
from device.domain.results import GaitSummary, GaitUpdate, SideSummary
from device.errors import CameraError
from device.ports import EncodedPacket, SourceInfo, VideoFormat
from device.session.operator import Act

NOBODY = Reason("nobody", "Nobody is in the picture.", "Step on the belt.", blocks=True)


GENEROUS_S = 90.0
"""How long a machine may take that has other things to do; nothing waits for it in vain."""
kiosk.STOP_S = GENEROUS_S
# Tests ask whether threads end; within which time is up to the machine as well.


def wait_for(
    condition: Callable[[], object], timeout_s: float = GENEROUS_S, what: str = ""
) -> None:
    """Wait until `condition()` holds; fails with `what` when it never does."""
    until = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > until:
            raise AssertionError(f"waited {timeout_s} s in vain: {what or condition}")
        time.sleep(0.005)


def a_frame(seq: int, t_ns: int | None = None, size_px: tuple[int, int] = (160, 160)) -> Frame:
    image = np.full((size_px[1], size_px[0], 3), seq % 251, np.uint8)
    return Frame(seq, time.monotonic_ns() if t_ns is None else t_ns, image)


class LittleCamera:
    """A camera of 160x160 pixels at 30 frames/s that can die and hang.

    After `dies_after` frames it throws; after `hangs_after` it falls silent until it is closed
    (or, with `deaf`, until `let_go` is set).
    """

    def __init__(
        self, dies_after: int | None = None, hangs_after: int | None = None, deaf: bool = False
    ) -> None:
        self.info = SourceInfo("little camera", (160, 160), 30.0, simulated=True)
        self._dies_after = dies_after
        self._hangs_after = hangs_after
        self._deaf = deaf
        self.closed = threading.Event()
        self.hanging = threading.Event()
        self.let_go = threading.Event()

    def frames(self) -> Iterator[Frame]:
        seq = 0
        while not self.closed.wait(1 / 30):
            if seq == self._dies_after:
                raise CameraError("The little camera died.", remedy="Feed it.")
            if seq == self._hangs_after:
                self.hanging.set()
                (self.let_go if self._deaf else self.closed).wait(250)
                return
            yield a_frame(seq)
            seq += 1

    def close(self) -> None:
        self.closed.set()


class BlindPose:
    """Sees nobody, after `takes_s`."""

    name = "blind"

    def __init__(self, takes_s: float = 0.0) -> None:
        self._takes_s = takes_s
        self.closed = False

    def estimate(self, frame: Frame) -> Pose:
        time.sleep(self._takes_s)
        return Pose.nobody(frame.seq, frame.t_ns, frame.size_px, self.name)

    def close(self) -> None:
        self.closed = True


class NoPelvis:
    """Measures nothing."""

    def measure(self, frame: Frame, pose: Pose) -> None:
        return None

    def reset(self) -> None:
        pass


class NobodyTracker:
    """A gait core that has seen nobody, however often it is asked."""

    def __init__(self) -> None:
        self.frames = 0

    def push(self, pose: Pose, pelvis: PelvisSample | None) -> None:
        self.frames += 1

    def push_between(self, t_ns: int, pelvis: PelvisSample | None) -> None:
        self.frames += 1

    def update(self) -> GaitUpdate:
        return an_update(reasons=(NOBODY,))

    def summary(self) -> GaitSummary:
        nothing = {side.value: SideSummary(side, 0) for side in Side}
        return a_summary(
            gait=Gait.NONE,
            verdict=Verdict.NOT_MEASURABLE,
            reasons=(NOBODY,),
            frames=self.frames,
            cadence_spm=None,
            asymmetry_deg=None,
            standing_zero=None,
            steps=(),
            **nothing,
        )


class BlankDisplay:
    """Shows nothing, keeps what it was given, and can be told which keys were pressed."""

    simulated = True

    def __init__(self) -> None:
        self.drawn: list[ScreenModel] = []
        self.pressed: list[tuple[Button, Press] | str] = []
        self.closed = False

    def draw(self, model: ScreenModel) -> None:
        self.drawn.append(model)

    def keys(self) -> list[tuple[Button, Press] | str]:
        keys, self.pressed = self.pressed, []
        return keys

    def held(self) -> None:
        return None

    def chord(self) -> None:
        return None

    def screenshot(self, path) -> None:
        raise AssertionError("nobody asked for a picture")

    def close(self) -> None:
        self.closed = True


class Tape:
    """A clip recorder that keeps times only."""

    def __init__(self) -> None:
        self.times: list[int] = []
        self.forgotten = 0

    def add(self, frame: Frame) -> None:
        self.times.append(frame.t_ns)

    def snapshot(self, from_ns: int, to_ns: int) -> tuple[VideoFormat, tuple[EncodedPacket, ...]]:
        packets = tuple(
            EncodedPacket(t, True, b"x", t, t, 1, Fraction(1, 10**9))
            for t in self.times
            if from_ns <= t <= to_ns
        )
        return VideoFormat("h264", (160, 160), 30.0, b""), packets

    def forget(self) -> None:
        self.forgotten += 1
        self.times.clear()

    def close(self) -> None:
        pass


class Script:
    """An operator that follows a script: wait until this is on the screen, then do that.

    Each entry is ``(condition(model), action)``; the action may be None. Ends the kiosk after the
    last one, and when `timeout_s` is over, which `finish()` then reports.
    """

    def __init__(
        self,
        *steps: tuple[Callable[[ScreenModel], object], Callable[[], object] | None],
        timeout_s: float = GENEROUS_S,
    ) -> None:
        self._steps = list(steps)
        self._until = time.monotonic() + timeout_s
        self._last: ScreenModel | None = None
        self.seen: list[ScreenModel] = []

    def look(self, model: ScreenModel) -> Act:
        self._last = model
        self.seen.append(model)
        if not self._steps or time.monotonic() > self._until:
            return Act(done=True)
        condition, action = self._steps[0]
        if condition(model):
            self._steps.pop(0)
            if action is not None:
                action()
        return Act(done=not self._steps)

    def finish(self) -> None:
        """Fail when the script was not played to its end."""
        left = len(self._steps)
        assert not left, f"{left} steps left, the screen shows {self._last}"


def on(screen: str, **attributes: object) -> Callable[[ScreenModel], bool]:
    """Whether the screen is `screen` and its model has these attributes."""

    def condition(model: ScreenModel) -> bool:
        return model.screen == screen and all(
            getattr(model, name) == value for name, value in attributes.items()
        )

    return condition


def says(code: str) -> Callable[[ScreenModel], bool]:
    """Whether the screen's message has this code."""
    return lambda model: model.message is not None and model.message.code == code


def health(part: str, level: str) -> Callable[[ScreenModel], bool]:
    """Whether this part stands so."""
    return lambda model: any(i.part == part and i.level == level for i in model.health)
