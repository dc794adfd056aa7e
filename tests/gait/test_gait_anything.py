"""Whatever comes in, what comes out is finite, in order and never both a number and a refusal."""

from __future__ import annotations

import warnings
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from gait_tracks import Gaits, Track, as_method, drawn

from device.domain.basics import Estimate, Side, Verdict
from device.domain.frames import CameraGeometry, PelvisMethod
from device.gait import GaitSettings, GaitTracker

KINDS = ("run", "run", "walk", "stand", "fidget", "hold", "squat", "gone")


def anything(seed: int) -> Track:
    rng = np.random.default_rng(seed)
    pieces = [(str(rng.choice(KINDS)), float(rng.uniform(0.3, 12))) for _ in range(3)]
    track = drawn(
        Gaits(
            pieces,
            cadence_spm=float(rng.uniform(100, 230)),
            fps=float(rng.choice([3, 15, 30, 60])),
            noise_px=float(rng.choice([0, 0.3, 0.3, 2, 10])),
            scale=float(rng.choice([0.02, 0.3, 1, 1, 3])),
            seed=seed,
        )
    )
    xy, t = track.xy.copy(), track.t_s
    xy[rng.random(t.size) < rng.choice([0, 0, 0, 0.3, 0.9])] = np.nan
    xy[rng.random(xy.shape[:2]) < rng.choice([0, 0, 0, 0.01, 0.2])] = np.nan
    if seed % 3 == 0:
        xy[rng.random(t.size) < 0.02] *= rng.uniform(-50, 50)
    if seed % 4 == 0:
        t = np.round(t * 15) / 15  # several frames of one time
    return replace(track, t_s=t, xy=xy)


def assert_sound(estimate: Estimate | None) -> None:
    if estimate is not None:
        assert np.isfinite([estimate.mean, estimate.ci95_low, estimate.ci95_high]).all()
        assert estimate.ci95_low <= estimate.mean <= estimate.ci95_high


@pytest.mark.parametrize("seed", range(24))
def test_anything(seed: int) -> None:
    rng = np.random.default_rng(seed)
    share = float(rng.choice([1.0, 0.5, 0.0]))
    line = as_method(list(PelvisMethod)[seed % 4], lambda pose: rng.random() < share)
    camera = CameraGeometry(float(rng.uniform(-1.5, 1.5)), float(rng.uniform(0.5, 5)), None, 5.0)
    gait = GaitTracker(GaitSettings(), camera if seed % 3 == 0 else CameraGeometry())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for pose in anything(seed).poses():
            gait.push(pose, line(pose))
            if pose.seq % 20 == 0:
                update = gait.update()
                for side in (update.left, update.right):
                    assert_sound(side.midstance_drop_deg)
                    blocked = any(r.blocks for r in update.reasons)
                    assert not (blocked and side.midstance_drop_deg)
        summary = gait.summary()
    blocked = any(r.blocks for r in summary.reasons)
    assert blocked == (summary.verdict is Verdict.NOT_MEASURABLE)
    assert_sound(summary.cadence_spm)
    assert_sound(summary.asymmetry_deg)
    for side in Side:
        numbers = summary.side(side)
        assert blocked == (numbers.midstance_drop_deg is None)
        assert_sound(numbers.midstance_drop_deg)
        assert_sound(numbers.peak_drop_deg)
        assert_sound(numbers.excursion_deg)
        assert_sound(numbers.drop_rate_deg_s)
        assert_sound(numbers.contact_time_s)
    for before, after in pairwise(summary.steps):
        assert before.midstance_s < after.midstance_s
