"""What atheris runs: bytes into one reader. Nothing but its own error may come out.

``python fuzz_readers.py config|track [options of libFuzzer]``
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

with atheris.instrument_imports(include=["device"]):
    from device import config
    from device.domain import pose_track as contract
    from device.errors import MidstanceError
    from device.replay import pose_track

FILE = Path(tempfile.mkdtemp()) / "input.npz"


def read_config(data: bytes) -> None:
    """Settings as somebody may have saved them."""
    FILE.write_bytes(data)
    with contextlib.suppress(MidstanceError):
        config.load(FILE)


def read_track(data: bytes) -> None:
    """A pose track as somebody may have sent it."""
    FILE.write_bytes(data)
    with contextlib.suppress(MidstanceError):
        pose_track.load(FILE)


if __name__ == "__main__":
    assert contract
    target = {"config": read_config, "track": read_track}[sys.argv.pop(1)]
    atheris.Setup(sys.argv, target)
    atheris.Fuzz()
