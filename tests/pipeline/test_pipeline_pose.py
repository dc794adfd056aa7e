"""The pose workers: order, drops, crashes and hangs."""

from __future__ import annotations

import threading

import pytest
from kiosk_fakes import GENEROUS_S, BlindPose, a_frame, wait_for

from device.clock import ManualClock, MonotonicClock
from device.domain.events import HealthChanged
from device.domain.frames import Pose
from device.domain.kiosk import Level
from device.errors import ModelError
from device.pipeline import pose as pose_module
from device.pipeline.pose import PosePool


class GatedPose(BlindPose):
    """Finishes a frame only when its gate is opened."""

    def __init__(self, gates: dict[int, threading.Event], began: dict[int, threading.Event]):
        super().__init__()
        self._gates, self._began = gates, began

    def estimate(self, frame) -> Pose:
        self._began[frame.seq].set()
        assert self._gates[frame.seq].wait(GENEROUS_S)
        return super().estimate(frame)


@pytest.fixture
def pools():
    made = []
    yield made
    for pool in made:
        pool.request_stop()
        assert pool.join(GENEROUS_S)


def start(pools, make, workers=1, clock=None):
    news = []
    pool = PosePool(make, workers, news.append, clock or MonotonicClock())
    pools.append(pool)
    pool.start()
    pool.open(1)
    return pool, news


def last_health(news):
    items = [event.item for event in news if isinstance(event, HealthChanged)]
    return items[-1] if items else None


def test_results_come_in_order_of_time_whoever_is_faster(pools):
    gates = {n: threading.Event() for n in range(2)}
    began = {n: threading.Event() for n in range(2)}
    pool, _ = start(pools, lambda: GatedPose(gates, began), workers=2)
    frames = [a_frame(n, t_ns=1000 + n) for n in range(2)]
    for n, frame in enumerate(frames):
        pool.offer(frame)
        assert began[n].wait(GENEROUS_S)
    gates[1].set()
    assert pool.next(0.2) is None, "the younger result has to wait for the elder"
    gates[0].set()
    assert [pool.next(GENEROUS_S)[1].seq for _ in range(2)] == [0, 1]
    assert pool.drained


def test_a_late_result_is_not_waited_for_for_ever_and_then_dropped(pools):
    gates = {n: threading.Event() for n in range(2)}
    began = {n: threading.Event() for n in range(2)}
    clock = ManualClock(10**12)
    pool, _ = start(pools, lambda: GatedPose(gates, began), workers=2, clock=clock)
    for n in range(2):
        pool.offer(a_frame(n, t_ns=1000 + n))
        assert began[n].wait(GENEROUS_S)
    gates[1].set()
    wait_for(lambda: pool._done, what="the younger result")
    clock.advance(pose_module.LATE_S + 0.1)
    result = pool.next(0.0)
    assert result is not None
    assert result[1].seq == 1
    gates[0].set()
    wait_for(lambda: pool.late == 1, what="the elder to be dropped")
    assert pool.next(0.0) is None


def test_frames_that_nobody_takes_are_replaced_by_newer_ones_and_counted(pools):
    gates = {n: threading.Event() for n in range(6)}
    began = {n: threading.Event() for n in range(6)}
    pool, _ = start(pools, lambda: GatedPose(gates, began))
    pool.offer(a_frame(0, t_ns=1000))
    assert began[0].wait(GENEROUS_S)
    for n in range(1, 6):
        pool.offer(a_frame(n, t_ns=1000 + n))
    assert pool.dropped == 4
    for gate in gates.values():
        gate.set()
    assert [pool.next(GENEROUS_S)[1].seq for _ in range(2)] == [0, 5]


def test_nothing_is_worked_on_while_shut_and_nothing_of_before_is_left_when_opened(pools):
    gates = {n: threading.Event() for n in range(3)}
    began = {n: threading.Event() for n in range(3)}
    pool, _ = start(pools, lambda: GatedPose(gates, began))
    pool.shut()
    pool.offer(a_frame(0, t_ns=1000))
    assert not began[0].wait(0.3)
    pool.open(2)
    pool.offer(a_frame(1, t_ns=2000))
    assert began[1].wait(GENEROUS_S)
    pool.open(3)  # another session begins while the frame of the first is in work
    gates[1].set()
    pool.offer(a_frame(2, t_ns=3000))
    gates[2].set()
    result = pool.next(GENEROUS_S)
    assert result is not None
    assert (result[0], result[1].seq) == (3, 2)


def test_a_crash_is_told_and_the_model_is_loaded_again(pools):
    made = []

    class Once(BlindPose):
        def estimate(self, frame):
            if len(made) == 1:
                raise RuntimeError("out of ideas")
            return super().estimate(frame)

    def make():
        made.append(Once())
        return made[-1]

    pool, news = start(pools, make)
    wait_for(lambda: last_health(news) is not None and last_health(news).level is Level.OK)
    pool.offer(a_frame(0, t_ns=1000))
    wait_for(lambda: last_health(news).level is Level.FAULT, what="the crash to be told")
    assert "out of ideas" in last_health(news).text
    assert made[0].closed
    wait_for(lambda: last_health(news).level is Level.OK, what="the model to come back")
    pool.offer(a_frame(1, t_ns=2000))
    result = pool.next(GENEROUS_S)
    assert result is not None
    assert result[1].seq == 1, "the frame that crashed is not held against the others"


def test_a_model_that_cannot_be_loaded_says_what_to_do(pools):
    def make():
        raise ModelError("The model is missing.", remedy="Build it.")

    _, news = start(pools, make)
    wait_for(lambda: last_health(news).level is Level.FAULT)
    assert (last_health(news).text, last_health(news).remedy) == (
        "The model is missing.",
        "Build it.",
    )


def test_a_worker_that_hangs_is_replaced(pools):
    gates = {n: threading.Event() for n in range(2)}
    began = {n: threading.Event() for n in range(2)}
    clock = ManualClock(10**12)
    pool, _ = start(pools, lambda: GatedPose(gates, began), clock=clock)
    pool.offer(a_frame(0, t_ns=1000))
    assert began[0].wait(GENEROUS_S)
    pool.supervise()
    clock.advance(pose_module.HANGS_S + 0.1)
    pool.supervise()
    pool.offer(a_frame(1, t_ns=2000))
    gates[1].set()
    assert began[1].wait(GENEROUS_S), "a fresh worker takes the next frame"
    wait_for(lambda: pool._done)
    result = pool.next(0.0)
    assert result is not None
    assert result[1].seq == 1
    gates[0].set()
