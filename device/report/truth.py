"""Recordings whose truth is known, and reading that truth.

Two kinds of truth file are understood, found beside the recording by name:

``NAME.truth.json``
    Marker-based running (pose tracks). Drop of several lines: ``HJC`` (hip joint centres) and
    ``IMAGE`` (the noise-free line in the picture).
``NAME.json``
    Rendered runners (videos), made with exact pelvis angles.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from device.domain.basics import Gait, Side
from device.domain.frames import CameraGeometry
from device.errors import InputError

RECORDINGS = (".mp4", ".mkv", ".mov", ".avi", ".npz")


@dataclass(frozen=True, slots=True)
class TrueStep:
    """One stance phase as it was: times in seconds, drops in degrees (None where not recorded)."""

    side: Side
    strike_s: float
    midstance_s: float
    toe_off_s: float | None
    midstance_drop_deg: float | None
    peak_drop_deg: float | None


@dataclass(frozen=True, slots=True)
class TrueSide:
    """A side's mean drops in degrees against one reference line."""

    midstance_drop_deg: float
    peak_drop_deg: float


@dataclass(frozen=True, slots=True)
class Truth:
    """What really happened in a recording.

    `lines` maps a reference line ("hip joints", "picture", "hip joints from standing", "pelvis")
    to the drops of both sides. `known_roll_deg` is the camera's roll where a level line would show
    it. `steps` are those wholly inside the recording.
    """

    name: str
    recording: Path
    condition: str
    gait: Gait
    cadence_spm: float | None
    lines: Mapping[str, Mapping[Side, TrueSide]]
    steps: tuple[TrueStep, ...]
    geometry: CameraGeometry
    known_roll_deg: float | None
    has_standing: bool
    stickers: bool

    @property
    def is_video(self) -> bool:
        """Whether it is a film rather than a pose track."""
        return self.recording.suffix != ".npz"


def find(folders: list[Path]) -> list[Truth]:
    """All recordings with a truth file in `folders` (searched through), sorted by kind and name."""
    found = [truth for folder in folders for truth in _in_folder(folder)]
    return sorted(found, key=lambda t: (t.is_video, t.condition, t.name))


def _in_folder(folder: Path) -> Iterator[Truth]:
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder.", remedy="Name a folder with recordings.")
    for recording in sorted(folder.rglob("*")):
        if recording.suffix not in RECORDINGS:
            continue
        marker = recording.with_name(f"{recording.stem}.truth.json")
        rendered = recording.with_suffix(".json")
        if marker.is_file():
            data = _load(marker)
            # The truth of a rendered clip may be named either way; its content tells.
            known = _rendered if "params" in data else _marker
            yield (_demo if "renderer_parameters" in data else known)(recording, data)
        elif rendered.is_file():
            yield _rendered(recording, _load(rendered))


def _load(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(
            f"{path}: the truth cannot be read ({error}).", remedy="Mend or remove that file."
        ) from error
    if not isinstance(data, dict):
        raise InputError(f"{path}: the truth is no JSON object.", remedy="Mend or remove it.")
    return data


def _marker(recording: Path, data: dict[str, Any]) -> Truth:
    running = data.get("cadence_spm") is not None
    lines: dict[str, dict[Side, TrueSide]] = {}
    for side in Side if running else ():
        entry = data[side.value]
        for name, key in (("hip joints", "HJC"), ("picture", "IMAGE")):
            if key in entry:
                lines.setdefault(name, {})[side] = TrueSide(
                    entry[key]["midstance_drop_deg"]["mean"], entry[key]["peak_drop_deg"]["mean"]
                )
        if "midstance_drop_minus_static_deg" in entry.get("HJC", {}):
            lines.setdefault("hip joints from standing", {})[side] = TrueSide(
                entry["HJC"]["midstance_drop_minus_static_deg"],
                entry["HJC"]["peak_drop_minus_static_deg"],
            )
    camera = data.get("camera") or {}
    return Truth(
        name=recording.stem,
        recording=recording,
        condition=data.get("variant") or "nobody",
        gait=Gait.RUNNING if running else Gait.NONE,
        cadence_spm=data.get("cadence_spm"),
        lines=lines,
        steps=tuple(_marker_step(step) for step in data.get("steps", [])),
        geometry=CameraGeometry(
            above_hips_m=camera.get("height_rel_midhip_m"),
            distance_m=camera.get("distance_m"),
            hfov_deg=camera.get("hfov_deg"),
        ),
        known_roll_deg=None,
        has_standing=bool(data.get("running_from_s")),
        stickers=False,
    )


def _marker_step(step: Mapping[str, Any]) -> TrueStep:
    return TrueStep(
        Side(step["side"]),
        step["strike_s"],
        step["midstance_s"],
        step.get("toe_off_s"),
        step.get("midstance_drop_deg"),
        step.get("peak_drop_deg"),
    )


def _rendered(recording: Path, data: dict[str, Any]) -> Truth:
    params = data["params"]
    gait = Gait.WALKING if params["gait"] == "walk" else Gait.RUNNING
    sides = {
        side: TrueSide(data[side.value]["midstance_drop_mean"], data[side.value]["peak_drop_mean"])
        for side in Side
    }
    steps = [
        TrueStep(side, strike, mid, toe_off, drop, peak)
        for side in Side
        for strike, mid, toe_off, drop, peak in zip(
            *(
                data[side.value][key]
                for key in ("strikes", "midstances", "toe_offs", "midstance_drop", "peak_drop")
            ),
            strict=True,
        )
    ]
    return Truth(
        name=recording.stem,
        recording=recording,
        condition=_rendered_condition(params),
        gait=gait,
        cadence_spm=data["cadence_spm"],
        lines={"pelvis": sides},
        steps=tuple(sorted(steps, key=lambda step: step.strike_s)),
        geometry=CameraGeometry(distance_m=params["cam_dist"]),
        known_roll_deg=params["cam_roll"] or None,
        has_standing=params["stand_s"] > 0,
        stickers=bool(params.get("stk")),
    )


def _demo(recording: Path, data: dict[str, Any]) -> Truth:
    """The embedded demo runner, whose truth is in the product's own words."""
    return Truth(
        name=recording.stem,
        recording=recording,
        condition="embedded demo runner",
        gait=Gait.RUNNING,
        cadence_spm=data["cadence_spm"],
        lines={
            "pelvis": {
                side: TrueSide(
                    data[side.value]["midstance_drop_deg"], data[side.value]["peak_drop_deg"]
                )
                for side in Side
            }
        },
        steps=tuple(_marker_step(step) for step in data["steps"]),
        geometry=CameraGeometry(),
        known_roll_deg=None,
        has_standing=True,
        stickers=True,
    )


def _rendered_condition(params: Mapping[str, Any]) -> str:
    words = ["rendered", "walk" if params["gait"] == "walk" else "run"]
    if params.get("stk"):
        words.append("stickers")
    if params["stand_s"] > 0:
        words.append("standing first")
    if params["cam_roll"]:
        words.append("rolled")
    if params["light"] < 0.8:
        words.append("dim")
    if params.get("body") != "mesh":
        words.append("other body")
    return ", ".join(words)
