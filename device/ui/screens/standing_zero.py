"""Standing zero: five seconds of standing still, as a ring that fills."""

from __future__ import annotations

from functools import partial

from device.ui.boxes import Box
from device.ui.canvas import Canvas
from device.ui.cells import Cell
from device.ui.stage import Stage
from device.ui.theme import INSIDE, PANEL, SOFT, TEXT, Face
from device.ui.view import ZeroView
from device.ui.widgets.gauge import ring
from device.ui.widgets.pictograms import pictogram
from device.ui.widgets.picture import draw_picture


def cells(stage: Stage, view: ZeroView, body: Box) -> list[Cell]:
    """Ring, what to do, and the picture with the hips."""
    u, gap = stage.u, stage.gap
    inner = body.inset(gap)
    picture = view.picture if stage.show_picture else None
    if stage.sight.portrait:
        parts = inner.rows((32, 28, 40) if picture else (50, 50), gap)
    else:
        parts = inner.cols((34, 38, 28) if picture else (45, 55), gap)
    shown = (view.fraction, view.number)
    words = (view.title, view.instructions)
    result = [
        Cell("ring", parts[0], shown, partial(_ring, view=view), PANEL, stage.radius),
        Cell("words", parts[1], words, partial(_words, view=view, u=u), PANEL, stage.radius),
    ]
    if picture is not None:
        framing = stage.framing("zero")
        result.append(
            Cell(
                "picture",
                parts[2],
                picture,
                lambda c, b: draw_picture(c, picture.picture, b, framing),
                None,
            )
        )
    return result


def _ring(canvas: Canvas, box: Box, *, view: ZeroView) -> None:
    side = min(box.w, box.h) * 0.88
    place = box.middle(side, side)
    ring(canvas, place, view.fraction, INSIDE)
    canvas.number(view.number, place, round(side * 0.36), on=PANEL, unit=f" {view.unit}")


def _words(canvas: Canvas, box: Box, *, view: ZeroView, u: float) -> None:
    inner = box.inset(28 * u, 24 * u)
    sign, title, rest = inner.rows((30, 22, 48), 10 * u)
    side = round(min(sign.h, 150 * u))
    pictogram(canvas, "stand", Box(sign.x, sign.y, side, side), TEXT, PANEL)
    canvas.text(view.title, title, 76 * u, face=Face.STRONG, on=PANEL, least=34 * u)
    rows = rest.rows([1] * len(view.instructions), 8 * u)
    for row, words in zip(rows, view.instructions, strict=True):
        canvas.text(words, row, 38 * u, colour=SOFT, on=PANEL, lines=3, least=22 * u, valign="top")
