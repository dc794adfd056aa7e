"""What the screens are told of a runner's programme: today, the progress, what is due (pure)."""

from __future__ import annotations

from dataclasses import replace

from device.coach import course
from device.coach.exercise_plan import from_json
from device.coach.programme import Kind, Programme
from device.coach.progress import Day, Standing
from device.domain.basics import Reason
from device.domain.coach_screens import Note, ProgressView, Today, TodayView
from device.domain.coaching import Ended, ProgrammeStep
from device.domain.kiosk import ScreenName
from device.domain.screens import ListView
from device.session import coach_run, coach_today
from device.session.state import Coach, State, Timings

S = ScreenName

GONE = Reason(
    "programme_gone",
    "This runner's programme is no longer on this device.",
    "End it and choose another.",
)
NONE_HERE = Reason(
    "no_programme",
    "There is no programme here for somebody without a name.",
    "First say who runs.",
)


def due(state: State, timings: Timings) -> Reason | None:
    """That a session of the runner's programme is due, for the idle screen."""
    coach, programme = state.coach, coach_run.programme_of(state, timings)
    if programme is None or coach.coaching is None or coach.today is None:
        return None
    now = course.standing_of(programme, coach.coaching, coach.today)
    if now.today is not Day.SESSION or now.next_plan is None:
        return None
    what = f"Session {now.number} of {now.of} of your programme is due."
    if programme.sessions[now.next_plan].kind is Kind.RETENTION:
        what = "The test of your programme is due: has it stayed?"
    return Reason("programme_due", what, "Press blue and choose the coach.")


def view(state: State, timings: Timings) -> TodayView | None:
    """Today."""
    if state.screen is not S.COACH_TODAY:
        return None
    coach, language = state.coach, (state.look or timings.look).language
    shown = ListView("Today's programme session", state.items, state.selected)
    empty = TodayView(state.runner, shown, loading=not coach.read, problem=state.problem)
    if not coach.read or coach.today is None:
        return empty
    if coach.coaching is None:
        found = coach_today.offered(state, timings)
        problem = state.problem or (NONE_HERE if not found else None)
        return replace(empty, offers=tuple(_offer(one) for one in found), problem=problem)
    programme = coach_run.programme_of(state, timings)
    if programme is None:
        return replace(empty, title=coach.coaching.programme, problem=GONE)
    now = course.standing_of(programme, coach.coaching, coach.today)
    step = coach_today.next_step(state, timings)
    return replace(
        empty,
        title=programme.called(language),
        today=Today(now.today.value),
        step=step,
        due=now.due,
        speed_kmh=state.speed_kmh,
        notes=_notes(coach, programme, now, step, state.speed_kmh),
        missed=now.missed,
        bands=coach.coaching.bands,
        exercised=_seen_today(state, step),
    )


def _seen_today(state: State, step: ProgrammeStep | None) -> tuple[str, ...]:
    if step is None or state.runner is None or state.coach.today is None:
        return ()
    records = from_json(state.runner.exercises_json)
    return course.exercised(step.exercises, records, state.coach.today)


def _offer(programme: Programme) -> tuple[str, tuple[int, int, float, float]]:
    minutes = [plan.minutes for plan in programme.sessions if plan.minutes > 0]
    days = programme.sessions[-1].day + 1
    return f"programme:{programme.name}", (
        len(programme.sessions), days, min(minutes, default=0.0), max(minutes, default=0.0)
    )  # fmt: skip


def _notes(
    coach: Coach,
    programme: Programme,
    now: Standing,
    step: ProgrammeStep | None,
    speed_kmh: float | None,
) -> tuple[Note, ...]:
    """What to know before today's session, most weighty first."""
    assert coach.coaching is not None
    found = []
    if step is not None and course.broken_off(programme, coach.coaching):
        measured = coach.coaching.entries[-1].ended is not Ended.NOT_MEASURED
        found.append(Note.BROKEN_OFF if measured else Note.NOT_MEASURED)
    elif now.repeats:
        found.append(Note.REPEATED)
    elif now.missed:
        found.append(Note.MISSED)
    runs = step is not None and step.minutes > 0 and not step.speeds_kmh
    first = next((one.speed_kmh for one in coach.coaching.entries if one.speed_kmh), None)
    if now.speed_changed or (
        runs and first and speed_kmh and course.differs(programme, first, speed_kmh)
    ):
        found.append(Note.SPEED_CHANGED)
    elif runs and speed_kmh is None:
        found.append(Note.SPEED_UNKNOWN)
    return tuple(found)


def progress(state: State, timings: Timings) -> ProgressView | None:
    """The sessions so far."""
    if state.screen is not S.COACH_PROGRESS:
        return None
    coaching = state.coach.coaching
    if coaching is None or state.coach.today is None:
        return ProgressView(state.runner, "", 0)
    programme = coach_run.programme_of(state, timings)
    if programme is None:
        return ProgressView(state.runner, coaching.programme, 0, problem=GONE)
    now = course.standing_of(programme, coaching, state.coach.today)
    return ProgressView(
        state.runner,
        programme.called((state.look or timings.look).language),
        len(programme.sessions),
        coaching.entries,
        course.comparable(programme, coaching),
        coaching.bands,
        now.missed,
        now.aborted,
    )
