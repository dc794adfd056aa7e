"""The store on bad disks, bad files and bad luck: clear words, and nothing lost."""

from __future__ import annotations

import errno
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from store_makers import Clock, a_start, a_summary, finished, rows

from device.errors import PoseTrackError, StorageError
from device.storage import database, tracks
from device.storage.database import Migration, open_database, packaged_migrations, version_of
from device.storage.store import Store

TESTS = Path(__file__).resolve().parent.parent
ROOT = TESTS.parent


def opened(folder: Path, **more) -> Store:
    more.setdefault("keep_free_bytes", 0)
    return Store(folder, clock=Clock(), **more)


def run(store: Store, session=None, count=300):
    session = session or finished()
    store.begin(session.start)
    store.add_track(session.start.uuid, rows(count))
    store.keep(session)
    return session.start.uuid


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


# --- versions ------------------------------------------------------------------------------------


def test_the_packaged_migrations_are_numbered_and_make_a_strict_database(tmp_path):
    steps = packaged_migrations()
    assert [step.number for step in steps] == list(range(1, len(steps) + 1))
    with closing(open_database(tmp_path).connection) as connection:
        assert version_of(connection) == len(steps)
        pragmas = {
            name: connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        }
        assert pragmas == {
            "journal_mode": "wal",
            "synchronous": 2,
            "foreign_keys": 1,
            "secure_delete": 1,
        }
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute("INSERT INTO runners (code, added_ns) VALUES ('x', 'not a number')")
    assert (tmp_path / "midstance.sqlite").stat().st_mode & 0o077 == 0


def test_a_newer_database_is_refused_and_left_untouched(tmp_path):
    with closing(opened(tmp_path)) as store:
        run(store)
    path = tmp_path / "midstance.sqlite"
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA user_version = 99")
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = contents(tmp_path)
    with pytest.raises(StorageError, match=r"newer Midstance.*99.*untouched"):
        opened(tmp_path)
    assert contents(tmp_path) == before


def test_a_newer_version_that_only_the_log_knows_of_is_refused_too(tmp_path):
    with closing(opened(tmp_path)) as store:
        run(store)
    path = tmp_path / "midstance.sqlite"
    other = tmp_path / "copy"
    other.mkdir()
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA user_version = 99")
        # As after a power cut: file and log as they lie there now.
        for name in ("midstance.sqlite", "midstance.sqlite-wal"):
            shutil.copy(tmp_path / name, other / name)
    before = {name: data for name, data in contents(other).items() if not name.endswith("-shm")}
    with pytest.raises(StorageError, match="newer"):
        opened(other)
    after = {name: data for name, data in contents(other).items() if not name.endswith("-shm")}
    assert after == before


def test_another_programs_database_is_left_alone(tmp_path):
    with closing(sqlite3.connect(tmp_path / "midstance.sqlite")) as raw:
        raw.execute("PRAGMA application_id = 77")
        raw.execute("CREATE TABLE mine (x)")
    before = contents(tmp_path)
    with pytest.raises(StorageError, match="another program"):
        opened(tmp_path)
    assert contents(tmp_path) == before


def test_a_database_of_the_first_version_is_brought_up_with_its_sessions(tmp_path):
    first = packaged_migrations()[:1]
    open_database(tmp_path, first).connection.close()
    uuid = "00000000-0000-4000-8000-000000000001"
    with closing(sqlite3.connect(tmp_path / "midstance.sqlite")) as old:
        old.executescript(FIRST.replace("UUID", uuid).replace("DOCUMENT", first_document()))
    with closing(opened(tmp_path)) as store:
        session = store.read(uuid)
        assert session.summary.left.midstance_drop_deg.mean == 5.0
        (document,) = store.documents(uuid)
        assert document["steps"][0]["contact_time_s"] == pytest.approx(0.25)
        new = run(store)
        assert {each.uuid for each in store.history()} == {uuid, new}
    (backup, *_) = sorted((tmp_path / "backups").iterdir())
    with closing(sqlite3.connect(backup)) as before:
        assert before.execute("PRAGMA user_version").fetchone()[0] == 1


FIRST = """
INSERT INTO boots VALUES (1, 'boot', 0, 1);
INSERT INTO sessions (uuid, boot_id, started_ns, zone_min, monotonic_ns, offset_ns, began_ns,
    station, profile, config_hash, version, camera, use_standing_zero, overridden, simulated,
    settings) VALUES ('UUID', 1, 0, 60, 0, 0, 0, 's', 'home', 'h', '0.1', 'c', 1, '[]', '[]', '{}');
INSERT INTO analyses VALUES (1, 1, 1, 0, '0.1', '1', 'good', NULL, 5, 7, 170, 'DOCUMENT');
INSERT INTO steps VALUES (1, 0, 'left', 5.0, 5.1, 5.25, 5, 5, NULL, NULL, 1, NULL);
"""


def first_document() -> str:
    document = {k: v for k, v in finished().document.items() if k != "steps"}
    return json.dumps(document).replace("'", "''")


TWO = (
    Migration(1, "CREATE TABLE a (x INTEGER) STRICT;\n-- more\nINSERT INTO a VALUES (1);\n"),
    Migration(2, "ALTER TABLE a ADD COLUMN y TEXT; -- beside it\nUPDATE a SET y = 'two; three';\n"),
)


def test_each_migration_is_preceded_by_a_backup(tmp_path):
    open_database(tmp_path, TWO[:1]).connection.close()
    assert not (tmp_path / "backups").exists(), "there was nothing to back up"
    with closing(open_database(tmp_path, TWO).connection) as connection:
        assert version_of(connection) == 2
        assert connection.execute("SELECT y FROM a").fetchone()[0] == "two; three"
    (backup,) = (tmp_path / "backups").iterdir()
    with closing(sqlite3.connect(backup)) as old:
        assert old.execute("PRAGMA user_version").fetchone()[0] == 1
        assert old.execute("SELECT * FROM a").fetchall() == [(1,)]


def test_a_migration_that_fails_leaves_the_old_version(tmp_path):
    open_database(tmp_path, TWO[:1]).connection.close()
    bad = (TWO[0], Migration(2, "ALTER TABLE a ADD COLUMN y TEXT;\nSELECT nonsense FROM a;\n"))
    with pytest.raises(StorageError):
        open_database(tmp_path, bad)
    with closing(open_database(tmp_path, TWO[:1]).connection) as connection:
        assert version_of(connection) == 1
        assert [row[1] for row in connection.execute("PRAGMA table_info(a)")] == ["x"]


# --- damage --------------------------------------------------------------------------------------


def damage(path: Path, how: str) -> None:
    data = bytearray(path.read_bytes())
    if how == "rubbish":
        data = bytearray(os.urandom(len(data)))
    elif how == "cut":
        data = data[: len(data) // 2]
    elif how == "holes":
        for at in range(4096, len(data), 4096):
            data[at : at + 64] = b"\xff" * 64
    elif how == "short":
        data = data[:50]
    path.write_bytes(data)


@pytest.mark.parametrize("how", ["rubbish", "cut", "holes", "short"])
def test_a_damaged_database_is_set_aside_and_the_newest_good_backup_restored(tmp_path, how):
    with closing(opened(tmp_path)) as store:
        old = [run(store) for _ in range(12)]
        assert store.back_up()
        new = run(store)
    damage(tmp_path / "midstance.sqlite", how)
    damaged = (tmp_path / "midstance.sqlite").read_bytes()
    with closing(opened(tmp_path)) as store:
        assert "newest backup was restored" in store.restored
        # What the backup did not know of comes back from its own track.
        assert store.adopted == (new,)
        kept = {session.uuid: session for session in store.history()}
        assert set(kept) == {*old, new}
        assert kept[new].cut_off
        assert kept[new].summary is None
        assert kept[old[0]].summary is not None
    aside = next(path for path in database.set_aside(tmp_path) if path.name[-1].isdigit())
    assert aside.read_bytes() == damaged
    with closing(opened(tmp_path)) as store:
        assert store.restored == ""
        assert store.adopted == ()


def test_without_a_backup_it_begins_anew_and_enters_what_the_tracks_tell(tmp_path):
    with closing(opened(tmp_path)) as store:
        uuid = run(store, finished(a_start("A-7")))
    damage(tmp_path / "midstance.sqlite", "rubbish")
    shutil.rmtree(tmp_path / "backups", ignore_errors=True)
    with closing(opened(tmp_path)) as store:
        assert "no backup" in store.restored
        assert store.adopted == (uuid,)
        assert store.history("A-7")[0].started == a_start().started


def test_a_damaged_backup_is_passed_over_for_an_older_one(tmp_path):
    with closing(opened(tmp_path)) as store:
        first = run(store)
        database.back_up(store._db, tmp_path)
        run(store)
        database.back_up(store._db, tmp_path)
    newest = max((tmp_path / "backups").iterdir())
    damage(newest, "holes")
    damage(tmp_path / "midstance.sqlite", "short")
    with closing(opened(tmp_path, adopt=False)) as store:
        assert [session.uuid for session in store.history()] == [first]


# --- disks ---------------------------------------------------------------------------------------


@contextmanager
def mounted(folder: Path, size: str, options: str = ""):
    """A small file system of memory; skipped where none can be mounted."""
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}{options}", "tmpfs", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)


def fill(path: Path) -> None:
    """Write until nothing more fits."""
    with path.open("wb", buffering=0) as file:
        while True:
            try:
                file.write(b"x" * 4096)
            except OSError as error:
                if error.errno == errno.ENOSPC:
                    return
                raise


def test_a_full_disk_is_told_and_nothing_is_lost(tmp_path):
    with mounted(tmp_path / "small", "2m") as disk:
        with closing(opened(disk)) as store:
            first = run(store, count=50)
            session = finished(a_start(), a_summary())
            store.begin(session.start)
            store.add_track(session.start.uuid, rows(100))
            filler = disk / "filler"
            fill(filler)
            with pytest.raises(StorageError, match="disk is full") as caught:
                store.add_track(session.start.uuid, rows(1000, first=100))
            assert "stick" in caught.value.remedy
            with pytest.raises(StorageError, match="disk is full"):
                store.keep(session)
            assert [each.uuid for each in store.history()] == [first], "reading goes on"
            filler.unlink()
            store.add_track(session.start.uuid, rows(100, first=1100))
            store.keep(session)
            track = store.track(session.start.uuid)
            assert (len(track.rows), track.damaged) == (1200, 0)
            assert store.read(session.start.uuid).summary == session.summary
        with closing(sqlite3.connect(disk / "midstance.sqlite")) as raw:
            assert raw.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def test_a_disk_with_too_little_room_takes_nothing_more(tmp_path):
    with mounted(tmp_path / "small", "8m") as disk:
        with closing(opened(disk, keep_free_bytes=8_380_000)) as store:
            with pytest.raises(StorageError, match="disk is full"):
                store.begin(a_start())
            with pytest.raises(StorageError, match="disk is full"):
                store.keep(finished())
        assert list((disk / "tracks").iterdir()) == []


def test_a_read_only_disk_is_told_and_can_still_be_read(tmp_path):
    with mounted(tmp_path / "disk", "8m") as disk:
        store = opened(disk)
        uuid = run(store)
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=False)
        if not os.statvfs(disk).f_flag & os.ST_RDONLY:
            # Files that are open for writing keep it from being remounted.
            store.close()
            subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
            with pytest.raises(StorageError, match=r"read-only|cannot be opened"):
                opened(disk)
            subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
            store = opened(disk)
        with closing(store):
            assert store.history()[0].uuid == uuid


def test_a_folder_nobody_may_write_to_is_named(tmp_path):
    folder = tmp_path / "file"
    folder.write_text("no folder")
    with pytest.raises(StorageError, match=str(folder)):
        opened(folder)


def test_a_locked_database_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(database, "BUSY_S", 0.05)
    with closing(opened(tmp_path)) as store:
        session = finished()
        store.begin(session.start)
        other = sqlite3.connect(tmp_path / "midstance.sqlite", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError, match="another program"):
            store.keep(session)
        other.execute("ROLLBACK")
        other.close()
        store.keep(session)
        assert len(store.history()) == 1


# --- tracks --------------------------------------------------------------------------------------


def written(path: Path, count=1000) -> bytes:
    writer = tracks.TrackWriter(path, {"uuid": "x"})
    for first in range(0, count, 128):
        writer.add(rows(min(128, count - first), first=first))
    writer.close()
    return path.read_bytes()


def test_a_track_is_readable_after_a_cut_at_any_place(tmp_path):
    data = written(tmp_path / "a.track")
    whole = tracks.read(tmp_path / "a.track")
    assert len(whole.rows) == 1000
    rng = random.Random(1)
    counts = set()
    for _ in range(60):
        at = rng.randrange(len(data))
        (tmp_path / "b.track").write_bytes(data[:at])
        try:
            cut = tracks.read(tmp_path / "b.track")
        except PoseTrackError:
            assert at < 60, "only a cut within the header costs all"
            continue
        counts.add(len(cut.rows))
        assert [row.t_ns for row in cut.rows] == [row.t_ns for row in whole.rows[: len(cut.rows)]]
        assert len(cut.rows) % 128 == 0
        assert cut.damaged <= 1
    assert len(counts) > 4


def test_a_damaged_stretch_costs_no_more_than_its_block(tmp_path):
    data = written(tmp_path / "a.track")
    rng = random.Random(2)
    for _ in range(40):
        broken = bytearray(data)
        at = rng.randrange(60, len(data) - 40)
        broken[at : at + 32] = rng.randbytes(32)
        (tmp_path / "b.track").write_bytes(broken)
        track = tracks.read(tmp_path / "b.track")
        assert len(track.rows) >= 1000 - 2 * 128
        assert track.damaged >= 1
        times = [row.t_ns for row in track.rows]
        assert times == sorted(set(times))


@pytest.mark.parametrize("rubbish", [b"", b"MIDTRK1\n", b"x" * 500, b"MIDTRK1\n\xff\xff\xff\xff"])
def test_what_is_no_track_is_refused(tmp_path, rubbish):
    (tmp_path / "a.track").write_bytes(rubbish)
    with pytest.raises(PoseTrackError):
        tracks.read(tmp_path / "a.track")


def test_picture_size_and_detector_may_change_within_a_track(tmp_path):
    from dataclasses import replace

    given = rows(50)
    other = [
        replace(row, pose=replace(row.pose, image_size_px=(1280, 720), detector=None))
        for row in rows(50, first=50)
    ]
    writer = tracks.TrackWriter(tmp_path / "a.track", {})
    writer.add(given + other)
    writer.close()
    track = tracks.read(tmp_path / "a.track")
    sizes = [(row.pose.image_size_px, row.pose.detector) for row in track.rows]
    assert sizes == [((640, 480), "mediapipe-full")] * 50 + [((1280, 720), None)] * 50


# --- power cuts ----------------------------------------------------------------------------------

WRITER = """
import sys
sys.path[:0] = [sys.argv[2], sys.argv[3]]
from pathlib import Path
from store_makers import Clock, a_start, finished, rows
from device.storage.store import Store
store = Store(Path(sys.argv[1]), clock=Clock(), keep_free_bytes=0)
print("open", flush=True)
while True:
    session = finished(a_start("P-%d" % (hash(a_start().uuid) % 3)))
    store.begin(session.start)
    print("began", session.start.uuid, flush=True)
    for first in range(0, 640, 64):
        store.add_track(session.start.uuid, rows(64, first=first))
    store.keep(session, b"clip" * 1000)
    print("kept", session.start.uuid, flush=True)
    if len(store.history()) > 6:
        uuid = store.history()[-1].uuid
        print("deleting", uuid, flush=True)
        store.delete(uuid)
        print("deleted", uuid, flush=True)
"""


def test_a_writer_killed_at_any_moment_loses_nothing_it_called_kept(tmp_path):
    data, rng = tmp_path / "data", random.Random(3)
    kept, going, gone = set(), set(), set()
    for _ in range(12):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(data), str(ROOT), str(TESTS)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert writer.stdout is not None
        assert writer.stdout.readline() == "open\n"
        # So far by what it has done, not by the clock: a slow machine is to get there as well.
        heard = [writer.stdout.readline() for _ in range(rng.randrange(1, 18))]
        time.sleep(rng.uniform(0.0, 0.05))
        writer.send_signal(signal.SIGKILL)
        for line in "".join([*heard, writer.stdout.read()]).splitlines():
            what, _, uuid = line.partition(" ")
            if len(uuid) < 36:
                continue
            if what == "kept":
                kept.add(uuid)
            elif what == "deleting":
                going.add(uuid)
            elif what == "deleted":
                gone.add(uuid)
        writer.wait()
        with closing(opened(data)) as store:
            assert store.restored == ""
            check = store._db.execute("PRAGMA integrity_check").fetchone()[0]
            assert check == "ok"
            assert store._db.execute("PRAGMA foreign_key_check").fetchall() == []
            there = {session.uuid: session for session in store.history(most=10_000)}
            assert kept - going <= set(there)
            assert not gone & set(there)
            for uuid, session in there.items():
                assert session.has_track, "a session without its track"
                if uuid in kept:
                    assert session.has_clip
                    assert not session.cut_off
                    assert len(store.track(uuid).rows) == 640
            for path in (data / "clips").iterdir():
                assert path.stem in there
    assert len(kept) > 12
    assert gone
