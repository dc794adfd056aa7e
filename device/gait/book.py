"""The book of steps: from timed footfalls to steps with angles, counted once."""

from __future__ import annotations

import copy
from collections import deque
from dataclasses import dataclass

import numpy as np

from device.domain.basics import Side
from device.domain.results import Step
from device.gait.events import Footfall
from device.gait.frames import Floats, Span
from device.gait.harmonics import basis

KERNEL = 0.04
"""Width (SD, strides) over which a step's own deviation from the folded curve is averaged."""
STEADY = 0.8
"""A step whose feet swing less than this share of the usual belongs to starting or stopping."""
_STANCE_POINTS = 13


@dataclass(slots=True)
class SideTally:
    """What is kept of one side: the latest good steps, and sums over all of them."""

    recent: deque[Step]
    total: int = 0
    good: int = 0
    strike: float = 0.0
    toe_off: float = 0.0
    stride_s: float = 0.0

    def add(self, fall: Footfall, step: Step) -> None:
        """Count a step."""
        self.total += 1
        if not step.valid:
            return
        self.good += 1
        self.recent.append(step)
        self.strike += (fall.strike - self.strike) / self.good
        self.toe_off += (fall.toe_off - self.toe_off) / self.good
        self.stride_s += (fall.stride_s - self.stride_s) / self.good


class StepBook:
    """Steps in order.

    `tally` by side; `steps` the latest `max_steps`; `strides` in `seconds` and the latest
    `intervals` between midstances; `last` the newest footfall.
    """

    def __init__(self, window: int, max_steps: int) -> None:
        self._waiting: deque[Footfall] = deque()
        self.steps: deque[Step] = deque(maxlen=max_steps)
        self.tally = {side: SideTally(deque(maxlen=window)) for side in Side}
        self._swings: deque[float] = deque(maxlen=40)
        self.last: Footfall | None = None
        self.strides = 0.0
        self.seconds = 0.0
        self.intervals: deque[float] = deque(maxlen=4096)
        self._young = 0

    def fork(self) -> StepBook:
        """An independent copy."""
        other = copy.copy(self)
        other._waiting = self._waiting.copy()
        other.steps = self.steps.copy()
        other._swings = self._swings.copy()
        other.intervals = self.intervals.copy()
        other.tally = {}
        for side, tally in self.tally.items():
            other.tally[side] = copy.copy(tally)
            other.tally[side].recent = tally.recent.copy()
        return other

    def time(self, fall: Footfall) -> None:
        """Add a footfall; its angles follow."""
        self._waiting.append(fall)
        self._swings.append(fall.swing)
        self.last = fall

    def judge(self, span: Span, fit: Floats, harmonics: int, final: bool) -> None:
        """Give the footfalls that are over their angles: the folded curve `fit` plus what the
        frames round each step add to it."""
        rows = np.isfinite(span.phase) & np.isfinite(span.obliquity_deg)
        phase = span.phase[rows]
        residual = span.obliquity_deg[rows] - basis(phase, harmonics) @ fit
        newest = float(phase[-1]) if phase.size else -np.inf
        usual = float(np.median(self._swings)) if self._swings else 0.0
        while self._waiting and (final or self._waiting[0].phase < newest - 0.4):
            fall = self._waiting.popleft()
            low, high = np.searchsorted(phase, [fall.phase - 0.45, fall.phase + 0.45])
            step = _step(fall, phase[low:high], residual[low:high], fit, harmonics)
            if step.valid and fall.swing < STEADY * usual:
                step = _invalid(fall, "not_steady")
            self._enter(fall, step)

    def new_bout(self, start_seen: bool) -> None:
        """Running begins (again): the live window starts empty. With `start_seen` the first step
        was timed from one side only, so that the cadence does without its interval."""
        self._young = 2 if start_seen else 0
        for tally in self.tally.values():
            tally.recent.clear()

    def close(self, reason: str, before_s: float) -> None:
        """Enter the footfalls before `before_s` that still wait, as steps without angles."""
        while self._waiting and self._waiting[0].midstance_s < before_s:
            fall = self._waiting.popleft()
            self._enter(fall, _invalid(fall, reason))

    def _enter(self, fall: Footfall, step: Step) -> None:
        before = self.steps[-1] if self.steps else None
        if self._young:
            self._young -= 1
        elif before is not None and before.side is not step.side:
            length = step.midstance_s - before.midstance_s
            if 0.6 < 2 * length / fall.stride_s < 1.5 and step.reason != "not_steady":
                self.strides += 0.5
                self.seconds += length
                self.intervals.append(length)
        self.steps.append(step)
        self.tally[step.side].add(fall, step)


def _step(fall: Footfall, phase: Floats, residual: Floats, fit: Floats, harmonics: int) -> Step:
    off = phase - fall.phase
    middle = np.exp(-0.5 * (off / KERNEL) ** 2)
    if not fall.seen or middle.sum() < 0.3:
        return _invalid(fall, "not_seen")
    u = np.linspace(fall.strike, fall.toe_off, _STANCE_POINTS)
    near = np.exp(-0.5 * ((off[None, :] - u[:, None]) / KERNEL) ** 2)
    own = (near @ residual) / np.maximum(near.sum(axis=1), 0.3)
    sign = fall.side.obliquity_sign
    drop = sign * (basis(fall.phase + u, harmonics) @ fit + own)
    at_middle = sign * float(
        basis(fall.phase, harmonics)[0] @ fit + middle @ residual / middle.sum()
    )
    peak = max(float(drop.max()), at_middle)
    return Step(
        fall.side,
        fall.strike_s,
        fall.midstance_s,
        fall.toe_off_s,
        midstance_drop_deg=at_middle,
        peak_drop_deg=peak,
        excursion_deg=peak - float(drop[0]),
        hip_lock_deg=peak - float(drop[-1]),
    )


def _invalid(fall: Footfall, reason: str) -> Step:
    return Step(
        fall.side,
        fall.strike_s,
        fall.midstance_s,
        fall.toe_off_s,
        None,
        None,
        None,
        None,
        valid=False,
        reason=reason,
    )
