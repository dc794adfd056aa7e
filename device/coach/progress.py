"""Where a runner is in a programme, and what today holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from device.coach.programme import Kind, Programme, SessionPlan


class Day(StrEnum):
    """What today holds."""

    SESSION = "session"
    REST = "rest"
    """Too soon after the last one."""
    EARLY = "early"
    """The next one is not due yet (retention tests)."""
    FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class Done:
    """A session of the programme that was begun. `plan` its place in the programme (from 0);
    `minutes` really run; `speed_kmh` None when not entered."""

    plan: int
    on: date
    minutes: float
    speed_kmh: float | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the runner is on a day.

    `next_plan` the session that comes next (None: finished) and `due` when; `number` and `of`
    count it among the programme's sessions from 1. `aborted`, `missed`: how many were broken off,
    or came too late. `repeats`: the next one was done before and is repeated. `speed_changed`: the
    belt ran at clearly different speeds, so that sessions cannot be compared.
    """

    today: Day
    next_plan: int | None
    due: date | None
    number: int
    of: int
    aborted: int
    missed: int
    repeats: bool
    speed_changed: bool


def counts(programme: Programme, done: Done) -> bool:
    """Whether a session was long enough to count."""
    planned = programme.sessions[done.plan].minutes
    return done.minutes >= programme.whole * planned


def standing(programme: Programme, history: Sequence[Done], on: date) -> Standing:
    """Where the runner is `on` a day, after `history` (in order of time).

    A session that was broken off is done again. One that comes more than `late_days` late is
    missed: the programme goes on with it where it was, and twice as late it first repeats the
    session before, because what was learnt fades. Dates before the last session (a clock that was
    wrong) count as the day of the last session.
    """
    of = len(programme.sessions)
    whole = [done for done in history if counts(programme, done)]
    aborted = len(history) - len(whole)
    speeds = [done.speed_kmh for done in whole if done.speed_kmh is not None and done.speed_kmh > 0]
    changed = bool(speeds) and max(speeds) / min(speeds) - 1 > programme.speed_change
    if not whole:
        return Standing(Day.SESSION, 0, on, 1, of, aborted, 0, aborted > 0, changed)
    last = whole[-1]
    on = max(on, last.on)
    due_dates = [_due(programme, whole[: k + 1]) for k in range(len(whole))]
    missed = sum(
        (later.on - due).days > programme.late_days
        for due, later in zip(due_dates, whole[1:], strict=False)
        if due is not None
    )
    following = last.plan + 1
    if following >= of:
        return Standing(Day.FINISHED, None, None, of, of, aborted, missed, False, changed)
    due = due_dates[-1]
    assert due is not None
    plan = programme.sessions[following]
    late = (on - due).days
    repeats = False
    if late > programme.late_days:
        missed += 1
        if late > 2 * programme.late_days and _fades(programme.sessions[last.plan], plan):
            following, repeats = last.plan, True
    today = Day.SESSION
    if (on - last.on).days < programme.rest_days and not _same_day(programme, last, plan):
        today = Day.REST
        due = max(due, last.on + timedelta(days=programme.rest_days))
    elif plan.kind is Kind.RETENTION and on < due:
        today = Day.EARLY
    return Standing(today, following, due, following + 1, of, aborted, missed, repeats, changed)


def _due(programme: Programme, whole: Sequence[Done]) -> date | None:
    """When the session after the last of `whole` is due: the plan's distance, from when the last
    one really was."""
    last = whole[-1]
    if last.plan + 1 >= len(programme.sessions):
        return None
    ahead = programme.sessions[last.plan + 1].day - programme.sessions[last.plan].day
    return last.on + timedelta(days=max(0, ahead))


def _fades(last: SessionPlan, following: SessionPlan) -> bool:
    """Whether both are training: only that is repeated after a long pause."""
    return last.kind is Kind.TRAINING and following.kind is Kind.TRAINING


def _same_day(programme: Programme, last: Done, following: SessionPlan) -> bool:
    """Whether the plan itself puts the two on one day (a clinic's screening)."""
    return following.day == programme.sessions[last.plan].day
