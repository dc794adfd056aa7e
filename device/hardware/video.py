"""Recordings as a frame source, read with PyAV (FFmpeg's libraries).

Unpaced, a `VideoSource` gives every picture with the time it has in the recording: that is what
`midstance analyze` reads. Paced, it behaves like a camera (a simulated one): pictures come when
they are due on the monotonic clock and are lost when nobody takes them in time.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.sidedata.sidedata import Type as SideData

from device.clock import NS_PER_S, Clock, MonotonicClock
from device.domain.basics import Reason
from device.domain.frames import Frame
from device.errors import VideoError
from device.hardware.mp4_boxes import Mp4State, look_at
from device.ports import SourceInfo

_FALLBACK_FPS = 30.0
_STALL_NS = 2 * NS_PER_S
_BROKEN_IS_FINE = 0.02
"""Fraction of a recording that may be missing at its end before it counts as cut off."""
_TEXT_FORMATS = {"tty", "bin", "idf", "xbin", "adf"}
"""FFmpeg draws text files as pictures of a terminal; nobody runs on those."""


@dataclass(frozen=True, slots=True)
class _Stream:
    """What the container says about its video stream. Times in seconds."""

    info: SourceInfo
    origin_s: float
    orientation: tuple[bool, bool, bool]
    pixel_aspect: float


class VideoSource:
    """Plays a recording; a `FrameSource`.

    Variable frame rates are respected: times are the recording's own time stamps, zero where a
    player shows zero. Rotation, mirroring and non-square pixels are undone, so that what is level
    in the scene is level in the picture.

    `paced`: deliver on the monotonic `clock`, stamp frames with it, skip what nobody fetched in
    time (`skipped` counts). `loop`: begin again at the end, time stamps still rising.
    Raises `VideoError` for anything that is not a readable video, also from within `frames()`.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        paced: bool = False,
        loop: bool = False,
        clock: Clock | None = None,
        wait: Callable[[float], object] | None = None,
    ) -> None:
        self._path = Path(path)
        self._paced = paced
        self._loop = loop
        self._closed = threading.Event()
        self._restart = threading.Event()
        self._clock = clock or MonotonicClock()
        # An event's wait, not sleep: close() ends it at once.
        self._wait = wait or self._closed.wait
        self._stream = self._probe()
        self._box_state = look_at(self._path)
        self._passes = 0
        self._decoded = 0
        self._damaged = 0
        self._misordered = 0
        self._last_s = 0.0
        self._cut_off = False
        # Clock time from which on the recording's zero lies at which clock time (paced).
        self._anchors: deque[tuple[int, int]] = deque([(0, 0)], maxlen=64)
        self.skipped = 0
        """Pictures that were due while nobody was ready (paced only)."""

    @property
    def info(self) -> SourceInfo:
        """Name, size as delivered, nominal frame rate; `frames` and `duration_s` where known."""
        return self._stream.info

    @property
    def notes(self) -> tuple[Reason, ...]:
        """What was wrong with the recording itself, as far as it has been read."""
        notes = []
        if self._cut_off:
            notes.append(
                Reason(
                    "recording_truncated",
                    f"The recording is cut off after {self._last_s:.1f} s; what is there was "
                    "analysed.",
                    "Copy the file again, or record anew and stop the recording properly.",
                )
            )
        if self._damaged:
            notes.append(
                Reason(
                    "frames_damaged",
                    f"{self._damaged} pieces of the recording are damaged and were left out.",
                    "Copy the file again; if it stays so, the card or stick may be failing.",
                )
            )
        if self._misordered:
            notes.append(
                Reason(
                    "time_stamps_repeated",
                    f"{self._misordered} pictures do not come later than the one before and were "
                    "left out.",
                    "Use the original recording instead of an edited or converted copy.",
                )
            )
        return tuple(notes)

    def frames(self) -> Iterator[Frame]:
        """Yield pictures until the end or `close()`."""
        return self._live() if self._paced else self._recorded()

    def position_s(self, t_ns: int) -> float | None:
        """The second of the recording that the frame stamped `t_ns` shows."""
        for from_ns, anchor_ns in reversed(self._anchors):
            if t_ns >= from_ns:
                return (t_ns - anchor_ns) / NS_PER_S
        return None

    def restart(self) -> None:
        """Go back to the beginning at the next picture (paced; from any thread)."""
        self._restart.set()

    def close(self) -> None:
        """End `frames()`; may be called from any thread, and twice."""
        self._closed.set()

    def _recorded(self) -> Iterator[Frame]:
        for seq, (t_s, picture) in enumerate(self._decode()):
            yield Frame(seq, round(t_s * NS_PER_S), self._rgb(picture))

    def _live(self) -> Iterator[Frame]:
        interval_ns = round(NS_PER_S / self.info.fps)
        seq = -1
        last_due_ns: int | None = None
        while not self._closed.is_set():
            # The clock time at which the recording's zero lies; set by the pass's first picture.
            anchor_ns: int | None = None
            self._restart.clear()
            for t_s, picture in self._decode():
                seq += 1
                t_ns = round(t_s * NS_PER_S)
                now_ns = self._clock.now_ns()
                if anchor_ns is None:
                    seam_ns = now_ns if last_due_ns is None else last_due_ns + interval_ns
                    anchor_ns = seam_ns - t_ns
                late_ns = now_ns - (anchor_ns + t_ns)
                if late_ns > _STALL_NS:
                    # Nobody looked for seconds. Rather than racing through all of it, the
                    # recording stood still meanwhile.
                    anchor_ns += late_ns
                elif late_ns > interval_ns:
                    self.skipped += 1
                    continue
                due_ns = anchor_ns + t_ns
                if self._anchors[-1][1] != anchor_ns:
                    self._anchors.append((due_ns, anchor_ns))
                image = self._rgb(picture)
                while (ahead_ns := due_ns - self._clock.now_ns()) > 0:
                    if self._closed.is_set():
                        return
                    self._wait(ahead_ns / NS_PER_S)
                yield Frame(seq, due_ns, image)
                last_due_ns = due_ns
                if self._restart.is_set():
                    break
            else:
                if not self._loop:
                    return

    def _decode(self) -> Iterator[tuple[float, Any]]:
        """Yield (time in s, undelivered picture) of one pass through the file, in order."""
        stream = self._stream
        self._decoded = self._damaged = self._misordered = 0
        last_s = -np.inf
        with self._open() as container:
            video = container.streams.best("video")
            video.thread_type = "AUTO"
            for picture in self._pictures(container, video):
                if self._closed.is_set():
                    return
                if picture.pts is None:
                    t_s = self._decoded / stream.info.fps
                else:
                    t_s = float(picture.pts * picture.time_base) - stream.origin_s
                self._decoded += 1
                if t_s <= last_s:
                    self._misordered += 1
                    continue
                last_s = self._last_s = t_s
                yield t_s, picture
        if not self._decoded:
            raise self._no_pictures()
        self._cut_off = self._cut_off or self._ends_early()

    def _pictures(self, container: Any, video: Any) -> Iterator[Any]:
        """Decode packet by packet, so that a damaged one costs only itself."""
        packets = container.demux(video)
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except (av.FFmpegError, OSError):
                self._cut_off = True
                # The decoder still holds pictures back, to put them in order.
                yield from _flushed(video)
                return
            try:
                yield from packet.decode()
            except (av.FFmpegError, ValueError):
                self._damaged += 1

    def _ends_early(self) -> bool:
        """Whether the file stops before its own table of contents says it should."""
        if self._box_state is Mp4State.CUT:
            return True
        duration = self.info.duration_s
        if self._box_state is not Mp4State.OTHER or not duration:
            return False
        allowed_s = max(_BROKEN_IS_FINE * duration, 1.0)
        return self._last_s + 1 / self.info.fps < duration - allowed_s

    def _rgb(self, picture: Any) -> np.ndarray:
        """The picture as RGB (height, width, 3) uint8, upright and with square pixels."""
        stream = self._stream
        if stream.pixel_aspect == 1.0:
            image = picture.to_ndarray(format="rgb24")
        else:
            width = round(picture.width * stream.pixel_aspect)
            image = picture.to_ndarray(format="rgb24", width=width, height=picture.height)
        swap, flip_x, flip_y = stream.orientation
        if swap:
            image = image.transpose(1, 0, 2)
        if flip_x:
            image = image[:, ::-1]
        if flip_y:
            image = image[::-1]
        return np.ascontiguousarray(image)

    def _open(self) -> Any:
        try:
            # "file:" keeps a name with a colon from being taken for a network address.
            container = av.open(
                f"file:{self._path}", mode="r", options={"protocol_whitelist": "file"}
            )
        except av.EOFError as error:
            raise self._no_pictures() from error
        except (av.FFmpegError, OSError, ValueError) as error:
            raise self._unreadable(error) from error
        if container.format.name in _TEXT_FORMATS:
            container.close()
            raise self._unreadable(ValueError("it is text"))
        return container

    def _probe(self) -> _Stream:
        _refuse_what_is_no_file(self._path)
        with self._open() as container:
            if not container.streams.video:
                raise VideoError(
                    f"{self._path}: there is no video in this file "
                    f"({len(container.streams.audio)} sound track(s) only)."
                    if container.streams.audio
                    else f"{self._path}: there is no video in this file.",
                    remedy="Name the recording of the runner.",
                )
            # Not simply the first one: a cover picture is a video stream too.
            video = container.streams.best("video") or container.streams.video[0]
            if video.codec_context is None:
                raise self._unreadable(ValueError("nothing here can decode its codec"))
            duration = None
            if video.duration and video.time_base:
                duration = float(video.duration * video.time_base)
            elif container.duration:
                duration = container.duration / av.time_base
            rate = video.average_rate or video.guessed_rate
            fps = float(rate) if rate else _FALLBACK_FPS
            aspect = video.sample_aspect_ratio
            pixel_aspect = float(aspect) if aspect else 1.0
            width, height = round(video.width * pixel_aspect), video.height
            if not (width and height):
                raise self._unreadable(ValueError("its picture size is unknown"))
            orientation = self._orientation(container, video)
            return _Stream(
                info=SourceInfo(
                    name=self._path.name,
                    size_px=(height, width) if orientation[0] else (width, height),
                    fps=fps,
                    simulated=True,
                    frames=video.frames or None,
                    duration_s=duration,
                ),
                origin_s=(container.start_time or 0) / av.time_base,
                orientation=orientation,
                pixel_aspect=pixel_aspect,
            )

    def _orientation(self, container: Any, video: Any) -> tuple[bool, bool, bool]:
        """(swap axes, then flip x, then flip y) from the display matrix of the first picture."""
        for picture in self._first_picture(container, video):
            matrix = picture.side_data.get(SideData.DISPLAYMATRIX)
            if matrix is None:
                break
            # Nine 32-bit numbers, row by row: shown x = a*x + c*y, shown y = b*x + d*y.
            a, b, _, c, d, *_ = np.frombuffer(bytes(matrix), "=i4")
            if abs(c) > abs(a):
                return True, bool(c < 0), bool(b < 0)
            return False, bool(a < 0), bool(d < 0)
        return False, False, False

    @staticmethod
    def _first_picture(container: Any, video: Any) -> Iterator[Any]:
        """The first picture that can be decoded, if there is one; errors are told by frames()."""
        try:
            for picture in container.decode(video):
                yield picture
                return
        except (av.FFmpegError, OSError, ValueError):
            return

    def _no_pictures(self) -> VideoError:
        return VideoError(
            f"{self._path}: the video has no pictures.",
            remedy="Record again; this file holds nothing that could be analysed.",
        )

    def _unreadable(self, error: Exception) -> VideoError:
        if look_at(self._path) is Mp4State.NO_INDEX:
            return VideoError(
                f"{self._path}: the recording was cut off before its index (moov) was written, "
                "so its pictures cannot be found.",
                remedy="Copy the file again from the camera; if it is cut off there too, a "
                "recovery tool such as untrunc may save it.",
            )
        why = getattr(error, "strerror", None) or str(error)
        return VideoError(
            f"{self._path}: not a video that can be read ({why}).",
            remedy="Name a video file (MP4, MOV, MKV, AVI, WebM ...) or a pose track (.npz).",
        )


def _flushed(video: Any) -> list[Any]:
    try:
        return list(video.decode(None))
    except (av.FFmpegError, ValueError):
        return []


def _refuse_what_is_no_file(path: Path) -> None:
    if path.is_dir():
        raise VideoError(f"{path}: this is a folder.", remedy="Name a single recording in it.")
    if not path.exists():
        raise VideoError(f"{path}: there is no such file.", remedy="Check the name and the folder.")
    try:
        with path.open("rb") as file:
            empty = not file.read(1)
    except OSError as error:
        raise VideoError(
            f"{path}: cannot be read ({error.strerror}).",
            remedy="Give yourself the right to read it, or copy it somewhere else.",
        ) from error
    if empty:
        raise VideoError(f"{path}: the file is empty.", remedy="Copy or record it again.")
