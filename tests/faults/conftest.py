"""The fault matrix: every test enters what it injected; a full run writes RESULTS.md."""

from __future__ import annotations

import fcntl
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

# What the tests of these rooms have made for themselves, and is needed here too.
sys.path[:0] = [str(Path(__file__).parents[1] / room) for room in ("kiosk", "storage", "hardware")]

RESULTS = Path(__file__).with_name("RESULTS.md")


@dataclass
class Entry:
    """A row: how often a fault was injected, how often all promises were kept, what was lost."""

    fault: str
    promise: str
    injected: int = 0
    survived: int = 0
    lost: int = 0
    seconds: float | None = None


_entries: list[Entry] = []

Enter = Callable[..., None]


@pytest.fixture
def matrix() -> Enter:
    """Enter a row: ``matrix(fault, promise, injected, survived, lost)``; `seconds`: the longest
    that it took to be detected or to come back, where that is the promise."""

    def enter(
        fault: str,
        promise: str,
        injected: int,
        survived: int,
        lost: int = 0,
        seconds: float | None = None,
    ) -> None:
        _entries.append(Entry(fault, promise, injected, survived, lost, seconds))

    return enter


_figures: dict[str, str] = {}


@pytest.fixture
def figure() -> Callable[[str, str], None]:
    """Enter a measured figure: ``figure(what, value with unit and how it was measured)``."""
    return _figures.__setitem__


def _earlier() -> None:
    """Rows of an earlier run stay until their own test runs again (`make faults` begins anew)."""
    if not RESULTS.exists():
        return
    known = {entry.fault for entry in _entries}
    for line in RESULTS.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 6 and cells[2].isdigit() and cells[0] not in known:
            took = float(cells[5]) if cells[5] else None
            _entries.append(Entry(cells[0], cells[1], *map(int, cells[2:5]), took))
        elif len(cells) == 2 and cells[0] not in ("figure", "---"):
            _figures.setdefault(*cells)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if os.environ.get("MIDSTANCE_FAULTS") != "all" or not (_entries or _figures):
        return
    # Parts of it may run beside each other.
    with RESULTS.with_suffix(".lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        _write()
        RESULTS.with_suffix(".lock").unlink(missing_ok=True)


def _write() -> None:
    _earlier()
    entries = sorted(_entries, key=lambda e: e.fault)
    lines = [
        "# The fault matrix",
        "",
        "Written by `make faults`: each row is a test in this folder, on real processes, files and",
        "databases. *Injected*: how often the fault struck, each time at another instant.",
        "*Survived*: the promise held. *Lost*: sessions or clips that had been called saved and",
        "were not whole afterwards, or half-written ones that looked whole.",
        "",
        "| fault | promise | injected | survived | lost | longest (s) |",
        "|---|---|---|---|---|---|",
    ]
    for entry in entries:
        took = "" if entry.seconds is None else f"{entry.seconds:.1f}"
        lines.append(
            f"| {entry.fault} | {entry.promise} | {entry.injected} | {entry.survived} "
            f"| {entry.lost} | {took} |"
        )
    total = [sum(getattr(e, key) for e in entries) for key in ("injected", "survived", "lost")]
    lines.append(f"| **all** | | **{total[0]}** | **{total[1]}** | **{total[2]}** | |")
    if _figures:
        lines += ["", "| figure | measured |", "|---|---|"]
        lines += [f"| {what} | {value} |" for what, value in sorted(_figures.items())]
    RESULTS.write_text("\n".join([*lines, ""]), encoding="utf-8")
