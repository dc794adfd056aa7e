"""What may be set in the gait core, and what is known of detectors and pelvis methods."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from device.domain.basics import MEDIAPIPE_NETWORKS
from device.domain.frames import PelvisMethod
from device.domain.personal import PersonalGain
from device.gait.personal import narrows


@dataclass(frozen=True, slots=True)
class Systematic:
    """What a method of measuring the pelvis gets wrong in the same direction at every step.

    `offset_sd_deg`: standard deviation of a constant error once a standing zero has been taken;
    `unzeroed_sd_deg`: without one (a sticker 6 mm too high alone makes 2.7 degrees);
    `gain_sd`: relative standard deviation of the gain. `mirrored_sd_deg`: of an error that raises
    or lowers both sides' drops together (the same at every step, whatever the drop).
    """

    offset_sd_deg: float = 0.0
    unzeroed_sd_deg: float = 0.0
    gain_sd: float = 0.0
    mirrored_sd_deg: float = 0.0


@dataclass(frozen=True, slots=True)
class DetectorTraits:
    """What is known of how a detector sees the bounce.

    `delay_s`: how late its landmarks are at 60 poses a second, and `sooner` by how much less for
    each second that lies between two poses beyond that. `hips_bounce`: whether the middle of its
    hips goes up and down with the pelvis; where it does not, the shoulders time the steps.
    `timing_sd_s`: how well the mean midstance is timed for all that (1 SD).
    """

    delay_s: float = 0.0
    hips_bounce: bool = True
    timing_sd_s: float = 0.001
    sooner: float = 0.0

    def delay_at(self, gap_s: float) -> float:
        """How late the landmarks are with `gap_s` between two poses."""
        return self.delay_s - self.sooner * min(max(gap_s - 1 / 60, 0.0), _LONGEST_GAP_S)


_LONGEST_GAP_S = 0.08
"""Beyond it nothing was measured, and steps are hardly timed."""
PLAIN = DetectorTraits()
"""Landmarks of unknown making are taken as they are."""


def _systematic() -> Mapping[PelvisMethod, Systematic]:
    return MappingProxyType(
        {
            PelvisMethod.STICKERS: Systematic(0.3, 2.0, 0.03),
            # The likeliest for 53 recordings of 33 virtual runners that it was never trained on
            # (device/pelvis/MODEL.md).
            PelvisMethod.NETWORK: Systematic(0.65, 1.4, 0.12, 0.9),
            # RMS error of a side over 52 rendered runs, with and without a standing zero: the gain
            # lies between none and 0.6 from runner to runner, and one mean gain is divided out.
            PelvisMethod.MEDIAPIPE: Systematic(4.5, 4.5, 0.4),
            PelvisMethod.LANDMARKS: Systematic(),
        }
    )


LEFT_MIRRORED = 0.4
"""Which part of the error of both sides a personal gain in the same clothes leaves (measured
likewise)."""
ESTIMATES = frozenset({PelvisMethod.MEDIAPIPE, PelvisMethod.NETWORK})
"""Methods whose error belongs to the person: without a correction for that person their drops are
shown with the word "estimate"."""


def _detectors() -> Mapping[str, DetectorTraits]:
    # MediaPipe smooths over time (VIDEO mode). Against the exact truth of eight rendered runners
    # at 30 and 60 frames/s its shoulders' bounce is 28 to 32 ms late, the same for both sides;
    # its mid-hip follows the pelvis' tilt as well, which moves its lowest point by up to 25 ms to
    # opposite sides. Looking less often makes them less late: by 2.3, 3.6 and 5.0 ms at 30, 20 and
    # 15 poses/s (mean over six runners).
    traits = DetectorTraits(0.030, hips_bounce=False, timing_sd_s=0.004, sooner=0.11)
    return MappingProxyType(dict.fromkeys(MEDIAPIPE_NETWORKS, traits))


@dataclass(frozen=True, slots=True)
class GaitSettings:
    """Settings of the gait core; the defaults suit a treadmill seen from behind.

    `min_steps`: good steps a side before any number is shown. `window_steps`: steps a side in the
    live window. `use_standing_zero`: whether drops are given relative to quiet standing when a
    good standing phase of at least `min_standing_s` came before the running. `harmonics`: of the
    stride in the folded curve. `hop_s`: how often the frames that came in are worked on.
    `max_gap_s`: the longest absence of the runner that steps are counted across. `max_steps`: how
    many single steps a summary lists (the latest; means are over all).
    `yaw_deg`, `yaw_sd_deg`: how far the stance side of the pelvis is usually turned back at
    midstance, and how much runners differ in that; used only where the camera's height matters.
    `systematic`: per pelvis method. `detectors`: traits by the beginning of a detector's name.
    `personal`: the runner's own correction of the method it names, when there is one that was made
    with what measures now; where it tells more than is known of everybody (`narrows`), their lines
    are divided by its gain, and are no mere estimate.
    """

    min_steps: int = 7
    window_steps: int = 10
    use_standing_zero: bool = True
    min_standing_s: float = 3.0
    harmonics: int = 7
    hop_s: float = 0.4
    max_gap_s: float = 3.0
    max_steps: int = 60_000
    yaw_deg: float = 2.5
    yaw_sd_deg: float = 2.5
    systematic: Mapping[PelvisMethod, Systematic] = field(default_factory=_systematic)
    detectors: Mapping[str, DetectorTraits] = field(default_factory=_detectors)
    personal: PersonalGain | None = None

    def correction(self, method: PelvisMethod | None) -> PersonalGain | None:
        """The correction to use for `method`: one that tells nothing new would only add error."""
        own = self.personal
        return own if own is not None and own.fits(method) and narrows(own) else None

    def of_method(self, method: PelvisMethod | None) -> Systematic:
        """What `method` gets wrong with this runner."""
        known = self.systematic.get(method, Systematic()) if method else Systematic()
        own = self.correction(method)
        if own is None:
            return known
        return Systematic(
            known.offset_sd_deg,
            min(known.unzeroed_sd_deg, own.offset_sd_deg),
            own.gain_sd / own.gain,
            LEFT_MIRRORED * known.mirrored_sd_deg / own.gain,
        )

    def estimate_only(self, method: PelvisMethod | None) -> bool:
        """Whether numbers of `method` need the word "estimate"."""
        return method in ESTIMATES and self.correction(method) is None

    def traits(self, detector: str | None) -> DetectorTraits:
        """What is known of `detector` (None: nothing, and nothing is corrected)."""
        if detector is not None:
            for start, traits in self.detectors.items():
                if detector.startswith(start):
                    return traits
        return PLAIN
