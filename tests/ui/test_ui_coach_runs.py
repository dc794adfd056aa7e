"""View models of the cadence trial, of long runs, and of what is beside the drop."""

from __future__ import annotations

from dataclasses import replace

import pytest

from device.domain.basics import Side
from device.domain.coach_screens import TrialPhase
from device.domain.kiosk import HealthItem, Level
from device.domain.screens import ResultsPage
from device.domain.trial import Follow, TrialResult
from device.ui import sample_beyond, view_chrome
from device.ui.sample_coach_trial import LONG, NOT_FOLLOWED, RESULT
from device.ui.samples import estimate, sample_models, summary
from device.ui.view import Zone
from device.ui.view_beyond import beyond
from device.ui.view_coach_endurance import endurance
from device.ui.view_coach_trial import intro, live, result
from device.ui.view_history import history
from device.ui.view_live import live as live_view
from device.ui.view_results import results

MODELS = sample_models()

# -- a level pelvis over a narrow step -----------------------------------------------------------


def test_a_level_pelvis_with_crossover_does_not_read_as_good():
    model = MODELS["results-crossover"]
    apart = replace(
        model, results=replace(model.results, support=sample_beyond.support(31.0, 14.0, 22.0))
    )
    assert results(apart).left.zone is Zone.INSIDE
    assert results(apart).left.zone_words == "typical"
    crossing = results(model)
    assert crossing.left.zone is None
    assert crossing.right.zone is None
    assert crossing.left.zone_words == "feet cross"
    assert crossing.left.value == "4.4", "the number itself stays"
    notice = view_chrome.chrome(model).notice
    assert notice is not None
    assert notice.what.startswith("The feet cross under the body")
    assert notice.remedy.startswith("Run with your feet a little further apart")
    assert view_chrome.chrome(apart).notice is None


def test_a_drop_that_is_too_large_stays_too_large_over_a_narrow_step():
    model = MODELS["results-crossover"]
    high = replace(
        model, results=replace(summary(4.4, 9.0), support=sample_beyond.support(9.0, 3.0, 6.0))
    )
    view = results(high)
    assert view.left.zone is None
    assert view.left.zone_words == "narrow step"
    assert view.right.zone is Zone.ABOVE
    both = replace(high, results=replace(summary(9.0, 9.2), support=high.results.support))
    assert view_chrome.chrome(both).notice is None, "nothing here would be praised"


def test_live_and_history_hold_back_as_well():
    view = live_view(MODELS["live-narrow"])
    assert view.left.zone is None
    assert view.left.note == "narrow step"
    assert view.right.zone is Zone.ABOVE
    model = MODELS["history"]
    narrow = sample_beyond.support(-14.0, -9.0, -3.0)
    shown = replace(
        model.history,
        sessions=tuple(
            replace(one, summary=replace(summary(4.2, 4.6), support=narrow))
            for one in model.history.sessions
        ),
    )
    detail = history(replace(model, history=shown)).detail
    assert [line.zone for line in detail.sides] == [None, None]


def test_the_page_says_what_it_means():
    apart, crossing = beyond(MODELS["beyond"]), beyond(MODELS["beyond-crossover"])
    assert apart.headline == "Your feet stand apart."
    assert (apart.step_width, apart.step_width_interval) == ("31 %", "21 to 41 %")
    assert (apart.left.over, apart.right.over) == ("14 %", "22 %")
    assert apart.left.aside == 0.14, "towards the free leg: to the right of the left foot"
    assert apart.right.aside == -0.22
    assert apart.right.tilt_deg == 4.2, "over the right leg: to the right"
    assert crossing.headline == "Your feet cross under the body."
    assert crossing.narrow
    assert "further apart" in crossing.why
    assert view_chrome.chrome(MODELS["beyond-crossover"]).notice is None, "said at large already"
    assert beyond(MODELS["results"]) is None
    unknown = replace(
        MODELS["beyond"], results=replace(summary(), support=replace(
            sample_beyond.support(31, 14, 22), step_width_percent=None))
    )  # fmt: skip
    assert beyond(unknown).step_width == "–"
    assert not beyond(unknown).narrow


# -- the cadence trial ---------------------------------------------------------------------------


def test_the_trial_is_told_before_it_begins():
    view = intro(MODELS["trial"].trial)
    assert view.steps == (("as always", "1 min"), ("+5 %", "1 min"), ("+10 %", "1 min"))
    short = replace(MODELS["trial"].trial, plan=replace(MODELS["trial"].trial.plan, minute_s=45.0))
    assert intro(short).steps[0] == ("as always", "45 s")


@pytest.mark.parametrize(
    ("pace", "words"),
    [
        (Follow.SLOWER, "Quicker steps"),
        (Follow.QUICKER, "Slower steps"),
        (Follow.ON, "On the beat: hold it"),
        (None, "A step on every beat"),
    ],
)
def test_one_order_at_a_time(pace, words):
    model = MODELS["trial-slower"]
    assert live(model, replace(model.trial, pace=pace)).order == words


def test_the_screen_says_what_to_do_now():
    model = MODELS["trial-slower"]
    view = live(model, model.trial)
    assert [chip.state for chip in view.chips] == ["done", "done", "now"]
    assert (view.cadence, view.target, view.left) == ("171", "180", "0:51")
    assert view.lit
    assert not live(model, replace(model.trial, beat_phase=0.5)).lit
    new = live(model, replace(model.trial, new=True))
    assert new.order == "A step on every beat"
    first = MODELS["trial-preferred"]
    assert live(first, first.trial).order == "Run as you always do"
    waiting = replace(first.trial, left_s=0.0)
    assert live(first, waiting).order == "Run on steadily"
    assert live(first, replace(first.trial, cadence_spm=None)).cadence == "–"


def test_a_beat_that_nobody_hears_is_said_to_be_so():
    model = MODELS["trial-on-beat"]
    assert live(model, model.trial).sound == "This station has no sound."
    simulated = replace(model, health=(), simulated=("sound",))
    assert live(simulated, model.trial).sound == "sound simulated"
    heard = replace(model, health=(HealthItem("sound", Level.OK, "The beat sounds."),))
    assert live(heard, model.trial).sound == ""
    first = MODELS["trial-preferred"]
    silent = replace(first, health=model.health)
    assert live(silent, first.trial).sound == "", "there is no beat yet"


def headline(found: TrialResult) -> str:
    trial = replace(MODELS["trial-result"].trial, phase=TrialPhase.RESULT, result=found)
    return result(trial).headline


def test_the_headline_says_the_clearest_thing_and_nothing_that_is_not_clear():
    assert headline(RESULT) == "LEFT: 2.8° less drop with +10 % steps. That is clear."
    assert headline(NOT_FOLLOWED).startswith("The beat was not followed")
    usual, five, ten = RESULT.conditions
    assert headline(TrialResult(164.0, (usual,))).startswith("The trial ended before")
    worse = replace(ten, left_change_deg=estimate(1.5, 0.4, 50), right_change_deg=None)
    assert headline(TrialResult(164.0, (usual, worse))) == (
        "LEFT: 1.5° more drop with +10 % steps. That is clear."
    )
    both = replace(ten, right_change_deg=estimate(1.2, 0.4, 50))
    assert "no clear gain" in headline(TrialResult(164.0, (usual, both)))
    none = replace(
        five, left_change_deg=estimate(-0.3, 0.6, 50), right_change_deg=estimate(0.1, 0.6, 50)
    )
    assert headline(TrialResult(164.0, (usual, none))).endswith("than can be told.")


def test_each_condition_has_what_was_asked_run_and_changed():
    lines = result(MODELS["trial-result"].trial).lines
    assert [line.name for line in lines] == ["as always", "+5 %", "+10 %"]
    assert (lines[0].asked, lines[0].followed, lines[0].left.change) == ("", None, "")
    assert lines[2].asked == "asked 180"
    assert lines[2].followed
    assert (lines[2].left.change, lines[2].left.change_interval) == ("−2.8°", "−3.4 to −2.2°")
    assert lines[2].left.clear
    assert not lines[2].right.clear
    lost = result(MODELS["trial-not-followed"].trial).lines[2]
    assert lost.follow_words == "beat not followed"
    assert (lost.right.drop, lost.right.change) == ("–", "")
    assert result(MODELS["trial-no-cadence"].trial).problem is not None


# -- long runs -----------------------------------------------------------------------------------


def test_a_long_run_goes_from_start_to_end():
    view = endurance(MODELS["endurance"])
    assert view.headline == "Towards the end the pelvis drops clearly more on the left leg."
    assert (view.left.start, view.left.end, view.left.change) == ("7.0°", "8.9°", "+1.9°")
    assert (view.left.words, view.right.words) == ("growing", "steady")
    assert view.when == "2 Aug 2025 · 30 min"
    assert view.place == "1 of 2"
    assert len(view.left.course.points) == 30
    assert len(view.right.course.points) == 28, "two minutes were not measured"
    assert "9.5° to 11.9°" in view.context


def test_long_runs_that_say_something_else():
    model = MODELS["endurance"]

    def shown(**changes):
        run = replace(LONG, **changes)
        return endurance(replace(model, endurance=replace(model.endurance, runs=(run,))))

    steady = replace(LONG.left, change_deg=estimate(0.2, 0.6, 50))
    shrunk = replace(LONG.left, change_deg=estimate(-1.2, 0.4, 50))
    grown = replace(LONG.right, change_deg=estimate(1.2, 0.4, 50))
    assert shown(left=steady).headline.startswith("The drop has not clearly changed")
    assert shown(left=shrunk).headline.startswith("The drop has become smaller")
    assert shown(right=grown).headline.endswith("on both legs.")
    assert shown(left=shrunk, right=grown).headline.endswith("the other's shrunk.")
    assert shown(left=None).left.words == "too little was measured"
    assert shown(started=None).when == "no date · 30 min"
    assert shown(uuid="", started=None).when == "30 min"
    assert shown(estimate=True).estimate
    none = endurance(MODELS["endurance-none"])
    assert none.left is None
    assert none.problem.what.startswith("No run of ten minutes")
    just_run = endurance(MODELS["results-endurance"])
    assert just_run.when == "30 min"
    assert MODELS["results-endurance"].page is ResultsPage.ENDURANCE
    assert just_run.left.side is Side.LEFT
