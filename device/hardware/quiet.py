"""Keeps known chatter of C++ libraries off the terminal, and only that.

TensorFlow Lite and absl write start-up notes straight to file descriptor 2, and offer Python no
switch. They are caught while a block runs; lines that match a known harmless pattern are dropped,
everything else reaches stderr when the block ends: nothing unknown is ever hidden.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

KNOWN_CHATTER = re.compile(
    rb"^(INFO: Created TensorFlow Lite XNNPACK delegate for CPU\."
    rb"|(WARNING: )?All log messages before absl::InitializeLog.*"
    rb"|WARNING: Logging before InitGoogle\(\) is written to STDERR"
    rb"|W\d{4} .* inference_feedback_manager\.cc:\d+\] Feedback manager requires .*"
    rb"|W\d{4} .* landmark_projection_calculator\.cc:\d+\] Using NORM_RECT without .*"
    rb"|I\d{4} .* gl_context(_egl)?\.cc:\d+\] .*)\s*$"
)

_lock = threading.Lock()
_users = 0
_saved_fd = -1
_catch: IO[bytes] | None = None


@contextmanager
def known_chatter_dropped() -> Iterator[None]:
    """Hold back what is written to stderr during the block; then pass on all but known chatter.

    May be used from several threads at once: the last one out passes on what was held back.
    """
    _enter()
    try:
        yield
    finally:
        _leave()


def _enter() -> None:
    global _users, _saved_fd, _catch  # noqa: PLW0603  (descriptor 2 is global too)
    with _lock:
        if _users == 0:
            sys.stderr.flush()
            _catch = tempfile.TemporaryFile()  # noqa: SIM115  (closed in _leave)
            _saved_fd = os.dup(2)
            os.dup2(_catch.fileno(), 2)
        _users += 1


def _leave() -> None:
    global _users, _catch  # noqa: PLW0603
    with _lock:
        _users -= 1
        if _users or _catch is None:
            return
        sys.stderr.flush()
        os.dup2(_saved_fd, 2)
        os.close(_saved_fd)
        _catch.seek(0)
        for line in _catch:
            if not KNOWN_CHATTER.match(line):
                os.write(2, line)
        _catch.close()
        _catch = None
