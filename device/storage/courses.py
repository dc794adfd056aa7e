"""Runners' programmes in the database: which one, what was done of it, and the personal targets.

Called by the store within its own thread; what writes is called within a transaction.
"""

from __future__ import annotations

import json
import sqlite3
from datetime import date

from device.domain.basics import Side
from device.domain.coaching import Band, Coaching, Ended, Entry
from device.domain.coaching_json import band_json, bands_of, found_json, held_of, parts_of

Bands = tuple[tuple[Side, Band], ...]


def read(db: sqlite3.Connection, runner_id: int) -> Coaching | None:
    """The runner's programme; None without one."""
    row = _enrolment(db, runner_id)
    if row is None:
        return None
    found = db.execute(
        "SELECT e.*, s.uuid FROM programme_entries e LEFT JOIN sessions s ON s.id = e.session_id "
        "WHERE e.enrolment_id = ? AND (s.id IS NULL OR NOT s.deleting) ORDER BY e.id",
        (row["id"],),
    )
    return Coaching(
        row["programme"],
        date.fromisoformat(row["since"]),
        tuple(_entry(each) for each in found),
        bands_of(json.loads(row["bands"])),
    )


def enrol(db: sqlite3.Connection, runner_id: int, programme: str, on: date) -> None:
    """Begin a programme; one under way is left."""
    leave(db, runner_id, on)
    db.execute(
        "INSERT INTO enrolments (runner_id, programme, since) VALUES (?, ?, ?)",
        (runner_id, programme, on.isoformat()),
    )


def leave(db: sqlite3.Connection, runner_id: int, on: date) -> None:
    """End the programme under way, if there is one; what was done of it stays."""
    db.execute(
        "UPDATE enrolments SET left_on = ? WHERE runner_id = ? AND left_on IS NULL",
        (on.isoformat(), runner_id),
    )


def add(
    db: sqlite3.Connection,
    runner_id: int,
    entry: Entry,
    bands: Bands = (),
    session_id: int | None = None,
) -> None:
    """Enter a session of the programme under way; without one there is nothing to enter."""
    row = _enrolment(db, runner_id)
    if row is None:
        return
    if session_id is None and entry.uuid is not None:
        known = db.execute("SELECT id FROM sessions WHERE uuid = ?", (entry.uuid,)).fetchone()
        session_id = None if known is None else known["id"]
    db.execute(
        "INSERT INTO programme_entries (enrolment_id, session_id, plan, kind, on_day, minutes, "
        "planned, ended, feedback, speed_kmh, found) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            row["id"],
            session_id,
            entry.plan,
            entry.kind,
            entry.on.isoformat(),
            entry.minutes,
            entry.planned,
            entry.ended.value,
            entry.feedback,
            entry.speed_kmh,
            json.dumps(found_json(entry), allow_nan=False),
        ),
    )
    if bands:
        db.execute(
            "UPDATE enrolments SET bands = ? WHERE id = ?",
            (json.dumps([band_json(side, band) for side, band in bands]), row["id"]),
        )


def _enrolment(db: sqlite3.Connection, runner_id: int) -> sqlite3.Row | None:
    row = db.execute(
        "SELECT * FROM enrolments WHERE runner_id = ? AND left_on IS NULL", (runner_id,)
    ).fetchone()
    assert row is None or isinstance(row, sqlite3.Row)
    return row


def _entry(row: sqlite3.Row) -> Entry:
    found = json.loads(row["found"])
    return Entry(
        row["plan"],
        row["kind"],
        date.fromisoformat(row["on_day"]),
        row["minutes"],
        row["planned"],
        Ended(row["ended"]),
        row["feedback"],
        row["speed_kmh"],
        row["uuid"],
        held_of(found),
        parts_of(found),
    )
