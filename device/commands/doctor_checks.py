"""The checks of `midstance doctor`. None starts a device, and none raises."""

from __future__ import annotations

import ctypes
import importlib.metadata
import importlib.util
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from device import ALGORITHM_VERSION, __version__
from device.config import Config, digest, load
from device.errors import ConfigError, MidstanceError
from device.hardware.screen_probe import connected_screen, desktop

Level = Literal["ok", "warn", "fault"]

_PACKAGES = (
    "mediapipe",
    "ai-edge-litert",
    "av",
    "numpy",
    "scipy",
    "pygame-ce",
    "gpiozero",
    "msgspec",
    "rich",
    "flatbuffers",
)
_LIBRARIES = {"libEGL.so.1": "libegl1", "libGLESv2.so.2": "libgles2"}
_LEAST_FREE_MB = 500
_SETUP = "make setup"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report; a "fault" is something that the configuration needs."""

    name: str
    level: Level
    found: str
    remedy: str = ""


def all_checks(config_path: Path) -> list[Finding]:
    """Run all checks for the configuration at `config_path`."""
    config_finding, config = _config(config_path)
    findings = [_midstance(), _python(), *_packages(), *_libraries(), config_finding]
    findings += [_pose(config or Config()), *_models(config or Config())]
    # Without a configuration nobody knows which camera, pins and folders are meant.
    if config is not None:
        findings += [*_camera(config), _buttons(config), _display(config), *_disks(config)]
    return findings


def _midstance() -> Finding:
    return Finding("Midstance", "ok", f"{__version__} (algorithm {ALGORITHM_VERSION})")


def _python() -> Finding:
    machine = f"{platform.python_version()}, {platform.machine()}, {platform.platform(terse=True)}"
    if (3, 11) <= sys.version_info[:2] <= (3, 13):
        return Finding("Python", "ok", machine)
    return Finding("Python", "fault", machine, "Use Python 3.11, 3.12 or 3.13.")


def _packages() -> Iterator[Finding]:
    for name in _PACKAGES:
        try:
            yield Finding(f"package {name}", "ok", importlib.metadata.version(name))
        except importlib.metadata.PackageNotFoundError:
            yield Finding(f"package {name}", "fault", "not installed", _SETUP)


def _libraries() -> Iterator[Finding]:
    for library, package in _LIBRARIES.items():
        try:
            ctypes.CDLL(library)
            yield Finding(f"library {library}", "ok", "there")
        except OSError:
            yield Finding(f"library {library}", "fault", "not found", f"sudo apt install {package}")


def _pose(config: Config) -> Finding:
    from device.hardware.processor import MEDIAPIPE_ABORTS, USE_LITERT, lacks_atomics

    estimator = config.pose.estimator
    if estimator == "mediapipe" and lacks_atomics():
        return Finding("pose estimator", "fault", MEDIAPIPE_ABORTS, USE_LITERT)
    if estimator == "recorded":
        return Finding("pose estimator", "ok", f"plays {config.pose.track} back (simulated)")
    return Finding("pose estimator", "ok", f"{estimator}, model {config.pose.model}")


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


def _config(path: Path) -> tuple[Finding, Config | None]:
    try:
        config = load(path)
    except ConfigError as error:
        return Finding("configuration", "fault", error.what, error.remedy), None
    found = f"{path} ({config.station.profile}, {digest(config)})"
    return Finding("configuration", "ok", found), config


def _camera(config: Config) -> Iterator[Finding]:
    camera = config.camera
    if camera.source == "demo":
        yield Finding("camera", "ok", "the embedded demo runner (simulated)")
    elif camera.source == "video":
        yield _recording(Path(camera.path))
    elif camera.source == "v4l2":
        if os.access(camera.path, os.R_OK | os.W_OK):
            yield Finding("camera", "ok", camera.path)
        else:
            devices = ", ".join(sorted(str(p) for p in Path("/dev").glob("video*"))) or "none"
            yield Finding(
                "camera",
                "fault",
                f"{camera.path} cannot be opened (here: {devices})",
                "Plug the camera in, or name another device under [camera] path; "
                "you must be in the group video.",
            )
    else:
        yield _picamera2()


def _recording(path: Path) -> Finding:
    from device.hardware.video import VideoSource

    try:
        info = VideoSource(path).info
    except MidstanceError as error:
        return Finding("camera", "fault", error.what, error.remedy)
    width, height = info.size_px
    return Finding("camera", "ok", f"{path} (a recording, {width}x{height}, {info.fps:g} a second)")


def _picamera2() -> Finding:
    for module in ("libcamera", "picamera2"):
        if importlib.util.find_spec(module) is None:
            return Finding(
                "camera",
                "fault",
                f"the Python module {module} is not there",
                "On a Raspberry Pi: sudo apt install python3-picamera2, with an environment made "
                "with --system-site-packages. Elsewhere choose another [camera] source.",
            )
    media = sorted(Path("/dev").glob("media*"))
    if not media:
        return Finding(
            "camera",
            "fault",
            "no camera is connected (no /dev/media*)",
            "Check the ribbon cable, then: rpicam-hello --list-cameras",
        )
    return Finding("camera", "ok", "libcamera and picamera2 are there")


def _buttons(config: Config) -> Finding:
    source = config.buttons.source
    if source == "mock":
        return Finding("buttons", "ok", "mock pins (simulated); the keyboard works too")
    if source == "none":
        return Finding("buttons", "ok", "none; the keyboard works")
    chips = sorted(str(p) for p in Path("/dev").glob("gpiochip*"))
    if not chips:
        return Finding(
            "buttons",
            "fault",
            "this machine has no GPIO pins (no /dev/gpiochip*)",
            'On a machine without pins set source = "mock" under [buttons].',
        )
    if not any(os.access(chip, os.R_OK | os.W_OK) for chip in chips):
        return Finding(
            "buttons", "fault", "the GPIO pins may not be used", "sudo usermod -aG gpio $USER"
        )
    if not any(importlib.util.find_spec(name) for name in ("lgpio", "RPi", "pigpio")):
        return Finding(
            "buttons", "fault", "gpiozero has no pin library", "sudo apt install python3-lgpio"
        )
    return Finding("buttons", "ok", ", ".join(chips))


def _display(config: Config) -> Finding:
    wanted, simulated = config.screen.display, config.camera.source in ("demo", "video")
    if wanted == "headless":
        return Finding("display", "ok", "none wanted (headless)")
    if desktop() and wanted != "kmsdrm":
        return Finding("display", "ok", "a desktop")
    screen = connected_screen()
    if screen is not None and wanted != "window":
        return Finding("display", "ok", f"no desktop; drawn directly on {screen}")
    if wanted == "auto" and simulated:
        return Finding("display", "warn", "none here: the kiosk runs headless", "Connect a screen.")
    remedy = "Connect a screen and switch it on."
    if wanted != "auto":
        remedy = 'Connect a screen, or set display = "auto" under [screen].'
    return Finding("display", "fault", "none here", remedy)


def _disks(config: Config) -> Iterator[Finding]:
    yield _room("room for sessions", Path(config.storage.data_dir))
    if config.stick.source == "folder":
        yield _room("stick (a folder)", Path(config.stick.path))


def _room(name: str, folder: Path) -> Finding:
    there = folder.absolute()
    while not there.exists():
        there = there.parent
    if not os.access(there, os.W_OK):
        return Finding(
            name,
            "fault",
            f"{folder} may not be written",
            f"sudo chown $USER {there}, or name another folder in the configuration.",
        )
    free_mb = shutil.disk_usage(there).free // 1_000_000
    if free_mb < _LEAST_FREE_MB:
        return Finding(
            name,
            "fault",
            f"{folder}: only {free_mb} MB free",
            f"Make room: at least {_LEAST_FREE_MB} MB are needed.",
        )
    return Finding(name, "ok", f"{folder}: {free_mb} MB free")
