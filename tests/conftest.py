"""What all tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with the validation footage; tests that need it skip where it is absent."""
    folder = Path(os.environ.get("MIDSTANCE_SHARED", ROOT.parent / "shared"))
    if not (folder / "footage").is_dir():
        pytest.skip("the validation footage is not here (set MIDSTANCE_SHARED to its folder)")
    return folder
