"""Exercises: the way through one, what the camera sees of it, what is kept."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from kiosk_values import an_image, an_update
from machine_walks import BLUE, BLUE_HELD, EXERCISES, GREEN, HELD, MOVING, YELLOW, walk
from test_session_controller import Diary

from device.coach.exercise_plan import (
    Criterion,
    ExerciseRecord,
    from_json,
    open_stage,
    to_json,
    with_set,
)
from device.coach.exercises import EXERCISES as KNOWN
from device.coach.posture import facing_seen, stands_on
from device.domain.basics import LANDMARK_COUNT, Landmark, Side
from device.domain.coach_screens import ExerciseLive, ExercisePhase, Facing
from device.domain.events import GaitMeasured
from device.domain.frames import Frame, PelvisMethod, PelvisSample, Pose
from device.domain.history import Runner
from device.domain.kiosk import Picture, ScreenName
from device.session import coach_exercises
from device.session.controller import Controller
from device.session.exercise_watch import STAND_S, ExerciseWatch
from device.session.machine import hints
from device.session.state import (
    ExerciseSeen,
    ForgetSession,
    KeepExercises,
    LookOn,
    State,
    Timings,
    WatchExercise,
)

P = ExercisePhase
TIMINGS = Timings(store=True)
ANNA = Runner(1, "ANNA")
SIZE = (640, 480)
TO_SET = (*EXERCISES, GREEN, GREEN)


def seen(session: int, live: ExerciseLive, unix_s: float = 1.7e9) -> ExerciseSeen:
    return ExerciseSeen(session, live, unix_s)


def phase(state: State) -> ExercisePhase:
    assert state.exercising is not None
    return state.exercising.phase


# --- the way through ------------------------------------------------------------------------------


def test_the_list_has_the_order_of_the_source_and_says_what_opens_the_next():
    state, _ = walk(*EXERCISES, timings=TIMINGS)
    keys = [item.key for item in state.items]
    assert keys == [*coach_exercises.TITLES, "camera", "back"]
    assert [item.enabled for item in state.items] == [True, *[False] * 5, True, True]
    assert "2 sessions in a row, steadier than 2.0 degrees" in state.items[1].detail
    locked, _ = walk(BLUE, state=state, timings=TIMINGS)
    assert hints(locked).green is None
    assert walk(GREEN, state=locked, timings=TIMINGS) == (locked, [])


def test_from_the_list_over_standing_and_set_to_both_legs_results():
    state, effects = walk(*TO_SET, timings=TIMINGS)
    assert phase(state) is P.STANDING
    assert effects[-2:] == [
        LookOn(1),
        WatchExercise(1, "access_floor", Side.LEFT, Facing.BEHIND, same_person=False),
    ]
    state, _ = walk(seen(1, ExerciseLive(standing=0.5)), state=state)
    assert phase(state) is P.STANDING
    state, _ = walk(seen(1, MOVING), state=state)
    assert phase(state) is P.MOVING
    state, _ = walk(seen(1, HELD), state=state)
    assert phase(state) is P.FELT
    assert (hints(state).green, hints(state).blue) == ("In the buttock", "In the low back")
    state, effects = walk(GREEN, state=state, timings=TIMINGS)
    assert (phase(state), effects) == (P.RESULT, [])
    view = coach_exercises.view(state, TIMINGS)
    assert view is not None
    assert view.result is not None
    assert (view.result.other_left, view.result.opened, view.result.kept) == (True, "", False)
    state, effects = walk(GREEN, state=state, timings=TIMINGS)
    assert phase(state) is P.MOVING, "who has stood still once need not again"
    assert effects == [
        WatchExercise(1, "access_floor", Side.RIGHT, Facing.BEHIND, same_person=True)
    ]
    state, _ = walk(seen(1, HELD), GREEN, state=state, timings=TIMINGS)
    view = coach_exercises.view(state, TIMINGS)
    assert view is not None
    assert view.result is not None
    assert (view.result.other_left, view.result.passed) == (False, 1)
    state, effects = walk(GREEN, state=state, timings=TIMINGS)
    assert (phase(state), effects) == (P.LIST, [ForgetSession(1)])
    assert state.items[0].value == "1 of 2"


def test_where_one_visit_is_enough_both_legs_open_the_next():
    timings = replace(TIMINGS, exercise_sessions=1)
    both = (seen(1, HELD), GREEN, GREEN, seen(1, HELD), GREEN)
    state, _ = walk(*TO_SET, *both, timings=timings)
    view = coach_exercises.view(state, timings)
    assert view is not None
    assert view.result is not None
    assert view.result.opened == "access_book"
    state, _ = walk(GREEN, state=state, timings=timings)
    assert [item.value for item in state.items[:2]] == ["passed", "0 of 1"]
    assert state.items[state.selected].key == "access_book"


def test_what_is_felt_in_the_back_goes_a_step_back():
    history = tuple(
        ExerciseRecord("access_floor", (True, True), (1.0, 1.0), unix_s=day * 86_400.0)
        for day in (1, 2)
    )
    runner = Runner(1, "ANNA", exercises_json=to_json(history))
    begun = replace(walk(*EXERCISES[:-1], timings=TIMINGS)[0], runner=runner)
    state, _ = walk(GREEN, state=begun, timings=TIMINGS)
    assert state.items[state.selected].key == "access_book", "today's is selected"
    state, effects = walk(GREEN, GREEN, seen(1, HELD), BLUE, state=state, timings=TIMINGS)
    view = coach_exercises.view(state, TIMINGS)
    assert view is not None
    assert view.result is not None
    assert view.result.back_to == "access_floor"
    assert isinstance(effects[-1], KeepExercises)
    assert from_json(effects[-1].exercises_json)[-1].in_back
    state, _ = walk(GREEN, state=state, timings=TIMINGS)
    assert [item.enabled for item in state.items[:2]] == [True, False]
    again = coach_exercises.opened(state, 0.0, TIMINGS)[0]
    assert [item.enabled for item in again.items[:2]] == [True, False], "it is kept"


def test_leg_and_view_are_chosen_and_a_wall_behind_needs_the_camera_in_front():
    state, _ = walk(*EXERCISES, GREEN, BLUE, YELLOW, timings=TIMINGS)
    assert state.exercising is not None
    assert (state.exercising.side, state.exercising.facing) == (Side.RIGHT, Facing.FRONT)
    in_front, _ = walk(*EXERCISES, *[BLUE] * 6, GREEN, *[BLUE] * 2, GREEN, timings=TIMINGS)
    assert in_front.exercising is not None
    assert in_front.exercising.facing is Facing.FRONT, "chosen in the list, with two buttons alone"
    passed = [ExerciseRecord("hip_hike", (True, True), (1.0, 1.0), unix_s=d * 1e5) for d in (1, 2)]
    runner = Runner(1, "A", exercises_json=to_json(passed))
    begun = replace(walk(*EXERCISES[:-1], timings=TIMINGS)[0], runner=runner)
    state, _ = walk(GREEN, GREEN, state=begun, timings=TIMINGS)
    assert state.exercising is not None
    assert (state.exercising.name, state.exercising.facing) == ("hinge_to_wall", Facing.FRONT)


@pytest.mark.parametrize("more", [(), (seen(1, MOVING),), (seen(1, HELD),)])
def test_holding_blue_or_leaving_lets_go_of_the_camera(more):
    state, _ = walk(*TO_SET, *more, timings=TIMINGS)
    for way in (BLUE_HELD, 400.0):
        home, effects = walk(way, state=state, timings=TIMINGS)
        assert home.screen is ScreenName.IDLE
        assert ForgetSession(1) in effects


def test_somebody_who_is_seen_is_not_left_alone():
    state, at_s = walk(*TO_SET, timings=TIMINGS)[0], 0.0
    for _ in range(10):
        at_s += 100.0
        state, _ = walk(100.0, seen(1, MOVING), state=state, at_s=at_s - 100.0, timings=TIMINGS)
        assert phase(state) is P.MOVING
    lost = replace(MOVING, cue="lost")
    for _ in range(3):
        state, _ = walk(100.0, seen(1, lost), state=state, at_s=at_s, timings=TIMINGS)
        at_s += 100.0
    assert state.screen is ScreenName.IDLE


def test_an_unfinished_set_counts_for_nothing_and_a_better_one_replaces_it():
    state, _ = walk(*TO_SET, seen(1, MOVING), GREEN, GREEN, timings=TIMINGS)
    assert state.exercising is not None
    assert state.exercising.history[-1].done == (False, False)
    state, _ = walk(BLUE, seen(1, HELD), GREEN, state=state, timings=TIMINGS)
    assert state.exercising is not None
    (record,) = state.exercising.history
    assert (record.done, record.steady_deg) == ((True, False), (0.8, None))


# --- what is kept ---------------------------------------------------------------------------------


def test_records_survive_their_json_and_what_is_none_is_nothing():
    history = with_set(
        (), "hip_hike", Side.RIGHT, done=True, steady_deg=1.25, in_back=False, unix_s=1.7e9
    )
    assert from_json(to_json(history)) == history
    for text in ("", "{}", "no", "[]", '{"records": [{"name": "dance"}]}', '{"records": 3}'):
        assert from_json(text) == ()


def test_sets_of_one_visit_are_one_session_and_of_two_days_two():
    def day(history, at_s):
        for side in Side:
            history = with_set(
                history, "access_floor", side, done=True, steady_deg=1.0, in_back=False, unix_s=at_s
            )
        return history

    once = day(day((), 1.7e9), 1.7e9 + 3600)
    assert len(once) == 1
    assert open_stage(once) == (0, 1)
    assert open_stage(day(once, 1.7e9 + 86_400)) == (1, 0)


def test_an_earlier_exercise_done_again_closes_nothing():
    def record(name, back=False, steady=1.0):
        return ExerciseRecord(name, (True, True), (steady, steady), back)

    floor, book = record("access_floor"), record("access_book")
    history = (floor, floor, book, book)
    assert open_stage(history)[0] == 2
    assert open_stage((*history, floor))[0] == 2
    assert open_stage((*history, record("access_floor", back=True)))[0] == 0
    assert open_stage((floor, record("access_floor", steady=2.5), floor)) == (0, 1)
    assert open_stage((floor,), Criterion(sessions=1)) == (1, 0)
    half = ExerciseRecord("access_floor", (True, False), (1.0, None))
    assert open_stage((floor, half)) == (0, 1), "a session under way says nothing yet"


# --- what the camera sees -------------------------------------------------------------------------


def body(
    stance: Side | None, facing: Facing, *, lifted_px: float = 50.0, over: float = 0.1
) -> np.ndarray:
    """Landmarks of somebody on one leg, or on both: hips 44 px apart."""
    xy = np.zeros((LANDMARK_COUNT, 2), np.float32)
    right = 1.0 if facing is Facing.BEHIND else -1.0
    for side, sign in ((Side.LEFT, -right), (Side.RIGHT, right)):
        name = side.name
        foot_x, y = 320.0 + sign * 22, 420.0
        if stance is not None:
            free = -sign if side is stance else sign
            foot_x = 320.0 - over * 44 * free if side is stance else 320.0 + free * 26
            y = 420.0 if side is stance else 420.0 - lifted_px
        xy[Landmark[f"{name}_HIP"]] = 320 + sign * 22, 240
        xy[Landmark[f"{name}_SHOULDER"]] = 320 + sign * 36, 110
        xy[Landmark[f"{name}_KNEE"]] = foot_x, y - 90
        for part in ("ANKLE", "HEEL", "FOOT"):
            xy[Landmark[f"{name}_{part}"]] = foot_x, y
    return xy


def shown(t_s: float, xy: np.ndarray, line_deg: float | None, **more) -> Picture:
    frame = Frame(round(t_s * 20), round(t_s * 1e9), an_image())
    sure = np.full(LANDMARK_COUNT, 0.95, np.float32)
    pose = Pose(frame.seq, frame.t_ns, xy, sure, SIZE, None, 1)
    method = more.get("method", PelvisMethod.NETWORK)
    sample = None
    if line_deg is not None:
        sample = PelvisSample(frame.seq, frame.t_ns, line_deg, 1.0, method)
    return Picture(frame, pose, sample)


def stand(watch: ExerciseWatch, facing: Facing, own_deg: float = 1.5, from_s: float = 0.0) -> float:
    """Stand still on both feet until the own level is known; returns when."""
    t_s = from_s
    for _ in range(round((STAND_S + 0.3) * 20)):
        update = an_update(standing_still_s=1.0)
        watch.see(shown(t_s, body(None, facing), own_deg), update)
        t_s += 0.05
    assert watch.live.standing == 1.0
    return t_s


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("facing", Facing)
def test_a_hold_is_timed_against_the_own_standing_from_either_side(side, facing):
    rng = np.random.default_rng(2)
    watch = ExerciseWatch(roll_deg=0.5)
    watch.begin(KNOWN["access_floor"], side, facing)
    t_s = stand(watch, facing)
    # The free hip lower, which is to the picture's right for the left leg from behind.
    to_right = 1.0 if (side is Side.LEFT) == (facing is Facing.BEHIND) else -1.0
    xy = body(side, facing)
    for k in range(20 * 34):
        # A bad picture now and then breaks nothing.
        line = 1.5 + 9.0 * to_right + rng.normal(0, 0.8) if k % 37 else -30.0
        watch.see(shown(t_s, xy, line), an_update())
        t_s += 0.05
    assert watch.live.done
    assert watch.live.drop_deg == pytest.approx(9.0, abs=1.0)
    assert watch.live.level_deg == pytest.approx(9.0 + 1.0 * to_right, abs=1.0)
    assert watch.live.steadiness is not None
    assert watch.live.steadiness < 1.0


def test_the_wrong_leg_and_two_legs_are_not_timed():
    for stance in (Side.RIGHT, None):
        watch = ExerciseWatch()
        watch.begin(KNOWN["access_floor"], Side.LEFT, Facing.BEHIND)
        t_s = stand(watch, Facing.BEHIND)
        for _ in range(20 * 6):
            watch.see(shown(t_s, body(stance, Facing.BEHIND), 12.0), an_update())
            t_s += 0.05
        assert watch.live.held_s == 0, stance
        assert watch.live.cue == "stand"


def test_who_stands_the_other_way_round_than_chosen_is_told_so():
    watch = ExerciseWatch()
    watch.begin(KNOWN["access_floor"], Side.LEFT, Facing.BEHIND)
    t_s = stand(watch, Facing.BEHIND)
    for _ in range(20 * 3):
        watch.see(shown(t_s, body(Side.LEFT, Facing.FRONT), 12.0), an_update())
        t_s += 0.05
    assert watch.live.problem is not None
    assert watch.live.problem.code == "exercise_turned"
    assert watch.live.held_s == 0


def test_without_a_pelvis_line_it_says_so_and_another_methods_line_is_not_mixed_in():
    watch = ExerciseWatch()
    watch.begin(KNOWN["hip_hike"], Side.LEFT, Facing.BEHIND)
    t_s = stand(watch, Facing.BEHIND)
    for method in (None, PelvisMethod.STICKERS):
        for _ in range(20 * 3):
            line = None if method is None else 10.0
            picture = shown(t_s, body(Side.LEFT, Facing.BEHIND), line, method=method)
            watch.see(picture, an_update())
            t_s += 0.05
        assert watch.live.problem is not None, method
        assert watch.live.problem.code == "exercise_no_line"
        assert watch.live.drop_deg is None


def test_moving_or_an_unknown_line_takes_no_standing():
    watch = ExerciseWatch()
    watch.begin(KNOWN["access_floor"], Side.LEFT, Facing.BEHIND)
    for k in range(200):
        watch.see(shown(k / 20, body(None, Facing.BEHIND), 1.0), an_update(standing_still_s=0.2))
    assert watch.live.standing == 0
    for k in range(200, 400):
        watch.see(shown(k / 20, body(None, Facing.BEHIND), None), an_update(standing_still_s=2.0))
    assert watch.live.standing == 0
    watch.begin(KNOWN["hinge_to_wall"], Side.LEFT, Facing.BEHIND)
    for k in range(400, 480):
        watch.see(shown(k / 20, body(None, Facing.BEHIND), None), an_update(standing_still_s=2.0))
    assert watch.live.standing == 1.0, "a hinge needs no pelvis line"


def test_on_a_step_the_free_foot_may_hang_lower():
    for lifted, raised, expected in ((50, False, True), (-20, False, False), (-20, True, True)):
        xy = body(Side.LEFT, Facing.BEHIND, lifted_px=lifted, over=0.3)
        pose = shown(0.0, xy, None).pose
        assert pose is not None
        assert stands_on(pose, Side.LEFT, raised=raised) is expected
        assert stands_on(pose, Side.RIGHT, raised=raised) is False
        assert facing_seen(pose) is Facing.BEHIND
    # A foot that only just leaves the ground: the hips are right over the other one.
    pose = shown(0.0, body(Side.LEFT, Facing.BEHIND, lifted_px=0, over=0.05), None).pose
    assert pose is not None
    assert stands_on(pose, Side.LEFT)
    assert not stands_on(pose, Side.RIGHT)


def test_the_controller_leads_from_pictures_to_the_question_and_keeps_the_answer():
    diary = Diary()
    controller = Controller(diary, TIMINGS, unix_s=lambda: 1.7e9)
    controller._state = replace(walk(*EXERCISES, timings=TIMINGS)[0], runner=ANNA)
    controller.handle(GREEN, 1.0)
    controller.handle(GREEN, 1.0)
    assert ("look_on", 1) in diary.did
    t_s = 1.0
    for k in range(20 * 45):
        still = k < 20 * 4
        xy = body(None if still else Side.LEFT, Facing.BEHIND)
        picture = shown(t_s, xy, 1.0 if still else 10.0)
        controller.handle(
            GaitMeasured(1, an_update(standing_still_s=1.0 if still else 0.0), picture), t_s
        )
        t_s += 0.05
        if k == 20 * 10:
            model = controller.screen(t_s)
            assert model.exercises is not None
            assert model.exercises.live is not None
            assert model.exercises.live.cue == "hold"
            assert model.picture is not None
            assert model.picture.level_deg == pytest.approx(1.0), "drawn against the own standing"
    model = controller.screen(t_s)
    assert model.exercises is not None
    assert model.exercises.phase is P.FELT
    controller.handle(GREEN, t_s)
    name, runner, text = diary.did[-1]
    assert (name, runner) == ("remember_exercises", "ANNA")
    assert from_json(text)[0].done == (True, False)
    late = GaitMeasured(1, an_update(), shown(t_s, body(Side.LEFT, Facing.BEHIND), 10.0))
    controller.handle(BLUE_HELD, t_s)
    controller.handle(late, t_s)
    assert controller.facts.measured is None, "nothing is kept of a closed one"
