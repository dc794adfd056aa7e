"""The session machine beside a session: set-up, who runs, history, switching off, settings."""

from __future__ import annotations

from dataclasses import replace

from machine_walks import (
    ALL,
    ANNA,
    BERT,
    BLUE,
    BLUE_HELD,
    CLINIC,
    COMPARED,
    FULL,
    GREEN,
    GREEN_HELD,
    HOME,
    SESSIONS,
    TIMINGS,
    TO_LIVE,
    TO_RESULTS,
    WAYS,
    YELLOW,
    every_place,
    open_line,
    typed,
    walk,
)

from device.domain.events import (
    ChordHeld,
    ComparisonRead,
    HistoryRead,
    KeyTyped,
    PersonSeen,
    RunnersRead,
    SavingEnded,
    StickCame,
)
from device.domain.history import Runner
from device.domain.kiosk import ScreenName
from device.domain.screens import (
    EntryState,
    SetupQuality,
    SetupVerdict,
)
from device.session.machine import hints, step
from device.session.state import (
    AddRunner,
    BeginSession,
    Choosing,
    Compare,
    DeliverKept,
    ForgetSession,
    LookOn,
    PowerOff,
    ReadHistory,
    ReadRunners,
    SetupSeen,
)

# --- the set-up ----------------------------------------------------------------------------------

SETUP = replace(TIMINGS, setup_wanted=True)


def test_the_first_session_goes_through_the_set_up_and_the_next_does_not():
    state, effects = walk(GREEN, timings=SETUP)
    assert (state.screen, effects) == (ScreenName.SETUP, [LookOn(1)])
    well, effects = walk(SetupSeen(1), 2.0, state=state, timings=SETUP)
    assert (well.screen, effects) == (ScreenName.STANDING_ZERO, [BeginSession(2)])
    assert well.setup == SetupQuality(SetupVerdict.PASSED)
    again, effects = walk(BLUE_HELD, GREEN, state=well, at_s=9.0, timings=SETUP)
    assert (again.screen, effects[-1]) == (ScreenName.STANDING_ZERO, BeginSession(3))
    assert again.setup == SetupQuality(SetupVerdict.PASSED)


def test_checks_that_flicker_do_not_pass():
    state, _ = walk(
        GREEN, SetupSeen(1), 1.5, SetupSeen(1, waiting=("sharp",)), SetupSeen(1), 1.5, timings=SETUP
    )
    assert state.screen is ScreenName.SETUP


def test_what_is_not_measurable_is_accepted_by_a_press_and_marks_the_session():
    state, _ = walk(GREEN, SetupSeen(1, not_measurable=("height",)), 60.0, timings=SETUP)
    assert state.screen is ScreenName.SETUP, "it does not pass by itself"
    state, _ = walk(GREEN, state=state, timings=SETUP)
    assert state.screen is ScreenName.STANDING_ZERO
    assert state.setup == SetupQuality(SetupVerdict.NOT_MEASURABLE, (), ("height",))


def test_what_is_red_takes_a_long_press_and_marks_the_session():
    red = SetupSeen(1, bad=("level",), waiting=("sharp",), not_measurable=("height",))
    state, _ = walk(GREEN, red, timings=SETUP)
    assert hints(state).green is None
    assert walk(GREEN, state=state, timings=SETUP) == (state, [])
    state, effects = walk(GREEN_HELD, state=state, timings=SETUP)
    assert (state.screen, effects) == (ScreenName.STANDING_ZERO, [BeginSession(2)])
    assert state.setup == SetupQuality(SetupVerdict.OVERRIDDEN, ("level", "sharp"), ("height",))


def test_out_of_the_menu_the_set_up_leads_back_to_idle():
    state, effects = walk(*open_line("setup"), SetupSeen(1), 2.0)
    assert (state.screen, effects) == (ScreenName.IDLE, [LookOn(1), ForgetSession(1)])
    assert state.setup.verdict is SetupVerdict.PASSED


def test_the_set_up_of_another_session_is_not_taken():
    state, _ = walk(GREEN, BLUE_HELD, GREEN, SetupSeen(1), timings=SETUP)
    assert (state.session, state.setup_seen) == (2, None)


# --- who runs ------------------------------------------------------------------------------------


def test_at_home_the_runner_is_chosen_from_a_list_before_the_session():
    state, effects = walk(GREEN, timings=HOME)
    assert (state.screen, effects) == (ScreenName.RUNNERS, [ReadRunners()])
    state, effects = walk(RunnersRead((ANNA, BERT)), BLUE, GREEN, state=state, timings=HOME)
    assert (state.screen, effects) == (ScreenName.STANDING_ZERO, [BeginSession(1)])
    assert state.runner is BERT
    home, _ = walk(BLUE_HELD, state=state, timings=HOME)
    assert home.runner is BERT, "for the next session too"
    later, _ = walk(HOME.runner_timeout_s, state=home, timings=HOME)
    assert later.runner is None, "but not for whoever comes much later"


def test_a_new_runner_without_a_keyboard_gets_a_number():
    state, effects = walk(GREEN, RunnersRead((ANNA,)), BLUE, GREEN, timings=HOME)
    assert effects[-1] == AddRunner("Runner 1")
    added = Runner(7, "Runner 1")
    other, _ = walk(RunnersRead((ANNA, BERT), added=BERT), state=state, timings=HOME)
    assert other.screen is ScreenName.RUNNERS, "not the one that was asked for"
    state, _ = walk(RunnersRead((ANNA, added), added=added), state=state, timings=HOME)
    assert (state.screen, state.runner) == (ScreenName.STANDING_ZERO, added)


def test_a_new_runner_with_a_keyboard_has_a_name_that_was_typed():
    state, effects = walk(GREEN, RunnersRead((ANNA,)), *typed("Zoé\n"), timings=HOME)
    assert effects[-1] == AddRunner("Zoé")
    assert hints(state).green is None, "the store is being asked"
    again, _ = walk(RunnersRead((), problem=FULL), state=state, timings=HOME)
    assert (again.problem, again.adding, again.typed) == (FULL, None, "Zoé")
    assert hints(again).green == "Take this code"


def test_a_patient_is_a_code_from_a_keyboard_or_a_scanner():
    state, effects = walk(GREEN, RunnersRead(()), *typed("k-01"), timings=CLINIC)
    assert (state.typed, state.entry) == ("K-01", EntryState.VALID)
    _, effects = walk(KeyTyped("\n"), state=state, timings=CLINIC)
    assert effects == [AddRunner("K-01")]
    for wrong in ("ANNA MEIER", "K", "K_01", "K-0123456789ABCDEF"):
        state, effects = walk(GREEN, RunnersRead(()), *typed(wrong + "\n"), timings=CLINIC)
        assert state.screen is ScreenName.RUNNERS
        assert not any(isinstance(effect, AddRunner) for effect in effects), wrong
        assert hints(state).blue == "Clear"
        cleared, _ = walk(BLUE, state=state, timings=CLINIC)
        assert (cleared.typed, cleared.entry) == ("", EntryState.EMPTY)


def test_a_code_scanned_at_idle_chooses_the_patient_and_starts_nothing():
    for way in ((), (600.0,)):
        dark = replace(CLINIC, blank_after_s=600.0)
        state, effects = walk(*way, *typed("P-77\n"), timings=dark)
        assert effects == [ReadRunners(), AddRunner("P-77")]
        patient = Runner(3, "P-77")
        state, _ = walk(RunnersRead((patient,), added=patient), state=state, timings=dark)
        assert (state.screen, state.runner) == (ScreenName.IDLE, patient)


def test_in_a_clinic_two_presses_too_many_choose_nobody():
    state, _ = walk(GREEN, RunnersRead((ANNA,)), GREEN, timings=CLINIC)
    assert (state.screen, state.runner) == (ScreenName.STANDING_ZERO, None)


def test_keys_mean_nothing_where_nobody_is_asked():
    for way in ((), TO_LIVE, TO_RESULTS, (BLUE,)):
        state, _ = walk(*way)
        after, effects = step(state, KeyTyped("X"), 30.0, TIMINGS)
        assert (after.screen, effects) == (state.screen, ())


# --- history -------------------------------------------------------------------------------------


def test_two_sessions_are_chosen_and_compared_the_earlier_first():
    state, effects = walk(*WAYS["history"], timings=ALL)
    assert effects[-1] == ReadHistory(None)
    state, effects = walk(GREEN, BLUE, GREEN, state=state, timings=ALL)
    assert (state.screen, effects) == (ScreenName.COMPARE, [Compare("s1", "s3")])
    wrong, _ = walk(ComparisonRead("s2", "s3"), state=state, timings=ALL)
    assert wrong.compared is None
    state, _ = walk(COMPARED, state=state, timings=ALL)
    assert state.compared is COMPARED


def test_before_and_after_begins_with_the_first_and_the_last_and_goes_through_the_others():
    state, effects = walk(*open_line("compare", ALL), HistoryRead(None, SESSIONS), timings=ALL)
    assert effects[-1] == Compare("s1", "s3")
    state, effects = walk(COMPARED, BLUE, state=state, timings=ALL)
    assert (effects, state.compared) == ([Compare("s2", "s3")], None)
    _, effects = walk(BLUE, state=state, timings=ALL)
    assert effects == [Compare("s1", "s3")]


def test_the_sessions_of_somebody_else_are_not_shown():
    state, _ = walk(*open_line("history", ALL), HistoryRead("BERT", SESSIONS), timings=ALL)
    assert state.sessions is None


# --- switching off, the dark screen, settings ----------------------------------------------------


def test_both_buttons_held_switch_off_from_everywhere_but_first_finish_a_save():
    for state, timings in every_place():
        if state.going_off:
            continue
        off, effects = step(state, ChordHeld(), 50.0, timings)
        saving = state.screen is ScreenName.SAVING and not state.save_failed
        assert (PowerOff() in effects) is not saving
        assert off.going_off is not saving
    saving, _ = walk(*TO_RESULTS, BLUE, ChordHeld())
    done, effects = step(saving, SavingEnded(1, "x"), 60.0, TIMINGS)
    assert (done.screen, PowerOff() in effects) == (ScreenName.SHUTDOWN, True)
    failed, effects = step(saving, SavingEnded(1, problem=FULL), 60.0, TIMINGS)
    assert (failed.save_failed, effects) == (True, ())


def test_switching_off_out_of_the_menu_takes_a_long_press():
    state, _ = walk(*open_line("shutdown"))
    assert walk(GREEN, state=state) == (state, [])
    off, effects = walk(GREEN_HELD, state=state)
    assert (off.going_off, effects[-1]) == (True, PowerOff())
    stuck, _ = walk(TIMINGS.shutdown_s, state=off)
    assert (stuck.going_off, stuck.problem is not None) == (False, True)


def test_the_screen_goes_dark_and_wakes_without_doing_anything_else():
    timings = replace(TIMINGS, blank_after_s=600.0)
    dark, _ = walk(600.0, timings=timings)
    assert dark.screen is ScreenName.BLANK
    awake, _ = walk(500.0, PersonSeen(), 500.0, timings=timings)
    assert awake.screen is ScreenName.IDLE, "somebody was there"
    for event in (GREEN, GREEN_HELD, BLUE, BLUE_HELD, YELLOW, PersonSeen()):
        state, effects = walk(event, state=dark, at_s=700.0, timings=timings)
        assert (state.screen, effects) == (ScreenName.IDLE, [])
    _, effects = walk(StickCame(), state=dark, at_s=700.0, timings=timings)
    assert effects == [DeliverKept()]


def test_what_one_person_sets_in_a_gym_is_undone_for_the_next():
    for public in (True, False):
        timings = replace(TIMINGS, blank_after_s=600.0, public=public)
        state, _ = walk(*open_line("settings"), GREEN, timings=timings)
        assert state.look.language == "de"
        dark, _ = walk(BLUE_HELD, 600.0, state=state, timings=timings)
        assert (dark.look is None) is public


# --- the belt's speed ----------------------------------------------------------------------------


def test_the_belts_speed_is_entered_in_the_menu_until_somebody_else_runs():
    state, _ = walk(*open_line("speed", ALL), timings=ALL)
    assert (state.screen, state.speed_kmh) == (ScreenName.MENU, 8.0)
    assert (hints(state).green, hints(state).green_held) == ("Faster", "Slower")
    state, _ = walk(GREEN, GREEN, GREEN_HELD, state=state, timings=ALL)
    assert (state.speed_kmh, state.chosen.value) == (8.5, "8.5 km/h")
    home, _ = walk(BLUE_HELD, state=state, timings=ALL)
    assert (home.screen, home.speed_kmh) == (ScreenName.IDLE, 8.5)
    assert walk(ALL.runner_timeout_s, state=home, at_s=50.0, timings=ALL)[0].speed_kmh is None
    chosen, _ = walk(
        *open_line("runners", replace(ALL, choosing=Choosing.LIST)),
        state=home,
        timings=replace(ALL, choosing=Choosing.LIST),
    )
    bert, _ = walk(
        RunnersRead((ANNA, BERT)),
        BLUE,
        GREEN,
        state=chosen,
        timings=replace(ALL, choosing=Choosing.LIST),
    )
    assert (bert.runner, bert.speed_kmh) == (BERT, None)


def test_past_either_end_no_speed_is_entered():
    for event, last in ((GREEN, 25.0), (GREEN_HELD, 3.0)):
        state, _ = walk(*open_line("speed", ALL), timings=ALL)
        seen = []
        while state.speed_kmh is not None:
            seen.append(state.speed_kmh)
            state, _ = walk(event, state=state, timings=ALL)
        assert seen[-1] == last
        assert state.chosen.value == "not entered"


def test_a_station_that_keeps_nothing_asks_for_no_speed():
    assert "speed" not in [item.key for item in walk(BLUE)[0].items]
