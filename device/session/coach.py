"""The coach's list, and where its lines lead (pure). Rows of `machine.TABLE`."""

from __future__ import annotations

from dataclasses import replace

from device.domain.coach_screens import CoachView
from device.domain.kiosk import ScreenName
from device.domain.screens import ListItem, ListView
from device.session import coach_endurance, coach_exercises, coach_today, coach_trial, lists
from device.session.state import MachineEvent, Result, State, Timings

S = ScreenName


def lines(state: State, timings: Timings) -> tuple[ListItem, ...]:
    """What the coach offers."""
    return (
        ListItem("today", "Today's programme session"),
        ListItem("trial", "Cadence trial"),
        ListItem("exercises", "Exercises"),
        ListItem("endurance", "How the last run went on"),
        lists.BACK,
    )


def open_coach(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """The coach's list, out of the menu or back out of what was opened from it."""
    opened = state.home(t_s, S.COACH)
    return replace(opened, items=lines(opened, timings)), ()


def chosen(state: State) -> str:
    """The key of the selected line."""
    return state.chosen.key if state.chosen is not None else "back"


def goes_on(state: State) -> bool:
    """Whether green opens something of the coach's."""
    return state.chosen is not None and state.chosen.enabled and chosen(state) != "back"


def goes_back(state: State) -> bool:
    """Whether green leads back to the menu."""
    return chosen(state) == "back"


def choose(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """Open what the selected line says."""
    match chosen(state):
        case "today":
            return coach_today.opened(state, t_s, timings)
        case "trial":
            return coach_trial.opened(state, t_s, timings)
        case "exercises":
            return coach_exercises.opened(state, t_s, timings)
        case "endurance":
            return coach_endurance.opened(state, t_s, timings)
    return state, ()


def view(state: State) -> CoachView | None:
    """What the screen shows."""
    if state.screen is not S.COACH:
        return None
    return CoachView(state.runner, ListView("Coach", state.items, state.selected))
