"""The real pose model on real pictures."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from device.demo import demo_clip
from device.domain.basics import Landmark
from device.domain.frames import Frame
from device.errors import HardwareError, ModelError
from device.hardware import pose_models
from device.hardware.quiet import known_chatter_dropped
from device.hardware.video import VideoSource

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def pictures() -> list[Frame]:
    frames = VideoSource(demo_clip()).frames()
    return list(itertools.islice(frames, 0, 90, 3))


@pytest.fixture
def estimator():
    if not pose_models.state("full").verified:
        pytest.skip("the pose model is not built (midstance models build)")
    from device.hardware.mediapipe_pose import MediaPipePose

    made = MediaPipePose("full")
    yield made
    made.close()


def beside(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Two people in one picture, the first one larger."""
    width = left.shape[1]
    middle = slice(width // 4, 3 * width // 4)
    return np.ascontiguousarray(np.hstack([left[:, middle], right[:, middle]]))


@pytest.mark.slow
def test_it_finds_the_runner_with_the_left_on_the_left(estimator, pictures):
    poses = [estimator.estimate(frame) for frame in pictures[:10]]
    assert estimator.name == "mediapipe-full"
    for frame, pose in zip(pictures, poses, strict=False):
        assert (pose.seq, pose.t_ns, pose.detector) == (frame.seq, frame.t_ns, "mediapipe-full")
        assert pose.image_size_px == frame.size_px
        assert pose.landmarks_px.shape == (33, 2)
        assert pose.landmarks_px.dtype == np.float32
        assert pose.people == 1
        left, right = pose.landmarks_px[[Landmark.LEFT_HIP, Landmark.RIGHT_HIP]]
        assert left[0] < right[0]
        assert 0 < left[1] < frame.size_px[1]


@pytest.mark.slow
def test_nobody_in_the_picture_is_nobody(estimator):
    image = np.full((480, 640, 3), 90, np.uint8)
    poses = [estimator.estimate(Frame(i, i * 33_000_000, image)) for i in range(5)]
    assert [pose.seen for pose in poses] == [False] * 5
    assert [pose.people for pose in poses] == [0] * 5


@pytest.mark.slow
def test_times_closer_than_a_millisecond_or_repeated_are_no_trouble(estimator, pictures):
    times = [0, 100, 100, 400_000, 2_000_000, 1_000_000]
    poses = [estimator.estimate(Frame(i, t, pictures[0].image)) for i, t in enumerate(times)]
    assert all(pose.seen for pose in poses)
    assert [pose.t_ns for pose in poses] == times


@pytest.mark.slow
def test_a_bystander_is_counted_and_does_not_move_the_runner(estimator, pictures):
    image = beside(pictures[0].image, pictures[20].image)
    pose = estimator.estimate(Frame(0, 0, image))
    assert pose.people == 2


@pytest.mark.slow
def test_after_close_nothing_is_estimated_and_a_second_close_is_fine(estimator, pictures):
    estimator.close()
    estimator.close()
    with pytest.raises(HardwareError, match="closed"):
        estimator.estimate(pictures[0])


def test_a_missing_model_is_a_model_error(tmp_path):
    from device.hardware.mediapipe_pose import MediaPipePose

    with pytest.raises(ModelError, match="midstance models build lite"):
        MediaPipePose("lite", models=tmp_path)


@pytest.mark.slow
@pytest.mark.skipif(
    "midstance_system_libraries" in sys.modules,
    reason="this environment loads its own copies of these libraries (make setup without libegl1)",
)
def test_a_missing_system_library_says_what_to_install(tmp_path, estimator):
    """A library of that name that is none: the loader says so, as it does for a missing one."""
    (tmp_path / "libEGL.so.1").write_text("")
    (tmp_path / "libGLESv2.so.2").write_text("")
    done = subprocess.run(
        [sys.executable, "-m", "device", "analyze", str(demo_clip())],
        cwd=ROOT,
        env={**os.environ, "LD_LIBRARY_PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 6
    assert "sudo apt install libegl1 libgles2" in done.stderr
    assert "Traceback" not in done.stderr


def test_known_chatter_is_dropped_and_nothing_else(capfd):
    with known_chatter_dropped(), known_chatter_dropped():
        os.write(2, b"INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\n")
        os.write(
            2,
            b"W0000 00:00:1.2 3 inference_feedback_manager.cc:121] Feedback manager "
            b"requires a model with a single signature inference.\n",
        )
        os.write(2, b"E0000 00:00:1.2 3 somewhere.cc:1] The roof is on fire\n")
        os.write(2, b"something new\n")
        assert capfd.readouterr().err == ""
    assert capfd.readouterr().err == (
        "E0000 00:00:1.2 3 somewhere.cc:1] The roof is on fire\nsomething new\n"
    )


def test_what_was_written_before_an_error_is_still_told(capfd):
    def fail():
        with known_chatter_dropped():
            os.write(2, b"the reason why\n")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert "the reason why" in capfd.readouterr().err
