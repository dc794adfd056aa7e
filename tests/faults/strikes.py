"""Strikes at real system calls of a real process: killed at, or refused, the N-th one.

strace stops the process at the call itself, so nothing of it runs afterwards: what is on the disk
then is what a crash at that instant leaves to the kernel. (A power cut also loses what was never
synced; that is tried in the virtual station.)
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

VICTIMS = Path(__file__).with_name("victims.py")
SYNCS = "fsync,fdatasync,rename,renameat,renameat2,unlink,unlinkat"
"""Calls between which the disk's state changes its meaning."""
WRITES = "write,pwrite64"
FEW = 3


@dataclass(frozen=True)
class Struck:
    """What a process said before it was struck, and how it ended (negative: by a signal)."""

    promises: tuple[tuple[str, int, str], ...]
    code: int
    stderr: str

    def promised(self, word: str) -> list[tuple[int, str]]:
        return [(number, name) for kind, number, name in self.promises if kind == word]


@cache
def can_strike() -> bool:
    """Whether strace is there and may trace."""
    if shutil.which("strace") is None:
        return False
    tried = subprocess.run(
        ["strace", "-qq", "-e", "trace=none", "true"], capture_output=True, check=False
    )
    return tried.returncode == 0


def calls(victim: str, folder: Path, which: str) -> list[str]:
    """The names of these calls in the order in which the victim makes them, nothing striking."""
    trace = folder.with_name(f"{folder.name}.trace")
    run(victim, folder, "-o", str(trace), "-e", f"trace={which}")
    made = (re.match(r"\d+ +(\w+)\(", line) for line in trace.read_text().splitlines())
    return [call[1] for call in made if call]


def kill(victim: str, folder: Path, made: list[str], number: int) -> Struck:
    """SIGKILL as the `number`-th (from 1) of the calls `made` is entered."""
    name = made[number - 1]
    # strace counts each call by its name.
    return _inject(
        victim, folder, {name: f"signal=SIGKILL:when={made[:number].count(name)}"}, set(made)
    )


def refuse(victim: str, folder: Path, made: list[str], number: int, error: str) -> Struck:
    """The `number`-th (from 1) of the calls `made`, and every later one, fails with `error`."""
    before = made[: number - 1]
    what = {name: f"error={error}:when={before.count(name) + 1}+" for name in set(made)}
    return _inject(victim, folder, what, set(made))


def _inject(victim: str, folder: Path, what: dict[str, str], which: set[str]) -> Struck:
    options = ["-o", os.devnull, "-e", f"trace={','.join(sorted(which))}"]
    for name, how in what.items():
        options += ["-e", f"inject={name}:{how}"]
    return run(victim, folder, *options)


def run(victim: str, folder: Path, *strace: str) -> Struck:
    """The victim under strace."""
    done = subprocess.run(
        ["strace", "-f", "-qq", *strace, sys.executable, "-S", str(VICTIMS), victim, str(folder)],
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
        # Without site: half of the start. The packages are found by their path.
        env={
            **os.environ,
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
        },
    )
    promises = []
    for line in done.stdout.splitlines():
        word, number, name = line.split(" ", 2)
        promises.append((word, int(number), name))
    return Struck(tuple(promises), done.returncode, done.stderr)


def instants(count: int) -> list[int]:
    """At which of `count` calls to strike: all of them with MIDSTANCE_FAULTS=all, else some, the
    first and the last among them."""
    if os.environ.get("MIDSTANCE_FAULTS") == "all" or count <= FEW:
        return list(range(1, count + 1))
    return sorted({1 + round(k * (count - 1) / (FEW - 1)) for k in range(FEW)})
