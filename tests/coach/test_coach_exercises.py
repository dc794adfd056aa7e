"""Posture and exercises."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from device.coach.exercise_plan import Criterion, ExerciseRecord, next_exercise
from device.coach.exercises import EXERCISES, SAID, Cue, Follow, Watch
from device.coach.posture import Facing, Posture, posture, standing_leg
from device.domain.basics import LANDMARK_COUNT, Landmark, Side
from device.domain.frames import Pose


def drawn(
    stance: Side,
    facing: Facing = Facing.BEHIND,
    over: float = 0.0,
    lean_px: float = 0.0,
    knee_px: float = 0.0,
    lifted_px: float = 60.0,
    t_s: float = 0.0,
) -> Pose:
    """Somebody on one leg: hips 40 px apart, the middle `over` hip widths towards the free leg."""
    xy = np.zeros((LANDMARK_COUNT, 2), np.float32)
    right = 1.0 if facing is Facing.BEHIND else -1.0
    free = right if stance is Side.LEFT else -right
    middle = 320.0
    foot_x = middle - over * 40.0 * free
    for side, sign in ((Side.LEFT, -right), (Side.RIGHT, right)):
        name = side.name
        standing = side is stance
        x = foot_x if standing else middle + free * 25
        y = 420.0 if standing else 420.0 - lifted_px
        xy[Landmark[f"{name}_HIP"]] = middle + sign * 20, 240
        xy[Landmark[f"{name}_KNEE"]] = (x + knee_px * free if standing else x), y - 90
        for part in ("ANKLE", "HEEL", "FOOT"):
            xy[Landmark[f"{name}_{part}"]] = x, y
        xy[Landmark[f"{name}_SHOULDER"]] = middle + sign * 30 - lean_px * free, 110
    sure = np.full(LANDMARK_COUNT, 0.95, np.float32)
    return Pose(0, round(t_s * 1e9), xy, sure, (640, 480), None, 1)


@pytest.mark.parametrize("stance", Side)
@pytest.mark.parametrize("facing", Facing)
def test_the_posture_is_the_same_from_behind_and_in_front(stance: Side, facing: Facing) -> None:
    pose = drawn(stance, facing, over=0.3, lean_px=20, knee_px=15)
    assert standing_leg(pose) is stance
    # The free hip 5 degrees lower: to the picture's right for a left stance from behind.
    free_right = (stance is Side.LEFT) == (facing is Facing.BEHIND)
    found = posture(pose, 5.0 if free_right else -5.0, stance, facing)
    assert found.drop_deg == pytest.approx(5.0)
    assert found.hips_over_foot == pytest.approx(0.3)
    assert found.knee_over_foot == pytest.approx(15 / np.hypot(15, 90))
    assert found.trunk_lean_deg == pytest.approx(np.degrees(np.arctan2(20, 130)))


def test_both_feet_down_is_no_stance() -> None:
    assert standing_leg(drawn(Side.LEFT, lifted_px=5)) is None


def follow(
    name: str, drop: Callable[[float], float], seconds: float, **wrong: float
) -> tuple[Follow, list[Cue]]:
    """Somebody doing an exercise: `drop` over time (or the hinge)."""
    exercise = EXERCISES[name]
    watch = Watch(exercise, Side.LEFT)
    rng = np.random.default_rng(3)
    cues = [Cue.STAND]
    it = watch.push(None, 0.0)
    for k in range(1, int(seconds * 30)):
        t_s = k / 30
        value = drop(t_s)
        noise = rng.normal(0, 0.3)
        hinge = value if name == "hinge_to_wall" else None
        now = Posture(
            t_s,
            Side.LEFT,
            None if hinge is not None else value + noise,
            wrong.get("over", 0.1),
            wrong.get("knee", 0.05),
            wrong.get("lean", 2.0),
            hinge,
        )
        it = watch.push(now, t_s)
        if it.cue is not cues[-1]:
            cues.append(it.cue)
    return it, cues


def test_a_held_range_is_timed_and_praised_with_one_cue_at_a_time() -> None:
    it, cues = follow("access_floor", lambda t: min(8.0, 2 * t), 40.0)
    assert it.done
    assert it.held_s == pytest.approx(36, abs=3)
    assert cues[1:] == [Cue.SINK, Cue.HOLD, Cue.DONE] or cues[-1] is Cue.DONE
    assert it.steady_deg is not None
    assert it.steady_deg < 0.6


@pytest.mark.parametrize(
    ("wrong", "cue"),
    [({"over": 0.9}, Cue.OVER_FOOT), ({"knee": 0.5}, Cue.KNEE), ({"lean": 20.0}, Cue.TALL)],
)
def test_what_is_wrong_stops_the_clock_and_is_said(wrong: dict[str, float], cue: Cue) -> None:
    it, cues = follow("access_floor", lambda t: 8.0, 10.0, **wrong)
    assert it.held_s == 0
    assert cues[-1] is cue
    assert SAID[cue].endswith(".")


def test_a_shaking_hip_is_not_held() -> None:
    it, cues = follow("access_floor", lambda t: 9.0 + 4.5 * np.sin(8 * t), 15.0)
    assert it.held_s < 2.5
    assert Cue.STEADY in cues


def test_too_far_down_is_told() -> None:
    _, cues = follow("access_floor", lambda t: 28.0, 5.0)
    assert Cue.RISE in cues


def test_hip_hikes_are_counted_with_their_depth() -> None:
    it, cues = follow("hip_hike", lambda t: 3.0 + 6.0 * np.cos(2 * np.pi * t / 4.0), 30.0)
    assert len(it.repetitions) == 7
    # The first one began at the bottom, the others where the one before ended.
    for repetition in it.repetitions[1:]:
        assert repetition.depth == pytest.approx(12.0, abs=1.5)
        assert repetition.seconds == pytest.approx(4.0, abs=0.5)
        assert repetition.jerks == 0
    assert {Cue.LIFT, Cue.LOWER} <= set(cues)


def test_half_movements_do_not_count_and_jerks_are_seen() -> None:
    half, _ = follow("hip_hike", lambda t: 6.0 + 3.0 * np.cos(2 * np.pi * t / 4.0), 30.0)
    assert half.repetitions == ()
    jerky, _ = follow(
        "hip_hike",
        lambda t: 3.0 + 6.0 * np.cos(2 * np.pi * t / 6.0) + 2.2 * np.sin(2 * np.pi * t * 1.2),
        30.0,
    )
    assert jerky.repetitions
    assert np.mean([repetition.jerks for repetition in jerky.repetitions]) >= 2


def test_hinges_are_counted() -> None:
    it, cues = follow("hinge_to_wall", lambda t: 0.1 - 0.1 * np.cos(2 * np.pi * t / 3.0), 31.0)
    assert len(it.repetitions) == 10
    assert it.done
    assert cues[-1] is Cue.DONE


def test_lost_and_found() -> None:
    watch = Watch(EXERCISES["access_floor"], Side.LEFT)
    it = watch.push(None, 0.0)
    for k in range(60):
        it = watch.push(None, k / 30 + 0.1)
    assert it.cue is Cue.LOST
    other = Posture(4.0, Side.RIGHT, 8.0, 0.0, 0.0, 0.0)
    for k in range(60):
        it = watch.push(other, 4.0 + k / 30)
    assert it.cue is Cue.STAND


def test_exercises_come_in_their_order_and_go_back_when_felt_in_the_back() -> None:
    def record(name: str, steady: float = 1.0, back: bool = False) -> ExerciseRecord:
        return ExerciseRecord(name, (True, True), (steady, steady), back)

    assert next_exercise(()).name == "access_floor"
    assert next_exercise((record("access_floor"),)).name == "access_floor"
    twice = (record("access_floor"), record("access_floor"))
    assert next_exercise(twice).name == "access_book"
    assert next_exercise((*twice, record("access_book", back=True))).name == "access_floor"
    assert next_exercise((record("access_floor"), record("access_floor", 3.0))).stage == 0
    assert next_exercise((record("hip_lock"), record("hip_lock"))).name == "hip_lock"
    assert next_exercise((record("hip_hike"),), Criterion(sessions=1)).name == "hinge_to_wall"
    unfinished = ExerciseRecord("access_floor", (True, False), (1.0, 1.0))
    assert next_exercise((unfinished, unfinished)).stage == 0
