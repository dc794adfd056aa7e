"""The whole recipe, very small: from nothing to weights that the kiosk can load. Needs the
training extra and OpenGL."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch is not installed (the training extra)")
pytest.importorskip("onnx", reason="onnx is not installed (the training extra)")
pytest.importorskip("moderngl", reason="moderngl is not installed (the training extra)")

from device.errors import ModelError
from device.pelvis.network import NetworkPelvis
from device.pelvis.training import recipe
from device.synth.body import data_folder
from device.synth.crops import CropRenderer

FEW = ("--bodies", "2", "--moments", "4", "--backgrounds", "3")


@pytest.mark.slow
def test_recipe_goes_from_nothing_to_weights_and_takes_up_where_it_was_stopped(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        data_folder()
        CropRenderer(32)
    except (ModelError, Exception) as error:  # noqa: BLE001 - whatever OpenGL throws
        pytest.skip(f"cannot draw here: {error}")
    shards = (
        ("data", ("--name", "train", "--seed", "1", *FEW)),
        ("data", ("--name", "train", "--seed", "3", *FEW, "--scenes")),
        ("calibration", ("--name", "mesh", "--seed", "910", *FEW)),
        ("held", ("--name", "mesh", "--seed", "900", *FEW)),
    )
    few = ("--runners", "2", "--seconds", "1", "--fps", "10")
    runs = tuple(
        (folder, ("--name", "run", "--seed", seed, *few))
        for folder, seed in (("calibration", "177"), ("held", "77"))
    )
    monkeypatch.setattr(recipe, "SHARDS", shards)
    monkeypatch.setattr(recipe, "RUNS", runs)
    quick = ("--steps", "2", "--batch", "8", "--scenes", "1", "--width", "8")
    monkeypatch.setattr(recipe, "FIRST", quick)
    monkeypatch.setattr(recipe, "LAST", (*quick, "--falling", "2"))
    out, weights = tmp_path / "train", tmp_path / "weights"
    assert recipe.main([str(out), "--weights", str(weights)]) == 0
    angle, sigma, points = NetworkPelvis(weights=weights).read(np.zeros((96, 96, 3), np.uint8))
    assert angle == pytest.approx(0.0, abs=1e-3)  # a picture and its mirror image are the same
    assert sigma > 0
    assert points.shape == (10, 2)
    told = capsys.readouterr().out
    for row in ("new bodies | 8", "all, minus standing zero | 2", "dim and blurred | 8"):
        assert f"| {row} |" in told
    before = json.loads((weights / "pelvis.json").read_text("utf-8"))
    drawn = (out / "data" / "train_001_00000.npy").stat().st_mtime_ns
    assert recipe.main([str(out), "--weights", str(weights)]) == 0
    assert (out / "data" / "train_001_00000.npy").stat().st_mtime_ns == drawn
    assert json.loads((weights / "pelvis.json").read_text("utf-8")) == before
