"""Measured against true: errors of one recording, and tables over many."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from device.domain.basics import Estimate, Gait, Side
from device.domain.results import GaitSummary, Step
from device.report.truth import Truth

MATCH_S = 0.12
"""A measured midstance belongs to the true one within this time: under half the shortest step."""


@dataclass(frozen=True, slots=True)
class SideScore:
    """One side of one recording, in degrees; None where nothing was measured."""

    side: Side
    true_drop_deg: float
    drop: Estimate | None
    true_peak_deg: float
    peak: Estimate | None

    @property
    def drop_error_deg(self) -> float | None:
        """Measured minus true midstance drop."""
        return None if self.drop is None else self.drop.mean - self.true_drop_deg

    @property
    def peak_error_deg(self) -> float | None:
        """Measured minus true peak drop."""
        return None if self.peak is None else self.peak.mean - self.true_peak_deg

    @property
    def contained(self) -> bool | None:
        """Whether the 95 % interval of the midstance drop holds the truth."""
        if self.drop is None:
            return None
        return self.drop.ci95_low <= self.true_drop_deg <= self.drop.ci95_high


@dataclass(frozen=True, slots=True)
class WindowScore:
    """The interval of a short stretch against the mean of the whole recording."""

    side: Side
    contained: bool
    half_width_deg: float


@dataclass(frozen=True, slots=True)
class Score:
    """One recording measured one way.

    `steps_found` is the part of the true steps (those between the first and last measured second)
    that has a measured step of its own; `wrong_side` counts those named by the other leg;
    `false_steps` measured steps that belong to none. `midstance_offset_s` is measured minus true.
    """

    truth: Truth
    method: str
    line: str
    gait: Gait
    verdict: str
    reasons: tuple[str, ...]
    sides: tuple[SideScore, ...]
    cadence_error_spm: float | None
    steps_true: int
    steps_found: int
    wrong_side: int
    false_steps: int
    midstance_offset_s: tuple[float, ...]
    windows: tuple[WindowScore, ...] = ()

    @property
    def gait_right(self) -> bool:
        """Whether running, walking, standing and nobody were told apart."""
        return self.gait is self.truth.gait

    @property
    def mean_of_sides_error_deg(self) -> float | None:
        """Error of the mean of both sides: free of roll and of a constant tilt of the line."""
        errors = [s.drop_error_deg for s in self.sides]
        known = [e for e in errors if e is not None]
        return float(np.mean(known)) if len(known) == 2 else None

    @property
    def asymmetry_error_deg(self) -> float | None:
        """Error of right minus left midstance drop."""
        by_side = {s.side: s.drop_error_deg for s in self.sides}
        left, right = by_side.get(Side.LEFT), by_side.get(Side.RIGHT)
        return None if left is None or right is None else right - left


def score(
    truth: Truth,
    summary: GaitSummary,
    *,
    method: str,
    line: str,
    windows: Sequence[GaitSummary] = (),
) -> Score:
    """Compare `summary` with `truth` along the reference `line` (a key of `truth.lines`)."""
    sides = tuple(
        SideScore(
            side,
            reference.midstance_drop_deg,
            summary.side(side).midstance_drop_deg,
            reference.peak_drop_deg,
            summary.side(side).peak_drop_deg,
        )
        for side, reference in truth.lines.get(line, {}).items()
    )
    cadence = None
    if truth.cadence_spm is not None and summary.cadence_spm is not None:
        cadence = summary.cadence_spm.mean - truth.cadence_spm
    found, wrong, false, offsets = _match(truth, summary.steps)
    return Score(
        truth=truth,
        method=method,
        line=line,
        gait=summary.gait,
        verdict=str(summary.verdict),
        reasons=tuple(reason.code for reason in summary.reasons),
        sides=sides,
        cadence_error_spm=cadence,
        steps_true=len(truth.steps),
        steps_found=found,
        wrong_side=wrong,
        false_steps=false,
        midstance_offset_s=tuple(offsets),
        windows=tuple(_window_scores(truth, line, windows)),
    )


def _match(truth: Truth, steps: Sequence[Step]) -> tuple[int, int, int, list[float]]:
    """Pair each true step with the nearest measured one.

    False steps are counted only inside the span the truth describes, since truth files leave out
    steps that are cut by the ends of the recording.
    """
    if not truth.steps:
        return 0, 0, len(steps), []
    true_s = np.array([step.midstance_s for step in truth.steps])
    measured_s = np.array([step.midstance_s for step in steps])
    found = wrong = 0
    offsets: list[float] = []
    taken: set[int] = set()
    for step in truth.steps:
        if measured_s.size == 0:
            break
        nearest = int(np.argmin(np.abs(measured_s - step.midstance_s)))
        offset = float(measured_s[nearest] - step.midstance_s)
        if abs(offset) > MATCH_S or nearest in taken:
            continue
        taken.add(nearest)
        if steps[nearest].side is step.side:
            found += 1
            offsets.append(offset)
        else:
            wrong += 1
    inside = (measured_s > true_s.min() - MATCH_S) & (measured_s < true_s.max() + MATCH_S)
    gaps = np.abs(measured_s[:, None] - true_s[None, :]).min(axis=1) if measured_s.size else inside
    false = int(np.sum(inside & (gaps > MATCH_S)))
    return found, wrong, false, offsets


def _window_scores(
    truth: Truth, line: str, windows: Iterable[GaitSummary]
) -> Iterable[WindowScore]:
    for summary in windows:
        for side, reference in truth.lines.get(line, {}).items():
            drop = summary.side(side).midstance_drop_deg
            if drop is not None:
                held = drop.ci95_low <= reference.midstance_drop_deg <= drop.ci95_high
                yield WindowScore(side, held, drop.half_width)


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """Absolute errors over recordings and sides: mean, worst and signed mean, in degrees."""

    n: int
    mean_abs: float | None
    worst: float | None
    bias: float | None


def errors(values: Iterable[float | None]) -> ErrorRow:
    """Summarise signed errors; None (not measured) is left out and shows in `n`."""
    known = [v for v in values if v is not None and math.isfinite(v)]
    if not known:
        return ErrorRow(0, None, None, None)
    absolute = [abs(v) for v in known]
    return ErrorRow(len(known), float(np.mean(absolute)), max(absolute), float(np.mean(known)))
