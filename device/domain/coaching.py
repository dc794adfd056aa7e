"""What is kept of a runner's programme: which one, the personal targets, and what was done of it.

All frozen. The programme itself (`device.coach.programme`) is known by its file's name and is not
kept with the runner: a clinic may change it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from device.domain.basics import Estimate, Side


class Ended(StrEnum):
    """How a session of a programme ended."""

    WHOLE = "whole"
    STOPPED = "stopped"
    """Before its time; what was run is kept, and counts when it was long enough."""
    CANCELLED = "cancelled"
    """Nothing of it is kept but that it was begun."""
    NOT_MEASURED = "not_measured"
    """It was run, but the drop could not be measured where that was needed."""
    CUT_OFF = "cut_off"
    """The device lost its power."""
    TICKED = "ticked"
    """Somebody said that it was done (exercises)."""
    TAKEN = "taken"
    """An earlier session of the runner was taken for it (a baseline)."""


@dataclass(frozen=True, slots=True)
class Band:
    """A side's own target: the midstance drop to run in, and the baseline it comes from.

    `needed` is false where the baseline is healthy already: then the band is only to be kept.
    """

    low_deg: float
    high_deg: float
    needed: bool
    baseline: Estimate

    @property
    def edges(self) -> tuple[float, float]:
        """Lower and upper edge."""
        return self.low_deg, self.high_deg


Bands = Mapping[Side, Band]


@dataclass(frozen=True, slots=True)
class Held:
    """One side of a session with feedback and while it was hidden: mean midstance drops, and
    hidden minus shown with its interval. None where there were too few steps.

    `holds`: whether it holds when nobody tells; None where that cannot be said.
    """

    side: Side
    shown_deg: Estimate | None
    hidden_deg: Estimate | None
    change_deg: Estimate | None = None
    holds: bool | None = None


@dataclass(frozen=True, slots=True)
class SpeedPart:
    """A stretch at one belt speed, in seconds since the run began; each side's drop in it."""

    speed_kmh: float
    from_s: float
    to_s: float
    left_deg: Estimate | None = None
    right_deg: Estimate | None = None


@dataclass(frozen=True, slots=True)
class ProgrammeStep:
    """A session of a programme as it is about to be run (or its exercises done); known from the
    start.

    `plan` is its place in the programme (from 0), `of` how many there are. `feedback`: share of
    each minute in which the numbers are shown. `bands`: the personal targets, empty before the
    baseline.
    """

    programme: str
    plan: int
    of: int
    kind: str
    minutes: float
    feedback: float
    speeds_kmh: tuple[float, ...] = ()
    bands: tuple[tuple[Side, Band], ...] = ()
    exercises: tuple[str, ...] = ()

    def band(self, side: Side) -> Band | None:
        """The target of `side`."""
        return dict(self.bands).get(side)


@dataclass(frozen=True, slots=True)
class Entry:
    """A session of a programme that was begun. `minutes` really run, of `planned`.

    `uuid`: the kept session with its numbers, None where none is kept. `speed_kmh` None when not
    entered, or when the programme set several (`parts`).
    """

    plan: int
    kind: str
    on: date
    minutes: float
    planned: float
    ended: Ended
    feedback: float = 0.0
    speed_kmh: float | None = None
    uuid: str | None = None
    held: tuple[Held, ...] = ()
    parts: tuple[SpeedPart, ...] = ()

    def side(self, side: Side) -> Held | None:
        """What is known of `side`."""
        return next((held for held in self.held if held.side is side), None)


@dataclass(frozen=True, slots=True)
class Coaching:
    """A runner's programme: what was done of it, in order of time, and the personal targets."""

    programme: str
    since: date
    entries: tuple[Entry, ...] = ()
    bands: tuple[tuple[Side, Band], ...] = ()

    def band(self, side: Side) -> Band | None:
        """The target of `side`; None before the baseline."""
        return dict(self.bands).get(side)

    def with_entry(self, entry: Entry, bands: tuple[tuple[Side, Band], ...] = ()) -> Coaching:
        """With one more session, and the targets that came of it."""
        return replace(self, entries=(*self.entries, entry), bands=bands or self.bands)
