"""The lines of the kiosk's lists: menu, settings, runners. Pure; the screen translates them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from device.domain.history import Runner
from device.domain.screens import EntryState, ListItem, Look
from device.session.state import Choosing, State, Timings

LANGUAGES = {"en": "English", "de": "Deutsch", "es": "Español", "fr": "Français"}
LIVE_VIEWS = {"simple": "Simple", "full": "Full", "eyes_free": "One number"}
FIRST_KMH, SLOWEST_KMH, FASTEST_KMH, STEP_KMH = 8.0, 3.0, 25.0, 0.5
MOST_RUNNERS = 50
NAME = r"[^\W_](?:[\w '.-]{0,22}[\w.])?"
"""What a household may call a runner: letters, digits, a few signs; at most 24 characters."""

BACK = ListItem("back", "Back")
NOBODY = ListItem("nobody", "Without a name", "Nothing is kept on this device.")
NO_CODE = ListItem("nobody", "Without a code", "Nothing is kept on this device.")
NEW = ListItem("new", "New runner")


def menu(state: State, timings: Timings) -> tuple[ListItem, ...]:
    """What the menu offers; what cannot be had now says why."""
    who = {
        Choosing.LIST: (ListItem("runners", "Choose the runner"),),
        Choosing.CODE: (ListItem("runners", "Enter the patient's code"),),
        Choosing.NOBODY: (),
    }[timings.choosing]
    why = _why_no_history(state, timings)
    kept = {"detail": why, "enabled": not why}
    return (
        *who,
        *((speed(state.speed_kmh),) if timings.store else ()),
        ListItem("setup", "Check the set-up"),
        ListItem("history", "History", **kept),  # type: ignore[arg-type]
        ListItem("compare", "Before and after", **kept),  # type: ignore[arg-type]
        *((ListItem("save_today", "Save all of today"),) if timings.store else ()),
        ListItem("coach", "Coach"),
        ListItem("calibration", "Step calibration"),
        ListItem("settings", "Language and screen"),
        ListItem("shutdown", "Switch off"),
        BACK,
    )


def speed_after(speed_kmh: float | None, up: bool) -> float | None:
    """The next belt speed; past either end it is not entered."""
    if speed_kmh is None:
        return FIRST_KMH
    after = speed_kmh + (STEP_KMH if up else -STEP_KMH)
    return after if SLOWEST_KMH <= after <= FASTEST_KMH else None


def speed(speed_kmh: float | None) -> ListItem:
    """The belt's speed, to be entered."""
    value = "not entered" if speed_kmh is None else f"{speed_kmh:.1f} km/h"
    return ListItem("speed", "Belt speed", value=value)


def settings(look: Look) -> tuple[ListItem, ...]:
    """What can be set at the device, with how it stands."""
    return (
        ListItem("language", "Language", value=LANGUAGES[look.language]),
        ListItem("live_view", "During a run", value=LIVE_VIEWS[look.live_view]),
        ListItem("show_picture", "Camera picture", value="on" if look.show_picture else "off"),
        BACK,
    )


def changed(look: Look, key: str) -> Look:
    """`look` with the next value for the setting `key`."""
    if key == "language":
        return replace(look, language=_after(tuple(LANGUAGES), look.language))
    if key == "live_view":
        return replace(look, live_view=_after(tuple(LIVE_VIEWS), look.live_view))
    return replace(look, show_picture=not look.show_picture)


def runners(known: Sequence[Runner], timings: Timings) -> tuple[ListItem, ...]:
    """Who can be chosen. In a clinic nobody is preselected: two presses too many must not put a
    session into the file of the patient before."""
    lines = tuple(
        ListItem(f"runner:{runner.code}", runner.code, translate=False)
        for runner in known[:MOST_RUNNERS]
    )
    if timings.choosing is Choosing.CODE:
        return (NO_CODE, *lines)
    return (*lines, NEW, NOBODY)


def new_name(known: Sequence[Runner]) -> str:
    """What a runner is called who typed no name: "Runner 3"."""
    taken = {runner.code for runner in known}
    return next(name for n in range(1, len(taken) + 2) if (name := f"Runner {n}") not in taken)


def entry(typed: str, timings: Timings) -> EntryState:
    """How the typed code or name stands."""
    if not typed:
        return EntryState.EMPTY
    if timings.choosing is Choosing.LIST:
        return EntryState.VALID if re.fullmatch(NAME, typed) else EntryState.INVALID
    if re.fullmatch(timings.code_pattern, typed):
        return EntryState.VALID
    # Whether more characters could make it one is for the shortest common case only.
    return EntryState.INCOMPLETE if len(typed) < 3 else EntryState.INVALID


def after_key(typed: str, key: str, timings: Timings) -> str:
    """`typed` once `key` was typed."""
    if key == "\b":
        return typed[:-1]
    if not key.isprintable() or len(key) != 1:
        return typed
    more = key.upper() if timings.choosing is Choosing.CODE else key
    return (typed + more)[:32].lstrip()


def _after(values: tuple[str, ...], now: str) -> str:
    return values[(values.index(now) + 1) % len(values)]


def _why_no_history(state: State, timings: Timings) -> str:
    if not timings.store:
        return "This station keeps no sessions."
    if timings.choosing is not Choosing.NOBODY and state.runner is None:
        return "First say who runs."
    return ""
