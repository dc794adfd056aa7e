"""The cadence trial (pure): rows of `machine.TABLE`, and what its screens are told.

A trial is a session like any other, with its standing zero and its countdown; while it runs, the
screen says what to do instead of what was measured. The machine beats: `beat()` is what ought to
be heard now, and whenever that changes, `machine.step` has it changed.
"""

from __future__ import annotations

from dataclasses import replace

from device.coach import trial
from device.coach.metronome import Metronome
from device.coach.shared import shared_half
from device.domain.basics import Gait, Reason, Side
from device.domain.coach_screens import TrialPhase, TrialView
from device.domain.events import GaitMeasured
from device.domain.kiosk import ScreenName
from device.domain.results import GaitSummary, GaitUpdate
from device.domain.trial import TrialResult
from device.session.state import MachineEvent, Result, State, Timings
from device.session.trialing import Trialing

S = ScreenName
EVERY_S = 1.0
"""A reading of the cadence is noted so often."""
KEPT = 60
PATIENCE_S = 60.0
"""So much longer the first condition may last until the preferred cadence is known."""
NEW_S = 8.0
"""So long a new condition is announced."""

NO_CADENCE = Reason(
    "no_cadence",
    "Your own cadence could not be read, so there was nothing to quicken.",
    "Run steadily in the middle of the picture, then try again.",
)

# --- the way through it --------------------------------------------------------------------------


def opened(state: State, t_s: float, timings: Timings) -> Result:
    """Chosen in the coach's list."""
    return replace(state.home(t_s, S.TRIAL), trial=Trialing(timings.trial)), ()


def running(state: State) -> bool:
    """Whether a trial runs now."""
    return state.trial is not None and state.screen is S.LIVE


def heard(state: State, event: MachineEvent | None, t_s: float) -> State:
    """Note the measured cadence, once a second; in the first condition the preferred one."""
    trying = state.trial
    if trying is None or not running(state):
        return state
    if not trying.starts_s:
        assert state.live_s is not None
        trying = replace(trying, starts_s=(state.live_s,))
    if isinstance(event, GaitMeasured) and event.session == state.session:
        trying = _noted(trying, event.update, t_s)
    return state if trying is state.trial else replace(state, trial=trying)


def _noted(trying: Trialing, update: GaitUpdate, t_s: float) -> Trialing:
    last_s = trying.readings[-1][0] if trying.readings else -EVERY_S
    if t_s - last_s < EVERY_S or update.cadence_spm is None or update.gait is not Gait.RUNNING:
        return trying
    readings = (*trying.readings[-KEPT:], (t_s, update.cadence_spm))
    noted = replace(trying, readings=readings)
    if trying.index == 0:
        noted = replace(noted, preferred_spm=trial.preferred(readings, t_s))
    return noted


def until_s(state: State) -> float:
    """When the present condition is over."""
    assert state.trial is not None
    trying = state.trial
    from_s = trying.starts_s[-1] if trying.starts_s else state.since_s
    end_s = from_s + trying.plan.minute_s
    if trying.index == 0 and trying.preferred_spm is None and len(trying.plan.raises) > 1:
        return end_s + PATIENCE_S
    return end_s


def goes_on(state: State) -> bool:
    """Whether another condition follows."""
    trying = state.trial
    return (
        trying is not None
        and trying.preferred_spm is not None
        and trying.index + 1 < len(trying.plan.raises)
    )


def next_condition(
    state: State, event: MachineEvent | None, t_s: float, timings: Timings
) -> Result:
    """The next rate. The beat goes on without a beat too early or twice."""
    assert state.trial is not None
    trying = replace(state.trial, starts_s=(*state.trial.starts_s, t_s))
    rate = trial.rate_spm(trying.plan, trying.index, trying.preferred_spm)
    beat = None
    if rate is not None:
        beat = Metronome(rate, t_s) if trying.beat is None else trying.beat.at(rate, t_s)
    return replace(state, trial=replace(trying, beat=beat)), ()


def beat(state: State) -> Metronome | None:
    """What ought to be heard now."""
    return state.trial.beat if running(state) and state.trial is not None else None


def measured(state: State, summary: GaitSummary | None) -> State:
    """The numbers are there: what came of the trial."""
    trying = state.trial
    if trying is None or trying.result is not None:
        return state
    result = TrialResult(trying.preferred_spm, ())
    if summary is not None and trying.starts_s and state.stopped_s is not None:
        left, right = (shared_half(summary, side) for side in Side)
        result = trial.evaluate(
            trying.plan,
            summary.steps,
            trying.starts_s,
            state.stopped_s,
            trying.preferred_spm,
            (left, right),
        )
    return replace(state, trial=replace(trying, result=result))


# --- what the screens are told -------------------------------------------------------------------


def view(state: State, t_s: float, update: GaitUpdate | None) -> TrialView | None:
    """The trial; None where none is open."""
    trying = state.trial
    if trying is None:
        return None
    if state.screen is S.TRIAL:
        return TrialView(state.runner, TrialPhase.INTRO, trying.plan)
    if state.screen is S.LIVE:
        return _live(state, trying, t_s, update)
    if state.screen is S.RESULTS and trying.result is not None:
        found = trying.result
        problem = NO_CADENCE if found.preferred_spm is None else None
        return TrialView(
            state.runner, TrialPhase.RESULT, trying.plan, result=found, problem=problem
        )
    return None


def _live(state: State, trying: Trialing, t_s: float, update: GaitUpdate | None) -> TrialView:
    rate = trying.beat.rate_spm if trying.beat is not None else None
    measured = update.cadence_spm if update is not None else None
    pace = None
    if rate is not None and measured is not None:
        pace = trial.follow(measured, rate)
    from_s = trying.starts_s[-1] if trying.starts_s else state.since_s
    return TrialView(
        state.runner,
        TrialPhase.RUN,
        trying.plan,
        index=trying.index,
        left_s=max(0.0, from_s + trying.plan.minute_s - t_s),
        new=t_s - from_s < NEW_S,
        preferred_spm=trying.preferred_spm,
        target_spm=rate,
        cadence_spm=measured,
        pace=pace,
        beat_phase=None if trying.beat is None else trying.beat.phase(t_s),
    )
