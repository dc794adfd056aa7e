"""Clocks that jump or begin in 1970, and a database that is corrupt, locked or from the future."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from kiosk_bench import HAS_RESULTS
from kiosk_fakes import on
from results import Enter
from store_makers import Clock, a_start, finished
from test_faults_camera_pose import make, saved_whole, times
from test_store_faults import damage, opened, run

from device.errors import StorageError
from device.storage import database
from device.storage.store import Store

__all__ = ["make"]
TRUE_DAY = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
BEGINNING = datetime(1970, 1, 1, 0, 0, 20, tzinfo=UTC)


def test_sessions_are_in_order_whatever_the_clock_says_and_dated_once_it_is_right(
    tmp_path, matrix: Enter
):
    """A year of boots: each begins in 1970 or anywhere else; in some, somebody sets the clock."""
    runs = times(6, 60)
    for number in range(runs):
        chance = random.Random(f"clock {number}")
        folder = tmp_path / str(number)
        truth, order, dated = TRUE_DAY, [], {}
        for boot in range(4):
            wall = chance.choice(
                [BEGINNING, truth, truth - timedelta(days=40), truth + timedelta(days=9000)]
            )
            clock = Clock(f"boot{boot}", wall, right=False)
            set_after = chance.randrange(5)
            with closing(Store(folder, clock=clock, keep_free_bytes=0)) as store:
                for session in range(4):
                    if session == set_after:
                        clock.wall, clock.right = truth, True
                        store.note_clock()
                    uuid = run(store, finished(a_start(started=clock.wall)), count=5)
                    order.append(uuid)
                    if set_after < 4:
                        dated[uuid] = truth
                    step = timedelta(seconds=chance.uniform(60, 4000))
                    clock.pass_by(step.total_seconds())
                    truth += step
            truth += timedelta(hours=chance.uniform(1, 50))
        with closing(opened(folder)) as store:
            assert [each.uuid for each in store.history()] == order[::-1]
            for uuid, when in dated.items():
                kept = store.read(uuid)
                assert kept.date_known
                assert abs(kept.started - when) < timedelta(seconds=3)
            for uuid in set(order) - set(dated):
                assert not store.read(uuid).date_known, "no date is better than a wrong one"
    matrix(
        "clock starts in 1970, jumps, is set later",
        "sessions in order; dated right once the time is known",
        16 * runs,
        16 * runs,
    )


def test_a_clock_that_jumps_while_the_kiosk_runs_overwrites_nothing(make, matrix: Enter):
    walls = [
        BEGINNING,
        TRUE_DAY,
        BEGINNING,  # back into the very second of the first session
        TRUE_DAY + timedelta(days=365 * 60),
        TRUE_DAY,
    ]
    walls = walls[: times(3, 5)]
    now = [walls[0]]
    bench = make(wall=lambda: now[0])
    steps = []

    def jump(to):
        return lambda: now.__setitem__(0, to)

    for wall in walls:
        steps += [
            (on("idle"), jump(wall)),
            (on("idle"), bench.green),
            (lambda m: m.screen == "live" and m.elapsed_s > 0.4, jump(wall - timedelta(hours=3))),
            (on("live"), jump(wall)),
            (on("live"), bench.green),
            (HAS_RESULTS, bench.blue),
            (on("saved"), bench.green),
        ]
    bench.play(*steps, (on("idle"), None), timeout_s=150.0 + 15 * len(walls))
    assert saved_whole(bench) == len(walls)
    for folder in bench.sessions():
        assert json.loads((folder / "session.json").read_text())["session"]["started"]
    matrix(
        "clock jumps during sessions",
        "each session has a folder of its own",
        len(walls),
        len(walls),
    )


@pytest.mark.parametrize("how", ["rubbish", "cut", "holes", "short"])
def test_a_corrupt_database_costs_no_session_with_a_backup_or_a_track(
    how, tmp_path: Path, matrix: Enter
):
    runs = times(1, 10)
    for number in range(runs):
        folder = tmp_path / str(number)
        with closing(opened(folder)) as store:
            old = [run(store, count=60) for _ in range(3 + number)]
        with closing(opened(folder)) as store:  # backs up what the last run has left
            new = run(store, count=60)
        damage(folder / "midstance.sqlite", how)
        with closing(opened(folder)) as store:
            assert store.restored or how == "holes"
            assert {each.uuid for each in store.history()} == {*old, new}
        assert list(folder.glob("*.damaged-*")), "the damaged file is set aside, not destroyed"
    matrix(f"database corrupt ({how})", "restored, told, no session lost", runs, runs)


def test_a_locked_and_a_newer_database_are_told_and_left_alone(
    tmp_path: Path, monkeypatch, matrix: Enter
):
    monkeypatch.setattr(database, "BUSY_S", 0.05)
    with closing(opened(tmp_path)) as store:
        session = finished()
        store.begin(session.start)
        with closing(sqlite3.connect(tmp_path / "midstance.sqlite", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StorageError, match="another program") as caught:
                store.keep(session)
            assert caught.value.remedy
        store.keep(session)
        assert len(store.history()) == 1
    matrix("database locked", "told, kept at the next try", 1, 1)
    with closing(sqlite3.connect(tmp_path / "midstance.sqlite")) as raw:
        raw.execute("PRAGMA user_version = 99")
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = (tmp_path / "midstance.sqlite").read_bytes()
    with pytest.raises(StorageError, match="newer Midstance"):
        opened(tmp_path)
    assert (tmp_path / "midstance.sqlite").read_bytes() == before
    matrix("database from the future", "refused in words, not a byte changed", 1, 1)


def test_a_database_that_lost_its_power_in_its_first_second_opens_again(
    tmp_path: Path, matrix: Enter
):
    """Before it has its write-ahead log SQLite keeps a journal beside it, which only a writer can
    roll back: whoever looks without writing is refused. (Found by cutting the power.)"""
    runs = times(2, 10)
    for number in range(runs):
        folder, cut = tmp_path / f"{number}", tmp_path / f"{number}-cut"
        for each in (folder, cut):
            each.mkdir()
        with closing(sqlite3.connect(folder / "midstance.sqlite", isolation_level=None)) as raw:
            raw.execute("PRAGMA journal_mode = DELETE")
            if number % 2:
                raw.execute(f"PRAGMA application_id = {database.APPLICATION_ID}")
            raw.execute("CREATE TABLE half (x BLOB)")
            raw.execute("DROP TABLE half")
            raw.execute("PRAGMA cache_size = 2")
            raw.execute("BEGIN IMMEDIATE")
            raw.execute("CREATE TABLE half (x BLOB)")
            for _ in range(50 + 20 * number):
                raw.execute("INSERT INTO half VALUES (zeroblob(3000))")
            for path in folder.iterdir():  # as the power cut finds them
                shutil.copy(path, cut)
        assert (cut / "midstance.sqlite-journal").stat().st_size > 512
        uri = f"{(cut / 'midstance.sqlite').as_uri()}?mode=ro"
        with (
            closing(sqlite3.connect(uri, uri=True)) as raw,
            pytest.raises(sqlite3.OperationalError, match="readonly"),
        ):
            raw.execute("PRAGMA user_version")
        with closing(opened(cut)) as store:
            assert store.restored == ""
            uuid = run(store, count=20)
            assert [each.uuid for each in store.history()] == [uuid]
    matrix("power cut in a database's first second", "it opens and keeps sessions", runs, runs)


def test_the_database_is_checked_and_tidied_once_a_day(tmp_path: Path, matrix: Enter):
    clock = Clock()
    with closing(Store(tmp_path, clock=clock, keep_free_bytes=0)) as store:
        for _ in range(3):
            run(store, count=20)
        store._db.execute("CREATE TABLE much (x BLOB)")
        store._db.execute("INSERT INTO much VALUES (zeroblob(3000000))")
        store._db.execute("DROP TABLE much")
        assert not store.tend(), "it was checked when it was opened"
        clock.pass_by(86_500)
        assert store.tend()
        assert store._db.execute("PRAGMA freelist_count").fetchone()[0] == 0
        assert not store.tend(), "once a day"
        store._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with (tmp_path / "midstance.sqlite").open("r+b") as file:
            file.seek(4096)
            file.write(b"\xff" * 40_000)
        store._db.execute("PRAGMA shrink_memory")
        clock.pass_by(86_500)
        with pytest.raises(StorageError) as caught:
            store.tend()
        assert caught.value.remedy
    matrix("database damaged while it runs", "noticed within a day, in idle time", 1, 1)


def test_every_bit_of_a_database_may_flip(tmp_path: Path, matrix: Enter):
    """Never a crash: it opens with its sessions, or says in words that it had to be restored."""
    folder = tmp_path / "good"
    with closing(opened(folder)) as store:
        uuids = {run(store, count=20) for _ in range(2)}
    opened(folder).close()  # backs up
    path = folder / "midstance.sqlite"
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    good, chance = path.read_bytes(), random.Random(3)
    runs = times(15, 300)
    for _ in range(runs):
        for stray in folder.glob("midstance.sqlite*"):
            stray.unlink()
        data = bytearray(good)
        for _ in range(chance.randrange(1, 9)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        path.write_bytes(data)
        try:
            with closing(opened(folder)) as store:
                there = {each.uuid for each in store.history()}
                for uuid in there:
                    store.read(uuid)
                assert there == uuids
        except StorageError as error:
            assert error.what  # noqa: PT017 - either is fine
    matrix("database with flipped bytes", "restored or told; never a crash", runs, runs)
