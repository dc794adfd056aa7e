"""What all tests share."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent

# The same examples every time, however slow the machine: a test that fails fails again. (More
# examples, chosen by chance: HYPOTHESIS_PROFILE=search, or `make fuzz`.)
_SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large)
settings.register_profile(
    "steady", deadline=None, derandomize=True, database=None, suppress_health_check=_SLOW
)
settings.register_profile("search", deadline=None, suppress_health_check=_SLOW)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """The language of the screen is the process's: what one test says in French is its own."""
    yield
    if (i18n := sys.modules.get("device.ui.i18n")) is not None:
        i18n.use("en")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with the validation footage; tests that need it skip where it is absent."""
    folder = Path(os.environ.get("MIDSTANCE_SHARED", ROOT.parent / "shared"))
    if not (folder / "footage").is_dir():
        pytest.skip("the validation footage is not here (set MIDSTANCE_SHARED to its folder)")
    return folder
