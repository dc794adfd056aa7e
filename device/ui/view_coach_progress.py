"""The view model of a programme's progress: each side with feedback and without, session by
session. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from device.domain.basics import Estimate, Side
from device.domain.coach_screens import ProgressView
from device.domain.coaching import Entry
from device.domain.kiosk import Level, ScreenModel
from device.ui.i18n import _, ngettext
from device.ui.view import NoticeView, degrees, notice, side_name, signed
from device.ui.view_coach_run import above

SCALE_DEG = (0.0, 12.0)


@dataclass(frozen=True, slots=True)
class PointView:
    """A session's mean of one kind, as fractions of the plot: its place along, value and the
    interval's ends. `shown`: with feedback. `faint`: at another belt speed than the first."""

    along: float
    up: float
    low: float
    high: float
    shown: bool
    faint: bool


@dataclass(frozen=True, slots=True)
class SideProgress:
    """One side's plot. `band` and `ticks` up from its foot."""

    side: Side
    title: str
    change: str
    points: tuple[PointView, ...]
    band: tuple[float, float] | None
    ticks: tuple[tuple[float, str], ...]
    marks: tuple[tuple[float, str], ...]
    """Numbers of sessions along the foot."""


@dataclass(frozen=True, slots=True)
class ProgressScreenView:
    """The sessions so far."""

    title: str
    count: str
    sides: tuple[SideProgress, ...]
    words: str
    notes: tuple[str, ...]
    problem: NoticeView | None = None


def progress(model: ScreenModel) -> ProgressScreenView:
    """The view of the progress."""
    shown = model.coach_progress
    if shown is None:
        return ProgressScreenView("", "", (), "", ())
    problem = None if shown.problem is None else notice(Level.WARN, shown.problem)
    reached = max((entry.plan + 1 for entry in shown.entries), default=0)
    return ProgressScreenView(
        shown.title,
        _("session {n} of {all}").format(n=reached, all=shown.of) if reached else "",
        tuple(_side(shown, side) for side in Side) if shown.of else (),
        _words(shown),
        _notes(shown),
        problem,
    )


def _side(shown: ProgressView, side: Side) -> SideProgress:
    band = dict(shown.bands).get(side)
    points: list[PointView] = []
    for entry, fine in zip(shown.entries, shown.comparable, strict=True):
        held = entry.side(side)
        if held is None:
            continue
        for drop, visible in ((held.shown_deg, True), (held.hidden_deg, False)):
            if drop is not None:
                points.append(_point(drop, entry, shown.of, visible=visible, faint=not fine))
    edges = (0.0,) if band is None else (0.0, band.high_deg)
    return SideProgress(
        side,
        side_name(side),
        _change(shown, side),
        tuple(points),
        None if band is None else (_up(band.low_deg), _up(band.high_deg)),
        tuple((_up(edge), f"{degrees(round(edge, 1))}°") for edge in edges),
        tuple((_along(k, shown.of), str(k + 1)) for k in range(shown.of)),
    )


def _point(drop: Estimate, entry: Entry, of: int, *, visible: bool, faint: bool) -> PointView:
    return PointView(
        _along(entry.plan, of),
        _up(drop.mean),
        _up(drop.ci95_low),
        _up(drop.ci95_high),
        visible,
        faint,
    )


def _along(plan: int, of: int) -> float:
    return round((plan + 0.5) / max(1, of), 4)


def _up(deg: float) -> float:
    low, high = SCALE_DEG
    return round(min(1.0, max(0.0, (deg - low) / (high - low))), 4)


def _change(shown: ProgressView, side: Side) -> str:
    """From the baseline to the newest session that was not shown, else the newest at all."""
    band = dict(shown.bands).get(side)
    if band is None:
        return ""
    newest = None
    for entry, fine in zip(shown.entries, shown.comparable, strict=True):
        held = entry.side(side)
        if held is not None and fine and entry.kind != "baseline":
            newest = held.hidden_deg or held.shown_deg or newest
    if newest is None:
        return signed(band.baseline.mean)
    return _("{before} to {after}").format(
        before=signed(band.baseline.mean), after=signed(newest.mean)
    )


def _words(shown: ProgressView) -> str:
    """Whether it holds when nobody tells, by the newest session that can say so."""
    for entry in reversed(shown.entries):
        verdicts = [held.holds for held in entry.held if held.change_deg is not None]
        if not verdicts:
            continue
        if len(verdicts) == 2 and all(verdicts):
            bands = dict(shown.bands)
            if any(above(bands.get(held.side), held.shown_deg) for held in entry.held):
                return _("The same with feedback and without, but above target.")
            return _("It holds when nobody tells you.")
        if any(holds is False for holds in verdicts):
            return _("Without feedback it still comes back.")
        return _("Whether it holds without feedback is not certain yet.")
    return _("Whether it holds is seen once feedback is hidden at times.")


def _notes(shown: ProgressView) -> tuple[str, ...]:
    found = []
    if shown.broken_off:
        found.append(
            ngettext("{n} broken off", "{n} broken off", shown.broken_off).format(
                n=shown.broken_off
            )
        )
    if shown.missed:
        found.append(ngettext("{n} late", "{n} late", shown.missed).format(n=shown.missed))
    if not all(shown.comparable):
        found.append(_("pale: another belt speed"))
    return tuple(found)
