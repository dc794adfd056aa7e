"""Keeping the process small: what a Pi with 1 or 2 GB cannot spare for things nobody uses."""

from __future__ import annotations

import ctypes
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from device.clock import NS_PER_S, Clock

_MAPS = Path("/proc/self/maps")
_MADV_DONTNEED = 4
_M_ARENA_MAX = -8
ARENAS = 2
FIRST_S, EVERY_S = 10.0, 60.0


@contextmanager
def without(*names: str) -> Iterator[None]:
    """Import something without the modules `names`: empty ones stand there meanwhile.

    MediaPipe imports matplotlib for helpers that draw, which nobody here uses: 36 MB, and on a Pi
    more than a second. Whoever imports it afterwards gets the real one.
    """
    absent = [name for name in names if name not in sys.modules]
    for name in absent:
        stand_in = sys.modules[name] = types.ModuleType(name)
        parent, _, child = name.rpartition(".")
        if parent in absent:
            setattr(sys.modules[parent], child, stand_in)
    try:
        yield
    finally:
        for name in absent:
            sys.modules.pop(name, None)


def let_go_of_file(path: Path) -> None:
    """Give back the pages of a file that is mapped but no longer read (the networks have unpacked
    their weights). Should they be read again after all, they come from the disk: nothing is lost.
    """
    name = str(path.resolve())
    try:
        lines = _MAPS.read_text().splitlines()
        libc = ctypes.CDLL(None, use_errno=True)
        madvise = libc.madvise
    except (OSError, AttributeError):
        return  # not Linux: it stays a little larger
    madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    for line in lines:
        where, rights, _, _, _, *rest = line.split(None, 5)
        # Never pages that somebody wrote to: those would be lost.
        if rest and rest[0].strip() == name and "w" not in rights:
            begin, _, end = where.partition("-")
            madvise(int(begin, 16), int(end, 16) - int(begin, 16), _MADV_DONTNEED)


def few_arenas() -> None:
    """Have all threads share two heaps. By default each of the two dozen gets its own, and what one
    has freed another cannot use. Call it before threads are started."""
    try:
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, ARENAS)
    except (OSError, AttributeError):
        return  # another C library, with heaps of its own kind


def give_back() -> None:
    """Return what was freed to the system; some ten megabytes after models were loaded."""
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (OSError, AttributeError):
        return  # another C library


class Tidy:
    """`give_back` now and then; call it often."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._due_ns = clock.now_ns() + round(FIRST_S * NS_PER_S)

    def __call__(self) -> None:
        """Give back, if it is time to."""
        now_ns = self._clock.now_ns()
        if now_ns >= self._due_ns:
            self._due_ns = now_ns + round(EVERY_S * NS_PER_S)
            give_back()
