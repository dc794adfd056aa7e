"""The machine itself: temperature, and whether the Pi is short of power (Linux's own files)."""

from __future__ import annotations

from pathlib import Path

from device.domain.kiosk import HealthItem, Level

WARM_C = 75.0
HOT_C = 82.0
"""A Pi slows itself down from 80 to 85 degrees on."""
CARD_PROBLEM = Path("/run/midstance-overlay/problem")


class SystemHealth:
    """Reads the hottest thermal zone, the voltage sensor and what the check of the card has left.

    `sys_root` is where sysfs is mounted, `card_problem` the file of the check.
    """

    def __init__(self, sys_root: Path = Path("/sys"), card_problem: Path = CARD_PROBLEM) -> None:
        self._card_problem = card_problem
        self._zones = sorted((sys_root / "class/thermal").glob("thermal_zone*/temp"))
        # The alarm of the Pi's own voltage sensor (raspberrypi-hwmon).
        self._voltage = next(
            (
                name.parent / "in0_lcrit_alarm"
                for name in sorted((sys_root / "class/hwmon").glob("hwmon*/name"))
                if _said(name) == "rpi_volt"
            ),
            None,
        )
        self._too_hot = self._too_weak = False

    @property
    def spared(self) -> bool:
        """Whether the machine is to be spared because it slows itself down, or soon will: for heat
        or for lack of power; known from the last look on."""
        return self._too_hot or self._too_weak

    @property
    def hottest_c(self) -> float | None:
        """The hottest zone's temperature; None where the machine does not say."""
        return max((value for z in self._zones if (value := _celsius(z)) is not None), default=None)

    def power(self) -> HealthItem | None:
        """Whether a Pi gets the voltage that it needs; None elsewhere."""
        try:
            low = self._voltage is not None and self._voltage.read_text(encoding="ascii")[0] == "1"
        except (OSError, IndexError):
            return None
        if self._voltage is None:
            return None
        self._too_weak = low
        if low:
            return HealthItem(
                "power",
                Level.WARN,
                "Too little power. It looks for the runner less often.",
                "Use the Raspberry Pi's own power supply and a short cable.",
            )
        return HealthItem("power", Level.OK, "Enough power.")

    def card(self) -> HealthItem | None:
        """What the check of the protected card has left at the start; None where all is well."""
        try:
            problem = self._card_problem.read_text(encoding="utf-8").strip()
        except OSError:
            return None
        if not problem:
            return None
        return HealthItem("card", Level.WARN, problem, "Ask whoever looks after the station.")

    def temperature(self) -> HealthItem | None:
        """How warm it is; None where the machine does not say."""
        hottest = self.hottest_c
        if hottest is None:
            return None
        # Once hot it has to cool down well, or it would go to and fro.
        self._too_hot = hottest >= (WARM_C if self._too_hot else HOT_C)
        if self._too_hot and hottest < HOT_C:
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
        return int(_said(zone)) / 1000
    except ValueError:
        return None


def _said(file: Path) -> str:
    """What the kernel says in a file; nothing where it is gone again (a module unloaded, say)."""
    try:
        return file.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""
