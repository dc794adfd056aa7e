"""Whether somebody could see something here: a desktop, or a screen on the kernel's display."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


def desktop(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether there is a desktop to open a window on."""
    return bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))


def connected_screen(
    drm: Path = Path("/sys/class/drm"), devices: Path = Path("/dev/dri")
) -> str | None:
    """The connector of a screen that can be drawn on without a desktop (KMS); None without one.

    A screen counts when it is connected and its card may be opened by this user.
    """
    for status in sorted(drm.glob("card*-*/status")):
        connector = status.parent.name
        card, _, name = connector.partition("-")
        try:
            connected = status.read_text(encoding="ascii").strip() == "connected"
        except OSError:
            continue
        if connected and os.access(devices / card, os.R_OK | os.W_OK):
            return name
    return None


def modes_of_screen(connector: str, drm: Path = Path("/sys/class/drm")) -> list[str]:
    """The sizes that the screen on `connector` ("HDMI-A-1") offers, its own one first."""
    for modes in sorted(drm.glob(f"card*-{connector}/modes")):
        try:
            return list(dict.fromkeys(modes.read_text(encoding="ascii").split()))
        except OSError:
            continue
    return []


def drivers(drm: Path = Path("/sys/class/drm")) -> list[str]:
    """The kernel's display drivers, of the cards that can show something ("vc4-drm")."""
    found = []
    for card in sorted(drm.glob("card[0-9]")):
        driver = card / "device" / "driver"
        if driver.exists() and list(drm.glob(f"{card.name}-*")):
            found.append(driver.resolve().name)
    return found
