"""The hip line as an estimate: its gain, its sign, and to whom it applies."""

from __future__ import annotations

from dataclasses import replace

import drawn
import numpy as np
import pytest

from device.domain.basics import Landmark
from device.domain.frames import CameraGeometry, Frame, PelvisMethod, Pose
from device.domain.methods import METHOD_NOTES
from device.pelvis.mediapipe_line import (
    HIP_LINE_GAIN,
    HIP_LINE_GAIN_RANGE,
    MediaPipePelvis,
)

FRAME = Frame(7, 123, np.zeros((480, 640, 3), np.uint8))


def pose(tilt_deg: float = 2.0, detector: str | None = "mediapipe-full") -> Pose:
    return drawn.pose_at((320, 240), 200.0, detector=detector, tilt_deg=tilt_deg)


def test_the_line_is_divided_by_the_gain() -> None:
    sample = MediaPipePelvis().measure(FRAME, pose(2.0))
    assert sample is not None
    assert sample.image_angle_deg == pytest.approx(2.0 / HIP_LINE_GAIN, rel=1e-4)
    assert sample.method is PelvisMethod.MEDIAPIPE
    assert (sample.seq, sample.t_ns) == (7, 123)
    assert sample.sigma_deg > 1


def test_known_roll_is_kept_out_of_the_gain() -> None:
    sample = MediaPipePelvis(CameraGeometry(roll_deg=3.0)).measure(FRAME, pose(4.0))
    assert sample is not None
    assert sample.image_angle_deg == pytest.approx(3 + 1.0 / HIP_LINE_GAIN, rel=1e-4)


def test_swapped_labels_change_nothing() -> None:
    straight = pose(2.0)
    points = straight.landmarks_px.copy()
    points[[Landmark.LEFT_HIP, Landmark.RIGHT_HIP]] = points[
        [Landmark.RIGHT_HIP, Landmark.LEFT_HIP]
    ]
    one = MediaPipePelvis().measure(FRAME, straight)
    other = MediaPipePelvis().measure(FRAME, replace(straight, landmarks_px=points))
    assert one is not None
    assert other is not None
    assert one.image_angle_deg == pytest.approx(other.image_angle_deg)


@pytest.mark.parametrize("detector", [None, "vicon", "rtmpose"])
def test_other_detectors_get_no_correction(detector: str | None) -> None:
    estimator = MediaPipePelvis()
    assert estimator.measure(FRAME, pose(detector=detector)) is None
    assert estimator.last_problem is not None
    assert estimator.last_problem.code == "estimate_needs_mediapipe"
    estimator.reset()
    assert estimator.last_problem is None


def test_nobody_and_a_runner_seen_from_the_side_give_nothing() -> None:
    estimator = MediaPipePelvis()
    assert estimator.measure(FRAME, Pose.nobody(0, 0, (640, 480), "mediapipe-full")) is None
    sideways = pose()
    sideways.landmarks_px[Landmark.RIGHT_HIP] = sideways.landmarks_px[Landmark.LEFT_HIP] + 1
    assert estimator.measure(FRAME, sideways) is None


def test_the_note_says_estimate_and_the_gain_lies_in_its_range() -> None:
    assert "stimate" in METHOD_NOTES[PelvisMethod.MEDIAPIPE]
    assert HIP_LINE_GAIN_RANGE[0] < HIP_LINE_GAIN < HIP_LINE_GAIN_RANGE[1]
