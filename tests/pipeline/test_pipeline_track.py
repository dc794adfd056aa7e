"""What is kept of every measured picture."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest

from device.domain.basics import LANDMARK_COUNT
from device.domain.frames import PelvisMethod, PelvisSample, Pose
from device.domain.pose_track import checked
from device.domain.session_track import COLUMNS, METHODS
from device.pipeline.track import TrackKeeper

SIZE = (640, 480)


def a_pose(seq: int, size=SIZE, detector="mediapipe-full") -> Pose:
    landmarks = np.full((LANDMARK_COUNT, 2), float(seq), np.float32)
    return Pose(
        seq, seq * 10_000_000, landmarks, np.full(LANDMARK_COUNT, 0.5, np.float32), size, detector
    )


def a_line(pose: Pose, angle_deg: float) -> PelvisSample:
    points = np.array([[100.0, 200.0], [140.0, 203.0]])
    return PelvisSample(pose.seq, pose.t_ns, angle_deg, 0.5, PelvisMethod.STICKERS, points)


def test_rows_carry_the_pictures_own_times_and_values():
    keeper = TrackKeeper()
    for seq in range(5000):
        pose = a_pose(seq)
        keeper.add(pose, a_line(pose, seq / 1000) if seq % 2 else None, level_deg=1.5)
    track = keeper.taken()
    assert len(track) == 5000
    assert not track.cut
    assert track.t_ns.tolist() == [seq * 10_000_000 for seq in range(5000)]
    assert np.isnan(track.line_deg[::2]).all()
    assert track.line_deg[4999] == pytest.approx(4.999)
    assert track.obliquity_deg[4999] == pytest.approx(3.499, abs=1e-5)
    assert METHODS[track.method[1]] is PelvisMethod.STICKERS
    assert track.method[0] == -1
    assert track.pose(7).landmarks_px[0, 0] == 7
    part = track.span(100 * 10_000_000, 200 * 10_000_000)
    assert (len(part), part.t_ns[0], part.t_ns[-1]) == (101, 1_000_000_000, 2_000_000_000)


def test_the_oldest_go_when_a_session_is_too_long():
    keeper = TrackKeeper(most_frames=4096)
    for seq in range(10_000):
        keeper.add(a_pose(seq), None, 0.0)
    track = keeper.taken()
    assert track.cut
    assert 2048 < len(track) <= 4096
    assert track.t_ns[-1] == 9_999 * 10_000_000
    assert (np.diff(track.t_ns) == 10_000_000).all()


def test_another_picture_size_begins_anew_and_old_pictures_are_left_out():
    keeper = TrackKeeper()
    assert keeper.taken() is None
    keeper.add(a_pose(1), None, 0.0)
    keeper.add(a_pose(1), None, 0.0)
    keeper.add(a_pose(0), None, 0.0)
    assert len(keeper.taken()) == 1
    keeper.add(a_pose(2, size=(320, 240)), None, 0.0)
    track = keeper.taken()
    assert (len(track), track.cut, track.image_size_px) == (1, True, (320, 240))


def test_it_makes_a_pose_track_that_passes_the_contracts_check():
    keeper = TrackKeeper()
    for seq in range(1, 60):
        keeper.add(a_pose(seq), a_line(a_pose(seq), 2.0), 0.5)
    track = checked(keeper.taken().pose_track_arrays(origin_ns=10_000_000))
    assert len(track) == 59
    assert track.t_s[0] == 0.0
    assert track.t_s[-1] == pytest.approx(0.58)
    assert track.detector == "mediapipe-full"
    assert track.image_size_px == SIZE


def test_points_come_back_to_a_sixteenth_of_a_pixel_and_unknown_ones_as_unknown():
    keeper = TrackKeeper()
    noise = np.random.default_rng(3)
    landmarks = noise.uniform(-200, 1500, (LANDMARK_COUNT, 2)).astype(np.float32)
    landmarks[4], landmarks[5] = np.nan, 1e6
    seen = noise.uniform(0, 1, LANDMARK_COUNT).astype(np.float32)
    keeper.add(replace(a_pose(1), landmarks_px=landmarks, visibility=seen, people=2), None, 0.0)
    keeper.add(Pose.nobody(2, 20_000_000, SIZE, "mediapipe-full"), None, 0.0)
    track = keeper.taken()
    known = [row for row in range(LANDMARK_COUNT) if row not in (4, 5)]
    off = np.abs(track.landmarks_px[0] - landmarks)
    assert off[known].max() <= 1 / 16
    assert np.isnan(track.landmarks_px[0, 4]).all()
    assert track.landmarks_px[0, 5, 0] > 4000  # out of every picture, as it was
    np.testing.assert_allclose(track.visibility[0], seen, atol=0.5 / 255 + 1e-6)
    assert track.people.tolist()[0] == 2
    assert not track.pose(1).seen
    assert track.landmarks_px.dtype == track.visibility.dtype == np.float32


def test_what_was_predicted_is_no_observation():
    keeper = TrackKeeper()
    for seq in range(1, 61):
        keeper.add(a_pose(seq), a_line(a_pose(seq), 2.0), 0.5, found=seq % 3 == 1)
    track = keeper.taken()
    times = [10_000_000 * seq for seq in range(1, 61, 3)]
    assert track.observed().t_ns.tolist() == times
    assert len(track.pose_track_arrays(0)["t_s"]) == 20
    assert len(track) == np.isfinite(track.line_deg).sum() == 60


def test_packed_it_is_not_copied_stays_as_it_was_and_is_the_same_when_it_arrives():
    keeper = TrackKeeper()
    for seq in range(3000):
        keeper.add(a_pose(seq), a_line(a_pose(seq), 2.0), 0.5, found=seq % 3 == 1)
    packed = keeper.packed()
    assert np.shares_memory(
        packed.blocks[0]["landmarks_px"], keeper.packed().blocks[0]["landmarks_px"]
    )
    keeper.add(a_pose(3000), None, 0.0)
    assert len(packed) == 3000
    arrived = pickle.loads(pickle.dumps(packed, pickle.HIGHEST_PROTOCOL)).unpacked()
    taken = keeper.taken().span(0, 2999 * 10_000_000)
    for name in COLUMNS:
        np.testing.assert_array_equal(getattr(arrived, name), getattr(taken, name))
    sizes = [sum(column.nbytes for column in block.values()) for block in packed.blocks]
    assert sum(sizes) < 0.55 * sum(getattr(arrived, name).nbytes for name in COLUMNS)
