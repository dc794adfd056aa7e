"""Packets to an MP4 that any phone plays, and the proof that it can be decoded again."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av

from device.clock import NS_PER_S
from device.errors import StorageError
from device.ports import EncodedPacket, VideoFormat

FIRST_NS = "first_ns="
"""In a clip's comment: the sensor's time of its first picture, in nanoseconds."""

MP4_TIME_BASE = Fraction(1, 90_000)
"""The customary time scale of video; a time is off by at most 6 microseconds."""


@dataclass(frozen=True, slots=True)
class Mp4:
    """A clip in memory.

    Its first picture is shown at 0 s and has the sensor's time `first_ns` (a keyframe, so it may
    lie up to a second before what was asked for); a picture shown at `t` seconds has
    `first_ns + t * 1e9`, within 6 microseconds. `duration_s` includes the last picture's.
    """

    data: bytes
    first_ns: int
    last_ns: int
    frames: int
    duration_s: float
    size_px: tuple[int, int]


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """What decoding a video to its end has shown: pictures, their times and their size."""

    frames: int
    t_s: tuple[float, ...]
    size_px: tuple[int, int]


def mux_mp4(video: VideoFormat, packets: Sequence[EncodedPacket]) -> Mp4:
    """Pack `packets` (the first a keyframe, none reordered) into an MP4.

    The index stands before the pictures, so that a phone can begin to play at once; nothing is
    rotated and no edit list hides anything. Raises `ValueError` for packets that cannot begin a
    clip, `StorageError` when FFmpeg refuses them.
    """
    if not packets:
        raise ValueError("a clip needs at least one packet")
    if not packets[0].keyframe:
        raise ValueError("a clip begins with a keyframe")
    first_ns = packets[0].t_ns
    ticks = [_ticks(packet.t_ns - first_ns) for packet in packets]
    if any(b <= a for a, b in pairwise(ticks)):
        raise ValueError("the packets of a clip must be in order of time")
    last_ticks = max(1, round(packets[-1].duration * packets[-1].time_base / MP4_TIME_BASE))
    ends = [*ticks[1:], ticks[-1] + last_ticks]
    file = io.BytesIO()
    # Room for the index, kept free at the front and filled in at the end. An index takes at most
    # 36 bytes a picture (time, size, keyframe, place); too little would be an error, never a
    # broken file.
    options = {"moov_size": str(8192 + 36 * len(packets))}
    try:
        with (
            av.open(io.BytesIO(video.extradata + packets[0].data), format=video.codec) as pattern,
            av.open(file, "w", format="mp4", options=options) as container,
        ):
            # With it each picture's sensor time can be had again from the file alone.
            container.metadata["comment"] = f"{FIRST_NS}{first_ns}"
            stream = container.add_stream_from_template(pattern.streams.video[0])
            stream.time_base = MP4_TIME_BASE
            for packet, start, end in zip(packets, ticks, ends, strict=True):
                piece = av.Packet(packet.data)
                piece.stream = stream
                piece.time_base = MP4_TIME_BASE
                piece.pts = piece.dts = start
                piece.duration = end - start
                piece.is_keyframe = packet.keyframe
                container.mux_one(piece)
    except (av.FFmpegError, IndexError) as error:
        raise StorageError(
            f"The clip could not be packed into an MP4 ({error}).",
            remedy="Save again; the numbers can be saved without the clip.",
        ) from error
    return Mp4(
        data=file.getvalue(),
        first_ns=first_ns,
        last_ns=packets[-1].t_ns,
        frames=len(packets),
        duration_s=float(ends[-1] * MP4_TIME_BASE),
        size_px=video.size_px,
    )


def probe(
    video: bytes | Path,
    name: str = "clip",
    on_progress: Callable[[float], None] = lambda fraction: None,
) -> VideoFacts:
    """Decode `video` to its end; raises `StorageError` when it cannot be played in full.

    `on_progress` is called now and then with how far it is, 0..1; what it raises ends it.
    """
    source = io.BytesIO(video) if isinstance(video, bytes) else str(video)
    try:
        with av.open(source, "r") as container:
            stream = container.streams.video[0]
            times: list[float] = []
            size = (0, 0)
            declared = stream.frames
            for frame in container.decode(stream):
                times.append(float(frame.time))
                size = (frame.width, frame.height)
                if len(times) % 30 == 0:
                    on_progress(min(1.0, len(times) / declared) if declared else 0.0)
    except (av.FFmpegError, IndexError) as error:
        raise _unplayable(name, str(error)) from error
    if not times:
        raise _unplayable(name, "it holds no picture")
    if declared and declared != len(times):
        raise _unplayable(name, f"{len(times)} of its {declared} pictures can be decoded")
    return VideoFacts(len(times), tuple(times), size)


def _ticks(ns: int) -> int:
    return round(Fraction(ns, NS_PER_S) / MP4_TIME_BASE)


def _unplayable(name: str, why: str) -> StorageError:
    return StorageError(
        f"{name} cannot be played: {why}.",
        remedy="Save again; the numbers can be saved without the clip.",
    )
