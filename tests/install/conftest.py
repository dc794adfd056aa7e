"""The installer is no package: it must run before anything is installed."""

from __future__ import annotations

import sys
from pathlib import Path

_TOOLS = Path(__file__).resolve().parents[2] / "tools"
sys.path[:0] = [str(_TOOLS / "install"), str(_TOOLS / "setup")]
