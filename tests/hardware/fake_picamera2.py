"""picamera2 as far as the camera's adapter uses it: its names, its arguments (a test compares them
with `picamera2_api.json`) and its manners, good and bad, taken over from version 0.3.38:

- a control or a stream key that it does not know is refused;
- jobs wait in a queue and are done when a picture comes, so that `stop()` without a picture hangs
  behind a job that waits for one, unless `cancel_all_and_flush()` was called (`close()` ends the
  event loop first and does not);
- the tuning file counts at the moment the camera is looked for;
- planes come with the chip's padding at the end of each row.
"""

from __future__ import annotations

import copy
import queue
import threading
import time
from concurrent.futures import CancelledError, Future
from types import SimpleNamespace

import numpy as np

from device.hardware.picamera2_camera import Library

IMX708 = (
    {"size": (1536, 864), "fps": 120.13, "crop_limits": (768, 432, 3072, 1728), "bit_depth": 10},
    {"size": (2304, 1296), "fps": 56.03, "crop_limits": (0, 0, 4608, 2592), "bit_depth": 10},
    {"size": (4608, 2592), "fps": 14.35, "crop_limits": (0, 0, 4608, 2592), "bit_depth": 10},
)
IMX477 = (
    {"size": (1332, 990), "fps": 120.05, "crop_limits": (696, 528, 2664, 1980), "bit_depth": 10},
    {"size": (2028, 1080), "fps": 50.03, "crop_limits": (0, 440, 4056, 2160), "bit_depth": 12},
    {"size": (2028, 1520), "fps": 40.01, "crop_limits": (0, 0, 4056, 3040), "bit_depth": 12},
    {"size": (4056, 3040), "fps": 10.0, "crop_limits": (0, 0, 4056, 3040), "bit_depth": 12},
)
IMX296 = ({"size": (1456, 1088), "fps": 60.38, "crop_limits": (0, 0, 1456, 1088), "bit_depth": 10},)
IMX219 = (
    {"size": (640, 480), "fps": 206.65, "crop_limits": (1000, 752, 1280, 960), "bit_depth": 10},
    {"size": (1640, 1232), "fps": 41.85, "crop_limits": (0, 0, 3280, 2464), "bit_depth": 10},
    {"size": (1920, 1080), "fps": 47.57, "crop_limits": (680, 692, 1920, 1080), "bit_depth": 10},
    {"size": (3280, 2464), "fps": 21.19, "crop_limits": (0, 0, 3280, 2464), "bit_depth": 10},
)
TUNING = {
    "version": 2.0,
    "algorithms": [
        {"rpi.black_level": {}},
        {
            "rpi.agc": {
                "channels": [
                    {
                        "exposure_modes": {
                            "normal": {"shutter": [100, 10000, 66666], "gain": [1, 2, 8]},
                            "short": {"shutter": [100, 5000, 33333], "gain": [1, 2, 6]},
                        }
                    }
                ]
            }
        },
    ],
}
CONTROLS = {
    "FrameDurationLimits": (17849, 178504, None),
    "ExposureTime": (9, 178000, None),
    "AnalogueGain": (1.0, 16.0, None),
    "NoiseReductionMode": (0, 4, 0),
}
AUTOFOCUS = {"AfMode": (0, 2, 0), "LensPosition": (0.0, 15.0, 1.0)}


class Job:
    """`picamera2.job.Job`, of one function."""

    def __init__(self, function):
        self.function, self.future = function, Future()

    def execute(self) -> bool:
        done, result = self.function()
        if done and not self.future.done():
            self.future.set_result(result)
        return done


class CompletedRequest:
    """One moment in all streams."""

    def __init__(self, camera, t_ns, metadata):
        self._camera, self._t_ns, self._metadata = camera, t_ns, metadata
        self.config = camera.camera_configuration()
        self.released = 0

    def get_metadata(self):
        return {"SensorTimestamp": self._t_ns, **self._metadata}

    def make_array(self, name):
        if self.config.get(name) is None:
            raise RuntimeError(f"Stream {name!r} is not defined")
        stream = self.config[name]
        (width, height), stride = stream["size"], stream["stride"]
        picture = np.full((height * 3 // 2, stride), 99, np.uint8)  # 99: padding
        # The upper left quarter bright, the rest dark; no colour but a red left half.
        picture[:height, :width] = 60
        picture[: height // 2, : width // 2] = 200
        half = stride // 2
        for plane, (left, right) in enumerate(((100, 128), (200, 128))):
            rows = picture.reshape(-1)[height * stride :].reshape(2, height // 2, half)[plane]
            rows[:, : width // 4] = left
            rows[:, width // 4 : width // 2] = right
        return picture

    def release(self):
        self.released += 1
        self._camera.released.append(self._t_ns)


def library(**given) -> Library:
    """A machine with one camera. Keywords: see `Machine`."""
    return Machine(**given).library


class Machine:
    """What is plugged in, and what was done with it.

    `model` and `modes` of the camera; `known_as` the name that the kernel tells before it is
    opened; `controls`; `times` of the pictures in ns (None: a picture every 2 ms, for ever);
    `metadata` of a picture; `padding` bytes at the end of each row.
    """

    def __init__(
        self,
        model="imx708",
        modes=IMX708,
        known_as=None,
        controls=None,
        times=None,
        metadata=None,
        padding=0,
        mono=False,
        fails=None,
        tunings=("imx708.json", "imx477.json", "imx296.json", "imx296_mono.json"),
    ):
        self.model, self.modes, self.mono, self.fails = model, modes, mono, fails
        extra = AUTOFOCUS if model.startswith("imx708") else {}
        self.controls = {**CONTROLS, **extra} if controls is None else controls
        self.times = None if times is None else list(times)
        self.metadata = metadata or {"ExposureTime": 3990, "AnalogueGain": 2.0, "Lux": 300.0}
        self.padding, self.tunings = padding, tunings
        self.unplugged = threading.Event()
        self.made: list = []
        known = model if known_as is None else known_as
        machine = self

        class Picamera2(_Picamera2):
            here = machine

        self.library = Library(
            Picamera2,
            SimpleNamespace,
            lambda: "smpte170m",
            "manual",
            lambda: [("/base/i2c/x@1a", known)] if known else [],
        )


class _Picamera2:
    here: Machine

    @staticmethod
    def load_tuning_file(tuning_file, dir=None):
        machine = _Picamera2.now
        if tuning_file not in machine.tunings:
            raise RuntimeError("Tuning file not found")
        return {**copy.deepcopy(TUNING), "file": tuning_file}

    @staticmethod
    def find_tuning_algo(tuning, name):
        return next(algo for algo in tuning["algorithms"] if name in algo)[name]

    @staticmethod
    def global_camera_info():
        raise AssertionError("it reads the tuning files too early")

    def __init_subclass__(cls):
        _Picamera2.now = cls.here

    def __init__(self, camera_num=0, verbose_console=None, tuning=None, allocator=None):
        machine = self.here
        if machine.unplugged.is_set() or camera_num > 0:
            raise RuntimeError(f"No camera number {camera_num} found")
        self.tuning, self.machine = tuning, machine
        self.asked, self.released, self.log = None, [], []
        self._jobs: list[Job] = []
        self._lock = threading.Lock()
        self._ready: queue.Queue = queue.Queue()
        self._started = threading.Event()
        self._over = threading.Event()
        self._loop = None
        machine.made.append(self)

    @property
    def camera_properties(self):
        found = {"Model": self.machine.model}
        if self.machine.modes:
            found["ColorFilterArrangement"] = 4 if self.machine.mono else 0
        return found

    @property
    def is_mono(self):
        return self.machine.mono

    @property
    def camera_controls(self):
        return dict(self.machine.controls)

    @property
    def sensor_modes(self):
        return [dict(mode, format="SRGGB10_CSI2P") for mode in self.machine.modes]

    def create_video_configuration(
        self,
        main={},  # noqa: B006
        lores=None,
        raw={},  # noqa: B006
        transform=None,
        colour_space=None,
        buffer_count=6,
        controls={},  # noqa: B006
        display="main",
        encode="main",
        queue=True,
        sensor={},  # noqa: B006
        use_case="video",
    ):
        for stream in (main, lores or {}, raw or {}):
            bad = set(stream) - {"format", "size", "stride", "preserve_ar"}
            if bad:
                raise ValueError(f"Bad key {bad}")
        return {
            "main": {"format": "XBGR8888", "size": (1280, 720), **main},
            "lores": None if lores is None else {"format": "YUV420", "size": main["size"], **lores},
            "raw": raw,
            "transform": transform,
            "colour_space": colour_space,
            "buffer_count": buffer_count,
            "controls": controls,
            "display": display,
            "encode": encode,
            "queue": queue,
            "sensor": sensor,
        }

    def configure(self, camera_config=None):
        config = copy.deepcopy(camera_config)
        if config["lores"] is not None:
            if any(
                a > b for a, b in zip(config["lores"]["size"], config["main"]["size"], strict=True)
            ):
                raise RuntimeError("lores stream dimensions may not exceed main stream")
            if config["lores"]["format"] != "YUV420":
                raise RuntimeError("lores stream must be YUV")
        for name in ("main", "lores"):
            if config[name] is not None:
                if any(side % 2 for side in config[name]["size"]):
                    raise RuntimeError("width and height should be even")
                config[name]["stride"] = config[name]["size"][0] + self.machine.padding
        if config["sensor"] and set(config["sensor"]) - {"bit_depth", "output_size"}:
            raise RuntimeError("Unexpected keys in sensor configuration")
        for name in config["controls"]:
            if name not in self.machine.controls:
                raise RuntimeError(f"Control {name} is not advertised by libcamera")
        self.asked, self._config = camera_config, config

    def camera_configuration(self):
        return self._config

    def start(self, config=None, show_preview=False):
        if self.machine.fails:
            raise self.machine.fails
        self._loop = threading.Thread(target=self._run, daemon=True)
        self._loop.start()

    def capture_request(self, wait=None, signal_function=None, flush=None):
        assert wait is False
        return self._job(lambda: (False, None) if not self._done else (True, self._done.pop(0)))

    def wait(self, job, timeout=None):
        return job.future.result(timeout=timeout)

    def set_controls(self, controls):
        raise AssertionError("nothing is changed while it runs")

    def cancel_all_and_flush(self):
        self.log.append("cancel")
        with self._lock:
            for job in self._jobs:
                job.future.set_exception(CancelledError())
            self._jobs = []

    def stop(self):
        if self._loop is None or self._over.is_set():
            return
        job = self._job(lambda: (True, None))
        while not job.future.done():  # for ever, as the library does
            time.sleep(0.01)
        if job.future.exception() is None:
            self._over.set()

    def close(self):
        self.log.append("close")
        if self._loop is not None:
            self._over.set()  # the library ends its event loop first, and stops by itself then
            self._loop.join()

    # --- its own event loop ---------------------------------------------------------------------

    _done: list

    def _job(self, function):
        job = Job(function)
        with self._lock:
            self._jobs.append(job)
        return job

    def _run(self):
        self._done, times = [], self.machine.times
        t_ns = time.monotonic_ns()
        while not self._over.wait(0.002):
            t_ns += 16_000_000
            picture = None
            if not self.machine.unplugged.is_set() and (times is None or times):
                picture = CompletedRequest(
                    self, times.pop(0) if times else t_ns, self.machine.metadata
                )
            with self._lock:
                if picture is not None:
                    self._done.append(picture)
                while self._jobs and self._jobs[0].execute():
                    self._jobs.pop(0)
                for old in self._done[:-1] if times is None else []:
                    old.release()
                    self._done.remove(old)
