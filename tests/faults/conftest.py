"""The fault matrix: every test enters what it injected; a full run writes RESULTS.md."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

# What the tests of these rooms have made for themselves, and is needed here too.
sys.path[:0] = [str(Path(__file__).parents[1] / room) for room in ("kiosk", "storage", "hardware")]
sys.path.insert(0, str(Path(__file__).parent))

import results  # noqa: E402

Enter = Callable[..., None]

_entries: list[results.Entry] = []
_figures: dict[str, str] = {}


@pytest.fixture
def matrix() -> Enter:
    """Enter a row: ``matrix(fault, promise, injected, survived, lost, seconds)``; `seconds`: the
    longest that it took to be detected or to come back, where that is the promise."""
    return lambda *row: _entries.append(results.Entry(*row))


@pytest.fixture
def figure() -> Callable[[str, str], None]:
    """Enter a measured figure: ``figure(what, value with unit and how it was measured)``."""
    return _figures.__setitem__


def pytest_sessionfinish(session: pytest.Session) -> None:
    if os.environ.get("MIDSTANCE_FAULTS") == "all" and (_entries or _figures):
        results.enter(_entries, _figures)
