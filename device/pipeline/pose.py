"""The pose workers: N estimators, one thread each, results in the order of sensor time.

Without a schedule every frame is for the workers. They wait in a single slot: a newer one replaces
an older one that nobody took, which is counted. A free worker takes what is there.

With a schedule a frame goes to a worker when one is due and a worker is free; all others lie ready
at once, without a pose, for the pelvis line alone. Nothing waits for a worker then.

`next()` hands everything out in order; what has an elder in work is held back, but not longer than
a few times what a picture usually takes (`LATE_S` at most). The elder, should its pose still come,
is counted as late; with a schedule it is handed out without its pose.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from device.clock import NS_PER_S, Clock
from device.domain.events import HealthChanged, KioskEvent
from device.domain.frames import Frame, Pose
from device.domain.kiosk import HealthItem, Level
from device.errors import MidstanceError
from device.pipeline.schedule import PoseSchedule
from device.pipeline.thread import Loop
from device.ports import PoseEstimator

log = logging.getLogger(__name__)

LATE_S = 1.0
SOON_S = 0.25
"""With a schedule, a pose is waited for this long at least."""
USUAL_TIMES = 4.0
"""... or this many times as long as a picture usually takes."""
HANGS_S = 5.0
"""A frame that takes longer than this never comes back: its worker is replaced."""
MOST_READY = 24
"""So many frames lie ready at most; when nobody fetches them, the oldest go and are counted."""
SEED_S = 0.5
"""A worker that has lost the runner is told where another saw them within this time."""


@runtime_checkable
class Seedable(Protocol):
    """A `PoseEstimator` that can be told where the runner is."""

    @property
    def tracking(self) -> bool:
        """Whether it knows by itself."""
        ...

    def seed(self, landmarks_px: NDArray[np.float32]) -> None:
        """Expect the runner in the next picture where these landmarks (33, 2) are."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class _InWork:
    """A frame that a worker has."""

    since_ns: int
    worker: _Worker
    frame: Frame


class PosePool:
    """The workers and what lies between them, the camera and the measuring thread.

    `workers`: how many, or what says it once the first estimator has been made.
    """

    def __init__(
        self,
        make_estimator: Callable[[], PoseEstimator],
        workers: int | Callable[[], int],
        post: Callable[[KioskEvent], object],
        clock: Clock,
        *,
        simulated: bool = False,
        schedule: PoseSchedule | None = None,
    ) -> None:
        self.make_estimator = make_estimator
        self.clock = clock
        self.posed = 0
        """Poses that came back, in time or late."""
        self.usual_s: float | None = None
        """What a picture takes a worker lately."""
        self.dropped = 0
        """Frames passed over because no worker was free."""
        self.late = 0
        """Results that came after younger ones had been handed out."""
        self._post = post
        self._simulated = simulated
        self._schedule = schedule
        self._free = 0
        self._newest: Pose | None = None
        lock = threading.RLock()
        self._changed = threading.Condition(lock)
        self._slot_filled = threading.Condition(lock)
        """What the workers wait for: a picture that none of them looks at does not wake them."""
        self._open = False
        self._session = 0
        self._slot: Frame | None = None
        self._patient_ns: int | None = None
        """A frame whose giver waits for the workers rather than the other way round."""
        self._in_flight: dict[int, _InWork] = {}
        self._done: list[tuple[int, int, Frame, Pose | None]] = []
        self._tie = itertools.count()
        self._handed_out_ns = -1
        self._wanted = workers if callable(workers) else None
        first = workers if isinstance(workers, int) else 1
        self._workers = [_Worker(self, index) for index in range(first)]
        self._left_behind: list[_Worker] = []

    def start(self) -> None:
        """Load the models, each in its own thread."""
        self._report()
        for worker in self._workers:
            worker.start()

    def open(self, session: int) -> None:
        """Let frames in, for `session`; what is left of an earlier one is dropped."""
        with self._changed:
            self._open = True
            self._session = session
            self._slot = None
            self._patient_ns = None
            self._in_flight.clear()
            self._done.clear()
            self._handed_out_ns = -1
            self._newest = None
            if self._schedule is not None:
                self._schedule.reset()

    def shut(self) -> None:
        """Let no more frames in; those already here are still worked on."""
        with self._changed:
            self._open = False

    def offer(self, frame: Frame) -> None:
        """Leave a frame for the next free worker; called by the camera, never blocks."""
        with self._changed:
            if not self._open:
                return
            if self._schedule is None:
                if self._slot is not None:
                    self.dropped += 1
                self._fill_slot(frame)
            elif (
                self._slot is None
                and (self._free > 0 or self._patient_ns == frame.t_ns)
                and self._schedule.due(frame.t_ns)
            ):
                self._schedule.looked(frame.t_ns)
                self._fill_slot(frame)
            else:
                self._lay_ready(frame, None)
                self._changed.notify_all()

    def wait_for_room(self, t_ns: int, timeout_s: float) -> bool:
        """Wait until a frame of `t_ns` would be taken without costing another: for recordings that
        are worked through as fast as it goes. False when that took too long.

        A frame that is due may then wait in the slot for a worker: who is free finds the next one
        there, instead of waiting until it has been decoded.
        """

        def room() -> bool:
            if len(self._done) > MOST_READY // 2:
                return False
            if self._slot is None:
                return True
            return self._schedule is not None and not self._schedule.due(t_ns)

        with self._changed:
            if not self._changed.wait_for(room, timeout_s):
                return False
            self._patient_ns = t_ns
            return True

    def found(self, pose: Pose, off_trunks: float) -> None:
        """Say what became of a pose: how far it lay from where it was expected (trunk lengths)."""
        with self._changed:
            if self._schedule is not None:
                self._schedule.found(pose.t_ns, seen=pose.seen, off_trunks=off_trunks)

    def hold_back(self, hot: bool) -> None:
        """Do with fewer poses while the machine is `hot` (only where the rate is not fixed)."""
        with self._changed:
            if self._schedule is not None:
                self._schedule.held_back = hot

    @property
    def scheduled(self) -> bool:
        """Whether frames may come without a pose of their own."""
        return self._schedule is not None

    @property
    def ready(self) -> int:
        """How many workers have their model loaded."""
        return sum(worker.ready for worker in self._workers)

    @property
    def sizes(self) -> dict[str, int]:
        """How much lies in each of the pool's containers; all are bounded."""
        with self._changed:
            return {"ready": len(self._done), "in work": len(self._in_flight)}

    @property
    def model(self) -> str | None:
        """The estimator's name; None before the first was loaded."""
        return next((worker.model for worker in self._workers if worker.model), None)

    @property
    def drained(self) -> bool:
        """Whether no frame waits, is worked on or lies ready."""
        with self._changed:
            return self._slot is None and not self._in_flight and not self._done

    def next(self, timeout_s: float) -> tuple[int, Frame, Pose | None] | None:
        """The next frame in order of sensor time, with the session it belongs to and its pose
        (None: the schedule had nobody look for one).

        None when none is ready within `timeout_s`.
        """
        deadline_ns = self.clock.now_ns() + round(timeout_s * NS_PER_S)
        with self._changed:
            while True:
                result = self._ready()
                if result is not None:
                    return result
                left_s = (deadline_ns - self.clock.now_ns()) / NS_PER_S
                # What is held back becomes late without anybody saying so.
                left_s = min(left_s, 0.1) if self._done else left_s
                if left_s <= 0:
                    return None
                self._changed.wait(left_s)

    def supervise(self) -> None:
        """Replace workers that hang; called about once a second by the kiosk's main thread."""
        now_ns = self.clock.now_ns()
        with self._changed:
            # Asked of the workers themselves: what is in flight is forgotten when a session begins.
            stuck = {
                worker
                for worker in self._workers
                if worker.busy_since_ns is not None
                and (now_ns - worker.busy_since_ns) / NS_PER_S > HANGS_S
            }
            for t_ns in [t for t, work in self._in_flight.items() if work.worker in stuck]:
                del self._in_flight[t_ns]
        for worker in stuck:
            log.error("pose worker %d hangs and is replaced", worker.index)
            worker.request_stop()
            self._left_behind.append(worker)
            fresh = _Worker(self, worker.index)
            self._workers[self._workers.index(worker)] = fresh
            fresh.start()
            self._report()

    def request_stop(self) -> None:
        """Ask all workers to end."""
        for worker in self._workers:
            worker.request_stop()
        with self._changed:
            self._changed.notify_all()
            self._slot_filled.notify_all()

    def join(self, timeout_s: float) -> bool:
        """Wait for the workers' end."""
        return all(worker.join(timeout_s) for worker in list(self._workers))

    # --- called by the workers -----------------------------------------------------------------

    def take(self, worker: _Worker, timeout_s: float) -> Frame | None:
        """Take the waiting frame."""
        with self._changed:
            if self._slot is None:
                self._free += 1
                try:
                    self._slot_filled.wait_for(
                        lambda: self._slot is not None or worker.stopping.is_set(), timeout_s
                    )
                finally:
                    self._free -= 1
            frame, self._slot = self._slot, None
            if frame is not None:
                worker.busy_since_ns = self.clock.now_ns()
                self._in_flight[frame.t_ns] = _InWork(worker.busy_since_ns, worker, frame)
                self._changed.notify_all()  # the slot is empty again
            return frame

    def deliver(self, worker: _Worker, frame: Frame, pose: Pose | None) -> None:
        """Give back what became of a frame; None when nothing did."""
        with self._changed:
            work = self._in_flight.get(frame.t_ns)
            if work is None or work.worker is not worker:
                return  # of an earlier session, or given up
            del self._in_flight[frame.t_ns]
            if pose is not None:
                self._note(work, pose)
            if frame.t_ns <= self._handed_out_ns:
                self.late += 1
            elif pose is not None or self._schedule is not None:
                self._lay_ready(frame, pose)
            self._changed.notify_all()

    def seed_of(self, frame: Frame) -> Pose | None:
        """Where another worker saw the runner just before `frame`, for one that has lost them."""
        with self._changed:
            pose = self._newest
        if pose is None or not abs(frame.t_ns - pose.t_ns) / NS_PER_S <= SEED_S:
            return None
        return pose

    def report(self) -> None:
        """A worker's state changed."""
        self._report()

    def made(self) -> None:
        """A worker has its estimator: start others, if there shall be more."""
        if self._wanted is not None:
            with self._changed:
                first, self._wanted = self._wanted, None
                fresh = [_Worker(self, index) for index in range(1, first())]
                self._workers += fresh
            for worker in fresh:
                worker.start()
        self._report()

    def _note(self, work: _InWork, pose: Pose) -> None:
        """Keep how long it took, and where the runner was."""
        self.posed += 1
        took_s = (self.clock.now_ns() - work.since_ns) / NS_PER_S
        self.usual_s = took_s if self.usual_s is None else 0.9 * self.usual_s + 0.1 * took_s
        if pose.seen and (self._newest is None or pose.t_ns > self._newest.t_ns):
            self._newest = pose

    def _fill_slot(self, frame: Frame) -> None:
        self._slot = frame
        # All of them: one that is about to end might be the only one told.
        self._slot_filled.notify_all()

    def _lay_ready(self, frame: Frame, pose: Pose | None) -> None:
        heapq.heappush(self._done, (frame.t_ns, next(self._tie), frame, pose))
        if len(self._done) > MOST_READY:
            heapq.heappop(self._done)
            self.dropped += 1

    @property
    def _patience_s(self) -> float:
        """How long a frame in work holds up younger ones."""
        if self._schedule is None or self.usual_s is None:
            return LATE_S
        return min(LATE_S, max(SOON_S, USUAL_TIMES * self.usual_s))

    def _ready(self) -> tuple[int, Frame, Pose | None] | None:
        if not self._done:
            return None
        t_ns, _, frame, pose = self._done[0]
        if self._slot is not None and self._schedule is not None and self._slot.t_ns < t_ns:
            return None  # a worker that is free takes it at once
        now_ns = self.clock.now_ns()
        for elder_ns, work in self._in_flight.items():
            if elder_ns < t_ns:
                if (now_ns - work.since_ns) / NS_PER_S < self._patience_s:
                    return None
                if self._schedule is not None and elder_ns > self._handed_out_ns:
                    # Its picture can still be measured, without a pose of its own.
                    self._handed_out_ns = elder_ns
                    return self._session, work.frame, None
        heapq.heappop(self._done)
        self._handed_out_ns = t_ns
        if len(self._done) == MOST_READY // 2:
            self._changed.notify_all()  # room again
        return self._session, frame, pose

    def _report(self) -> None:
        troubles = [worker.trouble for worker in self._workers if worker.trouble is not None]
        ready = [worker for worker in self._workers if worker.ready]
        if troubles and not ready:
            level, error = Level.FAULT, troubles[0]
            text = error.what if isinstance(error, MidstanceError) else f"Pose failed: {error}."
            remedy = error.remedy if isinstance(error, MidstanceError) else ""
            item = HealthItem(
                "pose",
                level,
                text,
                remedy,
                self._simulated,
                meaning="Nothing is measured until it is back; what was measured is kept.",
                doing="The pose model is being loaded again.",
            )
        elif troubles:
            item = HealthItem(
                "pose",
                Level.WARN,
                f"{len(ready)} of {len(self._workers)} pose workers run.",
                simulated=self._simulated,
            )
        elif not ready:
            item = HealthItem(
                "pose", Level.WARN, "The pose model is being loaded.", simulated=self._simulated
            )
        else:
            item = HealthItem("pose", Level.OK, ready[0].model, simulated=self._simulated)
        self._post(HealthChanged(item))


class _Worker(Loop):
    """One thread with one estimator, made, used and closed in it."""

    pause_after_error_s = 1.0

    def __init__(self, pool: PosePool, index: int) -> None:
        super().__init__(pool.clock)
        self.name = f"pose-{index + 1}"
        self.index = index
        self.model = ""
        self.trouble: Exception | None = None
        self.busy_since_ns: int | None = None
        """Since when it has had a frame in work."""
        self._pool = pool
        self._estimator: PoseEstimator | None = None

    @property
    def ready(self) -> bool:
        """Whether the model is loaded and the last frame did not break it."""
        return self._estimator is not None and self.trouble is None

    def turn(self) -> None:
        if self._estimator is None:
            self._estimator = self._pool.make_estimator()
            self.model = self._estimator.name
            self.trouble = None
            self._pool.made()
        frame = self._pool.take(self, 0.25)
        if frame is None:
            return
        pose: Pose | None = None
        try:
            self._help(self._estimator, frame)
            pose = self._estimator.estimate(frame)
        finally:
            self.busy_since_ns = None
            self._pool.deliver(self, frame, pose)

    def _help(self, estimator: PoseEstimator, frame: Frame) -> None:
        """Tell an estimator that has lost the runner where the others see them, if it listens."""
        if isinstance(estimator, Seedable) and not estimator.tracking:
            known = self._pool.seed_of(frame)
            if known is not None:
                estimator.seed(known.landmarks_px)

    def failed(self, error: Exception) -> None:
        self.trouble = error
        self._let_go()
        self._pool.report()

    def ended(self) -> None:
        self._let_go()

    def _let_go(self) -> None:
        estimator, self._estimator = self._estimator, None
        if estimator is not None:
            try:
                estimator.close()
            except Exception:
                log.exception("%s could not close its model", self.name)
