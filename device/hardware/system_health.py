"""The machine itself: temperature, and whether the Pi is short of power (Linux's own files)."""

from __future__ import annotations

from pathlib import Path

from device.domain.kiosk import HealthItem, Level

WARM_C = 75.0
HOT_C = 82.0
"""A Pi slows itself down from 80 to 85 degrees on."""


class SystemHealth:
    """Reads the hottest thermal zone; `sys_root` is where sysfs is mounted."""

    def __init__(self, sys_root: Path = Path("/sys")) -> None:
        self._zones = sorted((sys_root / "class/thermal").glob("thermal_zone*/temp"))
        self.hot = False
        """Whether the machine has to be spared; known from the last look on."""

    def temperature(self) -> HealthItem | None:
        """How warm it is; None where the machine does not say."""
        degrees = [value for zone in self._zones if (value := _celsius(zone)) is not None]
        if not degrees:
            return None
        hottest = max(degrees)
        # Once hot it has to cool down well, or it would go to and fro.
        self.hot = hottest >= (WARM_C if self.hot else HOT_C)
        if self.hot and hottest < HOT_C:
            return HealthItem(
                "temperature",
                Level.WARN,
                f"Still warm: {hottest:.0f} °C. It looks for the runner less often.",
                "Let air to it.",
            )
        if hottest >= HOT_C:
            return HealthItem(
                "temperature",
                Level.WARN,
                f"Too hot: {hottest:.0f} °C. It looks for the runner less often.",
                "Let air to it, or switch it off for a while.",
            )
        if hottest >= WARM_C:
            return HealthItem(
                "temperature", Level.WARN, f"Warm: {hottest:.0f} °C.", "Let air to it."
            )
        # No number where all is well: it would be news every second.
        return HealthItem("temperature", Level.OK, "Temperature fine.")


def _celsius(zone: Path) -> float | None:
    try:
        return int(zone.read_text(encoding="ascii")) / 1000
    except (OSError, ValueError):
        return None
