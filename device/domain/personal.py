"""A person's own correction of a pelvis method: frozen, and to and from JSON.

The network's error belongs to the person and their clothes: of each true degree of the pelvis'
swing it shows `gain` degrees, and adds `offset_deg` to its mean. Whoever has shown their gain, on
a low step or by wearing stickers while the network ran beside them, gets numbers divided by it and
a narrower interval.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from device.domain.frames import PelvisMethod

VERSION = 1


class PersonalSource(StrEnum):
    """How a personal correction was found."""

    STEP = "step"
    """Standing with either foot on a low step of known height."""
    STICKERS = "stickers"
    """From frames in which stickers were worn and the network ran beside them."""

    @property
    def words(self) -> str:
        """In a sentence: "personal correction from ..."."""
        return "a low step" if self is PersonalSource.STEP else "a session with stickers"


@dataclass(frozen=True, slots=True)
class PersonalGain:
    """What `method` shows of this person's true pelvis angle, which swings about a mean level:
    ``shown = gain * (true - level) + level + offset``.

    `gain` and `offset_deg`, with standard deviations `gain_sd` and `offset_sd_deg` that hold for
    running (what a gain found otherwise loses on the way to running is in them). `n`: readings or
    steps it rests on. `made_unix_s`: when, in seconds since 1970 (the caller's clock).
    `instrument`: which weights it was found with (`NetworkPelvis.instrument`); with others it
    does not hold. Raises `ValueError` for numbers that no person has.
    """

    gain: float
    gain_sd: float
    offset_deg: float
    offset_sd_deg: float
    source: PersonalSource
    n: int
    made_unix_s: float
    instrument: str = ""
    method: PelvisMethod = PelvisMethod.NETWORK

    def __post_init__(self) -> None:
        numbers = (self.gain, self.gain_sd, self.offset_deg, self.offset_sd_deg, self.made_unix_s)
        if not all(math.isfinite(x) for x in numbers):
            raise ValueError("a personal correction has numbers that are not finite")
        if not 0.2 <= self.gain <= 3.0:
            raise ValueError(f"a personal gain of {self.gain:.2f} is not between 0.2 and 3")
        if self.gain_sd < 0 or self.offset_sd_deg < 0 or self.n < 1:
            raise ValueError("a personal correction has a negative spread or rests on nothing")

    def fits(self, method: PelvisMethod | None, instrument: str | None = None) -> bool:
        """Whether it holds for numbers of `method` made with `instrument` (None: not asked)."""
        same = instrument is None or not self.instrument or self.instrument == instrument
        return method is self.method and same

    def corrected_deg(self, shown_deg: float, level_deg: float) -> float:
        """The true angle that shows as `shown_deg`; `level_deg`: the mean about which the shown
        line swings, which is not divided (`device.gait.personal.Swing`)."""
        return (shown_deg - level_deg) / self.gain + level_deg - self.offset_deg

    def to_json(self) -> dict[str, Any]:
        """As JSON's types."""
        return {
            "version": VERSION,
            "method": self.method.value,
            "gain": self.gain,
            "gain_sd": self.gain_sd,
            "offset_deg": self.offset_deg,
            "offset_sd_deg": self.offset_sd_deg,
            "source": self.source.value,
            "n": self.n,
            "made_unix_s": self.made_unix_s,
            "instrument": self.instrument,
        }

    @staticmethod
    def from_json(document: Mapping[str, Any]) -> PersonalGain:
        """The inverse of `to_json`; raises `ValueError` when it is none of ours."""
        try:
            if document["version"] != VERSION:
                raise ValueError(f"a personal correction of version {document['version']!r}")
            return PersonalGain(
                gain=float(document["gain"]),
                gain_sd=float(document["gain_sd"]),
                offset_deg=float(document["offset_deg"]),
                offset_sd_deg=float(document["offset_sd_deg"]),
                source=PersonalSource(document["source"]),
                n=int(document["n"]),
                made_unix_s=float(document["made_unix_s"]),
                instrument=str(document["instrument"]),
                method=PelvisMethod(document["method"]),
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not a personal correction ({error!r})") from error
