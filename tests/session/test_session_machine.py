"""The session machine: the way through, the ways back, and any order of anything."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kiosk_values import a_kept_session, a_summary, a_zero, an_image, an_update

from device.coach.programme import Kind, Programme, SessionPlan
from device.domain.basics import Gait, Reason
from device.domain.coach_screens import ExerciseLive
from device.domain.coaching import Coaching, Ended, Entry
from device.domain.events import (
    ButtonPressed,
    ChordHeld,
    CoachingRead,
    ComparisonRead,
    GaitMeasured,
    HistoryRead,
    KeyTyped,
    PersonSeen,
    PowerOffFailed,
    RunnersRead,
    SavingEnded,
    SavingMoved,
    SessionMeasured,
    StickCame,
)
from device.domain.frames import Frame
from device.domain.history import Runner
from device.domain.kiosk import Button, Picture, Press, ScreenName
from device.domain.screens import (
    CalibrationPhase,
    CalibrationView,
    EntryState,
    SetupQuality,
    SetupVerdict,
)
from device.session.machine import deadline_s, hints, step
from device.session.state import (
    AddRunner,
    BeginSession,
    CalibrationSeen,
    Choosing,
    Compare,
    DeliverKept,
    ExerciseSeen,
    ForgetSession,
    KeepSession,
    LookOn,
    PowerOff,
    ReadHistory,
    ReadRunners,
    SaveSession,
    SetupSeen,
    State,
    StopSession,
    Timings,
    Zero,
)

TIMINGS = Timings()
ANNA, BERT = Runner(1, "ANNA"), Runner(2, "BERT")
READ = CalibrationView(CalibrationPhase.LEFT_UP, 30.0, progress=1.0)
CALIBRATED = CalibrationView(CalibrationPhase.DONE, 30.0, 1.0)
GREEN = ButtonPressed(Button.GREEN, Press.SHORT)
GREEN_HELD = ButtonPressed(Button.GREEN, Press.LONG)
BLUE = ButtonPressed(Button.BLUE, Press.SHORT)
BLUE_HELD = ButtonPressed(Button.BLUE, Press.LONG)
YELLOW = ButtonPressed(Button.YELLOW, Press.SHORT)
PICTURE = Picture(Frame(0, 0, an_image()))
FULL = Reason("stick_full", "The stick is full.", "Use another one.", blocks=True)


def measured(session: int, still_s: float = 0.0, zero: bool = False) -> GaitMeasured:
    update = an_update(standing_still_s=still_s, standing_zero=a_zero() if zero else None)
    return GaitMeasured(session, update, PICTURE)


def walk(*events, state=None, at_s=0.0, timings=TIMINGS):
    """Carry out `events`; a number lets so many seconds pass."""
    state = state or State()
    effects = []
    for item in events:
        waits = isinstance(item, (int, float))
        at_s += item if waits else 0.0
        state, more = step(state, None if waits else item, at_s, timings)
        effects.extend(more)
    return state, effects


TO_LIVE = (GREEN, measured(1, 5.0, zero=True), 3.0)
TO_RESULTS = (*TO_LIVE, 20.0, GREEN, SessionMeasured(1, a_summary()))


def test_the_whole_way_with_green_and_blue():
    state, effects = walk(GREEN)
    assert (state.screen, effects) == (ScreenName.STANDING_ZERO, [BeginSession(1)])
    state, _ = walk(GREEN, measured(1, 2.5))
    assert state.screen is ScreenName.STANDING_ZERO
    assert state.still_s == 2.5
    state, _ = walk(GREEN, measured(1, 5.0, zero=True))
    assert (state.screen, state.zero) == (ScreenName.COUNTDOWN, Zero.TAKEN)
    state, _ = walk(GREEN, measured(1, 5.0, zero=True), 2.9)
    assert state.screen is ScreenName.COUNTDOWN
    state, _ = walk(*TO_LIVE)
    assert state.screen is ScreenName.LIVE
    state, effects = walk(*TO_RESULTS)
    assert state.screen is ScreenName.RESULTS
    assert effects == [BeginSession(1), StopSession(1, 23.0)]
    state, effects = walk(*TO_RESULTS, BLUE)
    assert (state.screen, effects[-1]) == (ScreenName.SAVING, SaveSession(1))
    state, _ = walk(*TO_RESULTS, BLUE, SavingMoved(1, "Writing", 0.4))
    assert state.saving is not None
    assert (state.saving.doing, state.saving.fraction) == ("Writing", 0.4)
    state, _ = walk(*TO_RESULTS, BLUE, SavingEnded(1, "MIDSTANCE/x"))
    assert state.screen is ScreenName.SAVED
    assert state.saving is not None
    assert state.saving.done
    assert state.saving.folder == "MIDSTANCE/x"
    state, effects = walk(*TO_RESULTS, BLUE, SavingEnded(1, "MIDSTANCE/x"), GREEN)
    assert (state.screen, effects[-1]) == (ScreenName.IDLE, ForgetSession(1))


def test_the_standing_zero_can_be_skipped_and_the_session_says_so():
    state, _ = walk(GREEN, GREEN)
    assert (state.screen, state.zero) == (ScreenName.COUNTDOWN, Zero.SKIPPED)


def test_without_a_zero_in_time_the_person_is_asked_and_then_left_alone():
    state, _ = walk(GREEN, TIMINGS.zero_timeout_s)
    assert (state.screen, state.asking) == (ScreenName.STANDING_ZERO, True)
    late, _ = walk(GREEN, TIMINGS.zero_timeout_s, measured(1, 5.0, zero=True))
    assert (late.screen, late.zero) == (ScreenName.COUNTDOWN, Zero.TAKEN)
    skipped, _ = walk(GREEN, TIMINGS.zero_timeout_s, GREEN)
    assert (skipped.screen, skipped.zero) == (ScreenName.COUNTDOWN, Zero.SKIPPED)
    left, effects = walk(GREEN, TIMINGS.zero_timeout_s, TIMINGS.choice_timeout_s)
    assert (left.screen, effects[-1]) == (ScreenName.IDLE, ForgetSession(1))


def test_zero_off_and_no_countdown_go_straight_to_live():
    timings = Timings(zero_wanted=False, countdown_s=0.0)
    state, effects = walk(GREEN, timings=timings)
    assert (state.screen, state.zero) == (ScreenName.LIVE, Zero.OFF)
    assert effects == [BeginSession(1)]


def test_a_session_has_a_maximum_length():
    state, effects = walk(*TO_LIVE, TIMINGS.maximum_s)
    assert state.screen is ScreenName.RESULTS
    assert isinstance(effects[-1], StopSession)


def test_results_time_out_counted_from_when_they_are_there():
    almost = TIMINGS.results_timeout_s - 1
    waiting, _ = walk(*TO_LIVE, GREEN, almost, SessionMeasured(1, a_summary()), almost)
    assert waiting.screen is ScreenName.RESULTS
    over, _ = walk(*TO_LIVE, GREEN, almost, SessionMeasured(1, a_summary()), almost, 2.0)
    assert over.screen is ScreenName.IDLE


def test_nothing_can_be_saved_before_there_are_numbers():
    state, effects = walk(*TO_LIVE, GREEN, BLUE)
    assert state.screen is ScreenName.RESULTS
    assert not any(isinstance(effect, SaveSession) for effect in effects)
    assert hints(state).blue is None
    failed, _ = walk(*TO_LIVE, GREEN, SessionMeasured(1, None, problem=FULL))
    assert hints(failed).blue is None
    ready, _ = walk(*TO_RESULTS)
    assert hints(ready).blue is not None


def test_a_failed_save_waits_for_a_decision_and_can_be_tried_again():
    failed, _ = walk(*TO_RESULTS, BLUE, SavingEnded(1, problem=FULL))
    assert failed.screen is ScreenName.SAVING
    assert failed.saving is not None
    assert failed.saving.problem is FULL
    much_later, _ = step(failed, None, 1e9, TIMINGS)
    assert much_later.screen is ScreenName.SAVING
    for again in (BLUE, StickCame()):
        state, effects = step(failed, again, 100.0, TIMINGS)
        assert effects == (SaveSession(1),)
        assert state.saving is not None
        assert state.saving.problem is None
    assert step(failed, GREEN, 100.0, TIMINGS) == (failed, ()), "a short press discards nothing"
    assert hints(failed).green_held == "Discard"
    dismissed, effects = step(failed, GREEN_HELD, 100.0, TIMINGS)
    assert (dismissed.screen, effects) == (ScreenName.IDLE, (ForgetSession(1),))


def test_what_no_stick_takes_may_be_kept_on_the_device_where_that_is_allowed():
    keeping = Timings(zero_wanted=False, countdown_s=0.0, keeping=True)
    story = (GREEN, GREEN, SessionMeasured(1, a_summary()), BLUE, SavingEnded(1, problem=FULL))
    state, _ = walk(*story, timings=keeping)
    assert (hints(state).green_held, hints(state).yellow) == ("Discard", "Keep on device")
    state, effects = walk(YELLOW, state=state, timings=keeping)
    assert effects == [KeepSession(1)]
    assert not state.save_failed
    assert hints(state).yellow is None, "it is being kept"
    kept, _ = walk(SavingEnded(1, kept=True), state=state, timings=keeping)
    assert (kept.screen, kept.saving.kept) == (ScreenName.SAVED, True)
    home, effects = walk(GREEN, StickCame(), state=kept, timings=keeping)
    assert home.screen is ScreenName.IDLE
    assert effects == [ForgetSession(1), DeliverKept()]


def test_keeping_that_fails_is_told_and_the_stick_can_still_take_it():
    keeping = Timings(zero_wanted=False, countdown_s=0.0, keeping=True)
    story = (GREEN, GREEN, SessionMeasured(1, a_summary()), BLUE, SavingEnded(1, problem=FULL))
    state, _ = walk(*story, YELLOW, SavingEnded(1, problem=FULL), timings=keeping)
    assert state.save_failed
    state, effects = walk(StickCame(), state=state, timings=keeping)
    assert effects == [SaveSession(1)]


def test_nothing_is_kept_where_that_is_not_allowed():
    timings = Timings(zero_wanted=False, countdown_s=0.0)
    story = (GREEN, GREEN, SessionMeasured(1, a_summary()), BLUE, SavingEnded(1, problem=FULL))
    state, _ = walk(*story, timings=timings)
    assert hints(state).yellow is None
    assert walk(YELLOW, state=state, timings=timings) == (state, [])


def test_answers_of_a_cancelled_session_are_dropped():
    state, _ = walk(*TO_LIVE, BLUE_HELD, GREEN)
    assert state.session == 2
    for stale in (
        SessionMeasured(1, a_summary()),
        SavingEnded(1, "MIDSTANCE/x"),
        SavingMoved(1, "Writing", 0.5),
        measured(1, 5.0, zero=True),
    ):
        after, effects = step(state, stale, 30.0, TIMINGS)
        assert (after, effects) == (state, ())


@pytest.mark.parametrize(
    "way", [TO_LIVE[:n] for n in (1, 2, 3)] + [TO_RESULTS, (*TO_RESULTS, BLUE)]
)
def test_holding_blue_cancels_anywhere(way):
    state, effects = walk(*way, BLUE_HELD)
    assert (state.screen, effects[-1]) == (ScreenName.IDLE, ForgetSession(1))


def open_line(key: str, timings: Timings = TIMINGS) -> tuple:
    """The presses that open this line of the menu."""
    keys = [item.key for item in walk(BLUE, timings=timings)[0].items]
    return (BLUE, *[BLUE] * keys.index(key), GREEN)


PROGRAMME = Programme(
    "x", "X", (SessionPlan(Kind.BASELINE, 0, 5.0, 0.0), SessionPlan(Kind.TRAINING, 0, 15.0))
)
DAY = date(2026, 3, 2)
BEGUN = Coaching("x", DAY, (Entry(0, "baseline", DAY, 5.0, 5.0, Ended.WHOLE, 0.0, 10.0),))
ALL = replace(
    TIMINGS,
    keeping=True,
    setup_wanted=True,
    store=True,
    blank_after_s=600.0,
    programmes=(PROGRAMME,),
)
SESSIONS = tuple(a_kept_session(f"s{n}", n) for n in (3, 2, 1))
COMPARED = ComparisonRead("s1", "s3")
EXERCISES = (*open_line("coach", ALL), BLUE, BLUE, GREEN)
MOVING = ExerciseLive(standing=1.0, drop_deg=8.0)
HELD = replace(MOVING, held_s=30.0, done=True, steadiness=0.8)
WAYS = {
    "idle": (),
    "dark": (600.0,),
    "set-up": (GREEN,),
    "set-up, red": (GREEN, SetupSeen(1, bad=("level",))),
    "set-up, not measurable": (GREEN, SetupSeen(1, not_measurable=("height",))),
    "standing": (GREEN, SetupSeen(1), GREEN),
    "menu": (BLUE,),
    "set-up from the menu": open_line("setup", ALL),
    "history, reading": open_line("history", ALL),
    "history, empty": (*open_line("history", ALL), HistoryRead(None)),
    "history": (*open_line("history", ALL), HistoryRead(None, SESSIONS)),
    "history, one marked": (*open_line("history", ALL), HistoryRead(None, SESSIONS), GREEN),
    "history, back on it": (*open_line("history", ALL), HistoryRead(None, SESSIONS), GREEN, YELLOW),
    "comparing": (*open_line("compare", ALL), HistoryRead(None, SESSIONS)),
    "compared": (*open_line("compare", ALL), HistoryRead(None, SESSIONS), COMPARED),
    "nothing to compare": (*open_line("compare", ALL), HistoryRead(None, SESSIONS[:1])),
    "coach": open_line("coach", ALL),
    "coach, today": (*open_line("coach", ALL), GREEN),
    "coach, today read": (*open_line("coach", ALL), GREEN, CoachingRead(None, DAY)),
    "coach, today chosen": (*open_line("coach", ALL), GREEN, CoachingRead(None, DAY), GREEN),
    "coach, trial": (*open_line("coach", ALL), BLUE, GREEN),
    "coach, exercises": EXERCISES,
    "exercises, the camera": (*EXERCISES, *[BLUE] * 6),
    "exercises, back": (*EXERCISES, YELLOW),
    "exercise": (*EXERCISES, GREEN),
    "exercise, standing": (*EXERCISES, GREEN, GREEN),
    "exercise, moving": (*EXERCISES, GREEN, GREEN, ExerciseSeen(1, MOVING, 1.7e9)),
    "exercise, felt": (*EXERCISES, GREEN, GREEN, ExerciseSeen(1, HELD, 1.7e9)),
    "exercise, one leg": (*EXERCISES, GREEN, GREEN, ExerciseSeen(1, HELD, 1.7e9), GREEN),
    "exercise, forced": (*EXERCISES, GREEN, GREEN, ExerciseSeen(1, HELD, 1.7e9), BLUE),
    "coach, endurance": (*open_line("coach", ALL), BLUE, BLUE, BLUE, GREEN),
    "settings": open_line("settings", ALL),
    "calibration": open_line("calibration", ALL),
    "calibration, one foot": (*open_line("calibration", ALL), CalibrationSeen(1, READ)),
    "calibrated": (*open_line("calibration", ALL), CalibrationSeen(1, CALIBRATED)),
    "switch off?": open_line("shutdown", ALL),
    "switching off": (ChordHeld(),),
    "not switched off": (ChordHeld(), PowerOffFailed(FULL)),
}
AT_HOME = replace(ALL, choosing=Choosing.LIST)
ANNAS_DAY = (
    *open_line("runners", AT_HOME),
    RunnersRead((ANNA,)),
    GREEN,
    *open_line("coach", AT_HOME),
    GREEN,
    CoachingRead("ANNA", DAY, BEGUN),
)
WAYS_AT_HOME = {
    "programme": ANNAS_DAY,
    "programme, its speed": (*ANNAS_DAY, BLUE),
    "programme, its end": (*ANNAS_DAY, BLUE, BLUE, BLUE),
    "progress": (*ANNAS_DAY, BLUE, BLUE, GREEN),
    "who?": (GREEN,),
    "who? read": (GREEN, RunnersRead((ANNA,))),
    "who? typing": (GREEN, RunnersRead((ANNA,)), KeyTyped("B")),
    "who? adding": (GREEN, RunnersRead((ANNA,)), KeyTyped("B"), GREEN),
    "who? from the menu": open_line("runners", replace(ALL, choosing=Choosing.LIST)),
}
WAYS_OF_A_SESSION = [
    (GREEN,),
    (GREEN, 31.0),
    TO_LIVE[:2],
    TO_LIVE,
    TO_RESULTS,
    (*TO_RESULTS, BLUE),
    (*TO_RESULTS, BLUE, SavingEnded(1, problem=FULL)),
    (*TO_RESULTS, BLUE, SavingEnded(1, "x")),
]


def every_place():
    """(state, timings) of every screen in each of its states."""
    for way in WAYS.values():
        yield walk(*way, timings=ALL)[0], ALL
    for way in WAYS_AT_HOME.values():
        timings = replace(ALL, choosing=Choosing.LIST)
        yield walk(*way, timings=timings)[0], timings
    for way in WAYS_OF_A_SESSION:
        timings = replace(TIMINGS, keeping=True)
        yield walk(*way, timings=timings)[0], timings


def test_every_screen_is_reached_and_announces_nothing_that_does_nothing():
    seen = set()
    for state, timings in every_place():
        seen.add(state.screen)
        check_hints(state, timings, 1000.0)
    assert seen == set(ScreenName)


def check_hints(state, timings, t_s):
    """Every button that is announced does something."""
    shown = hints(state)
    for text, event in (
        (shown.green, GREEN),
        (shown.green_held, GREEN_HELD),
        (shown.blue, BLUE),
        (shown.blue_held, BLUE_HELD),
        (shown.yellow, YELLOW),
    ):
        if text is not None:
            after, _ = step(state, event, t_s, timings)
            assert after != state, (state.screen, text)


def test_every_screen_offers_a_way_on_with_green_or_blue():
    for state, _ in every_place():
        shown = hints(state)
        dark = state.screen is ScreenName.BLANK or state.going_off
        ways = (shown.green, shown.green_held, shown.blue, shown.blue_held)
        assert dark or any(ways), state


def test_the_whole_menu_is_walked_with_green_and_blue_alone():
    timings = replace(ALL, choosing=Choosing.LIST)
    state, _ = walk(BLUE, timings=timings)
    keys = [item.key for item in state.items]
    assert keys[0] == "runners"
    assert keys[-1] == "back"
    for turn in range(len(keys)):
        assert state.chosen.key == keys[turn]
        state, _ = walk(BLUE, state=state, timings=timings)
    assert state.selected == 0, "after the last line comes the first"
    back, _ = walk(*[BLUE] * (len(keys) - 1), GREEN, state=state, timings=timings)
    assert back.screen is ScreenName.IDLE


def test_what_cannot_be_had_is_in_the_menu_with_the_reason_and_cannot_be_chosen():
    state, _ = walk(BLUE)
    line = next(item for item in state.items if item.key == "history")
    assert (line.enabled, bool(line.detail)) == (False, True)
    at, _ = walk(*[BLUE] * state.items.index(line), state=state)
    assert hints(at).green is None
    assert walk(GREEN, state=at) == (at, [])


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

HOME = replace(TIMINGS, choosing=Choosing.LIST, store=True)
CLINIC = replace(TIMINGS, choosing=Choosing.CODE, store=True, scanning=True)


def typed(word: str) -> list[KeyTyped]:
    return [KeyTyped(key) for key in word]


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


# --- anything ------------------------------------------------------------------------------------

EVENTS = st.one_of(
    st.sampled_from([None, GREEN, GREEN_HELD, BLUE, BLUE_HELD, YELLOW, StickCame()]),
    st.sampled_from([ChordHeld(), PersonSeen(), PowerOffFailed(FULL), COMPARED]),
    st.builds(ButtonPressed, st.sampled_from(Button), st.sampled_from(Press)),
    st.builds(KeyTyped, st.sampled_from(["A", "7", "-", "\n", "\b", "é", "\x00"])),
    st.builds(
        RunnersRead, st.sampled_from([(), (ANNA,), (ANNA, BERT)]), st.sampled_from([None, ANNA])
    ),
    st.builds(HistoryRead, st.sampled_from([None, "ANNA"]), st.sampled_from([(), SESSIONS])),
    st.builds(
        SetupSeen, st.integers(0, 4), st.sampled_from([(), ("level",)]), st.just(()), st.just(())
    ),
    st.builds(CalibrationSeen, st.integers(0, 4), st.sampled_from([READ, CALIBRATED])),
    st.builds(
        ExerciseSeen,
        st.integers(0, 4),
        st.sampled_from([ExerciseLive(), MOVING, HELD]),
        st.sampled_from([1.7e9, 1.8e9]),
    ),
    st.builds(measured, st.integers(0, 4), st.floats(0, 20), st.booleans()),
    st.builds(
        SessionMeasured, st.integers(0, 4), st.sampled_from([None, a_summary(gait=Gait.RUNNING)])
    ),
    st.builds(SavingMoved, st.integers(0, 4), st.just("Writing"), st.floats(0, 1)),
    st.builds(SavingEnded, st.integers(0, 4), st.just("x"), st.sampled_from([None, FULL])),
)
SOME_TIMINGS = st.builds(
    Timings,
    zero_wanted=st.booleans(),
    keeping=st.booleans(),
    countdown_s=st.sampled_from([0.0, 3.0]),
    maximum_s=st.sampled_from([30.0, 3600.0]),
    setup_wanted=st.booleans(),
    blank_after_s=st.sampled_from([0.0, 300.0]),
    choosing=st.sampled_from(Choosing),
    store=st.booleans(),
    scanning=st.booleans(),
)


@settings(max_examples=300, deadline=None)
@given(
    begin=st.sampled_from([*WAYS.values(), *WAYS_AT_HOME.values(), *WAYS_OF_A_SESSION]),
    story=st.lists(st.tuples(st.floats(0, 500, allow_nan=False), EVENTS), max_size=40),
    timings=SOME_TIMINGS,
)
def test_any_story_is_survived_and_leads_home(begin, story, timings):
    state, t_s = State(), 0.0
    begun = 0
    for pause_s, event in (*((0.0, item) for item in begin if not isinstance(item, float)), *story):
        t_s += pause_s
        state, effects = step(state, event, t_s, timings)
        for effect in effects:
            if isinstance(effect, (BeginSession, LookOn)):
                assert effect.session == begun + 1
                begun = effect.session
            elif isinstance(effect, DeliverKept):
                assert state.screen is ScreenName.IDLE, "no runner's session is disturbed"
            elif hasattr(effect, "session"):
                assert effect.session == state.session
        assert state.session == begun
        check_hints(state, timings, t_s + 1.0)
    # Holding blue leads home from everywhere at once ...
    home, _ = step(state, BLUE_HELD, t_s, timings)
    assert home.screen is ScreenName.IDLE or state.going_off
    # ... and so does doing nothing, but for a save, which waits for its answer or a decision.
    for _ in range(6):
        deadline = deadline_s(state, timings)
        if deadline is None or state.screen is ScreenName.IDLE:
            break
        t_s = max(t_s, deadline)
        state, _ = step(state, None, t_s, timings)
        if state.screen is ScreenName.RESULTS and not state.measured:
            state, _ = step(state, SessionMeasured(state.session, a_summary()), t_s, timings)
    assert state.screen in (ScreenName.IDLE, ScreenName.BLANK, ScreenName.SAVING)
