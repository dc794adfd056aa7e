"""A folder that stands in for a USB stick. Remove the folder to pull the stick."""

from __future__ import annotations

import os
import time
from pathlib import Path

from device.domain.kiosk import StickState
from device.errors import StickAbsentError, StickReadOnlyError


class FolderStick:
    """A `StickStore` on an ordinary folder, which must exist for the stick to be there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def simulated(self) -> bool:
        """Always: this is no stick."""
        return True

    def state(self) -> StickState:
        """What is known now; never raises."""
        try:
            if not self._folder.is_dir():
                return StickState(present=False)
            room = os.statvfs(self._folder)
        except OSError as error:
            return StickState(present=False, problem=error.strerror or str(error))
        problem = "" if _writable(self._folder) else "The stick is write-protected."
        return StickState(True, self._folder.name, room.f_bavail * room.f_frsize, problem)

    def root(self) -> Path:
        """The folder to write to; raises `StickError` when it is absent or cannot be written."""
        if not self._folder.is_dir():
            raise StickAbsentError(
                f"There is no stick (the folder {self._folder} stands in for it).",
                remedy=f"Make the folder: mkdir -p '{self._folder}'",
            )
        if not _writable(self._folder):
            raise StickReadOnlyError(
                f"The stick ({self._folder}) is write-protected.",
                remedy="Remove the write protection or use another stick.",
            )
        return self._folder

    def changed(self, timeout_s: float) -> bool:
        """A folder tells nothing by itself: wait, and look."""
        time.sleep(timeout_s)
        return False

    def finish(self) -> None:
        """Sync what was written."""
        sync_file_system(self._folder)


def _writable(folder: Path) -> bool:
    return os.access(folder, os.W_OK | os.X_OK)


def sync_file_system(folder: Path) -> None:
    """Have everything written that the kernel still holds back for the disk of `folder`.

    The exporter syncs each file itself; this is for the file system's own tables. It syncs all
    disks, because Python has no syncfs(2).
    """
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    os.sync()
