"""The Pi's camera through picamera2; nobody else imports it.

Frames carry the sensor's own timestamp, which libcamera gives on the monotonic clock.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from device.domain.frames import Frame
from device.errors import CameraError
from device.ports import SourceInfo

WAIT_S = 0.25
SILENT_S = 2.0
CABLE = "Check the camera's cable, then switch the station off and on again."


class Picamera2Camera:
    """A `FrameSource` on the first Pi camera, at `size_px` and `fps` frames a second.

    `open_camera` makes the library's camera object (default: ``picamera2.Picamera2``). Raises
    `CameraError` when there is no camera, it cannot do what is asked, or it falls silent.
    """

    def __init__(
        self,
        size_px: tuple[int, int],
        fps: float,
        open_camera: Callable[[], Any] | None = None,
    ) -> None:
        self._closed = threading.Event()
        self._closing = threading.Lock()
        try:
            self._camera: Any = (open_camera or _open)()
            self._configure(size_px, fps)
        except (RuntimeError, IndexError, OSError) as error:
            raise CameraError(f"The camera cannot be started: {error}.", remedy=CABLE) from error
        model = str(self._camera.camera_properties.get("Model", "camera"))
        self._info = SourceInfo(model, self._size(), fps, simulated=False)

    @property
    def info(self) -> SourceInfo:
        """Sensor name, the size really delivered, frames a second asked for."""
        return self._info

    def frames(self) -> Iterator[Frame]:
        """Yield pictures until `close()`."""
        seq = 0
        last_ns = -1
        while (request := self._next()) is not None:
            try:
                t_ns = int(request.get_metadata()["SensorTimestamp"])
                image: Any = request.make_array("main")
            finally:
                request.release()
            if t_ns <= last_ns:
                continue  # the same picture again, as happens after a restart of the sensor
            last_ns = t_ns
            yield Frame(seq, t_ns, np.ascontiguousarray(image[:, :, :3]))
            seq += 1

    def close(self) -> None:
        """Let go of the camera; from any thread, any number of times."""
        self._closed.set()
        with self._closing:
            camera, self._camera = self._camera, None
        if camera is not None:
            camera.stop()
            camera.close()

    def _configure(self, size_px: tuple[int, int], fps: float) -> None:
        frame_us = round(1e6 / fps)
        # picamera2 names formats by their order in a little-endian word: "BGR888" is R, G, B in
        # memory.
        configuration = self._camera.create_video_configuration(
            main={"size": size_px, "format": "BGR888"},
            controls={"FrameDurationLimits": (frame_us, frame_us)},
            buffer_count=6,
        )
        self._camera.configure(configuration)
        self._camera.start()

    def _size(self) -> tuple[int, int]:
        width, height = self._camera.camera_configuration()["main"]["size"]
        return int(width), int(height)

    def _next(self) -> Any:
        """The next completed request, None after `close()`."""
        waited_s = 0.0
        job: Any = None
        while not self._closed.is_set():
            camera = self._camera
            if camera is None:
                break
            try:
                job = job if job is not None else camera.capture_request(wait=False)
                return camera.wait(job, timeout=WAIT_S)
            except TimeoutError:
                waited_s += WAIT_S
            except (RuntimeError, OSError) as error:
                if self._closed.is_set():
                    break
                raise CameraError(f"The camera failed: {error}.", remedy=CABLE) from error
            if waited_s >= SILENT_S:
                raise CameraError(
                    f"The camera has sent no picture for {SILENT_S:.0f} seconds.", remedy=CABLE
                )
        return None


def _open() -> Any:
    try:
        from picamera2 import Picamera2
    except ImportError as error:
        raise CameraError(
            f"The Pi camera's library is missing ({error}).",
            remedy="Install python3-picamera2 and set Midstance up again, or choose another "
            'source in [camera], for example "demo".',
        ) from error
    return Picamera2()
