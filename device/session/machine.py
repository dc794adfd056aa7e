"""The session machine: what the kiosk does next, as one table.

`step(state, event, t_s, timings)` is pure: it returns the next state and the effects that somebody
else has to carry out. `TABLE` is the whole behaviour; the texts beside the buttons come from the
same rows, so that a button can never be announced and do nothing, or the other way round.

Health is not a state: a dead camera is laid over whatever the kiosk is doing, and every screen
keeps its way back to idle (`tests/session` proves it for any order of events).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from device.domain.events import (
    ButtonPressed,
    GaitMeasured,
    KioskEvent,
    SavingEnded,
    SavingMoved,
    SessionMeasured,
    StickCame,
)
from device.domain.kiosk import Button, ButtonHints, Press, SaveProgress, ScreenName
from device.domain.results import GaitUpdate


@dataclass(frozen=True, slots=True)
class Timings:
    """How long things may take, in seconds, and what is wanted at all (out of the config)."""

    zero_wanted: bool = True
    keeping: bool = False
    """Whether a session that no stick takes may wait on the device."""
    zero_s: float = 5.0
    zero_timeout_s: float = 30.0
    choice_timeout_s: float = 60.0
    countdown_s: float = 3.0
    maximum_s: float = 3600.0
    results_timeout_s: float = 120.0
    saved_timeout_s: float = 15.0


class Zero(StrEnum):
    """What became of the standing zero."""

    PENDING = "pending"
    TAKEN = "taken"
    REFUSED = "refused"
    """Stood for, but not good enough to be used."""
    SKIPPED = "skipped"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class State:
    """Where the kiosk is. Times in seconds of the kiosk's clock.

    `session` counts up at every start. `asking`: the standing zero failed and the person chooses.
    `may_keep`: the session may wait on the device when no stick takes it.
    """

    screen: ScreenName = ScreenName.IDLE
    since_s: float = 0.0
    session: int = 0
    zero: Zero = Zero.PENDING
    still_s: float = 0.0
    asking: bool = False
    live_s: float | None = None
    stopped_s: float | None = None
    measured: bool = False
    saving: SaveProgress | None = None
    may_keep: bool = False

    @property
    def save_failed(self) -> bool:
        """Whether the last attempt to save failed and waits for a decision."""
        return self.saving is not None and self.saving.problem is not None


@dataclass(frozen=True, slots=True)
class BeginSession:
    """Start looking at the runner, with a fresh gait core."""

    session: int


@dataclass(frozen=True, slots=True)
class StopSession:
    """Stop measuring, make the summary, keep the clip that ends at `at_s`."""

    session: int
    at_s: float


@dataclass(frozen=True, slots=True)
class SaveSession:
    """Write the session to the stick."""

    session: int


@dataclass(frozen=True, slots=True)
class KeepSession:
    """Have the session wait for a stick on the device itself."""

    session: int


@dataclass(frozen=True, slots=True)
class DeliverKept:
    """Write the sessions that wait on the device to the stick that has come."""


@dataclass(frozen=True, slots=True)
class ForgetSession:
    """Stop whatever is being done for the session and let go of it."""

    session: int


Effect = BeginSession | StopSession | SaveSession | KeepSession | DeliverKept | ForgetSession
Result = tuple[State, tuple[Effect, ...]]


class Trigger(StrEnum):
    """What an event means here and now."""

    GREEN = "green"
    BLUE = "blue"
    BLUE_HELD = "blue held"
    YELLOW = "yellow"
    ZERO_TAKEN = "standing zero taken"
    TIME_UP = "time is up"
    MEASURED = "summary ready"
    SAVE_MOVED = "saving moved on"
    SAVE_ENDED = "saving ended"
    STICK_CAME = "a stick came"


@dataclass(frozen=True, slots=True)
class Row:
    """On `screen`, at `trigger`, if `when`: do `then`. `label` is the button's text."""

    screen: ScreenName
    trigger: Trigger
    then: Callable[[State, KioskEvent | None, float, Timings], Result]
    label: str | None = None
    when: Callable[[State], bool] = lambda state: True


# --- what follows -------------------------------------------------------------------------------


def _begin(state: State, event: KioskEvent | None, t_s: float, timings: Timings) -> Result:
    fresh = State(
        ScreenName.STANDING_ZERO,
        t_s,
        state.session + 1,
        Zero.PENDING if timings.zero_wanted else Zero.OFF,
        may_keep=timings.keeping,
    )
    effects = (BeginSession(fresh.session),)
    if timings.zero_wanted:
        return fresh, effects
    following, more = _count_down(fresh, event, t_s, timings)
    return following, effects + more


def _zero_taken(state: State, event: KioskEvent | None, t_s: float, timings: Timings) -> Result:
    return _count_down(replace(state, zero=Zero.TAKEN), event, t_s, timings)


def _skip_zero(state: State, event: KioskEvent | None, t_s: float, timings: Timings) -> Result:
    return _count_down(replace(state, zero=Zero.SKIPPED), event, t_s, timings)


def _ask(state: State, event: KioskEvent | None, t_s: float, timings: Timings) -> Result:
    return replace(state, asking=True), ()


def _count_down(state: State, event: KioskEvent | None, t_s: float, timings: Timings) -> Result:
    counting = replace(state, screen=ScreenName.COUNTDOWN, since_s=t_s, asking=False)
    if timings.countdown_s > 0:
        return counting, ()
    return _go_live(counting, event, t_s, timings)


def _go_live(state: State, event: KioskEvent | None, t_s: float, timings: Timings) -> Result:
    return replace(state, screen=ScreenName.LIVE, since_s=t_s, live_s=t_s), ()


def _stop(state: State, event: KioskEvent | None, t_s: float, timings: Timings) -> Result:
    stopped = replace(state, screen=ScreenName.RESULTS, since_s=t_s, stopped_s=t_s)
    return stopped, (StopSession(state.session, t_s),)


def _measured(state: State, event: KioskEvent | None, t_s: float, timings: Timings) -> Result:
    has_numbers = isinstance(event, SessionMeasured) and event.summary is not None
    # The time to look at the results begins when there is something to look at.
    return replace(state, since_s=t_s, measured=has_numbers), ()


def _save(state: State, event: KioskEvent | None, t_s: float, timings: Timings) -> Result:
    progress = SaveProgress("Looking for the stick", 0.0)
    saving = replace(state, screen=ScreenName.SAVING, since_s=t_s, saving=progress)
    return saving, (SaveSession(state.session),)


def _keep(state: State, event: KioskEvent | None, t_s: float, timings: Timings) -> Result:
    progress = SaveProgress("Keeping it on this device", 0.0)
    keeping = replace(state, since_s=t_s, saving=progress)
    return keeping, (KeepSession(state.session),)


def _deliver(state: State, event: KioskEvent | None, t_s: float, timings: Timings) -> Result:
    return state, (DeliverKept(),)


def _save_moved(state: State, event: KioskEvent | None, t_s: float, timings: Timings) -> Result:
    assert isinstance(event, SavingMoved)
    return replace(state, saving=SaveProgress(event.doing, event.fraction)), ()


def _save_ended(state: State, event: KioskEvent | None, t_s: float, timings: Timings) -> Result:
    assert isinstance(event, SavingEnded)
    if event.problem is not None:
        fraction = state.saving.fraction if state.saving else 0.0
        problem = SaveProgress("Not saved", fraction, problem=event.problem)
        return replace(state, since_s=t_s, saving=problem), ()
    done = SaveProgress("Saved", 1.0, done=True, folder=event.folder, kept=event.kept)
    saved = replace(state, screen=ScreenName.SAVED, since_s=t_s, saving=done)
    return saved, ()


def _to_idle(state: State, event: KioskEvent | None, t_s: float, timings: Timings) -> Result:
    return State(since_s=t_s, session=state.session), (ForgetSession(state.session),)


# --- when ---------------------------------------------------------------------------------------


def _asked(state: State) -> bool:
    return state.asking


def _not_asked(state: State) -> bool:
    return not state.asking


def _has_numbers(state: State) -> bool:
    return state.measured


def _failed(state: State) -> bool:
    return state.save_failed


def _failed_may_keep(state: State) -> bool:
    return state.save_failed and state.may_keep


def _under_way(state: State) -> bool:
    return not state.save_failed


# --- the table ----------------------------------------------------------------------------------

S, T = ScreenName, Trigger

TABLE: tuple[Row, ...] = (
    Row(S.IDLE, T.GREEN, _begin, "Start"),
    Row(S.IDLE, T.STICK_CAME, _deliver),
    #
    Row(S.STANDING_ZERO, T.ZERO_TAKEN, _zero_taken),
    Row(S.STANDING_ZERO, T.GREEN, _skip_zero, "Skip standing zero"),
    Row(S.STANDING_ZERO, T.TIME_UP, _ask, when=_not_asked),
    Row(S.STANDING_ZERO, T.TIME_UP, _to_idle, when=_asked),
    Row(S.STANDING_ZERO, T.BLUE_HELD, _to_idle, "Cancel"),
    #
    Row(S.COUNTDOWN, T.TIME_UP, _go_live),
    Row(S.COUNTDOWN, T.GREEN, _go_live, "Start now"),
    Row(S.COUNTDOWN, T.BLUE_HELD, _to_idle, "Cancel"),
    #
    Row(S.LIVE, T.GREEN, _stop, "Stop"),
    Row(S.LIVE, T.TIME_UP, _stop),
    Row(S.LIVE, T.BLUE_HELD, _to_idle, "Cancel"),
    #
    Row(S.RESULTS, T.MEASURED, _measured),
    Row(S.RESULTS, T.GREEN, _to_idle, "Done"),
    Row(S.RESULTS, T.BLUE, _save, "Save to stick", when=_has_numbers),
    Row(S.RESULTS, T.BLUE_HELD, _to_idle),
    Row(S.RESULTS, T.TIME_UP, _to_idle),
    #
    Row(S.SAVING, T.SAVE_MOVED, _save_moved, when=_under_way),
    Row(S.SAVING, T.SAVE_ENDED, _save_ended, when=_under_way),
    Row(S.SAVING, T.GREEN, _to_idle, "Discard", when=_failed),
    Row(S.SAVING, T.BLUE, _save, "Try again", when=_failed),
    Row(S.SAVING, T.YELLOW, _keep, "Keep on device", when=_failed_may_keep),
    Row(S.SAVING, T.STICK_CAME, _save, when=_failed),
    Row(S.SAVING, T.BLUE_HELD, _to_idle, "Cancel"),
    #
    Row(S.SAVED, T.GREEN, _to_idle, "Done"),
    Row(S.SAVED, T.BLUE, _to_idle),
    Row(S.SAVED, T.BLUE_HELD, _to_idle),
    Row(S.SAVED, T.TIME_UP, _to_idle),
)


def deadline_s(state: State, timings: Timings) -> float | None:
    """When the screen's time is up; None where a person decides or a thread answers."""
    if state.screen is S.STANDING_ZERO:
        extra = timings.choice_timeout_s if state.asking else 0.0
        return state.since_s + timings.zero_timeout_s + extra
    allowed = {
        S.COUNTDOWN: timings.countdown_s,
        S.LIVE: timings.maximum_s,
        S.RESULTS: timings.results_timeout_s,
        # Saving has none: what was promised to be saved stays until it is saved or discarded.
        S.SAVED: timings.saved_timeout_s,
    }.get(state.screen)
    return None if allowed is None else state.since_s + allowed


def step(state: State, event: KioskEvent | None, t_s: float, timings: Timings) -> Result:
    """What follows from `event` (None: only time has passed) at `t_s`."""
    if isinstance(event, GaitMeasured) and event.session == state.session:
        state = replace(state, still_s=event.update.standing_still_s)
    trigger = _trigger(state, event, t_s, timings)
    for row in TABLE:
        if row.screen is state.screen and row.trigger is trigger and row.when(state):
            return row.then(state, event, t_s, timings)
    return state, ()


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
        blue_held=text.get(Trigger.BLUE_HELD),
    )


def _zero_ready(update: GaitUpdate, timings: Timings) -> bool:
    """Whether the person has stood still for long enough with the pelvis line measured.

    Whether it was good enough to be used is settled with the first steps; the summary tells.
    """
    stood = update.standing_still_s >= timings.zero_s and update.pelvis.method is not None
    return stood or update.standing_zero is not None


def _trigger(
    state: State, event: KioskEvent | None, t_s: float, timings: Timings
) -> Trigger | None:
    match event:
        case ButtonPressed(Button.GREEN, _):
            # Green has no second meaning, and a runner presses as long as a runner presses.
            return Trigger.GREEN
        case ButtonPressed(Button.BLUE, Press.SHORT):
            return Trigger.BLUE
        case ButtonPressed(Button.BLUE, Press.LONG):
            return Trigger.BLUE_HELD
        case ButtonPressed(Button.YELLOW, Press.SHORT):
            return Trigger.YELLOW
        case StickCame():
            return Trigger.STICK_CAME
        case GaitMeasured(session, update) if session == state.session:
            return Trigger.ZERO_TAKEN if _zero_ready(update, timings) else None
        case SessionMeasured(session) if session == state.session:
            return Trigger.MEASURED
        case SavingMoved(session) if session == state.session:
            return Trigger.SAVE_MOVED
        case SavingEnded(session) if session == state.session:
            return Trigger.SAVE_ENDED
        case None:
            deadline = deadline_s(state, timings)
            if deadline is not None and t_s >= deadline:
                return Trigger.TIME_UP
    return None
