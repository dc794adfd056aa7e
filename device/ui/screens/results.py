"""Results: what was seen, each number with its interval and its steps."""

from __future__ import annotations

from functools import partial

from device.domain.basics import Side
from device.ui.boxes import Box
from device.ui.canvas import Canvas
from device.ui.cells import Cell
from device.ui.i18n import _
from device.ui.stage import Stage
from device.ui.theme import (
    BACKGROUND,
    INSIDE,
    LINE,
    OUTSIDE,
    PANEL,
    SOFT,
    TEXT,
    TRACK,
    WARN,
    Face,
)
from device.ui.view_results import AsymmetryView, ResultsView, SideView
from device.ui.widgets.chrome import draw_notice
from device.ui.widgets.gauge import bar
from device.ui.widgets.icons import zone_colour, zone_icon
from device.ui.widgets.picture import draw_picture


def cells(stage: Stage, view: ResultsView, body: Box) -> list[Cell]:
    """Headline, two sides, the difference, cadence and reasons."""
    u = stage.u
    inner = body.inset(12 * u, 8 * u)
    gap = round(10 * u)
    head = inner.top((110 if stage.sight.portrait else 76) * u)
    rest = inner.below(head.h + gap)
    foot_tall = (300 if stage.sight.portrait else 128) * u
    foot = rest.low(foot_tall)
    sides = rest.above(foot.h + gap)
    halves = sides.rows((1, 1), gap) if stage.sight.portrait else sides.cols((1, 1), gap)
    result = [
        Cell(
            "headline",
            head,
            (view.headline, view.estimate),
            lambda c, b: _headline(c, b, view, u),
        )
    ]
    for side, box in zip((view.left, view.right), halves, strict=True):
        result.append(
            Cell(
                f"side {side.side}",
                box,
                (side, view.zero),
                partial(_side, side=side, view=view, stage=stage),
                PANEL,
            )
        )
    result += _foot(stage, view, foot, gap)
    return result


def _headline(canvas: Canvas, box: Box, view: ResultsView, u: float) -> None:
    room = box
    if view.estimate:
        wide = round(170 * u)
        badge = Box(box.right - wide, box.cy - round(22 * u), wide, round(44 * u))
        canvas.outline(badge, WARN, 2 * u, 6 * u)
        canvas.text(
            _("ESTIMATE"),
            badge.inset(8 * u, 0),
            28 * u,
            face=Face.STRONG,
            colour=WARN,
            align="centre",
        )
        room = Box(box.x, box.y, box.w - wide - round(16 * u), box.h)
    canvas.text(view.headline, room, 42 * u, face=Face.STRONG, lines=2, least=24 * u)


def _side(canvas: Canvas, box: Box, side: SideView, view: ResultsView, stage: Stage) -> None:
    u = stage.u
    inner = box.inset(14 * u, 10 * u)
    freeze = side.freeze if stage.show_picture or side.freeze else None
    words = inner
    if freeze is not None:
        parts = (58, 42) if side.side is Side.LEFT else (42, 58)
        columns = inner.cols(parts, 14 * u)
        words, shown = columns if side.side is Side.LEFT else (columns[1], columns[0])
        draw_picture(canvas, freeze.picture, shown, stage.framing(f"freeze {side.side}", 1.35))
        if freeze.label:
            plate = shown.low(36 * u).inset(0, 0)
            canvas.fill(plate, BACKGROUND)
            canvas.text(
                _("median step {drop}").format(drop=freeze.label),
                plate.inset(8 * u, 0),
                22 * u,
                colour=SOFT,
                align="centre",
                least=14 * u,
            )
    head, number, interval, bar_box, *rows = words.rows(
        (40, 112, 60, 60, *(50 for _row in side.rows)), 4 * u
    )
    title = canvas.text(side.title, head, 34 * u, face=Face.STRONG, on=PANEL)
    note = Box(
        title.right + round(14 * u), head.y, head.right - title.right - round(14 * u), head.h
    )
    if side.zone is not None:
        icon = round(26 * u)
        spot = Box(note.right - icon, note.cy - icon // 2, icon, icon)
        zone_icon(canvas, side.zone, spot, zone_colour(side.zone))
        note = Box(note.x, note.y, note.w - icon - round(8 * u), note.h)
    canvas.text(
        side.zone_words,
        note,
        26 * u,
        face=Face.STRONG,
        colour=zone_colour(side.zone),
        on=PANEL,
        align="right",
        least=15 * u,
    )
    if side.value is None:
        canvas.text("–", number, 100 * u, face=Face.STRONG, on=PANEL, colour=SOFT)
    else:
        size = min(round(number.h / 0.74), round(number.w / 2.4))
        canvas.number(side.value, number, size, on=PANEL, unit="°", align="left")
    canvas.text(
        f"{side.interval}\n{side.steps}" if side.interval else side.steps,
        interval,
        26 * u,
        colour=SOFT,
        on=PANEL,
        lines=2,
        least=16 * u,
    )
    bar(canvas, side.bar, bar_box, Side.RIGHT, side.zone, on=PANEL)
    for row, box_ in zip(side.rows, rows, strict=True):
        canvas.fill(box_.top(1), LINE)
        name, value, span = box_.cols((38, 20, 42), 6 * u)
        canvas.text(row.name, name, 24 * u, colour=SOFT, on=PANEL, least=14 * u)
        canvas.text(
            row.value, value, 28 * u, face=Face.STRONG, on=PANEL, align="right", least=16 * u
        )
        canvas.text(row.interval, span, 22 * u, colour=SOFT, on=PANEL, align="right", least=13 * u)


def _foot(stage: Stage, view: ResultsView, foot: Box, gap: int) -> list[Cell]:
    u = stage.u
    result = []
    parts = foot.rows((1, 1), gap) if stage.sight.portrait else foot.cols((55, 45), gap)
    if view.asymmetry is not None:
        asymmetry = view.asymmetry
        result.append(
            Cell(
                "asymmetry", parts[0], asymmetry, lambda c, b: _asymmetry(c, b, asymmetry, u), PANEL
            )
        )
    elif view.reasons:
        reasons = view.reasons
        result.append(Cell("reason", parts[0], reasons, lambda c, b: draw_notice(c, b, reasons[0])))
    result.append(
        Cell(
            "facts",
            parts[1],
            (view.cadence, view.duration, view.next_words, view.zero, view.band),
            lambda c, b: _facts(c, b, view, u),
            PANEL,
        )
    )
    return result


def _asymmetry(canvas: Canvas, box: Box, view: AsymmetryView, u: float) -> None:
    inner = box.inset(14 * u, 8 * u)
    words, axis = inner.cols((46, 54), 16 * u)
    title, value, span = words.rows((30, 46, 30))
    canvas.text(_("Difference"), title, 24 * u, colour=SOFT, on=PANEL)
    shown = canvas.number(
        view.value, value, round(min(56 * u, value.h / 0.72)), on=PANEL, align="left"
    )
    room = Box(
        shown.right + round(14 * u), value.y, value.right - shown.right - round(14 * u), value.h
    )
    canvas.text(
        view.verdict,
        room,
        28 * u,
        face=Face.STRONG,
        on=PANEL,
        least=15 * u,
        colour=OUTSIDE if view.clear else TEXT,
        lines=2,
    )
    canvas.text(view.interval, span, 22 * u, colour=SOFT, on=PANEL, least=13 * u)
    line = axis.middle(axis.w, 40 * u)
    canvas.fill(Box(line.x, line.cy - 2, line.w, 4), TRACK)
    canvas.line((line.cx, line.y - 6), (line.cx, line.bottom + 6), TEXT, max(2, 3 * u))
    x0, x1 = line.x + view.low * line.w, line.x + view.high * line.w
    colour = OUTSIDE if view.clear else INSIDE
    span_box = Box(round(x0), line.cy - round(8 * u), max(2, round(x1 - x0)), round(16 * u))
    if view.clear:
        canvas.fill(span_box, colour, 4 * u)
    else:
        canvas.fill(span_box, PANEL, 4 * u)
        canvas.outline(span_box, colour, 3 * u, 4 * u)
    canvas.disc((line.x + view.place * line.w, line.cy), 12 * u, PANEL)
    canvas.disc((line.x + view.place * line.w, line.cy), 9 * u, TEXT)
    label = axis.low(26 * u)
    canvas.text(_("left more"), label, 20 * u, colour=SOFT, on=PANEL, least=12 * u)
    canvas.text(_("right more"), label, 20 * u, colour=SOFT, on=PANEL, align="right", least=12 * u)


def _facts(canvas: Canvas, box: Box, view: ResultsView, u: float) -> None:
    inner = box.inset(14 * u, 8 * u)
    upper, lower = inner.rows((7, 3))
    for column, (name, value) in zip(
        upper.cols((1, 1), 10 * u),
        ((_("Cadence (steps/min)"), view.cadence), (_("Time"), view.duration)),
        strict=True,
    ):
        title, number = column.rows((36, 64))
        canvas.text(name, title, 22 * u, colour=SOFT, on=PANEL, least=13 * u)
        canvas.number(
            value,
            number,
            round(min(56 * u, number.h / 0.72)),
            on=PANEL,
            align="left",
            face=Face.NUMBER,
        )
    canvas.text(view.next_words or view.zero, lower, 24 * u, on=PANEL, least=14 * u)
