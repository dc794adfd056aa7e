"""The cadence trial: a minute as preferred, a minute 5 % quicker, a minute 10 % quicker.

+10 % cadence lowered the drop by about 3 degrees and unloaded hip and knee (Heiderscheit et al.
2011, doi:10.1249/MSS.0b013e3181ebedf4; Bramah et al. 2019,
doi:10.1177/0363546519879693). What
it does for *this* runner is what the trial shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from statistics import median

import numpy as np

from device.coach.feedback import FEWEST, difference
from device.domain.basics import Estimate, Side
from device.domain.results import Step
from device.gait.statistics import of_values

PREFERRED_LAST_S = 20.0
"""The preferred cadence is that of the end of the first minute, when the runner has settled."""
SETTLE_S = 20.0
"""After a change of rate the steps so long after it are left out."""
ON_BEAT = 0.03
"""A cadence within this share of the metronome's follows it."""


@dataclass(frozen=True, slots=True)
class TrialPlan:
    """Conditions as shares above the preferred cadence, each `minute_s` long."""

    raises: tuple[float, ...] = (0.0, 0.05, 0.10)
    minute_s: float = 60.0


class Follow(StrEnum):
    """How a runner follows the beat."""

    ON = "on"
    SLOWER = "slower"
    QUICKER = "quicker"


@dataclass(frozen=True, slots=True)
class Now:
    """Where a trial is: which condition, how long it still lasts, at which cadence (None while the
    preferred one is being found: no metronome then)."""

    index: int
    left_s: float
    rate_spm: float | None


def now(plan: TrialPlan, t_s: float, preferred_spm: float | None) -> Now | None:
    """Where the trial is `t_s` seconds after its start; None when it is over."""
    index = int(t_s // plan.minute_s)
    if t_s < 0 or index >= len(plan.raises):
        return None
    share = plan.raises[index]
    rate = None if share == 0 or preferred_spm is None else preferred_spm * (1 + share)
    return Now(index, (index + 1) * plan.minute_s - t_s, rate)


def preferred(cadences: Sequence[tuple[float, float]], until_s: float) -> float | None:
    """The preferred cadence from live readings (time, steps a minute) up to `until_s`: the median
    of the last 20 s; None without five of them."""
    late = [spm for t_s, spm in cadences if until_s - PREFERRED_LAST_S <= t_s <= until_s]
    return float(median(late)) if len(late) >= 5 else None


def follow(cadence_spm: float, rate_spm: float) -> Follow:
    """Whether the runner is on the beat."""
    ratio = cadence_spm / rate_spm
    if ratio < 1 - ON_BEAT:
        return Follow.SLOWER
    return Follow.QUICKER if ratio > 1 + ON_BEAT else Follow.ON


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition: what was asked, what was run, the drop a side, and its change against the
    preferred cadence. None where too few steps were good. `followed`: the beat was kept to within
    3 %; without that the condition says nothing about its cadence."""

    raised: float
    asked_spm: float | None
    cadence_spm: Estimate | None
    left_deg: Estimate | None
    right_deg: Estimate | None
    left_change_deg: Estimate | None
    right_change_deg: Estimate | None
    followed: bool

    def change(self, side: Side) -> Estimate | None:
        """The change of `side`."""
        return self.left_change_deg if side is Side.LEFT else self.right_change_deg

    def clear(self, side: Side) -> bool:
        """Whether the change is more than chance: its interval leaves zero out."""
        change = self.change(side)
        return change is not None and (change.ci95_low > 0 or change.ci95_high < 0)


def evaluate(
    plan: TrialPlan, steps: Sequence[Step], began_s: float, preferred_spm: float | None
) -> tuple[Condition, ...]:
    """The conditions of a trial from its `steps`, which began at `began_s` in their time."""
    out: list[Condition] = []
    for index, raised in enumerate(plan.raises):
        from_s = began_s + index * plan.minute_s + SETTLE_S
        to_s = began_s + (index + 1) * plan.minute_s
        within = [step for step in steps if from_s <= step.midstance_s < to_s]
        asked = None if raised == 0 or preferred_spm is None else preferred_spm * (1 + raised)
        cadence = _cadence(within)
        left, right = (_drop(within, side) for side in Side)
        first = out[0] if out else None
        followed = asked is None or (
            cadence is not None and follow(cadence.mean, asked) is Follow.ON
        )
        out.append(
            Condition(
                raised,
                asked,
                cadence,
                left,
                right,
                None if first is None else difference(left, first.left_deg),
                None if first is None else difference(right, first.right_deg),
                followed,
            )
        )
    return tuple(out)


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
