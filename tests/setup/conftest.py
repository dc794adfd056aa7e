"""The setting-up is no package: it must start before anything is installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools" / "setup"))


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture
def bare_environment(tmp_path: Path) -> Path:
    """A real virtual environment without pip; returns its folder."""
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    return venv
