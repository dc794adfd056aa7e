"""Short exposures: the cap that keeps a running pelvis sharp, and the light that it needs. Pure.

A pelvis moves at up to about 1 m/s across the picture. Seen from 2.2 m by Camera Module 3 (66
degrees), 1 m is some 450 pixels of 1280, so 1/250 s blurs by less than 2 of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from device.clock import NS_PER_S
from device.domain.kiosk import HealthItem, Level

SHORTEST_US = 100
TOP_GAIN = 16.0
"""The end of the gain in the automatic's programme; a sensor that can do less stops there."""
SETTLED_S = 3.0
DARK_LUX = 15.0


def cap(tuning: dict[str, Any], longest_us: int) -> bool:
    """Have the automatic exposure of a Raspberry Pi tuning file never exceed `longest_us`.

    Every exposure mode's programme becomes: first the time, up to the cap, then the gain. Returns
    whether the file has an automatic exposure at all.
    """
    algorithm = _algorithm(tuning, "rpi.agc")
    if algorithm is None:
        return False
    found = False
    for channel in algorithm.get("channels", [algorithm]):
        for mode in channel.get("exposure_modes", {}):
            shortest = min(SHORTEST_US, longest_us)
            channel["exposure_modes"][mode] = {
                "shutter": [shortest, longest_us],
                "gain": [1.0, TOP_GAIN],
            }
            found = True
    return found


def _algorithm(tuning: dict[str, Any], name: str) -> dict[str, Any] | None:
    if tuning.get("version", 1) == 1:
        found = tuning.get(name)
    else:
        found = next((a[name] for a in tuning.get("algorithms", []) if name in a), None)
    return found if isinstance(found, dict) else None


_SAID = {
    "ok": HealthItem("light", Level.OK, "Light enough."),
    "dark": HealthItem(
        "light",
        Level.WARN,
        "It is too dark for sharp pictures.",
        "Switch on more light on the runner: 200 lux or more.",
    ),
    "long": HealthItem(
        "light",
        Level.WARN,
        "The camera exposes for too long: the runner blurs.",
        "Switch on more light on the runner, or choose another camera.",
    ),
}


class Light:
    """Whether there is light enough, from what the camera says of each picture.

    `longest_us` is the cap, `top_gain` the most that the sensor amplifies. What is said changes
    only once it has been so for three seconds; the automatic takes its time at the start.
    """

    def __init__(self, longest_us: int, top_gain: float = TOP_GAIN) -> None:
        self._longest_us = longest_us
        self._top_gain = min(top_gain, TOP_GAIN)
        self._now = self._said = "ok"
        self._since_ns = 0

    def note(self, metadata: Mapping[str, Any], t_ns: int) -> None:
        """Take a picture's metadata in (libcamera's names)."""
        exposure_us, gain = metadata.get("ExposureTime"), metadata.get("AnalogueGain")
        if exposure_us is None or gain is None:
            return
        now = self._judge(float(exposure_us), float(gain), metadata.get("Lux"))
        if now != self._now:
            self._now, self._since_ns = now, t_ns
        elif now != self._said and t_ns - self._since_ns >= SETTLED_S * NS_PER_S:
            self._said = now

    @property
    def item(self) -> HealthItem:
        """How the light is."""
        return _SAID[self._said]

    def _judge(self, exposure_us: float, gain: float, lux: float | None) -> str:
        if exposure_us > 1.25 * self._longest_us:
            return "long"
        # It is left later than it is entered, so that a cloud makes no flicker of warnings.
        dark = self._said == "dark"
        most = self._top_gain * (0.7 if dark else 0.95)
        at_the_end = exposure_us >= 0.85 * self._longest_us and gain >= most
        unlit = lux is not None and lux < DARK_LUX * (1.5 if dark else 1.0)
        return "dark" if at_the_end or unlit else "ok"
