"""The cadence trial and the long run: what was asked, and what came out. All frozen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from device.domain.basics import Estimate, Side


@dataclass(frozen=True, slots=True)
class TrialPlan:
    """Conditions as shares above the preferred cadence, each `minute_s` long; the first one is the
    preferred cadence itself."""

    raises: tuple[float, ...] = (0.0, 0.05, 0.10)
    minute_s: float = 60.0


class Follow(StrEnum):
    """How a runner follows the beat."""

    ON = "on"
    SLOWER = "slower"
    QUICKER = "quicker"


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

    def drop(self, side: Side) -> Estimate | None:
        """The drop of `side`."""
        return self.left_deg if side is Side.LEFT else self.right_deg

    def change(self, side: Side) -> Estimate | None:
        """The change of `side`."""
        return self.left_change_deg if side is Side.LEFT else self.right_change_deg

    def clear(self, side: Side) -> bool:
        """Whether the change is more than chance: its interval leaves zero out."""
        change = self.change(side)
        return change is not None and (change.ci95_low > 0 or change.ci95_high < 0)


@dataclass(frozen=True, slots=True)
class TrialResult:
    """What came of a trial: the preferred cadence (None: it could not be read) and the conditions
    that were begun."""

    preferred_spm: float | None
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Minute:
    """One minute of a side: its middle in seconds from the start, and the mean drop."""

    at_s: float
    drop_deg: Estimate


@dataclass(frozen=True, slots=True)
class Endurance:
    """One side over a long run: minute by minute, the first and the last of them together, and
    the change between the two with its interval, from how the minutes scatter."""

    side: Side
    minutes: tuple[Minute, ...]
    start_deg: Estimate
    end_deg: Estimate
    change_deg: Estimate
    trend_deg_10min: Estimate

    @property
    def clear(self) -> bool:
        """Whether the change is more than chance."""
        return self.change_deg.ci95_low > 0 or self.change_deg.ci95_high < 0


@dataclass(frozen=True, slots=True)
class LongRun:
    """A run of ten minutes or more. `started` is None where the clock may have been wrong, and of
    the run that has just ended; a side is None where too little of it was measured."""

    minutes: float
    left: Endurance | None
    right: Endurance | None
    uuid: str = ""
    started: datetime | None = None
    estimate: bool = False

    def side(self, side: Side) -> Endurance | None:
        """That of `side`."""
        return self.left if side is Side.LEFT else self.right
