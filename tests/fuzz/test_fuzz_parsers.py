"""What is read from files that anybody may have written or damaged: it is understood or refused in
words, and nothing else ever comes out of a reader."""

from __future__ import annotations

import io
import json
import math
import shutil
import zipfile
from contextlib import closing, suppress
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from damage import BYTES, EDITS, VALUES, below, damaged, edited, examples
from hypothesis import given
from hypothesis import strategies as st
from store_makers import Clock, a_start, rows

from device import config, programmes
from device.domain.basics import LANDMARK_COUNT
from device.domain.pose_track import PoseTrack
from device.errors import ConfigError, MidstanceError, PoseTrackError
from device.replay import pose_track
from device.storage import tracks
from device.storage.rows import header_of
from device.storage.store import Store

CONFIG = Path(__file__).resolve().parents[2] / "config"


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


def test_the_readers_are_given_things_that_they_take():
    """Else all of the above would show nothing."""
    assert config.parse(edited((CONFIG / "gym.toml").read_text("utf-8"), [])).station
    with pytest.raises(ConfigError):
        config.parse("[camera]\nfps = " + toml([1]))
    assert array_of((3, 33), "f4", 5, rising=True).max() > 5
