"""What the tests in this folder share."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def work(tmp_path_factory) -> Path:
    """A folder for all the examples of all the tests."""
    return tmp_path_factory.mktemp("fuzz")
