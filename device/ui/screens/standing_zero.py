"""Standing zero: five seconds of standing still, as a ring that fills."""

from __future__ import annotations

from device.ui.boxes import Box
from device.ui.canvas import Canvas
from device.ui.cells import Cell
from device.ui.stage import Stage
from device.ui.theme import INSIDE, SOFT, Face
from device.ui.view import ZeroView
from device.ui.widgets.gauge import ring
from device.ui.widgets.picture import draw_picture


def cells(stage: Stage, view: ZeroView, body: Box) -> list[Cell]:
    """Ring, what to do, and the picture with the hips."""
    u = stage.u
    picture = view.picture if stage.show_picture else None
    if stage.sight.portrait:
        shares = (34, 26, 40) if picture else (50, 50)
        parts = body.rows(shares)
    else:
        shares = (32, 40, 28) if picture else (45, 55)
        parts = body.cols(shares)
    result = [
        Cell("ring", parts[0], (view.fraction, view.number), lambda c, b: _ring(c, b, view, u)),
        Cell(
            "words",
            parts[1],
            (view.title, view.instructions),
            lambda c, b: _words(c, b.inset(24 * u), view, u),
        ),
    ]
    if picture is not None:
        framing = stage.framing("zero")
        result.append(
            Cell(
                "picture",
                parts[2].inset(20 * u, 24 * u),
                picture,
                lambda c, b: draw_picture(c, picture.picture, b, framing),
                None,
            )
        )
    return result


def _ring(canvas: Canvas, box: Box, view: ZeroView, u: float) -> None:
    side = min(box.w - 56 * u, box.h - 56 * u, 460 * u)
    place = box.middle(side, side)
    ring(canvas, place, view.fraction, INSIDE)
    size = round(side * 0.30)
    canvas.number(view.number, place, size, unit=f" {view.unit}")


def _words(canvas: Canvas, box: Box, view: ZeroView, u: float) -> None:
    title, *lines = box.middle(box.w, min(box.h, 400 * u)).rows(
        (34, *(33 for _line in view.instructions)), 10 * u
    )
    canvas.text(view.title, title, 84 * u, face=Face.STRONG, least=40 * u)
    for row, words in zip(lines, view.instructions, strict=True):
        canvas.text(words, row, 38 * u, colour=SOFT, lines=3, least=24 * u, valign="top")
