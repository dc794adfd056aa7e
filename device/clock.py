"""Time as a parameter: the two clocks the house knows.

Nothing in `gait`, `session` or `coach` reads a clock; they are told the time. Adapters and the
composition root take a `Clock`, so that tests drive time by hand.
"""

from __future__ import annotations

import time
from typing import Protocol

NS_PER_S = 1_000_000_000


class Clock(Protocol):
    """Monotonic time in nanoseconds, the scale of every frame's `t_ns`."""

    def now_ns(self) -> int:
        """Return the time now; never decreases."""
        ...


class MonotonicClock:
    """The machine's own monotonic clock (the scale of libcamera's sensor timestamps too)."""

    def now_ns(self) -> int:
        """Return ``time.monotonic_ns()``."""
        return time.monotonic_ns()


class ManualClock:
    """A clock that moves only when told to, for tests and replay."""

    def __init__(self, start_ns: int = 0) -> None:
        self._now_ns = start_ns

    def now_ns(self) -> int:
        """Return the time last set."""
        return self._now_ns

    def advance(self, seconds: float) -> None:
        """Move forward by `seconds` (not negative)."""
        if seconds < 0:
            raise ValueError("a monotonic clock cannot go back")
        self._now_ns += round(seconds * NS_PER_S)

    def set_ns(self, now_ns: int) -> None:
        """Move to `now_ns`, which must not lie in the past."""
        if now_ns < self._now_ns:
            raise ValueError("a monotonic clock cannot go back")
        self._now_ns = now_ns
