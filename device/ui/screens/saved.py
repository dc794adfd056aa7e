"""Saved: safe to remove, said only when it is."""

from __future__ import annotations

from functools import partial

from device.ui.boxes import Box
from device.ui.canvas import Canvas
from device.ui.cells import Cell
from device.ui.stage import Stage
from device.ui.theme import GREEN, PANEL, SOFT, WARN, Face
from device.ui.view import SavedView
from device.ui.widgets.chrome import draw_notice
from device.ui.widgets.icons import check, warning


def cells(stage: Stage, view: SavedView, body: Box) -> list[Cell]:
    """A large tick (or warning), the words, and where it was written."""
    gap = stage.gap
    inner = body.inset(gap)
    mark, words = inner.rows((4, 6), gap) if stage.sight.portrait else inner.cols((36, 64), gap)
    shown = (view.title, view.line, view.folder, view.problem)
    paint = partial(_words, view=view, u=stage.u)
    return [
        Cell("mark", mark, view.safe, partial(_mark, safe=view.safe), PANEL, stage.radius),
        Cell("words", words, shown, paint, PANEL, stage.radius),
    ]


def _mark(canvas: Canvas, box: Box, *, safe: bool) -> None:
    side = min(box.w, box.h) * 0.76
    place = box.middle(side, side)
    canvas.sign(("saved", safe), place, GREEN if safe else WARN, _safe if safe else _unsafe)


def _safe(canvas: Canvas, box: Box) -> None:
    canvas.disc((box.cx, box.cy), box.w / 2 - 1, GREEN)
    check(canvas, box.inset(box.w * 0.24), PANEL, box.w * 0.10)


def _unsafe(canvas: Canvas, box: Box) -> None:
    warning(canvas, box, WARN, PANEL)


def _words(canvas: Canvas, box: Box, *, view: SavedView, u: float) -> None:
    inner = box.inset(40 * u, 30 * u)
    title, line, more = inner.middle(inner.w, min(inner.h, 460 * u)).rows((34, 34, 32), 10 * u)
    canvas.text(view.title, title, 110 * u, face=Face.STRONG, on=PANEL, least=44 * u, lines=2)
    canvas.text(
        view.line,
        line,
        54 * u,
        lines=2,
        least=28 * u,
        face=Face.STRONG,
        colour=GREEN if view.safe else WARN,
        on=PANEL,
    )
    if view.problem is not None:
        draw_notice(canvas, more.middle(more.w, 150 * u), view.problem)
    elif view.folder:
        canvas.text(
            view.folder.replace("/", "/\n", 1),
            more,
            32 * u,
            colour=SOFT,
            on=PANEL,
            valign="top",
            lines=2,
            least=20 * u,
        )
