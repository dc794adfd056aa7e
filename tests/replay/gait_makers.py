"""Summaries and stand-ins for the ports, without a model or a camera."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from device.domain.basics import Estimate, Gait, Reason, Side, Verdict
from device.domain.frames import Frame, PelvisMethod, PelvisSample, Pose
from device.domain.results import (
    Curve,
    GaitSummary,
    PelvisUse,
    SideSummary,
    SideSupport,
    StandingZero,
    Step,
    Support,
)
from device.ports import SourceInfo

SIZE = (64, 48)


def estimate(mean: float, half: float = 0.5, sd: float | None = 0.4) -> Estimate:
    return Estimate(mean, sd, 12, mean - half, mean + half)


def running() -> GaitSummary:
    """A complete measurement."""
    curve = Curve((0.0, 0.5, 1.0), (1.0, 4.0, 1.0), (0.1, 0.2, 0.1), 0.2, None)
    sides = {
        side: SideSummary(
            side,
            12,
            *(estimate(value + index) for value in (4, 5, 2, 6, 30, 0.25)),
            curve,
            start_deg=estimate(4.2),
            end_deg=estimate(3.8),
            drift_deg=estimate(-0.4),
        )
        for index, side in enumerate(Side)
    }
    steps = (
        Step(Side.LEFT, 1.0, 1.1, 1.25, 4.1, 5.2, 2.0, 6.0),
        Step(Side.RIGHT, 1.35, 1.45, None, None, None, None, None, False, "cut off"),
    )
    return GaitSummary(
        gait=Gait.RUNNING,
        verdict=Verdict.GOOD,
        reasons=(),
        tracked_fraction=0.98,
        frames=900,
        duration_s=15.0,
        cadence_spm=estimate(170.2),
        left=sides[Side.LEFT],
        right=sides[Side.RIGHT],
        asymmetry_deg=estimate(1.0),
        standing_zero=StandingZero(-0.7, 0.1, 0.5, 5.5),
        steps=steps,
        pelvis=PelvisUse(PelvisMethod.STICKERS, 0.97),
        support=Support(
            SideSupport(Side.LEFT, 12, estimate(14.0), estimate(-2.0)),
            SideSupport(Side.RIGHT, 12, estimate(11.0), None),
            estimate(31.0),
        ),
    )


def nobody(*reasons: Reason) -> GaitSummary:
    """Nothing was measured."""
    return GaitSummary(
        gait=Gait.NONE,
        verdict=Verdict.NOT_MEASURABLE,
        reasons=reasons,
        tracked_fraction=0.0,
        frames=30,
        duration_s=1.0,
        cadence_spm=None,
        left=SideSummary(Side.LEFT, 0),
        right=SideSummary(Side.RIGHT, 0),
        asymmetry_deg=None,
        standing_zero=None,
        steps=(),
        pelvis=PelvisUse(None, 0.0),
    )


def a_pose(seq: int, t_ns: int) -> Pose:
    landmarks = np.full((33, 2), 20, np.float32)
    return Pose(seq, t_ns, landmarks, np.ones(33, np.float32), SIZE, "fake")


class FakeRecording:
    """A `Recording` of `count` black pictures, 10 a second from 2.0 s on."""

    def __init__(self, count: int, notes: tuple[Reason, ...] = ()) -> None:
        self._count = count
        self.notes: tuple[Reason, ...] = ()
        self._final_notes = notes
        self.info = SourceInfo("fake", SIZE, 10.0, simulated=True)

    def frames(self) -> Iterator[Frame]:
        image = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
        for seq in range(self._count):
            yield Frame(seq, 2_000_000_000 + seq * 100_000_000, image)
        self.notes = self._final_notes

    def close(self) -> None:
        pass


class FakePose:
    """Sees somebody in every picture but those of `blind`."""

    name = "fake"

    def __init__(self, blind: range = range(0)) -> None:
        self._blind = blind

    def estimate(self, frame: Frame) -> Pose:
        if frame.seq in self._blind:
            return Pose.nobody(frame.seq, frame.t_ns, frame.size_px, self.name)
        return a_pose(frame.seq, frame.t_ns)

    def close(self) -> None:
        pass


class FakePelvis:
    """Measures every picture but those of `lost`, for which it names `problem`."""

    def __init__(self, lost: range, problem: Reason, warnings: tuple[Reason, ...] = ()) -> None:
        self._lost = lost
        self._problem = problem
        self.warnings = warnings
        self.last_problem: Reason | None = None

    def measure(self, frame: Frame, pose: Pose) -> PelvisSample | None:
        self.last_problem = self._problem if frame.seq in self._lost else None
        if self.last_problem is not None or not pose.seen:
            return None
        return PelvisSample(frame.seq, frame.t_ns, 1.5, 0.1, PelvisMethod.STICKERS)

    def reset(self) -> None:
        pass


class FakeTracker:
    """Remembers what was pushed."""

    def __init__(self, summary: GaitSummary) -> None:
        self.pushed: list[tuple[Pose, PelvisSample | None]] = []
        self._summary = summary

    def push(self, pose: Pose, pelvis: PelvisSample | None) -> None:
        self.pushed.append((pose, pelvis))

    def summary(self) -> GaitSummary:
        return self._summary
