"""RESULTS.md: the fault matrix and its figures, entered by whatever measures them.

``python tests/faults/results.py`` begins it anew; what `make fuzz` has entered stays.
"""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

Enter = Callable[..., None]
"""``matrix(fault, promise, injected, survived, lost, seconds)``, see `Entry`."""

RESULTS = Path(__file__).with_name("RESULTS.md")
FUZZ = "fuzz: "
HEAD = """# The fault matrix

Written by `make faults` and `make fuzz`: each row is a test in this folder, on real processes,
files and databases. *Injected*: how often the fault struck, each time at another instant.
*Survived*: the promise held. *Lost*: sessions or clips that had been called saved and
were not whole afterwards, or half-written ones that looked whole.
"""


@dataclass
class Entry:
    """A row: how often a fault was injected, how often all promises were kept, what was lost;
    `seconds`: the longest that it took to be noticed or to come back."""

    fault: str
    promise: str
    injected: int = 0
    survived: int = 0
    lost: int = 0
    seconds: float | None = None


def enter(entries: Iterable[Entry], figures: Mapping[str, str]) -> None:
    """Add rows and figures; earlier ones of the same name go. Parts may run beside each other."""
    with RESULTS.with_suffix(".lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        rows, known = _read()
        rows.update({entry.fault: entry for entry in entries})
        _write(rows, {**known, **figures})


def begin_anew() -> None:
    """Drop all but what `make fuzz` has entered."""
    _, figures = _read()
    _write({}, {what: value for what, value in figures.items() if what.startswith(FUZZ)})


def _read() -> tuple[dict[str, Entry], dict[str, str]]:
    rows: dict[str, Entry] = {}
    figures: dict[str, str] = {}
    for line in RESULTS.read_text("utf-8").splitlines() if RESULTS.exists() else ():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 6 and cells[2].isdigit():
            took = float(cells[5]) if cells[5] else None
            rows[cells[0]] = Entry(cells[0], cells[1], *map(int, cells[2:5]), took)
        elif len(cells) == 2 and cells[0] not in ("figure", "---"):
            figures[cells[0]] = cells[1]
    return rows, figures


def _write(rows: Mapping[str, Entry], figures: Mapping[str, str]) -> None:
    lines = [
        HEAD,
        "| fault | promise | injected | survived | lost | longest (s) |",
        "|---|---|---|---|---|---|",
    ]
    for name in sorted(rows):
        entry = rows[name]
        took = "" if entry.seconds is None else f"{entry.seconds:.1f}"
        lines.append(
            f"| {name} | {entry.promise} | {entry.injected} | {entry.survived} "
            f"| {entry.lost} | {took} |"
        )
    total = [
        sum(getattr(e, key) for e in rows.values()) for key in ("injected", "survived", "lost")
    ]
    lines.append(f"| **all** | | **{total[0]}** | **{total[1]}** | **{total[2]}** | |")
    if figures:
        lines += ["", "| figure | measured |", "|---|---|"]
        lines += [f"| {what} | {figures[what]} |" for what in sorted(figures)]
    RESULTS.write_text("\n".join([*lines, ""]), encoding="utf-8")


if __name__ == "__main__":
    begin_anew()
