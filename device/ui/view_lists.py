"""The view models of the lists: menu, settings, runners and the coach's place. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from device.domain.kiosk import Level, ScreenModel
from device.domain.screens import EntryState, ListItem, ListView
from device.ui.i18n import _, date, ngettext, said
from device.ui.view import NoticeView, notice


@dataclass(frozen=True, slots=True)
class RowView:
    """A line of a list: its pictogram's name ("" for none), words, and the value at its end."""

    key: str
    sign: str
    words: str
    value: str
    enabled: bool
    selected: bool


@dataclass(frozen=True, slots=True)
class DetailView:
    """The selected line, large: what it is for, or why it cannot be had now."""

    sign: str
    title: str
    value: str
    lines: tuple[str, ...]
    enabled: bool


@dataclass(frozen=True, slots=True)
class EntryView:
    """A code or a name that is being typed."""

    label: str
    typed: str
    state: EntryState
    words: str
    rule: str


@dataclass(frozen=True, slots=True)
class ListScreenView:
    """A list with the selected line explained beside it."""

    title: str
    count: str
    rows: tuple[RowView, ...]
    selected: int
    detail: DetailView | None
    entry: EntryView | None = None
    empty: str = ""
    """What to say where there is no line."""
    problem: NoticeView | None = None


def menu(model: ScreenModel) -> ListScreenView:
    """The menu."""
    return listed(model.menu, _purpose)


def settings(model: ScreenModel) -> ListScreenView:
    """Language and screen."""
    return listed(model.settings, _purpose)


def coach(model: ScreenModel) -> ListScreenView:
    """The coach's place."""
    return listed(None if model.coach is None else model.coach.list, _purpose)


def runners(model: ScreenModel) -> ListScreenView:
    """Who runs: a list at home, a typed code in a clinic."""
    shown = model.runners
    if shown is None:
        return listed(None, _purpose)
    known = {f"runner:{r.code}": r for r in (() if model.runner is None else (model.runner,))}

    def about(item: ListItem) -> tuple[str, ...]:
        runner = known.get(item.key)
        if runner is None:
            return _purpose(item)
        times = ngettext("{n} session", "{n} sessions", runner.sessions).format(n=runner.sessions)
        last = () if runner.last is None else (last_words(runner.last),)
        return (times, *last)

    view = listed(shown.list, about)
    problem = None if shown.problem is None else notice(Level.WARN, shown.problem)
    empty = _("Reading what is kept …") if shown.loading else ""
    entry = None
    if shown.kind == "code" or model.typing or shown.typed:
        entry = _entry(shown.kind, shown.typed, shown.entry, shown.rule)
    rows, detail, count = view.rows, view.detail, view.count
    if shown.typed:
        # What is typed is what green takes: no line may look chosen beside it.
        rows, detail, count = tuple(replace(row, selected=False) for row in rows), None, ""
    return ListScreenView(view.title, count, rows, view.selected, detail, entry, empty, problem)


def last_words(when: datetime) -> str:
    """When somebody was here last."""
    return _("last on {date}").format(date=date(when))


def _entry(kind: str, typed: str, state: EntryState, rule: str) -> EntryView:
    code = kind == "code"
    words = {
        EntryState.EMPTY: _("Scan the code, or type it.") if code else _("Type a name."),
        EntryState.INCOMPLETE: _("Not complete yet."),
        EntryState.VALID: _("The code is valid.") if code else _("The name can be used."),
        EntryState.INVALID: _("This is no valid code.") if code else _("This name cannot be used."),
    }[state]
    label = _("Patient's code") if code else _("Name of the new runner")
    return EntryView(label, typed, state, words, said(rule))


def listed(shown: ListView | None, about: Callable[[ListItem], tuple[str, ...]]) -> ListScreenView:
    """A list; `about` says what a line is for."""
    if shown is None or not shown.items:
        return ListScreenView("" if shown is None else said(shown.title), "", (), 0, None)
    at = min(max(0, shown.selected), len(shown.items) - 1)
    rows = tuple(
        RowView(
            item.key, _sign(item), _words(item), said(item.value), item.enabled, selected=i == at
        )
        for i, item in enumerate(shown.items)
    )
    item = shown.items[at]
    lines = about(item) if item.enabled and not item.detail else (said(item.detail),)
    return ListScreenView(
        said(shown.title),
        _("{n} of {all}").format(n=at + 1, all=len(rows)),
        rows,
        at,
        DetailView(_sign(item), _words(item), said(item.value), lines, item.enabled),
    )


def _words(item: ListItem) -> str:
    return said(item.text) if item.translate else item.text


def _sign(item: ListItem) -> str:
    return item.key.partition(":")[0]


def _purpose(item: ListItem) -> tuple[str, ...]:
    """What a line of the menu or the settings is for."""
    words = {
        "runners": _("Say who runs, so that sessions can be compared later."),
        "speed": _("How fast the belt runs, for the report and for comparisons."),
        "setup": _("Is the camera where it should be? A live picture with guides and checks."),
        "history": _("All sessions kept on this device, and how they changed."),
        "compare": _("Two sessions beside each other: what changed, and whether it is certain."),
        "coach": _("Exercises and running with feedback."),
        "calibration": _(
            "Stand with one foot on a book: how much of a tilt the camera sees on you."
        ),
        "settings": _("Language, what is shown during a run, picture on or off."),
        "save_today": _("Write every session of today to the stick."),
        "shutdown": _("Switch the station off before you unplug it."),
        "today": _("Where you are in your programme, and what today holds."),
        "trial": _("A minute as always, one 5 % quicker, one 10 % quicker: does it help you?"),
        "exercises": _("Off the belt, in their order; the camera counts and measures."),
        "endurance": _("Does your pelvis sink as you tire?"),
        "back": _("Back to the start."),
        "language": _("The language of the screen."),
        "live_view": _("Simple for the gym, full for the clinic, or one giant number."),
        "show_picture": _("Whether the camera picture is shown during a run."),
        "new": _("Somebody who has not run here yet."),
        "nobody": _("The session belongs to nobody and can only be saved to a stick."),
    }.get(_sign(item), "")
    return (words,) if words else ()
