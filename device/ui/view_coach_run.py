"""The view model of what a session of a programme came to, for the results screen. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from device.domain.basics import Estimate, Side
from device.domain.coach_screens import RunView
from device.domain.coaching import Band, Ended, Entry, Held
from device.domain.kiosk import ScreenModel
from device.ui.i18n import _, decimal
from device.ui.view import degrees, interval, side_letter, signed


@dataclass(frozen=True, slots=True)
class TableView:
    """Left and right as rows, each begun by its letter; `head` names the columns, `good` tells of
    each row whether it is as wanted (None: not certain)."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    good: tuple[bool | None, ...]


@dataclass(frozen=True, slots=True)
class OutcomeView:
    """What a session of a programme came to: its place, a sentence, and the numbers behind it."""

    place: str
    headline: str
    table: TableView | None


def outcome(model: ScreenModel) -> OutcomeView | None:
    """None where the session is none of a programme, or its numbers are not there yet."""
    run = model.run
    if run is None or run.entry is None:
        return None
    entry = run.entry
    place = _("{title} · session {n} of {all}").format(
        title=run.title, n=run.step.plan + 1, all=run.step.of
    )
    table = _parts(entry) if len(entry.parts) > 1 else _table(run, entry)
    return OutcomeView(place, _headline(run, entry), table)


def _headline(run: RunView, entry: Entry) -> str:
    if not run.counts:
        if entry.ended is Ended.NOT_MEASURED:
            return _("The drop could not be measured: this session comes again.")
        return _("Ended after {n} of {all} minutes: this session comes again.").format(
            n=decimal(entry.minutes, 0), all=decimal(entry.planned, 0)
        )
    if entry.kind == "baseline":
        return _("This is your baseline: your target comes from it.")
    both = {held.side: held for held in entry.held}
    if entry.kind == "retention":
        return _retained(run, both)
    changes = [held for held in both.values() if held.change_deg is not None]
    if not changes:
        return _("{n} minutes done. The next session says what comes.").format(
            n=decimal(entry.minutes, 0)
        )
    back = [held for held in changes if held.holds is False]
    if len(back) == 2:
        return _("Without feedback both sides drop more again.")
    if back:
        return _back(back[0])
    if all(held.holds for held in changes) and len(changes) == 2:
        if any(above(run.step.band(held.side), held.shown_deg) is True for held in changes):
            # What never came down cannot come back.
            return _("The same with feedback and without, but above target.")
        return _("It holds when nobody tells you.")
    return _("Whether it holds without feedback is not certain yet.")


def _back(held: Held) -> str:
    assert held.shown_deg is not None
    assert held.hidden_deg is not None
    words = (
        _("Without feedback the left side drops more again: {shown}, then {hidden}.")
        if held.side is Side.LEFT
        else _("Without feedback the right side drops more again: {shown}, then {hidden}.")
    )
    return words.format(shown=signed(held.shown_deg.mean), hidden=signed(held.hidden_deg.mean))


def _retained(run: RunView, both: dict[Side, Held]) -> str:
    zones = {side: _good(run, side, held.hidden_deg) for side, held in both.items()}
    if all(zones.get(side) for side in Side):
        return _("It has stayed: both sides are on target without feedback.")
    if any(zones.get(side) is False for side in Side):
        return _("It has not stayed on both sides: a few sessions with feedback help.")
    return _("Whether it has stayed is not certain.")


def _good(run: RunView, side: Side, drop: Estimate | None) -> bool | None:
    """Whether a drop is not above its target; None where its interval leaves that open."""
    found = above(run.step.band(side), drop)
    return None if found is None else not found


def above(band: Band | None, drop: Estimate | None) -> bool | None:
    """Whether a drop is above its target; None where that is not known or its interval leaves it
    open."""
    if band is None or drop is None:
        return None
    if drop.mean <= band.high_deg:
        return False
    return True if drop.ci95_low > band.high_deg else None


def _table(run: RunView, entry: Entry) -> TableView | None:
    if not entry.held:
        return None
    if any(held.shown_deg and held.hidden_deg for held in entry.held):
        head = ("", _("with feedback"), _("hidden"), _("difference"), "")
        told = tuple(_verdict(run, held) for held in entry.held)
        rows = tuple(
            (
                side_letter(held.side),
                _value(held.shown_deg),
                _value(held.hidden_deg),
                _difference(held.change_deg),
                verdict,
            )
            for held, (verdict, _fine) in zip(entry.held, told, strict=True)
        )
        return TableView(head, rows, tuple(fine for _verdict, fine in told))
    if entry.kind == "baseline":
        return _baseline(run, entry)
    hidden = all(held.hidden_deg is not None for held in entry.held)
    name = _("without feedback") if hidden else _("with feedback")
    words = {True: _("on target"), False: _("above target"), None: _("not certain")}
    good = tuple(
        _good(run, held.side, held.hidden_deg if hidden else held.shown_deg) for held in entry.held
    )
    lines = tuple(
        (
            side_letter(held.side),
            _value(held.hidden_deg if hidden else held.shown_deg),
            target_words(run, held.side),
            words[fine],
        )
        for held, fine in zip(entry.held, good, strict=True)
    )
    return TableView(("", name, _("your target"), ""), lines, good)


def _verdict(run: RunView, held: Held) -> tuple[str, bool | None]:
    """What the difference means; what never came down to its target does not hold there."""
    if held.holds and above(run.step.band(held.side), held.shown_deg):
        return _("above target"), False
    words = {True: _("holds"), False: _("comes back"), None: _("not certain")}
    return words[held.holds], held.holds


def _baseline(run: RunView, entry: Entry) -> TableView:
    rows = tuple((side_letter(held.side), _value(held.hidden_deg)) for held in entry.held)
    return TableView(("", _("your baseline")), rows, (None, None))


def _parts(entry: Entry) -> TableView:
    """A drop at each speed."""
    head = ("", *(_("at {speed} km/h").format(speed=decimal(one.speed_kmh)) for one in entry.parts))
    left = tuple(_value(part.left_deg) for part in entry.parts)
    right = tuple(_value(part.right_deg) for part in entry.parts)
    rows = ((side_letter(Side.LEFT), *left), (side_letter(Side.RIGHT), *right))
    return TableView(head, rows, (None, None))


def target_words(run: RunView, side: Side) -> str:
    """A side's own target."""
    band = run.step.band(side)
    if band is None:
        return "–"
    return f"{degrees(round(band.low_deg, 1))}–{degrees(round(band.high_deg, 1))}°"


def _value(drop: Estimate | None) -> str:
    return "–" if drop is None else f"{signed(drop.mean)} · {interval(drop)}"


def _difference(change: Estimate | None) -> str:
    if change is None:
        return "–"
    sign = "+" if round(change.mean, 1) > 0 else ""
    return f"{sign}{signed(change.mean)} · {interval(change)}"
