"""Sessions that no stick took: from the outbox on the device's own disk to a stick that comes.

Puts the outbox and the export together (`device.pipeline.disk.Keeper`); used by the disk thread.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path

from device.clips.export import ExportBundle, export_files, render
from device.domain.basics import Reason
from device.domain.kiosk import SaveProgress
from device.errors import StickError, StorageError
from device.pipeline.disk import SessionFiles
from device.storage.outbox import Outbox

log = logging.getLogger(__name__)

OnProgress = Callable[[SaveProgress], None]


class Keeping:
    """Keeps sessions in `outbox` until a stick takes them."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    def count(self) -> int:
        """How many wait; raises `StorageError` when that cannot be told."""
        return len(self._outbox.waiting())

    def keep(self, files: SessionFiles, on_progress: OnProgress) -> tuple[Reason, ...]:
        """Keep a session; returns what older ones had to go. Raises `StorageError`."""
        bundle = ExportBundle(files.folder, files.files, files.clip)
        return self._outbox.put(bundle.folder_name, render(bundle, on_progress))

    def deliver(self, root: Path, on_progress: OnProgress) -> int:
        """Write all that waits to the stick at `root`, oldest first; returns how many.

        Raises `StickError` when the stick takes no more: the rest waits on.
        """

        def write(name: str, files: Mapping[str, bytes]) -> Path:
            return export_files(root, name, files, on_progress)

        delivered = 0
        for item in self._outbox.waiting():
            try:
                self._outbox.deliver(item, write)
            except StickError:
                raise
            except StorageError as error:
                # Damaged on this device: it is set aside and must not hold up the others.
                log.error("%s", error)
            else:
                delivered += 1
        return delivered
