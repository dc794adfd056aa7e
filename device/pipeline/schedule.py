"""In which camera pictures the runner is looked for, and with how much machinery.

The pelvis line is measured in every picture. To place the window it is looked for in, and to time
the steps, far fewer poses do: `USUAL_HZ` of them give cadence, sides and drops as good as all of
them (device/README.md has the table). What the pose networks do not need is left to the rest.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from device.clock import NS_PER_S

USUAL_HZ = 18.0
"""Poses a second while the runner is where the prediction expects them."""
HELD_BACK_HZ = 12.0
"""... while the machine is hot or slows itself down. Fewer do not follow quick steps."""
LEAST_HZ = 10.0
"""A model that manages less than this on all workers together is too slow to time steps."""
OFF_TRUNKS = 0.10
"""A pose this far from where it was expected (in lengths of the trunk) is followed by more."""
ALERT_S = 0.5
"""... for this long."""
_GOLDEN = (math.sqrt(5) - 1) / 2
_SPREAD = 0.5
"""How much of an interval the looks are moved about."""
_SHARE = 0.7
"""A worker is not planned to be busy for more than this share of the time."""


class PoseSchedule:
    """Says of each camera picture whether the runner shall be looked for in it.

    `rate_hz`: poses a second; None: `USUAL_HZ`, every picture while nobody is found or the
    prediction was off, `HELD_BACK_HZ` while held back. The intervals vary by a quarter to either
    side: with regular ones and a step rate that fits them, every stride would be seen at the same
    few moments. Used under the pool's lock.
    """

    def __init__(self, rate_hz: float | None = None) -> None:
        self._fixed_hz = rate_hz
        self.held_back = False
        self.reset()

    def reset(self) -> None:
        """A new session: nobody is known yet."""
        self._due_ns: int | None = None
        self._count = 0
        self._alert = True
        self._calm_at_ns = 0

    @property
    def rate_hz(self) -> float:
        """Poses a second that are asked for while all is well."""
        if self._fixed_hz is not None:
            return self._fixed_hz
        return HELD_BACK_HZ if self.held_back else USUAL_HZ

    def due(self, t_ns: int) -> bool:
        """Whether the runner is to be looked for in the picture of `t_ns`; `looked` says it was."""
        if self._due_ns is None or t_ns >= self._due_ns:
            return True
        # A clock that was set back must not keep us waiting.
        if self._due_ns - t_ns > 2 * NS_PER_S:
            return True
        return self._alert and self._fixed_hz is None and not self.held_back

    def looked(self, t_ns: int) -> None:
        """The picture of `t_ns` was handed to a worker: plan the next."""
        gap_ns = NS_PER_S / self.rate_hz
        change = self._moved(self._count + 1) - self._moved(self._count)
        # On from when it was due, or waiting for pictures would make it look less often; but what
        # nobody could look at in time is not made up for.
        due_ns = t_ns if self._due_ns is None else min(max(self._due_ns, t_ns - gap_ns / 2), t_ns)
        self._count += 1
        self._due_ns = round(due_ns + gap_ns * (1 + change))

    def found(self, t_ns: int, *, seen: bool, off_trunks: float) -> None:
        """What came of a look: whether somebody was there, and how far from the expected place."""
        if not seen or off_trunks > OFF_TRUNKS:
            self._alert = True
            self._calm_at_ns = t_ns + round(ALERT_S * NS_PER_S)
        elif self._alert and t_ns >= self._calm_at_ns:
            self._alert = False

    @staticmethod
    def _moved(count: int) -> float:
        return _SPREAD * (count * _GOLDEN % 1.0 - 0.5)


@dataclass(frozen=True, slots=True)
class Plan:
    """Which model on how many workers."""

    model: str
    workers: int


def plan(seconds_a_picture: dict[str, float], cores: int, rate_hz: float = USUAL_HZ) -> Plan:
    """Choose the model and the number of workers from what a picture takes on this machine.

    `seconds_a_picture`: of each model that may be chosen, the best first. The first that reaches
    `rate_hz` with a core to spare is taken, else the first that reaches `LEAST_HZ`, else the
    fastest.
    """
    most = max(1, cores - 1)
    for wanted_hz in (rate_hz, LEAST_HZ):
        for model, cost_s in seconds_a_picture.items():
            workers = max(1, math.ceil(wanted_hz * cost_s / _SHARE))
            if workers <= most:
                return Plan(model, workers)
    fastest = min(seconds_a_picture, key=lambda model: seconds_a_picture[model])
    return Plan(fastest, most)
