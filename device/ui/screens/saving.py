"""Saving: what is being written, and how far."""

from __future__ import annotations

from functools import partial

from device.ui.boxes import Box
from device.ui.canvas import Canvas
from device.ui.cells import Cell
from device.ui.stage import Stage
from device.ui.theme import INSIDE, PANEL, RAISED, SOFT, TEXT, WARN, Face
from device.ui.view import SavingView
from device.ui.widgets.chrome import draw_notice
from device.ui.widgets.gauge import progress
from device.ui.widgets.icons import warning
from device.ui.widgets.pictograms import pictogram


def cells(stage: Stage, view: SavingView, body: Box) -> list[Cell]:
    """The stick, how far it is, what is being written, and the warning not to pull the stick."""
    u, gap = stage.u, stage.gap
    inner = body.inset(gap)
    result: list[Cell] = []
    if view.problem is None:
        low = inner.low((150 if stage.sight.portrait else 122) * u)
        inner = inner.above(low.h + gap)
        paint = partial(_warning, words=view.warning, u=u)
        result.append(Cell("warning", low, view.warning, paint, RAISED, stage.radius))
    sign, words = inner.rows((38, 62), gap) if stage.sight.portrait else inner.cols((30, 70), gap)
    failed = view.problem is not None
    result.append(Cell("sign", sign, failed, partial(_sign, failed=failed), PANEL, stage.radius))
    shown = (view.title, view.fraction, view.doing, view.problem)
    paint_words = partial(_words, view=view, u=u)
    return [*result, Cell("words", words, shown, paint_words, PANEL, stage.radius)]


def _sign(canvas: Canvas, box: Box, *, failed: bool) -> None:
    side = min(box.w, box.h) * 0.66
    pictogram(canvas, "stick", box.middle(side, side), WARN if failed else TEXT, PANEL)


def _words(canvas: Canvas, box: Box, *, view: SavingView, u: float) -> None:
    inner = box.inset(36 * u, 28 * u)
    title = inner.top(min(inner.h * 0.3, 110 * u))
    canvas.text(view.title, title, 72 * u, face=Face.STRONG, on=PANEL, lines=2, least=34 * u)
    rest = inner.below(title.h + round(8 * u))
    if view.problem is not None:
        draw_notice(canvas, rest.top(min(rest.h, 210 * u)), view.problem)
        return
    number, bar, doing = rest.rows((42, 24, 34), 8 * u)
    size = round(min(130 * u, number.h / 0.74))
    canvas.number(view.percent.split(" ")[0], number, size, on=PANEL, align="left", unit=" %")
    progress(canvas, bar.middle(bar.w, min(bar.h, 40 * u)), view.fraction, INSIDE)
    canvas.text(
        view.doing, doing, 38 * u, colour=SOFT, on=PANEL, valign="top", lines=2, least=22 * u
    )


def _warning(canvas: Canvas, box: Box, *, words: str, u: float) -> None:
    inner = box.inset(30 * u, 12 * u)
    icon = round(min(inner.h, 72 * u))
    place = Box(inner.x, inner.cy - icon // 2, icon, icon)
    canvas.sign("warning", place, WARN, lambda c, b: warning(c, b, WARN, RAISED))
    left = place.right + round(26 * u)
    room = Box(left, inner.y, inner.right - left, inner.h)
    canvas.text(
        words, room, 54 * u, face=Face.STRONG, colour=WARN, on=RAISED, lines=2, least=28 * u
    )
