"""A programme at the kiosk: choosing, today, hidden stretches, what is entered."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

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
    PROGRAMMES,
    S,
    Walk,
    shown,
    with_targets,
)
from kiosk_values import a_summary

from device.domain.basics import Side, Verdict
from device.domain.coach_screens import Note, Today
from device.domain.coaching import Coaching, Ended
from device.domain.events import (
    CoachingRead,
    RunnersRead,
    SessionMeasured,
)
from device.domain.history import Runner
from device.session import coach_shown
from device.session.machine import deadline_s, hints
from device.session.state import (
    BeginSession,
    Enrol,
    ForgetSession,
    NoteEntry,
    ReadCoaching,
    ReadRunners,
    State,
)


def test_who_runs_is_asked_first_and_then_a_programme_is_chosen():
    walk = Walk(runner=None)
    walk.send(BLUE)
    walk.choose("coach")
    walk.choose("today")
    assert (walk.state.screen, walk.effects[-1]) == (S.RUNNERS, ReadRunners())
    walk.send(RunnersRead((ANNA,)))
    walk.send(GREEN)
    assert walk.state.screen is S.COACH_TODAY
    assert walk.effects[-1] == ReadCoaching("Anna")
    view = coach_shown.view(walk.state, walk.timings)
    assert [key for key, _ in view.offers] == [f"programme:{one.name}" for one in PROGRAMMES]
    walk.choose("programme:retraining")
    assert walk.effects[-1] == Enrol("Anna", "retraining")
    view = coach_shown.view(walk.state, walk.timings)
    assert (view.title, view.step.kind, view.step.plan, view.step.of) == (
        "Retraining", "baseline", 0, 11,
    )  # fmt: skip
    assert Note.SPEED_UNKNOWN in view.notes


def test_the_baseline_is_run_unseen_and_makes_the_targets():
    walk = Walk()
    walk.begin("retraining")
    walk.choose("speed")
    assert walk.state.speed_kmh == 8.0
    walk.choose("start")
    assert walk.state.screen is S.LIVE
    assert BeginSession(1) in walk.effects
    assert deadline_s(walk.state, walk.timings) == 300.0, "it ends by itself after its minutes"
    model = shown(walk)
    assert model.run.visible is False
    assert model.gait.left.midstance_drop_deg is None
    assert model.gait.obliquity_deg is None
    assert model.picture is None
    assert model.gait.left.steps_total > 0
    walk = Walk()
    walk.begin("retraining")
    entry = walk.run(Simulated())
    assert (entry.ended, entry.plan) == (Ended.WHOLE, 0)
    left, right = (walk.coaching.band(side) for side in Side)
    assert left.high_deg == pytest.approx(left.baseline.mean - 2.0)
    assert left.baseline.mean == pytest.approx(8.0, abs=0.3)
    assert right.high_deg == pytest.approx(right.baseline.mean - 2.0)
    walk.today()
    view = coach_shown.view(walk.state, walk.timings)
    assert (view.step.plan, view.step.minutes, dict(view.bands)) == (
        1, 15.0, {Side.LEFT: left, Side.RIGHT: right},
    )  # fmt: skip


def test_while_feedback_fades_the_drops_come_and_go_within_each_minute():
    walk = with_targets()
    walk.today()
    walk.choose("start")
    began_s = walk.t_s
    seen = {}
    for at_s in (0.0, 44.0, 46.0, 59.0, 61.0, 104.0, 106.0):
        walk.t_s = began_s + at_s
        walk.send()
        model = shown(walk)
        seen[at_s] = model.run.visible
        assert (model.gait.left.midstance_drop_deg is not None) is model.run.visible
        assert (model.picture is not None) is model.run.visible
    assert seen == {0.0: True, 44.0: True, 46.0: False, 59.0: False, 61.0: True, 104.0: True,
                    106.0: False}  # fmt: skip
    assert model.run.changes_in_s == pytest.approx(14.0)
    assert model.side_targets == tuple(
        band.edges for band in (walk.coaching.band(side) for side in Side)
    )
    assert model.band(Side.RIGHT) == model.side_targets[1]


def test_a_cancelled_session_is_noted_and_comes_again():
    walk = with_targets()
    walk.today()
    walk.choose("start")
    walk.t_s += 200.0
    walk.send(BLUE_HELD)
    assert walk.state.screen is S.IDLE
    noted, forgotten = walk.effects[-2:]
    assert isinstance(noted, NoteEntry)
    assert (noted.entry.plan, noted.entry.ended) == (5, Ended.CANCELLED)
    assert noted.entry.minutes == pytest.approx(200 / 60)
    assert forgotten == ForgetSession(1)
    walk.day += timedelta(days=1)
    walk.today()
    view = coach_shown.view(walk.state, walk.timings)
    assert (view.step.plan, view.notes[0]) == (5, Note.BROKEN_OFF)


def test_cancelling_before_the_run_is_no_session():
    walk = Walk(replace(HOME, countdown_s=3.0))
    walk.begin("retraining")
    walk.choose("start")
    assert walk.state.screen is S.COUNTDOWN
    walk.send(BLUE_HELD)
    assert not any(isinstance(effect, NoteEntry) for effect in walk.effects)


def test_a_session_stopped_early_is_kept_and_comes_again():
    walk = with_targets()
    walk.today()
    entry = walk.run(Simulated(), minutes=4.0)
    assert (entry.ended, round(entry.minutes, 3)) == (Ended.STOPPED, 4.0)
    walk.day += timedelta(days=1)
    walk.today()
    view = coach_shown.view(walk.state, walk.timings)
    assert (view.step.plan, view.notes[0]) == (5, Note.BROKEN_OFF)


def test_stopped_a_little_early_counts():
    walk = with_targets()
    walk.today()
    assert walk.run(Simulated(), minutes=20.0).ended is Ended.STOPPED
    walk.day += timedelta(days=2)
    walk.today()
    assert coach_shown.view(walk.state, walk.timings).step.plan == 6


@pytest.mark.parametrize(
    "summary",
    [
        None,
        a_summary(verdict=Verdict.NOT_MEASURABLE),
        a_summary(estimate_only=True),
        a_summary(steps=()),
    ],
)
def test_a_baseline_in_which_nothing_was_measured_comes_again(summary):
    walk = Walk()
    walk.begin("retraining")
    walk.choose("start")
    walk.t_s += 300.0
    walk.send()
    walk.send(SessionMeasured(1, summary))
    assert walk.state.coach.entry.ended is Ended.NOT_MEASURED
    assert walk.state.coach.coaching.bands == ()
    model = shown(walk)
    assert model.run.counts is False
    walk.coaching = walk.state.coach.coaching
    walk.send(GREEN)
    walk.today()
    view = coach_shown.view(walk.state, walk.timings)
    assert (view.step.plan, view.notes[0]) == (0, Note.NOT_MEASURED)


@pytest.mark.parametrize(
    ("day", "today", "plan"), [(6, Today.REST, 5), (8, Today.SESSION, 5), (12, Today.SESSION, 5)]
)
def test_rest_due_and_late(day, today, plan):
    walk = with_targets(day=day)
    walk.today()
    view = coach_shown.view(walk.state, walk.timings)
    assert (view.today, view.step.plan) == (today, plan)
    line = next(item for item in walk.state.items if item.key == "start")
    assert line.enabled is (today is Today.SESSION)
    if not line.enabled:
        before = walk.state
        walk.send(GREEN)
        assert walk.state == before
    if day == 12:
        assert (view.notes[0], view.missed) == (Note.MISSED, 1)


def test_after_a_long_pause_the_session_before_comes_once_more():
    walk = with_targets(day=30)
    walk.today()
    view = coach_shown.view(walk.state, walk.timings)
    assert (view.step.plan, view.notes[0]) == (4, Note.REPEATED)


def test_another_belt_speed_is_said():
    walk = with_targets()
    walk.today()
    assert walk.state.speed_kmh == 10.0, "the same as the last time"
    assert coach_shown.view(walk.state, walk.timings).notes == ()
    walk.choose("speed")
    assert walk.state.speed_kmh == 10.5
    walk.send(GREEN)
    assert Note.SPEED_CHANGED in coach_shown.view(walk.state, walk.timings).notes
    walk.send(GREEN_HELD)
    walk.send(GREEN_HELD)
    assert walk.state.speed_kmh == 10.0
    walk.send(GREEN)
    walk.send(GREEN)
    entry = walk.run(Simulated())
    assert entry.speed_kmh == 11.0
    walk.day += timedelta(days=2)
    walk.today()
    walk.choose("progress")
    assert coach_shown.progress(walk.state, walk.timings).comparable[-1] is False
    walk.send(GREEN)
    assert walk.state.screen is S.COACH_TODAY


def test_a_programme_is_ended_by_a_long_press_only():
    walk = with_targets()
    walk.today()
    walk.choose("leave")
    assert walk.coaching is not None
    assert hints(walk.state).green is None
    walk.send(GREEN_HELD)
    assert walk.coaching is None
    assert walk.state.items[0].key.startswith("programme:")


def test_a_programme_whose_file_is_gone_can_only_be_ended():
    walk = with_targets()
    walk.coaching = replace(walk.coaching, programme="gone")
    walk.today()
    view = coach_shown.view(walk.state, walk.timings)
    assert view.problem.code == "programme_gone"
    assert [item.key for item in walk.state.items] == ["leave", "back"]


def test_a_walk_up_gets_one_visit_programmes_and_nothing_is_kept():
    walk = Walk(GYM, runner=None)
    walk.today()
    assert [item.key for item in walk.state.items] == ["programme:screening", "back"]
    walk.choose("programme:screening")
    assert coach_shown.view(walk.state, walk.timings).step.speeds_kmh == (9.0, 12.0)
    walk.choose("start")
    said = []
    for at_s in (1.0, 100.0, 181.0):
        walk.t_s = at_s
        walk.send()
        model = shown(walk)
        said.append((model.run.speed_kmh, model.message.code if model.message else None))
    assert said[0] == (9.0, "belt_speed")
    assert said[1][0] == 9.0
    assert said[1][1] != "belt_speed"
    assert said[2] == (12.0, "belt_speed")
    walk = Walk(GYM, runner=None)
    walk.begin("screening")
    entry = walk.run(Simulated(tires=6.0))
    assert [part.speed_kmh for part in entry.parts] == [9.0, 12.0]
    assert entry.parts[1].left_deg.mean > entry.parts[0].left_deg.mean + 1
    walk.today()
    view = coach_shown.view(walk.state, walk.timings)
    assert (view.step.kind, view.step.plan) == ("trial", 1)
    assert dict(view.bands).keys() == {Side.LEFT, Side.RIGHT}
    assert not any(isinstance(e, (Enrol, NoteEntry)) for e in walk.effects)
    walk.send(BLUE_HELD)
    walk.t_s += 601.0
    walk.send()
    assert walk.state.coach == State().coach, "the next one is somebody else"


def test_another_runner_has_another_programme():
    walk = with_targets()
    walk.today()
    walk.send(BLUE_HELD)
    walk.send(BLUE)
    walk.choose("runners")
    walk.send(RunnersRead((Runner(2, "Bela"), ANNA)))
    walk.send(GREEN)
    assert (walk.state.runner.code, walk.state.coach.coaching) == ("Bela", None)


def test_what_was_read_of_somebody_else_is_not_taken():
    walk = with_targets()
    walk.today()
    before = walk.state
    walk.send(CoachingRead("Bela", DAY, Coaching("home", DAY)))
    assert walk.state == before
