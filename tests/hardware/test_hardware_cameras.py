"""Webcams: what is asked of the kernel, what comes, and what is said when nothing comes.

There is no webcam here. The kernel's side is a stand-in that answers its questions (ioctl) as
uvcvideo does; the pictures come through a pipe, compressed and with time stamps, and are read by
the real libraries.
"""

from __future__ import annotations

import errno
import itertools
import json
import os
import struct
import threading
import time
from fractions import Fraction

import av
import numpy as np
import pytest

from device.config import parse
from device.errors import CameraError
from device.hardware import v4l2_camera, v4l2_formats
from device.hardware.v4l2_camera import V4l2Camera
from device.hardware.v4l2_formats import WebcamFormat, choose_format, formats, webcams

C270 = {
    "YUYV": {(640, 480): (30, 15), (1280, 720): (10, 5)},
    "MJPG": {(640, 480): (30, 15), (1280, 720): (30, 15)},
    "H264": {(1280, 720): (30,)},
}


class Kernel:
    """uvcvideo's answers for one webcam (videodev2.h)."""

    def __init__(self, table, driver=b"uvcvideo", caps=0x84A00001, own=0x04200001):
        self.table, self.driver, self.caps, self.own = table, driver, caps, own

    def __call__(self, handle, request, argument):
        os.fstat(handle)  # it was opened
        if request == v4l2_formats.QUERYCAP:
            assert len(argument) == 104
            return struct.pack(
                "16s32s32sIII12s", self.driver, b"HD Webcam", b"usb-1", 6, self.caps, self.own, b""
            )
        codes = list(self.table)
        try:
            if request == v4l2_formats.ENUM_FMT:
                index, kind = struct.unpack_from("II", argument)
                assert (len(argument), kind) == (64, 1)
                return argument[:44] + codes[index].encode() + argument[48:]
            index, code = struct.unpack_from("I4s", argument)
            sizes = self.table[code.decode()]
            if request == v4l2_formats.ENUM_FRAMESIZES:
                assert len(argument) == 44
                return argument[:8] + struct.pack("III", 1, *list(sizes)[index]) + argument[20:]
            assert (request, len(argument)) == (v4l2_formats.ENUM_FRAMEINTERVALS, 52)
            rate = sizes[struct.unpack_from("II", argument, 8)][index]
            return argument[:16] + struct.pack("III", 1, 1, rate) + argument[28:]
        except IndexError:
            raise OSError(errno.EINVAL, "Invalid argument") from None


@pytest.fixture
def device(tmp_path):
    path = tmp_path / "video0"
    path.touch()
    return str(path)


def settings(**keys):
    keys = {"source": "v4l2", **keys}
    return parse("[camera]\n" + "\n".join(f"{k} = {json.dumps(v)}" for k, v in keys.items())).camera


def test_the_kernels_list_is_read(device):
    found = formats(device, Kernel(C270))
    assert len(found) == 8, "H.264 is left out"
    assert WebcamFormat("MJPG", (1280, 720), 30.0) in found
    assert WebcamFormat("YUYV", (1280, 720), 5.0) in found


def test_a_device_that_names_a_range_of_sizes(device):
    def stepwise(handle, request, argument):
        if request == v4l2_formats.ENUM_FMT and argument[:4] == bytes(4):
            return argument[:44] + b"YUYV" + argument[48:]
        if request == v4l2_formats.ENUM_FRAMESIZES:
            return argument[:8] + struct.pack("7I", 3, 16, 1920, 8, 16, 1080, 8) + argument[36:]
        if request == v4l2_formats.ENUM_FRAMEINTERVALS:
            return argument[:16] + struct.pack("3I", 3, 1, 50) + argument[28:]
        raise OSError(errno.EINVAL, "Invalid argument")

    assert formats(device, stepwise) == [WebcamFormat("YUYV", (1920, 1080), 50.0)]


@pytest.mark.parametrize(
    ("size", "fps", "wanted", "code", "gets", "rate"),
    [
        ((1280, 720), 60, "auto", "MJPG", (1280, 720), 30),
        ((640, 480), 30, "auto", "YUYV", (640, 480), 30),
        ((640, 480), 15, "auto", "YUYV", (640, 480), 15),
        ((1280, 720), 30, "yuyv", "YUYV", (640, 480), 30),
        ((1280, 720), 10, "yuyv", "YUYV", (1280, 720), 10),
        ((1920, 1080), 30, "auto", "MJPG", (1280, 720), 30),
        ((640, 480), 30, "mjpeg", "MJPG", (640, 480), 30),
    ],
)
def test_what_gives_the_most_pictures_is_asked_for(device, size, fps, wanted, code, gets, rate):
    chosen = choose_format(formats(device, Kernel(C270)), size, fps, wanted)
    assert chosen == WebcamFormat(code, gets, rate)


def test_of_an_unknown_device_nothing_is_asked():
    assert choose_format([], (640, 480), 30) is None


def test_webcams_are_told_from_the_pis_own_chips(tmp_path):
    for name in ("video10", "video2", "video0"):
        (tmp_path / name).touch()
    found = webcams(tmp_path, Kernel(C270))
    assert [one.path for one in found] == [str(tmp_path / f"video{n}") for n in (0, 2, 10)]
    assert found[0].card == "HD Webcam"
    assert webcams(tmp_path, Kernel(C270, driver=b"pispbe")) == []
    assert webcams(tmp_path, Kernel(C270, own=0x04A00000)) == [], "the webcam's second device"


# --- pictures through a pipe ------------------------------------------------------------------


class Cable:
    """A pipe through which compressed pictures with time stamps come, as from a webcam."""

    def __init__(self, path, first_us):
        self.path, self.first_us = str(path), first_us
        os.mkfifo(self.path)
        self.unplug, self.silence = threading.Event(), threading.Event()
        self.opened = []
        self._thread = threading.Thread(target=self._send, daemon=True)
        self._thread.start()

    def open(self, path, format, options):
        self.opened.append((path, format, options))
        # As little buffering as there is between a driver and its reader.
        return av.open(path, format="nut", options={"probesize": "32", "fflags": "nobuffer"})

    def _send(self):
        with open(self.path, "wb", buffering=0) as pipe:
            out = av.open(pipe, "w", format="nut", options={"flush_packets": "1"})
            video = out.add_stream("mjpeg", rate=30)
            video.width, video.height, video.pix_fmt = 64, 48, "yuvj420p"
            video.codec_context.time_base = Fraction(1, 1_000_000)
            picture = np.zeros((48, 64, 3), np.uint8)
            picture[:, 32:] = 255
            for number in itertools.count():
                if self.unplug.wait(0.01) or number > 2000:
                    return
                if self.silence.is_set():
                    continue
                frame = av.VideoFrame.from_ndarray(picture).reformat(format="yuvj420p")
                frame.pts, frame.time_base = (
                    self.first_us + number * 33_333,
                    Fraction(1, 1_000_000),
                )
                try:
                    for packet in video.encode(frame):
                        out.mux(packet)
                except OSError:
                    return  # nobody reads any more


@pytest.fixture
def patient(monkeypatch):
    """Silence is no error: here a busy machine may keep even a sound webcam from sending."""
    monkeypatch.setattr(v4l2_camera, "SILENT_S", 60.0)
    monkeypatch.setattr(v4l2_camera, "SAME_CLOCK_S", 200.0)


@pytest.fixture
def cable(tmp_path):
    made = Cable(tmp_path / "video0", time.monotonic_ns() // 1000)
    yield made
    made.unplug.set()


def plugged(cable, found=(), **keys):
    return V4l2Camera(
        settings(path=cable.path, **keys),
        open_device=cable.open,
        find_formats=lambda path: list(found),
    )


def test_pictures_come_with_the_drivers_time(cable, patient):
    camera = plugged(cable, [WebcamFormat("MJPG", (1280, 720), 30.0)], fps=60.0)
    frames = list(itertools.islice(camera.frames(), 5))
    assert cable.opened == [
        (
            cable.path,
            "v4l2",
            {"video_size": "1280x720", "framerate": "30", "input_format": "mjpeg"},
        )
    ]
    steps = np.diff([frame.t_ns for frame in frames])
    assert np.all(np.abs(steps - 33_333_000) <= 1000)
    assert frames[0].size_px == camera.info.size_px == (64, 48)
    assert frames[0].image[24, 10].max() < 20
    assert frames[0].image[24, 60].min() > 235
    assert not camera.info.simulated


def test_the_picture_is_turned_as_the_webcam_is_mounted(cable, patient):
    camera = plugged(cable, rotation_deg=90)
    frame = next(camera.frames())
    assert frame.size_px == camera.info.size_px == (48, 64)
    assert frame.image[60, 24].min() > 235, "what was right is below"


def test_a_driver_with_another_clock_is_not_believed(tmp_path):
    cable = Cable(tmp_path / "video9", 5)
    camera = plugged(cable)
    frame = next(camera.frames())
    assert abs(frame.t_ns - time.monotonic_ns()) < 60e9
    cable.unplug.set()


def test_a_webcam_that_is_pulled_out_is_an_error(cable, patient):
    camera = plugged(cable)
    frames = camera.frames()
    next(frames)
    cable.unplug.set()
    with pytest.raises(CameraError, match="stopped"):
        for _ in frames:
            pass


def test_a_webcam_that_falls_silent_is_an_error_within_two_seconds(cable):
    camera = plugged(cable)
    frames = camera.frames()
    next(frames)
    cable.silence.set()
    with pytest.raises(CameraError, match="sends no pictures") as caught:
        for _ in frames:
            pass
    assert v4l2_camera.SILENT_S <= 1.5
    assert "cable" in caught.value.remedy


def test_closing_from_another_thread_ends_a_wait(cable, patient):
    camera = plugged(cable)
    frames = camera.frames()
    next(frames)
    cable.silence.set()
    threading.Timer(0.3, camera.close).start()
    begun = time.monotonic()
    assert len(list(frames)) < 200
    assert time.monotonic() - begun < v4l2_camera.SILENT_S, "it did not wait for the silence"
    camera.close()


def test_a_webcam_that_is_not_there():
    with pytest.raises(CameraError, match="/dev/video-none cannot be opened") as caught:
        V4l2Camera(settings(path="/dev/video-none"))
    assert "cable" in caught.value.remedy


def test_with_no_webcam_at_all_that_is_said(monkeypatch):
    monkeypatch.setattr(v4l2_camera, "webcams", lambda: [])
    with pytest.raises(CameraError, match="no webcam"):
        V4l2Camera(settings(path="auto"))
