"""The view models of what is kept: history, and before and after. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from device.domain.basics import Estimate, Side
from device.domain.history import Change, Comparison, KeptSession, Trend
from device.domain.kiosk import FreezeFrame, Level, ScreenModel
from device.domain.results import GaitSummary
from device.ui.i18n import _, date, day, decimal, ngettext
from device.ui.view import (
    NoticeView,
    PictureView,
    Zone,
    clock,
    degrees,
    interval,
    judged,
    notice,
    side_name,
    signed,
)
from device.ui.view_results import clear

TREND_DEG = (0.0, 12.0)
"""Lower and upper edge of the trend's plot."""


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session in the list."""

    uuid: str
    when: str
    time: str
    left: str
    right: str
    selected: bool
    marked: bool


@dataclass(frozen=True, slots=True)
class SideLine:
    """A side's number of the selected session."""

    side: Side
    title: str
    value: str
    interval: str
    zone: Zone | None


@dataclass(frozen=True, slots=True)
class SessionDetail:
    """The selected session, large."""

    title: str
    sides: tuple[SideLine, ...]
    verdict: str
    sure: bool
    facts: str
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TrendView:
    """Both sides over time, as fractions of the plot; `band` is the target."""

    lines: tuple[tuple[Side, tuple[tuple[float, float], ...]], ...]
    spread: tuple[tuple[Side, tuple[tuple[float, float, float], ...]], ...]
    points: tuple[tuple[Side, float, float, float, float], ...]
    """Side, place along, value, and the interval's two ends."""
    ticks: tuple[tuple[float, str], ...]
    band: tuple[float, float]
    here: float | None
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class HistoryScreenView:
    """The sessions that are kept."""

    title: str
    count: str
    rows: tuple[SessionRow, ...]
    selected: int
    detail: SessionDetail | None
    trend: TrendView | None
    empty: str
    problem: NoticeView | None


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One side before and after."""

    side: Side
    title: str
    before: str
    after: str
    change: str
    interval: str
    verdict: str
    clear: bool | None
    pictures: tuple[PictureView | None, PictureView | None]


@dataclass(frozen=True, slots=True)
class CompareScreenView:
    """Before and after."""

    title: str
    before: str
    after: str
    sides: tuple[ChangeView, ...]
    headline: str
    """What has changed for certain, in a sentence; empty when nothing can be said."""
    notes: tuple[NoticeView, ...]
    """What differed and could explain a change, or why there is none: the weightiest."""
    cadence: str
    empty: str


def history(model: ScreenModel) -> HistoryScreenView:
    """The view of the history."""
    shown = model.history
    who = "" if shown is None or shown.runner is None else shown.runner.code
    title = _("Sessions of {runner}").format(runner=who) if who else _("Sessions")
    if shown is None or not shown.sessions:
        loading = shown is None or shown.loading
        empty = _("Reading what is kept …") if loading else _("No session is kept yet.")
        problem = None if shown is None or shown.problem is None else shown.problem
        return HistoryScreenView(
            title, "", (), 0, None, None, "" if problem else empty,
            None if problem is None else notice(Level.WARN, problem),
        )  # fmt: skip
    at = min(max(0, shown.selected), len(shown.sessions) - 1)
    rows = tuple(
        SessionRow(
            s.uuid,
            _when(s),
            f"{s.started:%H:%M}",
            _value(_drop(s, Side.LEFT)),
            _value(_drop(s, Side.RIGHT)),
            selected=i == at,
            marked=i == shown.marked,
        )
        for i, s in enumerate(shown.sessions)
    )
    return HistoryScreenView(
        title=title,
        count=_("{n} of {all}").format(n=at + 1, all=len(rows)),
        rows=rows,
        selected=at,
        detail=_detail(model, shown.sessions[at]),
        trend=_trend(model, shown.trends, shown.sessions[at].uuid),
        empty="",
        problem=None if shown.problem is None else notice(Level.WARN, shown.problem),
    )


def _when(session: KeptSession) -> str:
    return date(session.started) if session.date_known else _("date not known")


def _day(session: KeptSession) -> str:
    """The same where there is little room."""
    return date(session.started) if session.date_known else _("no date")


def _drop(session: KeptSession, side: Side) -> Estimate | None:
    summary: GaitSummary | None = session.summary
    return None if summary is None else summary.side(side).midstance_drop_deg


def _value(estimate: Estimate | None) -> str:
    return "–" if estimate is None else signed(estimate.mean)


def _zone(drop: Estimate, model: ScreenModel, session: KeptSession) -> Zone | None:
    support = None if session.summary is None else session.summary.support
    return judged(drop, model.target_deg, support, personal=False)[0]


def _detail(model: ScreenModel, session: KeptSession) -> SessionDetail:
    sides = []
    for side in Side:
        drop = _drop(session, side)
        sides.append(
            SideLine(
                side,
                side_name(side),
                "–" if drop is None else decimal(drop.mean),
                "" if drop is None else interval(drop),
                None if drop is None else _zone(drop, model, session),
            )
        )
    summary = session.summary
    difference = None if summary is None else summary.asymmetry_deg
    verdict, sure = "", False
    if difference is not None:
        sure = clear(difference)
        verdict = (
            _("clear difference: {deg}") if sure else _("no clear difference: {deg}")
        ).format(deg=signed(abs(difference.mean)))
    facts = []
    if summary is not None and summary.cadence_spm is not None:
        facts.append(_("{n} steps/min").format(n=decimal(summary.cadence_spm.mean, 0)))
    if session.duration_s is not None:
        facts.append(_("{time} min").format(time=clock(session.duration_s)))
    if session.speed_kmh is not None:
        facts.append(_("{n} km/h").format(n=decimal(session.speed_kmh)))
    remarks = []
    if summary is not None and summary.estimate_only:
        remarks.append(_("Estimate, without stickers"))
    if session.overridden:
        remarks.append(_("Set-up passed over"))
    if session.cut_off:
        remarks.append(_("Cut off by a power failure"))
    if session.simulated:
        remarks.append(_("Simulated"))
    title = f"{_when(session)} · {session.started:%H:%M}" if session.date_known else _when(session)
    return SessionDetail(title, tuple(sides), verdict, sure, " · ".join(facts), tuple(remarks))


def _up(deg: float) -> float:
    low, high = TREND_DEG
    return round(min(1.0, max(0.0, (deg - low) / (high - low))), 3)


def _trend(model: ScreenModel, trends: tuple[Trend, ...], uuid: str) -> TrendView | None:
    """The course over time; None where there are fewer than two sessions to be compared."""
    all_points = [(trend.side, point) for trend in trends for point in trend.points]
    if max((len(trend.points) for trend in trends), default=0) < 2:
        return None
    first = min(point.day for _side, point in all_points)
    span = max(1e-6, max(point.day for _side, point in all_points) - first)

    def along(at: float) -> float:
        return round(min(1.0, max(0.0, (at - first) / span)), 3)

    dated = sorted(
        ((p.day, p.started) for _side, p in all_points if p.started is not None),
        key=lambda found: found[0],
    )
    here = next((along(p.day) for _side, p in all_points if p.uuid == uuid), None)
    low, high = model.target_deg
    return TrendView(
        lines=tuple(
            (t.side, tuple((along(d), _up(v)) for d, v in zip(t.days, t.smooth_deg, strict=True)))
            for t in trends
            if t.days
        ),
        spread=tuple(
            (
                t.side,
                tuple(
                    (along(d), _up(lo), _up(hi))
                    for d, lo, hi in zip(t.days, t.low_deg, t.high_deg, strict=True)
                ),
            )
            for t in trends
            if t.days
        ),
        points=tuple(
            (
                side,
                along(p.day),
                _up(p.value.mean),
                _up(p.value.ci95_low),
                _up(p.value.ci95_high),
            )
            for side, p in all_points
        ),
        ticks=tuple((_up(deg), f"{degrees(deg)}°") for deg in (0.0, low, high)),
        band=(_up(low), _up(high)),
        here=here,
        first=day(dated[0][1]) if dated else "",
        last=day(dated[-1][1]) if len(dated) > 1 else "",
    )


def compare(model: ScreenModel) -> CompareScreenView:
    """The view of two sessions beside each other."""
    shown = model.compare
    found = None if shown is None else shown.comparison
    if shown is None or found is None:
        loading = shown is None or shown.loading
        problem = None if shown is None or shown.problem is None else shown.problem
        return CompareScreenView(
            _("Before and after"), "", "", (), "",
            () if problem is None else (notice(Level.WARN, problem),), "",
            _("Putting both together …") if loading and problem is None else "",
        )  # fmt: skip
    notes = [notice(Level.WARN, reason) for reason in found.explanations]
    if found.refusal is not None:
        notes.insert(0, notice(Level.FAULT, found.refusal))
    if len(notes) > 1:
        more = len(notes) - 1
        words = ngettext("{words} (and {n} more)", "{words} (and {n} more)", more)
        notes[0] = replace(notes[0], remedy=words.format(words=notes[0].remedy, n=more))
    cadence = ""
    if found.cadence_spm is not None:
        cadence = _("Cadence {before}, then {after} steps/min").format(
            before=decimal(found.cadence_spm.before.mean, 0),
            after=decimal(found.cadence_spm.after.mean, 0),
        )
    runner = "" if shown.runner is None else shown.runner.code
    return CompareScreenView(
        title=_("Before and after: {runner}").format(runner=runner)
        if runner
        else _("Before and after"),
        before=_day(found.before),
        after=_day(found.after),
        sides=tuple(_change(found, side, shown.before_frames, shown.after_frames) for side in Side),
        headline=_headline(found),
        notes=tuple(notes[:1]),
        cadence=cadence,
        empty="",
    )


def _headline(found: Comparison) -> str:
    """The sides that have changed for certain; what is less than detectable is no change."""
    if found.refusal is not None or not found.drops:
        return ""
    words = {
        (Side.LEFT, False): _("Left leg: {deg} less drop, for certain."),
        (Side.LEFT, True): _("Left leg: {deg} more drop, for certain."),
        (Side.RIGHT, False): _("Right leg: {deg} less drop, for certain."),
        (Side.RIGHT, True): _("Right leg: {deg} more drop, for certain."),
    }
    told = [
        words[side, change.difference > 0].format(deg=signed(abs(change.difference)))
        for side in Side
        if (change := found.drops.get(side)) is not None and change.clear
    ]
    return " ".join(told) or _("No certain change on either leg.")


def _change(
    found: Comparison,
    side: Side,
    before: tuple[FreezeFrame, ...],
    after: tuple[FreezeFrame, ...],
) -> ChangeView:
    change: Change | None = None if found.refusal is not None else found.drops.get(side)

    def shot(frames: tuple[FreezeFrame, ...]) -> PictureView | None:
        frame = next((f for f in frames if f.side is side), None)
        return None if frame is None else PictureView(frame.picture)

    words, sure = _("not comparable"), None
    if change is not None:
        sure = change.clear
        if not sure:
            words = _("no certain change: less than {deg}").format(deg=signed(change.detectable))
        else:
            words = _("certainly less drop") if change.difference < 0 else _("certainly more drop")
    return ChangeView(
        side=side,
        title=side_name(side),
        before=_value(_drop(found.before, side)),
        after=_value(_drop(found.after, side)),
        change=""
        if change is None
        else f"{'+' if round(change.difference, 1) > 0 else ''}{signed(change.difference)}",
        interval=""
        if change is None
        else _("{low} to {high}").format(
            low=decimal(change.ci95_low), high=signed(change.ci95_high)
        ),
        verdict=words,
        clear=sure,
        pictures=(shot(before), shot(after)),
    )
