"""Set-up assistant: the live picture with its guides, checks that tick themselves, and the one
thing to do now."""

from __future__ import annotations

from functools import partial

from device.domain.screens import CheckState
from device.ui.boxes import Box
from device.ui.canvas import Canvas, font
from device.ui.cells import Cell
from device.ui.stage import Stage
from device.ui.theme import GREEN, PANEL, RAISED, SOFT, TEXT, Face
from device.ui.view_setup import AdviceView, CheckView, SetupScreenView
from device.ui.widgets.figure import figure
from device.ui.widgets.gauge import ring
from device.ui.widgets.guides import draw_guides
from device.ui.widgets.icons import CHECK_COLOUR, check_icon


def cells(stage: Stage, view: SetupScreenView, body: Box) -> list[Cell]:
    """Picture and advice on the left, the checks on the right; upright, one below the other."""
    u, gap = stage.u, stage.gap
    inner = body.inset(gap)
    if stage.sight.portrait:
        seen = inner.top(inner.h * 0.36)
        rest = inner.below(seen.h + gap)
        advice = rest.top(150 * u)
        checks = rest.below(advice.h + gap)
    else:
        left, checks = inner.cols((56, 44), gap)
        advice = left.low(132 * u)
        seen = left.above(advice.h + gap)
    result = [_picture_cell(stage, view, seen)]
    paint_advice = partial(_advice, view=view.advice, u=u)
    result.append(Cell("advice", advice, view.advice, paint_advice, RAISED, stage.radius))
    head = checks.top(54 * u)
    result.append(Cell("title", head, (view.title, view.count), partial(_title, view=view, u=u)))
    lines = checks.below(head.h + round(4 * u))
    slim = round(6 * u)
    count = max(1, len(view.checks))
    tall = min((lines.h + slim) / count - slim, 74 * u)
    for i, check in enumerate(view.checks):
        spot = Box(lines.x, lines.y + round(i * (tall + slim)), lines.w, round(tall))
        paint = partial(_check, check=check, u=u)
        result.append(Cell(f"check {check.name}", spot, check, paint, PANEL, round(10 * u)))
    return result


def _picture_cell(stage: Stage, view: SetupScreenView, box: Box) -> Cell:
    u = stage.u
    if view.picture is None:
        return Cell(
            "figure",
            box,
            None,
            lambda c, b: figure(c, b.inset(10 * u), 0.0, on=PANEL),
            PANEL,
            stage.radius,
        )
    shot = view.picture.picture
    w, h = shot.frame.size_px
    scale = min(box.w / w, box.h / h)
    spot = box.middle(w * scale, h * scale)

    def paint(canvas: Canvas, where: Box) -> None:
        draw_guides(canvas, where, shot, view.guides, u)

    return Cell("picture", spot, (view.picture, view.guides), paint, None)


def _title(canvas: Canvas, box: Box, *, view: SetupScreenView, u: float) -> None:
    inner = box.inset(6 * u, 0)
    size = 34 * u
    wide = font(Face.STRONG, round(size)).size(view.count)[0] + 2
    canvas.text(view.count, inner, size, face=Face.STRONG, colour=SOFT, align="right")
    room = Box(inner.x, inner.y, inner.w - wide - round(14 * u), inner.h)
    canvas.text(view.title, room, 38 * u, face=Face.STRONG, least=20 * u, lines=2, leading=1.0)


def _check(canvas: Canvas, box: Box, *, check: CheckView, u: float) -> None:
    inner = box.inset(14 * u, 3 * u)
    side = round(min(inner.h * 0.9, 38 * u))
    check_icon(canvas, check.state, Box(inner.x, inner.cy - side // 2, side, side), PANEL)
    left = inner.x + side + round(14 * u)
    size = 27 * u
    wide = min(round(inner.w * 0.44), font(Face.STRONG, round(size)).size(check.value)[0] + 2)
    spot = Box(inner.right - wide, inner.y, wide, inner.h)
    colour = CHECK_COLOUR[check.state] if check.state is not CheckState.OK else TEXT
    canvas.text(check.value, spot, size, face=Face.STRONG, colour=colour, on=PANEL, align="right",
                least=20 * u)  # fmt: skip
    room = Box(left, inner.y, spot.x - left - round(12 * u), inner.h)
    canvas.text(check.title, room, 30 * u, on=PANEL, least=20 * u, lines=2, leading=0.98)


def _advice(canvas: Canvas, box: Box, *, view: AdviceView, u: float) -> None:
    """What is not as it should be and, larger, what to do; or that all is well."""
    colour = CHECK_COLOUR[view.state]
    canvas.fill(Box(box.x, box.y, round(10 * u), box.h), colour, 5 * u)
    inner = box.inset(28 * u, 12 * u)
    side = round(min(inner.h, 76 * u))
    spot = Box(inner.x, inner.cy - side // 2, side, side)
    if view.state is CheckState.OK and view.passing > 0:
        ring(canvas, spot, view.passing, GREEN, width=0.10)
        check_icon(canvas, view.state, spot.inset(side * 0.2), RAISED)
    else:
        check_icon(canvas, view.state, spot, RAISED)
    left = spot.right + round(24 * u)
    room = Box(left, inner.y, inner.right - left, inner.h)
    if not view.remedy:
        canvas.text(view.what, room, 40 * u, face=Face.STRONG, on=RAISED, lines=2, least=24 * u)
        return
    upper, lower = room.rows((38, 62), 4 * u)
    canvas.text(view.what, upper, 29 * u, colour=SOFT, on=RAISED, lines=2, least=20 * u,
                leading=0.98)  # fmt: skip
    canvas.text(view.remedy, lower, 38 * u, face=Face.STRONG, on=RAISED, lines=2, least=21 * u,
                leading=1.02)  # fmt: skip
