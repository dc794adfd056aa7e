"""libcamera and a sensor made of Python, under the real picamera2.

`install(folder)` puts stand-ins for libcamera, for the memory that pictures lie in and for what
picamera2 only needs to save, show and encode pictures into `sys.modules`, so that the package in
`folder` can be imported anywhere. What remains, and is tried, is all of picamera2 that the kiosk
uses: configurations, controls, requests, jobs, the event loop, opening and closing.
"""

from __future__ import annotations

import contextlib
import enum
import importlib.util
import mmap
import os
import sys
import threading
import time
from pathlib import Path
from types import ModuleType, SimpleNamespace
from unittest.mock import MagicMock

MODES = {(1536, 864): (8324, (768, 432, 3072, 1728)), (2304, 1296): (17849, (0, 0, 4608, 2592))}
RAW = "SRGGB10_CSI2P"


class Plain:
    """A value with named parts, equal to another one with the same."""

    parts: tuple[str, ...] = ()

    def __init__(self, *values, **named):
        if len(values) == 1 and isinstance(values[0], type(self)):
            values = values[0].to_tuple()
        for part in self.parts:
            setattr(self, part, 0)
        for part, value in [*zip(self.parts, values, strict=False), *named.items()]:
            if part not in self.parts:
                raise TypeError(f"{type(self).__name__} has no {part}")
            setattr(self, part, value)

    def to_tuple(self):
        return tuple(getattr(self, part) for part in self.parts)

    def __hash__(self):
        return id(self)

    def __str__(self):
        return f"{type(self).__name__}{self.to_tuple()}"


class Size(Plain):
    parts = ("width", "height")


class Rectangle(Plain):
    parts = ("x", "y", "width", "height")


class Transform(Plain):
    parts = ("hflip", "vflip", "transpose")


class ColorSpace(Plain):
    parts = ("primaries", "transferFunction", "ycbcrEncoding", "range")
    YcbcrEncoding = SimpleNamespace(Null="none")
    Range = SimpleNamespace(Full="full")
    Sycc = staticmethod(lambda: ColorSpace("srgb", "srgb", "601", "full"))
    Smpte170m = staticmethod(lambda: ColorSpace("170m", "709", "601", "limited"))
    Rec709 = staticmethod(lambda: ColorSpace("709", "709", "709", "limited"))
    Raw = staticmethod(lambda: ColorSpace("raw", "linear", "none", "full"))


class PixelFormat(str):
    """A format by its name."""


class ControlType(enum.Enum):
    Integer32, Float, Rectangle, Size = range(4)


class ControlId:
    def __init__(self, name, kind=ControlType.Integer32):
        self.name, self.type = name, kind


Info = lambda low, high, default=None: SimpleNamespace(min=low, max=high, default=default)  # noqa: E731
Status = enum.Enum("Status", "Valid Adjusted Invalid")
Role = enum.Enum("Role", "StillCapture Raw VideoRecording Viewfinder")
Orientation = enum.Enum(
    "Orientation",
    "Rotate0 Rotate0Mirror Rotate180 Rotate180Mirror Rotate90 Rotate90Mirror Rotate270 "
    "Rotate270Mirror",
)
Frame = enum.Enum("Frame", "Success Error")
Done = enum.Enum("Done", "Pending Complete Cancelled")
AfMode = enum.IntEnum("AfMode", {"Manual": 0, "Auto": 1, "Continuous": 2})

IDS = {
    name: ControlId(name, kind)
    for name, kind in {
        "FrameDurationLimits": ControlType.Integer32,
        "ExposureTime": ControlType.Integer32,
        "AnalogueGain": ControlType.Float,
        "NoiseReductionMode": ControlType.Integer32,
        "AfMode": ControlType.Integer32,
        "LensPosition": ControlType.Float,
        "ScalerCrop": ControlType.Rectangle,
        "SensorTimestamp": ControlType.Integer32,
        "Lux": ControlType.Float,
        "ExposureTimeMode": ControlType.Integer32,
        "AnalogueGainMode": ControlType.Integer32,
    }.items()
}


class StreamConfig:
    def __init__(self, role):
        self.role, self.size, self.stride, self.frame_size = role, Size(1280, 720), 0, 0
        self.pixel_format, self.buffer_count, self.color_space = PixelFormat("YUV420"), 4, None
        self.stream = self
        self.formats = SimpleNamespace(
            pixel_formats=[PixelFormat(RAW)], sizes=lambda pixels: [Size(*size) for size in MODES]
        )


class CameraConfiguration:
    Status = Status

    def __init__(self, roles):
        self._streams = [StreamConfig(role) for role in roles]
        self.orientation, self.sensor_config = Orientation.Rotate0, None

    def at(self, index):
        return self._streams[index]

    def __iter__(self):
        return iter(self._streams)

    def validate(self):
        for stream in self._streams:
            # The chip's rows are a multiple of 64.
            stream.stride = (stream.size.width + 63) // 64 * 64
            stream.frame_size = stream.stride * stream.size.height * 3 // 2
        return Status.Valid


class Request:
    Status = Done

    def __init__(self, cookie):
        self.cookie, self.buffers, self.status, self.metadata = cookie, {}, Done.Pending, {}
        self.controls = {}

    def add_buffer(self, stream, buffer):
        self.buffers[stream] = buffer

    def reuse(self):
        self.status = Done.Pending

    def set_control(self, control, value):
        self.controls[control] = value


class FrameBuffer:
    class Plane:
        fd = offset = length = 0

    def __init__(self, planes):
        self.planes, self.metadata = planes, SimpleNamespace(status=Frame.Success)


class Camera:
    """A Camera Module 3 at 60 pictures a second. `unplugged`: no picture comes any more."""

    def __init__(self, manager):
        self.id, self._manager = "/base/axi/rp1/i2c@88000/imx708@1a", manager
        self.properties = {
            ControlId("Model"): "imx708",
            ControlId("ColorFilterArrangement"): 0,
            ControlId("Location"): 2,
            ControlId("Rotation"): 180,
        }
        self.unplugged, self.log, self._queue = threading.Event(), [], []
        self._running = threading.Event()
        self._mode = (2304, 1296)
        self.tuning = os.environ.get("LIBCAMERA_RPI_TUNING_FILE")
        self.tuned = Path(self.tuning).read_text() if self.tuning else ""

    @property
    def controls(self):
        fastest, crop = MODES[self._mode]
        return {
            IDS["FrameDurationLimits"]: Info(fastest, 10**8),
            IDS["ExposureTime"]: Info(9, 10**8),
            IDS["AnalogueGain"]: Info(1.0, 16.0),
            IDS["NoiseReductionMode"]: Info(0, 4),
            IDS["AfMode"]: Info(0, 2),
            IDS["LensPosition"]: Info(0.0, 15.0, 1.0),
            IDS["ScalerCrop"]: Info(Rectangle(0, 0, 64, 64), Rectangle(*crop)),
        }

    def generate_configuration(self, roles):
        return CameraConfiguration(roles)

    def acquire(self):
        self.log.append("acquire")

    def release(self):
        self.log.append("release")

    def configure(self, config):
        self.config = config
        if config.sensor_config is not None:
            self._mode = config.sensor_config.output_size.to_tuple()
        return 0

    def create_request(self, cookie):
        return Request(cookie)

    def queue_request(self, request):
        self._queue.append(request)

    def start(self, controls):
        self.started_with = {control.name: value for control, value in controls.items()}
        self._running.set()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self):
        self.log.append("stop")
        self._running.clear()
        self._thread.join()
        for request in self._queue:
            request.status = Done.Cancelled
            self._manager.tell(request)
        self._queue = []

    def _run(self):
        while self._running.is_set():
            time.sleep(0.016)
            if self.unplugged.is_set() or not self._queue:
                continue
            request = self._queue.pop(0)
            for stream, buffer in request.buffers.items():
                paint(memory[buffer], stream)
            request.metadata = {
                IDS["SensorTimestamp"]: time.monotonic_ns(),
                IDS["ExposureTime"]: 3990,
                IDS["AnalogueGain"]: 2.0,
                IDS["Lux"]: 210.0,
            }
            request.status = Done.Complete
            self._manager.tell(request)


def paint(target, stream):
    """Left half bright, right half dark, padding 99, no colour."""
    width, height, stride = stream.size.width, stream.size.height, stream.stride
    row = bytes([200]) * (width // 2) + bytes([60]) * (width // 2) + bytes([99]) * (stride - width)
    target.seek(0)
    target.write(row * height + bytes([128]) * (stride * height // 2))


class CameraManager:
    _one = None

    @classmethod
    def singleton(cls):
        if cls._one is None:
            cls._one = cls()
        return cls._one

    def __init__(self):
        self._ready, self._lock = [], threading.Lock()
        self.event_fd, self._tell = os.pipe2(os.O_NONBLOCK)
        self.cameras = [Camera(self)]

    def tell(self, request):
        with self._lock:
            self._ready.append(request)
        os.write(self._tell, b"\0")

    def get_ready_requests(self):
        with self._lock:
            ready, self._ready = self._ready, []
        with contextlib.suppress(BlockingIOError):
            os.read(self.event_fd, 4096)
        return ready


memory: dict = {}


class Allocator:
    """picamera2's, on ordinary memory."""

    def __init__(self):
        self._buffers = {}
        allocator = self

        class Sync:
            def __init__(self, _, buffer, write):
                self._buffer = buffer

            def __enter__(self):
                return memory[self._buffer]

            def __exit__(self, *error):
                pass

        allocator.sync = Sync

    def allocate(self, config, use_case):
        self._buffers = {}
        for stream in config:
            made = [FrameBuffer([FrameBuffer.Plane()]) for _ in range(stream.buffer_count)]
            for buffer in made:
                memory[buffer] = mmap.mmap(-1, stream.frame_size)
            self._buffers[stream.stream] = made

    def buffers(self, stream):
        return self._buffers[stream]

    def acquire(self, buffers):
        pass

    release = acquire


def install(folder: str) -> None:
    """Make the picamera2 in `folder` importable here."""
    libcamera = ModuleType("libcamera")
    for thing in (Size, Rectangle, Transform, ColorSpace, PixelFormat, ControlType):
        setattr(libcamera, thing.__name__, thing)
    for thing in (CameraConfiguration, CameraManager, FrameBuffer, Request, Camera):
        setattr(libcamera, thing.__name__, thing)
    libcamera.StreamRole, libcamera.Orientation = Role, Orientation
    libcamera.FrameMetadata = SimpleNamespace(Status=Frame)
    libcamera.SensorConfiguration = SimpleNamespace
    libcamera._libcamera = libcamera
    draft = SimpleNamespace(
        NoiseReductionModeEnum=SimpleNamespace(Fast=1, HighQuality=2, Minimal=3)
    )
    libcamera.controls = SimpleNamespace(draft=draft, AfModeEnum=AfMode, **IDS)
    libcamera.properties = MagicMock()
    sys.modules["libcamera"] = libcamera
    for name in ("piexif", "simplejpeg", "pidng", "pidng.camdefs", "pidng.core", "videodev2"):
        sys.modules[name] = MagicMock()
    sys.modules["picamera2.allocators"] = SimpleNamespace(DmaAllocator=Allocator)
    for name in ("encoders", "outputs", "remote"):
        sys.modules[f"picamera2.{name}"] = MagicMock()
    spec = importlib.util.spec_from_file_location(
        "picamera2.previews.null_preview", Path(folder) / "picamera2/previews/null_preview.py"
    )
    preview = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(preview)
    nothing = MagicMock()
    sys.modules["picamera2.previews"] = SimpleNamespace(
        NullPreview=preview.NullPreview,
        DrmPreview=nothing,
        QtPreview=nothing,
        QtGlPreview=nothing,
        QtGlPreviewDirect=nothing,
    )
    sys.path.insert(0, folder)
