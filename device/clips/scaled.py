"""A recording in another size: a stand-in where none was filmed in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av

from device.errors import VideoError


def scale(source: Path, target: Path, size_px: tuple[int, int]) -> None:
    """Write `source` to `target` (MP4, H.264) with pictures of `size_px`, times kept.

    Stretched to fit, so what is in it is softer than a film of that size and its shape may change:
    good for measuring speed, for nothing else. Raises `VideoError`.
    """
    width, height = size_px
    if width % 2 or height % 2:
        raise VideoError(
            f"{width}x{height}: a film's sides must be even.", remedy="Name even numbers of pixels."
        )
    try:
        with av.open(f"file:{source}") as came, av.open(str(target), "w", format="mp4") as goes:
            video = came.streams.video[0]
            out: Any = goes.add_stream("libx264", rate=video.average_rate or 30)
            out.width, out.height, out.pix_fmt = width, height, "yuv420p"
            out.options = {"preset": "veryfast", "crf": "18"}
            out.time_base = video.time_base
            for picture in _decoded(came, video):
                shaped = picture.reformat(width=width, height=height, format="yuv420p")
                shaped.pts, shaped.time_base = picture.pts, picture.time_base
                shaped.pict_type = 0
                goes.mux(out.encode(shaped))
            goes.mux(out.encode(None))
    except (av.FFmpegError, OSError, IndexError, ValueError) as error:
        raise VideoError(f"{source}: cannot be brought to another size ({error}).") from error


def _decoded(container: Any, video: Any) -> Iterator[Any]:
    for picture in container.decode(video):
        if picture.pts is not None:
            yield picture
