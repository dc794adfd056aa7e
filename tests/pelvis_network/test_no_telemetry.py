"""Nothing of ours, nor of a library of ours, keeps numbers of a device or tells anybody."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def test_the_networks_runtime_writes_nothing_anywhere(tmp_path):
    for name in ("tmp", "home"):
        (tmp_path / name).mkdir()
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from device.pelvis.network import NetworkPelvis; NetworkPelvis(None)",
        ],
        cwd=ROOT,
        env={
            **{key: value for key, value in os.environ.items() if not key.startswith("ORT_")},
            "TMPDIR": str(tmp_path / "tmp"),
            "HOME": str(tmp_path / "home"),
            "XDG_CACHE_HOME": str(tmp_path / "home" / "cache"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
