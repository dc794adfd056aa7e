"""History: the sessions of a runner as a list, how they went over time, and one of them large."""

from __future__ import annotations

from functools import partial

from device.domain.basics import Side
from device.ui.boxes import Box
from device.ui.canvas import Canvas, font
from device.ui.cells import Cell
from device.ui.i18n import _
from device.ui.stage import Stage
from device.ui.theme import (
    BACKGROUND,
    INSIDE,
    LINE,
    OUTSIDE,
    PANEL,
    RAISED,
    SOFT,
    TEXT,
    WARN,
    Face,
)
from device.ui.view import side_letter
from device.ui.view_history import HistoryScreenView, SessionDetail, SessionRow
from device.ui.widgets.chrome import draw_notice
from device.ui.widgets.icons import zone_colour, zone_icon
from device.ui.widgets.plots import draw_trend, mark
from device.ui.widgets.scroll import Scrolled, scrolled

ROW = 76


def cells(stage: Stage, view: HistoryScreenView, body: Box) -> list[Cell]:
    """The list on the left, trend and selected session on the right (upright: below)."""
    u, gap = stage.u, stage.gap
    inner = body.inset(gap)
    head, rest = inner.top(58 * u), inner.below(58 * u + gap)
    result = [Cell("title", head, (view.title, view.count), partial(_title, view=view, u=u))]
    if view.problem is not None:
        problem = view.problem
        spot = rest.top(104 * u)
        rest = rest.below(spot.h + gap)
        result.append(Cell("problem", spot, problem, lambda c, b: draw_notice(c, b, problem)))
    if not view.rows:
        if view.empty:
            paint_empty = partial(_empty, words=view.empty, u=u)
            result.append(Cell("empty", rest, view.empty, paint_empty, PANEL, stage.radius))
        return result
    if stage.sight.portrait:
        lines, more = rest.rows((40, 60), gap)
    else:
        lines, more = rest.cols((47, 53), gap)
    shown = scrolled(stage, lines, len(view.rows), view.selected, ROW)
    result += _rows(view, shown, stage)
    low = more.low(min(more.h * 0.56, 262 * u)) if view.trend is not None else more
    if view.trend is not None:
        upper = more.above(low.h + gap)
        paint_trend = partial(draw_trend, view=view.trend, u=u)
        result.append(Cell("trend", upper, view.trend, paint_trend, PANEL, stage.radius))
    if view.detail is not None:
        paint = partial(draw_detail, detail=view.detail, u=u)
        result.append(Cell("detail", low, view.detail, paint, PANEL, stage.radius))
    return result


def _title(canvas: Canvas, box: Box, *, view: HistoryScreenView, u: float) -> None:
    inner = box.inset(10 * u, 0)
    size = 30 * u
    wide = font(Face.TEXT, round(size)).size(view.count)[0] + round(8 * u) if view.count else 0
    room = Box(inner.x, inner.y, inner.w - wide - round(16 * u), inner.h)
    canvas.text(view.title, room, 50 * u, face=Face.STRONG, least=26 * u)
    canvas.text(view.count, inner, size, colour=SOFT, align="right")


def _empty(canvas: Canvas, box: Box, *, words: str, u: float) -> None:
    canvas.text(words, box.inset(40 * u), 42 * u, colour=SOFT, on=PANEL, align="centre", lines=3,
                least=24 * u)  # fmt: skip


def _rows(view: HistoryScreenView, shown: Scrolled, stage: Stage) -> list[Cell]:
    result = list(shown.bar)
    for i, spot in enumerate(shown.spots):
        row = view.rows[shown.first + i]
        ground = RAISED if row.selected else PANEL
        paint = partial(_row, row=row, u=stage.u)
        result.append(Cell(f"row {i}", spot, row, paint, ground, stage.radius))
    return result


def _row(canvas: Canvas, box: Box, *, row: SessionRow, u: float) -> None:
    """Day and time, then both sides; the one chosen as "before" carries the word."""
    ground = RAISED if row.selected else PANEL
    if row.selected:
        canvas.outline(box, INSIDE, max(2, 4 * u), 14 * u)
    inner = box.inset(18 * u, 6 * u)
    when, left, right = inner.cols((48, 26, 26), 8 * u)
    upper, lower = when.rows((56, 44))
    face = Face.STRONG if row.selected else Face.TEXT
    canvas.text(row.when, upper, 32 * u, face=face, on=ground, least=20 * u)
    if row.marked:
        size = 22 * u
        words = _("BEFORE")
        wide = font(Face.STRONG, round(size)).size(words)[0] + round(16 * u)
        plate = Box(lower.x, lower.cy - round(15 * u), min(lower.w, wide), round(30 * u))
        canvas.fill(plate, WARN, 6 * u)
        canvas.text(words, plate, size, face=Face.STRONG, colour=BACKGROUND, on=WARN,
                    align="centre", least=20 * u)  # fmt: skip
    else:
        canvas.text(row.time, lower, 26 * u, colour=SOFT, on=ground, least=20 * u)
    for side, value, spot in ((Side.LEFT, row.left, left), (Side.RIGHT, row.right, right)):
        r = 8 * u
        mark(canvas, (spot.x + r + 2, spot.cy), side, r, on=ground)
        room = Box(spot.x + round(3.2 * r), spot.y, spot.w - round(3.2 * r), spot.h)
        canvas.text(value, room, 36 * u, face=Face.STRONG, on=ground, least=20 * u)


def draw_detail(canvas: Canvas, box: Box, *, detail: SessionDetail, u: float) -> None:
    """One session, large: when, both sides, what differs for certain, and the rest."""
    inner = box.inset(20 * u, 10 * u)
    title, numbers, verdict, facts = inner.rows((19, 39, 21, 21), 4 * u)
    size = 32 * u
    canvas.text(detail.title, title, size, face=Face.STRONG, on=PANEL, least=20 * u)
    if detail.remarks:
        ink = font(Face.STRONG, round(size)).size(detail.title)[0] + round(20 * u)
        room = Box(title.x + ink, title.y, max(1, title.w - ink), title.h)
        canvas.text(" · ".join(detail.remarks), room, 25 * u, colour=WARN, on=PANEL, align="right",
                    least=20 * u, lines=2, leading=0.96)  # fmt: skip
    for line, spot in zip(detail.sides, numbers.cols((1, 1), 16 * u), strict=True):
        head = Box(spot.x, spot.y, round(46 * u), spot.h)
        canvas.text(side_letter(line.side), head, 34 * u, face=Face.STRONG, colour=SOFT, on=PANEL)
        rest = Box(head.right, spot.y, spot.right - head.right, spot.h)
        number, words = rest.cols((54, 46), 6 * u)
        unit = "" if line.value == "–" else "°"
        high = round(min(84 * u, number.h * 1.1, number.w * 0.50))
        canvas.number(line.value, number, high, on=PANEL, unit=unit, align="left", steady=False)
        if line.zone is not None:
            upper, lower = words.rows((1, 1))
            icon = round(min(upper.h * 0.8, 32 * u))
            place = Box(words.x, upper.cy - icon // 2, icon, icon)
            zone_icon(canvas, line.zone, place, zone_colour(line.zone))
            canvas.text(line.interval, lower, 23 * u, colour=SOFT, on=PANEL, least=20 * u)
    canvas.text(detail.verdict, verdict, 30 * u, face=Face.STRONG, on=PANEL, least=20 * u,
                colour=OUTSIDE if detail.sure else TEXT)  # fmt: skip
    canvas.fill(facts.top(max(1, u)), LINE)
    canvas.text(detail.facts, facts, 28 * u, colour=SOFT, on=PANEL, least=20 * u)
