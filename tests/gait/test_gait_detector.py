"""Real detector output: MediaPipe (full, video mode) on rendered runners whose truth is exact.

Its landmarks are late, and the middle of its hips follows the pelvis' tilt. The line of a sticker
is neither, so that a wrong delay would show as a wrong drop. `mediapipe_runners.npz` holds the
landmarks in eighths of a pixel as differences from frame to frame, the true steps (strike, side,
midstance, toe-off, drop, peak) and the true line in the picture.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from gait_scoring import match
from gait_tracks import Track, TrueStep, measure

from device.domain.basics import LANDMARK_COUNT, Gait, Side, Verdict
from device.domain.frames import PelvisMethod, PelvisSample, Pose

DATA = Path(__file__).with_name("mediapipe_runners.npz")


class Filmed:
    def __init__(self, name: str) -> None:
        data = np.load(DATA)
        t = data[f"{name}.t_s"]
        xy = np.zeros((t.size, LANDMARK_COUNT, 2))
        xy[:, data["kept"]] = np.cumsum(data[f"{name}.eighths"], axis=0, dtype=np.int32) / 8
        sides = (Side.LEFT, Side.RIGHT)
        steps = tuple(
            TrueStep(sides[int(k)], st, ms, to, drop, peak)
            for st, k, ms, to, drop, peak in data[f"{name}.steps"]
        )
        self.track = Track(t, xy, (640, 480), steps, "mediapipe-full")
        self._line_deg = data[f"{name}.line_cdeg"] / 100
        self._rng = np.random.default_rng(3)

    def stickers(self, pose: Pose) -> PelvisSample:
        """What stickers measure: the true line with their noise, at the frame's own time."""
        angle = float(self._line_deg[pose.seq] + self._rng.normal(0, 0.15))
        return PelvisSample(pose.seq, pose.t_ns, angle, 0.15, PelvisMethod.STICKERS)


@pytest.mark.parametrize("name", ["stand_run_172", "mannequin_asym39_180"])
def test_steps_are_timed_in_spite_of_the_delay(name: str) -> None:
    film = Filmed(name)
    summary = measure(film.track)
    found, wrong, _, (midstance, strike, toe_off) = match(summary, film.track.steps)
    assert summary.gait is Gait.RUNNING
    assert found >= 0.97
    assert wrong == 0
    assert summary.cadence_spm is not None
    assert abs(summary.cadence_spm.mean - film.track.cadence_spm) < 0.3
    for side in Side:
        ours = [d for d, s in zip(midstance, film.track.steps, strict=False) if s.side is side]
        assert abs(np.mean(ours)) < 0.008
    assert abs(np.mean(strike)) < 0.02
    assert abs(np.mean(toe_off)) < 0.03


@pytest.mark.parametrize("name", ["stand_run_172", "mannequin_asym39_180"])
def test_sticker_drops_are_not_moved_by_the_landmarks_delay(name: str) -> None:
    film = Filmed(name)
    summary = measure(film.track, line=film.stickers)
    for side in Side:
        drop, peak = summary.side(side).midstance_drop_deg, summary.side(side).peak_drop_deg
        assert drop is not None
        assert peak is not None
        assert abs(drop.mean - film.track.mean(side)) < 0.3
        assert abs(peak.mean - film.track.mean(side, "peak_deg")) < 0.35
        assert drop.ci95_low <= film.track.mean(side) <= drop.ci95_high


def test_the_standing_lead_in_becomes_the_zero() -> None:
    film = Filmed("stand_run_172")
    summary = measure(film.track, line=film.stickers)
    assert summary.standing_zero is not None
    assert summary.standing_zero.obliquity_deg == pytest.approx(0.0, abs=0.15)
    assert 4.0 <= summary.standing_zero.from_s < summary.standing_zero.to_s <= 10.2
    assert not [s for s in summary.steps if s.strike_s < 10.0]


def test_walking_is_told_from_running() -> None:
    film = Filmed("walk_110")
    summary = measure(film.track, line=film.stickers)
    assert summary.gait is Gait.WALKING
    assert summary.verdict is Verdict.NOT_MEASURABLE
    assert [r.code for r in summary.reasons] == ["walking"]
    assert summary.left.midstance_drop_deg is None
    assert summary.steps == ()
    assert summary.cadence_spm is not None
    assert summary.cadence_spm.mean == pytest.approx(110, abs=1)


def test_a_detectors_hip_line_is_an_estimate() -> None:
    film = Filmed("mannequin_asym39_180")

    def estimate(pose: Pose) -> PelvisSample:
        sample = film.stickers(pose)
        return PelvisSample(
            sample.seq, sample.t_ns, sample.image_angle_deg, 3.0, PelvisMethod.MEDIAPIPE
        )

    summary = measure(film.track, line=estimate)
    assert summary.estimate_only
    drop = summary.right.midstance_drop_deg
    assert drop is not None
    assert drop.half_width > 0.5 * drop.mean
