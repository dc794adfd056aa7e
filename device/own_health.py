"""What the kiosk says of its own parts, and what it asks of its threads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from device.domain.kiosk import Button, HealthItem, Level


class Stoppable(Protocol):
    """A thread, or several, that can be asked to end."""

    def request_stop(self) -> None:
        """Ask; returns at once."""
        ...

    def join(self, timeout_s: float) -> bool:
        """Wait; False when the end did not come in time."""
        ...


def buttons_item(stuck: Sequence[Button], keyboard: bool) -> HealthItem:
    """How the buttons stand; `keyboard`: whether keys can be pressed instead."""
    if not stuck:
        return HealthItem("buttons", Level.OK, "The buttons are free.")
    names = " and ".join(button.value for button in stuck)
    return HealthItem(
        "buttons",
        Level.WARN,
        f"The {names} button is stuck." if len(stuck) == 1 else f"Stuck buttons: {names}.",
        "Free it, or have it replaced; the keyboard works meanwhile."
        if keyboard
        else "Free it, or have it replaced.",
    )


def stopped_item(name: str) -> HealthItem:
    """A thread that has ended by itself."""
    return HealthItem(
        name,
        Level.FAULT,
        f"A part of the kiosk has stopped ({name}).",
        "Switch the station off and on again.",
    )
