"""The view model of the results: numbers with their intervals, and one plain sentence. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from device.domain.basics import Estimate, Side, Verdict
from device.domain.kiosk import Level, ScreenModel
from device.domain.results import GaitSummary, SideSummary
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
    notice,
    side_name,
    signed,
    zone_of,
    zone_words,
)


@dataclass(frozen=True, slots=True)
class RowView:
    """One further number: name, value, interval (empty when not known)."""

    name: str
    value: str
    interval: str


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


@dataclass(frozen=True, slots=True)
class ResultsView:
    """What was seen in a session."""

    headline: str
    left: SideView
    right: SideView
    asymmetry: AsymmetryView | None
    facts: tuple[FactView, ...]
    small_print: str
    estimate: bool
    reasons: tuple[NoticeView, ...]


_SPAN_DEG = 8.0
"""Full scale of the difference, to either side; further out the mark stays at the end."""


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
        return ResultsView(headline, left, right, None, (), "", False, why)
    left, right = (_side(model, side, summary.side(side)) for side in Side)
    return ResultsView(
        headline=_headline(summary),
        left=left,
        right=right,
        asymmetry=_asymmetry(summary),
        facts=_facts(model, summary),
        small_print=_small_print(model, summary),
        estimate=summary.estimate_only and not (left.value is None and right.value is None),
        reasons=tuple(
            notice(Level.WARN, r) for r in sorted(summary.reasons, key=lambda r: not r.blocks)
        ),
    )


def _facts(model: ScreenModel, summary: GaitSummary) -> tuple[FactView, ...]:
    cadence = summary.cadence_spm
    # The time that the live screen counted; the summary's includes the standing before it.
    time_s = model.elapsed_s or summary.duration_s
    steps = summary.left.steps + summary.right.steps
    return (
        FactView(_("Cadence (steps/min)"), "–" if cadence is None else decimal(cadence.mean, 0), 5),
        FactView(_("Time"), clock(time_s), 3),
        FactView(_("Steps"), str(steps), 2),
    )


def _small_print(model: ScreenModel, summary: GaitSummary) -> str:
    if summary.left.midstance_drop_deg is None and summary.right.midstance_drop_deg is None:
        return ""
    zero = _("from standing") if summary.standing_zero else _("against the horizontal")
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
    zone = None if drop is None else zone_of(drop, model.target_deg)
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
        zone_words=_("not measurable")
        if zone is None
        else zone_words(zone, personal=model.target_personal),
        bar=bar_of(drop, model.target_deg),
        rows=tuple(rows),
        freeze=None if freeze is None else PictureView(freeze.picture, label),
    )


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
