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
    RAISED,
    SOFT,
    TEXT,
    TRACK,
    WARN,
    Face,
)
from device.ui.view import side_name
from device.ui.view_results import AsymmetryView, FactView, NextView, ResultsView, RowView, SideView
from device.ui.widgets.badges import badge
from device.ui.widgets.chrome import draw_notice
from device.ui.widgets.gauge import bar
from device.ui.widgets.icons import (
    BUTTON_COLOUR,
    button_shape,
    draw_arrow,
    zone_colour,
    zone_icon,
)
from device.ui.widgets.pictograms import pictogram
from device.ui.widgets.picture import HIPS_ONLY, Framing, draw_picture
from device.ui.widgets.table import draw_table


def cells(stage: Stage, view: ResultsView, body: Box) -> list[Cell]:
    """Headline, two sides, the difference and further facts; or the reasons there are none."""
    u = stage.u
    tall = stage.sight.portrait
    gap = stage.gap
    inner = body.inset(gap, 8 * u)
    # With a notice below there is less room: the small print goes, the rest moves together.
    tight = inner.h < (1040 if tall else 520) * u
    head = inner.top(((100 if tight else 124) if tall else 62 if tight else 88) * u)
    rest = inner.below(head.h + round(6 * u))
    result = [
        Cell(
            "headline",
            head,
            (view.headline, view.badges),
            partial(_headline, view=view, u=u),
        )
    ]
    if view.left.value is None and view.right.value is None:
        return result + _without_numbers(stage, view, rest, gap)
    small = rest.low((0 if tight else 56 if tall else 28) * u)
    foot = rest.above(small.h + (0 if tight else round(6 * u)))
    table = view.outcome.table if view.outcome is not None else None
    programme = table is not None
    more = 24 if programme and not tall and not tight else 0
    foot = foot.low((((224 if tight else 330) if tall else 106 if tight else 122) + more) * u)
    sides = Box(rest.x, rest.y, rest.w, foot.y - gap - rest.y)
    halves = sides.rows((1, 1), gap) if tall else sides.cols((1, 1), gap)
    for side, box in zip((view.left, view.right), halves, strict=True):
        framing = stage.framing(f"freeze {side.side}", HIPS_ONLY)
        paint = partial(_side, side=side, framing=framing, u=u)
        result.append(Cell(f"side {side.side}", box, side, paint, PANEL, stage.radius))
    if tall:
        upper, lower = foot.rows((2, 1) if programme else (1, 1 if tight else 2), gap)
        parts = [upper, *(lower.cols((6, 4), gap) if tight else lower.rows((1, 1), gap))]
        if programme:
            parts = [upper, lower, lower]
    else:
        parts = foot.cols((39, 34, 27), gap)
    if table is not None:
        # In a programme what held counts, rather than the difference between the sides.
        if not tall:
            parts = [Box(foot.x, foot.y, parts[1].right - foot.x, foot.h), parts[1], parts[2]]
        paint_table = partial(draw_table, view=table, u=u)
        result.append(Cell("outcome", parts[0], table, paint_table, PANEL, stage.radius))
    elif view.asymmetry is not None:
        paint_gap = partial(_asymmetry, view=view.asymmetry, u=u)
        result.append(Cell("asymmetry", parts[0], view.asymmetry, paint_gap, PANEL, stage.radius))
    else:
        paint_none = partial(_no_difference, u=u)
        result.append(Cell("asymmetry", parts[0], None, paint_none, PANEL, stage.radius))
    if not programme:
        result.append(_facts_cell(parts[1], view, stage))
    if view.next is not None:
        paint_next = partial(_next, view=view.next, u=u)
        result.append(Cell("next", parts[2], view.next, paint_next, RAISED, stage.radius))
    if not tight:
        print_ = partial(_small_print, words=view.small_print, u=u)
        result.append(Cell("small print", small, view.small_print, print_))
    return result


def _without_numbers(stage: Stage, view: ResultsView, box: Box, gap: int) -> list[Cell]:
    """Nothing could be measured: the reasons and remedies take the screen."""
    u = stage.u
    if not view.facts and not view.reasons:
        return [Cell("wait", box, None, partial(_wait, u=u), PANEL, stage.radius)]
    if not view.facts:
        return [Cell("reasons", box, view.reasons, partial(_reasons, view=view, u=u))]
    facts = box.low((170 if stage.sight.portrait else 126) * u)
    why = box.above(facts.h + gap)
    return [
        Cell("reasons", why, view.reasons, partial(_reasons, view=view, u=u)),
        _facts_cell(facts, view, stage),
    ]


def _wait(canvas: Canvas, box: Box, *, u: float) -> None:
    """The numbers are being made."""
    upper, lower = box.inset(30 * u).rows((68, 32), 10 * u)
    side = round(min(upper.h * 0.8, upper.w * 0.5))
    pictogram(canvas, "read", upper.middle(side, side), TEXT, PANEL)
    canvas.text(
        _("One moment."), lower, 56 * u, colour=SOFT, on=PANEL, align="centre", least=30 * u
    )


def _headline(canvas: Canvas, box: Box, *, view: ResultsView, u: float) -> None:
    room = box.inset(6 * u, 0)
    for words in view.badges:
        plate = badge(canvas, room, words, u * 1.1, on=BACKGROUND)
        room = Box(room.x, room.y, plate.x - room.x - round(14 * u), room.h)
    canvas.text(
        view.headline,
        room,
        48 * u,
        face=Face.STRONG,
        lines=3 if box.h > 92 * u else 2,
        least=21 * u,
        leading=1.04,
    )


def _small_print(canvas: Canvas, box: Box, *, words: str, u: float) -> None:
    canvas.text(words, box.inset(6 * u, 0), 22 * u, colour=SOFT, lines=2, least=20 * u,
                leading=1.0)  # fmt: skip


def _next(canvas: Canvas, box: Box, *, view: NextView, u: float) -> None:
    """The button's own shape (or a stick, where one is missing) before the words."""
    inner = box.inset(18 * u, 10 * u)
    side = round(min(inner.h, 54 * u))
    spot = Box(inner.x, inner.cy - side // 2, side, side)
    if view.button is None:
        pictogram(canvas, "stick", spot, WARN, RAISED)
    else:
        button_shape(canvas, view.button, spot, BUTTON_COLOUR[view.button])
    left = spot.right + round(18 * u)
    room = Box(left, inner.y, inner.right - left, inner.h)
    canvas.text(view.words, room, 31 * u, face=Face.STRONG, on=RAISED, lines=4, least=20 * u,
                leading=1.04)  # fmt: skip


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
        columns = inner.cols((61, 39) if left else (39, 61), 16 * u)
        words, shown = columns if left else (columns[1], columns[0])
        draw_picture(canvas, side.freeze.picture, shown.above(34 * u), framing)
        canvas.text(
            side.freeze.label,
            shown.low(32 * u),
            22 * u,
            colour=SOFT,
            on=PANEL,
            align="centre",
            least=20 * u,
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
        least=20 * u,
    )


def _drop(canvas: Canvas, box: Box, side: SideView, u: float) -> None:
    if side.value is None:
        canvas.text(side.steps, box, 30 * u, colour=SOFT, on=PANEL, least=20 * u)
        return
    size = round(box.h / 0.74)
    while (
        size > 20 and number_width(side.value + "°", Face.NUMBER, size, steady=False) > box.w * 0.47
    ):
        size -= 2
    shown = canvas.number(side.value, box, size, on=PANEL, unit="°", align="left", steady=False)
    left = shown.right + round(16 * u)
    room = Box(left, shown.y, box.right - left, shown.h)
    upper, lower = room.rows((1, 1))
    canvas.text(
        side.interval, upper, 27 * u, face=Face.STRONG, on=PANEL, least=20 * u, align="right"
    )
    canvas.text(side.steps, lower, 25 * u, colour=SOFT, on=PANEL, least=20 * u, align="right")


def _row(canvas: Canvas, box: Box, row: RowView, u: float) -> None:
    canvas.fill(box.top(max(1, u)), LINE)
    if row.until:
        _course(canvas, box, row, u)
        return
    name, value, span = box.cols((38, 23, 39), 6 * u)
    canvas.text(row.name, name, 25 * u, colour=SOFT, on=PANEL, least=20 * u)
    canvas.text(row.value, value, 29 * u, face=Face.STRONG, on=PANEL, align="right", least=20 * u)
    canvas.text(row.interval, span, 23 * u, colour=SOFT, on=PANEL, align="right", least=20 * u)


def _course(canvas: Canvas, box: Box, row: RowView, u: float) -> None:
    """From start to end, and whether that is a change."""
    name, first, arrow, last, words = box.cols((31, 16, 8, 16, 29), 4 * u)
    canvas.text(row.name, name, 25 * u, colour=SOFT, on=PANEL, least=20 * u)
    number = partial(canvas.text, face=Face.STRONG, on=PANEL, least=20 * u)
    number(row.value, first, 29 * u, align="right")
    draw_arrow(canvas, arrow, SOFT)
    number(row.until, last, 29 * u)
    canvas.text(row.interval, words, 23 * u, colour=SOFT, on=PANEL, align="right", least=20 * u)


def _asymmetry(canvas: Canvas, box: Box, *, view: AsymmetryView, u: float) -> None:
    inner = box.inset(14 * u, 8 * u)
    head, rest = inner.rows((30, 70), 4 * u)
    title = canvas.text(_("Difference"), head, 25 * u, colour=SOFT, on=PANEL, least=20 * u)
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
        least=20 * u,
    )
    words, axis = rest.cols((28, 72), 16 * u)
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
    canvas.text(view.interval, span, 23 * u, colour=SOFT, on=PANEL, least=20 * u)
    _axis(canvas, axis, view, u)


def _no_difference(canvas: Canvas, box: Box, *, u: float) -> None:
    head, rest = box.inset(14 * u, 8 * u).rows((30, 70), 4 * u)
    canvas.text(_("Difference"), head, 25 * u, colour=SOFT, on=PANEL, least=20 * u)
    words = _("Not known: one side is missing.")
    canvas.text(words, rest, 30 * u, face=Face.STRONG, on=PANEL, lines=2, least=20 * u)


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
    left, middle, right = label.cols((46, 8, 46))
    small = partial(canvas.text, colour=SOFT, on=PANEL, least=20 * u)
    small(side_name(Side.LEFT), left, 23 * u)
    small("0", middle, 23 * u, align="centre")
    small(side_name(Side.RIGHT), right, 23 * u, align="right")


def _facts_cell(box: Box, view: ResultsView, stage: Stage) -> Cell:
    paint = partial(_facts, view=view, u=stage.u)
    return Cell("facts", box, view.facts, paint, PANEL, stage.radius)


def _facts(canvas: Canvas, box: Box, *, view: ResultsView, u: float) -> None:
    inner = box.inset(16 * u, 8 * u)
    columns = inner.cols([fact.share for fact in view.facts], 10 * u)
    for column, fact in zip(columns, view.facts, strict=True):
        _fact(canvas, column, fact, u)


def _fact(canvas: Canvas, box: Box, fact: FactView, u: float) -> None:
    title, number = box.rows((36, 64))
    canvas.text(fact.name, title, 23 * u, colour=SOFT, on=PANEL, least=20 * u)
    size = round(min(70 * u, number.h / 0.74))
    while size > 10 and number_width(fact.value, Face.NUMBER, size, steady=False) > number.w:
        size -= 1
    ink = canvas.number(fact.value, number, size, on=PANEL, align="left", steady=False)
    left = ink.right + round(8 * u)
    room = Box(left, ink.bottom - round(24 * u), box.right - left, round(24 * u))
    canvas.text_if_fits(fact.unit, room, 22 * u, colour=SOFT, on=PANEL, least=20 * u)
