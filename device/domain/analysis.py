"""An analysis as plain data: the JSON document and the rows of `steps.csv`. Pure.

This is the contract through which Midstance is validated. The document's first level, its keys and
their nesting are fixed by the schema name; keys may be added, never renamed. Unknown is ``null``,
and ``unknown`` says why for each. Times are seconds of the recording, angles degrees, drops
positive when the swing-side hip is the lower one.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from device.domain.basics import Estimate, Gait, Reason, Side
from device.domain.methods import note_of
from device.domain.results import (
    Curve,
    GaitSummary,
    SideSummary,
    StandingZero,
    Step,
    Support,
)

if TYPE_CHECKING:  # history needs what is written here
    from device.domain.history import FeedbackBlock

SCHEMA = "midstance.analysis/1"

SIDE_METRICS = (
    "midstance_drop_deg",
    "peak_drop_deg",
    "excursion_deg",
    "hip_lock_deg",
    "contact_time_s",
    "drop_rate_deg_s",
    "start_deg",
    "end_deg",
    "drift_deg",
)
STEP_COLUMNS = (
    "side",
    "strike_s",
    "midstance_s",
    "toe_off_s",
    "midstance_drop_deg",
    "peak_drop_deg",
    "excursion_deg",
    "hip_lock_deg",
    "contact_time_s",
    "valid",
    "reason",
)
"""Columns of `steps.csv` and keys of a step in the document."""

_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Input:
    """What was analysed. `kind` is "video" or "pose_track"; `fps` is None for a single frame."""

    path: str
    kind: str
    frames: int
    fps: float | None
    duration_s: float | None


def document(
    summary: GaitSummary,
    source: Input,
    *,
    version: str,
    algorithm_version: str,
    detector: str | None = None,
    settings: Mapping[str, Any] | None = None,
    curves: bool = True,
) -> dict[str, Any]:
    """Return the JSON document (dicts, lists, str, finite numbers, bool, None) of `summary`.

    `detector` names what found the landmarks; `settings` are the options in force, kept so that
    the analysis can be repeated.
    """
    sides = {side.value: _side(summary.side(side), curves=curves) for side in Side}
    method = summary.pelvis.method
    result: dict[str, Any] = {
        "schema": SCHEMA,
        "version": version,
        "algorithm_version": algorithm_version,
        "input": {
            "path": source.path,
            "kind": source.kind,
            "frames": source.frames,
            "fps": number(source.fps),
            "duration_s": number(source.duration_s),
        },
        "quality": {
            "verdict": summary.verdict.value,
            "tracked_fraction": number(summary.tracked_fraction),
            "reasons": [_reason(reason) for reason in summary.reasons],
        },
        "gait": summary.gait.value,
        "cadence_spm": estimate(summary.cadence_spm),
        "sides": sides,
        "asymmetry_deg": estimate(summary.asymmetry_deg),
        "standing_zero_deg": _zero_deg(summary.standing_zero),
        "standing_zero": _zero(summary.standing_zero),
        "pelvis": {
            "method": method.value if method else None,
            "fraction": number(summary.pelvis.fraction),
            "note": note_of(method, summary.estimate_only) if method else None,
        },
        "estimate": summary.estimate_only,
        "detector": detector,
        "settings": dict(settings or {}),
        "support": _support(summary.support),
        "steps": [step_row(step) for step in summary.steps],
    }
    result["unknown"] = _unknown(result, summary)
    return result


def number(value: float | None) -> float | None:
    """`value` as a finite float of six decimals, else None: JSON knows no NaN."""
    if value is None or not math.isfinite(value):
        return None
    return round(float(value), _DIGITS)


def estimate(value: Estimate | None) -> dict[str, Any] | None:
    """``{"mean", "sd", "ci95": [low, high], "n"}``, or None when any of its numbers is missing."""
    if value is None:
        return None
    mean, low, high = number(value.mean), number(value.ci95_low), number(value.ci95_high)
    if mean is None or low is None or high is None:
        return None
    return {"mean": mean, "sd": number(value.sd), "ci95": [low, high], "n": value.n}


def step_row(step: Step) -> dict[str, Any]:
    """One step with the keys `STEP_COLUMNS`."""
    return {
        "side": step.side.value,
        "strike_s": number(step.strike_s),
        "midstance_s": number(step.midstance_s),
        "toe_off_s": number(step.toe_off_s),
        "midstance_drop_deg": number(step.midstance_drop_deg),
        "peak_drop_deg": number(step.peak_drop_deg),
        "excursion_deg": number(step.excursion_deg),
        "hip_lock_deg": number(step.hip_lock_deg),
        "contact_time_s": number(step.contact_time_s),
        "valid": step.valid,
        "reason": step.reason,
    }


def steps_csv(steps: Sequence[Step], feedback: Sequence[FeedbackBlock] = ()) -> str:
    """`steps.csv`: a header line and one line a step; unknown is an empty cell.

    Where there are `feedback` blocks (in the steps' time) a last column "feedback" says "shown" or
    "hidden", empty outside of them.
    """
    out = io.StringIO()
    more = ("feedback",) if feedback else ()
    writer = csv.DictWriter(out, (*STEP_COLUMNS, *more), lineterminator="\n")
    writer.writeheader()
    for step in steps:
        row = step_row(step)
        row["valid"] = "true" if row["valid"] else "false"
        if feedback:
            row["feedback"] = _feedback(step, feedback)
        writer.writerow(row)
    return out.getvalue()


def _feedback(step: Step, blocks: Sequence[FeedbackBlock]) -> str:
    for block in blocks:
        if block.from_s <= step.midstance_s < block.to_s:
            return "shown" if block.visible else "hidden"
    return ""


def _side(side: SideSummary, *, curves: bool) -> dict[str, Any]:
    result: dict[str, Any] = {"steps": side.steps}
    result.update((metric, estimate(getattr(side, metric))) for metric in SIDE_METRICS)
    if curves:
        result["curve"] = _curve(side.curve)
    return result


def _curve(curve: Curve | None) -> dict[str, Any] | None:
    if curve is None:
        return None
    return {
        "phase": [number(value) for value in curve.phase],
        "drop_deg": [number(value) for value in curve.drop_deg],
        "sd_deg": [number(value) for value in curve.sd_deg],
        "midstance_phase": number(curve.midstance_phase),
        "toe_off_phase": number(curve.toe_off_phase),
    }


def _support(support: Support | None) -> dict[str, Any] | None:
    """Beyond the hip: percent of the hips' distance, and degrees."""
    if support is None:
        return None
    sides = {side.value: support.side(side) for side in Side}
    return {
        "step_width_percent": estimate(support.step_width_percent),
        "crossover": support.crossover,
        "hides_a_drop": support.flattering,
        "sides": {
            name: {
                "steps": side.steps,
                "hips_over_foot_percent": estimate(side.hips_over_foot_percent),
                "trunk_lean_deg": estimate(side.trunk_lean_deg),
            }
            for name, side in sides.items()
        },
    }


def _zero_deg(zero: StandingZero | None) -> float | None:
    return None if zero is None else number(zero.obliquity_deg)


def _zero(zero: StandingZero | None) -> dict[str, Any] | None:
    if zero is None:
        return None
    return {
        "obliquity_deg": number(zero.obliquity_deg),
        "ci95_deg": number(zero.ci95_deg),
        "from_s": number(zero.from_s),
        "to_s": number(zero.to_s),
    }


def _reason(reason: Reason) -> dict[str, Any]:
    return {
        "code": reason.code,
        "message": reason.message,
        "remedy": reason.remedy,
        "blocks": reason.blocks,
    }


def _unknown(result: Mapping[str, Any], summary: GaitSummary) -> dict[str, str]:
    """For each number that is null: the path to it and why."""
    blocking = [reason.message for reason in summary.reasons if reason.blocks]
    why = " ".join(blocking or [reason.message for reason in summary.reasons])
    if not why:
        why = {
            Gait.NONE: "Nobody was seen running.",
            Gait.STANDING: "The person stands; nobody was seen running.",
        }.get(summary.gait, "There was too little to measure it from.")
    unknown = {
        path: why
        for path, value in (
            ("cadence_spm", result["cadence_spm"]),
            *(
                (f"sides.{name}.{metric}", side[metric])
                for name, side in result["sides"].items()
                for metric in SIDE_METRICS
            ),
            ("asymmetry_deg", result["asymmetry_deg"]),
        )
        if value is None
    }
    for key in ("fps", "duration_s"):
        if result["input"][key] is None:
            unknown[f"input.{key}"] = "There are too few pictures to tell."
    if result["support"] is None:
        unknown["support"] = why
    if result["standing_zero_deg"] is None:
        unknown["standing_zero_deg"] = "No quiet standing before the running was used."
    if result["pelvis"]["method"] is None:
        unknown["pelvis.method"] = unknown["pelvis.note"] = "Nothing measured the pelvis line."
    return unknown
