"""Pelvis lines between poses: the same numbers, and the runner's place where nobody looked."""

from __future__ import annotations

from collections import deque
from dataclasses import fields, is_dataclass

import numpy as np
import pytest
from gait_tracks import Gaits, cut, drawn, load, noisy

from device.domain.basics import Gait, Side
from device.domain.frames import Pose
from device.gait import GaitTracker, landmark_line
from device.gait.place import OLDEST_S, PlacePredictor
from device.gait.statistics import t975


def looked_at(track, rate_hz: float):
    """The tracker after `track`, with the person looked for at about `rate_hz` only."""
    gait = GaitTracker()
    due_s, count = -1.0, 0
    for pose in track.poses():
        line = landmark_line(pose)
        t_s = pose.t_ns / 1e9
        if t_s >= due_s:
            count += 1
            gait.push(pose, line)
            due_s = t_s + (0.8 + 0.4 * (count * 0.618 % 1)) / rate_hz
        else:
            gait.push_between(pose.t_ns, line)
    return gait


@pytest.mark.parametrize("rate_hz", [15, 20, 30])
def test_a_quarter_of_the_poses_gives_the_same_steps_sides_and_drops(rate_hz):
    track = noisy(drawn(Gaits(pieces=(("run", 20.0),), left_deg=3.0, right_deg=7.0)), seed=3)
    summary, everything = looked_at(track, rate_hz).summary(), looked_at(track, 1000).summary()
    assert summary.gait is Gait.RUNNING
    assert summary.cadence_spm.mean == pytest.approx(track.cadence_spm, abs=0.5)
    true = {s.midstance_s: s.side for s in track.steps}
    for step in summary.steps:
        nearest = min(true, key=lambda t: abs(t - step.midstance_s))
        assert abs(nearest - step.midstance_s) < 0.03
        assert true[nearest] is step.side
    for side in Side:
        found = summary.side(side).midstance_drop_deg
        # What the noise of the lines themselves does is in both.
        assert found.mean == pytest.approx(everything.side(side).midstance_drop_deg.mean, abs=0.08)
        assert found.n > 20


@pytest.mark.slow
def test_on_real_running_a_quarter_of_the_poses_costs_less_than_a_tenth(shared):
    folder = shared / "footage" / "mocap"
    tracks = [cut(load(p), 0.0, 16.0) for p in sorted(folder.glob("*_noisy60.npz"))[:4]]
    if not tracks:
        pytest.skip("no noisy tracks among the footage")
    away = []
    for track in tracks:
        all_of_them, few = looked_at(track, 1000).summary(), looked_at(track, 15).summary()
        assert few.cadence_spm.mean == pytest.approx(all_of_them.cadence_spm.mean, abs=0.3)
        away += [
            few.side(s).midstance_drop_deg.mean - all_of_them.side(s).midstance_drop_deg.mean
            for s in Side
        ]
    # The gait core's own error on these is 0.14 degrees on average.
    assert np.mean(np.abs(away)) < 0.1


def test_quiet_standing_is_found_between_poses_too():
    track = drawn(Gaits(pieces=(("stand", 6.0), ("run", 14.0)), static_deg=2.0))
    few, everything = looked_at(track, 15).summary(), looked_at(track, 1000).summary()
    assert few.standing_zero is not None
    assert few.standing_zero.obliquity_deg == pytest.approx(
        everything.standing_zero.obliquity_deg, abs=0.1
    )


def test_frames_before_the_first_pose_belong_to_nobody():
    gait = GaitTracker()
    for i in range(30):
        gait.push_between(i * 16_666_667, None)
    assert gait.summary().gait is Gait.NONE


def test_time_does_not_go_back_between_poses_either():
    gait = GaitTracker()
    gait.push_between(10, None)
    with pytest.raises(ValueError, match="order of time"):
        gait.push_between(9, None)


def sizes(thing, seen=None) -> int:
    """How many values lie in all containers below `thing`."""
    seen = set() if seen is None else seen
    if id(thing) in seen or isinstance(thing, (str, bytes, int, float, type(None))):
        return 0
    seen.add(id(thing))
    if isinstance(thing, np.ndarray):
        return thing.size
    if isinstance(thing, dict):
        return len(thing) + sum(sizes(v, seen) for v in thing.values())
    if isinstance(thing, (list, tuple, set, deque)):
        return len(thing) + sum(sizes(v, seen) for v in thing)
    if is_dataclass(thing):
        return sum(sizes(getattr(thing, f.name), seen) for f in fields(thing))
    names = getattr(thing, "__dict__", None)
    return sum(sizes(v, seen) for v in names.values()) if names else 0


def test_a_long_session_costs_a_hop_no_more_than_a_short_one():
    track = drawn(Gaits(pieces=(("run", 30.0),), fps=30.0))
    poses = track.poses()
    length_ns = poses[-1].t_ns + 33_333_333
    gait, worked_on = GaitTracker(), []
    log_since = gait._log.since

    def counted(from_s: float):
        span = log_since(from_s)
        worked_on[-1] += span.t_s.size
        return span

    gait._log.since = counted  # what a hop reads is what it costs
    held = []
    for turn in range(8):
        worked_on.append(0)
        for pose in poses:
            moved = Pose(
                pose.seq,
                pose.t_ns + turn * length_ns,
                pose.landmarks_px,
                pose.visibility,
                pose.image_size_px,
                people=1,
            )
            gait.push(moved, landmark_line(moved))
        book = gait._state.book
        held.append(sizes(gait) - sizes(book.steps) - sizes(book.intervals))
    assert worked_on[-1] < 1.02 * worked_on[2]
    # Strides are kept one by one up to 512, then merged: sums of some 300 numbers each.
    strides = len(gait._state.folder._stores[3].all()) if 3 in gait._state.folder._stores else 0
    assert held[-1] - held[2] < 320 * (strides or 512) + 4096
    assert gait._state.book.steps.maxlen == 60_000
    assert gait._state.book.intervals.maxlen == 4096


# ------------------------------------------------------------------ where the runner will be


def misses(track, gap: int, stride_hz: float | None) -> tuple[float, float]:
    """Mean distance of the hips, in trunks, when predicted and when held still."""
    place, away, still = PlacePredictor(), [], []
    for i, pose in enumerate(track.poses()):
        if i % gap == 0:
            place.push(pose, stride_hz)
            last = pose
        elif i > 120:
            hips = [23, 24]
            true = pose.landmarks_px[hips].mean(axis=0)
            trunk = np.linalg.norm(true - pose.landmarks_px[[11, 12]].mean(axis=0))
            found = place.at(pose.t_ns).landmarks_px[hips].mean(axis=0)
            away.append(np.linalg.norm(found - true) / trunk)
            still.append(np.linalg.norm(last.landmarks_px[hips].mean(axis=0) - true) / trunk)
    return float(np.mean(away)), float(np.mean(still))


def test_a_known_rhythm_tells_where_the_hips_will_be():
    track = drawn(Gaits(cadence_spm=172.0))
    predicted, held = misses(track, 4, 86 / 60)
    assert predicted < 0.4 * held
    assert predicted < 0.02


def test_without_a_rhythm_the_prediction_is_no_worse_than_holding_still():
    predicted, held = misses(drawn(Gaits(cadence_spm=172.0)), 4, None)
    assert predicted < 1.05 * held


def test_the_place_of_somebody_long_gone_is_not_made_up():
    place = PlacePredictor()
    pose = drawn(Gaits()).poses()[0]
    place.push(pose, None)
    assert place.at(pose.t_ns + round(0.9e9 * OLDEST_S)) is not None
    assert place.at(pose.t_ns + round(1.1e9 * OLDEST_S)) is None
    place.push(Pose.nobody(1, pose.t_ns + 1, pose.image_size_px), None)
    assert place.at(pose.t_ns + 2) is None


def test_a_jump_shows_as_off():
    place = PlacePredictor()
    poses = drawn(Gaits()).poses()
    for pose in poses[:60:4]:
        place.push(pose, None)
    assert place.off_trunks < 0.1
    far = poses[60].landmarks_px + np.float32(300)
    place.push(Pose(60, poses[60].t_ns, far, poses[60].visibility, poses[60].image_size_px), None)
    assert place.off_trunks > 0.5


@pytest.mark.parametrize(
    ("freedom", "point"), [(1, 12.7062), (2, 4.3027), (7, 2.3646), (30, 2.0423), (400, 1.9659)]
)
def test_students_t_is_that_of_the_tables(freedom, point):
    assert t975(freedom) == pytest.approx(point, abs=1e-4)
