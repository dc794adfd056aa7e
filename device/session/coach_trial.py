"""The cadence trial (pure). Rows of `machine.TABLE`, and what its screen is told."""

from __future__ import annotations

from device.domain.coach_screens import TrialView
from device.domain.kiosk import ScreenName
from device.session.state import Result, State, Timings


def opened(state: State, t_s: float, timings: Timings) -> Result:
    """Chosen in the coach's list."""
    return state.home(t_s, ScreenName.TRIAL), ()


def view(state: State) -> TrialView | None:
    """What the screen shows."""
    return TrialView(state.runner) if state.screen is ScreenName.TRIAL else None
