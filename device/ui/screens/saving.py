"""Saving: what is being written, and how far."""

from __future__ import annotations

from device.ui.boxes import Box
from device.ui.canvas import Canvas
from device.ui.cells import Cell
from device.ui.stage import Stage
from device.ui.theme import BACKGROUND, INSIDE, SOFT, WARN, Face
from device.ui.view import SavingView
from device.ui.widgets.chrome import draw_notice
from device.ui.widgets.gauge import progress
from device.ui.widgets.icons import warning


def cells(stage: Stage, view: SavingView, body: Box) -> list[Cell]:
    """Title, bar, what is being written, and the warning not to pull the stick."""
    u = stage.u
    inner = body.inset(60 * u if not stage.sight.portrait else 32 * u, 30 * u)
    title, middle, low = inner.rows((24, 44, 32))
    result = [
        Cell(
            "title",
            title,
            view.title,
            lambda c, b: c.text(view.title, b, 76 * u, face=Face.STRONG, least=40 * u) and None,
        ),
    ]
    if view.problem is not None:
        problem = view.problem
        plate = middle.middle(middle.w, 190 * u)
        result.append(Cell("problem", plate, problem, lambda c, b: draw_notice(c, b, problem)))
        return result
    result.append(
        Cell("progress", middle, (view.fraction, view.doing), lambda c, b: _progress(c, b, view, u))
    )
    result.append(Cell("warning", low, view.warning, lambda c, b: _warning(c, b, view.warning, u)))
    return result


def _progress(canvas: Canvas, box: Box, view: SavingView, u: float) -> None:
    upper, bar, lower = box.rows((40, 22, 38), 6 * u)
    canvas.number(
        view.percent.split(" ")[0],
        upper,
        round(min(120 * u, upper.h / 0.72)),
        align="left",
        unit=" %",
    )
    progress(canvas, bar.middle(bar.w, 36 * u), view.fraction, INSIDE)
    canvas.text(view.doing, lower, 36 * u, colour=SOFT, valign="top", lines=2, least=22 * u)


def _warning(canvas: Canvas, box: Box, words: str, u: float) -> None:
    icon = round(56 * u)
    place = Box(box.x, box.cy - icon // 2, icon, icon)
    canvas.sign("warning", place, WARN, lambda c, b: warning(c, b, WARN, BACKGROUND))
    left = box.x + icon + round(22 * u)
    room = Box(left, box.y, box.right - left, box.h)
    canvas.text(words, room, 52 * u, face=Face.STRONG, colour=WARN, lines=2, least=28 * u)
