"""Feedback that fades: when numbers are shown, when they are hidden, and what held when they were.

Runners who saw their drop in every session kept depending on the screen; those whose feedback was
taken away step by step over the second half kept the change (Noehren et al. 2011,
doi:10.1136/bjsm.2009.069112; Willy et al. 2012, doi:10.1016/j.clinbiomech.2012.07.011). Hidden
stretches are measured like the others and summarised afterwards.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from device.domain.basics import Estimate, Side
from device.domain.history import FeedbackBlock
from device.domain.results import Step
from device.gait.statistics import interval, of_values

MINUTE_S = 60.0
SETTLE_S = 3.0
"""Steps so soon after a change belong to neither: the runner is still looking, or still knows."""
FEWEST = 7
"""Steps a side that a mean needs (Dingenen et al. 2018)."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Whether the numbers are shown now, and when that changes (None: not again)."""

    visible: bool
    changes_s: float | None


def moment(share: float, t_s: float, minutes: float) -> Moment:
    """Whether numbers are shown `t_s` seconds into a run of `minutes`, when `share` (0 to 1) of
    each minute has feedback. The minute begins with it, so that the runner can find the movement
    and then hold it."""
    if not 0 <= share <= 1:
        raise ValueError(f"a share of feedback lies between 0 and 1, not {share}")
    end_s = minutes * MINUTE_S
    if share in (0, 1) or t_s >= end_s:
        return Moment(share == 1, None)
    begun = math.floor(t_s / MINUTE_S) * MINUTE_S
    hides_s = begun + share * MINUTE_S
    visible = t_s < hides_s
    changes_s = hides_s if visible else begun + MINUTE_S
    return Moment(visible, changes_s if changes_s < end_s else None)


def blocks(share: float, until_s: float, minutes: float) -> tuple[FeedbackBlock, ...]:
    """The shown and hidden stretches of a run that lasted `until_s` seconds."""
    out = []
    at_s = 0.0
    while at_s < until_s:
        now = moment(share, at_s, minutes)
        to_s = until_s if now.changes_s is None else min(now.changes_s, until_s)
        out.append(FeedbackBlock(at_s, to_s, now.visible))
        at_s = to_s
    return tuple(out)


@dataclass(frozen=True, slots=True)
class SideFeedback:
    """One side with and without feedback. `change_deg`: hidden minus shown; above zero when the
    drop comes back as soon as nobody tells. None where there were too few steps."""

    side: Side
    shown_deg: Estimate | None
    hidden_deg: Estimate | None
    change_deg: Estimate | None

    @property
    def holds(self) -> bool | None:
        """Whether it holds when nobody tells: the change's interval lies below one degree. None
        when that cannot be said."""
        change = self.change_deg
        if change is None:
            return None
        if change.ci95_high < 1.0:
            return True
        return False if change.ci95_low > 0.0 else None


def summarise(
    steps: Sequence[Step], shown: Sequence[FeedbackBlock], began_s: float = 0.0
) -> tuple[SideFeedback, SideFeedback]:
    """Left and right with and without feedback.

    `steps` in the recording's time; `shown` in seconds since the run `began_s` in that time. What
    all steps of a session share (the method's error, the camera's place) cancels in the change.
    """
    return _side(Side.LEFT, steps, shown, began_s), _side(Side.RIGHT, steps, shown, began_s)


def _side(
    side: Side, steps: Sequence[Step], shown: Sequence[FeedbackBlock], began_s: float
) -> SideFeedback:
    values: dict[bool, list[float]] = {True: [], False: []}
    for step in steps:
        if step.side is not side or not step.valid or step.midstance_drop_deg is None:
            continue
        at_s = step.midstance_s - began_s
        for k, block in enumerate(shown):
            settled_s = block.from_s + (SETTLE_S if k else 0.0)
            if settled_s <= at_s < block.to_s:
                values[block.visible].append(step.midstance_drop_deg)
                break
    with_it, without = (_mean(values[visible]) for visible in (True, False))
    return SideFeedback(side, with_it, without, difference(without, with_it))


def _mean(values: list[float]) -> Estimate | None:
    return of_values(np.array(values)) if len(values) >= FEWEST else None


def difference(later: Estimate | None, earlier: Estimate | None) -> Estimate | None:
    """`later` minus `earlier`, two independent means of one side within one session."""
    if later is None or earlier is None:
        return None
    error = math.hypot(later.half_width, earlier.half_width) / 1.96
    mean = later.mean - earlier.mean
    n = min(later.n, earlier.n)
    # The halves already carry Student's factor of their own.
    return interval(mean, None, n, 0.0, 1, shared=error)
