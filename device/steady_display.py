"""A screen that may go away: its cable is pulled, it is switched off, its driver gives up.

Buttons, measuring and saving need no screen, so the kiosk goes on without one: a session that is
under way comes to its end and is saved by the buttons as ever. Once the screen is back and nobody
uses the kiosk, it ought to start anew (`stale`): another screen may have been put in its place,
and the kernel sets a mode only when it is asked to.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from device.clock import NS_PER_S, Clock
from device.domain.events import KeyTyped
from device.domain.kiosk import Button, Press, ScreenModel
from device.errors import DisplayError
from device.ports import Display

log = logging.getLogger(__name__)

TRY_AGAIN_S = 1.0
GIVEN_UP_S = 10.0
"""A screen that is connected and takes no picture for so long needs a fresh start."""
GONE_LOOKS, BACK_LOOKS = 3, 2
"""How often in a row it must look so (once a second): plugs have loose contacts."""


class SteadyDisplay:
    """The `Display` that it is given, without its `DisplayError`s.

    `connected` says whether a screen is connected now (None: nobody can know). `look` belongs to
    the watching thread, all else to the main thread.
    """

    def __init__(
        self, display: Display, clock: Clock, connected: Callable[[], bool] | None = None
    ) -> None:
        self._display = display
        self._clock = clock
        self._connected = connected
        self._looks = 0
        self._failed_s: float | None = None
        self._try_s = 0.0
        self._was_away = False
        self.away = False
        """Whether the screen is known to be disconnected."""

    @property
    def simulated(self) -> bool:
        """Whether nobody can see it."""
        return self._display.simulated

    @property
    def stale(self) -> bool:
        """Whether only a kiosk that starts anew would surely be seen again."""
        if self.away:
            return False
        failed_s = self._failed_s
        given_up = failed_s is not None and self._now_s() - failed_s >= GIVEN_UP_S
        return self._was_away or given_up

    def look(self) -> None:
        """Look at the cable."""
        if self._connected is None:
            return
        if self._connected() is not self.away:
            self._looks = 0
            return
        self._looks += 1
        if not self.away and self._looks >= GONE_LOOKS:
            self.away, self._looks = True, 0
            log.warning("The screen is not connected; the kiosk goes on without it.")
        elif self.away and self._looks >= BACK_LOOKS:
            self._was_away, self.away, self._looks = True, False, 0
            log.warning("The screen is connected again.")

    def draw(self, model: ScreenModel) -> None:
        """Draw what changed; where that fails, try again in a second."""
        now_s = self._now_s()
        if self._failed_s is not None and now_s < self._try_s:
            return
        try:
            self._display.draw(model)
        except DisplayError as error:
            self._try_s = now_s + TRY_AGAIN_S
            if self._failed_s is None:
                self._failed_s = now_s
                log.warning("%s The kiosk goes on without a picture.", error.what)
            return
        if self._failed_s is not None:
            self._failed_s = None
            log.warning("The picture can be shown again.")

    def keys(self) -> list[tuple[Button, Press] | KeyTyped | str]:
        """Presses on the keyboard; none where there is no screen to type at."""
        try:
            return self._display.keys()
        except DisplayError:
            return []

    def held(self) -> tuple[Button, float] | None:
        """The key being held."""
        return self._display.held()

    def chord(self) -> float | None:
        """How far holding both keys together has come."""
        return self._display.chord()

    def screenshot(self, path: Path) -> None:
        """Write what is shown as PNG."""
        self._display.screenshot(path)

    def close(self) -> None:
        """Give the screen back."""
        self._display.close()

    def _now_s(self) -> float:
        return self._clock.now_ns() / NS_PER_S
