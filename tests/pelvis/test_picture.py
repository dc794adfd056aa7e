"""Pictures that are too dark or blurred are told from good ones; the numbers then stay away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from device.demo import demo_clip
from device.domain.basics import LANDMARK_COUNT, Landmark
from device.domain.frames import CameraGeometry, Frame, PelvisMethod, PelvisSample, Pose
from device.gait import GaitTracker
from device.pelvis.picture import PictureJudge

Change = Callable[[NDArray[np.uint8]], NDArray[np.uint8]]


@pytest.fixture(scope="module")
def runner() -> tuple[Frame, Pose]:
    """A picture of the demo runner, with shoulders and hips where they are in it."""
    with av.open(str(demo_clip())) as clip:
        image = next(
            picture.to_ndarray(format="rgb24")
            for index, picture in enumerate(clip.decode(video=0))
            if index == 1200
        )
    points = np.full((LANDMARK_COUNT, 2), np.nan, np.float32)
    for landmark, point in (
        (Landmark.LEFT_SHOULDER, (292, 185)),
        (Landmark.RIGHT_SHOULDER, (350, 185)),
        (Landmark.LEFT_HIP, (303, 278)),
        (Landmark.RIGHT_HIP, (338, 278)),
    ):
        points[landmark] = point
    pose = Pose(0, 0, points, np.ones(LANDMARK_COUNT, np.float32), (640, 480))
    return Frame(0, 0, image), pose


def codes(runner: tuple[Frame, Pose], change: Change, factor: float = 1.0) -> list[str]:
    frame, pose = runner
    image = change(frame.image)
    if factor != 1:
        image = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        height, width = image.shape[:2]
        pose = replace(pose, landmarks_px=pose.landmarks_px * factor, image_size_px=(width, height))
    return [fault.code for fault in PictureJudge().faults(Frame(0, 0, image), pose)]


def dimmed(share: float) -> Change:
    return lambda image: (image * share).astype(np.uint8)


def blurred(sigma_px: float) -> Change:
    return lambda image: cv2.GaussianBlur(image, (0, 0), sigma_px)


@pytest.mark.parametrize("factor", [0.7, 1.0, 1.5])
def test_a_good_picture_has_no_fault_at_any_size(runner: tuple[Frame, Pose], factor: float):
    assert codes(runner, lambda image: image, factor) == []


def test_a_dim_picture_is_still_good_and_a_dark_one_is_not(runner: tuple[Frame, Pose]):
    assert codes(runner, dimmed(0.4)) == []
    assert codes(runner, dimmed(0.08)) == ["too_dark"]


@pytest.mark.parametrize("sigma_px", [5.0, 9.0])
def test_a_blurred_picture_is_told(runner: tuple[Frame, Pose], sigma_px: float):
    assert codes(runner, blurred(sigma_px)) == ["blurred"]


def test_a_touch_of_blur_is_let_pass(runner: tuple[Frame, Pose]):
    assert codes(runner, blurred(1.0)) == []


def test_nobody_is_no_fault_of_the_picture(runner: tuple[Frame, Pose]):
    frame, _ = runner
    assert PictureJudge().faults(frame, Pose.nobody(0, 0, frame.size_px)) == ()


def test_it_looks_again_after_half_a_second(runner: tuple[Frame, Pose]):
    frame, pose = runner
    judge = PictureJudge()
    dark = dimmed(0.05)(frame.image)
    assert judge.faults(frame, pose) == ()
    assert judge.faults(Frame(1, 300_000_000, dark), pose) == ()
    assert [f.code for f in judge.faults(Frame(2, 600_000_000, dark), pose)] == ["too_dark"]
    judge.reset()
    assert judge.faults(Frame(3, 700_000_000, frame.image), pose) == ()


def test_a_run_in_the_dark_gets_no_numbers(runner: tuple[Frame, Pose], shared):
    """The same track with and without the fault: its drops go, and the reason stands there."""
    frame, pose = runner
    judge = PictureJudge()
    fault = judge.faults(Frame(0, 0, dimmed(0.05)(frame.image)), pose)
    with np.load(shared / "footage" / "mocap" / "RBDS001_25_clean60.npz") as track:
        t_s, points, seen = (track[k] for k in ("t_s", "landmarks_px", "visibility"))
    trackers = [GaitTracker(geometry=CameraGeometry()) for _ in range(2)]
    for i in range(900):
        t_ns = round(float(t_s[i]) * 1e9)
        now = Pose(i, t_ns, points[i], seen[i], (1280, 720))
        line = PelvisSample(i, t_ns, 0.0, 0.2, PelvisMethod.STICKERS)
        for tracker in trackers:
            tracker.push(now, line)
        for one in fault:
            trackers[1].note(one)
    good, dark = (tracker.summary() for tracker in trackers)
    assert good.left.midstance_drop_deg is not None
    assert dark.left.midstance_drop_deg is None
    assert "too_dark" in [r.code for r in dark.reasons]
