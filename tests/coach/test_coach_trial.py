"""Metronome, cadence trial and endurance."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from coach_runners import Runner
from hypothesis import given
from hypothesis import strategies as st
from kiosk_values import a_summary

from device.coach.endurance import endurance, long_run
from device.coach.metronome import Metronome
from device.coach.shared import shared_half
from device.coach.trial import evaluate, follow, preferred, rate_spm, settle_s
from device.domain.basics import Estimate, Side
from device.domain.results import SideSummary
from device.domain.trial import Condition, Follow, TrialPlan
from device.gait.statistics import of_values

PLAN = TrialPlan()


def trial(runner: Runner, keeps_up: float = 1.0) -> tuple[Condition, ...]:
    def asked(t_s: float) -> float | None:
        rate = rate_spm(PLAN, min(2, int(t_s // 60)), runner.cadence_spm)
        if rate is None:
            return None
        return runner.cadence_spm + keeps_up * (rate - runner.cadence_spm)

    steps = runner.run(3.0, cadence_spm=asked)
    return evaluate(PLAN, steps, (0.0, 60.0, 120.0), 180.0, runner.cadence_spm).conditions


def test_a_runner_whose_drop_follows_cadence() -> None:
    first, five, ten = trial(Runner(per_cadence=0.3, scatter_deg=0.8))
    assert first.asked_spm is None
    assert first.cadence_spm is not None
    assert first.cadence_spm.mean == pytest.approx(165, abs=1)
    assert five.followed
    assert ten.followed
    assert ten.cadence_spm is not None
    assert ten.cadence_spm.mean == pytest.approx(181.5, abs=1)
    for side in Side:
        change = ten.change(side)
        assert change is not None
        assert change.mean == pytest.approx(-3.0, abs=0.7)
        assert ten.clear(side)


def test_the_intervals_of_the_changes_hold_what_they_promise() -> None:
    held = [
        change.ci95_low < -true < change.ci95_high
        for seed in range(30)
        for condition, true in zip(
            trial(Runner(per_cadence=0.3, scatter_deg=0.8, seed=200 + seed))[1:],
            (1.5, 3.0),
            strict=True,
        )
        for side in Side
        if (change := condition.change(side)) is not None
    ]
    assert len(held) == 120
    assert 0.88 <= sum(held) / 120 <= 1.0


def test_a_runner_whose_drop_does_not() -> None:
    clear = [
        condition.clear(side)
        for seed in range(10)
        for condition in trial(Runner(seed=100 + seed))[1:]
        for side in Side
    ]
    assert sum(clear) <= 5, "of 40 comparisons without an effect, one in twenty may look like one"


def test_a_runner_who_does_not_follow_the_beat() -> None:
    _, _, ten = trial(Runner(per_cadence=0.3), keeps_up=0.2)
    assert not ten.followed
    assert follow(165, 181) is Follow.SLOWER
    assert follow(181, 165) is Follow.QUICKER
    assert follow(166, 165) is Follow.ON


def test_rates_come_from_the_preferred_cadence() -> None:
    assert rate_spm(PLAN, 0, 160.0) is None
    assert rate_spm(PLAN, 1, None) is None
    assert rate_spm(PLAN, 1, 160.0) == pytest.approx(168.0)
    assert rate_spm(PLAN, 2, 225.0) == 230.0
    readings = [(float(t), 150.0 if t < 30 else 170.0) for t in range(60)]
    assert preferred(readings, 60.0) == 170.0
    assert preferred(readings[:3], 60.0) is None
    assert preferred([(float(t), 100.0) for t in range(60)], 60.0) is None, "that is walking"
    assert settle_s(PLAN) == 20.0
    assert settle_s(TrialPlan(minute_s=30.0)) == pytest.approx(10.0)


def test_a_trial_that_was_stopped_tells_of_what_was_run() -> None:
    steps = Runner(scatter_deg=0.8).run(1.6)
    found = evaluate(PLAN, steps, (0.0, 60.0), 96.0, 165.0)
    assert [condition.raised for condition in found.conditions] == [0.0, 0.05]
    assert found.conditions[1].left_deg is not None
    short = evaluate(PLAN, steps, (0.0, 60.0), 70.0, 165.0).conditions[1]
    assert short.left_deg is None
    assert not short.followed


@given(st.floats(120, 230), st.floats(0, 100), st.floats(0.01, 5))
def test_beats_are_neither_lost_nor_played_twice(rate: float, start: float, piece: float) -> None:
    beat = Metronome(rate, start)
    whole = beat.beats(start, start + 10)
    edges = [start + k * piece for k in range(int(10 / piece) + 1)] + [start + 10]
    parts = [t for a, b in itertools.pairwise(edges) for t in beat.beats(a, min(b, start + 10))]
    assert parts == pytest.approx(whole)
    assert len(whole) == pytest.approx(rate / 6, abs=1.01)


def test_a_change_of_rate_keeps_the_beat() -> None:
    slow = Metronome(160.0, 0.0)
    last = slow.beats(0, 5.0)[-1]
    quick = slow.at(176.0, 5.0)
    assert quick.phase(5.0) == pytest.approx(slow.phase(5.0))
    gap = quick.beats(5.0, 6.0)[0] - last
    assert 60 / 176 - 1e-9 <= gap <= 60 / 160 + 1e-9
    with pytest.raises(ValueError, match="120 to 230"):
        Metronome(20.0, 0.0)
    assert slow.at(500.0, 1.0).rate_spm == 230.0


def test_a_tiring_runner_is_seen_and_a_steady_one_is_not() -> None:
    tiring = Runner(9.5, 6.0, tires=0.8).run(30.0)
    left = endurance(tiring, Side.LEFT)
    assert left is not None
    assert left.trend_deg_10min.mean == pytest.approx(0.8, abs=0.15)
    # From the middle of the first three minutes to that of the last three: 27 minutes.
    assert left.change_deg.mean == pytest.approx(0.8 * 2.7, abs=0.4)
    assert left.end_deg.mean - left.start_deg.mean == pytest.approx(left.change_deg.mean)
    assert left.clear
    assert len(left.minutes) == 30
    steady = [
        result.clear
        for seed in range(12)
        if (result := endurance(Runner(seed=50 + seed).run(20.0), Side.LEFT)) is not None
    ]
    assert len(steady) == 12
    assert sum(steady) <= 3


def test_the_intervals_of_the_long_run_hold_what_they_promise() -> None:
    """Independent steps; the change of a runner who tires is in its interval 19 times of 20."""
    held = []
    for seed in range(60):
        found = endurance(Runner(tires=1.0, seed=300 + seed).run(14.0), Side.RIGHT)
        assert found is not None
        true = found.minutes[-2].at_s - found.minutes[1].at_s
        held.append(found.change_deg.ci95_low < true / 600 < found.change_deg.ci95_high)
    assert sum(held) >= 52


def test_a_short_run_says_nothing_about_endurance() -> None:
    assert endurance(Runner().run(8.0), Side.LEFT) is None
    assert endurance((), Side.LEFT) is None


def test_what_all_steps_share_is_in_a_drop_and_not_in_a_change() -> None:
    steps = Runner(per_cadence=0.3, scatter_deg=0.8).run(3.0)
    wide = evaluate(PLAN, steps, (0.0, 60.0, 120.0), 180.0, 165.0, (2.0, 0.0)).conditions
    plain = evaluate(PLAN, steps, (0.0, 60.0, 120.0), 180.0, 165.0).conditions
    for one, other in zip(wide, plain, strict=True):
        assert one.left_deg is not None
        assert other.left_deg is not None
        assert one.left_deg.mean == other.left_deg.mean
        assert one.left_deg.half_width == pytest.approx(math.hypot(2.0, other.left_deg.half_width))
        assert one.right_deg == other.right_deg
        assert one.left_change_deg == other.left_change_deg


def test_a_long_run_has_the_sessions_own_error_at_both_ends() -> None:
    steps = Runner(scatter_deg=0.8).run(12.0)
    drops = [step.midstance_drop_deg for step in steps if step.side is Side.LEFT]
    own = of_values(np.array(drops))
    assert own is not None
    session = Estimate(own.mean, own.sd, own.n, own.mean - 1.5, own.mean + 1.5)
    summary = a_summary(steps=steps, left=SideSummary(Side.LEFT, own.n, session))
    assert shared_half(summary, Side.LEFT) == pytest.approx(math.sqrt(1.5**2 - own.half_width**2))
    run, bare = long_run(summary), endurance(steps, Side.LEFT)
    assert run is not None
    assert run.left is not None
    assert bare is not None
    assert run.left.start_deg.half_width > 1.4
    assert run.left.change_deg == bare.change_deg
    nothing = a_summary(steps=())
    assert shared_half(nothing, Side.RIGHT) == 0.0
