"""Fill a folder from which a machine without a network becomes a station: ``make bundle``.

The folder holds the wheels of the lock files, the Debian packages with all they need, the pose
model and Midstance itself. Make it on a machine of the same kind (best: another station with the
same Debian), or name the kind: ``make bundle ARGS="--machine aarch64 --python 3.13 --no-debs"``.
On the station: ``sudo ./install`` in that folder.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tools" / "setup"), str(ROOT / "tools" / "install")]

import aptitude  # noqa: E402
import packages  # noqa: E402
from console import Console, StepError, run  # noqa: E402
from system import System  # noqa: E402

GLIBC_MINORS = (28, 27, 26, 24, 17, 12, 5)
LOCKS = ("bootstrap", "run", "pi")
_INSTALL = """#!/bin/sh
# Make this machine a Midstance station, without a network.
set -e
here=$(cd "$(dirname "$0")" && pwd)
exec python3 "$here/midstance/tools/install" --bundle "$here" --again "sudo $0" "$@"
"""


def main() -> int:
    """Fill the folder; return the exit code."""
    parser = argparse.ArgumentParser(prog="tools/bundle", description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT / "out" / "bundle")
    parser.add_argument("--machine", choices=("x86_64", "aarch64"), default=platform.machine())
    parser.add_argument("--python", default="{}.{}".format(*sys.version_info[:2]), metavar="3.N")
    parser.add_argument("--no-debs", action="store_true", help="leave Debian's packages out")
    options = parser.parse_args()
    folder: Path = options.folder.resolve()
    console = Console(4 - options.no_debs)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        console.step(1, f"Fetch wheels for Python {options.python} on {options.machine}")
        wheels(folder, options.machine, options.python, console)
        console.step(2, "Copy Midstance")
        source(folder)
        console.step(3, "Have the pose model")
        model(folder, console)
        if not options.no_debs:
            console.step(4, "Fetch Debian packages")
            console.note(f"{debs(folder)} packages")
    except (StepError, OSError, subprocess.CalledProcessError) as error:
        print(f"\n{error}\nTo repeat: make bundle   (what is there is kept)", file=sys.stderr)
        return 1
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(f"{folder}: {size / 1e6:.0f} MB. On the station: sudo ./install")
    return 0


def wheels(folder: Path, machine: str, python: str, console: Console) -> None:
    """Fetch every locked wheel for that machine, one by one; what has come stays."""
    target, kind = folder / "wheels", folder / "kind"
    if kind.is_file() and kind.read_text(encoding="utf-8") != f"{machine} {python}\n":
        shutil.rmtree(target, ignore_errors=True)
    target.mkdir(exist_ok=True)
    kind.write_text(f"{machine} {python}\n", encoding="utf-8")
    tags = [f"manylinux_2_{minor}_{machine}" for minor in GLIBC_MINORS]
    tags += [f"manylinux2014_{machine}", f"linux_{machine}"]
    abi = "cp" + python.replace(".", "")
    pins = [pin for lock in LOCKS for pin in packages.read_lock(_lock(lock))]
    for number, pin in enumerate(pins, 1):
        if packages._fetched(pin, target):
            continue
        console.progress(f"{number}/{len(pins)} {pin.name}")
        wanted = folder / "log" / "wanted.txt"
        wanted.parent.mkdir(exist_ok=True)
        wanted.write_text(pin.text, encoding="utf-8")
        run(
            [
                *(_pip(), "-m", "pip", "download", "--require-hashes", "--no-deps"),
                *("--only-binary=:all:", "--no-input", "--disable-pip-version-check", "--quiet"),
                *(*packages.PATIENCE, "--implementation", "cp", "--python-version", python),
                *("--abi", abi, "--abi", "abi3", "--abi", "none"),
                *(option for tag in tags for option in ("--platform", tag)),
                *("-d", target, "-r", wanted),
            ],
            folder / "log" / f"{pin.name}.txt",
        )
    console.note(f"{len(pins)} packages, each checked by its hash")


def _lock(name: str) -> Path:
    return ROOT / "requirements" / f"{name}.txt"


def source(folder: Path) -> None:
    """Copy what installing needs of this repository."""
    target = folder / "midstance"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    ignore = shutil.ignore_patterns("__pycache__", "*.egg-info", "build")
    for name in ("device", "config", "requirements", "systemd", "tools"):
        shutil.copytree(ROOT / name, target / name, ignore=ignore)
    for name in ("Makefile", "pyproject.toml", "MANIFEST.in", "LICENSE", "README.md"):
        if (ROOT / name).is_file():
            shutil.copy(ROOT / name, target / name)
    script = folder / "install"
    script.write_text(_INSTALL, encoding="utf-8")
    script.chmod(0o755)


def model(folder: Path, console: Console) -> None:
    """Copy the pose model that `make setup` has built."""
    name = "pose_landmarker_full.task"
    places = [Path(named)] if (named := os.environ.get("MIDSTANCE_MODELS")) else []
    places += [
        ROOT / ".venv/share/midstance/models",
        Path("/opt/midstance/current/share/midstance/models"),
    ]
    for place in places:
        if (place / name).is_file():
            (folder / "models").mkdir(exist_ok=True)
            shutil.copy(place / name, folder / "models" / name)
            console.note(name)
            return
    raise StepError("There is no pose model here yet: make setup builds it.")


def debs(folder: Path) -> int:
    """Fetch the Debian packages with everything they depend on; returns how many there are.

    What the station has already is not known here, so nothing is left out: apt takes from the
    folder what is missing.
    """
    target = folder / "debs"
    target.mkdir(exist_ok=True)
    system = System(source=ROOT)
    text = aptitude.LIST.read_text(encoding="utf-8")
    names = aptitude.needed(text, on_pi=system.is_pi)
    known = set(_known(names))
    names = [name for name in names if name in known]
    with tempfile.TemporaryDirectory(prefix="midstance-debs-") as work:
        status = Path(work) / "status"
        status.touch()
        # Resolved as if nothing were installed.
        options = ["-o", f"Dir::State::status={status}", "-o", "Debug::NoLocking=1"]
        said = subprocess.run(
            [
                *("apt-get", *options, "install", "--yes", "--no-install-recommends"),
                *("--simulate", "python3", "make", *names),
            ],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        # Inst libc6 (2.41-12 Debian:13/stable [amd64]) ...
        wanted = [
            f"{words[1]}={words[2].lstrip('(')}"
            for line in said.splitlines()
            if (words := line.split()) and words[0] == "Inst"
        ]
    for old in target.glob("*.deb"):
        old.unlink()
    run(
        ["apt-get", "-o", "APT::Sandbox::User=root", "download", *wanted],
        folder / "log" / "debs.txt",
        cwd=target,
    )
    return aptitude.index(target)


def _known(names: list[str]) -> list[str]:
    return [name for name in names if aptitude.has_candidate([], name)]


def _pip() -> str:
    own = ROOT / ".venv" / "bin" / "python"
    return str(own) if own.exists() else sys.executable


if __name__ == "__main__":
    sys.exit(main())
