"""The standing zero: where the pelvis line lies when the person stands still on both feet."""

from __future__ import annotations

import math

import numpy as np

from device.domain.results import StandingZero
from device.gait.frames import ANKLE, HIP, SHOULDER, Bools, Floats, Span
from device.gait.statistics import t975

STILL_SPEED = 0.25
"""Trunk lengths a second: slower than any step, faster than sway (0.02) and landmark jitter."""


class StandingWatch:
    """Finds quiet standing in the stream and measures the line over it.

    Feed it consecutive spans; `still_s` is how long the person has now stood still, `zero` the last
    good reference, `moved` whether a stand was broken off before it was long enough.
    """

    def __init__(self, min_s: float) -> None:
        self._min_s = min_s
        self._from_s: float | None = None
        self._until_s = -math.inf
        self._t: list[float] = []
        self._angle: list[float] = []
        self.still_s = 0.0
        self.zero: StandingZero | None = None
        self.moved = False

    def feed(self, span: Span, from_s: float) -> None:
        """Judge the frames after `from_s`; earlier ones of `span` are context."""
        still = self._still(span)
        for i in np.flatnonzero(span.t_s > from_s):
            t = float(span.t_s[i])
            if not span.ours[i]:
                if t - self._until_s > 1.0:
                    self._end()
                continue
            if not still[i]:
                self._end()
                continue
            if self._from_s is None:
                self._from_s = t
                self._t.clear()
                self._angle.clear()
            self._until_s = t
            if np.isfinite(span.angle_deg[i]) and len(self._t) < 4000:
                self._t.append(t)
                self._angle.append(float(span.angle_deg[i]))
            self.still_s = t - self._from_s
        if self._from_s is not None and self.still_s >= self._min_s:
            self._measure()

    def _end(self) -> None:
        if self._from_s is not None and 1.0 < self.still_s < self._min_s:
            self.moved = True
        self._from_s = None
        self.still_s = 0.0

    def _measure(self) -> None:
        t = np.array(self._t)
        if t.size < 20:
            return
        angle = np.array(self._angle)
        inner = (t > t[0] + 0.3) & (t < t[-1] - 0.4)
        t, angle = t[inner], angle[inner]
        if t.size < 15 or t[-1] - t[0] < 0.6 * self._min_s:
            return
        middle = float(np.median(angle))
        scale = 1.4826 * float(np.median(np.abs(angle - middle))) + 1e-6
        kept = np.abs(angle - middle) < 4 * scale
        zero = float(angle[kept].mean())
        half = _half_width(t[kept], angle[kept])
        self.moved = False
        self.zero = StandingZero(zero, half, float(t[0]), float(t[-1]))

    def _still(self, span: Span) -> Bools:
        xy = span.xy
        mid = xy.mean(axis=2)
        trunk = np.hypot(*(mid[:, HIP] - mid[:, SHOULDER]).T)
        seen = span.ours & np.isfinite(trunk)
        if seen.sum() < 5:
            return np.zeros(span.t_s.size, dtype=np.bool_)
        torso = float(np.median(trunk[seen]))
        points = np.concatenate(
            [mid[:, HIP], np.nan_to_num(xy[:, ANKLE, 0]), np.nan_to_num(xy[:, ANKLE, 1])], axis=1
        )
        range_ = _moving_range(span.t_s, points, seen, 0.5) / torso
        level = np.abs(xy[:, ANKLE, 0, 1] - xy[:, ANKLE, 1, 1]) / torso
        return seen & (range_ < 0.5 * STILL_SPEED) & ~(level > 0.25)


def _moving_range(t: Floats, points: Floats, seen: Bools, width_s: float) -> Floats:
    """Largest robust movement of any coordinate between the halves of a window round each frame."""
    out = np.full(t.size, np.inf)
    rows = np.flatnonzero(seen)
    p, ts = points[rows], t[rows]
    total = np.concatenate([np.zeros((1, p.shape[1])), np.cumsum(p, axis=0)])
    square = np.concatenate([np.zeros((1, p.shape[1])), np.cumsum(p**2, axis=0)])
    lo = np.searchsorted(ts, ts - width_s / 2)
    hi = np.searchsorted(ts, ts + width_s / 2, side="right")
    n = (hi - lo)[:, None]
    mean = (total[hi] - total[lo]) / n
    spread = np.sqrt(np.maximum((square[hi] - square[lo]) / n - mean**2, 0.0))
    out[rows] = np.where(n[:, 0] >= 3, 3.0 * spread.max(axis=1), np.inf)
    return out


def _half_width(t: Floats, angle: Floats) -> float:
    """95 % half-width of the mean from the means of half-second blocks (correlated noise)."""
    block = ((t - t[0]) / 0.5).astype(int)
    means = np.array([angle[block == b].mean() for b in np.unique(block)])
    if means.size < 3:
        return math.inf
    return t975(means.size - 1) * float(means.std(ddof=1)) / math.sqrt(means.size)
