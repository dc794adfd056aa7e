"""Hips over the foot, step width and trunk lean at midstance."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from device.domain.basics import LANDMARK_COUNT, Landmark, Side
from device.domain.frames import CameraGeometry, Pose
from device.domain.results import Step, Support
from device.gait import GaitTracker
from device.gait.frames import FrameLog
from device.gait.lines import landmark_line
from device.gait.support import (
    CROSSOVER,
    MEDIAPIPE,
    NARROW,
    PLAIN,
    Level,
    SupportWatch,
    Traits,
    traits_of,
    why_not_judged,
)
from device.replay.pose_track import load

LEVEL = Level(sd_deg=0.0)
HIPS, LEG, TRUNK = 40.0, 180.0, 130.0
STEP_S = 0.35


def body(
    t_s: float, width: float, sway: float, lean_px: float, roll_deg: float, rng: np.random.Generator
) -> Pose:
    """A runner who drifts on the belt: feet `width` hips' distances apart, hips swaying by `sway`
    towards the standing leg, shoulders `lean_px` over it."""
    turn = t_s / STEP_S % 2
    to_right = -1.0 if turn < 1 else 1.0  # the left foot stands first
    middle = 320 + 15 * np.sin(0.4 * t_s)
    over = middle + to_right * sway * HIPS * abs(np.sin(np.pi * (turn % 1)))
    xy = np.zeros((LANDMARK_COUNT, 2))
    for side, sign in (("LEFT", -1.0), ("RIGHT", 1.0)):
        xy[Landmark[f"{side}_HIP"]] = over + sign * HIPS / 2, 240
        xy[Landmark[f"{side}_SHOULDER"]] = over + sign * 30 + to_right * lean_px, 240 - TRUNK
        xy[Landmark[f"{side}_KNEE"]] = over + sign * 0.3 * HIPS, 240 + LEG / 2
        for part in ("ANKLE", "HEEL"):
            xy[Landmark[f"{side}_{part}"]] = middle + sign * width * HIPS / 2, 240 + LEG
    c, s = np.cos(np.radians(roll_deg)), np.sin(np.radians(roll_deg))
    xy = (xy - (320, 240)) @ np.array([[c, s], [-s, c]]) + (320, 240)
    xy += rng.normal(0, 0.5, xy.shape)
    sure = np.full(LANDMARK_COUNT, 0.95, np.float32)
    return Pose(0, round(t_s * 1e9), xy.astype(np.float32), sure, (640, 480))


def watched(
    width: float = 0.4,
    sway: float = 0.0,
    lean_px: float = 0.0,
    roll_deg: float = 0.0,
    rate_hz: float = 18.0,
    seconds: float = 12.0,
) -> SupportWatch:
    """What was seen of such a runner, looked for `rate_hz` times a second."""
    log, watch, rng = FrameLog(), SupportWatch(), np.random.default_rng(4)
    steps: list[Step] = []
    for k in range(round(seconds * rate_hz)):
        t_s = k / rate_hz
        log.append(body(t_s, width, sway, lean_px, roll_deg, rng), None, ours=True, crowd=False)
        while (mid := (len(steps) + 0.5) * STEP_S) < t_s - 1:
            side = Side.RIGHT if len(steps) % 2 else Side.LEFT
            steps.append(Step(side, mid - 0.1, mid, mid + 0.1, 4.0, 4.5, 2.0, 2.0))
            watch.take(log.since(mid - 0.2), steps[-1:], 0.0)
    return watch


def found(watch: SupportWatch, level: Level = LEVEL, traits: Traits = PLAIN) -> Support:
    support = watch.result(level, traits)
    assert support is not None
    return support


@pytest.mark.parametrize("width", [0.8, 0.3, 0.0, -0.3])
def test_step_width_and_crossover(width: float) -> None:
    support = found(watched(width))
    assert support.step_width_percent is not None
    assert support.step_width_percent.mean == pytest.approx(100 * width, abs=3)
    assert support.crossover == (width < -0.1)
    assert support.flattering == (width < 0.1)
    assert why_not_judged(support) is (
        CROSSOVER if width < -0.1 else NARROW if width < 0.1 else None
    )
    for side in Side:
        over = support.side(side).hips_over_foot_percent
        assert over is not None
        assert over.mean == pytest.approx(50 * width, abs=3)
        assert support.side(side).steps > 10


def test_swaying_hips_are_no_step_width() -> None:
    support = found(watched(0.4, sway=0.1))
    assert support.step_width_percent is not None
    assert support.step_width_percent.mean == pytest.approx(40, abs=3)
    for side in Side:
        over = support.side(side).hips_over_foot_percent
        assert over is not None
        assert over.mean == pytest.approx(20 - 10, abs=3)


def test_leaning_over_the_standing_leg_is_seen() -> None:
    support = found(watched(0.5, lean_px=15))
    for side in Side:
        lean = support.side(side).trunk_lean_deg
        assert lean is not None
        assert lean.mean == pytest.approx(np.degrees(np.arctan2(15, TRUNK)), abs=0.4)


def test_a_rolled_camera_is_taken_out_where_it_is_known_and_doubted_where_it_is_not() -> None:
    watch = watched(0.4, roll_deg=2.0)
    known = found(watch, Level(2.0, 0.3))
    blind = found(watch, Level())
    for side in Side:
        right, wrong = (each.side(side).hips_over_foot_percent for each in (known, blind))
        assert right is not None
        assert wrong is not None
        assert right.mean == pytest.approx(20, abs=3)
        assert abs(wrong.mean - 20) > 10
        assert wrong.ci95_low < 20 < wrong.ci95_high
        lean = known.side(side).trunk_lean_deg
        assert lean is not None
        assert lean.mean == pytest.approx(0, abs=0.5)
    assert known.step_width_percent is not None
    assert known.step_width_percent.mean == pytest.approx(40, abs=3)


def test_too_few_steps_give_no_numbers_and_lost_feet_no_steps() -> None:
    assert SupportWatch().result(Level(), PLAIN) is None
    few = found(watched(seconds=4.0))
    assert few.step_width_percent is None
    assert few.left.hips_over_foot_percent is None
    assert not few.flattering
    # At 4 poses a second a pose may be a tenth of a second away from midstance: none is made up.
    assert watched(rate_hz=4.0).result(Level(), PLAIN) is None


def test_what_a_detector_gets_wrong_is_taken_out_and_its_scatter_told() -> None:
    assert traits_of("mediapipe-full") is traits_of("litert-full") is MEDIAPIPE
    assert traits_of(None) is PLAIN
    watch = watched(0.6)
    plain, mended = found(watch), found(watch, traits=MEDIAPIPE)
    assert plain.step_width_percent is not None
    assert mended.step_width_percent is not None
    assert mended.step_width_percent.mean == pytest.approx(0.78 * 60 - 15, abs=3)
    assert mended.step_width_percent.half_width > 1.96 * 4.5
    assert mended.step_width_percent.half_width > plain.step_width_percent.half_width


def test_the_newest_steps_alone_make_the_live_numbers() -> None:
    watch = watched(0.4)
    live = watch.result(Level(), PLAIN, newest=8)
    assert live is not None
    assert live.left.steps == live.right.steps == 8


def tracked(track, every: int, geometry: CameraGeometry | None = None) -> Support:
    tracker = GaitTracker(geometry=geometry or CameraGeometry(roll_deg=0.0))
    for pose in itertools.islice(track.poses(), 0, None, every):
        tracker.push(pose, landmark_line(pose))
    update, summary = tracker.update(), tracker.summary()
    assert update.support is not None
    assert update.support.left.steps == 12
    assert summary.support is not None
    return summary.support


@pytest.mark.parametrize("trial", ["RBDS001_25", "RIC_20141003"])
def test_real_runners_at_the_kiosks_rate_as_at_the_full_one(shared, trial: str) -> None:
    """The runners' own ankles and hips. Looked for 20 times a second instead of 60, and with a
    detector's jitter, the numbers stay; the intervals say how far."""
    folder = shared / "footage" / "mocap"
    whole = tracked(load(folder / f"{trial}_clean60.npz"), 1)
    fewer = tracked(load(folder / f"{trial}_clean60.npz"), 3)
    noisy = tracked(load(folder / f"{trial}_noisy60.npz"), 3)
    assert whole.step_width_percent is not None
    for other, within in ((fewer, 1.5), (noisy, 5.0)):
        assert other.step_width_percent is not None
        assert other.step_width_percent.mean == pytest.approx(
            whole.step_width_percent.mean, abs=within
        )
        for side in Side:
            a, b = (each.side(side).hips_over_foot_percent for each in (whole, other))
            assert a is not None
            assert b is not None
            assert b.mean == pytest.approx(a.mean, abs=within)


def test_a_summary_changes_nothing(shared) -> None:
    track = load(shared / "footage" / "mocap" / "RIC_20141003_clean60.npz")
    tracker = GaitTracker()
    for pose in itertools.islice(track.poses(), 900):
        tracker.push(pose, landmark_line(pose))
    first = tracker.summary().support
    assert first is not None
    assert tracker.summary().support == first


STEPPING = Path(__file__).with_name("stepping_runners.npz")
"""What MediaPipe (full, 20 pictures a second) saw of five rendered runners of three bodies, and
where their joints were: step width, hips beside the left and the right foot (percent of the hips'
distance), lean over the left and the right leg (degrees). None of them was used to find the
detector's traits."""


@pytest.mark.parametrize("name", ["crossing_a", "crossing_b", "one_line", "apart_a", "apart_b"])
def test_what_mediapipe_sees_of_rendered_runners_against_their_joints(name: str) -> None:
    stored = np.load(STEPPING)
    width, over_left, over_right, lean_left, lean_right = stored[f"{name}.truth"]
    tracker = GaitTracker(geometry=CameraGeometry(roll_deg=0.0))
    sure = np.full(LANDMARK_COUNT, 0.95, np.float32)
    for k, (t_s, eighths) in enumerate(
        zip(stored[f"{name}.t_s"], stored[f"{name}.eighths"], strict=True)
    ):
        xy = np.full((LANDMARK_COUNT, 2), np.nan, np.float32)
        xy[stored["kept"]] = eighths / 8
        pose = Pose(k, round(t_s * 1e9), xy, sure, (640, 480), "mediapipe-full")
        tracker.push(pose, landmark_line(pose))
    support = tracker.summary().support
    assert support is not None
    told = support.step_width_percent
    assert told is not None
    assert told.ci95_low < width < told.ci95_high
    assert told.mean == pytest.approx(width, abs=10)
    assert support.crossover == name.startswith("crossing")
    assert support.flattering == (not name.startswith("apart"))
    sides = ((Side.LEFT, over_left, lean_left), (Side.RIGHT, over_right, lean_right))
    for side, true_over, true_lean in sides:
        over, lean = support.side(side).hips_over_foot_percent, support.side(side).trunk_lean_deg
        assert over is not None
        assert over.ci95_low < true_over < over.ci95_high
        assert lean is not None
        assert lean.ci95_low < true_lean < lean.ci95_high
        assert lean.mean == pytest.approx(true_lean, abs=1.0)
