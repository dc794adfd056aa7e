"""USB webcams and other V4L2 devices as a frame source, read with PyAV (FFmpeg's libraries)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import av

from device.clock import NS_PER_S, Clock, MonotonicClock
from device.domain.frames import Frame
from device.errors import CameraError
from device.ports import SourceInfo

SAME_CLOCK_S = 5.0
"""Time stamps further than this from the monotonic clock are of another clock."""


class V4l2Camera:
    """A `FrameSource` on the device `path` (``/dev/video0``).

    Size and rate are wishes: the driver answers with what it can. Frames carry the kernel's time
    stamp where the driver stamps on the monotonic clock (nearly all do), else the time at which
    they arrived. Raises `CameraError` when the device is absent, busy, or goes away.
    """

    def __init__(
        self, path: str, size_px: tuple[int, int], fps: float, clock: Clock | None = None
    ) -> None:
        self._path = path
        self._clock = clock or MonotonicClock()
        self._closed = threading.Event()
        options = {"video_size": f"{size_px[0]}x{size_px[1]}", "framerate": f"{fps:g}"}
        try:
            self._container: Any = av.open(path, format="v4l2", options=options)
        except (av.FFmpegError, OSError, ValueError) as error:
            raise self._failed("cannot be opened", error) from error
        self._video = self._container.streams.video[0]
        rate = self._video.average_rate or self._video.guessed_rate
        size = (self._video.width, self._video.height)
        self._info = SourceInfo(path, size, float(rate) if rate else fps, simulated=False)

    @property
    def info(self) -> SourceInfo:
        """The device, and size and rate as the driver has set them."""
        return self._info

    def frames(self) -> Iterator[Frame]:
        """Yield pictures until `close()`."""
        seq, last_ns = 0, -1
        try:
            for picture in self._container.decode(self._video):
                if self._closed.is_set():
                    break
                t_ns = self._time_ns(picture)
                if t_ns <= last_ns:
                    continue
                last_ns = t_ns
                yield Frame(seq, t_ns, picture.to_ndarray(format="rgb24"))
                seq += 1
        except (av.FFmpegError, OSError) as error:
            if not self._closed.is_set():
                raise self._failed("stopped", error) from error
        finally:
            # Only here: FFmpeg's reader must not be closed under a thread that reads.
            self._container.close()

    def close(self) -> None:
        """End `frames()` at the next picture."""
        self._closed.set()

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
