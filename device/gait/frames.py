"""The recent past, frame by frame, as columns: what every later stage reads.

A session may last hours, so only the last `capacity` frames are kept; older ones have long been
turned into steps and sums by then.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from device.domain.basics import Landmark
from device.domain.frames import PelvisMethod, PelvisSample, Pose

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

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


@dataclass(slots=True)
class Span:
    """Consecutive frames, oldest first; views into the log.

    `t_s` (N,); `xy` (N, PAIRS, 2, 2): pair, side (0 left, 1 right), x or y in pixels;
    `ours` whether the frame shows the person who is followed; `phase` strides since the bout
    began (NaN until known); `angle_deg` and `sigma_deg` the pelvis line (NaN where unmeasured);
    `method` an index into `METHODS`, -1 where there is none.
    """

    t_s: Floats
    xy: Floats
    ours: Bools
    phase: Floats
    angle_deg: Floats
    sigma_deg: Floats
    method: NDArray[np.int8]


class FrameLog:
    """The last frames in time order; appending costs the same whatever the session's length."""

    def __init__(self, capacity: int = 4096) -> None:
        self._size = 2 * capacity
        self._keep = capacity
        self.count = 0
        self._t = np.empty(self._size)
        self._xy = np.empty((self._size, PAIRS, 2, 2))
        self._ours = np.zeros(self._size, dtype=np.bool_)
        self._phase = np.empty(self._size)
        self._angle = np.empty(self._size)
        self._sigma = np.empty(self._size)
        self._method = np.empty(self._size, dtype=np.int8)

    def append(self, pose: Pose, pelvis: PelvisSample | None, ours: bool) -> None:
        """Add one frame."""
        if self.count == self._size:
            self._drop_oldest()
        row = self.count
        self._t[row] = pose.t_ns / 1e9
        self._xy[row] = pose.landmarks_px[_INDEX].reshape(PAIRS, 2, 2)
        self._ours[row] = ours
        self._phase[row] = np.nan
        if pelvis is None:
            self._angle[row] = self._sigma[row] = np.nan
            self._method[row] = -1
        else:
            self._angle[row] = pelvis.image_angle_deg
            self._sigma[row] = pelvis.sigma_deg
            self._method[row] = METHODS.index(pelvis.method)
        self.count = row + 1

    def since(self, from_s: float) -> Span:
        """The frames not older than `from_s`."""
        first = int(np.searchsorted(self._t[: self.count], from_s))
        part = slice(first, self.count)
        return Span(
            self._t[part],
            self._xy[part],
            self._ours[part],
            self._phase[part],
            self._angle[part],
            self._sigma[part],
            self._method[part],
        )

    def mark(self, from_s: float, ours: bool) -> None:
        """Change whether the frames since `from_s` show our person."""
        self.since(from_s).ours[:] = ours

    def _drop_oldest(self) -> None:
        for column in (
            self._t,
            self._xy,
            self._ours,
            self._phase,
            self._angle,
            self._sigma,
            self._method,
        ):
            column[: self._keep] = column[self._size - self._keep :].copy()
        self.count = self._keep
