"""The session machine on any story at all. Events, screens and ways come out of the program itself:
a state that is added to the table is walked through from then on, without a word here."""

from __future__ import annotations

import dataclasses
import typing
from functools import cache
from pathlib import Path
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from kiosk_values import a_kept_session, a_summary, a_zero, an_image, an_update
from making import MANY, Making

from device.domain.basics import Gait
from device.domain.events import ButtonPressed, GaitMeasured, SessionMeasured
from device.domain.frames import Frame
from device.domain.history import Comparison, KeptSession, Runner, Trend
from device.domain.kiosk import Button, FreezeFrame, Picture, Press, ScreenName
from device.domain.personal import PersonalGain
from device.domain.results import GaitSummary, GaitUpdate
from device.domain.session_track import SessionTrack
from device.programmes import load_all
from device.session import machine
from device.session.machine import deadline_s, hints, step
from device.session.state import MachineEvent, State, Timings
from device.session.table import TABLE, Trigger

CONFIG = Path(__file__).resolve().parents[2] / "config"
EVENTS = typing.get_args(MachineEvent)
BLUE_HELD = ButtonPressed(Button.BLUE, Press.LONG)
PRESSES = {trigger: ButtonPressed(*press) for press, trigger in machine._PRESSES.items()}
BY_TRIGGER = {trigger: kind for kind, trigger in machine._MEANS.items()}
AT_HOME = {ScreenName.IDLE, ScreenName.BLANK}
DEEP = 4
"""From nowhere are more long presses of blue needed to be home."""
PLACES, STARTS, LONGEST = 8_000, 40, 40

PROGRAMMES = tuple(load_all(CONFIG / "programmes").values())
NAMES = [programme.name for programme in PROGRAMMES]
PICTURE = Picture(Frame(0, 0, an_image()))
SESSIONS = [a_kept_session(f"s{n}", n) for n in (3, 2, 1)]
SUMMARIES = [a_summary(), a_summary(gait=Gait.NONE, standing_zero=None)]


def an_update_by(chance: Random) -> GaitUpdate:
    zero = chance.choice([None, a_zero()])
    return an_update(standing_still_s=chance.uniform(0, 20), standing_zero=zero)


MAKE = Making(
    {
        GaitUpdate: an_update_by,
        GaitSummary: lambda chance: chance.choice(SUMMARIES),
        Picture: lambda chance: PICTURE,
        tuple[FreezeFrame, ...]: lambda chance: (),
        tuple[Trend, ...]: lambda chance: (),
        SessionTrack: lambda chance: None,
        PersonalGain: lambda chance: None,
        Comparison: lambda chance: None,
        Runner: lambda chance: Runner(*chance.choice([(1, "ANNA"), (2, "BERT")])),
        KeptSession: lambda chance: chance.choice(SESSIONS),
    },
    {
        "key": lambda chance: chance.choice(["A", "7", "-", "\n", "\b", "é", "\x00"]),
        "programme": lambda chance: chance.choice([*NAMES, *NAMES, "gone"]),
    },
)


def some_timings(chance: Random) -> Timings:
    """What may be configured: every switch either way, some of the times."""
    chosen: dict[str, object] = {
        "countdown_s": chance.choice([0.0, 3.0]),
        "blank_after_s": chance.choice([0.0, 300.0]),
        "programmes": PROGRAMMES,
    }
    for field in dataclasses.fields(Timings):
        if isinstance(field.default, bool):
            chosen[field.name] = chance.random() < 0.7
        elif hasattr(type(field.default), "__members__"):
            chosen[field.name] = chance.choice(list(type(field.default)))
    return Timings(**chosen)  # type: ignore[arg-type]


def event_of(row, state: State, t_s: float, timings: Timings, chance: Random):
    """(seconds later, event) that a row of the table is written for."""
    trigger = row.trigger
    if trigger in PRESSES:
        return chance.uniform(0, 3), PRESSES[trigger]
    if trigger is Trigger.TIME_UP:
        deadline = deadline_s(state, timings)
        return max(0.0, (deadline or t_s) - t_s), None
    if trigger is Trigger.ZERO_TAKEN:
        update = an_update(standing_still_s=20.0, standing_zero=a_zero())
        return 0.5, GaitMeasured(state.session, update, PICTURE)
    return 0.1, aimed(BY_TRIGGER[trigger], state, chance)


def aimed(kind, state: State, chance: Random):
    """An event of that kind, for the session and the runner that there are."""
    given: dict[str, object] = {}
    names = {field.name for field in dataclasses.fields(kind)}
    if "session" in names:
        given["session"] = state.session
    if "runner" in names:
        given["runner"] = state.runner.code if state.runner else None
    if "problem" in names and chance.random() < 0.7:
        given["problem"] = None
    if "added" in names and state.adding is not None:
        given["added"] = Runner(7, state.adding)
    return MAKE.of(kind, chance, **given)


def something(state: State, t_s: float, timings: Timings, chance: Random):
    """What happens next: mostly something that the table has a row for."""
    rows = [row for row in TABLE if row.screen is state.screen and row.when(state)]
    if rows and chance.random() < 0.85:
        return event_of(chance.choice(rows), state, t_s, timings, chance)
    kind = chance.choice([None, *EVENTS])
    return chance.choice([0.0, 1.0, 500.0]), None if kind is None else MAKE.of(kind, chance)


def looks(state: State) -> tuple:
    """What tells states apart: the screen, the chosen line, the buttons, what is known."""
    chosen = state.chosen.key if state.chosen is not None else ""
    known = tuple(
        field.name
        for field in dataclasses.fields(State)
        if getattr(state, field.name) not in (None, False, (), "")
    )
    return state.screen, chosen, hints(state), known


@cache
def places() -> tuple[tuple[State, float, Timings], ...]:
    """One way into everything that `looks` different, as far as `PLACES` of them lead: from each,
    whatever the table has a row for is done, and whatever else may happen."""
    chance = Random("places")
    found: dict[tuple, tuple[State, float, Timings]] = {}
    waiting: dict[ScreenName, list[tuple[State, float, Timings]]] = {}

    def come_to(state: State, t_s: float, timings: Timings) -> None:
        if (key := looks(state)) not in found:
            found[key] = state, t_s, timings
            waiting.setdefault(state.screen, []).append(found[key])

    for _ in range(STARTS):
        state, timings = State(), some_timings(chance)
        found.pop(looks(state), None)
        come_to(state, 0.0, timings)
    for _ in range(PLACES // len(ScreenName)):
        # Screens take turns: lists have many lines, and there is more than lists.
        for places_of_screen in [each for each in waiting.values() if each]:
            state, t_s, timings = places_of_screen.pop(0)
            rows = [row for row in TABLE if row.screen is state.screen and row.when(state)]
            happenings = [
                event_of(row, state, t_s, timings, chance)
                for row in rows
                # A press is a press; what a thread answers is different every time.
                for _ in range(1 if row.trigger in PRESSES else 5)
            ]
            happenings += [something(state, t_s, timings, chance) for _ in range(3)]
            for pause_s, event in happenings:
                after, _ = step(state, event, t_s + pause_s, timings)
                come_to(after, t_s + pause_s, timings)
    return tuple(found.values())


def check_hints(state: State, timings: Timings, t_s: float) -> None:
    """No button is announced that does nothing."""
    shown = hints(state)
    for trigger, press in PRESSES.items():
        if getattr(shown, trigger.name.lower(), None) is not None:
            after, effects = step(state, press, t_s, timings)
            assert after != state or effects, (state.screen, trigger)


def led_home_by_blue(state: State, timings: Timings, t_s: float) -> State:
    for _ in range(DEEP):
        if state.screen in AT_HOME or state.going_off:
            break
        state, _ = step(state, BLUE_HELD, t_s, timings)
    return state


def left_alone(state: State, timings: Timings, t_s: float) -> State:
    """Where it is once nobody has touched it for as long as anything lasts."""
    for _ in range(60):
        if state.screen is ScreenName.RESULTS and not state.measured:
            # A thread answers, whatever people do.
            state, _ = step(state, SessionMeasured(state.session, a_summary()), t_s, timings)
        deadline = deadline_s(state, timings)
        if deadline is None or state.screen is ScreenName.IDLE:
            break
        t_s = max(t_s, deadline)
        state, _ = step(state, None, t_s, timings)
    return state


def check_ways_home(state: State, timings: Timings, t_s: float) -> None:
    home = led_home_by_blue(state, timings, t_s)
    assert home.screen in AT_HOME or home.going_off, f"no way home from {state}"
    after = left_alone(state, timings, t_s)
    # What was promised to be saved stays until it is saved or somebody discards it.
    assert after.screen in (*AT_HOME, ScreenName.SAVING), f"{state} ends as {after}"


def test_from_everything_that_can_be_reached_there_is_a_way_home():
    for state, t_s, timings in places():
        check_hints(state, timings, t_s)
        check_ways_home(state, timings, t_s)
    reached = {state.screen for state, _, _ in places()}
    assert reached == {row.screen for row in TABLE}, "a screen that no walk has reached"


@settings(max_examples=150 * MANY, deadline=None)
@given(
    begin=st.integers(0, 10_000),
    chance=st.randoms(use_true_random=False),
    length=st.integers(1, LONGEST),
)
def test_any_story_leads_home(begin, chance, length):
    state, t_s, timings = places()[begin % len(places())]
    for _ in range(length):
        pause_s, event = something(state, t_s, timings, chance)
        t_s += pause_s
        state, _ = step(state, event, t_s, timings)
        check_hints(state, timings, t_s)
    check_ways_home(state, timings, t_s)
