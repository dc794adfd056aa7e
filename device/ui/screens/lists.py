"""Lists with one line selected: menu, settings, runners, the coach's place.

The list stands on the left; on the right (upright: below) the selected line is explained.
"""

from __future__ import annotations

from functools import partial

from device.domain.kiosk import Level
from device.domain.screens import EntryState
from device.ui.boxes import Box
from device.ui.canvas import Canvas, font
from device.ui.cells import Cell
from device.ui.stage import Stage
from device.ui.theme import (
    BACKGROUND,
    FAULT,
    GREEN,
    INSIDE,
    LINE,
    PANEL,
    RAISED,
    SOFT,
    TEXT,
    WARN,
    Face,
)
from device.ui.view_lists import DetailView, EntryView, ListScreenView, RowView
from device.ui.widgets.chrome import draw_notice
from device.ui.widgets.icons import level_icon
from device.ui.widgets.pictograms import known, pictogram
from device.ui.widgets.scroll import scrolled

ROW = 62
"""Design pixels of a line."""


def cells(stage: Stage, view: ListScreenView, body: Box) -> list[Cell]:
    """Title, the lines that fit around the selected one, and what it is for."""
    u, gap = stage.u, stage.gap
    inner = body.inset(gap)
    head, rest = inner.top(56 * u), inner.below(56 * u + gap)
    result = [title_cell(stage, view, head)]
    if view.entry is not None:
        entry = rest.top(150 * u)
        rest = rest.below(entry.h + gap)
        paint = partial(_entry, entry=view.entry, u=u)
        result.append(Cell("entry", entry, view.entry, paint, PANEL, stage.radius))
    return result + line_cells(stage, view, rest)


def title_cell(stage: Stage, view: ListScreenView, head: Box) -> Cell:
    """Title and count."""
    paint = partial(_title, view=view, u=stage.u)
    return Cell("title", head, (view.title, view.count), paint)


def line_cells(stage: Stage, view: ListScreenView, rest: Box) -> list[Cell]:
    """The lines that fit around the selected one, and what that is for."""
    u, gap = stage.u, stage.gap
    result: list[Cell] = []
    if view.problem is not None:
        problem = view.problem
        spot = rest.low(104 * u)
        rest = rest.above(spot.h + gap)
        result.append(Cell("problem", spot, problem, lambda c, b: draw_notice(c, b, problem)))
    if not view.rows:
        paint_empty = partial(_empty, words=view.empty, u=u)
        return [*result, Cell("empty", rest, view.empty, paint_empty, PANEL, stage.radius)]
    if view.detail is None:
        lines, more = rest, rest
    elif stage.sight.portrait:
        lines, more = rest.rows((64, 36), gap)
    else:
        lines, more = rest.cols((56, 44), gap)
    result += _rows(stage, view, lines)
    if view.detail is not None:
        paint_detail = partial(_detail, detail=view.detail, u=u, low=rest.h < 330 * u)
        result.append(Cell("detail", more, view.detail, paint_detail, PANEL, stage.radius))
    return result


def _rows(stage: Stage, view: ListScreenView, box: Box) -> list[Cell]:
    shown = scrolled(stage, box, len(view.rows), view.selected, ROW)
    result = list(shown.bar)
    for i, spot in enumerate(shown.spots):
        row = view.rows[shown.first + i]
        paint = partial(_row, row=row, u=stage.u)
        ground = RAISED if row.selected else PANEL
        result.append(Cell(f"row {i}", spot, row, paint, ground, stage.radius))
    return result


def _title(canvas: Canvas, box: Box, *, view: ListScreenView, u: float) -> None:
    inner = box.inset(10 * u, 0)
    size = 30 * u
    wide = font(Face.TEXT, round(size)).size(view.count)[0] + round(8 * u) if view.count else 0
    room = Box(inner.x, inner.y, inner.w - wide - round(16 * u), inner.h)
    canvas.text(view.title, room, 54 * u, face=Face.STRONG, least=28 * u)
    canvas.text(view.count, inner, size, colour=SOFT, align="right")


def _row(canvas: Canvas, box: Box, *, row: RowView, u: float) -> None:
    """Sign, words, value; the selected line is raised, framed and pointed at."""
    ground = RAISED if row.selected else PANEL
    colour = TEXT if row.enabled else SOFT
    if row.selected:
        canvas.outline(box, INSIDE, max(2, 4 * u), 14 * u)
    inner = box.inset(22 * u, 6 * u)
    left = inner.x
    if known(row.sign):
        side = round(min(inner.h, 46 * u))
        spot = Box(left, inner.cy - side // 2, side, side)
        pictogram(canvas, row.sign, spot, colour, ground)
        left += side + round(20 * u)
    arrow = round(22 * u)
    right = inner.right - arrow - round(12 * u)
    if row.selected:
        _arrow(canvas, Box(inner.right - arrow, inner.cy - arrow // 2, arrow, arrow), row.enabled)
    if row.value:
        size = 34 * u
        wide = min(
            round((right - left) * 0.5), font(Face.STRONG, round(size)).size(row.value)[0] + 2
        )
        spot = Box(right - wide, inner.y, wide, inner.h)
        canvas.text(
            row.value, spot, size, face=Face.STRONG, colour=INSIDE, on=ground, align="right",
            least=20 * u,
        )  # fmt: skip
        right -= wide + round(16 * u)
    room = Box(left, inner.y, right - left, inner.h)
    face = Face.STRONG if row.selected else Face.TEXT
    canvas.text(row.words, room, 38 * u, face=face, colour=colour, on=ground, least=20 * u, lines=2,
                leading=1.0)  # fmt: skip
    if not row.enabled:
        # A sign as well as a softer colour: what cannot be chosen now.
        _barred(canvas, Box(inner.right - arrow, inner.cy - arrow // 2, arrow, arrow))


def _barred(canvas: Canvas, box: Box) -> None:
    def paint(c: Canvas, b: Box) -> None:
        c.circle((b.cx, b.cy), b.w / 2 - 2, SOFT, b.w * 0.13)
        c.line((b.x + b.w * 0.2, b.y + b.h * 0.2), (b.right - b.w * 0.2, b.bottom - b.h * 0.2),
               SOFT, b.w * 0.13)  # fmt: skip

    canvas.sign("barred", box, SOFT, paint)


def _arrow(canvas: Canvas, box: Box, enabled: bool) -> None:
    def paint(c: Canvas, b: Box) -> None:
        c.polygon([(b.x + b.w * 0.2, b.y), (b.right, b.cy), (b.x + b.w * 0.2, b.bottom)], INSIDE)

    if enabled:
        canvas.sign("arrow", box, INSIDE, paint)


def _detail(canvas: Canvas, box: Box, *, detail: DetailView, u: float, low: bool) -> None:
    """The selected line's sign, name and purpose, large enough for two metres."""
    inner = box.inset(32 * u, 24 * u)
    left = inner.x
    if known(detail.sign):
        side = round(min(170 * u, inner.h * (0.5 if low else 0.36)))
        pictogram(
            canvas, detail.sign, Box(left, inner.y, side, side), TEXT if detail.enabled else SOFT,
            PANEL,
        )  # fmt: skip
        if box.w > 700 * u and low:
            inner = Box(
                left + side + round(28 * u), inner.y, inner.w - side - round(28 * u), inner.h
            )
        else:
            inner = inner.below(side + 18 * u)
    title = inner.top(min(inner.h * 0.4, 104 * u))
    canvas.text(
        detail.title, title, 48 * u, face=Face.STRONG, on=PANEL, lines=2, least=24 * u, leading=1.04
    )
    rest = inner.below(title.h + round(10 * u))
    if detail.value:
        spot = rest.top(min(rest.h * 0.4, 60 * u))
        canvas.text(detail.value, spot, 44 * u, face=Face.STRONG, colour=INSIDE, on=PANEL,
                    least=24 * u)  # fmt: skip
        rest = rest.below(spot.h + round(6 * u))
    words = "\n".join(detail.lines)
    if not detail.enabled:
        icon = round(40 * u)
        level_icon(canvas, Level.WARN, Box(rest.x, rest.y, icon, icon), PANEL)
        rest = Box(rest.x + icon + round(14 * u), rest.y, rest.w - icon - round(14 * u), rest.h)
    canvas.text(
        words, rest, 34 * u, colour=SOFT if detail.enabled else WARN, on=PANEL, lines=6,
        least=21 * u, valign="top", leading=1.16,
    )  # fmt: skip


def _empty(canvas: Canvas, box: Box, *, words: str, u: float) -> None:
    canvas.text(
        words, box.inset(40 * u), 40 * u, colour=SOFT, on=PANEL, align="centre", lines=3,
        least=24 * u,
    )  # fmt: skip


def _entry(canvas: Canvas, box: Box, *, entry: EntryView, u: float) -> None:
    """What was typed so far, as large as it can be; how it stands beside it, with a sign."""
    inner = box.inset(24 * u, 12 * u)
    label, rest = inner.top(34 * u), inner.below(38 * u)
    canvas.text(entry.label, label, 28 * u, colour=SOFT, on=PANEL, least=20 * u)
    field, words = rest.cols((52, 48), 24 * u)
    colour = {
        EntryState.EMPTY: LINE,
        EntryState.INCOMPLETE: SOFT,
        EntryState.VALID: GREEN,
        EntryState.INVALID: FAULT,
    }[entry.state]
    canvas.fill(field, BACKGROUND, 10 * u)
    canvas.outline(field, colour, 4 * u, 10 * u)
    typed = field.inset(18 * u, 6 * u)
    ink = canvas.text(entry.typed, typed, 54 * u, face=Face.STRONG, least=20 * u)
    if entry.state is not EntryState.INVALID:
        at = ink.right + round(6 * u) if entry.typed else typed.x
        bar = Box(min(at, typed.right), typed.cy - round(24 * u), round(5 * u), round(48 * u))
        canvas.fill(bar, INSIDE)
    icon = round(44 * u)
    upper, lower = words.rows((1, 1))
    level = {EntryState.VALID: Level.OK, EntryState.INVALID: Level.FAULT}.get(entry.state)
    left = upper.x
    if level is not None:
        level_icon(canvas, level, Box(left, upper.cy - icon // 2, icon, icon), PANEL)
        left += icon + round(14 * u)
    state = Box(left, upper.y, upper.right - left, upper.h)
    canvas.text(entry.words, state, 34 * u, face=Face.STRONG, on=PANEL, least=20 * u)
    canvas.text(entry.rule, lower, 27 * u, colour=SOFT, on=PANEL, least=20 * u, lines=2,
                leading=1.0)  # fmt: skip
