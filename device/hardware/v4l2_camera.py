"""USB webcams and other V4L2 devices as a frame source, read with PyAV (FFmpeg's libraries)."""

from __future__ import annotations

import fcntl
import os
import select
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np

from device.clock import NS_PER_S, Clock, MonotonicClock
from device.config import Camera
from device.domain.frames import Frame
from device.errors import CameraError
from device.hardware import planes
from device.hardware.v4l2_formats import (
    FFMPEG_NAMES,
    WANTED,
    WebcamFormat,
    choose_format,
    formats,
    webcams,
)
from device.ports import SourceInfo

SAME_CLOCK_S = 5.0
"""Time stamps further than this from the monotonic clock are of another clock."""
WAIT_MS = 250
SILENT_S = 1.5
FIRST_S = 8.0
"""A webcam may take this long to its first picture."""
MOST_BAD = 30
"""So many broken pictures in a row (a bad cable) are a failure; a single one is passed over."""


class V4l2Camera:
    """A `FrameSource` on the webcam that `settings` name, or with the path "auto" on the first.

    Size and rate are wishes: what comes nearest is asked of the driver, which answers with what it
    can. Frames carry the kernel's time stamp where the driver stamps on the monotonic clock (nearly
    all do), else the time at which they arrived. Raises `CameraError` when the device is absent,
    busy, falls silent or goes away.
    """

    def __init__(
        self,
        settings: Camera,
        clock: Clock | None = None,
        *,
        open_device: Callable[..., Any] = av.open,
        find_formats: Callable[[str], list[WebcamFormat]] = formats,
    ) -> None:
        self._settings = settings
        self._clock = clock or MonotonicClock()
        self._closed = threading.Event()
        self._path = settings.path if settings.path != "auto" else _first()
        size_px, fps = (settings.width_px, settings.height_px), settings.fps
        try:
            known = find_formats(self._path)
        except OSError as error:
            raise self._failed("cannot be opened", error) from error
        asked = choose_format(known, size_px, fps, settings.webcam_format)
        options = {"video_size": f"{size_px[0]}x{size_px[1]}", "framerate": f"{fps:g}"}
        if asked is not None:
            options = {
                "video_size": f"{asked.size_px[0]}x{asked.size_px[1]}",
                "framerate": f"{asked.fps:g}",
                "input_format": FFMPEG_NAMES[asked.code],
            }
        elif settings.webcam_format != "auto":
            options["input_format"] = FFMPEG_NAMES[WANTED[settings.webcam_format]]
        try:
            self._container: Any = open_device(self._path, format="v4l2", options=options)
        except (av.FFmpegError, OSError, ValueError) as error:
            raise self._failed("cannot be opened", error) from error
        self._handle = _handle_of(self._path)
        self._video = self._container.streams.video[0]
        rate = self._video.average_rate or self._video.guessed_rate
        size = (self._video.width, self._video.height)
        if settings.rotation_deg in (90, 270):
            size = size[1], size[0]
        name = _card(self._path) or self._path
        self._info = SourceInfo(name, size, float(rate) if rate else fps, simulated=False)

    @property
    def info(self) -> SourceInfo:
        """The device, and size and rate as the driver has set them."""
        return self._info

    def frames(self) -> Iterator[Frame]:
        """Yield pictures until `close()`."""
        seq, last_ns = 0, -1
        turn = (self._settings.rotation_deg, self._settings.mirror)
        try:
            for picture in self._pictures():
                t_ns = self._time_ns(picture)
                if t_ns <= last_ns:
                    continue
                last_ns = t_ns
                image = planes.turned(picture.to_ndarray(format="rgb24"), *turn)
                yield Frame(seq, t_ns, np.ascontiguousarray(image))
                seq += 1
        finally:
            # Only here: FFmpeg's reader must not be closed under a thread that reads.
            self._container.close()

    def close(self) -> None:
        """End `frames()`, within a quarter of a second where the kernel lets itself be asked."""
        self._closed.set()

    def _pictures(self) -> Iterator[Any]:
        """Decoded pictures. The wait for each is the kernel's poll(2): reading itself could not be
        interrupted."""
        packets = self._container.demux(self._video)
        bad, allowed_s = 0, FIRST_S
        while not self._closed.is_set() and self._wait(allowed_s):
            try:
                packet = next(packets, None)
                if packet is None:
                    raise self._failed("stopped", EOFError("it sends no more"))
                pictures = packet.decode()
            except (av.InvalidDataError, av.BlockingIOError) as error:
                bad += 1
                packets = self._container.demux(self._video)  # what threw has ended
                if bad > MOST_BAD:
                    raise self._failed("sends broken pictures", error) from error
                continue
            except (av.FFmpegError, OSError) as error:
                if self._closed.is_set():
                    return
                raise self._failed("stopped", error) from error
            bad, allowed_s = 0, SILENT_S
            for picture in pictures:
                if self._closed.is_set():
                    return
                yield picture

    def _wait(self, allowed_s: float) -> bool:
        """Wait for a picture; False when closed meanwhile. Raises `CameraError` when none comes."""
        if self._handle is None:
            return True
        poll = select.poll()
        poll.register(self._handle, select.POLLIN)
        waited_s = 0.0
        while not self._closed.is_set():
            if poll.poll(WAIT_MS):
                return True  # an error counts as well: reading then says which
            waited_s += WAIT_MS / 1000
            if waited_s >= allowed_s:
                raise CameraError(
                    f"The camera {self._path} sends no pictures.",
                    remedy="Check its cable, and that no other program uses it.",
                )
        return False

    def _time_ns(self, picture: Any) -> int:
        now_ns = self._clock.now_ns()
        if picture.pts is None or picture.time_base is None:
            return now_ns
        t_ns = round(float(picture.pts * picture.time_base) * NS_PER_S)
        return t_ns if abs(t_ns - now_ns) < SAME_CLOCK_S * NS_PER_S else now_ns

    def _failed(self, what: str, error: Exception) -> CameraError:
        why = getattr(error, "strerror", None) or str(error)
        return CameraError(
            f"The camera {self._path} {what} ({why}).",
            remedy="Check its cable, and that no other program uses it.",
        )


def _first() -> str:
    found = webcams()
    if not found:
        raise CameraError(
            "There is no webcam.",
            remedy="Plug one in; whoever runs Midstance must be in the group video.",
        )
    return found[0].path


def _card(path: str) -> str:
    """The webcam's own name, from the kernel."""
    name = Path("/sys/class/video4linux") / Path(path).resolve().name / "name"
    try:
        return name.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _handle_of(path: str, table: Path = Path("/proc/self/fd")) -> int | None:
    """The number under which FFmpeg holds the device open, which it does not tell (or None)."""
    real = os.path.realpath(path)
    for entry in sorted(table.iterdir(), key=lambda one: -int(one.name)) if table.is_dir() else ():
        try:
            handle = int(entry.name)
            if os.path.samefile(entry, real) and (
                fcntl.fcntl(handle, fcntl.F_GETFL) & os.O_ACCMODE != os.O_WRONLY
            ):
                return handle
        except OSError:
            continue
    return None
