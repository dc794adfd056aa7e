"""The exercises (pure). Rows of `machine.TABLE`, and what its screen is told.

A list in the source's order; an exercise with its drawings, on the chosen leg, seen from the chosen
side; a short standing; the set; where it was felt; the result. What was done is kept with the
runner, where runners are kept, and otherwise for as long as the list is open.
"""

from __future__ import annotations

from dataclasses import replace

from device.coach.exercise_plan import (
    ORDER,
    Criterion,
    from_json,
    open_stage,
    to_json,
    with_set,
)
from device.coach.exercises import EXERCISES, LEAN_DEG, Exercise, Measure, Mode
from device.domain.coach_screens import (
    ExerciseGoal,
    ExerciseLive,
    ExercisePhase,
    ExerciseResult,
    ExerciseView,
    Facing,
)
from device.domain.kiosk import Picture, ScreenName
from device.domain.screens import ListItem, ListView
from device.session import lists
from device.session.exercising import Exercising
from device.session.state import (
    Effect,
    ExerciseSeen,
    ForgetSession,
    KeepExercises,
    LookOn,
    MachineEvent,
    Result,
    State,
    Timings,
    WatchExercise,
)

S, P = ScreenName, ExercisePhase

TITLES = {
    "access_floor": "Reach the range: on the floor",
    "access_book": "Reach the range: on a book",
    "access_step": "Reach the range: on a step",
    "hip_hike": "Strength: hip hike",
    "hinge_to_wall": "Movement: hinge to the wall",
    "hip_lock": "Movement: hip-lock drill",
}
VIEWS = {Facing.BEHIND: "from behind", Facing.FRONT: "from in front"}


def opened(state: State, t_s: float, timings: Timings) -> Result:
    """Chosen in the coach's list."""
    history = from_json(state.runner.exercises_json) if state.runner is not None else ()
    begun = replace(
        state.home(t_s, S.EXERCISES),
        exercising=Exercising(history=history),
    )
    at = open_stage(history, _criterion(timings))[0]
    return replace(_listed(begun, timings), selected=at), ()


def _criterion(timings: Timings) -> Criterion:
    return Criterion(timings.exercise_sessions, timings.exercise_steady_deg)


def _now(state: State) -> Exercising:
    assert state.exercising is not None
    return state.exercising


def _with(state: State, t_s: float, **changes: object) -> State:
    return replace(
        state,
        since_s=t_s,
        exercising=replace(_now(state), **changes),  # type: ignore[arg-type]
    )


def _listed(state: State, timings: Timings) -> State:
    """With the lines of the list as they stand now."""
    it = _now(state)
    criterion = _criterion(timings)
    last, passed = open_stage(it.history, criterion)
    why = (
        "Opens once the exercise before it was done on both legs in "
        f"{criterion.sessions} sessions in a row, steadier than {criterion.steady_deg:.1f} degrees."
    )
    items = tuple(
        ListItem(
            exercise.name,
            TITLES[exercise.name],
            detail=why if exercise.stage > last else "",
            value=_standing(exercise, last, passed, criterion),
            enabled=exercise.stage <= last,
        )
        for exercise in ORDER
    )
    camera = ListItem("camera", "The camera sees you", value=VIEWS[it.camera])
    return replace(state, items=(*items, camera, lists.BACK))


def _standing(exercise: Exercise, last: int, passed: int, criterion: Criterion) -> str:
    if exercise.stage > last:
        return ""
    if exercise.stage < last:
        return "passed"
    return f"{passed} of {criterion.sessions}"


# --- when -----------------------------------------------------------------------------------------


def _in(state: State, *phases: ExercisePhase) -> bool:
    return state.exercising is not None and state.exercising.phase in phases


def listing(state: State) -> bool:
    """Whether the list is shown."""
    return _in(state, P.LIST)


def can_open(state: State) -> bool:
    """Whether the selected line is an exercise that is open."""
    chosen = state.chosen
    return listing(state) and chosen is not None and chosen.key in EXERCISES and chosen.enabled


def on_camera(state: State) -> bool:
    """Whether the selected line is the camera's."""
    return listing(state) and state.chosen is not None and state.chosen.key == "camera"


def on_back(state: State) -> bool:
    """Whether the selected line leads back."""
    return listing(state) and state.chosen is not None and state.chosen.key == "back"


def ready(state: State) -> bool:
    """Whether an exercise is shown, not begun."""
    return _in(state, P.READY)


def standing(state: State) -> bool:
    """Whether the person's own level is taken."""
    return _in(state, P.STANDING)


def moving(state: State) -> bool:
    """Whether a set is under way."""
    return _in(state, P.MOVING)


def asked(state: State) -> bool:
    """Whether it is asked where it was felt."""
    return _in(state, P.FELT)


def other_left(state: State) -> bool:
    """Whether the result is shown, and the other leg is still to be done."""
    return _in(state, P.RESULT) and _result(state).other_left


def both_done(state: State) -> bool:
    """Whether the result is shown, and the other leg is done as well."""
    return _in(state, P.RESULT) and not _result(state).other_left


def over(state: State) -> bool:
    """Whether the result is shown."""
    return _in(state, P.RESULT)


def looking(state: State) -> bool:
    """Whether the camera looks on."""
    return state.exercising is not None and state.exercising.looking


def _result(state: State) -> ExerciseResult:
    found = _now(state).result
    assert found is not None
    return found


# --- then -----------------------------------------------------------------------------------------


def show(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """The selected exercise, with its drawings."""
    assert state.chosen is not None
    name = state.chosen.key
    facing = _facing(_now(state), name)
    return _with(state, t_s, phase=P.READY, name=name, facing=facing, live=None, result=None), ()


def turn_camera(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """The camera is on the other side."""
    camera = _other(_now(state).camera)
    return _listed(_with(state, t_s, camera=camera), timings), ()


def other_view(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """The camera is on the other side, for this exercise."""
    return _with(state, t_s, facing=_other(_now(state).facing)), ()


def other_leg(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """Stand on the other leg."""
    return _with(state, t_s, side=_now(state).side.other), ()


def to_list(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """Back to the list; the camera need not look on."""
    was_looking = looking(state)
    at = EXERCISES[_now(state).name].stage
    back = _with(state, t_s, phase=P.LIST, live=None, result=None)
    last = open_stage(_now(state).history, _criterion(timings))[0]
    result = _now(state).result
    opened_now = result is not None and bool(result.opened or result.back_to)
    listed = replace(_listed(back, timings), selected=last if opened_now else at)
    return listed, ((ForgetSession(state.session),) if was_looking else ())


def begin(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """Look on, and have the person stand still first."""
    session = state.session + 1
    begun = replace(
        _with(state, t_s, phase=P.STANDING, live=ExerciseLive(), result=None), session=session
    )
    return begun, (LookOn(session), _watch(begun, same_person=False))


def _watch(state: State, *, same_person: bool) -> WatchExercise:
    it = _now(state)
    return WatchExercise(state.session, it.name, it.side, it.facing, same_person)


def again(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """The same set from the start."""
    fresh = _with(state, t_s, phase=P.MOVING, live=ExerciseLive(standing=1.0), result=None)
    return fresh, (_watch(fresh, same_person=True),)


def next_leg(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """The other leg's set."""
    other, _ = other_leg(state, event, t_s, timings)
    return again(other, event, t_s, timings)


def seen(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """How the set stands."""
    assert isinstance(event, ExerciseSeen)
    it, live = _now(state), event.live
    if it.phase not in (P.STANDING, P.MOVING):
        return state, ()
    phase: ExercisePhase = it.phase
    if live.standing >= 1.0:
        phase = P.FELT if live.done else P.MOVING
    there = live.cue != "lost" and live.problem is None
    # Nobody there for long: the screen closes by itself.
    since_s = t_s if there or phase is not it.phase else state.since_s
    return _with(state, since_s, phase=phase, live=live, unix_s=event.unix_s), ()


def finish(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """Enough: the set ends as it is."""
    return _with(state, t_s, phase=P.FELT), ()


def in_buttock(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """It was felt where it belongs."""
    return _answered(state, t_s, timings, in_back=False)


def in_back(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """It was felt more in the low back: the range is forced."""
    return _answered(state, t_s, timings, in_back=True)


def _answered(state: State, t_s: float, timings: Timings, *, in_back: bool) -> Result:
    it, criterion = _now(state), _criterion(timings)
    live = it.live or ExerciseLive()
    history = with_set(
        it.history,
        it.name,
        it.side,
        done=live.done,
        steady_deg=live.steadiness,
        in_back=in_back,
        unix_s=it.unix_s,
    )
    before, _ = open_stage(it.history, criterion)
    after, passed = open_stage(history, criterion)
    at = EXERCISES[it.name].stage
    if after > at:
        passed = criterion.sessions
    keeps = state.runner is not None and timings.store
    result = ExerciseResult(
        live,
        in_back,
        other_left=not history[-1].has(it.side.other) and not in_back,
        passed=passed if after >= at else 0,
        opened=ORDER[after].name if after > before else "",
        back_to=ORDER[after].name if in_back else "",
        kept=keeps,
    )
    answered = _with(state, t_s, phase=P.RESULT, history=history, result=result)
    effects: tuple[Effect, ...] = ()
    if keeps:
        assert state.runner is not None
        text = to_json(history)
        # The store's answer may come after the list was opened again.
        answered = replace(answered, runner=replace(state.runner, exercises_json=text))
        effects = (KeepExercises(state.runner.code, text),)
    return answered, effects


def close(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """Let go of it all."""
    return state.home(t_s), ((ForgetSession(state.session),) if looking(state) else ())


# --- what the screen is told ----------------------------------------------------------------------


def view(state: State, timings: Timings) -> ExerciseView | None:
    """What the screen shows."""
    it = state.exercising
    if state.screen is not S.EXERCISES or it is None:
        return None
    name = it.name
    listed = it.phase is P.LIST
    if listed:
        chosen = state.chosen.key if state.chosen is not None else ""
        name = chosen if chosen in EXERCISES else ""
    return ExerciseView(
        state.runner,
        it.phase,
        ListView("Exercises", state.items, state.selected) if listed else None,
        name,
        EXERCISES[name].stage + 1 if name else 0,
        len(ORDER),
        it.side,
        _facing(it, name) if listed else it.facing,
        _goal(EXERCISES[name], timings) if name else ExerciseGoal(),
        it.live,
        it.result,
        it.live.problem if it.live is not None and not listed else None,
    )


def _facing(it: Exercising, name: str) -> Facing:
    """From where an exercise is seen, unless chosen otherwise. With a wall at one's back the camera
    can only be in front."""
    wall = bool(name) and EXERCISES[name].measure is Measure.HINGE
    return Facing.FRONT if wall else it.camera


def _goal(exercise: Exercise, timings: Timings) -> ExerciseGoal:
    hold = exercise.mode is Mode.HOLD
    return ExerciseGoal(
        exercise.hold_s,
        exercise.repetitions,
        exercise.band_deg if hold else (exercise.low, exercise.high),
        exercise.measure is Measure.HINGE,
        exercise.over_foot,
        exercise.knee_in,
        LEAN_DEG,
        timings.exercise_sessions,
        timings.exercise_steady_deg,
    )


def picture(state: State, shown: Picture | None) -> Picture | None:
    """The picture with its level where the person's own is, once that is known."""
    it = state.exercising
    if shown is None or it is None or it.live is None or it.live.standing_deg is None:
        return shown
    return replace(shown, level_deg=shown.level_deg + it.live.standing_deg)


def _other(facing: Facing) -> Facing:
    return Facing.FRONT if facing is Facing.BEHIND else Facing.BEHIND
