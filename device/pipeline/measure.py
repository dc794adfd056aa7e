"""The measuring thread: pelvis line and gait core, frame by frame in order of sensor time.

It owns the pelvis estimator and one `GaitTracker` a session. Commands come by a queue, results go
to the controller's inbox.
"""

from __future__ import annotations

import logging
import queue
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from device.clock import NS_PER_S, Clock
from device.domain.basics import Reason
from device.domain.events import GaitMeasured, HealthChanged, KioskEvent, SessionMeasured
from device.domain.frames import Frame, PelvisSample, Pose
from device.domain.kiosk import HealthItem, Level, Picture
from device.domain.results import GaitSummary, GaitUpdate
from device.pipeline.freeze import FreezeFrames, seconds
from device.pipeline.pose import PosePool
from device.pipeline.thread import Loop
from device.ports import PelvisEstimator

log = logging.getLogger(__name__)

UPDATE_EVERY_S = 0.1
"""A number that changes more often than this cannot be read."""
DRAIN_S = 1.5
"""How long frames that were taken before the stop are waited for."""
RATE_OVER_S = 2.0


class Tracker(Protocol):
    """The gait core as used here (`device.gait.GaitTracker`)."""

    def push(self, pose: Pose, pelvis: PelvisSample | None) -> None:
        """Take in a frame."""
        ...

    def update(self) -> GaitUpdate:
        """What is known now."""
        ...

    def summary(self) -> GaitSummary:
        """What is known of everything."""
        ...


@dataclass(slots=True)
class _Session:
    """What the thread keeps of the session it measures."""

    number: int
    tracker: Tracker
    freeze: FreezeFrames
    update: GaitUpdate | None = None
    updated_ns: int = 0
    stop_ns: int | None = None


class Measurer(Loop):
    """Measures while a session runs. `level_deg`: the camera's roll, for drawing the horizontal."""

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
    ) -> None:
        super().__init__(clock)
        self._pool = pool
        self._pelvis = pelvis
        self._make_tracker = make_tracker
        self._post = post
        self._level_deg = level_deg
        self._commands: queue.SimpleQueue[tuple[str, int]] = queue.SimpleQueue()
        self._session: _Session | None = None
        self._arrivals: deque[int] = deque()
        self._faulty = False

    def begin(self, session: int) -> None:
        """Measure a new session, with a fresh gait core."""
        self._commands.put(("begin", session))

    def finish(self, session: int) -> None:
        """Post the session's summary once the frames under way are in; let none in before."""
        self._commands.put(("finish", session))

    def forget(self, session: int) -> None:
        """Let go of the session."""
        self._commands.put(("forget", session))

    def turn(self) -> None:
        """Obey, then measure the next frame."""
        self._obey()
        item = self._pool.next(0.05)
        session = self._session
        if session is None:
            return
        if item is not None:
            self._measure(session, *item)
        if session.stop_ns is not None and (
            self._pool.drained or self.clock.now_ns() > session.stop_ns
        ):
            self._summarise(session)

    def _obey(self) -> None:
        while not self._commands.empty():
            command, number = self._commands.get()
            session = self._session
            if command == "begin":
                self._pelvis.reset()
                self._arrivals.clear()
                self._session = _Session(number, self._make_tracker(), FreezeFrames())
            elif session is None or session.number != number:
                continue
            elif command == "finish":
                session.stop_ns = self.clock.now_ns() + round(DRAIN_S * NS_PER_S)
            else:
                self._session = None

    def _measure(self, session: _Session, frame: Frame, pose: Pose) -> None:
        pelvis: PelvisSample | None = None
        try:
            pelvis = self._pelvis.measure(frame, pose)
            session.tracker.push(pose, pelvis)
            if (frame.t_ns - session.updated_ns) / NS_PER_S >= UPDATE_EVERY_S:
                session.update = session.tracker.update()
                session.updated_ns = frame.t_ns
                session.freeze.note(session.update)
        except Exception as error:  # noqa: BLE001 - one frame must not cost the session
            self._trouble(error)
        else:
            self._well()
        picture = Picture(frame, pose, pelvis, self._level_deg)
        if pelvis is not None:
            session.freeze.see(picture, seconds(frame.t_ns))
        if session.update is not None:
            self._post(GaitMeasured(session.number, session.update, picture, self._rate()))

    def _summarise(self, session: _Session) -> None:
        try:
            summary = session.tracker.summary()
            freeze_frames = session.freeze.pick(summary)
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
            self._post(SessionMeasured(session.number, summary, freeze_frames))
        self._session = None

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
