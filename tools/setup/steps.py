"""The steps of setting up, each skipped when it is done.

A step is done when its stamp holds the hash of everything that went into it, or, where that is
cheap, when looking shows that it is done. Stamps live in `.venv/stamps`: deleting `.venv` undoes
everything.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import importlib.util
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import libraries
import packages
from console import Console, StepError, run

ROOT = Path(__file__).resolve().parents[2]
DEVICE_TREE_MODEL = Path("/proc/device-tree/model")
MODEL = "full"

_MODEL_IS_BUILT = (
    "import sys; from device.hardware.pose_models import state; "
    f"sys.exit(0 if state({MODEL!r}).verified else 1)"
)
_LIBRARIES_LOAD = (
    "import av, cv2, gpiozero, msgspec, numpy, onnxruntime, pygame, rich, scipy.signal\n"
    "from ai_edge_litert.interpreter import Interpreter\n"
)
_MEDIAPIPE_LOADS = (
    "from mediapipe.tasks.python.core import mediapipe_c_bindings as c\nc.load_raw_library()\n"
)


@dataclass(frozen=True)
class Step:
    """One step: `done` looks whether it is, `act` does it; `key` is kept as its stamp."""

    name: str
    title: str
    act: Callable[[Path], None]
    key: str = ""
    done: Callable[[], bool] = lambda: True


class Setup:
    """All steps for one repository; `venv` is made inside `root`."""

    def __init__(self, root: Path, *, dev: bool, console: Console | None = None) -> None:
        self.root = root
        self.venv = root / ".venv"
        self.python = self.venv / "bin" / "python"
        self.on_pi = is_raspberry_pi()
        self.dev = dev
        self.steps = self._steps()
        self.console = console or Console(len(self.steps))

    def run(self) -> bool:
        """Do what is not done; returns whether there was anything. Raises `StepError`."""
        worked = False
        for number, step in enumerate(self.steps, 1):
            if self._is_done(step):
                continue
            worked = True
            self.console.step(number, step.title)
            stamp = self._stamp(step)
            stamp.unlink(missing_ok=True)
            try:
                step.act(self.venv / "log" / f"{step.name}.txt")
            except StepError as error:
                goal = "make test" if self.dev else "make setup"
                raise StepError(
                    f"Step {number} of {len(self.steps)} failed: {step.title}\n{error}\n"
                    f"To repeat: {goal}   (what is done and fetched is kept)"
                ) from error
            stamp.parent.mkdir(parents=True, exist_ok=True)
            stamp.write_text(step.key, encoding="utf-8")
        return worked

    def _steps(self) -> list[Step]:
        locks = self.root / "requirements"
        bootstrap, runtime = locks / "bootstrap.txt", locks / "run.txt"
        # A moved or copied environment is a broken one: its programs hold its path.
        version = ".".join(platform.python_version_tuple()[:2])
        real = os.path.realpath(sys.executable)
        interpreter = f"{version} {real} {self.venv} pi={self.on_pi}"
        base = _digest(interpreter)
        steps = [
            Step(
                "environment",
                f"Make a Python {version} environment in .venv",
                self._make_environment,
                base,
                self.python.exists,
            ),
            Step(
                "pip",
                "Give it pip and setuptools",
                lambda log: self._bootstrap(bootstrap, log),
                _digest(base, bootstrap),
            ),
            Step(
                "libraries",
                "Find the system libraries that the pose library needs",
                self._libraries,
                done=lambda: libraries.at_hand(self.venv),
            ),
            self._packages("packages", "Install the packages Midstance runs on", base, runtime),
        ]
        if self.on_pi:
            steps.append(
                self._packages(
                    "pi", "Install what the Raspberry Pi's camera needs", base, locks / "pi.txt"
                )
            )
        steps += [
            Step(
                "midstance",
                "Install Midstance itself",
                self._install_midstance,
                _digest(base, self.root / "pyproject.toml", self.root / "device" / "__init__.py"),
                (self.venv / "bin" / "midstance").exists,
            ),
            Step(
                "loading",
                "See whether every library starts on this machine",
                self._load_everything,
                _digest(base, runtime),
            ),
            Step(
                "model",
                f"Build the pose model {MODEL!r} (36 MB to fetch, 9 MB to keep)",
                self._build_model,
                done=self._model_is_built,
            ),
        ]
        if self.dev:
            steps.append(
                self._packages("dev", "Install what the tests need", base, locks / "dev.txt")
            )
        return steps

    def _packages(self, name: str, title: str, base: str, lock: Path) -> Step:
        return Step(
            name,
            title,
            lambda log: packages.install(self.python, lock, log, self.console),
            _digest(base, lock),
        )

    def _stamp(self, step: Step) -> Path:
        return self.venv / "stamps" / step.name

    def _is_done(self, step: Step) -> bool:
        try:
            stamped = self._stamp(step).read_text(encoding="utf-8") == step.key
        except OSError:
            stamped = False
        # A step without a key is judged by looking alone.
        return (stamped or not step.key) and step.done()

    def _make_environment(self, log: Path) -> None:
        # --without-pip: Debian's Python has no ensurepip unless python3-venv is installed.
        # Stamps of an older environment are cleared with it.
        command = [sys.executable, "-m", "venv", "--without-pip", "--clear"]
        if self.on_pi:
            # picamera2 and lgpio come with the system: they belong to its kernel and libcamera.
            command.append("--system-site-packages")
        run([*command, self.venv], self.root / ".cache" / "environment.txt")
        if self.on_pi:
            absent = [
                name for name in ("picamera2", "lgpio") if importlib.util.find_spec(name) is None
            ]
            if absent:
                self.console.note(
                    f"No {' and no '.join(absent)} on this Pi: camera and buttons need "
                    "sudo apt install python3-picamera2 python3-lgpio"
                )

    def _bootstrap(self, lock: Path, log: Path) -> None:
        """Install the locked pip and setuptools with whatever pip there is."""
        if importlib.util.find_spec("ensurepip"):
            run([self.python, "-m", "ensurepip"], log.with_suffix(".ensurepip.txt"))
            pip: list[str | Path] = [self.python, "-m", "pip"]
        elif importlib.util.find_spec("pip"):
            pip = [sys.executable, "-m", "pip", "--python", self.python]
        else:
            raise StepError(
                f"{sys.executable} has neither pip nor ensurepip.\n"
                "Install one: sudo apt install python3-pip"
            )
        arguments = ["--require-hashes", "--no-deps", "--only-binary=:all:", "--no-input"]
        environment = {"PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        run(
            [*pip, "install", *arguments, *packages.PATIENCE, "-r", lock],
            log,
            on_line=packages.PipProgress(self.console),
            env=environment,
        )

    def _libraries(self, log: Path) -> None:
        purelib = next((self.venv / "lib").glob("python3.*/site-packages"))
        libraries.fetch(self.venv, purelib, log, self.console)

    def _install_midstance(self, log: Path) -> None:
        arguments = ["--no-deps", "--no-build-isolation", "--no-index", "--no-input", "--quiet"]
        run([self.python, "-m", "pip", "install", *arguments, "-e", self.root], log)

    def _load_everything(self, log: Path) -> None:
        environment = {"PYGAME_HIDE_SUPPORT_PROMPT": "1"}
        run([self.python, "-c", _LIBRARIES_LOAD], log, env=environment, cwd=self.root)
        try:
            run([self.python, "-c", _MEDIAPIPE_LOADS], log.with_suffix(".mediapipe.txt"))
        except StepError as error:
            if error.code is None or error.code > 0:
                raise
            # Killed by a signal: the processor lacks instructions that the library uses unasked.
            self.console.note("MediaPipe's library cannot run on this processor (as on a Pi 4);")
            self.console.note('its networks run on LiteRT instead: estimator = "litert" in [pose]')

    def _model_is_built(self) -> bool:
        result = subprocess.run(
            [self.python, "-c", _MODEL_IS_BUILT],
            cwd=self.root,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        return result.returncode == 0

    def _build_model(self, log: Path) -> None:
        midstance = self.venv / "bin" / "midstance"
        run(
            [midstance, "models", "build", MODEL],
            log,
            on_line=self.console.progress,
            cwd=self.root,
        )


def main(arguments: list[str]) -> int:
    """Set up; return the exit code."""
    parser = argparse.ArgumentParser(prog="tools/setup", description="Set Midstance up in .venv.")
    parser.add_argument("--dev", action="store_true", help="also what the tests need")
    parser.add_argument("--quiet", action="store_true", help="say nothing when all is done")
    options = parser.parse_args(arguments)
    began = time.monotonic()
    try:
        with _alone(ROOT):
            worked = Setup(ROOT, dev=options.dev).run()
    except StepError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"\nSetting up stopped: {error}. To repeat: make setup", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted. To go on: make setup", file=sys.stderr)
        return 130
    if worked:
        print(f"Midstance is set up in .venv ({time.monotonic() - began:.0f} s).")
    elif not options.quiet:
        print("Midstance is set up in .venv: nothing to do.")
    return 0


def is_raspberry_pi() -> bool:
    """Whether this machine is a Raspberry Pi."""
    try:
        return "Raspberry Pi" in DEVICE_TREE_MODEL.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Wait until no other setting-up works on this repository."""
    folder = root / ".cache"
    folder.mkdir(exist_ok=True)
    with (folder / "setup.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another setting-up is at work here; waiting for it ...", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _digest(*parts: str | Path) -> str:
    """A hash over texts and the contents of files; a file that is missing counts as empty."""
    sha = hashlib.sha256()
    for part in parts:
        if isinstance(part, Path):
            data = part.read_bytes() if part.is_file() else b""
        else:
            data = os.fsencode(part)
        sha.update(len(data).to_bytes(8, "big") + data)
    return sha.hexdigest()
