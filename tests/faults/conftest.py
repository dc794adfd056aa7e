"""The fault matrix: every test enters what it injected; a full run writes RESULTS.md."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

# What the tests of these rooms have made for themselves, and is needed here too.
sys.path[:0] = [str(Path(__file__).parents[1] / room) for room in ("kiosk", "storage", "hardware")]
sys.path.insert(0, str(Path(__file__).parent))

import results  # noqa: E402
from results import Enter  # noqa: E402

ALL = os.environ.get("MIDSTANCE_FAULTS") == "all"


@pytest.fixture
def matrix() -> Iterator[Enter]:
    """Enter a row: ``matrix(fault, promise, injected, survived, lost, seconds)``; `seconds`: the
    longest that it took to be detected or to come back, where that is the promise."""
    entries: list[results.Entry] = []
    yield lambda *row: entries.append(results.Entry(*row))
    if ALL:  # at once: the rest of the run may take an hour
        results.enter(entries, {})


@pytest.fixture
def figure() -> Iterator[Callable[[str, str], None]]:
    """Enter a measured figure: ``figure(what, value with unit and how it was measured)``."""
    figures: dict[str, str] = {}
    yield figures.__setitem__
    if ALL:
        results.enter((), figures)
