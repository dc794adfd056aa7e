"""The adapters of real cameras, against a stand-in for the library where it is not installed."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from device.errors import CameraError
from device.hardware.picamera2_camera import Picamera2Camera
from device.hardware.v4l2_camera import V4l2Camera


class Request:
    def __init__(self, t_ns, colour, released):
        self._t_ns, self._colour, self._released = t_ns, colour, released

    def get_metadata(self):
        return {"SensorTimestamp": self._t_ns, "ExposureTime": 2000}

    def make_array(self, stream):
        assert stream == "main"
        image = np.zeros((480, 640, 3), np.uint8)
        image[:] = self._colour
        return image

    def release(self):
        self._released.append(self._t_ns)


class Library:
    """Answers as picamera2's camera object does, as far as the adapter asks."""

    def __init__(self, times, fails=None):
        self.camera_properties = {"Model": "imx708"}
        self.times, self.fails = list(times), fails
        self.calls, self.released = [], []
        self.gone = threading.Event()

    def create_video_configuration(self, **asked):
        self.calls.append(("configuration", asked))
        return asked

    def configure(self, configuration):
        self.calls.append(("configure", configuration))

    def camera_configuration(self):
        return {"main": {"size": (640, 480)}}

    def start(self):
        self.calls.append(("start",))
        if self.fails:
            raise self.fails

    def capture_request(self, wait):
        assert wait is False
        return "job"

    def wait(self, job, timeout):
        if self.times:
            return Request(self.times.pop(0), (255, 0, 7), self.released)
        if self.gone.wait(timeout):
            raise RuntimeError("the camera is closed")
        raise TimeoutError

    def stop(self):
        self.calls.append(("stop",))
        self.gone.set()

    def close(self):
        self.calls.append(("close",))


def test_frames_carry_the_sensors_time_and_every_request_is_given_back():
    library = Library([1000, 2000, 2000, 3000])
    camera = Picamera2Camera((640, 480), 60.0, lambda: library)
    frames = camera.frames()
    got = [next(frames) for _ in range(3)]
    assert [(frame.seq, frame.t_ns) for frame in got] == [(0, 1000), (1, 2000), (2, 3000)]
    assert tuple(got[0].image[0, 0]) == (255, 0, 7)
    assert library.released == [1000, 2000, 2000, 3000]
    asked = next(call[1] for call in library.calls if call[0] == "configuration")
    assert asked["controls"]["FrameDurationLimits"] == (16667, 16667)
    assert asked["main"]["size"] == (640, 480)
    assert (camera.info.name, camera.info.simulated) == ("imx708", False)
    camera.close()


def test_closing_from_another_thread_ends_the_frames_and_may_be_done_twice():
    library = Library([1000])
    camera = Picamera2Camera((640, 480), 60.0, lambda: library)
    threading.Timer(0.2, camera.close).start()
    begun = time.monotonic()
    assert len(list(camera.frames())) == 1
    assert time.monotonic() - begun < 2.0
    camera.close()
    assert library.calls.count(("close",)) == 1


def test_a_silent_camera_is_an_error():
    camera = Picamera2Camera((640, 480), 60.0, lambda: Library([]))
    with pytest.raises(CameraError, match="no picture") as caught:
        next(camera.frames())
    assert "cable" in caught.value.remedy
    camera.close()


@pytest.mark.parametrize("error", [RuntimeError("busy"), IndexError("no camera 0"), OSError("io")])
def test_a_camera_that_cannot_be_started_is_an_error(error):
    def absent():
        raise error

    for make in (absent, lambda: Library([], fails=error)):
        with pytest.raises(CameraError, match="cannot be started"):
            Picamera2Camera((640, 480), 60.0, make)


def test_without_the_library_the_message_says_how_to_get_it():
    try:
        import picamera2  # noqa: F401
    except ImportError:
        with pytest.raises(CameraError) as caught:
            Picamera2Camera((640, 480), 60.0)
        assert "python3-picamera2" in caught.value.remedy
    else:
        pytest.skip("picamera2 is installed here")


def test_a_webcam_that_is_not_there():
    with pytest.raises(CameraError, match="/dev/video-none cannot be opened") as caught:
        V4l2Camera("/dev/video-none", (640, 480), 30.0)
    assert "cable" in caught.value.remedy
