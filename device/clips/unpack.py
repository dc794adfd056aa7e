"""A clip back out of its MP4: packets with the sensor times they were recorded at."""

from __future__ import annotations

import io

import av
from av.bitstream import BitStreamFilterContext

from device.clips.encoder import parameter_sets
from device.clips.mux import FIRST_NS
from device.clock import NS_PER_S
from device.errors import StorageError
from device.ports import EncodedPacket, VideoFormat

Clip = tuple[VideoFormat, tuple[EncodedPacket, ...]]


def unpack(mp4: bytes, name: str = "clip.mp4") -> Clip:
    """The packets of a clip that `mux_mp4` packed; times are right within 6 microseconds.

    Raises `StorageError` for anything else.
    """
    try:
        with av.open(io.BytesIO(mp4), "r") as container:
            comment = container.metadata.get("comment", "")
            if not comment.startswith(FIRST_NS):
                raise _not_ours(name, "it does not say when its first picture was taken")
            first_ns = int(comment.removeprefix(FIRST_NS))
            stream = container.streams.video[0]
            to_annex_b = BitStreamFilterContext("h264_mp4toannexb", stream)
            size_px = (stream.codec_context.width, stream.codec_context.height)
            fps = float(stream.average_rate or 30)
            packets = []
            for packet in container.demux(stream):
                if packet.pts is None or packet.dts is None:
                    continue  # the end
                t_ns = first_ns + round(packet.pts * packet.time_base * NS_PER_S)
                key, length = packet.is_keyframe, packet.duration or 0
                base = packet.time_base
                data = b"".join(bytes(part) for part in to_annex_b.filter(packet))
                packets.append(EncodedPacket(t_ns, key, data, t_ns, t_ns, length, base))
    except (av.FFmpegError, IndexError, ValueError) as error:
        raise _not_ours(name, str(error)) from error
    if not packets or not packets[0].keyframe:
        raise _not_ours(name, "it holds no picture")
    return VideoFormat("h264", size_px, fps, parameter_sets(packets[0].data)), tuple(packets)


def _not_ours(name: str, why: str) -> StorageError:
    return StorageError(
        f"{name} cannot be taken apart: {why}.", remedy="It is saved as it is, without the drawing."
    )
