"""Deleting for good: out of the tables, the log, the backups and the files beside."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from device.errors import StorageError
from device.storage import database
from device.storage.database import transaction
from device.storage.tracks import sync_folder

PENDING = "erasing"
"""This file stands while the remains of deleted rows may still lie in the log or in a backup."""


def finish_deletions(connection: sqlite3.Connection, folder: Path, *, force: bool = False) -> None:
    """Carry out what is marked: first the files, then the rows, then whatever is left of them.

    With `force` also when no session is marked: a runner's own values were taken out.
    """
    pending = folder / PENDING
    marked = connection.execute("SELECT id, uuid FROM sessions WHERE deleting").fetchall()
    if not marked and not force and not pending.exists():
        return
    # Before the rows go, because nothing but this tells of them afterwards.
    pending.touch(mode=0o600)
    sync_folder(folder)
    for row in marked:
        database.wipe(folder / "tracks" / f"{row['uuid']}.track")
        database.wipe(folder / "clips" / f"{row['uuid']}.mp4")
    for name in ("tracks", "clips"):
        sync_folder(folder / name)
    with transaction(connection):
        connection.execute("DELETE FROM sessions WHERE deleting")
        connection.execute(
            "DELETE FROM runners WHERE target_low_deg IS NULL AND personal_json = '' "
            "AND exercises_json = '' "
            "AND NOT EXISTS (SELECT 1 FROM sessions WHERE runner_id = runners.id)"
        )
    _scrub(connection, folder)


def _scrub(connection: sqlite3.Connection, folder: Path) -> None:
    """Leave nothing of deleted rows in any file."""
    connection.execute("VACUUM")
    busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise StorageError(
            "What was deleted still lies in a log, because another program is reading.",
            remedy="Stop the other program and delete anything, or start the kiosk again.",
        )
    database.renew_backups(connection, folder)
    for aside in database.set_aside(folder):
        # A damaged copy cannot be searched for what was deleted; so it goes as a whole.
        database.wipe(aside)
    sync_folder(folder)
    (folder / PENDING).unlink(missing_ok=True)
    sync_folder(folder)
