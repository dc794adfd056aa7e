"""What came of a cadence trial and of a long run as JSON values."""

from __future__ import annotations

from typing import Any

from device.domain.analysis import estimate, number
from device.domain.basics import Side
from device.domain.trial import LongRun, TrialPlan, TrialResult


def trial_json(plan: TrialPlan, result: TrialResult) -> dict[str, Any]:
    """The plan, the preferred cadence and each condition that was begun; `clear`: the change's
    interval leaves zero out."""
    return {
        "minute_s": number(plan.minute_s),
        "preferred_spm": number(result.preferred_spm),
        "conditions": [
            {
                "raised": number(one.raised),
                "asked_spm": number(one.asked_spm),
                "cadence_spm": estimate(one.cadence_spm),
                "followed": None if one.asked_spm is None else one.followed,
                "sides": {
                    side.value: {
                        "midstance_drop_deg": estimate(one.drop(side)),
                        "change_deg": estimate(one.change(side)),
                        "clear": one.clear(side) if one.change(side) is not None else None,
                    }
                    for side in Side
                },
            }
            for one in result.conditions
        ],
    }


def long_run_json(run: LongRun) -> dict[str, Any]:
    """The first three minutes against the last three, and every minute in seconds from the first
    good step; None for a side of which too little was measured."""
    sides = {side.value: run.side(side) for side in Side}
    return {
        "minutes": number(run.minutes),
        "sides": {
            name: None
            if side is None
            else {
                "start_deg": estimate(side.start_deg),
                "end_deg": estimate(side.end_deg),
                "change_deg": estimate(side.change_deg),
                "trend_deg_10min": estimate(side.trend_deg_10min),
                "clear": side.clear,
                "by_minute": [
                    {"at_s": number(minute.at_s), "drop_deg": estimate(minute.drop_deg)}
                    for minute in side.minutes
                ],
            }
            for name, side in sides.items()
        },
    }
