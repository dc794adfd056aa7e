"""Choosing the pose model and the number of workers by trying, at the start, on the machine itself.

The trial runs in the first worker's thread: the camera's picture is on the screen meanwhile.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

from device.clock import NS_PER_S, Clock
from device.domain.frames import Frame
from device.pipeline.schedule import LEAST_HZ, USUAL_HZ, Plan, plan
from device.ports import PoseEstimator

log = logging.getLogger(__name__)

TRIED = 8
_WARM_UP = 3
"""The first pictures run the person detector too and fill the caches."""


class Tuned:
    """Makes estimators of one model on as many workers as are needed; both found by a trial.

    `models`: those that may be chosen, the best first; with one of them and `workers` given there
    is no trial. `pictures` shows somebody (a few pictures of the demo runner). `rate_hz`: how many
    poses a second are wanted. Make from any thread.
    """

    def __init__(
        self,
        make: Callable[[str], PoseEstimator],
        models: Sequence[str],
        pictures: Callable[[], Sequence[Frame]],
        clock: Clock,
        *,
        cores: int,
        rate_hz: float = USUAL_HZ,
        workers: int | None = None,
    ) -> None:
        self._make = make
        self._models = tuple(models)
        self._pictures = pictures
        self._clock = clock
        self._cores = cores
        self._rate_hz = rate_hz
        self._workers = workers
        self._lock = threading.Lock()
        self._plan: Plan | None = None
        self.seconds_a_picture: dict[str, float] = {}
        """What the trial found; empty where there was none."""

    @property
    def plan(self) -> Plan | None:
        """What was chosen; None before the first estimator was made."""
        return self._plan

    @property
    def workers(self) -> int:
        """How many workers there shall be; one until it is known."""
        return self._plan.workers if self._plan is not None else 1

    def make(self) -> PoseEstimator:
        """An estimator of the chosen model; the first call chooses. Raises what `make` raises."""
        with self._lock:
            if self._plan is None:
                return self._choose()
        return self._make(self._plan.model)

    def _choose(self) -> PoseEstimator:
        if len(self._models) == 1 and self._workers is not None:
            estimator = self._make(self._models[0])
            self._plan = Plan(self._models[0], self._workers)
            return estimator
        pictures = self._pictures()
        cores = self._cores if self._workers is None else self._workers + 1
        estimator = self._make(self._models[0])
        for model, follower in zip(self._models, (*self._models[1:], None), strict=True):
            cost_s = seconds_a_picture(estimator, pictures, self._clock)
            self.seconds_a_picture[model] = cost_s
            chosen = plan(self.seconds_a_picture, cores, self._rate_hz)
            enough = chosen.workers / max(cost_s, 1e-6) >= max(self._rate_hz, LEAST_HZ)
            if follower is None or (chosen.model == model and enough):
                break
            estimator.close()
            estimator = self._make(follower)
        if chosen.model != model:
            estimator.close()
            estimator = self._make(chosen.model)
        self._plan = Plan(chosen.model, self._workers or chosen.workers)
        told = ", ".join(f"{m} {1000 * s:.0f} ms" for m, s in self.seconds_a_picture.items())
        log.info("pose: %s; %s on %d", told, chosen.model, self._plan.workers)
        return estimator


def seconds_a_picture(estimator: PoseEstimator, pictures: Sequence[Frame], clock: Clock) -> float:
    """What a picture takes `estimator`, without what only the first ones take; the least, because
    at the start much else is going on."""
    took_s = []
    for picture in pictures[: _WARM_UP + TRIED]:
        begun_ns = clock.now_ns()
        estimator.estimate(picture)
        took_s.append((clock.now_ns() - begun_ns) / NS_PER_S)
    tried = sorted(took_s[_WARM_UP:] or took_s)
    # Not the very least: people are counted in some pictures, a cache may have been warm in one.
    return tried[len(tried) // 4] if tried else 0.0
