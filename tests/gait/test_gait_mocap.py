"""Real treadmill running as pose tracks, against force-plate and motion-capture truth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from gait_scoring import LINES, Result, errors, score, tracks
from gait_tracks import load, measure

from device.domain.basics import Gait, Verdict


@pytest.fixture(scope="module")
def results(shared: Path) -> list[Result]:
    return [score(path) for path in tracks(shared / "footage" / "mocap")]


DROP_LIMITS = {
    "clean60": (0.15, 0.35),
    "noisy60": (0.18, 0.45),
    "noisy30": (0.16, 0.48),
    "noisy15": (0.20, 0.55),
    "drop10_60": (0.18, 0.45),
    "bystander60": (0.18, 0.45),
    "low40_60": (0.30, 0.60),
    "roll3_60": (0.15, 0.45),
}


@pytest.mark.parametrize("variant", DROP_LIMITS)
def test_drops_are_true(results: list[Result], variant: str) -> None:
    mean, worst = DROP_LIMITS[variant]
    drop, peak = np.abs(errors(results, variant)), np.abs(errors(results, variant, "peak"))
    assert drop.mean() <= mean
    assert drop.max() <= worst
    assert peak.mean() <= mean + 0.05
    assert peak.max() <= worst + 0.05


def test_every_step_is_found_on_its_side(results: list[Result]) -> None:
    for result in results:
        assert result.found >= 0.97, result.name
        assert result.wrong_side == 0, result.name
        assert result.extra == 0, result.name
        assert abs(result.cadence_error_spm) <= 0.25, result.name
        assert result.summary.gait is Gait.RUNNING, result.name


def test_events_are_timed(results: list[Result]) -> None:
    for result in results:
        if result.variant == "mp60":
            continue  # imitates a detector's delay, but the track names none to take it off for
        assert abs(np.mean(result.midstance_s)) < 0.005, result.name
        assert np.std(result.midstance_s) < 0.008, result.name
        assert abs(np.mean(result.strike_s)) < 0.015, result.name
        assert abs(np.mean(result.toe_off_s)) < 0.020, result.name


def test_intervals_hold_the_truth(results: list[Result]) -> None:
    held = [h for r in results if r.variant in LINES and r.variant != "low40_60" for h in r.held]
    assert np.mean(held) >= 0.9
    widths = [w for r in results if r.variant.startswith("noisy") for w in r.half_width]
    assert np.mean(widths) < 0.5  # not by being wide


def test_nobody_makes_no_steps(shared: Path) -> None:
    summary = measure(load(shared / "footage" / "mocap" / "norunner_30.npz"))
    assert summary.gait is Gait.NONE
    assert summary.verdict is Verdict.NOT_MEASURABLE
    assert summary.steps == ()
    assert summary.cadence_spm is None
    assert [r.code for r in summary.reasons] == ["nobody"]


def test_the_standing_lead_in_makes_no_steps(results: list[Result]) -> None:
    for result in results:
        if result.variant == "roll3_60":
            zero = result.summary.standing_zero
            assert zero is not None
            assert zero.to_s < 5.1
            assert min(s.strike_s for s in result.summary.steps) > 5.0


def test_the_passer_by_is_named_but_not_measured(results: list[Result]) -> None:
    for result in results:
        codes = [r.code for r in result.summary.reasons]
        assert ("passer_by" in codes) == (result.variant == "bystander60"), result.name
        if result.variant == "bystander60":
            unseen = [s for s in result.summary.steps if s.reason == "not_seen"]
            assert unseen
            assert all(12.0 < s.midstance_s < 14.6 for s in unseen)
            assert all(s.midstance_drop_deg is None for s in unseen)
