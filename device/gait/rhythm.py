"""The rhythm of the legs: how fast, where in the stride, and whether it is running.

Three stages, all on the sensor's times, none needing regular sampling.

1. *Frequency*: the peak of the periodogram of the ankles' and heels' height difference, which
   swings once a stride whatever the side (its sign tells the sides apart).
2. *Phase*: complex demodulation of that difference with a Gaussian window of about a stride.
3. *Refinement*: feet, ankles, knees, hips and shoulders are all folded by that phase into one
   template of harmonics each; local time shifts (one knot each half stride) are then found that
   fit all of them at once (Gauss-Newton), and the template is folded again. Single noisy or
   missing frames cannot move an event, and at 15 frames/s steps are timed to a few milliseconds.

The stance side comes from the same template: the stance foot is the low one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from device.gait.frames import ANKLE, HEEL, HIP, KNEE, SHOULDER, Bools, Floats, Span
from device.gait.harmonics import basis, hats, roughness, slope
from device.gait.sides import repair, swap_legs

HARMONICS = 6
STRIDE_HZ = (0.55, 2.4)
"""Slow walking to a sprint: 66 to 288 steps a minute."""
MIN_SWING = 0.07
"""Least amplitude of the ankles' height difference, in trunk lengths, that counts as stepping."""


@dataclass(slots=True)
class Rhythm:
    """The stride phase over a span of frames.

    `t_s` (N,) and `phase` (N,) strides (0 where the left foot is lowest against the right);
    `active` where stepping was going on; `template` (2 HARMONICS + 1, S) coefficients of the
    signals, the mid-hip's height (image y, trunk lengths) in column `HIPS`; `swing` amplitude
    of the ankles' difference in trunk lengths, `torso_px` the trunk's length.
    """

    t_s: Floats
    phase: Floats
    active: Bools
    stride_hz: float
    template: Floats
    swing: float
    torso_px: float
    explained: float


SIGNALS = ((ANKLE, 0), (ANKLE, 1), (HEEL, 0), (HEEL, 1), (KNEE, 0), (KNEE, 1))
HIPS = len(SIGNALS)


@dataclass(slots=True)
class Signals:
    """Heights (image y over trunk length, down positive) of one span's usable frames."""

    t_s: Floats
    rows: NDArrayInt
    y: Floats
    difference: Floats
    torso_px: float


NDArrayInt = np.ndarray


def signals(span: Span) -> Signals | None:
    """Extract the heights of the followed person; None when hardly seen."""
    rows = np.flatnonzero(span.ours)
    if rows.size < 12:
        return None
    xy = repair(span.xy[rows])
    return _heights(span.t_s[rows], rows, xy)


def _heights(t: Floats, rows: NDArrayInt, xy: Floats) -> Signals | None:
    mid = xy[:, :, :, :].mean(axis=2)
    trunk = mid[:, HIP] - mid[:, SHOULDER]
    torso = float(np.nanmedian(np.hypot(trunk[:, 0], trunk[:, 1])))
    if not torso > 1:
        return None
    columns = [xy[:, pair, side, 1] for pair, side in SIGNALS]
    columns += [mid[:, HIP, 1], mid[:, SHOULDER, 1]]
    y = np.stack(columns, axis=1) / torso
    good = np.isfinite(y).all(axis=1)
    if good.sum() < 12:
        return None
    y, t, rows = y[good], t[good], rows[good]
    difference = (y[:, 0] - y[:, 1] + y[:, 2] - y[:, 3]) / 2
    return Signals(t, rows, y, difference, torso)


def frequency(sig: Signals, window_s: float = 4.0) -> tuple[float, float]:
    """Stride frequency (Hz) over the last `window_s` and the share of variance it explains."""
    m = sig.t_s > sig.t_s[-1] - window_s
    t, d = sig.t_s[m], sig.difference[m]
    if t.size < 12 or t[-1] - t[0] < 1.2:
        return 0.0, 0.0
    x = (t - t.mean()) / (t[-1] - t[0])
    taper = np.cos(np.pi * x) ** 2
    d = d - np.polyval(np.polyfit(x, d, 1), x)
    grid = np.arange(STRIDE_HZ[0], STRIDE_HZ[1], 0.03)
    power = np.abs(np.exp(-2j * np.pi * np.outer(grid, t - t[0])) @ (d * taper)) ** 2
    i = int(np.argmax(power))
    f = float(grid[i])
    if 0 < i < grid.size - 1:
        a, b, c = power[i - 1 : i + 2]
        f += 0.03 * 0.5 * (a - c) / (a - 2 * b + c)
    design = np.concatenate([basis(f * t, 2), x[:, None]], axis=1)
    fit = design @ np.linalg.lstsq(design, d, rcond=None)[0]
    total = float(((d - d.mean()) ** 2).sum())
    return f, 1 - float(((d - fit) ** 2).sum()) / total if total > 0 else 0.0


def demodulate(sig: Signals, stride_hz: float) -> tuple[Floats, Floats, Floats]:
    """Knots (K,), unwrapped phase and amplitude of the difference there (NaN in long gaps)."""
    t, d = sig.t_s, sig.difference
    knots = np.arange(t[0], t[-1] + 0.05, 0.05)
    gap = np.abs(knots[:, None] - t[None, :])
    wide = np.exp(-0.5 * (gap * stride_hz / 0.6) ** 2)
    level = (wide @ d) / wide.sum(axis=1)
    d = d - np.interp(t, knots, level)
    near = np.exp(-0.5 * (gap * stride_hz / 0.35) ** 2)
    weight = near.sum(axis=1)
    turn = np.exp(-2j * np.pi * stride_hz * (t - t[0]))
    z = 2 * (near @ (d * turn)) / np.maximum(weight, 1e-9)
    phase = stride_hz * (knots - t[0]) + np.unwrap(np.angle(z)) / (2 * np.pi)
    nearest = gap.min(axis=1)
    amplitude = np.where(nearest < 0.5 / stride_hz, np.abs(z), np.nan)
    return knots, phase, amplitude


def analyse(span: Span) -> Rhythm | None:
    """Find the rhythm of a span of frames; None when nobody steps in it."""
    sig = signals(span)
    if sig is None:
        return None
    stride_hz, explained = frequency(sig)
    if explained < 0.5:
        return None
    knots, knot_phase, amplitude = demodulate(sig, stride_hz)
    swing = float(np.nanmedian(amplitude[-60:]))
    if not swing > MIN_SWING:
        return None
    active_knots = np.nan_to_num(amplitude) > max(MIN_SWING, 0.5 * swing)
    phase = np.interp(sig.t_s, knots, knot_phase)
    active = np.interp(sig.t_s, knots, active_knots.astype(float)) > 0.5
    if active.sum() < 12:
        return None
    template, phase = _refine(sig, phase, active, stride_hz)
    return Rhythm(sig.t_s, phase, active, stride_hz, template, swing, sig.torso_px, explained)


def _refine(sig: Signals, phase: Floats, active: Bools, stride_hz: float) -> tuple[Floats, Floats]:
    t = sig.t_s
    drift = hats(t, np.linspace(t[0], t[-1], max(2, round((t[-1] - t[0]) / 1.5) + 1)))
    knots = np.linspace(t[0], t[-1], max(2, round((t[-1] - t[0]) * stride_hz * 2) + 1))
    shift = hats(t, knots)
    y = sig.y
    m = 2 * HARMONICS + 1
    penalty = np.concatenate([roughness(HARMONICS)[1:] * 1e-4, np.full(drift.shape[1], 1e-6)])
    weight = active.astype(float)
    template = np.zeros((m, y.shape[1]))
    for _ in range(3):
        waves = basis(phase, HARMONICS)
        design = np.concatenate([waves[:, 1:], drift], axis=1)
        weighted = design * weight[:, None]
        normal = weighted.T @ design + np.diag(penalty * weight.sum())
        fit = np.linalg.solve(normal, weighted.T @ y)
        residual = y - design @ fit
        template[1:] = fit[: m - 1]
        scale = 1.4826 * np.median(np.abs(residual[active]), axis=0) + 1e-3
        robust = np.minimum(1.0, 2.5 * scale / np.maximum(np.abs(residual), 1e-9)) / scale**2
        robust *= active[:, None]
        slopes = waves @ slope(template)
        need = (robust * slopes * residual).sum(axis=1)
        have = (robust * slopes**2).sum(axis=1)
        left = shift.T @ (shift * have[:, None])
        bend = np.diff(np.eye(knots.size), 2, axis=0) if knots.size > 2 else np.zeros((0, 2))
        left += np.eye(knots.size) / 0.03**2 + bend.T @ bend / 0.02**2
        step = np.clip(np.linalg.solve(left, shift.T @ need), -0.08, 0.08)
        phase = phase + shift @ step
    return template, phase


__all__ = ["Rhythm", "analyse", "swap_legs"]
