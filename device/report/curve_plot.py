"""The curve of the report, as lines without text: the page writes the words (Matplotlib, lazily).

Written words then stay words in the PDF: they can be selected and searched, in the page's own
faces.
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass

import numpy as np

from device.domain.basics import Side
from device.domain.results import Curve, GaitSummary

# Okabe and Ito's palette: told apart by colour-blind readers too; strokes differ besides.
COLOURS = {Side.LEFT: "#0072B2", Side.RIGHT: "#C04F00"}
STROKES: dict[Side, object] = {Side.LEFT: "-", Side.RIGHT: (0, (5, 1.6))}
TYPICAL_DEG = (3.0, 6.0)


@dataclass(frozen=True, slots=True)
class CurvePlot:
    """`svg` shows phase 0..1 across and `low_deg`..`high_deg` upwards, edge to edge.

    `ticks_deg`: where the page writes the axis' numbers.
    """

    svg: bytes
    low_deg: float
    high_deg: float
    ticks_deg: tuple[float, ...]


def curve_plot(summary: GaitSummary, width_mm: float, height_mm: float) -> CurvePlot | None:
    """Draw both sides' mean and SD band, midstance and toe-off marked; None without a curve."""
    curves = {
        side: curve for side in Side if (curve := summary.side(side).curve) and len(curve.phase) > 1
    }
    if not curves:
        return None
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    low, high, ticks = _limits(list(curves.values()))
    with mpl.rc_context({"svg.hashsalt": "midstance", "path.simplify": True}):
        figure = Figure(figsize=(width_mm / 25.4, height_mm / 25.4))
        FigureCanvasSVG(figure)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, 1), ylim=(low, high))
        axes.set_axis_off()
        axes.axhspan(*TYPICAL_DEG, color="#E9F1EC", lw=0, zorder=0)
        for tick in ticks:
            axes.axhline(tick, color="#9AA5AE" if tick == 0 else "#DDE2E6", lw=0.8, zorder=1)
        for part in np.arange(0, 1.01, 0.1):
            axes.axvline(float(part), color="#EDF0F2", lw=0.6, zorder=1)
        for side, curve in curves.items():
            _side(axes, side, curve)
        out = io.BytesIO()
        figure.savefig(
            out, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type"))
        )
    return CurvePlot(out.getvalue(), low, high, ticks)


def _side(axes, side: Side, curve: Curve) -> None:  # type: ignore[no-untyped-def]
    colour = COLOURS[side]
    phase, drop, sd = (np.array(v) for v in (curve.phase, curve.drop_deg, curve.sd_deg))
    # A pale colour, not a transparent one: archives and old printers do without transparency.
    pale = {Side.LEFT: "#C9E1F1", Side.RIGHT: "#F5DCCB"}[side]
    axes.fill_between(phase, drop - sd, drop + sd, color=pale, lw=0, zorder=2 + (side is Side.LEFT))
    axes.plot(phase, drop, color=colour, lw=1.9, ls=STROKES[side], zorder=5)
    at = float(np.interp(curve.midstance_phase, phase, drop))
    axes.plot(
        [curve.midstance_phase], [at], "v", color=colour, ms=7, mec="white", mew=0.8, zorder=7
    )
    if curve.toe_off_phase is not None:
        at = float(np.interp(curve.toe_off_phase, phase, drop))
        axes.plot(
            [curve.toe_off_phase], [at], "o", color="white", ms=5.5, mec=colour, mew=1.6, zorder=7
        )


def _limits(curves: list[Curve]) -> tuple[float, float, tuple[float, ...]]:
    tops = [d + s for c in curves for d, s in zip(c.drop_deg, c.sd_deg, strict=True)]
    bottoms = [d - s for c in curves for d, s in zip(c.drop_deg, c.sd_deg, strict=True)]
    low, high = min(*bottoms, -1.0), max(*tops, TYPICAL_DEG[1] + 0.5)
    step = next((s for s in (2.0, 5.0, 10.0) if (high - low) / s <= 8), 20.0)
    low, high = low - 0.06 * (high - low), high + 0.10 * (high - low)
    first, last = math.ceil(low / step), math.floor(high / step)
    return low, high, tuple(step * i for i in range(first, last + 1))
