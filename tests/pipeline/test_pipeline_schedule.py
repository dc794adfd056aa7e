"""When the runner is looked for, by which model and by how many workers."""

from __future__ import annotations

import numpy as np
import pytest
from kiosk_fakes import BlindPose, a_frame

from device.clock import ManualClock
from device.pipeline.schedule import HELD_BACK_HZ, USUAL_HZ, PoseSchedule, plan
from device.pipeline.tuning import Tuned

FRAME_NS = 16_666_667


def looks(schedule: PoseSchedule, seconds: float, *, found=True, off=0.0, from_s=0.0) -> np.ndarray:
    """Times (s) of the pictures in which the runner was looked for, at 60 a second."""
    out = []
    for i in range(round(seconds * 60)):
        t_ns = round(from_s * 1e9) + i * FRAME_NS
        if schedule.due(t_ns):
            schedule.looked(t_ns)
            schedule.found(t_ns, seen=found, off_trunks=off)
            out.append(t_ns / 1e9)
    return np.array(out)


def test_in_the_long_run_it_looks_as_often_as_said_at_ever_changing_intervals():
    schedule = PoseSchedule(12.0)
    times = looks(schedule, 60)
    assert len(times) / 60 == pytest.approx(12.0, rel=0.05)
    gaps = np.round(np.diff(times) * 60)
    assert len(set(gaps)) > 1
    # The moments of a stride that fits the rate are all seen, not the same few.
    phases = np.histogram(times * 1.47 % 1, bins=12)[0]
    assert phases.min() > 0


def test_nobody_there_or_a_surprise_makes_it_look_at_every_picture_for_a_while():
    schedule = PoseSchedule()
    assert len(looks(schedule, 1, found=False)) == 60
    calm = looks(schedule, 10, from_s=1.0)
    assert len(calm[calm > 2]) / 9 == pytest.approx(USUAL_HZ, rel=0.1)
    schedule.found(round(11e9), seen=True, off_trunks=0.3)
    after = looks(schedule, 2, from_s=11.0)
    assert (after < 11.4).sum() == 24
    assert len(after[after > 12]) == pytest.approx(USUAL_HZ, abs=2)


def test_a_hot_machine_looks_less_often_even_when_surprised():
    schedule = PoseSchedule()
    schedule.held_back = True
    assert len(looks(schedule, 20, found=False)) / 20 == pytest.approx(HELD_BACK_HZ, rel=0.1)


def test_a_rate_that_was_fixed_is_kept_whatever_happens():
    schedule = PoseSchedule(10.0)
    schedule.held_back = True
    assert len(looks(schedule, 20, found=False, off=1.0)) / 20 == pytest.approx(10, rel=0.1)


def test_a_clock_that_was_set_back_does_not_stop_it():
    schedule = PoseSchedule(10.0)
    looks(schedule, 1, from_s=1000.0)
    assert len(looks(schedule, 1, from_s=10.0)) > 5


@pytest.mark.parametrize(
    ("costs", "cores", "model", "workers"),
    [
        ({"full": 0.018, "lite": 0.010}, 2, "full", 1),
        ({"full": 0.060, "lite": 0.030}, 4, "full", 2),
        ({"full": 0.110, "lite": 0.060}, 4, "full", 3),
        ({"full": 0.300, "lite": 0.100}, 4, "lite", 3),
        ({"full": 0.900, "lite": 0.500}, 4, "lite", 3),
        ({"full": 0.030}, 1, "full", 1),
    ],
)
def test_the_best_model_that_keeps_up_with_a_core_to_spare_is_chosen(costs, cores, model, workers):
    chosen = plan(costs, cores)
    assert (chosen.model, chosen.workers) == (model, workers)


class SlowPose(BlindPose):
    """Takes its time on a clock that only it moves."""

    def __init__(self, clock: ManualClock, takes_s: float) -> None:
        super().__init__()
        self._clock, self.takes = clock, takes_s

    def estimate(self, frame):
        self._clock.advance(self.takes)
        return super().estimate(frame)


def tuned(costs: dict[str, float], cores: int = 4, **how):
    clock, made = ManualClock(10**12), []

    def make(model: str) -> SlowPose:
        made.append((model, SlowPose(clock, costs[model])))
        return made[-1][1]

    pictures = [a_frame(n, t_ns=n * FRAME_NS) for n in range(12)]
    return Tuned(make, list(costs), lambda: pictures, clock, cores=cores, **how), made


def test_a_trial_takes_the_good_model_where_it_is_fast_enough():
    chooser, made = tuned({"full": 0.03, "lite": 0.02})
    estimator = chooser.make()
    assert [model for model, _ in made] == ["full"], "the other need not even be loaded"
    assert (chooser.plan.model, chooser.workers) == ("full", 1)
    assert not estimator.closed
    assert chooser.make() is not estimator


def test_a_trial_falls_back_to_the_small_model_and_closes_the_other():
    chooser, made = tuned({"full": 0.4, "lite": 0.1})
    estimator = chooser.make()
    assert chooser.plan.model == "lite"
    assert [pose.closed for _, pose in made] == [True, False]
    assert made[-1][1] is estimator
    assert chooser.workers == 3


def test_the_good_model_comes_back_where_both_are_too_slow_but_it_is_the_faster():
    chooser, made = tuned({"full": 0.9, "lite": 0.95})
    chooser.make()
    assert chooser.plan.model == "full"
    assert [pose.closed for _, pose in made] == [True, True, False]


def test_what_is_fixed_in_the_configuration_is_not_tried():
    chooser, _ = tuned({"full": 9.9}, workers=2)
    chooser.make()
    assert (chooser.plan.model, chooser.workers) == ("full", 2)
    assert chooser.seconds_a_picture == {}
