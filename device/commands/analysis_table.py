"""An analysis as a table for a person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from device.domain.basics import Estimate, Reason, Side, Verdict
from device.domain.frames import PelvisMethod
from device.domain.methods import note_of
from device.domain.results import GaitSummary

if TYPE_CHECKING:
    from rich.console import Console

    from device.replay.analysis import Analysis

_UNKNOWN = "-"
_ROWS = (
    ("Midstance drop", "midstance_drop_deg", "°", 1),
    ("Peak drop", "peak_drop_deg", "°", 1),
    ("Excursion", "excursion_deg", "°", 1),
    ("Hip lock", "hip_lock_deg", "°", 1),
    ("Drop rate", "drop_rate_deg_s", "°/s", 0),
    ("Contact time", "contact_time_s", " s", 3),
)
_METHODS = {
    PelvisMethod.STICKERS: "stickers (line through the PSIS)",
    PelvisMethod.NETWORK: "pelvis network",
    PelvisMethod.MEDIAPIPE: "MediaPipe's hip line times its mean gain: an ESTIMATE",
    PelvisMethod.LANDMARKS: "the hips of the pose track, as they are",
}
_VERDICTS = {
    Verdict.GOOD: "[green]good[/]",
    Verdict.FAIR: "[yellow]fair[/]",
    Verdict.NOT_MEASURABLE: "[red]not measurable[/]",
}


def print_table(console: Console, analysis: Analysis) -> None:
    """Print what came out: numbers with 95 % intervals, the verdict, reasons and remedies."""
    summary, source = analysis.summary, analysis.source
    size = f"{source.frames} frames"
    if source.duration_s is not None and source.fps is not None:
        size += f", {source.duration_s:.1f} s, {source.fps:.1f} a second"
    console.print(f"[bold]{escape(source.path)}[/]  ({size})", soft_wrap=True)
    console.print(f"Gait      {summary.gait.value}")
    console.print(f"Verdict   {_VERDICTS[summary.verdict]}")
    console.print(f"Cadence   {_value(summary.cadence_spm, ' steps/min', 1)}")
    if _has_numbers(summary):
        console.print(_sides(summary))
        console.print(f"Right minus left   {_value(summary.asymmetry_deg, '°', 1)}")
        _print_method(console, summary)
    _print_reasons(console, summary.reasons)
    if _has_numbers(summary):
        console.print(
            "[dim]± is half the 95 % interval. For training and screening, not for diagnosis.[/]"
        )


def _has_numbers(summary: GaitSummary) -> bool:
    sides = [summary.side(side) for side in Side]
    return any(getattr(side, metric) is not None for side in sides for _, metric, _, _ in _ROWS)


def _sides(summary: GaitSummary) -> Table:
    estimate = " (estimate)" if summary.estimate_only else ""
    table = Table(title=f"While this leg stands{estimate}", title_justify="left")
    table.add_column("")
    for side in Side:
        table.add_column(side.value.capitalize(), justify="right")
    table.add_row("Good steps", *(str(summary.side(side).steps) for side in Side))
    for label, metric, unit, digits in _ROWS:
        cells = (_value(getattr(summary.side(side), metric), unit, digits) for side in Side)
        table.add_row(label, *cells)
    return table


def _print_method(console: Console, summary: GaitSummary) -> None:
    use = summary.pelvis
    if use.method is not None:
        console.print(f"Measured by {_METHODS[use.method]}, in {use.fraction:.0%} of the frames")
        console.print(f"[dim]{note_of(use.method, summary.estimate_only)}[/]")
    zero = summary.standing_zero
    if zero is not None:
        console.print(
            f"Relative to quiet standing ({zero.from_s:.1f} to {zero.to_s:.1f} s): "
            f"{zero.obliquity_deg:+.1f}° ± {zero.ci95_deg:.1f}° was taken off"
        )


def _print_reasons(console: Console, reasons: Sequence[Reason]) -> None:
    for reason in reasons:
        mark = "[red]![/]" if reason.blocks else "[yellow]*[/]"
        console.print(f"{mark} {escape(reason.message)} [dim]{escape(reason.remedy)}[/]")


def _value(estimate: Estimate | None, unit: str, digits: int) -> str:
    if estimate is None:
        return _UNKNOWN
    return f"{estimate.mean:.{digits}f} ± {estimate.half_width:.{digits}f}{unit}"
