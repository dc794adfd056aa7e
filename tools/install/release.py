"""The program itself: one environment for each version, switched to in one step.

``/opt/midstance/releases/VERSION-HASH`` is a Python environment with everything in it, the pose
model included. ``/opt/midstance/current`` points to the one in use; ``/opt/midstance/bin`` goes
through it. So an upgrade that fails, or a power cut in it, leaves the station as it was, and the
previous version stays for going back.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import platform
import re
import shutil
import sys
from pathlib import Path

import files
import packages
from console import Console, StepError, run
from system import System, output_of

MODEL = "full"
COMPLETE = ".complete"
_SOURCES = ("device", "pyproject.toml", "MANIFEST.in", "README.md", "LICENSE")
_LOADS = (
    "import av, cv2, gpiozero, msgspec, numpy, onnxruntime, pygame, rich, scipy.signal\n"
    "from ai_edge_litert.interpreter import Interpreter\n"
)
_MEDIAPIPE_LOADS = (
    "from mediapipe.tasks.python.core import mediapipe_c_bindings as c\nc.load_raw_library()\n"
)
_MODEL_IS_THERE = (
    "import sys; from device.hardware.pose_models import state; "
    f"sys.exit(0 if state({MODEL!r}).verified else 1)"
)


class Release:
    """The version in the repository, as it is or is to be installed."""

    def __init__(self, system: System, console: Console) -> None:
        self._system = system
        self._console = console
        self.version = _version(system.source)
        self.name = f"{self.version}-{_digest(system)[:10]}"
        self.folder = system.home / "releases" / self.name
        self.python = self.folder / "bin" / "python"

    @property
    def is_complete(self) -> bool:
        """Whether it is installed to the end."""
        return (self.folder / COMPLETE).is_file()

    def environment(self) -> None:
        """Make an empty environment that sees the system's packages, with the locked pip."""
        if self._is_done("environment"):
            return
        venv = [sys.executable, "-m", "venv", "--system-site-packages", "--clear"]
        if importlib.util.find_spec("ensurepip") is None:
            raise StepError("This Python cannot make environments: apt install python3-venv.")
        self._system.run("environment", *venv, self.folder)
        self._pip("bootstrap")
        self._note_done("environment")

    def packages(self) -> None:
        """Install what Midstance runs on, each package checked by its hash."""
        if self._is_done("packages"):
            return
        for name in ("run", "pi") if self._system.is_pi else ("run",):
            if self._system.bundle is not None:
                self._pip(name)
            else:  # each by itself, so that a bad connection loses none
                log = self._system.log(f"pip-{name}")
                packages.install(self.python, self._lock(name), log, self._console)
        self._note_done("packages")

    def midstance(self) -> None:
        """Install Midstance itself, from a copy: the repository stays as it is."""
        if self._is_done("midstance"):
            return
        copy = self.folder / "source"
        files.remove_tree(copy)
        copy.mkdir(parents=True)
        ignore = shutil.ignore_patterns("__pycache__", "*.egg-info")
        for name in _SOURCES:
            source = self._system.source / name
            if source.is_dir():
                shutil.copytree(source, copy / name, ignore=ignore)
            elif source.is_file():
                shutil.copy(source, copy / name)
        arguments = ["--no-deps", "--no-build-isolation", "--no-index", "--no-input", "--quiet"]
        self._system.run(
            "midstance", self.python, "-m", "pip", "install", *arguments, "--force-reinstall", copy
        )
        files.remove_tree(copy)
        self._note_done("midstance")

    def model(self) -> None:
        """Have the pose model: the bundle's, that of the version before, or built anew."""
        if self.is_complete or self._has_model():
            return
        name = f"pose_landmarker_{MODEL}.task"
        target = self.folder / "share" / "midstance" / "models"
        target.mkdir(parents=True, exist_ok=True)
        for folder in self._models():
            if (folder / name).is_file():
                shutil.copy(folder / name, target / name)
                if self._has_model():
                    return
        if self._system.bundle is not None:
            raise StepError(f"{self._system.bundle}/models has no pose model that is as pinned.")
        self._system.run("model", self.folder / "bin" / "midstance", "models", "build", MODEL)

    def prove(self) -> None:
        """See whether every library starts on this machine; then the version is complete."""
        if self.is_complete:
            return
        environment = {"PYGAME_HIDE_SUPPORT_PROMPT": "1"}
        self._system.run("loading", self.python, "-I", "-c", _LOADS, env=environment)
        try:
            self._system.run("mediapipe", self.python, "-I", "-c", _MEDIAPIPE_LOADS)
        except StepError as error:
            # Killed by a signal: the processor lacks instructions that the library uses unasked.
            if error.code is None or error.code > 0:
                raise
            self._console.note("MediaPipe's library cannot run on this processor (as on a Pi 4);")
            self._console.note('its networks run on LiteRT instead: estimator = "litert" in [pose]')
        self._system.run("command", self.folder / "bin" / "midstance", "--version")
        (self.folder / COMPLETE).write_text(f"{self.name}\n", encoding="utf-8")
        os.sync()

    def use(self) -> bool:
        """Switch to this version; returns whether another one was in use."""
        home = self._system.home
        before = os.readlink(home / "current") if (home / "current").is_symlink() else ""
        changed = files.link(home / "current", f"releases/{self.name}")
        files.link(home / "bin" / "midstance", "../current/bin/midstance")
        files.link(self._system.path("usr/local/bin/midstance"), "/opt/midstance/bin/midstance")
        keep = {self.name, Path(before).name}
        for old in (home / "releases").iterdir():
            if old.name not in keep and (changed or not (old / COMPLETE).is_file()):
                files.remove_tree(old)
        return changed

    def _is_done(self, step: str) -> bool:
        return self.is_complete or (self.folder / f".{step}").is_file()

    def _note_done(self, step: str) -> None:
        (self.folder / f".{step}").touch()

    def _lock(self, name: str) -> Path:
        return self._system.source / "requirements" / f"{name}.txt"

    def _pip(self, lock: str) -> None:
        """Install exactly what the lock pins; what the system has of it is left aside."""
        run(
            [
                *(self.python, "-m", "pip", "install", "--require-hashes", "--no-deps"),
                *("--only-binary=:all:", "--no-input", "--ignore-installed"),
                *("--retries=6", "--timeout=60", "--progress-bar=off"),
                *("-r", self._lock(lock)),
            ],
            self._system.log(f"pip-{lock}"),
            on_line=lambda line: self._console.progress(line.strip()),
            env={**self._pip_environment(), "COLUMNS": "400"},
        )

    def _models(self) -> list[Path]:
        bundle = self._system.bundle
        places = [bundle / "models"] if bundle is not None else []
        places.append(self._system.home / "current" / "share" / "midstance" / "models")
        places.append(self._system.source / ".venv" / "share" / "midstance" / "models")
        return places

    def _has_model(self) -> bool:
        return output_of([self.python, "-I", "-c", f"print('yes'); {_MODEL_IS_THERE}"]) == "yes"

    def _pip_environment(self) -> dict[str, str]:
        environment = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore"}
        if self._system.bundle is not None:
            environment["PIP_NO_INDEX"] = "1"
            environment["PIP_FIND_LINKS"] = str(self._system.bundle / "wheels")
        return environment


def _version(source: Path) -> str:
    text = (source / "device" / "__init__.py").read_text(encoding="utf-8")
    found = re.search(r'^__version__ = "([^"]+)"', text, re.MULTILINE)
    if found is None:
        raise StepError(f"{source}/device/__init__.py names no version.")
    return found[1]


def _digest(system: System) -> str:
    """A hash over everything that goes into an environment."""
    sha = hashlib.sha256()
    python = f"{platform.python_version()} {os.path.realpath(sys.executable)} {system.is_pi}"
    sha.update(python.encode())
    locks = ("bootstrap", "run", "pi")
    every = [system.source / "pyproject.toml"]
    every += [system.source / "requirements" / f"{lock}.txt" for lock in locks]
    every += sorted(
        path
        for path in (system.source / "device").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    )
    for path in every:
        data = path.read_bytes()
        name = path.relative_to(system.source).as_posix().encode()
        sha.update(len(name).to_bytes(4, "big") + name + len(data).to_bytes(8, "big") + data)
    return sha.hexdigest()
