"""The session machine: what the kiosk does next.

`step(state, event, t_s, timings)` is pure: it returns the next state and the effects that somebody
else has to carry out. `table.TABLE` is the whole behaviour; the texts beside the buttons come from
the same rows, so that a button can never be announced and do nothing, or the other way round.

Health is not a state: a dead camera is laid over whatever the kiosk is doing, and every screen
keeps its way back to idle (`tests/session` proves it for any order of events).
"""

from __future__ import annotations

from dataclasses import replace

from device.domain.events import (
    ButtonPressed,
    ChordHeld,
    CoachingRead,
    ComparisonRead,
    EnduranceRead,
    GaitMeasured,
    HistoryRead,
    KeyTyped,
    PersonSeen,
    PowerOffFailed,
    RunnersRead,
    SavingEnded,
    SavingMoved,
    SessionMeasured,
    StickCame,
)
from device.domain.history import Runner
from device.domain.kiosk import Button, ButtonHints, Press, ScreenName
from device.domain.results import GaitUpdate
from device.session import coach_run, coach_today, coach_trial
from device.session.state import (
    Beat,
    CalibrationSeen,
    Coach,
    Effect,
    ExerciseSeen,
    MachineEvent,
    Result,
    SetupSeen,
    Silence,
    State,
    Timings,
    ViewChanged,
)
from device.session.table import TABLE, Row, Trigger

S, T = ScreenName, Trigger


def deadline_s(state: State, timings: Timings) -> float | None:
    """When the screen's time is up; None where a person decides or a thread answers."""
    screen, allowed = state.screen, timings.menu_timeout_s
    match screen:
        case S.IDLE:
            if not timings.blank_after_s:
                return None
            allowed = timings.blank_after_s
        # Saving has none: what was promised to be saved stays until it is saved or discarded.
        case S.BLANK | S.SAVING:
            return None
        case S.SETUP:
            end_s = state.since_s + timings.setup_timeout_s
            if state.all_well_s is None:
                return end_s
            return min(end_s, state.all_well_s + timings.setup_pass_s)
        case S.STANDING_ZERO:
            allowed = timings.zero_timeout_s
            allowed += timings.choice_timeout_s if state.asking else 0.0
        case S.COUNTDOWN:
            allowed = timings.countdown_s
        case S.LIVE if state.trial is not None:
            return coach_trial.until_s(state)
        case S.LIVE:
            allowed = coach_run.longest_s(state, timings)
        case S.RESULTS:
            allowed = timings.results_timeout_s
        case S.SAVED:
            allowed = timings.saved_timeout_s
        case S.SHUTDOWN:
            allowed = timings.shutdown_s if state.going_off else timings.shutdown_ask_s
        case S.STEP_CALIBRATION | S.EXERCISES:
            # A book has to be fetched and put down.
            allowed = 2 * timings.menu_timeout_s
    return state.since_s + allowed


def step(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """What follows from `event` (None: only time has passed) at `t_s`."""
    if isinstance(event, GaitMeasured) and event.session == state.session:
        state = replace(state, still_s=event.update.standing_still_s)
    elif isinstance(event, CoachingRead):
        state = coach_today.known(state, event, timings)
    elif isinstance(event, RunnersRead) and state.runner is not None:
        state = replace(state, runner=_renewed(state.runner, event.runners))
    if state.screen is S.IDLE and t_s - state.since_s >= timings.runner_timeout_s:
        # Whoever comes after so long is somebody else.
        look = None if timings.public else state.look
        state = replace(state, runner=None, speed_kmh=None, look=look, coach=Coach())
    state = coach_trial.heard(state, event, t_s)
    for row in _rows(state, _trigger(state, event, t_s, timings)):
        following, effects = row.then(state, event, t_s, timings)
        return following, effects + _beaten(state, following)
    return state, ()


def _beaten(before: State, after: State) -> tuple[Effect, ...]:
    """Have the metronome heard as it now ought to be, however that came about."""
    beat = coach_trial.beat(after)
    if beat == coach_trial.beat(before):
        return ()
    return (Silence(),) if beat is None else (Beat(beat.rate_spm, beat.beat_s),)


def hints(state: State) -> ButtonHints:
    """What the buttons do now, from the table."""
    text: dict[Trigger, str] = {}
    for row in TABLE:
        if row.screen is state.screen and row.label is not None and row.when(state):
            text.setdefault(row.trigger, row.label)
    return ButtonHints(
        green=text.get(Trigger.GREEN),
        blue=text.get(Trigger.BLUE),
        yellow=text.get(Trigger.YELLOW),
        green_held=text.get(Trigger.GREEN_HELD),
        blue_held=text.get(Trigger.BLUE_HELD),
    )


def _rows(state: State, trigger: Trigger | None) -> list[Row]:
    """What applies now, first match first. Green held is green where it has no meaning of its own:
    a runner presses as long as a runner presses."""
    found = [
        row
        for row in TABLE
        if row.screen is state.screen and row.trigger is trigger and row.when(state)
    ]
    if not found and trigger is T.GREEN_HELD:
        return _rows(state, T.GREEN)
    return found


def _renewed(runner: Runner, known: tuple[Runner, ...]) -> Runner:
    """`runner` as the store knows it now."""
    return next((one for one in known if one.code == runner.code), runner)


def _zero_ready(update: GaitUpdate, timings: Timings) -> bool:
    """Whether the person has stood still for long enough with the pelvis line measured.

    Whether it was good enough to be used is settled with the first steps; the summary tells.
    """
    stood = update.standing_still_s >= timings.zero_s and update.pelvis.method is not None
    return stood or update.standing_zero is not None


def _trigger(
    state: State, event: MachineEvent | None, t_s: float, timings: Timings
) -> Trigger | None:
    match event:
        case ButtonPressed(button, press):
            return _PRESSES.get((button, press))
        case GaitMeasured(session, update) if session == state.session:
            return T.ZERO_TAKEN if _zero_ready(update, timings) else None
        case None:
            deadline = deadline_s(state, timings)
            return T.TIME_UP if deadline is not None and t_s >= deadline else None
    trigger = _MEANS.get(type(event))
    if trigger is not None and getattr(event, "session", state.session) == state.session:
        return trigger
    return None


_PRESSES = {
    (Button.GREEN, Press.SHORT): T.GREEN,
    (Button.GREEN, Press.LONG): T.GREEN_HELD,
    (Button.BLUE, Press.SHORT): T.BLUE,
    (Button.BLUE, Press.LONG): T.BLUE_HELD,
    (Button.YELLOW, Press.SHORT): T.YELLOW,
}
_MEANS: dict[type[MachineEvent], Trigger] = {
    ChordHeld: T.CHORD,
    KeyTyped: T.KEY,
    PersonSeen: T.PERSON,
    StickCame: T.STICK_CAME,
    SetupSeen: T.SETUP,
    ViewChanged: T.VIEW,
    CalibrationSeen: T.CALIBRATION,
    ExerciseSeen: T.EXERCISE,
    SessionMeasured: T.MEASURED,
    SavingMoved: T.SAVE_MOVED,
    SavingEnded: T.SAVE_ENDED,
    RunnersRead: T.RUNNERS,
    HistoryRead: T.HISTORY,
    ComparisonRead: T.COMPARED,
    CoachingRead: T.COACHING,
    EnduranceRead: T.ENDURANCE,
    PowerOffFailed: T.NOT_OFF,
}
"""What belongs to a session counts only while it is the present one."""
