"""Between the rows of the database and the house's types; and the header of a track file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from device.domain.analysis_read import summary_of
from device.domain.coaching_json import step_json, step_of
from device.domain.frames import CameraGeometry
from device.domain.history import (
    AnalysisMade,
    FeedbackBlock,
    KeptSession,
    Runner,
    SessionStart,
)
from device.storage.boots import ClockReading

NS_PER_S = 1_000_000_000
GEOMETRY = ("above_hips_m", "distance_m", "hfov_deg", "roll_deg")
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

SESSIONS = """
SELECT s.*, r.code AS runner, b.right AS clock_right, b.offset_ns AS known_offset_ns
FROM sessions s JOIN boots b ON b.id = s.boot_id LEFT JOIN runners r ON r.id = s.runner_id
WHERE NOT s.deleting
"""


@dataclass(frozen=True, slots=True)
class StoredPicture:
    """A picture as it lies in the database: its key, the JPEG, and what was measured in it."""

    key: str
    jpeg: bytes
    meta: Mapping[str, Any]


def header_of(start: SessionStart, clock: ClockReading) -> dict[str, Any]:
    """What a track file says of its session: enough to enter it after a power cut."""
    return {
        **{name: getattr(start, name) for name in _PLAIN},
        "started": start.started.isoformat(),
        "geometry": {name: getattr(start.geometry, name) for name in GEOMETRY},
        "overridden": list(start.overridden),
        "simulated": list(start.simulated),
        "settings": dict(start.settings),
        "programme": None if start.programme is None else step_json(start.programme),
        "clock": {
            "boot": clock.boot,
            "monotonic_ns": clock.monotonic_ns,
            "wall_ns": clock.wall_ns,
            "right": clock.right,
        },
    }


_PLAIN = (
    "uuid",
    "runner",
    "began_ns",
    "station",
    "profile",
    "config_hash",
    "version",
    "algorithm_version",
    "camera",
    "camera_fps",
    "use_standing_zero",
    "speed_kmh",
)


_NUMBER = (float, int, type(None))
_KINDS: dict[str, Any] = {
    "runner": (str, type(None)),
    "began_ns": int,
    "camera_fps": _NUMBER,
    "use_standing_zero": (bool, int),
    "speed_kmh": _NUMBER,
}
"""What a header's values are; all others are text."""


def start_of(header: Mapping[str, Any]) -> tuple[SessionStart, ClockReading]:
    """Back from `header_of`; raises ValueError, KeyError or TypeError when it is none."""
    for name in _PLAIN:
        if not isinstance(header[name], _KINDS.get(name, str)):
            raise TypeError(f"{name} is {header[name]!r}")
    for name in GEOMETRY:
        if not isinstance(header["geometry"][name], _NUMBER):
            raise TypeError(f"{name} is {header['geometry'][name]!r}")
    clock = header["clock"]
    start = SessionStart(
        **{name: header[name] for name in _PLAIN},
        started=datetime.fromisoformat(header["started"]),
        geometry=CameraGeometry(**{name: header["geometry"][name] for name in GEOMETRY}),
        overridden=tuple(header["overridden"]),
        simulated=tuple(header["simulated"]),
        settings=dict(header["settings"]),
        # Tracks of earlier versions have none.
        programme=step_of(header["programme"]) if header.get("programme") else None,
    )
    reading = ClockReading(
        str(clock["boot"]), int(clock["monotonic_ns"]), int(clock["wall_ns"]), bool(clock["right"])
    )
    return start, reading


def session_values(
    start: SessionStart, clock: ClockReading, boot_id: int, runner_id: int | None
) -> dict[str, Any]:
    """The columns of `sessions` that are known when it begins."""
    offset = start.started.utcoffset() or timedelta()
    return {
        "uuid": start.uuid,
        "runner_id": runner_id,
        "boot_id": boot_id,
        "started_ns": ns_of(start.started),
        "zone_min": round(offset.total_seconds() / 60),
        "monotonic_ns": clock.monotonic_ns,
        "offset_ns": clock.offset_ns,
        "began_ns": start.began_ns,
        "station": start.station,
        "profile": start.profile,
        "config_hash": start.config_hash,
        "version": start.version,
        "camera": start.camera,
        "camera_fps": start.camera_fps,
        **{name: getattr(start.geometry, name) for name in GEOMETRY},
        "use_standing_zero": int(start.use_standing_zero),
        "speed_kmh": start.speed_kmh,
        "overridden": json.dumps(list(start.overridden)),
        "simulated": json.dumps(list(start.simulated)),
        "settings": json.dumps(dict(start.settings)),
    }


def started_of(row: sqlite3.Row) -> datetime:
    """When the session began, by the best that is known of its boot's clock by now."""
    ns = row["started_ns"]
    if row["clock_right"]:
        ns += row["known_offset_ns"] - row["offset_ns"]
    return when(ns, row["zone_min"])


def geometry_of(row: sqlite3.Row) -> CameraGeometry:
    """The camera of a session's row."""
    return CameraGeometry(**{name: row[name] for name in GEOMETRY})


def runner_of(row: sqlite3.Row) -> Runner:
    """A runner; `row` has the columns of `runners`, and of the newest session or NULL."""
    low, high = row["target_low_deg"], row["target_high_deg"]
    return Runner(
        id=row["id"],
        code=row["code"],
        sessions=row["sessions"],
        last=started_of(row) if row["started_ns"] is not None else None,
        target_deg=None if low is None else (low, high),
        personal_json=row["personal_json"],
        exercises_json=row["exercises_json"],
    )


def analysis_made_of(row: sqlite3.Row, zone_min: int) -> AnalysisMade:
    """Which analysis a row of `analyses` is."""
    return AnalysisMade(
        row["algorithm_version"], when(row["made_ns"], zone_min), bool(row["original"])
    )


def kept_of(
    row: sqlite3.Row,
    analysis: sqlite3.Row | None,
    steps: list[sqlite3.Row],
    feedback: list[sqlite3.Row],
    *,
    has_clip: bool,
    has_track: bool,
) -> KeptSession:
    """A session out of its rows."""
    return KeptSession(
        uuid=row["uuid"],
        number=row["id"],
        runner=row["runner"],
        started=started_of(row),
        date_known=bool(row["clock_right"]),
        duration_s=row["duration_s"],
        summary=(
            None
            if analysis is None
            else summary_of(json.loads(analysis["document"]), [dict(step) for step in steps])
        ),
        analysis=None if analysis is None else analysis_made_of(analysis, row["zone_min"]),
        geometry=geometry_of(row),
        overridden=tuple(json.loads(row["overridden"])),
        speed_kmh=row["speed_kmh"],
        cut_off=bool(row["cut_off"]),
        simulated=tuple(json.loads(row["simulated"])),
        feedback=tuple(
            FeedbackBlock(block["from_s"], block["to_s"], bool(block["visible"]))
            for block in feedback
        ),
        station=row["station"],
        profile=row["profile"],
        config_hash=row["config_hash"],
        has_clip=has_clip,
        has_track=has_track,
    )


def ns_of(moment: datetime) -> int:
    """Nanoseconds since 1970; the moment has its zone."""
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * NS_PER_S + since.microseconds * 1000


def when(ns: int, zone_min: int = 0) -> datetime:
    """The moment, in a zone."""
    zone = timezone(timedelta(minutes=zone_min))
    return datetime(1970, 1, 1, tzinfo=UTC).astimezone(zone) + timedelta(microseconds=ns // 1000)
