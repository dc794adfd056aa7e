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
from device.pelvis.training import data, evaluate, export, model, train


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


def test_label_follows_the_picture_through_placing():
    rng = np.random.default_rng(1)
    for _ in range(10):
        window, points = data.placed(example(-8.0), rng, turn_sd_deg=4.0)
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
    off = []
    for _ in range(60):
        batch = [data.training_example(example(rng.uniform(-15, 15)), ROOMS, rng) for _ in range(8)]
        pictures, points = (torch.from_numpy(np.stack(c)) for c in zip(*batch, strict=True))
        parts = train.losses(*net(pictures), points, flatness=3.0)
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
    found = evaluate.calibration(evaluate.Judged(truth, raw, scale * math.sqrt(2)))
    assert found.gain == pytest.approx(0.9, abs=0.03)
    assert found.gain_per_deg == pytest.approx(-0.05, abs=0.01)
    assert found.spread == pytest.approx(0.9 - 0.05 * 2.5, abs=0.1)


def test_harmonics_recover_a_curve():
    phase = np.random.default_rng(7).random(300)
    curve = 1.5 + 3 * np.cos(2 * np.pi * phase) - np.sin(4 * np.pi * phase)
    fitted = evaluate.harmonics(phase, curve, np.ones(300))
    assert evaluate._design(np.array([0.25])) @ fitted == pytest.approx([1.5], abs=1e-9)
