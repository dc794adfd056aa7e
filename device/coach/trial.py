"""The cadence trial: a minute as preferred, a minute 5 % quicker, a minute 10 % quicker.

+10 % cadence lowered the drop by about 3 degrees and unloaded hip and knee (Heiderscheit et al.
2011, doi:10.1249/MSS.0b013e3181ebedf4; Bramah et al. 2019, doi:10.1177/0363546519879693). What it
does for *this* runner is what the trial shows. No drop is shown while it runs: that would be
feedback, and feedback changes the drop by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

import numpy as np

from device.coach.feedback import FEWEST, difference
from device.coach.metronome import QUICKEST_SPM, SLOWEST_SPM
from device.coach.shared import widened
from device.domain.basics import Estimate, Side
from device.domain.results import Step
from device.domain.trial import Condition, Follow, TrialPlan, TrialResult
from device.gait.statistics import of_values

PREFERRED_LAST_S = 20.0
"""The preferred cadence is that of the end of the first minute, when the runner has settled."""
SETTLE_S = 20.0
"""After a change of rate the steps so long after it are left out ..."""
SETTLE_SHARE = 1 / 3
"""... of a condition of a minute; of a shorter one this share."""
ON_BEAT = 0.03
"""A cadence within this share of the metronome's follows it."""
READINGS = 5
"""A preferred cadence needs as many readings, a second apart."""


def settle_s(plan: TrialPlan) -> float:
    """How much of the beginning of each condition is left out."""
    return min(SETTLE_S, SETTLE_SHARE * plan.minute_s)


def rate_spm(plan: TrialPlan, index: int, preferred_spm: float | None) -> float | None:
    """The metronome's rate in a condition; None while the preferred cadence is being found."""
    share = plan.raises[index]
    if share == 0 or preferred_spm is None:
        return None
    return min(max(preferred_spm * (1 + share), SLOWEST_SPM), QUICKEST_SPM)


def preferred(cadences: Sequence[tuple[float, float]], until_s: float) -> float | None:
    """The preferred cadence from live readings (time, steps a minute) up to `until_s`: the median
    of the last 20 s; None without five of them, and for what is no running."""
    late = [spm for t_s, spm in cadences if until_s - PREFERRED_LAST_S <= t_s <= until_s]
    if len(late) < READINGS:
        return None
    found = float(median(late))
    return found if SLOWEST_SPM <= found <= QUICKEST_SPM else None


def follow(cadence_spm: float, rate_spm: float) -> Follow:
    """Whether the runner is on the beat."""
    ratio = cadence_spm / rate_spm
    if ratio < 1 - ON_BEAT:
        return Follow.SLOWER
    return Follow.QUICKER if ratio > 1 + ON_BEAT else Follow.ON


def evaluate(
    plan: TrialPlan,
    steps: Sequence[Step],
    starts_s: Sequence[float],
    until_s: float,
    preferred_spm: float | None,
    shared: tuple[float, float] = (0.0, 0.0),
) -> TrialResult:
    """The conditions of a trial from its `steps`; each began at one of `starts_s` and lasted until
    the next one, the last until `until_s` (all in the steps' time). `shared`: half the interval of
    what all steps of the left and of the right side share; it cancels in the changes."""
    out: list[Condition] = []
    first: tuple[Estimate | None, Estimate | None] | None = None
    ends_s = [*starts_s[1:], until_s]
    for raised, from_s, to_s in zip(plan.raises, starts_s, ends_s, strict=False):
        settled_s = from_s + settle_s(plan)
        within = [step for step in steps if settled_s <= step.midstance_s < to_s]
        asked = rate_spm(plan, len(out), preferred_spm)
        cadence = _cadence(within)
        left, right = (_drop(within, side) for side in Side)
        changes: tuple[Estimate | None, Estimate | None] = (None, None)
        if first is not None:
            changes = difference(left, first[0]), difference(right, first[1])
        else:
            first = left, right
        out.append(
            Condition(
                raised,
                asked,
                cadence,
                None if left is None else widened(left, shared[0]),
                None if right is None else widened(right, shared[1]),
                *changes,
                followed=asked is None
                or (cadence is not None and follow(cadence.mean, asked) is Follow.ON),
            )
        )
    return TrialResult(preferred_spm, tuple(out))


def _drop(steps: Sequence[Step], side: Side) -> Estimate | None:
    values = [
        step.midstance_drop_deg
        for step in steps
        if step.side is side and step.valid and step.midstance_drop_deg is not None
    ]
    return of_values(np.array(values)) if len(values) >= FEWEST else None


def _cadence(steps: Sequence[Step]) -> Estimate | None:
    """Of neighbouring steps of opposite sides (a step that was lost makes no slow one)."""
    rates = [
        60 / (b.midstance_s - a.midstance_s)
        for a, b in pairwise(steps)
        if a.side is not b.side and 0.2 < b.midstance_s - a.midstance_s < 0.6
    ]
    # The two feet's intervals may differ: pairs of them do not.
    pairs = [(a + b) / 2 for a, b in zip(rates[::2], rates[1::2], strict=False)]
    return of_values(np.array(pairs)) if len(pairs) >= FEWEST else None
