"""Clips of a camera's own full size, and the video chip of a Pi 4 and older as their encoder.

There is no such chip here. Its stand-in encodes for real, with the chip's manners: it is two
pictures behind, counts in microseconds, and gives its parameter sets with its first keyframe.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from av.codec.context import Flags
from clip_makers import NS, START_NS, decode, frames, number, regular

from device.clips import encoder
from device.clips.encoder import H264Encoder, parameter_sets
from device.clips.mux import mux_mp4
from device.clips.recorder import EncodingRecorder
from device.domain.frames import Frame
from device.errors import StorageError
from device.hardware.video_chip import CHIP, FFMPEG, choose_encoder, has_encoder

FULL = (320, 240)


def full_frames(count: int) -> Iterator[Frame]:
    """Frames whose full size is twice that of the picture measured in."""
    for small, large in zip(frames(regular(count)), frames(regular(count), FULL), strict=True):
        planes = np.asarray(cv2.cvtColor(large.image, cv2.COLOR_RGB2YUV_I420), np.uint8)
        yield replace(small, full=planes)


def feed(recorder: EncodingRecorder, offered: Iterator[Frame]) -> None:
    for frame in offered:
        recorder.add(frame)
        recorder.snapshot(0, frame.t_ns)


class Chip:
    """An encoder's context that behaves as FFmpeg's h264_v4l2m2m on a Pi."""

    def __init__(self, dies_after: int | None = None) -> None:
        object.__setattr__(self, "real", av.CodecContext.create("libx264", "w"))
        object.__setattr__(self, "behind", [])
        object.__setattr__(self, "left", dies_after)

    def __setattr__(self, name, value):
        setattr(self.real, name, value)

    def __getattr__(self, name):
        return getattr(self.real, name)

    @property
    def extradata(self):
        return None

    def open(self):
        self.real.flags &= ~Flags.global_header
        self.real.options = {"preset": "ultrafast", "tune": "zerolatency", "forced-idr": "1"}
        self.real.open()

    def encode(self, picture):
        if self.left is not None:
            object.__setattr__(self, "left", self.left - 1)
            if self.left < 0:
                raise av.OSError(5, "Input/output error")
        self.behind.extend(self.real.encode(picture))
        ready, rest = self.behind[:-2], self.behind[-2:]
        object.__setattr__(self, "behind", rest)
        for packet in ready:
            packet.pts = packet.dts = packet.pts // 1000 * 1000
        return ready


@pytest.fixture
def chip(monkeypatch):
    made = []
    real = encoder._create

    def create(codec):
        if codec != CHIP:
            return real(codec)
        made.append(Chip(*create.arguments))
        return made[-1]

    create.arguments = ()
    monkeypatch.setattr(encoder, "_create", create)
    made.append(create)
    return made


def test_a_clip_is_made_of_the_full_size_where_there_is_one():
    recorder = EncodingRecorder(FULL, 60.0, 10.0, 4000)
    feed(recorder, full_frames(40))
    video, packets = recorder.snapshot(START_NS, START_NS + NS)
    recorder.close()
    assert video.size_px == FULL
    assert [packet.t_ns for packet in packets] == regular(40)
    shown = decode(mux_mp4(video, packets).data)
    assert [number(image) for _, image in shown] == list(range(40))
    assert shown[0][1].shape == (240, 320, 3)


def test_its_colours_stay_what_they_were():
    colour = np.zeros((240, 320, 3), np.uint8)
    colour[:, :160], colour[:, 160:] = (200, 40, 60), (30, 90, 210)
    planes = np.asarray(cv2.cvtColor(colour, cv2.COLOR_RGB2YUV_I420), np.uint8)
    recorder = EncodingRecorder(FULL, 60.0, 10.0, 8000)
    feed(recorder, (Frame(n, t, colour, planes) for n, t in enumerate(regular(20))))
    video, packets = recorder.snapshot(0, START_NS + NS)
    recorder.close()
    _, shown = decode(mux_mp4(video, packets).data)[-1]
    for x, wanted in ((80, (200, 40, 60)), (240, (30, 90, 210))):
        # The decoder is not told here which colours it has: a few steps are its own.
        assert np.abs(shown[120, x].astype(int) - wanted).max() <= 14


def test_a_camera_that_loses_its_full_size_begins_a_new_clip():
    recorder = EncodingRecorder(FULL, 60.0, 10.0, 4000)
    offered = list(full_frames(40))
    feed(recorder, (f if n < 20 else replace(f, full=None) for n, f in enumerate(offered)))
    video, packets = recorder.snapshot(0, START_NS + NS)
    recorder.close()
    assert video.size_px == (160, 120)
    assert packets[0].t_ns == offered[20].t_ns


def test_the_chips_packets_have_the_sensors_times_to_the_nanosecond(chip):
    made = H264Encoder(FULL, 60.0, 4000, CHIP, full=True)
    packets = list(itertools.chain.from_iterable(made.encode(f) for f in full_frames(90)))
    assert [packet.t_ns for packet in packets] == regular(90)[:-2]
    assert [packet.keyframe for packet in packets].count(True) == 2, "each second"
    assert made.format.extradata == parameter_sets(packets[0].data) != b""
    shown = decode(mux_mp4(made.format, packets).data)
    assert [number(image) for _, image in shown] == list(range(88))


def test_a_clip_by_the_chip_can_be_cut_and_played(chip):
    recorder = EncodingRecorder(FULL, 60.0, 10.0, 4000, codec=CHIP, instead=FFMPEG)
    feed(recorder, full_frames(90))
    video, packets = recorder.snapshot(regular(90)[70], START_NS + 5 * NS)
    recorder.close()
    assert packets[0].keyframe
    shown = decode(mux_mp4(video, packets).data)
    first = regular(90).index(packets[0].t_ns)
    assert [number(image) for _, image in shown] == list(range(first, 88))


def test_a_chip_that_fails_gives_way_once_and_for_all(chip, caplog):
    caplog.set_level(logging.WARNING)
    chip[0].arguments = (30,)
    recorder = EncodingRecorder(FULL, 60.0, 10.0, 4000, codec=CHIP, instead=FFMPEG)
    feed(recorder, full_frames(90))
    video, packets = recorder.snapshot(0, START_NS + 5 * NS)
    assert recorder.healthy
    assert recorder.dropped == 1
    recorder.close()
    assert len(chip) == 3, "one for each kind of picture"
    assert sum("libx264 does from now on" in r.message for r in caplog.records) == 1
    assert packets[-1].t_ns == regular(90)[-1]
    assert number(decode(mux_mp4(video, packets).data)[-1][1]) == 89


def test_a_chip_that_takes_pictures_and_gives_nothing_gives_way(chip):
    recorder = EncodingRecorder(FULL, 60.0, 10.0, 4000, codec=CHIP, instead=FFMPEG)
    recorder.add(next(full_frames(1)))
    recorder.snapshot(0, START_NS)
    chip[-1].__dict__["encode"] = lambda picture: []
    feed(recorder, full_frames(120))
    assert recorder.healthy
    assert recorder.snapshot(0, START_NS + 5 * NS)[1][-1].t_ns == regular(120)[-1]
    recorder.close()


def test_hardware_that_was_ordered_is_not_replaced_by_anything():
    try:
        recorder = EncodingRecorder(FULL, 60.0, 10.0, 4000, codec=CHIP)
    except (StorageError, av.FFmpegError, OSError):
        return
    recorder.close()
    pytest.skip("there is such a chip here")


def test_the_chip_is_taken_where_the_kernel_has_it(tmp_path: Path):
    assert not has_encoder(tmp_path)
    for number_, name in ((10, "bcm2835-codec-decode"), (11, "bcm2835-codec-encode")):
        (tmp_path / f"video{number_}").mkdir()
        (tmp_path / f"video{number_}/name").write_text(name + "\n")
    assert choose_encoder("auto", (1280, 720), tmp_path) == (CHIP, FFMPEG)
    assert choose_encoder("auto", (720, 1280), tmp_path) == (FFMPEG, None), "rows of 32 alone"
    assert choose_encoder("software", (1280, 720), tmp_path) == (FFMPEG, None)
    assert choose_encoder("hardware", (1280, 720), tmp_path / "none") == (CHIP, None)
    assert choose_encoder("auto", (1280, 720), tmp_path / "none") == (FFMPEG, None)
