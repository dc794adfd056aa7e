"""Step calibration: a book of known height under one foot, then under the other."""

from __future__ import annotations

from functools import partial

from device.domain.screens import CalibrationPhase
from device.ui.boxes import Box
from device.ui.canvas import Canvas
from device.ui.cells import Cell
from device.ui.stage import Stage
from device.ui.theme import (
    BACKGROUND,
    FIGURE,
    FIGURE_DARK,
    FIGURE_LIGHT,
    GREEN,
    INSIDE,
    LINE,
    PANEL,
    SOFT,
    YELLOW,
    Face,
)
from device.ui.view_setup import CalibrationScreenView
from device.ui.widgets.chrome import draw_notice
from device.ui.widgets.gauge import ring
from device.ui.widgets.icons import check
from device.ui.widgets.picture import draw_picture


def cells(stage: Stage, view: CalibrationScreenView, body: Box) -> list[Cell]:
    """How to stand as a drawing, what to do, and how far the standing has come."""
    u, gap = stage.u, stage.gap
    inner = body.inset(gap)
    result = []
    failed = view.phase is CalibrationPhase.FAILED
    if view.problem is not None and not failed:
        problem = view.problem
        spot = inner.low((140 if stage.sight.portrait else 112) * u)
        inner = inner.above(spot.h + gap)
        result.append(Cell("problem", spot, problem, lambda c, b: draw_notice(c, b, problem)))
    standing = view.phase not in (CalibrationPhase.DONE, CalibrationPhase.FAILED)
    picture = view.picture if stage.show_picture and standing else None
    parts: list[Box]
    if stage.sight.portrait:
        parts = inner.rows((38, 30, 32) if picture else (50, 50), gap)
    else:
        parts = inner.cols((30, 42, 28) if picture else (42, 58), gap)
    how = (view.phase, view.lifted)
    result.append(Cell("how", parts[0], how, partial(_how, view=view, u=u), PANEL, stage.radius))
    words = (view.title, view.lines, view.step, view.book, view.gain, view.interval, view.problem)
    upper, lower = parts[1], None
    if standing:
        lower = parts[1].low(min(200 * u, parts[1].h * 0.38))
        upper = parts[1].above(lower.h + gap)
        paint_ring = partial(_ring, view=view, u=u)
        shown = (view.fraction, view.number, view.book)
        result.append(Cell("ring", lower, shown, paint_ring, PANEL, stage.radius))
    paint_words = partial(_words, view=view, u=u)
    result.append(Cell("words", upper, words, paint_words, PANEL, stage.radius))
    if picture is not None:
        framing = stage.framing("calibration")
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


def _ring(canvas: Canvas, box: Box, *, view: CalibrationScreenView, u: float) -> None:
    inner = box.inset(24 * u, 14 * u)
    side = min(inner.h, inner.w // 2)
    place = Box(inner.x, inner.cy - side // 2, side, side)
    ring(canvas, place, view.fraction, INSIDE)
    canvas.number(view.number, place, round(side * 0.32), on=PANEL, unit=" %")
    left = place.right + round(28 * u)
    room = Box(left, inner.y, inner.right - left, inner.h)
    canvas.text(view.book, room, 34 * u, colour=SOFT, on=PANEL, lines=3, least=20 * u)


def _words(canvas: Canvas, box: Box, *, view: CalibrationScreenView, u: float) -> None:
    inner = box.inset(26 * u, 18 * u)
    head = inner.top(34 * u)
    canvas.text(view.step, head, 30 * u, face=Face.STRONG, colour=INSIDE, on=PANEL, least=20 * u)
    rest = inner.below(head.h + round(4 * u)) if view.step else inner
    title = rest.top(min(rest.h * 0.42, 150 * u))
    canvas.text(
        view.title, title, 66 * u, face=Face.STRONG, on=PANEL, lines=2, least=30 * u, leading=1.04
    )
    rest = rest.below(title.h + round(8 * u))
    if view.phase is CalibrationPhase.FAILED and view.problem is not None:
        draw_notice(canvas, rest.top(min(rest.h, 230 * u)), view.problem)
        return
    if view.gain:
        gain = rest.top(rest.h * 0.42)
        size = round(min(130 * u, gain.h * 0.95))
        shown = canvas.number(view.gain, gain, size, on=PANEL, align="left", steady=False)
        left = shown.right + round(24 * u)
        span = Box(left, gain.y, max(1, gain.right - left), gain.h)
        canvas.text(view.interval, span, 36 * u, colour=SOFT, on=PANEL, least=20 * u)
        rest = rest.below(gain.h + round(8 * u))
    canvas.text(
        "\n".join(view.lines),
        rest,
        36 * u,
        colour=SOFT,
        on=PANEL,
        lines=6,
        least=20 * u,
        valign="top",
    )


def _how(canvas: Canvas, box: Box, *, view: CalibrationScreenView, u: float) -> None:
    """Legs from behind, a book under the one that is lifted; a tick when it is done."""
    side = min(box.w, box.h) * 0.9
    place = box.middle(side, side)
    if view.phase is CalibrationPhase.DONE:
        canvas.sign("done", place.inset(side * 0.14), GREEN, _done)
        return
    canvas.sign(("how", view.lifted), place, FIGURE, lambda c, b: _legs(c, b, view.lifted))


def _done(canvas: Canvas, box: Box) -> None:
    canvas.disc((box.cx, box.cy), box.w / 2 - 1, GREEN)
    check(canvas, box.inset(box.w * 0.24), BACKGROUND, box.w * 0.10)


def _legs(canvas: Canvas, box: Box, lifted: int) -> None:
    s = box.w / 100
    ground, high, half = 94.0, 11.0, 15.0

    def at(x: float, y: float) -> tuple[float, float]:
        return box.x + x * s, box.y + y * s

    def limb(
        a: tuple[float, float],
        ra: float,
        b: tuple[float, float],
        rb: float,
        colour: tuple[int, int, int],
    ) -> None:
        canvas.limb(at(*a), ra * s, at(*b), rb * s, colour)

    def hip(side: int) -> tuple[float, float]:
        return 50 + side * half, 30 - (high * 0.5 if side == lifted else -high * 0.5) * abs(lifted)

    canvas.line(at(4, ground), at(96, ground), LINE, 1.4 * s)
    for side in (-1, 1):
        x, y = hip(side)
        foot = ground - (high if side == lifted else 0.0)
        if side == lifted:
            top = at(x - 17, ground - high)
            spot = Box(round(top[0]), round(top[1]), round(34 * s), round(high * s))
            canvas.fill(spot, YELLOW, 2 * s)
            canvas.line(at(x - 14, ground - 3.4), at(x + 17, ground - 3.4), BACKGROUND, 1.2 * s)
        limb((x, y), 9, (x + side * 1.0, (y + foot) / 2), 6.2, FIGURE)
        limb((x + side * 1.0, (y + foot) / 2), 6.0, (x + side * 1.5, foot - 8), 4.0, FIGURE)
        limb((x + side * 1.5, foot - 5.0), 4.6, (x + side * 3.0, foot - 4.8), 4.6, FIGURE_LIGHT)
        limb((x, y), 9.6, (x, y + 14), 9.0, FIGURE_DARK)
    limb(hip(-1), 10, hip(1), 10, FIGURE_DARK)
    limb((50, 14), 15, (50, 6), 16, FIGURE_LIGHT)
    a, b = hip(-1), hip(1)
    slope = (b[1] - a[1]) / (b[0] - a[0])
    ends = [(50 + t * 40, 30 + slope * t * 40) for t in (-1, 1)]
    canvas.dashes(at(6, 30), at(94, 30), SOFT, 1.2 * s, 5 * s, 4 * s)
    canvas.line(at(*ends[0]), at(*ends[1]), BACKGROUND, 6.4 * s)
    canvas.line(at(*ends[0]), at(*ends[1]), INSIDE, 4 * s)
    for point in (a, b):
        canvas.disc(at(*point), 6 * s, INSIDE)
        canvas.disc(at(*point), 2.8 * s, BACKGROUND)
