"""Phase folding of the pelvis line: robust harmonic regression with honest uncertainty.

Every frame's obliquity is one observation of a curve over the stride,

    obliquity_i = basis(u_i) . b + noise,    weight 1 / sigma_i^2 times Tukey's bisquare

(iteratively reweighted least squares; Beaton and Tukey 1974), with the curvature penalty of a
smoothing spline so that phases hardly seen are bridged instead of invented. Noise within a stride
is correlated and each stride differs a little, so the covariance of b is the cluster-robust
sandwich with the stride as cluster (Liang and Zeger 1986): nothing is assumed about correlation
inside a stride. For long sessions neighbouring strides are merged into larger clusters, which
also covers slow changes and bounds the memory.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from device.gait.frames import Floats
from device.gait.harmonics import basis, roughness

PRIOR_SD_DEG = 6.0
"""Amplitude of harmonic k is held to about this over k squared where the data say nothing."""


@dataclass(slots=True)
class Sums:
    """Normal equations of some strides: `normal` (M, M), `moment` (M,), `frames`."""

    normal: Floats
    moment: Floats
    frames: int

    def __add__(self, other: Sums) -> Sums:
        return Sums(
            self.normal + other.normal, self.moment + other.moment, self.frames + other.frames
        )


@dataclass(slots=True)
class Curve:
    """A folded curve: `coefficients` (M,), their sandwich covariance (M, M), strides, frames."""

    coefficients: Floats
    covariance: Floats
    clusters: int
    frames: int

    def at(self, phase: Floats | float) -> Floats:
        """Obliquity (degrees) at `phase` (strides)."""
        harmonics = (self.coefficients.size - 1) // 2
        return basis(phase, harmonics) @ self.coefficients

    def sd(self, row: Floats) -> float:
        """Standard error of the linear combination `row` of the coefficients."""
        return float(np.sqrt(max(0.0, row @ self.covariance @ row)))


def sums(phase: Floats, angle: Floats, weight: Floats, harmonics: int) -> Sums:
    """The normal equations of some frames."""
    design = basis(phase, harmonics)
    weighted = design * weight[:, None]
    return Sums(weighted.T @ design, weighted.T @ angle, int(phase.size))


def solve(clusters: list[Sums], harmonics: int) -> Curve | None:
    """The curve of all clusters together; None with fewer than two."""
    if len(clusters) < 2:
        return None
    normal = np.sum([c.normal for c in clusters], axis=0)
    moment = np.sum([c.moment for c in clusters], axis=0)
    bread = np.linalg.inv(normal + np.diag(roughness(harmonics) / PRIOR_SD_DEG**2 + 1e-9))
    b = bread @ moment
    scores = np.stack([c.moment - c.normal @ b for c in clusters])
    n = len(clusters)
    meat = scores.T @ scores * n / (n - 1)
    prior_bias = bread @ np.diag(roughness(harmonics) / PRIOR_SD_DEG**2) @ bread
    return Curve(b, bread @ meat @ bread + prior_bias, n, sum(c.frames for c in clusters))


def robust_weights(
    phase: Floats, angle: Floats, sigma: Floats, harmonics: int, rounds: int = 4
) -> tuple[Floats, Floats] | None:
    """Weights (N,) in 1/degree^2 and coefficients of the robust fit; None with too few frames."""
    if phase.size < 3 * harmonics:
        return None
    design = basis(phase, harmonics)
    base = 1.0 / np.maximum(sigma, 1e-3) ** 2
    base = base / base.mean()
    ridge = np.diag(roughness(harmonics) / PRIOR_SD_DEG**2 + 1e-9)
    weight = base.copy()
    scale = 1.0
    b = np.zeros(design.shape[1])
    for _ in range(rounds):
        weighted = design * weight[:, None]
        b = np.linalg.solve(weighted.T @ design / scale**2 + ridge, weighted.T @ angle / scale**2)
        residual = (angle - design @ b) * np.sqrt(base)
        scale = max(1.4826 * float(np.median(np.abs(residual))), 0.05)
        z = np.clip(residual / (4.685 * scale), -1.0, 1.0)
        weight = base * (1 - z**2) ** 2
    return weight / scale**2, b


class FoldStore:
    """The strides of a whole session in bounded memory."""

    def __init__(self, limit: int = 512) -> None:
        self._limit = limit
        self.clusters: list[Sums] = []
        self._per_cluster = 1
        self._open: Sums | None = None
        self._open_strides = 0

    def add(self, stride: Sums) -> None:
        """Add one stride."""
        self._open = stride if self._open is None else self._open + stride
        self._open_strides += 1
        if self._open_strides < self._per_cluster:
            return
        self.clusters.append(self._open)
        self._open, self._open_strides = None, 0
        if len(self.clusters) >= self._limit:
            pairs = zip(self.clusters[::2], self.clusters[1::2], strict=True)
            self.clusters = [a + b for a, b in pairs]
            self._per_cluster *= 2

    def all(self) -> list[Sums]:
        """Every cluster, the unfinished one included."""
        return self.clusters if self._open is None else [*self.clusters, self._open]
