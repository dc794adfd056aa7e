"""Whole programmes at the kiosk: runners who learn and who do not, and what else is entered."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from coach_runners import Runner as Simulated
from coach_walk import (
    ANNA,
    BLUE,
    BLUE_HELD,
    DAY,
    GREEN,
    GREEN_HELD,
    GYM,
    HOME,
    S,
    Walk,
    retraining,
    seen,
    shown,
    with_targets,
)
from kiosk_values import a_summary, an_image, an_update

from device.coach import course
from device.coach.exercise_plan import ExerciseRecord, to_json
from device.coach.programme import Kind
from device.domain.basics import Gait, Side
from device.domain.coach_screens import Today
from device.domain.coaching import Ended
from device.domain.events import (
    ChordHeld,
    CoachingRead,
    GaitMeasured,
    RunnersRead,
    SessionMeasured,
)
from device.domain.frames import Frame
from device.domain.kiosk import Picture
from device.session import coach_run, coach_shown
from device.session.machine import deadline_s, hints, step
from device.session.state import (
    NoteEntry,
    State,
)


def test_exercises_are_ticked():
    walk = Walk()
    walk.begin("home")
    walk.run(Simulated())
    walk.today()
    assert coach_shown.view(walk.state, walk.timings).step.kind == "exercises"
    walk.choose("start")
    assert walk.state.screen is S.EXERCISES
    walk.send(BLUE_HELD)
    walk.today()
    walk.choose("tick")
    assert walk.coaching.entries[-1].ended is Ended.TICKED
    assert coach_shown.view(walk.state, walk.timings).step.kind == "training"


def whole(who: Simulated) -> Walk:
    """A runner through the whole of the retraining, always on the day."""
    walk = Walk()
    walk.begin("retraining")
    for _ in range(40):
        view = coach_shown.view(walk.state, walk.timings)
        if view.today is Today.FINISHED:
            return walk
        if view.today is Today.SESSION:
            walk.run(who)
        else:
            walk.day = view.due
            walk.send(BLUE_HELD)
        walk.today()
    raise AssertionError("it does not end")


def test_a_runner_who_learns_through_the_whole_programme():
    walk = whole(Simulated())
    entries = walk.coaching.entries
    assert [entry.plan for entry in entries] == list(range(11))
    assert walk.day == DAY + timedelta(days=105)
    fading = [entry for entry in entries if 0 < entry.feedback < 1]
    last = fading[-1]
    assert all(held.holds for held in last.held)
    assert entries[-1].kind == "retention"
    test = entries[-1].side(Side.LEFT)
    assert test.hidden_deg.mean < walk.coaching.band(Side.LEFT).baseline.mean - 1
    assert [item.key for item in walk.state.items] == ["progress", "leave", "back"]
    walk.choose("progress")
    view = coach_shown.progress(walk.state, walk.timings)
    assert (len(view.entries), view.missed, view.broken_off) == (11, 0, 0)
    assert all(view.comparable)


def test_a_runner_who_only_follows_the_screen_falls_back_when_it_is_hidden():
    walk = whole(Simulated(learns=0.0))
    fading = [entry for entry in walk.coaching.entries if 0 < entry.feedback < 1]
    assert all(entry.side(Side.LEFT).holds is False for entry in fading)
    test = walk.coaching.entries[-1].side(Side.LEFT)
    assert test.hidden_deg.mean == pytest.approx(8.0, abs=0.4)


def test_a_runner_who_does_not_follow_changes_nothing():
    walk = whole(Simulated(follows=0.0, learns=0.0))
    for entry in walk.coaching.entries:
        held = entry.side(Side.LEFT)
        assert (held.shown_deg or held.hidden_deg).mean == pytest.approx(8.0, abs=0.4)


def test_a_healthy_runner_is_only_asked_to_keep_it():
    walk = Walk()
    walk.begin("retraining")
    walk.run(Simulated(left_deg=4.5, right_deg=5.0))
    for side in Side:
        band = walk.coaching.band(side)
        assert band.needed is False
        assert band.low_deg <= band.baseline.mean <= band.high_deg


def test_every_place_of_the_programme_announces_only_what_it_does():
    walk = with_targets()
    walk.today()
    for _ in range(len(walk.state.items)):
        told = hints(walk.state)
        for words, press in ((told.green, GREEN), (told.green_held, GREEN_HELD)):
            if words is not None:
                after, effects = step(walk.state, press, 5.0, walk.timings)
                assert after != walk.state or effects
        walk.send(BLUE)
    assert deadline_s(walk.state, walk.timings) == walk.state.since_s + walk.timings.menu_timeout_s


def test_measured_twice_is_entered_once():
    walk = with_targets()
    walk.today()
    walk.choose("start")
    walk.t_s += 60.0
    walk.send(GREEN)
    walk.send(SessionMeasured(1, a_summary()))
    count = len(walk.state.coach.coaching.entries)
    walk.send(SessionMeasured(1, a_summary()))
    assert len(walk.state.coach.coaching.entries) == count
    walk.send(BLUE_HELD)
    assert not any(isinstance(effect, NoteEntry) for effect in walk.effects)


def test_outside_of_a_programme_nothing_is_hidden():
    walk = with_targets()
    walk.today()
    walk.send(BLUE_HELD)
    walk.send(GREEN)
    assert walk.state.screen is S.LIVE
    assert walk.state.coach.run is None
    model = shown(walk)
    assert (model.run, model.side_targets) == (None, None)
    assert model.gait.left.midstance_drop_deg is not None
    walk.send(GaitMeasured(walk.state.session, an_update(), Picture(Frame(0, 0, an_image()))))
    assert coach_run.longest_s(walk.state, walk.timings) == walk.timings.maximum_s


def test_a_kept_session_can_stand_for_the_baseline():
    from kiosk_values import a_kept_session

    session = replace(
        a_kept_session("11111111-0000-4000-8000-000000000001", 1),
        duration_s=400.0,
        started=datetime(2026, 2, 27, 9, tzinfo=UTC),
        date_known=True,
        simulated=(),
    )
    assert session.summary is not None
    walk = Walk()
    walk.begin("retraining")
    walk.send(CoachingRead("Anna", DAY, walk.coaching, (session,)))
    walk.choose("take")
    noted = walk.effects[-1]
    assert isinstance(noted, NoteEntry)
    assert (noted.entry.ended, noted.entry.uuid) == (Ended.TAKEN, session.uuid)
    assert dict(noted.bands)[Side.LEFT].baseline == session.summary.left.midstance_drop_deg
    assert coach_shown.view(walk.state, walk.timings).step.plan == 1
    for worse in (
        replace(session, duration_s=100.0),
        replace(session, started=datetime(2026, 1, 2, 9, tzinfo=UTC)),
        replace(session, cut_off=True),
        replace(session, date_known=False),
    ):
        assert course.baseline_among(retraining(), (worse,), DAY) is None
    assert Kind.BASELINE == "baseline"


@pytest.mark.parametrize(
    ("plan", "day", "said"),
    [
        (5, 8, "Session 6 of 11 of your programme is due."),
        (5, 6, None),
        (9, 30, None),
        (9, 42, "The test of your programme is due: has it stayed?"),
    ],
)
def test_who_is_chosen_is_told_at_once_what_is_due(plan, day, said):
    walk = with_targets(plan, day)
    walk.state = State()
    walk.send(BLUE)
    walk.choose("runners")
    walk.send(RunnersRead((ANNA,)))
    walk.send(GREEN)
    assert walk.state.screen is S.IDLE
    message = shown(walk).message
    assert (None if message is None else message.message) == said


def test_the_trial_of_a_programme_is_entered_when_it_was_run():
    walk = Walk(GYM, runner=None)
    walk.begin("screening")
    walk.run(Simulated())
    walk.today()
    walk.choose("start")
    assert walk.state.screen is S.TRIAL
    walk.send(GREEN)
    assert walk.state.screen is S.LIVE
    began_s = walk.t_s
    while walk.state.screen is S.LIVE:
        walk.t_s += 1.0
        assert walk.t_s < began_s + 400
        update = replace(seen(), gait=Gait.RUNNING, cadence_spm=165.0, t_s=walk.t_s)
        picture = Picture(Frame(0, round(walk.t_s * 1e9), an_image()))
        walk.send(GaitMeasured(walk.state.session, update, picture))
        walk.send()
    assert walk.t_s - began_s == pytest.approx(180.0, abs=2.0)
    steps = tuple(
        replace(one, strike_s=one.strike_s + began_s, midstance_s=one.midstance_s + began_s)
        for one in Simulated().run(3.0)
    )
    walk.send(SessionMeasured(walk.state.session, a_summary(steps=steps)))
    entry = walk.state.coach.entry
    assert (entry.kind, entry.ended, entry.plan) == ("trial", Ended.WHOLE, 1)
    walk.send(GREEN)
    walk.send(BLUE_HELD)
    while walk.state.screen is not S.IDLE:
        walk.send(BLUE_HELD)
    walk.today()
    assert coach_shown.view(walk.state, walk.timings).today is Today.FINISHED


def test_switching_off_in_the_middle_is_noted_too():
    walk = with_targets()
    walk.today()
    walk.choose("start")
    walk.t_s += 100.0
    walk.send(ChordHeld())
    noted = [effect for effect in walk.effects if isinstance(effect, NoteEntry)]
    assert [one.entry.ended for one in noted] == [Ended.CANCELLED]


def test_exercises_that_the_camera_saw_done_are_entered_by_themselves():
    walk = Walk()
    walk.begin("home")
    walk.run(Simulated())
    at_s = datetime(DAY.year, DAY.month, DAY.day, 10).timestamp()

    def did(*done: tuple[bool, bool], on_s: float = at_s) -> None:
        records = [ExerciseRecord("access_floor", both, (1.0, 1.0), False, on_s) for both in done]
        walk.state = replace(walk.state, runner=replace(ANNA, exercises_json=to_json(records)))
        walk.today()

    did((True, False))
    assert coach_shown.view(walk.state, walk.timings).step.kind == "exercises", "one side only"
    walk.send(BLUE_HELD)
    did((True, True), on_s=at_s - 86_400)
    assert coach_shown.view(walk.state, walk.timings).step.kind == "exercises", "yesterday's"
    walk.send(BLUE_HELD)
    did((True, True))
    entry = walk.coaching.entries[-1]
    assert (entry.kind, entry.ended) == ("exercises", Ended.WHOLE)
    assert coach_shown.view(walk.state, walk.timings).step.kind == "training"
    # Three days later two are asked for; the second is not open before the first was done twice.
    walk.send(BLUE_HELD)
    walk.day = DAY + timedelta(days=2)
    walk.today()
    walk.run(Simulated())
    walk.day = DAY + timedelta(days=3)
    did((True, True), on_s=at_s + 3 * 86_400)
    assert walk.coaching.entries[-1].kind == "exercises"
    assert coach_shown.view(walk.state, walk.timings).today is Today.REST


def test_where_nothing_is_kept_a_code_too_has_this_visit_only():
    walk = Walk(replace(HOME, store=False))
    walk.today()
    assert [item.key for item in walk.state.items] == ["programme:screening", "back"]
    walk.choose("programme:screening")
    walk.coaching = None
    walk.run(Simulated())
    walk.coaching = None
    walk.today()
    assert coach_shown.view(walk.state, walk.timings).step.kind == "trial"
