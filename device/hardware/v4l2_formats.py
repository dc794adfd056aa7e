"""What a webcam can send, asked of the kernel (videodev2.h), and which of it to ask for."""

from __future__ import annotations

import fcntl
import os
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

QUERYCAP, ENUM_FMT, ENUM_FRAMESIZES, ENUM_FRAMEINTERVALS = (
    0x80685600,
    0xC0405602,
    0xC02C564A,
    0xC034564B,
)
VIDEO_CAPTURE, DEVICE_CAPS = 0x00000001, 0x80000000
DISCRETE = 1
MOST = 64
"""A driver that names no end of formats is asked no further."""
FFMPEG_NAMES = {"MJPG": "mjpeg", "YUYV": "yuyv422"}
WANTED = {"mjpeg": "MJPG", "yuyv": "YUYV"}

_CAPABILITY = struct.Struct("16s32s32sIII12s")
_FORMAT = struct.Struct("III32sI16s")
_SIZE = struct.Struct("IIIIIIIII8s")
_INTERVAL = struct.Struct("IIIIIIIIIII8s")

Ioctl = Callable[[int, int, bytes], bytes]


@dataclass(frozen=True, slots=True)
class WebcamFormat:
    """One thing that a webcam sends: `code` ("MJPG", "YUYV"), size, pictures a second."""

    code: str
    size_px: tuple[int, int]
    fps: float


@dataclass(frozen=True, slots=True)
class Webcam:
    """A device that films: its file, the driver's name, its own name."""

    path: str
    driver: str
    card: str


def webcams(folder: Path = Path("/dev"), ioctl: Ioctl = fcntl.ioctl) -> list[Webcam]:
    """The USB cameras that this user may open (the Pi's chips have device files as well)."""
    found = []
    for path in sorted(folder.glob("video*"), key=lambda p: (len(p.name), p.name)):
        try:
            answer = _CAPABILITY.unpack(_ask(path, QUERYCAP, bytes(_CAPABILITY.size), ioctl))
        except OSError:
            continue
        driver, card, _, _, all_caps, own_caps, _ = answer
        caps = own_caps if all_caps & DEVICE_CAPS else all_caps
        if caps & VIDEO_CAPTURE and _text(driver) == "uvcvideo":
            found.append(Webcam(str(path), _text(driver), _text(card)))
    return found


def formats(path: str, ioctl: Ioctl = fcntl.ioctl) -> list[WebcamFormat]:
    """What the webcam can send, as far as Midstance can read it; raises `OSError`."""
    found = []
    handle = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        for code in _codes(handle, ioctl):
            for size_px in _sizes(handle, code, ioctl):
                text = code.to_bytes(4, "little").decode("ascii", errors="replace")
                if text in FFMPEG_NAMES:
                    for fps in _rates(handle, code, size_px, ioctl):
                        found.append(WebcamFormat(text, size_px, fps))
    finally:
        os.close(handle)
    return found


def choose_format(
    found: Sequence[WebcamFormat], size_px: tuple[int, int], fps: float, wanted: str = "auto"
) -> WebcamFormat | None:
    """What to ask for: a lacking picture rate counts three times as much as a lacking width.

    Of equals the uncompressed one is taken. None where nothing is known: the driver then decides.
    """
    able = [one for one in found if wanted == "auto" or one.code == WANTED[wanted]]

    def cost(one: WebcamFormat) -> tuple[float, float, float, bool]:
        slow = max(0.0, 1 - one.fps / fps)
        # A size of another shape shows another view; a larger one only costs time.
        unlike = sum(
            max(0.0, 1 - own / want) for own, want in zip(one.size_px, size_px, strict=True)
        )
        spare = abs(one.size_px[0] * one.size_px[1] / (size_px[0] * size_px[1]) - 1)
        return round(3 * slow + unlike, 3), round(spare, 3), abs(one.fps - fps), one.code == "MJPG"

    return min(able, key=cost, default=None)


def _codes(handle: int, ioctl: Ioctl) -> Iterator[int]:
    for index in range(MOST):
        try:
            answer = ioctl(handle, ENUM_FMT, _FORMAT.pack(index, 1, 0, b"", 0, b""))
        except OSError:  # EINVAL: there is no further one
            return
        yield _FORMAT.unpack(answer)[4]


def _sizes(handle: int, code: int, ioctl: Ioctl) -> Iterator[tuple[int, int]]:
    for index in range(MOST):
        try:
            answer = ioctl(
                handle, ENUM_FRAMESIZES, _SIZE.pack(index, code, 0, 0, 0, 0, 0, 0, 0, b"")
            )
        except OSError:
            return
        fields = _SIZE.unpack(answer)
        if fields[2] != DISCRETE:
            yield fields[4], fields[7]  # the largest of a range: a driver scales down itself
            return
        yield fields[3], fields[4]


def _rates(handle: int, code: int, size_px: tuple[int, int], ioctl: Ioctl) -> Iterator[float]:
    for index in range(MOST):
        asked = _INTERVAL.pack(index, code, *size_px, 0, 0, 0, 0, 0, 0, 0, b"")
        try:
            fields = _INTERVAL.unpack(ioctl(handle, ENUM_FRAMEINTERVALS, asked))
        except OSError:
            return
        numerator, denominator = fields[5], fields[6]
        if numerator:
            yield denominator / numerator
        if fields[4] != DISCRETE:
            return


def _ask(path: Path, request: int, argument: bytes, ioctl: Ioctl) -> bytes:
    handle = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        return ioctl(handle, request, argument)
    finally:
        os.close(handle)


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("ascii", errors="replace")
