"""The recent past, frame by frame, as columns: what every later stage reads.

A session may last hours, so only the last few thousand frames are kept; older ones have long been
turned into steps and sums by then.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from device.domain.basics import Landmark
from device.domain.frames import PelvisMethod, PelvisSample, Pose

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.intp]

POINTS = (
    Landmark.LEFT_SHOULDER,
    Landmark.RIGHT_SHOULDER,
    Landmark.LEFT_WRIST,
    Landmark.RIGHT_WRIST,
    Landmark.LEFT_HIP,
    Landmark.RIGHT_HIP,
    Landmark.LEFT_KNEE,
    Landmark.RIGHT_KNEE,
    Landmark.LEFT_ANKLE,
    Landmark.RIGHT_ANKLE,
    Landmark.LEFT_HEEL,
    Landmark.RIGHT_HEEL,
)
"""The landmarks kept, left and right in turn; the constants below index the pairs."""
SHOULDER, WRIST, HIP, KNEE, ANKLE, HEEL = range(6)
PAIRS = len(POINTS) // 2
METHODS = tuple(PelvisMethod)

_INDEX = np.array(POINTS, dtype=np.intp)
_CODE = {method: i for i, method in enumerate(METHODS)}
_COLUMNS = (
    "t_s",
    "xy",
    "ours",
    "phase",
    "angle_deg",
    "sigma_deg",
    "method",
    "obliquity_deg",
    "swing",
    "crowd",
    "posed",
)


@dataclass(slots=True)
class Span:
    """Consecutive frames, oldest first; views into the log.

    `t_s` (N,); `xy` (N, PAIRS, 2, 2): pair, side (0 left, 1 right), x or y in pixels;
    `ours` whether the frame shows the person who is followed; `phase` strides since the session's
    start (left midstance at whole, right at half numbers; NaN while unknown or not running);
    `angle_deg` and `sigma_deg` the pelvis line (NaN where unmeasured); `method` an index into
    `METHODS`, -1 where there is none; `obliquity_deg` the line against the true horizontal or the
    standing reference, and `swing` the feet's, known together with `phase`; `crowd` whether
    somebody else was seen; `posed` whether the person was looked for in this very frame (otherwise
    `xy`, `ours` and `crowd` are those of the last frame in which that was so).
    """

    t_s: Floats
    xy: Floats
    ours: Bools
    phase: Floats
    angle_deg: Floats
    sigma_deg: Floats
    method: NDArray[np.int8]
    obliquity_deg: Floats
    swing: Floats
    crowd: Bools
    posed: Bools

    def bodies(self) -> Span:
        """The frames that have a pose of their own; copies where not all have."""
        return self if self.posed.all() else self.part(self.posed)

    def part(self, rows: slice | Bools) -> Span:
        """Some of the frames; a slice gives views."""
        return Span(*(getattr(self, name)[rows] for name in _COLUMNS))


class FrameLog:
    """The last frames in time order; appending costs the same whatever the session's length."""

    def __init__(self, keep: int = 4096) -> None:
        size = 2 * keep
        self._keep = keep
        self._count = 0
        self._all = Span(
            t_s=np.empty(size),
            xy=np.empty((size, PAIRS, 2, 2)),
            ours=np.zeros(size, dtype=np.bool_),
            phase=np.empty(size),
            angle_deg=np.empty(size),
            sigma_deg=np.empty(size),
            method=np.empty(size, dtype=np.int8),
            obliquity_deg=np.empty(size),
            swing=np.zeros(size),
            crowd=np.zeros(size, dtype=np.bool_),
            posed=np.zeros(size, dtype=np.bool_),
        )

    def append(self, pose: Pose, pelvis: PelvisSample | None, ours: bool, crowd: bool) -> None:
        """Add one frame."""
        log, row = self._all, self._new_row()
        log.xy[row] = pose.landmarks_px[_INDEX].reshape(PAIRS, 2, 2)
        log.ours[row] = ours
        log.crowd[row] = crowd
        log.posed[row] = True
        self._enter(row, pose.t_ns, pelvis)

    def append_between(self, t_ns: int, pelvis: PelvisSample | None) -> None:
        """Add a frame in which the person was not looked for."""
        log, row = self._all, self._new_row()
        log.posed[row] = False
        if row:
            log.xy[row] = log.xy[row - 1]
            log.ours[row], log.crowd[row] = log.ours[row - 1], log.crowd[row - 1]
        else:
            log.xy[row] = np.nan
            log.ours[row] = log.crowd[row] = False
        self._enter(row, t_ns, pelvis if log.ours[row] else None)

    def _new_row(self) -> int:
        if self._count == self._all.t_s.size:
            self._drop_oldest()
        return self._count

    def _enter(self, row: int, t_ns: int, pelvis: PelvisSample | None) -> None:
        log = self._all
        log.t_s[row] = t_ns / 1e9
        log.phase[row] = log.obliquity_deg[row] = np.nan
        if pelvis is None:
            log.angle_deg[row] = log.sigma_deg[row] = np.nan
            log.method[row] = -1
        else:
            log.angle_deg[row] = pelvis.image_angle_deg
            log.sigma_deg[row] = pelvis.sigma_deg
            log.method[row] = _CODE[pelvis.method]
        self._count = row + 1

    def since(self, from_s: float) -> Span:
        """The frames not older than `from_s`; writing to them writes to the log."""
        first = int(np.searchsorted(self._all.t_s[: self._count], from_s))
        return self._all.part(slice(first, self._count))

    def fork(self) -> FrameLog:
        """An independent copy."""
        other = copy.copy(self)
        kept = self._all.part(slice(0, self._count))
        other._all = Span(*(getattr(kept, name).copy() for name in _COLUMNS))
        return other

    def _drop_oldest(self) -> None:
        drop = self._all.t_s.size - self._keep
        for name in _COLUMNS:
            column = getattr(self._all, name)
            column[: self._keep] = column[drop:].copy()
        self._count = self._keep
