"""Small recordings whose pictures can be told apart and whose corners can be told apart."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

SIZE = (96, 64)
TOP_LEFT, TOP_RIGHT = (220, 30, 30), (30, 200, 30)
BOTTOM_LEFT, BOTTOM_RIGHT = (30, 30, 220), (230, 230, 230)
TIME_BASE = Fraction(1, 90_000)


def picture(size: tuple[int, int] = SIZE) -> np.ndarray:
    """Four coloured quarters."""
    width, height = size
    image = np.zeros((height, width, 3), np.uint8)
    image[: height // 2, : width // 2] = TOP_LEFT
    image[: height // 2, width // 2 :] = TOP_RIGHT
    image[height // 2 :, : width // 2] = BOTTOM_LEFT
    image[height // 2 :, width // 2 :] = BOTTOM_RIGHT
    return image


def corners(image: np.ndarray) -> list[str]:
    """Names of the colours top left, top right, bottom left, bottom right."""
    names = {"red": TOP_LEFT, "green": TOP_RIGHT, "blue": BOTTOM_LEFT, "white": BOTTOM_RIGHT}
    height, width = image.shape[:2]
    found = []
    for y in (height // 4, 3 * height // 4):
        for x in (width // 4, 3 * width // 4):
            colour = image[y, x].astype(int)
            found.append(min(names, key=lambda n: np.abs(np.array(names[n]) - colour).sum()))
    return found


def record(
    path: Path,
    times_s: Sequence[float],
    *,
    codec: str = "libx264",
    options: dict[str, str] | None = None,
    aspect: Fraction | None = None,
    images: Sequence[np.ndarray] | None = None,
) -> Path:
    """Write a video whose pictures are shown at `times_s`."""
    with av.open(str(path), "w", options=options or {}) as container:
        stream = container.add_stream(codec, rate=30)
        first = images[0] if images is not None else picture()
        stream.height, stream.width = first.shape[:2]
        stream.pix_fmt = "yuv420p"
        # MPEG-4 (for AVI) counts whole frames.
        base = TIME_BASE if codec == "libx264" else Fraction(1, 30)
        stream.time_base = stream.codec_context.time_base = base
        stream.codec_context.gop_size = 10
        if aspect is not None:
            stream.codec_context.sample_aspect_ratio = aspect
        for index, t_s in enumerate(times_s):
            frame = av.VideoFrame.from_ndarray(first if images is None else images[index], "rgb24")
            frame.pts, frame.time_base = round(t_s / base), base
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def even_times(count: int, fps: float = 30.0) -> list[float]:
    return [index / fps for index in range(count)]


def set_matrix(path: Path, a: int, b: int, c: int, d: int) -> None:
    """Write a display matrix into the track header of an MP4 file."""
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 4 + 40
    one = 1 << 16
    struct.pack_into(">9i", data, at, a * one, b * one, 0, c * one, d * one, 0, 0, 0, 1 << 30)
    path.write_bytes(data)


def cut(path: Path, fraction: float) -> Path:
    """Keep the first `fraction` of the file."""
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * fraction)])
    return path


def sound_only(path: Path) -> Path:
    """An MP4 file with a second of silence and no picture."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=44_100)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 44_100), np.float32), "fltp", "mono")
        frame.sample_rate = 44_100
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def no_pictures(path: Path) -> Path:
    """A file that announces a video track and then ends (Matroska, or MP4)."""
    if path.suffix == ".mp4":
        with av.open(str(path), "w") as container:
            stream = container.add_stream("libx264", rate=30)
            stream.width, stream.height = SIZE
            stream.pix_fmt = "yuv420p"
            container.start_encoding()
        return path
    record(path, even_times(20))
    data = path.read_bytes()
    path.write_bytes(data[: data.index(b"\x1f\x43\xb6\x75")])  # the first cluster
    return path
