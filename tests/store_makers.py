"""Sessions for the store's tests: small, and with markers that can be found again in raw files."""

from __future__ import annotations

import uuid as uuids
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from device.domain.analysis import Input, document
from device.domain.basics import LANDMARK_COUNT, Estimate, Gait, Reason, Side, Verdict
from device.domain.frames import CameraGeometry, PelvisMethod, PelvisSample, Pose
from device.domain.history import AnalysisMade, FinishedSession, KeptSession, SessionStart, TrackRow
from device.domain.results import GaitSummary, PelvisUse, SideSummary, StandingZero, Step
from device.storage.boots import ClockReading
from device.storage.rows import StoredPicture

BEGAN_NS = 5_000_000_000
DAY = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


class Clock:
    """Both clocks of a machine, set by hand."""

    def __init__(self, boot: str = "first", wall: datetime = DAY, right: bool = True) -> None:
        self.boot, self.right = boot, right
        self.monotonic_ns = 60_000_000_000
        self.wall = wall

    def __call__(self) -> ClockReading:
        wall_ns = round((self.wall - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1))
        return ClockReading(self.boot, self.monotonic_ns, wall_ns * 1000, self.right)

    def pass_by(self, seconds: float) -> None:
        self.monotonic_ns += round(seconds * 1e9)
        self.wall += timedelta(seconds=seconds)


def an_estimate(mean: float, half: float = 0.6, n: int = 40) -> Estimate:
    return Estimate(round(mean, 6), 0.8, n, round(mean - half, 6), round(mean + half, 6))


def a_summary(
    left: float = 5.0,
    right: float = 7.0,
    cadence: float = 170.0,
    half: float = 0.6,
    method: PelvisMethod | None = PelvisMethod.STICKERS,
    **changes: Any,
) -> GaitSummary:
    steps = tuple(
        Step(side, *(round(x, 6) for x in (at, at + 0.11, at + 0.25, drop, drop + 0.4)), 2.0, None)
        for i in range(20)
        for side, at, drop in (
            (Side.LEFT, 5.0 + 0.7 * i, left + 0.01 * i),
            (Side.RIGHT, 5.35 + 0.7 * i, right - 0.01 * i),
        )
    )
    summary = GaitSummary(
        gait=Gait.RUNNING,
        verdict=Verdict.GOOD,
        reasons=(Reason("low_light", "It is dim.", "More light."),),
        tracked_fraction=0.97,
        frames=900,
        duration_s=30.0,
        cadence_spm=an_estimate(cadence, 0.5),
        left=SideSummary(Side.LEFT, 20, an_estimate(left, half), an_estimate(left + 0.4, half)),
        right=SideSummary(Side.RIGHT, 20, an_estimate(right, half)),
        asymmetry_deg=an_estimate(right - left, half),
        standing_zero=StandingZero(0.4, 0.2, 0.5, 5.5),
        steps=steps,
        pelvis=PelvisUse(method, 0.95),
    )
    return replace(summary, **changes)


def a_start(runner: str | None = "P-017", started: datetime = DAY, **changes: Any) -> SessionStart:
    start = SessionStart(
        uuid=str(uuids.uuid4()),
        runner=runner,
        started=started,
        began_ns=BEGAN_NS,
        station="Practice",
        profile="clinic",
        config_hash="0123456789abcdef",
        version="0.1.0",
        algorithm_version="1",
        camera="imx708",
        camera_fps=60.0,
        geometry=CameraGeometry(0.05, 2.6, 66.0, 0.5),
        settings={"pelvis": "auto"},
    )
    return replace(start, **changes)


def finished(
    start: SessionStart | None = None, summary: GaitSummary | None = None, **changes: Any
) -> FinishedSession:
    start, summary = start or a_start(), summary or a_summary()
    return replace(
        FinishedSession(
            start,
            summary,
            document(
                summary,
                Input("imx708", "camera", 900, 30.0, 30.0),
                version=start.version,
                algorithm_version=start.algorithm_version,
            ),
            30.0,
        ),
        **changes,
    )


def rows(count: int = 300, fps: float = 30.0, every: int = 1, first: int = 0) -> list[TrackRow]:
    """A track; in all but `every`-th frames nobody is looked for."""
    made = []
    for i in range(first, first + count):
        t_ns = BEGAN_NS + round(i / fps * 1e9)
        xy = np.full((LANDMARK_COUNT, 2), 300.0, np.float32)
        xy += np.arange(LANDMARK_COUNT)[:, None] + 5 * np.sin(0.5 * i)
        xy[7] = np.nan
        seen = np.linspace(0, 1, LANDMARK_COUNT).astype(np.float32)
        pose = Pose(i, t_ns, xy, seen, (640, 480), "mediapipe-full", 1)
        line = PelvisSample(
            i, t_ns, 3.0 * float(np.sin(0.5 * i)), 0.4, PelvisMethod.STICKERS, np.ones((2, 2)) * i
        )
        dark = (Reason("too_dark", "Dark.", "Light."),) if i % 50 == 0 else ()
        made.append(TrackRow(t_ns, pose if i % every == 0 else None, line, dark))
    return made


def a_picture(marker: bytes = b"") -> StoredPicture:
    return StoredPicture("freeze-left", b"\xff\xd8\xff" + marker, {"side": "left"})


def kept(
    summary: GaitSummary | None = None, number: int = 1, started: datetime = DAY, **changes: Any
) -> KeptSession:
    """A session as the store would give it back, for the comparison."""
    session = KeptSession(
        uuid=f"{number:08x}-0000-4000-8000-000000000000",
        number=number,
        runner="P-017",
        started=started,
        date_known=True,
        duration_s=600.0,
        summary=summary or a_summary(),
        analysis=AnalysisMade("1", started, True),
        geometry=CameraGeometry(0.0, 2.6, 66.0, 0.0),
    )
    return replace(session, **changes)
