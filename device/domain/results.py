"""What the gait core says: steps, live updates and summaries. All frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from device.domain.basics import Estimate, Gait, Reason, Side, Verdict
from device.domain.frames import PelvisMethod


@dataclass(frozen=True, slots=True)
class Step:
    """One stance phase. Times in seconds of the recording; angles in degrees, None if unknown."""

    side: Side
    strike_s: float
    midstance_s: float
    toe_off_s: float | None
    midstance_drop_deg: float | None
    peak_drop_deg: float | None
    excursion_deg: float | None
    hip_lock_deg: float | None
    valid: bool = True
    reason: str | None = None

    @property
    def contact_time_s(self) -> float | None:
        """Strike to toe-off."""
        return None if self.toe_off_s is None else self.toe_off_s - self.strike_s


@dataclass(frozen=True, slots=True)
class Curve:
    """Drop of one side over its stride, strike at phase 0, next strike of that foot at 1.

    `phase`, `drop_deg` (fitted mean) and `sd_deg` (stride-to-stride scatter) have equal lengths;
    `midstance_phase` and `toe_off_phase` are the mean event phases.
    """

    phase: tuple[float, ...]
    drop_deg: tuple[float, ...]
    sd_deg: tuple[float, ...]
    midstance_phase: float
    toe_off_phase: float | None


@dataclass(frozen=True, slots=True)
class SideSummary:
    """One side's numbers, each an `Estimate` or None (then `GaitSummary.reasons` says why)."""

    side: Side
    steps: int
    midstance_drop_deg: Estimate | None = None
    peak_drop_deg: Estimate | None = None
    excursion_deg: Estimate | None = None
    hip_lock_deg: Estimate | None = None
    drop_rate_deg_s: Estimate | None = None
    contact_time_s: Estimate | None = None
    curve: Curve | None = None
    start_deg: Estimate | None = None
    """Midstance drop over the first third of the session's good steps of this side ..."""
    end_deg: Estimate | None = None
    """... and over the last third."""
    drift_deg: Estimate | None = None
    """`end_deg` less `start_deg`, with the interval of the difference."""


@dataclass(frozen=True, slots=True)
class SideSupport:
    """One side at its midstances; each a mean with its interval, None with fewer than 7 steps.

    `hips_over_foot_percent`: middle of the hips beside the standing foot, percent of the hips'
    distance, positive towards the free leg (0: right over it). `trunk_lean_deg`: of the trunk from
    vertical, positive towards the standing leg. In the picture's plane.
    """

    side: Side
    steps: int
    hips_over_foot_percent: Estimate | None = None
    trunk_lean_deg: Estimate | None = None


NARROW_PERCENT = 15.0
"""Step width, percent of the hips' distance (about 2.5 cm), below which a level pelvis proves
nothing. Our choice."""


@dataclass(frozen=True, slots=True)
class Support:
    """Beyond the hip: both sides, and the step width, that is how far to the right of the left
    foot the right one stands, percent of the hips' distance; below zero the feet cross."""

    left: SideSupport
    right: SideSupport
    step_width_percent: Estimate | None = None

    def side(self, side: Side) -> SideSupport:
        """That of `side`."""
        return self.left if side is Side.LEFT else self.right

    @property
    def crossover(self) -> bool:
        """Whether the feet clearly cross."""
        return self.step_width_percent is not None and self.step_width_percent.ci95_high < 0

    @property
    def flattering(self) -> bool:
        """Whether the step is, as far as is known, so narrow that it hides a drop: the doubt is
        against calling a level pelvis good."""
        return self.step_width_percent is not None and (
            self.step_width_percent.mean < NARROW_PERCENT
        )


@dataclass(frozen=True, slots=True)
class StandingZero:
    """The standing reference: obliquity while standing still, and how well it is known."""

    obliquity_deg: float
    ci95_deg: float
    from_s: float
    to_s: float


@dataclass(frozen=True, slots=True)
class PelvisUse:
    """Which method measured the pelvis, and in which fraction of the frames with a person."""

    method: PelvisMethod | None
    fraction: float


@dataclass(frozen=True, slots=True)
class GaitSummary:
    """Everything about one recording or session."""

    gait: Gait
    verdict: Verdict
    reasons: tuple[Reason, ...]
    tracked_fraction: float
    frames: int
    duration_s: float
    cadence_spm: Estimate | None
    left: SideSummary
    right: SideSummary
    asymmetry_deg: Estimate | None
    """Right minus left midstance drop."""
    standing_zero: StandingZero | None
    """None when no standing phase was used."""
    steps: tuple[Step, ...]
    pelvis: PelvisUse
    estimate_only: bool = False
    """True when the drop comes from a detector's hips by a gain: show the word "estimate"."""
    support: Support | None = None
    """Where the body was over the feet; None when nobody was seen running."""

    def side(self, side: Side) -> SideSummary:
        """The summary of `side`."""
        return self.left if side is Side.LEFT else self.right


@dataclass(frozen=True, slots=True)
class SideUpdate:
    """One side, live: over the rolling window (about the last 10 steps of that side)."""

    steps_total: int
    steps_needed: int
    """Good steps still missing before a number may be shown; 0 when it may."""
    midstance_drop_deg: Estimate | None
    peak_drop_deg: Estimate | None
    last_step_drop_deg: float | None
    updated_s: float | None
    """Time of the newest step in it; the screen greys out what is old."""
    curve: Curve | None = None
    recent: tuple[Step, ...] = ()
    """The steps in the window, oldest first, for a scatter."""
    fresh_s: float | None = None
    """Time of the newest frame in which running of this side was measured. `updated_s` lies about
    a second behind, because a step is final only then; staleness is read from this."""


@dataclass(frozen=True, slots=True)
class GaitUpdate:
    """A snapshot of the gait core for the screen."""

    t_s: float
    gait: Gait
    tracked_fraction: float
    reasons: tuple[Reason, ...]
    cadence_spm: float | None
    left: SideUpdate
    right: SideUpdate
    obliquity_deg: float | None
    """The newest pelvis line against the true horizontal (and standing zero, when used)."""
    pelvis: PelvisUse
    standing_still_s: float
    """How long the person has now stood still, for the standing-zero ring."""
    standing_zero: StandingZero | None
    estimate_only: bool = False
    extra: Mapping[str, float] = field(default_factory=dict)
    support: Support | None = None
    """Over the newest steps."""

    def side(self, side: Side) -> SideUpdate:
        """The update of `side`."""
        return self.left if side is Side.LEFT else self.right
