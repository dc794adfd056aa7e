"""One recording, as fast as it goes: the plain loop, and Midstance's own pipeline.

The plain loop is what a first program with MediaPipe does: decode a picture, `detect_for_video`,
the next. The pipeline is the kiosk's own pool and measuring thread with the gait core behind them,
fed without a pause, so that frames a second tell what the machine can do.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from device.bench.probe import ThreadClocks
from device.clock import MonotonicClock
from device.domain.basics import Reason
from device.domain.events import KioskEvent, SessionMeasured
from device.domain.frames import Frame, PelvisSample, Pose
from device.domain.personal import PersonalGain
from device.domain.results import GaitSummary, GaitUpdate
from device.pipeline.measure import Measurer, Tracker
from device.pipeline.pose import PosePool
from device.pipeline.schedule import PoseSchedule
from device.ports import FrameSource, PelvisEstimator, PictureJudge, PoseEstimator

READY_S = 120.0
LISTENS_S = 60.0


@dataclass(frozen=True, slots=True)
class Run:
    """What came of a run. `cpu_s`: seconds by stage; `posed`: frames that had their own pose."""

    frames: int
    wall_s: float
    cpu_s: dict[str, float]
    posed: int
    dropped: int = 0
    late: int = 0
    summary: GaitSummary | None = None

    @property
    def fps(self) -> float:
        """Frames a second."""
        return self.frames / self.wall_s

    @property
    def cpu_ms(self) -> float:
        """CPU milliseconds a frame, all threads together."""
        return 1000 * sum(self.cpu_s.values()) / self.frames


def plain(source: FrameSource, detect: Callable[[Frame], object], most: int) -> Run:
    """Decode and detect, one after the other, in this thread."""
    clocks = ThreadClocks()
    begun = time.perf_counter()
    frames = 0
    inside = 0.0
    for frame in _first(source, most):
        before = time.thread_time()
        detect(frame)
        inside += time.thread_time() - before
        frames += 1
    wall_s = time.perf_counter() - begun
    spent = clocks.spent_s()
    mine = spent.pop("MainThread", 0.0)
    inference = inside + spent.pop("engine", 0.0)
    cpu_s = {"inference": inference, "decoding": mine - inside + sum(spent.values())}
    return Run(frames, wall_s, cpu_s, frames)


def pipeline(
    source: FrameSource,
    make_estimator: Callable[[], PoseEstimator],
    workers: int,
    pelvis: TimedPelvis,
    tracker: Tracker,
    schedule: PoseSchedule | None,
    judge: PictureJudge | None,
    most: int,
) -> Run:
    """Through the kiosk's own threads; nothing is dropped, because the source waits for them."""
    news: list[SessionMeasured] = []

    def post(event: KioskEvent) -> None:
        if isinstance(event, SessionMeasured):
            news.append(event)

    clock = MonotonicClock()
    timed_tracker = _TimedTracker(tracker)
    pool = PosePool(make_estimator, workers, post, clock, schedule=schedule)
    measurer = Measurer(pool, pelvis, lambda: timed_tracker, post, clock, judge=judge)
    try:
        pool.start()
        measurer.start()
        _wait(lambda: pool.ready == workers, READY_S, "the pose model")
        measurer.begin(1)
        pool.open(1)
        clocks = ThreadClocks()
        begun = time.perf_counter()
        frames = 0
        for frame in _first(source, most):
            pool.wait_for_room(frame.t_ns, LISTENS_S)
            pool.offer(frame)
            frames += 1
        _wait(lambda: pool.drained, LISTENS_S, "the last frames")
        wall_s = time.perf_counter() - begun
        spent = clocks.spent_s()
        posed = pool.posed
        pool.shut()
        measurer.finish(1)
        _wait(lambda: bool(news), LISTENS_S, "the summary")
    finally:
        pool.request_stop()
        measurer.request_stop()
        pool.join(5)
        measurer.join(5)
    measure = spent.pop("measure", 0.0)
    in_pelvis, in_gait = pelvis.spent_s, timed_tracker.spent_s
    cpu_s = {
        "decoding": spent.pop("MainThread", 0.0) + spent.pop("decoder", 0.0),
        "inference": spent.pop("pose", 0.0) + spent.pop("engine", 0.0),
        "pelvis network": pelvis.network_s,
        "pelvis": in_pelvis - pelvis.network_s,
        "gait": in_gait,
        "handing on": max(0.0, measure - in_pelvis - in_gait) + sum(spent.values()),
    }
    return Run(frames, wall_s, cpu_s, posed, pool.dropped, pool.late, news[0].summary)


def _first(source: FrameSource, most: int) -> Iterator[Frame]:
    with closing(source):
        for count, frame in enumerate(source.frames()):
            if count >= most:
                return
            yield frame


def _wait(done: Callable[[], bool], most_s: float, what: str) -> None:
    deadline = time.perf_counter() + most_s
    while not done():
        if time.perf_counter() > deadline:
            raise TimeoutError(f"{what} did not come within {most_s:.0f} s")
        time.sleep(0.005)


class TimedPelvis:
    """Adds up the thread's own CPU time inside a pelvis estimator: `spent_s` in all, `network_s` of
    that in its network, where it has one."""

    def __init__(self, pelvis: PelvisEstimator) -> None:
        self._pelvis = pelvis
        self.spent_s = self.network_s = 0.0
        network: Any = getattr(pelvis, "otherwise", pelvis)
        read = getattr(network, "read", None)
        if read is not None:
            network.read = self._timed(read)

    def _timed(self, read: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*given: Any) -> Any:
            before = time.thread_time()
            found = read(*given)
            self.network_s += time.thread_time() - before
            return found

        return timed

    def measure(self, frame: Frame, pose: Pose) -> PelvisSample | None:
        """As the estimator does."""
        before = time.thread_time()
        sample = self._pelvis.measure(frame, pose)
        self.spent_s += time.thread_time() - before
        return sample

    def reset(self) -> None:
        """As the estimator does."""
        self._pelvis.reset()

    @property
    def last_problem(self) -> Reason | None:
        """The estimator's."""
        problem: Reason | None = getattr(self._pelvis, "last_problem", None)
        return problem


class _TimedTracker:
    """... and inside the gait core."""

    def __init__(self, tracker: Tracker) -> None:
        self._tracker = tracker
        self.spent_s = 0.0

    def push(self, pose: Pose, pelvis: PelvisSample | None) -> None:
        before = time.thread_time()
        self._tracker.push(pose, pelvis)
        self.spent_s += time.thread_time() - before

    def push_between(self, t_ns: int, pelvis: PelvisSample | None) -> None:
        before = time.thread_time()
        self._tracker.push_between(t_ns, pelvis)
        self.spent_s += time.thread_time() - before

    def use_personal(self, personal: PersonalGain | None) -> None:
        self._tracker.use_personal(personal)

    def update(self) -> GaitUpdate:
        before = time.thread_time()
        update = self._tracker.update()
        self.spent_s += time.thread_time() - before
        return update

    def note(self, reason: Reason) -> None:
        self._tracker.note(reason)

    def summary(self) -> GaitSummary:
        return self._tracker.summary()
