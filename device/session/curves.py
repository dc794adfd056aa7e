"""`curves.csv`: the mean drop of each side over its stride, one line a point (pure)."""

from __future__ import annotations

import csv
import io

from device.domain.analysis import number
from device.domain.basics import Side
from device.domain.results import Curve, GaitSummary

CURVE_COLUMNS = ("side", "phase_percent", "drop_deg", "sd_deg", "event")
"""`phase_percent`: of the stride of the side's own foot, 0 at its strike. `drop_deg`: the mean
drop of that side, positive when the other hip is lower. `sd_deg`: its scatter from stride to
stride. `event`: "strike", "midstance", "toe_off" on the nearest line, else empty."""


def curves_csv(summary: GaitSummary) -> str:
    """A header line and one line a point; no line for a side without a curve."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(CURVE_COLUMNS)
    for side in Side:
        curve = summary.side(side).curve
        if curve is None:
            continue
        events = _events(curve)
        for index, (phase, drop, sd) in enumerate(
            zip(curve.phase, curve.drop_deg, curve.sd_deg, strict=True)
        ):
            values = (number(100 * phase), number(drop), number(sd))
            cells = ("" if value is None else value for value in values)
            writer.writerow((side.value, *cells, events.get(index, "")))
    return out.getvalue()


def _events(curve: Curve) -> dict[int, str]:
    """The names of events by the index of the nearest point."""
    wanted = {"strike": 0.0, "midstance": curve.midstance_phase, "toe_off": curve.toe_off_phase}
    found: dict[int, str] = {}
    for name, phase in wanted.items():
        if phase is not None and curve.phase:
            nearest = min(range(len(curve.phase)), key=lambda i: abs(curve.phase[i] - phase))
            found.setdefault(nearest, name)
    return found
