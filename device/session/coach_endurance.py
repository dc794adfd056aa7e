"""How long runs went on (pure): rows of `machine.TABLE`, and what its screen is told."""

from __future__ import annotations

from dataclasses import replace

from device.coach.endurance import PUBLISHED_DEG, long_run
from device.domain.basics import Reason
from device.domain.coach_screens import EnduranceView
from device.domain.events import EnduranceRead
from device.domain.kiosk import ScreenName
from device.domain.results import GaitSummary
from device.session.state import MachineEvent, ReadEndurance, Result, State, Timings

S = ScreenName

NOT_KEPT = Reason(
    "not_kept",
    "This station keeps no sessions.",
    "Run for ten minutes or longer: the results then show how it went on.",
)
NO_LONG_RUN = Reason(
    "no_long_run",
    "No run of ten minutes or longer is kept here.",
    "Run for ten minutes or longer; this is about getting tired.",
)


def opened(state: State, t_s: float, timings: Timings) -> Result:
    """Chosen in the coach's list: what is kept is read."""
    here = state.home(t_s, S.ENDURANCE)
    if not timings.store:
        return replace(here, runs=(), problem=NOT_KEPT), ()
    return here, (ReadEndurance(state.runner.code if state.runner is not None else None),)


def read(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """The long runs, the newest first."""
    assert isinstance(event, EnduranceRead)
    if event.runner != (state.runner.code if state.runner is not None else None):
        return state, ()
    problem = event.problem or (None if event.runs else NO_LONG_RUN)
    return replace(state, runs=event.runs, problem=problem, selected=0), ()


def measured(state: State, summary: GaitSummary | None) -> State:
    """The numbers of a session are there: whether it was a long one."""
    return replace(state, long_run=None if summary is None else long_run(summary))


def several(state: State) -> bool:
    """Whether there is another run to go to."""
    return len(state.runs or ()) > 1


def select_next(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """The run before in time; after the oldest the newest."""
    return _select(state, t_s, 1), ()


def select_before(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """The run after in time."""
    return _select(state, t_s, -1), ()


def _select(state: State, t_s: float, by: int) -> State:
    count = max(1, len(state.runs or ()))
    return replace(state, since_s=t_s, selected=(state.selected + by) % count)


def view(state: State) -> EnduranceView | None:
    """What the screen shows: kept runs, or the one that has just ended."""
    if state.screen is S.RESULTS:
        if state.long_run is None:
            return None
        return EnduranceView(state.runner, (state.long_run,), published_deg=PUBLISHED_DEG)
    if state.screen is not S.ENDURANCE:
        return None
    return EnduranceView(
        state.runner,
        state.runs or (),
        state.selected,
        published_deg=PUBLISHED_DEG,
        loading=state.runs is None,
        problem=state.problem,
    )
