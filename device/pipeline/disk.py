"""The disk thread: keeps the clip of a stopped session and writes sessions to the stick.

Everything slow happens here: waiting for the encoder, writing, syncing, reading back. Jobs are
done one after the other, so that a session is only saved after its clip was set aside.
"""

from __future__ import annotations

import logging
import queue
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from device.clock import Clock
from device.domain.basics import Reason
from device.domain.events import HealthChanged, KioskEvent, SavingEnded, SavingMoved
from device.domain.kiosk import HealthItem, Level, SaveProgress
from device.errors import (
    MidstanceError,
    StickAbsentError,
    StickError,
    StickFullError,
    StickReadOnlyError,
    StorageError,
)
from device.pipeline.thread import Loop
from device.ports import ClipRecorder, EncodedPacket, StickStore, VideoFormat

log = logging.getLogger(__name__)

Clip = tuple[VideoFormat, tuple[EncodedPacket, ...]]

CODES: dict[type[StickError], str] = {
    StickAbsentError: "stick_absent",
    StickFullError: "stick_full",
    StickReadOnlyError: "stick_read_only",
}


@dataclass(frozen=True, slots=True)
class SessionFiles:
    """What is to be written: a folder's name, its files and the clip (None: there is none)."""

    folder: str
    files: dict[str, bytes]
    clip: Clip | None


class Export(Protocol):
    """Writes a session below `root`, atomically, and returns its folder."""

    def __call__(
        self, root: Path, files: SessionFiles, on_progress: Callable[[SaveProgress], None]
    ) -> Path:
        """Raises `StorageError`; whatever `on_progress` raises ends the writing, traceless."""
        ...


class _Cancelled(Exception):
    """The session was dismissed while it was being written."""


class Disk(Loop):
    """Owns everything that is written."""

    name = "disk"

    def __init__(
        self,
        stick: StickStore,
        recorder: ClipRecorder,
        export: Export,
        post: Callable[[KioskEvent], object],
        clock: Clock,
    ) -> None:
        super().__init__(clock)
        self._stick = stick
        self._recorder = recorder
        self._export = export
        self._post = post
        self._jobs: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._clips: dict[int, Clip | None] = {}
        self._written: dict[int, Path] = {}
        """The folder of the newest session written: a retry after a failed unmount finds it."""
        self._clip_left_out = False
        self._dismissed = 0
        """All sessions up to this one are over; a number, so that it needs no lock."""

    def keep_clip(self, session: int, from_ns: int, to_ns: int) -> None:
        """Set aside what the camera saw in that span, before newer pictures push it out."""
        self._jobs.put(lambda: self._keep_clip(session, from_ns, to_ns))

    def save(self, session: int, make_files: Callable[[Clip | None], SessionFiles]) -> None:
        """Write the session; `make_files` is given its clip. Answers with `SavingEnded`."""
        self._jobs.put(lambda: self._save(session, make_files))

    def forget(self, session: int) -> None:
        """Let go of the session's clip; ends the writing of it, if that is under way."""
        self._dismissed = max(self._dismissed, session)
        self._jobs.put(lambda: self._drop(session))

    def request_stop(self) -> None:
        """End after the job in hand, which is cut short."""
        self.stopping.set()
        self._jobs.put(lambda: None)

    def turn(self) -> None:
        """Do the next job."""
        try:
            job = self._jobs.get(timeout=0.5)
        except queue.Empty:
            return
        job()

    def _keep_clip(self, session: int, from_ns: int, to_ns: int) -> None:
        self._clips[session] = None
        if session <= self._dismissed:
            return
        video, packets = self._recorder.snapshot(from_ns, to_ns)
        self._clips[session] = (video, packets) if packets else None

    def _write(
        self,
        root: Path,
        session: int,
        make_files: Callable[[Clip | None], SessionFiles],
        on_progress: Callable[[SaveProgress], None],
    ) -> Path:
        """Write the session; without its clip when that turns out to be unplayable."""
        clip = self._clips.get(session)
        try:
            folder = self._export(root, make_files(clip), on_progress)
        except StorageError as error:
            # What the stick refuses it refuses without the clip too; the rest is about the clip.
            if clip is None or isinstance(error, StickError):
                raise
            log.error("the clip is left out: %s", error)
            self._clips[session] = None
        else:
            if clip is not None and self._clip_left_out:
                self._clip_left_out = False
                item = HealthItem("clip", Level.OK, "The clip is recorded.")
                self._post(HealthChanged(item))
            return folder
        folder = self._export(root, make_files(None), on_progress)
        self._clip_left_out = True
        item = HealthItem(
            "clip",
            Level.WARN,
            "The last session was saved without its clip.",
            "Its numbers are complete. If it stays, switch the station off and on again.",
        )
        self._post(HealthChanged(item))
        return folder

    def _drop(self, session: int) -> None:
        for number in [number for number in self._clips if number <= session]:
            del self._clips[number]

    def _save(self, session: int, make_files: Callable[[Clip | None], SessionFiles]) -> None:
        def on_progress(progress: SaveProgress) -> None:
            self.beat()
            if session <= self._dismissed or self.stopping.is_set():
                raise _Cancelled
            self._post(SavingMoved(session, progress.doing, progress.fraction))

        try:
            on_progress(SaveProgress("Looking for the stick", 0.0))
            root = self._stick.root()
            folder = self._written.get(session)
            if folder is None or not folder.is_dir():
                folder = self._write(root, session, make_files, on_progress)
                self._written = {session: folder}
            on_progress(SaveProgress("Finishing", 1.0))
            self._stick.finish()
        except _Cancelled:
            log.info("session %d was dismissed while it was being saved", session)
        except MidstanceError as error:
            code = next((CODES[kind] for kind in CODES if isinstance(error, kind)), "not_saved")
            self._post(SavingEnded(session, problem=Reason(code, error.what, error.remedy, True)))
        except Exception as error:
            log.exception("saving failed")
            what = f"The session could not be saved ({type(error).__name__}: {error})."
            remedy = "Nothing is lost: try again, or with another stick."
            self._post(SavingEnded(session, problem=Reason("not_saved", what, remedy, True)))
        else:
            self._post(SavingEnded(session, folder=f"{folder.parent.name}/{folder.name}"))
