"""Keeps the pelvis curve up to date: a live one over the last strides, one over everything."""

from __future__ import annotations

import copy
import math
from collections import Counter
from itertools import pairwise

import numpy as np

from device.gait import fold
from device.gait.book import STEADY
from device.gait.frames import Floats, Span

ENOUGH_STRIDES = 6
"""The folded curve must rest on this many strides before single steps are judged by it."""
_SEAM = 0.25
"""A stride's sums are cut here, off the stances: this long before left midstance."""


class Folder:
    """Folds the obliquity of frames whose phase is final, separately for each pelvis method.

    `window` is the curve over the last `strides` strides, `fit` its robust coefficients.
    """

    def __init__(self, strides: int, harmonics: int) -> None:
        self._strides = strides
        self._harmonics = harmonics
        self._stores: dict[int, fold.FoldStore] = {}
        self._frames: Counter[int] = Counter()
        self._stored_to = -math.inf
        self.window: fold.Curve | None = None
        self.fit: Floats | None = None
        self.method = -1

    def fork(self) -> Folder:
        """An independent copy."""
        other = copy.copy(self)
        other._stores = {code: store.fork() for code, store in self._stores.items()}
        other._frames = self._frames.copy()
        return other

    def take(self, span: Span, final: bool) -> None:
        """Fold the frames of `span` again; with `final` unfinished strides count as finished."""
        rows = np.isfinite(span.phase) & np.isfinite(span.obliquity_deg)
        if not rows.any():
            return
        method = int(np.bincount(span.method[rows]).argmax())
        rows &= span.method == method
        phase = span.phase[rows]
        newest = float(phase[-1])
        rows &= span.phase > newest - self._strides
        phase, angle, sigma = span.phase[rows], span.obliquity_deg[rows], span.sigma_deg[rows]
        fitted = fold.robust_weights(phase, angle, sigma, self._harmonics)
        if fitted is None:
            return
        weight, self.fit = fitted
        self.method = method
        weight = weight * _steady(phase, span.swing[rows])
        strides = _by_stride(phase, angle, weight, self._harmonics)
        self.window = fold.solve([s for _, s in strides], self._harmonics)
        if len(strides) <= ENOUGH_STRIDES and not final:
            return
        finished = math.inf if final else math.floor(newest + _SEAM)
        for number, part in strides:
            if self._stored_to < number < finished:
                self._stored_to = number
                self._stores.setdefault(method, fold.FoldStore()).add(part)
                self._frames[method] += part.frames

    def whole(self) -> fold.Curve | None:
        """The curve over everything, by the method that measured most."""
        if not self._frames:
            return None
        method = self._frames.most_common(1)[0][0]
        return fold.solve(self._stores[method].all(), self._harmonics)


def _steady(phase: Floats, swing: Floats) -> Floats:
    """0 for the frames of strides in which the runner was starting or stopping, else 1."""
    number = np.floor(phase + _SEAM)
    _, stride, frames = np.unique(number, return_inverse=True, return_counts=True)
    mean = np.bincount(stride, swing) / frames
    return (mean >= STEADY * float(np.median(mean))).astype(np.float64)[stride]


def _by_stride(
    phase: Floats, angle: Floats, weight: Floats, harmonics: int
) -> list[tuple[float, fold.Sums]]:
    number = np.floor(phase + _SEAM)
    cuts = np.flatnonzero(np.diff(number)) + 1
    edges = [0, *cuts.tolist(), phase.size]
    return [
        (float(number[a]), fold.sums(phase[a:b], angle[a:b], weight[a:b], harmonics))
        for a, b in pairwise(edges)
    ]
