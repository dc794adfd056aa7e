"""A programme at the kiosk: choosing, today, hidden stretches, what is entered."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from coach_runners import Runner as Simulated
from kiosk_values import a_summary, an_image, an_update

from device.coach import course
from device.coach.exercise_plan import ExerciseRecord, to_json
from device.coach.programme import Kind, Programme
from device.domain.basics import Estimate, Gait, Side, Verdict
from device.domain.coach_screens import Note, Today
from device.domain.coaching import Coaching, Ended, Entry
from device.domain.events import (
    ButtonPressed,
    ChordHeld,
    CoachingRead,
    GaitMeasured,
    RunnersRead,
    SessionMeasured,
)
from device.domain.frames import Frame
from device.domain.history import Runner
from device.domain.kiosk import Button, Picture, Press, ScreenName
from device.domain.results import SideUpdate
from device.programmes import load_all
from device.session import coach_run, coach_shown
from device.session.machine import deadline_s, hints, step
from device.session.state import (
    BeginSession,
    Choosing,
    Enrol,
    ForgetSession,
    LeaveProgramme,
    NoteEntry,
    ReadCoaching,
    ReadRunners,
    State,
    StopSession,
    Timings,
)
from device.session.view import Facts, build

FOLDER = Path(__file__).resolve().parents[2] / "config" / "programmes"
PROGRAMMES = tuple(load_all(FOLDER).values())
HOME = Timings(
    choosing=Choosing.LIST, store=True, programmes=PROGRAMMES, zero_wanted=False, countdown_s=0.0
)
GYM = replace(HOME, choosing=Choosing.NOBODY, store=False, public=True)
S = ScreenName
GREEN = ButtonPressed(Button.GREEN, Press.SHORT)
GREEN_HELD = ButtonPressed(Button.GREEN, Press.LONG)
BLUE = ButtonPressed(Button.BLUE, Press.SHORT)
BLUE_HELD = ButtonPressed(Button.BLUE, Press.LONG)
ANNA = Runner(1, "Anna")
DAY = date(2026, 3, 2)


class Walk:
    """A kiosk's state machine with somebody at its buttons, on days that can be chosen."""

    def __init__(self, timings: Timings = HOME, runner: Runner | None = ANNA) -> None:
        self.timings = timings
        self.state = State(runner=runner)
        self.t_s = 0.0
        self.day = DAY
        self.effects: list[object] = []
        self.coaching: Coaching | None = None
        """What a store would have by now."""

    def send(self, event: object = None) -> None:
        self.state, told = step(self.state, event, self.t_s, self.timings)
        self.effects += told
        code = self.state.runner.code if self.state.runner else None
        for effect in told:
            match effect:
                case ReadCoaching(runner):
                    kept = self.coaching if runner == ANNA.code else None
                    self.send(CoachingRead(runner, self.day, kept))
                case Enrol(_, programme):
                    self.coaching = Coaching(programme, self.day)
                case LeaveProgramme():
                    self.coaching = None
                case NoteEntry(_, entry, bands):
                    assert self.coaching is not None
                    self.coaching = self.coaching.with_entry(entry, bands)
                case StopSession() if code is not None:
                    pass

    def wait(self, s: float) -> None:
        """Let time pass, a second at a time."""
        end_s = self.t_s + s
        while self.t_s < end_s:
            self.t_s = min(end_s, self.t_s + 1.0)
            self.send()

    def choose(self, key: str, press: ButtonPressed = GREEN) -> None:
        keys = [item.key for item in self.state.items]
        assert key in keys, keys
        while self.state.chosen.key != key:
            self.send(BLUE)
        self.send(press)

    def today(self) -> None:
        """From idle to the coach's day."""
        assert self.state.screen is S.IDLE
        self.send(BLUE)
        self.choose("coach")
        self.choose("today")
        assert self.state.screen is S.COACH_TODAY

    def begin(self, programme: str) -> None:
        self.today()
        self.choose(f"programme:{programme}")

    def run(self, who: Simulated, minutes: float | None = None) -> Entry:
        """Run today's session to its end (or stop it after `minutes`), and go home."""
        self.choose("start")
        plan = self.state.coach.run
        assert plan is not None
        assert self.state.screen is S.LIVE
        began_s = self.t_s
        target = plan.band(Side.LEFT)
        steps = who.run(
            plan.minutes if minutes is None else minutes,
            shown=lambda t_s: any(
                block.visible and block.from_s <= t_s < block.to_s
                for block in course.shown_blocks(plan, plan.minutes * 60)
            ),
            target_deg=target.high_deg if target is not None else None,
        )
        self.t_s += 60 * (plan.minutes if minutes is None else minutes)
        self.send(None if minutes is None else GREEN)
        assert self.state.screen is S.RESULTS
        moved = tuple(
            replace(one, strike_s=one.strike_s + began_s, midstance_s=one.midstance_s + began_s)
            for one in steps
        )
        self.send(SessionMeasured(self.state.session, a_summary(steps=moved)))
        entry = self.state.coach.entry
        assert entry is not None
        if self.state.runner is not None:
            # The session takes the entry to the store.
            self.coaching = self.state.coach.coaching
        self.send(GREEN)
        assert self.state.screen is S.IDLE
        return entry


def retraining() -> Programme:
    return next(one for one in PROGRAMMES if one.name == "retraining")


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


def seen():
    """What the gait core says of somebody who runs."""
    drop = Estimate(6.0, 1.0, 10, 5.4, 6.6)
    side = SideUpdate(40, 0, drop, drop, 6.1, 1.0)
    return an_update(left=side, right=side, obliquity_deg=4.0)


def shown(walk: Walk):
    """What the screen is told, with drops measured."""
    facts = Facts()
    frame = Frame(0, round(walk.t_s * 1e9), an_image())
    facts.gait, facts.measured = seen(), Picture(frame)
    facts.newest = facts.measured
    return build(walk.state, facts, walk.t_s, walk.timings, station="here", simulated=())


def with_targets(plan: int = 5, day: int = 8) -> Walk:
    """A runner who has come to session `plan`."""
    walk = Walk()
    programme = retraining()
    walk.coaching = Coaching("retraining", DAY)
    who = Simulated()
    for k in range(plan):
        session = programme.sessions[k]
        on = DAY + timedelta(days=session.day)
        made = course.step_of(programme, walk.coaching, k)
        entry = course.entry_of(
            made, who.run(1.0), on=on, began_s=0.0, run_s=session.minutes * 60, speed_kmh=10.0
        )
        bands = course.bands_of(programme, entry)
        walk.coaching = walk.coaching.with_entry(entry, bands)
    walk.day = DAY + timedelta(days=day)
    return walk


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
