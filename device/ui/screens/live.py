"""Live: two giant numbers, the pelvis between them, cadence, time and steps.

The simple view is for the gym, the full one (curves, rates) for the clinic, the eyes-free one
shows a single number as large as the screen.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from device.ui.boxes import Box
from device.ui.canvas import Canvas, font, number_width
from device.ui.cells import Cell
from device.ui.i18n import _
from device.ui.screens.live_plan import LivePlan, plan
from device.ui.stage import Stage
from device.ui.theme import BACKGROUND, INSIDE, PANEL, SOFT, STALE, TEXT, Face, size_for_cap
from device.ui.view import PictureView
from device.ui.view_live import GaugeView, HiddenView, LiveView
from device.ui.widgets.figure import figure
from device.ui.widgets.gauge import MAGNIFIED, tilt
from device.ui.widgets.picture import draw_picture
from device.ui.widgets.plots import draw_scatter, draw_wave
from device.ui.widgets.side_gauge import AROUND, PADDING, GaugeStyle, draw_gauge, room_for


def cells(stage: Stage, view: LiveView, body: Box) -> list[Cell]:
    """The cells of a run, in the view that is configured."""
    if view.hidden is not None:
        return _hidden(stage, view, view.hidden, body)
    if stage.live_view == "eyes_free":
        return _eyes_free(stage, view, body)
    picture = view.picture if stage.show_picture else None
    wanted = stage.live_view == "full"
    layout = plan(stage, body, picture=picture is not None, full=wanted)
    # Where there is no room for the plots, the simple view's facts are the more important ones.
    full = bool(layout.plots)
    u = stage.u
    style = GaugeStyle(layout.cap_px, layout.face, view.band, view.estimate)
    result = [
        _gauge_cell(view.left, layout.left, style, stage),
        _gauge_cell(view.right, layout.right, style, stage),
        _tilt_cell(view, layout.tilt, stage, sign=layout.picture is None),
        *_facts(view, layout, stage, full=full),
    ]
    if layout.plots:
        wave, scatter = layout.plots
        r = stage.radius
        result += [
            Cell("wave", wave, view.wave, partial(draw_wave, view=view.wave, u=u), PANEL, r),
            Cell(
                "scatter",
                scatter,
                view.scatter,
                partial(draw_scatter, view=view.scatter, u=u),
                PANEL,
                r,
            ),
        ]
    if picture is not None and layout.picture is not None:
        result.append(_picture_cell(stage, layout.picture, picture, view.picture_stale))
    return result


def _tilt_cell(view: LiveView, where: Box, stage: Stage, *, sign: bool) -> Cell:
    """The tilting pelvis; with `sign` (there is no picture) in a drawn runner, where he fits."""
    u = stage.u
    high = sign and where.h > where.w * 0.9

    def paint(canvas: Canvas, box: Box) -> None:
        inner = box.inset(14 * u, 8 * u)
        room = inner
        if box.h > 150 * u:
            head, room = inner.top(32 * u), inner.below(32 * u)
            words = canvas.text(
                _("PELVIS NOW"), head, 25 * u, face=Face.STRONG, colour=SOFT, on=PANEL, least=20 * u
            )
            left = words.right + round(12 * u)
            factor = f"{MAGNIFIED:.0f}×"
            wide = round(60 * u)
            aside = Box(head.right - wide, head.y, wide, head.h)
            if not high and left < aside.x:
                canvas.text(factor, aside, 25 * u, colour=SOFT, on=PANEL, align="right")
        if high:
            figure(canvas, room, view.tilt.deg, on=PANEL)
        else:
            tilt(canvas, view.tilt, room, on=PANEL, band_deg=view.tilt.band_deg)

    return Cell("tilt", where, view.tilt, paint, PANEL, stage.radius)


def _gauge_cell(gauge: GaugeView, box: Box, style: GaugeStyle, stage: Stage) -> Cell:
    own = replace(style, band=gauge.band)
    paint = partial(draw_gauge, gauge=gauge, style=own, u=stage.u)
    return Cell(f"gauge {gauge.side}", box, (gauge, own), paint, PANEL, stage.radius)


def _picture_cell(stage: Stage, box: Box, picture: PictureView, stale: bool) -> Cell:
    framing = stage.framing("live")

    def paint(canvas: Canvas, where: Box) -> None:
        draw_picture(canvas, picture.picture, where, framing, dim=stale)
        if stale:
            plate = where.middle(where.w * 0.94, 72 * stage.u)
            canvas.fill(plate, BACKGROUND, 8 * stage.u)
            words = plate.inset(8 * stage.u, 0)
            canvas.text(_("no new picture"), words, 28 * stage.u, align="centre", lines=2, least=14)

    return Cell("picture", box, (picture, stale), paint, None)


def _hidden(stage: Stage, view: LiveView, hidden: HiddenView, body: Box) -> list[Cell]:
    """The drops are not shown: that is said as large as can be; cadence, time and steps stay."""
    u, gap = stage.u, stage.gap
    inner = body.inset(gap)
    low = inner.low((400 if stage.sight.portrait else 176) * u)
    words = inner.above(low.h + gap)
    paint = partial(_hidden_words, hidden=hidden, u=u)
    result = [Cell("hidden", words, hidden, paint, PANEL, stage.radius)]
    boxes = low.cols((36, 36, 28), gap)
    if stage.sight.portrait:
        upper, lower = low.rows((1, 1), gap)
        boxes = [upper, *lower.cols((1, 1), gap)]
    facts = (
        (_("CADENCE"), _("steps/min"), view.cadence, view.cadence_stale),
        (_("TIME"), view.of, view.elapsed, False),
        (_("STEPS"), "", view.steps, False),
    )
    for (title, unit, value, stale), box in zip(facts, boxes, strict=True):
        fact = partial(
            _fact, title=title, unit=unit, value=value, cap=None, stale=stale, u=u, most=110
        )
        result.append(Cell(f"fact {title}", box, (value, unit, stale), fact, PANEL, stage.radius))
    return result


def _hidden_words(canvas: Canvas, box: Box, *, hidden: HiddenView, u: float) -> None:
    upper, middle, lower = box.inset(36 * u, 24 * u).rows((42, 32, 26), 8 * u)
    say = partial(canvas.text, on=PANEL, align="centre")
    say(hidden.title, upper, 118 * u, face=Face.STRONG, lines=2, least=40 * u, leading=1.0)
    say(hidden.line, middle, 80 * u, lines=2, least=36 * u, leading=1.0)
    say(hidden.then, lower, 58 * u, face=Face.STRONG, colour=INSIDE, least=32 * u)


def _facts(view: LiveView, layout: LivePlan, stage: Stage, *, full: bool) -> list[Cell]:
    facts = [
        (_("CADENCE"), _("steps/min"), view.cadence, view.cadence_stale),
        (_("TIME"), view.of, view.elapsed, False),
        (_("STEPS"), "", view.steps, False),
    ]
    if full:
        facts.append((_("TRACKED"), _("per s"), view.rate, False))
        facts.append((_("LATENCY"), _("ms"), view.latency, False))
        facts.append((_("DROPPED"), _("frames"), view.dropped, False))
    result = []
    for i, ((title, unit, value, stale), box) in enumerate(zip(facts, layout.facts, strict=True)):
        cap = (layout.cadence_cap_px, layout.face) if i == 0 and not full else None
        paint = partial(_fact, title=title, unit=unit, value=value, cap=cap, stale=stale, u=stage.u)
        result.append(Cell(f"fact {title}", box, (value, unit, stale), paint, PANEL, stage.radius))
    return result


def _fact(
    canvas: Canvas,
    box: Box,
    *,
    title: str,
    unit: str,
    value: str,
    cap: tuple[int, Face] | None,
    stale: bool,
    u: float,
    most: float = 100,
) -> None:
    inner = box.inset(14 * u, 5 * u)
    head = inner.top(32 * u)
    words = canvas.text(title, head, 26 * u, face=Face.STRONG, colour=SOFT, on=PANEL, least=20 * u)
    room = inner.below(head.h)
    high, face = cap or _largest(value, room, most * u)
    colour = STALE if stale else TEXT
    ink = canvas.number(
        value, room, size_for_cap(high), face=face, colour=colour, on=PANEL, align="left"
    )
    if not unit:
        return
    # The unit follows the number where there is room, as one would say it; else the name.
    size = min(34 * u, max(22 * u, high * 0.42))
    left = ink.right + round(12 * u)
    beside = Box(left, ink.bottom - round(size), max(0, inner.right - left), round(size))
    if font(Face.TEXT, round(size)).size(unit)[0] <= beside.w:
        canvas.text(unit, beside, size, colour=SOFT, on=PANEL, least=size)
        return
    left = words.right + round(10 * u)
    above = Box(left, head.y, max(0, head.right - left), head.h)
    canvas.text_if_fits(unit, above, 24 * u, colour=SOFT, on=PANEL, least=20 * u)


def _largest(value: str, room: Box, most: float) -> tuple[int, Face]:
    """The largest cap height at which a secondary number of such a length fits."""
    pattern = "".join("8" if c.isdigit() else c for c in value)
    high = max(8, min(room.h - 6, round(most)))
    while high > 12 and number_width(pattern, Face.NARROW, size_for_cap(high)) > room.w:
        high -= 1
    return high, Face.NARROW


def _eyes_free(stage: Stage, view: LiveView, body: Box) -> list[Cell]:
    """The side that drops more, as large as the screen; cadence and time below it."""
    u = stage.u
    gap = stage.gap
    inner = body.inset(gap)
    # The note stands beside the name: every row goes to the number.
    around = round(AROUND * u)
    cap = inner.h - around - gap - round((150 if stage.sight.portrait else 96) * u)
    while cap > 16 and room_for(cap, Face.NARROW) > inner.w - (2 * PADDING + 2) * u:
        cap -= 2
    face = (
        Face.NUMBER
        if room_for(cap, Face.NUMBER) <= inner.w - (2 * PADDING + 2) * u
        else Face.NARROW
    )
    top = inner.top(cap + around)
    rest = inner.below(top.h + gap)
    low = rest.top(min(rest.h, round(cap * 0.8)))
    spare = rest.below(low.h + gap)
    style = GaugeStyle(cap, face, view.band, view.estimate)
    parts = low.cols((1, 1), gap)
    result = [_gauge_cell(view.foremost, top, style, stage)]
    if spare.h > 160 * u:
        result.append(_tilt_cell(view, spare, stage, sign=False))
    facts = (
        (_("CADENCE"), view.cadence, view.cadence_stale),
        (_("TIME"), view.elapsed, False),
    )
    for (title, value, stale), box in zip(facts, parts, strict=True):
        paint = partial(
            _fact, title=title, unit="", value=value, cap=None, stale=stale, u=u, most=180
        )
        result.append(Cell(f"fact {title}", box, (value, stale), paint, PANEL, stage.radius))
    return result
