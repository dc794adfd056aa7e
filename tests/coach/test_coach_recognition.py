"""The exercises as real MediaPipe and the real pelvis network see them, in rendered people.

What was rendered: the people and their movements (`exercise_footage.py`), so that the truth is
known exactly. What is real: the landmarks (mediapipe-full) and the pelvis lines (network) in
``exercise_tracks/``, made once from those pictures; gait core, watch and counting run here.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import exercise_footage as footage
import numpy as np
import pytest

from device.coach.exercises import EXERCISES
from device.domain.basics import LANDMARK_COUNT, Side
from device.domain.coach_screens import ExerciseLive, Facing
from device.domain.frames import Frame, PelvisMethod, PelvisSample, Pose
from device.domain.kiosk import Picture
from device.gait import GaitTracker
from device.session.exercise_watch import ExerciseWatch

TRACKS = Path(__file__).parent / "exercise_tracks"
CLIPS = {clip.name: clip for clip in footage.CLIPS}
HOLD_TOLERANCE_S = 1.5
HELD_S = 8.0
"""How long the range was really held in every film of a hold, at its full depth."""
NO_PICTURE = np.zeros((4, 4, 3), np.uint8)
SIZE = (480, 360)


def played(
    name: str, side: Side | None = None, facing: Facing | None = None
) -> tuple[ExerciseLive, set[str]]:
    """The film as the kiosk would follow it, its goal out of reach; the last state and all cues."""
    clip = CLIPS[name]
    track = np.load(TRACKS / f"{name}.npz")
    marks = np.cumsum(track["landmarks"].astype(np.int32), axis=0) / 10.0
    exercise = replace(EXERCISES[clip.exercise], hold_s=99.0, repetitions=99)
    watch, tracker = ExerciseWatch(), GaitTracker()
    watch.begin(exercise, side or Side(clip.side), facing or Facing(clip.facing))
    cues = set()
    for k, points in enumerate(marks):
        xy = np.full((LANDMARK_COUNT, 2), np.nan, np.float32)
        if points.min() > -1000:
            xy[list(footage.KEPT)] = points
        t_ns = round(k / float(track["fps"]) * 1e9)
        sure = np.full(LANDMARK_COUNT, 0.95, np.float32)
        pose = Pose(k, t_ns, xy, sure, SIZE, "mediapipe-full", 1)
        angle, sigma = (float(value) for value in track["lines"][k])
        line = None
        if np.isfinite(angle):
            line = PelvisSample(k, t_ns, angle, sigma, PelvisMethod.NETWORK)
        tracker.push(pose, line)
        watch.see(Picture(Frame(k, t_ns, NO_PICTURE), pose, line), tracker.update())
        cues.add(watch.live.cue)
    assert watch.live.standing == 1.0, "the standing before it was seen"
    return watch.live, cues


HOLDS = ("floor_left_behind", "step_right_behind", "floor_right_front")
REPEATED = {
    "hike_left_behind": 4,
    "hike_right_front": 4,
    "lock_right_behind": 4,
    "hinge_left_front": 4,
}
WRONG = ("not_held", "not_hiked", "crouching")


@pytest.mark.parametrize("name", HOLDS)
def test_a_hold_is_timed(name):
    live, cues = played(name)
    assert live.held_s == pytest.approx(HELD_S, abs=HOLD_TOLERANCE_S)
    assert live.steadiness is not None
    assert live.steadiness < 2.0
    assert "hold" in cues


@pytest.mark.parametrize(("name", "times"), REPEATED.items())
def test_repetitions_are_counted(name, times):
    live, _ = played(name)
    assert len(live.depths) == times
    assert all(live.smooth)


@pytest.mark.parametrize("name", WRONG)
def test_what_is_done_wrong_is_not_counted(name):
    live, cues = played(name)
    assert live.held_s < 1.0
    assert live.depths == ()
    assert ("tall" in cues) == (name != "crouching"), "the two others lean in the end"


@pytest.mark.parametrize("name", ["floor_left_behind", "hike_left_behind", "lock_right_behind"])
def test_the_other_leg_is_not_counted(name):
    live, _ = played(name, side=Side(CLIPS[name].side).other)
    assert live.held_s == 0
    assert live.depths == ()


@pytest.mark.parametrize("name", ["floor_left_behind", "hinge_left_front"])
def test_the_other_view_is_told(name):
    other = Facing.FRONT if CLIPS[name].facing == "behind" else Facing.BEHIND
    live, _ = played(name, facing=other)
    assert live.problem is not None
    assert live.problem.code == "exercise_turned"
    assert live.held_s == 0
    assert live.depths == ()
