"""Which of a sensor's modes to film with, and which sensors there are. Pure but for one look at
sysfs; no camera library is needed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SLOW = 3.0
"""What a picture a second too few costs, against a part of the view or of the size lost."""
SUBDEVICES = Path("/sys/class/video4linux")

_MODEL = re.compile(r"((?:imx|ov|ar|gc|hm|mt9|s5k)\w+)(?: [0-9]+-[0-9a-f]{4})?")


@dataclass(frozen=True, slots=True)
class SensorMode:
    """One way to read a sensor out.

    `size_px` of the picture; `fps` at most; `crop_px` how many of the sensor's pixels (width,
    height) it sees; `bit_depth` of each.
    """

    size_px: tuple[int, int]
    fps: float
    crop_px: tuple[int, int]
    bit_depth: int

    @property
    def name(self) -> str:
        """As in the configuration: "2304x1296"."""
        return f"{self.size_px[0]}x{self.size_px[1]}"


def modes_of(listed: Sequence[Mapping[str, Any]]) -> list[SensorMode]:
    """The modes in picamera2's `sensor_modes`; entries that are no raw mode are left out."""
    found = []
    for entry in listed:
        if "size" not in entry or not entry.get("fps"):
            continue
        width, height = entry["size"]
        crop = entry.get("crop_limits") or (0, 0, width, height)
        found.append(
            SensorMode(
                (int(width), int(height)),
                float(entry["fps"]),
                (int(crop[2]), int(crop[3])),
                int(entry.get("bit_depth", 10)),
            )
        )
    return found


def choose_mode(
    modes: Sequence[SensorMode], size_px: tuple[int, int], fps: float, wanted: str = "auto"
) -> SensorMode | None:
    """The mode to film pictures of `size_px` in, `fps` times a second; None when there is none.

    A mode loses by the share of the picture rate, of the view and of the width that it lacks; a
    lacking rate counts three times. So Camera Module 3, asked for 60, runs its full view at 56
    rather than two thirds of it at 120. `wanted` names a mode by its size and then decides;
    raises `ValueError`, with the sizes there are, when the sensor has no such mode.
    """
    if wanted != "auto":
        named = [mode for mode in modes if mode.name == wanted]
        if not named:
            raise ValueError(", ".join(dict.fromkeys(mode.name for mode in modes)) or "none")
        return max(named, key=lambda mode: (mode.fps, mode.bit_depth))
    widest = max((_view(mode.crop_px, size_px) for mode in modes), default=1)

    def cost(mode: SensorMode) -> tuple[float, int, int]:
        slow = max(0.0, 1 - mode.fps / fps)
        blind = 1 - _view(mode.crop_px, size_px) / widest
        coarse = max(0.0, 1 - mode.size_px[0] / size_px[0])
        area = mode.size_px[0] * mode.size_px[1]
        return round(SLOW * slow + blind + coarse, 3), area, -mode.bit_depth

    return min(modes, key=cost, default=None)


def frame_us(mode: SensorMode | None, fps: float) -> int:
    """How long a frame lasts, in microseconds: as asked for, or as fast as the mode can."""
    return round(1e6 / (fps if mode is None else min(fps, mode.fps)))


def sensors(subdevices: Path = SUBDEVICES) -> list[tuple[str, str]]:
    """The Pi cameras the kernel knows: (place in the device tree, model), as picamera2 counts them.

    The model is libcamera's name, which the kernel gives the sensor ("imx708_wide 10-001a").
    """
    found = []
    for device in sorted(subdevices.glob("v4l-subdev*")):
        try:
            name = (device / "name").read_text(encoding="ascii", errors="replace").strip()
        except OSError:
            continue
        if match := _MODEL.fullmatch(name):
            node = device / "device" / "of_node"
            found.append((str(node.resolve()) if node.exists() else device.name, match[1]))
    return sorted(found, reverse=True)


def _view(crop_px: tuple[int, int], size_px: tuple[int, int]) -> float:
    """How many of the sensor's pixels, across, a picture of this shape shows."""
    return min(crop_px[0], crop_px[1] * size_px[0] / size_px[1])
