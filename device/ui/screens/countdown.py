"""Countdown: one giant number."""

from __future__ import annotations

from device.ui.boxes import Box
from device.ui.canvas import Canvas
from device.ui.cells import Cell
from device.ui.stage import Stage
from device.ui.theme import INSIDE, SOFT, Face
from device.ui.view import CountdownView
from device.ui.widgets.gauge import ring


def cells(stage: Stage, view: CountdownView, body: Box) -> list[Cell]:
    """Title, number in its ring, what to do."""
    u = stage.u
    top, middle, low = body.rows((16, 62, 22))
    return [
        Cell(
            "title",
            top,
            view.title,
            lambda c, b: (
                c.text(view.title, b.inset(24 * u, 0), 64 * u, face=Face.STRONG, align="centre")
                and None
            ),
        ),
        Cell("number", middle, (view.number, view.fraction), lambda c, b: _number(c, b, view)),
        Cell(
            "line",
            low,
            view.line,
            lambda c, b: (
                c.text(
                    view.line,
                    b.inset(40 * u, 4),
                    44 * u,
                    colour=SOFT,
                    align="centre",
                    lines=2,
                    least=26 * u,
                )
                and None
            ),
        ),
    ]


def _number(canvas: Canvas, box: Box, view: CountdownView) -> None:
    side = min(box.w, box.h) - 8
    place = box.middle(side, side)
    ring(canvas, place, view.fraction, INSIDE, width=0.05)
    canvas.number(view.number, place, round(side * 0.72))
