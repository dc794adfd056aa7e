"""What is found in a session of a programme, targets and plans as JSON values, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from device.domain.analysis import estimate as as_json
from device.domain.analysis_read import estimate_of
from device.domain.basics import Side
from device.domain.coaching import Band, Ended, Entry, Held, ProgrammeStep, SpeedPart


def found_json(entry: Entry) -> dict[str, Any]:
    """What was found in a session, as JSON values."""
    return {
        "held": [
            {
                "side": one.side.value,
                "shown_deg": as_json(one.shown_deg),
                "hidden_deg": as_json(one.hidden_deg),
                "change_deg": as_json(one.change_deg),
                "holds": one.holds,
            }
            for one in entry.held
        ],
        "parts": [
            {
                "speed_kmh": part.speed_kmh,
                "from_s": part.from_s,
                "to_s": part.to_s,
                "left_deg": as_json(part.left_deg),
                "right_deg": as_json(part.right_deg),
            }
            for part in entry.parts
        ],
    }


def band_json(side: Side, band: Band) -> dict[str, Any]:
    """A side's target, as JSON values."""
    return {
        "side": side.value,
        "low_deg": band.low_deg,
        "high_deg": band.high_deg,
        "needed": band.needed,
        "baseline": as_json(band.baseline),
    }


def held_of(found: Mapping[str, Any]) -> tuple[Held, ...]:
    """The sides, back from `found_json`."""
    return tuple(
        Held(
            Side(one["side"]),
            estimate_of(one["shown_deg"]),
            estimate_of(one["hidden_deg"]),
            estimate_of(one["change_deg"]),
            one["holds"],
        )
        for one in found.get("held", ())
    )


def parts_of(found: Mapping[str, Any]) -> tuple[SpeedPart, ...]:
    """The stretches at one speed, back from `found_json`."""
    return tuple(
        SpeedPart(
            part["speed_kmh"],
            part["from_s"],
            part["to_s"],
            estimate_of(part["left_deg"]),
            estimate_of(part["right_deg"]),
        )
        for part in found.get("parts", ())
    )


def bands_of(values: Sequence[Mapping[str, Any]]) -> tuple[tuple[Side, Band], ...]:
    """The targets, back from `band_json`."""
    found = []
    for one in values:
        baseline = estimate_of(one["baseline"])
        if baseline is None:
            raise ValueError("a target without its baseline")
        band = Band(one["low_deg"], one["high_deg"], one["needed"], baseline)
        found.append((Side(one["side"]), band))
    return tuple(found)


def step_json(step: ProgrammeStep) -> dict[str, Any]:
    """A session of a programme as it is about to be run."""
    return {
        "programme": step.programme,
        "plan": step.plan,
        "of": step.of,
        "kind": step.kind,
        "minutes": step.minutes,
        "feedback": step.feedback,
        "speeds_kmh": list(step.speeds_kmh),
        "bands": [band_json(side, band) for side, band in step.bands],
    }


def step_of(value: Mapping[str, Any]) -> ProgrammeStep:
    """Back from `step_json`; raises KeyError, TypeError or ValueError when it is none."""
    plain = {
        name: value[name] for name in ("programme", "plan", "of", "kind", "minutes", "feedback")
    }
    return ProgrammeStep(
        **plain, speeds_kmh=tuple(value["speeds_kmh"]), bands=bands_of(value["bands"])
    )


def entry_of(value: Mapping[str, Any], on: date) -> Entry | None:
    """What came of a session, back from the "coach" of its document; None where it was not known.
    Raises KeyError, TypeError or ValueError when it is none."""
    if value["ended"] is None:
        return None
    return Entry(
        value["plan"],
        value["kind"],
        on,
        value["minutes_run"],
        value["minutes"],
        Ended(value["ended"]),
        value["feedback"],
        held=held_of(value),
        parts=parts_of(value),
    )
