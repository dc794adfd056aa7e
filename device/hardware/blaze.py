"""The arithmetic around MediaPipe's two pose networks, without the networks: pure numpy.

MediaPipe's pose landmarker is two networks and the steps between them: a detector finds two points
of a body in the whole picture, they span a turned square, the second network finds the landmarks
in that square, and two of its points span the square for the next picture. Here are those steps,
with the numbers of MediaPipe's own graph, so that the same networks give the same landmarks
wherever they run. Sources: Bazarevsky et al., "BlazePose: On-device Real-time Body Pose Tracking"
(2020); Casiez et al., "1€ Filter" (CHI 2012); the graph options of MediaPipe's pose landmarker.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from device.domain.basics import LANDMARK_COUNT, Landmark

Floats = NDArray[np.float32] | NDArray[np.float64]

DETECTOR_SIZE_PX = 224
LANDMARKS_SIZE_PX = 256

_STRIDES_AND_ANCHORS = ((8, 2), (16, 2), (32, 6))
_MARGIN = 1.25
_CIRCLE_OVER_LANDMARKS = 1.02
_SAME_BODY_OVERLAP = 0.5
_HEAT_KERNEL = 7
_HEAT_CONFIDENCE = 0.5
_ALIGNMENT = (33, 34)
"""The two helper points after the 33 landmarks: middle of the hips, and a point of the circle
around the whole body, straight above."""


@dataclass(frozen=True, slots=True)
class Region:
    """A square of a picture: its middle and side in pixels; turned clockwise by `turn_rad`."""

    x_px: float
    y_px: float
    side_px: float
    turn_rad: float

    def to_picture(self, points: Floats) -> NDArray[np.float64]:
        """Points (n, 2) of the square, 0..1, as pixels of the picture."""
        return np.asarray(points, np.float64) @ self._axes().T + self._origin()

    def matrix(self, size_px: int) -> NDArray[np.float64]:
        """(2, 3): pixel of the square drawn `size_px` wide -> pixel of the picture."""
        return np.column_stack((self._axes() / size_px, self._origin()))

    def _axes(self) -> NDArray[np.float64]:
        cos, sin = math.cos(self.turn_rad), math.sin(self.turn_rad)
        return self.side_px * np.array(((cos, -sin), (sin, cos)))

    def _origin(self) -> NDArray[np.float64]:
        return np.array((self.x_px, self.y_px)) - self._axes() @ (0.5, 0.5)


def whole(size_px: tuple[int, int]) -> Region:
    """The square around a whole picture of `size_px` (width, height)."""
    width, height = size_px
    return Region(width / 2, height / 2, float(max(width, height)), 0.0)


def region_of(middle_px: Floats, top_px: Floats) -> Region:
    """The square around the circle through `top_px` about `middle_px`, that point upwards."""
    x, y = float(top_px[0] - middle_px[0]), float(top_px[1] - middle_px[1])
    turn = math.remainder(math.pi / 2 - math.atan2(-y, x), math.tau)
    side = 2 * math.hypot(x, y) * _MARGIN
    return Region(float(middle_px[0]), float(middle_px[1]), side, turn)


def region_around(landmarks_px: Floats) -> Region:
    """Where to look for a body whose landmarks (33, 2) are known, but not the two helper points.

    Measured over four runners: the helper circle is about the middle of the hips, upright along
    the torso (within half a degree), and reaches 2 % further than the landmark furthest off.
    """
    points = np.asarray(landmarks_px, np.float64)
    hips = points[[Landmark.LEFT_HIP, Landmark.RIGHT_HIP]].mean(0)
    up = points[[Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER]].mean(0) - hips
    length = float(np.hypot(*up))
    up = up / length if length > 0 else np.array((0.0, -1.0))
    reach = _CIRCLE_OVER_LANDMARKS * float(np.hypot(*(points - hips).T).max())
    return region_of(hips, hips + reach * up)


# --- detector -------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def anchors() -> NDArray[np.float64]:
    """(2254, 2): the middles of the detector's cells, 0..1 (x, y), in the order of its output."""
    cells = []
    for stride, count in _STRIDES_AND_ANCHORS:
        across = DETECTOR_SIZE_PX // stride
        y, x = np.divmod(np.arange(across * across), across)
        middles = (np.column_stack((x, y)) + 0.5) / across
        cells.append(np.repeat(middles, count, axis=0))
    return np.concatenate(cells)


def bodies(
    boxes: Floats, scores: Floats, least_score: float = 0.5
) -> list[tuple[NDArray[np.float64], float]]:
    """The bodies that the detector found, the surest first: alignment points (2, 2) and score.

    `boxes` (2254, 12) and `scores` (2254,) are its raw output; the points are 0..1 of the square.
    Cells that speak of the same body (boxes that overlap by half) are averaged by their scores.
    """
    sure = _sigmoid(np.clip(np.asarray(scores, np.float64), -100, 100))
    found = np.flatnonzero(sure >= least_score)
    found = found[np.argsort(-sure[found], kind="stable")]
    raw = np.asarray(boxes, np.float64)[found] / DETECTOR_SIZE_PX
    middle, half = raw[:, :2] + anchors()[found], raw[:, 2:4] / 2
    low, high = middle - half, middle + half
    points = raw[:, 4:8].reshape(-1, 2, 2) + anchors()[found][:, None]
    weights = sure[found]
    left = np.arange(len(found))
    result = []
    while len(left):
        first = left[0]
        same = _overlap(low[left], high[left], low[first], high[first]) > _SAME_BODY_OVERLAP
        same[0] = True
        group, left = left[same], left[~same]
        result.append((np.average(points[group], 0, weights[group]), float(weights[first])))
    return result


def _overlap(
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    one_low: NDArray[np.float64],
    one_high: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Intersection over union of boxes (n, 2) with one box."""
    shared = np.clip(np.minimum(high, one_high) - np.maximum(low, one_low), 0, None).prod(1)
    union = (high - low).prod(1) + (one_high - one_low).prod() - shared
    return np.asarray(shared / np.maximum(union, 1e-12), np.float64)


# --- landmarks ------------------------------------------------------------------------------------


def landmarks_of(raw: Floats, heat: Floats) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """All 39 points (39, 2), 0..1 of the square, and their visibility (39,), 0..1.

    `raw` (195,) is the network's list of x, y, z, visibility and presence; `heat` (64, 64, 39) its
    maps, in which each point is looked up again.
    """
    table = np.asarray(raw, np.float64).reshape(-1, 5)
    return refined(table[:, :2] / LANDMARKS_SIZE_PX, heat), _sigmoid(table[:, 3])


def refined(points: NDArray[np.float64], heat: Floats) -> NDArray[np.float64]:
    """`points` (n, 2) moved to the middle of the heat around them, where there is enough of it.

    Each point has its own map in `heat` (rows, columns, n), raw values (a sigmoid makes them
    0..1). A window of 7x7 about the point is averaged; where the hottest value in it is below 0.5
    the point stays where it is.
    """
    rows, columns, count = heat.shape
    reach = _HEAT_KERNEL // 2
    cells = np.trunc(points * (columns, rows)).astype(np.int64)
    steps = np.arange(-reach, reach + 1)
    x = cells[:, :1] + steps
    y = cells[:, 1:] + steps
    inside = ((y >= 0) & (y < rows))[:, :, None] & ((x >= 0) & (x < columns))[:, None, :]
    window = heat[
        np.clip(y, 0, rows - 1)[:, :, None],
        np.clip(x, 0, columns - 1)[:, None, :],
        np.arange(count)[:, None, None],
    ]
    weight = np.where(inside, _sigmoid(window.astype(np.float64)), 0.0)
    total = weight.sum((1, 2))
    usable = (cells[:, 0] >= 0) & (cells[:, 0] < columns) & (cells[:, 1] >= 0)
    usable &= (weight.max((1, 2)) >= _HEAT_CONFIDENCE) & (total > 0)
    total = np.where(usable, total, 1.0)
    moved = np.column_stack(
        (
            (weight.sum(1) * x).sum(1) / total / columns,
            (weight.sum(2) * y).sum(1) / total / rows,
        )
    )
    return np.where(usable[:, None], moved, points)


def next_region(points_px: Floats) -> Region:
    """Where to look in the next picture, from all 39 points (39, 2) in pixels."""
    return region_of(points_px[_ALIGNMENT[0]], points_px[_ALIGNMENT[1]])


def _sigmoid(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(0.5 + 0.5 * np.tanh(0.5 * values), np.float64)  # cannot overflow


# --- smoothing ------------------------------------------------------------------------------------


class Smoother:
    """MediaPipe's smoothing of one body's landmarks over time.

    Positions go through a one-euro filter whose speed is measured in body sizes a second (Casiez
    et al. 2012; smallest cut-off 0.05 Hz, slope 80, cut-off of the speed 1 Hz), visibilities
    through an exponential mean of weight 0.1.
    """

    _LOWEST_HZ = 0.05
    _SLOPE = 80.0
    _SPEED_HZ = 1.0
    _VISIBILITY_WEIGHT = 0.1
    _FIRST_STEP_S = 1 / 30

    def __init__(self) -> None:
        self._time_s: float | None = None
        self._raw = self._smooth = self._speed = np.zeros((LANDMARK_COUNT, 2))
        self._visibility = np.zeros(LANDMARK_COUNT)

    def reset(self) -> None:
        """Forget: the next landmarks come out as they go in."""
        self._time_s = None

    def apply(
        self,
        t_s: float,
        points_px: NDArray[np.float64],
        visibility: NDArray[np.float64],
        body_px: float,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Smooth points (33, 2) and visibility (33,) seen at `t_s`, which must rise."""
        if self._time_s is None:
            self._smooth, self._speed = points_px, np.zeros_like(points_px)
            self._visibility = visibility
        else:
            step_s = t_s - self._time_s
            if step_s <= 0:
                step_s = self._FIRST_STEP_S
            speed = (points_px - self._raw) / max(body_px, 1e-6) / step_s
            self._speed = _towards(self._speed, speed, _weight(self._SPEED_HZ, step_s))
            cutoff_hz = self._LOWEST_HZ + self._SLOPE * np.abs(self._speed)
            self._smooth = _towards(self._smooth, points_px, _weight(cutoff_hz, step_s))
            self._visibility = _towards(
                self._visibility, visibility, np.asarray(self._VISIBILITY_WEIGHT)
            )
        self._raw, self._time_s = points_px, t_s
        return self._smooth, self._visibility


def _weight(cutoff_hz: NDArray[np.float64] | float, step_s: float) -> NDArray[np.float64]:
    return np.asarray(1.0 / (1.0 + 1.0 / (math.tau * cutoff_hz * step_s)), np.float64)


def _towards(
    old: NDArray[np.float64], new: NDArray[np.float64], weight: NDArray[np.float64]
) -> NDArray[np.float64]:
    return old + weight * (new - old)
