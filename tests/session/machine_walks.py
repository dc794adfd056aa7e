"""Walks through the session machine: what happens, from where, and what it leads to."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from kiosk_values import a_kept_session, a_summary, a_zero, an_image, an_update

from device.coach.programme import Kind, Programme, SessionPlan
from device.domain.basics import Gait, Reason
from device.domain.coach_screens import ExerciseLive
from device.domain.coaching import Coaching, Ended, Entry
from device.domain.events import (
    ButtonPressed,
    ChordHeld,
    CoachingRead,
    ComparisonRead,
    EnduranceRead,
    GaitMeasured,
    HistoryRead,
    KeyTyped,
    PowerOffFailed,
    RunnersRead,
    SavingEnded,
    SessionMeasured,
)
from device.domain.frames import Frame
from device.domain.history import Runner
from device.domain.kiosk import Button, Picture, Press
from device.domain.screens import (
    CalibrationPhase,
    CalibrationView,
)
from device.domain.trial import LongRun
from device.session.machine import step
from device.session.state import (
    CalibrationSeen,
    Choosing,
    ExerciseSeen,
    SetupSeen,
    State,
    Timings,
)

TIMINGS = Timings()
ANNA, BERT = Runner(1, "ANNA"), Runner(2, "BERT")
READ = CalibrationView(CalibrationPhase.LEFT_UP, 30.0, progress=1.0)
CALIBRATED = CalibrationView(CalibrationPhase.DONE, 30.0, 1.0)
GREEN = ButtonPressed(Button.GREEN, Press.SHORT)
GREEN_HELD = ButtonPressed(Button.GREEN, Press.LONG)
BLUE = ButtonPressed(Button.BLUE, Press.SHORT)
BLUE_HELD = ButtonPressed(Button.BLUE, Press.LONG)
YELLOW = ButtonPressed(Button.YELLOW, Press.SHORT)
PICTURE = Picture(Frame(0, 0, an_image()))
FULL = Reason("stick_full", "The stick is full.", "Use another one.", blocks=True)


def measured(session: int, still_s: float = 0.0, zero: bool = False) -> GaitMeasured:
    update = an_update(standing_still_s=still_s, standing_zero=a_zero() if zero else None)
    return GaitMeasured(session, update, PICTURE)


def walk(*events, state=None, at_s=0.0, timings=TIMINGS):
    """Carry out `events`; a number lets so many seconds pass."""
    state = state or State()
    effects = []
    for item in events:
        waits = isinstance(item, (int, float))
        at_s += item if waits else 0.0
        state, more = step(state, None if waits else item, at_s, timings)
        effects.extend(more)
    return state, effects


TO_LIVE = (GREEN, measured(1, 5.0, zero=True), 3.0)
TO_RESULTS = (*TO_LIVE, 20.0, GREEN, SessionMeasured(1, a_summary()))
HOME = replace(TIMINGS, choosing=Choosing.LIST, store=True)
CLINIC = replace(TIMINGS, choosing=Choosing.CODE, store=True, scanning=True)


def open_line(key: str, timings: Timings = TIMINGS) -> tuple:
    """The presses that open this line of the menu."""
    keys = [item.key for item in walk(BLUE, timings=timings)[0].items]
    return (BLUE, *[BLUE] * keys.index(key), GREEN)


PROGRAMME = Programme(
    "x", "X", (SessionPlan(Kind.BASELINE, 0, 5.0, 0.0), SessionPlan(Kind.TRAINING, 0, 15.0))
)
DAY = date(2026, 3, 2)
BEGUN = Coaching("x", DAY, (Entry(0, "baseline", DAY, 5.0, 5.0, Ended.WHOLE, 0.0, 10.0),))
ALL = replace(
    TIMINGS,
    keeping=True,
    setup_wanted=True,
    store=True,
    blank_after_s=600.0,
    programmes=(PROGRAMME,),
)
SESSIONS = tuple(a_kept_session(f"s{n}", n) for n in (3, 2, 1))
COMPARED = ComparisonRead("s1", "s3")
EXERCISES = (*open_line("coach", ALL), BLUE, BLUE, GREEN)
MOVING = ExerciseLive(standing=1.0, drop_deg=8.0)
HELD = replace(MOVING, held_s=30.0, done=True, steadiness=0.8)
TRIAL = (*open_line("coach", ALL), BLUE, GREEN)
PACED = GaitMeasured(2, an_update(gait=Gait.RUNNING, cadence_spm=165.0), PICTURE)
TRYING = (*TRIAL, GREEN, SetupSeen(1), GREEN, measured(2, 5.0, zero=True), 3.0)
BEATING = (*TRYING, *(1.0, PACED) * 6, 60.0)
TRIED = (*BEATING, 30.0, GREEN, SessionMeasured(2, a_summary()))
ENDURANCE = (*open_line("coach", ALL), BLUE, BLUE, BLUE, GREEN)
RUN = LongRun(12.0, None, None, "a")
WAYS = {
    "idle": (),
    "dark": (600.0,),
    "set-up": (GREEN,),
    "set-up, red": (GREEN, SetupSeen(1, bad=("level",))),
    "set-up, not measurable": (GREEN, SetupSeen(1, not_measurable=("height",))),
    "standing": (GREEN, SetupSeen(1), GREEN),
    "menu": (BLUE,),
    "set-up from the menu": open_line("setup", ALL),
    "history, reading": open_line("history", ALL),
    "history, empty": (*open_line("history", ALL), HistoryRead(None)),
    "history": (*open_line("history", ALL), HistoryRead(None, SESSIONS)),
    "history, one marked": (*open_line("history", ALL), HistoryRead(None, SESSIONS), GREEN),
    "history, back on it": (*open_line("history", ALL), HistoryRead(None, SESSIONS), GREEN, YELLOW),
    "to be deleted?": (*open_line("history", ALL), HistoryRead(None, SESSIONS), GREEN_HELD),
    "comparing": (*open_line("compare", ALL), HistoryRead(None, SESSIONS)),
    "compared": (*open_line("compare", ALL), HistoryRead(None, SESSIONS), COMPARED),
    "nothing to compare": (*open_line("compare", ALL), HistoryRead(None, SESSIONS[:1])),
    "coach": open_line("coach", ALL),
    "coach, today": (*open_line("coach", ALL), GREEN),
    "coach, today read": (*open_line("coach", ALL), GREEN, CoachingRead(None, DAY)),
    "coach, today chosen": (*open_line("coach", ALL), GREEN, CoachingRead(None, DAY), GREEN),
    "coach, trial": TRIAL,
    "trial, set-up": (*TRIAL, GREEN),
    "trial, running": TRYING,
    "trial, with a beat": BEATING,
    "trial, its result": TRIED,
    "trial, its numbers": (*TRIED, GREEN_HELD),
    "coach, exercises": EXERCISES,
    "exercises, the camera": (*EXERCISES, *[BLUE] * 6),
    "exercises, back": (*EXERCISES, YELLOW),
    "exercise": (*EXERCISES, GREEN),
    "exercise, standing": (*EXERCISES, GREEN, GREEN),
    "exercise, moving": (*EXERCISES, GREEN, GREEN, ExerciseSeen(1, MOVING, 1.7e9)),
    "exercise, felt": (*EXERCISES, GREEN, GREEN, ExerciseSeen(1, HELD, 1.7e9)),
    "exercise, one leg": (*EXERCISES, GREEN, GREEN, ExerciseSeen(1, HELD, 1.7e9), GREEN),
    "exercise, forced": (*EXERCISES, GREEN, GREEN, ExerciseSeen(1, HELD, 1.7e9), BLUE),
    "coach, endurance": ENDURANCE,
    "endurance, none": (*ENDURANCE, EnduranceRead(None)),
    "endurance, two runs": (*ENDURANCE, EnduranceRead(None, (RUN, RUN))),
    "settings": open_line("settings", ALL),
    "calibration": open_line("calibration", ALL),
    "calibration, one foot": (*open_line("calibration", ALL), CalibrationSeen(1, READ)),
    "calibrated": (*open_line("calibration", ALL), CalibrationSeen(1, CALIBRATED)),
    "switch off?": open_line("shutdown", ALL),
    "switching off": (ChordHeld(),),
    "not switched off": (ChordHeld(), PowerOffFailed(FULL)),
}
AT_HOME = replace(ALL, choosing=Choosing.LIST)
ANNAS_DAY = (
    *open_line("runners", AT_HOME),
    RunnersRead((ANNA,)),
    GREEN,
    *open_line("coach", AT_HOME),
    GREEN,
    CoachingRead("ANNA", DAY, BEGUN),
)
WAYS_AT_HOME = {
    "programme": ANNAS_DAY,
    "programme, its speed": (*ANNAS_DAY, BLUE),
    "programme, its end": (*ANNAS_DAY, BLUE, BLUE, BLUE),
    "progress": (*ANNAS_DAY, BLUE, BLUE, GREEN),
    "who?": (GREEN,),
    "who? read": (GREEN, RunnersRead((ANNA,))),
    "who? typing": (GREEN, RunnersRead((ANNA,)), KeyTyped("B")),
    "who? adding": (GREEN, RunnersRead((ANNA,)), KeyTyped("B"), GREEN),
    "who? from the menu": open_line("runners", replace(ALL, choosing=Choosing.LIST)),
}
WAYS_OF_A_SESSION = [
    (GREEN,),
    (GREEN, 31.0),
    TO_LIVE[:2],
    TO_LIVE,
    TO_RESULTS,
    (*TO_RESULTS, BLUE),
    (*TO_RESULTS, BLUE, SavingEnded(1, problem=FULL)),
    (*TO_RESULTS, BLUE, SavingEnded(1, "x")),
]


def every_place():
    """(state, timings) of every screen in each of its states."""
    for way in WAYS.values():
        yield walk(*way, timings=ALL)[0], ALL
    for way in WAYS_AT_HOME.values():
        timings = replace(ALL, choosing=Choosing.LIST)
        yield walk(*way, timings=timings)[0], timings
    for way in WAYS_OF_A_SESSION:
        timings = replace(TIMINGS, keeping=True)
        yield walk(*way, timings=timings)[0], timings


def typed(word: str) -> list[KeyTyped]:
    return [KeyTyped(key) for key in word]
