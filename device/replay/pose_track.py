"""Pose tracks on disk: `.npz` files, read without trusting them."""

from __future__ import annotations

import struct
import tokenize
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from device.clock import NS_PER_S
from device.domain.frames import Pose
from device.domain.pose_track import MAX_FRAMES, PoseTrack, checked
from device.errors import PoseTrackError
from device.replay.output import atomic_file

_KEYS = ("t_s", "landmarks_px", "visibility", "image_size_px", "detector", "people")
_UNREADABLE = (
    *(OSError, EOFError, ValueError, RuntimeError, NotImplementedError, TypeError, KeyError),
    *(SyntaxError, OverflowError, MemoryError, tokenize.TokenError, zlib.error, struct.error),
)
"""What NumPy and zipfile throw at damaged files; NumPy reads headers as Python's own text."""
_MAX_BYTES = {"landmarks_px": MAX_FRAMES * 66 * 8, "visibility": MAX_FRAMES * 33 * 8}
_MAX_BYTES_OTHER = MAX_FRAMES * 8


def load(path: Path | str) -> PoseTrack:
    """Read and check the pose track at `path`; raises `PoseTrackError`.

    Headers are looked at before any array is read, so that neither a pickle nor a file that
    unpacks to something huge gets further than its name. Unknown keys are left unread.
    """
    path = Path(path)
    if path.is_dir():
        raise PoseTrackError(f"{path}: this is a folder.", remedy="Name a single track in it.")
    if not path.exists():
        raise PoseTrackError(
            f"{path}: there is no such file.", remedy="Check the name and the folder."
        )
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            arrays = {key: _read(archive, key, path) for key in _KEYS if f"{key}.npy" in names}
    except zipfile.BadZipFile as error:
        raise PoseTrackError(
            f"{path}: not a pose track (no intact NumPy .npz file).",
            remedy="Copy it again; a track is written with numpy.savez.",
        ) from error
    except _UNREADABLE as error:
        raise PoseTrackError(f"{path}: the pose track cannot be read ({error}).") from error
    return checked(arrays, where=str(path))


def save(path: Path, poses: Sequence[Pose], *, origin_ns: int = 0) -> None:
    """Write `poses` (at least one, all of one picture size) as a pose track.

    Times are counted from `origin_ns`. Raises `OutputError` when it cannot be written.
    """
    first = poses[0]
    arrays: dict[str, Any] = {
        "t_s": np.array([(pose.t_ns - origin_ns) / NS_PER_S for pose in poses], np.float64),
        "landmarks_px": np.stack([pose.landmarks_px for pose in poses]).astype(np.float32),
        "visibility": np.stack([pose.visibility for pose in poses]).astype(np.float32),
        "image_size_px": np.array(first.image_size_px, np.int64),
        "people": np.array([pose.people for pose in poses], np.int64),
    }
    if first.detector is not None:
        arrays["detector"] = np.array(first.detector)
    with atomic_file(path) as out:
        np.savez_compressed(out, **arrays)


def _read(archive: zipfile.ZipFile, key: str, path: Path) -> np.ndarray:
    member = archive.getinfo(f"{key}.npy")
    with archive.open(member) as file:
        version = np.lib.format.read_magic(file)
        header = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }.get(version)
        if header is None:
            raise PoseTrackError(f"{path}: {key} has the unknown NumPy format {version}.")
        shape, _, dtype = header(file)
    if dtype.hasobject:
        raise PoseTrackError(
            f"{path}: {key} holds Python objects, which are never loaded.",
            remedy="Store plain numbers (no dtype=object).",
        )
    size = int(np.prod([int(n) for n in shape], dtype=object)) * dtype.itemsize
    if size > _MAX_BYTES.get(key, _MAX_BYTES_OTHER) or member.file_size > size + 65_536:
        raise PoseTrackError(f"{path}: {key} with shape {shape} is absurdly large.")
    with archive.open(member) as file:
        return np.lib.format.read_array(file, allow_pickle=False)
