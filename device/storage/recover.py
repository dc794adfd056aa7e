"""What a power cut has left in the store's folder, put in order when it is opened."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from pathlib import Path

from device.domain.history import SessionStart
from device.errors import MidstanceError
from device.storage import database, rows, tracks
from device.storage.boots import ClockReading

log = logging.getLogger(__name__)

_NO_HEADER = (ValueError, KeyError, TypeError, AttributeError, OverflowError)

Enter = Callable[[SessionStart, ClockReading, float], None]
"""Enters a session that was cut off: how it began, the clock then, and how long it lasted."""


def adopt(connection: sqlite3.Connection, folder: Path, enter: Enter) -> tuple[str, ...]:
    """Enter sessions whose track is there but not their row; returns their uuids."""
    adopted = []
    for path in sorted((folder / "tracks").glob("*.track")):
        if _known(connection, path.stem):
            continue
        try:
            if tracks.in_use(path):
                continue
            start, clock = rows.start_of(tracks.read_header(path))
            last_ns = max((row.t_ns for row in tracks.TrackReader(path)), default=None)
            if start.uuid != path.stem:
                raise ValueError(f"it is the track of {start.uuid}")
        except FileNotFoundError:
            continue  # deleted meanwhile, by the command line
        except (
            MidstanceError,
            ValueError,
            KeyError,
            TypeError,
            AttributeError,
            OverflowError,
        ) as error:
            log.error("%s cannot be entered and is left as it is: %s", path, error)
            continue
        if last_ns is None:
            database.wipe(path)
            continue
        enter(start, clock, (last_ns - start.began_ns) / rows.NS_PER_S)
        adopted.append(start.uuid)
    return tuple(adopted)


def remove_strays(connection: sqlite3.Connection, folder: Path) -> None:
    """Remove clips without a row, and what writers left half-done."""
    for path in (folder / "clips").iterdir():
        if path.suffix != ".mp4" or not _known(connection, path.stem):
            database.wipe(path)


def back_up_if_changed(connection: sqlite3.Connection, folder: Path) -> None:
    """Back up when the database is newer than its newest backup and has any session."""
    newest = database.newest_backup(folder)
    (sessions,) = connection.execute("SELECT count(*) FROM sessions").fetchone()
    changed_s = (folder / database.NAME).stat().st_mtime
    if sessions and (newest is None or newest.stat().st_mtime < changed_s):
        database.back_up(connection, folder)


def _known(connection: sqlite3.Connection, uuid: str) -> bool:
    row = connection.execute("SELECT 1 FROM sessions WHERE uuid = ?", (uuid,)).fetchone()
    return row is not None
