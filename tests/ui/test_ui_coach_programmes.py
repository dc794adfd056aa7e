"""What the screens of a programme say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from device.domain.basics import Side
from device.domain.coaching import Ended, Held
from device.ui import i18n
from device.ui.samples import estimate, sample_models
from device.ui.view_coach_progress import progress
from device.ui.view_coach_run import outcome
from device.ui.view_coach_today import today
from device.ui.view_live import live
from device.ui.view_results import results

MODELS = sample_models()


@pytest.fixture(autouse=True)
def _english():
    i18n.use("en")


def test_today_says_place_minutes_feedback_speed_and_target():
    view = today(MODELS["coach-today"])
    assert (view.lines.title, view.lines.count) == ("Retraining", "session 6 of 11")
    assert [(fact.name, fact.value, fact.unit) for fact in view.facts] == [
        ("Time", "27", "min"),
        ("Feedback", "75", "%"),
        ("Belt speed", "10.0", "km/h"),
    ]
    assert [(target.band, target.baseline) for target in view.targets] == [
        ("3–6.1°", "baseline 8.1°"),
        ("3–5.2°", "baseline 7.2°"),
    ]
    assert view.note == ""


@pytest.mark.parametrize(
    ("state", "headline", "note"),
    [
        ("coach-today-baseline", "Baseline: run as you always do",
         "Enter the belt speed, and keep it in all sessions."),
        ("coach-today-late", "Running with feedback", "2 sessions came late."),
        ("coach-today-again", "Running with feedback",
         "The last one could not be measured: it comes again."),
        ("coach-today-rest", "Rest today. The next session is due on 24 Jun 2025.", ""),
        ("coach-today-test", "Test without feedback: has it stayed?",
         "Another belt speed than before: drops cannot be compared."),
        ("coach-today-finished", "The programme is finished.", ""),
    ],
)  # fmt: skip
def test_what_today_is_and_what_to_know_of_it(state, headline, note):
    view = today(MODELS[state])
    assert (view.headline, view.note) == (headline, note)


def test_a_day_of_exercises_names_them_and_what_is_done():
    view = today(MODELS["coach-today-exercises"])
    assert view.headline == "Exercises"
    assert [(fact.name, fact.value) for fact in view.facts] == [
        ("done today", "Reach the range: on the floor"),
        ("to do", "Reach the range: on a book"),
    ]


def test_a_programme_is_offered_with_what_it_takes():
    view = today(MODELS["coach-today-choose"])
    assert view.card is None
    assert view.lines.detail.lines == ("11 sessions in 15 weeks", "5–30 min of running each")


def test_a_programme_that_is_gone_is_said():
    view = today(MODELS["coach-today-gone"])
    assert view.card is None
    assert view.lines.problem.what == "This runner's programme is no longer on this device."


def test_hidden_the_screen_has_no_drop_at_all():
    view = live(MODELS["live-hidden"])
    assert view.hidden.title == "Feedback is off"
    assert view.hidden.then == "Shown again in 0:13"
    assert (view.left.value, view.right.value, view.tilt.deg, view.picture) == (None,) * 4
    assert (view.wave.curves, view.scatter.points) == ((), ())
    assert (view.cadence, view.of) == ("178", "of 27 min")


def test_a_baseline_says_that_nothing_is_shown_and_to_run_as_always():
    view = live(MODELS["live-baseline"])
    assert (view.hidden.title, view.hidden.line) == (
        "Nothing is shown today", "Run as you always do.",
    )  # fmt: skip


def test_a_new_belt_speed_takes_the_screen():
    view = live(MODELS["live-belt"])
    assert view.hidden.title == "Set the belt to 12.0 km/h"


def test_two_speeds_stand_beside_each_other():
    table = outcome(MODELS["results-two-speeds"]).table
    assert table.head == ("", "at 9.0 km/h", "at 12.0 km/h")
    assert table.rows[0] == ("L", "7.1° · 6.7 to 7.5°", "9.0° · 8.6 to 9.4°")


def test_each_gauge_has_its_own_target():
    view = live(MODELS["live-programme"])
    assert (view.left.band, view.right.band) == ("3–6.1°", "3–5.2°")
    assert view.hidden is None
    assert view.left.note == "on target"


def test_results_say_whether_it_holds():
    found = outcome(MODELS["results-holds"])
    assert found.headline == "It holds when nobody tells you."
    assert found.place == "Retraining · session 8 of 11"
    assert found.table.rows[0] == (
        "L", "5.5° · 5.1 to 5.9°", "5.8° · 5.4 to 6.2°", "+0.3° · −0.2 to 0.8°", "holds",
    )  # fmt: skip
    back = outcome(MODELS["results-comes-back"])
    assert back.headline == "Without feedback both sides drop more again."
    assert back.table.good == (False, False)
    assert results(MODELS["results-comes-back"]).headline == back.headline


def _with_held(*held: Held):
    model = MODELS["results-holds"]
    entry = replace(model.run.entry, held=held)
    return outcome(replace(model, run=replace(model.run, entry=entry)))


def test_what_never_came_down_does_not_hold():
    same = estimate(0.0, 0.3, 300)
    high = Held(Side.LEFT, estimate(8.0, 0.3, 300), estimate(8.0, 0.3, 300), same, True)
    fine = Held(Side.RIGHT, estimate(5.0, 0.3, 300), estimate(5.0, 0.3, 300), same, True)
    found = _with_held(high, fine)
    assert found.headline == "The same with feedback and without, but above target."
    assert [row[-1] for row in found.table.rows] == ["above target", "holds"]
    assert found.table.good == (False, True)


def test_one_side_that_comes_back_is_named():
    back = Held(
        Side.RIGHT, estimate(5.0, 0.3, 300), estimate(6.5, 0.3, 300), estimate(1.5, 0.4, 300), False
    )
    good = MODELS["results-holds"].run.entry.side(Side.LEFT)
    assert _with_held(good, back).headline == (
        "Without feedback the right side drops more again: 5.0°, then 6.5°."
    )
    open_ = replace(back, change_deg=estimate(0.6, 1.0, 20), holds=None)
    words = "Whether it holds without feedback is not certain yet."
    assert _with_held(good, open_).headline == words
    few = Held(Side.RIGHT, estimate(5.0, 0.3, 300), None)
    assert _with_held(good, few).headline == words


def test_what_does_not_count_says_that_it_comes_again():
    assert outcome(MODELS["results-broken-off"]).headline == (
        "Ended after 4 of 21 minutes: this session comes again."
    )
    model = MODELS["results-broken-off"]
    entry = replace(model.run.entry, ended=Ended.NOT_MEASURED)
    found = outcome(replace(model, run=replace(model.run, entry=entry)))
    assert found.headline == "The drop could not be measured: this session comes again."


def test_a_test_after_a_month_is_set_against_the_target():
    found = outcome(MODELS["results-kept"])
    assert found.headline == "It has stayed: both sides are on target without feedback."
    assert found.table.rows[0] == ("L", "5.6° · 5.2 to 6.0°", "3–6.1°", "on target")


def test_progress_answers_whether_it_holds():
    view = progress(MODELS["coach-progress"])
    assert view.words == "It holds when nobody tells you."
    assert view.notes == ("1 broken off", "1 late")
    left = view.sides[0]
    assert left.change == "8.1° to 5.8°"
    assert [point.shown for point in left.points] == [
        False, *[True] * 4, *[True, False] * 3,
    ]  # fmt: skip
    assert len(left.marks) == 11
    other = progress(MODELS["coach-progress-speeds"])
    assert other.notes == ("pale: another belt speed",)
    assert {point.faint for point in other.sides[0].points} == {True, False}
