"""Sessions beside each other: what counts as a change, what could explain it, what is refused."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from store_makers import DAY, a_summary, kept

from device.domain.basics import Gait, Reason, Side, Verdict
from device.domain.frames import CameraGeometry, PelvisMethod
from device.domain.history import AnalysisMade, FeedbackBlock
from device.gait.compare import PUBLISHED_DEG, compare
from device.gait.trend import RETEST_SD_DEG, smooth, trend


def pair(before=None, after=None, **later):
    return compare(
        kept(before or a_summary(), 1),
        kept(after or a_summary(), 2, DAY + timedelta(days=700), **later),
    )


def codes(comparison) -> list[str]:
    return [reason.code for reason in comparison.explanations]


def test_a_change_counts_from_the_published_limit_on():
    for drop, clear in ((2.2, True), (2.4, False), (7.8, True)):
        found = pair(a_summary(5.0), a_summary(drop))
        change = found.drops[Side.LEFT]
        assert found.refusal is None
        assert change.difference == pytest.approx(drop - 5.0)
        assert change.published == change.detectable == PUBLISHED_DEG
        assert change.own == pytest.approx(math.hypot(0.6, 0.6))
        assert change.clear is clear
        assert change.ci95_low == pytest.approx(change.difference - change.own)
        assert change.ci95_high == pytest.approx(change.difference + change.own)
        assert not found.drops[Side.RIGHT].clear
        assert codes(found) == []


def test_sessions_that_are_uncertain_themselves_need_a_larger_change():
    found = pair(a_summary(8.0, half=3.0), a_summary(4.0, half=3.0))
    change = found.drops[Side.LEFT]
    assert change.detectable == change.own == pytest.approx(4.243, abs=1e-3)
    assert not change.clear
    assert "own uncertainty: 4.2" in found.sentences[0]
    assert "published for video: 2.7" in found.sentences[0]
    assert "no change is shown" in found.sentences[0]


def test_the_sentence_says_how_much_and_in_which_direction():
    left, right = pair(a_summary(8.0, 3.0), a_summary(4.0, 6.5)).sentences
    assert left.startswith("Left: 8.0 to 4.0 degrees, 4.0 less. That is more than the detectable")
    assert right.startswith("Right: 3.0 to 6.5 degrees, 3.5 more.")


def test_an_asymmetry_has_both_sides_errors():
    change = pair(a_summary(5.0, 5.0), a_summary(3.0, 6.5)).asymmetry_deg
    assert change.published == pytest.approx(2.7 * math.sqrt(2))
    assert change.difference == pytest.approx(3.5)
    assert not change.clear


def test_a_camera_that_stood_elsewhere_is_named_first():
    found = pair(
        a_summary(8.0),
        a_summary(4.0, cadence=180.0),
        geometry=CameraGeometry(-0.12, 3.1, 66.0, 0.0),
    )
    assert codes(found)[:2] == ["camera_height", "cadence"]
    assert "camera_distance" in codes(found)
    assert found.explanations[0].message.startswith("The camera stood 12 cm lower")


def test_cadence_is_told_with_what_it_does():
    higher = pair(a_summary(cadence=170.0), a_summary(cadence=178.5))
    (reason,) = higher.explanations
    assert "rose by 5 % (170 to 178 steps/min)" in reason.message
    assert "about 1.6 degrees less" in reason.message
    lower = pair(a_summary(cadence=170.0), a_summary(cadence=161.5))
    assert "degrees more" in lower.explanations[0].message
    assert codes(pair(a_summary(cadence=170.0), a_summary(cadence=174.0))) == []


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("height_unknown", {"geometry": CameraGeometry(None, 2.6, 66.0, 0.0)}),
        ("speed_unknown", {"speed_kmh": 10.0}),
        ("set_up_overridden", {"overridden": ("level", "light")}),
        ("simulated", {"simulated": ("camera",)}),
        ("algorithm", {"analysis": AnalysisMade("2", DAY, False)}),
        ("duration", {"duration_s": 2400.0}),
    ],
)
def test_what_could_explain_a_change_is_named(code, changes):
    assert code in codes(pair(**changes))


def test_speed_and_feedback_are_named_where_they_differ():
    shown, hidden = (FeedbackBlock(0, 60, True),), (FeedbackBlock(0, 60, False),)
    found = compare(
        kept(number=1, speed_kmh=10.0, feedback=shown),
        kept(number=2, speed_kmh=11.0, feedback=hidden),
    )
    assert codes(found) == ["speed", "feedback"]
    assert "1.0 km/h faster" in found.explanations[0].message


def test_a_zero_in_one_only_and_a_correction_in_one_only_are_named_before_the_rest():
    found = pair(a_summary(standing_zero=None, estimate_only=True), a_summary(cadence=190.0))
    assert codes(found)[:2] == ["zero_in_one", "correction_in_one"]


def refused(comparison, code) -> None:
    assert comparison.refusal is not None
    assert comparison.refusal.code == code
    assert comparison.refusal.remedy
    assert dict(comparison.drops) == {}
    assert comparison.sentences == ()
    assert comparison.asymmetry_deg is None


def test_what_cannot_be_compared_is_refused():
    refused(pair(after=a_summary(method=PelvisMethod.NETWORK)), "other_method")
    refused(pair(runner="B-2"), "other_runner")
    refused(pair(after=a_summary(gait=Gait.WALKING)), "other_gait")
    refused(compare(kept(number=1), _cut(2)), "not_analysed")
    refused(compare(kept(number=1), kept(number=1)), "same_session")
    dark = Reason("too_dark", "It was too dark.", "Light.", blocks=True)
    blind = pair(a_summary(verdict=Verdict.NOT_MEASURABLE, reasons=(dark,)))
    refused(blind, "no_numbers")
    assert "too dark" in blind.refusal.message


def _cut(number):
    return replace(kept(number=number), summary=None, analysis=None, cut_off=True)


def test_runners_codes_are_compared_whatever_their_case():
    assert pair(runner="p-017").refusal is None


def test_sessions_of_nobody_may_be_two_people():
    found = compare(kept(number=1, runner=None), kept(number=2, runner=None))
    assert found.refusal is None
    assert codes(found) == ["nobody_named"]


# --- trend ---------------------------------------------------------------------------------------


def series(values, every_days=7.0, half=0.6, **changes):
    return [
        kept(a_summary(value, half=half), n + 1, DAY + timedelta(days=every_days * n), **changes)
        for n, value in enumerate(values)
    ]


def test_noise_alone_shows_no_trend():
    rng = np.random.default_rng(4)
    covered, level_sd = 0, []
    for _ in range(40):
        found = trend(series(5 + RETEST_SD_DEG * rng.standard_normal(12)), Side.LEFT)
        smooth_deg = np.array(found.smooth_deg)
        level_sd.append(np.ptp(smooth_deg))
        covered += found.low_deg[-1] <= 5.0 <= found.high_deg[-1]
    assert np.median(level_sd) < 0.5, "a level line most of the time"
    assert covered >= 34


def test_a_change_is_followed_and_its_band_covers_the_truth():
    rng = np.random.default_rng(5)
    true = np.concatenate([np.full(8, 8.0), np.linspace(8.0, 3.5, 8), np.full(8, 3.5)])
    inside = total = 0
    for _ in range(20):
        measured = true + RETEST_SD_DEG * rng.standard_normal(true.size)
        found = trend(series(measured), Side.LEFT)
        at = np.interp([p.day for p in found.points], found.days, found.smooth_deg)
        low = np.interp([p.day for p in found.points], found.days, found.low_deg)
        high = np.interp([p.day for p in found.points], found.days, found.high_deg)
        assert at[0] - at[-1] > 2.0
        inside += int(((low <= true) & (true <= high)).sum())
        total += true.size
    assert inside / total > 0.85


def test_the_band_is_wider_where_less_is_known():
    days = np.array([0.0, 7.0, 14.0, 200.0])
    at, _, sd = smooth(days, np.array([5.0, 8.0, 3.0, 6.0]), np.full(4, 0.3))
    middle = sd[np.argmin(np.abs(at - 107))]
    assert middle > 2 * sd[0]


def test_only_what_is_comparable_stands_on_one_curve():
    sessions = series([5, 5.2, 5.1, 4.9])
    sessions.append(kept(a_summary(9.0, method=PelvisMethod.NETWORK), 5, DAY))
    sessions.append(_cut(6))
    sessions += [
        replace(each, number=each.number + 6, uuid=f"{each.number + 6:08x}")
        for each in series([5.3])
    ]
    found = trend(sessions[::-1], Side.LEFT)
    assert len(found.points) == 5
    assert found.left_out == 2
    assert found.days == tuple(sorted(found.days))
    assert len(found.days) == len(found.smooth_deg) == len(found.low_deg) == len(found.high_deg)


def test_too_few_points_have_no_smooth():
    for count in (0, 1, 2):
        found = trend(series([5.0] * count), Side.LEFT)
        assert len(found.points) == count
        assert found.days == ()


def test_without_known_dates_sessions_count_in_order():
    found = trend(series([5, 5, 5, 5], date_known=False), Side.LEFT)
    assert [point.day for point in found.points] == [0, 1, 2, 3]
    assert all(point.started is None for point in found.points)


def test_sessions_on_one_day_are_no_trouble():
    found = trend(series([5, 6, 5.5], every_days=0.0), Side.LEFT)
    assert all(map(math.isfinite, found.smooth_deg))
