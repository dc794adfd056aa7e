"""What the setting-up says, and how it runs other programs."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

TAIL_LINES = 8
LINE_LENGTH = 240

HINTS = (
    (
        ("NewConnectionError", "Temporary failure in name resolution", "Network is unreachable"),
        "There seems to be no network connection.",
    ),
    (("No space left on device",), "The disk is full: Midstance needs about 1.5 GB."),
    (("DO NOT MATCH THE HASHES",), "A download is not the file that was locked: do not trust it."),
    (
        ("No matching distribution found", "Could not find a version"),
        "The package index has no file of it for this machine: Linux on x86_64 or aarch64 with "
        "glibc 2.28 or newer is needed.",
    ),
)


class StepError(Exception):
    """A step failed; the message says what happened and what to do.

    `code` is what the failed command left with: negative when a signal killed it, None when no
    command is to blame.
    """

    def __init__(self, message: str, code: int | None = None) -> None:
        self.code = code
        super().__init__(message)


class Console:
    """Numbered steps on a terminal or in a log; at most one line of progress stays open."""

    def __init__(self, steps: int, out: Callable[[str], object] | None = None) -> None:
        self._steps = steps
        self._write = out or sys.stdout.write
        self._live = out is None and sys.stdout.isatty()
        self._open = False

    def step(self, number: int, title: str) -> None:
        """Begin step `number`."""
        self.line(f"[{number}/{self._steps}] {title}")

    def line(self, text: str) -> None:
        """Print a line of its own."""
        self._close()
        self._write(f"{text}\n")
        sys.stdout.flush()

    def note(self, text: str) -> None:
        """Print a line that belongs to the current step."""
        self.line(f"      {text}")

    def progress(self, text: str) -> None:
        """Show fleeting progress; nothing where the output is no terminal."""
        if self._live:
            width = _terminal_width() - 7
            self._write(f"\r      {text[:width]:<{width}}")
            sys.stdout.flush()
            self._open = True

    def _close(self) -> None:
        if self._open:
            self._write("\r" + " " * (_terminal_width() - 1) + "\r")
            self._open = False


def run(
    command: Sequence[str | Path],
    log: Path,
    *,
    on_line: Callable[[str], None] | None = None,
    env: dict[str, str] | None = None,
    cwd: Path | None = None,
    append: bool = False,
) -> None:
    """Run `command` with its output in the file `log`; raises `StepError` when it fails.

    `on_line` sees every line as it comes. The command gets no standard input. With `append` the
    log keeps what it holds.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    tail: list[str] = []
    with log.open("a" if append else "w", encoding="utf-8") as file:
        file.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')}  {' '.join(map(str, command))}\n")
        try:
            process = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(env or {})},
                cwd=cwd,
                text=True,
                encoding="utf-8",
                errors="replace",
            )
        except OSError as error:
            raise StepError(f"{command[0]} cannot be started ({error.strerror}).") from error
        assert process.stdout is not None
        with process:
            for line in process.stdout:
                file.write(line)
                if not line.startswith("Progress "):
                    tail = [*tail[1 - TAIL_LINES :], line.rstrip()]
                if on_line:
                    on_line(line.rstrip())
    if process.returncode != 0:
        raise StepError(explain("\n".join(tail), process.returncode, log), process.returncode)


def explain(tail: str, code: int, log: Path) -> str:
    """The last lines of a failed command, what they probably mean, and where the rest is."""
    lines = [f"      {line[:LINE_LENGTH]}" for line in tail.splitlines() if line.strip()]
    lines.append(f"It ended with exit code {code}; everything it said is in {log}")
    lines += [hint for signs, hint in HINTS if any(sign in tail for sign in signs)][:1]
    return "\n".join(lines)


def _terminal_width() -> int:
    try:
        return max(40, os.get_terminal_size().columns)
    except OSError:
        return 80
