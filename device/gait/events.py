"""Strike, midstance and toe-off of each side, from the template of the rhythm.

*Midstance* is the lowest point of the pelvis in stance: the maximum (image y points down) of the
mid-hip's folded height, one for each side. For a detector whose mid-hip also follows the pelvis'
tilt, the shoulders' is used.

*Strike and toe-off* come from the same curve's steepest descent and ascent. There the ground
force equals body weight. For the half-sine ground force of spring-mass running (Alexander 1989;
Morin and others 2005, doi:10.1123/jab.21.2.167) with contact a share b of the step, that happens
asin(2 b / pi) / pi of the contact after strike; real ground forces fade out more slowly than they
rise, which makes it about one and a half times that before toe-off (Novacheck 1998,
doi:10.1016/S0966-6362(97)00038-6). Feet seen from behind are of little use for this:
perspective mixes their way along the belt into their height.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from device.domain.basics import Side
from device.gait.frames import Floats
from device.gait.harmonics import basis, slope
from device.gait.rhythm import HARMONICS, HIPS, SHOULDERS, Rhythm

USUAL_DUTY = 0.37
"""Contact of one foot as a share of the stride in recreational running."""
_DUTY_TRUST, _SKEWED_DUTY_TRUST = 0.7, 0.3
"""How far the curve is believed about the contact; smoothed landmarks make it rounder."""
_GRID = 400
_WAVES = basis(np.arange(_GRID) / _GRID, HARMONICS)
_SLOW_END = 1.5
_EITHER_SIDE = 0.25
"""A stance belongs to running that goes on for this much of a stride before and after it."""


@dataclass(frozen=True, slots=True)
class SideEvents:
    """Phases of one side in the rhythm's phase: `strike` before and `toe_off` after midstance."""

    midstance: float
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Events:
    """Both sides; the right midstance lies between two left ones."""

    left: SideEvents
    right: SideEvents

    def of(self, side: Side) -> SideEvents:
        """The events of `side`."""
        return self.left if side is Side.LEFT else self.right

    def anchored(self, phase: Floats) -> Floats:
        """Phase with left midstances at whole and right ones at half numbers."""
        whole = np.floor(phase - self.left.midstance)
        part = phase - self.left.midstance - whole
        middle = self.right.midstance - self.left.midstance
        late = part >= middle
        return whole + np.where(
            late, 0.5 + 0.5 * (part - middle) / (1 - middle), 0.5 * part / middle
        )


@dataclass(slots=True)
class Footfall:
    """A stance as timed, before its angles are known. Times are the body's, not the landmarks'.

    `phase`: strides since the session's start (left whole, right half); `strike` and `toe_off`
    phases relative to it; `stride_s`: the stride's length; `swing`: how far the feet swing;
    `seen`: whether there were frames.
    """

    side: Side
    phase: float
    strike: float
    toe_off: float
    strike_s: float
    midstance_s: float
    toe_off_s: float | None
    stride_s: float
    swing: float
    seen: bool


def find(rhythm: Rhythm, hips_bounce: bool) -> Events:
    """The events of the stride."""
    column = rhythm.template[:, HIPS if hips_bounce else SHOULDERS]
    curve = _WAVES @ column
    middle = _left_half((math.atan2(column[4], column[3]) / (4 * math.pi)) % 0.5)
    left, right = _peak(curve, middle), _peak(curve, middle + 0.5)
    if not hips_bounce:
        # The smoothing that delays these landmarks also skews their curve. Its phase keeps
        # the time; only the sides' difference is taken from the curve itself.
        lean = (right - left - 0.5) / 2
        left, right = middle - lean, middle + 0.5 + lean
    trust = _DUTY_TRUST if hips_bounce else _SKEWED_DUTY_TRUST
    return Events(_contact(column, left, trust), _contact(column, right, trust))


def _left_half(lowest: float) -> float:
    """Of the two lowest points, half a stride apart, the one in left stance: where the left foot is
    the lower one, which the feet (phase 0) show up to a quarter of a stride later."""
    return lowest - 0.5 if lowest > 0.18 else lowest


def _peak(curve: Floats, middle: float) -> float:
    i = np.arange(round((middle - 0.1) * _GRID), round((middle + 0.1) * _GRID) + 1)
    j = int(i[int(np.argmax(curve[i % _GRID]))])
    a, b, c = (float(curve[(j + d) % _GRID]) for d in (-1, 0, 1))
    bend = a - 2 * b + c
    return (j + (0.5 * (a - c) / bend if bend < 0 else 0.0)) / _GRID


def _contact(column: Floats, midstance: float, trust: float) -> SideEvents:
    speed = _WAVES @ slope(column)
    quarter = _GRID // 4 + _GRID // 20
    at = round(midstance * _GRID)
    down = at - quarter + int(np.argmax(speed[np.arange(at - quarter, at) % _GRID]))
    up = at + int(np.argmin(speed[np.arange(at, at + quarter) % _GRID]))
    steep = (up - down) / _GRID
    fast, slow = _margins(2 * USUAL_DUTY)
    duty = trust * steep / (1 - fast - slow) + (1 - trust) * USUAL_DUTY
    duty = min(max(duty, 0.2), 0.5)
    fast, slow = _margins(2 * duty)
    # Share of the contact before midstance, from where the two steepest points lie round it.
    lean = (midstance - down / _GRID) / steep if steep > 0 else 0.5
    share = fast + (1 - fast - slow) * min(max(lean, 0.3), 0.7)
    return SideEvents(midstance, share * duty, (1 - share) * duty)


def _margins(contact: float) -> tuple[float, float]:
    """Shares of the contact before the force first, and after it last, equals body weight."""
    early = math.asin(min(1.0, 2 * contact / math.pi)) / math.pi
    return early, _SLOW_END * early


def footfalls(
    rhythm: Rhythm, events: Events, after_s: float, until_s: float, delay_s: float
) -> list[Footfall]:
    """Running stances whose midstance lies in (after_s, until_s], in landmark time.

    `delay_s` is how late the landmarks are; the footfalls' times have it taken off. Phases are the
    rhythm's own, anchored.
    """
    t, phase = rhythm.t_s, np.maximum.accumulate(rhythm.phase)
    phase = phase + 1e-9 * np.arange(phase.size)
    clock = _Clock(t, phase, rhythm.stride_hz)
    out: list[Footfall] = []
    for side in Side:
        ev = events.of(side)
        first = math.ceil(phase[0] - ev.midstance - 0.05)
        last = math.floor(phase[-1] - ev.midstance + 0.05)
        for k in range(first, last + 1):
            at = k + ev.midstance
            ms = clock.when(at)
            if not after_s < ms <= until_s or not _under_way(rhythm, ms):
                continue
            strike = clock.when(at - ev.before)
            toe_off = clock.when(at + ev.after)
            out.append(
                Footfall(
                    side,
                    float(k) + (0.0 if side is Side.LEFT else 0.5),
                    -ev.before,
                    ev.after,
                    strike - delay_s,
                    ms - delay_s,
                    toe_off - delay_s if toe_off <= t[-1] + 0.02 else None,
                    clock.when(at + 0.5) - clock.when(at - 0.5),
                    float(np.interp(ms, t, rhythm.swing)),
                    float(np.min(np.abs(t - ms))) < 0.12,
                )
            )
    return sorted(out, key=lambda fall: fall.midstance_s)


class _Clock:
    """Time as a function of phase, carried on at the stride's rate beyond the ends."""

    def __init__(self, t: Floats, phase: Floats, stride_hz: float) -> None:
        self._t, self._phase, self._hz = t, phase, stride_hz

    def when(self, phase: float) -> float:
        if phase < self._phase[0]:
            return float(self._t[0] - (self._phase[0] - phase) / self._hz)
        if phase > self._phase[-1]:
            return float(self._t[-1] + (phase - self._phase[-1]) / self._hz)
        return float(np.interp(phase, self._phase, self._t))


def _under_way(rhythm: Rhythm, t_s: float) -> bool:
    """Whether running was going on at `t_s` and a while before and after, as far as was seen."""
    while_s = _EITHER_SIDE / rhythm.stride_hz
    first, last = float(rhythm.t_s[0]), float(rhythm.t_s[-1])
    for at in (t_s, max(first, t_s - while_s), min(last, t_s + while_s)):
        i = int(np.searchsorted(rhythm.t_s, at))
        if not rhythm.running[max(0, i - 1) : i + 1].all():
            return False
    return True
