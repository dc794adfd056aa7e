"""The report of a whole session or recording."""

from __future__ import annotations

import numpy as np

from device.domain.basics import Estimate, Gait, Reason, Side, Verdict
from device.domain.frames import PelvisMethod
from device.domain.results import GaitSummary, SideSummary
from device.gait import fold, quality
from device.gait.numbers import SideNumbers, asymmetry
from device.gait.reasons import few_steps, reason
from device.gait.state import State
from device.gait.statistics import interval, of_values

SOME_STEPS = 6
"""Fewer steps than these, of both feet together, are no running."""
SOME_S = 2.0
NOTE_SHARE = 1 / 3


def summary(state: State) -> GaitSummary:
    """Everything so far."""
    gait = _gait(state)
    curve = state.folder.whole()
    why = _reasons(state, gait, curve)
    blocked = any(r.blocks for r in why)
    sides = {side: SideSummary(side, state.book.tally[side].total) for side in Side}
    difference = None
    if not blocked and curve is not None:
        shared = state.shared()
        good = {side: [s for s in state.book.steps if s.valid and s.side is side] for side in Side}
        tally = state.book.tally
        numbers = {s: SideNumbers(curve, s, tally[s], good[s], shared) for s in Side}
        sides = {side: numbers[side].summary(tally[side].total) for side in Side}
        difference = asymmetry(numbers[Side.LEFT], numbers[Side.RIGHT], shared)
    return GaitSummary(
        gait=gait,
        verdict=Verdict.NOT_MEASURABLE if blocked else Verdict.FAIR if why else Verdict.GOOD,
        reasons=tuple(why),
        tracked_fraction=state.seen / state.frames if state.frames else 0.0,
        frames=state.frames,
        duration_s=state.now_s - state.first_s,
        cadence_spm=None if any(r.code == "frame_rate_low" for r in why) else _cadence(state, gait),
        left=sides[Side.LEFT],
        right=sides[Side.RIGHT],
        asymmetry_deg=difference,
        standing_zero=state.zero_used,
        steps=tuple(state.book.steps) if gait is Gait.RUNNING else (),
        pelvis=state.use,
        estimate_only=state.settings.estimate_only(state.use.method),
        support=state.beyond() if gait is Gait.RUNNING else None,
    )


def _gait(state: State) -> Gait:
    if sum(t.total for t in state.book.tally.values()) >= SOME_STEPS:
        return Gait.RUNNING
    if state.gait_s[Gait.WALKING] > SOME_S:
        return Gait.WALKING
    return Gait.STANDING if state.gait_s[Gait.STANDING] > SOME_S else Gait.NONE


def _reasons(state: State, gait: Gait, curve: fold.Curve | None) -> list[Reason]:
    needed = NOTE_SHARE * state.frames
    out = [n.reason for n in state.notes.values() if n.lasting or n.times > needed]
    if gait is not Gait.RUNNING:
        return [_absence(state, gait), *out]
    out += quality.judge(state.quality.session, state.use.method)
    out += quality.judge_view(state.view)
    fewest = min(tally.good for tally in state.book.tally.values())
    if fewest < state.settings.min_steps and not any(r.blocks for r in out):
        out.append(few_steps(state.settings.min_steps - fewest))
    elif curve is None and not any(r.blocks for r in out):
        out.append(reason("no_pelvis"))
    if curve is not None:
        blind = max(map(curve.blind_sd, (0.0, 0.5))) > quality.BLIND_DEG
        if blind and all(r.code != "frame_rate_low" for r in out):
            out.append(reason("frame_rate_locked"))
        zero = state.zero_used
        mean_deg = float(curve.coefficients[0])
        out += quality.judge_roll(mean_deg, state.view, zero.obliquity_deg if zero else None)
    if state.zero_used is None and state.settings.use_standing_zero:
        out += _no_zero(state)
    return sorted(out, key=lambda r: not r.blocks)


def _absence(state: State, gait: Gait) -> Reason:
    """Why there is no running."""
    if gait is Gait.WALKING:
        stepped_s = state.gait_s[Gait.WALKING] + state.gait_s[Gait.RUNNING]
        slow = state.slow_s > quality.MANY * stepped_s
        return reason("frame_rate_low" if slow else "walking")
    if gait is Gait.STANDING:
        return reason("standing")
    if state.seen < 0.1 * state.frames or not state.frames:
        return reason("nobody")
    recent = state.quality.recent()
    if recent.ours and recent.cut > quality.CUT_OFF * recent.ours:
        return reason("cut_off")
    return reason("no_steps")


def _no_zero(state: State) -> list[Reason]:
    if state.standing.moved and not state.standing.good:
        return [reason("standing_moved")]
    bare = state.use.method in (None, PelvisMethod.LANDMARKS)
    return [] if bare else [reason("no_standing_zero")]


def _cadence(state: State, gait: Gait) -> Estimate | None:
    """Steps a minute: strides over the time they took; nothing when nobody steps."""
    book = state.book
    if gait is Gait.WALKING and len(state.walking) > 3:
        return of_values(np.array(state.walking))
    if gait is not Gait.RUNNING or len(book.intervals) < SOME_STEPS:
        return None
    rate = 120 * book.strides / book.seconds
    steps = np.array(book.intervals)
    strides = steps[: steps.size // 2 * 2].reshape(-1, 2).mean(axis=1)  # the feet may differ
    spread = of_values(strides)
    if spread is None or spread.sd is None:
        return None
    per_s = rate / spread.mean
    error = spread.half_width / 1.96 * per_s
    return interval(rate, spread.sd * per_s, steps.size, error, spread.n - 1)
