"""The files of a session kept on this device, made of what the store has of it.

The numbers are the stored ones, not newly computed; analyses made later lie beside them as
``analysis-2.json`` and so on. Pictures and clip are as they were recorded: `device.kept_saving`
hides what is to be hidden.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from device.atomic import write_folder
from device.clips.export import session_folder
from device.domain.analysis import steps_csv
from device.domain.analysis_read import summary_of
from device.domain.frames import Pose
from device.domain.history import KeptSession, TrackRow
from device.domain.session_track import SessionTrack
from device.errors import OutputError
from device.pipeline.track import TrackKeeper
from device.session.curves import curves_csv
from device.session.opensim import cycle_mot, markers_trc, pelvis_mot
from device.session.parcel import pose_npz
from device.storage.store import Store

FOLDER = "MIDSTANCE"
MOST_FRAMES = 2_000_000
"""As many as a pose track may have; nine hours."""


def write_numbers(store: Store, uuid: str, root: Path) -> Path:
    """Write the session's numbers and tracks below `root`, whole or not at all; return the folder.

    Raises `OutputError` when it cannot be written.
    """
    session = store.read(uuid)
    name = session_folder(session.started, session.runner or session.station)
    files = {
        each: data
        for each, data in files_of(store, session).items()
        if not each.endswith((".jpg", ".mp4"))
    }
    try:
        root.mkdir(parents=True, exist_ok=True)
        return write_folder(root, name, files, below=FOLDER)
    except OSError as error:
        raise OutputError(
            f"{root}: session {session.number} cannot be written ({error.strerror or error}).",
            remedy="Name a folder that you may write to and that has room.",
        ) from error


def files_of(store: Store, session: KeptSession) -> dict[str, bytes]:
    """All files of the session by name."""
    files: dict[str, bytes] = {}
    documents = store.documents(session.uuid)
    for number, document in enumerate(documents, 1):
        name = "session.json" if number == 1 else f"analysis-{number}.json"
        files[name] = _json(document if number > 1 else {**document, "kept": _kept(session)})
    if documents:
        summary = summary_of(documents[0])
        files["steps.csv"] = steps_csv(summary.steps, session.feedback).encode()
        files["curves.csv"] = curves_csv(summary).encode()
        cycle = cycle_mot(summary)
        if cycle is not None:
            files["pelvis-cycle.mot"] = cycle.encode()
    if session.has_track:
        stored = store.track_reader(session.uuid)
        track = session_track(stored, _level(session))
        if track is not None:
            origin_ns = int(stored.header["began_ns"])
            files["markers.trc"] = markers_trc(track, origin_ns, session.geometry).encode()
            files["pelvis.mot"] = pelvis_mot(track, origin_ns).encode()
            files["pose.npz"] = pose_npz(track, origin_ns)
    for picture in store.pictures(session.uuid):
        files[f"{picture.key}.jpg"] = picture.jpeg
    clip = store.clip(session.uuid)
    if clip is not None:
        files["clip-raw.mp4"] = clip
    return files


def session_track(rows: Iterable[TrackRow], level_deg: float) -> SessionTrack | None:
    """A kept track as the exporters know it; None when nobody was ever looked for."""
    keeper = TrackKeeper(most_frames=MOST_FRAMES)
    last: Pose | None = None
    for row in rows:
        last = row.pose or last
        if last is None:
            continue
        pose = last
        if row.pose is None:
            pose = Pose(
                last.seq,
                row.t_ns,
                last.landmarks_px,
                last.visibility,
                last.image_size_px,
                last.detector,
                last.people,
            )
        keeper.add(pose, row.pelvis, level_deg, found=row.pose is not None)
    return keeper.taken()


def _level(session: KeptSession) -> float:
    """At which angle in the picture the drop is zero."""
    zero = session.summary.standing_zero if session.summary is not None else None
    return (session.geometry.roll_deg or 0.0) + (zero.obliquity_deg if zero is not None else 0.0)


def _kept(session: KeptSession) -> dict[str, Any]:
    """What the store knows of the session beside its analysis."""
    return {
        "uuid": session.uuid,
        "number": session.number,
        "runner": session.runner,
        "started": session.started.isoformat(),
        "date_known": session.date_known,
        "cut_off": session.cut_off,
        "speed_kmh": session.speed_kmh,
        "overridden": list(session.overridden),
        "feedback": [
            {"from_s": block.from_s, "to_s": block.to_s, "visible": block.visible}
            for block in session.feedback
        ],
    }


def _json(content: Any) -> bytes:
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()
