"""A session of a programme, while it runs and when it ends (pure): how long it may last, whether
the numbers are shown, what came of it, and what the screen is told of all that."""

from __future__ import annotations

from dataclasses import replace

from device.coach import course
from device.coach.feedback import moment
from device.coach.programme import Programme
from device.domain.basics import Reason, Side, Verdict
from device.domain.coach_screens import RunView
from device.domain.coaching import ProgrammeStep
from device.domain.history import FeedbackBlock
from device.domain.kiosk import ScreenName
from device.domain.results import GaitSummary, GaitUpdate, SideUpdate
from device.session.state import Effect, NoteEntry, Result, State, Timings

S = ScreenName
BELT_SAID_S = 15.0
"""So long it is said that the belt is to be set."""
SHOWN = (S.STANDING_ZERO, S.COUNTDOWN, S.LIVE, S.RESULTS, S.SAVING, S.SAVED)


def programme_of(state: State, timings: Timings) -> Programme | None:
    """The programme of whoever runs; None without one, or when its file is gone."""
    coaching = state.coach.coaching
    if coaching is None:
        return None
    return next((one for one in timings.programmes if one.name == coaching.programme), None)


def longest_s(state: State, timings: Timings) -> float:
    """After how many seconds a run ends by itself."""
    step = state.coach.run
    if step is None or step.minutes <= 0:
        return timings.maximum_s
    return step.minutes * 60


def run_s(state: State, t_s: float) -> float:
    """How long has been run."""
    if state.live_s is None:
        return 0.0
    end_s = state.stopped_s if state.stopped_s is not None else t_s
    return max(0.0, end_s - state.live_s)


def visible(state: State, t_s: float) -> bool:
    """Whether the drops may be shown now. Before the run too: nobody shall see the pelvis line in
    a session without feedback."""
    step = state.coach.run
    if step is None or state.screen not in (S.STANDING_ZERO, S.COUNTDOWN, S.LIVE):
        return True
    if state.screen is not S.LIVE:
        return step.feedback > 0
    return moment(step.feedback, run_s(state, t_s), step.minutes).visible


def hidden(update: GaitUpdate | None) -> GaitUpdate | None:
    """What is measured without anything that tells of the drop; steps and cadence stay."""
    if update is None:
        return None
    return replace(
        update,
        left=_without(update.left),
        right=_without(update.right),
        obliquity_deg=None,
        support=None,
        extra={},
    )


def _without(side: SideUpdate) -> SideUpdate:
    return SideUpdate(
        side.steps_total,
        side.steps_needed,
        None,
        None,
        None,
        side.updated_s,
        fresh_s=side.fresh_s,
    )


def feedback(
    step: ProgrammeStep | None, began_s: float, live_s: float, stopped_s: float
) -> tuple[FeedbackBlock, ...]:
    """The shown and hidden stretches of a run, in seconds since the session `began_s`."""
    if step is None:
        return ()
    from_s = live_s - began_s
    return tuple(
        FeedbackBlock(block.from_s + from_s, block.to_s + from_s, block.visible)
        for block in course.shown_blocks(step, stopped_s - live_s)
    )


# --- the end -------------------------------------------------------------------------------------


def measured(state: State, summary: GaitSummary | None, timings: Timings) -> Result:
    """The numbers of a session are there: what they mean for the programme. What is kept of the
    session takes the entry with it; one that is not kept is noted by itself."""
    coach, step = state.coach, state.coach.run
    if step is None or coach.coaching is None or coach.today is None or coach.entry is not None:
        return state, ()
    entry = course.entry_of(
        step,
        summary.steps if summary is not None and _measured_well(summary) else None,
        on=coach.today,
        began_s=state.live_s or 0.0,
        run_s=run_s(state, state.since_s),
        speed_kmh=state.speed_kmh,
    )
    programme = programme_of(state, timings)
    bands = course.bands_of(programme, entry) if programme is not None else ()
    coaching = coach.coaching.with_entry(entry, bands)
    return replace(state, coach=replace(coach, entry=entry, coaching=coaching)), ()


def _measured_well(summary: GaitSummary) -> bool:
    """Whether targets and comparisons may rest on it: an estimate is no measurement."""
    return summary.verdict is not Verdict.NOT_MEASURABLE and not summary.estimate_only


def cancelled(state: State, t_s: float) -> tuple[State, tuple[Effect, ...]]:
    """A session of the programme that is let go of before its numbers were there is noted."""
    coach, step = state.coach, state.coach.run
    if step is None or state.live_s is None or coach.entry is not None:
        return state, ()
    if coach.coaching is None or coach.today is None:
        return state, ()
    entry = course.cancelled(
        step, on=coach.today, run_s=run_s(state, t_s), speed_kmh=state.speed_kmh
    )
    told: tuple[Effect, ...] = ()
    if state.runner is not None:
        told = (NoteEntry(state.runner.code, entry),)
    coaching = coach.coaching.with_entry(entry)
    return replace(state, coach=replace(coach, coaching=coaching)), told


# --- what the screen is told ---------------------------------------------------------------------


def view(state: State, t_s: float, timings: Timings) -> RunView | None:
    """The session of a programme; None while none is run."""
    step = state.coach.run
    # The cadence trial has screens of its own.
    if step is None or state.trial is not None or state.screen not in SHOWN:
        return None
    programme = programme_of(state, timings)
    language = (state.look or timings.look).language
    title = step.programme if programme is None else programme.called(language)
    gone_s = run_s(state, t_s)
    now = moment(step.feedback, gone_s, step.minutes)
    parts = [part for part in course.speed_parts(step, gone_s + 1e-6) if part.from_s <= gone_s]
    live = state.screen is S.LIVE
    return RunView(
        title,
        step,
        visible=visible(state, t_s),
        changes_in_s=None if now.changes_s is None or not live else now.changes_s - gone_s,
        left_s=max(0.0, step.minutes * 60 - gone_s),
        speed_kmh=parts[-1].speed_kmh if parts else None,
        speed_new=bool(parts) and gone_s - parts[-1].from_s < BELT_SAID_S,
        entry=state.coach.entry,
        counts=state.coach.entry is None
        or programme is None
        or state.coach.coaching is None
        or not course.broken_off(programme, state.coach.coaching),
    )


def side_targets(state: State) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """Each side's own target in a session of a programme."""
    step = state.coach.run
    if step is None or state.screen not in SHOWN:
        return None
    left, right = step.band(Side.LEFT), step.band(Side.RIGHT)
    return None if left is None or right is None else (left.edges, right.edges)


def belt(run: RunView | None) -> Reason | None:
    """That the belt is to be set, as a message."""
    if run is None or run.speed_kmh is None or not run.speed_new:
        return None
    return Reason("belt_speed", f"Set the belt to {run.speed_kmh:.1f} km/h.", "Then run on.")
