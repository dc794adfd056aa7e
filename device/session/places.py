"""What follows on the screens of the menu (pure). Rows of `machine.TABLE`.

All lists work alike: blue goes on to the next line, green chooses it, blue held closes everything.
"""

from __future__ import annotations

from dataclasses import replace

from device.domain.basics import Reason
from device.domain.events import ComparisonRead, HistoryRead, KeyTyped, RunnersRead
from device.domain.history import Runner
from device.domain.kiosk import ScreenName
from device.domain.screens import CalibrationPhase, CalibrationView, EntryState
from device.session import coach, coach_today, lists
from device.session.moves import check_setup, look_of, start_with_runner
from device.session.state import (
    AddRunner,
    Calibrate,
    CalibrationSeen,
    Choosing,
    Coach,
    Compare,
    Effect,
    ForgetSession,
    LookOn,
    MachineEvent,
    ReadCoaching,
    ReadHistory,
    ReadRunners,
    Result,
    SaveToday,
    State,
    Timings,
)

S = ScreenName

TOO_FEW = Reason(
    "too_few_sessions",
    "A comparison needs two kept sessions.",
    "Run once more; every session of this runner is kept.",
)

# --- lists ---------------------------------------------------------------------------------------


def select_next(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """The next line; after the last the first."""
    return _select(state, t_s, 1), ()


def select_before(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """The line before."""
    return _select(state, t_s, -1), ()


def _select(state: State, t_s: float, by: int) -> State:
    count = len(state.sessions or ()) if state.screen is S.HISTORY else len(state.items)
    return replace(state, since_s=t_s, selected=(state.selected + by) % max(1, count))


def several_lines(state: State) -> bool:
    """Whether there is another line to go to."""
    return len(state.items) > 1


def several_sessions(state: State) -> bool:
    """Whether there is another session to go to."""
    return len(state.sessions or ()) > 1


def can_choose(state: State) -> bool:
    """Whether the selected line can be chosen now."""
    return state.chosen is not None and state.chosen.enabled


# --- the menu ------------------------------------------------------------------------------------


def open_menu(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """The menu, out of idle or back out of what was opened from it."""
    opened = state.home(t_s, S.MENU)
    return replace(opened, items=lists.menu(opened, timings)), ()


def choose(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """Open what the selected line of the menu says."""
    key = state.chosen.key if state.chosen is not None else "back"
    code = state.runner.code if state.runner is not None else None
    match key:
        case "runners":
            return state.home(t_s, S.RUNNERS), (ReadRunners(),)
        case "setup":
            return check_setup(state, t_s, required=False)
        case "history":
            return state.home(t_s, S.HISTORY), (ReadHistory(code),)
        case "compare":
            return state.home(t_s, S.COMPARE), (ReadHistory(code),)
        case "save_today":
            return state.home(t_s), (SaveToday(),)
        case "coach":
            return coach.open_coach(state, None, t_s, timings)
        case "calibration":
            return _calibrate(state, t_s, timings)
        case "settings":
            items = lists.settings(look_of(state, timings))
            return replace(state.home(t_s, S.SETTINGS), items=items), ()
        case "shutdown":
            return state.home(t_s, S.SHUTDOWN), ()
    return state.home(t_s), ()


def faster(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """The belt runs faster than entered."""
    return _with_speed(state, t_s, timings, up=True)


def slower(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """The belt runs slower than entered."""
    return _with_speed(state, t_s, timings, up=False)


def _with_speed(state: State, t_s: float, timings: Timings, *, up: bool) -> Result:
    entered = replace(state, since_s=t_s, speed_kmh=lists.speed_after(state.speed_kmh, up))
    return replace(entered, items=lists.menu(entered, timings)), ()


def on_speed(state: State) -> bool:
    """Whether the selected line is the belt's speed."""
    return state.chosen is not None and state.chosen.key == "speed"


def change(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """The next value of the selected setting."""
    key = state.chosen.key if state.chosen is not None else "back"
    if key == "back":
        return open_menu(state, event, t_s, timings)
    look = lists.changed(look_of(state, timings), key)
    return replace(state, since_s=t_s, look=look, items=lists.settings(look)), ()


# --- who runs ------------------------------------------------------------------------------------


def runners_read(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """Who is known; the one just added is chosen."""
    assert isinstance(event, RunnersRead)
    if event.problem is not None:
        known = state.runners or ()
        items = lists.runners(known, timings)
        read = replace(state, runners=known, items=items, adding=None, problem=event.problem)
        return replace(read, selected=min(read.selected, len(items) - 1)), ()
    added, adding = event.added, state.adding
    if added is not None and adding is not None and added.code.casefold() == adding.casefold():
        return _chosen(state, added, t_s, timings)
    items = lists.runners(event.runners, timings)
    selected = min(state.selected, len(items) - 1)
    return replace(state, runners=event.runners, items=items, selected=selected), ()


def key_typed(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """A character of a code or name; enter takes it, as a scanner's does."""
    assert isinstance(event, KeyTyped)
    if event.key == "\n":
        return take_typed(state, event, t_s, timings)
    typed = lists.after_key(state.typed, event.key, timings)
    selected = state.selected
    if timings.choosing is Choosing.LIST and typed and lists.NEW in state.items:
        selected = state.items.index(lists.NEW)
    entry = lists.entry(typed, timings)
    typing = replace(state, since_s=t_s, typed=typed, entry=entry, selected=selected)
    return replace(typing, problem=None), ()


def scanned(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """A code typed or scanned on the idle screen: who runs is to be said."""
    assert isinstance(event, KeyTyped)
    if timings.choosing is not Choosing.CODE or event.key in ("\n", "\b"):
        return (replace(state, since_s=t_s) if state.screen is S.IDLE else state.home(t_s)), ()
    opened, _ = key_typed(state.home(t_s, S.RUNNERS), event, t_s, timings)
    return opened, (ReadRunners(),)


def clear_typed(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """Begin the entry again."""
    return replace(state, since_s=t_s, typed="", entry=EntryState.EMPTY), ()


def choose_runner(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """The selected line, or what was typed."""
    if state.typed:
        return take_typed(state, event, t_s, timings)
    key = state.chosen.key if state.chosen is not None else "nobody"
    if key == "nobody":
        return _chosen(state, None, t_s, timings)
    if key == "new":
        return _add(state, lists.new_name(state.runners or ()), t_s, timings)
    for runner in state.runners or ():
        if key == f"runner:{runner.code}":
            return _chosen(state, runner, t_s, timings)
    return state, ()


def take_typed(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """The typed code or name, where it is a valid one."""
    if not typed_valid(state):
        return replace(state, since_s=t_s), ()
    return _add(state, state.typed.strip(), t_s, timings)


def typed_valid(state: State) -> bool:
    """Whether what was typed can be taken."""
    return state.adding is None and state.entry is EntryState.VALID


def typing(state: State) -> bool:
    """Whether something was typed."""
    return bool(state.typed)


def picking(state: State) -> bool:
    """Whether a line is selected rather than something typed."""
    return not state.typed and state.adding is None and can_choose(state)


def several_to_pick(state: State) -> bool:
    """Whether there is another line to go to, and nothing typed."""
    return not state.typed and several_lines(state)


def _add(state: State, code: str, t_s: float, timings: Timings) -> Result:
    if not timings.store:
        return _chosen(state, Runner(id=0, code=code), t_s, timings)
    return replace(state, since_s=t_s, adding=code), (AddRunner(code),)


def _chosen(state: State, runner: Runner | None, t_s: float, timings: Timings) -> Result:
    same = runner is not None and state.runner is not None and runner.code == state.runner.code
    known = replace(
        state,
        runner=runner,
        speed_kmh=state.speed_kmh if same else None,
        coach=state.coach if same else Coach(),
    )
    if state.coaching:
        return coach_today.opened(known, t_s, timings)
    # Whether a session of a programme is due is said on the idle screen.
    read = (ReadCoaching(runner.code),) if runner is not None and timings.programmes else ()
    if state.starting:
        begun, effects = start_with_runner(known, None, t_s, timings)
        return begun, (*read, *effects)
    return known.home(t_s), read


# --- history, before and after -------------------------------------------------------------------


def history_read(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """The sessions; for a comparison the first and the last of them are taken."""
    assert isinstance(event, HistoryRead)
    if event.runner != (state.runner.code if state.runner is not None else None):
        return state, ()
    read = replace(
        state,
        sessions=event.sessions,
        trends=event.trends,
        problem=event.problem,
        selected=min(state.selected, max(0, len(event.sessions) - 1)),
    )
    if state.screen is S.COMPARE and state.pair is None and len(event.sessions) > 1:
        newest, oldest = event.sessions[0], event.sessions[-1]
        return _compare(read, (oldest.uuid, newest.uuid))
    if state.screen is S.COMPARE and state.pair is None and event.problem is None:
        return replace(read, problem=TOO_FEW), ()
    return read, ()


def mark(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """Choose a session for a comparison; the second one opens it."""
    sessions = state.sessions or ()
    uuid = sessions[state.selected].uuid
    if state.marked is None:
        # The next one is what it will be compared with: one press less.
        selected = (state.selected + 1) % len(sessions)
        return replace(state, since_s=t_s, marked=uuid, selected=selected), ()
    if state.marked == uuid:
        return replace(state, since_s=t_s, marked=None), ()
    number = {session.uuid: session.number for session in sessions}
    before, after = sorted((state.marked, uuid), key=lambda one: number.get(one, 0))
    return _compare(replace(state, screen=S.COMPARE, since_s=t_s), (before, after))


def none_marked(state: State) -> bool:
    """Whether the next green chooses the first of two sessions."""
    return several_sessions(state) and state.marked is None


def marked_here(state: State) -> bool:
    """Whether the next green takes back the choice."""
    return several_sessions(state) and _selected_uuid(state) == state.marked


def marked_other(state: State) -> bool:
    """Whether the next green compares."""
    return several_sessions(state) and state.marked not in (None, _selected_uuid(state))


def _selected_uuid(state: State) -> str | None:
    sessions = state.sessions or ()
    return sessions[state.selected].uuid if state.selected < len(sessions) else None


def compared(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """The comparison that was asked for."""
    assert isinstance(event, ComparisonRead)
    if (event.before, event.after) != state.pair:
        return state, ()
    return replace(state, since_s=t_s, compared=event, problem=event.problem), ()


def other_before(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """Compare with the next session back in time; after the oldest with the one just before."""
    assert state.pair is not None
    before, after = state.pair
    older = _older(state)
    at = older.index(before) + 1 if before in older else 0
    return _compare(replace(state, since_s=t_s), (older[at % len(older)], after))


def several_before(state: State) -> bool:
    """Whether there is another session to compare with."""
    return len(_older(state)) > 1


def _older(state: State) -> tuple[str, ...]:
    if state.pair is None:
        return ()
    uuids = tuple(session.uuid for session in state.sessions or ())
    return uuids[uuids.index(state.pair[1]) + 1 :] if state.pair[1] in uuids else ()


def to_history(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """The list, to choose other sessions from."""
    code = state.runner.code if state.runner is not None else None
    return state.opened(S.HISTORY, t_s), (ReadHistory(code),)


def _compare(state: State, pair: tuple[str, str]) -> Result:
    return replace(state, pair=pair, compared=None, problem=None), (Compare(*pair),)


# --- the step calibration ------------------------------------------------------------------------


_NEXT = {CalibrationPhase.LEFT_UP: CalibrationPhase.RIGHT_UP}


def _calibrate(state: State, t_s: float, timings: Timings) -> Result:
    view = CalibrationView(CalibrationPhase.LEFT_UP, timings.step_height_mm)
    looking = replace(
        state.home(t_s, S.STEP_CALIBRATION), session=state.session + 1, calibration=view
    )
    effects: tuple[Effect, ...] = (
        LookOn(looking.session),
        Calibrate(looking.session, CalibrationPhase.LEFT_UP),
    )
    return looking, effects


def calibration_seen(
    state: State, event: MachineEvent | None, t_s: float, timings: Timings
) -> Result:
    """How the phase stands, or what came of it all."""
    assert isinstance(event, CalibrationSeen)
    over = event.view.phase in (CalibrationPhase.DONE, CalibrationPhase.FAILED)
    since_s = t_s if over and not calibration_over(state) else state.since_s
    return replace(state, since_s=since_s, calibration=event.view), ()


def next_phase(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """The other foot."""
    assert state.calibration is not None
    phase = _NEXT[state.calibration.phase]
    view = CalibrationView(phase, timings.step_height_mm)
    return replace(state, since_s=t_s, calibration=view), (Calibrate(state.session, phase),)


def has_next_phase(state: State) -> bool:
    """Whether this phase is measured and another one follows."""
    view = state.calibration
    return view is not None and view.phase in _NEXT and view.progress >= 1.0


def calibration_over(state: State) -> bool:
    """Whether there is a result, or there will be none."""
    view = state.calibration
    return view is not None and view.phase in (CalibrationPhase.DONE, CalibrationPhase.FAILED)


def again(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """Calibrate once more."""
    return _calibrate(state, t_s, timings)


def calibration_home(
    state: State, event: MachineEvent | None, t_s: float, timings: Timings
) -> Result:
    """Let go of what was looked at, and open the menu again."""
    opened, effects = open_menu(state, event, t_s, timings)
    return opened, (ForgetSession(state.session), *effects)
