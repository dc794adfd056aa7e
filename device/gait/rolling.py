"""The live report: the last steps of each side, and what stands in the way."""

from __future__ import annotations

from dataclasses import dataclass, replace

from device.domain.basics import Gait, Reason, Side
from device.domain.results import GaitUpdate, SideUpdate, Support
from device.gait import quality
from device.gait.numbers import SideNumbers
from device.gait.reasons import few_steps, reason
from device.gait.state import State
from device.gait.support import LIVE_STEPS

NOTE_S = 2.0
"""A reason from outside is shown this long after it was last given."""
GONE_S = 1.0
"""After this long without a person the picture is empty."""
OLD_S = 0.5
"""A pelvis line older than this is not the present one."""


@dataclass(frozen=True, slots=True)
class Live:
    """What a hop found; `update` adds the newest frame."""

    sides: dict[Side, SideUpdate]
    reasons: tuple[Reason, ...]
    support: Support | None = None


def nothing(state: State) -> Live:
    """Before the first hop."""
    sides = {side: _side(state, side, ready=False) for side in Side}
    return Live(sides, ())


def live(state: State) -> Live:
    """The report of the present window."""
    why = _reasons(state)
    ready = not any(r.blocks for r in why) and state.folder.window is not None
    sides = {side: _side(state, side, ready) for side in Side}
    return Live(sides, tuple(why), state.beyond(LIVE_STEPS) if ready else None)


def update(state: State, found: Live) -> GaitUpdate:
    """The snapshot for the screen."""
    recent = state.quality.recent()
    newest = state.newest
    angle = None
    if newest is not None and state.now_s - newest.t_ns / 1e9 < OLD_S:
        angle = (newest.image_angle_deg - state.view.roll_deg) / state.view.gain
        zero = state.zero_used
        angle -= zero.obliquity_deg if zero is not None else 0.0
    fresh_s = _fresh_s(state)
    return GaitUpdate(
        t_s=state.now_s,
        gait=state.gait,
        tracked_fraction=recent.ours / recent.frames if recent.frames else 0.0,
        reasons=found.reasons,
        cadence_spm=state.cadence_spm,
        left=replace(found.sides[Side.LEFT], fresh_s=fresh_s),
        right=replace(found.sides[Side.RIGHT], fresh_s=fresh_s),
        obliquity_deg=angle,
        pelvis=state.use,
        standing_still_s=state.standing.still_s,
        standing_zero=state.zero_used,
        estimate_only=state.settings.estimate_only(state.use.method),
        support=found.support,
    )


def _fresh_s(state: State) -> float | None:
    """When running was last measured: the newest pelvis line of a frame in which somebody ran.

    Both sides have a stance in every stride, so that it holds for both.
    """
    if state.newest is None or state.running_s is None:
        return None
    newest_s = state.newest.t_ns / 1e9
    return newest_s if state.gait is Gait.RUNNING else min(newest_s, state.running_s)


def _reasons(state: State) -> list[Reason]:
    out = [n.reason for n in state.notes.values() if _holds(state, n.last_s, n.lasting)]
    recent = state.quality.recent()
    if state.now_s - state.seen_s > GONE_S:
        crowded = recent.crowd > 0.1 * recent.frames
        return [reason("two_people" if crowded else "nobody"), *out]
    out += _gait_reasons(state)
    if state.gait is Gait.RUNNING:
        out += quality.judge(recent, state.use.method)
        out += quality.judge_view(state.view)
        window = state.folder.window
        if window is not None:
            if max(map(window.blind_sd, (0.0, 0.5))) > quality.BLIND_DEG:
                out.append(reason("frame_rate_locked"))
            zero = state.zero_used
            mean_deg = float(window.coefficients[0])
            out += quality.judge_roll(mean_deg, state.view, zero.obliquity_deg if zero else None)
    return sorted(out, key=lambda r: not r.blocks)


def _holds(state: State, last_s: float, lasting: bool) -> bool:
    return lasting or state.now_s - last_s < NOTE_S


def _gait_reasons(state: State) -> list[Reason]:
    if state.gait is Gait.STANDING:
        return [reason("standing")]
    if state.gait is Gait.WALKING:
        return [reason("frame_rate_low" if state.slow else "walking")]
    out = [reason("standing_moved")] if state.standing.moved and not state.standing.good else []
    if state.gait is Gait.NONE:
        return [reason("no_steps"), *out]
    missing = max(_missing(state, side) for side in Side)
    return [few_steps(missing), *out] if missing else out


def _missing(state: State, side: Side) -> int:
    return max(0, state.settings.min_steps - len(state.book.tally[side].recent))


def _side(state: State, side: Side, ready: bool) -> SideUpdate:
    tally = state.book.tally[side]
    window = state.folder.window
    numbers = None
    if ready and window is not None and len(tally.recent) >= state.settings.min_steps:
        numbers = SideNumbers(window, side, tally, list(tally.recent), state.shared())
    newest = tally.recent[-1] if tally.recent else None
    return SideUpdate(
        steps_total=tally.total,
        steps_needed=_missing(state, side),
        midstance_drop_deg=numbers.midstance() if numbers else None,
        peak_drop_deg=numbers.peak() if numbers else None,
        last_step_drop_deg=newest.midstance_drop_deg if newest and numbers else None,
        updated_s=newest.midstance_s if newest else None,
        curve=numbers.curve() if numbers else None,
        recent=tuple(tally.recent),
    )
