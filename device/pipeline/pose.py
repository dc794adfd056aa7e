"""The pose workers: N estimators, one thread each, results in the order of sensor time.

Frames wait in a single slot: a newer one replaces an older one that nobody took, which is counted.
A free worker takes what is there. `next()` hands the results out in order; a result for whose
elder the caller would have to wait longer than `LATE_S` is not held back, and the elder, should it
still come, is dropped and counted.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
from collections.abc import Callable

from device.clock import NS_PER_S, Clock
from device.domain.events import HealthChanged, KioskEvent
from device.domain.frames import Frame, Pose
from device.domain.kiosk import HealthItem, Level
from device.errors import MidstanceError
from device.pipeline.thread import Loop
from device.ports import PoseEstimator

log = logging.getLogger(__name__)

LATE_S = 1.0
HANGS_S = 5.0
"""A frame that takes longer than this never comes back: its worker is replaced."""


class PosePool:
    """The workers and what lies between them, the camera and the measuring thread."""

    def __init__(
        self,
        make_estimator: Callable[[], PoseEstimator],
        workers: int,
        post: Callable[[KioskEvent], object],
        clock: Clock,
        *,
        simulated: bool = False,
    ) -> None:
        self.make_estimator = make_estimator
        self.clock = clock
        self.dropped = 0
        """Frames passed over because no worker was free."""
        self.late = 0
        """Results that came after younger ones had been handed out."""
        self._post = post
        self._simulated = simulated
        self._changed = threading.Condition()
        self._open = False
        self._session = 0
        self._slot: Frame | None = None
        self._in_flight: dict[int, tuple[int, _Worker]] = {}
        self._done: list[tuple[int, int, Frame, Pose]] = []
        self._tie = itertools.count()
        self._handed_out_ns = -1
        self._workers = [_Worker(self, index) for index in range(workers)]
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
            self._in_flight.clear()
            self._done.clear()
            self._handed_out_ns = -1

    def shut(self) -> None:
        """Let no more frames in; those already here are still worked on."""
        with self._changed:
            self._open = False

    def offer(self, frame: Frame) -> None:
        """Leave a frame for the next free worker; called by the camera, never blocks."""
        with self._changed:
            if not self._open:
                return
            if self._slot is not None:
                self.dropped += 1
            self._slot = frame
            self._changed.notify_all()

    @property
    def model(self) -> str | None:
        """The estimator's name; None before the first was loaded."""
        return next((worker.model for worker in self._workers if worker.model), None)

    @property
    def drained(self) -> bool:
        """Whether no frame waits, is worked on or lies ready."""
        with self._changed:
            return self._slot is None and not self._in_flight and not self._done

    def next(self, timeout_s: float) -> tuple[int, Frame, Pose] | None:
        """The next result in order of sensor time, with the session it belongs to.

        None when none is ready within `timeout_s`.
        """
        deadline_ns = self.clock.now_ns() + round(timeout_s * NS_PER_S)
        with self._changed:
            while True:
                result = self._ready()
                if result is not None:
                    return result
                left_s = (deadline_ns - self.clock.now_ns()) / NS_PER_S
                if left_s <= 0 or not self._changed.wait(left_s):
                    return self._ready()

    def supervise(self) -> None:
        """Replace workers that hang; called about once a second by the kiosk's main thread."""
        now_ns = self.clock.now_ns()
        with self._changed:
            stuck = {
                worker
                for since_ns, worker in self._in_flight.values()
                if (now_ns - since_ns) / NS_PER_S > HANGS_S
            }
            for t_ns in [t for t, (_, worker) in self._in_flight.items() if worker in stuck]:
                del self._in_flight[t_ns]
        for worker in stuck & set(self._workers):
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

    def join(self, timeout_s: float) -> bool:
        """Wait for the workers' end."""
        return all(worker.join(timeout_s) for worker in list(self._workers))

    # --- called by the workers -----------------------------------------------------------------

    def take(self, worker: _Worker, timeout_s: float) -> Frame | None:
        """Take the waiting frame."""
        with self._changed:
            if self._slot is None:
                self._changed.wait(timeout_s)
            frame, self._slot = self._slot, None
            if frame is not None:
                self._in_flight[frame.t_ns] = (self.clock.now_ns(), worker)
            return frame

    def deliver(self, worker: _Worker, frame: Frame, pose: Pose | None) -> None:
        """Give back what became of a frame; None when nothing did."""
        with self._changed:
            _, owner = self._in_flight.get(frame.t_ns, (0, None))
            if owner is not worker:
                return  # of an earlier session, or given up
            del self._in_flight[frame.t_ns]
            if frame.t_ns <= self._handed_out_ns:
                self.late += 1
            elif pose is not None:
                heapq.heappush(self._done, (frame.t_ns, next(self._tie), frame, pose))
            self._changed.notify_all()

    def report(self) -> None:
        """A worker's state changed."""
        self._report()

    def _ready(self) -> tuple[int, Frame, Pose] | None:
        if not self._done:
            return None
        t_ns, _, frame, pose = self._done[0]
        now_ns = self.clock.now_ns()
        for elder_ns, (since_ns, _) in self._in_flight.items():
            if elder_ns < t_ns and (now_ns - since_ns) / NS_PER_S < LATE_S:
                return None
        heapq.heappop(self._done)
        self._handed_out_ns = t_ns
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
            self._pool.report()
        frame = self._pool.take(self, 0.25)
        if frame is None:
            return
        pose: Pose | None = None
        try:
            pose = self._estimator.estimate(frame)
        finally:
            self._pool.deliver(self, frame, pose)

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
