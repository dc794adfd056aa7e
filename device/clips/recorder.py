"""The clip recorder: keeps the last seconds of what the camera saw, compressed, in memory.

Encoding has a thread of its own. The camera's thread only lays pictures into a small inbox; what
does not fit is dropped and counted. Nothing is ever written to disk here.
"""

from __future__ import annotations

import logging
import threading
from collections import deque

import av

from device.clips.encoder import H264Encoder
from device.clips.ring import PacketRing
from device.clock import NS_PER_S
from device.domain.basics import Reason
from device.domain.frames import Frame
from device.errors import StorageError
from device.ports import EncodedPacket, VideoFormat

log = logging.getLogger(__name__)

INBOX_FRAMES = 8
"""At 60 frames/s the encoder may stumble for an eighth of a second without losing a picture."""

_MOST_BYTES = 256 * 1024 * 1024
_CATCH_UP_S = 0.25
_JOIN_S = 2.0
_LATE_NS = NS_PER_S
"""A picture that is older by less than this came out of order; by more, the clock was set back."""


class EncodingRecorder:
    """A `ClipRecorder` that encodes H.264 with FFmpeg.

    Keeps at least the last `seconds` (from the keyframe before them, at most a second more), of
    pictures up to `bitrate_kbps`; never more than 256 MiB, whatever the two say. Frames may come
    at any rate, `fps` is nominal. When the pictures change their size, the clip begins anew.
    An encoder that fails gives way to the one called `instead`, for good, where one is named.
    Raises `StorageError` when there is no encoder of the name `codec`.
    """

    def __init__(
        self,
        size_px: tuple[int, int],
        fps: float,
        seconds: float,
        bitrate_kbps: int,
        *,
        codec: str = "libx264",
        instead: str | None = None,
        inbox_frames: int = INBOX_FRAMES,
    ) -> None:
        if fps <= 0 or bitrate_kbps <= 0:
            raise ValueError("a recorder needs a frame rate and a bit rate above zero")
        self._fps, self._bitrate_kbps = fps, bitrate_kbps
        self._codec, self._instead = codec, instead
        # Twice what the bit rate promises: a camera may deliver more than its nominal rate.
        room = round(2 * (seconds + 3) * bitrate_kbps * 125) + 1_000_000
        self._ring = PacketRing(seconds, min(room, _MOST_BYTES))
        self._inbox: deque[Frame] = deque()
        self._inbox_frames = inbox_frames
        self._changed = threading.Condition()
        self._in_hand_ns: int | None = None
        self._forget = False
        self._closed = False
        self._dropped = 0
        self._encoded = 0
        self._problem: Reason | None = None
        self._encoder: H264Encoder | None = self._made(size_px)
        self._format = self._encoder.format
        self._frames_to_retry = 0
        self._newest_ns: int | None = None
        self._thread = threading.Thread(target=self._run, name="encoder", daemon=True)
        self._thread.start()

    @property
    def dropped(self) -> int:
        """Frames that are not in the clip: no room, out of order, or the encoder refused them."""
        return self._dropped

    @property
    def encoded(self) -> int:
        """Frames compressed so far."""
        return self._encoded

    @property
    def healthy(self) -> bool:
        """Whether pictures are being recorded."""
        return self.problem is None

    @property
    def problem(self) -> Reason | None:
        """Why no clip is being recorded now; None when all is well."""
        with self._changed:
            if self._problem is None and not self._closed and not self._thread.is_alive():
                return _stopped("its thread ended")
            return self._problem

    @property
    def held_s(self) -> float:
        """How much video is held now."""
        with self._changed:
            oldest, newest = self._ring.oldest_ns, self._ring.newest_ns
        return 0.0 if oldest is None or newest is None else (newest - oldest) / NS_PER_S

    def add(self, frame: Frame) -> None:
        """Offer a frame; never blocks. A frame that finds the inbox full is dropped."""
        with self._changed:
            if self._closed:
                return
            if len(self._inbox) >= self._inbox_frames or not self._thread.is_alive():
                self._dropped += 1
                return
            self._inbox.append(frame)
            self._changed.notify_all()

    def snapshot(self, from_ns: int, to_ns: int) -> tuple[VideoFormat, tuple[EncodedPacket, ...]]:
        """The packets of that span, beginning at a keyframe at or before `from_ns`.

        No packets when nothing of the span is held. Frames of the span that were taken but are
        not encoded yet are waited for, a quarter of a second at most.
        """
        with self._changed:
            self._changed.wait_for(lambda: not self._awaits(to_ns), timeout=_CATCH_UP_S)
            return self._format, self._ring.snapshot(from_ns, to_ns)

    def forget(self) -> None:
        """Let go of everything recorded so far; the next picture begins a new clip."""
        with self._changed:
            self._inbox.clear()
            self._ring.clear()
            self._forget = True
            self._changed.notify_all()

    def close(self) -> None:
        """Stop; what is held stays readable. Returns within two seconds; may be called twice."""
        with self._changed:
            self._closed = True
            self._inbox.clear()
            self._changed.notify_all()
        self._thread.join(_JOIN_S)

    def _awaits(self, to_ns: int) -> bool:
        if not self._thread.is_alive():
            return False
        in_hand = self._in_hand_ns
        return (in_hand is not None and in_hand <= to_ns) or any(
            frame.t_ns <= to_ns for frame in self._inbox
        )

    def _run(self) -> None:
        try:
            while (frame := self._next()) is not None:
                self._encode(frame)
        except BaseException as error:
            with self._changed:
                self._problem = _stopped(f"{type(error).__name__}: {error}")
            raise
        finally:
            with self._changed:
                self._in_hand_ns = None
                self._inbox.clear()
                self._changed.notify_all()

    def _next(self) -> Frame | None:
        with self._changed:
            self._in_hand_ns = None
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._closed or self._inbox)
            if self._closed:
                return None
            frame = self._inbox.popleft()
            self._in_hand_ns = frame.t_ns
            return frame

    def _encode(self, frame: Frame) -> None:
        with self._changed:
            forgotten, self._forget = self._forget, False
            newest_ns = self._newest_ns
        if newest_ns is not None and newest_ns - _LATE_NS < frame.t_ns <= newest_ns:
            self._lost(self._problem)
            return
        set_back = newest_ns is not None and frame.t_ns <= newest_ns
        try:
            begins = self._encoder is None or not self._encoder.takes(frame) or set_back
            if begins:
                if self._frames_to_retry > 0:
                    self._frames_to_retry -= 1
                    self._lost(self._problem)
                    return
                self._encoder = self._made(frame.full_px, full=frame.full is not None)
            assert self._encoder is not None
            if forgotten:
                self._encoder.ask_keyframe()
            packets = self._encoder.encode(frame)
        except (av.FFmpegError, StorageError, ValueError, OSError, MemoryError) as error:
            # One bad picture or a dead encoder must not end all clips: a new one is tried in a
            # second, not at once, so that a hopeless case costs no time.
            self._encoder = None
            self._frames_to_retry = 0 if self._gives_way(error) else round(self._fps)
            self._lost(_stopped(str(error)))
            return
        with self._changed:
            self._newest_ns = frame.t_ns
            self._problem = None
            # A new encoder of the same kind begins at a keyframe: what was held stays playable.
            if set_back or self._encoder.format != self._format:
                self._ring.clear()
                self._format = self._encoder.format
            if self._forget:
                return  # forgotten while this picture was being encoded
            for packet in packets:
                self._ring.add(packet)
            self._encoded += 1

    def _made(self, size_px: tuple[int, int], *, full: bool = False) -> H264Encoder:
        try:
            return H264Encoder(size_px, self._fps, self._bitrate_kbps, self._codec, full=full)
        except (av.FFmpegError, StorageError, OSError) as error:
            if not self._gives_way(error):
                raise
            return H264Encoder(size_px, self._fps, self._bitrate_kbps, self._codec, full=full)

    def _gives_way(self, error: Exception) -> bool:
        """Take the other encoder from now on; False where there is none."""
        if self._instead is None:
            return False
        log.warning("%s cannot encode (%s): %s does from now on", self._codec, error, self._instead)
        self._codec, self._instead = self._instead, None
        return True

    def _lost(self, problem: Reason | None) -> None:
        with self._changed:
            self._dropped += 1
            self._problem = problem


def _stopped(why: str) -> Reason:
    return Reason(
        "clip_recorder_stopped",
        f"The clip is not being recorded: {why.rstrip('.')}.",
        "Measuring goes on. If this stays, switch the station off and on again.",
    )
