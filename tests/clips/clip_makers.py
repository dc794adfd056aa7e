"""Pictures that carry their own number, so that a decoded one can be told from every other."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator

import av
import numpy as np
from numpy.typing import NDArray

from device.clips.recorder import EncodingRecorder
from device.domain.frames import Frame
from device.ports import EncodedPacket, VideoFormat

NS = 1_000_000_000
START_NS = 712_345 * NS + 123_456_789
"""A station that has been up for eight days."""

_BITS = 12


def picture(seq: int, size_px: tuple[int, int] = (160, 120)) -> NDArray[np.uint8]:
    """A moving gradient with `seq` as a row of black and white blocks along the top."""
    width, height = size_px
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    image = np.stack([(x + seq * 3) % 200, (y * 2 + seq) % 200, (x + y) % 200], axis=-1)
    image = image.astype(np.uint8)
    for bit in range(_BITS):
        block = slice(bit * width // _BITS, (bit + 1) * width // _BITS)
        image[: height // 4, block] = 255 if seq >> bit & 1 else 0
    image.flags.writeable = False
    return image


def number(image: NDArray[np.uint8]) -> int:
    """Read the number of a decoded `picture`."""
    height, width = image.shape[:2]
    seq = 0
    for bit in range(_BITS):
        middle = (2 * bit + 1) * width // (2 * _BITS)
        if image[height // 8, middle].mean() > 128:
            seq |= 1 << bit
    return seq


def frames(
    times_ns: list[int], size_px: tuple[int, int] = (160, 120), first: int = 0
) -> Iterator[Frame]:
    for index, t_ns in enumerate(times_ns, first):
        yield Frame(index, t_ns, picture(index, size_px))


def regular(count: int, fps: float = 60.0, start_ns: int = START_NS) -> list[int]:
    return [start_ns + round(index * NS / fps) for index in range(count)]


def feed(recorder: EncodingRecorder, offered: Iterator[Frame]) -> None:
    """Offer frames no faster than they are encoded, as a real camera would."""
    for frame in offered:
        recorder.add(frame)
        until = time.monotonic() + 60.0
        while recorder._awaits(frame.t_ns) and time.monotonic() < until:
            recorder.snapshot(0, frame.t_ns)  # waits for it, for a while


def record(
    times_ns: list[int], size_px: tuple[int, int] = (160, 120), fps: float = 60.0
) -> tuple[VideoFormat, tuple[EncodedPacket, ...]]:
    recorder = EncodingRecorder(size_px, fps, 60.0, 2000)
    try:
        feed(recorder, frames(times_ns, size_px))
        return recorder.snapshot(times_ns[0], times_ns[-1])
    finally:
        recorder.close()


def decode(data: bytes) -> list[tuple[float, NDArray[np.uint8]]]:
    with av.open(io.BytesIO(data), "r") as container:
        return [
            (float(frame.time), frame.to_ndarray(format="rgb24"))
            for frame in container.decode(video=0)
        ]
