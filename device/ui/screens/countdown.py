"""Countdown: one giant number."""

from __future__ import annotations

from functools import partial

from device.ui.boxes import Box
from device.ui.canvas import Canvas
from device.ui.cells import Cell
from device.ui.stage import Stage
from device.ui.theme import INSIDE, PANEL, SOFT, TEXT, Face
from device.ui.view import CountdownView
from device.ui.widgets.gauge import ring
from device.ui.widgets.pictograms import pictogram


def cells(stage: Stage, view: CountdownView, body: Box) -> list[Cell]:
    """The number in its ring on one card, what to do on the other."""
    gap = stage.gap
    inner = body.inset(gap)
    number, words = inner.rows((58, 42), gap) if stage.sight.portrait else inner.cols((1, 1), gap)
    paint_number = partial(_number, view=view)
    paint_words = partial(_words, view=view, u=stage.u)
    shown = (view.number, view.fraction)
    return [
        Cell("number", number, shown, paint_number, PANEL, stage.radius),
        Cell("words", words, (view.title, view.line), paint_words, PANEL, stage.radius),
    ]


def _number(canvas: Canvas, box: Box, *, view: CountdownView) -> None:
    side = min(box.w, box.h) * 0.90
    place = box.middle(side, side)
    ring(canvas, place, view.fraction, INSIDE, width=0.06)
    canvas.number(view.number, place, round(side * 0.74), on=PANEL)


def _words(canvas: Canvas, box: Box, *, view: CountdownView, u: float) -> None:
    inner = box.inset(36 * u, 28 * u)
    sign, title, line = inner.rows((44, 24, 32), 12 * u)
    side = min(sign.h, 240 * u)
    pictogram(canvas, "run", Box(sign.x, sign.y, round(side), round(side)), TEXT, PANEL)
    canvas.text(view.title, title, 84 * u, face=Face.STRONG, on=PANEL, least=40 * u)
    canvas.text(view.line, line, 44 * u, colour=SOFT, on=PANEL, lines=3, least=26 * u, valign="top")
