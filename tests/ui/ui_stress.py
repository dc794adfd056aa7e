"""Models at the far end of what may have to be shown."""

from __future__ import annotations

from dataclasses import replace

from device.domain.basics import Reason, Side
from device.domain.kiosk import ButtonHints, HealthItem, Level, SaveProgress, ScreenModel
from device.domain.results import GaitSummary
from device.ui.samples import (
    HEALTHY,
    T_S,
    estimate,
    sample_models,
    side_summary,
    side_update,
    summary,
    update,
)

LONG = Reason(
    "long",
    "The camera stands 43 cm higher than the hips, so the drop would be up to 2.1° too large.",
    "Lower the camera to the height of the runner's hips, then run again for a minute.",
    blocks=True,
)
HINTS = ButtonHints(
    green="Start again", blue="Save to stick", yellow="Discard", green_held="Shut down",
    blue_held="Other views",
)  # fmt: skip


def _summary(left: float, right: float, n: int) -> GaitSummary:
    return replace(
        summary(left, right, half=2.4),
        left=side_summary(Side.LEFT, left, n),
        right=side_summary(Side.RIGHT, right, n),
        duration_s=3599.0,
        reasons=(LONG, LONG, LONG),
    )


def stress_models() -> dict[str, ScreenModel]:
    """States with the longest words and largest numbers they may have."""
    samples = sample_models()
    live, results = samples["live"], samples["results"]
    far = {
        "station": "Treadmill number twelve, second floor N",
        "hints": HINTS,
        "simulated": ("camera", "pose", "buttons", "stick"),
    }
    sick = tuple(replace(item, level=Level.WARN) for item in HEALTHY)
    fault = HealthItem(
        "camera", Level.FAULT, "The camera has stopped sending pictures and does not answer",
        "Pull the camera's cable, put it in again and hold green and blue for five seconds.",
        meaning="The session has been paused after 12:34 minutes. Nothing of it is lost.",
        doing="The device starts the camera again every two seconds, and itself after a minute.",
    )  # fmt: skip
    history, before_after = samples["history"], samples["compare"]
    undated = replace(
        before_after.compare,
        comparison=replace(
            before_after.compare.comparison,
            before=replace(before_after.compare.comparison.before, date_known=False),
            after=replace(before_after.compare.comparison.after, date_known=False),
        ),
    )
    no_days = tuple(replace(one, date_known=False) for one in history.history.sessions)
    high = update(side_update(12.3, 5400), side_update(15.8, 12345), cadence=218.0)
    low = update(side_update(-12.3), side_update(-3.4), cadence=64.0)
    return {
        "live-high": replace(live, gait=high, elapsed_s=14399.0, tracked_fps=119.6, **far),
        "live-low": replace(live, gait=replace(low, estimate_only=True), message=LONG, **far),
        "live-sick": replace(live, health=(fault, *sick), **far),
        "live-stale": replace(live, t_s=T_S + 500.0, frames_dropped=123456, **far),
        "idle": replace(samples["idle"], health=sick, message=LONG, **far),
        "zero": replace(samples["standing-zero"], message=LONG, **far),
        "countdown": replace(samples["countdown"], countdown_s=30.0, message=LONG, **far),
        "results": replace(results, results=_summary(12.3, -10.7, 5400), **far),
        "results-message": replace(results, results=_summary(10.4, 11.2, 1), message=LONG, **far),
        "results-estimate": replace(
            results, results=replace(_summary(10.2, 12.8, 312), estimate_only=True), **far
        ),
        "results-none": replace(
            samples["results-not-measurable"],
            results=replace(
                _summary(1, 1, 4), left=replace(side_summary(Side.LEFT, 1, 4),
                midstance_drop_deg=None),
                right=replace(side_summary(Side.RIGHT, 1, 4), midstance_drop_deg=None),
                asymmetry_deg=None,
            ),
            **far,
        ),
        "results-one-side": replace(
            results,
            results=replace(
                _summary(4, 1, 44), right=replace(side_summary(Side.RIGHT, 1, 4),
                midstance_drop_deg=None), asymmetry_deg=None,
                cadence_spm=estimate(203.0, 1.0, 44),
            ),
            **far,
        ),
        "saving": replace(
            samples["saving"], saving=SaveProgress("Writing and checking the clip", 1.0), **far
        ),
        "saving-problem": replace(
            samples["saving"], saving=SaveProgress("x", 0.5, problem=LONG), **far
        ),
        "saved": replace(
            samples["saved"],
            saving=SaveProgress(
                "Done", 1.0, done=True,
                folder="midstance/2025-06-14_18-32-07_treadmill-number-twelve_session-0123",
            ),
            **far,
        ),
        "history-problem": replace(history, history=replace(history.history, problem=LONG), **far),
        "history-undated": replace(history, history=replace(history.history, sessions=no_days)),
        "compare-undated": replace(before_after, compare=undated, **far),
        "saved-problem": replace(
            samples["saved"], saving=SaveProgress("x", 0.5, problem=LONG), **far
        ),
    }  # fmt: skip
