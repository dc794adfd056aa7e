"""What the disk thread writes, and what it asks of the rooms that write it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from device.domain.basics import Reason
from device.domain.history import Earlier
from device.domain.kiosk import SaveProgress
from device.ports import EncodedPacket, SessionStore, VideoFormat

Clip = tuple[VideoFormat, tuple[EncodedPacket, ...]]


@dataclass(frozen=True, slots=True)
class SessionFiles:
    """What is to be written: a folder's name, its files and the clip (None: there is none).

    `material` is what more is made of it on the way to a stick (`device.making`). `uuid` and
    `runner`: as what it is kept in the store, empty and None where it is not; from there come the
    runner's session before this one (`last`) and the very first (`first`, None where it is the
    same).
    """

    folder: str
    files: dict[str, bytes]
    clip: Clip | None
    material: Any = None
    uuid: str = ""
    runner: str | None = None
    last: Earlier | None = None
    first: Earlier | None = None


class Export(Protocol):
    """Writes a session below `root`, atomically, and returns its folder."""

    def __call__(
        self, root: Path, files: SessionFiles, on_progress: Callable[[SaveProgress], None]
    ) -> Path:
        """Raises `StorageError`; whatever `on_progress` raises ends the writing, traceless."""
        ...


class Preparer(Protocol):
    """Makes what takes long before anybody asks for it; called in the disk thread."""

    def begin(self, files: SessionFiles) -> None:
        """Start, unless that is under way or done; returns at once."""
        ...

    def forget(self) -> None:
        """Let go of what was made, and end what is under way."""
        ...


class DaySaver(Protocol):
    """Saves sessions out of the store; called in the disk thread."""

    def today(self, store: SessionStore) -> tuple[str, ...]:
        """The uuids of today's sessions, oldest first. Raises `StorageError`."""
        ...

    def save(
        self,
        store: SessionStore,
        uuid: str,
        root: Path,
        on_progress: Callable[[SaveProgress], None],
    ) -> Path:
        """Write one below `root`; raises `MidstanceError`."""
        ...


class Keeper(Protocol):
    """Where sessions wait that no stick took; on the device's own disk."""

    def count(self) -> int:
        """How many wait; raises `StorageError`."""
        ...

    def keep(
        self, files: SessionFiles, on_progress: Callable[[SaveProgress], None]
    ) -> tuple[Reason, ...]:
        """Keep a session; returns what had to go for it. Raises `StorageError`."""
        ...

    def deliver(self, root: Path, on_progress: Callable[[SaveProgress], None]) -> int:
        """Write all that waits to the stick at `root`; returns how many. Raises `StickError`."""
        ...
