"""Folders that are whole or not there: written beside, synced, read back, then renamed.

A folder is made under a hidden name (``.NAME.part``), every file of it is synced and read back
against its SHA-256, and only then it gets its name in one rename. A pulled stick, a full disk or
a lost process at any instant leaves either nothing of that name or all of it; what is left over
under a ``.part`` name is removed by the next writer. Each folder carries its own checksums.

On FAT a rename is made of several writes. Cut between them, the new name may stand there with
nothing in it (the next writer removes such a bare name), or both names may lead to the same files
(then the hidden one stays, as removing it would remove the files).

Everything here raises `OSError` (`NoRoomError` and `ReadBackError` are two of them); whoever calls
says what it means for the stick or the disk.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path

SUMS_NAME = "sha256.txt"
"""The checksums of a folder's files, as ``sha256sum -c sha256.txt`` reads them."""

LONGEST_NAME = 80
MOST_BYTES = 4 * 1024**3 - 1
"""FAT32 holds no larger file."""

_CHUNK = 1024 * 1024
_SYNC_EVERY = 4 * _CHUNK
_MARGIN_BYTES = 256 * 1024
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])")
_PART = re.compile(r"\.[A-Za-z0-9_-][A-Za-z0-9._-]*\.part")
_SESSION = re.compile(r"\d{4}-\d{2}-\d{2}_\d{6}(_[A-Za-z0-9._-]+)?|sealed-[0-9a-f]{12}(_\d+)?")
"""A session's folder, open (`device.clips.session_folder`) or encrypted (`device.clips.Seal`)."""


class Phase(StrEnum):
    """What is being done, in this order."""

    WRITING = "writing"
    CHECKING = "checking"
    FINISHING = "finishing"


OnProgress = Callable[[Phase, float], None]
"""Called with the phase and how far it is, 0..1. What it raises stops the writing."""


class NoRoomError(OSError):
    """Too little room, found before anything was written."""

    def __init__(self, needed: int, free: int) -> None:
        super().__init__(errno.ENOSPC, f"{needed} bytes needed, {free} free")
        self.needed, self.free = needed, free


class ReadBackError(OSError):
    """What was read back is not what was written."""

    def __init__(self, name: str) -> None:
        super().__init__(errno.EIO, f"{name} reads back differently")
        self.name = name


def safe_name(text: str, *, fallback: str = "file") -> str:
    """Turn `text` into a name that FAT32, exFAT, Windows and macOS all take.

    Keeps letters and digits of ASCII, ``.``, ``_`` and ``-``; accents are dropped, everything else
    becomes ``-``. At most 80 characters, an extension kept; never hidden, never a device's name
    (CON, NUL...). `fallback` where nothing is left.
    """
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", plain)
    plain = re.sub(r"\.{2,}", ".", plain)
    stem, dot, extension = plain.strip(".-").rpartition(".")
    if not dot or len(extension) > 8:
        stem, extension = plain.strip(".-"), ""
    stem = stem[: LONGEST_NAME - len(extension) - 1].strip(".-") or fallback
    if _RESERVED.fullmatch(stem.split(".")[0]):
        stem = f"_{stem}"
    return f"{stem}.{extension}" if extension else stem


def free_bytes(folder: Path) -> int:
    """Room left for an ordinary user on the file system of `folder`."""
    room = os.statvfs(folder)
    return room.f_bavail * room.f_frsize


def write_folder(
    root: Path,
    name: str,
    files: Mapping[str, bytes],
    *,
    below: str = "",
    on_progress: OnProgress = lambda phase, fraction: None,
) -> Path:
    """Write `files` as the folder `name` in `root` (in its subfolder `below`), whole or not at all.

    `name`, `below` and the names of `files` must be safe (`safe_name`). Where `name` is taken,
    the next free one of ``NAME_2``, ``NAME_3``... is used. Leftovers of earlier attempts are
    removed first, in `below` also a session's name with nothing in it. Returns the folder; raises
    `OSError`.
    """
    for each in (name, *([below] if below else []), *files):
        if safe_name(each) != each:
            raise ValueError(f"{each!r} is no safe file name")
    if len({each.casefold() for each in files}) != len(files):
        raise ValueError("two files of a folder may not differ by case alone")
    contents = {**files, SUMS_NAME: _sums(files)}
    # From here on everything goes by open folders, not by paths: when the stick is pulled, the
    # path may suddenly mean a folder of the device's own disk.
    with _opened(root) as root_fd, _opened_below(root_fd, below) as parent_fd:
        if os.fstatvfs(root_fd).f_flag & os.ST_RDONLY:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(root))
        _clean(parent_fd)
        if below:
            _clean_bare_names(parent_fd)
        _require_room(parent_fd, contents)
        part = _make_part(parent_fd, name)
        try:
            with _opened(part, parent_fd) as part_fd:
                _write_all(part_fd, contents, on_progress)
                _sync_folder(part_fd)
                _check_all(part_fd, contents, on_progress)
            on_progress(Phase.FINISHING, 0.0)
            final = _rename(parent_fd, part, name)
        except BaseException:
            _remove(parent_fd, part)
            raise
        _sync_folder(parent_fd)
        if below:
            _sync_folder(root_fd)
        _still_there(root, root_fd)
    on_progress(Phase.FINISHING, 1.0)
    return root / below / final


def check_folder(folder: Path) -> tuple[str, ...]:
    """What is wrong with a folder that `write_folder` made: empty when it is whole."""
    try:
        listed = dict(_listed(folder))
    except (OSError, ValueError) as error:
        return (f"{SUMS_NAME} cannot be read: {error}",)
    problems = []
    for name, digest in listed.items():
        try:
            data = (folder / name).read_bytes()
        except OSError as error:
            problems.append(f"{name}: {error.strerror or error}")
            continue
        if hashlib.sha256(data).hexdigest() != digest:
            problems.append(f"{name}: not what was written")
    return tuple(problems)


def read_folder(folder: Path) -> dict[str, bytes]:
    """Return the files that were given to `write_folder`; raises `OSError` unless all are whole."""
    try:
        listed = dict(_listed(folder))
    except ValueError as error:
        raise ReadBackError(SUMS_NAME) from error
    files = {name: (folder / name).read_bytes() for name in listed}
    for name, data in files.items():
        if hashlib.sha256(data).hexdigest() != listed[name]:
            raise ReadBackError(name)
    return files


def remove_folder(folder: Path) -> None:
    """Remove a folder that `write_folder` made: first its name, then what is in it."""
    with _opened(folder.parent) as parent_fd:
        part = f".{folder.name}.part"
        _clean(parent_fd)
        os.rename(folder.name, part, src_dir_fd=parent_fd, dst_dir_fd=parent_fd)
        _sync_folder(parent_fd)
        _remove(parent_fd, part)
        _sync_folder(parent_fd)


def clean_leftovers(parent: Path) -> None:
    """Remove what interrupted writers left in `parent`, as far as that is possible."""
    with suppress(OSError), _opened(parent) as parent_fd:
        _clean(parent_fd)


def _sums(files: Mapping[str, bytes]) -> bytes:
    return "".join(
        f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in files.items()
    ).encode("ascii")


def _listed(folder: Path) -> Iterator[tuple[str, str]]:
    for line in (folder / SUMS_NAME).read_text("ascii").splitlines():
        digest, _, name = line.partition("  ")
        if not re.fullmatch(r"[0-9a-f]{64}", digest) or safe_name(name) != name:
            raise ValueError(f"{line[:80]!r} is no checksum")
        yield name, digest


@contextmanager
def _opened(folder: Path | str, dir_fd: int | None = None) -> Iterator[int]:
    """A folder as a descriptor; below `dir_fd`, a link is never followed."""
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
    if dir_fd is not None:
        flags |= os.O_NOFOLLOW
    descriptor = os.open(folder, flags, dir_fd=dir_fd)
    try:
        yield descriptor
    finally:
        with suppress(OSError):  # would hide what went wrong before; nothing was written by it
            os.close(descriptor)


@contextmanager
def _opened_below(root_fd: int, below: str) -> Iterator[int]:
    if below:
        with suppress(FileExistsError):
            os.mkdir(below, 0o755, dir_fd=root_fd)
    with _opened(below or ".", root_fd) as descriptor:
        yield descriptor


def _require_room(parent_fd: int, contents: Mapping[str, bytes]) -> None:
    largest = max(contents, key=lambda name: len(contents[name]))
    if len(contents[largest]) > MOST_BYTES:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), largest)
    room = os.fstatvfs(parent_fd)
    # A file takes whole clusters, and a folder at least one.
    blocks = sum(-(-len(data) // room.f_frsize) for data in contents.values()) + 4
    needed = blocks * room.f_frsize
    needed += max(_MARGIN_BYTES, needed // 100)
    free = room.f_bavail * room.f_frsize
    if free < needed:
        raise NoRoomError(needed, free)


def _make_part(parent_fd: int, name: str) -> str:
    for suffix in ("", "-2", "-3", "-4"):
        part = f".{name}{suffix}.part"
        with suppress(FileExistsError):
            os.mkdir(part, 0o755, dir_fd=parent_fd)
            return part
    raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), f".{name}.part")


def _write_all(part_fd: int, contents: Mapping[str, bytes], on_progress: OnProgress) -> None:
    total, written = max(1, sum(map(len, contents.values()))), 0
    for name, data in contents.items():
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(name, flags, 0o644, dir_fd=part_fd)
        try:
            view, unsynced = memoryview(data), 0
            while view:
                done = os.write(descriptor, view[:_CHUNK])
                view, unsynced, written = view[done:], unsynced + done, written + done
                if unsynced >= _SYNC_EVERY:
                    # In small portions, so that the progress is the stick's and not the memory's.
                    os.fdatasync(descriptor)
                    unsynced = 0
                on_progress(Phase.WRITING, written / total)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _check_all(part_fd: int, contents: Mapping[str, bytes], on_progress: OnProgress) -> None:
    total, checked = max(1, sum(map(len, contents.values()))), 0
    for name, data in contents.items():
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=part_fd)
        try:
            if hasattr(os, "posix_fadvise"):
                # Otherwise the memory would answer instead of the stick.
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            found = hashlib.sha256()
            while chunk := os.read(descriptor, _CHUNK):
                found.update(chunk)
                checked += len(chunk)
                on_progress(Phase.CHECKING, min(1.0, checked / total))
        finally:
            os.close(descriptor)
        if found.digest() != hashlib.sha256(data).digest():
            raise ReadBackError(name)


def _rename(parent_fd: int, part: str, name: str) -> str:
    for number in range(1, 1000):
        final = name if number == 1 else f"{name}_{number}"
        try:
            os.stat(final, dir_fd=parent_fd, follow_symlinks=False)
        except FileNotFoundError:
            os.rename(part, final, src_dir_fd=parent_fd, dst_dir_fd=parent_fd)
            return final
    raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), name)


def _still_there(root: Path, root_fd: int) -> None:
    """Whether the path still leads to what was written to."""
    now, then = os.stat(root), os.fstat(root_fd)
    if (now.st_dev, now.st_ino) != (then.st_dev, then.st_ino):
        raise OSError(errno.ENODEV, os.strerror(errno.ENODEV), str(root))


def _sync_folder(descriptor: int) -> None:
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Some file systems have nothing to sync in a folder and say so.
        if error.errno not in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):
            raise


def _clean(parent_fd: int) -> None:
    for name in os.listdir(parent_fd):
        if _PART.fullmatch(name) and not _leads_to_a_whole_one(parent_fd, name):
            _remove(parent_fd, name)


def _clean_bare_names(parent_fd: int) -> None:
    """Remove the names that a rename cut on FAT has left: a session's, with nothing in them."""
    for name in os.listdir(parent_fd):
        if _SESSION.fullmatch(name):
            with suppress(OSError):  # a folder that is not empty stays, as does what is none
                os.rmdir(name, dir_fd=parent_fd)


def _leads_to_a_whole_one(parent_fd: int, part: str) -> bool:
    """Whether the files of `part` are those of a folder that has its name already."""
    name = re.sub(r"(-[234])?$", "", part[1 : -len(".part")])
    with suppress(OSError):
        files = _contents(parent_fd, part)
        return SUMS_NAME in files and any(
            _contents(parent_fd, each) == files
            for each in os.listdir(parent_fd)
            if re.fullmatch(rf"{re.escape(name)}(_\d+)?", each)
        )
    return False


def _contents(parent_fd: int, folder: str) -> dict[str, tuple[int, int]]:
    """Size and time of every file in a folder."""
    with _opened(folder, parent_fd) as folder_fd:
        found = {
            name: os.stat(name, dir_fd=folder_fd, follow_symlinks=False)
            for name in os.listdir(folder_fd)
        }
    return {name: (each.st_size, each.st_mtime_ns) for name, each in found.items()}


def _remove(parent_fd: int, part: str) -> None:
    """Remove a leftover; what cannot be removed stays, and is never taken for a whole folder."""
    with suppress(OSError):
        if not stat.S_ISDIR(os.stat(part, dir_fd=parent_fd, follow_symlinks=False).st_mode):
            return  # not ours
        with _opened(part, parent_fd) as part_fd:
            for name in os.listdir(part_fd):
                with suppress(OSError):
                    os.unlink(name, dir_fd=part_fd)
        os.rmdir(part, dir_fd=parent_fd)
