"""Means with honest intervals."""

from __future__ import annotations

import math

from scipy.stats import t as student

from device.domain.basics import Estimate
from device.gait.frames import Floats

_T975: dict[int, float] = {}


def t975(freedom: int) -> float:
    """The 97.5 % point of Student's t."""
    freedom = min(max(1, freedom), 400)
    if freedom not in _T975:
        _T975[freedom] = float(student.ppf(0.975, freedom))
    return _T975[freedom]


def estimate(
    values: Floats, systematic_sd: float = 0.0, *, mean: float | None = None
) -> Estimate | None:
    """Mean of `values` with their scatter; `systematic_sd` is added to the interval.

    Neighbouring values may be correlated: the variance of the mean takes the autocovariance of the
    first lags into account with triangular weights (Newey and West 1987).
    `mean` replaces the plain mean when a better one is known.
    """
    n = int(values.size)
    if n == 0:
        return None
    centre = float(values.mean()) if mean is None else mean
    if n == 1:
        half = 1.96 * systematic_sd
        return Estimate(centre, None, 1, centre - half, centre + half)
    sd = float(values.std(ddof=1))
    variance = mean_variance(values)
    half = math.hypot(t975(n - 1) * math.sqrt(variance), 1.96 * systematic_sd)
    return Estimate(centre, sd, n, centre - half, centre + half)


def mean_variance(values: Floats) -> float:
    """Variance of the mean of correlated `values` (at least two)."""
    n = values.size
    e = values - values.mean()
    total = float(e @ e)
    base = total
    lags = min(n // 4, 4)
    for lag in range(1, lags + 1):
        total += 2 * (1 - lag / (lags + 1)) * float(e[lag:] @ e[:-lag])
    return max(total, 0.5 * base) / (n - 1) / n
