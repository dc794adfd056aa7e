"""The store's contents, as they are read: runners, sessions, analyses, pictures, files."""

from __future__ import annotations

import json
import logging
import re
import sqlite3
from pathlib import Path
from typing import Any

from device.domain.analysis import number as finite
from device.domain.coaching import Coaching
from device.domain.history import AnalysisMade, KeptSession, Runner
from device.errors import InputError, StorageError, UsageError
from device.storage import courses, database, rows, tracks
from device.storage.database import RowError, understood
from device.storage.rows import StoredPicture

log = logging.getLogger(__name__)

_RUNNERS = """
SELECT r.*, newest.started_ns, newest.zone_min, newest.offset_ns,
       b.right AS clock_right, b.offset_ns AS known_offset_ns,
       (SELECT count(*) FROM sessions s WHERE s.runner_id = r.id AND NOT s.deleting) AS sessions
FROM runners r
LEFT JOIN sessions newest ON newest.id =
    (SELECT max(id) FROM sessions s WHERE s.runner_id = r.id AND NOT s.deleting)
LEFT JOIN boots b ON b.id = newest.boot_id
"""


class Shelf:
    """Everything that is kept in `folder`, read through an open connection. One thread's.

    Methods raise `StorageError`, and `InputError` for sessions that are not there.
    """

    def __init__(self, folder: Path, connection: sqlite3.Connection) -> None:
        self.folder = folder
        self._db = connection

    def runners(self) -> tuple[Runner, ...]:
        """All of them, the newest visit first."""
        with understood(self.folder):
            found = self._db.execute(_RUNNERS + " ORDER BY newest.id DESC NULLS LAST, r.id DESC")
            return tuple(rows.runner_of(row) for row in found)

    def runner(self, code: str) -> Runner | None:
        """The runner of that code, whatever its case."""
        with understood(self.folder):
            row = self._db.execute(_RUNNERS + " WHERE r.code = ?", (code,)).fetchone()
            return None if row is None else rows.runner_of(row)

    def coaching(self, code: str) -> Coaching | None:
        """The runner's programme; None without one."""
        with understood(self.folder):
            row = self._db.execute("SELECT id FROM runners WHERE code = ?", (code,)).fetchone()
            return None if row is None else courses.read(self._db, row["id"])

    def history(self, runner: str | None = None, most: int = 200) -> tuple[KeptSession, ...]:
        """Sessions of `runner` (None: of everybody), newest first, without their steps."""
        where = "" if runner is None else " AND r.code = :runner"
        query = f"{rows.SESSIONS}{where} ORDER BY s.id DESC LIMIT :most"
        with understood(self.folder):
            found = self._db.execute(query, {"runner": runner, "most": most}).fetchall()
        kept = []
        for row in found:
            with understood(self.folder):
                try:
                    kept.append(self._kept(row, steps=False))
                except (RowError, ValueError, LookupError, TypeError) as error:
                    # Damaged numbers must not hide all the others; the session is there without.
                    log.error("the numbers of session %s cannot be read: %s", row["uuid"], error)
                    kept.append(self._kept(row, steps=False, numbers=False))
        return tuple(kept)

    def read(self, uuid: str, algorithm_version: str | None = None) -> KeptSession:
        """One session, with its steps: the numbers that were shown, or, with `algorithm_version`,
        the newest made by that version (the original ones where there are none)."""
        with understood(self.folder):
            return self._kept(self._row(uuid), algorithm_version=algorithm_version)

    def find(self, name: str) -> str:
        """The uuid that `name` means: a session's number, its uuid or the beginning of one.

        Raises `UsageError` for one that means none, or several.
        """
        with understood(self.folder):
            found = [
                str(row["uuid"])
                for row in self._db.execute(rows.SESSIONS)
                if str(row["id"]) == name or (len(name) >= 4 and row["uuid"].startswith(name))
            ]
        if len(found) == 1:
            return found[0]
        if found:
            raise UsageError(f"{name} means several sessions.", remedy="Give more of it.")
        raise UsageError(
            f"There is no session {name}.", remedy="`midstance sessions list` shows them."
        )

    def analyses(self, uuid: str) -> tuple[AnalysisMade, ...]:
        """All analyses of a session, oldest first."""
        with understood(self.folder):
            row = self._row(uuid)
            found = self._db.execute(
                "SELECT * FROM analyses WHERE session_id = ? ORDER BY id", (row["id"],)
            )
            return tuple(rows.analysis_made_of(each, row["zone_min"]) for each in found)

    def documents(self, uuid: str) -> tuple[dict[str, Any], ...]:
        """The analysis documents of a session as they were kept, oldest first, steps included."""
        with understood(self.folder):
            row = self._row(uuid)
            found = self._db.execute(
                "SELECT * FROM analyses WHERE session_id = ? ORDER BY id", (row["id"],)
            ).fetchall()
            return tuple(
                {
                    **json.loads(each["document"]),
                    "steps": [_step(step) for step in self._steps(each["id"])],
                }
                for each in found
            )

    def pictures(self, uuid: str) -> tuple[StoredPicture, ...]:
        """The session's pictures."""
        with understood(self.folder):
            found = self._db.execute(
                "SELECT * FROM pictures WHERE session_id = ? ORDER BY key", (self._row(uuid)["id"],)
            )
            return tuple(StoredPicture(r["key"], r["jpeg"], json.loads(r["meta"])) for r in found)

    def clip(self, uuid: str) -> bytes | None:
        """The session's clip, an MP4; None when none was kept."""
        try:
            return self._clip(uuid).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise database.storage_error(error, self._clip(uuid)) from error

    def track(self, uuid: str) -> tracks.Track:
        """The session's track and what was known at its beginning; raises `PoseTrackError`."""
        return tracks.read(self._track(uuid))

    def track_reader(self, uuid: str) -> tracks.TrackReader:
        """The session's track row by row; raises `PoseTrackError`."""
        return tracks.TrackReader(self._track(uuid))

    def has_track(self, uuid: str) -> bool:
        """Whether the session's track is there."""
        return self._track(uuid).is_file()

    def _row(self, uuid: str) -> sqlite3.Row:
        row = self._db.execute(rows.SESSIONS + " AND s.uuid = ?", (uuid,)).fetchone()
        if row is None:
            raise InputError(f"There is no session {uuid}.", remedy="It may have been deleted.")
        assert isinstance(row, sqlite3.Row)
        return row

    def _kept(
        self,
        row: sqlite3.Row,
        *,
        steps: bool = True,
        numbers: bool = True,
        algorithm_version: str | None = None,
    ) -> KeptSession:
        found = self._db.execute(
            "SELECT * FROM analyses WHERE session_id = :id ORDER BY "
            "(algorithm_version = :version) DESC, "
            "CASE WHEN algorithm_version = :version THEN id END DESC, original DESC, id DESC",
            {"id": row["id"], "version": algorithm_version or ""},
        )
        analysis = found.fetchone() if numbers else None
        feedback = self._db.execute(
            "SELECT * FROM feedback_blocks WHERE session_id = ? ORDER BY number", (row["id"],)
        ).fetchall()
        try:
            return rows.kept_of(
                row,
                analysis,
                self._steps(analysis["id"]) if analysis is not None and steps else [],
                feedback,
                has_clip=self._clip(row["uuid"]).is_file(),
                has_track=self._track(row["uuid"]).is_file(),
            )
        except InputError as error:
            raise RowError(f"Session {row['uuid']}: {error.what}") from error

    def _steps(self, analysis_id: int) -> list[sqlite3.Row]:
        return self._db.execute(
            "SELECT * FROM steps WHERE analysis_id = ? ORDER BY number", (analysis_id,)
        ).fetchall()

    def _track(self, uuid: str) -> Path:
        return self.folder / "tracks" / f"{_safe(uuid)}.track"

    def _clip(self, uuid: str) -> Path:
        return self.folder / "clips" / f"{_safe(uuid)}.mp4"


def _step(row: sqlite3.Row) -> dict[str, Any]:
    """A step as the document has it."""
    step = {name: row[name] for name in rows.STEP_COLUMNS}
    step["valid"] = bool(step["valid"])
    if step["contact_time_s"] is None and step["toe_off_s"] is not None:
        # Kept by a version that did not keep it.
        step["contact_time_s"] = finite(step["toe_off_s"] - step["strike_s"])
    return step


def _safe(uuid: str) -> str:
    if not re.fullmatch(r"[0-9a-f-]{8,40}", uuid):
        raise StorageError(f"{uuid!r} is no session's uuid.")
    return uuid
