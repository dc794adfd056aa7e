"""The sticker estimator on rendered runners with exact truth."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import av
import drawn
import numpy as np
import pytest

from device.domain.basics import Side
from device.domain.frames import Frame, PelvisSample
from device.pelvis.stickers import StickerPelvis

LATE_S = 0.035  # MediaPipe's landmarks lag by 31 to 39 ms


def frames(path: Path, until_s: float) -> Iterator[tuple[int, float, np.ndarray]]:
    with av.open(str(path)) as container:
        for index, picture in enumerate(container.decode(video=0)):
            if float(picture.time) > until_s:
                return
            yield index, float(picture.time), picture.to_ndarray(format="rgb24")


def column(path: Path, name: str) -> np.ndarray:
    with path.open() as file:
        return np.array([float(row[name]) for row in csv.DictReader(file)])


def run(clip: Path, until_s: float = 99.0) -> list[tuple[float, PelvisSample | None]]:
    """Every frame, with hips where MediaPipe shows them: late, and off by some pixels."""
    truth = clip.with_suffix(".csv")
    t = column(truth, "time")
    x = (column(truth, "lhip_x") + column(truth, "rhip_x")) / 2
    y = (column(truth, "lhip_y") + column(truth, "rhip_y")) / 2
    rng = np.random.default_rng(3)
    estimator = StickerPelvis()
    out = []
    for index, t_s, image in frames(clip, until_s):
        late = t_s - LATE_S
        hips = np.interp(late, t, x) + rng.normal(0, 2), np.interp(late, t, y) + rng.normal(0, 3)
        t_ns = round(t_s * 1e9)
        pose = drawn.pose_at(hips, 203.0, t_ns, (image.shape[1], image.shape[0]))
        out.append((t_s, estimator.measure(Frame(index, t_ns, image), pose)))
    return out


@pytest.mark.parametrize("name", ["ring_stand_run_172", "ring_roll_dim_166"])
def test_drop_and_detection_on_clips_with_stickers(shared: Path, name: str) -> None:
    clip = shared / "footage" / "rendered" / f"{name}.mp4"
    out = run(clip)
    assert np.mean([s is not None for _, s in out]) >= 0.99
    t = np.array([t_s for t_s, s in out if s is not None])
    angle = np.array([s.image_angle_deg for _, s in out if s is not None])
    truth = json.loads(clip.with_suffix(".json").read_text())
    standing = angle[t < truth["params"]["stand_s"] - 0.1].mean()
    for side in Side:
        at = np.array(truth[side.value]["midstances"])
        drop = side.obliquity_sign * (np.interp(at, t, angle) - standing).mean()
        assert drop == pytest.approx(truth[side.value]["midstance_drop_mean"], abs=0.3)
    obliquity = np.interp(
        t,
        column(clip.with_suffix(".csv"), "time"),
        column(clip.with_suffix(".csv"), "obliquity_frontal_deg"),
    )
    assert np.polyfit(obliquity, angle, 1)[0] == pytest.approx(1.0, abs=0.04)
    assert (angle - standing - obliquity).std() < 0.3


@pytest.mark.parametrize(
    "name",
    [
        "sym44_170",
        "asym39_180",
        "rand_a",
        "roll3_170",
        "stand_run_172",
        "walk_110",
        "mannequin_asym39_180",
    ],
)
def test_nothing_is_found_where_there_are_no_stickers(shared: Path, name: str) -> None:
    clip = shared / "footage" / "rendered" / f"{name}.mp4"
    out = run(clip, until_s=5.0)
    assert len(out) > 250
    assert all(sample is None for _, sample in out)
