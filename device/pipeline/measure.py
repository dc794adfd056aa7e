"""The measuring thread: pelvis line and gait core, frame by frame in order of sensor time.

It owns the pelvis estimator and one `GaitTracker` a session. Commands come by a queue, results go
to the controller's inbox.
"""

from __future__ import annotations

import logging
import queue
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from device.clock import NS_PER_S, Clock
from device.domain.basics import Reason
from device.domain.events import (
    GaitMeasured,
    HealthChanged,
    KioskEvent,
    PersonSeen,
    SessionMeasured,
)
from device.domain.frames import Frame, PelvisSample, Pose
from device.domain.history import TrackRow
from device.domain.kiosk import HealthItem, Level, Picture
from device.domain.personal import PersonalGain
from device.domain.results import GaitSummary, GaitUpdate
from device.gait.place import PlacePredictor
from device.pipeline.freeze import FreezeFrames, seconds
from device.pipeline.pose import PosePool
from device.pipeline.tape import Tape
from device.pipeline.thread import Loop
from device.pipeline.track import TrackKeeper
from device.ports import PelvisEstimator, PictureJudge

log = logging.getLogger(__name__)

UPDATE_EVERY_S = 0.1
"""A number that changes more often than this cannot be read."""
DRAIN_S = 1.5
"""How long frames that were taken before the stop are waited for."""
RATE_OVER_S = 2.0
GLANCE = 0
"""The number of the session that is none: poses of it only say that somebody is there."""
LASTS_S = 1.0
"""A problem of the pelvis line is told once it has lasted so long."""
OFTEN = 0.2
"""... and kept with the session when it hit this fraction of the frames with a person."""


class Tracker(Protocol):
    """The gait core as used here (`device.gait.GaitTracker`)."""

    def push(self, pose: Pose, pelvis: PelvisSample | None) -> None:
        """Take in a frame."""
        ...

    def push_between(self, t_ns: int, pelvis: PelvisSample | None) -> None:
        """Take in a frame in which nobody looked for the runner."""
        ...

    def use_personal(self, personal: PersonalGain | None) -> None:
        """Correct the network's lines by the runner's own gain."""
        ...

    def update(self) -> GaitUpdate:
        """What is known now."""
        ...

    def note(self, reason: Reason) -> None:
        """Take in what is wrong with the newest frame."""
        ...

    def summary(self) -> GaitSummary:
        """What is known of everything."""
        ...


class PelvisTrouble:
    """Why the pelvis was not measured though somebody was there, now and over the session."""

    def __init__(self, pelvis: PelvisEstimator) -> None:
        self._pelvis = pelvis
        self._frames = 0
        self._counts: Counter[str] = Counter()
        self._reasons: dict[str, Reason] = {}
        self._missing_since_ns: int | None = None
        self.now: Reason | None = None
        """The newest, once it has lasted for `LASTS_S`."""

    def note(self, pose: Pose, sample: PelvisSample | None) -> None:
        """Take in a frame."""
        if not pose.seen:
            return
        self._frames += 1
        problem: Reason | None = getattr(self._pelvis, "last_problem", None)
        if sample is not None or problem is None:
            self._missing_since_ns, self.now = None, None
            return
        self._counts[problem.code] += 1
        self._reasons[problem.code] = problem
        if self._missing_since_ns is None:
            self._missing_since_ns = pose.t_ns
        lasts = (pose.t_ns - self._missing_since_ns) / NS_PER_S >= LASTS_S
        self.now = problem if lasts else None

    def reasons(self) -> tuple[Reason, ...]:
        """What hit many frames, and what is known from the start; none of it blocks by itself."""
        warnings: tuple[Reason, ...] = tuple(getattr(self._pelvis, "warnings", ()))
        often = tuple(
            replace(self._reasons[code], blocks=False)
            for code, count in self._counts.most_common()
            if count >= OFTEN * self._frames
        )
        return warnings + often


def with_reasons(summary: GaitSummary, more: tuple[Reason, ...]) -> GaitSummary:
    """`summary` with `more` reasons after its own, each code once."""
    known = {reason.code: reason for reason in summary.reasons}
    for reason in more:
        known.setdefault(reason.code, reason)
    return replace(summary, reasons=tuple(known.values()))


@dataclass(slots=True)
class _Session:
    """What the thread keeps of the session it measures."""

    number: int
    tracker: Tracker
    freeze: FreezeFrames
    trouble: PelvisTrouble
    track: TrackKeeper
    place: PlacePredictor
    pose: Pose | None = None
    update: GaitUpdate | None = None
    updated_ns: int = 0
    stop_ns: int | None = None


class Measurer(Loop):
    """Measures while a session runs.

    `level_deg`: the camera's roll, where it is known. Pictures say at which angle that for which
    the drop is zero is drawn: the roll, and on top of it the standing zero once there is one.
    """

    name = "measure"

    def __init__(
        self,
        pool: PosePool,
        pelvis: PelvisEstimator,
        make_tracker: Callable[[], Tracker],
        post: Callable[[KioskEvent], object],
        clock: Clock,
        *,
        level_deg: float = 0.0,
        judge: PictureJudge | None = None,
        tape: Tape | None = None,
    ) -> None:
        super().__init__(clock)
        self._judge = judge
        self._tape = tape
        self._pool = pool
        self._pelvis = pelvis
        self._make_tracker = make_tracker
        self._post = post
        self._level_deg = level_deg
        self._commands: queue.SimpleQueue[tuple[str, int]] = queue.SimpleQueue()
        self._own: dict[int, PersonalGain | None] = {}
        self._session: _Session | None = None
        self._arrivals: deque[int] = deque()
        self._faulty = False

    def begin(self, session: int, personal: PersonalGain | None = None) -> None:
        """Measure a new session, with a fresh gait core; `personal`: the runner's own correction
        of the network, where there is one that fits its weights."""
        self._own[session] = personal
        self._commands.put(("begin", session))

    def finish(self, session: int) -> None:
        """Post the session's summary once the frames under way are in; let none in before."""
        self._commands.put(("finish", session))

    def forget(self, session: int) -> None:
        """Let go of the session."""
        self._commands.put(("forget", session))

    def turn(self) -> None:
        """Obey, then measure the next frame."""
        item = self._pool.next(0.05)
        # Only now: the command that began this item's session was given before the item was made.
        self._obey()
        session = self._session
        if item is not None and item[0] == GLANCE and item[2] is not None and item[2].seen:
            self._post(PersonSeen())
        if session is None:
            return
        if item is not None and item[0] == session.number:
            self._measure(session, *item[1:])
        if session.stop_ns is not None and (
            self._pool.drained or self.clock.now_ns() > session.stop_ns
        ):
            self._summarise(session)

    def _obey(self) -> None:
        while not self._commands.empty():
            command, number = self._commands.get()
            session = self._session
            if command == "begin":
                tracker = self._make_tracker()
                if (personal := self._own.pop(number, None)) is not None:
                    tracker.use_personal(personal)
                self._pelvis.reset()
                if self._judge is not None:
                    self._judge.reset()
                self._arrivals.clear()
                self._session = _Session(
                    number,
                    tracker,
                    FreezeFrames(),
                    PelvisTrouble(self._pelvis),
                    TrackKeeper(),
                    PlacePredictor(),
                )
            elif session is None or session.number != number:
                continue
            elif command == "finish":
                session.stop_ns = self.clock.now_ns() + round(DRAIN_S * NS_PER_S)
            else:
                self._session = None

    def _measure(self, session: _Session, frame: Frame, found: Pose | None) -> None:
        pelvis: PelvisSample | None = None
        faults: tuple[Reason, ...] = ()
        pose = self._locate(session, frame, found)
        if pose is None:
            return  # nobody has been looked for yet
        try:
            pelvis = self._pelvis.measure(frame, pose)
            session.trouble.note(pose, pelvis)
            if found is not None:
                session.tracker.push(pose, pelvis)
            else:
                session.tracker.push_between(frame.t_ns, pelvis)
            faults = self._judge.faults(frame, pose) if self._judge is not None else ()
            for fault in faults:
                session.tracker.note(fault)
            if (frame.t_ns - session.updated_ns) / NS_PER_S >= UPDATE_EVERY_S:
                session.update = session.tracker.update()
                session.updated_ns = frame.t_ns
                session.freeze.note(session.update)
        except Exception as error:  # noqa: BLE001 - one frame must not cost the session
            self._trouble(error)
        else:
            self._well()
            if self._tape is not None:
                self._tape.add(session.number, TrackRow(frame.t_ns, found, pelvis, faults))
        zero = session.update.standing_zero if session.update is not None else None
        level_deg = self._level_deg + (zero.obliquity_deg if zero is not None else 0.0)
        if pose.t_ns != frame.t_ns:
            # Where the runner is expected in this picture is as good as seen, for drawing.
            pose = replace(pose, seq=frame.seq, t_ns=frame.t_ns)
        picture = Picture(frame, pose, pelvis, level_deg)
        session.track.add(pose, pelvis, level_deg, found=found is not None)
        if pelvis is not None:
            session.freeze.see(picture, seconds(frame.t_ns))
        if session.update is not None:
            self._post(
                GaitMeasured(
                    session.number, session.update, picture, self._rate(), session.trouble.now
                )
            )

    def _locate(self, session: _Session, frame: Frame, found: Pose | None) -> Pose | None:
        """Where the runner is in `frame`: as `found`, else as predicted from earlier poses."""
        if found is None:
            pose = session.pose
            if pose is None or not pose.seen:
                return pose
            return session.place.at(frame.t_ns) or Pose.nobody(
                frame.seq, frame.t_ns, frame.size_px, pose.detector
            )
        session.pose = found
        if self._pool.scheduled:
            cadence = session.update.cadence_spm if session.update is not None else None
            session.place.push(found, None if cadence is None else cadence / 120)
            self._pool.found(found, session.place.off_trunks)
        return found

    def _summarise(self, session: _Session) -> None:
        if self._tape is not None:
            self._tape.flush(session.number)
        try:
            summary = with_reasons(session.tracker.summary(), session.trouble.reasons())
            freeze_frames = session.freeze.pick(summary)
            track = session.track.packed()
            personal = self._personal()
        except Exception as error:
            log.exception("the session cannot be summed up")
            problem = Reason(
                "summary_failed",
                f"The session could not be summed up ({type(error).__name__}: {error}).",
                "Please run again; if it stays, this is an error in Midstance.",
                blocks=True,
            )
            self._post(SessionMeasured(session.number, None, problem=problem))
        else:
            self._post(
                SessionMeasured(
                    session.number, summary, freeze_frames, track=track, personal=personal
                )
            )
        self._session = None

    def _personal(self) -> PersonalGain | None:
        """What the stickers of this session tell of the network's gain with this runner."""
        tell = getattr(self._pelvis, "personal", None)
        found = tell(time.time()) if tell is not None else None
        return found if isinstance(found, PersonalGain) else None

    def _rate(self) -> float | None:
        """Measured frames a second, over the last `RATE_OVER_S`."""
        now_ns = self.clock.now_ns()
        self._arrivals.append(now_ns)
        while (now_ns - self._arrivals[0]) / NS_PER_S > RATE_OVER_S:
            self._arrivals.popleft()
        span_s = (now_ns - self._arrivals[0]) / NS_PER_S
        return (len(self._arrivals) - 1) / span_s if span_s > RATE_OVER_S / 2 else None

    def _trouble(self, error: Exception) -> None:
        if not self._faulty:
            log.error("a frame cannot be measured", exc_info=error)
            self._faulty = True
            self._post(
                HealthChanged(
                    HealthItem(
                        "measure",
                        Level.FAULT,
                        f"Measuring failed ({type(error).__name__}: {error}).",
                        "If this stays, switch the station off and on again.",
                        meaning="These moments are missing from the session.",
                        doing="The next pictures are tried.",
                    )
                )
            )

    def _well(self) -> None:
        if self._faulty:
            self._faulty = False
            self._post(HealthChanged(HealthItem("measure", Level.OK, "Measuring.")))
