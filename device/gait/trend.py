"""A runner's drop over their sessions, with a smooth and its band. Pure.

The smooth is a local level: the true drop wanders at random from day to day (variance per day
`q`), and each session measures it with its own error. Smoothed by Kalman's filter and the
Rauch-Tung-Striebel recursion; `q` is the one most likely to have made the series (Durbin and
Koopman 2012, Time Series Analysis by State Space Methods, ch. 2). With nothing to show for a change
`q` becomes zero and the smooth a level line: the band says how little is known then.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from device.domain.basics import Estimate, Side
from device.domain.history import KeptSession, Trend, TrendPoint
from device.gait.compare import PUBLISHED_DEG, comparable

RETEST_SD_DEG = PUBLISHED_DEG / (1.96 * math.sqrt(2))
"""How much one measurement scatters by itself: the standard error that belongs to the published
detectable change. A session's own interval takes its place where that is wider."""
MOST_PER_DAY_DEG = 1.0
"""No pelvis learns faster than this (1 SD)."""
NEEDED = 3
GRID = 60

Floats = NDArray[np.float64]


def trend(sessions: Sequence[KeptSession], side: Side) -> Trend:
    """The trend of `side` over `sessions` (in any order): of those that can be compared with the
    newest one that has a number. Where a date is not known, sessions count as days."""
    ordered = sorted(sessions, key=lambda session: session.number)
    found = [each for each in ordered if _drop(each, side) is not None]
    if not found:
        return Trend(side, (), left_out=len(ordered))
    newest = found[-1]
    alike = [each for each in found if each is newest or comparable(each, newest)]
    dated = all(each.date_known for each in alike)
    points = []
    for index, each in enumerate(alike):
        drop = _drop(each, side)
        assert drop is not None
        day = (each.started - alike[0].started) / timedelta(days=1) if dated else float(index)
        points.append(TrendPoint(each.uuid, day, each.started if dated else None, drop))
    left_out = len(ordered) - len(points)
    points.sort(key=lambda point: point.day)
    if len(points) < NEEDED:
        return Trend(side, tuple(points), left_out=left_out)
    days, level, sd = smooth(
        np.array([point.day for point in points]),
        np.array([point.value.mean for point in points]),
        np.array([max(RETEST_SD_DEG, point.value.half_width / 1.96) for point in points]),
    )
    return Trend(
        side,
        tuple(points),
        tuple(map(float, days)),
        tuple(map(float, level)),
        tuple(map(float, level - 1.96 * sd)),
        tuple(map(float, level + 1.96 * sd)),
        left_out,
    )


def smooth(day: Floats, value: Floats, sd: Floats) -> tuple[Floats, Floats, Floats]:
    """A local level through `value` at `day` (rising, not strictly) with measuring errors `sd`.

    Returns days (`GRID` evenly spread and those given, rising), level and its standard deviation.
    """
    q = _wander(day, value, sd)
    grid = np.linspace(day[0], day[-1], GRID) if day[-1] > day[0] else day[:1]
    days = np.concatenate([day, grid])
    order = np.argsort(days, kind="stable")
    values = np.concatenate([value, np.full(grid.size, np.nan)])[order]
    errors = np.concatenate([sd, np.ones(grid.size)])[order]
    level, variance, _ = _filter(days[order], values, errors, q)
    smoothed, spread = level.copy(), variance.copy()
    for i in range(days.size - 2, -1, -1):
        ahead = variance[i] + q * (days[order][i + 1] - days[order][i])
        gain = variance[i] / ahead
        smoothed[i] = level[i] + gain * (smoothed[i + 1] - level[i])
        spread[i] = variance[i] + gain**2 * (spread[i + 1] - ahead)
    return days[order], smoothed, np.sqrt(np.maximum(spread, 0.0))


def _wander(day: Floats, value: Floats, sd: Floats) -> float:
    """The most likely variance per day."""

    def cost(log_q: float) -> float:
        return -_filter(day, value, sd, math.exp(log_q))[2]

    low, high = math.log(1e-8), math.log(MOST_PER_DAY_DEG**2)
    # A search may end beside the border although the border is better.
    best = min((low, _least(cost, low, high)), key=cost)
    return 0.0 if best == low else math.exp(best)


def _least(cost: Callable[[float], float], low: float, high: float) -> float:
    """Where `cost` is least: by golden section about the best of some places all along. (SciPy's
    search does no better and needs 50 MB of memory.)"""
    places = np.linspace(low, high, 24)
    best = int(np.argmin([cost(float(x)) for x in places]))
    a, b = float(places[max(0, best - 1)]), float(places[min(places.size - 1, best + 1)])
    golden = (math.sqrt(5) - 1) / 2
    while b - a > 1e-5:
        c, d = b - golden * (b - a), a + golden * (b - a)
        a, b = (a, d) if cost(c) < cost(d) else (c, b)
    return (a + b) / 2


def _filter(day: Floats, value: Floats, sd: Floats, q: float) -> tuple[Floats, Floats, float]:
    """Levels and variances given what came so far, and the log-likelihood. NaN: nothing measured.

    The first measurement begins it (a diffuse start), and does not count in the likelihood.
    """
    levels, variances = np.empty(day.size), np.empty(day.size)
    level, variance, total = float(value[0]), float(sd[0]) ** 2, 0.0
    levels[0], variances[0] = level, variance
    for i in range(1, day.size):
        variance += q * float(day[i] - day[i - 1])
        if np.isfinite(value[i]):
            error = variance + float(sd[i]) ** 2
            miss = float(value[i]) - level
            total -= 0.5 * (math.log(error) + miss * miss / error)
            gain = variance / error
            level += gain * miss
            variance *= 1 - gain
        levels[i], variances[i] = level, variance
    return levels, variances, total


def _drop(session: KeptSession, side: Side) -> Estimate | None:
    return None if session.summary is None else session.summary.side(side).midstance_drop_deg
