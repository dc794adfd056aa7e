"""What is installed: Midstance, packages, libraries, pose models, programmes."""

from __future__ import annotations

import contextlib
import ctypes
import importlib.metadata
import platform
import sys
from collections.abc import Iterator
from pathlib import Path

from device import ALGORITHM_VERSION, __version__
from device.commands.finding import Finding, Level
from device.config import Config
from device.errors import ConfigError
from device.programmes import load

_PACKAGES = (
    "mediapipe",
    "ai-edge-litert",
    "onnxruntime",
    "av",
    "numpy",
    "scipy",
    "pygame-ce",
    "gpiozero",
    "msgspec",
    "rich",
    "flatbuffers",
)
_OF_THE_SYSTEM = ("picamera2", "lgpio")
"""Not pip's: Debian packages of Raspberry Pi OS. Who needs them says so by itself."""
_LIBRARIES = {"libEGL.so.1": "libegl1", "libGLESv2.so.2": "libgles2"}
_SETUP = "make setup"


def versions() -> Iterator[Finding]:
    """Midstance, Python, packages and libraries."""
    yield Finding(
        "Midstance",
        "ok",
        f"{__version__} (algorithm {ALGORITHM_VERSION})",
        details={"version": __version__, "algorithm": ALGORITHM_VERSION},
    )
    machine = f"{platform.python_version()}, {platform.machine()}, {platform.platform(terse=True)}"
    if (3, 11) <= sys.version_info[:2] <= (3, 13):
        yield Finding("Python", "ok", machine)
    else:
        yield Finding("Python", "fault", machine, "Use Python 3.11, 3.12 or 3.13.")
    for name in _PACKAGES:
        try:
            yield Finding(f"package {name}", "ok", importlib.metadata.version(name))
        except importlib.metadata.PackageNotFoundError:
            yield Finding(f"package {name}", "fault", "not installed", _SETUP)
    for name in _OF_THE_SYSTEM:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            yield Finding(f"package {name}", "ok", f"{importlib.metadata.version(name)} (system)")
    for library, package in _LIBRARIES.items():
        try:
            ctypes.CDLL(library)
            yield Finding(f"library {library}", "ok", "there")
        except OSError:
            yield Finding(f"library {library}", "fault", "not found", f"sudo apt install {package}")


def programmes(config: Config) -> Iterator[Finding]:
    """The coach's programmes: which there are, and what is wrong with one."""
    folder = Path(config.coach.programmes)
    good = []
    for path in sorted(folder.glob("*.toml")):
        try:
            good.append(load(path).name)
        except ConfigError as error:
            yield Finding(f"programme {path.stem}", "fault", error.what, error.remedy)
    if good:
        yield Finding("programmes", "ok", ", ".join(good))
    else:
        yield Finding(
            "programmes",
            "warn",
            f"none in {folder}",
            "The coach has none to offer; config/programmes has three to copy.",
        )


def pose(config: Config) -> Iterator[Finding]:
    """Whether the pose networks can run here, and are whole."""
    from device.hardware.processor import MEDIAPIPE_ABORTS, USE_LITERT, lacks_atomics

    estimator = config.pose.estimator
    if estimator == "mediapipe" and lacks_atomics():
        yield Finding("pose estimator", "fault", MEDIAPIPE_ABORTS, USE_LITERT)
    elif estimator == "recorded":
        yield Finding("pose estimator", "ok", f"plays {config.pose.track} back (simulated)")
    else:
        found = f"{estimator}, model {config.pose.model}"
        if lacks_atomics():
            found += " (MediaPipe itself cannot run on this processor)"
        yield Finding("pose estimator", "ok", found)
    yield from _models(config)


def _models(config: Config) -> Iterator[Finding]:
    from device.hardware import pose_models

    for name in pose_models.MODELS:
        state = pose_models.state(name)
        model = pose_models.AUTO_MODELS[0] if config.pose.model == "auto" else config.pose.model
        wanted = config.pose.estimator != "recorded" and model == name
        remedy = f"midstance models build {name}"
        if state.verified:
            yield Finding(f"pose model {name}", "ok", f"verified ({state.path})")
        elif wanted:
            yield Finding(f"pose model {name}", "fault", state.problem, remedy)
        else:
            # One that nobody asked for is no trouble, unless it is there and broken.
            level: Level = "warn" if state.present else "ok"
            yield Finding(
                f"pose model {name}", level, f"{state.problem}; not needed by this configuration"
            )
