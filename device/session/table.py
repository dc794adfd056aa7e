"""The whole behaviour as one table: on this screen, at this trigger, if this holds, do that.

What the rows do stands in `moves` (the way through a session) and `places` (the menu and what it
opens).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from device.domain.kiosk import ScreenName
from device.session import (
    coach,
    coach_endurance,
    coach_today,
    coach_trial,
    deleting,
    moves,
    pages,
    places,
)
from device.session import coach_exercises as exercises
from device.session.state import Move, State


class Trigger(StrEnum):
    """What an event means here and now."""

    GREEN = "green"
    GREEN_HELD = "green held"
    BLUE = "blue"
    BLUE_HELD = "blue held"
    YELLOW = "yellow"
    CHORD = "green and blue held"
    KEY = "a key was typed"
    PERSON = "somebody is there"
    SETUP = "set-up looked at"
    VIEW = "the camera was moved"
    CALIBRATION = "calibration moved on"
    EXERCISE = "exercise moved on"
    ZERO_TAKEN = "standing zero taken"
    TIME_UP = "time is up"
    MEASURED = "summary ready"
    SAVE_MOVED = "saving moved on"
    SAVE_ENDED = "saving ended"
    STICK_CAME = "a stick came"
    RUNNERS = "runners read"
    HISTORY = "history read"
    COMPARED = "comparison read"
    COACHING = "programme read"
    ENDURANCE = "long runs read"
    NOT_OFF = "could not be switched off"


@dataclass(frozen=True, slots=True)
class Row:
    """On `screen`, at `trigger`, if `when`: do `then`. `label` is the button's text."""

    screen: ScreenName
    trigger: Trigger
    then: Move
    label: str | None = None
    when: Callable[[State], bool] = lambda state: True


# --- when ---------------------------------------------------------------------------------------


def _asked(state: State) -> bool:
    return state.asking


def _not_asked(state: State) -> bool:
    return not state.asking


def _has_numbers(state: State) -> bool:
    return state.measured


def _failed(state: State) -> bool:
    return state.save_failed


def _failed_may_keep(state: State) -> bool:
    return state.save_failed and state.may_keep


def _under_way(state: State) -> bool:
    return not state.save_failed


def _staying(state: State) -> bool:
    return not state.going_off


def _going(state: State) -> bool:
    return state.going_off


# --- the table ----------------------------------------------------------------------------------

S, T = ScreenName, Trigger


def _home(screen: ScreenName, label: str | None = None, *triggers: Trigger) -> tuple[Row, ...]:
    """Back to idle by these triggers; the session, if there is one, is let go of."""
    return tuple(Row(screen, trigger, moves.to_idle, label) for trigger in triggers)


def _close(screen: ScreenName) -> tuple[Row, ...]:
    """What the menu opened is closed by holding blue, and when nobody presses anything."""
    return (
        Row(screen, T.BLUE_HELD, moves.wake, "Close"),
        Row(screen, T.TIME_UP, moves.wake),
    )


def _list(screen: ScreenName, when: Callable[[State], bool]) -> tuple[Row, ...]:
    """Up and down a list."""
    return (
        Row(screen, T.BLUE, places.select_next, "Next", when),
        Row(screen, T.YELLOW, places.select_before, "Previous", when),
    )


TABLE: tuple[Row, ...] = (
    Row(S.IDLE, T.GREEN, moves.start, "Start"),
    Row(S.IDLE, T.BLUE, places.open_menu, "Menu"),
    Row(S.IDLE, T.STICK_CAME, moves.deliver),
    Row(S.IDLE, T.PERSON, moves.stay_awake),
    Row(S.IDLE, T.KEY, places.scanned),
    Row(S.IDLE, T.VIEW, moves.view_changed),
    Row(S.IDLE, T.TIME_UP, moves.blank),
    #
    # The press that wakes it does nothing else.
    *(
        Row(S.BLANK, trigger, moves.wake)
        for trigger in (T.GREEN, T.GREEN_HELD, T.BLUE, T.BLUE_HELD, T.YELLOW, T.PERSON)
    ),
    Row(S.BLANK, T.KEY, places.scanned),
    Row(S.BLANK, T.VIEW, moves.view_changed),
    Row(S.BLANK, T.STICK_CAME, moves.wake_and_deliver),
    #
    Row(S.SETUP, T.SETUP, moves.setup_seen),
    Row(S.SETUP, T.GREEN, moves.setup_done, "Go on", moves.setup_acceptable),
    Row(S.SETUP, T.GREEN_HELD, moves.setup_done, "Go on anyway", moves.setup_doubtful),
    Row(S.SETUP, T.TIME_UP, moves.setup_time_up),
    *_home(S.SETUP, "Cancel", T.BLUE_HELD),
    #
    Row(S.STANDING_ZERO, T.ZERO_TAKEN, moves.zero_taken),
    Row(S.STANDING_ZERO, T.GREEN, moves.skip_zero, "Skip standing zero"),
    Row(S.STANDING_ZERO, T.TIME_UP, moves.ask, when=_not_asked),
    Row(S.STANDING_ZERO, T.TIME_UP, moves.to_idle, when=_asked),
    *_home(S.STANDING_ZERO, "Cancel", T.BLUE_HELD),
    #
    Row(S.COUNTDOWN, T.TIME_UP, moves.go_live),
    Row(S.COUNTDOWN, T.GREEN, moves.go_live, "Start now"),
    *_home(S.COUNTDOWN, "Cancel", T.BLUE_HELD),
    #
    Row(S.LIVE, T.GREEN, moves.stop, "Stop"),
    Row(S.LIVE, T.TIME_UP, coach_trial.next_condition, when=coach_trial.goes_on),
    Row(S.LIVE, T.TIME_UP, moves.stop),
    *_home(S.LIVE, "Cancel", T.BLUE_HELD),
    #
    Row(S.RESULTS, T.MEASURED, moves.measured),
    Row(S.RESULTS, T.GREEN, moves.to_idle, "Done"),
    Row(S.RESULTS, T.BLUE, moves.save, "Save to stick", when=_has_numbers),
    Row(S.RESULTS, T.GREEN_HELD, pages.turn, "More", pages.several),
    Row(S.RESULTS, T.YELLOW, pages.turn, "More", pages.several),
    *_home(S.RESULTS, None, T.BLUE_HELD, T.TIME_UP),
    #
    Row(S.SAVING, T.SAVE_MOVED, moves.save_moved, when=_under_way),
    Row(S.SAVING, T.SAVE_ENDED, moves.save_ended, when=_under_way),
    # A glove that brushes the button must not throw a session away.
    Row(S.SAVING, T.GREEN_HELD, moves.to_idle, "Discard", when=_failed),
    Row(S.SAVING, T.BLUE, moves.save, "Try again", when=_failed),
    Row(S.SAVING, T.YELLOW, moves.keep, "Keep on device", when=_failed_may_keep),
    Row(S.SAVING, T.STICK_CAME, moves.save, when=_failed),
    Row(S.SAVING, T.BLUE_HELD, moves.to_idle, "Cancel", when=_under_way),
    Row(S.SAVING, T.BLUE_HELD, moves.to_idle, when=_failed),
    # Switching off waits until what is being written is written.
    Row(S.SAVING, T.CHORD, moves.power_off_later, when=_under_way),
    #
    Row(S.SAVED, T.GREEN, moves.to_idle, "Done"),
    *_home(S.SAVED, None, T.BLUE, T.BLUE_HELD, T.TIME_UP),
    #
    Row(S.MENU, T.GREEN, places.faster, "Faster", places.on_speed),
    Row(S.MENU, T.GREEN_HELD, places.slower, "Slower", places.on_speed),
    Row(S.MENU, T.GREEN, places.choose, "Choose", places.can_choose),
    *_list(S.MENU, places.several_lines),
    *_close(S.MENU),
    #
    Row(S.RUNNERS, T.RUNNERS, places.runners_read),
    Row(S.RUNNERS, T.KEY, places.key_typed),
    Row(S.RUNNERS, T.GREEN, places.choose_runner, "Take this code", places.typed_valid),
    Row(S.RUNNERS, T.GREEN, places.choose_runner, "Choose", places.picking),
    Row(S.RUNNERS, T.BLUE, places.clear_typed, "Clear", places.typing),
    *_list(S.RUNNERS, places.several_to_pick),
    *_close(S.RUNNERS),
    #
    Row(S.HISTORY, T.HISTORY, places.history_read),
    Row(S.HISTORY, T.GREEN, places.mark, "Compare with another", places.none_marked),
    Row(S.HISTORY, T.GREEN, places.mark, "Not this one", places.marked_here),
    Row(S.HISTORY, T.GREEN, places.mark, "Compare these two", places.marked_other),
    Row(S.HISTORY, T.GREEN_HELD, deleting.ask, "Delete", deleting.something_to_delete),
    Row(S.HISTORY, T.GREEN_HELD, places.open_menu, "Menu", deleting.nothing_to_delete),
    *_list(S.HISTORY, places.several_sessions),
    *_close(S.HISTORY),
    #
    # Held again: neither a glove nor one press too many deletes anything.
    Row(S.DELETE, T.GREEN_HELD, deleting.delete, "Delete for good"),
    Row(S.DELETE, T.BLUE, deleting.keep, "Keep it"),
    *_close(S.DELETE),
    #
    Row(S.COMPARE, T.HISTORY, places.history_read),
    Row(S.COMPARE, T.COMPARED, places.compared),
    Row(S.COMPARE, T.GREEN, places.to_history, "Choose sessions"),
    Row(S.COMPARE, T.GREEN_HELD, places.open_menu, "Menu"),
    Row(S.COMPARE, T.BLUE, places.other_before, "Another before", places.several_before),
    *_close(S.COMPARE),
    #
    Row(S.COACH, T.GREEN, coach.choose, "Choose", coach.goes_on),
    Row(S.COACH, T.GREEN, places.open_menu, "Choose", coach.goes_back),
    *_list(S.COACH, places.several_lines),
    *_close(S.COACH),
    #
    Row(S.COACH_TODAY, T.COACHING, coach_today.coaching_read),
    Row(S.COACH_TODAY, T.GREEN, coach_today.faster, "Faster", coach_today.on_speed),
    Row(S.COACH_TODAY, T.GREEN_HELD, coach_today.slower, "Slower", coach_today.on_speed),
    Row(S.COACH_TODAY, T.GREEN_HELD, coach_today.leave, "End it", coach_today.on_leave),
    Row(S.COACH_TODAY, T.GREEN, coach.open_coach, "Choose", coach.goes_back),
    Row(S.COACH_TODAY, T.GREEN, coach_today.choose, "Choose", coach_today.can_choose),
    *_list(S.COACH_TODAY, places.several_lines),
    *_close(S.COACH_TODAY),
    #
    Row(S.COACH_PROGRESS, T.GREEN, coach_today.to_today, "Back"),
    *_close(S.COACH_PROGRESS),
    #
    Row(S.TRIAL, T.GREEN, moves.start, "Start"),
    Row(S.TRIAL, T.BLUE, coach.open_coach, "Back"),
    *_close(S.TRIAL),
    #
    Row(S.EXERCISES, T.EXERCISE, exercises.seen, when=exercises.looking),
    Row(S.EXERCISES, T.GREEN, exercises.show, "Choose", exercises.can_open),
    Row(S.EXERCISES, T.GREEN, exercises.turn_camera, "Change", exercises.on_camera),
    Row(S.EXERCISES, T.GREEN, coach.open_coach, "Choose", exercises.on_back),
    *_list(S.EXERCISES, exercises.listing),
    Row(S.EXERCISES, T.GREEN, exercises.begin, "Begin", exercises.ready),
    Row(S.EXERCISES, T.GREEN_HELD, exercises.to_list, "All exercises", exercises.ready),
    Row(S.EXERCISES, T.BLUE, exercises.other_leg, "Other leg", exercises.ready),
    Row(S.EXERCISES, T.YELLOW, exercises.other_view, "Other view", exercises.ready),
    Row(S.EXERCISES, T.BLUE, exercises.to_list, "All exercises", exercises.standing),
    Row(S.EXERCISES, T.GREEN, exercises.finish, "Enough", exercises.moving),
    Row(S.EXERCISES, T.BLUE, exercises.again, "Begin again", exercises.moving),
    Row(S.EXERCISES, T.GREEN, exercises.in_buttock, "In the buttock", exercises.asked),
    Row(S.EXERCISES, T.BLUE, exercises.in_back, "In the low back", exercises.asked),
    Row(S.EXERCISES, T.GREEN, exercises.next_leg, "Other leg", exercises.other_left),
    Row(S.EXERCISES, T.GREEN, exercises.to_list, "All exercises", exercises.both_done),
    Row(S.EXERCISES, T.GREEN_HELD, exercises.to_list, "All exercises", exercises.other_left),
    Row(S.EXERCISES, T.BLUE, exercises.again, "Once more", exercises.over),
    Row(S.EXERCISES, T.BLUE_HELD, exercises.close, "Close"),
    Row(S.EXERCISES, T.TIME_UP, exercises.close),
    #
    Row(S.ENDURANCE, T.ENDURANCE, coach_endurance.read),
    Row(S.ENDURANCE, T.GREEN, coach.open_coach, "Back"),
    Row(S.ENDURANCE, T.BLUE, coach_endurance.select_next, "Next", coach_endurance.several),
    Row(S.ENDURANCE, T.YELLOW, coach_endurance.select_before, "Previous", coach_endurance.several),
    *_close(S.ENDURANCE),
    #
    Row(S.SETTINGS, T.GREEN, places.change, "Change", places.can_choose),
    *_list(S.SETTINGS, places.several_lines),
    *_close(S.SETTINGS),
    #
    Row(S.STEP_CALIBRATION, T.CALIBRATION, places.calibration_seen),
    Row(S.STEP_CALIBRATION, T.GREEN, places.next_phase, "Next", places.has_next_phase),
    Row(S.STEP_CALIBRATION, T.GREEN, places.calibration_home, "Done", places.calibration_over),
    Row(S.STEP_CALIBRATION, T.BLUE, places.again, "Begin again"),
    Row(S.STEP_CALIBRATION, T.BLUE_HELD, moves.to_idle, "Cancel"),
    Row(S.STEP_CALIBRATION, T.TIME_UP, moves.to_idle),
    #
    Row(S.SHUTDOWN, T.GREEN_HELD, moves.power_off, "Switch off", _staying),
    Row(S.SHUTDOWN, T.BLUE, places.open_menu, "Back", _staying),
    Row(S.SHUTDOWN, T.BLUE_HELD, moves.wake, "Close", _staying),
    Row(S.SHUTDOWN, T.TIME_UP, moves.wake, when=_staying),
    Row(S.SHUTDOWN, T.TIME_UP, moves.not_off, when=_going),
    Row(S.SHUTDOWN, T.NOT_OFF, moves.not_off, when=_going),
    Row(S.SHUTDOWN, T.CHORD, moves.power_off, when=_staying),
    #
    *(Row(screen, T.CHORD, moves.power_off) for screen in S if screen is not S.SHUTDOWN),
)
