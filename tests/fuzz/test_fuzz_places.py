"""Rows of the database, sticks, the outbox, what the kernel says: as anybody may have left them."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import stat
from contextlib import closing, suppress
from functools import cache
from pathlib import Path

from damage import EDITS, VALUES, below, edited, examples
from hypothesis import given
from hypothesis import strategies as st
from store_makers import Clock, a_start, finished, rows

from device.atomic import check_folder
from device.clips.export import FOLDER, export_files
from device.domain.coaching import Ended, Entry
from device.errors import InputError, StorageError
from device.hardware.usb_stick import UsbStick, parse_mountinfo
from device.storage.outbox import Outbox
from device.storage.store import Store

# --- the database --------------------------------------------------------------------------------


@cache
def a_database(work: Path) -> Path:
    folder = below(work, "good")
    with closing(Store(folder, clock=Clock(), keep_free_bytes=0)) as store:
        store.add_runner("ANNA")
        store.enrol("ANNA", "retraining", a_start().started.date())
        for number in range(2):
            session = finished(a_start("ANNA"))
            store.begin(session.start)
            store.add_track(session.start.uuid, rows(20))
            store.keep(session, b"clip")
            entry = Entry(number, "training", session.start.started.date(), 9.0, 9.0, Ended.WHOLE)
            store.note_entry("ANNA", entry)
    return folder


def tables(path: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(path)) as raw:
        names = [
            name
            for (name,) in raw.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
            if not name.startswith("sqlite_")
        ]
        return [
            (name, row[1]) for name in names for row in raw.execute(f"PRAGMA table_info({name})")
        ]


CELLS = st.one_of(
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.text(max_size=12),
    st.none(),
    st.binary(max_size=6),
    VALUES.map(json.dumps),
)


@examples(60)
@given(st.lists(st.tuples(st.integers(0, 10_000), CELLS), min_size=1, max_size=3))
def test_rows_with_any_value_in_any_column(work, changes):
    good = a_database(work)
    folder = below(work, "rows")
    for name in ("midstance.sqlite", "midstance.sqlite-wal", "midstance.sqlite-shm"):
        (folder / name).unlink(missing_ok=True)
    shutil.rmtree(folder / "backups", ignore_errors=True)
    shutil.copy(good / "midstance.sqlite", folder)
    columns = tables(folder / "midstance.sqlite")
    with closing(sqlite3.connect(folder / "midstance.sqlite")) as raw:
        for which, value in changes:
            table, column = columns[which % len(columns)]
            with suppress(sqlite3.Error, UnicodeEncodeError):
                raw.execute(f"UPDATE {table} SET {column} = ?", (value,))
        raw.commit()
    with suppress(StorageError), closing(Store(folder, clock=Clock(), keep_free_bytes=0)) as store:
        read_all(store)


def read_all(store: Store) -> None:
    """Read everything there is in every way; each may be refused in words."""
    uuids: list[str] = []
    with suppress(StorageError):
        uuids = [session.uuid for session in store.history()]
    for read in (store.runners, lambda: store.runner("ANNA"), lambda: store.coaching("ANNA")):
        with suppress(StorageError, InputError):
            read()
    for uuid in uuids:
        for of_one in (store.read, store.analyses, store.documents, store.pictures, store.clip):
            with suppress(StorageError, InputError):
                of_one(uuid)


# --- sticks --------------------------------------------------------------------------------------

NAMES = st.one_of(
    st.text(min_size=1, max_size=20).filter(lambda t: "/" not in t and "\0" not in t),
    st.sampled_from(["session-0", ".session-0.part", ".x.part", "sha256.txt", "2026-03-02_101500"]),
    st.sampled_from(["con", "-rf", "..x", "%s%n", "$(reboot)", "a\nb", "\x1b[2J", " ", "~", "*"]),
)
KINDS = st.sampled_from(["file", "folder", "link", "dead link", "pipe", "full folder"])


@examples(60)
@given(st.lists(st.tuples(NAMES, KINDS, st.binary(max_size=80)), max_size=8))
def test_whatever_is_on_a_stick_a_save_is_whole_and_nothing_else_is_touched(work, things):
    base = below(work, "sticks")
    root, outside = base / "stick", base / "outside"
    for each in (root, outside):
        shutil.rmtree(each, ignore_errors=True)
        each.mkdir()
    (outside / "mine.txt").write_text("mine")
    (root / FOLDER).mkdir()
    theirs: dict[Path, bytes] = {}
    for name, kind, data in things:
        path = root / FOLDER / name
        with suppress(OSError, ValueError):
            put(path, kind, data, outside)
            if kind == "file":
                theirs[path] = data
            elif kind == "full folder":
                theirs[path / "theirs.bin"] = data
    target = export_files(root, "session-0", {"a.bin": b"1234", "b.txt": b"5"}, lambda _: None)
    assert check_folder(target) == ()
    assert target.parent == root / FOLDER
    assert {path.name for path in target.iterdir()} == {"a.bin", "b.txt", "sha256.txt"}
    assert [path.read_text() for path in outside.iterdir()] == ["mine"]
    for path, data in theirs.items():
        if not path.parent.name.endswith(".part"):
            assert path.read_bytes() == data
    for folder in (root / FOLDER).iterdir():
        if folder.is_dir() and not is_pipe(folder / "sha256.txt"):
            assert isinstance(check_folder(folder), tuple)


def is_pipe(path: Path) -> bool:
    with suppress(OSError):
        return stat.S_ISFIFO(path.stat().st_mode)
    return False


def put(path: Path, kind: str, data: bytes, outside: Path) -> None:
    if path.exists() or path.is_symlink():
        raise FileExistsError
    if kind == "file":
        path.write_bytes(data)
    elif kind == "folder":
        path.mkdir()
    elif kind == "full folder":
        path.mkdir()
        (path / "theirs.bin").write_bytes(data)
        (path / "sha256.txt").write_bytes(data)
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(outside if kind == "link" else outside / "nowhere")


@examples(40)
@given(st.lists(st.tuples(NAMES, KINDS, st.binary(max_size=80)), max_size=6))
def test_whatever_lies_in_the_outbox(work, things):
    base = below(work, "outbox")
    shutil.rmtree(base / "box", ignore_errors=True)
    (base / "box").mkdir()
    for name, kind, data in things:
        with suppress(OSError, ValueError):
            put(base / "box" / f"000001_{name}", "folder" if kind == "pipe" else kind, data, base)
    box = Outbox(base / "box", keep_free_bytes=0)
    with suppress(StorageError):
        box.put("session-1", {"a.bin": b"1"})
        for item in box.waiting():
            with suppress(StorageError):
                box.deliver(item, lambda name, files: base / name)


MOUNTS = "36 35 98:0 /mnt /media/midstance/a rw,noatime master:1 - vfat /dev/sda1 rw\n"


@examples(60)
@given(EDITS, st.text(max_size=60))
def test_what_the_kernel_says_of_mounts(work, edits, note):
    assert all(mount.point for mount in parse_mountinfo(edited(MOUNTS, edits)))
    folder = below(work, "kernel")
    disk = folder / "devices" / "usb1" / "sda1"
    (folder / "block").mkdir(exist_ok=True)
    disk.mkdir(parents=True, exist_ok=True)
    (disk / "dev").write_text("98:0")
    (disk / "size").write_text("1000")
    with suppress(FileExistsError):
        (folder / "block" / "sda1").symlink_to(disk)
    (folder / "udev").mkdir(exist_ok=True)
    (folder / "udev" / "b98:0").write_text(f"E:ID_FS_LABEL_ENC={note}\n", "utf-8")
    (folder / "mounts").write_bytes(edited(MOUNTS, edits).encode("utf-8", "surrogatepass"))
    stick = UsbStick(folder / "mounts", folder / "block", udev=folder / "udev")
    assert stick.state().sticks >= 1
