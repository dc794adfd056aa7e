"""The same real running bent in known ways: nothing may hang on how the shared tracks were made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import gait_tracks as make
import numpy as np
import pytest
from gait_scoring import match
from gait_tracks import Track, measure

from device.domain.basics import Side

NAMES = ("RBDS001_25", "RIC_20141003")
Bend = Callable[[Track, int], Track]


def some(track: Track, share: float, seed: int, run: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    picked = np.repeat(rng.random(track.t_s.size // run + 1) < share, run)
    return picked[: track.t_s.size]


def smaller(track: Track, size: tuple[int, int], factor: float) -> Track:
    xy = (track.xy - np.array(track.size_px) / 2) * factor + np.array(size) / 2
    return replace(track, xy=xy, size_px=size)


def wandering(track: Track, seed: int) -> Track:
    """The runner drifts 12 % nearer and farther, and from side to side."""
    t = track.t_s
    near = 1 + 0.12 * np.sin(2 * np.pi * t / 7 + seed)
    xy = (track.xy - np.array(track.size_px) / 2) * near[:, None, None]
    xy = xy + np.array(track.size_px) / 2
    xy[:, :, 0] += 60 * np.sin(2 * np.pi * t / 9)[:, None]
    return replace(track, xy=xy)


def wild(track: Track, seed: int) -> Track:
    rng = np.random.default_rng(seed)
    rows = rng.random(track.xy.shape[:2]) < 0.02
    xy = track.xy.copy()
    xy[rows] += rng.normal(0, 40, (rows.sum(), 2))
    return replace(track, xy=xy)


def noisy(track: Track, seed: int) -> Track:
    return make.noisy(track, seed)


BENDS: dict[str, Bend] = {
    "25 frames/s": lambda t, s: noisy(make.again(t, 25, jitter_s=0.0015, seed=s), s),
    "120 frames/s": lambda t, s: noisy(make.again(t, 120), s),
    "15 frames/s, even": lambda t, s: noisy(make.again(t, 15), s),
    "timing jitter 5 ms": lambda t, s: noisy(make.again(t, 60, jitter_s=0.005, seed=s), s),
    "mirrored": lambda t, s: noisy(make.mirrored(t), s),
    "30 % of frames missing": lambda t, s: make.lost(noisy(t, s), some(t, 0.3, s)),
    "labels always swapped": lambda t, s: make.relabelled(noisy(t, s), some(t, 1.1, s)),
    "legs swapped now and then": lambda t, s: make.relabelled(
        noisy(t, s), some(t, 0.1, s, 4), make.LEGS
    ),
    "feet mixed up": lambda t, s: make.relabelled(noisy(t, s), some(t, 0.15, s), make.FEET),
    "640x480": lambda t, s: smaller(noisy(t, s), (640, 480), 0.55),
    "portrait": lambda t, s: smaller(noisy(t, s), (720, 1280), 1.0),
    "slower": lambda t, s: noisy(make.retimed(t, lambda x: x * 1.2), s),
    "speeding up": lambda t, s: noisy(make.retimed(t, lambda x: x - 0.0025 * x**2), s),
    "wandering": lambda t, s: wandering(noisy(t, s), s),
    "wild landmarks": lambda t, s: wild(noisy(t, s), s),
    "the middle ten seconds": lambda t, s: make.cut(noisy(t, s), 9.3, 19.6),
}


@pytest.fixture(scope="module")
def cleans(shared: Path) -> dict[str, Track]:
    folder = shared / "footage" / "mocap"
    return {name: make.cut(make.clean(folder, name), 0.0, 22.0) for name in NAMES}


@pytest.mark.parametrize("bend", BENDS)
def test_bent_tracks_keep_their_numbers(cleans: dict[str, Track], bend: str) -> None:
    errors = []
    for seed, track in enumerate(cleans.values(), start=40):
        bent = BENDS[bend](track, seed)
        summary = measure(bent)
        found, wrong, extra, _ = match(summary, bent.steps)
        assert found >= 0.97
        assert wrong == 0
        assert extra == 0
        assert summary.cadence_spm is not None
        assert abs(summary.cadence_spm.mean - bent.cadence_spm) < 0.5
        for side in Side:
            drop = summary.side(side).midstance_drop_deg
            assert drop is not None
            errors.append(abs(drop.mean - bent.mean(side)))
    short = "ten seconds" in bend
    assert np.mean(errors) < (0.35 if short else 0.25)
    assert np.max(errors) < (0.8 if short else 0.6)


def test_mirroring_exchanges_the_sides_exactly(cleans: dict[str, Track]) -> None:
    track = cleans["RBDS001_25"]
    there, back = measure(track), measure(make.mirrored(track))
    for side in Side:
        a, b = there.side(side).midstance_drop_deg, back.side(side.other).midstance_drop_deg
        assert a is not None
        assert b is not None
        assert a.mean == pytest.approx(b.mean, abs=0.05)


@pytest.mark.parametrize("fps", [15, 60])
def test_intervals_hold_the_truth_as_often_as_they_say(
    cleans: dict[str, Track], fps: float
) -> None:
    held = []
    for track in cleans.values():
        for seed in range(5):
            noise = make.noisy(make.again(track, fps), 100 + seed)
            for from_s in (0.0, 11.0):
                piece = make.cut(noise, from_s, from_s + 11.0)
                summary = measure(piece)
                for side in Side:
                    drop = summary.side(side).midstance_drop_deg
                    assert drop is not None
                    held.append(drop.ci95_low <= piece.mean(side) <= drop.ci95_high)
    assert len(held) == 40
    assert np.mean(held) >= 0.90
