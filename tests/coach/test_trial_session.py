"""The cadence trial through the controller, with runners who follow the beat and who do not."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from coach_runners import Runner
from kiosk_values import a_kept_session, a_summary, a_zero, an_estimate, an_image, an_update

from device.coach.endurance import long_run
from device.coach.metronome import Metronome
from device.domain.basics import Gait, Side
from device.domain.coach_screens import TrialPhase
from device.domain.events import (
    ButtonPressed,
    ChordHeld,
    EnduranceRead,
    GaitMeasured,
    SessionMeasured,
)
from device.domain.frames import Frame
from device.domain.kiosk import Button, Picture, Press, ScreenName
from device.domain.results import SideSupport, Support
from device.domain.screens import ResultsPage
from device.domain.trial import Follow, TrialPlan
from device.session.controller import Controller
from device.session.record import SessionFacts, session_json, since
from device.session.state import Timings, Zero

S = ScreenName
GREEN = ButtonPressed(Button.GREEN, Press.SHORT)
BLUE = ButtonPressed(Button.BLUE, Press.SHORT)
HELD = ButtonPressed(Button.BLUE, Press.LONG)
MORE = ButtonPressed(Button.GREEN, Press.LONG)
TICK_S = 0.5
SUPPORT = Support(
    SideSupport(Side.LEFT, 12, an_estimate(10.0)),
    SideSupport(Side.RIGHT, 12, an_estimate(12.0)),
    an_estimate(30.0),
)


class Diary:
    """Writes down what it is asked to do."""

    def __init__(self):
        self.did = []

    def __getattr__(self, name):
        return lambda *what: self.did.append((name, *what))

    def beats(self):
        """What the metronome was told, in order."""
        return [did for did in self.did if did[0] in ("beat", "silence")]


class Belt:
    """A kiosk's controller and a simulated runner in front of it; time is only counted."""

    def __init__(self, runner: Runner, keeps_up: float = 1.0, plan: TrialPlan | None = None):
        self.diary = Diary()
        timings = Timings(trial=plan or TrialPlan(), store=True)
        self.controller = Controller(self.diary, timings)
        self.runner, self.keeps_up = runner, keeps_up
        self.t_s = 10.0
        self.ran: list[tuple[float, float]] = []
        """When the runner changed to which cadence."""

    @property
    def state(self):
        return self.controller.state

    def screen(self):
        return self.controller.screen(self.t_s)

    def press(self, *events):
        for event in events:
            self.t_s += 0.2
            self.controller.handle(event, self.t_s)

    def open_trial(self):
        self.press(BLUE)
        while self.state.chosen.key != "coach":
            self.press(BLUE)
        self.press(GREEN)
        while self.state.chosen.key != "trial":
            self.press(BLUE)
        self.press(GREEN)

    def to_live(self):
        self.open_trial()
        assert self.screen().trial.phase is TrialPhase.INTRO
        self.press(GREEN)
        assert self.state.screen is S.STANDING_ZERO
        self.t_s += 5
        self.see(standing_still_s=5.0, standing_zero=a_zero())
        self.t_s += 3.1
        self.controller.tick(self.t_s)
        assert self.state.screen is S.LIVE

    def see(self, **update):
        picture = Picture(Frame(round(self.t_s * 60), round(self.t_s * 1e9), an_image()))
        measured = an_update(t_s=self.t_s, **update)
        event = GaitMeasured(self.state.session, measured, picture, 18.0)
        self.controller.handle(event, self.t_s)

    @property
    def cadence(self) -> float:
        """What the runner runs now, given what they hear."""
        heard = self.diary.beats()
        usual = self.runner.cadence_spm
        if not heard or heard[-1][0] == "silence":
            return usual
        return usual + self.keeps_up * (heard[-1][1] - usual)

    def run(self, seconds: float, *, seen: bool = True):
        end_s = self.t_s + seconds
        while self.t_s < end_s and self.state.screen is S.LIVE:
            if not self.ran or self.ran[-1][1] != self.cadence:
                self.ran.append((self.t_s, self.cadence))
            self.t_s += TICK_S
            if seen:
                self.see(gait=Gait.RUNNING, cadence_spm=self.cadence)
            else:
                self.see()
            self.controller.tick(self.t_s)

    def measured(self):
        """The summary of what was run comes."""
        live_s, stopped_s = self.state.live_s, self.state.stopped_s

        def cadence(t_s: float) -> float:
            return [spm for from_s, spm in self.ran if from_s - live_s <= t_s + 1e-6][-1]

        steps = self.runner.run((stopped_s - live_s) / 60, cadence_spm=cadence)
        summary = since(a_summary(steps=steps, support=SUPPORT), -live_s)
        self.t_s += 0.5
        self.controller.handle(SessionMeasured(self.state.session, summary), self.t_s)
        return summary


def whole(runner: Runner, keeps_up: float = 1.0) -> Belt:
    belt = Belt(runner, keeps_up)
    belt.to_live()
    belt.run(400)
    assert belt.state.screen is S.RESULTS
    belt.measured()
    return belt


def test_a_runner_who_responds_is_led_through_and_told():
    belt = whole(Runner(per_cadence=0.3, scatter_deg=0.8))
    first, second, last = belt.diary.beats()
    assert first[1] == pytest.approx(165 * 1.05)
    assert second[1] == pytest.approx(165 * 1.10)
    assert last == ("silence",)
    # The beat goes on where it was: none too early, none twice.
    assert Metronome(first[1], first[2]).phase(second[2]) == pytest.approx(0, abs=1e-6) or (
        Metronome(*second[1:]).phase(second[2]) == pytest.approx(0)
    )
    result = belt.state.trial.result
    assert result.preferred_spm == pytest.approx(165)
    assert [one.raised for one in result.conditions] == [0.0, 0.05, 0.10]
    assert all(one.followed for one in result.conditions)
    assert result.conditions[2].left_change_deg.mean == pytest.approx(-3.0, abs=0.8)
    assert result.conditions[2].clear(Side.LEFT)
    assert belt.state.stopped_s - belt.state.live_s == pytest.approx(180, abs=2)


def test_a_runner_who_does_not_respond_is_not_told_of_a_change():
    unclear = [
        not one.clear(side)
        for seed in range(4)
        for one in whole(Runner(seed=40 + 7 * seed)).state.trial.result.conditions[1:]
        for side in Side
    ]
    assert sum(unclear) >= 13, "of sixteen, one in twenty may look like a change"


def test_a_runner_who_ignores_the_beat_is_told_to_step_quicker_and_nothing_is_concluded():
    belt = Belt(Runner(per_cadence=0.3), keeps_up=0.1)
    belt.to_live()
    belt.run(75)
    trial = belt.screen().trial
    assert (trial.index, trial.pace) == (1, Follow.SLOWER)
    assert trial.target_spm == pytest.approx(173.25)
    assert trial.cadence_spm == pytest.approx(165.8, abs=0.1)
    belt.run(400)
    belt.measured()
    assert [one.followed for one in belt.state.trial.result.conditions] == [True, False, False]


def test_no_drop_is_shown_while_it_runs():
    belt = Belt(Runner())
    belt.to_live()
    belt.run(20)
    belt.see(gait=Gait.RUNNING, cadence_spm=165.0, obliquity_deg=4.0, support=SUPPORT)
    model = belt.screen()
    assert model.trial.phase is TrialPhase.RUN
    assert model.trial.cadence_spm == 165.0
    assert model.gait.obliquity_deg is None
    assert model.gait.support is None
    assert model.picture is None
    assert model.gait.left.midstance_drop_deg is None


def test_the_first_minute_waits_for_a_cadence_and_gives_up_in_the_end():
    belt = Belt(Runner())
    belt.to_live()
    belt.run(70, seen=False)
    assert belt.state.screen is S.LIVE
    assert belt.screen().trial.left_s == 0
    belt.run(8)
    assert belt.screen().trial.index == 1, "as soon as it is known"
    lost = Belt(Runner())
    lost.to_live()
    lost.run(400, seen=False)
    assert lost.state.screen is S.RESULTS
    assert lost.state.stopped_s - lost.state.live_s == pytest.approx(120, abs=1)
    lost.measured()
    assert lost.screen().trial.problem.code == "no_cadence"
    assert lost.diary.beats() == []


@pytest.mark.parametrize("end", [GREEN, HELD, ChordHeld()])
def test_however_it_ends_the_beat_ends(end):
    belt = Belt(Runner())
    belt.to_live()
    belt.run(80)
    assert len(belt.diary.beats()) == 1
    belt.press(end)
    assert belt.diary.beats()[-1] == ("silence",)
    if end == GREEN:
        belt.measured()
        assert [one.raised for one in belt.state.trial.result.conditions] == [0.0, 0.05]
    else:
        assert belt.state.trial is None


def test_pages_are_turned_by_holding_green_and_by_yellow():
    belt = whole(Runner())
    assert belt.screen().page is ResultsPage.TRIAL
    assert belt.screen().hints.green_held == "More"
    pages = []
    for _ in range(3):
        belt.press(MORE)
        pages.append(belt.screen().page)
    assert pages == [ResultsPage.NUMBERS, ResultsPage.BEYOND, ResultsPage.TRIAL]
    belt.press(ButtonPressed(Button.YELLOW, Press.SHORT))
    assert belt.screen().page is ResultsPage.NUMBERS
    belt.press(GREEN)
    assert belt.state.screen is S.IDLE
    assert belt.state.trial is None
    # The next session is an ordinary one.
    belt.press(GREEN)
    assert belt.state.screen is S.STANDING_ZERO
    assert belt.state.trial is None


def test_the_intro_leads_back_and_closes():
    belt = Belt(Runner())
    belt.open_trial()
    belt.press(BLUE)
    assert belt.state.screen is S.COACH
    belt.press(GREEN)
    belt.open_trial() if belt.state.screen is S.IDLE else None
    belt.press(HELD)
    assert belt.state.screen is S.IDLE


def test_the_trial_and_the_long_run_stand_in_the_session_document():
    belt = whole(Runner(per_cadence=0.3, scatter_deg=0.8))
    state = belt.state
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    facts = SessionFacts(
        "Belt", "gym", "", "1", "1", now, now, 0.0, 0.0, 180.0, Zero.TAKEN, "camera", 60.0, None,
        (), 0, {}, trial=state.trial,
    )  # fmt: skip
    summary = replace(a_summary(), steps=Runner(tires=1.0).run(12.0))
    document = json.loads(session_json(summary, facts, None))
    assert document["trial"]["preferred_spm"] == pytest.approx(165)
    ten = document["trial"]["conditions"][2]
    assert ten["followed"] is True
    assert ten["sides"]["left"]["clear"] is True
    assert ten["sides"]["left"]["change_deg"]["mean"] == pytest.approx(-3, abs=0.8)
    assert document["trial"]["conditions"][0]["followed"] is None
    run = document["long_run"]
    assert run["minutes"] == pytest.approx(12, abs=0.1)
    assert len(run["sides"]["left"]["by_minute"]) == 12
    plain = json.loads(session_json(a_summary(), replace(facts, trial=None), None))
    assert "trial" not in plain
    assert "long_run" not in plain


def test_a_long_run_has_a_page_of_its_own():
    belt = Belt(Runner())
    belt.press(GREEN)
    belt.t_s += 5
    belt.see(standing_still_s=5.0, standing_zero=a_zero())
    belt.t_s += 3.1
    belt.controller.tick(belt.t_s)
    belt.press(GREEN)
    steps = Runner(tires=1.5).run(15.0)
    belt.controller.handle(SessionMeasured(1, a_summary(steps=steps)), belt.t_s)
    assert belt.screen().page is ResultsPage.NUMBERS
    belt.press(MORE)
    model = belt.screen()
    assert model.page is ResultsPage.ENDURANCE
    assert model.endurance.runs[0].left.clear
    assert model.endurance.published_deg == (9.5, 11.9)


def test_kept_long_runs_are_read_and_turned():
    belt = Belt(Runner())
    belt.press(BLUE)
    while belt.state.chosen.key != "coach":
        belt.press(BLUE)
    belt.press(GREEN)
    while belt.state.chosen.key != "endurance":
        belt.press(BLUE)
    belt.press(GREEN)
    assert belt.state.screen is S.ENDURANCE
    assert ("read_endurance", None) in belt.diary.did
    assert belt.screen().endurance.loading
    run = long_run(a_kept_session("a", 1, summary=a_summary(steps=Runner().run(12.0))).summary)
    other = replace(run, uuid="b")
    belt.press(EnduranceRead("somebody else", (run,)))
    assert belt.screen().endurance.loading
    belt.press(EnduranceRead(None, (run, other)))
    assert belt.screen().endurance.selected == 0
    belt.press(BLUE)
    assert belt.screen().endurance.selected == 1
    belt.press(BLUE)
    assert belt.screen().endurance.selected == 0
    belt.press(EnduranceRead(None, ()))
    assert belt.screen().endurance.problem.code == "no_long_run"
    assert np.isfinite(run.minutes)
    belt.press(GREEN)
    assert belt.state.screen is S.COACH
