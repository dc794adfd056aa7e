"""Files named on the command line: checked before the work, written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from device.errors import OutputError


def check_writable(path: Path) -> None:
    """Raise `OutputError` now rather than after minutes of work when `path` cannot be written."""
    if path.is_dir():
        raise OutputError(
            f"{path}: cannot be written, it is a folder.", remedy="Name a file in it."
        )
    if _is_special(path):
        return
    try:
        with tempfile.TemporaryFile(dir=path.resolve().parent):
            pass
    except OSError as error:
        raise _unwritable(path, error) from error


@contextmanager
def atomic_file(path: Path) -> Iterator[IO[Any]]:
    """Open `path` for binary writing; it appears only when everything is written and synced."""
    if _is_special(path):
        # A device or pipe (/dev/stdout) must be written to, not be replaced.
        with path.open("wb") as out:
            yield out
        return
    target = path.resolve()
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        part.replace(target)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        part.unlink(missing_ok=True)


def _is_special(path: Path) -> bool:
    return path.exists() and not path.is_file() and not path.is_dir()


def _unwritable(path: Path, error: OSError) -> OutputError:
    return OutputError(
        f"{path}: cannot be written ({error.strerror or error}).",
        remedy="Name a file in a folder that exists, that you may write to and that has room.",
    )
