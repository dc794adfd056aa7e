"""The pages of the results (pure): what a session came to is more than one screen holds."""

from __future__ import annotations

from dataclasses import replace

from device.domain.results import GaitSummary
from device.domain.screens import ResultsPage
from device.session import coach_endurance, coach_trial
from device.session.state import MachineEvent, Result, State, Timings


def of(state: State) -> tuple[ResultsPage, ...]:
    """In the order they are turned; the first one is shown first."""
    trial = state.trial is not None and state.trial.result is not None
    return (
        *((ResultsPage.TRIAL,) if trial else ()),
        ResultsPage.NUMBERS,
        *((ResultsPage.ENDURANCE,) if state.long_run is not None else ()),
        *((ResultsPage.BEYOND,) if state.beyond else ()),
    )


def shown(state: State) -> ResultsPage:
    """The page that is open."""
    pages = of(state)
    return pages[state.page % len(pages)]


def measured(state: State, summary: GaitSummary | None) -> State:
    """The numbers are there: which pages they make."""
    state = coach_endurance.measured(coach_trial.measured(state, summary), summary)
    support = None if summary is None else summary.support
    return replace(state, beyond=support is not None and support.step_width_percent is not None)


def several(state: State) -> bool:
    """Whether there is another page."""
    return state.measured and len(of(state)) > 1


def turn(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """The next page; after the last the first."""
    return replace(state, since_s=t_s, page=(state.page + 1) % len(of(state))), ()
