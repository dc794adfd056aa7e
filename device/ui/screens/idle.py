"""Idle: what this is, and how to begin."""

from __future__ import annotations

from device.domain.kiosk import Button
from device.ui.boxes import Box
from device.ui.canvas import Canvas
from device.ui.cells import Cell
from device.ui.stage import Stage
from device.ui.theme import GREEN, INSIDE, PANEL, SOFT, Face
from device.ui.view import IdleView
from device.ui.widgets.icons import button_shape
from device.ui.widgets.picture import draw_picture


def cells(stage: Stage, view: IdleView, body: Box) -> list[Cell]:
    """Title, one line, and the green call; the picture beside them when there is one."""
    u = stage.u
    picture = view.picture if stage.show_picture else None
    words = body
    result: list[Cell] = []
    if picture is not None:
        if stage.sight.portrait:
            shown, words = body.rows((5, 5))
            shown = shown.inset(24 * u, 20 * u)
        else:
            words, shown = body.cols((6, 4))
            shown = shown.inset(20 * u, 24 * u)
        framing = stage.framing("idle")
        result.append(
            Cell(
                "picture",
                shown,
                picture,
                lambda c, b: draw_picture(c, picture.picture, b, framing),
                None,
            )
        )
    text = (view.title, view.steps, view.call)
    return [Cell("words", words, text, lambda c, b: _words(c, b, view, u)), *result]


def _words(canvas: Canvas, box: Box, view: IdleView, u: float) -> None:
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
