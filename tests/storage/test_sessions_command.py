"""`midstance sessions` and `midstance reanalyze`, on a real database and a real track."""

from __future__ import annotations

import json
import time
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from store_makers import DAY, Clock, a_picture, a_start, a_summary, finished

from device import ALGORITHM_VERSION
from device.cli import main
from device.domain.analysis import Input, document
from device.domain.basics import Gait, Side
from device.domain.history import FinishedSession, TrackRow
from device.domain.pose_track import checked
from device.gait import GaitTracker, landmark_line
from device.replay.pose_track import load
from device.session.record import since
from device.storage.store import Store


def opened(folder) -> Store:
    return Store(folder, clock=Clock(), keep_free_bytes=0)


@pytest.fixture
def data(tmp_path):
    """Two comparable sessions of a runner and one of another."""
    with closing(opened(tmp_path / "data")) as store:
        for code, left, day in (("P-017", 8.5, 0), ("P-017", 4.5, 30), ("B-2", 4.0, 31)):
            start = a_start(code, DAY + timedelta(days=day))
            store.begin(start)
            store.keep(finished(start, a_summary(left)), b"an mp4", [a_picture()])
    return tmp_path / "data"


def said(capsys, *words) -> str:
    assert main([str(word) for word in words]) == 0
    return capsys.readouterr().out


def test_the_list_names_what_there_is(data, capsys):
    out = said(capsys, "sessions", "list", "--data", data)
    lines = out.splitlines()
    assert [line.split()[0] for line in lines] == ["No.", "3", "2", "1"]
    assert "B-2" in lines[1]
    assert "8.5 ± 0.6°" in lines[3]
    assert "stickers" in lines[3]
    only = json.loads(said(capsys, "sessions", "list", "--data", data, "--runner", "b-2", "--json"))
    assert [each["runner"] for each in only] == ["B-2"]
    assert only[0]["left_deg"]["mean"] == 4.0
    runners = said(capsys, "sessions", "list", "--runners", "--data", data)
    assert runners.splitlines()[1].startswith("P-017: 2 sessions")


def test_a_session_is_shown_with_all_its_analyses(data, capsys):
    with closing(opened(data)) as store:
        newer = finished(a_start(algorithm_version="2"), a_summary(7.9)).document
        store.add_analysis(store.find("1"), newer)
    out = said(capsys, "sessions", "show", "1", "--data", data)
    assert "P-017" in out
    assert "as it was shown" in out
    assert "made later" in out
    assert "8.5 ± 0.6°, 20 steps" in out
    assert "7.9 ± 0.6°" in out
    assert len(json.loads(said(capsys, "sessions", "show", "1", "--data", data, "--json"))) == 2


def test_two_sessions_are_compared_in_words(data, capsys):
    out = said(capsys, "sessions", "compare", "2", "1", "--data", data)
    assert "Left: 8.5 to 4.5 degrees, 4.0 less. That is more than the detectable" in out
    assert "Right: 7.0 to 7.0" in out
    other = said(capsys, "sessions", "compare", "1", "3", "--data", data)
    assert "different runners" in other


def test_delete_asks_and_then_really_deletes(data, capsys):
    assert main(["sessions", "delete", "1", "--data", str(data)]) == 2
    assert "--yes" in capsys.readouterr().err
    said(capsys, "sessions", "delete", "1", "--yes", "--data", data)
    assert len(json.loads(said(capsys, "sessions", "list", "--json", "--data", data))) == 2
    said(capsys, "sessions", "delete", "--runner", "P-017", "--yes", "--data", data)
    out = json.loads(said(capsys, "sessions", "list", "--json", "--data", data))
    assert [each["runner"] for each in out] == ["B-2"]
    for path in data.rglob("*"):
        assert not path.is_file() or b"P-017" not in path.read_bytes()


def test_what_is_not_there_is_said(data, tmp_path, capsys):
    for words, code, part in (
        (["sessions", "show", "99", "--data", str(data)], 2, "no session 99"),
        (["sessions", "compare", "1", "99", "--data", str(data)], 2, "no session 99"),
        (["sessions", "delete", "99", "--yes", "--data", str(data)], 2, "no session 99"),
        (["sessions", "delete", "--runner", "X", "--yes", "--data", str(data)], 2, "no runner X"),
        (
            ["sessions", "export", "99", "--out", str(tmp_path), "--data", str(data)],
            2,
            "no session",
        ),
        (["reanalyze", "99", "--data", str(data)], 2, "no session 99"),
        (["sessions", "list", "--data", str(tmp_path / "none")], 2, "No sessions are kept"),
        (["sessions", "export", "--out", str(tmp_path), "--data", str(data)], 2, "Say which"),
        (["sessions", "delete", "--data", str(data)], 2, "Say which"),
        (["reanalyze", "--data", str(data)], 2, "Say which"),
        (["reanalyze", "1", "--again", "--data", str(data)], 3, "track"),
    ):
        assert main(words) == code, words
        assert part in capsys.readouterr().err
    assert not (tmp_path / "none").exists(), "looking makes nothing"


def measured(track_path) -> tuple[list[TrackRow], FinishedSession]:
    """A session as the kiosk would have measured it from a recorded pose track."""
    track = load(track_path)
    tracker, rows = GaitTracker(), []
    for index, pose in enumerate(track.poses()):
        looked = index % 2 == 0
        sample = landmark_line(pose)
        rows.append(TrackRow(pose.t_ns, pose if looked else None, sample))
        if looked:
            tracker.push(pose, sample)
        else:
            tracker.push_between(pose.t_ns, sample)
    start = a_start("R-1", began_ns=rows[0].t_ns)
    start = replace(start, geometry=type(start.geometry)())
    summary = since(tracker.summary(), start.began_ns / 1e9)
    content = document(
        summary,
        Input("camera", "camera", summary.frames, 60.0, summary.duration_s),
        version="0.1.0",
        algorithm_version="0.9",
    )
    return rows, FinishedSession(start, summary, content, summary.duration_s)


@pytest.fixture(scope="module")
def running(shared):
    paths = sorted((shared / "footage" / "mocap").glob("*_noisy60.npz"))
    if not paths:
        pytest.skip("there is no recorded pose track here")
    return measured(paths[0])


def test_analysing_again_gives_the_same_numbers_and_keeps_the_old(running, tmp_path, capsys):
    rows, session = running
    data = tmp_path / "data"
    with closing(opened(data)) as store:
        store.begin(session.start)
        for first in range(0, len(rows), 128):
            store.add_track(session.start.uuid, rows[first : first + 128])
        store.keep(session)
        before = store.documents(session.start.uuid)
    assert session.summary.gait is Gait.RUNNING
    out = said(capsys, "reanalyze", "--all", "--data", data)
    assert "Session 1: left" in out
    with closing(opened(data)) as store:
        after = store.documents(session.start.uuid)
        assert after[:1] == before, "the old numbers are as they were"
        assert [each["algorithm_version"] for each in after] == ["0.9", ALGORITHM_VERSION]
        again = store.read(session.start.uuid, ALGORITHM_VERSION).summary
    for side in Side:
        old = session.summary.side(side).midstance_drop_deg
        new = again.side(side).midstance_drop_deg
        assert new.mean == pytest.approx(old.mean, abs=0.02)
        assert new.half_width == pytest.approx(old.half_width, abs=0.02)
    assert again.cadence_spm.mean == pytest.approx(session.summary.cadence_spm.mean, abs=0.05)
    assert len(again.steps) == pytest.approx(len(session.summary.steps), abs=1)
    assert "has analysed it" in said(capsys, "reanalyze", "--all", "--data", data)
    said(capsys, "reanalyze", "1", "--again", "--data", data)
    with closing(opened(data)) as store:
        assert len(store.analyses(session.start.uuid)) == 3


def test_what_a_power_cut_ended_gets_its_numbers(running, tmp_path):
    from device.keeping import KeptRecords

    rows, session = running
    data = tmp_path / "data"
    store = opened(data)
    store.begin(session.start)
    store.add_track(session.start.uuid, rows)
    store.close()  # as if the process were gone
    with closing(KeptRecords(opened(data))) as records:
        assert [note.code for note in records.notes] == ["session_cut_off"]
        assert records.history()[0].summary is None
        records.idle()
        records.begin(a_start())
        assert records.history("R-1")[0].summary is None, "a new run goes first"
        until = time.monotonic() + 120
        while records.history("R-1")[0].summary is None and time.monotonic() < until:
            records.idle()
            time.sleep(0.1)
        (kept,) = records.history("R-1")
        assert kept.cut_off
        assert not kept.analysis.original
        assert kept.summary.cadence_spm.mean == pytest.approx(
            session.summary.cadence_spm.mean, abs=0.05
        )


def test_an_export_holds_the_numbers_and_a_track_by_the_contract(running, tmp_path, capsys):
    rows, session = running
    data = tmp_path / "data"
    with closing(opened(data)) as store:
        store.begin(session.start)
        store.add_track(session.start.uuid, rows)
        store.keep(session, b"an mp4", [a_picture()])
    out = said(
        capsys,
        *("sessions", "export", "--all", "--numbers-only"),
        *("--out", tmp_path / "out", "--data", data),
    )
    (folder,) = (tmp_path / "out" / "MIDSTANCE").iterdir()
    assert str(folder) in out
    names = {path.name for path in folder.iterdir()}
    assert {"session.json", "steps.csv", "curves.csv", "pose.npz"} <= names
    assert not [name for name in names if name.endswith((".mp4", ".jpg"))]
    written = json.loads((folder / "session.json").read_text())
    assert written["kept"]["runner"] == "R-1"
    for side in Side:
        mean = session.summary.side(side).midstance_drop_deg
        assert written["sides"][side.value]["midstance_drop_deg"]["mean"] == pytest.approx(
            mean.mean, abs=1e-5
        )
    with np.load(folder / "pose.npz") as arrays:
        track = checked({key: arrays[key] for key in arrays.files})
    assert track.t_s[0] == pytest.approx(0.0, abs=1e-6)
    assert len(track) >= len(rows) // 2
