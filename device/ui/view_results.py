"""The view model of the results: numbers with their intervals, and one plain sentence. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from device.domain.basics import Estimate, Side, Verdict
from device.domain.kiosk import Button, Level, ScreenModel
from device.domain.results import GaitSummary, SideSummary
from device.domain.screens import SetupVerdict
from device.ui.i18n import _, decimal, ngettext, said
from device.ui.view import (
    BarView,
    NoticeView,
    PictureView,
    Zone,
    band_words,
    bar_of,
    clock,
    interval,
    judged,
    notice,
    side_name,
    signed,
)
from device.ui.view_beyond import percent, percent_interval
from device.ui.view_coach_run import OutcomeView
from device.ui.view_coach_run import outcome as coach_outcome


@dataclass(frozen=True, slots=True)
class RowView:
    """One further number: name, value, interval (empty when not known).

    With `until`, the number went from `value` to `until` during the session.
    """

    name: str
    value: str
    interval: str
    until: str = ""


@dataclass(frozen=True, slots=True)
class SideView:
    """One side's results; `value` is None when there is no number to show."""

    side: Side
    title: str
    value: str | None
    interval: str
    steps: str
    zone: Zone | None
    zone_words: str
    bar: BarView
    rows: tuple[RowView, ...]
    freeze: PictureView | None


@dataclass(frozen=True, slots=True)
class AsymmetryView:
    """Right minus left: value, interval, verdict; places as fractions of -12..12 degrees."""

    value: str
    interval: str
    clear: bool
    verdict: str
    place: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class FactView:
    """A further number; `share` is how much room it needs beside the others."""

    name: str
    value: str
    share: int = 1
    unit: str = ""


@dataclass(frozen=True, slots=True)
class NextView:
    """What to do now, and with which button; None where it is done by hand."""

    button: Button | None
    words: str


@dataclass(frozen=True, slots=True)
class ResultsView:
    """What was seen in a session."""

    headline: str
    left: SideView
    right: SideView
    asymmetry: AsymmetryView | None
    facts: tuple[FactView, ...]
    small_print: str
    badges: tuple[str, ...]
    """What the numbers are marked with, such as "estimate"."""
    reasons: tuple[NoticeView, ...]
    next: NextView | None = None
    outcome: OutcomeView | None = None
    """What it is in a programme."""


_SPAN_DEG = 8.0
"""Full scale of the difference, to either side; further out the mark stays at the end."""
UNCOUNTED = ("frame_rate_low", "no_steps")
"""Reasons beside which no number of steps stands."""


def results(model: ScreenModel) -> ResultsView:
    """The view of the results screen."""
    summary = model.results
    if summary is None:
        left, right = (_side(model, side, SideSummary(side, 0)) for side in Side)
        headline = _("Nothing was measured.")
        why: tuple[NoticeView, ...] = ()
        if model.message is not None:
            headline = said(model.message.message)
            why = (notice(Level.WARN, model.message),) if model.message.blocks else ()
        return ResultsView(headline, left, right, None, (), "", (), why)
    left, right = (_side(model, side, summary.side(side)) for side in Side)
    outcome = coach_outcome(model)
    return ResultsView(
        headline=_headline(summary) if outcome is None else outcome.headline,
        left=left,
        right=right,
        asymmetry=_asymmetry(summary),
        facts=_facts(model, summary),
        small_print=_small_print(model, summary),
        badges=_badges(model, summary) if left.value or right.value else (),
        reasons=tuple(
            notice(Level.WARN, r) for r in sorted(summary.reasons, key=lambda r: not r.blocks)
        ),
        next=_next(model),
        outcome=outcome,
    )


def _badges(model: ScreenModel, summary: GaitSummary) -> tuple[str, ...]:
    """What every number here is marked with."""
    found = [_("ESTIMATE")] if summary.estimate_only else []
    quality = model.setup_quality
    if quality is not None and quality.verdict is SetupVerdict.OVERRIDDEN:
        found.append(_("SET-UP PASSED OVER"))
    return tuple(found)


def _next(model: ScreenModel) -> NextView | None:
    """What to do with the results; the text of the buttons says the same in a word."""
    if model.hints.blue:
        stick = next((item for item in model.health if item.part == "stick"), None)
        if stick is not None and stick.level is not Level.OK:
            return NextView(None, _("Put in a USB stick, then press blue to save."))
        return NextView(Button.BLUE, _("Blue saves numbers, pictures and clip to the stick."))
    return NextView(Button.GREEN, _("Green goes back to the start.")) if model.hints.green else None


def _facts(model: ScreenModel, summary: GaitSummary) -> tuple[FactView, ...]:
    cadence = summary.cadence_spm
    # The time that the live screen counted; the summary's includes the standing before it.
    time_s = model.elapsed_s or summary.duration_s
    count = summary.left.steps + summary.right.steps
    # A few that are not called running are no steps, and neither are those that nobody followed.
    followed = all(reason.code not in UNCOUNTED for reason in summary.reasons)
    steps = str(count) if followed or not count else "–"
    return (
        FactView(
            _("Cadence"),
            "–" if cadence is None else decimal(cadence.mean, 0),
            8,
            _("steps/min"),
        ),
        FactView(_("Time"), clock(time_s), 7),
        FactView(_("Steps"), steps, 6),
    )


def _small_print(model: ScreenModel, summary: GaitSummary) -> str:
    if summary.left.midstance_drop_deg is None and summary.right.midstance_drop_deg is None:
        return ""
    zero = _("from standing") if summary.standing_zero else _("against the horizontal")
    if model.run is not None:
        words = _("Midstance drop {zero} · ranges are 95 % intervals").format(zero=zero)
        outcome = coach_outcome(model)
        return words if outcome is None else f"{outcome.place} · {words}"
    return _("Midstance drop {zero} · ranges are 95 % intervals · {band}").format(
        zero=zero, band=band_words(model)
    )


def clear(difference: Estimate) -> bool:
    """Whether the interval of a difference leaves zero out."""
    return difference.ci95_low > 0 or difference.ci95_high < 0


def _measurable(summary: GaitSummary) -> bool:
    return summary.verdict is not Verdict.NOT_MEASURABLE


def _headline(summary: GaitSummary) -> str:
    left, right = summary.left.midstance_drop_deg, summary.right.midstance_drop_deg
    if not _measurable(summary) or (left is None and right is None):
        return _("This time the pelvis could not be measured.")
    if left is None or right is None:
        one, name = (left, _("left")) if left is not None else (right, _("right"))
        assert one is not None
        return _("Only the {side} side could be measured: {drop}.").format(
            side=name, drop=signed(one.mean)
        )
    difference = summary.asymmetry_deg
    if difference is not None and clear(difference):
        more, less = (right, left) if difference.mean > 0 else (left, right)
        words = (
            _("Your pelvis drops clearly more on the right leg: {more} against {less} on the left.")
            if difference.mean > 0
            else _(
                "Your pelvis drops clearly more on the left leg: "
                "{more} against {less} on the right."
            )
        )
        return words.format(more=signed(more.mean), less=signed(less.mean))
    return _("Left {left}, right {right}: no clear difference between the sides.").format(
        left=signed(left.mean), right=signed(right.mean)
    )


def _side(model: ScreenModel, side: Side, summary: SideSummary) -> SideView:
    whole = model.results
    drop = summary.midstance_drop_deg if whole is not None and _measurable(whole) else None
    support = None if whole is None else whole.support
    zone, words = None, _("not measurable")
    if drop is not None:
        zone, words = judged(drop, model.band(side), support, personal=model.target_personal)
    freeze = next((f for f in model.freeze_frames if f.side is side), None)
    rows = []
    if drop is not None:
        for name, estimate in (
            (_("Peak drop"), summary.peak_drop_deg),
            (_("Hip lock"), summary.hip_lock_deg),
        ):
            if estimate is None:
                rows.append(RowView(name, "–", ""))
            else:
                rows.append(RowView(name, signed(estimate.mean), interval(estimate)))
        if summary.start_deg is not None and summary.end_deg is not None:
            rows.append(
                RowView(
                    _("Start to end"),
                    signed(summary.start_deg.mean),
                    _drift_words(summary.drift_deg),
                    signed(summary.end_deg.mean),
                )
            )
    over = None if support is None else support.side(side).hips_over_foot_percent
    if drop is not None and over is not None:
        rows.append(RowView(_("Hips aside"), percent(over.mean), percent_interval(over)))
    count = summary.steps if drop is None else drop.n
    label = ""
    if freeze is not None and drop is not None:
        label = _("median step {drop}").format(drop=signed(freeze.drop_deg))
    return SideView(
        side=side,
        title=side_name(side),
        value=None if drop is None else decimal(drop.mean),
        interval="" if drop is None else interval(drop),
        steps=ngettext("from {n} step", "from {n} steps", count).format(n=count),
        zone=zone,
        zone_words=words,
        bar=bar_of(drop, model.band(side)),
        rows=tuple(rows),
        freeze=None if freeze is None else PictureView(freeze.picture, label),
    )


def _drift_words(drift: Estimate | None) -> str:
    """Whether the drop changed during the session for certain."""
    if drift is None:
        return ""
    if not clear(drift):
        return _("steady")
    return _("growing") if drift.mean > 0 else _("shrinking")


def _asymmetry(summary: GaitSummary) -> AsymmetryView | None:
    difference = summary.asymmetry_deg
    if difference is None or not _measurable(summary):
        return None

    def place(deg: float) -> float:
        return min(1.0, max(0.0, (round(deg, 1) / _SPAN_DEG + 1) / 2))

    sure = clear(difference)
    verdict = _("clear") if sure else _("not clear: the range includes 0")
    return AsymmetryView(
        value=decimal(abs(difference.mean)),
        interval=_absolute_interval(difference),
        clear=sure,
        verdict=verdict,
        place=place(difference.mean),
        low=place(difference.ci95_low),
        high=place(difference.ci95_high),
    )


def _absolute_interval(difference: Estimate) -> str:
    """The interval of the difference's size, when the sign is sure; else as it is."""
    low, high = difference.ci95_low, difference.ci95_high
    if high < 0:
        low, high = -high, -low
    return _("{low} to {high}").format(low=decimal(low), high=signed(high))
