"""The sticker estimator on drawn pictures with known angles."""

from __future__ import annotations

from dataclasses import replace

import drawn
import numpy as np
import pytest
from drawn import Look, Scene

from device.domain.basics import Landmark
from device.domain.frames import CameraGeometry, Frame, PelvisMethod, PelvisSample, Pose
from device.domain.methods import METHOD_NOTES
from device.pelvis.sticker_find import noise_grey
from device.pelvis.stickers import StickerPelvis, body_of


def run(
    scene: Scene, fps: float = 30.0, seconds: float = 1.5, late_s: float = 0.035
) -> list[tuple[float, PelvisSample | None]]:
    estimator = StickerPelvis()
    out = []
    for k in range(round(fps * seconds)):
        t_s = k / fps
        out.append((t_s, estimator.measure(scene.frame(k, t_s), scene.pose(t_s, late_s))))
    return out


def errors(scene: Scene, out: list[tuple[float, PelvisSample | None]]) -> np.ndarray:
    return np.array([s.image_angle_deg - scene.angle_deg(t) for t, s in out if s is not None])


@pytest.mark.parametrize("fps", [15.0, 30.0, 60.0])
def test_angle_is_measured_in_all_frames_but_the_first_at_every_frame_rate(fps: float) -> None:
    scene = Scene()
    out = run(scene, fps)
    assert sum(s is None for _, s in out) <= 2
    wrong = errors(scene, out)
    assert abs(wrong.mean()) < 0.05
    assert wrong.std() < 0.15


@pytest.mark.parametrize(
    ("size", "px_per_m"),
    [((480, 640), 190.0), ((1280, 720), 300.0), ((1920, 1080), 455.0), ((640, 480), 140.0)],
    ids=["portrait", "720p", "1080p", "far"],
)
def test_angle_is_measured_at_every_picture_size(size: tuple[int, int], px_per_m: float) -> None:
    scene = Scene(size=size, px_per_m=px_per_m)
    out = run(scene, 30, 0.5)
    assert sum(s is None for _, s in out) <= 2
    assert np.abs(errors(scene, out)).max() < 0.5


@pytest.mark.parametrize(
    "look",
    [
        Look(light=0.1, noise_grey=4),
        Look(blur_px=1.2),
        Look(cloth=(0.85, 0.85, 0.85)),
        Look(cloth=(0.02, 0.02, 0.02)),
        Look(flat=0.8),
        Look(light=3.0),
    ],
    ids=["dim", "blurred", "white cloth", "black cloth", "slanting", "overexposed"],
)
def test_angle_is_measured_in_hard_light_and_on_all_cloth(look: Look) -> None:
    scene = Scene(look=look)
    out = run(scene)
    assert sum(s is None for _, s in out) <= 3
    wrong = errors(scene, out)
    assert abs(wrong.mean()) < 0.1
    assert wrong.std() < 0.4


def test_sigma_is_honest() -> None:
    stated = []
    for look in (Look(), Look(light=0.1, noise_grey=5), Look(light=0.06, noise_grey=6)):
        scene = Scene(look=look)
        out = run(scene, 60, 1.0)
        stated.append(np.median([s.sigma_deg for _, s in out if s is not None]))
        # Never much too small; in a clean picture it keeps a floor for compression and cloth.
        assert errors(scene, out).std() < 1.5 * stated[-1]
    assert stated[2] > 1.5 * stated[0]
    assert stated[0] < 0.2


def test_a_pose_may_be_stale() -> None:
    scene = Scene()
    estimator = StickerPelvis()
    missing = 0
    for k in range(45):
        t_s = k / 30
        pose = scene.pose(t_s - (k % 4) / 30)  # a new pose every fourth frame
        missing += estimator.measure(scene.frame(k, t_s), pose) is None
    assert missing <= 3


def test_a_known_pair_is_followed_through_a_few_frames_without_a_pose() -> None:
    scene = Scene()
    estimator = StickerPelvis()
    for k in range(12):
        t_s = k / 30
        pose = scene.pose(t_s) if k < 6 else Pose.nobody(k, round(t_s * 1e9), scene.size)
        sample = estimator.measure(scene.frame(k, t_s), pose)
    assert sample is not None


def test_points_and_method_are_told() -> None:
    scene = Scene()
    t_s, sample = run(scene, 30, 0.4)[-1]
    assert sample is not None
    assert sample.method is PelvisMethod.STICKERS
    assert sample.t_ns == round(t_s * 1e9)
    np.testing.assert_allclose(sample.points_px, scene.centres(t_s), atol=0.15)


def covered(frame: Frame, centre: tuple[float, float], size: float) -> Frame:
    image = frame.image.copy()
    y, x = np.mgrid[: image.shape[0], : image.shape[1]]
    image[np.hypot(x - centre[0], y - centre[1]) < size] = (190, 140, 110)
    return replace(frame, image=image)


def test_a_hand_over_a_sticker_gives_nothing_and_says_so() -> None:
    scene = Scene()
    estimator = StickerPelvis()
    for k in range(40):
        t_s = k / 30
        frame = scene.frame(k, t_s)
        hidden = 15 <= k < 25
        if hidden:
            right = scene.centres(t_s)[1]
            frame = covered(frame, (right[0] + 3 + (k - 20) / 3, right[1]), 6)
        sample = estimator.measure(frame, scene.pose(t_s))
        if hidden:
            assert sample is None
            assert estimator.last_problem is not None
            assert estimator.last_problem.code == "stickers_covered"
        elif k > 25:
            assert sample is not None
            assert sample.image_angle_deg == pytest.approx(scene.angle_deg(t_s), abs=0.6)


def test_without_stickers_nothing_is_found_and_the_remedy_is_told() -> None:
    scene = Scene(stickers=False)
    estimator = StickerPelvis()
    for k in range(15):
        assert estimator.measure(scene.frame(k, k / 30), scene.pose(k / 30)) is None
        assert estimator.last_problem is not None
        assert estimator.last_problem.code == "stickers_not_found"
        assert estimator.last_problem.remedy


def test_white_dots_without_rings_on_coloured_cloth_are_not_taken() -> None:
    scene = Scene(look=Look(ring=None, cloth=(0.5, 0.08, 0.08)))
    assert all(s is None for _, s in run(scene))


def test_nobody_is_no_problem_of_the_stickers() -> None:
    scene = Scene(stickers=False)
    estimator = StickerPelvis()
    nobody = Pose.nobody(0, 0, scene.size)
    assert estimator.measure(scene.frame(0, 0.0), nobody) is None
    assert estimator.last_problem is None


def test_too_small_stickers_are_named() -> None:
    scene = Scene(px_per_m=80)
    estimator = StickerPelvis()
    assert estimator.measure(scene.frame(0, 0.0), scene.pose(0.0)) is None
    assert estimator.last_problem is not None
    assert estimator.last_problem.code == "stickers_too_small"


def test_hips_at_the_picture_edge_are_survived() -> None:
    frame = Scene().frame(0, 0.0)
    for middle in ((2.0, 5.0), (638.0, 478.0), (-300.0, 900.0)):
        assert StickerPelvis().measure(frame, drawn.pose_at(middle, 200.0)) is None


def test_reset_forgets_the_pair() -> None:
    scene = Scene()
    estimator = StickerPelvis()
    for k in range(5):
        estimator.measure(scene.frame(k, k / 30), scene.pose(k / 30))
    assert estimator.known
    estimator.reset()
    assert not estimator.known
    assert estimator.measure(scene.frame(6, 0.2), scene.pose(0.2)) is None


def test_the_camera_height_is_warned_of() -> None:
    assert StickerPelvis(CameraGeometry(above_hips_m=0.1)).warnings == ()
    (warning,) = StickerPelvis(CameraGeometry(above_hips_m=-0.4)).warnings
    assert warning.code == "stickers_camera_height"


def test_the_picture_is_not_written_to() -> None:
    scene = Scene()
    frame = scene.frame(0, 0.0)
    frame.image.setflags(write=False)
    StickerPelvis().measure(frame, scene.pose(0.0))


def test_body_scale_from_trunk_or_hips() -> None:
    pose = drawn.pose_at((320, 240), 200.0)
    body = body_of(pose)
    assert body is not None
    assert body.px_per_m == pytest.approx(200, rel=0.02)
    points = pose.landmarks_px.copy()
    points[[Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER]] = np.nan
    body = body_of(replace(pose, landmarks_px=points))
    assert body is not None
    assert body.px_per_m == pytest.approx(200, rel=0.1)


def test_noise_is_measured_on_shaded_cloth() -> None:
    rng = np.random.default_rng(1)
    ramp = np.tile(np.linspace(40, 160, 120), (80, 1))
    grey = np.rint(ramp + 5 * rng.standard_normal(ramp.shape)).astype(np.uint8)
    assert noise_grey(grey) == pytest.approx(5, rel=0.2)


def test_the_note_names_its_source() -> None:
    assert "0.3 to 2.8" in METHOD_NOTES[PelvisMethod.STICKERS]
