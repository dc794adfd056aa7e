"""Idle: what this is, and how to begin."""

from __future__ import annotations

from device.domain.kiosk import Button
from device.ui.boxes import Box
from device.ui.canvas import Canvas, font
from device.ui.cells import Cell
from device.ui.stage import Stage
from device.ui.theme import GREEN, SOFT, Face
from device.ui.view import IdleView, TiltView
from device.ui.widgets.gauge import tilt
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
    text = (view.title, view.line, view.call)
    return [Cell("words", words, text, lambda c, b: _words(c, b, view, u)), *result]


def _words(canvas: Canvas, box: Box, view: IdleView, u: float) -> None:
    inner = box.inset(44 * u, 20 * u)
    mark, title, line, call = inner.rows((22, 24, 24, 30), 8 * u)
    tilt(canvas, TiltView(6.0), mark.cols((5, 5))[0] if mark.w > 500 * u else mark, on=(10, 14, 18))
    canvas.text(view.title, title, 92 * u, face=Face.STRONG, least=36 * u)
    canvas.text(view.line, line, 36 * u, colour=SOFT, lines=3, valign="top", least=22 * u)
    side = round(64 * u)
    plate = call.middle(call.w, min(call.h, 120 * u))
    button_shape(canvas, Button.GREEN, Box(plate.x, plate.cy - side // 2, side, side), GREEN)
    left = plate.x + side + round(22 * u)
    room = Box(left, plate.y, plate.right - left, plate.h)
    font(Face.STRONG, round(44 * u))
    canvas.text(view.call, room, 44 * u, face=Face.STRONG, lines=2, least=26 * u)
