"""One H.264 encoder: frames in, packets with the frames' own sensor times out. Not threaded."""

from __future__ import annotations

import re
from fractions import Fraction

import av
import numpy as np
from av.codec.context import Flags
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc, VideoReformatter

from device.clock import NS_PER_S
from device.domain.frames import Frame
from device.errors import StorageError
from device.ports import EncodedPacket, VideoFormat

TIME_BASE = Fraction(1, NS_PER_S)
"""Packets count in nanoseconds, so that `pts` is the sensor's time itself."""

KEYFRAME_EVERY_NS = NS_PER_S
"""A clip begins at a keyframe, so this is how much lead-in it has at most."""

_MOST_UNDER_WAY = 64
_ONE_THREAD_PIXELS_PER_S = 60e6
"""One core is enough up to 1280x720 at 60 frames/s; more lets x264 cut the picture in slices."""


def even_size(size_px: tuple[int, int]) -> tuple[int, int]:
    """The size that is encoded: 4:2:0 video has even sides, so an odd last row or column goes.

    Cropped and not scaled, so that a point of the picture keeps its place in the clip.
    """
    width, height = size_px[0] // 2 * 2, size_px[1] // 2 * 2
    if width < 16 or height < 16:
        raise ValueError(f"a picture of {size_px[0]}x{size_px[1]} is too small to encode")
    return width, height


class H264Encoder:
    """Encodes pictures of one size; constrained baseline, no B-frames, one packet a frame.

    `bitrate_kbps` is the most it may spend; a quiet picture costs less. `codec` is FFmpeg's name
    of the encoder: "libx264", or "h264_v4l2m2m" for the video chip of a Pi 4 and older, which is a
    picture or two behind and counts in microseconds. `full`: it is given `Frame.full`. Raises
    `StorageError` when there is no such encoder, `ValueError` or FFmpeg's errors for pictures it
    cannot take.
    """

    def __init__(
        self,
        size_px: tuple[int, int],
        fps: float,
        bitrate_kbps: int,
        codec: str = "libx264",
        *,
        full: bool = False,
    ) -> None:
        self._full = full
        self._source_px = size_px
        self._size_px = even_size(size_px)
        self._fps = fps
        width, height = self._size_px
        context = _create(codec)
        context.width, context.height, context.pix_fmt = width, height, "yuv420p"
        context.time_base = TIME_BASE
        context.framerate = Fraction(fps).limit_denominator(1001)
        context.gop_size = max(10, round(fps * 10))  # a net only: keyframes are asked for by time
        context.max_b_frames = 0
        # SPS and PPS go to the MP4's header; a chip gives them with its first keyframe.
        context.flags |= Flags.global_header
        context.color_range = ColorRange.MPEG
        # What `Frame.full` is in; red, green and blue are turned into BT.709 here.
        context.colorspace = Colorspace.ITU601 if full else Colorspace.ITU709
        context.color_primaries, context.color_trc = ColorPrimaries.BT709, ColorTrc.BT709
        one = width * height * fps <= _ONE_THREAD_PIXELS_PER_S
        context.thread_count = 1 if one else 2
        if codec == "libx264":
            context.options = {
                "preset": "ultrafast",
                "tune": "zerolatency",
                "profile": "baseline",
                "crf": "21",
                "forced-idr": "1",
                "x264-params": f"scenecut=0:sliced-threads={0 if one else 1}"
                f":vbv-maxrate={bitrate_kbps}:vbv-bufsize={bitrate_kbps * 2}",
            }
        else:
            context.bit_rate = bitrate_kbps * 1000
        context.open()
        self._context = context
        self._extradata = bytes(context.extradata or b"")
        self._times: dict[int, int] = {}
        self._reformatter = VideoReformatter()
        self._last_ns: int | None = None
        self._last_key_ns: int | None = None

    @property
    def source_px(self) -> tuple[int, int]:
        """The size of the pictures it takes."""
        return self._source_px

    @property
    def format(self) -> VideoFormat:
        """What the packets are."""
        return VideoFormat("h264", self._size_px, self._fps, self._extradata)

    def takes(self, frame: Frame) -> bool:
        """Whether this encoder was made for pictures like `frame`."""
        return (frame.full_px, frame.full is not None) == (self._source_px, self._full)

    def ask_keyframe(self) -> None:
        """Make the next picture a keyframe."""
        self._last_key_ns = None

    def encode(self, frame: Frame) -> list[EncodedPacket]:
        """Encode `frame`, which must be newer than the one before."""
        if not self.takes(frame) or frame.image.dtype != np.uint8:
            raise ValueError(f"a picture of {frame.full_px}, {frame.image.dtype} cannot be encoded")
        if self._last_ns is not None and frame.t_ns <= self._last_ns:
            raise ValueError(f"a picture at {frame.t_ns} ns follows one at {self._last_ns} ns")
        self._last_ns = frame.t_ns
        picture = self._picture(frame)
        picture.pts, picture.time_base = frame.t_ns, TIME_BASE
        picture.pict_type = PictureType.I if self._keyframe_due(frame.t_ns) else PictureType.NONE
        self._times[frame.t_ns // 1000] = frame.t_ns
        if len(self._times) > _MOST_UNDER_WAY:
            raise ValueError("the encoder takes pictures and gives nothing")
        return [self._packet(packet) for packet in self._context.encode(picture)]

    def _picture(self, frame: Frame) -> av.VideoFrame:
        """The frame as the encoder wants it."""
        if frame.full is not None:
            return av.VideoFrame.from_ndarray(frame.full, format="yuv420p")
        width, height = self._size_px
        pixels = np.ascontiguousarray(frame.image[:height, :width])
        rgb = av.VideoFrame.from_numpy_buffer(pixels, format="rgb24")
        rgb.color_range = ColorRange.JPEG
        return self._reformatter.reformat(
            rgb,
            format="yuv420p",
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
            interpolation="FAST_BILINEAR",
        )

    def _keyframe_due(self, t_ns: int) -> bool:
        half_frame_ns = round(NS_PER_S / self._fps / 2)
        last = self._last_key_ns
        if last is not None and t_ns - last < KEYFRAME_EVERY_NS - half_frame_ns:
            return False
        self._last_key_ns = t_ns
        return True

    def _packet(self, packet: av.Packet[av.VideoStream]) -> EncodedPacket:
        if packet.pts is None or packet.dts is None:
            raise ValueError("the encoder gave a packet without a time")
        t_ns, data = self._time_of(packet.pts), bytes(packet)
        if not self._extradata and packet.is_keyframe:
            self._extradata = parameter_sets(data)
        return EncodedPacket(
            t_ns=t_ns,
            keyframe=packet.is_keyframe,
            data=data,
            pts=t_ns,
            dts=t_ns,
            duration=round(NS_PER_S / self._fps),
            time_base=TIME_BASE,
        )

    def _time_of(self, pts: int) -> int:
        """The sensor's time of the picture whose packet says `pts`: the chip drops nanoseconds."""
        near = pts // 1000
        for us in (near, near - 1, near + 1):
            if us in self._times:
                t_ns = self._times[us]
                self._times = {key: t for key, t in self._times.items() if t > t_ns}
                return t_ns
        raise ValueError(f"the encoder gave a packet of {pts} ns, when there was no picture")


def parameter_sets(data: bytes) -> bytes:
    """The sequence and picture parameter sets at the start of an H.264 byte stream (Annex B)."""
    found = b""
    for unit in re.split(rb"\x00\x00\x00?\x01", data)[1:]:
        if unit and unit[0] & 0x1F in (7, 8):
            found += b"\x00\x00\x00\x01" + unit
    return found


def _create(codec: str) -> VideoCodecContext:
    try:
        context = av.CodecContext.create(codec, "w")
    except ValueError as error:  # PyAV's UnknownCodecError is one
        raise StorageError(
            f"The video encoder {codec!r} is not in this machine's FFmpeg.",
            remedy="Use libx264, which PyAV's own wheel brings along.",
        ) from error
    if not isinstance(context, VideoCodecContext):
        raise StorageError(f"{codec!r} is no video encoder.", remedy="Use libx264.")
    return context
