"""Deleting a kept session at the device: held once to ask for it, and once more to have it done."""

from __future__ import annotations

from dataclasses import replace

import pytest
from store_makers import kept

from device.domain.events import ButtonPressed, HistoryRead
from device.domain.history import Runner
from device.domain.kiosk import Button, Press, ScreenName
from device.session.machine import hints, step
from device.session.state import DeleteSession, ReadHistory, State, Timings

S = ScreenName
HOME = Timings(store=True)
ANNA = Runner(1, "ANNA")
GREEN, BLUE = (ButtonPressed(button, Press.SHORT) for button in (Button.GREEN, Button.BLUE))
GREEN_HELD, BLUE_HELD = (
    ButtonPressed(button, Press.LONG) for button in (Button.GREEN, Button.BLUE)
)
SESSIONS = tuple(kept(number=number) for number in (3, 2, 1))


def after(*events, state: State):
    """What `events` lead to, and what is to be done."""
    effects = []
    for event in events:
        state, more = step(state, event, 10.0, HOME)
        effects += more
    return state, effects


@pytest.fixture
def history() -> State:
    """Three sessions, the second selected."""
    state = replace(State(S.HISTORY, runner=ANNA), sessions=SESSIONS, selected=1)
    assert hints(state).green_held == "Delete"
    return state


def test_the_selected_session_is_deleted_at_the_second_asking_only(history):
    asked, effects = after(GREEN_HELD, state=history)
    assert (asked.screen, effects) == (S.DELETE, [])
    assert hints(asked).green is None
    assert after(GREEN, state=asked) == (asked, []) or after(GREEN, state=asked)[1] == []
    going, effects = after(GREEN_HELD, state=asked)
    assert effects == [DeleteSession(SESSIONS[1].uuid, "ANNA")]
    assert (going.screen, going.sessions) == (S.HISTORY, None)
    left = (SESSIONS[0], SESSIONS[2])
    read, effects = after(HistoryRead("ANNA", left), state=going)
    assert (read.sessions, read.selected, effects) == (left, 1, [])


def test_the_last_of_the_list_deleted_leaves_a_line_selected(history):
    going, _ = after(GREEN_HELD, GREEN_HELD, state=replace(history, selected=2))
    read, _ = after(HistoryRead("ANNA", SESSIONS[:2]), state=going)
    assert read.selected == 1
    alone, _ = after(HistoryRead("ANNA", ()), state=going)
    assert hints(alone).green_held == "Menu", "there is nothing left to delete"
    assert after(GREEN_HELD, state=alone)[0].screen is S.MENU


def test_it_can_be_kept_or_closed(history):
    back, effects = after(GREEN_HELD, BLUE, state=history)
    assert (back.screen, back.selected, back.sessions) == (S.HISTORY, 1, SESSIONS)
    closed, more = after(GREEN_HELD, BLUE_HELD, state=history)
    assert closed.screen is S.IDLE
    assert not [e for e in (*effects, *more) if isinstance(e, DeleteSession)]


def test_a_history_that_comes_meanwhile_does_not_change_what_is_asked(history):
    asked, _ = after(GREEN_HELD, HistoryRead("ANNA", SESSIONS[1:]), state=history)
    _, effects = after(GREEN_HELD, state=asked)
    assert effects == [DeleteSession(SESSIONS[1].uuid, "ANNA")]


def test_without_an_answer_it_is_closed_and_nothing_deleted(history):
    asked, _ = after(GREEN_HELD, state=history)
    closed, effects = step(asked, None, 10.0 + HOME.menu_timeout_s, HOME)
    assert (closed.screen, effects) == (S.IDLE, ())


def test_what_stands_in_the_way_is_told_on_the_history(history):
    from device.domain.basics import Reason

    problem = Reason("store", "The disk is full.", "Make room.", blocks=True)
    going, _ = after(GREEN_HELD, GREEN_HELD, state=history)
    told, effects = after(HistoryRead("ANNA", SESSIONS, problem=problem), state=going)
    assert (told.problem, told.sessions, told.selected) == (problem, SESSIONS, 1)
    assert not [e for e in effects if isinstance(e, ReadHistory)]
