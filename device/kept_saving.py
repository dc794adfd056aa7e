"""Sessions kept on this device, saved to a stick as if they had just been run: all of a day.

The numbers are the stored ones (`device.kept_files`); clip, report and pictures are made anew by
the same worker that makes those of a session just measured, hidden as configured now.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

from device.clips.export import ExportBundle, export_session, session_folder
from device.clips.unpack import unpack
from device.clock import NS_PER_S
from device.domain.analysis_read import summary_of
from device.domain.coaching_json import entry_of, step_of
from device.domain.history import Earlier, KeptSession
from device.domain.kiosk import SaveProgress
from device.errors import MidstanceError, StickError, StorageError
from device.gait.compare import compare
from device.keeping import KeptRecords
from device.kept_files import files_of, session_track
from device.making import Maker, Material, OnProgress
from device.pipeline.disk_files import Clip, SessionFiles
from device.pipeline.records import common_version
from device.ports import SessionStore
from device.session.parcel import Parcel
from device.session.record import ClipSpan, SessionFacts, since
from device.session.state import Zero
from device.storage.store import Store

log = logging.getLogger(__name__)

_MADE_HERE = ("clip-raw.mp4",)
"""Of `files_of`: made by the worker instead, hidden as configured; likewise its pictures."""


class KeptSaver:
    """Saves kept sessions; the disk thread's."""

    def __init__(self, maker: Maker) -> None:
        self._maker = maker

    def bundle(self, store: Store, uuid: str, on_progress: OnProgress) -> ExportBundle:
        """One kept session, complete."""
        session = store.read(uuid)
        stored = {
            name: data
            for name, data in files_of(store, session).items()
            if name not in _MADE_HERE and not name.endswith(".jpg")
        }
        name = session_folder(session.started, session.runner or session.station)
        files = self._session_files(store, session, name, stored)
        if files is None:
            return ExportBundle(name, stored)
        made = self._maker.bundle(files, on_progress)
        return replace(made, files={**made.files, **stored})

    def today(self, store: SessionStore) -> tuple[str, ...]:
        """The sessions that began today, oldest first (`DaySaver`)."""
        return of_day(_shelf(store), datetime.now().astimezone().date())

    def save(
        self, store: SessionStore | Store, uuid: str, root: Path, on_progress: OnProgress
    ) -> Path:
        """Save one kept session below `root`; see `export_session`."""
        try:
            bundle = self.bundle(_shelf(store), uuid, on_progress)
            return export_session(root, bundle, on_progress, self._maker.seal)
        finally:
            self._maker.forget()

    def save_day(
        self,
        store: Store,
        root: Path,
        day: date,
        on_progress: Callable[[int, int, SaveProgress], None] = lambda done, of, progress: None,
    ) -> tuple[Path, ...]:
        """Save all sessions of `day`, oldest first; returns their folders.

        `on_progress` is told how many are done and of how many; what it raises ends it, and what
        is saved stays. Raises `StickError` when the stick takes no more; a session that is damaged
        on this device is left out and logged.
        """
        uuids = of_day(store, day)
        saved: list[Path] = []
        for done, uuid in enumerate(uuids):

            def report(progress: SaveProgress, before: int = done) -> None:
                on_progress(before, len(uuids), progress)

            try:
                saved.append(self.save(store, uuid, root, report))
            except StickError:
                raise
            except MidstanceError as error:
                log.error("session %s is left out: %s", uuid, error)
        return tuple(saved)

    def _session_files(
        self, store: Store, session: KeptSession, name: str, stored: dict[str, bytes]
    ) -> SessionFiles | None:
        """The session as if it had just been measured; None when it was never analysed."""
        documents = store.documents(session.uuid)
        if not documents:
            return None
        document = documents[0]
        began_ns, track = 0, None
        if session.has_track:
            kept = store.track_reader(session.uuid)
            began_ns = int(kept.header["began_ns"])
            track = session_track(kept, _level(session))
        clip = self._clip(store, session.uuid)
        began_s = began_ns / NS_PER_S
        summary = since(summary_of(document), -began_s)
        facts = _facts(session, document, began_s)
        records = KeptRecords(store)
        parcel = Parcel(summary, facts, _span(clip), track, session.geometry)
        last, first = _earlier(records, session)
        return SessionFiles(
            name,
            stored,
            clip,
            material=Material(parcel, records.freeze_frames(session.uuid)),
            uuid=session.uuid,
            runner=session.runner,
            last=last,
            first=first,
        )

    @staticmethod
    def _clip(store: Store, uuid: str) -> Clip | None:
        try:
            mp4 = store.clip(uuid)
            return None if mp4 is None else unpack(mp4)
        except StorageError as error:
            log.error("the clip of session %s is left out: %s", uuid, error)
            return None


def _shelf(store: SessionStore | Store) -> Store:
    """The store itself, which knows clips, tracks and documents too."""
    if isinstance(store, KeptRecords):
        return store.store
    assert isinstance(store, Store)
    return store


def of_day(store: Store, day: date) -> tuple[str, ...]:
    """The sessions that began on `day` by this device's calendar, oldest first."""
    return tuple(
        session.uuid
        for session in reversed(store.history(most=100_000))
        if session.started.astimezone().date() == day
    )


def _earlier(records: KeptRecords, session: KeptSession) -> tuple[Earlier | None, Earlier | None]:
    if session.runner is None:
        return None, None
    before = sorted(
        (
            each
            for each in records.history(session.runner)
            if each.number < session.number and each.summary is not None
        ),
        key=lambda each: each.number,
    )

    def against(one: KeptSession) -> Earlier:
        version = common_version(records, one.uuid, session.uuid)
        found = compare(records.read(one.uuid, version), records.read(session.uuid, version))
        return Earlier(found, records.freeze_frames(one.uuid))

    if not before:
        return None, None
    return against(before[-1]), against(before[0]) if len(before) > 1 else None


def _facts(session: KeptSession, document: dict, began_s: float) -> SessionFacts:  # type: ignore[type-arg]
    """What was known beside the numbers, out of the stored document."""
    told, coach = document.get("session", {}), document.get("coach")
    duration_s = session.duration_s or 0.0
    started = session.started
    ended = told.get("ended")
    zero = told.get("standing_zero")
    return SessionFacts(
        station=session.station,
        profile=session.profile,
        config_hash=session.config_hash,
        version=str(document.get("version", "")),
        algorithm_version=str(document.get("algorithm_version", "")),
        started=started,
        ended=datetime.fromisoformat(ended) if ended else started + timedelta(seconds=duration_s),
        began_s=began_s,
        live_s=began_s + float(told.get("live_from_s") or 0.0),
        stopped_s=began_s + float(told.get("stopped_s") or duration_s),
        zero=Zero(zero) if zero in {each.value for each in Zero} else Zero.PENDING,
        camera=str(document.get("input", {}).get("path", "")),
        fps=told.get("camera_fps"),
        detector=document.get("detector"),
        simulated=session.simulated,
        frames_dropped=int(told.get("frames_dropped") or 0),
        settings=dict(document.get("settings", {})),
        code=session.runner or "",
        speed_kmh=session.speed_kmh,
        date_known=session.date_known,
        programme=step_of(coach) if coach else None,
        entry=entry_of(coach, started.date()) if coach else None,
    )


def _span(clip: Clip | None) -> ClipSpan | None:
    if clip is None:
        return None
    times = [packet.t_ns / NS_PER_S for packet in clip[1]]
    return ClipSpan(times[0], times[-1], len(times))


def _level(session: KeptSession) -> float:
    """At which angle in the picture the drop is zero."""
    zero = session.summary.standing_zero if session.summary is not None else None
    return (session.geometry.roll_deg or 0.0) + (zero.obliquity_deg if zero is not None else 0.0)
