"""A person's own gain of the network, from a low step or from a session with stickers.

*A low step* (a book) of known height under one foot, both legs straight: the hips then stand on
legs of equal length whose feet are `height` apart, so the pelvis tilts by ``asin(height / width)``,
`width` being the distance of the hip joint centres (about 0.72 of the distance of the two ASIS;
Bell, Pedersen and Brand 1990, doi:10.1016/0021-9290(90)90054-7). Once under either foot: half the
difference of the two readings, divided by that tilt, is the gain, and their mean the offset, in
which a camera roll that nobody told of is contained.

*Stickers*: where they are worn they tell the truth; the network's reading of the same frames
against theirs gives gain and offset.

Divided is the line's swing about its mean of the latest seconds (`Swing`), not the mean itself.
What the network shows too much or too little of goes with the stride; an error of the mean, which
raises one side's drop and lowers the other's, does not grow with it. Virtual runners, gain from
stickers in the first half of a recording, drops of the second half (MODEL.md): error 1.09 degrees
as they come, 0.93 with everything divided, 0.57 with the swing alone.

Either reading is then drawn towards what is usual, as far as it tells anything. What virtual
runners showed (device/pelvis/MODEL.md): the gain in running belongs to the person *and* their
clothes. Stickers tell it well for the clothes they were worn with, little for others. A step tells
almost nothing of it: nearly everybody shows the same gain standing. So a correction of another day
is drawn back again (`aged`), and only one that narrows the interval takes the word "estimate" away
(`narrows`).

With prior N(m, s^2) of the gain in running and a reading g of error e: ``m + k (g - m)``,
``k = s^2 / (s^2 + e^2)``, variance ``(1 - k) s^2``. Of s^2 the part p^2 belongs to the person, the
rest to clothes and camera; for other clothes than those read in, ``k = p^2 / (s^2 + e^2)`` and the
variance is ``s^2 - k p^2``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from device.domain.basics import Reason
from device.domain.frames import PelvisMethod, PelvisSample
from device.domain.personal import PersonalGain, PersonalSource
from device.gait.frames import Floats
from device.gait.statistics import t975

HIP_WIDTH_M = 0.172
HIP_WIDTH_SD = 0.08
"""Usual distance of the hip joint centres of adults, and how much it differs, relatively."""
STEP_M = (0.01, 0.06)
"""Heights of a step that tilt the pelvis enough, but not so far that a knee is bent."""
READ_S = 2.0
"""A reading takes so long at least."""
FEWEST_FRAMES = 20
UNSTEADY_DEG = 1.0
"""Largest 95 % half width of a reading's mean, and largest change from its first to its second
half."""
PLAUSIBLE = (0.3, 2.0)
"""A gain outside this was not measured on somebody who stood as asked."""
LOPSIDED_DEG = 6.0
"""The mean of both readings lies this far from level at most (a rolled camera included)."""
OFFSET_SD_DEG = 1.0
"""How far from level people stand, and how far the stickers' line lies from that of the hips."""
OFFSET_LATER_SD_DEG = 2.0
"""The constant error in other clothes before another camera: nothing is left of the first."""
FEWEST_PAIRS = 60
BLOCK_S = 2.0
FEWEST_BLOCKS = 5
LEAST_RANGE_DEG = 1.5
"""SD of the stickers' line from which on a gain can be seen."""
LEAST_R = 0.6


@dataclass(frozen=True, slots=True)
class Usual:
    """What is known of the network before a person showed their own gain, from virtual runners it
    was never trained on (MODEL.md): mean and SD of the gain in running; the part of that SD that
    stays with a person when clothes and camera change; what the gain on a step is on average, how
    much that differs, and which share of such a difference is found in running again."""

    gain: float
    gain_sd: float
    person_sd: float
    step_gain: float
    step_sd: float
    step_share: float


USUAL = Usual(0.956, 0.25, 0.15, 1.13, 0.09, 0.25)
SAME_CLOTHES_SD = 0.05
"""How much the gain changes from one part of a session to another."""
SAME_VISIT_S = 3 * 3600.0
"""So long after a reading the clothes are taken to be the same."""
SWING_S = 4.0
"""Long beside a stride, short beside a session."""
NARROWS = 0.6
"""A correction narrows the interval when its gain is known to this part of the usual SD."""


@dataclass(frozen=True, slots=True)
class StepReading:
    """The network's line while somebody stood still: mean, standard error of it, frames."""

    angle_deg: float
    error_deg: float
    frames: int


def step_tilt_deg(height_m: float, hip_width_m: float = HIP_WIDTH_M) -> float:
    """How far a step under one foot tilts the pelvis of somebody with straight legs."""
    return math.degrees(math.asin(min(1.0, height_m / hip_width_m)))


def read_standing(samples: Iterable[PelvisSample]) -> StepReading | Reason:
    """The mean line of somebody who stands still; the reason when it is not steady.

    Samples of other methods than the network are left out. Feed what came in while they stood on
    the step (about 3 s).
    """
    own = [s for s in samples if s.method is PelvisMethod.NETWORK]
    t = np.array([s.t_ns for s in own], dtype=np.float64) / 1e9
    angle = np.array([s.image_angle_deg for s in own], dtype=np.float64)
    if t.size < FEWEST_FRAMES or t[-1] - t[0] < READ_S:
        return _reason(
            "personal_short",
            f"The pelvis was seen for less than {READ_S:.0f} s.",
            "Stand still for a few seconds more, in full view of the camera.",
        )
    off = np.abs(angle - np.median(angle))
    kept = off <= 4 * 1.4826 * float(np.median(off)) + 0.2
    t, angle = t[kept], angle[kept]
    blocks = ((t - t[0]) / 0.5).astype(int)
    means = np.array([angle[blocks == b].mean() for b in np.unique(blocks)])
    error = float(means.std(ddof=1)) / math.sqrt(means.size) if means.size > 2 else math.inf
    early = t < (t[0] + t[-1]) / 2
    shift = abs(float(angle[early].mean() - angle[~early].mean()))
    if t975(means.size - 1) * error > UNSTEADY_DEG or shift > UNSTEADY_DEG:
        return _reason(
            "personal_unsteady",
            "The pelvis moved during the reading.",
            "Stand still with both knees straight and the weight on both feet, and try again.",
        )
    return StepReading(float(angle.mean()), error, int(t.size))


def from_step(
    left: StepReading,
    right: StepReading,
    *,
    height_m: float,
    made_unix_s: float,
    instrument: str = "",
    hip_width_m: float | None = None,
    roll_deg: float = 0.0,
    usual: Usual = USUAL,
) -> PersonalGain | Reason:
    """The personal correction from standing with the left and then with the right foot on a step.

    `height_m` of the step, in metres; `hip_width_m` between the hip joints, where it was measured;
    `roll_deg` of the camera, where it is known; `instrument` of the weights in use
    (`NetworkPelvis.instrument`). A step under the left foot lowers the right hip. Returns the
    reason when the readings make no sense. Raises `ValueError` for an impossible height or width.
    """
    width = HIP_WIDTH_M if hip_width_m is None else hip_width_m
    if not STEP_M[0] <= height_m <= STEP_M[1]:
        raise ValueError(f"a step of {height_m:g} m is not between {STEP_M[0]:g} and {STEP_M[1]:g}")
    if not 0.10 <= width <= 0.30:
        raise ValueError(f"hip joints {width:g} m apart are not between 0.10 and 0.30")
    tilt = step_tilt_deg(height_m, width)
    seen = (left.angle_deg - right.angle_deg) / 2 / tilt
    if seen < -PLAUSIBLE[0]:
        return _reason(
            "personal_feet_swapped",
            "The pelvis tilted to the other side than the step would tilt it.",
            "Begin with the left foot on the step, then the right one.",
        )
    if not PLAUSIBLE[0] <= seen <= PLAUSIBLE[1]:
        return _reason(
            "personal_implausible",
            f"The step should tilt the pelvis by {tilt:.1f} degrees either way; "
            f"{seen * tilt:.1f} were seen.",
            "Keep both knees straight, check the height of the step, tuck the shirt in.",
        )
    offset = (left.angle_deg + right.angle_deg) / 2 - roll_deg
    if abs(offset) > LOPSIDED_DEG:
        return _reason(
            "personal_lopsided",
            f"Both readings together lie {abs(offset):.0f} degrees from level.",
            "Level the camera, and stand straight on both legs.",
        )
    reading = math.hypot(left.error_deg, right.error_deg) / 2
    unsure = seen * (0.02 if hip_width_m is not None else HIP_WIDTH_SD)
    share = usual.step_share * usual.step_sd**2
    share /= usual.step_sd**2 + (reading / tilt) ** 2 + unsure**2
    gain = usual.gain + share * (seen - usual.step_gain)
    told = share * usual.step_share * usual.step_sd**2
    sd = math.sqrt(max(0.0, usual.gain_sd**2 - told))
    return PersonalGain(
        gain=gain,
        gain_sd=sd,
        offset_deg=offset,
        offset_sd_deg=math.hypot(reading, OFFSET_SD_DEG),
        source=PersonalSource.STEP,
        n=left.frames + right.frames,
        made_unix_s=made_unix_s,
        instrument=instrument,
    )


def from_stickers(
    t_s: Sequence[float] | Floats,
    stickers_deg: Sequence[float] | Floats,
    network_deg: Sequence[float] | Floats,
    *,
    made_unix_s: float,
    instrument: str = "",
    usual: Usual = USUAL,
) -> PersonalGain | Reason:
    """The personal correction from frames on which both measured the line.

    All three (n,), in order of time; angles in the picture, as both gave them. The slope of the
    network's line on the stickers' is the gain; its uncertainty comes from leaving out blocks of
    two seconds in turn (jackknife), for the errors of neighbouring frames are alike. The offset
    is the difference between the means of the two lines, in which no camera's roll is contained.
    """
    t, true, seen = (np.asarray(x, dtype=np.float64) for x in (t_s, stickers_deg, network_deg))
    good = np.isfinite(t) & np.isfinite(true) & np.isfinite(seen)
    t, true, seen = t[good], true[good], seen[good]
    block = np.floor((t - t[0]) / BLOCK_S).astype(int) if t.size else np.zeros(0, int)
    numbers = np.unique(block)
    if t.size < FEWEST_PAIRS or numbers.size < FEWEST_BLOCKS:
        return _reason(
            "personal_short",
            "Stickers and network saw the pelvis together for too short a time.",
            f"Run with stickers for {FEWEST_BLOCKS * BLOCK_S * 2:.0f} s or longer.",
        )
    if float(true.std()) < LEAST_RANGE_DEG:
        return _reason(
            "personal_too_level",
            "The pelvis moved too little to tell how much of it the network shows.",
            "Run, or walk with long steps, while the stickers are worn.",
        )
    if float(np.corrcoef(true, seen)[0, 1]) < LEAST_R:
        return _reason(
            "personal_unlike",
            "The network's line does not follow the stickers.",
            "Check that both stickers stay where they are, tuck the shirt in, add light.",
        )
    apart = seen - true
    slope, offset = np.polyfit(true, seen, 1)[0], apart.mean()
    rests = [block != b for b in numbers]
    fits = np.array([(np.polyfit(true[r], seen[r], 1)[0], apart[r].mean()) for r in rests])
    spread = (numbers.size - 1) / numbers.size * ((fits - fits.mean(axis=0)) ** 2).sum(axis=0)
    error, offset_error = (float(x) for x in np.sqrt(spread))
    if not PLAUSIBLE[0] <= slope <= PLAUSIBLE[1]:
        return _reason(
            "personal_implausible",
            f"The network would show {100 * slope:.0f} % of this person's movement.",
            "Check that both stickers sit on the dimples of the back, and the light.",
        )
    gain, sd = _drawn(float(slope), math.hypot(error, SAME_CLOTHES_SD), usual)
    return PersonalGain(
        gain=gain,
        gain_sd=sd,
        offset_deg=float(offset),
        offset_sd_deg=math.hypot(offset_error, OFFSET_SD_DEG),
        source=PersonalSource.STICKERS,
        n=int(t.size),
        made_unix_s=made_unix_s,
        instrument=instrument,
    )


def aged(personal: PersonalGain, now_unix_s: float, usual: Usual = USUAL) -> PersonalGain:
    """The correction as it holds now: after `SAME_VISIT_S` the clothes may be others."""
    if now_unix_s - personal.made_unix_s <= SAME_VISIT_S:
        return personal
    read = usual.gain_sd**2 + personal.gain_sd**2
    share = usual.person_sd**2 / read
    return replace(
        personal,
        gain=usual.gain + share * (personal.gain - usual.gain),
        gain_sd=math.sqrt(usual.gain_sd**2 - share * usual.person_sd**2),
        offset_deg=0.0,
        offset_sd_deg=max(personal.offset_sd_deg, OFFSET_LATER_SD_DEG),
    )


def narrows(personal: PersonalGain, usual: Usual = USUAL) -> bool:
    """Whether it tells more of the gain in running than is known of everybody."""
    return personal.gain_sd <= NARROWS * usual.gain_sd


class Swing:
    """The mean about which a line swings: over all its frames at first, later over the latest
    `SWING_S`, the older ones fading. Standing, it is where somebody stands. Owned by one thread."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Another person."""
        self._mean_deg, self._over_s, self._last_s = 0.0, 0.0, -math.inf

    def level_deg(self, t_s: float, angle_deg: float) -> float:
        """Take the next angle; returns the mean."""
        step = t_s - self._last_s
        self._last_s = t_s
        if step > SWING_S:  # the first, or after an absence
            self._mean_deg, self._over_s = angle_deg, 0.0
        elif step > 0:
            self._over_s = min(self._over_s + step, SWING_S)
            self._mean_deg += (angle_deg - self._mean_deg) * step / self._over_s
        return self._mean_deg


def corrected(sample: PelvisSample, personal: PersonalGain, level_deg: float) -> PelvisSample:
    """The line as it would have shown without the network's personal error; `level_deg` about
    which it swings (`Swing`). Samples of other methods come back as they are."""
    if not personal.fits(sample.method):
        return sample
    return replace(
        sample,
        image_angle_deg=personal.corrected_deg(sample.image_angle_deg, level_deg),
        sigma_deg=sample.sigma_deg / personal.gain,
    )


def _drawn(seen: float, error: float, usual: Usual) -> tuple[float, float]:
    """The gain drawn towards the usual, and its standard deviation."""
    share = usual.gain_sd**2 / (usual.gain_sd**2 + error**2)
    gain = usual.gain + share * (seen - usual.gain)
    return gain, math.sqrt(1 - share) * usual.gain_sd


def _reason(code: str, message: str, remedy: str) -> Reason:
    return Reason(code, message, remedy, blocks=True)
