"""What is plugged in: camera, buttons, display, stick, disks."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from device.commands.finding import Finding
from device.config import Camera, Config
from device.errors import MidstanceError
from device.hardware import gpio_lines, v4l2_formats
from device.hardware.screen_probe import connected_screen, desktop, drivers, modes_of_screen
from device.hardware.sensor_modes import SensorMode, choose_mode, sensors
from device.hardware.video_chip import CHIP, choose_encoder

_LEAST_FREE_MB = 500
_ASK_CAMERA_S = 30.0
_ASK = (
    "import dataclasses, json, sys\n"
    "from device.hardware.picamera2_camera import modes_by_opening\n"
    "modes = modes_by_opening(int(sys.argv[1]))\n"
    "print('MODES ' + json.dumps([dataclasses.asdict(mode) for mode in modes]))\n"
)


def all_of_them(config: Config) -> Iterator[Finding]:
    """Everything that the configuration needs."""
    yield from camera(config)
    yield buttons(config)
    yield display(config)
    yield sound(config)
    yield from stick(config)
    yield from disks(config)


# --- sound ---------------------------------------------------------------------------------------


def sound(config: Config, cards: Path = Path("/proc/asound/cards")) -> Finding:
    """What would make the metronome heard; `cards` is the kernel's list of outputs."""
    wanted = config.sound.output
    if wanted == "none":
        return Finding("sound", "ok", "none is wanted; the beat is on the screen")
    if wanted == "simulated":
        return Finding("sound", "ok", "simulated: nobody hears the beat")
    try:
        names = re.findall(r"^ *\d+ \[(\S+) *\]", cards.read_text(), re.MULTILINE)
    except OSError:
        names = []
    if not names:
        return Finding(
            "sound",
            "warn",
            "no output: the beat of a cadence trial will be on the screen alone",
            'Connect a loudspeaker, or set output = "none" in [sound].',
        )
    return Finding("sound", "ok", f"{', '.join(names)} (not tried)", details={"cards": names})


# --- camera -------------------------------------------------------------------------------------


def camera(config: Config) -> Iterator[Finding]:
    """The camera, its modes, and who compresses the clip."""
    settings = config.camera
    if settings.source == "demo":
        yield Finding("camera", "ok", "the embedded demo runner (simulated)")
    elif settings.source == "video":
        yield _recording(Path(settings.path))
    elif settings.source == "v4l2":
        yield _webcam(settings)
    else:
        yield from _picamera2(settings)
    codec, _ = choose_encoder(config.clip.encoder, (settings.width_px, settings.height_px))
    who = "by this machine's video chip" if codec == CHIP else "by the processor (libx264)"
    yield Finding("clip encoder", "ok", f"H.264 {who}", details={"codec": codec})


def _recording(path: Path) -> Finding:
    from device.hardware.video import VideoSource

    try:
        info = VideoSource(path).info
    except MidstanceError as error:
        return Finding("camera", "fault", error.what, error.remedy)
    width, height = info.size_px
    return Finding("camera", "ok", f"{path} (a recording, {width}x{height}, {info.fps:g} a second)")


def _webcam(settings: Camera) -> Finding:
    there = v4l2_formats.webcams()
    path = settings.path
    if path == "auto":
        if not there:
            return Finding("camera", "fault", "there is no webcam", "Plug one in.")
        path = there[0].path
    names = ", ".join(f"{one.path} {one.card}" for one in there) or "none"
    try:
        found = v4l2_formats.formats(path)
    except OSError as error:
        return Finding(
            "camera",
            "fault",
            f"{path} cannot be opened: {error.strerror} (here: {names})",
            "Plug the camera in, or name another device under [camera] path; "
            "you must be in the group video.",
        )
    size_px = settings.width_px, settings.height_px
    chosen = v4l2_formats.choose_format(found, size_px, settings.fps, settings.webcam_format)
    if chosen is None:
        sent = f'what "{settings.webcam_format}" asks for' if found else "MJPG or YUYV"
        return Finding(
            "camera",
            "warn",
            f"{path} does not say that it sends {sent}",
            'Set webcam_format = "auto" in [camera], or try another webcam.',
        )
    width, height = chosen.size_px
    text = f"{names}; asked for {chosen.code} {width}x{height}, {chosen.fps:g} a second"
    listed = [f"{f.code} {f.size_px[0]}x{f.size_px[1]} {f.fps:g}/s" for f in found]
    if chosen.fps < 0.9 * settings.fps:
        return Finding(
            "camera",
            "warn",
            f"{text}; {settings.fps:g} were wanted",
            "Ask for a smaller picture in [camera], or use a faster camera.",
            {"modes": listed},
        )
    return Finding("camera", "ok", text, details={"modes": listed})


def _picamera2(settings: Camera) -> Iterator[Finding]:
    there = sensors()
    known = ", ".join(model for _, model in there)
    for module in ("libcamera", "picamera2"):
        if importlib.util.find_spec(module) is None:
            yield Finding(
                "camera",
                "fault",
                f"the Python module {module} is not there",
                "On a Raspberry Pi: sudo apt install python3-picamera2, with an environment made "
                "with --system-site-packages. Elsewhere choose another [camera] source.",
            )
            return
    if not there and not list(Path("/dev").glob("media*")):
        yield Finding(
            "camera",
            "fault",
            "no camera is connected (no /dev/media*)",
            "Switch the station off, check the ribbon cable at both ends, and switch it on; "
            "then: rpicam-hello --list-cameras",
        )
        return
    try:
        modes = _ask_camera(settings.number)
    except MidstanceError as error:
        # Busy is what it is while the kiosk runs.
        found = f"{known or 'a camera'} is there; it does not tell its modes ({error.what})"
        remedy = "While the kiosk runs, it has the camera: sudo systemctl stop midstance"
        yield Finding("camera", "warn", found, remedy)
        return
    yield camera_modes(settings, known or "camera", modes)


def camera_modes(settings: Camera, name: str, modes: Sequence[SensorMode]) -> Finding:
    """Which of the camera's modes is taken, and whether it is what was asked for."""
    size_px = settings.width_px, settings.height_px
    listed = [f"{m.name} {m.fps:g}/s of {m.crop_px[0]}x{m.crop_px[1]}" for m in modes]
    details: dict[str, object] = {"modes": listed}
    try:
        mode = choose_mode(modes, size_px, settings.fps, settings.sensor_mode)
    except ValueError as error:
        found = f"{name} has no mode {settings.sensor_mode}; it has {error}"
        return Finding("camera", "fault", found, 'Set sensor_mode = "auto" in [camera].', details)
    if mode is None:
        return Finding("camera", "ok", f"{name}; it has no sensor modes", details=details)
    text = f"{name} at {mode.name}, {min(mode.fps, settings.fps):g} a second"
    if len(listed) > 1:
        text += f" (it has: {', '.join(listed)})"
    if mode.fps < 0.9 * settings.fps:
        remedy = f"Set fps = {int(mode.fps)} in [camera], or use a faster camera."
        return Finding("camera", "warn", f"{text}; {settings.fps:g} wanted", remedy, details)
    return Finding("camera", "ok", text, details=details)


def _ask_camera(number: int) -> list[SensorMode]:
    """The camera's modes, asked in a process of its own: a camera can hang."""
    try:
        done = subprocess.run(
            [sys.executable, "-c", _ASK, str(number)],
            capture_output=True,
            text=True,
            timeout=_ASK_CAMERA_S,
            check=False,
            env={**os.environ, "LIBCAMERA_LOG_LEVELS": "*:ERROR"},
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise MidstanceError(f"{type(error).__name__}") from error
    for line in done.stdout.splitlines():
        if line.startswith("MODES "):
            return [
                SensorMode(tuple(m["size_px"]), m["fps"], tuple(m["crop_px"]), m["bit_depth"])
                for m in json.loads(line.removeprefix("MODES "))
            ]
    said = done.stderr.strip().splitlines()
    raise MidstanceError(said[-1] if said else "it said nothing")


# --- buttons ------------------------------------------------------------------------------------


def buttons(config: Config, folder: Path = Path("/dev")) -> Finding:
    """The pins, and who else uses them."""
    settings = config.buttons
    if settings.source == "mock":
        return Finding("buttons", "ok", "mock pins (simulated); the keyboard works too")
    if settings.source == "none":
        return Finding("buttons", "ok", "none; the keyboard works")
    if not list(folder.glob("gpiochip*")):
        return Finding(
            "buttons",
            "fault",
            "this machine has no GPIO pins (no /dev/gpiochip*)",
            'On a machine without pins set source = "mock" under [buttons].',
        )
    chip = gpio_lines.header(gpio_lines.chips(folder))
    if chip is None:
        return Finding(
            "buttons", "fault", "the GPIO pins may not be used", "sudo usermod -aG gpio $USER"
        )
    if not any(importlib.util.find_spec(name) for name in ("lgpio", "RPi", "pigpio")):
        return Finding(
            "buttons", "fault", "gpiozero has no pin library", "sudo apt install python3-lgpio"
        )
    pins = {
        f"{colour} {part}": getattr(settings, f"{colour}{key}")
        for colour in ("green", "blue", "yellow")
        for part, key in (("button", "_pin"), ("light", "_led_pin"))
    }
    return _pins(chip, pins)


def _pins(chip: gpio_lines.Chip, pins: dict[str, int]) -> Finding:
    taken = []
    for name, pin in pins.items():
        try:
            user = gpio_lines.user_of(chip, pin)
        except OSError as error:
            user = error.strerror or "?"
        if user is not None and user != "lg":
            taken.append(f"{pin} ({name}): {user}")
    details: dict[str, object] = {"chip": chip.label, "pins": pins}
    listed = ", ".join(f"{name} {pin}" for name, pin in pins.items())
    if taken:
        return Finding(
            "buttons",
            "fault",
            f"used by something else: {'; '.join(taken)}",
            "Choose other pins under [buttons], or switch that off (raspi-config, config.txt).",
            details,
        )
    return Finding("buttons", "ok", f"{chip.label}: {listed}", details=details)


# --- display ------------------------------------------------------------------------------------


def display(config: Config) -> Finding:
    """Whether somebody will see something, and through which driver."""
    wanted, simulated = config.screen.display, config.camera.source in ("demo", "video")
    if wanted == "headless":
        return Finding("display", "ok", "none wanted (headless)")
    if desktop() and wanted != "kmsdrm":
        return Finding("display", "ok", "a desktop")
    screen = connected_screen()
    if screen is not None and wanted != "window":
        modes = modes_of_screen(screen)
        own = f", {modes[0]}" if modes else ""
        driver = ", ".join(drivers()) or "unknown driver"
        return Finding(
            "display",
            "ok",
            f"no desktop; drawn directly on {screen}{own} ({driver})",
            details={"connector": screen, "modes": modes, "drivers": drivers()},
        )
    if wanted == "auto" and simulated:
        return Finding("display", "warn", "none here: the kiosk runs headless", "Connect a screen.")
    remedy = "Connect a screen and switch it on."
    if wanted != "auto":
        remedy = 'Connect a screen, or set display = "auto" under [screen].'
    return Finding("display", "fault", "none here", remedy)


# --- stick and disks ----------------------------------------------------------------------------


def stick(config: Config) -> Iterator[Finding]:
    """The sticks that are in, and who would mount one."""
    if config.stick.source == "folder":
        yield room_in("stick (a folder)", Path(config.stick.path))
        return
    from device.hardware.usb_stick import STATION_UNIT, UsbStick

    if not STATION_UNIT.exists() and shutil.which("udisksctl") is None:
        yield Finding("stick", "fault", "nothing here mounts a stick", "sudo apt install udisks2")
        return
    state = UsbStick().state()
    if not state.present:
        yield Finding("stick", "ok", "none is in (that is no fault)")
    elif state.problem:
        yield Finding("stick", "warn", f"{state.label}: {state.problem}", "Use another stick.")
    else:
        free = f", {state.free_bytes / 1e9:.1f} GB free" if state.free_bytes is not None else ""
        yield Finding("stick", "ok", f"{state.label}{free}")


def disks(config: Config) -> Iterator[Finding]:
    """Room for what the device keeps."""
    yield room_in("room for sessions", Path(config.storage.data_dir))


def room_in(name: str, folder: Path) -> Finding:
    """Whether `folder` may be written, and has room."""
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
    details: dict[str, object] = {"free_mb": free_mb}
    if free_mb < _LEAST_FREE_MB:
        return Finding(
            name,
            "fault",
            f"{folder}: only {free_mb} MB free",
            f"Make room: at least {_LEAST_FREE_MB} MB are needed.",
            details,
        )
    return Finding(name, "ok", f"{folder}: {free_mb} MB free", details=details)
