"""`fhir.json`: a session as an HL7 FHIR R4 bundle of observations, for clinics (pure).

A panel observation names its members: for each side the four drops and the contact time, then the
asymmetry and the cadence. Units are UCUM. What could not be measured is there with the reason
("dataAbsentReason"), never as a number. The codes are Midstance's own: there are no LOINC codes
for these measures, and none are claimed. https://hl7.org/fhir/R4/observation.html
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from device.domain.analysis import SIDE_METRICS, number
from device.domain.basics import Estimate, Side, Verdict
from device.domain.methods import note_of
from device.domain.results import GaitSummary

NAMESPACE = uuid.UUID("6f0a1f0e-2f0f-5c64-9f0c-6d696473746e")
"""Ids follow from this, the session and the measure: the same session gives the same ids."""
CODES = f"urn:uuid:{uuid.uuid5(NAMESPACE, 'codes')}"
SUBJECTS = f"urn:uuid:{uuid.uuid5(NAMESPACE, 'subjects')}"
_UCUM = "http://unitsofmeasure.org"
_ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"

_WHAT = {
    "midstance_drop_deg": ("Contralateral pelvic drop at midstance", "deg", "degrees"),
    "peak_drop_deg": ("Peak contralateral pelvic drop in stance", "deg", "degrees"),
    "excursion_deg": (
        "Contralateral pelvic drop, peak less value at foot strike",
        "deg",
        "degrees",
    ),
    "hip_lock_deg": ("Rise of the swing hip from peak drop to toe-off", "deg", "degrees"),
    "contact_time_s": ("Contact time", "s", "seconds"),
    "drop_rate_deg_s": ("Rate of contralateral pelvic drop", "deg/s", "degrees per second"),
    "start_deg": ("Midstance pelvic drop, first third of the run", "deg", "degrees"),
    "end_deg": ("Midstance pelvic drop, last third of the run", "deg", "degrees"),
    "drift_deg": ("Midstance pelvic drop, last third less first third", "deg", "degrees"),
    "asymmetry_deg": ("Midstance pelvic drop, right less left", "deg", "degrees"),
    "cadence_spm": ("Running cadence, steps of both feet", "/min", "steps per minute"),
}


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose session it was, and when; `code` is empty when it was nobody's in particular."""

    started: datetime
    ended: datetime
    station: str
    version: str
    algorithm_version: str
    code: str = ""
    simulated: bool = False
    date_known: bool = True


def fhir_json(summary: GaitSummary, origin: Origin) -> str:
    """The bundle as JSON text."""
    return json.dumps(bundle(summary, origin), indent=1, ensure_ascii=False) + "\n"


def bundle(summary: GaitSummary, origin: Origin) -> dict[str, Any]:
    """The bundle, a "collection"."""
    members = [
        _observation(metric, getattr(summary.side(side), metric), summary, origin, side)
        for side in Side
        for metric in SIDE_METRICS
        if metric in _WHAT
    ]
    members.append(_observation("asymmetry_deg", summary.asymmetry_deg, summary, origin, None))
    members.append(_observation("cadence_spm", summary.cadence_spm, summary, origin, None))
    entries = [_panel(members, summary, origin), *members]
    return {
        "resourceType": "Bundle",
        "id": _id(origin, "bundle"),
        "type": "collection",
        "timestamp": _time(origin.ended),
        "entry": [{"fullUrl": f"urn:uuid:{entry['id']}", "resource": entry} for entry in entries],
    }


def _observation(
    metric: str,
    value: Estimate | None,
    summary: GaitSummary,
    origin: Origin,
    side: Side | None,
) -> dict[str, Any]:
    text, unit, unit_text = _WHAT[metric]
    name = f"{side.value}-{metric}" if side else metric
    found = _common(name, text + (f", {side.value} leg standing" if side else ""), summary, origin)
    mean = None if value is None else number(value.mean)
    if value is None or mean is None:
        blocking = [reason.message for reason in summary.reasons if reason.blocks]
        why = " ".join(blocking) or "There was too little to measure it from."
        found["dataAbsentReason"] = {
            "coding": [{"system": _ABSENT, "code": "unknown", "display": "Unknown"}],
            "text": why,
        }
        return found
    found["valueQuantity"] = _quantity(mean, unit, unit_text)
    found["component"] = [
        _component("ci95-low", "95 % interval of the mean, low", value.ci95_low, unit, unit_text),
        _component(
            "ci95-high", "95 % interval of the mean, high", value.ci95_high, unit, unit_text
        ),
        _component("steps", "Number of steps", float(value.n), "1", "steps"),
    ]
    if value.sd is not None:
        found["component"].insert(
            2, _component("sd", "Standard deviation from step to step", value.sd, unit, unit_text)
        )
    return found


def _panel(members: list[dict[str, Any]], summary: GaitSummary, origin: Origin) -> dict[str, Any]:
    panel = _common("panel", "Pelvic drop in treadmill running, seen from behind", summary, origin)
    panel["hasMember"] = [{"reference": f"urn:uuid:{member['id']}"} for member in members]
    notes = ["For training and screening. Not a diagnosis."]
    if summary.pelvis.method is not None:
        notes.append(note_of(summary.pelvis.method, summary.estimate_only))
    notes += [f"{reason.message} {reason.remedy}".strip() for reason in summary.reasons]
    if origin.simulated:
        notes.append("SIMULATED: made with stand-ins for parts of the device, of no real person.")
    panel["note"] = [{"text": note} for note in notes]
    return panel


def _common(name: str, text: str, summary: GaitSummary, origin: Origin) -> dict[str, Any]:
    measured = summary.verdict is not Verdict.NOT_MEASURABLE
    found: dict[str, Any] = {
        "resourceType": "Observation",
        "id": _id(origin, name),
        "status": "final" if measured else "cancelled",
        "category": [
            {"coding": [{"system": _CATEGORY, "code": "activity", "display": "Activity"}]}
        ],
        "code": {"coding": [{"system": CODES, "code": name, "display": text}], "text": text},
        **_times(origin),
        "method": {
            "text": f"Midstance {origin.version} (algorithm {origin.algorithm_version}), pelvis "
            f"line by {summary.pelvis.method.value if summary.pelvis.method else 'nothing'}"
            + (", ESTIMATE" if summary.estimate_only else "")
        },
        "device": {"display": f"Midstance, station {origin.station}"},
    }
    if origin.code:
        found["subject"] = {"identifier": {"system": SUBJECTS, "value": origin.code}}
    return found


def _component(code: str, text: str, value: float, unit: str, unit_text: str) -> dict[str, Any]:
    return {
        "code": {"coding": [{"system": CODES, "code": code, "display": text}], "text": text},
        "valueQuantity": _quantity(number(value), unit, unit_text),
    }


def _quantity(value: float | None, unit: str, unit_text: str) -> dict[str, Any]:
    return {"value": value, "unit": unit_text, "system": _UCUM, "code": unit}


def _id(origin: Origin, name: str) -> str:
    return str(uuid.uuid5(NAMESPACE, f"{origin.started.isoformat()}|{origin.station}|{name}"))


def _times(origin: Origin) -> dict[str, Any]:
    """When it was; nothing where the station's clock was not set."""
    if not origin.date_known:
        return {}
    start, end = _time(origin.started), _time(origin.ended)
    return {"effectivePeriod": {"start": start, "end": end}, "issued": end}


def _time(when: datetime) -> str:
    return when.isoformat(timespec="seconds")
