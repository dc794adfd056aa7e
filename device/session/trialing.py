"""What the session machine knows of a cadence trial under way (pure)."""

from __future__ import annotations

from dataclasses import dataclass

from device.coach.metronome import Metronome
from device.domain.trial import TrialPlan, TrialResult


@dataclass(frozen=True, slots=True)
class Trialing:
    """A trial, from its introduction to its result. Times in seconds of the kiosk's clock.

    `starts_s`: when each condition began. `readings`: live cadences, one a second, as (time, steps
    a minute). `preferred_spm`: as far as it is known; after the first condition it stays.
    `beat`: the metronome, once it beats.
    """

    plan: TrialPlan = TrialPlan()  # noqa: RUF009 (frozen)
    starts_s: tuple[float, ...] = ()
    readings: tuple[tuple[float, float], ...] = ()
    preferred_spm: float | None = None
    beat: Metronome | None = None
    result: TrialResult | None = None

    @property
    def index(self) -> int:
        """Which condition runs."""
        return max(0, len(self.starts_s) - 1)
