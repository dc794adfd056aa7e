"""Everything of a session that goes onto a stick beside pictures and films (pure)."""

from __future__ import annotations

import io
from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np

from device.domain.analysis import steps_csv
from device.domain.frames import CameraGeometry
from device.domain.results import GaitSummary
from device.domain.session_track import PackedTrack, SessionTrack
from device.session.curves import curves_csv
from device.session.fhir import Origin, fhir_json
from device.session.opensim import cycle_mot, markers_trc, pelvis_mot, scale_mm
from device.session.readme import readme
from device.session.record import ClipSpan, SessionFacts, session_json, since, when

NS_PER_S = 1_000_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Parcel:
    """A session to be written. `summary`, `track` and `clip` are on the kiosk's clock, as
    measured; what is written counts from the session's beginning. `code` is the runner's."""

    summary: GaitSummary
    facts: SessionFacts
    clip: ClipSpan | None
    track: SessionTrack | PackedTrack | None
    geometry: CameraGeometry = field(default_factory=CameraGeometry)


def number_files(parcel: Parcel) -> dict[str, bytes]:
    """The session's numbers, by file name."""
    facts = parcel.facts
    moved = since(parcel.summary, facts.began_s)
    files = {
        "session.json": session_json(moved, facts, parcel.clip).encode(),
        "steps.csv": steps_csv(moved.steps, facts.feedback).encode(),
        "curves.csv": curves_csv(moved).encode(),
    }
    cycle = cycle_mot(moved)
    if cycle is not None:
        files["pelvis-cycle.mot"] = cycle.encode()
    return files


def fhir_files(parcel: Parcel) -> dict[str, bytes]:
    """`fhir.json`."""
    facts = parcel.facts
    origin = Origin(
        started=facts.started,
        ended=facts.ended,
        date_known=facts.date_known,
        station=facts.station,
        version=facts.version,
        algorithm_version=facts.algorithm_version,
        code=facts.code,
        simulated=bool(facts.simulated),
    )
    return {"fhir.json": fhir_json(parcel.summary, origin).encode()}


def track_files(parcel: Parcel) -> dict[str, bytes]:
    """What was seen picture by picture, by file name."""
    if parcel.track is None or not len(parcel.track):
        return {}
    track = parcel.track.unpacked()
    origin_ns = round(parcel.facts.began_s * NS_PER_S)
    files = {}
    if track.found.any():
        files["markers.trc"] = markers_trc(track, origin_ns, parcel.geometry).encode()
        files["pose.npz"] = pose_npz(track, origin_ns)
    if np.isfinite(track.line_deg).any():
        files["pelvis.mot"] = pelvis_mot(track, origin_ns).encode()
    return files


def readme_of(
    parcel: Parcel,
    files: Collection[str],
    *,
    slow: int = 1,
    hidden: str = "",
    missing: Collection[str] = (),
) -> bytes:
    """`README.txt` for `files`."""
    facts, clip = parcel.facts, parcel.clip
    shown = clip is not None and "clip.mp4" in files
    track = None if parcel.track is None else parcel.track.unpacked()
    scaled = track is not None and scale_mm(track, parcel.geometry)[1]
    return readme(
        when=when(facts),
        station=facts.station,
        version=f"Midstance {facts.version}",
        clip_s=clip.to_s - clip.from_s if clip is not None and shown else None,
        zeroed=parcel.summary.standing_zero is not None,
        estimate=parcel.summary.estimate_only,
        files=files,
        plain_clip="clip-raw.mp4" not in files,
        slow=slow,
        hidden=hidden,
        scaled=scaled,
        missing=missing,
    )


def pose_npz(track: SessionTrack, origin_ns: int) -> bytes:
    """`pose.npz`: the pose track of `device.domain.pose_track`, times since `origin_ns`."""
    out = io.BytesIO()
    np.savez_compressed(out, **track.pose_track_arrays(origin_ns))
    return out.getvalue()
