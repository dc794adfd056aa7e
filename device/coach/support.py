"""Beyond the hip: where the body's middle is over the standing foot, beside the drop.

A narrow step hides a drop: a foot that lands under the body's middle, or across it, lets the pelvis
stay level without the hip's work (for step width and what it loads: Meardon, Campbell and Derrick
2012, Sports Biomechanics 11). "Level pelvis with crossover" must therefore not read as good. The
source of this idea says it the other way round: hip drop is failing to organise your centre of mass
over the stance leg.

From the pose alone, in the picture's plane, with the detector's hip and ankle landmarks; shares of
the hips' distance in the picture.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from device.domain.basics import Estimate, Landmark, Side
from device.domain.frames import Pose
from device.domain.results import Step
from device.gait.statistics import of_values

KEPT_S = 20.0
FEWEST = 7
CROSSING = 0.0
"""Step width at which the feet land on one line; below it they cross."""
NARROW = 0.15
"""Step width, as a share of the hips' distance, below which the drop is flattered (our choice)."""
_NEAR_S = 0.05

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SideSupport:
    """One side at its midstance; each a mean with its interval, None with fewer than 7 steps.

    `hips_over_foot`: middle of the hips beside the standing foot, share of the hips' distance,
    positive towards the free leg (0: right over it). `trunk_lean_deg`: positive towards the
    standing leg.
    """

    side: Side
    steps: int
    hips_over_foot: Estimate | None
    trunk_lean_deg: Estimate | None


@dataclass(frozen=True, slots=True)
class Support:
    """Both sides, and the step width: distance between left and right foot at their midstances,
    as a share of the hips' distance; below zero the feet cross. `crossover`: its interval lies
    below zero. `flattering`: so narrow that a level pelvis proves nothing."""

    left: SideSupport
    right: SideSupport
    step_width: Estimate | None

    def side(self, side: Side) -> SideSupport:
        """That of `side`."""
        return self.left if side is Side.LEFT else self.right

    @property
    def crossover(self) -> bool:
        """Whether the feet clearly cross the middle."""
        return self.step_width is not None and self.step_width.ci95_high < CROSSING

    @property
    def flattering(self) -> bool:
        """Whether the step is clearly so narrow that it hides a drop."""
        return self.step_width is not None and self.step_width.ci95_high < NARROW


class SupportWatch:
    """Takes every pose; asks afterwards what the body did at each midstance.

    Keeps the last 20 seconds of six numbers a frame, and the newest `most` steps' values.
    """

    def __init__(self, most: int = 4000) -> None:
        self._rows: deque[tuple[float, ...]] = deque()
        self._until_s = -math.inf
        self._over: dict[Side, deque[float]] = {side: deque(maxlen=most) for side in Side}
        self._lean: dict[Side, deque[float]] = {side: deque(maxlen=most) for side in Side}
        self._width: deque[float] = deque(maxlen=most)
        self._foot: dict[Side, tuple[float, float]] = {}

    def push(self, pose: Pose) -> None:
        """Take a frame (in order of time)."""
        xy = pose.landmarks_px
        lh, rh = xy[Landmark.LEFT_HIP], xy[Landmark.RIGHT_HIP]
        row = (
            pose.t_ns / 1e9,
            float(lh[0] + rh[0]) / 2,
            abs(float(rh[0] - lh[0])),
            float(xy[Landmark.LEFT_ANKLE][0] + xy[Landmark.LEFT_HEEL][0]) / 2,
            float(xy[Landmark.RIGHT_ANKLE][0] + xy[Landmark.RIGHT_HEEL][0]) / 2,
            _lean_deg(xy),
        )
        if all(math.isfinite(value) for value in row) and row[2] > 1:
            self._rows.append(row)
            while self._rows[0][0] < row[0] - KEPT_S:
                self._rows.popleft()

    def take(self, steps: Sequence[Step]) -> None:
        """Take final steps; those taken before are left out."""
        new = [step for step in steps if step.midstance_s > self._until_s]
        if not new or not self._rows:
            return
        rows = np.array(self._rows)
        for step in new:
            self._until_s = step.midstance_s
            if step.valid:
                self._step(step, rows)

    def _step(self, step: Step, rows: Floats) -> None:
        k = int(np.searchsorted(rows[:, 0], step.midstance_s))
        if k == 0 or k == rows.shape[0] or rows[k, 0] - rows[k - 1, 0] > 2 * _NEAR_S:
            return
        share = (step.midstance_s - rows[k - 1, 0]) / (rows[k, 0] - rows[k - 1, 0])
        _, hips, _, left, right, lean = rows[k - 1] + share * (rows[k] - rows[k - 1])
        # The hips' distance over the last strides: in one frame the detector's is too rough.
        wide = float(np.median(rows[max(0, k - 120) : k + 1, 2]))
        foot = left if step.side is Side.LEFT else right
        to_free = 1.0 if step.side is Side.LEFT else -1.0
        self._over[step.side].append((hips - foot) * to_free / wide)
        self._lean[step.side].append(-lean * to_free)
        # Against the hips, so that drifting on the belt does not count as step width.
        self._foot[step.side] = (step.midstance_s, (foot - hips) / wide)
        other = self._foot.get(step.side.other)
        if other is not None and step.midstance_s - other[0] < 0.6:
            self._width.append((self._foot[step.side][1] - other[1]) * -to_free)

    def result(self) -> Support:
        """What the steps so far say."""
        left, right = (
            SideSupport(
                side, len(self._over[side]), _mean(self._over[side]), _mean(self._lean[side])
            )
            for side in Side
        )
        return Support(left, right, _mean(self._width))


def _mean(values: Sequence[float] | deque[float]) -> Estimate | None:
    return of_values(np.array(values, dtype=np.float64)) if len(values) >= FEWEST else None


def _lean_deg(xy: NDArray[np.float32]) -> float:
    """Of the trunk from vertical, top towards the picture's right positive."""
    hips = (xy[Landmark.LEFT_HIP] + xy[Landmark.RIGHT_HIP]) / 2
    top = (xy[Landmark.LEFT_SHOULDER] + xy[Landmark.RIGHT_SHOULDER]) / 2
    return math.degrees(math.atan2(float(top[0] - hips[0]), float(hips[1] - top[1])))
