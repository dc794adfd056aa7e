"""The sounding thread: tells the loudspeaker what to click, and says when it cannot.

Opening an output may take seconds; nobody waits for it here.
"""

from __future__ import annotations

import logging
import queue
from collections.abc import Callable

from device.clock import NS_PER_S, Clock
from device.domain.events import HealthChanged, KioskEvent
from device.domain.kiosk import HealthItem, Level
from device.errors import HardwareError
from device.pipeline.thread import Loop
from device.ports import Sound

log = logging.getLogger(__name__)

PART = "sound"
AGAIN_S = 5.0
"""An output that could not be had is tried again after so long, while a beat is wanted."""


class Sounder(Loop):
    """Owns the sound. `sound` is None where the station has none: then that is said."""

    name = PART

    def __init__(
        self, sound: Sound | None, post: Callable[[KioskEvent], object], clock: Clock
    ) -> None:
        super().__init__(clock)
        self._sound = sound
        self._post = post
        self._asked: queue.SimpleQueue[tuple[float, float] | None] = queue.SimpleQueue()
        self._wanted: tuple[float, float] | None = None
        """The rate and the kiosk's second of a beat, while it cannot be sounded."""
        self._tried_ns = 0
        self._told = ""

    def play(self, rate_spm: float, beat_s: float) -> None:
        """Have clicks at `rate_spm`, one of them at the kiosk's second `beat_s`; any thread."""
        self._asked.put((rate_spm, beat_s))

    def silence(self) -> None:
        """Have no clicks; any thread."""
        self._asked.put(None)

    def turn(self) -> None:
        """Obey, or try again what failed."""
        try:
            asked = self._asked.get(timeout=0.25)
            while not self._asked.empty():  # only the newest counts
                asked = self._asked.get()
        except queue.Empty:
            waited_s = (self.clock.now_ns() - self._tried_ns) / NS_PER_S
            if self._wanted is None or waited_s < AGAIN_S:
                return
            asked = self._wanted
        self._wanted = None
        if asked is None:
            if self._sound is not None:
                self._sound.silence()
            # What was wrong concerned nobody but the trial.
            self._tell(HealthItem(PART, Level.OK, "No beat sounds."))
        else:
            self._click(*asked)

    def ended(self) -> None:
        """Let go of the output."""
        if self._sound is not None:
            self._sound.silence()

    def _click(self, rate_spm: float, beat_s: float) -> None:
        if self._sound is None:
            self._tell(
                HealthItem(
                    PART,
                    Level.WARN,
                    "This station has no sound.",
                    "Follow the beat on the screen.",
                )
            )
            return
        self._tried_ns = self.clock.now_ns()
        period_s = 60 / rate_spm
        in_s = (beat_s - self._tried_ns / NS_PER_S) % period_s
        try:
            self._sound.beat(rate_spm, in_s)
        except HardwareError as error:
            if error.what != self._told:
                log.warning("%s (%s)", error.what, error.__cause__)
            self._wanted = (rate_spm, beat_s)
            self._tell(HealthItem(PART, Level.WARN, error.what, error.remedy))
        else:
            text = "Nobody hears the beat." if self._sound.simulated else "The beat sounds."
            self._tell(HealthItem(PART, Level.OK, text, simulated=self._sound.simulated))

    def _tell(self, item: HealthItem) -> None:
        if item.text != self._told:
            self._told = item.text
            self._post(HealthChanged(item))
