"""Switching the station off: asked of the service manager, nobody else does it.

The kiosk's user may start one unit for it (`midstance-poweroff.service`, polkit rule), which ends
everything in good order: sticks are unmounted, files are on the card.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from device.errors import HardwareError

UNIT = Path("/etc/systemd/system/midstance-poweroff.service")
TIMEOUT_S = 15.0


def switch_off(unit: Path = UNIT, program: Sequence[str] = ("systemctl",)) -> None:
    """Have this station switched off; returns at once. Raises `HardwareError` where it cannot be.

    Only an installed station switches itself off: at a desk the computer belongs to its owner.
    """
    if not unit.exists():
        raise HardwareError(
            "Only an installed station switches itself off.",
            remedy="Close the window, or switch this computer off as usual.",
        )
    command = [*program, "--no-ask-password", "--no-block", "start", unit.name]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=TIMEOUT_S)
    except (OSError, subprocess.SubprocessError) as error:
        said = (getattr(error, "stderr", "") or str(error)).strip().splitlines()
        raise HardwareError(
            f"The station cannot be switched off: {said[-1] if said else error}",
            remedy="Wait until nothing is being saved, then pull its plug.",
        ) from error
