"""From a folded curve to the numbers of a side, each with its interval.

Every number is a linear combination of the curve's coefficients (a value at a phase, or the
difference of two), so its standard error comes straight from the curve's covariance. To that come
the errors all steps share (`Shared`) and, where the curve is steep, how well the event is timed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from device.domain.basics import Estimate, Side
from device.domain.results import Curve, SideSummary, Step
from device.gait import fold
from device.gait.book import SideTally
from device.gait.frames import Floats
from device.gait.harmonics import basis, slope
from device.gait.statistics import Shared, interval, of_values, t975

CONTACT_SD_S = 0.010
"""How well strike and toe-off are timed on average (1 SD)."""
LEAST_RISE_S = 0.03
"""A peak sooner after strike than this leaves no rate to speak of."""
CURVE_POINTS = 101
LEAST_THIRD = 7
"""Good steps that a third of a session needs for a number of its own, as any number does."""


@dataclass(frozen=True, slots=True)
class Value:
    """A value and the row of coefficients it is made of, for one side's drop."""

    value: float
    row: Floats


class SideNumbers:
    """The numbers of one side, out of a folded curve, that side's mean events and good steps."""

    def __init__(
        self, curve: fold.Curve, side: Side, tally: SideTally, steps: Sequence[Step], shared: Shared
    ) -> None:
        self._curve = self.curve_fit = curve
        self.steps = len(steps)
        self._side = side
        self._tally = tally
        self._shared = shared
        self._at = 0.0 if side is Side.LEFT else 0.5
        self._steps = steps
        inner = np.linspace(tally.strike, tally.toe_off, 60)
        stance = self._drops(self._at + inner)
        self.peak_phase = float(inner[int(np.argmax(stance))])

    def _drops(self, phase: Floats) -> Floats:
        return self._side.obliquity_sign * self._curve.at(phase)

    def value(self, phase: float) -> Value:
        """The drop at a phase relative to this side's midstance."""
        row = self._side.obliquity_sign * basis(self._at + phase, self._curve.harmonics)[0]
        return Value(float(row @ self._curve.coefficients), row)

    def _steepness(self, phase: float) -> float:
        """Degrees a second at a phase relative to midstance."""
        row = basis(self._at + phase, self._curve.harmonics)[0]
        return abs(float(row @ slope(self._curve.coefficients))) / max(self._tally.stride_s, 0.2)

    def _error(self, row: Floats, *timed: tuple[float, float]) -> float:
        parts = [self._curve.sd(row), *(sd * self._steepness(phase) for phase, sd in timed)]
        return float(np.linalg.norm(parts))

    def _estimate(self, mean: float, error: float, shared: float, sd: float | None) -> Estimate:
        return interval(mean, sd, self.steps, error, self._curve.clusters - 1, shared)

    def _scatter(self, name: str) -> float | None:
        values = np.array([getattr(step, name) for step in self._steps], dtype=np.float64)
        return float(values.std(ddof=1)) if values.size > 1 else None

    def midstance(self) -> Estimate:
        """Drop at the lowest point of the pelvis."""
        v = self.value(0.0)
        error = self._error(v.row, (0.0, self._shared.timing_s))
        shared = self._shared.of_drop(v.value)
        return self._estimate(v.value, error, shared, self._scatter("midstance_drop_deg"))

    def peak(self) -> Estimate:
        """Largest drop in stance."""
        v = self.value(self.peak_phase)
        error = self._error(v.row)
        shared = self._shared.of_drop(v.value)
        return self._estimate(v.value, error, shared, self._scatter("peak_drop_deg"))

    def _since(self, phase: float, name: str) -> Estimate:
        """Peak minus the value at another event."""
        peak, other = self.value(self.peak_phase), self.value(phase)
        change = peak.value - other.value
        error = self._error(peak.row - other.row, (phase, CONTACT_SD_S))
        return self._estimate(change, error, self._shared.of_change(change), self._scatter(name))

    def excursion(self) -> Estimate:
        """Peak minus the value at strike."""
        return self._since(self._tally.strike, "excursion_deg")

    def hip_lock(self) -> Estimate:
        """Peak minus the value at toe-off."""
        return self._since(self._tally.toe_off, "hip_lock_deg")

    def drop_rate(self) -> Estimate | None:
        """Degrees a second from strike to peak; None when the peak is at strike."""
        rise_s = (self.peak_phase - self._tally.strike) * self._tally.stride_s
        if rise_s < LEAST_RISE_S:
            return None
        whole = self.excursion()
        sd = None if whole.sd is None else whole.sd / rise_s
        return Estimate(
            whole.mean / rise_s, sd, whole.n, whole.ci95_low / rise_s, whole.ci95_high / rise_s
        )

    def curve(self) -> Curve:
        """Drop over the stride from strike to the next strike of the same foot."""
        phase = np.linspace(0.0, 1.0, CURVE_POINTS)
        rows = basis(self._at + self._tally.strike + phase, self._curve.harmonics)
        drop = self._side.obliquity_sign * (rows @ self._curve.coefficients)
        variance = ((rows @ self._curve.covariance) * rows).sum(axis=1)
        sd = np.sqrt(np.maximum(variance, 0.0) * self._curve.clusters)
        return Curve(
            tuple(phase.tolist()),
            tuple(drop.tolist()),
            tuple(sd.tolist()),
            -self._tally.strike,
            self._tally.toe_off - self._tally.strike,
        )

    def summary(self, steps: int) -> SideSummary:
        """Everything; `steps` is how many this side took, good or not."""
        times = [step.contact_time_s for step in self._steps]
        contact = np.array([t for t in times if t is not None])
        start, end, drift = start_and_end(self._steps, self._shared)
        return SideSummary(
            self._side,
            steps,
            midstance_drop_deg=self.midstance(),
            peak_drop_deg=self.peak(),
            excursion_deg=self.excursion(),
            hip_lock_deg=self.hip_lock(),
            drop_rate_deg_s=self.drop_rate(),
            contact_time_s=of_values(contact, CONTACT_SD_S),
            curve=self.curve(),
            start_deg=start,
            end_deg=end,
            drift_deg=drift,
        )


def start_and_end(
    steps: Sequence[Step], shared: Shared
) -> tuple[Estimate | None, Estimate | None, Estimate | None]:
    """Midstance drop over the first and the last third of good `steps` in order of time, and the
    later less the earlier; None each with fewer than `LEAST_THIRD` steps in a third.

    What all steps share belongs to either third's interval, and cancels in the difference but for
    the gain.
    """
    drops = [step.midstance_drop_deg for step in steps]
    values = np.array([drop for drop in drops if drop is not None], dtype=np.float64)
    third = values.size // 3
    if third < LEAST_THIRD:
        return None, None, None
    early, late = of_values(values[:third]), of_values(values[-third:])
    if early is None or late is None:
        return None, None, None
    width = t975(third - 1)
    errors = [each.half_width / width for each in (early, late)]
    start, end = (
        interval(each.mean, each.sd, third, error, third - 1, shared.of_drop(each.mean))
        for each, error in zip((early, late), errors, strict=True)
    )
    change = late.mean - early.mean
    error = math.hypot(*errors)
    # Freedom of the less certain third: on the safe side of Welch and Satterthwaite.
    drift = interval(change, None, third, error, third - 1, shared.of_change(change))
    return start, end, drift


def asymmetry(left: SideNumbers, right: SideNumbers, shared: Shared) -> Estimate:
    """Right minus left midstance drop; both of the same curve."""
    a, b = left.value(0.0), right.value(0.0)
    difference = b.value - a.value
    curve = left.curve_fit
    n = min(left.steps, right.steps)
    return interval(
        difference,
        None,
        n,
        curve.sd(b.row - a.row),
        curve.clusters - 1,
        shared.of_asymmetry(difference),
    )
