"""How the last run went on (pure). Rows of `machine.TABLE`, and what its screen is told."""

from __future__ import annotations

from device.domain.coach_screens import EnduranceView
from device.domain.kiosk import ScreenName
from device.session.state import Result, State, Timings


def opened(state: State, t_s: float, timings: Timings) -> Result:
    """Chosen in the coach's list."""
    return state.home(t_s, ScreenName.ENDURANCE), ()


def view(state: State) -> EnduranceView | None:
    """What the screen shows."""
    return EnduranceView(state.runner) if state.screen is ScreenName.ENDURANCE else None
