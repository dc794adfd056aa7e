"""Whole sessions of drawn runners: standing, walking, running, pausing."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from gait_scoring import match
from gait_tracks import Gaits, Track, as_method, drawn, measure, tracker

from device.domain.basics import Estimate, Gait, Side, Verdict
from device.domain.frames import PelvisMethod, Pose
from device.domain.results import GaitSummary
from device.gait import GaitSettings, GaitTracker, landmark_line


def near(estimate: Estimate | None, true: float, within: float = 0.25) -> bool:
    assert estimate is not None
    return abs(estimate.mean - true) < within and estimate.ci95_low <= true <= estimate.ci95_high


def assert_nothing_shown(summary: GaitSummary, code: str) -> None:
    """A reason instead of numbers."""
    assert summary.verdict is Verdict.NOT_MEASURABLE
    assert code in [r.code for r in summary.reasons if r.blocks]
    assert summary.asymmetry_deg is None
    for side in Side:
        numbers = summary.side(side)
        assert numbers.midstance_drop_deg is None
        assert numbers.peak_drop_deg is None
        assert numbers.curve is None


@pytest.mark.parametrize("fps", [15, 30, 60, 120])
@pytest.mark.parametrize("cadence", [140, 171, 210])
def test_running(fps: float, cadence: float) -> None:
    jitter_s = 0.002 if fps < 30 else 0.0
    track = drawn(Gaits(fps=fps, cadence_spm=cadence, jitter_s=jitter_s, noise_px=0.25))
    summary = measure(track)
    found, wrong, extra, _ = match(summary, track.steps)
    assert (found, wrong, extra) == (1.0, 0, 0)
    assert summary.gait is Gait.RUNNING
    assert summary.verdict is Verdict.GOOD
    assert summary.cadence_spm is not None
    assert summary.cadence_spm.mean == pytest.approx(cadence, abs=0.25)
    within = 0.6 if fps == 15 else 0.25
    assert near(summary.left.midstance_drop_deg, 4.0, within)
    assert near(summary.right.midstance_drop_deg, 6.0, within)
    assert summary.asymmetry_deg is not None
    assert summary.asymmetry_deg.mean == pytest.approx(2.0, abs=2 * within)
    assert near(summary.left.peak_drop_deg, track.mean(Side.LEFT, "peak_deg"), within)
    contact = summary.left.contact_time_s
    assert contact is not None
    assert contact.mean == pytest.approx(0.37 * 120 / cadence, abs=0.03)


def test_the_curve_runs_from_strike_to_strike() -> None:
    summary = measure(drawn(Gaits()))
    for side in Side:
        curve, drop = summary.side(side).curve, summary.side(side).midstance_drop_deg
        assert curve is not None
        assert drop is not None
        assert len(curve.phase) == len(curve.drop_deg) == len(curve.sd_deg) == 101
        assert curve.drop_deg[0] == pytest.approx(curve.drop_deg[-1], abs=1e-6)
        middle = np.interp(curve.midstance_phase, curve.phase, curve.drop_deg)
        assert middle == pytest.approx(drop.mean, abs=0.02)
        assert curve.toe_off_phase is not None
        assert 0.1 < curve.midstance_phase < curve.toe_off_phase < 0.5
    left, right = summary.left.curve, summary.right.curve
    assert left is not None
    assert right is not None
    # What is a drop of one side is a rise of the other, half a stride later.
    half = np.roll(np.array(right.drop_deg[:-1]), 50)
    assert np.corrcoef(np.array(left.drop_deg[:-1]), -half)[0, 1] > 0.95


def test_excursion_lock_and_rate_follow_from_the_curve() -> None:
    summary = measure(drawn(Gaits()))
    for side in Side:
        numbers = summary.side(side)
        curve = numbers.curve
        assert curve is not None
        assert curve.toe_off_phase is not None
        drop = np.array(curve.drop_deg)
        stance = drop[: round(100 * curve.toe_off_phase) + 1]
        toe_off = np.interp(curve.toe_off_phase, curve.phase, drop)
        assert numbers.excursion_deg is not None
        assert numbers.hip_lock_deg is not None
        assert numbers.drop_rate_deg_s is not None
        assert numbers.excursion_deg.mean == pytest.approx(stance.max() - drop[0], abs=0.05)
        assert numbers.hip_lock_deg.mean == pytest.approx(stance.max() - toe_off, abs=0.05)
        rise_s = np.argmax(stance) / 100 * 120 / 170
        assert numbers.drop_rate_deg_s.mean == pytest.approx(
            numbers.excursion_deg.mean / rise_s, rel=0.15
        )


def test_steps_carry_what_the_summary_averages() -> None:
    summary = measure(drawn(Gaits()))
    for side in Side:
        drops = [s.midstance_drop_deg for s in summary.steps if s.side is side and s.valid]
        mean = summary.side(side).midstance_drop_deg
        assert mean is not None
        assert mean.n == len(drops)
        assert np.mean([d for d in drops if d is not None]) == pytest.approx(mean.mean, abs=0.1)
    for before, after in pairwise(summary.steps):
        assert before.side is after.side.other
        assert before.strike_s < before.midstance_s < after.midstance_s


def test_walking_and_standing_have_no_drops() -> None:
    walking = measure(drawn(Gaits((("walk", 10.0),))))
    assert_nothing_shown(walking, "walking")
    assert walking.gait is Gait.WALKING
    assert walking.steps == ()
    assert walking.cadence_spm is not None
    assert walking.cadence_spm.mean == pytest.approx(108, abs=0.5)
    standing = measure(drawn(Gaits((("stand", 8.0),))))
    assert_nothing_shown(standing, "standing")
    assert standing.gait is Gait.STANDING
    assert standing.cadence_spm is None
    assert standing.steps == ()


def test_walking_before_running_leaves_no_trace() -> None:
    track = drawn(Gaits((("walk", 8.0), ("run", 12.0))))
    summary = measure(track)
    assert summary.gait is Gait.RUNNING
    assert min(s.strike_s for s in summary.steps) > 7.7
    assert near(summary.left.midstance_drop_deg, 4.0)
    assert summary.cadence_spm is not None
    assert summary.cadence_spm.mean == pytest.approx(170, abs=0.25)


# ---------------------------------------------------------------- standing zero


ROLLED = Gaits((("stand", 6.0), ("run", 12.0)), roll_deg=3.0, static_deg=1.0)


def test_drops_are_relative_to_quiet_standing() -> None:
    summary = measure(drawn(ROLLED))
    zero = summary.standing_zero
    assert zero is not None
    assert zero.obliquity_deg == pytest.approx(4.0, abs=0.15)
    assert zero.ci95_deg < 0.3
    assert zero.to_s - zero.from_s > 3.0
    assert zero.to_s < 6.0
    assert near(summary.left.midstance_drop_deg, 4.0)
    assert near(summary.right.midstance_drop_deg, 6.0)


def test_the_standing_zero_can_be_left_unused() -> None:
    summary = measure(drawn(ROLLED), settings=GaitSettings(use_standing_zero=False))
    assert summary.standing_zero is None
    assert near(summary.left.midstance_drop_deg, 4.0 + 4.0)
    assert near(summary.right.midstance_drop_deg, 6.0 - 4.0)


def test_no_zero_from_somebody_who_moves() -> None:
    summary = measure(drawn(replace(ROLLED, pieces=(("fidget", 8.0), ("run", 12.0)))))
    assert summary.standing_zero is None
    assert near(summary.left.midstance_drop_deg, 4.0 + 4.0)


def test_a_stand_that_is_too_short_is_named() -> None:
    pieces = (("fidget", 2.0), ("stand", 2.2), ("fidget", 3.0), ("run", 12.0))
    summary = measure(drawn(replace(ROLLED, pieces=pieces)))
    assert summary.standing_zero is None
    assert "standing_moved" in [r.code for r in summary.reasons]


def test_weight_shifted_while_standing_is_no_zero() -> None:
    track = drawn(Gaits((("stand", 7.0), ("run", 12.0))))
    xy = track.xy.copy()
    later = (track.t_s > 3.5) & (track.t_s < 7.0)
    xy[later, 23, 1] += 2.0
    xy[later, 24, 1] -= 2.0
    summary = measure(replace(track, xy=xy))
    assert summary.standing_zero is None


def test_of_two_stands_the_latest_before_the_running_counts() -> None:
    first = drawn(Gaits((("stand", 6.0),), roll_deg=5.0))
    then = drawn(ROLLED)
    both = Track(
        np.concatenate([first.t_s, then.t_s + 6.0]),
        np.concatenate([first.xy, then.xy]),
        first.size_px,
    )
    summary = measure(both)
    assert summary.standing_zero is not None
    assert summary.standing_zero.from_s > 6.0
    assert near(summary.left.midstance_drop_deg, 4.0, 0.4)


def test_standing_after_the_running_is_no_zero_for_it() -> None:
    summary = measure(drawn(replace(ROLLED, pieces=(("run", 12.0), ("stand", 6.0)))))
    assert summary.standing_zero is None


def test_the_zero_of_another_method_is_not_used() -> None:
    stands = as_method(PelvisMethod.NETWORK, lambda pose: pose.t_ns < 6_000_000_000)
    runs = as_method(PelvisMethod.STICKERS, lambda pose: pose.t_ns >= 6_000_000_000)
    summary = measure(drawn(ROLLED), line=lambda pose: stands(pose) or runs(pose))
    assert summary.pelvis.method is PelvisMethod.STICKERS
    assert summary.standing_zero is None
    assert summary.left.midstance_drop_deg is not None
    assert summary.left.midstance_drop_deg.mean == pytest.approx(8.0, abs=0.3)


# ---------------------------------------------------------------- live


def test_live_shows_nothing_before_seven_good_steps_a_side() -> None:
    gait = GaitTracker()
    needed, first = [], None
    for pose in drawn(Gaits((("run", 14.0),))).poses():
        gait.push(pose, landmark_line(pose))
        update = gait.update()
        for side in (update.left, update.right):
            shown = side.midstance_drop_deg is not None
            assert not (shown and side.steps_needed)
        needed.append(update.left.steps_needed)
        if update.left.midstance_drop_deg is not None and first is None:
            first = update.t_s
    assert needed[0] == 7
    assert needed[-1] == 0
    assert all(a >= b for a, b in pairwise(needed))
    assert first is not None
    assert 7 * 120 / 170 < first < 7 * 120 / 170 + 2.5


def test_live_and_summary_agree_and_the_summary_changes_nothing() -> None:
    gait = tracker(drawn(Gaits((("run", 7.0),))))
    before = gait.update()
    assert gait.summary() == gait.summary()
    assert gait.update() == before
    track = drawn(Gaits((("run", 14.0),)))
    asked, plain = GaitTracker(), GaitTracker()
    for pose in track.poses():
        asked.push(pose, landmark_line(pose))
        plain.push(pose, landmark_line(pose))
        if pose.seq % 100 == 0:
            asked.summary()
    assert asked.summary() == plain.summary()
    live, whole = plain.update(), plain.summary()
    assert live.left.midstance_drop_deg is not None
    assert whole.left.midstance_drop_deg is not None
    assert live.left.midstance_drop_deg.mean == pytest.approx(
        whole.left.midstance_drop_deg.mean, abs=0.3
    )
    assert live.cadence_spm == pytest.approx(170, abs=0.5)


def test_live_follows_a_change_within_the_window() -> None:
    before, after = drawn(Gaits((("run", 12.0),))), drawn(Gaits((("run", 12.0),), left_deg=9.0))
    gait = GaitTracker()
    for track, late_s in ((before, 0.0), (after, 12.0)):
        for pose in replace(track, t_s=track.t_s + late_s).poses():
            gait.push(pose, landmark_line(pose))
    drop = gait.update().left.midstance_drop_deg
    assert drop is not None
    assert drop.mean == pytest.approx(9.0, abs=0.4)


def test_live_tells_what_the_person_does() -> None:
    track = drawn(Gaits((("stand", 6.0), ("walk", 6.0), ("run", 9.0), ("gone", 4.0))))
    gait, seen = GaitTracker(), {}
    stood = 0.0
    for pose in track.poses():
        gait.push(pose, landmark_line(pose))
        update = gait.update()
        seen[round(update.t_s, 2)] = update
        stood = max(stood, update.standing_still_s)
    assert stood == pytest.approx(6.0, abs=0.7)
    assert seen[5.0].gait is Gait.STANDING
    assert seen[5.0].cadence_spm is None
    assert [r.code for r in seen[5.0].reasons] == ["standing"]
    assert seen[11.0].gait is Gait.WALKING
    assert seen[11.0].cadence_spm == pytest.approx(108, abs=2)
    assert seen[20.5].gait is Gait.RUNNING
    assert seen[20.5].reasons == ()
    assert seen[20.5].left.updated_s == pytest.approx(19.7, abs=0.8)
    assert seen[20.5].obliquity_deg is not None
    last = gait.update()
    assert last.gait is Gait.NONE
    assert [r.code for r in last.reasons] == ["nobody"]
    assert last.obliquity_deg is None
    assert last.left.midstance_drop_deg is None


def test_after_a_pause_the_live_numbers_start_again() -> None:
    track = drawn(Gaits((("run", 9.0), ("stand", 5.0), ("run", 4.0))))
    update = tracker(track).update()
    assert update.left.steps_needed > 0
    assert update.left.midstance_drop_deg is None
    assert update.left.steps_total >= 12


# ---------------------------------------------------------------- people


def walker(track: Track, rows: np.ndarray, size: float) -> np.ndarray:
    """Somebody of another size who crosses the picture, in place of the runner."""
    body = drawn(Gaits((("walk", 60.0),), fps=60)).xy[: rows.sum()] - np.array([640, 360])
    across = np.linspace(-500, 500, rows.sum())
    return body * size + np.stack([640 + across, np.full(rows.sum(), 360.0)], axis=1)[:, None]


def test_somebody_who_walks_by_is_not_measured() -> None:
    track = drawn(Gaits((("run", 16.0),)))
    rows = (track.t_s > 7.0) & (track.t_s < 9.4)
    xy = track.xy.copy()
    xy[rows] = walker(track, rows, 1.4)
    summary = measure(replace(track, xy=xy))
    found, wrong, extra, _ = match(summary, track.steps)
    assert (found, wrong, extra) == (1.0, 0, 0)
    assert near(summary.left.midstance_drop_deg, 4.0, 0.3)
    assert [r.code for r in summary.reasons] == ["passer_by"]
    unseen = [s for s in summary.steps if not s.valid]
    assert len(unseen) >= 4
    assert all(s.reason == "not_seen" for s in unseen)


def test_the_next_runner_gets_neither_zero_nor_window_of_the_last() -> None:
    one = drawn(replace(ROLLED, pieces=(("stand", 5.0), ("run", 10.0))))
    two = drawn(Gaits((("run", 14.0),), left_deg=2.0, scale=0.8, shift_px=(150, 20), roll_deg=3.0))
    both = Track(
        np.concatenate([one.t_s, two.t_s + 15.0]), np.concatenate([one.xy, two.xy]), one.size_px
    )
    gait = tracker(both)
    live = gait.update().left.midstance_drop_deg
    assert live is not None
    assert live.mean == pytest.approx(2.0 + 3.0, abs=0.4)


# ---------------------------------------------------------------- long sessions


def test_memory_does_not_grow_with_the_session() -> None:
    """Many minutes: the log, the sums and the listed steps stay small."""
    settings = GaitSettings(max_steps=200)
    gait = GaitTracker(settings)
    minute = drawn(Gaits((("run", 60.0),), fps=15, cadence_spm=168.0, jitter_s=0.003))
    poses = minute.poses()
    for turn in range(8):
        for pose in poses:
            late = replace_time(pose, turn)
            gait.push(late, landmark_line(late))
    summary = gait.summary()
    assert len(summary.steps) == 200
    assert summary.left.steps + summary.right.steps == pytest.approx(8 * 168, abs=12)
    assert near(summary.left.midstance_drop_deg, 4.0, 0.15)
    assert len(gait._state.folder._stores) == 1
    assert all(len(s.all()) <= 512 for s in gait._state.folder._stores.values())
    assert gait._log.since(-1.0).t_s.size <= 8192


def replace_time(pose: Pose, turn: int) -> Pose:
    at_ns = pose.t_ns + turn * 60_000_000_000
    return Pose(
        pose.seq, at_ns, pose.landmarks_px, pose.visibility, pose.image_size_px, None, pose.people
    )


def test_time_must_not_go_back() -> None:
    gait = GaitTracker()
    one, two = drawn(Gaits((("run", 1.0),))).poses()[:2]
    gait.push(two, None)
    with pytest.raises(ValueError, match="order of time"):
        gait.push(one, None)


def test_an_empty_session_says_so() -> None:
    gait = GaitTracker()
    assert gait.update().gait is Gait.NONE
    summary = gait.summary()
    assert_nothing_shown(summary, "nobody")
    assert summary.frames == 0
