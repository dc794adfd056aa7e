"""How many people there are: looked at once a second, by one of all pose estimators for all."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from device.clock import NS_PER_S

EVERY_S = 1.0


class PeopleCount:
    """What several estimators know together of bystanders; from any thread.

    `join` is given what makes the landmarker that counts, which is made once and closed when the
    last has called `leave`.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counter: Any = None
        self._members = 0
        self._due_ns: int | None = None
        self._people = 1

    def join(self, make: Callable[[], Any]) -> None:
        """Count with the others from now on."""
        with self._lock:
            if self._counter is None:
                self._counter = make()
            self._members += 1

    def leave(self) -> None:
        """Count no more."""
        with self._lock:
            self._members -= 1
            counter = self._counter if self._members == 0 else None
            if counter is not None:
                self._counter = None
        if counter is not None:
            counter.close()

    def nobody(self) -> None:
        """The runner is not seen: look anew when they are."""
        self._due_ns = None

    def count(self, t_ns: int, others: Callable[[Any], int]) -> int:
        """How many people there are at `t_ns`; `others` looks, when it is time to."""
        due_ns = self._due_ns
        # Whoever finds somebody else counting takes the number known.
        if (due_ns is not None and t_ns < due_ns) or not self._lock.acquire(blocking=False):
            return self._people
        try:
            if self._counter is not None:
                self._due_ns = t_ns + round(EVERY_S * NS_PER_S)
                self._people = 1 + others(self._counter)
        finally:
            self._lock.release()
        return self._people
