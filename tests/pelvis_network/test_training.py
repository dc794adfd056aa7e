"""What training does to pictures and labels, and that it learns. Needs the training extra."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch is not installed (the training extra)")
pytest.importorskip("onnx", reason="onnx is not installed (the training extra)")

import torch

from device.pelvis import network
from device.pelvis.training import (
    calibrate,
    data,
    export,
    feed,
    judged,
    model,
    recordings,
    train,
)


def example(angle_deg: float, size: int = 136) -> data.Example:
    """A bar of that angle on nothing, between two 'hips', with shoulders above."""
    middle, half = np.array([size / 2, size / 2 + 8]), 17.0
    turn = math.radians(angle_deg)
    along = half * np.array([math.cos(turn), math.sin(turn)])
    points = np.tile(middle, (10, 1))
    points[0], points[1] = middle - along, middle + along
    points[8], points[9] = middle - [20, 78], middle - [-20, 78]
    y, x = np.mgrid[:size, :size] + 0.5
    across = np.abs((y - middle[1]) * math.cos(turn) - (x - middle[0]) * math.sin(turn))
    lengthwise = np.abs((x - middle[0]) * math.cos(turn) + (y - middle[1]) * math.sin(turn))
    bar = ((across < 8) & (lengthwise < 30)).astype(np.uint8) * 255
    rgba = np.stack([bar, bar // 2, bar // 3, bar], axis=-1)
    return data.Example(rgba, points.astype(np.float32))


ROOMS = np.full((1, 120, 120, 3), 60, np.uint8)


def angle_of(points: np.ndarray) -> float:
    return float(model.angle_of(torch.from_numpy(points)[None].float())[0]) * 10


def test_window_is_placed_as_the_kiosk_places_it():
    assert (data.CROP_TORSOS, data.CROP_UP_TORSOS, data.N) == (
        network.WINDOW_TORSOS,
        network.WINDOW_UP_TORSOS,
        network.INPUT_PX,
    )


def test_placing_scatters_the_window_but_keeps_the_angle():
    rng = np.random.default_rng(0)
    spots, angles = [], []
    for _ in range(200):
        _, points = data.placed(example(6.0), rng, turn_sd_deg=0.0)
        spots.append(points[:2].mean(0))
        angles.append(angle_of(points))
    assert np.allclose(angles, 6.0, atol=0.02)
    assert (np.std(spots, axis=0) > 1.5).all()


def test_windows_lie_where_they_are_told():
    rng = np.random.default_rng(0)
    right = data.Misplaced(factor=1.0, right=0.0, down=0.0)
    _, there = data.placed(example(0.0), rng, 0.0, where=right)
    hips, torso = there[:2].mean(0), np.linalg.norm(there[:2].mean(0) - there[8:].mean(0))
    assert torso == pytest.approx(96 / network.WINDOW_TORSOS)
    assert hips == pytest.approx([48, 48 + network.WINDOW_UP_TORSOS * torso])
    _, moved = data.placed(example(0.0), rng, 0.0, where=data.Misplaced(2.0, 0.1, -0.2))
    assert moved[:2].mean(0) == pytest.approx(48 + np.array([-0.1, 0.3]) * torso / 2)


def test_windows_of_a_recording_swing_with_the_stride_and_are_shaken():
    phase = np.linspace(0, 30, 600) % 1
    still = np.arange(600) < 100
    windows = recordings.followed(phase, still, seed=4)
    right = np.array([one.right for one in windows])
    swing = recordings.harmonics(phase[~still], right[~still], np.ones(500))
    assert math.hypot(swing[1], swing[5]) == pytest.approx(0.017 * math.sqrt(2), rel=0.2)
    assert right.std() > network.SHAKEN[0][0] / 2
    assert recordings.followed(phase, still, seed=4) == windows
    assert recordings.followed(phase, still, seed=5)[0] != windows[0]


def test_label_follows_the_picture_through_placing():
    rng = np.random.default_rng(1)
    for bent in [0.0, 1.0] * 8:
        window, points = data.placed(example(-8.0), rng, turn_sd_deg=4.0, bent=bent)
        y, x = np.nonzero(window[:, :, 3] > 127)
        spread = np.cov(np.stack([x, y]))
        _, axes = np.linalg.eigh(spread)
        seen = math.degrees(math.atan2(axes[1, 1], axes[0, 1]))
        seen = (seen + 90) % 180 - 90
        assert angle_of(points) == pytest.approx(seen, abs=0.7)


def test_mirrored_examples_have_negated_angles_and_swapped_points():
    found = set()
    rng = np.random.default_rng(2)
    for _ in range(30):
        _, points = data.training_example(example(9.0), ROOMS, rng)
        assert points[0, 0] < points[1, 0]
        found.add(round(math.copysign(1, angle_of(points))))
    assert found == {-1, 1}


def test_spoiled_pictures_stay_pictures():
    rng = np.random.default_rng(3)
    window, _ = data.placed(example(2.0), rng, 0.0)
    for _ in range(60):
        picture = data.spoiled(data.before(window, ROOMS[0], rng), rng)
        assert picture.shape == (96, 96, 3)
        assert np.isfinite(picture).all()


@pytest.mark.slow
def test_a_few_steps_learn_the_bar():
    torch.manual_seed(0)
    rng = np.random.default_rng(4)
    net = model.PelvisNet(16)
    optimiser = torch.optim.AdamW(net.parameters(), lr=3e-3)
    off, gains = [], train.Gains()
    for _ in range(60):
        batch = [data.training_example(example(rng.uniform(-15, 15)), ROOMS, rng) for _ in range(8)]
        pictures, points = (torch.from_numpy(np.stack(c)) for c in zip(*batch, strict=True))
        trunk = torch.zeros(len(points))
        parts = train.losses(*net(pictures), feed.Batch(pictures, points, trunk, scenes=1), gains)
        loss = parts["points"] + parts["likely"] + parts["plain"] + parts["line"]
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        off.append(float(parts["off_deg"]))
    assert np.mean(off[-10:]) < 0.6 * np.mean(off[:10])


@pytest.mark.slow
def test_exported_network_says_what_the_trained_one_says(tmp_path: Path):
    import onnxruntime

    torch.manual_seed(1)
    net = export.Deployed(model.PelvisNet(16), export.Calibration(0.8, -0.02, 1.5)).eval()
    export.export(net, tmp_path / "net.onnx")
    crop = np.random.default_rng(5).integers(0, 256, (1, 96, 96, 3), dtype=np.uint8)
    session = onnxruntime.InferenceSession(tmp_path / "net.onnx")
    with torch.no_grad():
        wanted = net(torch.from_numpy(crop)).numpy()
    assert np.allclose(session.run(None, {"crop": crop})[0], wanted, atol=1e-3)
    assert wanted.shape == (1, 22)


def test_calibration_restores_gain_and_coverage():
    rng = np.random.default_rng(6)
    truth, scale = rng.uniform(-12, 12, 6000), rng.uniform(1, 4, 6000)
    gain = 0.9 - 0.05 * scale
    raw = gain * truth + gain * scale * rng.normal(0, 1, 6000)
    found = calibrate.calibration(judged.Judged(truth, raw, scale * math.sqrt(2)))
    assert found.gain == pytest.approx(0.9, abs=0.03)
    assert found.gain_per_deg == pytest.approx(-0.05, abs=0.01)
    assert found.spread == pytest.approx(0.9 - 0.05 * 2.5, abs=0.1)


def test_recordings_count_in_the_calibration_by_what_changes_within_them():
    truth = np.random.default_rng(8).uniform(-12, 12, 500)
    sigma = np.full(500, 2.0)
    single = judged.Judged(truth, 0.9 * truth, sigma)
    shifted = judged.Judged(truth, 0.7 * truth + 4.0, sigma)
    found = calibrate.calibration(single, [shifted, shifted])
    gain = found.gain + found.gain_per_deg * 2.0 / math.sqrt(2)
    assert gain == pytest.approx(0.8, abs=0.01)


def test_harmonics_recover_a_curve():
    phase = np.random.default_rng(7).random(300)
    curve = 1.5 + 3 * np.cos(2 * np.pi * phase) - np.sin(4 * np.pi * phase)
    fitted = recordings.harmonics(phase, curve, np.ones(300))
    assert recordings.design(np.array([0.25])) @ fitted == pytest.approx([1.5], abs=1e-9)


def written(folder: Path, name: str, count: int, *, scenes: bool) -> None:
    """A shard of bars; those of a scene lean with their trunk, others against it."""
    made = [example(float(a)) for a in np.linspace(-12, 12, count)]
    columns = ["obliquity_deg", "yaw_deg", "tilt_deg", "lean_deg", *(["scene"] if scenes else [])]
    facts = np.zeros((count, len(columns)), np.float32)
    facts[:, 0] = np.linspace(-12, 12, count)
    facts[:, 3] = facts[:, 0] * (1 if scenes else -1)
    np.save(folder / f"{name}.npy", np.stack([e.rgba for e in made]))
    points = np.stack([e.points for e in made])
    np.savez(folder / f"{name}.npz", points=points, facts=facts, columns=np.array(columns))


@pytest.fixture
def shards(tmp_path: Path) -> Path:
    np.save(tmp_path / "backgrounds.npy", ROOMS)
    written(tmp_path, "train_001_00000", 10, scenes=False)
    written(tmp_path, "train_003_00000", 8, scenes=True)
    return tmp_path


def test_batches_begin_with_whole_scenes_and_know_the_trunk(shards: Path):
    with feed.Feed(shards, feed.Mixture(size=12, scenes=2), seed=1) as found:
        batch = next(iter(found))
    assert batch.pictures.shape == (12, 3, 96, 96)
    assert batch.points.shape == (12, 10, 2)
    assert batch.scenes == 2
    assert (batch.trunk_deg[:8] > 0).all()
    assert found.shards.scenes.tolist() == [[10, 11, 12, 13], [14, 15, 16, 17]]
    assert found.schedule == [(0, {"train_001": 1, "train_003": 1})]


def test_pictures_whose_trunk_leans_with_the_pelvis_are_left_out_at_will(shards: Path):
    mixture = feed.Mixture(size=16, scenes=0, keep_with=0.0)
    with feed.Feed(shards, mixture, seed=1) as found:
        assert (next(iter(found)).trunk_deg < 0).all()


def test_a_run_repeats_with_the_shards_it_had(shards: Path):
    mixture = feed.Mixture(size=8, scenes=1)
    with feed.Feed(shards, mixture, seed=5) as first:
        batches = [next(iter(first)) for _ in range(3)]
    written(shards, "train_003_00001", 8, scenes=True)  # drawn later
    with feed.Feed(shards, mixture, seed=5, replay=first.schedule) as again:
        for batch, same in zip(batches, again, strict=False):
            assert torch.equal(batch.pictures, same.pictures)
            assert torch.equal(batch.points, same.points)
    with feed.Feed(shards, mixture, seed=5) as fuller:
        assert len(fuller.shards) == 26
    with pytest.raises(FileNotFoundError, match="train_001"):
        feed.Feed(shards, mixture, seed=5, replay=[(0, {"train_001": 2})])


def test_error_within_a_scene_does_not_count_what_all_its_pictures_share():
    truth = torch.rand(8, 10, 2)
    truth[:, 0, 0], truth[:, 1, 0] = 0.3, 0.7
    wanted = model.angle_of(truth)
    batch = feed.Batch(torch.zeros(8, 3, 2, 2), truth, torch.full((8,), 5.0), scenes=2)

    def parts(angle: torch.Tensor) -> dict[str, torch.Tensor]:
        out = torch.stack([angle, torch.zeros(8)], dim=1)
        return train.losses(truth, out, batch, train.Gains())

    shared = parts(wanted + 0.3)
    assert float(shared["scene"]) == pytest.approx(0.0, abs=1e-5)
    assert float(shared["off_deg"]) == pytest.approx(3.0, abs=1e-3)
    shrunk = parts(0.7 * wanted)
    assert float(shrunk["scene"]) > 0
    assert float(shrunk["gain"]) == pytest.approx(2 * 0.3**2, abs=1e-4)


def test_rate_rises_stays_and_falls():
    import argparse

    options = argparse.Namespace(steps=2000, rising=300, falling=500, rate=1e-3)
    rates = [train.rate_at(step, options) for step in (0, 1000, 1499, 1750, 1999)]
    assert rates == pytest.approx([4.3e-6, 1.001e-3, 1.001e-3, 5.01e-4, 3e-6], rel=0.01)


def test_gain_is_pushed_towards_one_by_what_many_batches_say():
    wanted = torch.linspace(-1, 1, 16)
    trunk = torch.full((16,), -8.0)
    gains = train.Gains()
    for _ in range(20):
        gains.loss(0.8 * wanted, wanted, trunk)
    measured = (1.1 * wanted).requires_grad_()  # this one batch is no reason to shrink
    gains.loss(measured, wanted, trunk).backward()
    assert measured.grad is not None
    assert float((measured.grad * wanted).sum()) < 0
