"""Killed, out of room and on a broken disk while saving: nothing promised is lost, nothing half is
presented as whole."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from results import Enter
from store_makers import Clock
from strikes import SYNCS, WRITES, Struck, calls, can_strike, instants, kill, refuse
from victims import SESSIONS, contents, uuid

from device.clips.export import FOLDER, export_files
from device.storage.database import packaged_migrations, version_of
from device.storage.outbox import Outbox
from device.storage.store import Store

pytestmark = pytest.mark.skipif(not can_strike(), reason="strace is not here, or may not trace")


def whole_folders(root: Path) -> dict[str, bool]:
    """Every folder that a person would see on the stick, and whether its files are whole."""
    found = {}
    for folder in (root / FOLDER).glob("*") if (root / FOLDER).is_dir() else ():
        if folder.name.startswith("."):
            continue
        number = int(folder.name.split("-")[1].split("_")[0])
        found[folder.name] = is_whole(folder, number)
    return found


def is_whole(folder: Path, number: int) -> bool:
    """Every file as it should be, and the sums beside them right."""
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    sums = files.pop("sha256.txt", b"").decode().splitlines()
    stated = {line.split()[1].lstrip("*"): line.split()[0] for line in sums}
    real = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    return files == contents(number) and stated == real


def judge_stick(root: Path, struck: Struck) -> tuple[int, str]:
    """How many promises were broken or halves shown, and what."""
    seen = whole_folders(root)
    lost = [name for _, name in struck.promised("SAVED") if not seen.get(name)]
    halves = [name for name, whole in seen.items() if not whole]
    return len(set(lost) | set(halves)), f"lost {lost}, halves {halves}"


def judge_outbox(folder: Path, struck: Struck) -> tuple[int, str]:
    """What was kept lies in the outbox or on the stick, whole."""
    on_stick = whole_folders(folder / "stick")
    delivered: dict[str, bool] = {}
    for item in Outbox(folder / "device", keep_free_bytes=0).waiting():
        delivered[item.name] = is_whole(item.folder, int(item.name.split("-")[1]))
    lost = [
        name
        for _, name in struck.promised("SAVED")
        if not delivered.get(name) and not on_stick.get(name)
    ]
    halves = [name for seen in (delivered, on_stick) for name, whole in seen.items() if not whole]
    return len(set(lost) | set(halves)), f"lost {lost}, halves {halves}"


def judge_store(folder: Path, struck: Struck) -> tuple[int, str]:
    """The next start opens the store; promised sessions are whole, no other shows half a clip."""
    problems = []
    with closing(Store(folder, clock=Clock(), keep_free_bytes=0)) as store:
        there = {session.uuid: session for session in store.history()}
        for number, name in struck.promised("SAVED"):
            if name not in there:
                problems.append(f"{name} is gone")
            elif store.clip(name) != contents(number)["clip.mp4"]:
                problems.append(f"{name} has another clip")
            elif len(store.track(name).rows) != 180:
                problems.append(f"{name} has a short track")
        for name in there:
            if name not in dict.fromkeys(n for _, n in struck.promised("SAVED")):
                clip = store.clip(name)
                if clip is not None and clip != contents(int(name[-4:]))["clip.mp4"]:
                    problems.append(f"{name} shows half a clip")
    with closing(sqlite3.connect(folder / "midstance.sqlite")) as raw:
        if raw.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
            problems.append("the database is damaged")
    return len(problems), "; ".join(problems)


def judge_migrated(folder: Path, _: Struck | None = None) -> tuple[int, str]:
    """The old version or the new one, in one piece, with all sessions."""
    newest = packaged_migrations()[-1].number
    problems = []
    with closing(sqlite3.connect(folder / "midstance.sqlite")) as raw:
        version = version_of(raw)
        if version not in (newest, newest + 1):
            problems.append(f"version {version}")
        if raw.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
            problems.append("the database is damaged")
        columns = [row[1] for row in raw.execute("PRAGMA table_info(runners)")]
        if ("note" in columns) != (version == newest + 1):
            problems.append(f"version {version} with the columns {columns}")
        if raw.execute("SELECT count(*) FROM sessions").fetchone()[0] != SESSIONS:
            problems.append("sessions are missing")
    return len(problems), "; ".join(problems)


JUDGES = {"stick": judge_stick, "outbox": judge_outbox, "store": judge_store}
SAVING = {
    "stick": "saving to a stick",
    "outbox": "waiting for a stick",
    "store": "keeping on the device",
}


def fresh(tmp_path: Path, name: str) -> Path:
    folder = tmp_path / name
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "stick").mkdir(parents=True)
    return folder


@pytest.mark.parametrize("victim", SAVING)
def test_killed_at_every_boundary(victim: str, tmp_path: Path, matrix: Enter) -> None:
    made = calls(victim, fresh(tmp_path, "count"), SYNCS)
    count = len(made)
    assert count > 4 * SESSIONS
    kept = lost = 0
    at = instants(count)
    for number in at:
        folder = fresh(tmp_path, "struck")
        struck = kill(victim, folder, made, number)
        assert struck.code in (-9, 137), struck
        broken, what = JUDGES[victim](folder, struck)
        assert not broken, f"killed at call {number} of {count}: {what}"
        lost += broken
        kept += 1
    matrix(f"killed while {SAVING[victim]}", "what was called saved is whole", len(at), kept, lost)


ERRORS = ("ENOSPC", "EIO", "EROFS")
REFUSED = [
    (victim, error)
    for victim in SAVING
    for error in ERRORS
    # Not every pair in every run of all tests: it takes the most of their time.
    if os.environ.get("MIDSTANCE_FAULTS") == "all"
    or (victim, error) in {("stick", "EIO"), ("outbox", "EROFS"), ("store", "ENOSPC")}
]


@pytest.mark.parametrize(("victim", "error"), REFUSED)
def test_refused_at_every_write(victim: str, error: str, tmp_path: Path, matrix: Enter) -> None:
    made = calls(victim, fresh(tmp_path, "count"), WRITES)
    count = len(made)
    assert count > 4 * SESSIONS
    at = instants(count)
    for number in at:
        folder = fresh(tmp_path, "struck")
        struck = refuse(victim, folder, made, number, error)
        assert struck.code != 0 or len(struck.promised("SAVED")) == SESSIONS, struck
        broken, what = JUDGES[victim](folder, struck)
        assert not broken, f"{error} from write {number} of {count} on: {what}\n{struck.stderr}"
    why = {"ENOSPC": "no room", "EIO": "the disk fails", "EROFS": "it became read-only"}[error]
    matrix(f"{why} while {SAVING[victim]}", "what was called saved is whole", len(at), len(at))


def test_a_refused_save_is_told_in_plain_words(tmp_path: Path) -> None:
    for error, name, says in (
        ("ENOSPC", "StickFullError", "became full"),
        ("EROFS", "StickReadOnlyError", "write-protected"),
    ):
        struck = refuse("stick", fresh(tmp_path, error), ["write"] * 5, 5, error)
        ((_, said),) = struck.promised("REFUSED")
        assert said.startswith(name)
        assert says in said


def test_the_next_save_cleans_up_after_a_kill(tmp_path: Path) -> None:
    folder = fresh(tmp_path, "struck")
    kill("stick", folder, ["fsync"] * 3, 3)
    assert [path for path in (folder / FOLDER).iterdir() if path.name.startswith(".")]
    export_files(folder, "session-9", contents(9), lambda _: None)
    assert [path.name for path in (folder / FOLDER).iterdir()] == ["session-9"]


def test_killed_while_deleting(tmp_path: Path, matrix: Enter) -> None:
    full = fresh(tmp_path, "full")
    assert len(calls_made(full)) == SESSIONS
    made = calls("delete", copied(full, tmp_path / "count"), SYNCS)
    at = instants(len(made))
    for number in at:
        folder = copied(full, tmp_path / "struck")
        struck = kill("delete", folder, made, number)
        with closing(Store(folder, clock=Clock(), keep_free_bytes=0)) as store:
            left = {session.uuid for session in store.history()}
            assert {uuid(0), uuid(2)} <= left
            if struck.promised("GONE") or uuid(1) not in left:
                for path in folder.rglob("*"):
                    assert uuid(1) not in path.name
                    if path.is_file():
                        assert uuid(1).encode() not in path.read_bytes(), path
    matrix("killed while deleting", "deleted wholly or not at all; others stay", len(at), len(at))


def test_killed_while_migrating(tmp_path: Path, matrix: Enter) -> None:
    full = fresh(tmp_path, "full")
    calls_made(full)
    made = calls("migrate", copied(full, tmp_path / "count"), f"{SYNCS},{WRITES}")
    at = instants(len(made))
    for number in at:
        folder = copied(full, tmp_path / "struck")
        kill("migrate", folder, made, number)
        broken, what = judge_migrated(folder)
        assert not broken, what
    matrix("killed while migrating", "old version or new, all sessions there", len(at), len(at))


def calls_made(folder: Path) -> list[str]:
    """A store with all the sessions in it."""
    from strikes import run

    struck = run("store", folder, "-o", "/dev/null", "-e", "trace=none")
    return [name for _, name in struck.promised("SAVED")]


def copied(source: Path, target: Path) -> Path:
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)
    return target
