"""Switching off: asked, then under way."""

from __future__ import annotations

from functools import partial

from device.ui.boxes import Box
from device.ui.canvas import Canvas
from device.ui.cells import Cell
from device.ui.stage import Stage
from device.ui.theme import INSIDE, PANEL, SOFT, TEXT, Face
from device.ui.view_setup import ShutdownScreenView
from device.ui.widgets.chrome import draw_notice
from device.ui.widgets.pictograms import pictogram


def cells(stage: Stage, view: ShutdownScreenView, body: Box) -> list[Cell]:
    """The sign, what happens, and what to wait for."""
    u = stage.u
    inner, gap = body.inset(stage.gap), stage.gap
    mark, words = inner.rows((4, 6), gap) if stage.sight.portrait else inner.cols((36, 64), gap)
    shown = (view.title, view.line, view.problem)
    return [
        Cell("mark", mark, view.going, partial(_mark, going=view.going), PANEL, stage.radius),
        Cell("words", words, shown, partial(_words, view=view, u=u), PANEL, stage.radius),
    ]


def _mark(canvas: Canvas, box: Box, *, going: bool) -> None:
    side = min(box.w, box.h) * 0.66
    pictogram(canvas, "shutdown", box.middle(side, side), INSIDE if going else TEXT, PANEL)


def _words(canvas: Canvas, box: Box, *, view: ShutdownScreenView, u: float) -> None:
    inner = box.inset(40 * u, 24 * u)
    inner = inner.middle(inner.w, min(inner.h, 480 * u))
    title, line, more = inner.rows((40, 34, 26), 10 * u)
    canvas.text(
        view.title, title, 88 * u, face=Face.STRONG, on=PANEL, lines=2, least=38 * u, leading=1.04
    )
    canvas.text(view.line, line, 42 * u, colour=SOFT, on=PANEL, lines=3, least=26 * u, valign="top")
    if view.problem is not None:
        draw_notice(canvas, more.middle(more.w, 150 * u), view.problem)
