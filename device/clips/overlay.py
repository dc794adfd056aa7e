"""What is drawn on a picture of the clip: the values of that picture's own sensor time. Pure.

Nothing here looks at neighbours in the clip: a value belongs to a time, and a picture asks for the
value of its time. Where a picture was recorded but not measured (the pose network was busy) the
line lies between its two measured neighbours, when these are near.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from device.clock import NS_PER_S
from device.domain.basics import Side
from device.domain.results import Step
from device.domain.session_track import SessionTrack

BETWEEN_NS = NS_PER_S // 8
"""Neighbours further apart than this say nothing of what was between them."""
SAME_NS = 20_000
"""The same picture: an MP4 keeps times to 6 microseconds, cameras are a hundred times slower."""
CADENCE_STEPS = 10
CADENCE_WITHIN_S = 6.0
MISSED_STEP = 1.6
"""An interval this many times the usual one had a step in it that was not seen."""


@dataclass(frozen=True, slots=True, eq=False)
class Overlay:
    """What is drawn on one picture; None is not drawn.

    `line_px` float (2, 2): left and right point of the pelvis line. `level_deg`: the angle in the
    picture at which the drop is zero. `tilt_deg`: the line against it (right lower positive).
    `stance`: the leg that stands. `drop_deg`: `tilt_deg` as that leg's drop. `left_deg` and
    `right_deg`: the midstance drop of each side's newest good step. `row`: the row of the track
    measured in this very picture.
    """

    t_ns: int
    line_px: NDArray[np.float64] | None = None
    level_deg: float = 0.0
    tilt_deg: float | None = None
    stance: Side | None = None
    left_deg: float | None = None
    right_deg: float | None = None
    cadence_spm: float | None = None
    row: int | None = None

    @property
    def drop_deg(self) -> float | None:
        """The standing leg's drop now; None in flight."""
        if self.tilt_deg is None or self.stance is None:
            return None
        return self.tilt_deg * self.stance.obliquity_sign


class OverlayValues:
    """Answers for any time. `steps` and `track` must be on the same clock (seconds, ns).

    `size_px`: the clip's size, where it is larger than the measured picture; points are given in
    the clip's pixels.
    """

    def __init__(
        self,
        track: SessionTrack | None,
        steps: Sequence[Step],
        size_px: tuple[int, int] | None = None,
    ) -> None:
        self._track = track
        self._scale = np.ones(2)
        if track is not None and size_px is not None:
            self._scale = np.array(size_px) / np.array(track.image_size_px)
        self._steps = sorted(steps, key=lambda step: step.strike_s)
        self._strikes = np.array([step.strike_s for step in self._steps])

    def at(self, t_ns: int) -> Overlay:
        """The values of the time `t_ns`."""
        t_s = t_ns / NS_PER_S
        line, level, tilt, row = self._line(t_ns)
        return Overlay(
            t_ns=t_ns,
            line_px=line,
            level_deg=level,
            tilt_deg=tilt,
            stance=self._stance(t_s),
            left_deg=self._newest(Side.LEFT, t_s),
            right_deg=self._newest(Side.RIGHT, t_s),
            cadence_spm=self._cadence(t_s),
            row=row,
        )

    def landmarks(self, t_ns: int) -> NDArray[np.float32] | None:
        """Where the body was, float32 (33, 2); None when that is not known."""
        track = self._track
        if track is None or not len(track):
            return None
        before, after, share = _neighbours(track.t_ns, t_ns)
        if after is None:
            return None
        found = track.landmarks_px[before]
        if share:
            found = (1 - share) * found + share * track.landmarks_px[after]
        return (found * self._scale).astype(np.float32) if np.isfinite(found).any() else None

    def _line(
        self, t_ns: int
    ) -> tuple[NDArray[np.float64] | None, float, float | None, int | None]:
        track = self._track
        if track is None or not len(track):
            return None, 0.0, None, None
        before, after, share = _neighbours(track.t_ns, t_ns)
        if after is None:
            return None, 0.0, None, None
        level = float((1 - share) * track.level_deg[before] + share * track.level_deg[after])
        # Not via the points: the angle is what was measured, the points only say where.
        angle = float((1 - share) * track.line_deg[before] + share * track.line_deg[after])
        points = (1 - share) * track.line_px[before].astype(np.float64)
        points += share * track.line_px[after]
        row = before if share == 0 else None
        return (
            points * self._scale if np.isfinite(points).all() else None,
            level,
            angle - level if math.isfinite(angle) else None,
            row,
        )

    def _stance(self, t_s: float) -> Side | None:
        index = int(np.searchsorted(self._strikes, t_s, side="right")) - 1
        if index < 0:
            return None
        step = self._steps[index]
        if step.toe_off_s is None or t_s > step.toe_off_s:
            return None
        return step.side

    def _newest(self, side: Side, t_s: float) -> float | None:
        for step in reversed(self._steps):
            if step.side is side and step.midstance_s <= t_s:
                if t_s - step.midstance_s > CADENCE_WITHIN_S:
                    return None
                if step.valid and step.midstance_drop_deg is not None:
                    return step.midstance_drop_deg
        return None

    def _cadence(self, t_s: float) -> float | None:
        end = int(np.searchsorted(self._strikes, t_s, side="right"))
        strikes = self._strikes[max(0, end - CADENCE_STEPS - 1) : end]
        strikes = strikes[strikes > t_s - CADENCE_WITHIN_S]
        if len(strikes) < 5 or t_s - strikes[-1] > 1.0:
            return None
        apart = np.diff(strikes)
        usual = float(np.median(apart))
        apart = apart[apart < MISSED_STEP * usual]
        return 60.0 / float(apart.mean())


def _neighbours(t_ns: NDArray[np.int64], at_ns: int) -> tuple[int, int | None, float]:
    """The rows before and after `at_ns` and how far it lies between them (0..1).

    With a row of that very time both are that row. The second is None where there is nothing near.
    """
    after = int(np.searchsorted(t_ns, at_ns))
    for row in (after, after - 1):
        if 0 <= row < len(t_ns) and abs(int(t_ns[row]) - at_ns) <= SAME_NS:
            return row, row, 0.0
    if after == 0 or after == len(t_ns):
        return 0, None, 0.0
    apart = int(t_ns[after] - t_ns[after - 1])
    if apart > BETWEEN_NS:
        return 0, None, 0.0
    return after - 1, after, (at_ns - int(t_ns[after - 1])) / apart
