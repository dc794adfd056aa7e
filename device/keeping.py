"""What stays on the device: rooms put together for the disk thread.

`Keeping` holds sessions that no stick took, in the outbox, until one comes
(`device.pipeline.disk.Keeper`). `KeptRecords` is the store of runners and sessions
(`device.ports.SessionStore`): the database, with clips packed and freeze-frames as JPEG.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from device.clips.export import ExportBundle, export_files, render
from device.clips.jpeg import from_jpeg, to_jpeg
from device.clips.mux import mux_mp4
from device.clips.seal import Seal
from device.domain.basics import LANDMARK_COUNT, Reason, Side
from device.domain.coaching import Band, Coaching, Entry
from device.domain.frames import Frame, PelvisMethod, PelvisSample, Pose
from device.domain.history import (
    AnalysisMade,
    FinishedSession,
    KeptSession,
    Runner,
    SessionStart,
    TrackRow,
)
from device.domain.kiosk import FreezeFrame, Picture, SaveProgress
from device.errors import StickError, StorageError
from device.pipeline.disk_files import Clip, SessionFiles
from device.reanalysis import Afterwards
from device.storage.outbox import Outbox
from device.storage.rows import StoredPicture
from device.storage.store import Store

log = logging.getLogger(__name__)

OnProgress = Callable[[SaveProgress], None]
Bundle = Callable[[SessionFiles, OnProgress], ExportBundle]


class Keeping:
    """Keeps sessions in `outbox` until a stick takes them.

    `bundle` makes a session complete first, as for a stick (None: it is taken as it is); `seal`
    encrypts it on its way to the stick.
    """

    def __init__(
        self, outbox: Outbox, bundle: Bundle | None = None, seal: Seal | None = None
    ) -> None:
        self._outbox = outbox
        self._seal = seal
        self._bundle = bundle

    def count(self) -> int:
        """How many wait; raises `StorageError` when that cannot be told."""
        return len(self._outbox.waiting())

    def keep(self, files: SessionFiles, on_progress: OnProgress) -> tuple[Reason, ...]:
        """Keep a session; returns what older ones had to go. Raises `StorageError`."""
        if self._bundle is None:
            bundle = ExportBundle(files.folder, files.files, files.clip)
        else:
            bundle = self._bundle(files, on_progress)
        return self._outbox.put(bundle.folder_name, render(bundle, on_progress))

    def deliver(self, root: Path, on_progress: OnProgress) -> int:
        """Write all that waits to the stick at `root`, oldest first; returns how many.

        Raises `StickError` when the stick takes no more: the rest waits on.
        """

        def write(name: str, files: Mapping[str, bytes]) -> Path:
            return export_files(root, name, files, on_progress, self._seal)

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


class KeptRecords:
    """A `SessionStore` over `store`; `keep_clips`: whether clips are kept with their sessions."""

    def __init__(self, store: Store, *, keep_clips: bool = True) -> None:
        self.store = store
        self._keep_clips = keep_clips
        self._afterwards = Afterwards(store.folder, store.adopted)

    @property
    def notes(self) -> tuple[Reason, ...]:
        """What had to be done when it was opened."""
        notes = []
        if self.store.restored:
            notes.append(
                Reason(
                    "store_restored",
                    self.store.restored,
                    "Look whether the newest sessions are there.",
                )
            )
        count = len(self.store.adopted)
        if count:
            what = "A session was" if count == 1 else f"{count} sessions were"
            notes.append(
                Reason(
                    "session_cut_off",
                    f"{what} cut off by a loss of power; what was measured is kept.",
                    "Its numbers are made while nobody runs.",
                )
            )
        return tuple(notes)

    def runners(self) -> tuple[Runner, ...]:
        """All of them, the newest visit first."""
        return self.store.runners()

    def add_runner(self, code: str) -> Runner:
        """Add a runner, or return the one of that code."""
        return self.store.add_runner(code)

    def remember(
        self,
        code: str,
        *,
        target_deg: tuple[float, float] | None = None,
        personal_json: str | None = None,
        exercises_json: str | None = None,
    ) -> Runner:
        """Keep the runner's own target band, correction or exercises."""
        return self.store.remember(
            code,
            target_deg=target_deg,
            personal_json=personal_json,
            exercises_json=exercises_json,
        )

    def coaching(self, code: str) -> Coaching | None:
        """The runner's programme."""
        return self.store.coaching(code)

    def enrol(self, code: str, programme: str, on: date) -> None:
        """The runner begins a programme."""
        self.store.enrol(code, programme, on)

    def leave_programme(self, code: str, on: date) -> None:
        """The runner's programme ends."""
        self.store.leave_programme(code, on)

    def note_entry(
        self, code: str, entry: Entry, bands: tuple[tuple[Side, Band], ...] = ()
    ) -> None:
        """Enter something done of the programme without a new session."""
        self.store.note_entry(code, entry, bands)

    def begin(self, start: SessionStart) -> None:
        """A session begins."""
        self._afterwards.stop()
        self.store.begin(start)

    def add_track(self, uuid: str, rows: Sequence[TrackRow]) -> None:
        """Append to its track."""
        self.store.add_track(uuid, rows)

    def keep(self, session: FinishedSession, clip: Clip | None = None) -> None:
        """Keep the session; a clip that cannot be played is left out."""
        pictures = [stored(frame) for frame in session.freeze_frames]
        self.store.keep(session, self._packed(clip), pictures)

    def drop(self, uuid: str) -> None:
        """Let go of a session that is not to be kept."""
        self.store.drop(uuid)

    def history(self, runner: str | None = None, most: int = 200) -> tuple[KeptSession, ...]:
        """Sessions, newest first."""
        return self.store.history(runner, most)

    def read(self, uuid: str, algorithm_version: str | None = None) -> KeptSession:
        """One session, with its steps."""
        return self.store.read(uuid, algorithm_version)

    def analyses(self, uuid: str) -> tuple[AnalysisMade, ...]:
        """All its analyses, oldest first."""
        return self.store.analyses(uuid)

    def freeze_frames(self, uuid: str) -> tuple[FreezeFrame, ...]:
        """The session's pictures at midstance; one that cannot be decoded is left out."""
        frames = []
        for picture in self.store.pictures(uuid):
            try:
                frames.append(unstored(picture))
            except (StorageError, KeyError, TypeError, ValueError) as error:
                log.error("picture %s of session %s is damaged: %s", picture.key, uuid, error)
        return tuple(sorted(frames, key=lambda frame: frame.side is Side.RIGHT))

    def delete(self, uuid: str) -> None:
        """Delete a session with all that belongs to it."""
        self._afterwards.stop()  # it reads, and nothing of what is deleted may be kept by that
        self.store.delete(uuid)

    def idle(self) -> None:
        """Back up and check when it is time, look at the clock, and analyse what a power cut has
        left."""
        self.store.note_clock()
        self.store.back_up()
        self.store.tend()
        self._afterwards.tend()

    def close(self) -> None:
        """Let go of the files."""
        self._afterwards.stop()
        self.store.close()

    def _packed(self, clip: Clip | None) -> bytes | None:
        if clip is None or not clip[1] or not self._keep_clips:
            return None
        try:
            # Not proved to be playable, which takes seconds: whoever exports it does that.
            return mux_mp4(*clip).data
        except StorageError as error:
            log.error("the clip is not kept: %s", error)
            return None


def stored(frame: FreezeFrame) -> StoredPicture:
    """A freeze-frame as it is kept: the picture as JPEG, what was found in it beside."""
    picture = frame.picture
    pose, line = picture.pose, picture.pelvis
    meta: dict[str, Any] = {
        "side": frame.side.value,
        "drop_deg": frame.drop_deg,
        "seq": picture.frame.seq,
        "t_ns": picture.frame.t_ns,
        "level_deg": picture.level_deg,
        "landmarks_px": None
        if pose is None
        else [[_known(x), _known(y)] for x, y in pose.landmarks_px.tolist()],
        "visibility": None if pose is None else [round(v, 4) for v in pose.visibility.tolist()],
        "detector": None if pose is None else pose.detector,
        "people": None if pose is None else pose.people,
        "line": None
        if line is None
        else {
            "angle_deg": line.image_angle_deg,
            "sigma_deg": line.sigma_deg,
            "method": line.method.value,
            "points_px": None if line.points_px is None else line.points_px.tolist(),
        },
    }
    return StoredPicture(f"freeze-{frame.side.value}", to_jpeg(picture.frame.image), meta)


def unstored(picture: StoredPicture) -> FreezeFrame:
    """Back from `stored`; raises `StorageError`, KeyError, TypeError or ValueError."""
    meta = picture.meta
    seq, t_ns = int(meta["seq"]), int(meta["t_ns"])
    frame = Frame(seq, t_ns, from_jpeg(picture.jpeg))
    pose = None
    if meta["landmarks_px"] is not None:
        landmarks = np.array(
            [
                [np.nan if value is None else value for value in point]
                for point in meta["landmarks_px"]
            ],
            np.float32,
        ).reshape(LANDMARK_COUNT, 2)
        pose = Pose(
            seq,
            t_ns,
            landmarks,
            np.array(meta["visibility"], np.float32),
            frame.size_px,
            meta["detector"],
            int(meta["people"]),
        )
    line = None
    if meta["line"] is not None:
        points = meta["line"]["points_px"]
        line = PelvisSample(
            seq,
            t_ns,
            float(meta["line"]["angle_deg"]),
            float(meta["line"]["sigma_deg"]),
            PelvisMethod(meta["line"]["method"]),
            None if points is None else np.array(points, np.float64),
        )
    return FreezeFrame(
        Side(meta["side"]),
        Picture(frame, pose, line, float(meta["level_deg"])),
        float(meta["drop_deg"]),
    )


def _known(value: float) -> float | None:
    return None if np.isnan(value) else round(value, 2)
