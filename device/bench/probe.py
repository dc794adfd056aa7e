"""What this process costs, read from Linux's own files: CPU by thread, memory, handles."""

from __future__ import annotations

import os
import threading
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

_SELF = Path("/proc/self")
_DECODERS = ("av:",)
"""FFmpeg names its decoding threads so."""
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Usage:
    """Memory in MB (`resident`, and the most it ever was), threads, open handles."""

    resident_mb: float
    peak_mb: float
    threads: int
    handles: int


def usage() -> Usage:
    """What the process uses now."""
    wanted = {"VmRSS": 0, "VmHWM": 0, "Threads": 0}
    for line in (_SELF / "status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name in wanted:
            wanted[name] = int(value.split()[0])
    handles = len(list((_SELF / "fd").iterdir()))
    return Usage(wanted["VmRSS"] / 1024, wanted["VmHWM"] / 1024, wanted["Threads"], handles)


def since_start_s() -> float:
    """How long ago this process began."""
    # The process' name may hold anything; the fields begin after the last bracket.
    fields = (_SELF / "stat").read_text().rpartition(")")[2].split()
    begun_s = int(fields[19]) / _TICKS
    return float(Path("/proc/uptime").read_text().split()[0]) - begun_s


class ThreadClocks:
    """CPU seconds by thread from the moment it was made on.

    Python's threads go by their names without a trailing number ("pose-2" counts as "pose");
    others are FFmpeg's ("decoder") or belong to the engine of a network ("engine").
    """

    def __init__(self) -> None:
        self._before = _by_thread()

    def spent_s(self) -> dict[str, float]:
        """Seconds by name."""
        names = {t.native_id: t.name for t in threading.enumerate()}
        out: dict[str, float] = defaultdict(float)
        for tid, (comm, spent_s) in _by_thread().items():
            name = names.get(tid)
            if name is None:
                name = "decoder" if comm.startswith(_DECODERS) else "engine"
            out[_family(name)] += spent_s - self._before.get(tid, ("", 0.0))[1]
        return dict(out)


def _family(name: str) -> str:
    head, _, number = name.rpartition("-")
    return head if head and number.isdigit() else name


def _by_thread() -> dict[int, tuple[str, float]]:
    out = {}
    for folder in (_SELF / "task").iterdir():
        try:
            comm = (folder / "comm").read_text().strip()
            out[int(folder.name)] = comm, _spent_s(folder)
        except OSError:
            continue  # it has just ended
    return out


def _spent_s(folder: Path) -> float:
    try:
        return int((folder / "schedstat").read_text().split()[0]) / 1e9
    except (OSError, IndexError):
        # A kernel without scheduler statistics counts in ticks of 10 ms.
        fields = (folder / "stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS
