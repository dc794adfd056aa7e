"""Today's session of the programme (pure). Rows of `machine.TABLE`, and what its screen is told."""

from __future__ import annotations

from device.domain.coach_screens import TodayView
from device.domain.kiosk import ScreenName
from device.session.state import Result, State, Timings


def opened(state: State, t_s: float, timings: Timings) -> Result:
    """Chosen in the coach's list."""
    return state.home(t_s, ScreenName.COACH_TODAY), ()


def view(state: State) -> TodayView | None:
    """What the screen shows."""
    return TodayView(state.runner) if state.screen is ScreenName.COACH_TODAY else None
