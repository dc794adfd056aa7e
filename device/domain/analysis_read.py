"""Back from an analysis document to the numbers it was made of. Pure.

The other direction of `device.domain.analysis`: documents of older versions are read too, what they
did not know is None.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from device.domain.analysis import SCHEMA
from device.domain.basics import Estimate, Gait, Reason, Side, Verdict
from device.domain.frames import PelvisMethod
from device.domain.results import (
    Curve,
    GaitSummary,
    PelvisUse,
    SideSummary,
    SideSupport,
    StandingZero,
    Step,
    Support,
)
from device.errors import InputError

_ESTIMATES = tuple(
    field.name for field in fields(SideSummary) if field.name not in ("side", "steps", "curve")
)


def summary_of(
    document: Mapping[str, Any], steps: Iterable[Mapping[str, Any]] | None = None
) -> GaitSummary:
    """The summary that `document` was made of; `steps` instead of its own, where given.

    Raises `InputError` when it is no analysis document.
    """
    if document.get("schema") != SCHEMA:
        raise InputError(
            f"This is no analysis of Midstance (schema {document.get('schema')!r}, not {SCHEMA!r})."
        )
    try:
        return _summary(document, document.get("steps", ()) if steps is None else steps)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(
            f"The analysis document is damaged ({type(error).__name__}: {error})."
        ) from error


def _summary(document: Mapping[str, Any], steps: Iterable[Mapping[str, Any]]) -> GaitSummary:
    quality, pelvis, source = document["quality"], document["pelvis"], document["input"]
    method = pelvis["method"]
    return GaitSummary(
        gait=Gait(document["gait"]),
        verdict=Verdict(quality["verdict"]),
        reasons=tuple(
            Reason(each["code"], each["message"], each["remedy"], bool(each["blocks"]))
            for each in quality["reasons"]
        ),
        tracked_fraction=float(quality["tracked_fraction"] or 0.0),
        frames=int(source["frames"]),
        duration_s=float(source["duration_s"] or 0.0),
        cadence_spm=estimate_of(document["cadence_spm"]),
        left=_side(Side.LEFT, document["sides"]["left"]),
        right=_side(Side.RIGHT, document["sides"]["right"]),
        asymmetry_deg=estimate_of(document["asymmetry_deg"]),
        standing_zero=_zero(document.get("standing_zero")),
        steps=tuple(step_of(each) for each in steps),
        pelvis=PelvisUse(
            PelvisMethod(method) if method is not None else None, float(pelvis["fraction"] or 0.0)
        ),
        estimate_only=bool(document.get("estimate", False)),
        support=_support(document.get("support")),
    )


def step_of(row: Mapping[str, Any]) -> Step:
    """A step of the document (keys `STEP_COLUMNS`)."""
    return Step(
        side=Side(row["side"]),
        strike_s=float(row["strike_s"]),
        midstance_s=float(row["midstance_s"]),
        toe_off_s=row["toe_off_s"],
        midstance_drop_deg=row["midstance_drop_deg"],
        peak_drop_deg=row["peak_drop_deg"],
        excursion_deg=row["excursion_deg"],
        hip_lock_deg=row["hip_lock_deg"],
        valid=bool(row["valid"]),
        reason=row["reason"],
    )


def estimate_of(value: Mapping[str, Any] | None) -> Estimate | None:
    """Back from `analysis.estimate`."""
    if value is None:
        return None
    low, high = value["ci95"]
    return Estimate(value["mean"], value["sd"], value["n"], low, high)


def _side(side: Side, row: Mapping[str, Any]) -> SideSummary:
    known = {name: estimate_of(row[name]) for name in _ESTIMATES if row.get(name) is not None}
    return SideSummary(side, int(row["steps"]), **known, curve=_curve(row.get("curve")))


def _curve(row: Mapping[str, Any] | None) -> Curve | None:
    if row is None:
        return None
    return Curve(
        phase=tuple(row["phase"]),
        drop_deg=tuple(row["drop_deg"]),
        sd_deg=tuple(row["sd_deg"]),
        midstance_phase=row["midstance_phase"],
        toe_off_phase=row["toe_off_phase"],
    )


def _support(row: Mapping[str, Any] | None) -> Support | None:
    if row is None:
        return None
    left, right = (
        SideSupport(
            side,
            int(each["steps"]),
            estimate_of(each["hips_over_foot_percent"]),
            estimate_of(each["trunk_lean_deg"]),
        )
        for side in Side
        for each in (row["sides"][side.value],)
    )
    return Support(left, right, estimate_of(row["step_width_percent"]))


def _zero(row: Mapping[str, Any] | None) -> StandingZero | None:
    if row is None:
        return None
    return StandingZero(row["obliquity_deg"], row["ci95_deg"], row["from_s"], row["to_s"])
