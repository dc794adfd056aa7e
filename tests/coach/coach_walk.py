"""Somebody at the kiosk with a programme: presses, days that go by, simulated runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from coach_runners import Runner as Simulated
from kiosk_values import a_summary, an_image, an_update

from device.coach import course
from device.coach.programme import Programme
from device.domain.basics import Estimate, Side
from device.domain.coaching import Coaching, Entry
from device.domain.events import (
    ButtonPressed,
    CoachingRead,
    SessionMeasured,
)
from device.domain.frames import Frame
from device.domain.history import Runner
from device.domain.kiosk import Button, Picture, Press, ScreenName
from device.domain.results import SideUpdate
from device.programmes import load_all
from device.session.machine import step
from device.session.state import (
    Choosing,
    Enrol,
    LeaveProgramme,
    NoteEntry,
    ReadCoaching,
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
