"""The camera's adapter on the real picamera2 (in the folder named) over a libcamera of Python.

A program of its own, because what it puts in the place of libraries stays there. Prints what it
saw as JSON; `test_hardware_real_picamera2.py` judges it.
"""

from __future__ import annotations

import faulthandler
import itertools
import json
import sys
import threading
import time

import stub_libcamera

faulthandler.dump_traceback_later(50, exit=True)
stub_libcamera.install(sys.argv[1])

import libcamera  # noqa: E402
from picamera2 import Picamera2  # noqa: E402

from device.config import parse  # noqa: E402
from device.errors import CameraError  # noqa: E402
from device.hardware.picamera2_camera import (  # noqa: E402
    Library,
    Picamera2Camera,
    modes_by_opening,
)

TUNING = {
    "version": 2.0,
    "algorithms": [
        {
            "rpi.agc": {
                "channels": [{"exposure_modes": {"normal": {"shutter": [1, 2], "gain": [1]}}}]
            }
        }
    ],
}
Picamera2.load_tuning_file = staticmethod(lambda name, dir=None: json.loads(json.dumps(TUNING)))
LIBRARY = Library(
    Picamera2,
    libcamera.Transform,
    libcamera.ColorSpace.Smpte170m,
    libcamera.controls.AfModeEnum.Manual,
    lambda: [("/base/axi/rp1/i2c@88000/imx708@1a", "imx708")],
)
SETTINGS = parse("[camera]\nwidth_px = 1296\nheight_px = 730\nmeasured_px = 960\nmirror = true")
seen: dict[str, object] = {}


def opened() -> tuple[Picamera2Camera, stub_libcamera.Camera]:
    camera = Picamera2Camera(SETTINGS.camera, 2.0, LIBRARY)
    return camera, camera._camera.camera


camera, device = opened()
frames = list(itertools.islice(camera.frames(), 8))
config = camera._camera.camera_configuration()
seen["info"] = [camera.info.name, camera.info.size_px, round(camera.info.fps, 2)]
seen["sizes"] = [frames[-1].size_px, frames[-1].full_px]
seen["steps_ms"] = [(b.t_ns - a.t_ns) / 1e6 for a, b in itertools.pairwise(frames)]
seen["mirrored"] = device.config.orientation.name
seen["grey"] = [int(frames[-1].image[300, x, 1]) for x in (100, 800)]
seen["luma"] = sorted({int(value) for value in frames[-1].full[:730].ravel()})
seen["strides"] = [config["main"]["stride"], config["lores"]["stride"]]
seen["sensor"] = config["sensor"]
seen["raw"] = config["raw"]
seen["started_with"] = {k: v for k, v in device.started_with.items() if k != "NoiseReductionMode"}
seen["tuned"] = json.loads(device.tuned)["algorithms"][0]["rpi.agc"]["channels"][0]
seen["light"] = camera.health.text
device.unplugged.set()
begun = time.monotonic()
try:
    for _ in camera.frames():
        pass
except CameraError as error:
    seen["lost"] = str(error)
seen["lost_after_s"] = time.monotonic() - begun
begun = time.monotonic()
closer = threading.Thread(target=camera.close, daemon=True)
closer.start()
closer.join(5)
seen["closed"] = not closer.is_alive()
seen["closed_after_s"] = time.monotonic() - begun
seen["log"] = device.log
device.unplugged.clear()
again, _ = opened()
seen["again"] = len(list(itertools.islice(again.frames(), 3)))
closer = threading.Timer(0.3, again.close)
closer.start()
seen["ended"] = len(list(again.frames())) < 100
closer.join(5)
seen["modes"] = [mode.name for mode in modes_by_opening()]
print("SEEN " + json.dumps(seen))
sys.stdout.flush()
