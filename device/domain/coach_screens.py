"""What the coach's screens show. Parts of `kiosk.ScreenModel`; immutable, filled by the session
room, drawn by the screen room."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from device.domain.basics import Reason
from device.domain.screens import ListView

if TYPE_CHECKING:  # it needs the kiosk's vocabulary, which needs this module
    from device.domain.history import Runner


@dataclass(frozen=True, slots=True)
class CoachView:
    """The coach's place in the menu: the lines to be chosen from."""

    runner: Runner | None
    list: ListView | None = None


@dataclass(frozen=True, slots=True)
class TodayView:
    """What today's session of the runner's programme holds."""

    runner: Runner | None
    problem: Reason | None = None


@dataclass(frozen=True, slots=True)
class TrialView:
    """The cadence trial."""

    runner: Runner | None
    problem: Reason | None = None


@dataclass(frozen=True, slots=True)
class EnduranceView:
    """Start against end of the last run."""

    runner: Runner | None
    problem: Reason | None = None


@dataclass(frozen=True, slots=True)
class ExerciseView:
    """An exercise and how it goes."""

    runner: Runner | None
    problem: Reason | None = None
