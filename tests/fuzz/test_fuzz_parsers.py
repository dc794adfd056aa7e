"""What is read from files that anybody may have written or damaged: it is understood or refused in
words, and nothing else ever comes out of a reader."""

from __future__ import annotations

import io
import json
import math
import os
import shutil
import sqlite3
import stat
import zipfile
from contextlib import closing, suppress
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from making import MANY
from store_makers import Clock, a_start, finished, rows

from device import config, programmes
from device.atomic import check_folder
from device.clips.export import FOLDER, export_files
from device.domain.basics import LANDMARK_COUNT
from device.domain.coaching import Ended, Entry
from device.domain.pose_track import PoseTrack
from device.errors import ConfigError, InputError, MidstanceError, PoseTrackError, StorageError
from device.hardware.usb_stick import UsbStick, parse_mountinfo
from device.replay import pose_track
from device.storage import tracks
from device.storage.outbox import Outbox
from device.storage.rows import header_of
from device.storage.store import Store

CONFIG = Path(__file__).resolve().parents[2] / "config"
PIECES = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["[", "]", "[[", "=", '"', "'''", "#", "\n", "\\", "1e999", "nan", "-0", "1979-05-27", "{}"]
    ),
    st.sampled_from(
        ["true", '"x"', "[[session]]", "[camera]", "fps = 0", "\x00", "\ud7ff", "9" * 400]
    ),
)
EDITS = st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 40), PIECES), max_size=4)
VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**70), 2**70),
        st.floats(),
        st.text(max_size=10),
        st.sampled_from(["sqlite", "training", "2026-03-02", "left", "auto", "[]", "{}"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def work(tmp_path_factory) -> Path:
    """A folder for all the examples of all the tests."""
    return tmp_path_factory.mktemp("fuzz")


def below(work: Path, name: str) -> Path:
    (work / name).mkdir(exist_ok=True)
    return work / name


def examples(count: int):
    return settings(max_examples=count * MANY, deadline=None)


def edited(text: str, edits) -> str:
    for at, length, piece in edits:
        here = at % (len(text) + 1)
        text = text[:here] + piece + text[here + length :]
    return text


def toml(value: object) -> str:
    """A value as TOML writes it; what TOML has no word for becomes text."""
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return repr(value) if math.isfinite(value) else str(value)
        case list():
            return f"[{', '.join(map(toml, value))}]"
        case dict():
            return "{" + ", ".join(f"{toml(str(k))} = {toml(v)}" for k, v in value.items()) + "}"
    return json.dumps(str(value), ensure_ascii=True).replace("\x7f", "")


# --- settings and programmes ---------------------------------------------------------------------


@examples(60)
@given(st.sampled_from(["gym", "clinic", "home", "demo"]), EDITS)
def test_settings_that_somebody_edited(profile, edits):
    text = edited((CONFIG / f"{profile}.toml").read_text("utf-8"), edits)
    with suppress(ConfigError):
        assert isinstance(config.parse(text), config.Config)


KEYS = [
    (section, key)
    for section in config.Config.__struct_fields__
    for key in getattr(config.Config(), section).__struct_fields__
]


@examples(120)
@given(st.lists(st.tuples(st.sampled_from(KEYS), VALUES), min_size=1, max_size=3))
def test_settings_with_any_value_at_any_key(changes):
    sections: dict[str, dict[str, object]] = {}
    for (section, key), value in changes:
        sections.setdefault(section, {})[key] = value
    lines = []
    for section, values in sections.items():
        lines += [f"[{section}]", *(f"{key} = {toml(value)}" for key, value in values.items())]
    try:
        made = config.parse("\n".join(lines))
    except ConfigError as error:
        assert error.what  # noqa: PT017
        assert error.remedy  # noqa: PT017
    else:
        assert config.digest(made)


@examples(80)
@given(st.sampled_from(sorted((CONFIG / "programmes").glob("*.toml"))), EDITS)
def test_programmes_that_somebody_edited(path, edits):
    text = edited(path.read_text("utf-8"), edits)
    with suppress(ConfigError):
        made = programmes.parse(text)
        assert made.sessions


@examples(80)
@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["kind", "day", "minutes", "feedback", "speeds_kmh", "exercises"]),
            st.one_of(VALUES, st.sampled_from(["baseline", 0, 5.0, ["hip_hike"], [8.0, 9.0]])),
            max_size=6,
        ),
        max_size=3,
    ),
    st.dictionaries(st.sampled_from(["title", "target", "rules"]), VALUES, max_size=2),
)
def test_programmes_with_any_session(sessions, others):
    lines = [f"{key} = {toml(value)}" for key, value in others.items()]
    if "title" not in others:
        lines += ["[title]", 'en = "A"']
    for session in sessions:
        lines += ["[[session]]", *(f"{key} = {toml(value)}" for key, value in session.items())]
    with suppress(ConfigError):
        assert programmes.parse("\n".join(lines)).sessions


@examples(40)
@given(st.binary(max_size=200))
def test_files_of_anything(work, data):
    path = below(work, "any") / "x.toml"
    path.write_bytes(data)
    for read in (config.load, programmes.load, pose_track.load, tracks.read, tracks.read_header):
        with suppress(MidstanceError):
            read(path)


# --- pose tracks ---------------------------------------------------------------------------------

NUMBERS = st.sampled_from(
    ["f8", "f4", "f2", "i8", "u1", "i2", "?", "c8", "U5", "S3", "O", ">f4", "M8[s]"]
)
COUNTS = st.integers(0, 4)
SHAPES = st.one_of(
    st.lists(st.integers(0, 4), max_size=4).map(tuple),
    st.sampled_from([(3,), (3, 33, 2), (3, 33), (2,), (3, 33, 3), (1, 33, 2), (1, 33), (1,)]),
)
FILLS = st.sampled_from([0, 1, 5, -7, 640, 1e300, float("nan"), float("inf"), 2**40, "x"])


def array_of(shape, kind, fill, rising):
    try:
        with np.errstate(all="ignore"):
            made = np.full(shape, fill).astype(kind)
            return made + np.arange(made.size).reshape(shape).astype(kind) if rising else made
    except (TypeError, ValueError, OverflowError):
        return np.zeros(shape, "f4")


ARRAYS = st.builds(array_of, SHAPES, NUMBERS, FILLS, st.booleans())


def a_track(count: int = 3) -> dict[str, np.ndarray]:
    return {
        "t_s": np.arange(count) / 30.0,
        "landmarks_px": np.full((count, LANDMARK_COUNT, 2), 50.0, np.float32),
        "visibility": np.ones((count, LANDMARK_COUNT), np.float32),
        "image_size_px": np.array([640, 480]),
    }


def npy(kind: str, shape: str, data: bytes) -> bytes:
    """An array as NumPy writes it."""
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}}}\n".encode()
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + data


def check_track(track: PoseTrack) -> None:
    """What got through is what the contract says."""
    assert len(track) > 0
    assert np.isfinite(track.t_s).all()
    assert (np.diff(track.t_s) > 0).all()
    for pose in track.poses():
        assert pose.landmarks_px.shape == (LANDMARK_COUNT, 2)
        assert not np.isinf(pose.landmarks_px).any()
        assert ((pose.visibility >= 0) & (pose.visibility <= 1)).all()


@examples(120)
@given(
    st.dictionaries(
        st.sampled_from([*a_track(), "detector", "people", "else"]), ARRAYS, min_size=1, max_size=3
    ),
    st.sets(st.sampled_from(list(a_track())), max_size=1),
    st.booleans(),
)
def test_pose_tracks_of_any_arrays(work, changed, left_out, packed):
    arrays = {key: value for key, value in a_track().items() if key not in left_out} | changed
    path = below(work, "arrays") / "t.npz"
    (np.savez_compressed if packed else np.savez)(path, **arrays)
    with suppress(PoseTrackError):
        check_track(pose_track.load(path))


@cache
def a_packed_track() -> bytes:
    out = io.BytesIO()
    np.savez(out, **a_track(), detector=np.array("mediapipe-full"), people=np.ones(3, int))
    return out.getvalue()


BYTES = st.lists(st.tuples(st.integers(0, 10**6), st.binary(max_size=6)), max_size=5)


def damaged(data: bytes, edits, cut: int | None) -> bytes:
    made = bytearray(data)
    for at, piece in edits:
        here = at % len(made)
        made[here : here + len(piece)] = piece
    return bytes(made if cut is None else made[: cut % len(made)])


@examples(100)
@given(BYTES, st.one_of(st.none(), st.integers(0, 10**6)))
def test_pose_tracks_that_were_damaged(work, edits, cut):
    path = below(work, "damaged") / "t.npz"
    path.write_bytes(damaged(a_packed_track(), edits, cut))
    with suppress(PoseTrackError):
        check_track(pose_track.load(path))


@pytest.mark.parametrize(
    ("key", "array"),
    [
        # Both were found by atheris: NumPy reads a header as Python's own text, and takes any four
        # bytes for a character.
        ("t_s", b"\x93NUMPY\x01\x00\x11\x00{'descr': '<f8', (" + b"\0" * 40),
        ("detector", npy("<U1", "()", b"\xff" * 4)),
    ],
)
def test_pose_tracks_that_atheris_has_made(work, key, array):
    path = below(work, "atheris") / "t.npz"
    with zipfile.ZipFile(path, "w") as archive:
        for name, good in a_track().items():
            archive.writestr(f"{name}.npy", npy(good.dtype.str, str(good.shape), good.tobytes()))
        if key == "detector":
            archive.writestr("detector.npy", array)
    if key != "detector":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(f"{key}.npy", array)
    with pytest.raises(PoseTrackError):
        pose_track.load(path)


@cache
def a_kept_track(folder: Path) -> bytes:
    writer = tracks.TrackWriter(folder / "good.track", {"uuid": "x"})
    writer.add(rows(200))
    writer.close()
    return (folder / "good.track").read_bytes()


@examples(80)
@given(BYTES, st.one_of(st.none(), st.integers(0, 10**6)))
def test_kept_tracks_that_were_damaged(work, edits, cut):
    folder = below(work, "tracks")
    path = folder / "t.track"
    path.write_bytes(damaged(a_kept_track(folder), edits, cut))
    with suppress(PoseTrackError):
        track = tracks.read(path)
        times = [row.t_ns for row in track.rows]
        assert times == sorted(set(times))


HEADER_KEYS = (
    "uuid",
    "runner",
    "began_ns",
    "started",
    "geometry",
    "clock",
    "settings",
    "overridden",
)


@examples(30)
@given(st.one_of(VALUES, st.dictionaries(st.sampled_from(HEADER_KEYS), VALUES, min_size=1)))
def test_a_track_with_any_header_is_entered_or_left(work, header):
    folder = below(work, "headers")
    shutil.rmtree(folder)
    (folder / "tracks").mkdir(parents=True)
    path = folder / "tracks" / "00000000-0000-4000-8000-000000000001.track"
    good = header_of(a_start(uuid=path.stem), Clock()())
    writer = tracks.TrackWriter(path, {**good, **header} if isinstance(header, dict) else header)
    writer.add(rows(10))
    writer.close()
    with closing(Store(folder, clock=Clock(), keep_free_bytes=0)) as store:
        assert len(store.history()) == len(store.adopted)
        if isinstance(header, dict) and not header:
            assert store.adopted
    assert path.exists(), "what is not understood is left"


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


def test_the_readers_are_given_things_that_they_take():
    """Else all of the above would show nothing."""
    assert config.parse(edited((CONFIG / "gym.toml").read_text("utf-8"), [])).station
    with pytest.raises(ConfigError):
        config.parse("[camera]\nfps = " + toml([1]))
    assert array_of((3, 33), "f4", 5, rising=True).max() > 5
