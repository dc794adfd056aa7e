"""Means with honest intervals."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from device.domain.basics import Estimate
from device.gait.frames import Floats

_T975: dict[int, float] = {}


@dataclass(frozen=True, slots=True)
class Shared:
    """Standard deviations of errors that all steps share.

    `offset`: of the obliquity, so that the two sides' drops err by the same amount in opposite
    directions; `mirrored`: of an error that raises both sides' drops together; `gain`: relative;
    `timing_s`: of midstance's mean time.
    """

    offset: float = 0.0
    mirrored: float = 0.0
    gain: float = 0.0
    timing_s: float = 0.0

    def of_drop(self, drop_deg: float) -> float:
        """Standard deviation of one side's drop."""
        return math.hypot(self.offset, self.mirrored, self.gain * drop_deg)

    def of_change(self, change_deg: float) -> float:
        """... of a difference within one side's curve, in which offsets cancel."""
        return self.gain * abs(change_deg)

    def of_asymmetry(self, difference_deg: float) -> float:
        """... of right minus left drop, in which what is mirrored cancels and offsets double."""
        return math.hypot(2 * self.offset, self.gain * difference_deg)


def t975(freedom: int) -> float:
    """The 97.5 % point of Student's t."""
    freedom = min(max(1, freedom), 400)
    if freedom not in _T975:
        low, high = 1.9, 13.0
        while high - low > 1e-9:
            middle = (low + high) / 2
            low, high = (middle, high) if _within(middle, freedom) < 0.95 else (low, middle)
        _T975[freedom] = low
    return _T975[freedom]


def _within(t: float, freedom: int) -> float:
    """The probability of a value between -t and t, in closed form for whole degrees of freedom
    (Abramowitz and Stegun 1964, 26.7.3 and 26.7.4). SciPy's would cost 22 MB of memory."""
    angle = math.atan(t / math.sqrt(freedom))
    square = math.cos(angle) ** 2
    odd = freedom % 2 == 1
    term = math.cos(angle) if odd else 1.0
    total = 0.0
    for k in range(3 if odd else 2, freedom + 1, 2):
        total += term
        term *= square * (k - 1) / k
    total *= math.sin(angle)
    return 2 / math.pi * (angle + total) if odd else total


def interval(
    mean: float, sd: float | None, n: int, error: float, freedom: int, shared: float = 0.0
) -> Estimate:
    """An estimate with standard error `error` of `freedom` degrees, and a `shared` error."""
    half = math.hypot(t975(freedom) * error, 1.96 * shared)
    return Estimate(mean, sd, n, mean - half, mean + half)


def of_values(values: Floats, shared: float = 0.0) -> Estimate | None:
    """Mean of `values` in order of time; None of fewer than two.

    Neighbours may be correlated: the variance of the mean takes the autocovariance of the first
    lags into account with triangular weights (Newey and West 1987, doi:10.2307/1913610).
    """
    n = int(values.size)
    if n < 2:
        return None
    e = values - values.mean()
    total = base = float(e @ e)
    lags = min(n // 4, 4)
    for lag in range(1, lags + 1):
        total += 2 * (1 - lag / (lags + 1)) * float(e[lag:] @ e[:-lag])
    error = math.sqrt(max(total, 0.3 * base) / (n - 1) / n)
    return interval(float(values.mean()), float(np.std(values, ddof=1)), n, error, n - 1, shared)
