"""A runner's way through a programme: where they are, what a session of it is, what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from device.coach.exercise_plan import Criterion, ExerciseRecord, open_stage
from device.coach.exercises import EXERCISES
from device.coach.feedback import FEWEST, SETTLE_S, blocks, summarise
from device.coach.programme import Kind, Programme, target
from device.coach.progress import Done, Standing, counts, standing
from device.domain.basics import Estimate, Side
from device.domain.coaching import Band, Coaching, Ended, Entry, Held, ProgrammeStep, SpeedPart
from device.domain.history import FeedbackBlock, KeptSession
from device.domain.results import Step
from device.gait.statistics import of_values

Bands = tuple[tuple[Side, Band], ...]

FRESH_DAYS = 30
"""A kept session older than this is no baseline any more (our choice)."""
WHOLE_S = 2.0
"""A run that ends so little before its time was not stopped early."""


def in_one_visit(programme: Programme) -> bool:
    """Whether all of it is for one day: such a programme needs nobody who comes again."""
    return all(plan.day == 0 for plan in programme.sessions)


def done_of(programme: Programme, coaching: Coaching) -> tuple[Done, ...]:
    """The sessions begun, as `progress.standing` takes them. One of which nothing is known, or
    that could not be measured, has no minutes. What a changed programme no longer has is left
    out."""
    nothing = (Ended.CANCELLED, Ended.NOT_MEASURED)
    return tuple(
        Done(
            entry.plan, entry.on, 0.0 if entry.ended in nothing else entry.minutes, entry.speed_kmh
        )
        for entry in coaching.entries
        if entry.plan < len(programme.sessions)
        and programme.sessions[entry.plan].kind.value == entry.kind
    )


def standing_of(programme: Programme, coaching: Coaching, on: date) -> Standing:
    """Where the runner is `on` a day."""
    return standing(programme, done_of(programme, coaching), on)


def broken_off(programme: Programme, coaching: Coaching) -> bool:
    """Whether the newest session did not count."""
    done = done_of(programme, coaching)
    return bool(done) and not counts(programme, done[-1])


def step_of(programme: Programme, coaching: Coaching, plan: int) -> ProgrammeStep:
    """Session `plan` of the programme, to be run."""
    session = programme.sessions[plan]
    # While the beat is followed no drops are shown.
    feedback = 0.0 if session.kind is Kind.TRIAL else session.feedback
    return ProgrammeStep(
        programme.name,
        plan,
        len(programme.sessions),
        session.kind.value,
        session.minutes,
        feedback,
        session.speeds_kmh,
        coaching.bands,
        session.exercises,
    )


def shown_blocks(step: ProgrammeStep, run_s: float) -> tuple[FeedbackBlock, ...]:
    """The shown and hidden stretches of a run of `run_s` seconds."""
    return blocks(step.feedback, run_s, step.minutes) if run_s > 0 else ()


def speed_parts(step: ProgrammeStep, run_s: float) -> tuple[SpeedPart, ...]:
    """When the belt ran how fast, of a run of `run_s` seconds; empty where the programme sets no
    speed. Several share the time equally."""
    if not step.speeds_kmh:
        return ()
    each_s = step.minutes * 60 / len(step.speeds_kmh)
    return tuple(
        SpeedPart(speed, k * each_s, min((k + 1) * each_s, run_s))
        for k, speed in enumerate(step.speeds_kmh)
        if k * each_s < run_s
    )


def entry_of(
    step: ProgrammeStep,
    steps: Sequence[Step] | None,
    *,
    on: date,
    began_s: float,
    run_s: float,
    speed_kmh: float | None,
) -> Entry:
    """What came of a session. `steps` in the recording's time, in which the run began at
    `began_s` and lasted `run_s`; None where nothing was measured."""
    held: tuple[Held, ...] = ()
    parts = speed_parts(step, run_s)
    if steps is not None:
        found = summarise(steps, shown_blocks(step, run_s), began_s)
        held = tuple(
            Held(one.side, one.shown_deg, one.hidden_deg, one.change_deg, one.holds)
            for one in found
        )
        parts = tuple(_measured(part, steps, began_s) for part in parts)
    ended = Ended.WHOLE if run_s >= step.minutes * 60 - WHOLE_S else Ended.STOPPED
    entry = Entry(
        step.plan,
        step.kind,
        on,
        run_s / 60,
        step.minutes,
        ended,
        step.feedback,
        speed_kmh if not step.speeds_kmh else _only(step.speeds_kmh),
        None,
        held,
        parts,
    )
    needed = step.kind in (Kind.BASELINE, Kind.RETENTION)
    if steps is None or (needed and not all(one.hidden_deg for one in entry.held)):
        return replace(entry, ended=Ended.NOT_MEASURED)
    return entry


def cancelled(step: ProgrammeStep, *, on: date, run_s: float, speed_kmh: float | None) -> Entry:
    """A session that was begun and thrown away."""
    return Entry(
        step.plan,
        step.kind,
        on,
        run_s / 60,
        step.minutes,
        Ended.CANCELLED,
        step.feedback,
        speed_kmh,
    )


def ticked(step: ProgrammeStep, on: date, ended: Ended = Ended.TICKED) -> Entry:
    """Exercises that somebody says are done, or (WHOLE) that were measured."""
    return Entry(step.plan, step.kind, on, 0.0, 0.0, ended)


def exercised(names: Sequence[str], records: Sequence[ExerciseRecord], on: date) -> tuple[str, ...]:
    """Which of the exercises were done on both sides on that day, before the camera."""
    done = {one.name for one in records if all(one.done) and _day(one) == on}
    return tuple(name for name in names if name in done)


def all_exercised(
    names: Sequence[str],
    records: Sequence[ExerciseRecord],
    on: date,
    criterion: Criterion = Criterion(),  # noqa: B008 (frozen)
) -> bool:
    """Whether all of them that are open to somebody were done on that day. What their range does
    not allow yet is not asked of them."""
    reached, _ = open_stage(records, criterion)
    # What was opened today by what was done today may wait for the next time.
    earlier, _ = open_stage([one for one in records if _day(one) != on], criterion)
    stage = min(reached, earlier)
    wanted = [name for name in names if EXERCISES[name].stage <= stage] or list(names[:1])
    return len(exercised(wanted, records, on)) == len(wanted)


def _day(record: ExerciseRecord) -> date:
    return date.fromtimestamp(record.unix_s)


def bands_of(programme: Programme, entry: Entry) -> Bands:
    """The personal targets out of a baseline; empty where it is none, or not whole."""
    if entry.kind != Kind.BASELINE or entry.ended is Ended.NOT_MEASURED:
        return ()
    if not counts(programme, Done(entry.plan, entry.on, entry.minutes)):
        return ()
    return bands_from(programme, {one.side: one.hidden_deg for one in entry.held})


def bands_from(programme: Programme, baseline: Mapping[Side, Estimate | None]) -> Bands:
    """The personal targets from each side's baseline; empty where a side's is not known."""
    found = []
    for side in Side:
        drop = baseline.get(side)
        if drop is None:
            return ()
        band = target(side, drop, programme.target)
        found.append((side, Band(band.low_deg, band.high_deg, band.needed, drop)))
    return tuple(found)


def baseline_among(
    programme: Programme, sessions: Sequence[KeptSession], on: date
) -> KeptSession | None:
    """The newest of the runner's kept sessions that can stand for the baseline: measured on both
    sides, long enough, not older than a month, and not one of a programme (those have blocks
    with and without feedback). `sessions` newest first."""
    plan = programme.sessions[0]
    if plan.speeds_kmh:
        return None  # they were not run at the speeds that are asked for
    for session in sessions:
        summary = session.summary
        if summary is None or session.feedback or session.cut_off or session.simulated:
            continue
        if summary.estimate_only or not session.date_known:
            continue
        age_days = (on - session.started.date()).days
        long_enough = (session.duration_s or 0.0) >= programme.whole * plan.minutes * 60
        drops = [summary.side(side).midstance_drop_deg for side in Side]
        if 0 <= age_days <= FRESH_DAYS and long_enough and all(drops):
            return session
    return None


def taken(programme: Programme, session: KeptSession, on: date) -> Entry:
    """A kept session taken for the baseline, on the day it is taken."""
    plan = programme.sessions[0]
    assert session.summary is not None
    held = tuple(Held(side, None, session.summary.side(side).midstance_drop_deg) for side in Side)
    return Entry(
        0,
        plan.kind.value,
        on,
        max(plan.minutes, (session.duration_s or 0.0) / 60),
        plan.minutes,
        Ended.TAKEN,
        0.0,
        session.speed_kmh,
        session.uuid,
        held,
    )


def differs(programme: Programme, one_kmh: float, other_kmh: float) -> bool:
    """Whether two speeds are too far apart for their drops to be set beside each other."""
    return max(one_kmh, other_kmh) / min(one_kmh, other_kmh) - 1 > programme.speed_change


def comparable(programme: Programme, coaching: Coaching) -> tuple[bool, ...]:
    """Of each session, whether it can be set beside the first of which the speed is known. One of
    which it is not known is taken to have run as the others."""
    first = next((entry.speed_kmh for entry in coaching.entries if entry.speed_kmh), None)
    return tuple(
        first is None or not entry.speed_kmh or not differs(programme, first, entry.speed_kmh)
        for entry in coaching.entries
    )


def _only(speeds: Sequence[float]) -> float | None:
    return speeds[0] if len(set(speeds)) == 1 else None


def _measured(part: SpeedPart, steps: Sequence[Step], began_s: float) -> SpeedPart:
    """The part with its drops; the first seconds after the belt was set are left out."""
    drops: dict[Side, list[float]] = {side: [] for side in Side}
    settled_s = part.from_s + (SETTLE_S if part.from_s > 0 else 0.0)
    for step in steps:
        at_s = step.midstance_s - began_s
        if step.valid and step.midstance_drop_deg is not None and settled_s <= at_s < part.to_s:
            drops[step.side].append(step.midstance_drop_deg)
    left, right = (
        of_values(np.array(drops[side])) if len(drops[side]) >= FEWEST else None for side in Side
    )
    return replace(part, left_deg=left, right_deg=right)
