"""Beside the drop: hips over the foot, step width and trunk lean."""

from __future__ import annotations

import math
from functools import partial

from device.ui.boxes import Box
from device.ui.canvas import Canvas
from device.ui.cells import Cell
from device.ui.i18n import _
from device.ui.stage import Stage
from device.ui.theme import (
    BELT,
    FIGURE,
    FIGURE_LIGHT,
    INSIDE,
    LINE,
    OUTSIDE,
    PANEL,
    SOFT,
    TEXT,
    Face,
)
from device.ui.view_beyond import BeyondSideView, BeyondView


def cells(stage: Stage, view: BeyondView | None, body: Box) -> list[Cell]:
    """The screen's own part."""
    if view is None:
        return []
    gap, u = stage.gap, stage.u
    tall = stage.sight.portrait
    inner = body.inset(gap, 8 * u)
    head = inner.top((190 if tall else 124) * u)
    small = inner.low((56 if tall else 28) * u)
    rest = inner.below(head.h + round(4 * u)).above(small.h + round(6 * u))
    parts = rest.rows((1, 1, 1), gap) if tall else rest.cols((36, 28, 36), gap)
    left, middle, right = parts
    top = (view.headline, view.why, view.narrow)
    width = (view.step_width, view.step_width_interval, view.width, view.narrow)
    r = stage.radius
    return [
        Cell("head", head, top, partial(_head, view=view, u=u)),
        Cell("left", left, view.left, partial(_side, side=view.left, u=u, tall=tall), PANEL, r),
        Cell("width", middle, width, partial(_width, view=view, u=u, tall=tall), PANEL, r),
        Cell("right", right, view.right, partial(_side, side=view.right, u=u, tall=tall), PANEL, r),
        Cell("small print", small, view.small_print, partial(_small, words=view.small_print, u=u)),
    ]


def _head(canvas: Canvas, box: Box, *, view: BeyondView, u: float) -> None:
    upper, lower = box.inset(6 * u, 0).rows((46, 54), 2 * u)
    canvas.text(view.headline, upper, 48 * u, face=Face.STRONG, lines=2, least=24 * u,
                colour=OUTSIDE if view.narrow else TEXT, leading=1.02)  # fmt: skip
    canvas.text(view.why, lower, 29 * u, colour=SOFT, lines=4, least=20 * u, valign="top",
                leading=1.04)  # fmt: skip


def _small(canvas: Canvas, box: Box, *, words: str, u: float) -> None:
    canvas.text(words, box.inset(6 * u, 0), 22 * u, colour=SOFT, lines=2, least=20 * u,
                leading=1.0)  # fmt: skip


def _side(canvas: Canvas, box: Box, *, side: BeyondSideView, u: float, tall: bool) -> None:
    inner = box.inset(18 * u, 12 * u)
    drawing, words = inner.cols((40, 60), 14 * u)
    if not tall and side.side.value == "right":
        words, drawing = inner.cols((60, 40), 14 * u)
    _standing(canvas, drawing, side, u)
    head, first, second, steps = words.rows((16, 38, 34, 12), 4 * u)
    canvas.text(side.title, head, 34 * u, face=Face.STRONG, on=PANEL, least=22 * u)
    _value(canvas, first, _("Hips beside the foot"), side.over, side.over_interval, 58, u)
    canvas.fill(Box(second.x, second.y - round(2 * u), second.w, max(1, round(u))), LINE)
    _value(canvas, second, _("Trunk leans over the leg"), side.lean, side.lean_interval, 46, u)
    canvas.text(side.steps, steps, 23 * u, colour=SOFT, on=PANEL, least=20 * u)


def _value(
    canvas: Canvas, box: Box, name: str, value: str, span: str, size: float, u: float
) -> None:
    title, rest = box.rows((40, 60), 2 * u)
    canvas.text(name, title, 25 * u, colour=SOFT, on=PANEL, lines=2, least=20 * u, leading=1.0)
    number, aside = rest.cols((50, 50), 8 * u)
    canvas.text(value, number, size * u, face=Face.STRONG, on=PANEL, least=24 * u)
    canvas.text(span, aside, 24 * u, colour=SOFT, on=PANEL, align="right", least=20 * u)


def _standing(canvas: Canvas, box: Box, side: BeyondSideView, u: float) -> None:
    """Foot, hips and trunk seen from behind; how far the hips are beside the foot is drawn true to
    the hips' distance, the lean three times as steep."""
    apart = box.w * 0.5
    foot = box.cx - (0 if side.aside is None else max(-0.6, min(0.6, side.aside)) * apart / 2)
    hips = foot + (0 if side.aside is None else max(-0.6, min(0.6, side.aside)) * apart)
    floor = box.bottom - 18 * u
    level = box.y + box.h * 0.46
    canvas.fill(Box(box.x, round(floor), box.w, round(8 * u)), BELT, 4 * u)
    canvas.dashes((foot, floor), (foot, box.y + 8 * u), SOFT, 2 * u, 9 * u, 7 * u)
    lean = math.radians(3 * (side.tilt_deg or 0.0))
    length = (level - box.y) * 0.78
    top = hips + length * math.sin(lean), level - length * math.cos(lean)
    out = -1.0 if side.side.value == "left" else 1.0
    thick = max(6.0, 15 * u)
    knee = (hips + out * apart / 2 + foot) / 2, (level + floor) / 2
    canvas.limb((hips + out * apart / 2, level), thick * 0.6, knee, thick * 0.52, FIGURE)
    canvas.limb(knee, thick * 0.52, (foot, floor - 8 * u), thick * 0.42, FIGURE)
    canvas.limb((hips, level), thick * 0.7, top, thick * 0.8, FIGURE_LIGHT)
    canvas.disc((top[0], top[1] - thick), thick * 0.85, FIGURE_LIGHT)
    canvas.limb((foot - 10 * u, floor - 5 * u), 6 * u, (foot + 10 * u, floor - 5 * u), 6 * u, TEXT)
    ends = (hips - apart / 2, level), (hips + apart / 2, level)
    canvas.line(*ends, INSIDE, max(3.0, 5 * u))
    for end in ends:
        canvas.disc(end, 7 * u, INSIDE)
    if side.aside is not None:
        canvas.disc((hips, level), 9 * u, PANEL)
        canvas.circle((hips, level), 9 * u, TEXT, max(2.0, 3 * u))


def _width(canvas: Canvas, box: Box, *, view: BeyondView, u: float, tall: bool) -> None:
    inner = box.inset(18 * u, 12 * u)
    if tall:
        words, drawing = inner.cols((55, 45), 14 * u)
    else:
        words, drawing = inner.rows((52, 48), 8 * u)
    name, number, span = words.rows((26, 46, 28), 2 * u)
    colour = OUTSIDE if view.narrow else TEXT
    canvas.text(_("Step width"), name, 30 * u, face=Face.STRONG, colour=SOFT, on=PANEL,
                align="centre", least=20 * u)  # fmt: skip
    canvas.text(view.step_width, number, 64 * u, face=Face.STRONG, colour=colour, on=PANEL,
                align="centre", least=26 * u)  # fmt: skip
    canvas.text(view.step_width_interval, span, 24 * u, colour=SOFT, on=PANEL, align="centre",
                least=20 * u)  # fmt: skip
    _feet(canvas, drawing, view, colour, u)


def _feet(
    canvas: Canvas, box: Box, view: BeyondView, colour: tuple[int, int, int], u: float
) -> None:
    """The belt from above with the lines of both feet."""
    belt = box.middle(min(box.w, 260 * u), box.h)
    canvas.fill(belt, BELT, 10 * u)
    canvas.dashes((belt.cx, belt.y + 6 * u), (belt.cx, belt.bottom - 6 * u), LINE, 2 * u, 10 * u,
                  8 * u)  # fmt: skip
    if view.width is None:
        return
    apart = max(-0.8, min(0.9, view.width)) * belt.w * 0.62
    tall = min(46 * u, belt.h * 0.26)
    for sign, rows in ((-1.0, (0.22, 0.74)), (1.0, (0.48,))):
        x = belt.cx + sign * apart / 2
        for row in rows:
            y = belt.y + row * belt.h
            end = (x, y + tall / 2)
            if sign < 0:
                canvas.limb((x, y - tall / 2), 9 * u, end, 6.5 * u, colour)
            else:
                canvas.limb((x, y - tall / 2), 9 * u, end, 6.5 * u, colour)
                canvas.limb((x, y - tall / 2), 5 * u, end, 3 * u, BELT)
