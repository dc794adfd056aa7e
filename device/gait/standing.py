"""The standing zero: where the pelvis line lies when the person stands still on both feet.

Quiet standing sways by a few hundredths of a trunk length; anything faster, or a foot off the
ground, ends it. The reference is the mean over the last ten seconds at most, its interval from
the means of half-second blocks (the noise of neighbouring frames is correlated).
"""

from __future__ import annotations

import copy
import math
from collections import deque

import numpy as np

from device.gait.frames import ANKLE, HIP, SHOULDER, Bools, Floats, Span
from device.gait.statistics import t975

STILL = 0.03
"""Largest SD of hips and ankles within half a second, in trunk lengths."""
LIFTED = 0.25
"""Height difference of the ankles that means a lifted foot, in trunk lengths."""
LONGEST_S = 10.0
WORST_CI_DEG = 0.8
"""A reference less certain than this is refused: the person moved, or the line is too noisy."""
SHIFT_DEG = 1.5
"""... or the line lay differently in the first and the second half: the weight was shifted."""


class StandingWatch:
    """Finds quiet standing in the stream and measures the line over it.

    Feed it overlapping spans. `still_s`: how long the person has now stood still; `mean_deg`,
    `ci95_deg`, `from_s`, `to_s`, `method`: the last good reference, in picture angles (`good` says
    whether there is one); `moved`: whether the last attempt was spoilt.
    """

    def __init__(self, min_s: float) -> None:
        self._min_s = min_s
        self._from_s: float | None = None
        self._until_s = -math.inf
        self._seen: deque[tuple[float, float, int]] = deque()
        self.still_s = 0.0
        self.moved = False
        self.forget()

    def forget(self) -> None:
        """Another person: no reference, nobody standing yet."""
        self._end(spoilt=False)
        self.good = False
        self.mean_deg = self.ci95_deg = self.from_s = self.to_s = 0.0
        self.method = -1

    def fork(self) -> StandingWatch:
        """An independent copy."""
        other = copy.copy(self)
        other._seen = self._seen.copy()
        return other

    def feed(self, span: Span, after_s: float) -> None:
        """Judge the frames after `after_s`; the earlier ones of `span` are context."""
        still = _still(span)
        for i in np.flatnonzero(span.t_s > after_s):
            t = float(span.t_s[i])
            if not span.ours[i]:
                if t - self._until_s > 1.0:
                    self._end(spoilt=False)
                continue
            if not still[i]:
                self._end(spoilt=1.0 < self.still_s < self._min_s)
                continue
            if self._from_s is None:
                self._from_s = t
            self._until_s = t
            self.still_s = t - self._from_s
            if span.method[i] >= 0:
                self._seen.append((t, float(span.angle_deg[i]), int(span.method[i])))
        while self._seen and self._seen[0][0] < self._until_s - LONGEST_S:
            self._seen.popleft()
        if self._from_s is not None and self.still_s >= self._min_s:
            self._measure()

    def _end(self, spoilt: bool) -> None:
        self.moved = self.moved or spoilt
        self._from_s = None
        self.still_s = 0.0
        self._seen.clear()

    def _measure(self) -> None:
        if len(self._seen) < 20:
            return
        t, angle, code = (np.array(column) for column in zip(*self._seen, strict=True))
        method = int(np.bincount(code).argmax())
        # The first and last moments may still belong to stepping on and to the first step.
        inner = (t > t[0] + 0.3) & (t < t[-1] - 0.6) & (code == method)
        t, angle = t[inner], angle[inner]
        if t.size < 15 or t[-1] - t[0] < 0.6 * self._min_s:
            return
        off = np.abs(angle - np.median(angle))
        kept = off <= 4 * 1.4826 * float(np.median(off)) + 1e-6
        t, angle = t[kept], angle[kept]
        half = t < (t[0] + t[-1]) / 2
        ci95 = _half_width(t, angle)
        shift = abs(float(angle[half].mean() - angle[~half].mean()))
        if ci95 > WORST_CI_DEG or shift > SHIFT_DEG:
            self.moved = True
            self.good = self.good and self.from_s < (self._from_s or 0.0)  # of an earlier stand
            return
        self.moved = False
        self.good = True
        self.mean_deg, self.ci95_deg = float(angle.mean()), ci95
        self.from_s, self.to_s, self.method = float(t[0]), float(t[-1]), method


def _still(span: Span) -> Bools:
    """Which frames show quiet standing; one without a pose does as the last with one did."""
    if not span.posed.all():
        last = np.maximum.accumulate(np.where(span.posed, np.cumsum(span.posed), 0))
        return np.concatenate([[False], _still(span.bodies())])[last]
    mid = span.xy.mean(axis=2)
    trunk = np.hypot(*(mid[:, HIP] - mid[:, SHOULDER]).T)
    points = np.concatenate([mid[:, HIP], span.xy[:, ANKLE, 0], span.xy[:, ANKLE, 1]], axis=1)
    seen = span.ours & np.isfinite(trunk) & np.isfinite(points).all(axis=1)
    out = np.zeros(span.t_s.size, dtype=np.bool_)
    if seen.sum() < 5:
        return out
    torso = float(np.median(trunk[seen]))
    lifted = np.abs(points[:, 3] - points[:, 5]) > LIFTED * torso
    out[seen] = _spread(span.t_s[seen], points[seen], 0.5) < STILL * torso
    out[lifted] = False
    return out


def _spread(t: Floats, points: Floats, width_s: float) -> Floats:
    """Largest SD of any column of `points` within `width_s` round each time."""
    points = points - points.mean(axis=0)
    none = np.zeros((1, points.shape[1]))
    total = np.concatenate([none, np.cumsum(points, axis=0)])
    square = np.concatenate([none, np.cumsum(points**2, axis=0)])
    low = np.searchsorted(t, t - width_s / 2)
    high = np.searchsorted(t, t + width_s / 2, side="right")
    n = (high - low)[:, None]
    mean = (total[high] - total[low]) / n
    sd: Floats = np.sqrt(np.maximum((square[high] - square[low]) / n - mean**2, 0.0)).max(axis=1)
    return np.where(n[:, 0] >= 3, sd, np.inf)


def _half_width(t: Floats, angle: Floats) -> float:
    block = ((t - t[0]) / 0.5).astype(int)
    means = np.array([angle[block == b].mean() for b in np.unique(block)])
    if means.size < 3:
        return math.inf
    return t975(means.size - 1) * float(means.std(ddof=1)) / math.sqrt(means.size)
