"""The watching thread: asks parts that say nothing by themselves how they stand."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from device.clock import Clock
from device.domain.events import HealthChanged, KioskEvent, StickCame
from device.domain.kiosk import HealthItem, Level, StickState
from device.pipeline.thread import Loop
from device.ports import StickStore

log = logging.getLogger(__name__)

EVERY_S = 1.0
ALWAYS_TOLD = frozenset({"temperature"})
LITTLE_BYTES = 50_000_000
LISTEN_S = 0.2
"""How long the kernel is listened to at a time, so that the thread can end."""


class Watch(Loop):
    """Looks at the stick and at `probes` about once a second and posts what has changed."""

    name = "watch"

    def __init__(
        self,
        stick: StickStore,
        probes: Sequence[Callable[[], HealthItem | None]],
        post: Callable[[KioskEvent], object],
        clock: Clock,
        every_s: float = EVERY_S,
    ) -> None:
        super().__init__(clock)
        self._stick = stick
        self._probes = tuple(probes)
        self._post = post
        self._every_s = every_s
        self._known: dict[str, HealthItem] = {}
        self._present: bool | None = None

    def turn(self) -> None:
        """Look once."""
        state = self._stick.state()
        self._note(stick_item(state, self._stick.simulated))
        if state.present and self._present is False:
            self._post(StickCame())
        self._present = state.present
        for probe in self._probes:
            item = probe()
            # A part that has always been well is no news: it would only crowd the screen. The
            # temperature has its place on the idle screen, where an empty one would look wrong.
            if item is not None and (
                item.level is not Level.OK or item.part in self._known or item.part in ALWAYS_TOLD
            ):
                self._note(item)
        self._wait()

    def _wait(self) -> None:
        """Until it is time to look again, or the kernel has word of a stick."""
        for _ in range(max(1, round(self._every_s / LISTEN_S))):
            if self.stopping.is_set() or self._stick.changed(min(LISTEN_S, self._every_s)):
                return

    def _note(self, item: HealthItem) -> None:
        if self._known.get(item.part) != item:
            self._known[item.part] = item
            log.info("%s: %s", item.part, item.text)
            self._post(HealthChanged(item))


def stick_item(state: StickState, simulated: bool = False) -> HealthItem:
    """The stick's state in words."""
    if state.problem:
        remedy = state.remedy or "Use another stick."
        return HealthItem("stick", Level.WARN, state.problem, remedy, simulated)
    if not state.present:
        return HealthItem("stick", Level.WARN, "No stick.", "Put in a USB stick.", simulated)
    if state.free_bytes is not None and state.free_bytes < LITTLE_BYTES:
        free = f"{state.free_bytes / 1e6:.0f} MB free"
        return HealthItem(
            "stick", Level.WARN, f"Stick nearly full: {free}.", "Make room on it.", simulated
        )
    # Rounded, so that it is no news when a few bytes are written.
    free = f", {state.free_bytes / 1e9:.1f} GB free" if state.free_bytes is not None else ""
    text = f"{state.label or 'Stick'}{free}"
    if state.sticks > 1:
        text += f" (of {state.sticks} sticks)"
    return HealthItem("stick", Level.OK, text, "", simulated)
