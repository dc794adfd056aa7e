"""What may be set in the gait core. Lengths are relative to the body, times in seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from device.domain.frames import PelvisMethod


@dataclass(frozen=True, slots=True)
class Systematic:
    """What a method of measuring the pelvis gets wrong in the same direction at every step.

    `offset_sd_deg`: standard deviation of a constant error; `gain_sd`: relative standard deviation
    of its gain; `mirrored_sd_deg`: of an error that raises both sides' drop together (the
    axial rotation of the pelvis seen from above or below does).
    """

    offset_sd_deg: float = 0.0
    gain_sd: float = 0.0


def _systematic() -> Mapping[PelvisMethod, Systematic]:
    return MappingProxyType(
        {
            PelvisMethod.STICKERS: Systematic(0.15, 0.03),
            PelvisMethod.NETWORK: Systematic(0.7, 0.15),
            PelvisMethod.MEDIAPIPE: Systematic(0.5, 0.5),
            PelvisMethod.LANDMARKS: Systematic(0.0, 0.0),
        }
    )


def _delay() -> Mapping[str, float]:
    return MappingProxyType({"mediapipe": 0.035})


@dataclass(frozen=True, slots=True)
class GaitSettings:
    """Settings of the gait core; the defaults suit a treadmill seen from behind.

    `min_steps`: good steps a side before any number is shown. `window_steps`: steps a side in the
    live window. `use_standing_zero`: whether drops are given relative to quiet standing when a
    good standing phase came before the running. `harmonics`: of the stride in the folded curve.
    `systematic`: per pelvis method. `landmark_delay_s`: how late a detector's landmarks are, by
    the beginning of its name.
    """

    min_steps: int = 7
    window_steps: int = 10
    use_standing_zero: bool = True
    harmonics: int = 7
    hop_s: float = 0.4
    min_standing_s: float = 3.0
    max_gap_s: float = 3.0
    max_steps: int = 60_000
    systematic: Mapping[PelvisMethod, Systematic] = field(default_factory=_systematic)
    landmark_delay_s: Mapping[str, float] = field(default_factory=_delay)
