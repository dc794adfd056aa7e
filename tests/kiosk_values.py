"""Small values for tests of the kiosk: results that a gait core could have given."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from device.domain.basics import LANDMARK_COUNT, Estimate, Gait, Landmark, Side, Verdict
from device.domain.frames import CameraGeometry, Frame, PelvisMethod, Pose
from device.domain.history import KeptSession
from device.domain.results import (
    GaitSummary,
    GaitUpdate,
    PelvisUse,
    SideSummary,
    SideUpdate,
    StandingZero,
    Step,
)


def an_image(width: int = 64, height: int = 48) -> NDArray[np.uint8]:
    return np.zeros((height, width, 3), np.uint8)


def a_zero() -> StandingZero:
    return StandingZero(0.4, 0.2, 0.5, 5.5)


def an_estimate(mean: float = 5.0, n: int = 12) -> Estimate:
    return Estimate(mean, 0.5, n, mean - 0.4, mean + 0.4)


def an_update(**changes: Any) -> GaitUpdate:
    side = SideUpdate(0, 7, None, None, None, None)
    update = GaitUpdate(
        t_s=0.0,
        gait=Gait.NONE,
        tracked_fraction=1.0,
        reasons=(),
        cadence_spm=None,
        left=side,
        right=side,
        obliquity_deg=None,
        pelvis=PelvisUse(PelvisMethod.STICKERS, 1.0),
        standing_still_s=0.0,
        standing_zero=None,
    )
    return replace(update, **changes)


def a_step(side: Side, at_s: float, drop_deg: float) -> Step:
    return Step(side, at_s - 0.1, at_s, at_s + 0.15, drop_deg, drop_deg + 0.3, 2.0, 1.0)


def a_summary(**changes: Any) -> GaitSummary:
    steps = tuple(
        a_step(side, 10 + 0.7 * i + (0.35 if side is Side.RIGHT else 0), base + 0.1 * (i % 3))
        for i in range(12)
        for side, base in ((Side.LEFT, 3.0), (Side.RIGHT, 7.0))
    )
    summary = GaitSummary(
        gait=Gait.RUNNING,
        verdict=Verdict.GOOD,
        reasons=(),
        tracked_fraction=1.0,
        frames=600,
        duration_s=20.0,
        cadence_spm=an_estimate(171.4, 24),
        left=SideSummary(Side.LEFT, 12, an_estimate(3.1)),
        right=SideSummary(Side.RIGHT, 12, an_estimate(7.1)),
        asymmetry_deg=an_estimate(4.0),
        standing_zero=a_zero(),
        steps=steps,
        pelvis=PelvisUse(PelvisMethod.STICKERS, 1.0),
    )
    return replace(summary, **changes)


def a_kept_session(uuid: str, number: int, **changes: Any) -> KeptSession:
    started = datetime(2026, 3, number, 12, 0, tzinfo=UTC)
    session = KeptSession(
        uuid=uuid,
        number=number,
        runner=None,
        started=started,
        date_known=True,
        duration_s=60.0,
        summary=a_summary(),
        analysis=None,
        geometry=CameraGeometry(),
    )
    return replace(session, **changes)


_STANDING = {
    "NOSE": (0.0, 0.93),
    "LEFT_EAR": (-0.04, 0.93),
    "RIGHT_EAR": (0.04, 0.93),
    "LEFT_SHOULDER": (-0.115, 0.82),
    "RIGHT_SHOULDER": (0.115, 0.82),
    "LEFT_HIP": (-0.052, 0.53),
    "RIGHT_HIP": (0.052, 0.53),
    "LEFT_KNEE": (-0.05, 0.285),
    "RIGHT_KNEE": (0.05, 0.285),
    "LEFT_ANKLE": (-0.05, 0.04),
    "RIGHT_ANKLE": (0.05, 0.04),
    "LEFT_HEEL": (-0.05, 0.02),
    "RIGHT_HEEL": (0.05, 0.02),
    "LEFT_FOOT": (-0.06, 0.0),
    "RIGHT_FOOT": (0.06, 0.0),
}
"""Right and up from the feet, as shares of a person's height (Winter 2009, table 4.1)."""


def a_person(
    frame: Frame,
    *,
    height: float = 0.8,
    feet: tuple[float, float] = (0.5, 0.92),
    roll_deg: float = 0.0,
    people: int = 1,
    facing: bool = False,
) -> Pose:
    """Somebody who stands with their back to the camera, `height` of the picture tall, their feet
    at that share of it; the picture rolled by `roll_deg` round its middle."""
    width, tall = frame.size_px
    points = np.full((LANDMARK_COUNT, 2), np.nan)
    roll = np.radians(roll_deg)
    turn = np.array([[np.cos(roll), -np.sin(roll)], [np.sin(roll), np.cos(roll)]])
    middle = np.array([width / 2, tall / 2])
    for name, (right, up) in _STANDING.items():
        across = (-right if facing else right) * height * tall
        at = np.array([feet[0] * width + across, (feet[1] - up * height) * tall])
        points[Landmark[name]] = turn @ (at - middle) + middle
    visibility = np.where(np.isfinite(points[:, 0]), 0.9, 0.0).astype(np.float32)
    return Pose(
        frame.seq, frame.t_ns, points.astype(np.float32), visibility, (width, tall), "fake", people
    )
