"""What all threads of the pipeline have in common: a name, a beat, an end."""

from __future__ import annotations

import logging
import threading

from device.clock import NS_PER_S, Clock
from device.errors import MidstanceError

log = logging.getLogger(__name__)


class Loop:
    """A thread that calls `turn()` over and over until `stop()`.

    A turn must be short or come back when `stopping` is set. Each turn beats once; a thread whose
    last beat is old hangs. What a turn throws is logged and the next turn follows after
    a pause: a thread of the kiosk ends only when it is told to.
    """

    name = "loop"
    pause_after_error_s = 0.5

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.stopping = threading.Event()
        self.errors = 0
        self._said = ""
        self._beat_ns = clock.now_ns()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin turning."""
        # Daemon: a library that hangs must not keep the process from ending.
        self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)
        self._thread.start()

    def turn(self) -> None:
        """Do one piece of work, or wait a little for one."""
        raise NotImplementedError

    def ended(self) -> None:
        """Clean up; runs in the thread itself, at its end."""

    def failed(self, error: Exception) -> None:
        """A turn threw `error`; runs in the thread itself."""

    def request_stop(self) -> None:
        """Ask the thread to end; returns at once."""
        self.stopping.set()

    def join(self, timeout_s: float) -> bool:
        """Wait for the end; False when it did not come in time."""
        if self._thread is None:
            return True
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def stop(self, timeout_s: float = 2.0) -> bool:
        """Ask and wait."""
        self.request_stop()
        return self.join(timeout_s)

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def silent_s(self) -> float:
        """How long ago the last turn began."""
        return (self.clock.now_ns() - self._beat_ns) / NS_PER_S

    def beat(self) -> None:
        """Say that work goes on; long turns call it themselves."""
        self._beat_ns = self.clock.now_ns()

    def well(self) -> None:
        """Say that it works; the next failure is news again, even when it is the same."""
        self._said = ""

    def _run(self) -> None:
        try:
            while not self.stopping.is_set():
                self.beat()
                try:
                    self.turn()
                except MidstanceError as error:
                    self.errors += 1
                    # Once for each change, not at every try: what fails for ever fills no journal.
                    known, self._said = self._said, str(error)
                    log.log(
                        logging.DEBUG if known == self._said else logging.WARNING,
                        "%s: %s",
                        self.name,
                        error,
                    )
                    self.failed(error)
                    self.stopping.wait(self.pause_after_error_s)
                except Exception as error:
                    self.errors += 1
                    log.exception("%s failed and goes on", self.name)
                    self.failed(error)
                    self.stopping.wait(self.pause_after_error_s)
        finally:
            self.ended()
