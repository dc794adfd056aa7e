"""Make the lock files in `requirements/`, or check that every supported machine can use them.

``python3 tools/lock.py`` resolves the dependencies once for all of Python 3.11 to 3.13 on x86_64
and aarch64, with one version of each package everywhere, and writes the hash of every file that
may be used; `requirements/aarch64-cp313.json` says which of them a Raspberry Pi takes. ``--check``
asks the package index whether each lock can be installed, from wheels alone, on each of these
machines; nothing is installed. Both need the network.

Add ``--upgrade`` to move to the newest versions; without it those already locked are kept.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ROOT / "requirements"
TOOLS = ROOT / ".cache" / "lock"
UV = "uv==0.13.9"
PYTHONS = ("3.11", "3.12", "3.13")
EVERYWHERE = " ; implementation_name == 'cpython' and sys_platform == 'linux'"
MACHINES = ("x86_64", "aarch64")
GLIBC_MINORS = (28, 27, 26, 24, 17, 12, 5)  # Debian 12 has glibc 2.36; 2.28 is what wheels ask for

# Each lock: its sources, and what uv is told besides. A package stands in the first lock that
# needs it, and nowhere else.
SOURCES: dict[str, tuple[list[str], list[str]]] = {
    "bootstrap": (["requirements/bootstrap.in"], []),
    "run": (["pyproject.toml", "requirements/run.in"], []),
    "pi": (["requirements/pi.in"], []),
    "dev": (["pyproject.toml"], ["--extra", "test", "--extra", "lint"]),
    "hardware": (["requirements/hardware.in"], []),
}
ALONE = ("hardware",)
"""Locks of an environment of their own: complete, and bound to no other."""


def main() -> int:
    """Make or check the locks; return the exit code."""
    parser = argparse.ArgumentParser(description="Make or check the lock files.")
    parser.add_argument("--check", action="store_true", help="can every machine use the locks?")
    parser.add_argument("--upgrade", action="store_true", help="move to the newest versions")
    options = parser.parse_args()
    python = tools_python()
    try:
        if options.check:
            check(python)
        else:
            make(python, upgrade=options.upgrade)
            note_wheels(python)
    except subprocess.CalledProcessError as error:
        print(f"failed (exit code {error.returncode}); see above", file=sys.stderr)
        return 1
    return 0


def tools_python() -> Path:
    """A private environment with a recent pip and uv."""
    python = TOOLS / "bin" / "python"
    stamp = TOOLS / "made-for"
    if not stamp.is_file() or stamp.read_text() != UV:
        subprocess.run(
            [sys.executable, "-m", "venv", "--without-pip", "--clear", TOOLS], check=True
        )
        pip = [sys.executable, "-m", "pip", "--python", python]
        subprocess.run([*pip, "install", "--quiet", "pip>=25.1", UV], check=True)
        stamp.write_text(UV)
    return python


def make(python: Path, *, upgrade: bool) -> None:
    """Write every lock, each one constrained to agree with those before it."""
    earlier: list[str] = []
    for name, (sources, extra) in SOURCES.items():
        before = [] if name in ALONE else earlier
        command = [
            *(str(python), "-m", "uv", "pip", "compile", "--universal", "--generate-hashes"),
            *("--python-version", PYTHONS[0], "--fork-strategy", "fewest", "--quiet"),
            *("--custom-compile-command", "make lock", "--no-emit-index-url"),
            *(["--upgrade"] if upgrade else []),
            *extra,
            *(part for lock in before for part in ("-c", f"requirements/{lock}.txt")),
            *(
                part
                for lock in before
                for package in pinned(LOCKS / f"{lock}.txt")
                for part in ("--no-emit-package", package)
            ),
            *("-o", f"requirements/{name}.txt"),
            *sources,
        ]
        subprocess.run(command, cwd=ROOT, check=True)
        lock = LOCKS / f"{name}.txt"
        # True on every machine that Midstance runs on, so it would only be noise.
        lock.write_text(lock.read_text(encoding="utf-8").replace(EVERYWHERE, ""), encoding="utf-8")
        earlier.append(name)
        print(f"requirements/{name}.txt: {len(pinned(lock))} packages")


def pinned(lock: Path) -> list[str]:
    """The names that `lock` pins."""
    lines = lock.read_text(encoding="utf-8").splitlines()
    return [line.partition("==")[0] for line in lines if line[:1].isalnum() and "==" in line]


def check(python: Path) -> None:
    """Let pip look for every file on every machine, from wheels alone and by hash."""
    for version in PYTHONS:
        for machine in MACHINES:
            names = ["bootstrap", "run", "dev", *(["pi"] if machine == "aarch64" else [])]
            resolve(python, version, machine, names)
            print(f"Python {version} on {machine}: {', '.join(names)} can be installed", flush=True)


def note_wheels(python: Path) -> None:
    """Write down which file of each package a Pi takes, for the test of the locks."""
    wheels = {}
    for item in resolve(python, "3.13", "aarch64", ["bootstrap", "run", "pi"])["install"]:
        found = item["download_info"]
        wheels[item["metadata"]["name"].lower().replace("_", "-").replace(".", "-")] = {
            "file": found["url"].rpartition("/")[2],
            "sha256": found["archive_info"]["hashes"]["sha256"],
        }
    text = json.dumps(dict(sorted(wheels.items())), indent=1)
    (LOCKS / "aarch64-cp313.json").write_text(f"{text}\n", encoding="utf-8")
    print(f"requirements/aarch64-cp313.json: {len(wheels)} wheels")


def resolve(python: Path, version: str, machine: str, names: list[str]) -> dict[str, Any]:
    """Let pip resolve locks for a machine, from wheels alone and by hash; pip's own report."""
    platforms = [
        *(f"manylinux_2_{minor}_{machine}" for minor in GLIBC_MINORS),
        *(f"manylinux2014_{machine}", f"linux_{machine}"),
    ]
    with tempfile.TemporaryDirectory() as nowhere:
        report = Path(nowhere) / "report.json"
        subprocess.run(
            [
                *(python, "-m", "pip", "install", "--quiet", "--dry-run", "--no-deps"),
                *("--disable-pip-version-check", "--target", nowhere, "--report", report),
                *("--only-binary=:all:", "--require-hashes"),
                *("--implementation", "cp", "--python-version", version),
                *(part for name in platforms for part in ("--platform", name)),
                *(part for name in names for part in ("-r", LOCKS / f"{name}.txt")),
            ],
            check=True,
        )
        found: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    return found


if __name__ == "__main__":
    sys.exit(main())
