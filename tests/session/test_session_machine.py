"""The session machine: the way through, the ways back, and any order of anything."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kiosk_values import a_summary
from machine_walks import (
    ALL,
    ANNA,
    BERT,
    BLUE,
    BLUE_HELD,
    CALIBRATED,
    COMPARED,
    FULL,
    GREEN,
    GREEN_HELD,
    HELD,
    MOVING,
    READ,
    SESSIONS,
    TIMINGS,
    TO_LIVE,
    TO_RESULTS,
    WAYS,
    WAYS_AT_HOME,
    WAYS_OF_A_SESSION,
    YELLOW,
    every_place,
    measured,
    walk,
)

from device.domain.basics import Gait
from device.domain.coach_screens import ExerciseLive
from device.domain.events import (
    ButtonPressed,
    ChordHeld,
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
from device.domain.kiosk import Button, Press, ScreenName
from device.session.machine import deadline_s, hints, step
from device.session.state import (
    BeginSession,
    CalibrationSeen,
    Choosing,
    DeliverKept,
    ExerciseSeen,
    ForgetSession,
    KeepSession,
    LookOn,
    SaveSession,
    SetupSeen,
    State,
    StopSession,
    Timings,
    Zero,
)


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
