"""Tracks on disk: what was made of every frame of a session, appended while it runs.

A file is a header and blocks, each framed with its length and checksum, so that whatever was
written before a cut can be read after it, and a damaged stretch costs no more than its own block:

==========  =======================================================================================
header      ``MIDTRK1\\n``, u32 length, u32 CRC-32, JSON (what is known when a session begins)
block       ``MBLK``, u32 length, u32 CRC-32, zlib of: u32 length of JSON, JSON, columns
==========  =======================================================================================

A block holds up to `BLOCK_ROWS` frames by columns: times in ns, landmarks in 1/64 px and visibility
in 1/65535 (each as differences from frame to frame, bytes of equal weight together, which is what
makes them small), and the pelvis lines unrounded, because the numbers come from those. All
integers are little-endian. A minute at 60 frames/s takes about 0.5 MB.
"""

from __future__ import annotations

import fcntl
import json
import os
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from device.domain.basics import LANDMARK_COUNT, Reason
from device.domain.frames import PelvisMethod, PelvisSample, Pose
from device.domain.history import TrackRow
from device.errors import PoseTrackError

MAGIC = b"MIDTRK1\n"
BLOCK = b"MBLK"
BLOCK_ROWS = 128
SYNC_EVERY_BYTES = 32 * 1024
"""The disk is asked to hold on to it for good about every four seconds of running."""

MOST_WAITING = 1024
"""Blocks that wait for a disk that takes none: about a quarter of an hour, 10 MB."""

_HEAD = struct.Struct("<II")
_SCALE = 64.0
_FULL = 65_535
_MOST_BLOCK_BYTES = 16 * 1024 * 1024


class TrackWriter:
    """Appends to a track file. Locked as long as it is open: nobody takes it for an orphan.

    Raises `OSError`. A block that could not be written whole is cut off again, and is written with
    the next one: `pending` says how many wait.
    """

    def __init__(self, path: Path, header: Mapping[str, Any]) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        self.path = path
        self._descriptor = os.open(path, flags, 0o600)
        self._length = self._unsynced = 0
        self._waiting: list[bytes] = []
        self.lost = 0
        """Rows given up because the disk took none for too long."""
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            text = json.dumps(header, ensure_ascii=False).encode()
            self._append(MAGIC + _HEAD.pack(len(text), zlib.crc32(text)) + text)
            self.sync()
            sync_folder(path.parent)
        except BaseException:
            os.close(self._descriptor)
            path.unlink(missing_ok=True)
            raise

    @property
    def pending(self) -> int:
        """How many blocks wait to be written."""
        return len(self._waiting)

    def add(self, rows: Sequence[TrackRow]) -> None:
        """Append `rows`, in order of time."""
        for part in _alike(rows):
            payload = encode(part)
            if len(self._waiting) >= MOST_WAITING:
                self.lost += len(part)
                continue
            frame = BLOCK + _HEAD.pack(len(payload), zlib.crc32(payload)) + payload
            self._waiting.append(frame)
        self.flush()

    def flush(self) -> None:
        """Write what waits."""
        while self._waiting:
            self._append(self._waiting[0])
            self._waiting.pop(0)
        if self._unsynced >= SYNC_EVERY_BYTES:
            self.sync()

    def sync(self) -> None:
        """Return only when all that was written is on the disk."""
        os.fdatasync(self._descriptor)
        self._unsynced = 0

    def close(self) -> None:
        """Let go of the file; what waits is lost."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _append(self, data: bytes) -> None:
        view = memoryview(data)
        try:
            os.lseek(self._descriptor, self._length, os.SEEK_SET)
            while view:
                view = view[os.write(self._descriptor, view) :]
        except OSError:
            # Half a block would be read as damage; it comes again with the next.
            os.ftruncate(self._descriptor, self._length)
            raise
        self._length += len(data)
        self._unsynced += len(data)


class TrackReader:
    """The rows of the track at `path`, in order, as much of it as is whole; raises
    `PoseTrackError` when it is no track.

    Iterate once: rows are made block by block, so that an hour's track takes no more memory than
    its file. `damaged` counts the stretches that could not be read, so far.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._data = path.read_bytes()
        except OSError as error:
            raise PoseTrackError(
                f"{path}: the track cannot be read ({error.strerror or error})."
            ) from error
        self.header, self._at = _header(self._data, path)
        self.damaged = 0

    def __iter__(self) -> Iterator[TrackRow]:
        data, last_ns = self._data, None
        while self._at < len(data):
            found = _block(data, self._at)
            if found is None:
                self.damaged += 1
                next_at = data.find(BLOCK, self._at + 1)
                self._at = next_at if next_at >= 0 else len(data)
                continue
            rows, self._at = found
            for row in rows:
                # A block that was written twice, or out of its order, adds nothing.
                if last_ns is None or row.t_ns > last_ns:
                    last_ns = row.t_ns
                    yield row


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """What a track file holds. `damaged` counts stretches that could not be read."""

    header: Mapping[str, Any]
    rows: list[TrackRow]
    damaged: int


def read(path: Path) -> Track:
    """All of the track at `path` at once; see `TrackReader`."""
    reader = TrackReader(path)
    rows = list(reader)
    return Track(reader.header, rows, reader.damaged)


def read_header(path: Path) -> dict[str, Any]:
    """Only what was known at the beginning; raises `PoseTrackError`."""
    try:
        with path.open("rb") as file:
            data = file.read(1024 * 1024)
    except OSError as error:
        raise PoseTrackError(
            f"{path}: the track cannot be read ({error.strerror or error})."
        ) from error
    return _header(data, path)[0]


def in_use(path: Path) -> bool:
    """Whether somebody writes to the track just now."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def sync_folder(folder: Path) -> None:
    """Return only when the names in `folder` are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _header(data: bytes, path: Path) -> tuple[dict[str, Any], int]:
    start = len(MAGIC) + _HEAD.size
    if data[: len(MAGIC)] != MAGIC or len(data) < start:
        raise PoseTrackError(f"{path}: not a track of Midstance.")
    length, crc = _HEAD.unpack_from(data, len(MAGIC))
    text = data[start : start + length]
    if len(text) != length or zlib.crc32(text) != crc:
        raise PoseTrackError(f"{path}: the track's header is damaged.")
    header = json.loads(text)
    if not isinstance(header, dict):
        raise PoseTrackError(f"{path}: the track's header is none.")
    return header, start + length


def _block(data: bytes, at: int) -> tuple[list[TrackRow], int] | None:
    """The rows of the block at `at` and where the next one begins; None when it is not whole."""
    start = at + len(BLOCK) + _HEAD.size
    if data[at : at + len(BLOCK)] != BLOCK or len(data) < start:
        return None
    length, crc = _HEAD.unpack_from(data, at + len(BLOCK))
    payload = data[start : start + length]
    if len(payload) != length or zlib.crc32(payload) != crc:
        return None
    try:
        return decode(payload), start + length
    except (ValueError, KeyError, IndexError, TypeError, zlib.error, struct.error):
        return None


# --- a block's payload ---------------------------------------------------------------------------


def encode(rows: Sequence[TrackRow]) -> bytes:
    """The payload of a block; all poses of one picture size and detector, at least one row."""
    poses = [row.pose for row in rows if row.pose is not None]
    xy = np.array([pose.landmarks_px for pose in poses], np.float64)
    xy = xy.reshape(-1, LANDMARK_COUNT, 2)
    known = np.asarray(np.isfinite(xy).all(axis=2))
    ticks = np.zeros(xy.shape, np.int32)
    ticks[known] = np.clip(np.rint(xy[known] * _SCALE), -(2**30), 2**30).astype(np.int32)
    ticks = _held(ticks, known)
    seen = np.nan_to_num(np.array([pose.visibility for pose in poses], np.float64))
    levels = np.rint(np.clip(seen, 0, 1) * _FULL).astype(np.int32).reshape(-1, LANDMARK_COUNT)
    lines = [row.pelvis for row in rows]
    there = [line for line in lines if line is not None]
    methods = sorted({line.method.value for line in there})
    points = np.full((len(there), 2, 2), np.nan, np.float64)
    for index, line in enumerate(there):
        if line.points_px is not None:
            points[index] = line.points_px
    faults = list(dict.fromkeys(fault for row in rows for fault in row.faults))
    meta = {
        "rows": len(rows),
        "size": list(poses[0].image_size_px) if poses else None,
        "detector": poses[0].detector if poses else None,
        "methods": methods,
        "faults": [[f.code, f.message, f.remedy, f.blocks] for f in faults],
        "faulty": [[i, faults.index(fault)] for i, row in enumerate(rows) for fault in row.faults],
    }
    text = json.dumps(meta, ensure_ascii=False, separators=(",", ":")).encode()
    columns = (
        _shuffled(_differences(np.array([row.t_ns for row in rows], np.int64))),
        np.packbits([row.pose is not None for row in rows]).tobytes(),
        np.packbits([line is not None for line in lines]).tobytes(),
        np.packbits(known).tobytes(),
        _shuffled(_differences(np.array([pose.t_ns for pose in poses], np.int64))),
        _shuffled(_differences(np.array([pose.seq for pose in poses], np.int64))),
        _shuffled(np.array([pose.people for pose in poses], np.int32)),
        _shuffled(_differences(ticks)),
        _shuffled(_differences(levels)),
        bytes(methods.index(line.method.value) for line in there),
        _shuffled(_differences(np.array([line.t_ns for line in there], np.int64))),
        _shuffled(_differences(np.array([line.seq for line in there], np.int64))),
        _shuffled(np.array([line.image_angle_deg for line in there], np.float64)),
        _shuffled(np.array([line.sigma_deg for line in there], np.float64)),
        _shuffled(points),
    )
    return zlib.compress(struct.pack("<I", len(text)) + text + b"".join(columns), 6)


def decode(payload: bytes) -> list[TrackRow]:
    """What was given to `encode`, landmarks and visibility rounded; raises ValueError and kin."""
    inflate = zlib.decompressobj()
    data = inflate.decompress(payload, _MOST_BLOCK_BYTES)
    if inflate.unconsumed_tail:
        raise ValueError("a block unpacks to something huge")
    (length,) = struct.unpack_from("<I", data)
    meta = json.loads(data[4 : 4 + length])
    take = _Taker(data, 4 + length)
    count = int(meta["rows"])
    t_ns = _summed(take.shuffled(np.int64, (count,)))
    with_pose = np.flatnonzero(take.bits((count,)))
    with_line = np.flatnonzero(take.bits((count,)))
    seen = (with_pose.size, LANDMARK_COUNT)
    known = take.bits(seen)
    pose_ns = _summed(take.shuffled(np.int64, seen[:1]))
    pose_seq = _summed(take.shuffled(np.int64, seen[:1]))
    people = take.shuffled(np.int32, seen[:1])
    xy = (_summed(take.shuffled(np.int32, (*seen, 2))) / _SCALE).astype(np.float32)
    xy[~known] = np.nan
    visibility = (_summed(take.shuffled(np.int32, seen)) / _FULL).astype(np.float32)
    lines = (with_line.size,)
    method = take.shuffled(np.uint8, lines)
    line_ns = _summed(take.shuffled(np.int64, lines))
    line_seq = _summed(take.shuffled(np.int64, lines))
    angle_deg = take.shuffled(np.float64, lines)
    sigma_deg = take.shuffled(np.float64, lines)
    points = take.shuffled(np.float64, (*lines, 2, 2))
    size = tuple(int(side) for side in meta["size"] or (0, 0))
    poses = {
        int(row): Pose(
            seq=int(pose_seq[index]),
            t_ns=int(pose_ns[index]),
            landmarks_px=xy[index],
            visibility=visibility[index],
            image_size_px=(size[0], size[1]),
            detector=meta["detector"],
            people=int(people[index]),
        )
        for index, row in enumerate(with_pose)
    }
    samples = {
        int(row): PelvisSample(
            seq=int(line_seq[index]),
            t_ns=int(line_ns[index]),
            image_angle_deg=float(angle_deg[index]),
            sigma_deg=float(sigma_deg[index]),
            method=PelvisMethod(meta["methods"][method[index]]),
            points_px=points[index] if np.isfinite(points[index]).all() else None,
        )
        for index, row in enumerate(with_line)
    }
    reasons = [Reason(code, what, fix, bool(blocks)) for code, what, fix, blocks in meta["faults"]]
    faults: dict[int, tuple[Reason, ...]] = {}
    for row, index in meta["faulty"]:
        faults[row] = (*faults.get(row, ()), reasons[index])
    return [
        TrackRow(int(t_ns[row]), poses.get(row), samples.get(row), faults.get(row, ()))
        for row in range(count)
    ]


def _alike(rows: Sequence[TrackRow]) -> Iterator[Sequence[TrackRow]]:
    """`rows` cut where picture size or detector change, and after `BLOCK_ROWS`."""
    begin, kind = 0, None
    for index, row in enumerate(rows):
        now = None if row.pose is None else (row.pose.image_size_px, row.pose.detector)
        changed = now is not None and kind is not None and now != kind
        if index > begin and (changed or index - begin == BLOCK_ROWS):
            yield rows[begin:index]
            begin, kind = index, None
        kind = kind if now is None else now
    if begin < len(rows):
        yield rows[begin:]


def _held(ticks: NDArray[np.int32], known: NDArray[np.bool_]) -> NDArray[np.int32]:
    """`ticks` with unknown points standing where they were last known: differences stay small."""
    if not len(known):
        return ticks
    rows = np.where(known, np.arange(len(known))[:, None], 0)
    last = np.maximum.accumulate(rows, axis=0)
    return ticks[last, np.arange(known.shape[1])[None, :]]


def _differences(values: NDArray[Any]) -> NDArray[Any]:
    return np.diff(values, axis=0, prepend=values[:1] * 0)


def _summed(values: NDArray[Any]) -> NDArray[Any]:
    total: NDArray[Any] = np.cumsum(values, axis=0, dtype=np.int64)
    return total


def _shuffled(values: NDArray[Any]) -> bytes:
    """The bytes of equal weight together: most are alike then."""
    little = np.ascontiguousarray(values, values.dtype.newbyteorder("<"))
    return little.reshape(-1).view(np.uint8).reshape(-1, values.dtype.itemsize).T.tobytes()


class _Taker:
    """Takes columns off a block, one after the other; raises ValueError at its end."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data, self._at = data, at

    def shuffled(self, kind: Any, shape: tuple[int, ...]) -> NDArray[Any]:
        dtype = np.dtype(kind).newbyteorder("<")
        count = int(np.prod(shape))
        flat = np.frombuffer(self._take(count * dtype.itemsize), np.uint8)
        mixed = np.ascontiguousarray(flat.reshape(dtype.itemsize, count).T)
        values: NDArray[Any] = mixed.reshape(-1).view(dtype).reshape(shape).astype(kind)
        return values

    def bits(self, shape: tuple[int, ...]) -> NDArray[np.bool_]:
        count = int(np.prod(shape))
        packed = np.frombuffer(self._take(-(-count // 8)), np.uint8)
        return np.unpackbits(packed, count=count).astype(np.bool_).reshape(shape)

    def _take(self, length: int) -> bytes:
        piece = self._data[self._at : self._at + length]
        if len(piece) != length:
            raise ValueError("a block is too short")
        self._at += length
        return piece
