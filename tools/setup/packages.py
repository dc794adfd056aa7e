"""The packages: pip with locked hashes, its progress made readable."""

from __future__ import annotations

import re
from pathlib import Path

from console import Console, StepError, run

_PINNED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==", re.MULTILINE)
_LARGE_MB = 5.0

PATIENCE = ("--retries=6", "--timeout=60")
"""How pip puts up with a bad connection: half a minute of retries, with growing pauses."""


def pinned_names(lock: Path) -> list[str]:
    """The packages that `lock` pins, in its order."""
    return _PINNED.findall(lock.read_text(encoding="utf-8"))


class PipProgress:
    """Reads pip's lines and tells the console which package is being fetched, and how far."""

    def __init__(self, console: Console, total: int) -> None:
        self._console = console
        self._total = total
        self._seen = 0
        self._fetching = ""
        self._warned = False

    def __call__(self, line: str) -> None:
        """Take one line of pip's output."""
        words = line.split()
        if line.startswith("Progress ") and len(words) == 4:
            done, size = (int(word) / 1e6 if word.isdigit() else 0.0 for word in words[1::2])
            self._show(f"{self._fetching}  {done:.1f} of {size:.1f} MB")
        elif line.startswith(("Collecting ", "Requirement already satisfied: ")):
            self._seen += 1
            name = re.split(r"[=<>;\s]", line.removeprefix("Requirement already satisfied: "))
            self._fetching = name[1] if line.startswith("Collecting") else name[0]
            self._show(self._fetching)
        elif line.startswith("  Downloading ") and not words[1].endswith(".metadata"):
            self._fetched(line)
        elif "Retrying (" in line and not self._warned:
            self._warned = True
            self._console.note("no connection to the package index; trying again ...")
        elif line.startswith("Installing collected packages"):
            self._console.note("unpacking and installing ...")

    def _fetched(self, line: str) -> None:
        size = re.search(r"\(([\d.]+) MB\)", line)
        if size and float(size[1]) >= _LARGE_MB:
            self._console.note(f"{self._seen}/{self._total} {self._fetching}  {size[1]} MB")

    def _show(self, text: str) -> None:
        self._console.progress(f"{self._seen}/{self._total} {text}")


def install(python: Path, lock: Path, log: Path, console: Console) -> None:
    """Install exactly what `lock` pins into the environment of `python`.

    The lock is complete, so pip resolves nothing (--no-deps): that is what allows OpenCV's
    headless build in place of the one that wants a desktop's libraries. Only wheels are taken: a
    fresh machine has no compiler. A connection that breaks is taken up where it broke.
    """
    total = len(pinned_names(lock))
    if total == 0:
        raise StepError(f"{lock} pins no package.")
    console.note(f"{total} packages from {lock.name}, each checked by its hash")
    command = [
        *(python, "-m", "pip", "install", "--require-hashes", "--no-deps"),
        *("--only-binary=:all:", "--no-input", "--disable-pip-version-check"),
        *(*PATIENCE, "--resume-retries=20", "--progress-bar=raw"),
        *("-r", lock),
    ]
    # pip's own line breaks: in a narrow terminal it would wrap the lines that are read here.
    run(command, log, on_line=PipProgress(console, total), env={"COLUMNS": "400"})
