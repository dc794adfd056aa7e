"""What a programme is: sessions in order, each with its minutes, feedback and target."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from device.domain.basics import Estimate, Side

HEALTHY_DEG = (3.0, 6.0)
"""Midstance drop of healthy runners (Bramah et al. 2018, doi:10.1177/0363546518793657)."""


class Kind(StrEnum):
    """What a session is for."""

    BASELINE = "baseline"
    """As the runner always runs, nothing shown: the personal target comes from it."""
    TRAINING = "training"
    """Running with feedback."""
    RETENTION = "retention"
    """Running without feedback, long after: has it stayed?"""
    TRIAL = "trial"
    """The cadence trial."""
    EXERCISES = "exercises"
    """Off the belt."""


@dataclass(frozen=True, slots=True)
class SessionPlan:
    """One session of a programme.

    `day`: days after the first session at which it is due. `minutes` of running (0: exercises).
    `feedback`: share of each minute in which the numbers are shown. `speeds_kmh`: one or more
    speeds run one after the other for equal times; empty: the runner's own. `exercises` by name.
    """

    kind: Kind
    day: int
    minutes: float = 0.0
    feedback: float = 1.0
    speeds_kmh: tuple[float, ...] = ()
    exercises: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TargetRule:
    """How the personal target comes from the baseline: less by `step_deg`, never below what is
    healthy (`floor_deg`)."""

    step_deg: float = 2.0
    floor_deg: float = HEALTHY_DEG[0]


@dataclass(frozen=True, slots=True)
class Programme:
    """A programme; `name` is its file's, `title` what the screen says, `titles` likewise in each
    language there is a word for.

    `rest_days`: at least so long between two training sessions. `late_days`: a session later than
    this counts as missed, and one that is twice as late repeats the one before it. `whole`: share
    of the planned minutes from which a session counts as done. `speed_change`: relative change of
    speed from which sessions are not comparable.
    """

    name: str
    title: str
    sessions: tuple[SessionPlan, ...]
    target: TargetRule = TargetRule()
    rest_days: int = 1
    late_days: int = 3
    whole: float = 0.7
    speed_change: float = 0.05
    titles: tuple[tuple[str, str], ...] = ()

    def called(self, language: str) -> str:
        """What the screen calls it in a language."""
        return dict(self.titles).get(language, self.title)


@dataclass(frozen=True, slots=True)
class Target:
    """A side's band of midstance drop to run in, from the runner's own baseline.

    `needed` is false when the baseline lies within what is healthy already: then the band is only
    to be kept.
    """

    side: Side
    low_deg: float
    high_deg: float
    needed: bool


def target(side: Side, baseline: Estimate, rule: TargetRule) -> Target:
    """The target of `side` for a `baseline` midstance drop.

    A baseline above the healthy range is brought down by the rule's step, never below the floor:
    less than healthy is no aim. One within it is only to be kept.
    """
    low, healthy = rule.floor_deg, max(rule.floor_deg, HEALTHY_DEG[1])
    if baseline.mean <= healthy:
        return Target(side, min(low, baseline.mean), max(baseline.mean, low), needed=False)
    high = max(baseline.mean - rule.step_deg, low)
    return Target(side, low, high, needed=True)
