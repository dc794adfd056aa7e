"""What atheris runs: bytes into one reader. Nothing but its own error may come out.

``python fuzz_readers.py config|track [options of libFuzzer]``. The first byte says how the rest is
meant: a file as it is (even), or what a well-formed file is made of (odd), so that the reader's
inside is reached and not only the check of an archive's sums.
"""

from __future__ import annotations

import contextlib
import io
import sys
import tempfile
import zipfile
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

with atheris.instrument_imports(include=["device"]):
    from device import config, programmes
    from device.domain import pose_track as contract
    from device.errors import MidstanceError
    from device.replay import pose_track

_MEMORY = Path("/dev/shm")
FILE = Path(tempfile.mkdtemp(dir=_MEMORY if _MEMORY.is_dir() else None)) / "input.npz"
KEYS = ("t_s", "landmarks_px", "visibility", "image_size_px", "detector", "people")
DTYPES = ("<f8", "<f4", ">f8", "<i8", "|u1", "<U4", "|O", "|b1", "<c8", "<M8[s]", "|V3", "<f2")
SHAPES = ("(2,)", "(2, 33, 2)", "(2, 33)", "()", "(1,)", "(0,)", "(3, 33, 2)", "(2, 34, 2)")


def read_config(data: bytes) -> None:
    """Settings, or a programme, as somebody may have saved them."""
    FILE.write_bytes(data[1:])
    for read in (config.load, programmes.load):
        with contextlib.suppress(MidstanceError):
            read(FILE)


def read_track(data: bytes) -> None:
    """A pose track as somebody may have sent it."""
    raw = not data or data[0] % 2 == 0
    FILE.write_bytes(data[1:] if raw else assembled(atheris.FuzzedDataProvider(data[1:])))
    with contextlib.suppress(MidstanceError):
        track = pose_track.load(FILE)
        assert sum(1 for _ in track.poses()) == len(track) > 0


def assembled(given: atheris.FuzzedDataProvider) -> bytes:
    """An archive whose sums are right, of arrays that need not be."""
    out = io.BytesIO()
    method = zipfile.ZIP_DEFLATED if given.ConsumeBool() else zipfile.ZIP_STORED
    with zipfile.ZipFile(out, "w", method) as archive:
        for key in KEYS:
            if given.ConsumeIntInRange(0, 15) == 0:
                continue
            archive.writestr(f"{key}.npy", array(given, key))
    return out.getvalue()


def array(given: atheris.FuzzedDataProvider, key: str) -> bytes:
    """One array of the file: mostly of the right kind, with any numbers in it."""
    right = {
        "t_s": ("<f8", "(2,)", 16),
        "landmarks_px": ("<f4", "(2, 33, 2)", 528),
        "visibility": ("<f4", "(2, 33)", 264),
        "image_size_px": ("<i8", "(2,)", 16),
        "detector": ("<U4", "()", 16),
        "people": ("<i8", "(2,)", 16),
    }[key]
    kind, shape, size = right
    if given.ConsumeIntInRange(0, 7) == 0:
        kind = DTYPES[given.ConsumeIntInRange(0, len(DTYPES) - 1)]
    if given.ConsumeIntInRange(0, 7) == 0:
        shape = SHAPES[given.ConsumeIntInRange(0, len(SHAPES) - 1)]
    header = f"{{'descr': '{kind}', 'fortran_order': {given.ConsumeBool()}, 'shape': {shape}}}"
    if given.ConsumeIntInRange(0, 15) == 0:
        header = given.ConsumeUnicodeNoSurrogates(80)
    if given.ConsumeIntInRange(0, 15) == 0:
        size = given.ConsumeIntInRange(0, 2000)
    text = header.encode("latin-1", "replace") + b"\n"
    version = b"\x01\x00" if given.ConsumeIntInRange(0, 15) else given.ConsumeBytes(2)
    body = WELL[key] if given.ConsumeBool() else given.ConsumeBytes(size).ljust(size, b"\0")
    return b"\x93NUMPY" + version + len(text).to_bytes(2, "little") + text + body


def _well() -> dict[str, bytes]:
    import numpy as np

    return {
        "t_s": np.array([0.0, 0.04]).tobytes(),
        "landmarks_px": np.full((2, 33, 2), 50.0, "<f4").tobytes(),
        "visibility": np.ones((2, 33), "<f4").tobytes(),
        "image_size_px": np.array([640, 480], "<i8").tobytes(),
        "detector": np.array("full", "<U4").tobytes(),
        "people": np.array([1, 1], "<i8").tobytes(),
    }


WELL = _well()

if __name__ == "__main__":
    assert contract
    target = {"config": read_config, "track": read_track}[sys.argv.pop(1)]
    atheris.Setup(sys.argv, target)
    atheris.Fuzz()
