"""A small table: both sides as rows, a head, and a coloured word at each row's end."""

from __future__ import annotations

from functools import partial

from device.domain.basics import Side
from device.ui.boxes import Box
from device.ui.canvas import Canvas
from device.ui.theme import GREEN, OUTSIDE, PANEL, SOFT, TEXT, Face
from device.ui.view_coach_run import TableView
from device.ui.widgets.plots import mark


def draw_table(canvas: Canvas, box: Box, *, view: TableView, u: float) -> None:
    """The head in soft letters; what is as wanted in green, what is not marked."""
    inner = box.inset(18 * u, 8 * u)
    rows = inner.rows((26, *(37 for _row in view.rows)), 2 * u)
    shares = (9, *(30 for _name in view.head[1:]))
    least = 20 * u
    for name, spot in zip(view.head, rows[0].cols(shares, 12 * u), strict=True):
        canvas.text(name, spot, 24 * u, colour=SOFT, on=PANEL, least=least, lines=2, leading=0.96)
    for side, cells, good, line in zip(Side, view.rows, view.good, rows[1:], strict=True):
        spots = line.cols(shares, 12 * u)
        say = partial(canvas.text, on=PANEL, least=least, lines=2, leading=0.98)
        first, r = spots[0], 8 * u
        mark(canvas, (first.x + r + 2, first.cy), side, r)
        room = Box(first.x + round(3.2 * r), first.y, first.w - round(3.2 * r), first.h)
        say(cells[0], room, 28 * u, face=Face.STRONG)
        for words, spot in zip(cells[1:], spots[1:], strict=True):
            last = words is cells[-1] and good is not None
            colour = TEXT if not last else GREEN if good else OUTSIDE
            say(words, spot, 30 * u, face=Face.STRONG, colour=colour)
