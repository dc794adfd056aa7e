"""The camera thread: takes pictures as they come, offers them, and survives the camera.

A camera that throws is closed and opened again, with growing pauses, for ever. One that falls
silent is noticed by `supervise()` within two seconds, closed from a helper thread (closing can hang
as well), and, should even that not free the reader, left behind for a fresh one. A recording that
has ended says so and waits to be begun anew.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

from device.clock import NS_PER_S, Clock
from device.domain.events import HealthChanged, KioskEvent, PictureTaken
from device.domain.frames import Frame
from device.domain.kiosk import HealthItem, Level, Picture
from device.errors import CameraError, MidstanceError
from device.pipeline.thread import Loop
from device.ports import FrameSource, SourceInfo

log = logging.getLogger(__name__)

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 10.0
CLOSE_S = 1.0
"""How long the reader waits for a camera that it closes itself."""
SAID_S, DRAWN_S = 0.3, 10.0
"""How long the screen is given to say that a camera is lost, before it is closed; and how long at
most where `drawn()` tells what it shows, which is as soon as it has said so."""
LOOK_S = 0.05
STALL_S = 1.5
"""Without a picture for this long a camera is lost; it is looked at twice a second."""
FIRST_S = 10.0
"""A camera may take this long from being opened to its first picture."""
HOPELESS_S = 20.0
ABANDON_S = 5.0
"""How long a closed camera may take to let go of its reader."""


class Camera:
    """The camera as the kiosk sees it. `offers` are called in the camera's thread with every
    picture and must return at once."""

    def __init__(
        self,
        make_source: Callable[[], FrameSource],
        offers: Sequence[Callable[[Frame], None]],
        post: Callable[[KioskEvent], object],
        clock: Clock,
        *,
        first: FrameSource | None = None,
        dropped: Callable[[], int] = lambda: 0,
        stall_s: float = STALL_S,
        first_s: float = FIRST_S,
    ) -> None:
        self.make_source = make_source
        self.offers = tuple(offers)
        self.post = post
        self.clock = clock
        self.dropped = dropped
        self.info: SourceInfo | None = first.info if first is not None else None
        self.last_t_ns: int | None = None
        self.frames = 0
        self.lost = 0
        """How often the camera failed or fell silent."""
        self._stall_s = stall_s
        self._first_s = first_s
        self._light: HealthItem | None = None
        self._hanging: list[tuple[threading.Thread, int]] = []
        self._fault: HealthItem | None = None
        self._draws = False
        self._said = threading.Event()
        self._reader = _Reader(self, first)
        self.closing: FrameSource | None = None
        """A source that fell silent and is being closed."""
        self._closing_since_ns: int | None = None

    def start(self) -> None:
        """Begin taking pictures."""
        self._reader.start()

    def restart_recording(self) -> None:
        """Begin a recording anew (its simulated runner steps on the belt); cameras ignore it."""
        self._reader.restart()

    def position_s(self, t_ns: int) -> float | None:
        """Which second of a recording the frame of `t_ns` shows; None for a real camera."""
        return self._reader.position_s(t_ns)

    def supervise(self) -> None:
        """Look after the reader; called about once a second by the kiosk's main thread."""
        reader = self._reader
        if reader.stopping.is_set():
            return
        now_ns = self.clock.now_ns()
        self._look_at_light(reader.source)
        if self.closing is not None:
            if reader.source is not self.closing:
                self.closing = None
            elif now_ns - (self._closing_since_ns or now_ns) > ABANDON_S * NS_PER_S:
                log.error("the camera does not let go; its thread is left behind")
                reader.request_stop()
                self.closing = None
                self._reader = _Reader(self, None)
                self._reader.start()
        elif reader.source is not None and reader.silent_s > (
            self._stall_s if reader.running else self._first_s
        ):
            error = CameraError("The camera sends no pictures.", remedy="Check its cable.")
            log.warning("camera: %s", error)
            self.report_lost(error)
            self.closing, self._closing_since_ns = reader.source, None
            # Closing can hang as well, so never here.
            closer = threading.Thread(
                target=reader.close_once_said, name="camera-close", daemon=True
            )
            closer.start()
            self.note_hanging(closer)

    def drawn(self, health: Sequence[HealthItem]) -> None:
        """Hear from the kiosk's main thread what the screen shows by now."""
        self._draws = True
        if self._fault is not None and self._fault in health and not self._said.is_set():
            self._said.set()
            # Said here: where closing it hangs, nothing is written any more.
            log.warning("camera: the screen says: %s", self._fault.text)

    def await_said(self, stopping: threading.Event, beat: Callable[[], None]) -> None:
        """Wait until the screen says that the camera is lost, but not for long."""
        for _ in range(round((DRAWN_S if self._draws else SAID_S) / LOOK_S)):
            if stopping.is_set() or self._said.wait(LOOK_S):
                break
            beat()
        self._closing_since_ns = self.clock.now_ns()

    @property
    def hopeless(self) -> bool:
        """Whether a camera that hangs in its library keeps a fresh one from being opened: nothing
        but a new process helps."""
        now_ns = self.clock.now_ns()
        self._hanging = [one for one in self._hanging if one[0].is_alive()]
        hangs = any(now_ns - since_ns > HOPELESS_S * NS_PER_S for _, since_ns in self._hanging)
        return hangs and not self._reader.running

    def note_hanging(self, closer: threading.Thread) -> None:
        """A camera may not let itself be closed: the thread that tries is kept an eye on."""
        self._hanging.append((closer, self.clock.now_ns()))

    def _look_at_light(self, source: FrameSource | None) -> None:
        """A camera that knows of the light is asked for it."""
        item = getattr(source, "health", None)
        if item is None or item == self._light:
            return
        if self._light is not None or item.level is not Level.OK:
            self.post(HealthChanged(item))
        self._light = item

    def request_stop(self) -> None:
        """Ask the reader to end."""
        self._reader.request_stop()
        threading.Thread(target=self._reader.close_source, name="camera-close", daemon=True).start()

    def join(self, timeout_s: float) -> bool:
        """Wait for the reader's end."""
        return self._reader.join(timeout_s)

    # --- told by the reader, in its thread -----------------------------------------------------

    def report_lost(self, error: Exception) -> None:
        """Say that there are no pictures, and why."""
        self.lost += 1
        text = error.what if isinstance(error, MidstanceError) else f"The camera failed: {error}."
        remedy = error.remedy if isinstance(error, MidstanceError) else "Check its cable."
        self._health(
            Level.FAULT,
            text,
            remedy=remedy,
            meaning="Nothing is measured until it is back; what was measured is kept.",
            doing="It is being started again.",
        )

    def report_ended(self) -> None:
        """Say that the recording is over."""
        self._health(Level.WARN, "The recording has ended.", remedy="Green begins it anew.")

    def report_running(self, info: SourceInfo) -> None:
        """Say what is being delivered."""
        self.info = info
        width, height = info.size_px
        self._health(Level.OK, f"{info.name}, {width}x{height}, {info.fps:.0f}/s")

    def _health(
        self, level: Level, text: str, remedy: str = "", meaning: str = "", doing: str = ""
    ) -> None:
        simulated = self.info.simulated if self.info else False
        item = HealthItem("camera", level, text, remedy, simulated, meaning, doing)
        if item != self._fault:  # otherwise the screen says it already
            self._fault = item if level is Level.FAULT else None
            self._said.clear()
        self.post(HealthChanged(item))


class _Reader(Loop):
    """One thread around one source at a time."""

    name = "camera"
    pause_after_error_s = 0.0

    def __init__(self, camera: Camera, first: FrameSource | None) -> None:
        super().__init__(camera.clock)
        self._camera = camera
        self._first = first
        self.source: FrameSource | None = None
        """The source that is open."""
        self.running = False
        """Whether it has sent a picture."""
        self._pause_s = FIRST_PAUSE_S
        self._again = threading.Event()
        self._told: Exception | None = None

    def restart(self) -> None:
        source = self.source
        begin_anew = getattr(source, "restart", None)
        if begin_anew is not None:
            begin_anew()
        self._again.set()

    def position_s(self, t_ns: int) -> float | None:
        position_of = getattr(self.source, "position_s", None)
        return None if position_of is None else position_of(t_ns)

    def close_source(self) -> None:
        source = self.source
        if source is not None:
            source.close()

    def close_once_said(self) -> None:
        """Close, when the screen has had the time to say why: a library that hangs in closing may
        hold Python's lock, and then nothing is drawn any more."""
        source = self.source
        self._camera.await_said(self.stopping, lambda: None)
        if source is not None:
            source.close()

    def turn(self) -> None:
        source = self._first if self._first is not None else self._camera.make_source()
        self._first = None
        self.beat()  # opening may have taken its time
        self.source = source
        try:
            self._read(source)
            if not self.stopping.is_set() and self._camera.closing is not source:
                self._ended(source)
        except Exception as error:
            # Before it is closed, for the reason that `close_once_said` has.
            self._told = error
            self._camera.report_lost(error)
            self._camera.await_said(self.stopping, self.beat)
            raise
        finally:
            # Asked for now: once the source is let go of, `supervise` forgets that it closed it.
            fell_silent = self._camera.closing is source
            self.source, self.running = None, False
            # A camera's library can hang in closing: then it is left behind, and told at once.
            closer = threading.Thread(target=source.close, name="camera-close", daemon=True)
            closer.start()
            closer.join(CLOSE_S)
            if closer.is_alive():
                self._camera.note_hanging(closer)
        if self.stopping.is_set() or fell_silent:
            return
        self._camera.report_ended()
        while not self.stopping.is_set() and not self._again.wait(0.1):
            self.beat()

    @staticmethod
    def _ended(source: FrameSource) -> None:
        """A recording may end, a camera may not."""
        if source.info.duration_s is None:
            raise CameraError("The camera stopped sending pictures.", remedy="Check its cable.")

    def _read(self, source: FrameSource) -> None:
        camera = self._camera
        self._again.clear()
        for frame in source.frames():
            if self.stopping.is_set():
                return
            self.beat()
            if not self.running:
                camera.report_running(source.info)
                self.well()
                self._pause_s = FIRST_PAUSE_S
                self.running = True
            camera.frames += 1
            camera.last_t_ns = frame.t_ns
            for offer in camera.offers:
                offer(frame)
            camera.post(PictureTaken(Picture(frame.lean), camera.dropped()))

    def failed(self, error: Exception) -> None:
        if error is not self._told:
            self._camera.report_lost(error)
        self._told = None
        self.stopping.wait(self._pause_s)
        self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)
