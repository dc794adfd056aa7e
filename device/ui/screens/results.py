"""Results: what was seen, each number with its interval and its steps."""

from __future__ import annotations

from functools import partial

from device.domain.basics import Side
from device.ui.boxes import Box
from device.ui.canvas import Canvas, number_width
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
    Face,
)
from device.ui.view_results import AsymmetryView, FactView, ResultsView, RowView, SideView
from device.ui.widgets.badges import estimate_badge
from device.ui.widgets.chrome import draw_notice
from device.ui.widgets.gauge import bar
from device.ui.widgets.icons import zone_colour, zone_icon
from device.ui.widgets.picture import HIPS_ONLY, Framing, draw_picture


def cells(stage: Stage, view: ResultsView, body: Box) -> list[Cell]:
    """Headline, two sides, the difference and further facts; or the reasons there are none."""
    u = stage.u
    tall = stage.sight.portrait
    inner = body.inset(12 * u, 8 * u)
    gap = round(10 * u)
    head = inner.top((116 if tall else 74) * u)
    rest = inner.below(head.h + gap)
    result = [
        Cell(
            "headline",
            head,
            (view.headline, view.estimate),
            partial(_headline, view=view, u=u),
        )
    ]
    if view.left.value is None and view.right.value is None:
        return result + _without_numbers(stage, view, rest, gap)
    foot = rest.low((292 if tall else 126) * u)
    sides = rest.above(foot.h + gap)
    halves = sides.rows((1, 1), gap) if tall else sides.cols((1, 1), gap)
    for side, box in zip((view.left, view.right), halves, strict=True):
        framing = stage.framing(f"freeze {side.side}", HIPS_ONLY)
        paint = partial(_side, side=side, framing=framing, u=u)
        result.append(Cell(f"side {side.side}", box, side, paint, PANEL))
    parts = foot.rows((1, 1), gap) if tall else foot.cols((52, 48), gap)
    if view.asymmetry is not None:
        paint_gap = partial(_asymmetry, view=view.asymmetry, u=u)
        result.append(Cell("asymmetry", parts[0], view.asymmetry, paint_gap, PANEL))
    elif view.reasons:
        paint_why = partial(_reasons, view=view, u=u)
        result.append(Cell("reasons", parts[0], view.reasons[:1], paint_why))
    result.append(_facts_cell(parts[1], view, u))
    return result


def _without_numbers(stage: Stage, view: ResultsView, box: Box, gap: int) -> list[Cell]:
    """Nothing could be measured: the reasons and remedies take the screen."""
    u = stage.u
    if not view.facts:
        return [Cell("reasons", box, view.reasons, partial(_reasons, view=view, u=u))]
    facts = box.low((170 if stage.sight.portrait else 126) * u)
    why = box.above(facts.h + gap)
    return [
        Cell("reasons", why, view.reasons, partial(_reasons, view=view, u=u)),
        _facts_cell(facts, view, u),
    ]


def _headline(canvas: Canvas, box: Box, *, view: ResultsView, u: float) -> None:
    room = box
    if view.estimate:
        plate = estimate_badge(canvas, box, u * 1.15, on=BACKGROUND)
        room = Box(box.x, box.y, plate.x - box.x - round(16 * u), box.h)
    canvas.text(view.headline, room, 44 * u, face=Face.STRONG, lines=2, least=23 * u, leading=1.06)


def _reasons(canvas: Canvas, box: Box, *, view: ResultsView, u: float) -> None:
    shown = view.reasons[:3]
    if not shown:
        return
    rows = box.rows([1] * len(shown), 12 * u)
    for row, reason in zip(rows, shown, strict=True):
        draw_notice(canvas, row.middle(row.w, min(row.h, 190 * u)), reason)


def _side(canvas: Canvas, box: Box, *, side: SideView, framing: Framing, u: float) -> None:
    inner = box.inset(14 * u, 10 * u)
    words = inner
    if side.freeze is not None:
        left = side.side is Side.LEFT
        columns = inner.cols((58, 42) if left else (42, 58), 16 * u)
        words, shown = columns if left else (columns[1], columns[0])
        draw_picture(canvas, side.freeze.picture, shown.above(34 * u), framing)
        canvas.text(
            side.freeze.label,
            shown.low(32 * u),
            22 * u,
            colour=SOFT,
            on=PANEL,
            align="centre",
            least=13 * u,
        )
    shares = (42, 104, 64, *(46 for _row in side.rows))
    head, number, bar_box, *rows = words.rows(shares, 6 * u)
    _title(canvas, head, side, u)
    _drop(canvas, number, side, u)
    bar(canvas, side.bar, bar_box, side.side, side.zone, on=PANEL)
    for row, where in zip(side.rows, rows, strict=True):
        _row(canvas, where, row, u)


def _title(canvas: Canvas, box: Box, side: SideView, u: float) -> None:
    title = canvas.text(side.title, box, 36 * u, face=Face.STRONG, on=PANEL)
    gap = round(14 * u)
    room = Box(title.right + gap, box.y, box.right - title.right - gap, box.h)
    colour = SOFT
    if side.zone is not None:
        colour = zone_colour(side.zone)
        icon = round(28 * u)
        spot = Box(room.right - icon, room.cy - icon // 2, icon, icon)
        zone_icon(canvas, side.zone, spot, colour)
        room = Box(room.x, room.y, room.w - icon - round(10 * u), room.h)
    canvas.text(
        side.zone_words,
        room,
        27 * u,
        face=Face.STRONG,
        colour=colour,
        on=PANEL,
        align="right",
        least=15 * u,
    )


def _drop(canvas: Canvas, box: Box, side: SideView, u: float) -> None:
    if side.value is None:
        canvas.text(side.steps, box, 30 * u, colour=SOFT, on=PANEL, least=16 * u)
        return
    size = round(box.h / 0.74)
    while (
        size > 20 and number_width(side.value + "°", Face.NUMBER, size, steady=False) > box.w * 0.58
    ):
        size -= 2
    shown = canvas.number(side.value, box, size, on=PANEL, unit="°", align="left", steady=False)
    left = shown.right + round(16 * u)
    room = Box(left, shown.y, box.right - left, shown.h)
    upper, lower = room.rows((1, 1))
    canvas.text(
        side.interval, upper, 27 * u, face=Face.STRONG, on=PANEL, least=15 * u, align="right"
    )
    canvas.text(side.steps, lower, 25 * u, colour=SOFT, on=PANEL, least=14 * u, align="right")


def _row(canvas: Canvas, box: Box, row: RowView, u: float) -> None:
    canvas.fill(box.top(max(1, u)), LINE)
    name, value, span = box.cols((36, 24, 40), 6 * u)
    canvas.text(row.name, name, 25 * u, colour=SOFT, on=PANEL, least=14 * u)
    canvas.text(row.value, value, 29 * u, face=Face.STRONG, on=PANEL, align="right", least=16 * u)
    canvas.text(row.interval, span, 23 * u, colour=SOFT, on=PANEL, align="right", least=13 * u)


def _asymmetry(canvas: Canvas, box: Box, *, view: AsymmetryView, u: float) -> None:
    inner = box.inset(14 * u, 8 * u)
    head, rest = inner.rows((30, 70), 4 * u)
    title = canvas.text(_("Difference"), head, 25 * u, colour=SOFT, on=PANEL, least=16 * u)
    gap = round(16 * u)
    room = Box(title.right + gap, head.y, head.right - title.right - gap, head.h)
    canvas.text(
        view.verdict,
        room,
        27 * u,
        face=Face.STRONG,
        colour=OUTSIDE if view.clear else TEXT,
        on=PANEL,
        align="right",
        least=15 * u,
    )
    words, axis = rest.cols((34, 66), 20 * u)
    value, span = words.rows((62, 38))
    canvas.number(
        view.value,
        value,
        round(min(58 * u, value.h / 0.74)),
        on=PANEL,
        unit="°",
        align="left",
        steady=False,
    )
    canvas.text(view.interval, span, 23 * u, colour=SOFT, on=PANEL, least=13 * u)
    _axis(canvas, axis, view, u)


def _axis(canvas: Canvas, box: Box, view: AsymmetryView, u: float) -> None:
    """Zero in the middle, left more to the left: the interval is solid when it leaves zero out."""
    line, label = box.rows((62, 38))
    canvas.fill(Box(line.x, line.cy - round(2 * u), line.w, round(4 * u)), TRACK)
    x0, x1 = line.x + view.low * line.w, line.x + view.high * line.w
    span = Box(round(x0), line.cy - round(10 * u), max(4, round(x1 - x0)), round(20 * u))
    canvas.fill(span, OUTSIDE if view.clear else PANEL, 6 * u)
    if not view.clear:
        canvas.outline(span, INSIDE, 3 * u, 6 * u)
    wide = max(2, round(3 * u))
    canvas.fill(Box(line.cx - wide // 2, line.y, wide, line.h), TEXT)
    at = round(line.x + view.place * line.w)
    needle = Box(at - round(4 * u), line.cy - round(17 * u), round(8 * u), round(34 * u))
    canvas.fill(needle.inset(-2 * u), PANEL, 4 * u)
    canvas.fill(needle, TEXT, 3 * u)
    left, middle, right = label.cols((42, 16, 42))
    canvas.text(_("more on the left"), left, 21 * u, colour=SOFT, on=PANEL, least=12 * u)
    canvas.text("0", middle, 21 * u, colour=SOFT, on=PANEL, least=12 * u, align="centre")
    canvas.text(
        _("more on the right"), right, 21 * u, colour=SOFT, on=PANEL, align="right", least=12 * u
    )


def _facts_cell(box: Box, view: ResultsView, u: float) -> Cell:
    shown = (view.facts, view.small_print)
    return Cell("facts", box, shown, partial(_facts, view=view, u=u), PANEL)


def _facts(canvas: Canvas, box: Box, *, view: ResultsView, u: float) -> None:
    inner = box.inset(14 * u, 8 * u)
    upper, lower = inner.rows((70, 30), 4 * u)
    columns = upper.cols([fact.share for fact in view.facts], 10 * u)
    for column, fact in zip(columns, view.facts, strict=True):
        _fact(canvas, column, fact, u)
    canvas.text(view.small_print, lower, 21 * u, colour=SOFT, on=PANEL, least=12 * u, lines=2)


def _fact(canvas: Canvas, box: Box, fact: FactView, u: float) -> None:
    title, number = box.rows((36, 64))
    canvas.text(fact.name, title, 23 * u, colour=SOFT, on=PANEL, least=13 * u)
    size = round(min(58 * u, number.h / 0.74))
    while size > 10 and number_width(fact.value, Face.NUMBER, size, steady=False) > number.w:
        size -= 1
    canvas.number(fact.value, number, size, on=PANEL, align="left", steady=False)
