"""Phase folding of the pelvis line: robust harmonic regression with honest uncertainty.

Every frame's obliquity is one observation of a curve over the stride,

    obliquity_i = basis(u_i) . b + noise,    weight 1 / sigma_i^2 times a robust factor

(iteratively reweighted least squares with a bisquare that only fades out beyond four scales,
because a gait's own variation is no outlier; Beaton and Tukey 1974), with the curvature penalty of
a smoothing spline so that phases hardly seen are bridged instead of invented. Noise within a stride
is correlated and each stride differs a little, so the covariance of b is the cluster-robust
sandwich with the stride as cluster (Liang and Zeger 1986): nothing is assumed about correlation
inside a stride. For long sessions neighbouring strides are merged into larger clusters, which
also covers slow changes and bounds the memory.
"""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass

import numpy as np

from device.gait.frames import Floats
from device.gait.harmonics import basis, roughness

PRIOR_SD_DEG = 6.0
"""Amplitude of harmonic k is held to about this over k squared where the data say nothing."""


@dataclass(slots=True)
class Sums:
    """Normal equations of some strides: `normal` (M, M), `moment` (M,), `square` the weighted sum
    of squares and `frames` how many observations went in."""

    normal: Floats
    moment: Floats
    square: float
    frames: int

    def __add__(self, other: Sums) -> Sums:
        return Sums(
            self.normal + other.normal,
            self.moment + other.moment,
            self.square + other.square,
            self.frames + other.frames,
        )


@dataclass(slots=True)
class Curve:
    """A folded curve: `coefficients` (M,) and their covariance (M, M).

    `blind` (M, M) is the part of it that the smoothness penalty alone stands for: large where no
    frame ever looked. `clusters` strides (or groups of them) and `frames` went in.
    """

    coefficients: Floats
    covariance: Floats
    blind: Floats
    clusters: int
    frames: int

    @property
    def harmonics(self) -> int:
        """Of the stride."""
        return (self.coefficients.size - 1) // 2

    def at(self, phase: Floats | float) -> Floats:
        """Obliquity (degrees) at `phase` (strides)."""
        return basis(phase, self.harmonics) @ self.coefficients

    def sd(self, row: Floats) -> float:
        """Standard error of the linear combination `row` of the coefficients."""
        return math.sqrt(max(0.0, float(row @ self.covariance @ row)))

    def blind_sd(self, phase: float) -> float:
        """How far smoothness alone, rather than frames, holds the curve at `phase` (degrees)."""
        row = basis(phase, self.harmonics)[0]
        return math.sqrt(max(0.0, float(row @ self.blind @ row)))


def sums(phase: Floats, angle: Floats, weight: Floats, harmonics: int) -> Sums:
    """The normal equations of some frames."""
    design = basis(phase, harmonics)
    weighted = design * weight[:, None]
    return Sums(weighted.T @ design, weighted.T @ angle, float(weight @ angle**2), int(phase.size))


def solve(clusters: list[Sums], harmonics: int) -> Curve | None:
    """The curve of all clusters together; None with fewer than two."""
    if len(clusters) < 2:
        return None
    normal = np.sum([c.normal for c in clusters], axis=0)
    moment = np.sum([c.moment for c in clusters], axis=0)
    frames = sum(c.frames for c in clusters)
    ridge = np.diag(roughness(harmonics) / PRIOR_SD_DEG**2 + 1e-9)
    spread = 1.0
    for _ in range(2):  # the penalty is in units of the noise, which the first fit tells
        bread = np.linalg.inv(normal + ridge * spread)
        b = bread @ moment
        rss = sum(c.square for c in clusters) - 2 * b @ moment + b @ normal @ b
        spread = max(float(rss) / max(1, frames - b.size), 1e-3)
    n = len(clusters)
    scores = np.stack([c.moment - c.normal @ b for c in clusters])
    # What each stride pulled the fit towards itself is given back (the jackknife form of the
    # sandwich, CR3 of Bell and McCaffrey 2002), which few strides need.
    left = np.eye(b.size) - np.stack([c.normal for c in clusters]) @ bread
    scores = np.linalg.solve(left, scores[:, :, None])[:, :, 0]
    meat = scores.T @ scores * (n - 1) / n
    blind = bread @ (ridge * spread**2) @ bread
    return Curve(b, bread @ meat @ bread + blind, blind, n, frames)


def robust_weights(
    phase: Floats, angle: Floats, sigma: Floats, harmonics: int, rounds: int = 3
) -> tuple[Floats, Floats] | None:
    """Weights (N,) and coefficients of the robust fit; None with too few frames.

    Weights are relative to the median frame's: inverse variance times 1 for everything that looks
    like this gait, falling to 0 for wild values.
    """
    if phase.size < 3 * harmonics:
        return None
    design = basis(phase, harmonics)
    usual = float(np.median(sigma))
    base = (usual / np.maximum(sigma, 0.2 * usual)) ** 2
    ridge = np.diag(roughness(harmonics) / PRIOR_SD_DEG**2 + 1e-9)
    weight: Floats = base
    b: Floats = np.zeros(design.shape[1])
    spread = 1.0
    for _ in range(rounds):
        weighted = design * weight[:, None]
        left: Floats = weighted.T @ design + ridge * spread
        right: Floats = weighted.T @ angle
        b = np.asarray(np.linalg.solve(left, right), dtype=np.float64)
        off = np.abs(angle - design @ b) * np.sqrt(base)
        scale = max(1.4826 * float(np.median(off)), 0.1)
        spread = scale**2
        fade = np.clip((off / scale - 4.0) / 4.0, 0.0, 1.0)
        weight = base * (1 - fade**2) ** 2
    return weight, b


class FoldStore:
    """The strides of a whole session in bounded memory."""

    def __init__(self, limit: int = 512) -> None:
        self._limit = limit
        self._clusters: list[Sums] = []
        self._per_cluster = 1
        self._open: Sums | None = None
        self._open_strides = 0

    def add(self, stride: Sums) -> None:
        """Add one stride."""
        self._open = stride if self._open is None else self._open + stride
        self._open_strides += 1
        if self._open_strides < self._per_cluster:
            return
        self._clusters.append(self._open)
        self._open, self._open_strides = None, 0
        if len(self._clusters) >= self._limit:
            pairs = zip(self._clusters[::2], self._clusters[1::2], strict=True)
            self._clusters = [a + b for a, b in pairs]
            self._per_cluster *= 2

    def all(self) -> list[Sums]:
        """Every cluster, the unfinished one included."""
        return self._clusters if self._open is None else [*self._clusters, self._open]

    def fork(self) -> FoldStore:
        """An independent copy (sums are never changed)."""
        other = copy.copy(self)
        other._clusters = list(self._clusters)
        return other
