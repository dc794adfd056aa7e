"""The outbox: sessions that somebody wanted saved while there was no stick to take them.

They wait on the device's own disk, each as a folder that is whole or not there (`device.atomic`),
and leave it only after they were delivered: written to a stick and read back. The outbox is
bounded; when it overflows the oldest goes, and that is said. Owned by the disk thread.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from device.atomic import (
    clean_leftovers,
    free_bytes,
    read_folder,
    remove_folder,
    safe_name,
    write_folder,
)
from device.domain.basics import Reason
from device.errors import StorageError

_WAITING = re.compile(r"(\d{6})_(.+)")
_DAMAGED = "damaged-"
_SPARE_BYTES = 1024 * 1024
"""What writing needs beyond the files themselves, generously."""

Deliver = Callable[[str, Mapping[str, bytes]], Path]
"""Saves a session's files under a name and returns only when they were read back."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A session in the outbox; `number` counts up with each that came (no clock is trusted)."""

    number: int
    name: str
    folder: Path
    size_bytes: int


class Outbox:
    """The sessions waiting in `folder`, at most `most_sessions` and about `most_bytes`.

    `keep_free_bytes` of the disk are left to others. The folder is made when first needed, for
    this user's eyes only.
    """

    def __init__(
        self,
        folder: Path,
        *,
        most_sessions: int = 50,
        most_bytes: int = 1_000_000_000,
        keep_free_bytes: int = 200_000_000,
    ) -> None:
        if most_sessions < 1 or most_bytes < 1:
            raise ValueError("an outbox needs room for at least one session")
        self._folder = folder
        self._most_sessions = most_sessions
        self._most_bytes = most_bytes
        self._keep_free_bytes = keep_free_bytes

    def waiting(self) -> tuple[Waiting, ...]:
        """What waits, oldest first; raises `StorageError` when the folder cannot be read."""
        found = []
        for entry in self._entries():
            match = _WAITING.fullmatch(entry.name)
            size = _size(entry) if match else None
            if match and size is not None:
                found.append(Waiting(int(match[1]), match[2], entry, size))
        return tuple(sorted(found, key=lambda item: item.number))

    def put(self, name: str, files: Mapping[str, bytes]) -> tuple[Reason, ...]:
        """Keep `files` until they can be delivered as `name`; return what had to go for them.

        The names of `files` must be safe. Raises `StorageError` when they cannot be kept; nothing
        that waits is given up for a session that would not fit even so.
        """
        size = sum(map(len, files.values()))
        if size > self._most_bytes:
            raise StorageError(
                f"The session ({_mb(size)}) is too large to wait on this device, "
                f"which keeps at most {_mb(self._most_bytes)}.",
                remedy="Put a stick in and save again, or shorten the clip in the settings.",
            )
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            clean_leftovers(self._folder)
            # What a power cut has kept from going goes now, so that it is never more than one.
            evicted = self._evict_beyond_limits()
            evicted += self._make_room(size)
            number = max((item.number for item in self.waiting()), default=0) + 1
            write_folder(self._folder, safe_name(f"{number:06}_{safe_name(name)}"), files)
            evicted += self._evict_beyond_limits(newest=number)
        except OSError as error:
            raise _failed(error, self._folder) from error
        return tuple(_gone(item) for item in evicted)

    def deliver(self, item: Waiting, write: Deliver) -> Path:
        """Hand `item` to `write`, and forget it once that has returned; return where it is now.

        What `write` raises passes through, and the item stays. Raises `StorageError` when the
        files are not what was put in; they are then set aside and wait no longer.
        """
        try:
            files = read_folder(item.folder)
        except OSError as error:
            with suppress(OSError):
                item.folder.rename(item.folder.with_name(_DAMAGED + item.folder.name))
            raise StorageError(
                f"The waiting session {item.name} is damaged on this device ({error.strerror}).",
                remedy=f"What is left of it is in {self._folder}.",
            ) from error
        path = write(item.name, files)
        # It is safe on the stick: if it cannot be forgotten, it is delivered twice, not lost.
        with suppress(OSError):
            remove_folder(item.folder)
        return path

    def drop(self, item: Waiting) -> None:
        """Give `item` up for good; raises `StorageError` when it cannot be removed."""
        try:
            remove_folder(item.folder)
        except OSError as error:
            raise _failed(error, self._folder) from error

    def _entries(self) -> list[Path]:
        try:
            return [entry for entry in self._folder.iterdir() if entry.is_dir()]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise _failed(error, self._folder) from error

    def _make_room(self, size: int) -> list[Waiting]:
        """Give up the oldest while the disk itself has too little room, if that helps at all."""
        spare = max(self._keep_free_bytes, _SPARE_BYTES)
        missing = size + spare - free_bytes(self._folder)
        if missing <= 0:
            return []
        queue = self._oldest_first()
        if sum(item.size_bytes for item in queue) < missing:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self._folder))
        evicted = []
        while missing > 0:
            item = queue.pop(0)
            remove_folder(item.folder)
            evicted.append(item)
            missing -= item.size_bytes
        return evicted

    def _evict_beyond_limits(self, newest: int | None = None) -> list[Waiting]:
        queue = self._oldest_first()
        evicted = []
        while len(queue) > self._most_sessions or _total(queue) > self._most_bytes:
            if queue[0].number == newest:
                break
            remove_folder(queue[0].folder)
            evicted.append(queue.pop(0))
        return evicted

    def _oldest_first(self) -> list[Waiting]:
        """What waits, after what is damaged and only takes up room."""
        damaged = [
            Waiting(0, entry.name, entry, _size(entry) or 0)
            for entry in self._entries()
            if entry.name.startswith(_DAMAGED)
        ]
        return [*damaged, *self.waiting()]


def _size(folder: Path) -> int | None:
    """What the files of `folder` hold, in bytes; None when it has just been taken away.

    The command line looks into the outbox of a running kiosk, which may deliver or give up a
    session between the listing and this.
    """
    try:
        return sum(file.lstat().st_size for file in folder.iterdir())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _failed(error, folder.parent) from error


def _total(items: list[Waiting]) -> int:
    return sum(item.size_bytes for item in items)


def _mb(size: int) -> str:
    return f"{size / 1e6:.1f} MB"


def _gone(item: Waiting) -> Reason:
    return Reason(
        "outbox_overflow",
        f"The session {item.name} was waiting for a stick and had to go, because too many wait.",
        "Put a stick in, so that those still waiting can be saved.",
    )


def _failed(error: OSError, folder: Path) -> StorageError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StorageError(
            f"This device's disk is full ({folder}).",
            remedy="Put a stick in and save to it; then delete old sessions.",
        )
    return StorageError(
        f"The session cannot wait on this device: {folder}: {error.strerror or error}.",
        remedy="Put a stick in and save to it.",
    )
