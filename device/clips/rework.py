"""A recorded clip, decoded once, drawn on, and encoded again: the overlay, blurring, slow motion.

Every new picture keeps the sensor's time of the picture it was made of.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from numpy.typing import NDArray

from device.clips.encoder import H264Encoder
from device.clips.mux import Mp4, mux_mp4
from device.domain.frames import Frame
from device.errors import StorageError
from device.ports import EncodedPacket, VideoFormat

Image = NDArray[np.uint8]
Clip = tuple[VideoFormat, tuple[EncodedPacket, ...]]

_BT709 = 1
"""As FFmpeg counts colour spaces; a camera's own pictures are in BT.601."""
AGREE_S = 0.001
"""A decoded picture must come within this of its packet's time: it is that packet's picture."""


@dataclass(frozen=True, slots=True)
class Version:
    """One clip to be made: `paint` turns a picture and its sensor time into another of its size,
    None leaves it as it is. `slow`: how many times slower it plays (1: as it was).
    """

    paint: Callable[[Image, int], Image] | None = None
    slow: int = 1


def decoded(clip: Clip) -> Iterator[Frame]:
    """The pictures of `clip` (uint8 RGB) with their sensor times; raises `StorageError`."""
    video, packets = clip
    packed = mux_mp4(video, packets)
    reformatter = VideoReformatter()
    count = 0
    try:
        with av.open(io.BytesIO(packed.data), "r") as container:
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            for index, picture in enumerate(container.decode(stream)):
                shown_s = float(picture.time or 0.0)
                expected_s = (packets[index].t_ns - packed.first_ns) / 1e9
                if abs(shown_s - expected_s) > AGREE_S:
                    raise StorageError(
                        f"The clip's picture {index} comes at {shown_s:.4f} s instead of "
                        f"{expected_s:.4f} s.",
                        remedy="The clip is saved without the drawing.",
                    )
                wide = int(picture.colorspace) == _BT709
                rgb = reformatter.reformat(
                    picture,
                    format="rgb24",
                    src_colorspace=Colorspace.ITU709 if wide else Colorspace.ITU601,
                    src_color_range=ColorRange.MPEG,
                    dst_color_range=ColorRange.JPEG,
                )
                count += 1
                image = np.asarray(rgb.to_ndarray(), np.uint8)
                yield Frame(index, packets[index].t_ns, image)
    except (av.FFmpegError, IndexError) as error:
        raise StorageError(
            f"The clip cannot be decoded ({error}).", remedy="The numbers are complete."
        ) from error
    if count != len(packets):
        raise StorageError(
            f"Only {count} of the clip's {len(packets)} pictures can be decoded.",
            remedy="The numbers are complete.",
        )


def rework(
    clip: Clip,
    versions: Sequence[Version],
    *,
    bitrate_kbps: int,
    first: Callable[[Image, int], Image] | None = None,
    on_progress: Callable[[float], None] = lambda fraction: None,
) -> tuple[Mp4, ...]:
    """Make every one of `versions` of `clip`, decoding it once; `first` is done for all of them.

    `on_progress` is called with how far it is, 0..1; what it raises ends it. Raises `StorageError`
    when the clip cannot be decoded or encoded.
    """
    video, packets = clip
    if not packets:
        raise ValueError("a clip needs at least one packet")
    encoders = [
        H264Encoder(video.size_px, max(1.0, video.fps / version.slow), bitrate_kbps)
        for version in versions
    ]
    made: list[list[EncodedPacket]] = [[] for _ in versions]
    first_ns = packets[0].t_ns
    try:
        for done, frame in enumerate(decoded(clip), 1):
            base = frame.image if first is None else first(frame.image, frame.t_ns)
            for version, encoder, out in zip(versions, encoders, made, strict=True):
                image = base if version.paint is None else version.paint(base, frame.t_ns)
                t_ns = first_ns + (frame.t_ns - first_ns) * version.slow
                out.extend(encoder.encode(Frame(frame.seq, t_ns, image)))
            on_progress(done / len(packets))
    except (av.FFmpegError, ValueError) as error:
        raise StorageError(
            f"The clip cannot be encoded again ({error}).", remedy="The numbers are complete."
        ) from error
    return tuple(
        mux_mp4(encoder.format, packets) for encoder, packets in zip(encoders, made, strict=True)
    )
