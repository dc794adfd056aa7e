"""Saved: safe to remove, said only when it is."""

from __future__ import annotations

from device.ui.boxes import Box
from device.ui.canvas import Canvas
from device.ui.cells import Cell
from device.ui.stage import Stage
from device.ui.theme import BACKGROUND, GREEN, SOFT, WARN, Face
from device.ui.view import SavedView
from device.ui.widgets.chrome import draw_notice
from device.ui.widgets.icons import check, warning


def cells(stage: Stage, view: SavedView, body: Box) -> list[Cell]:
    """A large tick (or warning), the words, and where it was written."""
    u = stage.u
    inner = body.inset(60 * u if not stage.sight.portrait else 32 * u, 30 * u)
    mark, words = inner.rows((4, 6)) if stage.sight.portrait else inner.cols((3, 7), 30 * u)
    result = [
        Cell("mark", mark, view.safe, lambda c, b: _mark(c, b, view.safe)),
        Cell(
            "words",
            words,
            (view.title, view.line, view.folder, view.problem),
            lambda c, b: _words(c, b, view, u),
        ),
    ]
    return result


def _mark(canvas: Canvas, box: Box, safe: bool) -> None:
    side = min(box.w, box.h) * 0.8
    place = box.middle(side, side)
    canvas.sign(("saved", safe), place, GREEN if safe else WARN, _safe if safe else _unsafe)


def _safe(canvas: Canvas, box: Box) -> None:
    canvas.disc((box.cx, box.cy), box.w / 2 - 1, GREEN)
    check(canvas, box.inset(box.w * 0.24), BACKGROUND, box.w * 0.10)


def _unsafe(canvas: Canvas, box: Box) -> None:
    warning(canvas, box, WARN, BACKGROUND)


def _words(canvas: Canvas, box: Box, view: SavedView, u: float) -> None:
    title, line, more = box.middle(box.w, min(box.h, 460 * u)).rows((34, 30, 36), 10 * u)
    canvas.text(view.title, title, 110 * u, face=Face.STRONG, least=48 * u)
    canvas.text(
        view.line,
        line,
        52 * u,
        lines=2,
        least=28 * u,
        face=Face.STRONG,
        colour=GREEN if view.safe else WARN,
    )
    if view.problem is not None:
        draw_notice(canvas, more.middle(more.w, 150 * u), view.problem)
    elif view.folder:
        canvas.text(view.folder, more, 32 * u, colour=SOFT, valign="top", lines=2, least=18 * u)
