"""Asked before a kept session is deleted: which one, and what that means."""

from __future__ import annotations

from functools import partial
from itertools import pairwise

from device.ui.boxes import Box
from device.ui.canvas import Canvas
from device.ui.cells import Cell
from device.ui.screens.history import draw_detail
from device.ui.stage import Stage
from device.ui.theme import OUTSIDE, PANEL, SOFT, TEXT, Face
from device.ui.view_delete import DeleteScreenView


def cells(stage: Stage, view: DeleteScreenView, body: Box) -> list[Cell]:
    """The question with a bin beside it, the session, and what goes with it."""
    u, gap = stage.u, stage.gap
    tall = stage.sight.portrait
    inner = body.inset(gap)
    head = inner.top((128 if tall else 96) * u)
    detail = inner.below(head.h + gap).top((300 if tall else 236) * u)
    words = inner.below(head.h + detail.h + 2 * gap)
    words = words.top(min(words.h, 330 * u))
    result = [Cell("question", head, view.title, partial(_question, title=view.title, u=u))]
    if view.detail is not None:
        paint = partial(draw_detail, detail=view.detail, u=u)
        result.append(Cell("detail", detail, view.detail, paint, PANEL, stage.radius))
    shown = (view.meaning, view.stays)
    result.append(
        Cell("meaning", words, shown, partial(_meaning, view=view, u=u), PANEL, stage.radius)
    )
    return result


def _question(canvas: Canvas, box: Box, *, title: str, u: float) -> None:
    side = round(min(box.h, 84 * u))
    _bin(canvas, Box(box.x + round(8 * u), box.cy - side // 2, side, side))
    left = box.x + side + round(30 * u)
    room = Box(left, box.y, box.right - left, box.h)
    canvas.text(title, room, 56 * u, face=Face.STRONG, lines=2, least=30 * u, leading=1.02)


def _meaning(canvas: Canvas, box: Box, *, view: DeleteScreenView, u: float) -> None:
    meaning, stays = box.inset(24 * u, 12 * u).rows((68, 32), 6 * u)
    canvas.text(view.meaning, meaning, 36 * u, colour=TEXT, on=PANEL, lines=4, least=22 * u)
    canvas.text(view.stays, stays, 30 * u, colour=SOFT, on=PANEL, lines=2, least=22 * u)


def _bin(canvas: Canvas, box: Box) -> None:
    """A bin, drawn on a grid of 24 by 24."""

    def paint(c: Canvas, b: Box) -> None:
        unit = b.w / 24

        def stroke(*points: tuple[float, float]) -> None:
            for (ax, ay), (bx, by) in pairwise(points):
                c.limb((b.x + ax * unit, b.y + ay * unit), unit,
                       (b.x + bx * unit, b.y + by * unit), unit, OUTSIDE)  # fmt: skip

        stroke((3, 6), (21, 6))
        stroke((9, 6), (9.6, 3), (14.4, 3), (15, 6))
        stroke((5, 6), (6.4, 21), (17.6, 21), (19, 6))
        for x in (9.8, 14.2):
            stroke((x, 10), (x, 17))

    canvas.sign("bin", box, OUTSIDE, paint)
