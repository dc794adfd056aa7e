"""The exercises (pure). Rows of `machine.TABLE`, and what its screen is told."""

from __future__ import annotations

from device.domain.coach_screens import ExerciseView
from device.domain.kiosk import ScreenName
from device.session.state import Result, State, Timings


def opened(state: State, t_s: float, timings: Timings) -> Result:
    """Chosen in the coach's list."""
    return state.home(t_s, ScreenName.EXERCISES), ()


def view(state: State) -> ExerciseView | None:
    """What the screen shows."""
    return ExerciseView(state.runner) if state.screen is ScreenName.EXERCISES else None
