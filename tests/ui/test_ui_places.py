"""What the screens beside a run say: set-up, lists, history, before and after, switching off."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pygame
import pytest

from device.config import Screen
from device.domain.basics import Side
from device.domain.history import Runner
from device.domain.kiosk import ButtonHints, HealthItem, Level, ScreenModel, ScreenName
from device.domain.screens import (
    CheckState,
    EntryState,
    ListView,
    Look,
    SetupQuality,
    SetupVerdict,
)
from device.session import lists
from device.session.state import Choosing, State, Timings
from device.ui import i18n
from device.ui.boxes import Box
from device.ui.canvas import Canvas
from device.ui.gallery import render
from device.ui.sample_places import checks
from device.ui.samples import sample_models
from device.ui.stage import Stage
from device.ui.theme import Sight
from device.ui.view import idle
from device.ui.view_chrome import chrome
from device.ui.view_history import compare, history
from device.ui.view_lists import coach, menu, runners, settings
from device.ui.view_results import results
from device.ui.view_setup import calibration, setup, shutdown
from device.ui.widgets.pictograms import known

MODELS = sample_models()


# -- set-up ---------------------------------------------------------------------------------------


def test_what_is_red_is_advised_before_what_only_a_person_can_see():
    view = setup(MODELS["setup-tilted"])
    assert view.advice.state is CheckState.BAD
    assert view.advice.remedy.startswith("Turn the camera")
    assert view.count == "8 of 10"
    view = setup(MODELS["setup-not-measurable"])
    assert view.advice.state is CheckState.NOT_MEASURABLE
    assert "between the two lines" in view.advice.remedy


def test_when_all_is_well_it_says_so_and_how_soon_it_goes_on():
    advice = setup(MODELS["setup"]).advice
    assert (advice.state, advice.what, advice.passing) == (CheckState.OK, "All is well.", 0.6)


def test_a_check_shows_its_value_with_its_unit_else_its_state_in_words():
    values = {check.name: check.value for check in setup(MODELS["setup-tilted"]).checks}
    assert values["level"] == "3.2°"
    assert values["camera_rate"] == "60 per s"
    assert values["height"] == "look yourself"
    assert values["person"] == "good"
    i18n.use("de")
    values = {check.name: check.value for check in setup(MODELS["setup-tilted"]).checks}
    assert values["level"] == "3,2°"


def test_the_amount_is_said_without_a_sign_because_the_words_say_the_way():
    low = replace(checks()[5], state=CheckState.BAD, value=-14.0)
    model = MODELS["setup"]
    shown = replace(model, setup=replace(model.setup, checks=checks(height=low)))
    assert setup(shown).checks[5].value == "14 cm"


def test_without_an_answer_yet_it_is_looking():
    model = replace(MODELS["setup"], setup=None)
    assert setup(model).advice.state is CheckState.WAITING


# -- lists ----------------------------------------------------------------------------------------


def test_the_selected_line_is_explained():
    view = menu(MODELS["menu"])
    assert [row.selected for row in view.rows].index(True) == 1
    assert view.detail.title == "Check the set-up"
    assert "guides" in view.detail.lines[0]
    assert view.count == "2 of 10"


def test_every_line_of_the_menu_has_a_sign_and_a_purpose():
    """Of the lists that the session makes, not of the samples."""
    timings = Timings(choosing=Choosing.LIST, store=True)
    state = State(runner=Runner(1, "Anna"))
    lines = [*lists.menu(state, timings), *lists.settings(Look()), *lists.runners((), timings)]
    assert len(lines) > 12
    for line in lines:
        model = replace(MODELS["menu"], menu=ListView("Menu", (replace(line, detail=""),)))
        assert known(line.key), line.key
        assert menu(model).detail.lines, line.key


def test_what_cannot_be_had_says_why():
    detail = menu(MODELS["menu-not-now"]).detail
    assert not detail.enabled
    assert detail.lines == ("First say who runs.",)


def test_a_setting_shows_its_value():
    view = settings(MODELS["settings"])
    assert (view.detail.title, view.detail.value) == ("During a run", "Simple")


def test_a_typed_name_is_never_translated():
    i18n.use("de")
    model = MODELS["runners"]
    items = (replace(model.runners.list.items[0], text="History"),)
    shown = replace(model.runners, list=replace(model.runners.list, items=items))
    assert runners(replace(model, runners=shown)).rows[0].words == "History"


def test_while_a_code_is_typed_no_line_looks_chosen():
    view = runners(MODELS["runners-valid"])
    assert view.entry.state is EntryState.VALID
    assert view.entry.typed == "P-2041"
    assert not any(row.selected for row in view.rows)
    assert view.detail is None


def test_a_runner_is_told_by_sessions_and_last_day():
    assert runners(MODELS["runners"]).detail.lines == ("6 sessions", "last on 2 Aug 2025")


def test_the_coach_says_what_each_line_is_for():
    view = coach(MODELS["coach"])
    assert view.title == "Coach"
    assert view.detail.lines == ("Where you are in your programme, and what today holds.",)


# -- history --------------------------------------------------------------------------------------


def test_a_session_is_shown_with_intervals_and_whether_the_difference_is_clear():
    view = history(MODELS["history"])
    assert view.title == "Sessions of Anna"
    assert [line.value for line in view.detail.sides] == ["4.2", "5.4"]
    assert view.detail.sides[0].interval == "3.6 to 4.8°"
    assert view.detail.verdict == "clear difference: 1.2°"
    assert view.detail.remarks == ("Set-up passed over",)


def test_the_trend_lies_within_its_plot_and_knows_the_selected_session():
    trend = history(MODELS["history"]).trend
    assert trend.here == 1.0
    assert {point[0] for point in trend.points} == set(Side)
    for _side, along, *heights in trend.points:
        assert 0 <= along <= 1
        assert all(0 <= height <= 1 for height in heights)


def test_one_session_is_no_trend():
    model = MODELS["history"]
    short = tuple(replace(trend, points=trend.points[:1]) for trend in model.history.trends)
    assert history(replace(model, history=replace(model.history, trends=short))).trend is None


def test_a_date_that_may_be_wrong_is_not_shown():
    model = MODELS["history"]
    first = replace(model.history.sessions[0], date_known=False)
    shown = replace(model.history, sessions=(first, *model.history.sessions[1:]))
    view = history(replace(model, history=shown))
    assert view.rows[0].when == view.detail.title == "date not known"


def test_a_session_without_numbers_has_dashes_not_zeros():
    model = MODELS["history"]
    first = replace(model.history.sessions[0], summary=None, cut_off=True)
    view = history(replace(model, history=replace(model.history, sessions=(first,))))
    assert (view.rows[0].left, view.rows[0].right) == ("–", "–")
    assert "Cut off by a power failure" in view.detail.remarks


# -- before and after -----------------------------------------------------------------------------


def test_only_a_detectable_change_is_called_one():
    view = compare(MODELS["compare"])
    left, right = view.sides
    assert (left.clear, right.clear) == (False, True)
    assert view.headline == "Right leg: 3.2° less drop, for certain."
    assert left.verdict == "no certain change: less than 2.7°"
    assert (right.change, right.verdict) == ("−3.2°", "certainly less drop")


def test_what_else_differed_is_said_and_the_rest_counted():
    model = MODELS["compare"]
    found = model.compare.comparison
    two = replace(found, explanations=found.explanations * 3)
    view = compare(replace(model, compare=replace(model.compare, comparison=two)))
    assert len(view.notes) == 1
    assert view.notes[0].remedy.endswith("(and 2 more)")


def test_what_cannot_be_compared_shows_no_change():
    view = compare(MODELS["compare-not-comparable"])
    assert view.headline == ""
    assert view.notes[0].level is Level.FAULT
    for side in view.sides:
        assert (side.change, side.clear, side.verdict) == ("", None, "not comparable")
    assert view.sides[0].pictures[0] is None


def test_too_few_sessions_are_told():
    view = compare(MODELS["compare-too-few"])
    assert view.sides == ()
    assert view.notes[0].what == "A comparison needs two kept sessions."


# -- the rest -------------------------------------------------------------------------------------


def test_the_calibration_names_the_foot_and_shows_the_factor_only_when_done():
    left, right = calibration(MODELS["calibration-left"]), calibration(MODELS["calibration-right"])
    assert (left.title, left.lifted, left.step) == ("Left foot on the book", -1, "1 of 2")
    assert (right.lifted, right.step) == (1, "2 of 2")
    assert left.gain == right.gain == ""
    done = calibration(MODELS["calibration-done"])
    assert (done.gain, done.interval) == ("× 1.32", "1.20 to 1.44")


def test_switching_off_is_asked_before_it_is_done():
    assert shutdown(MODELS["shutdown"]).title == "Switch the station off?"
    view = shutdown(MODELS["shutdown-going"])
    assert view.going
    assert "unplugged" in view.line


def test_blank_is_black_everywhere():
    surface, _ = render(MODELS["blank"], (1280, 720), Screen())
    assert pygame.surfarray.array3d(surface).max() == 0


def test_the_chord_lies_over_what_is_shown_and_goes_away_again():
    plain, _ = render(MODELS["idle"], (1280, 720), Screen())
    over, _ = render(MODELS["chord"], (1280, 720), Screen())
    changed = np.argwhere(
        (pygame.surfarray.array3d(plain) != pygame.surfarray.array3d(over)).any(axis=2)
    )
    low, high = changed.min(axis=0), changed.max(axis=0)
    assert low[0] > 200
    assert high[0] < 1080
    assert high[1] < 628, "the button bar stays as it is"


def _idle(*health: HealthItem) -> ScreenModel:
    return replace(MODELS["idle"], health=health)


def test_idle_tells_how_the_parts_stand_and_not_what_it_does_not_know():
    out = HealthItem("stick", Level.WARN, "No stick.", "Put in a USB stick.")
    full = HealthItem("store", Level.FAULT, "The disk is full.")
    ok = HealthItem("storage", Level.OK, "Kept.")
    parts = {part.key: part for part in idle(_idle(out, ok, full)).parts}
    assert (parts["stick"].state, parts["stick"].level) == ("No stick", Level.WARN)
    assert (parts["storage"].state, parts["storage"].level) == ("The disk is full", Level.FAULT)
    assert (parts["camera"].state, parts["camera"].level) == ("–", None)


def test_idle_does_not_say_the_same_twice():
    assert chrome(MODELS["idle"]).health == ()
    odd = HealthItem("pose", Level.WARN, "One worker is gone.")
    assert [item.part for item in chrome(_idle(odd)).health] == ["runner finder"]


def test_the_results_say_what_to_do_next():
    view = results(MODELS["results"])
    assert view.next.words.startswith("Blue saves")
    marked = results(MODELS["results-marked"])
    assert marked.next.words == "Put in a USB stick, then press blue to save."
    assert marked.badges == ("SET-UP PASSED OVER",)
    assert chrome(MODELS["results-marked"]).notice is None
    done = replace(MODELS["results"], hints=ButtonHints(green="Done"))
    assert results(done).next.words == "Green goes back to the start."


def test_a_set_up_that_passed_leaves_no_mark():
    quality = SetupQuality(SetupVerdict.PASSED)
    assert results(replace(MODELS["results"], setup_quality=quality)).badges == ()


def test_start_and_end_are_compared_by_their_interval():
    rows = {row.name: row for row in results(MODELS["results"]).right.rows}
    course = rows["Start to end"]
    assert (course.value, course.until, course.interval) == ("7.9°", "9.3°", "growing")
    assert results(MODELS["results"]).left.rows[2].interval == "steady"


def test_every_screen_name_has_cells_of_its_own():
    from device.ui.screens import screen_cells

    for name in ScreenName:
        model = next(m for m in MODELS.values() if m.screen is name)
        names = {cell.name for cell in screen_cells(Stage(Sight(1280, 720)), model)}
        assert names - {"strip", "notice", "button green", "button blue", "button yellow"}, name


# -- small text -----------------------------------------------------------------------------------


def test_no_text_is_set_smaller_than_the_rule():
    surface = pygame.Surface((400, 100), 0, 32)
    canvas = Canvas(surface, smallest=24)
    canvas.text("words", Box(0, 0, 40, 100), 30, least=8)
    assert [trouble.kind for trouble in canvas.troubles] == ["cut"]


@pytest.mark.parametrize("size", [(1024, 600), (1280, 720), (1920, 1080), (720, 1280)])
def test_the_smallest_text_is_seven_minutes_of_arc_high_at_the_usual_distance(size):
    stage = Stage(Sight(*size))
    cap_mm = stage.smallest_text * 0.70 / stage.sight.px_per_mm
    minutes = np.degrees(np.arctan(cap_mm / 2500)) * 60
    assert minutes > 6.5


def test_a_letter_no_face_has_is_noticed():
    canvas = Canvas(pygame.Surface((300, 60), 0, 32))
    canvas.text("4.0 → 4.4", Box(0, 0, 300, 60), 24)
    assert [trouble.kind for trouble in canvas.troubles] == ["no such letter"]


@pytest.mark.parametrize(
    ("language", "date", "day"),
    [("en", "2 Aug 2025", "2 Aug"), ("de", "02.08.2025", "02.08."), ("fr", "02/08/2025", "02/08")],
)
def test_days_are_written_as_the_language_does(language, date, day):
    i18n.use(language)
    when = MODELS["runners"].runner.last
    assert (i18n.date(when), i18n.day(when)) == (date, day)
