"""The bench: make the image if it is not there, then boot it and go through everything.

``make bench-vm`` (``ARGS="-k stick"`` picks, ``ARGS=--rebuild`` makes the image anew,
``ARGS=--resume`` goes on with what has not passed on this image yet). Takes half an hour without
real virtualisation, and as long again for the first image. Not part of ``make test``. Where
something it needs is missing, it says so loudly and counts as skipped.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
NOTHING_TO_RUN = 5
"""What pytest returns then."""
TOOLS = {
    "qemu-system-x86_64": "qemu-system-x86",
    "qemu-img": "qemu-utils",
    "mmdebstrap": "mmdebstrap",
    "sfdisk": "fdisk",
    "mkfs.vfat": "dosfstools",
    "mkfs.exfat": "exfatprogs",
    "mcopy": "mtools",
    "mkfs.ext4": "e2fsprogs",
}


def main() -> int:
    """Make, boot, look; return the exit code."""
    parser = argparse.ArgumentParser(prog="tests/bench/run.py", description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("out/bench"))
    parser.add_argument("--rebuild", action="store_true", help="make the image anew")
    options, pytest_arguments = parser.parse_known_args()
    out: Path = options.out.resolve()
    missing = sorted({package for tool, package in TOOLS.items() if shutil.which(tool) is None})
    if missing or os.geteuid() != 0:
        why = f"install {' '.join(missing)}" if missing else "it must run as root"
        print(f"{'*' * 72}\nSKIPPED: the virtual bench did not run: {why}.\n{'*' * 72}")
        return 0
    if options.rebuild or not (out / "root.ext4").exists():
        subprocess.run(["bash", HERE / "image.sh", out], check=True)
        for old in ("work", "screens", "failed"):
            shutil.rmtree(out / old, ignore_errors=True)
    command = [sys.executable, "-m", "pytest", HERE / "bench_station.py", "-v", "--maxfail=4"]
    command += ["-o", "timeout=0", "-p", "no:cacheprovider", "-p", "results", "-s"]
    paths = os.pathsep.join([str(HERE), str(HERE.parents[1]), os.environ.get("PYTHONPATH", "")])
    code = subprocess.run(
        [*command, *pytest_arguments],
        check=False,
        env={**os.environ, "MIDSTANCE_BENCH": str(out), "PYTHONPATH": paths},
    ).returncode
    if code == NOTHING_TO_RUN and "--resume" in pytest_arguments:
        print("Every stage has passed on this image already.")
        return 0
    return code


if __name__ == "__main__":
    sys.exit(main())
