"""Pictures between poses: in order, none lost, none waited for too long, nothing that grows."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from kiosk_fakes import GENEROUS_S, BlindPose, a_frame, wait_for

from device.clock import ManualClock, MonotonicClock
from device.domain.frames import Pose
from device.pipeline import pose as pose_module
from device.pipeline.measure import Measurer
from device.pipeline.pose import MOST_READY, PosePool
from device.pipeline.schedule import PoseSchedule

FRAME_NS = 16_666_667


class StandingPose(BlindPose):
    """Always sees somebody in the middle of the picture."""

    name = "standing"

    def estimate(self, frame) -> Pose:
        points = np.full((33, 2), 80, np.float32)
        points[[11, 12], 1] = 40
        points[[23, 24], 1] = 80
        return Pose(frame.seq, frame.t_ns, points, np.ones(33, np.float32), frame.size_px, "x")


class GatedPose(StandingPose):
    def __init__(self) -> None:
        super().__init__()
        self.gate, self.began = threading.Event(), threading.Event()

    def estimate(self, frame) -> Pose:
        self.began.set()
        assert self.gate.wait(GENEROUS_S)
        return super().estimate(frame)


@pytest.fixture
def pools():
    made = []
    yield made
    for pool in made:
        pool.request_stop()
        assert pool.join(GENEROUS_S)


def start(pools, make, workers=1, clock=None, rate_hz=15.0) -> PosePool:
    schedule = PoseSchedule(rate_hz)
    pool = PosePool(make, workers, lambda _: True, clock or MonotonicClock(), schedule=schedule)
    pools.append(pool)
    pool.start()
    pool.open(1)
    wait_for(lambda: pool._free == len(pool._workers), what="free workers")
    return pool


def test_every_picture_comes_back_in_order_and_some_have_a_pose(pools):
    pool = start(pools, StandingPose)
    out = []
    for n in range(120):
        assert pool.wait_for_room(n * FRAME_NS, 10)
        pool.offer(a_frame(n, t_ns=n * FRAME_NS))
        while (item := pool.next(0.0)) is not None:
            out.append(item)
    while (item := pool.next(0.5)) is not None:
        out.append(item)
    assert [frame.seq for _, frame, _ in out] == list(range(120))
    posed = sum(pose is not None for _, _, pose in out)
    assert 25 <= posed <= 35
    assert pool.dropped == 0


def test_pictures_behind_one_that_is_looked_at_wait_for_it_but_not_for_long(pools):
    clock, slow = ManualClock(10**12), GatedPose()
    pool = start(pools, lambda: slow, clock=clock)
    for n in range(4):
        pool.offer(a_frame(n, t_ns=n * FRAME_NS))
        assert slow.began.wait(GENEROUS_S)
    assert pool.next(0.0) is None
    clock.advance(pose_module.LATE_S + 0.1)
    came = [pool.next(0.0) for _ in range(4)]
    assert [(frame.seq, pose) for _, frame, pose in came] == [(n, None) for n in range(4)]
    slow.gate.set()
    wait_for(lambda: pool.late == 1, what="the late pose to be counted")
    assert pool.next(0.0) is None


def test_when_nobody_fetches_them_the_oldest_pictures_go(pools):
    slow = GatedPose()
    pool = start(pools, lambda: slow)
    for n in range(200):
        pool.offer(a_frame(n, t_ns=n * FRAME_NS))
        assert slow.began.wait(GENEROUS_S)
    assert pool.sizes["ready"] == MOST_READY
    assert pool.dropped == 199 - MOST_READY
    slow.gate.set()


def test_without_a_free_worker_the_picture_is_measured_without_a_pose(pools):
    slow = GatedPose()
    pool = start(pools, lambda: slow, rate_hz=None)  # nobody found yet: every picture is due
    for n in range(10):
        pool.offer(a_frame(n, t_ns=n * FRAME_NS))
        assert slow.began.wait(GENEROUS_S)
    assert pool.sizes == {"ready": 9, "in work": 1}
    slow.gate.set()
    came = [pool.next(GENEROUS_S) for _ in range(10)]
    assert [pose is not None for _, _, pose in came] == [True] + [False] * 9


def test_who_waits_for_room_may_leave_one_due_picture_for_the_next_free_worker(pools):
    slow = GatedPose()
    pool = start(pools, lambda: slow, rate_hz=None)  # nobody found yet: every picture is due
    for n in range(2):
        assert pool.wait_for_room(n * FRAME_NS, GENEROUS_S)
        pool.offer(a_frame(n, t_ns=n * FRAME_NS))
        assert slow.began.wait(GENEROUS_S)
    assert pool.sizes == {"ready": 0, "in work": 1}
    assert not pool.wait_for_room(2 * FRAME_NS, 0.01), "there is no room for a second one"
    slow.gate.set()
    came = [pool.next(GENEROUS_S) for _ in range(2)]
    assert [(frame.seq, pose is not None) for _, frame, pose in came] == [(0, True), (1, True)]


def test_a_worker_that_lost_the_runner_is_told_where_another_sees_them(pools):
    told = []

    class Lost(StandingPose):
        tracking = False

        def seed(self, landmarks_px):
            told.append(landmarks_px)

    pool = start(pools, Lost, rate_hz=30.0)
    for n in range(12):
        assert pool.wait_for_room(n * FRAME_NS, 10)
        pool.offer(a_frame(n, t_ns=n * FRAME_NS))
        pool.next(0.05)
    assert told, "from the second picture on somebody has seen the runner"
    assert told[0][23, 1] == 80


def test_more_workers_start_once_it_is_known_how_many(pools):
    pool = PosePool(StandingPose, lambda: 3, lambda _: True, MonotonicClock())
    pools.append(pool)
    pool.start()
    wait_for(lambda: pool.ready == 3, what="three workers")


class Recording:
    """A gait core that notes what it is given."""

    def __init__(self) -> None:
        self.posed, self.between = [], []

    def push(self, pose, pelvis):
        self.posed.append(pose.t_ns)

    def push_between(self, t_ns, pelvis):
        self.between.append((t_ns, pelvis))

    def update(self):
        from kiosk_values import an_update

        return an_update()

    def summary(self):
        from kiosk_values import a_summary

        return a_summary()


class Everywhere:
    """A pelvis estimator that notes where it was told to look."""

    def __init__(self) -> None:
        self.told = []

    def measure(self, frame, pose):
        self.told.append((frame.t_ns, pose.t_ns, pose.seen))
        return None

    def reset(self):
        pass


def test_the_pelvis_is_measured_in_every_picture_and_nothing_grows(pools):
    """Twenty thousand pictures through pool and measuring thread: five minutes and a half."""
    pool = start(pools, StandingPose, workers=2)
    tracker, pelvis, news = Recording(), Everywhere(), []
    measurer = Measurer(pool, pelvis, lambda: tracker, news.append, MonotonicClock())
    measurer.start()
    try:
        measurer.begin(2)
        pool.open(2)
        most = {"ready": 0, "in work": 0}
        picture = a_frame(0, t_ns=0, size_px=(16, 16)).image
        arrivals = places = 0
        for n in range(20_000):
            frame = type(a_frame(0, t_ns=0))(n, n * FRAME_NS, picture)
            assert pool.wait_for_room(frame.t_ns, 10)
            pool.offer(frame)
            if n % 500 == 0:
                most = {name: max(most[name], size) for name, size in pool.sizes.items()}
                arrivals = max(arrivals, len(measurer._arrivals))
                session = measurer._session
                places = max(places, len(session.place._seen)) if session else places
                del news[:]
        wait_for(lambda: pool.drained, what="the last pictures")
        wait_for(lambda: len(pelvis.told) == 20_000, what="the last measurement")
    finally:
        assert measurer.stop()
    assert pool.dropped == 0
    assert len(tracker.posed) + len(tracker.between) == 20_000
    assert 0.2 < len(tracker.posed) / 20_000 < 0.3
    assert all(seen and 0 <= t - of <= 0.5e9 for t, of, seen in pelvis.told)
    assert most["ready"] <= MOST_READY
    assert most["in work"] <= 2
    assert places <= 256
    assert arrivals <= 20_000
