"""The controller's inbox: everybody posts, one thread takes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

E = TypeVar("E")


class Inbox(Generic[E]):
    """A bounded queue in which news replaces older news of its kind.

    `slot_of(event)` names the slot in which a newer event replaces an older one (pictures, gait
    updates, health), so these can never pile up; None means that every single one counts
    (presses, results). `limit` bounds the latter, far above what a person can press while the
    screen hangs; beyond it new ones are refused and counted in `refused`.
    """

    def __init__(self, slot_of: Callable[[E], str | None], limit: int = 1024) -> None:
        self._slot_of = slot_of
        self._limit = limit
        self._events: OrderedDict[Hashable, E] = OrderedDict()
        self._counting = 0
        self._next_key = 0
        self._changed = threading.Condition()
        self.replaced = 0
        self.refused = 0

    def post(self, event: E) -> bool:
        """Leave an event; from any thread, never blocks. False when it was refused."""
        slot = self._slot_of(event)
        with self._changed:
            if slot is not None:
                # Out and in again: news stands where it belongs in time, after what came before.
                if self._events.pop(slot, None) is not None:
                    self.replaced += 1
                self._events[slot] = event
            else:
                if self._counting >= self._limit:
                    self.refused += 1
                    return False
                self._events[self._next_key] = event
                self._next_key += 1
                self._counting += 1
            self._changed.notify()
        return True

    def take(self, timeout_s: float = 0.0) -> list[E]:
        """Everything left so far, oldest first; waits up to `timeout_s` for something."""
        with self._changed:
            if not self._events and timeout_s > 0:
                self._changed.wait(timeout_s)
            events = list(self._events.values())
            self._events.clear()
            self._counting = 0
        return events
