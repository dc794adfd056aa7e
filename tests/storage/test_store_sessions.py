"""Runners and sessions in the store: what goes in comes back, and what is deleted is gone."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from store_makers import (
    BEGAN_NS,
    DAY,
    Clock,
    a_picture,
    a_start,
    a_summary,
    finished,
    rows,
)

from device.domain.basics import Side
from device.domain.history import FeedbackBlock
from device.errors import InputError, StorageError, UsageError
from device.storage.store import Store


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store(tmp_path, clock):
    with closing(opened(tmp_path, clock)) as store:
        yield store


def opened(folder: Path, clock=None, **more) -> Store:
    return Store(folder / "data", clock=clock or Clock(), keep_free_bytes=0, **more)


def run(store: Store, session=None, clip=None, track=300, pictures=()):
    """A session from its beginning to its end; returns its uuid."""
    session = session or finished()
    store.begin(session.start)
    store.add_track(session.start.uuid, rows(track))
    store.keep(session, clip, pictures)
    return session.start.uuid


def grep(folder: Path, marker: bytes) -> list[str]:
    return [
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and marker in path.read_bytes()
    ]


def test_what_was_kept_comes_back(store):
    blocks = (FeedbackBlock(0.0, 10.0, True), FeedbackBlock(10.0, 30.0, False))
    session = finished(
        a_start(speed_kmh=11.5, overridden=("level",)), a_summary(4.2, 6.1), feedback=blocks
    )
    uuid = run(store, session, clip=b"an mp4", pictures=[a_picture()])
    kept = store.read(uuid)
    assert kept.summary == session.summary
    assert kept.runner == "P-017"
    assert kept.started == session.start.started
    assert kept.date_known
    assert kept.geometry == session.start.geometry
    assert kept.overridden == ("level",)
    assert kept.speed_kmh == 11.5
    assert kept.feedback == blocks
    assert kept.has_clip
    assert kept.has_track
    assert not kept.cut_off
    assert kept.analysis.original
    assert store.clip(uuid) == b"an mp4"
    (picture,) = store.pictures(uuid)
    assert picture == a_picture()
    (document,) = store.documents(uuid)
    assert document == json.loads(json.dumps(dict(session.document)))


def test_a_list_is_newest_first_and_spares_the_steps(store):
    uuids = [run(store, finished(a_start(code)), track=5) for code in ("A-1", "B-2", "A-1")]
    assert [session.uuid for session in store.history()] == uuids[::-1]
    assert [session.uuid for session in store.history("a-1")] == [uuids[2], uuids[0]]
    newest = store.history(most=1)
    assert [session.uuid for session in newest] == [uuids[2]]
    assert newest[0].summary.steps == ()
    assert newest[0].summary.left.midstance_drop_deg.mean == 5.0
    assert store.history("nobody") == ()


def test_runners_are_codes_of_any_case_and_known_by_their_newest_visit(store):
    store.add_runner("later")
    run(store, finished(a_start("P-017")), track=5)
    assert store.add_runner(" p-017 ").code == "P-017"
    runners = store.runners()
    assert [(runner.code, runner.sessions) for runner in runners] == [("P-017", 1), ("later", 0)]
    assert runners[0].last == DAY
    assert runners[1].last is None
    for code in ("", "   ", "x" * 41, "a\nb"):
        with pytest.raises(StorageError, match="no code"):
            store.add_runner(code)


def test_a_runners_own_target_and_correction_are_remembered(store):
    store.remember("P-017", target_deg=(2.5, 5.0))
    store.remember("p-017", personal_json='{"gain": 0.8}')
    runner = store.remember("p-017", exercises_json='{"records": []}')
    assert runner.exercises_json == '{"records": []}'
    assert runner.target_deg == (2.5, 5.0)
    assert runner.personal_json == '{"gain": 0.8}'
    assert store.runner("P-017") == runner


def test_a_track_comes_back_with_every_line_unrounded(store):
    session = finished()
    store.begin(session.start)
    given = rows(1000, every=3)
    for first in range(0, 1000, 130):
        store.add_track(session.start.uuid, given[first : first + 130])
    store.keep(session)
    track = store.track(session.start.uuid)
    assert track.damaged == 0
    assert len(track.rows) == 1000
    for before, after in zip(given, track.rows, strict=True):
        assert after.t_ns == before.t_ns
        assert after.faults == before.faults
        assert after.pelvis.image_angle_deg == before.pelvis.image_angle_deg
        assert after.pelvis.sigma_deg == before.pelvis.sigma_deg
        assert (after.pelvis.points_px == before.pelvis.points_px).all()
        assert (after.pose is None) == (before.pose is None)
        if before.pose is not None:
            gap = np.abs(after.pose.landmarks_px - before.pose.landmarks_px)
            assert np.nanmax(gap) <= 1 / 128 + 1e-4
            assert np.isnan(after.pose.landmarks_px[7]).all()
            assert np.abs(after.pose.visibility - before.pose.visibility).max() < 1e-4
            assert after.pose.detector == "mediapipe-full"
            assert after.pose.image_size_px == (640, 480)


def test_a_session_that_is_dropped_leaves_nothing(store, tmp_path):
    start = a_start("SECRET-1")
    store.begin(start)
    store.add_track(start.uuid, rows(400))
    assert grep(tmp_path, start.uuid.encode())
    store.drop(start.uuid)
    assert grep(tmp_path, start.uuid.encode()) == []
    assert grep(tmp_path, b"SECRET-1") == []
    assert list((tmp_path / "data/tracks").iterdir()) == []


def test_a_session_that_begins_over_an_unfinished_one_drops_that(store, tmp_path):
    first, second = finished(), finished()
    store.begin(first.start)
    store.begin(second.start)
    store.keep(second)
    assert [session.uuid for session in store.history()] == [second.start.uuid]
    assert len(list((tmp_path / "data/tracks").iterdir())) == 1


def test_what_is_deleted_is_in_no_file_any_more(tmp_path, clock):
    with closing(opened(tmp_path, clock)) as store:
        session = finished(a_start("SECRET-RUNNER", station="SECRET-STATION"))
        uuid = run(store, session, b"SECRET-CLIP" * 50, pictures=[a_picture(b"SECRET-PIC" * 50)])
        other = run(store, finished(a_start("B-2")))
    with closing(opened(tmp_path, clock)) as store:  # opened again: there is a backup now
        before = grep(tmp_path, b"SECRET")
        assert any("backups" in name for name in before)
        assert any("clips" in name for name in before)
        assert any("tracks" in name for name in before)
        store.delete(uuid)
        for marker in (b"SECRET", uuid.encode()):
            assert grep(tmp_path, marker) == []
        assert [session.uuid for session in store.history()] == [other]
        assert [runner.code for runner in store.runners()] == ["B-2"]
        with pytest.raises(InputError):
            store.read(uuid)
        assert list((tmp_path / "data/backups").iterdir())
    assert grep(tmp_path, b"SECRET") == []


def test_deleting_beside_a_running_kiosk_leaves_nothing_either(tmp_path, clock):
    with closing(opened(tmp_path, clock)) as kiosk:
        uuid = run(kiosk, finished(a_start("SECRET-RUNNER")), b"SECRET" * 100)
        kiosk.history()
        running = a_start("B-2")
        kiosk.begin(running)
        kiosk.add_track(running.uuid, rows(50))
        with closing(opened(tmp_path, clock, adopt=False)) as command:
            command.delete(uuid)
        assert grep(tmp_path, b"SECRET") == []
        kiosk.add_track(running.uuid, rows(50, first=50))
        kiosk.keep(finished(running))
        assert [session.uuid for session in kiosk.history()] == [running.uuid]
        assert len(kiosk.track(running.uuid).rows) == 100


def test_a_session_that_runs_is_not_taken_for_one_that_was_cut_off(tmp_path, clock):
    with closing(opened(tmp_path, clock)) as kiosk:
        kiosk.begin(a_start())
        with closing(opened(tmp_path, clock)) as other:
            assert other.adopted == ()


def test_nobody_else_may_read_what_is_kept(store, tmp_path):
    run(store, clip=b"an mp4")
    store.back_up()
    for path in (tmp_path / "data").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0 or path.parent.stat().st_mode & 0o077 == 0, path
    assert (tmp_path / "data").stat().st_mode & 0o077 == 0


def test_a_runner_is_deleted_with_all_sessions(store, tmp_path):
    for _ in range(3):
        run(store, finished(a_start("SECRET-RUNNER")), track=5)
    store.remember("SECRET-RUNNER", target_deg=(1, 2), personal_json="{}", exercises_json="{}")
    keep = run(store, finished(a_start("B-2")), track=5)
    assert store.delete_runner("secret-runner") == 3
    assert grep(tmp_path, b"SECRET") == []
    assert [session.uuid for session in store.history()] == [keep]


def test_a_deletion_that_a_power_cut_broke_off_is_finished(tmp_path, clock):
    with closing(opened(tmp_path, clock)) as store:
        uuid = run(store, finished(a_start("SECRET")))
    with closing(sqlite3.connect(tmp_path / "data/midstance.sqlite")) as raw:
        raw.execute("UPDATE sessions SET deleting = 1")
        raw.commit()
    with closing(opened(tmp_path, clock)) as store:
        assert store.history() == ()
    assert grep(tmp_path, b"SECRET") == []
    assert grep(tmp_path, uuid.encode()) == []


def test_analyses_stand_beside_each_other(store):
    uuid = run(store)
    shown = store.documents(uuid)[0]
    again = finished(a_start(algorithm_version="2"), a_summary(4.0, 6.0)).document
    store.add_analysis(uuid, again)
    assert [(a.algorithm_version, a.original) for a in store.analyses(uuid)] == [
        ("1", True),
        ("2", False),
    ]
    assert store.documents(uuid)[0] == shown
    assert store.read(uuid).summary.left.midstance_drop_deg.mean == 5.0
    newer = store.read(uuid, "2")
    assert newer.summary.left.midstance_drop_deg.mean == 4.0
    assert len(newer.summary.steps) == 40
    assert store.read(uuid, "3").summary.left.midstance_drop_deg.mean == 5.0
    assert store.history()[0].summary.left.midstance_drop_deg.mean == 5.0


def test_a_session_is_found_by_its_number_or_the_beginning_of_its_uuid(store):
    first, second = run(store, track=5), run(store, track=5)
    assert store.find("2") == second
    assert store.find(first[:9]) == first
    with pytest.raises(UsageError, match="no session"):
        store.find("77")


def test_sessions_made_before_the_clock_was_right_are_dated_when_it_is(tmp_path):
    wrong = datetime(2021, 1, 1, 0, 1, tzinfo=UTC)
    clock = Clock("first", wrong, right=False)
    with closing(opened(tmp_path, clock)) as store:
        first = run(store, finished(a_start(started=clock.wall)), track=5)
        clock.pass_by(3600)
        second = run(store, finished(a_start(started=clock.wall)), track=5)
        assert not store.read(first).date_known
        assert store.read(first).started == wrong
        assert not store.note_clock(), "nothing new"
        # Somebody sets the clock.
        clock.pass_by(1800)
        clock.wall = DAY
        assert store.note_clock()
        for uuid, before_h in ((first, 1.5), (second, 0.5)):
            kept = store.read(uuid)
            assert kept.date_known
            assert kept.started == DAY - timedelta(hours=before_h)
    # The next boot begins in the past again, and nothing vouches for it.
    clock = Clock("second", wrong, right=False)
    with closing(opened(tmp_path, clock)) as store:
        third = run(store, finished(a_start(started=clock.wall)), track=5)
        assert not store.read(third).date_known
        assert store.read(first).date_known
        assert [session.uuid for session in store.history()] == [third, second, first]
        clock.right = True
        assert store.note_clock()
        assert store.read(third).date_known


def test_zones_are_kept(store):
    from datetime import timezone

    summer = timezone(timedelta(hours=2))
    uuid = run(store, finished(a_start(started=DAY.astimezone(summer))), track=5)
    assert store.read(uuid).started.utcoffset() == timedelta(hours=2)
    assert store.read(uuid).started == DAY


def test_a_session_may_be_of_nobody(store):
    uuid = run(store, finished(a_start(None)), track=5)
    assert store.read(uuid).runner is None
    assert store.runners() == ()


def test_what_could_not_be_kept_can_be_tried_again(store, tmp_path, monkeypatch):
    session = finished()
    store.begin(session.start)
    store.add_track(session.start.uuid, rows(100))
    broken = replace(session, document={**session.document, "quality": {}})
    with pytest.raises(KeyError):
        store.keep(broken)
    assert store.history() == ()
    store.keep(session)
    assert store.read(session.start.uuid).has_track


def test_curves_and_new_numbers_survive(store):
    from device.domain.results import Curve

    summary = a_summary()
    curve = Curve((0.0, 0.5), (1.0, 2.0), (0.1, 0.2), 0.2, 0.6)
    summary = replace(
        summary, left=replace(summary.left, curve=curve, contact_time_s=summary.cadence_spm)
    )
    uuid = run(store, finished(summary=summary), track=5)
    assert store.read(uuid).summary.left == summary.left
    assert store.read(uuid).summary.side(Side.RIGHT) == summary.right
    assert BEGAN_NS
