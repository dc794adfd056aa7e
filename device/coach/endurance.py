"""Start against end of a long run: does the pelvis sink as the runner tires?

In a published run of 30 minutes on a treadmill the left side of healthy runners went from 9.5 to
11.9 degrees while the right one stayed (21 recreational runners: Burnet and Pidcoe 2009, Journal of
Sports Science and Medicine 8, 284-288).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from device.coach.shared import shared_half, widened
from device.domain.basics import Side
from device.domain.results import GaitSummary, Step
from device.domain.trial import Endurance, LongRun, Minute
from device.gait.statistics import interval, of_values

LONG_S = 600.0
"""A run shorter than this says nothing about endurance."""
BIN_S = 60.0
FEWEST = 7
FEWEST_MINUTES = 6
"""Three at the start and three at the end."""
EDGE_MINUTES = 3
"""So many minutes at the start and at the end are set against each other."""
PUBLISHED_DEG = (9.5, 11.9)

Floats = NDArray[np.float64]


def long_run(summary: GaitSummary) -> LongRun | None:
    """Both sides of a run; None when it was shorter than ten minutes, or nothing was measured."""
    left, right = (_with_shared(endurance(summary.steps, side), summary) for side in Side)
    if left is None and right is None:
        return None
    times = [step.midstance_s for step in summary.steps]
    minutes = (max(times) - min(times)) / BIN_S
    return LongRun(minutes, left, right, estimate=summary.estimate_only)


def endurance(steps: Sequence[Step], side: Side) -> Endurance | None:
    """The view of `side`; None for a run of less than ten minutes or with too few good minutes.

    A straight line goes through the minutes' means. How they scatter about it, slow swings in the
    running included, makes the interval of the trend and that of the change from the first three to
    the last three minutes. What all steps share (the method's own error) cancels in both.
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
    if len(minutes) < FEWEST_MINUTES:
        return None
    return _endurance(side, tuple(minutes))


def _with_shared(found: Endurance | None, summary: GaitSummary) -> Endurance | None:
    """Start and end stand by themselves: what all steps share is in their intervals."""
    if found is None:
        return None
    half = shared_half(summary, found.side)
    return replace(
        found,
        start_deg=widened(found.start_deg, half),
        end_deg=widened(found.end_deg, half),
    )


def _endurance(side: Side, minutes: tuple[Minute, ...]) -> Endurance:
    x = np.array([minute.at_s for minute in minutes]) / LONG_S
    y = np.array([minute.drop_deg.mean for minute in minutes])
    around = x - x.mean()
    slope = float(around @ y / (around @ around))
    rest = y - y.mean() - slope * around
    freedom = x.size - 2
    scatter = float(np.sqrt(rest @ rest / freedom))
    first, last = float(y[:EDGE_MINUTES].mean()), float(y[-EDGE_MINUTES:].mean())
    error = scatter / np.sqrt(EDGE_MINUTES)
    n = sum(minute.drop_deg.n for minute in minutes[:EDGE_MINUTES])
    m = sum(minute.drop_deg.n for minute in minutes[-EDGE_MINUTES:])
    return Endurance(
        side,
        minutes,
        interval(first, None, n, error, freedom),
        interval(last, None, m, error, freedom),
        interval(last - first, None, min(n, m), error * np.sqrt(2), freedom),
        interval(slope, None, int(x.size), scatter / float(np.sqrt(around @ around)), freedom),
    )
