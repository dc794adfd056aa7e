"""Sample screens of the coach: cadence trial and endurance; all numbers are made up."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from device.domain.basics import Estimate, Reason, Side
from device.domain.coach_screens import EnduranceView, TrialPhase, TrialView
from device.domain.history import Runner
from device.domain.kiosk import ButtonHints, HealthItem, Level, ScreenModel, ScreenName
from device.domain.screens import ResultsPage
from device.domain.trial import (
    Condition,
    Endurance,
    Follow,
    LongRun,
    Minute,
    TrialPlan,
    TrialResult,
)

Make = Callable[..., ScreenModel]
PLAN = TrialPlan()
PUBLISHED = (9.5, 11.9)


def _value(mean: float, half: float, n: int = 52) -> Estimate:
    return Estimate(mean, 1.0, n, mean - half, mean + half)


def _condition(raised: float, left: float, right: float, *, followed: bool = True) -> Condition:
    asked = None if raised == 0 else 164 * (1 + raised)
    ran = 164.0 if asked is None else asked - (0.8 if followed else 0.55 * (asked - 164))
    return Condition(
        raised,
        asked,
        _value(ran, 0.6, 110),
        _value(left, 0.4),
        _value(right, 0.5),
        None if raised == 0 else _value(left - 8.4, 0.6),
        None if raised == 0 else _value(right - 6.1, 0.7),
        followed,
    )


RESULT = TrialResult(
    164.0,
    (_condition(0.0, 8.4, 6.1), _condition(0.05, 7.1, 5.8), _condition(0.10, 5.6, 5.7)),
)
NOT_FOLLOWED = TrialResult(
    164.0,
    (
        _condition(0.0, 8.4, 6.1),
        _condition(0.05, 7.9, 6.3, followed=False),
        replace(_condition(0.10, 8.0, 6.0, followed=False), right_deg=None, right_change_deg=None),
    ),
)


def _endurance(side: Side, first: float, last: float) -> Endurance:
    minutes = tuple(
        Minute(
            30 + 60 * k,
            _value(first + (last - first) * k / 29 + 0.25 * math.sin(2.1 * k), 0.45, 80),
        )
        for k in range(30)
        if not (side is Side.RIGHT and k in (11, 12))
    )
    change = last - first
    return Endurance(
        side,
        minutes,
        _value(first + 0.1, 0.3, 240),
        _value(last - 0.1, 0.3, 240),
        _value(change - 0.2, 0.4, 240),
        _value(change / 3, 0.15, 30),
    )


LONG = LongRun(
    30.0,
    _endurance(Side.LEFT, 6.9, 9.0),
    _endurance(Side.RIGHT, 5.2, 5.3),
    "u1",
    datetime(2025, 8, 2, 18, 5, tzinfo=UTC),
)
OLDER = replace(LONG, uuid="u0", minutes=24.0, started=datetime(2025, 7, 12, 18, 1, tzinfo=UTC))


def models(make: Make, runner: Runner) -> dict[str, ScreenModel]:
    """The states, by name."""
    return {**_trials(make, runner), **_runs(make, runner)}


def _trials(make: Make, runner: Runner) -> dict[str, ScreenModel]:
    intro = TrialView(runner, TrialPhase.INTRO, PLAN)
    run = replace(intro, phase=TrialPhase.RUN, cadence_spm=164.0, left_s=38.0, preferred_spm=164.0)
    quick = replace(
        run, index=2, left_s=51.0, target_spm=180.4, cadence_spm=171.0, pace=Follow.SLOWER,
        beat_phase=0.1,
    )  # fmt: skip
    stop = ButtonHints(green="Stop", blue_held="Cancel")
    no_sound = HealthItem(
        "sound", Level.WARN, "This station has no sound.", "Follow the beat on the screen."
    )
    done = ButtonHints(green="Done", blue="Save to stick", yellow="More", green_held="More")
    result = replace(intro, phase=TrialPhase.RESULT, result=RESULT)
    problem = Reason(
        "no_cadence",
        "Your own cadence could not be read, so there was nothing to quicken.",
        "Run steadily in the middle of the picture, then try again.",
    )
    return {
        "trial": make(
            ScreenName.TRIAL,
            ButtonHints(green="Start", blue="Back", blue_held="Close"),
            trial=intro,
        ),
        "trial-preferred": make(ScreenName.LIVE, stop, trial=run, recording=True, elapsed_s=22.0),
        "trial-slower": make(ScreenName.LIVE, stop, trial=quick, recording=True, elapsed_s=129.0),
        "trial-on-beat": make(
            ScreenName.LIVE,
            stop,
            trial=replace(
                quick, index=1, target_spm=172.2, cadence_spm=172.9, pace=Follow.ON, beat_phase=0.6
            ),
            recording=True,
            elapsed_s=69.0,
            health=(no_sound,),
        ),
        "trial-result": make(ScreenName.RESULTS, done, trial=result, page=ResultsPage.TRIAL),
        "trial-not-followed": make(
            ScreenName.RESULTS, done, trial=replace(result, result=NOT_FOLLOWED),
            page=ResultsPage.TRIAL,
        ),
        "trial-no-cadence": make(
            ScreenName.RESULTS,
            ButtonHints(green="Done"),
            trial=replace(result, result=TrialResult(None, ()), problem=problem),
            page=ResultsPage.TRIAL,
        ),
    }  # fmt: skip


def _runs(make: Make, runner: Runner) -> dict[str, ScreenModel]:
    several = ButtonHints(green="Back", blue="Next", yellow="Previous", blue_held="Close")
    back = ButtonHints(green="Back", blue_held="Close")
    none = Reason(
        "no_long_run",
        "No run of ten minutes or longer is kept here.",
        "Run for ten minutes or longer; this is about getting tired.",
    )
    shown = EnduranceView(runner, (LONG, OLDER), published_deg=PUBLISHED)
    return {
        "endurance": make(ScreenName.ENDURANCE, several, endurance=shown),
        "endurance-none": make(
            ScreenName.ENDURANCE, back, endurance=replace(shown, runs=(), problem=none)
        ),
        "endurance-one-side": make(
            ScreenName.ENDURANCE,
            back,
            endurance=replace(shown, runs=(replace(LONG, right=None, started=None),)),
        ),
        "results-endurance": make(
            ScreenName.RESULTS,
            ButtonHints(green="Done", blue="Save to stick", yellow="More", green_held="More"),
            endurance=replace(shown, runs=(replace(LONG, uuid="", started=None),)),
            page=ResultsPage.ENDURANCE,
        ),
    }
