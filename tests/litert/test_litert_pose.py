"""The pose networks on LiteRT, beside MediaPipe on the same pictures."""

from __future__ import annotations

import importlib.util
import itertools

import numpy as np
import pytest

from device.demo import demo_clip
from device.domain.basics import Landmark
from device.domain.frames import Frame
from device.errors import HardwareError, ModelError
from device.hardware import pose_models
from device.hardware.video import VideoSource

_COMPARED = {
    "shoulders": (Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER),
    "hips": (Landmark.LEFT_HIP, Landmark.RIGHT_HIP),
    "knees": (Landmark.LEFT_KNEE, Landmark.RIGHT_KNEE),
    "ankles": (Landmark.LEFT_ANKLE, Landmark.RIGHT_ANKLE),
}


@pytest.fixture(scope="module")
def pictures() -> list[Frame]:
    return list(itertools.islice(VideoSource(demo_clip()).frames(), 24))


@pytest.fixture
def make():
    if importlib.util.find_spec("ai_edge_litert") is None:
        pytest.skip("ai-edge-litert is not installed")
    if not pose_models.state("full").verified:
        pytest.skip("the pose model is not built (midstance models build)")
    from device.hardware.litert_pose import LitertPose

    made = []

    def one(**options):
        made.append(LitertPose("full", **options))
        return made[-1]

    yield one
    for pose in made:
        pose.close()


@pytest.mark.slow
def test_it_sees_what_mediapipe_sees_with_the_same_delay(make, pictures):
    from device.hardware.mediapipe_pose import MediaPipePose

    other = MediaPipePose("full", count_people=False)
    theirs = [other.estimate(frame) for frame in pictures]
    other.close()
    litert = make(count_people=False)
    ours = [litert.estimate(frame) for frame in pictures]
    apart = np.linalg.norm(
        np.stack([pose.landmarks_px for pose in ours])
        - np.stack([pose.landmarks_px for pose in theirs]),
        axis=2,
    )
    assert apart.shape == (24, 33)
    means = {name: apart[:, list(points)].mean() for name, points in _COMPARED.items()}
    # Means over two dozen pictures of a runner 340 px tall; measured 0.1 to 0.35 px.
    assert max(means.values()) < 0.8, means
    assert apart.max() < 4.0
    for mine, its in zip(ours, theirs, strict=True):
        assert mine.visibility == pytest.approx(its.visibility, abs=0.03)
        assert (mine.people, its.people) == (1, 1)
    # The smoothing and so the delay is the same: no other shift in time fits as well.
    path = np.stack([pose.landmarks_px for pose in ours])[:, Landmark.LEFT_ANKLE]
    its = np.stack([pose.landmarks_px for pose in theirs])[:, Landmark.LEFT_ANKLE]
    shifted = [np.linalg.norm(path[1:-1] - its[1 + s : 23 + s], axis=1).mean() for s in (-1, 0, 1)]
    assert np.argmin(shifted) == 1


@pytest.mark.slow
def test_a_pose_carries_its_frame_and_its_maker(make, pictures):
    litert = make(threads=2)
    assert litert.name == "litert-full"
    for frame in pictures[:3]:
        pose = litert.estimate(frame)
        assert (pose.seq, pose.t_ns, pose.detector) == (frame.seq, frame.t_ns, "litert-full")
        assert pose.image_size_px == frame.size_px
        assert pose.landmarks_px.shape == (33, 2)
        assert pose.landmarks_px.dtype == pose.visibility.dtype == np.float32
        left, right = pose.landmarks_px[[Landmark.LEFT_HIP, Landmark.RIGHT_HIP]]
        assert left[0] < right[0]


@pytest.mark.slow
def test_a_lost_runner_is_nobody_and_is_found_again(make, pictures):
    litert = make()
    empty = np.full_like(pictures[0].image, 90)
    assert litert.estimate(pictures[0]).seen
    assert litert.tracking
    lost = [litert.estimate(Frame(100 + k, 4_000_000_000 + k, empty)) for k in range(3)]
    assert [pose.seen for pose in lost] == [False] * 3
    assert [pose.people for pose in lost] == [0] * 3
    assert not litert.tracking
    again = litert.estimate(Frame(200, 5_000_000_000, pictures[0].image))
    assert again.seen


@pytest.mark.slow
def test_a_track_is_seeded_from_outside_and_then_needs_no_detector(make, pictures, monkeypatch):
    one, other = make(count_people=False), make(count_people=False)
    for frame in pictures[:6]:
        known = one.estimate(frame)
    expected = one.estimate(pictures[6]).landmarks_px
    monkeypatch.setattr(other, "_detect", lambda image: pytest.fail("the detector ran"))
    other.seed(np.full((33, 2), np.nan, np.float32))
    assert not other.tracking
    other.seed(known.landmarks_px)
    assert other.tracking
    seeded = other.estimate(pictures[6])
    hips = [Landmark.LEFT_HIP, Landmark.RIGHT_HIP]
    assert np.linalg.norm(seeded.landmarks_px - expected, axis=1)[hips].max() < 6


@pytest.mark.slow
def test_a_seed_that_is_no_body_is_given_up(make, pictures):
    litert = make()
    litert.seed(np.full((33, 2), 50.0, np.float32))
    assert not litert.estimate(pictures[0]).seen
    assert litert.estimate(pictures[1]).seen


@pytest.mark.slow
def test_a_bystander_is_counted_and_does_not_move_the_runner(make, pictures):
    image = pictures[0].image
    width = image.shape[1]
    middle = image[:, width // 4 : 3 * width // 4]
    both = np.ascontiguousarray(np.hstack([middle, middle]))
    litert = make()
    assert litert.estimate(Frame(0, 0, both)).people == 2
    assert make().estimate(Frame(0, 0, image)).people == 1


@pytest.mark.slow
def test_repeated_times_are_no_trouble(make, pictures):
    times = [0, 100, 100, 400_000, 2_000_000, 1_000_000]
    litert = make()
    poses = [litert.estimate(Frame(i, t, pictures[0].image)) for i, t in enumerate(times)]
    assert all(pose.seen for pose in poses)
    assert [pose.t_ns for pose in poses] == times


@pytest.mark.slow
def test_after_close_nothing_is_estimated_and_a_second_close_is_fine(make, pictures):
    litert = make()
    litert.close()
    litert.close()
    with pytest.raises(HardwareError, match="closed"):
        litert.estimate(pictures[0])


def test_a_missing_model_is_a_model_error(tmp_path):
    from device.hardware.litert_pose import LitertPose

    with pytest.raises(ModelError, match="midstance models build lite"):
        LitertPose("lite", models=tmp_path)
