"""The disk thread: keeps the clip of a stopped session and writes sessions to the stick.

Everything slow happens here: waiting for the encoder, writing, syncing, reading back. Jobs are
done one after the other, so that a session is only saved after its clip was set aside.
"""

from __future__ import annotations

import logging
import queue
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TypeVar

from device.clock import NS_PER_S, Clock
from device.domain.basics import Reason
from device.domain.events import HealthChanged, KioskEvent, SavingEnded, SavingMoved
from device.domain.history import FinishedSession, SessionStart, TrackRow
from device.domain.kiosk import HealthItem, Level, SaveProgress
from device.errors import (
    MidstanceError,
    StickAbsentError,
    StickError,
    StickFullError,
    StickReadOnlyError,
    StorageError,
)
from device.pipeline.disk_files import (
    Clip,
    DaySaver,
    Export,
    Keeper,
    Preparer,
    SessionFiles,
)
from device.pipeline.records import Records
from device.pipeline.thread import Loop
from device.ports import ClipRecorder, SessionStore, StickStore

log = logging.getLogger(__name__)

Written = TypeVar("Written")

TOLD_S = 20.0
"""How long it is said that what waited is on the stick now."""

MOST_WAITING = 256
"""Jobs that may wait before pieces of a track are left out: some ten minutes of one."""

CODES: dict[type[StickError], str] = {
    StickAbsentError: "stick_absent",
    StickFullError: "stick_full",
    StickReadOnlyError: "stick_read_only",
}


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
        keeper: Keeper | None = None,
        open_store: Callable[[], SessionStore] | None = None,
        preparer: Preparer | None = None,
        day_saver: DaySaver | None = None,
    ) -> None:
        super().__init__(clock)
        self._preparer, self._day_saver = preparer, day_saver
        self._keeper = keeper
        self._records = Records(open_store, post, clock) if open_store is not None else None
        self._calm_at_ns: int | None = None
        """When what was said of the waiting sessions is no news any more."""
        self._stick = stick
        self._recorder = recorder
        self._export = export
        self._post = post
        self._jobs: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._clips: dict[int, Clip | None] = {}
        self._written: dict[int, Path] = {}
        """The folder of the newest session written: a retry after a failed unmount finds it."""
        self._clip_left_out = self._spoke = False
        self._dismissed = 0
        """All sessions up to this one are over; a number, so that it needs no lock."""

    def keep_clip(self, session: int, from_ns: int, to_ns: int) -> None:
        """Set aside what the camera saw in that span, before newer pictures push it out."""
        self._jobs.put(lambda: self._keep_clip(session, from_ns, to_ns))

    def prepare(self, session: int, make_files: Callable[[Clip | None], SessionFiles]) -> None:
        """Begin with what takes long, in case that somebody saves the session."""
        self._jobs.put(lambda: self._prepare(session, make_files))

    def save(self, session: int, make_files: Callable[[Clip | None], SessionFiles]) -> None:
        """Write the session; `make_files` is given its clip. Answers with `SavingEnded`."""
        self._jobs.put(lambda: self._save(session, make_files))

    def keep(self, session: int, make_files: Callable[[Clip | None], SessionFiles]) -> None:
        """Have the session wait on the device for a stick. Answers with `SavingEnded`."""
        self._jobs.put(lambda: self._keep(session, make_files))

    def deliver(self) -> None:
        """Write what waits on the device to the stick, if there is one; say what waits."""
        self._jobs.put(self._deliver)

    def save_today(self) -> None:
        """Write all sessions kept today to the stick, one after the other; says how far it is."""
        self._jobs.put(self._save_today)

    # --- the store of runners and sessions; without one nothing happens --------------------------

    @property
    def keeps_records(self) -> bool:
        """Whether sessions are kept on this device at all."""
        return self._records is not None

    def open_records(self) -> None:
        """Open the store now rather than at the first need, so that what is wrong is told."""
        self._ask(lambda records: records.open())

    def begin(self, session: int, start: SessionStart) -> None:
        """A session begins that is to be kept: its track is written from now on."""
        self._ask(lambda records: records.begin(session, start))

    def add_track(self, session: int, rows: Sequence[TrackRow]) -> None:
        """Append to the track of a session that is to be kept; dropped where too much waits."""
        if self._jobs.qsize() > MOST_WAITING:
            log.warning("the disk is too slow for the track: %d rows are left out", len(rows))
            return
        self._ask(lambda records: records.add_track(session, rows))

    def enter(self, session: int, finished: FinishedSession) -> None:
        """Keep the session with its clip until somebody deletes it; answers `SessionKept`."""
        self._ask(lambda records: records.keep(session, finished, self._clips.get(session)))

    def forget_record(self, session: int) -> None:
        """The session is not worth keeping: nothing of it stays in the store."""
        self._ask(lambda records: records.forget(session))

    def read_runners(self) -> None:
        """Answers with `RunnersRead`."""
        self._ask(lambda records: records.read_runners())

    def add_runner(self, code: str) -> None:
        """Have the store know this code; answers with `RunnersRead`."""
        self._ask(lambda records: records.read_runners(add=code))

    def remember(
        self,
        code: str,
        *,
        target_deg: tuple[float, float] | None = None,
        personal_json: str | None = None,
        exercises_json: str | None = None,
    ) -> None:
        """Keep a runner's own target band, correction or exercises; answers with `RunnersRead`."""
        self._ask(lambda records: records.remember(code, target_deg, personal_json, exercises_json))

    def read_history(self, runner: str | None) -> None:
        """Answers with `HistoryRead`."""
        self._ask(lambda records: records.read_history(runner))

    def read_coaching(self, runner: str, today: date) -> None:
        """Answers with the `CoachingRead` of `runner`."""
        self._ask(lambda records: records.read_coaching(runner, today))

    def coach(self, runner: str, today: date, change: Callable[[SessionStore], None]) -> None:
        """Change the runner's programme; answers with `CoachingRead`."""
        self._ask(lambda records: records.coach(runner, today, change))

    def read_endurance(self, runner: str | None) -> None:
        """Answers with `EnduranceRead`."""
        self._ask(lambda records: records.read_endurance(runner))

    def compare(self, before: str, after: str) -> None:
        """Answers with `ComparisonRead`."""
        self._ask(lambda records: records.compare(before, after))

    def delete(self, uuid: str, runner: str | None) -> None:
        """Delete a session for good; answers with the `HistoryRead` of `runner`."""
        self._ask(lambda records: records.delete(uuid, runner))

    def _ask(self, what: Callable[[Records], None]) -> None:
        records = self._records
        if records is not None:
            self._jobs.put(lambda: what(records))

    def forget(self, session: int) -> None:
        """Let go of the session's clip, and of its track unless it was kept.

        Ends the writing of it, if that is under way.
        """
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
            if self._calm_at_ns is not None and self.clock.now_ns() >= self._calm_at_ns:
                self._tell_waiting()
            if self._records is not None:
                self._records.idle()
            return
        job()

    def ended(self) -> None:
        """Let go of the store, and of what is being made."""
        if self._preparer is not None:
            self._preparer.forget()
        if self._records is not None:
            # What was dismissed but not yet removed must not be taken for a session cut off.
            self._records.forget(self._dismissed)
            self._records.close()

    def _keep_clip(self, session: int, from_ns: int, to_ns: int) -> None:
        self._clips[session] = None
        if session <= self._dismissed:
            return
        video, packets = self._recorder.snapshot(from_ns, to_ns)
        self._clips[session] = (video, packets) if packets else None

    def _prepare(self, session: int, make_files: Callable[[Clip | None], SessionFiles]) -> None:
        if self._preparer is not None and session > self._dismissed:
            self._preparer.begin(self._with_earlier(make_files(self._clips.get(session))))

    def _with_earlier(self, files: SessionFiles) -> SessionFiles:
        """`files` with the runner's earlier sessions, where there are any."""
        if self._records is None or not files.uuid or files.runner is None:
            return files
        last, first = self._records.earlier(files.uuid, files.runner)
        return replace(files, last=last, first=first)

    def _with_or_without_clip(
        self,
        session: int,
        make_files: Callable[[Clip | None], SessionFiles],
        write: Callable[[SessionFiles], Written],
    ) -> Written:
        """`write` the session; without its clip when that turns out to be unplayable."""
        clip = self._clips.get(session)
        try:
            written = write(self._with_earlier(make_files(clip)))
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
            return written
        written = write(self._with_earlier(make_files(None)))
        self._clip_left_out = True
        item = HealthItem(
            "clip",
            Level.WARN,
            "The last session was saved without its clip.",
            "Its numbers are complete. If it stays, switch the station off and on again.",
        )
        self._post(HealthChanged(item))
        return written

    def _drop(self, session: int) -> None:
        for number in [number for number in self._clips if number <= session]:
            del self._clips[number]
        if self._preparer is not None and not self._clips:
            self._preparer.forget()
        if self._records is not None:
            self._records.forget(session)

    def _save(self, session: int, make_files: Callable[[Clip | None], SessionFiles]) -> None:
        def on_progress(progress: SaveProgress) -> None:
            self.beat()
            if session <= self._dismissed or self.stopping.is_set():
                raise _Cancelled
            self._post(SavingMoved(session, progress.doing, progress.fraction))

        def save() -> SavingEnded:
            on_progress(SaveProgress("Looking for the stick", 0.0))
            root = self._stick.root()
            folder = self._written.get(session)
            if folder is None or not folder.is_dir():
                folder = self._with_or_without_clip(
                    session, make_files, lambda files: self._export(root, files, on_progress)
                )
                self._written = {session: folder}
            self._hand_over(root)
            on_progress(SaveProgress("Finishing", 1.0))
            self._stick.finish()
            return SavingEnded(session, folder=f"{folder.parent.name}/{folder.name}")

        self._answered(session, save)

    def _keep(self, session: int, make_files: Callable[[Clip | None], SessionFiles]) -> None:
        def on_progress(progress: SaveProgress) -> None:
            self.beat()
            if session <= self._dismissed or self.stopping.is_set():
                raise _Cancelled
            self._post(SavingMoved(session, "Keeping it on this device", progress.fraction))

        def keep() -> SavingEnded:
            if self._keeper is None:
                raise StorageError("This device keeps no sessions.", remedy="Put in a stick.")
            keeper = self._keeper
            gone = self._with_or_without_clip(
                session, make_files, lambda files: keeper.keep(files, on_progress)
            )
            self._tell_waiting(gone)
            return SavingEnded(session, kept=True)

        self._answered(session, keep)

    def _answered(self, session: int, work: Callable[[], SavingEnded]) -> None:
        """Do `work` and post how it ended."""
        try:
            ended = work()
            log.info("session %d is saved: %s", session, ended.folder or "kept on this device")
            self._post(ended)
        except _Cancelled:
            log.info("session %d was dismissed while it was being saved", session)
        except MidstanceError as error:
            log.warning("session %d is not saved: %s", session, error.what)
            code = next((CODES[kind] for kind in CODES if isinstance(error, kind)), "not_saved")
            self._post(SavingEnded(session, problem=Reason(code, error.what, error.remedy, True)))
        except Exception as error:
            log.exception("saving failed")
            what = f"The session could not be saved ({type(error).__name__}: {error})."
            remedy = "Nothing is lost: try again, or with another stick."
            self._post(SavingEnded(session, problem=Reason("not_saved", what, remedy, True)))

    def _deliver(self) -> None:
        if self._keeper is None:
            return
        delivered = 0
        try:
            if self._keeper.count() and self._stick.state().present:
                self._say("A waiting session is written to the stick. Leave it in.")
                delivered = self._hand_over(self._stick.root())
                self._stick.finish()
        except MidstanceError as error:
            log.warning("what waits on this device could not be delivered: %s", error)
            delivered = 0
        if not delivered:
            self._tell_waiting()
            return
        self._say("What waited on this device is on the stick now. Safe to remove the stick.")
        self._calm_at_ns = self.clock.now_ns() + round(TOLD_S * NS_PER_S)

    def _save_today(self) -> None:
        if self._day_saver is None or self._records is None:
            return
        try:
            uuids = self._day_saver.today(self._records.opened())
        except MidstanceError as error:
            self._say(error.what, error.remedy)
            return
        if uuids:
            self._save_kept(uuids, 0)
        else:
            self._say("Nothing was kept on this device today.")
            self._calm_at_ns = self.clock.now_ns() + round(TOLD_S * NS_PER_S)

    def _save_kept(self, uuids: tuple[str, ...], index: int) -> None:
        """Save one of today's sessions; the next is a job of its own, behind what else waits."""

        def on_progress(progress: SaveProgress) -> None:
            self.beat()
            if self.stopping.is_set():
                raise StickError("The kiosk is being stopped.")

        assert self._day_saver is not None
        assert self._records is not None
        self._say(f"Saving session {index + 1} of {len(uuids)} of today. Leave the stick in.")
        self._calm_at_ns = None
        try:
            root = self._stick.root()
            try:
                store = self._records.opened()
                self._day_saver.save(store, uuids[index], root, on_progress)
            except StickError:
                raise
            except MidstanceError as error:
                log.error("session %s of today is left out: %s", uuids[index], error)
            if index + 1 < len(uuids):
                self._jobs.put(lambda: self._save_kept(uuids, index + 1))
                return
            self._stick.finish()
        except MidstanceError as error:
            log.warning("of today, %d of %d are saved: %s", index, len(uuids), error)
            self._say(error.what, error.remedy)
        else:
            self._say("All of today is on the stick now. Safe to remove the stick.")
        self._calm_at_ns = self.clock.now_ns() + round(TOLD_S * NS_PER_S)

    def _hand_over(self, root: Path) -> int:
        """Write what waits to the stick at `root`; a stick that takes no more is no failure."""

        def on_progress(progress: SaveProgress) -> None:
            self.beat()
            if self.stopping.is_set():
                raise StickError("The kiosk is being stopped.")

        if self._keeper is None:
            return 0
        delivered = 0
        try:
            delivered = self._keeper.deliver(root, on_progress)
        except StorageError as error:
            log.warning("not all that waits on this device could be delivered: %s", error)
        if delivered:
            log.info("%d sessions that waited were delivered", delivered)
            self._tell_waiting()
        return delivered

    def _tell_waiting(self, gone: tuple[Reason, ...] = ()) -> None:
        """Say how many sessions wait for a stick, and whether older ones had to go."""
        self._calm_at_ns = None
        if self._keeper is None:
            return
        try:
            count = self._keeper.count()
        except StorageError as error:
            self._say(error.what, error.remedy)
            return
        if gone:
            self._say(gone[0].message, gone[0].remedy)
        elif count:
            wait = "session waits" if count == 1 else "sessions wait"
            self._say(f"{count} {wait} on this device for a stick.", "Put in a USB stick.")
        else:
            self._say("", level=Level.OK)

    def _say(self, text: str, remedy: str = "", level: Level = Level.WARN) -> None:
        """Say something of the sessions on this device; that all is well only after trouble."""
        if level is Level.OK and not self._spoke:
            return
        self._spoke = True
        self._post(HealthChanged(HealthItem("storage", level, text, remedy)))
