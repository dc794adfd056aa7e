"""The loudspeaker by pygame's mixer: the one file that makes a sound.

The mixer is opened for a trial and closed after it: an idle station keeps no output open. pygame
lets nothing else of the program run while it opens one, so that an output that takes long to open
holds the picture up for so long, once; playing is SDL's own thread's business.
"""

from __future__ import annotations

import os
import time
from typing import Any

from device.coach.clicks import SAMPLE_HZ, stretch
from device.errors import SoundError

BUFFER = 512
"""Samples the mixer works ahead: 11 ms."""
UNHEARD = frozenset({"dummy", "disk"})
"""SDL's drivers that nobody can hear."""


class PygameSound:
    """Clicks by a sample buffer that the mixer plays over and over.

    `volume`: 0 to 1. Where SDL_AUDIODRIVER names a driver that nobody can hear, this is simulated.
    """

    def __init__(self, volume: float = 0.7) -> None:
        self._volume = volume
        self._mixer: Any = None

    @property
    def simulated(self) -> bool:
        """Whether nobody can hear it."""
        return os.environ.get("SDL_AUDIODRIVER", "") in UNHEARD

    def beat(self, rate_spm: float, in_s: float) -> None:
        """Click at `rate_spm`, first in `in_s` seconds; raises `SoundError`."""
        asked_s = time.monotonic()
        mixer = self._opened()
        # Opening takes a moment, and the mixer is ahead by its buffer.
        in_s -= time.monotonic() - asked_s + BUFFER / SAMPLE_HZ
        samples = stretch(rate_spm, in_s, volume=self._volume)
        try:
            sound = mixer.Sound(buffer=samples.tobytes())
            mixer.stop()
            sound.play(loops=-1)
        except Exception as error:  # pygame.error; the mixer was closed by somebody else
            self.silence()
            raise _refused() from error

    def silence(self) -> None:
        """End the clicks and close the mixer."""
        mixer, self._mixer = self._mixer, None
        if mixer is not None:
            mixer.quit()

    def _opened(self) -> Any:
        if self._mixer is not None:
            return self._mixer
        # pygame greets on standard output otherwise.
        os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
        try:
            import pygame.mixer as mixer

            # No other rate than asked for: SDL converts, the clicks' times stay.
            mixer.init(SAMPLE_HZ, -16, 1, BUFFER, allowedchanges=0)
        except Exception as error:  # pygame.error, or no mixer in this build
            raise _refused() from error
        self._mixer = mixer
        return mixer


def _refused() -> SoundError:
    return SoundError(
        "There is no sound: the loudspeaker cannot be used.",
        remedy="Follow the beat on the screen. Connect a loudspeaker for the next time.",
    )
