"""Keeping the process small: what a Pi with 1 or 2 GB cannot spare for things nobody uses."""

from __future__ import annotations

import ctypes
import sys
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from device.clock import NS_PER_S, Clock

_SMAPS = Path("/proc/self/smaps")
_MADV_DONTNEED = 4
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
ARENAS = 2
PICTURE_BYTES = 256 * 1024
"""What is larger is a picture or a network's layer: it gets pages of its own, and its freeing gives
them back at once. By default the C library raises this limit to the largest block ever freed, and
then pictures of all ages lie between everything else in the heap and hold it open."""
TOP_BYTES = 1024 * 1024
"""So much may lie free at the end of a heap before it is given back."""
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
    _let_go(lambda found: found == name)


def let_go_of_libraries() -> None:
    """Give back the pages of programs and libraries; those still in use come back from the system's
    cache within microseconds. What libraries need once, while they are loaded, stays out: some
    70 MB of the 130 that are mapped here.
    """
    _let_go(lambda found: ".so" in found.rpartition("/")[2])


def few_arenas() -> None:
    """Have all threads share two heaps, and pictures lie outside them. By default each of the two
    dozen threads gets its own, and what one has freed another cannot use. Call it before threads
    are started."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return  # another C library, with heaps of its own kind
    mallopt(_M_ARENA_MAX, ARENAS)
    mallopt(_M_MMAP_THRESHOLD, PICTURE_BYTES)
    mallopt(_M_TRIM_THRESHOLD, TOP_BYTES)


def give_back() -> None:
    """Return what was freed to the system; some ten megabytes after models were loaded."""
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (OSError, AttributeError):
        return  # another C library


def _let_go(wanted: Callable[[str], bool]) -> None:
    """Give back what is mapped of the files whose path is `wanted` and was never written to."""
    try:
        lines = _SMAPS.read_text().splitlines()
        madvise = ctypes.CDLL(None, use_errno=True).madvise
    except (OSError, AttributeError):
        return  # not Linux: it stays a little larger
    madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    begin, size = 0, 0
    for line in lines:
        head, *rest = line.split(None, 5)
        if not head.endswith(":"):
            begin, end = (int(place, 16) for place in head.split("-"))
            rights, path = rest[0], rest[4] if len(rest) > 4 else ""
            size = end - begin if path.startswith("/") and "w" not in rights else 0
            size = size if wanted(path.strip()) else 0
        elif head == "Anonymous:" and size and rest[0] == "0":
            # Pages that somebody wrote to (addresses that the linker filled in) would be lost.
            madvise(begin, size, _MADV_DONTNEED)


class Tidy:
    """`give_back` now and then, and once the libraries' pages; call it often."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._due_ns = clock.now_ns() + round(FIRST_S * NS_PER_S)
        self._first = True

    def __call__(self) -> None:
        """Give back, if it is time to."""
        now_ns = self._clock.now_ns()
        if now_ns >= self._due_ns:
            self._due_ns = now_ns + round(EVERY_S * NS_PER_S)
            give_back()
            if self._first:
                self._first = False
                let_go_of_libraries()
