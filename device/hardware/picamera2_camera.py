"""The Pi's camera through picamera2; nobody else imports it.

One configuration with two streams: the full size for the clip, a smaller one in which is measured,
both of the same moment and with the sensor's own time stamp on the monotonic clock. The mode is
chosen from what the sensor can do, the exposure is capped, the focus stays where it is put.
"""

from __future__ import annotations

import atexit
import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from dataclasses import dataclass
from typing import Any

import numpy as np

from device.config import Camera
from device.domain.frames import Frame
from device.domain.kiosk import HealthItem
from device.errors import CameraError
from device.hardware import exposure, planes, sensor_modes
from device.hardware.sensor_modes import SensorMode
from device.ports import SourceInfo

log = logging.getLogger(__name__)

WAIT_S = 0.25
SILENT_S = 1.5
"""Noticed here after this long; the kiosk looks after the camera twice a second besides."""
FIRST_S = 8.0
"""A camera may take this long to its first picture."""
USUAL_FOCUS_M = 2.2
"""Camera Module 3, focused there, is sharp from 1.5 m to 4.4 m."""
BUFFERS = 6
CABLE = "Check the camera's cable, then switch the station off and on again."

_FAULTS = (RuntimeError, IndexError, OSError, ValueError, KeyError, CancelledError)
"""What picamera2 and libcamera throw."""
_known_modes: dict[str, list[SensorMode]] = {}
"""By the camera's Id: asking takes a second, and a camera that is brought up again has no time."""


@dataclass(frozen=True, slots=True)
class Library:
    """What is used of picamera2 and libcamera."""

    picamera2: Any
    """The class ``picamera2.Picamera2``."""
    transform: Callable[..., Any]
    """``libcamera.Transform``."""
    colour_space: Callable[[], Any]
    """``libcamera.ColorSpace.Smpte170m``."""
    manual_focus: Any = 0
    """``libcamera.controls.AfModeEnum.Manual``."""
    sensors: Callable[[], list[tuple[str, str]]] = sensor_modes.sensors


class Picamera2Camera:
    """A `FrameSource` on a Pi camera as `settings` want it, the runner `distance_m` away.

    Raises `CameraError` when there is no camera, it cannot do what is asked, or it falls silent.
    """

    def __init__(
        self,
        settings: Camera,
        distance_m: float | None = None,
        library: Library | None = None,
    ) -> None:
        self._settings = settings
        self._library = library or _library()
        self._longest_us = round(settings.longest_exposure_s * 1e6)
        self._closed = threading.Event()
        self._closing = threading.Lock()
        self._camera: Any = None
        try:
            self._open()
            self._start(settings.focus_m or distance_m or USUAL_FOCUS_M)
        except BaseException as error:
            self.close()  # or nobody could open it again
            if not isinstance(error, _FAULTS):
                raise
            raise CameraError(
                f"The camera cannot be started: {_why(error)}.", remedy=CABLE
            ) from error

    @property
    def info(self) -> SourceInfo:
        """Sensor and mode, the size of the pictures measured in, pictures a second."""
        return self._info

    @property
    def health(self) -> HealthItem:
        """Whether there is light enough."""
        return self._light.item

    def frames(self) -> Iterator[Frame]:
        """Yield pictures until `close()`."""
        seq = 0
        last_ns = -1
        while (request := self._next(first=last_ns < 0)) is not None:
            try:
                metadata = request.get_metadata()
                t_ns = int(metadata["SensorTimestamp"])
                if t_ns <= last_ns:
                    continue  # the same picture again, as happens after a restart of the sensor
                frame = self._frame(request, seq, t_ns)
            except _FAULTS as error:
                if self._closed.is_set():
                    return
                raise CameraError(f"The camera failed: {_why(error)}.", remedy=CABLE) from error
            finally:
                request.release()
            self._light.note(metadata, t_ns)
            last_ns = t_ns
            yield frame
            seq += 1

    def close(self) -> None:
        """Let go of the camera; from any thread, any number of times. It may hang in the library:
        whoever must not wait calls it in a thread of its own."""
        self._closed.set()
        with self._closing:
            camera, self._camera = self._camera, None
        if camera is None:
            return
        # Should it hang, it must not hang again at the end of the process.
        atexit.unregister(camera.close)
        # Without this the library's own stop waits for ever behind a picture that never comes.
        # Old versions do not have it.
        getattr(camera, "cancel_all_and_flush", lambda: None)()
        camera.close()

    # --- setting up -----------------------------------------------------------------------------

    def _open(self) -> None:
        """Open the camera with its exposure capped.

        The cap stands in the tuning file, which libcamera reads when it looks for cameras: so the
        sensor's name has to be known before, from the kernel. Where it turns out to be another
        one, the camera is opened again.
        """
        number = self._settings.number
        found = self._library.sensors()
        model = found[number][1] if number < len(found) else ""
        for last in (False, True):
            tuning = self._tuning(model)
            self._camera = self._library.picamera2(number, tuning=tuning)
            self._capped = tuning is not None
            real = self._tuned_for()
            if last or real == model or self._tuning(real) is None:
                return
            model = real
            camera, self._camera = self._camera, None
            camera.close()

    def _tuned_for(self) -> str:
        """The name that the camera's tuning file goes by."""
        properties = self._camera.camera_properties
        model = str(properties.get("Model", ""))
        mono = "ColorFilterArrangement" in properties and self._camera.is_mono
        return f"{model}_mono" if mono and not model.endswith("_mono") else model

    def _tuning(self, model: str) -> dict[str, Any] | None:
        if not model:
            return None
        try:
            tuning = self._library.picamera2.load_tuning_file(f"{model}.json")
        except (RuntimeError, OSError, ValueError):
            return None
        return tuning if exposure.cap(tuning, self._longest_us) else None

    def _start(self, focus_m: float) -> None:
        camera, settings = self._camera, self._settings
        size_px = (settings.width_px // 2 * 2, settings.height_px // 2 * 2)
        self._mode = self._choose(size_px)
        self._fps = 1e6 / sensor_modes.frame_us(self._mode, settings.fps)
        # Half a turn and mirroring cost nothing in the sensor; a quarter has to be done here.
        half = settings.rotation_deg == 180
        self._rotation_deg = 0 if half else settings.rotation_deg
        self._mirror = settings.mirror and self._rotation_deg != 0
        flip = settings.mirror and self._rotation_deg == 0
        configuration = camera.create_video_configuration(
            main={"size": size_px, "format": "YUV420"},
            lores=self._smaller(size_px),
            raw=None,
            transform=self._library.transform(hflip=int(half != flip), vflip=int(half)),
            colour_space=self._library.colour_space(),
            controls=self._controls(focus_m),
            buffer_count=BUFFERS,
            display=None,
            encode=None,
            **self._sensor(),
        )
        camera.configure(configuration)
        got = camera.camera_configuration()
        self._full_px = _size(got["main"])
        self._layout = {name: str(got[name]["format"]) for name in ("main", "lores") if got[name]}
        self._sizes = {name: _size(got[name]) for name in self._layout}
        self._measured = "lores" if "lores" in self._layout else "main"
        width, height = self._sizes[self._measured]
        if self._rotation_deg:
            width, height = height, width
        model = str(camera.camera_properties.get("Model", "camera"))
        name = model if self._mode is None else f"{model} {self._mode.name}"
        self._info = SourceInfo(name, (width, height), self._fps, simulated=False)
        gains = camera.camera_controls.get("AnalogueGain", (1.0, exposure.TOP_GAIN, None))
        self._light = exposure.Light(self._longest_us, float(gains[1] or exposure.TOP_GAIN))
        camera.start()

    def _choose(self, size_px: tuple[int, int]) -> SensorMode | None:
        properties = self._camera.camera_properties
        if "ColorFilterArrangement" not in properties:
            return None  # no sensor of a Pi (the virtual camera): it has no modes
        key = f"{properties.get('Model')}/{self._settings.number}"
        if key not in _known_modes:
            _known_modes[key] = sensor_modes.modes_of(self._camera.sensor_modes)
        modes, wanted = _known_modes[key], self._settings.sensor_mode
        try:
            mode = sensor_modes.choose_mode(modes, size_px, self._settings.fps, wanted)
        except ValueError as error:
            raise CameraError(
                f"The camera {properties.get('Model')} has no mode {wanted}; it has {error}.",
                remedy='Change sensor_mode in [camera], for example to "auto".',
            ) from error
        if mode is not None:
            log.info("camera %s: mode %s, at most %g/s", key, mode.name, mode.fps)
        return mode

    def _sensor(self) -> dict[str, Any]:
        if self._mode is None:
            return {}
        return {"sensor": {"output_size": self._mode.size_px, "bit_depth": self._mode.bit_depth}}

    def _smaller(self, size_px: tuple[int, int]) -> dict[str, Any] | None:
        """The second stream; None where the first is small enough for both."""
        factor = self._settings.measured_px / max(size_px)
        if factor >= 1:
            return None
        width, height = (max(2, round(side * factor / 2) * 2) for side in size_px)
        # On a Pi 4 and older this stream has to be YUV.
        return {"size": (width, height), "format": "YUV420"}

    def _controls(self, focus_m: float) -> dict[str, Any]:
        """Only what the camera has: picamera2 throws for any other."""
        there = self._camera.camera_controls
        frame_us = round(1e6 / self._fps)
        wanted: dict[str, Any] = {"FrameDurationLimits": (frame_us, frame_us)}
        if not self._capped:
            # No tuning file to put the cap in: fixed at the cap, the gain follows.
            wanted["ExposureTime"] = min(self._longest_us, frame_us)
        if "LensPosition" in there:
            nearest = float(there["LensPosition"][1] or 10.0)
            wanted["AfMode"] = self._library.manual_focus
            wanted["LensPosition"] = min(1 / focus_m, nearest)
        return {name: value for name, value in wanted.items() if name in there}

    # --- pictures -------------------------------------------------------------------------------

    def _frame(self, request: Any, seq: int, t_ns: int) -> Frame:
        measured = self._picture(request, self._measured)
        full = measured if self._measured == "main" else self._picture(request, "main")
        if measured.ndim == 3:
            return Frame(seq, t_ns, measured)
        return Frame(seq, t_ns, planes.rgb(measured), full if full.ndim == 2 else None)

    def _picture(self, request: Any, stream: str) -> planes.Bytes:
        """The stream's picture, turned: packed I420, or red, green, blue where it comes so."""
        raw = request.make_array(stream)
        turn = (self._rotation_deg, self._mirror)
        if raw.ndim == 3:
            colours = np.ascontiguousarray(raw[:, :, :3])
            return np.ascontiguousarray(planes.turned(colours, *turn))
        packed = planes.i420(raw, self._layout[stream], self._sizes[stream])
        return planes.turned_i420(packed, *turn)

    def _next(self, *, first: bool) -> Any:
        """The next completed request, None after `close()`."""
        waited_s = 0.0
        allowed_s = FIRST_S if first else SILENT_S
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
            except _FAULTS as error:
                if self._closed.is_set():
                    break
                raise CameraError(f"The camera failed: {_why(error)}.", remedy=CABLE) from error
            if waited_s >= allowed_s:
                raise CameraError("The camera sends no pictures.", remedy=CABLE)
        return None


def _why(error: BaseException) -> str:
    """What was the matter: the library wraps it in words that say nothing."""
    while error.__cause__ is not None:
        error = error.__cause__
    return (str(error) or type(error).__name__).rstrip(".")


def _size(stream: dict[str, Any]) -> tuple[int, int]:
    width, height = stream["size"]
    return int(width), int(height)


def _library() -> Library:
    try:
        import libcamera
        from picamera2 import Picamera2
    except ImportError as error:
        raise CameraError(
            f"The Pi camera's library is missing ({error}).",
            remedy="Install python3-picamera2 and set Midstance up again, or choose another "
            'source in [camera], for example "demo".',
        ) from error
    return Library(
        Picamera2,
        libcamera.Transform,
        libcamera.ColorSpace.Smpte170m,
        libcamera.controls.AfModeEnum.Manual,
    )


def modes_by_opening(number: int = 0) -> list[SensorMode]:
    """Ask the camera itself for its modes; takes a second or two, and the camera must be free.

    Raises `CameraError`. For `midstance doctor`, which asks in a process of its own.
    """
    camera: Any = None
    try:
        camera = _library().picamera2(number)
        return sensor_modes.modes_of(camera.sensor_modes)
    except _FAULTS as error:
        raise CameraError(f"The camera cannot be asked: {_why(error)}.", remedy=CABLE) from error
    finally:
        if camera is not None:
            camera.close()
