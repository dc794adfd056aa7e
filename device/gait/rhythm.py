"""The rhythm of the legs: how fast, where in the stride, and whether it is running.

All on the sensor's times; no stage needs regular sampling.

1. *Frequency*: the peak of the periodogram of the ankles' and heels' height difference, which
   swings once a stride, together with that of the bounce, twice a stride. The difference's sign
   tells the sides apart, because the stance foot is the low one.
2. *Phase*: complex demodulation of that difference with a Gaussian window of about a stride.
   The mid-hip's bounce, demodulated at twice the frequency, tells running from walking moment
   by moment (see `RUNNING_BOUNCE_G`).
3. *Refinement*: feet, ankles, knees, hips and shoulders are all folded by that phase into one
   template of harmonics each; local time shifts (one knot each half stride) are then found that
   fit all of them at once (Gauss-Newton), and the template is folded again. Feet or knees that fit
   the template better with left and right exchanged are exchanged. Single noisy or missing frames
   cannot move an event, and at 15 frames/s steps are still timed to a few milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from device.gait.frames import ANKLE, HEEL, HIP, KNEE, SHOULDER, Bools, Floats, Span
from device.gait.harmonics import basis, hats, roughness, slope
from device.gait.sides import repair

HARMONICS = 6
STRIDE_HZ = (0.55, 2.4)
"""Slow walking to a sprint: 66 to 288 steps a minute."""
MIN_SWING = 0.07
"""Least amplitude of the ankles' height difference, in trunk lengths, that counts as stepping."""
CLEAR, FAINT = 0.5, 0.15
"""Share of a signal's variance that two harmonics of one frequency explain: clear on its own, or
faint (feet that the detector mixes up) but borne out by a clear bounce."""
SAME_RATE = 0.2
"""Where the phase advances this much faster or slower than the stride, it is another gait (walking
before running), which this template does not fit."""
TRUNK_M = 0.5
"""Mid-hip to mid-shoulder of an adult, about; only tells running from walking."""
RUNNING_BOUNCE_G = 0.58
"""Running or walking. A body that leaves the ground falls freely, so the first harmonic of its
vertical acceleration is about 1 to 1.4 g (2/3 g even with no flight: half-sine ground forces);
walking stays at 0.1 to 0.5 g. In g, moved a little by cadence (see `running_evidence`)."""

SIGNALS = ((ANKLE, 0), (ANKLE, 1), (HEEL, 0), (HEEL, 1), (KNEE, 0), (KNEE, 1))
HIPS = len(SIGNALS)
SHOULDERS = HIPS + 1
_KNOT_S = 0.1


@dataclass(slots=True)
class Rhythm:
    """The stride phase over a span of frames.

    `t_s` (N,) of the frames used and `phase` (N,) in strides, 0 where the left foot is lowest
    against the right; `stepping` and `running` (N,) whether that was going on; `swing` (N,) the
    local amplitude of the feet's difference; `template` (2 HARMONICS + 1, signals) coefficients of
    the folded heights (image y, trunk lengths, down positive), the middle of hips and shoulders in
    columns `HIPS` and `SHOULDERS`.
    """

    t_s: Floats
    phase: Floats
    stepping: Bools
    running: Bools
    swing: Floats
    stride_hz: float
    template: Floats


@dataclass(slots=True)
class _Heights:
    """Heights (N, signals) of a span's usable frames and the feet's difference."""

    t_s: Floats
    y: Floats
    difference: Floats


def analyse(span: Span, max_gap_s: float) -> Rhythm | None:
    """Find the rhythm of a span of frames; None when nobody steps at its end.

    Frames before an absence of more than `max_gap_s` are left out.
    """
    heights = _heights(span, max_gap_s)
    if heights is None:
        return None
    stride_hz = _frequency(heights)
    if stride_hz is None:
        return None
    knots, gap = _knots(heights.t_s)
    seen = gap.min(axis=1) < 0.5 / stride_hz
    knots, gap = knots[seen], gap[seen]
    turns, swing = _demodulate(heights.t_s, heights.difference, knots, gap, stride_hz)
    usual = float(np.median(swing[-round(3 / _KNOT_S) :]))
    if not usual > MIN_SWING:
        return None
    _, bounce = _demodulate(heights.t_s, heights.y[:, HIPS], knots, gap, 2 * stride_hz)
    t = heights.t_s
    local_swing = np.interp(t, knots, swing)
    rate = _rate(knots, turns)
    steady = np.abs(rate / stride_hz - 1) < SAME_RATE
    stepping = local_swing > max(MIN_SWING, 0.5 * usual)
    stepping &= np.interp(t, knots, steady.astype(np.float64)) > 0.5
    stepping = _lasting(t, stepping, 1 / stride_hz)
    if stepping.sum() < 12:
        return None
    bounce_g = _smooth(bounce * TRUNK_M * (4 * np.pi * rate) ** 2 / 9.81)
    runs = running_evidence(bounce_g, 120 * stride_hz) > 0
    running = stepping & (np.interp(t, knots, runs.astype(np.float64)) > 0.5)
    running = _lasting(t, running, 1 / stride_hz)
    mended, template, phase = _refine(heights, np.interp(t, knots, turns), stepping, stride_hz)
    if mended is not heights.y:  # mixed-up feet made the swing look small
        _, swing = _demodulate(t, _difference(mended), knots, gap, stride_hz)
        local_swing = np.interp(t, knots, swing)
    return Rhythm(t, phase, stepping, running, local_swing, stride_hz, template)


def running_evidence(bounce_g: Floats, cadence_spm: float) -> Floats:
    """Positive for running: the bounce decides, the cadence where that is not clear (few walk at
    more than 140 steps a minute, few run at less)."""
    return (bounce_g - RUNNING_BOUNCE_G) / 0.1 + (cadence_spm - 140) / 15


def _heights(span: Span, max_gap_s: float) -> _Heights | None:
    rows = np.flatnonzero(span.ours)
    if rows.size < 12:
        return None
    xy = repair(span.xy[rows])
    mid = xy.mean(axis=2)
    trunk = np.hypot(*(mid[:, HIP] - mid[:, SHOULDER]).T)
    torso = float(np.nanmedian(trunk))
    if not torso > 1:
        return None
    columns = [xy[:, pair, side, 1] for pair, side in SIGNALS]
    y = np.stack([*columns, mid[:, HIP, 1], mid[:, SHOULDER, 1]], axis=1) / torso
    good = np.flatnonzero(np.isfinite(y).all(axis=1))
    good = good[_after_last_gap(span.t_s[rows][good], max_gap_s) :]
    if good.size < 12:
        return None
    y, t = y[good], span.t_s[rows][good]
    return _Heights(t, y, _difference(y))


def _difference(y: Floats) -> Floats:
    """Left ankle and heel against right, positive where the left are lower."""
    return (y[:, 0] - y[:, 1] + y[:, 2] - y[:, 3]) / 2


def _after_last_gap(t: Floats, max_gap_s: float) -> int:
    gaps = np.flatnonzero(np.diff(t) > max_gap_s)
    return int(gaps[-1]) + 1 if gaps.size else 0


def _frequency(heights: _Heights, window_s: float = 4.0) -> float | None:
    """Stride frequency (Hz) over the last `window_s`; None when nothing swings steadily.

    The feet's difference swings at the stride's frequency, the bounce at twice that; the two
    spectra are added, each over its variance.
    """
    late = heights.t_s > heights.t_s[-1] - window_s
    t = heights.t_s[late] - heights.t_s[-1]
    if t.size < 12 or t[-1] - t[0] < 1.2:
        return None
    feet = _level(t, heights.difference[late])
    bounce = _level(t, heights.y[late, HIPS])
    taper = np.cos(np.pi * (t - (t[0] + t[-1]) / 2) / (t[-1] - t[0])) ** 2
    step = 0.06
    grid = np.arange(STRIDE_HZ[0], STRIDE_HZ[1], step)
    turn = np.exp(-2j * np.pi * np.outer(grid, t))
    power = _share(turn, feet, taper) + _share(turn**2, bounce, taper)
    i = int(np.argmax(power))
    f = float(grid[i])
    if 0 < i < grid.size - 1:
        below, here, above = power[i - 1 : i + 2]
        f += step * 0.5 * float((below - above) / (below - 2 * here + above))
    swings = _explained(t, feet, f)
    bounces = _explained(t, bounce, 2 * f)
    steady = swings > CLEAR or (swings > FAINT and bounces > CLEAR)
    return f if steady else None


def _level(t: Floats, y: Floats) -> Floats:
    """Without its mean and slope."""
    x = t - t.mean()
    y = y - y.mean()
    out: Floats = y - x * (float(x @ y) / float(x @ x))
    return out


def _share(turn: NDArray[np.complex128], y: Floats, taper: Floats) -> Floats:
    """Power at each frequency over the variance."""
    out: Floats = np.abs(turn @ (y * taper)) ** 2 / max(float(y @ y), 1e-12)
    return out


def _explained(t: Floats, y: Floats, hz: float) -> float:
    """Share of the variance of `y` that two harmonics of `hz` explain."""
    design = basis(hz * t, 2)
    fit = np.linalg.solve(design.T @ design + 1e-9 * np.eye(5), design.T @ y)
    total = float(y @ y)
    return 1 - float(((y - design @ fit) ** 2).sum()) / total if total > 0 else 0.0


def _knots(t: Floats) -> tuple[Floats, Floats]:
    """Times each `_KNOT_S` and their distances to the frames (K, N)."""
    knots = np.arange(t[0], t[-1] + _KNOT_S, _KNOT_S)
    return knots, np.abs(knots[:, None] - t[None, :])


def _demodulate(
    t: Floats, d: Floats, knots: Floats, gap: Floats, hz: float
) -> tuple[Floats, Floats]:
    """Unwrapped phase (turns) and amplitude of `d` at frequency `hz`, at the knots."""
    wide = np.exp(-0.5 * (gap * (hz / 0.6)) ** 2)
    level = (wide @ d) / wide.sum(axis=1)
    d = d - np.interp(t, knots, level)
    near = np.exp(-0.5 * (gap * (hz / 0.35)) ** 2)
    turn = 2 * np.pi * hz * (t - t[0])
    # Real numbers: for a complex product the whole of `near` would be made complex first.
    real, imaginary = (near @ np.stack([d * np.cos(turn), -d * np.sin(turn)], axis=1)).T
    z = 2 * (real + 1j * imaginary) / near.sum(axis=1)
    return hz * (knots - t[0]) + np.unwrap(np.angle(z)) / (2 * np.pi), np.abs(z)


def _rate(knots: Floats, turns: Floats) -> Floats:
    """Turns a second at each knot, over about half a second."""
    if knots.size < 3:
        return np.full(knots.size, np.inf)
    wide = 3
    low = np.maximum(np.arange(knots.size) - wide, 0)
    high = np.minimum(np.arange(knots.size) + wide, knots.size - 1)
    out: Floats = (turns[high] - turns[low]) / (knots[high] - knots[low])
    return out


def _smooth(values: Floats, either_side: int = 4) -> Floats:
    """Mean over some knots to either side."""
    total = np.concatenate([[0.0], np.cumsum(values)])
    low = np.maximum(np.arange(values.size) - either_side, 0)
    high = np.minimum(np.arange(values.size) + either_side + 1, values.size)
    out: Floats = (total[high] - total[low]) / (high - low)
    return out


def _lasting(t: Floats, rows: Bools, least_s: float) -> Bools:
    """`rows` without what is over in less than `least_s`."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], rows, [False]]).astype(np.int8)))
    out = rows.copy()
    for first, end in zip(edges[::2], edges[1::2], strict=True):
        if t[end - 1] - t[first] < least_s:
            out[first:end] = False
    return out


def _refine(
    heights: _Heights, phase: Floats, stepping: Bools, stride_hz: float
) -> tuple[Floats, Floats, Floats]:
    """The heights with legs put right, the template of all of them and the phase that fits best."""
    t, y = heights.t_s, heights.y
    length = float(t[-1] - t[0])
    drift = hats(t, np.linspace(t[0], t[-1], max(2, round(length / 1.5) + 1)))
    knots = np.linspace(t[0], t[-1], max(3, round(2 * length * stride_hz) + 1))
    shift = hats(t, knots)
    m = 2 * HARMONICS + 1
    weight = stepping.astype(np.float64)
    penalty = np.concatenate([roughness(HARMONICS)[1:] * 1e-5, np.full(drift.shape[1], 1e-6)])
    ridge = np.diag(penalty * weight.sum())
    bend = np.diff(np.eye(knots.size), 2, axis=0)
    prior = np.eye(knots.size) / 0.03**2 + bend.T @ bend / 0.02**2
    template = np.zeros((m, y.shape[1]))
    for turn in range(3):
        waves = basis(phase, HARMONICS)
        design = np.concatenate([waves[:, 1:], drift], axis=1)
        weighted = design * weight[:, None]
        fit = np.linalg.solve(weighted.T @ design + ridge, weighted.T @ y)
        model = design @ fit
        template[1:] = fit[: m - 1]
        scale = _scales(y - model, stepping)
        if turn == 0:
            y = _exchange(y, model, scale)
        residual = y - model
        robust = np.minimum(1.0, 2.5 * scale / np.maximum(np.abs(residual), 1e-9)) / scale**2
        robust *= weight[:, None]
        slopes = waves @ slope(template)
        need = (robust * slopes * residual).sum(axis=1)
        have = (robust * slopes**2).sum(axis=1)
        left = shift.T @ (shift * have[:, None]) + prior
        phase = phase + shift @ np.clip(np.linalg.solve(left, shift.T @ need), -0.08, 0.08)
    return y, template, phase


def _scales(residual: Floats, stepping: Bools) -> Floats:
    return 1.4826 * np.median(np.abs(residual[stepping]), axis=0) + 1e-3


def _exchange(y: Floats, model: Floats, scale: Floats) -> Floats:
    """Exchange left and right feet, and knees, in the frames that then fit the template clearly
    better."""
    out = y
    for joints in (slice(0, 4), slice(4, 6)):
        given, expected, width = y[:, joints], model[:, joints], scale[joints]
        mirrored = given.reshape(len(y), -1, 2)[:, :, ::-1].reshape(given.shape)
        misfit = (((given - expected) / width) ** 2).sum(axis=1)
        better = (((mirrored - expected) / width) ** 2).sum(axis=1) < 0.25 * misfit
        if better.any():
            out = out.copy() if out is y else out
            out[better, joints] = mirrored[better]
    return out
