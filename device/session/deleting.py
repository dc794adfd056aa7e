"""Deleting a kept session at the device (pure). Rows of `table.TABLE`.

Held twice: once on the history, for the question, and once for the answer. What is deleted is gone
for good, files and backups included; the store does that.
"""

from __future__ import annotations

from dataclasses import replace

from device.domain.kiosk import ScreenName
from device.session.state import DeleteSession, MachineEvent, Result, State, Timings

S = ScreenName


def something_to_delete(state: State) -> bool:
    """Whether a session is selected."""
    return bool(state.sessions)


def nothing_to_delete(state: State) -> bool:
    """Whether there is none."""
    return not state.sessions


def ask(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """Ask whether the selected session is to be deleted."""
    return replace(state, screen=S.DELETE, since_s=t_s, marked=None, problem=None), ()


def keep(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """It stays; back to the history, to the same line."""
    return replace(state, screen=S.HISTORY, since_s=t_s), ()


def delete(state: State, event: MachineEvent | None, t_s: float, timings: Timings) -> Result:
    """Have it deleted; the history is what the store then says."""
    uuid = (state.sessions or ())[state.selected].uuid
    code = state.runner.code if state.runner is not None else None
    reading = replace(state, screen=S.HISTORY, since_s=t_s, sessions=None, trends=())
    return reading, (DeleteSession(uuid, code),)
