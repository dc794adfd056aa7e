"""The drop over a stride: mean, scatter, and where midstance and toe-off are."""

from __future__ import annotations

from itertools import pairwise

from device.ui.boxes import Box
from device.ui.canvas import Canvas
from device.ui.i18n import _
from device.ui.theme import INSIDE, LINE, PANEL, SOFT, TEXT, TRACK, WEDGE
from device.ui.view_live import CurveView


def draw_curve(canvas: Canvas, box: Box, *, curve: CurveView | None, title: str, u: float) -> None:
    """Phase from strike to the next strike of that foot to the right, drop upwards."""
    inner = box.inset(13 * u, 5 * u)
    head = inner.top(28 * u)
    canvas.text(
        _("{side} over a stride").format(side=title),
        head,
        22 * u,
        colour=SOFT,
        on=PANEL,
        least=13 * u,
    )
    plot = inner.below(head.h + 2)
    if curve is None or plot.h < 24 * u:
        canvas.text("–", plot, 28 * u, colour=SOFT, on=PANEL, align="centre")
        return

    def there(phase: float, up: float) -> tuple[float, float]:
        return plot.x + phase * plot.w, plot.bottom - up * plot.h

    low, high = (there(0, edge)[1] for edge in curve.band)
    canvas.fill(Box(plot.x, round(high), plot.w, max(1, round(low - high))), TRACK)
    zero = there(0, curve.zero)[1]
    canvas.dashes((plot.x, zero), (plot.right, zero), LINE, max(1, 2 * u), 8 * u, 6 * u)
    phases = [phase for phase, _up in curve.points]
    upper = [there(phase, up) for phase, up in zip(phases, curve.high, strict=True)]
    lower = [there(phase, up) for phase, up in zip(phases, curve.low, strict=True)]
    canvas.polygon([*upper, *reversed(lower)], WEDGE)
    line = [there(*point) for point in curve.points]
    for a, b in pairwise(line):
        canvas.line(a, b, INSIDE, max(2, 4 * u))
    events = [(curve.midstance, _("midstance"))]
    if curve.toe_off is not None:
        events.append((curve.toe_off, _("toe-off")))
    ends = [phase for phase, _name in events[1:]] + [1.0]
    for (phase, name), end in zip(events, ends, strict=True):
        x = plot.x + phase * plot.w
        canvas.line((x, plot.y), (x, plot.bottom), TEXT, max(1, 2 * u))
        room = round((end - phase) * plot.w - 10 * u)
        where = Box(round(x + 6 * u), plot.bottom - round(22 * u), max(0, room), round(20 * u))
        canvas.text_if_fits(name, where, 18 * u, least=14 * u, colour=SOFT, on=PANEL)
