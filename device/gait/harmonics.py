"""Sums of sines over the stride: the basis every folded curve is written in.

A periodic quantity x with phase u (strides) is x(u) = b0 + sum_k b[2k-1] cos 2 pi k u +
b[2k] sin 2 pi k u, k = 1..K. Fitting b by regression on the true sensor times, rather than
averaging resampled strides, needs no regular sampling: frames of many strides interleave, so that
15 frames/s still resolve the curve (the phase-folding of Lomb-Scargle; VanderPlas 2018,
doi:10.3847/1538-4365/aab766). Running pelvis curves carry nothing beyond about 10 Hz, which seven
harmonics of a 1.4 Hz stride reach.
"""

from __future__ import annotations

import numpy as np

from device.gait.frames import Floats


def basis(phase: Floats | float, harmonics: int) -> Floats:
    """Rows [1, cos, sin, cos 2, sin 2, ...] at `phase` (strides): shape (N, 2 harmonics + 1)."""
    u = np.atleast_1d(np.asarray(phase, dtype=np.float64))
    turn = np.exp(2j * np.pi * u)
    rows = np.empty((2 * harmonics + 1, u.size))
    rows[0] = 1.0
    power = turn
    for k in range(1, harmonics + 1):
        rows[2 * k - 1] = power.real
        rows[2 * k] = power.imag
        power = power * turn
    return rows.T


def slope(coefficients: Floats) -> Floats:
    """Coefficients of the derivative by phase, for one curve (M,) or several (M, S)."""
    out = np.zeros_like(coefficients)
    harmonics = (coefficients.shape[0] - 1) // 2
    for k in range(1, harmonics + 1):
        w = 2 * np.pi * k
        out[2 * k - 1] = w * coefficients[2 * k]
        out[2 * k] = -w * coefficients[2 * k - 1]
    return out


def roughness(harmonics: int) -> Floats:
    """k^4 for each coefficient (0 for the mean): the curvature penalty of a smoothing spline."""
    k = np.repeat(np.arange(1, harmonics + 1, dtype=np.float64), 2)
    return np.concatenate([[0.0], k**4])


def hats(x: Floats, knots: Floats) -> Floats:
    """Piecewise linear interpolation weights (N, len(knots)); flat beyond the ends."""
    out = np.zeros((x.size, knots.size))
    if knots.size == 1:
        out[:, 0] = 1.0
        return out
    i = np.clip(np.searchsorted(knots, x, side="right") - 1, 0, knots.size - 2)
    f = np.clip((x - knots[i]) / (knots[i + 1] - knots[i]), 0.0, 1.0)
    rows = np.arange(x.size)
    out[rows, i] = 1 - f
    out[rows, i + 1] = f
    return out
