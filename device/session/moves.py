"""What follows, on the way from idle through a session and back (pure). Rows of `machine.TABLE`."""

from __future__ import annotations

from dataclasses import replace

from device.domain.basics import Reason
from device.domain.events import PowerOffFailed, SavingEnded, SavingMoved, SessionMeasured
from device.domain.kiosk import SaveProgress, ScreenName
from device.domain.screens import Look, SetupQuality, SetupVerdict
from device.session import coach_run, pages
from device.session.state import (
    BeginSession,
    Choosing,
    Coach,
    DeliverKept,
    Effect,
    ForgetSession,
    KeepSession,
    LookOn,
    MachineEvent,
    PowerOff,
    ReadRunners,
    Result,
    SaveSession,
    SetupSeen,
    State,
    StopSession,
    Timings,
    Zero,
)

S = ScreenName

# --- idle ----------------------------------------------------------------------------------------


def start(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """Green on idle: who runs, then the set-up if it was never looked at, then the session."""
    if timings.choosing is not Choosing.NOBODY and state.runner is None:
        choosing = replace(state.home(t_s, S.RUNNERS), starting=True)
        return choosing, (ReadRunners(),)
    return start_with_runner(state, event, t_s, timings)


def start_with_runner(
    state: State, event: MachineEvent | None, t_s: float, timings: Timings
) -> Result:
    """Whoever runs is known: the set-up if need be, then the session."""
    if timings.setup_wanted and state.setup is None:
        return check_setup(state, t_s, required=True)
    return begin(state, event, t_s, timings)


def blank(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """Nobody was there for long. Who comes next is somebody else."""
    dark = replace(state.home(t_s, S.BLANK), runner=None, speed_kmh=None, coach=Coach())
    return (replace(dark, look=None) if timings.public else dark), ()


def wake(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """Light again."""
    return state.home(t_s), ()


def wake_and_deliver(
    state: State, event: MachineEvent | None, t_s: float, timings: Timings
) -> Result:
    """Whoever puts in a stick wants to see something."""
    return state.home(t_s), (DeliverKept(),)


def stay_awake(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """Somebody is there."""
    return replace(state, since_s=t_s), ()


def deliver(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """A stick came while nobody runs."""
    return replace(state, since_s=t_s), (DeliverKept(),)


# --- the set-up ----------------------------------------------------------------------------------


def check_setup(state: State, t_s: float, *, required: bool) -> Result:
    """Open the assistant: look, but record nothing."""
    looking = replace(state.home(t_s, S.SETUP), session=state.session + 1, required=required)
    return looking, (LookOn(looking.session),)


def setup_seen(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """How the checks stand now."""
    assert isinstance(event, SetupSeen)
    well = not (event.bad or event.waiting or event.not_measurable)
    since_s = (t_s if state.all_well_s is None else state.all_well_s) if well else None
    return replace(state, setup_seen=event, all_well_s=since_s), ()


def setup_time_up(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """All was well for long enough, or nobody cares."""
    if setup_well(state):
        return setup_done(state, event, t_s, timings)
    return to_idle(state, event, t_s, timings)


def setup_done(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """Go on; what is red or could not be measured marks every session from now on."""
    seen = state.setup_seen
    failed = (*seen.bad, *seen.waiting) if seen else ("person",)
    unmeasured = seen.not_measurable if seen else ()
    verdict = SetupVerdict.PASSED
    if failed:
        verdict = SetupVerdict.OVERRIDDEN
    elif unmeasured:
        verdict = SetupVerdict.NOT_MEASURABLE
    known = replace(state, setup=SetupQuality(verdict, failed, unmeasured))
    if not state.required:
        return to_idle(known, event, t_s, timings)
    return begin(known, event, t_s, timings)


VIEW_CHANGED = Reason(
    "view_changed",
    "The camera looks elsewhere than it did.",
    "Before the next session the set-up is looked at again.",
)


def view_changed(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """What was accepted was another view."""
    return replace(state, setup=None, problem=VIEW_CHANGED), ()


def setup_well(state: State) -> bool:
    """Whether every check is well."""
    return state.all_well_s is not None


def setup_acceptable(state: State) -> bool:
    """Whether nothing is red or waiting, though something may not be measurable."""
    seen = state.setup_seen
    return seen is not None and not (seen.bad or seen.waiting)


def setup_doubtful(state: State) -> bool:
    """Whether going on takes an explicit override."""
    return not setup_acceptable(state)


# --- the session ---------------------------------------------------------------------------------


def begin(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """A session, with its standing zero first."""
    fresh = replace(
        state.home(t_s, S.STANDING_ZERO),
        session=state.session + 1,
        zero=Zero.PENDING if timings.zero_wanted else Zero.OFF,
        may_keep=timings.keeping,
    )
    effects: tuple[Effect, ...] = (BeginSession(fresh.session),)
    if timings.zero_wanted:
        return fresh, effects
    following, more = count_down(fresh, event, t_s, timings)
    return following, effects + more


def zero_taken(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """Stood still long enough."""
    return count_down(replace(state, zero=Zero.TAKEN), event, t_s, timings)


def skip_zero(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """Go on without."""
    return count_down(replace(state, zero=Zero.SKIPPED), event, t_s, timings)


def ask(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """Ask whether to go on without a standing zero."""
    return replace(state, asking=True), ()


def count_down(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """Give the runner time to begin."""
    counting = replace(state, screen=S.COUNTDOWN, since_s=t_s, asking=False)
    if timings.countdown_s > 0:
        return counting, ()
    return go_live(counting, event, t_s, timings)


def go_live(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """The run."""
    return replace(state, screen=S.LIVE, since_s=t_s, live_s=t_s), ()


def stop(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """The run is over."""
    stopped = replace(state, screen=S.RESULTS, since_s=t_s, stopped_s=t_s)
    return stopped, (StopSession(state.session, t_s),)


def measured(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """The summary is there. The time to look at it begins now."""
    summary = event.summary if isinstance(event, SessionMeasured) else None
    seen = replace(state, since_s=t_s, measured=summary is not None)
    seen = pages.measured(seen, summary)
    return coach_run.measured(seen, summary, timings)


def save(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """Write it to the stick."""
    progress = SaveProgress("Looking for the stick", 0.0)
    saving = replace(state, screen=S.SAVING, since_s=t_s, saving=progress)
    return saving, (SaveSession(state.session),)


def keep(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """Let it wait on the device."""
    progress = SaveProgress("Keeping it on this device", 0.0)
    keeping = replace(state, since_s=t_s, saving=progress)
    return keeping, (KeepSession(state.session),)


def save_moved(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """Saving moves on."""
    assert isinstance(event, SavingMoved)
    return replace(state, saving=SaveProgress(event.doing, event.fraction)), ()


def save_ended(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """Saved, or not."""
    assert isinstance(event, SavingEnded)
    if event.problem is not None:
        fraction = state.saving.fraction if state.saving else 0.0
        problem = SaveProgress("Not saved", fraction, problem=event.problem)
        # Switching off would lose it: that has to be asked for again.
        return replace(state, since_s=t_s, saving=problem, off_wanted=False), ()
    done = SaveProgress("Saved", 1.0, done=True, folder=event.folder, kept=event.kept)
    saved = replace(state, screen=S.SAVED, since_s=t_s, saving=done)
    return power_off(saved, event, t_s, timings) if state.off_wanted else (saved, ())


def to_idle(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """Let go of the session and of whatever is open."""
    left, told = coach_run.cancelled(state, t_s)
    return left.home(t_s), (*told, ForgetSession(state.session))


# --- switching off -------------------------------------------------------------------------------


def power_off(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """Switch off; what runs is let go of."""
    left, told = coach_run.cancelled(state, t_s)
    going = replace(left.home(t_s, S.SHUTDOWN), going_off=True)
    return going, (*told, ForgetSession(state.session), PowerOff())


def not_off(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """It is still on."""
    problem = Reason(
        "power_off",
        "The station could not be switched off.",
        "Wait until no stick is written to, then pull the plug.",
    )
    if isinstance(event, PowerOffFailed):
        problem = event.problem
    return replace(state, since_s=t_s, going_off=False, problem=problem), ()


def power_off_later(
    state: State, event: MachineEvent | None, t_s: float, timings: Timings
) -> Result:
    """A session is being written: that comes first."""
    return replace(state, off_wanted=True), ()


def look_of(state: State, timings: Timings) -> Look:
    """How the screen looks now."""
    return state.look or timings.look
