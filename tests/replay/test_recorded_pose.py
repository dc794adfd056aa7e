"""A pose track in the place of a pose model."""

from __future__ import annotations

import numpy as np
import pytest

from device.domain.frames import Frame
from device.domain.pose_track import checked
from device.hardware.sim.recorded_pose import RecordedPose


def track(times=None, **more):
    times = np.arange(30) / 30.0 if times is None else np.asarray(times, float)
    landmarks = np.zeros((len(times), 33, 2), np.float32)
    landmarks[:, :, 0] = np.arange(len(times))[:, None] * 10 + 100
    landmarks[:, :, 1] = 50
    return checked(
        {
            "t_s": times,
            "landmarks_px": landmarks,
            "visibility": np.ones((len(times), 33), np.float32),
            "image_size_px": np.array([640, 480]),
            **more,
        }
    )


def frame(t_s: float, size=(640, 480)) -> Frame:
    return Frame(3, round(t_s * 1e9), np.zeros((size[1], size[0], 3), np.uint8))


def row_of(pose) -> int:
    return round((float(pose.landmarks_px[0, 0]) - 100) / 10)


def test_each_frame_gets_the_row_of_its_time():
    player = RecordedPose(track(detector=np.array("mediapipe-full")), lambda t_ns: t_ns / 1e9)
    pose = player.estimate(frame(0.51))
    assert row_of(pose) == 15
    assert (pose.seq, pose.t_ns, pose.detector) == (3, 510_000_000, "mediapipe-full")
    assert player.name == "mediapipe-full"


def test_without_positions_it_begins_with_the_first_frame_and_loops():
    player = RecordedPose(track())
    rows = [row_of(player.estimate(frame(100 + index / 30))) for index in range(70)]
    assert rows == [index % 30 for index in range(70)]
    assert player.name == "recorded"


def test_a_time_the_track_does_not_have_shows_nobody():
    player = RecordedPose(track([0.0, 0.1, 0.2, 0.3, 2.0]), lambda t_ns: t_ns / 1e9)
    assert player.estimate(frame(0.32)).seen
    gap = player.estimate(frame(1.0))
    assert (gap.seen, gap.people) == (False, 0)
    assert not player.estimate(frame(9.0)).seen


def test_an_unknown_position_shows_nobody():
    assert not RecordedPose(track(), lambda t_ns: None).estimate(frame(0.1)).seen


def test_landmarks_follow_the_size_of_the_picture():
    pose = RecordedPose(track(), lambda t_ns: 0.0).estimate(frame(0, size=(1280, 960)))
    assert pose.landmarks_px[5] == pytest.approx([200, 100])
    assert pose.image_size_px == (1280, 960)
