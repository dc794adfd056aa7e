"""What is left of a crash, for whoever mends it: where in the program, and nothing of anybody.

A report has the time, the versions, the kind of the error and the places in the program it came
through. It has no message and no values, for these may hold a runner's code; and no picture. There
are at most `MOST` reports of `MOST_BYTES` each; the same crash is written once in a run of the
kiosk. A crash that Python cannot report itself (a library's, or the watchdog's SIGABRT) is written
by `faulthandler` into `HARD` and becomes a report at the next start.
"""

from __future__ import annotations

import errno
import faulthandler
import json
import logging
import os
import platform
import threading
import traceback
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from device import ALGORITHM_VERSION, __version__
from device.errors import MidstanceError

log = logging.getLogger(__name__)

FOLDER = "crashes"
HARD = "last-breath.txt"
MOST = 20
MOST_BYTES = 16_000
MOST_PLACES = 60
_ROOT = Path(__file__).resolve().parent


class CrashBook:
    """The reports in a folder of the device's own. Nothing here raises: a crash is enough."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._known: set[tuple[str, ...]] = set()
        self._lock = threading.Lock()
        self._hard: IO[str] | None = None

    def note(self, thread: str, error: BaseException) -> Path | None:
        """Write a report of `error`; returns where, None when it is known or cannot be written."""
        places = _places(error)
        with self._lock:
            key = (type(error).__name__, *places[-3:])
            if key in self._known or len(self._known) >= MOST:
                return None
            self._known.add(key)
            report = {**_head(), "thread": thread, "error": _kind(error), "places": places}
            cause = error.__cause__ or error.__context__
            if cause is not None:
                report["because"] = {"error": _kind(cause), "places": _places(cause)[-10:]}
            return self._write(report)

    def listen(self) -> None:
        """Have hard crashes leave where every thread stood; report those of the last run."""
        path = self.folder / HARD
        with suppress(OSError):
            said = path.read_text("utf-8", "replace")[:MOST_BYTES]
            if said.strip():
                log.error("the last run ended hard:\n%s", said)
                self._write({**_head(), "thread": "", "error": "hard", "places": _of_hard(said)})
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._hard = open(path, "w", encoding="utf-8", opener=_private)  # noqa: SIM115
            faulthandler.enable(self._hard)
        except (OSError, ValueError) as error:
            log.warning("hard crashes leave no report: %s", error)

    def close(self) -> None:
        """Stop listening; the run has ended well."""
        if self._hard is not None:
            faulthandler.disable()
            self._hard.close()
            self._hard = None
            with suppress(OSError):
                (self.folder / HARD).unlink()

    def reports(self) -> dict[str, bytes]:
        """All reports by file name, oldest first."""
        found = {}
        for path in self._paths():
            with suppress(OSError):
                found[path.name] = path.read_bytes()[:MOST_BYTES]
        return found

    def _paths(self) -> list[Path]:
        try:
            return sorted(self.folder.glob("crash-*.json"))
        except OSError:
            return []

    def _write(self, report: dict[str, Any]) -> Path | None:
        data = json.dumps(report, indent=1).encode()
        if len(data) > MOST_BYTES:
            report["places"] = report["places"][-20:]
            data = json.dumps(report, indent=1).encode()[:MOST_BYTES]
        stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
        path = self.folder / f"crash-{stamp}.json"
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for old in self._paths()[: -(MOST - 1)]:
                old.unlink(missing_ok=True)  # another thread may be at it too
            with open(path, "xb", opener=_private) as file:
                file.write(data)
        except OSError as error:
            log.warning("a crash cannot be reported: %s", error)
            return None
        return path


class CrashHandler(logging.Handler):
    """Turns what threads log with a traceback into reports; refusals in words are none."""

    def __init__(self, book: CrashBook) -> None:
        super().__init__(logging.ERROR)
        self._book = book

    def emit(self, record: logging.LogRecord) -> None:
        """Note the error that comes with a record, if one does."""
        error = record.exc_info[1] if record.exc_info else None
        if error is not None and not isinstance(error, MidstanceError):
            self._book.note(record.threadName or "", error)


def _head() -> dict[str, Any]:
    return {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "midstance": __version__,
        "algorithm": ALGORITHM_VERSION,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
    }


def _kind(error: BaseException) -> str:
    kind = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    number = error.errno if isinstance(error, OSError) else None
    # The number alone: the message would have a path, and a path may have a code.
    return kind if number is None else f"{kind} {errno.errorcode.get(number, number)}"


def _places(error: BaseException) -> list[str]:
    """The places the error came through, the innermost last."""
    frames = traceback.extract_tb(error.__traceback__)[-MOST_PLACES:]
    return [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]


def _short(name: str) -> str:
    path = Path(name)
    if path.is_relative_to(_ROOT):
        return str(path.relative_to(_ROOT.parent))
    return "/".join(path.parts[-2:])


def _of_hard(said: str) -> list[str]:
    """The lines of faulthandler: files, lines and functions, and which signal it was."""
    return [line.strip()[:200] for line in said.splitlines() if line.strip()][:MOST_PLACES]


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CLOEXEC, 0o600)
