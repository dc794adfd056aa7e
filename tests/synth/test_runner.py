"""The virtual runner: poses, geometry, pictures. Needs MakeHuman's body data and OpenGL."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from device.errors import ModelError
from device.synth import body as body_module
from device.synth.backgrounds import background
from device.synth.body import Body, Shape
from device.synth.look import Garment, Light, Outfit
from device.synth.pose import Leg, Posture, pose
from device.synth.recorded import RECORDED

sampler = pytest.importorskip(
    "device.synth.sampler", reason="moderngl is not installed (the training extra)"
)


def body_or_skip() -> Body:
    try:
        return Body(Shape())
    except ModelError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def body() -> Body:
    return body_or_skip()


@pytest.fixture(scope="module")
def renderer():
    crops = pytest.importorskip("device.synth.crops", reason="moderngl is not installed")
    try:
        return crops.CropRenderer(64, shadow_px=64)
    except Exception as error:  # noqa: BLE001  moderngl raises bare Exceptions without EGL
        pytest.skip(f"no OpenGL here ({error})")


def hip_line_deg(skeleton) -> float:
    across = skeleton.joints["RightUpLeg"] - skeleton.joints["LeftUpLeg"]
    return math.degrees(math.atan2(-across[2], across[0]))


@pytest.mark.parametrize("obliquity", [-9.0, 0.0, 4.5])
def test_hip_line_has_the_obliquity_asked_for(body, obliquity):
    skeleton = pose(body, Posture(obliquity, tilt_deg=14, lean_deg=-8))
    assert hip_line_deg(skeleton) == pytest.approx(obliquity, abs=1e-6)


def test_hips_middle_is_the_origin(body):
    skeleton = pose(body, Posture(6.0, yaw_deg=5))
    middle = (skeleton.joints["LeftUpLeg"] + skeleton.joints["RightUpLeg"]) / 2
    assert np.abs(middle).max() < 1e-9


def test_trunk_leans_without_the_pelvis(body):
    upright, leaning = (pose(body, Posture(3.0, lean_deg=lean)) for lean in (0.0, 12.0))
    assert hip_line_deg(leaning) == pytest.approx(hip_line_deg(upright))
    assert leaning.joints["Neck"][0] > upright.joints["Neck"][0] + 0.04


def test_bones_keep_their_length(body):
    skeleton = pose(body, Posture(5.0, left=Leg(30, 90, -3), right=Leg(-20, 20, 25)))
    for a, b in (("LeftUpLeg", "LeftLeg"), ("RightLeg", "RightFoot"), ("LeftArm", "LeftForeArm")):
        rest = np.linalg.norm(body.heads[a] - body.heads[b])
        assert np.linalg.norm(skeleton.joints[a] - skeleton.joints[b]) == pytest.approx(rest)


def test_mirrored_posture_gives_mirrored_joints(body):
    left, right = Leg(30, 60, -5), Leg(-10, 20, 2)
    one = pose(body, Posture(7, 4, 10, -3, 5, 7, left, right, (20, -10), (80, 60), (5, 12)))
    two = pose(body, Posture(-7, -4, 10, 3, -5, 7, right, left, (-10, 20), (60, 80), (12, 5)))
    for bone in ("UpLeg", "Leg", "Arm", "Hand"):
        other = two.joints["Right" + bone] * [-1, 1, 1]
        assert one.joints["Left" + bone] == pytest.approx(other, abs=1e-9)


def test_level_camera_behind_sees_obliquity_unchanged(body, renderer):
    skeleton = pose(body, Posture(5.0, tilt_deg=0))
    view = sampler.view(skeleton, sampler.Camera(distance_m=50.0))
    left, right = (view.in_window(skeleton.joints[s + "UpLeg"], 64) for s in ("Left", "Right"))
    seen = math.degrees(math.atan2(right[1] - left[1], right[0] - left[0]))
    assert left[0] < 32 < right[0]
    assert seen == pytest.approx(5.0, abs=0.02)


def test_camera_roll_lowers_the_right_end(body, renderer):
    skeleton = pose(body, Posture(0.0))
    view = sampler.view(skeleton, sampler.Camera(roll_deg=3.0))
    left, right = (view.project(skeleton.joints[s + "UpLeg"]) for s in ("Left", "Right"))
    seen = math.degrees(math.atan2(right[1] - left[1], right[0] - left[0]))
    assert seen == pytest.approx(3.0, abs=0.01)


def test_picture_shows_clothes_where_they_are_worn(body, renderer):
    from device.synth.wardrobe import Fit, dressed

    renderer.dress(dressed(body, Fit()))
    skeleton = pose(body, Posture(0.0))
    view = sampler.view(skeleton, sampler.Camera())
    red, blue = Garment((0.8, 0.05, 0.05), crumple=0), Garment((0.05, 0.05, 0.8), crumple=0)
    outfit = Outfit(garments=(red, blue, Garment(), Garment()), hem=(0.05, 0, 0, 1))
    picture = renderer.draw(skeleton, view, outfit, Light()).astype(int)
    assert picture.shape == (64, 64, 4)
    hips = view.in_window(np.zeros(3), 64)
    waist = view.in_window(np.array([0, 0, 0.25]), 64)
    r, _, b, coverage = picture[int(hips[1]), int(hips[0]) + 4]
    assert b > r + 60
    assert coverage == 255
    r, _, b, _ = picture[int(waist[1]), int(waist[0]) + 3]
    assert r > b + 60
    assert picture[2, 2, 3] == 0
    jacket = replace(outfit, jacket=(0.1, -0.3, 0.0, 1.0), garments=(red, blue, red, red))
    r, _, b, _ = renderer.draw(skeleton, view, jacket, Light())[int(hips[1]), int(hips[0]) + 4]
    assert int(r) > int(b) + 60


def test_tilted_pelvis_shows_in_the_picture(body, renderer):
    """The lower hip's side of the shorts hangs lower."""
    from device.synth.wardrobe import Fit, dressed

    renderer.dress(dressed(body, Fit()))
    dark, bright = Garment((0.02, 0.02, 0.02), crumple=0), Garment((0.9, 0.9, 0.9), crumple=0)
    outfit = Outfit(garments=(dark, bright, dark, dark), hem=(0.0, 0, 0, 1), skin=(0.02,) * 3)
    heights = []
    for obliquity in (-12.0, 12.0):
        skeleton = pose(body, Posture(obliquity))
        picture = renderer.draw(skeleton, sampler.view(skeleton, sampler.Camera()), outfit, Light())
        bright_pixels = (picture[:, :, 1] > 110) & (picture[:, :, 3] > 250)
        top = [np.flatnonzero(bright_pixels[:, x])[0] for x in (27, 37)]
        heights.append(top[1] - top[0])
    assert heights[0] < 0 < heights[1]


def test_second_family_has_the_same_joints(body, renderer):
    from device.synth.mannequin import mannequin

    renderer.dress(mannequin(body))
    skeleton = pose(body, Posture(0.0))
    picture = renderer.draw(skeleton, sampler.view(skeleton, sampler.Camera()), Outfit(), Light())
    assert 0.1 < (picture[:, :, 3] > 128).mean() < 0.7


def test_shards_repeat_themselves_and_hold_their_labels(body, renderer, tmp_path):
    from device.synth import shards

    for name in ("a", "b"):
        shards.write_shard(renderer, tmp_path / name, 3, range(1), 2)
    one, two = (np.load(tmp_path / f"{name}.npy") for name in ("a", "b"))
    assert one.shape == (2, 64, 64, 4)
    assert np.array_equal(one, two)
    labels = np.load(tmp_path / "a.npz")
    assert labels["points"].shape == (2, 10, 2)
    assert list(labels["columns"]) == list(shards.FACTS)
    assert not list(tmp_path.glob("*.part"))


def test_a_scene_changes_the_trunk_alone_then_the_pelvis_alone(body, renderer):
    from device.synth import shards

    rng = np.random.default_rng(3)
    pictures, points, facts = shards.random_scenes(renderer, rng, 0, 2 * shards.SCENE)
    assert len(pictures) == len(points) == 8
    column = {name: k for k, name in enumerate((*shards.FACTS, "scene"))}
    for scene in np.split(facts, 2):
        first, leant, turned, _ = scene
        for name in ("around_deg", "distance_m", "hem_m"):
            assert np.ptp(scene[:, column[name]]) == 0
        assert leant[column["obliquity_deg"]] == first[column["obliquity_deg"]]
        assert leant[column["lean_deg"]] != first[column["lean_deg"]]
        assert turned[column["lean_deg"]] == first[column["lean_deg"]]
        assert turned[column["obliquity_deg"]] != first[column["obliquity_deg"]]
    assert facts[:, column["scene"]].tolist() == [0] * 4 + [1] * 4
    assert not np.array_equal(pictures[0], pictures[1])


def test_a_scene_of_a_stride_changes_all_but_runner_clothes_and_camera(body, renderer):
    from device.synth import shards

    rng = np.random.default_rng(3)
    _, points, facts = shards.random_scenes(renderer, rng, 0, 3 * shards.SCENE, strides=True)
    column = {name: k for k, name in enumerate((*shards.FACTS, "scene"))}
    for scene in np.split(facts, 3):
        for name in ("around_deg", "distance_m", "hem_m"):
            assert np.ptp(scene[:, column[name]]) == 0
        for name in ("obliquity_deg", "lean_deg"):
            assert len(np.unique(scene[:, column[name]])) == shards.SCENE
    # The knees' height beside each other: equal standing, apart about midstance, to both sides.
    apart = (points[:, 7, 1] - points[:, 6, 1]).reshape(3, shards.SCENE)
    assert np.abs(apart[:, 0]).mean() < np.abs(apart[:, 1:3]).mean()


def test_posture_does_what_it_is_told():
    for seed in range(20):
        rng, same = np.random.default_rng(seed), np.random.default_rng(seed)
        left = sampler.posture(rng, "run", 0.19)
        assert left.left.knee_deg < left.right.knee_deg  # the left leg stands, the right one swings
        sampler.posture(same)
        assert left.tilt_deg != sampler.posture(rng).tilt_deg


def test_missing_body_data_say_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setenv(body_module.DATA_ENV, str(tmp_path))
    with pytest.raises(ModelError, match=r"base\.obj.*midstance\[train\]"):
        body_module.data_folder()


def test_trunk_tells_nothing_of_the_pelvis():
    rng = np.random.default_rng(0)
    drawn = [sampler.posture(rng) for _ in range(4000)]
    obliquity, lean = (
        np.array([getattr(p, k) for p in drawn]) for k in ("obliquity_deg", "lean_deg")
    )
    assert abs(np.corrcoef(obliquity, lean)[0, 1]) < 0.08
    assert obliquity.std() > 4
    assert np.abs(obliquity).max() <= sampler.LIMIT_DEG


def test_recorded_runners_drop_on_both_sides():
    for runner in RECORDED:
        mean = np.mean([runner.obliquity_at(p) for p in np.linspace(0, 1, 50, endpoint=False)])
        assert runner.obliquity_at(0.19) - mean > 0
        assert runner.obliquity_at(0.69) - mean < 0
        assert runner.height_at(0.19) < runner.height_at(0.45)


def test_backgrounds_differ_and_repeat():
    one, again = (background(np.random.default_rng(4), 48) for _ in range(2))
    assert one.shape == (48, 48, 3)
    assert np.array_equal(one, again)
    assert not np.array_equal(one, background(np.random.default_rng(5), 48))
