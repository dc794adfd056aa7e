"""Which boot it is, and whether the wall clock can be believed.

A Raspberry Pi without a clock of its own begins every day in the past, and without a network
nobody corrects it. So each session keeps the monotonic clock of its boot beside the wall clock:
once the clock is known to be right, all sessions of that boot can be dated by it. (Monotonic here
means since the machine was switched on, sleep included.)
"""

from __future__ import annotations

import ctypes
import ctypes.util
import time
from dataclasses import dataclass
from pathlib import Path

_TIME_ERROR = 5
_TIMEX_BYTES = 256
"""``struct timex`` has 208."""
_SYS = Path("/sys/class/rtc")
_SYNCHRONISED = Path("/run/systemd/timesync/synchronized")
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class ClockReading:
    """Both clocks at one moment. `right`: whether something vouches for the wall clock."""

    boot: str
    monotonic_ns: int
    wall_ns: int
    right: bool

    @property
    def offset_ns(self) -> int:
        """The wall clock less the monotonic one."""
        return self.wall_ns - self.monotonic_ns


def read_clock() -> ClockReading:
    """Both clocks now."""
    return ClockReading(_boot(), _running_ns(), time.time_ns(), _synchronised() or _set())


def _running_ns() -> int:
    """How long the machine has been on; unlike the monotonic clock also while it slept."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


def _boot() -> str:
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        return "unknown"


def _synchronised() -> bool:
    """Whether a time service has set the clock: systemd's own says so, and any tells the kernel
    (which a sandboxed service may not ask)."""
    if _SYNCHRONISED.exists():
        return True
    try:
        libc = ctypes.CDLL(ctypes.util.find_library("c") or "libc.so.6", use_errno=True)
        state: int = libc.adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    except (OSError, AttributeError):
        return False
    return 0 <= state < _TIME_ERROR


def _set() -> bool:
    """Whether the clock was set from one with a battery when the machine was switched on."""
    try:
        return (
            any((clock / "hctosys").read_text().strip() == "1" for clock in _SYS.iterdir())
            and time.gmtime().tm_year >= 2025
        )
    except OSError:
        return False
