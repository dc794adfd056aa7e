"""A session onto the stick: ``MIDSTANCE/<date>_<time>_<code>/``, whole or not there at all."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from device.atomic import NoRoomError, Phase, ReadBackError, safe_name, write_folder
from device.clips.mux import mux_mp4, probe
from device.clips.seal import Seal
from device.domain.kiosk import SaveProgress
from device.errors import StickAbsentError, StickError, StickFullError, StickReadOnlyError
from device.ports import EncodedPacket, VideoFormat

FOLDER = "MIDSTANCE"
"""Everything Midstance writes to a stick stands in this folder of it."""

MAKING = "Making the clip"
WRITING = "Writing to the stick"
CHECKING = "Checking what was written"
FINISHING = "Finishing"

_MAKING_SHARE = 0.2
_SHARES = {
    Phase.WRITING: (WRITING, _MAKING_SHARE, 0.70),
    Phase.CHECKING: (CHECKING, 0.70, 0.95),
    Phase.FINISHING: (FINISHING, 0.95, 1.0),
}

_GONE = {
    errno.ENODEV,
    errno.ENXIO,
    errno.ENOMEDIUM,
    errno.ESHUTDOWN,
    errno.ENOTCONN,  # the last two: a file system of FUSE, as exFAT may be
    errno.ECONNABORTED,
}


@dataclass(frozen=True, slots=True)
class ExportBundle:
    """A session ready to be saved.

    `folder_name` is wished for (made safe; a suffix follows where it is taken); `files` are the
    files by name; `clip` the recorder's snapshot, which becomes `clip_name`. A snapshot without
    packets is no clip.
    """

    folder_name: str
    files: Mapping[str, bytes]
    clip: tuple[VideoFormat, tuple[EncodedPacket, ...]] | None = None
    clip_name: str = "clip.mp4"


def session_folder(when: datetime, code: str = "") -> str:
    """The customary name of a session's folder: ``2025-03-09_181502_AB12``."""
    stamp = when.strftime("%Y-%m-%d_%H%M%S")
    return safe_name(f"{stamp}_{safe_name(code, fallback='')}".rstrip("_"))


def render(
    bundle: ExportBundle, on_progress: Callable[[SaveProgress], None] = lambda progress: None
) -> dict[str, bytes]:
    """Return every file of `bundle` under its safe name, the clip packed and each video proved.

    Raises `StorageError` when a video cannot be decoded to its end.
    """
    on_progress(SaveProgress(MAKING, 0.0))
    files: dict[str, bytes] = {}
    for name, data in bundle.files.items():
        files[_free_name(name, files)] = data
    if bundle.clip is not None and bundle.clip[1]:
        files[_free_name(bundle.clip_name, files)] = mux_mp4(*bundle.clip).data
    videos = [name for name in files if name.lower().endswith(".mp4")]
    for index, name in enumerate(videos):

        def report(fraction: float, before: int = index) -> None:
            share = (before + fraction) / len(videos)
            on_progress(SaveProgress(MAKING, _MAKING_SHARE * share))

        probe(files[name], name, report)
    return files


def export_session(
    root: Path,
    bundle: ExportBundle,
    on_progress: Callable[[SaveProgress], None],
    seal: Seal | None = None,
) -> Path:
    """Save `bundle` on the stick at `root`; return the folder once it is whole and synced.

    Room is checked first; each file is synced and read back against its SHA-256 before the folder
    gets its name. `on_progress` never says `done`: that is for the caller to say, after the stick
    was unmounted. Raises `StickError` and its kin, or `StorageError` for a clip that cannot be
    played; then nothing of that name is on the stick. With a `seal` the folder is encrypted.
    """
    return export_files(root, bundle.folder_name, render(bundle, on_progress), on_progress, seal)


def export_files(
    root: Path,
    folder_name: str,
    files: Mapping[str, bytes],
    on_progress: Callable[[SaveProgress], None],
    seal: Seal | None = None,
) -> Path:
    """Save `files` (of `render`) as `export_session` does."""
    name = safe_name(folder_name, fallback="session")
    if seal is not None:
        name, files = seal(name, files)

    def report(phase: Phase, fraction: float) -> None:
        doing, start, end = _SHARES[phase]
        done = start + (end - start) * fraction
        on_progress(SaveProgress(doing, done, folder=f"{FOLDER}/{name}"))

    device = _device(root)
    try:
        return write_folder(root, name, files, below=FOLDER, on_progress=report)
    except OSError as error:
        raise stick_error(error, root, device) from error


def stick_error(error: OSError, root: Path, device: int | None = None) -> StickError:
    """What an `OSError` of writing to the stick at `root` (on `device`) means for a person."""
    if isinstance(error, NoRoomError):
        return StickFullError(
            f"The stick is too full: {_mb(error.needed)} needed, {_mb(error.free)} free.",
            remedy="Delete something on it, or use another stick.",
        )
    code = error.errno
    if code in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return StickFullError(
            "The stick became full while saving.",
            remedy="Delete something on it, or use another stick.",
        )
    if code == errno.EROFS:
        return StickReadOnlyError(
            "The stick is write-protected.",
            remedy="Push the lock on its side, or use another stick.",
        )
    if code in (errno.EACCES, errno.EPERM):
        return StickReadOnlyError(
            f"Nothing may be written to {root} ({error.strerror}).",
            remedy="Allow writing there, or use another stick.",
        )
    if code in _GONE or not root.exists() or (code == errno.EIO and _vanished(device)):
        return StickAbsentError(
            "The stick was taken out, or there is none.",
            remedy="Put a stick in and save again; nothing is lost.",
        )
    if isinstance(error, ReadBackError):
        return StickError(
            f"The stick does not keep what is written to it ({error.name} reads back wrong).",
            remedy="Use another stick; this one is worn out or not what it says.",
        )
    if code in (errno.ENOTDIR, errno.ELOOP):
        where = root / FOLDER if root.is_dir() else root
        return StickError(
            f"{where} is not a folder, so nothing can be saved in it.",
            remedy=f"Rename it or remove it, so that a folder {where.name} can be made.",
        )
    return StickError(
        f"The stick failed while saving ({error.strerror or error}).",
        remedy="Take it out and put it in again; if this stays, use another stick.",
    )


def _free_name(name: str, taken: Mapping[str, bytes]) -> str:
    safe = safe_name(name)
    stem, dot, extension = safe.rpartition(".")
    used = {each.casefold() for each in taken} | {"sha256.txt"}
    number, free = 1, safe
    while free.casefold() in used:
        number += 1
        free = f"{stem}_{number}.{extension}" if dot else f"{safe}_{number}"
    return free


def _device(root: Path) -> int | None:
    try:
        return os.stat(root).st_dev
    except OSError:
        return None


def _vanished(device: int | None) -> bool:
    """Whether the block device has left the machine (a pulled stick often only says EIO)."""
    if device is None:
        return False
    block = Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}")
    return os.major(device) != 0 and block.parent.is_dir() and not block.exists()


def _mb(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
