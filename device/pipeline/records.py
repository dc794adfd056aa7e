"""What the disk thread does with the store of runners and sessions.

Requests come as calls in the disk thread, answers go to the controller's inbox. The store is opened
at the first need, there; that it cannot be opened is told and tried again, and costs nobody a
session: what cannot be kept can still be saved to a stick.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date

from device.clock import NS_PER_S, Clock
from device.coach.endurance import LONG_S, long_run
from device.domain.basics import Reason, Side
from device.domain.events import (
    CoachingRead,
    ComparisonRead,
    EnduranceRead,
    HealthChanged,
    HistoryRead,
    KioskEvent,
    RunnersRead,
    SessionKept,
)
from device.domain.history import (
    Earlier,
    FinishedSession,
    KeptSession,
    Runner,
    SessionStart,
    TrackRow,
)
from device.domain.kiosk import HealthItem, Level
from device.domain.trial import LongRun
from device.errors import MidstanceError, StorageError
from device.gait.compare import compare
from device.gait.trend import trend
from device.ports import EncodedPacket, SessionStore, VideoFormat

log = logging.getLogger(__name__)

PART = "store"
"""The name of the store among the health items."""
AGAIN_S = 10.0
"""A store that could not be opened is tried again after this long."""
IDLE_EVERY_S = 30.0
LONG_RUNS = 8
"""So many long runs are read, the newest."""
MOST_FAILED = 3
"""So many sessions wait in memory for a disk that takes them again."""
BASELINES = 20
"""So many of a runner's newest sessions are looked through for a baseline."""
TOLD_S = 60.0
"""How long what was found at opening stays on the screen."""

Clip = tuple[VideoFormat, tuple[EncodedPacket, ...]]


class Records:
    """The store, seen by the disk thread. No method throws for what the disk does."""

    def __init__(
        self,
        open_store: Callable[[], SessionStore],
        post: Callable[[KioskEvent], object],
        clock: Clock,
    ) -> None:
        self._open_store = open_store
        self._post = post
        self._clock = clock
        self._store: SessionStore | None = None
        self._problem: StorageError | None = None
        self._tried_ns: int | None = None
        self._calm_at_ns: int | None = None
        self._idle_at_ns = 0
        self._failed: list[tuple[int, FinishedSession, Clip | None]] = []
        """Sessions that could not be kept, for another try."""
        self._running: dict[int, str] = {}
        """Sessions under way: their uuid by the kiosk's number."""
        self._troubled = False
        """Whether the track could not be written lately: said once, not with every second of it."""

    def open(self) -> None:
        """Open the store, if it is not; say what was found."""
        with suppress(StorageError):  # told already
            self._ready()

    def begin(self, session: int, start: SessionStart) -> None:
        """A session begins that is to be kept."""
        self._running, self._troubled = {session: start.uuid}, False
        try:
            self._ready(at_once=True).begin(start)
        except StorageError as error:
            log.warning("the session's track is not kept: %s", error)
            self._tell(error)
        else:
            self._well()

    def add_track(self, session: int, rows: Sequence[TrackRow]) -> None:
        """Append to the session's track; what cannot be written waits in the store."""
        uuid = self._running.get(session)
        if uuid is None or self._store is None:
            return
        try:
            self._store.add_track(uuid, rows)
        except StorageError as error:
            if not self._troubled:
                log.warning("the track cannot be written: %s", error)
                self._tell(error)
            self._troubled = True
        else:
            self._troubled = False

    def keep(self, session: int, finished: FinishedSession, clip: Clip | None) -> None:
        """Keep the session; answers with `SessionKept`. What fails is tried again when idle."""
        self._running.pop(session, None)
        if self._kept(session, finished, clip):
            return
        self._failed.append((session, finished, clip))
        for number, lost, _ in self._failed[:-MOST_FAILED]:
            log.error("session %d (%s) is given up: its track alone stays", number, lost.start.uuid)
        del self._failed[:-MOST_FAILED]

    def _kept(
        self, session: int, finished: FinishedSession, clip: Clip | None, *, again: bool = False
    ) -> bool:
        uuid = finished.start.uuid
        try:
            self._ready(at_once=not again).keep(finished, clip)
        except MidstanceError as error:
            if not again:
                log.error("the session is not kept: %s", error)
                self._tell(error)
                reason = Reason("not_kept", error.what, error.remedy, blocks=True)
                self._post(SessionKept(session, uuid, reason))
            return False
        self._post(SessionKept(session, uuid))
        self._well()
        return True

    def forget(self, session: int) -> None:
        """Let go of a session that was not kept; nothing of it stays."""
        for number in [number for number in self._running if number <= session]:
            uuid = self._running.pop(number)
            if self._store is not None:
                try:
                    self._store.drop(uuid)
                except StorageError as error:
                    log.error("a session that was not kept cannot be removed: %s", error)
                    self._tell(error)

    def read_runners(self, add: str | None = None) -> None:
        """Answer with `RunnersRead`; `add` is a code to be known from now on."""
        try:
            store = self._ready(at_once=add is not None)
            added: Runner | None = None if add is None else store.add_runner(add)
            self._post(RunnersRead(store.runners(), added))
        except MidstanceError as error:
            self._post(RunnersRead((), problem=_reason(error)))

    def remember(
        self,
        code: str,
        target_deg: tuple[float, float] | None,
        personal_json: str | None,
        exercises_json: str | None = None,
    ) -> None:
        """Keep a runner's own target, correction or exercises; answers with `RunnersRead`."""
        try:
            store = self._ready(at_once=True)
            store.remember(
                code,
                target_deg=target_deg,
                personal_json=personal_json,
                exercises_json=exercises_json,
            )
            self._post(RunnersRead(store.runners()))
        except MidstanceError as error:
            self._tell(error)
            self._post(RunnersRead((), problem=_reason(error)))

    def read_history(self, runner: str | None) -> None:
        """Answer with `HistoryRead`."""
        self._post(self._history(runner))

    def _history(self, runner: str | None) -> HistoryRead:
        try:
            sessions = self._ready().history(runner)
        except MidstanceError as error:
            return HistoryRead(runner, problem=_reason(error))
        return HistoryRead(runner, sessions, tuple(trend(sessions, side) for side in Side))

    def read_coaching(self, runner: str, today: date) -> None:
        """Answer with `CoachingRead`."""
        try:
            store = self._ready()
            found = store.coaching(runner)
            sessions = store.history(runner, BASELINES) if found and not found.bands else ()
            self._post(CoachingRead(runner, today, found, sessions))
        except MidstanceError as error:
            self._post(CoachingRead(runner, today, problem=_reason(error)))

    def coach(self, runner: str, today: date, change: Callable[[SessionStore], None]) -> None:
        """Change the runner's programme; answers with `CoachingRead`."""
        try:
            change(self._ready(at_once=True))
        except MidstanceError as error:
            self._tell(error)
            self._post(CoachingRead(runner, today, problem=_reason(error)))
        else:
            self.read_coaching(runner, today)

    def read_endurance(self, runner: str | None) -> None:
        """Answer with `EnduranceRead`: the newest runs that were long enough, minute by minute."""
        try:
            store = self._ready()
            known = store.history(runner)
            runs = (_long_run(store, session) for session in known if _long(session))
            found = itertools.islice((run for run in runs if run is not None), LONG_RUNS)
            self._post(EnduranceRead(runner, tuple(found)))
        except MidstanceError as error:
            self._post(EnduranceRead(runner, problem=_reason(error)))

    def compare(self, before: str, after: str) -> None:
        """Answer with `ComparisonRead`: the earlier one is always the one before."""
        try:
            store = self._ready()
            version = common_version(store, before, after)
            first, second = store.read(before, version), store.read(after, version)
            if first.number > second.number:
                first, second = second, first
            self._post(
                ComparisonRead(
                    before,
                    after,
                    compare(first, second),
                    store.freeze_frames(first.uuid),
                    store.freeze_frames(second.uuid),
                )
            )
        except MidstanceError as error:
            self._post(ComparisonRead(before, after, problem=_reason(error)))

    def opened(self) -> SessionStore:
        """The store, opened if need be; raises `StorageError`."""
        return self._ready(at_once=True)

    def earlier(self, uuid: str, runner: str) -> tuple[Earlier | None, Earlier | None]:
        """The runner's session before `uuid` and the very first, each compared with it.

        None where there is none (or it is the same one), or where the store cannot tell: then a
        report says nothing of earlier sessions, and that is all.
        """
        try:
            store = self._ready()
            known = store.history(runner)
            mine = next((each for each in known if each.uuid == uuid), None)
            if mine is None:
                return None, None
            before = sorted(
                (e for e in known if e.number < mine.number and e.summary is not None),
                key=lambda each: each.number,
            )
            if not before:
                return None, None
            last = self._earlier(store, before[-1].uuid, uuid)
            first = self._earlier(store, before[0].uuid, uuid) if len(before) > 1 else None
        except MidstanceError as error:
            log.warning("earlier sessions cannot be read: %s", error)
            return None, None
        return last, first

    @staticmethod
    def _earlier(store: SessionStore, before: str, after: str) -> Earlier:
        version = common_version(store, before, after)
        found = compare(store.read(before, version), store.read(after, version))
        return Earlier(found, store.freeze_frames(before))

    def delete(self, uuid: str, runner: str | None) -> None:
        """Delete a session; answers with what is left of the runner's history."""
        try:
            self._ready(at_once=True).delete(uuid)
        except MidstanceError as error:
            self._tell(error)
            self._post(replace(self._history(runner), problem=_reason(error)))
        else:
            self.read_history(runner)

    def idle(self) -> None:
        """Nothing else is to be done."""
        now_ns = self._clock.now_ns()
        if self._calm_at_ns is not None and now_ns >= self._calm_at_ns:
            self._calm_at_ns = None
            self._well()
        if (self._store is None and not self._failed) or self._running or now_ns < self._idle_at_ns:
            return
        self._idle_at_ns = now_ns + round(IDLE_EVERY_S * NS_PER_S)
        self._failed = [each for each in self._failed if not self._kept(*each, again=True)]
        try:
            if self._store is not None:
                self._store.idle()
        except StorageError as error:
            self._tell(error)

    def close(self) -> None:
        """Let go of the store. A session under way stays as after a power cut."""
        if self._store is not None:
            self._store.close()
            self._store = None

    def _ready(self, at_once: bool = False) -> SessionStore:
        """The store; raises `StorageError` when it cannot be opened (now, or lately)."""
        if self._store is not None:
            return self._store
        now_ns = self._clock.now_ns()
        lately = self._tried_ns is not None and (now_ns - self._tried_ns) / NS_PER_S < AGAIN_S
        if self._problem is not None and lately and not at_once:
            raise self._problem
        self._tried_ns = now_ns
        try:
            self._store = self._open_store()
        except StorageError as error:
            self._problem = error
            self._tell(error)
            raise
        self._problem = None
        notes = self._store.notes
        if notes:
            text = " ".join(note.message for note in notes)
            remedy = next((note.remedy for note in notes if note.remedy), "")
            self._say(HealthItem(PART, Level.WARN, text, remedy))
            self._calm_at_ns = now_ns + round(TOLD_S * NS_PER_S)
        else:
            self._well()
        return self._store

    def _tell(self, error: MidstanceError) -> None:
        self._calm_at_ns = None
        self._say(
            HealthItem(
                PART,
                Level.WARN,
                error.what,
                error.remedy,
                meaning="Sessions may not be kept on this device; they can be saved to a stick.",
            )
        )

    def _well(self) -> None:
        if self._calm_at_ns is None:
            self._say(HealthItem(PART, Level.OK, "Sessions are kept on this device."))

    def _say(self, item: HealthItem) -> None:
        self._post(HealthChanged(item))


def _long(session: KeptSession) -> bool:
    return session.duration_s is not None and session.duration_s >= LONG_S


def _long_run(store: SessionStore, session: KeptSession) -> LongRun | None:
    """How a kept session went on; None where too little of it was measured."""
    summary = store.read(session.uuid).summary
    found = None if summary is None else long_run(summary)
    if found is None:
        return None
    started = session.started if session.date_known else None
    return replace(found, uuid=session.uuid, started=started)


def common_version(store: SessionStore, *uuids: str) -> str | None:
    """The newest version of the algorithm that analysed all of these sessions; None without one."""
    made = [[each.algorithm_version for each in store.analyses(uuid)] for uuid in uuids]
    common = set(made[0]).intersection(*made[1:])
    return max(common, key=version_key) if common else None


def version_key(version: str) -> tuple[tuple[int, str], ...]:
    """For comparing versions: "1.10" comes after "1.9"."""
    parts = version.replace("-", ".").split(".")
    return tuple((int(part), "") if part.isdigit() else (-1, part) for part in parts)


def _reason(error: MidstanceError) -> Reason:
    return Reason("store", error.what, error.remedy, blocks=True)
