"""The view model of a long run: start against end, minute by minute. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from device.domain.basics import Side
from device.domain.kiosk import Level, ScreenModel
from device.domain.trial import Endurance, LongRun
from device.ui.i18n import _, date, decimal
from device.ui.view import NoticeView, interval, notice, side_name, signed

LOWEST_SPAN_DEG = 4.0
"""The plot's scale spans at least this, so that nothing looks like a change that is none."""


@dataclass(frozen=True, slots=True)
class CourseView:
    """A side's minutes, in fractions of the plot: (place, height, low, high). `line`: the heights
    of start and end. `ticks`: heights and their degrees."""

    points: tuple[tuple[float, float, float, float], ...]
    line: tuple[float, float]
    ticks: tuple[tuple[float, str], ...]
    last: str


@dataclass(frozen=True, slots=True)
class EnduranceSideView:
    """One side; `start` is empty where too little was measured."""

    side: Side
    title: str
    start: str = ""
    start_interval: str = ""
    end: str = ""
    end_interval: str = ""
    change: str = ""
    change_interval: str = ""
    words: str = ""
    clear: bool = False
    grows: bool = False
    course: CourseView | None = None


@dataclass(frozen=True, slots=True)
class EnduranceScreenView:
    """A long run."""

    title: str
    when: str
    place: str
    """Which one of how many."""
    left: EnduranceSideView | None
    right: EnduranceSideView | None
    headline: str
    context: str
    estimate: bool
    loading: bool
    problem: NoticeView | None


def endurance(model: ScreenModel) -> EnduranceScreenView:
    """The run that is selected, or the one that has just ended."""
    shown = model.endurance
    empty = EnduranceScreenView(_("From start to end"), "", "", None, None, "", "", False, False,
                                None)  # fmt: skip
    if shown is None:
        return empty
    if not shown.runs:
        return EnduranceScreenView(
            _("From start to end"),
            "",
            "",
            None,
            None,
            "",
            "",
            False,
            shown.loading,
            None if shown.problem is None else notice(Level.OK, shown.problem),
        )
    run = shown.runs[shown.selected % len(shown.runs)]
    low, high = _scale(run)
    low_deg, high_deg = shown.published_deg
    place = ""
    if len(shown.runs) > 1:
        place = _("{n} of {of}").format(n=shown.selected + 1, of=len(shown.runs))
    return EnduranceScreenView(
        title=_("From start to end"),
        when=_when(run, kept=bool(run.uuid)),
        place=place,
        left=_side(Side.LEFT, run.left, low, high),
        right=_side(Side.RIGHT, run.right, low, high),
        headline=_headline(run),
        context=_(
            "For comparison: in a published run of 30 minutes the left side of healthy runners "
            "went from {low} to {high}, the right one stayed."
        ).format(low=signed(low_deg), high=signed(high_deg)),
        estimate=run.estimate,
        loading=False,
        problem=None,
    )


def _when(run: LongRun, *, kept: bool) -> str:
    minutes = _("{n} min").format(n=decimal(run.minutes, 0))
    if not kept:
        return minutes
    day = _("no date") if run.started is None else date(run.started)
    return f"{day} · {minutes}"


def _scale(run: LongRun) -> tuple[float, float]:
    """The degrees at the foot and the top of both plots."""
    edges = [
        edge
        for side in (run.left, run.right)
        if side is not None
        for minute in side.minutes
        for edge in (minute.drop_deg.ci95_low, minute.drop_deg.ci95_high)
    ]
    if not edges:
        return 0.0, LOWEST_SPAN_DEG
    low, high = min(edges), max(edges)
    spare = max(0.0, LOWEST_SPAN_DEG - (high - low)) / 2
    return low - spare - 0.3, high + spare + 0.3


def _side(side: Side, found: Endurance | None, low: float, high: float) -> EnduranceSideView:
    if found is None:
        return EnduranceSideView(side, side_name(side), words=_("too little was measured"))
    change = found.change_deg
    grows = change.mean > 0
    words = _("steady")
    if found.clear:
        words = _("growing") if grows else _("shrinking")
    sign = "+" if grows and float(f"{change.mean:.1f}") != 0 else ""
    return EnduranceSideView(
        side,
        side_name(side),
        signed(found.start_deg.mean),
        interval(found.start_deg),
        signed(found.end_deg.mean),
        interval(found.end_deg),
        sign + signed(change.mean),
        interval(change),
        words,
        found.clear,
        grows,
        _course(found, low, high),
    )


def _course(found: Endurance, low: float, high: float) -> CourseView:
    def up(deg: float) -> float:
        return round(min(1.0, max(0.0, (deg - low) / (high - low))), 3)

    end_s = max(found.minutes[-1].at_s + 30.0, 60.0)
    step = 2 if high - low > 6 else 1
    whole = range(-20, 60, step)
    return CourseView(
        tuple(
            (
                round(minute.at_s / end_s, 3),
                up(minute.drop_deg.mean),
                up(minute.drop_deg.ci95_low),
                up(minute.drop_deg.ci95_high),
            )
            for minute in found.minutes
        ),
        (up(found.start_deg.mean), up(found.end_deg.mean)),
        tuple((up(deg), f"{deg}°".replace("-", "−")) for deg in whole if low < deg < high),
        _("{n} min").format(n=decimal(end_s / 60, 0)),
    )


def _headline(run: LongRun) -> str:
    """What is clear, in a sentence."""
    sides = [side for side in (run.left, run.right) if side is not None]
    grown = [side for side in sides if side.clear and side.change_deg.mean > 0]
    shrunk = [side for side in sides if side.clear and side.change_deg.mean < 0]
    if len(grown) == 2:
        return _("Towards the end the pelvis drops clearly more on both legs.")
    if grown and shrunk:
        return _("Towards the end one leg's drop has grown and the other's shrunk.")
    if grown:
        return (
            _("Towards the end the pelvis drops clearly more on the left leg.")
            if grown[0].side is Side.LEFT
            else _("Towards the end the pelvis drops clearly more on the right leg.")
        )
    if shrunk:
        return _("The drop has become smaller towards the end.")
    return _("The drop has not clearly changed from start to end.")
