"""Idle: what this is, and how to begin."""

from __future__ import annotations

from functools import partial

from device.domain.kiosk import Button
from device.ui.boxes import Box
from device.ui.canvas import Canvas
from device.ui.cells import Cell
from device.ui.stage import Stage
from device.ui.theme import GREEN, INSIDE, PANEL, SOFT, Face
from device.ui.view import IdleView
from device.ui.widgets.figure import figure
from device.ui.widgets.icons import button_shape
from device.ui.widgets.picture import draw_picture


def cells(stage: Stage, view: IdleView, body: Box) -> list[Cell]:
    """Title, one line, and the green call; beside them the picture, or a sign of a runner."""
    u = stage.u
    picture = view.picture if stage.show_picture else None
    if stage.sight.portrait:
        shown, words = body.rows((45, 55))
    else:
        words, shown = body.cols((62, 38))
    text = (view.title, view.steps, view.call)
    result = [Cell("words", words, text, partial(_words, view=view, u=u))]
    shown = shown.inset(20 * u, 24 * u)
    if picture is None:
        result.append(Cell("figure", shown, None, figure))
        return result
    framing = stage.framing("idle")

    def paint(canvas: Canvas, box: Box) -> None:
        draw_picture(canvas, picture.picture, box, framing)

    result.append(Cell("picture", shown, picture, paint, None))
    return result


def _words(canvas: Canvas, box: Box, *, view: IdleView, u: float) -> None:
    inner = box.inset(40 * u, 22 * u)
    title, steps, call = inner.rows((30, 44, 26), 14 * u)
    canvas.text(view.title, title, 76 * u, face=Face.STRONG, lines=3, least=34 * u, leading=1.06)
    for i, (row, words) in enumerate(zip(steps.rows((1, 1, 1), 6 * u), view.steps, strict=True)):
        side = round(min(row.h, 62 * u))
        spot = Box(row.x, row.cy - side // 2, side, side)
        canvas.circle((spot.cx, spot.cy), side / 2, INSIDE, max(2, 3 * u))
        canvas.text(
            str(i + 1), spot, 34 * u, face=Face.STRONG, colour=INSIDE, align="centre", least=20 * u
        )
        room = Box(spot.right + round(22 * u), row.y, row.right - spot.right - round(22 * u), row.h)
        canvas.text(words, room, 38 * u, colour=SOFT, least=24 * u, lines=2)
    _call(canvas, call, view.call, u)


def _call(canvas: Canvas, box: Box, words: str, u: float) -> None:
    """What to do now, on a plate with the button's own shape."""
    plate = box.middle(box.w, min(box.h, 124 * u))
    canvas.fill(plate, PANEL, 16 * u)
    canvas.outline(plate, GREEN, max(2, 3 * u), 16 * u)
    side = round(64 * u)
    button_shape(
        canvas, Button.GREEN, Box(plate.x + round(24 * u), plate.cy - side // 2, side, side), GREEN
    )
    left = plate.x + side + round(46 * u)
    room = Box(left, plate.y, plate.right - left - round(16 * u), plate.h)
    canvas.text(words, room, 46 * u, face=Face.STRONG, lines=2, least=26 * u, on=PANEL)
