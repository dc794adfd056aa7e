"""What a screen says: rounding, staleness, and nothing before it is known."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device.domain.basics import Estimate, Gait, Reason, Side, Verdict
from device.domain.kiosk import (
    Button,
    ButtonHints,
    HealthItem,
    Level,
    SaveProgress,
    ScreenModel,
    ScreenName,
)
from device.domain.results import SideSummary
from device.gait.reasons import reason as gait_reason
from device.ui import i18n
from device.ui.samples import (
    T_S,
    estimate,
    sample_models,
    side_summary,
    side_update,
    summary,
    update,
)
from device.ui.view import Zone, clock, countdown, saved, saving, standing_zero, zone_of
from device.ui.view_chrome import chrome
from device.ui.view_live import STEPS_NEEDED, live
from device.ui.view_results import results

LIVE = sample_models()["live"]


def _live(**changes) -> ScreenModel:
    return replace(LIVE, **changes)


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [(4.25, 1, "4.2"), (-0.04, 1, "0.0"), (-3.26, 1, "−3.3"), (177.6, 0, "178"), (12, 1, "12.0")],
)
def test_numbers_are_written_plainly(value, places, text):
    assert i18n.decimal(value, places) == text


@given(st.floats(-90, 90))
def test_no_number_is_ever_a_negative_zero(value):
    text = i18n.decimal(value)
    assert text not in ("−0.0", "-0.0")
    assert "-" not in text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (59.99, "0:59"), (83.4, "1:23"), (3671, "1:01:11")]
)
def test_time_is_minutes_and_seconds(seconds, text):
    assert clock(seconds) == text


@pytest.mark.parametrize("needed", range(1, STEPS_NEEDED + 1))
def test_no_number_before_seven_good_steps(needed):
    # Even if a number is handed over, it is not shown while steps are missing.
    side = replace(side_update(4.2), steps_needed=needed)
    view = live(_live(gait=update(side, side_update(8.6))))
    assert view.left.value is None
    assert view.left.bar.value is None
    assert view.left.zone is None
    assert view.left.note == f"reading… {STEPS_NEEDED - needed} of {STEPS_NEEDED}"
    assert view.left.steps_done == STEPS_NEEDED - needed
    assert view.right.value == "8.6"


def test_without_a_gait_nothing_is_claimed():
    view = live(_live(gait=None))
    assert (view.left.value, view.right.value, view.cadence) == (None, None, "–")
    assert view.tilt.deg is None


def test_an_unknown_number_is_not_a_zero():
    side = replace(side_update(4.2), midstance_drop_deg=None)
    gauge = live(_live(gait=update(side, side))).left
    assert gauge.value is None
    assert gauge.note == "not measurable"


@pytest.mark.parametrize(("age_s", "stale"), [(0.0, False), (1.6, False), (1.8, True), (9, True)])
def test_a_number_is_greyed_within_two_seconds_of_the_last_measured_running(age_s, stale):
    side = replace(side_update(4.2), fresh_s=T_S - age_s)
    assert live(_live(gait=update(side, side_update(8.6)))).left.stale is stale


def test_a_side_the_session_calls_old_is_grey():
    view = live(_live(stale=frozenset({Side.RIGHT})))
    assert (view.left.stale, view.right.stale) == (False, True)


@pytest.mark.parametrize(("age_s", "stale"), [(0.0, False), (2.2, False), (3.1, True), (9, True)])
def test_a_number_is_greyed_when_its_newest_step_is_older_than_any_should_be(age_s, stale):
    side = replace(side_update(4.2), updated_s=T_S - age_s, fresh_s=None)
    gauge = live(_live(gait=update(side, side_update(8.6)))).left
    assert gauge.stale is stale
    assert gauge.value == "4.2"
    assert ("no step for" in gauge.note) is stale


def test_who_stopped_running_is_waited_for():
    side = replace(side_update(4.2), midstance_drop_deg=None)
    gait = replace(update(side, side), gait=Gait.STANDING)
    assert live(_live(gait=gait)).left.note == "waiting for steps"


@pytest.mark.parametrize("silence_s", [1.6, 2.0, 30.0])
def test_within_two_seconds_of_silence_everything_goes_stale(silence_s):
    view = live(_live(t_s=T_S + silence_s))
    assert view.left.stale
    assert view.right.stale
    assert view.cadence_stale
    assert view.tilt.deg is None
    assert view.picture_stale


@pytest.mark.parametrize(
    ("mean", "half", "zone"),
    [
        (4.5, 0.5, Zone.INSIDE),
        (6.4, 0.8, Zone.UPPER_EDGE),
        (6.9, 0.8, Zone.ABOVE),
        (2.7, 0.8, Zone.LOWER_EDGE),
        (1.9, 0.8, Zone.BELOW),
        (-2.0, 0.5, Zone.BELOW),
    ],
)
def test_only_a_clear_excess_is_called_one(mean, half, zone):
    assert zone_of(estimate(mean, half, 10), (3.0, 6.0)) is zone


def test_the_band_says_whose_it_is():
    assert (live(_live()).band, live(_live()).left.note) == ("3–6°", "typical")
    own = live(_live(target_deg=(2.5, 5.0), target_personal=True))
    assert own.band == "2.5–5°"
    assert own.left.note == "on target"


def test_the_foremost_side_drops_more():
    assert live(_live()).foremost.side is Side.RIGHT
    waiting = update(side_update(4.0, 2, 5), side_update(None, 4, 3))
    assert live(_live(gait=waiting)).foremost.side is Side.LEFT


def test_views_are_the_same_for_the_same_model_and_hashable():
    for model in sample_models().values():
        assert chrome(model) == chrome(model)
        hash(chrome(model))
        hash(live(model))
        hash(results(model))
    assert live(LIVE) == live(LIVE)
    assert live(LIVE) != live(_live(elapsed_s=84.4))


def test_safe_to_remove_only_when_everything_is_done():
    done = SaveProgress("Done", 1.0, done=True)
    model = _live(screen=ScreenName.SAVED, saving=done)
    assert "Safe" in saved(model).line
    for state in (
        None,
        replace(done, done=False),
        replace(done, problem=Reason("x", "It broke.", "Try again.")),
    ):
        view = saved(replace(model, saving=state))
        assert not view.safe
        assert "Safe" not in view.line
        assert view.title == "Not saved"


def test_what_is_kept_on_the_device_is_not_said_to_be_on_the_stick():
    kept = SaveProgress("Saved", 1.0, done=True, kept=True)
    view = saved(_live(screen=ScreenName.SAVED, saving=kept))
    assert view.safe
    assert view.title == "Kept on this device"
    assert "next stick" in view.line


def test_a_save_is_never_a_hundred_percent_early():
    assert saving(_live(saving=SaveProgress("x", 0.999))).percent == "99 %"


def test_saving_names_the_problem_and_the_remedy():
    problem = Reason("stick_full", "The stick is full.", "Put in another.")
    view = saving(_live(saving=SaveProgress("x", 0.3, problem=problem)))
    assert (view.problem.what, view.problem.remedy) == ("The stick is full.", "Put in another.")


def test_countdown_counts_whole_seconds_down_to_one():
    shown = [countdown(_live(countdown_s=s)).number for s in (3.0, 2.4, 2.0, 1.01, 0.2, 0.0)]
    assert shown == ["3", "3", "2", "2", "1", "1"]
    assert countdown(_live(countdown_s=3.0)).fraction == 1.0
    assert countdown(_live(countdown_s=2.4)).fraction == pytest.approx(0.4)


def test_the_ring_counts_in_seconds_when_they_are_known():
    assert standing_zero(_live(progress=0.6, countdown_s=0.0)).unit == "%"
    view = standing_zero(_live(progress=0.6, countdown_s=1.9))
    assert (view.number, view.unit) == ("2", "s")


# -- results ------------------------------------------------------------------------------------


def _results(summary_, **changes) -> ScreenModel:
    return replace(sample_models()["results"], results=summary_, **changes)


def test_a_clear_difference_is_named_with_its_side():
    view = results(_results(summary(4.2, 8.6, half=1.1)))
    assert (
        view.headline
        == "Your pelvis drops clearly more on the right leg: 8.6° against 4.2° on the left."
    )
    assert view.asymmetry.clear
    view = results(_results(summary(8.6, 4.2, half=1.1)))
    assert (
        view.headline
        == "Your pelvis drops clearly more on the left leg: 8.6° against 4.2° on the right."
    )
    assert view.asymmetry.interval == "3.3 to 5.5°"


def test_a_difference_whose_interval_holds_zero_is_not_clear():
    view = results(_results(summary(4.4, 5.1, half=1.1)))
    assert not view.asymmetry.clear
    assert "no clear difference" in view.headline
    assert "clearly" not in view.headline


@settings(deadline=None)
@given(st.floats(-9, 9), st.floats(0.1, 5))
def test_clear_means_the_interval_leaves_zero_out(mean, half):
    view = results(_results(replace(summary(), asymmetry_deg=estimate(mean, half, 50))))
    assert view.asymmetry.clear == (abs(mean) > half)


def test_each_number_has_its_interval_and_count():
    view = results(_results(summary()))
    assert (view.left.value, view.left.interval, view.left.steps) == (
        "4.2", "3.6 to 4.8°", "from 84 steps",
    )  # fmt: skip
    assert [(row.name, row.value) for row in view.left.rows] == [
        ("Peak drop", "5.5°"), ("Hip lock", "2.5°"), ("Start to end", "4.0°"),
    ]  # fmt: skip
    one = replace(summary(), left=side_summary(Side.LEFT, 4.2, n=1))
    assert results(_results(one)).left.steps == "from 1 step"


@pytest.mark.parametrize("code", ["frame_rate_low", "no_steps"])
def test_no_number_of_steps_stands_beside_the_word_that_none_were_followed(code) -> None:
    known = gait_reason(code)
    view = results(_results(replace(summary(), reasons=(known,), cadence_spm=None)))
    assert [fact.value for fact in view.facts if fact.name == "Steps"] == ["–"]


def test_not_measurable_shows_no_number_but_the_reasons():
    poor = replace(
        summary(),
        verdict=Verdict.NOT_MEASURABLE,
        gait=Gait.RUNNING,
        reasons=(
            Reason("a", "Minor.", "Do this."),
            Reason("b", "Nobody was seen.", "Step in.", blocks=True),
        ),
    )
    view = results(_results(poor))
    assert view.left.value is None
    assert view.right.value is None
    assert view.asymmetry is None
    assert view.left.zone_words == "not measurable"
    assert [r.what for r in view.reasons] == ["Nobody was seen.", "Minor."]


def test_one_side_alone_is_said_to_be_alone():
    half = replace(summary(), right=SideSummary(Side.RIGHT, 3), asymmetry_deg=None)
    view = results(_results(half))
    assert view.headline == "Only the left side could be measured: 4.2°."
    assert view.right.value is None


def test_unknown_extras_are_a_dash():
    poor = replace(summary(), left=replace(side_summary(Side.LEFT, 4.2), hip_lock_deg=None))
    row = results(_results(poor)).left.rows[1]
    assert (row.value, row.interval) == ("–", "")


def test_an_estimate_is_called_one_only_where_there_is_a_number():
    assert results(_results(replace(summary(), estimate_only=True))).badges == ("ESTIMATE",)
    nothing = replace(summary(), estimate_only=True, verdict=Verdict.NOT_MEASURABLE)
    assert results(_results(nothing)).badges == ()


# -- what surrounds -----------------------------------------------------------------------------


def test_simulated_parts_are_named():
    assert chrome(_live(simulated=("camera", "stick"))).simulated == "SIMULATED: camera, stick"
    assert chrome(_live(simulated=())).simulated == ""


def test_hints_keep_their_places():
    view = chrome(_live(hints=ButtonHints(blue="Back"), held=(Button.BLUE, 0.4)))
    assert [hint.button for hint in view.hints] == [Button.GREEN, Button.BLUE, Button.YELLOW]
    assert [hint.words for hint in view.hints] == ["", "Back", ""]
    assert [hint.hold for hint in view.hints] == [None, 0.4, None]


def _fault(part: str) -> HealthItem:
    return HealthItem(part, Level.FAULT, "It broke.", "Mend it.", meaning="No numbers.")


def test_a_camera_fault_covers_the_run_but_not_the_results():
    view = chrome(_live(health=(_fault("camera"),)))
    assert view.fault.title == "It broke."
    assert ("What you can do", "Mend it.") in view.fault.answers
    assert view.notice is None
    after = chrome(_live(screen=ScreenName.RESULTS, health=(_fault("camera"),)))
    assert after.fault is None
    assert after.notice.what == "It broke."


def test_a_stick_fault_never_covers_a_run():
    view = chrome(_live(health=(_fault("stick"),)))
    assert view.fault is None
    assert view.notice.remedy == "Mend it."


def test_a_run_is_not_bothered_with_warnings():
    warning = HealthItem("stick", Level.WARN, "No stick.", "Put one in.")
    assert chrome(_live(health=(warning,))).notice is None
    assert chrome(_live(screen=ScreenName.IDLE, health=(warning,))).notice.what == "No stick."


def test_only_blocking_reasons_disturb_a_run():
    minor = Reason("minor", "A bit dark.", "More light.")
    grave = Reason("grave", "Two people.", "One at a time.", blocks=True)
    gait = replace(LIVE.gait, reasons=(minor,))
    assert chrome(_live(gait=gait)).notice is None
    gait = replace(LIVE.gait, reasons=(minor, grave))
    assert chrome(_live(gait=gait)).notice.what == "Two people."


def test_missing_steps_are_no_news_while_the_belt_starts():
    none = Reason("no_steps", "No running steps were seen.", "Run.", blocks=True)
    few = Reason("few_steps", "5 more good steps a side needed.", "Keep running.", blocks=True)
    dark = Reason("too_dark", "The picture is too dark.", "More light.", blocks=True)
    assert chrome(_live(message=none, elapsed_s=4.0)).notice is None
    assert chrome(_live(message=none, elapsed_s=12.0)).notice.what == none.message
    assert chrome(_live(message=dark, elapsed_s=4.0)).notice.what == dark.message
    gait = replace(LIVE.gait, reasons=(few,))
    assert chrome(_live(gait=gait, elapsed_s=30.0)).notice is None


def test_estimates_with_nonsense_intervals_stay_on_the_scale():
    wild = Estimate(40.0, None, 8, -50.0, 130.0)
    side = replace(side_update(4.2), midstance_drop_deg=wild)
    gauge = live(_live(gait=update(side, side))).left
    assert (gauge.bar.low, gauge.bar.value, gauge.bar.high) == (0.0, 1.0, 1.0)
    assert gauge.bar.over
