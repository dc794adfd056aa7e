"""Start against end of a long run: does the pelvis sink as the runner tires?

In a published run of 30 minutes the left side of healthy runners went from 9.5 to 11.9 degrees.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from device.domain.basics import Estimate, Side
from device.domain.results import Step
from device.gait.statistics import interval, of_values

LONG_S = 600.0
"""A run shorter than this says nothing about endurance."""
BIN_S = 60.0
FEWEST = 7


@dataclass(frozen=True, slots=True)
class Minute:
    """One minute of a side: its middle in seconds from the start, and the mean drop."""

    at_s: float
    drop_deg: Estimate


@dataclass(frozen=True, slots=True)
class Endurance:
    """One side over a long run: minute by minute, and the trend in degrees over ten minutes."""

    side: Side
    minutes: tuple[Minute, ...]
    trend_deg_10min: Estimate | None

    @property
    def clear(self) -> bool:
        """Whether the trend is more than chance."""
        trend = self.trend_deg_10min
        return trend is not None and (trend.ci95_low > 0 or trend.ci95_high < 0)


def endurance(steps: Sequence[Step], side: Side) -> Endurance | None:
    """The view of `side`; None for a run of less than ten minutes or with too few good minutes.

    The trend is a straight line through the minutes' means; its interval comes from how they
    scatter about it, so that slow swings in the running count as uncertainty.
    """
    good = [
        (step.midstance_s, step.midstance_drop_deg)
        for step in steps
        if step.side is side and step.valid and step.midstance_drop_deg is not None
    ]
    if not good:
        return None
    t_s, drop = (np.array(column, dtype=np.float64) for column in zip(*good, strict=True))
    t_s -= t_s[0]
    if t_s[-1] < LONG_S:
        return None
    minutes = []
    for k in range(int(t_s[-1] // BIN_S) + 1):
        inside = (t_s >= k * BIN_S) & (t_s < (k + 1) * BIN_S)
        if inside.sum() < FEWEST:
            continue
        mean = of_values(drop[inside])
        assert mean is not None
        minutes.append(Minute(float(t_s[inside].mean()), mean))
    if len(minutes) < 5:
        return None
    return Endurance(side, tuple(minutes), _trend(minutes))


def _trend(minutes: Sequence[Minute]) -> Estimate:
    x = np.array([minute.at_s for minute in minutes]) / 600.0
    y = np.array([minute.drop_deg.mean for minute in minutes])
    around = x - x.mean()
    slope = float(around @ y / (around @ around))
    rest = y - y.mean() - slope * around
    freedom = x.size - 2
    error = float(np.sqrt(rest @ rest / freedom / (around @ around)))
    return interval(slope, None, int(x.size), error, freedom)
