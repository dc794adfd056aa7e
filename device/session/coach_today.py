"""Today's session of the programme, and its progress (pure). Rows of `machine.TABLE`; what the
screens are told stands in `coach_shown`.

Opened, the store is asked (`ReadCoaching`); of nobody in particular only what this visit has come
to is known, and only programmes for a single visit are offered.
"""

from __future__ import annotations

from dataclasses import replace

from device.coach import course
from device.coach.exercise_plan import Criterion, from_json
from device.coach.programme import Kind, Programme
from device.coach.progress import Day, Standing
from device.domain.coaching import Coaching, Ended, ProgrammeStep
from device.domain.events import CoachingRead
from device.domain.history import KeptSession
from device.domain.kiosk import ScreenName
from device.domain.screens import ListItem
from device.session import coach_exercises, coach_run, coach_trial, lists, moves
from device.session.state import (
    Choosing,
    Effect,
    Enrol,
    LeaveProgramme,
    MachineEvent,
    NoteEntry,
    ReadCoaching,
    ReadRunners,
    Result,
    State,
    Timings,
)

S = ScreenName

# --- opening -------------------------------------------------------------------------------------


def opened(state: State, t_s: float, timings: Timings) -> Result:
    """Chosen in the coach's list; who runs is asked first where that is usual."""
    if timings.choosing is not Choosing.NOBODY and state.runner is None and not state.coaching:
        return replace(state.home(t_s, S.RUNNERS), coaching=True), (ReadRunners(),)
    here = state.home(t_s, S.COACH_TODAY)
    return here, (ReadCoaching(_code(state)),)


def coaching_read(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """The programme, as the store has it (`known` has taken it in)."""
    assert isinstance(event, CoachingRead)
    if event.runner != _code(state):
        return state, ()
    coach = replace(state.coach, read=True)
    speed = state.speed_kmh if state.speed_kmh is not None else _last_speed(coach.coaching)
    read = replace(state, coach=coach, problem=event.problem, speed_kmh=speed)
    done, told = _exercised(read, timings)
    return _listed(done, timings), told


def _exercised(state: State, timings: Timings) -> Result:
    """Today's exercises are entered by themselves once the camera has seen them done."""
    step, coach = next_step(state, timings), state.coach
    if step is None or step.kind != Kind.EXERCISES or state.runner is None:
        return state, ()
    if coach.coaching is None or coach.today is None:
        return state, ()
    last = coach.coaching.entries[-1] if coach.coaching.entries else None
    if last is not None and last.kind == Kind.EXERCISES and last.on == coach.today:
        return state, ()  # one such session a day
    criterion = Criterion(timings.exercise_sessions, timings.exercise_steady_deg)
    records = from_json(state.runner.exercises_json)
    if not course.all_exercised(step.exercises, records, coach.today, criterion):
        return state, ()
    entry = course.ticked(step, coach.today, Ended.WHOLE)
    known = replace(coach, coaching=coach.coaching.with_entry(entry))
    return replace(state, coach=known), (NoteEntry(state.runner.code, entry),)


def known(state: State, event: CoachingRead, timings: Timings) -> State:
    """With what was read of the runner's programme, whatever is on the screen. Where nothing is
    kept, what this visit has come to is all there is."""
    if event.runner != _code(state) or state.coach.run is not None:
        return state
    coach = replace(state.coach, today=event.today)
    if event.runner is not None and event.problem is None and timings.store:
        coach = replace(coach, coaching=event.coaching, sessions=event.sessions)
    return replace(state, coach=coach)


def _last_speed(coaching: Coaching | None) -> float | None:
    """What the belt ran at the last time: the same again, unless somebody says otherwise."""
    known = [entry.speed_kmh for entry in coaching.entries if entry.speed_kmh] if coaching else []
    return known[-1] if known else None


def _listed(state: State, timings: Timings) -> State:
    items = lines(state, timings)
    return replace(state, items=items, selected=min(state.selected, len(items) - 1))


# --- the lines -----------------------------------------------------------------------------------


def offered(state: State, timings: Timings) -> tuple[Programme, ...]:
    """The programmes that can be begun: where nothing is kept of whoever runs, those for one
    visit."""
    kept = state.runner is not None and timings.store
    return tuple(one for one in timings.programmes if kept or course.in_one_visit(one))


def lines(state: State, timings: Timings) -> tuple[ListItem, ...]:
    """What can be done today."""
    coach = state.coach
    if not coach.read or coach.today is None:
        return (lists.BACK,)
    if coach.coaching is None:
        language = (state.look or timings.look).language
        begin = (
            ListItem(f"programme:{one.name}", one.called(language), translate=False)
            for one in offered(state, timings)
        )
        return (*begin, lists.BACK)
    programme = coach_run.programme_of(state, timings)
    leave = ListItem("leave", "End this programme")
    none_yet = "" if coach.coaching.entries else "Nothing was run of it yet."
    progress = ListItem("progress", "Progress so far", detail=none_yet, enabled=not none_yet)
    if programme is None:
        return (leave, lists.BACK)
    now = course.standing_of(programme, coach.coaching, coach.today)
    return (*_begin(state, programme, now), progress, leave, lists.BACK)


def _begin(state: State, programme: Programme, now: Standing) -> tuple[ListItem, ...]:
    """The lines that lead into today's session."""
    if now.next_plan is None:
        return ()
    plan = programme.sessions[now.next_plan]
    why = {
        Day.REST: "Rest today: what was learnt settles.",
        Day.EARLY: "It is not due yet.",
    }.get(now.today, "")
    text = {
        Kind.EXERCISES: "Open the exercises",
        Kind.TRIAL: "Open the cadence trial",
    }.get(plan.kind, "Begin today's session")
    found = [ListItem("start", text, detail=why, enabled=not why)]
    if plan.kind is Kind.EXERCISES:
        found.append(ListItem("tick", "It is done", detail=why, enabled=not why))
    elif plan.kind is not Kind.TRIAL and not plan.speeds_kmh:
        found.append(lists.speed(state.speed_kmh))
    if _baseline(state, programme, now) is not None:
        found.append(ListItem("take", "Take an earlier session for it"))
    return tuple(found)


def _baseline(state: State, programme: Programme, now: Standing) -> KeptSession | None:
    """A kept session that can stand for the baseline, where that comes next."""
    coach = state.coach
    if now.next_plan != 0 or coach.today is None or now.today is not Day.SESSION:
        return None
    return course.baseline_among(programme, coach.sessions, coach.today)


def on_speed(state: State) -> bool:
    """Whether the selected line is the belt's speed."""
    return _key(state) == "speed"


def on_leave(state: State) -> bool:
    """Whether the selected line ends the programme: that takes a long press."""
    return _key(state) == "leave"


def can_choose(state: State) -> bool:
    """Whether green opens or does something at once."""
    return state.chosen is not None and state.chosen.enabled and not on_leave(state)


def _key(state: State) -> str:
    return state.chosen.key if state.chosen is not None else "back"


def faster(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """The belt runs faster than entered."""
    return _with_speed(state, t_s, timings, up=True)


def slower(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """The belt runs slower than entered."""
    return _with_speed(state, t_s, timings, up=False)


def _with_speed(state: State, t_s: float, timings: Timings, *, up: bool) -> Result:
    speed = lists.speed_after(state.speed_kmh, up)
    return _listed(replace(state, since_s=t_s, speed_kmh=speed), timings), ()


# --- what the lines do ---------------------------------------------------------------------------


def choose(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """Do what the selected line says."""
    key = _key(state)
    name, _, programme = key.partition(":")
    match name:
        case "programme":
            return _enrol(state, programme, t_s, timings)
        case "start":
            return _start(state, t_s, timings)
        case "tick":
            return _tick(state, t_s, timings)
        case "take":
            return _take(state, t_s, timings)
        case "progress":
            return _progress(state, t_s), ()
    return state, ()


def to_today(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """Back from the progress."""
    return opened(state, t_s, timings)


def leave(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """End the programme; what was done of it stays with the runner."""
    coach = replace(state.coach, coaching=None, sessions=())
    left = replace(state, since_s=t_s, coach=coach, selected=0)
    told: tuple[Effect, ...] = (LeaveProgramme(state.runner.code),) if state.runner else ()
    return _listed(left, timings), told


def _enrol(state: State, programme: str, t_s: float, timings: Timings) -> Result:
    coach = state.coach
    assert coach.today is not None
    begun = replace(coach, coaching=Coaching(programme, coach.today), sessions=())
    told: tuple[Effect, ...] = ()
    if state.runner is not None:
        told = (Enrol(state.runner.code, programme),)
    return _listed(replace(state, since_s=t_s, coach=begun, selected=0), timings), told


def next_step(state: State, timings: Timings) -> ProgrammeStep | None:
    """The session that comes next; None without one."""
    coach, programme = state.coach, coach_run.programme_of(state, timings)
    if programme is None or coach.coaching is None or coach.today is None:
        return None
    plan = course.standing_of(programme, coach.coaching, coach.today).next_plan
    return None if plan is None else course.step_of(programme, coach.coaching, plan)


def _start(state: State, t_s: float, timings: Timings) -> Result:
    step = next_step(state, timings)
    if step is None:
        return state, ()
    if step.kind == Kind.EXERCISES:
        return coach_exercises.opened(state, t_s, timings)
    if step.kind == Kind.TRIAL:
        trying, told = coach_trial.opened(state, t_s, timings)
        return replace(trying, coach=replace(trying.coach, run=step)), told
    running = replace(state, coach=replace(state.coach, run=step))
    return moves.start_with_runner(running, None, t_s, timings)


def _tick(state: State, t_s: float, timings: Timings) -> Result:
    """Enter that today's exercises are done."""
    step, coach = next_step(state, timings), state.coach
    if step is None or coach.coaching is None or coach.today is None:
        return state, ()
    entry = course.ticked(step, coach.today)
    known = replace(coach, coaching=coach.coaching.with_entry(entry))
    told: tuple[Effect, ...] = (NoteEntry(state.runner.code, entry),) if state.runner else ()
    return _listed(replace(state, since_s=t_s, coach=known, selected=0), timings), told


def _take(state: State, t_s: float, timings: Timings) -> Result:
    """Have an earlier session be the baseline."""
    coach, programme = state.coach, coach_run.programme_of(state, timings)
    assert programme is not None
    assert coach.coaching is not None
    assert coach.today is not None
    session = course.baseline_among(programme, coach.sessions, coach.today)
    if session is None or session.summary is None:
        return state, ()
    entry = course.taken(programme, session, coach.today)
    bands = course.bands_from(programme, {one.side: one.hidden_deg for one in entry.held})
    known = replace(coach, coaching=coach.coaching.with_entry(entry, bands), sessions=())
    told: tuple[Effect, ...] = ()
    if state.runner is not None:
        told = (NoteEntry(state.runner.code, entry, bands),)
    return _listed(replace(state, since_s=t_s, coach=known, selected=0), timings), told


def _progress(state: State, t_s: float) -> State:
    return replace(state.home(t_s, S.COACH_PROGRESS), coach=replace(state.coach, run=None))


def _code(state: State) -> str | None:
    return state.runner.code if state.runner is not None else None
