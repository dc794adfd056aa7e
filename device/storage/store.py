"""The store: runners and sessions, in the database and in files beside it. One thread's.

::

    midstance.sqlite          runners, sessions, analyses, steps, pictures
    backups/                  the newest copies of it
    tracks/UUID.track         what was made of every frame (device.storage.tracks)
    clips/UUID.mp4            the clip, where clips are kept

What the disk has been asked to hold for good, in this order, when a session is kept: track, clip,
then the rows in one transaction. A cut before that last step leaves a track without a row, which
is entered when the store is opened the next time. Deleting goes the other way: the row is marked,
the files go, then the rows; a cut in between is made good likewise.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from device.domain.analysis import number as finite
from device.domain.coaching import Ended, Entry
from device.domain.history import (
    FinishedSession,
    Runner,
    SessionStart,
    TrackRow,
)
from device.errors import StorageError, UsageError
from device.storage import courses, database, recover, rows
from device.storage.boots import ClockReading, read_clock
from device.storage.courses import Bands
from device.storage.database import Migration, transaction, translated
from device.storage.erase import finish_deletions
from device.storage.rows import StoredPicture
from device.storage.shelf import Shelf
from device.storage.tracks import TrackWriter, sync_folder

log = logging.getLogger(__name__)

CODE = re.compile(r"[^\x00-\x1f\x7f]{1,40}")
KEEP_FREE_BYTES = 200_000_000
"""So much of the disk is left to others: with less nothing more is kept."""
BACK_UP_EVERY = 10
"""A backup after so many sessions, and one when the store is opened with any since the last."""
TEND_EVERY_S = 86_400
JUMP_NS = 2 * rows.NS_PER_S
"""Clocks drift by less; a larger jump means that somebody has set the clock."""


@dataclass(slots=True)
class _Begun:
    """A session that began and is not kept yet. `writer` is None when its track cannot be kept;
    `left`: it ended, and could not be kept when it should have been."""

    start: SessionStart
    clock: ClockReading
    writer: TrackWriter | None = None
    left: bool = False


class Store(Shelf):
    """Everything that is kept in `folder`, open for one thread. Methods raise `StorageError`."""

    def __init__(
        self,
        folder: Path,
        *,
        clock: Callable[[], ClockReading] = read_clock,
        migrations: Sequence[Migration] | None = None,
        keep_free_bytes: int = KEEP_FREE_BYTES,
        adopt: bool = True,
    ) -> None:
        self._clock = clock
        self._keep_free_bytes = keep_free_bytes
        self._begun: dict[str, _Begun] = {}
        self._since_backup = 0
        self._tended_ns: int | None = None
        opened = database.open_database(folder, migrations)
        super().__init__(folder, opened.connection)
        self.restored = opened.restored
        """What had to be done because the database was damaged; empty when nothing was."""
        self.adopted: tuple[str, ...] = ()
        """Sessions that a power cut had left without an entry."""
        try:
            with translated(folder):
                for name in ("tracks", "clips"):
                    (folder / name).mkdir(mode=0o700, exist_ok=True)
                if adopt:
                    finish_deletions(self._db, folder)
                    self.adopted = recover.adopt(self._db, folder, self._enter)
                    recover.remove_strays(self._db, folder)
                    recover.back_up_if_changed(self._db, folder)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the files. A session that was not kept stays, as after a power cut."""
        for uuid in list(self._begun):
            self._let_go(uuid)
        with suppress(sqlite3.Error):
            self._db.close()

    # --- runners ---------------------------------------------------------------------------------

    def add_runner(self, code: str) -> Runner:
        """Add a runner, or return the one of that code."""
        with translated(self.folder), transaction(self._db):
            self._runner_id(code)
        runner = self.runner(code.strip())
        assert runner is not None
        return runner

    def remember(
        self,
        code: str,
        *,
        target_deg: tuple[float, float] | None = None,
        personal_json: str | None = None,
        exercises_json: str | None = None,
    ) -> Runner:
        """Keep the runner's own target band, correction or exercises; None leaves what there is."""
        with translated(self.folder), transaction(self._db):
            identity = self._runner_id(code)
            if target_deg is not None:
                self._db.execute(
                    "UPDATE runners SET target_low_deg = ?, target_high_deg = ? WHERE id = ?",
                    (*target_deg, identity),
                )
            if personal_json is not None:
                self._db.execute(
                    "UPDATE runners SET personal_json = ? WHERE id = ?", (personal_json, identity)
                )
            if exercises_json is not None:
                self._db.execute(
                    "UPDATE runners SET exercises_json = ? WHERE id = ?", (exercises_json, identity)
                )
        runner = self.runner(code.strip())
        assert runner is not None
        return runner

    def enrol(self, code: str, programme: str, on: date) -> None:
        """The runner begins a programme; one under way is left."""
        with translated(self.folder), transaction(self._db):
            courses.enrol(self._db, self._runner_id(code), programme, on)

    def leave_programme(self, code: str, on: date) -> None:
        """The runner's programme ends; what was done of it stays."""
        with translated(self.folder), transaction(self._db):
            courses.leave(self._db, self._runner_id(code), on)

    def note_entry(self, code: str, entry: Entry, bands: Bands = ()) -> None:
        """Enter something done of the runner's programme of which no new session is kept."""
        with translated(self.folder), transaction(self._db):
            courses.add(self._db, self._runner_id(code), entry, bands)

    def _runner_id(self, code: str) -> int:
        """The runner's row, made where there is none; within a transaction."""
        plain = code.strip()
        if not CODE.fullmatch(plain):
            raise StorageError(
                f"{code!r} is no code: 1 to 40 printable characters.", remedy="Enter it again."
            )
        self._db.execute(
            "INSERT INTO runners (code, added_ns) VALUES (?, ?) ON CONFLICT DO NOTHING",
            (plain, self._clock().wall_ns),
        )
        (identity,) = self._db.execute("SELECT id FROM runners WHERE code = ?", (plain,)).fetchone()
        return int(identity)

    # --- a session begins, and is kept or dropped ------------------------------------------------

    def begin(self, start: SessionStart) -> None:
        """A session begins; its track is written from now on. An unfinished one before is dropped.

        Raises `StorageError` when there is too little room: then nothing is kept of its track.
        """
        for uuid in [uuid for uuid, begun in self._begun.items() if not begun.left]:
            self.drop(uuid)
        begun = self._begun[start.uuid] = _Begun(start, self._clock())
        with translated(self.folder):
            self._require_room()
            header = rows.header_of(start, begun.clock)
            begun.writer = TrackWriter(self._track(start.uuid), header)

    def add_track(self, uuid: str, more: Sequence[TrackRow]) -> None:
        """Append to the session's track, in order of time; what cannot be written waits."""
        begun = self._begun.get(uuid)
        if begun is not None and begun.writer is not None and more:
            with translated(self.folder):
                begun.writer.add(more)

    def keep(
        self,
        session: FinishedSession,
        clip: bytes | None = None,
        pictures: Sequence[StoredPicture] = (),
    ) -> None:
        """Keep the session; it is on the disk when this returns. On failure it may be repeated,
        also after others: until then its track stays."""
        uuid = session.start.uuid
        begun = self._begun.setdefault(uuid, _Begun(session.start, self._clock()))
        begun.left = True
        with translated(self.folder):
            self._require_room(len(clip or b""))
            if begun.writer is not None:
                begun.writer.flush()
                begun.writer.sync()
            if clip is not None:
                self._write_clip(uuid, clip)
            with transaction(self._db):
                session_id = self._insert_session(session.start, begun.clock, session.duration_s)
                self._db.executemany(
                    "INSERT INTO feedback_blocks VALUES (?, ?, ?, ?, ?)",
                    [
                        (session_id, index, block.from_s, block.to_s, int(block.visible))
                        for index, block in enumerate(session.feedback)
                    ],
                )
                if session.entry is not None and session.start.runner is not None:
                    runner_id = self._runner_id(session.start.runner)
                    courses.add(self._db, runner_id, session.entry, session.bands, session_id)
                self._insert_analysis(session_id, session.document, original=True)
                self._db.executemany(
                    "INSERT INTO pictures VALUES (?, ?, ?, ?)",
                    [
                        (session_id, each.key, each.jpeg, json.dumps(dict(each.meta)))
                        for each in pictures
                    ],
                )
            self._let_go(uuid)
            self._since_backup += 1

    def add_analysis(self, uuid: str, document: Mapping[str, Any]) -> None:
        """Put another analysis beside those that the session has; a session that was cut off and
        has none gets its first, which is no original: nobody was shown it."""
        with translated(self.folder):
            self._require_room()
            row = self._row(uuid)
            with transaction(self._db):
                self._insert_analysis(row["id"], document, original=False)

    def drop(self, uuid: str) -> None:
        """Let go of a session that began and is not to be kept; nothing of it stays."""
        if uuid not in self._begun:
            return
        self._let_go(uuid)
        with translated(self.folder):
            database.wipe(self._track(uuid))
            sync_folder(self.folder / "tracks")

    def back_up(self) -> bool:
        """Back up when it is time for it; called when nothing else is to be done."""
        if self._since_backup < BACK_UP_EVERY:
            return False
        with translated(self.folder):
            database.back_up(self._db, self.folder)
        self._since_backup = 0
        return True

    def tend(self) -> bool:
        """Check the database, and give back what it no longer needs, once in `TEND_EVERY_S`.

        Called when nothing else is to be done. Raises `StorageError` for one that was damaged
        meanwhile.
        """
        now_ns = self._clock().monotonic_ns
        if self._tended_ns is None:
            self._tended_ns = now_ns  # it was checked when it was opened
        if now_ns - self._tended_ns < TEND_EVERY_S * rows.NS_PER_S:
            return False
        self._tended_ns = now_ns
        with translated(self.folder):
            database.require_good(self._db, self.folder)
            (free,) = self._db.execute("PRAGMA freelist_count").fetchone()
            (pages,) = self._db.execute("PRAGMA page_count").fetchone()
            if free > pages // 4:  # a card wears: not for every page
                self._db.execute("VACUUM")
            self._db.execute("PRAGMA optimize")
        return True

    def note_clock(self) -> bool:
        """Look at the clock: sessions of this boot are dated anew once it is known to be right."""
        with translated(self.folder):
            clock = self._clock()
            row = self._db.execute("SELECT * FROM boots WHERE boot = ?", (clock.boot,)).fetchone()
            if row is None or not _changes(row, clock):
                return False
            with transaction(self._db):
                self._boot_id(clock)
            return True

    def _let_go(self, uuid: str) -> None:
        begun = self._begun.pop(uuid, None)
        if begun is not None and begun.writer is not None:
            begun.writer.close()

    def _insert_session(
        self, start: SessionStart, clock: ClockReading, duration_s: float | None, cut: bool = False
    ) -> int:
        boot_id = self._boot_id(clock)
        runner_id = None if start.runner is None else self._runner_id(start.runner)
        values = {
            **rows.session_values(start, clock, boot_id, runner_id),
            "duration_s": finite(duration_s),
            "cut_off": int(cut),
        }
        names = ", ".join(values)
        marks = ", ".join(f":{name}" for name in values)
        cursor = self._db.execute(f"INSERT INTO sessions ({names}) VALUES ({marks})", values)
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def _enter(self, start: SessionStart, clock: ClockReading, duration_s: float) -> None:
        """Enter a session that a power cut has ended."""
        with transaction(self._db):
            session_id = self._insert_session(start, clock, duration_s, cut=True)
            step = start.programme
            if step is not None and start.runner is not None:
                entry = Entry(
                    step.plan,
                    step.kind,
                    start.started.date(),
                    # How long was stood before is not known: it does not count as done.
                    0.0,
                    step.minutes,
                    Ended.CUT_OFF,
                    step.feedback,
                    start.speed_kmh,
                )
                courses.add(self._db, self._runner_id(start.runner), entry, (), session_id)

    def _insert_analysis(
        self, session_id: int, document: Mapping[str, Any], *, original: bool
    ) -> None:
        without_steps = {key: value for key, value in document.items() if key != "steps"}
        sides = document["sides"]
        cursor = self._db.execute(
            "INSERT INTO analyses (session_id, original, made_ns, version, algorithm_version, "
            "verdict, method, left_deg, right_deg, cadence_spm, document) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                session_id,
                int(original),
                self._clock().wall_ns,
                document["version"],
                document["algorithm_version"],
                document["quality"]["verdict"],
                document["pelvis"]["method"],
                *(
                    (sides[side]["midstance_drop_deg"] or {}).get("mean")
                    for side in ("left", "right")
                ),
                (document["cadence_spm"] or {}).get("mean"),
                json.dumps(without_steps, ensure_ascii=False, allow_nan=False),
            ),
        )
        columns = ", ".join(rows.STEP_COLUMNS)
        marks = ", ".join("?" for _ in rows.STEP_COLUMNS)
        self._db.executemany(
            f"INSERT INTO steps (analysis_id, number, {columns}) VALUES (?, ?, {marks})",
            [
                (cursor.lastrowid, index, *(step[name] for name in rows.STEP_COLUMNS))
                for index, step in enumerate(document["steps"])
            ],
        )

    def _boot_id(self, clock: ClockReading) -> int:
        """The boot's row, with what is known of its clock by now; within a transaction."""
        row = self._db.execute("SELECT * FROM boots WHERE boot = ?", (clock.boot,)).fetchone()
        if row is None:
            cursor = self._db.execute(
                "INSERT INTO boots (boot, offset_ns, right) VALUES (?, ?, ?)",
                (clock.boot, clock.offset_ns, int(clock.right)),
            )
            assert cursor.lastrowid is not None
            return cursor.lastrowid
        if _changes(row, clock):
            # What a person or a time service has set while it ran is right from then on.
            self._db.execute(
                "UPDATE boots SET offset_ns = ?, right = 1 WHERE id = ?",
                (clock.offset_ns, row["id"]),
            )
        return int(row["id"])

    # --- deleting --------------------------------------------------------------------------------

    def delete(self, uuid: str) -> None:
        """Delete a session with its track, clip, pictures and analyses, out of the backups too.

        A runner without sessions, target and correction goes with the last one.
        """
        with translated(self.folder):
            row = self._row(uuid)
            with transaction(self._db):
                self._db.execute("UPDATE sessions SET deleting = 1 WHERE id = ?", (row["id"],))
            finish_deletions(self._db, self.folder)

    def delete_runner(self, code: str) -> int:
        """Delete a runner with all their sessions; returns how many those were."""
        with translated(self.folder):
            runner = self.runner(code)
            if runner is None:
                raise UsageError(f"There is no runner {code}.", remedy="See `sessions list`.")
            with transaction(self._db):
                self._db.execute(
                    "UPDATE sessions SET deleting = 1 WHERE runner_id = ?", (runner.id,)
                )
                self._db.execute(
                    "UPDATE runners SET target_low_deg = NULL, target_high_deg = NULL, "
                    "personal_json = '', exercises_json = '' WHERE id = ?",
                    (runner.id,),
                )
            finish_deletions(self._db, self.folder, force=True)
            return runner.sessions

    # --- files -----------------------------------------------------------------------------------

    def _write_clip(self, uuid: str, clip: bytes) -> None:
        final = self._clip(uuid)
        part = final.with_suffix(".part")
        try:
            with open(part, "wb", opener=_private) as file:
                file.write(clip)
                file.flush()
                os.fsync(file.fileno())
            part.replace(final)
            sync_folder(final.parent)
        except OSError:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            raise

    def _require_room(self, needed: int = 0) -> None:
        room = os.statvfs(self.folder)
        if room.f_flag & os.ST_RDONLY:
            raise OSError(30, os.strerror(30), str(self.folder))
        if room.f_bavail * room.f_frsize < needed + self._keep_free_bytes:
            raise OSError(28, os.strerror(28), str(self.folder))


def _changes(row: sqlite3.Row, clock: ClockReading) -> bool:
    """Whether a reading says more of the boot's clock than what is known."""
    jumped = abs(clock.offset_ns - row["offset_ns"]) > JUMP_NS
    return jumped or (clock.right and not row["right"])


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CLOEXEC, 0o600)
