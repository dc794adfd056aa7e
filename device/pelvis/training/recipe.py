"""Everything from nothing to new weights: ``python -m device.pelvis.training.recipe out/train``.

Draws the pictures, trains in two stages, calibrates, judges and exports (`make train`). Every step
whose result lies there already is left out, so that it may be interrupted. Seeds and numbers of
steps are fixed, nothing depends on the clock: on the same machine with the same versions the
weights come out the same again; elsewhere they differ by rounding, and a little in quality.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from device.pelvis.training import calibrate, evaluate, export, train

SHARDS: tuple[tuple[str, Sequence[str]], ...] = (
    ("data", ("--name", "train", "--seed", "1", "--bodies", "1500", "--moments", "16")),
    ("data", ("--name", "train", "--seed", "3", "--bodies", "1500", "--moments", "8", "--scenes")),
    ("calibration", ("--name", "mesh", "--seed", "910", "--bodies", "40", "--moments", "12")),
    ("held", ("--name", "mesh", "--seed", "900", "--bodies", "80", "--moments", "12")),
    (
        "held",
        ("--name", "other", "--seed", "901", "--bodies", "40", "--moments", "12", "--mannequin"),
    ),
)
"""Folder, and what `device.synth.shards` is told. No body is in two folders."""
RUNS: tuple[tuple[str, Sequence[str]], ...] = (
    ("calibration", ("--name", "run", "--seed", "177", "--runners", "9")),
    ("held", ("--name", "run", "--seed", "77", "--runners", "24")),
    ("held", ("--name", "doll", "--seed", "78", "--runners", "6", "--mannequin")),
)
FIRST = ("--steps", "40000", "--rate", "2e-3", "--seed", "1")
LAST = ("--steps", "12000", "--falling", "12000", "--rate", "1e-3", "--turn", "0.7", "--seed", "2")


def main(arguments: list[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--weights", type=Path, default=export.WEIGHTS, help="where they go")
    parser.add_argument("--compile", action="store_true", help="faster; needs a C++ compiler")
    options = parser.parse_args(arguments)
    out: Path = options.out
    for folder, how in SHARDS:
        _draw("device.synth.shards", out / folder, how)
    for folder, how in RUNS:
        _draw("device.synth.runs", out / folder / "runs", how)
    more = ["--compile"] if options.compile else []
    first, last = out / "first.pt", out / "net.pt"
    if not first.exists():
        train.main([str(out / "data"), str(first), *FIRST, *more])
    if not last.exists():
        start = str(first.with_suffix(".raw"))
        train.main([str(out / "data"), str(last), *LAST, "--start", start, *more])
    scale = str(out / "calibration.json")
    own, held = out / "calibration", out / "held"
    calibrate.main([str(last), scale, "--pictures", str(own), "--runs", str(own / "runs")])
    judged_on = ["--held", str(held), "--runs", str(held / "runs")]
    evaluate.main([str(last), *judged_on, "--calibration", scale])
    return export.main([str(last), "--calibration", scale, "--out", str(options.weights)])


def _draw(module: str, folder: Path, how: Sequence[str]) -> None:
    """In a process of its own: the renderer's OpenGL and the trainer's libraries do not meet."""
    subprocess.run([sys.executable, "-m", module, str(folder), *how], check=True)


if __name__ == "__main__":
    sys.exit(main())
