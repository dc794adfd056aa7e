"""Sample screens of the coach: cadence trial and endurance; all numbers are made up."""

from __future__ import annotations

from collections.abc import Callable

from device.domain.coach_screens import EnduranceView, TrialView
from device.domain.history import Runner
from device.domain.kiosk import ButtonHints, ScreenModel, ScreenName

Make = Callable[..., ScreenModel]
BACK = ButtonHints(green="Back", blue_held="Close")


def models(make: Make, runner: Runner) -> dict[str, ScreenModel]:
    """The states, by name."""
    return {
        "trial": make(ScreenName.TRIAL, BACK, trial=TrialView(runner)),
        "endurance": make(ScreenName.ENDURANCE, BACK, endurance=EnduranceView(runner)),
    }
