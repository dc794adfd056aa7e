"""Beats: one a step. Pure; whoever plays them asks for those of the next moment."""

from __future__ import annotations

import math
from dataclasses import dataclass

SLOWEST_SPM, QUICKEST_SPM = 120.0, 230.0


@dataclass(frozen=True, slots=True)
class Metronome:
    """Beats at `rate_spm` (beats a minute), one of them at `beat_s`."""

    rate_spm: float
    beat_s: float

    def __post_init__(self) -> None:
        if not SLOWEST_SPM <= self.rate_spm <= QUICKEST_SPM:
            raise ValueError(
                f"a metronome for running beats {SLOWEST_SPM:.0f} to {QUICKEST_SPM:.0f} times "
                f"a minute, not {self.rate_spm:g}"
            )

    def phase(self, t_s: float) -> float:
        """How far it is from the last beat to the next, 0 to 1."""
        return ((t_s - self.beat_s) * self.rate_spm / 60) % 1.0

    def beats(self, from_s: float, to_s: float) -> list[float]:
        """The times of beats in [`from_s`, `to_s`)."""
        period_s = 60 / self.rate_spm
        first = math.ceil((from_s - self.beat_s) / period_s - 1e-9)
        last = math.ceil((to_s - self.beat_s) / period_s - 1e-9)
        return [self.beat_s + k * period_s for k in range(first, last)]

    def at(self, rate_spm: float, t_s: float) -> Metronome:
        """The same beat going on at another rate from `t_s`: no beat comes early or twice."""
        rate_spm = min(max(rate_spm, SLOWEST_SPM), QUICKEST_SPM)
        return Metronome(rate_spm, t_s - self.phase(t_s) * 60 / rate_spm)
