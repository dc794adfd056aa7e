"""Today's session of a programme: what it holds above, what can be done below."""

from __future__ import annotations

from functools import partial

from device.ui.boxes import Box
from device.ui.canvas import Canvas
from device.ui.cells import Cell
from device.ui.screens import lists
from device.ui.stage import Stage
from device.ui.theme import INSIDE, LINE, PANEL, SOFT, WARN, Face
from device.ui.view_coach_today import CardFact, TargetView, TodayScreenView
from device.ui.widgets.plots import mark


def cells(stage: Stage, view: TodayScreenView, body: Box) -> list[Cell]:
    """The card, and the list; the list alone where there is no programme."""
    if view.card is None:
        return lists.cells(stage, view.lines, body)
    u, gap = stage.u, stage.gap
    inner = body.inset(gap, gap)
    head = inner.top(56 * u)
    rest = inner.below(head.h + gap)
    tall = stage.sight.portrait
    card = rest.top(min(rest.h * 0.62, (470 if tall else 264) * u))
    paint = partial(_card, view=view, u=u, tall=tall)
    result = [
        lists.title_cell(stage, view.lines, head),
        Cell("card", card, view.card, paint, PANEL, stage.radius),
    ]
    below = rest.below(card.h + gap)
    return result + lists.line_cells(stage, view.lines, below)


def _card(canvas: Canvas, box: Box, *, view: TodayScreenView, u: float, tall: bool) -> None:
    inner = box.inset(24 * u, 12 * u)
    head = inner.top(min(62 * u, inner.h * 0.3))
    canvas.text(view.headline, head, 46 * u, face=Face.STRONG, on=PANEL, least=24 * u)
    rest = inner.below(head.h + round(6 * u))
    if view.note:
        foot = rest.low(40 * u)
        rest = rest.above(foot.h + round(4 * u))
        canvas.text(view.note, foot, 30 * u, colour=WARN, on=PANEL, least=20 * u)
    if tall:
        upper, lower = rest.rows((56, 44), 10 * u)
    elif view.targets and view.facts:
        upper, lower = rest.cols((58, 42), 26 * u)
    else:
        upper, lower = rest, rest
    if view.facts:
        columns = upper.cols([1] * len(view.facts), 20 * u)
        for fact, spot in zip(view.facts, columns, strict=True):
            _fact(canvas, spot, fact, u)
    if view.targets:
        canvas.fill(lower.top(max(1, u)), LINE)
        for target, spot in zip(view.targets, lower.cols((1, 1), 20 * u), strict=True):
            _target(canvas, spot, target, u)


def _fact(canvas: Canvas, box: Box, fact: CardFact, u: float) -> None:
    name, value = box.rows((26, 74))
    canvas.text(fact.name, name, 26 * u, colour=SOFT, on=PANEL, least=20 * u)
    words = f"{fact.value} {fact.unit}".rstrip()
    canvas.text(words, value, 62 * u, face=Face.STRONG, on=PANEL, least=24 * u,
                lines=1 if fact.unit else 2,
                leading=1.0)  # fmt: skip


def _target(canvas: Canvas, box: Box, target: TargetView, u: float) -> None:
    name, value, under = box.inset(0, 6 * u).rows((28, 46, 26))
    r = 8 * u
    mark(canvas, (name.x + r + 2, name.cy), target.side, r)
    room = Box(name.x + round(3.4 * r), name.y, name.w - round(3.4 * r), name.h)
    canvas.text(target.title, room, 26 * u, face=Face.STRONG, on=PANEL, least=20 * u)
    canvas.text(target.band, value, 50 * u, face=Face.STRONG, colour=INSIDE, on=PANEL,
                least=26 * u)  # fmt: skip
    canvas.text(target.baseline, under, 24 * u, colour=SOFT, on=PANEL, least=20 * u)
