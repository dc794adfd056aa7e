"""Sample screens of the coach: today; all numbers are made up."""

from __future__ import annotations

from collections.abc import Callable

from device.domain.coach_screens import TodayView
from device.domain.history import Runner
from device.domain.kiosk import ButtonHints, ScreenModel, ScreenName

Make = Callable[..., ScreenModel]
BACK = ButtonHints(green="Back", blue_held="Close")


def models(make: Make, runner: Runner) -> dict[str, ScreenModel]:
    """The states, by name."""
    return {"coach-today": make(ScreenName.COACH_TODAY, BACK, coach_today=TodayView(runner))}
