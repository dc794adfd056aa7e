"""What machine this is and how it stands: model, power, clock, disk. Read from the kernel's files
below `root`, so that tests can hand in another machine's."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

UNDER_VOLTAGE, CAPPED, THROTTLED = 1 << 0, 1 << 1, 1 << 2
"""Bits of the Pi firmware's word on power; 16 higher: it has been so since the start."""
SINCE_START = 16
PI5_SUPPLY_MA = 5000


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine by its files."""

    root: Path = Path("/")

    @property
    def model(self) -> str:
        """What it is called: "Raspberry Pi 5 Model B Rev 1.0"; empty where it does not say."""
        for name in (
            "proc/device-tree/model",
            "sys/firmware/devicetree/base/model",
            "sys/class/dmi/id/product_name",
        ):
            if text := self._text(name).strip("\0 \n"):
                return text
        return ""

    @property
    def is_pi(self) -> bool:
        """Whether it is a Raspberry Pi."""
        return "Raspberry Pi" in self.model

    @property
    def system(self) -> str:
        """The operating system's name."""
        for line in self._text("etc/os-release").splitlines():
            if line.startswith("PRETTY_NAME="):
                return line.partition("=")[2].strip('"')
        return "an unknown system"

    @property
    def memory_mb(self) -> int | None:
        """How much memory there is."""
        for line in self._text("proc/meminfo").splitlines():
            if line.startswith("MemTotal:"):
                return int(line.split()[1]) // 1024
        return None

    @property
    def throttled(self) -> int | None:
        """The Pi firmware's word on power and heat; None where there is none.

        Older kernels have it as a file; newer ones only the alarm of the Pi's voltage sensor.
        """
        for path in self.root.glob("sys/devices/platform/soc*/*firmware*/get_throttled"):
            try:
                return int(path.read_text(encoding="ascii"), 16)
            except (OSError, ValueError):
                continue
        for name in self.root.glob("sys/class/hwmon/hwmon*/name"):
            if self._read(name).strip() == "rpi_volt":
                alarm = self._read(name.parent / "in0_lcrit_alarm").strip()
                return UNDER_VOLTAGE if alarm == "1" else 0
        return None

    @property
    def supply_ma(self) -> int | None:
        """What the power supply of a Pi 5 has promised; None elsewhere."""
        try:
            raw = (self.root / "proc/device-tree/chosen/power/max_current").read_bytes()
        except OSError:
            return None
        return int(struct.unpack(">I", raw[:4])[0]) if len(raw) >= 4 else None

    @property
    def clock_chip(self) -> datetime | None:
        """What the battery-backed clock says; None where there is none."""
        text = self._text("sys/class/rtc/rtc0/since_epoch").strip()
        return datetime.fromtimestamp(int(text), UTC) if text.isdigit() else None

    @property
    def overlay(self) -> tuple[bool, bool, str]:
        """Overlay root: whether it is asked for, whether it is there, and what is wrong with it."""
        words = self._text("proc/cmdline").split()
        asked = any(w.startswith("overlayroot") or w == "boot=overlay" for w in words)
        there = any(
            fields[4] == "/" and line.partition(" - ")[2].startswith("overlay ")
            for line in self._text("proc/self/mountinfo").splitlines()
            if len(fields := line.split(" ")) > 5
        )
        return asked, there, self._text("run/midstance-overlay/problem").strip()

    @property
    def is_station(self) -> bool:
        """Whether Midstance is installed here as a service."""
        return (self.root / "etc/systemd/system/midstance.service").exists()

    def _text(self, name: str) -> str:
        return self._read(self.root / name)

    @staticmethod
    def _read(path: Path) -> str:
        try:
            return path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
