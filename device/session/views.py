"""From the state to what single screens show: set-up, lists, history, comparison (pure)."""

from __future__ import annotations

from device.domain.kiosk import ScreenName
from device.domain.screens import (
    CheckState,
    CompareView,
    HistoryView,
    ListView,
    RunnersView,
    SetupView,
    ShutdownView,
)
from device.session.setup_checks import SetupWatch
from device.session.state import Choosing, SetupSeen, State, Timings

S = ScreenName


def setup(state: State, watch: SetupWatch, t_s: float, timings: Timings) -> SetupView | None:
    """The assistant."""
    if state.screen is not S.SETUP:
        return None
    checks = watch.checks(t_s)
    seen = setup_seen(state.session, watch, t_s)
    clear = not (seen.bad or seen.waiting)
    passing = 0.0
    if state.all_well_s is not None and timings.setup_pass_s > 0:
        passing = max(0.0, min(1.0, (t_s - state.all_well_s) / timings.setup_pass_s))
    return SetupView(
        checks,
        watch.guides(t_s),
        ready=clear,
        override=not clear,
        passing=passing,
        required=state.required,
    )


def setup_seen(session: int, watch: SetupWatch, t_s: float) -> SetupSeen:
    """How the checks stand, for the machine."""
    names: dict[CheckState, list[str]] = {state: [] for state in CheckState}
    for check in watch.checks(t_s):
        names[check.state].append(check.name)
    return SetupSeen(
        session,
        bad=tuple(names[CheckState.BAD]),
        waiting=tuple(names[CheckState.WAITING]),
        not_measurable=tuple(names[CheckState.NOT_MEASURABLE]),
    )


def menu(state: State) -> ListView | None:
    """The menu."""
    return ListView("Menu", state.items, state.selected) if state.screen is S.MENU else None


def settings(state: State) -> ListView | None:
    """Language and screen."""
    if state.screen is not S.SETTINGS:
        return None
    return ListView("Language and screen", state.items, state.selected)


def runners(state: State, timings: Timings) -> RunnersView | None:
    """Who runs."""
    if state.screen is not S.RUNNERS:
        return None
    code = timings.choosing is Choosing.CODE
    title = "Which patient?" if code else "Who runs?"
    return RunnersView(
        "code" if code else "list",
        ListView(title, state.items, state.selected),
        typed=state.typed,
        entry=state.entry,
        rule=timings.code_rule if code else "",
        loading=state.runners is None or state.adding is not None,
        problem=state.problem,
    )


def history(state: State) -> HistoryView | None:
    """The sessions of the runner."""
    if state.screen not in (S.HISTORY, S.DELETE):
        return None
    sessions = state.sessions or ()
    uuids = [session.uuid for session in sessions]
    return HistoryView(
        state.runner,
        sessions,
        state.trends,
        state.selected,
        marked=uuids.index(state.marked) if state.marked in uuids else None,
        loading=state.sessions is None,
        problem=state.problem,
    )


def compare(state: State) -> CompareView | None:
    """Before and after."""
    if state.screen is not S.COMPARE:
        return None
    read = state.compared
    return CompareView(
        state.runner,
        comparison=read.comparison if read is not None else None,
        before_frames=read.before_frames if read is not None else (),
        after_frames=read.after_frames if read is not None else (),
        loading=read is None and state.problem is None,
        problem=state.problem,
    )


def shutdown(state: State) -> ShutdownView | None:
    """Switching off."""
    if state.screen is not S.SHUTDOWN:
        return None
    return ShutdownView(state.going_off, state.problem)
