"""The system's own libraries that the pose library links to.

MediaPipe's library wants `libEGL.so.1` and `libGLESv2.so.2` to be there, although Midstance never
draws with them. A desktop has them; a bare Debian or Raspberry Pi OS Lite has not. Where they are
missing they are fetched with apt from the machine's own, signed package sources and unpacked into
the environment, without root and without changing the system, and loaded from there.
"""

from __future__ import annotations

import ctypes
import shutil
from pathlib import Path

from console import Console, StepError, run

NEEDED = ("libEGL.so.1", "libGLESv2.so.2")
PACKAGES = ("libglvnd0", "libegl1", "libgles2")
REMEDY = "sudo apt install libegl1 libgles2"

# In the order they must be loaded: each finds those before it by name.
_PRIVATE = ("libGLdispatch.so.0", *NEEDED)
_LOADER = '''"""Written when Midstance was set up: loads libraries that this system lacks."""

import ctypes
from pathlib import Path

for _name in {names!r}:
    try:
        ctypes.CDLL(str(Path({folder!r}, _name)), mode=ctypes.RTLD_GLOBAL)
    except OSError:
        pass
'''


def missing() -> list[str]:
    """Which of the libraries the system cannot load."""
    absent = []
    for name in NEEDED:
        try:
            ctypes.CDLL(name)
        except OSError:
            absent.append(name)
    return absent


def private_folder(venv: Path) -> Path:
    """Where the environment keeps its own copies."""
    return venv / "lib-system"


def at_hand(venv: Path) -> bool:
    """Whether the libraries are there: the system's, or the environment's own."""
    folder = private_folder(venv)
    return not missing() or all((folder / name).exists() for name in _PRIVATE)


def fetch(venv: Path, site_packages: Path, log: Path, console: Console) -> None:
    """Fetch the missing libraries with apt into `venv`; raises `StepError` with the remedy."""
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise StepError(
            f"The system libraries {', '.join(missing())} are missing, and this is no Debian.\n"
            "Install your system's packages for EGL and OpenGL ES (libglvnd)."
        )
    console.note(f"not on this system: {', '.join(missing())}; fetching them without root")
    work = venv / "apt"
    try:
        _unpack(work, venv, log)
    except StepError as error:
        raise StepError(f"{error}\nOr let the system have them: {REMEDY}") from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
    write_loader(private_folder(venv), site_packages)


def _unpack(work: Path, venv: Path, log: Path) -> None:
    """Read apt's package lists into a private place, download, unpack, keep the libraries."""
    for part in ("state/lists/partial", "cache/archives/partial", "root"):
        (work / part).mkdir(parents=True, exist_ok=True)
    apt = [
        *("apt-get", "-q", "-o", f"Dir::State={work / 'state'}", "-o", f"Dir::Cache={work}/cache"),
        *("-o", "Dir::State::status=/var/lib/dpkg/status", "-o", "APT::Sandbox::User="),
        *("-o", "Acquire::Languages=none", "-o", "Acquire::Retries=5"),
    ]
    # apt reads on when a list cannot be fetched, and then fails to find the packages below.
    run([*apt, "update"], log.with_suffix(".update.txt"))
    run([*apt, "download", *PACKAGES], log, cwd=work)
    for package in sorted(work.glob("*.deb")):
        run(["dpkg-deb", "-x", package, work / "root"], log.with_suffix(".unpack.txt"))
    folder = private_folder(venv)
    folder.mkdir(exist_ok=True)
    for name in _PRIVATE:
        found = next((work / "root").rglob(name), None)
        if found is None:
            raise StepError(f"The packages {', '.join(PACKAGES)} hold no {name}.")
        shutil.copy(found.resolve(), folder / name)


def write_loader(folder: Path, site_packages: Path) -> None:
    """Make every start of the environment's Python load the libraries in `folder`."""
    module = "midstance_system_libraries"
    text = _LOADER.format(names=_PRIVATE, folder=str(folder))
    (site_packages / f"{module}.py").write_text(text, encoding="utf-8")
    (site_packages / f"{module}.pth").write_text(f"import {module}\n", encoding="utf-8")
