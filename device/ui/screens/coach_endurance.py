"""A long run: start against end of each side, minute by minute."""

from __future__ import annotations

from functools import partial

from device.ui.boxes import Box
from device.ui.canvas import Canvas
from device.ui.cells import Cell
from device.ui.i18n import _
from device.ui.stage import Stage
from device.ui.theme import BACKGROUND, INSIDE, LINE, OUTSIDE, PANEL, SOFT, TEXT, Face
from device.ui.view_coach_endurance import CourseView, EnduranceScreenView, EnduranceSideView
from device.ui.widgets.badges import badge
from device.ui.widgets.chrome import draw_notice
from device.ui.widgets.icons import draw_arrow
from device.ui.widgets.plots import mark


def cells(stage: Stage, view: EnduranceScreenView, body: Box) -> list[Cell]:
    """The screen's own part."""
    gap, u = stage.gap, stage.u
    tall = stage.sight.portrait
    inner = body.inset(gap, 8 * u)
    if view.left is None or view.right is None:
        spot = inner.middle(inner.w, min(inner.h, 220 * u))
        if view.problem is not None:
            problem = view.problem
            return [Cell("problem", spot, problem, lambda c, b: draw_notice(c, b, problem))]
        words = _("One moment.") if view.loading else ""
        return [Cell("wait", spot, words, partial(_wait, words=words, u=u))]
    head = inner.top((150 if tall else 92) * u)
    foot = inner.low((84 if tall else 34) * u)
    rest = inner.below(head.h + round(6 * u)).above(foot.h + round(8 * u))
    halves = rest.rows((1, 1), gap) if tall else rest.cols((1, 1), gap)
    top = (view.headline, view.when, view.place, view.estimate)
    found = [
        Cell("head", head, top, partial(_head, view=view, u=u)),
        Cell("context", foot, view.context, partial(_context, words=view.context, u=u)),
    ]
    for side, box in zip((view.left, view.right), halves, strict=True):
        paint = partial(_side, side=side, u=u)
        found.append(Cell(f"side {side.side}", box, side, paint, PANEL, stage.radius))
    return found


def _wait(canvas: Canvas, box: Box, *, words: str, u: float) -> None:
    canvas.text(words, box, 56 * u, colour=SOFT, align="centre", least=30 * u)


def _head(canvas: Canvas, box: Box, *, view: EnduranceScreenView, u: float) -> None:
    upper, lower = box.inset(6 * u, 0).rows((64, 36), 2 * u)
    if view.estimate:
        plate = badge(canvas, upper, _("ESTIMATE"), u * 1.1, on=BACKGROUND)
        upper = Box(upper.x, upper.y, plate.x - upper.x - round(14 * u), upper.h)
    canvas.text(view.headline, upper, 46 * u, face=Face.STRONG, lines=2, least=21 * u,
                leading=1.04)  # fmt: skip
    when, place = lower.cols((75, 25), 10 * u)
    canvas.text(view.when, when, 27 * u, colour=SOFT, least=20 * u)
    canvas.text(view.place, place, 27 * u, colour=SOFT, align="right", least=20 * u)


def _context(canvas: Canvas, box: Box, *, words: str, u: float) -> None:
    canvas.text(words, box.inset(6 * u, 0), 23 * u, colour=SOFT, lines=3, least=20 * u,
                leading=1.02)  # fmt: skip


def _side(canvas: Canvas, box: Box, *, side: EnduranceSideView, u: float) -> None:
    inner = box.inset(20 * u, 12 * u)
    head = inner.top(46 * u)
    title, words = head.cols((40, 60), 10 * u)
    canvas.text(side.title, title, 36 * u, face=Face.STRONG, on=PANEL)
    colour = SOFT if not side.clear else OUTSIDE if side.grows else INSIDE
    canvas.text(side.words, words, 30 * u, face=Face.STRONG, colour=colour, on=PANEL,
                align="right", least=20 * u)  # fmt: skip
    rest = inner.below(head.h + round(4 * u))
    if side.course is None:
        return
    numbers = rest.top(min(rest.h * 0.36, 150 * u))
    _numbers(canvas, numbers, side, u)
    _plot(canvas, rest.below(numbers.h + round(10 * u)), side, side.course, u)


def _numbers(canvas: Canvas, box: Box, side: EnduranceSideView, u: float) -> None:
    first, arrow, last, change = box.cols((29, 9, 29, 33), 6 * u)
    colour = TEXT if not side.clear else OUTSIDE if side.grows else INSIDE
    for where, value, span, name, ink in (
        (first, side.start, side.start_interval, _("first 3 min"), TEXT),
        (last, side.end, side.end_interval, _("last 3 min"), TEXT),
        (change, side.change, side.change_interval, _("change"), colour),
    ):
        top, middle, foot = where.rows((26, 46, 28), 2 * u)
        canvas.text(name, top, 24 * u, colour=SOFT, on=PANEL, least=20 * u)
        canvas.text(value, middle, 58 * u, face=Face.STRONG, colour=ink, on=PANEL, least=24 * u)
        canvas.text(span, foot, 24 * u, colour=SOFT, on=PANEL, least=20 * u)
    draw_arrow(canvas, arrow.rows((26, 46, 28), 2 * u)[1], SOFT)


def _plot(canvas: Canvas, box: Box, side: EnduranceSideView, course: CourseView, u: float) -> None:
    label = round(24 * u)
    plot = Box(box.x + round(52 * u), box.y + label // 2, box.w - round(60 * u),
               box.h - label - label // 2 - round(6 * u))  # fmt: skip
    if plot.h < 40 * u:
        return

    def y(height: float) -> float:
        return plot.bottom - height * plot.h

    for height, words in course.ticks:
        canvas.fill(Box(plot.x, round(y(height)), plot.w, max(1, round(u))), LINE)
        spot = Box(box.x, round(y(height)) - label // 2, plot.x - box.x - round(8 * u), label)
        canvas.text(words, spot, 22 * u, colour=SOFT, on=PANEL, align="right", least=20 * u)
    foot = Box(plot.x, box.bottom - label, plot.w, label)
    canvas.text("0", foot, 22 * u, colour=SOFT, on=PANEL, least=20 * u)
    canvas.text(course.last, foot, 22 * u, colour=SOFT, on=PANEL, align="right", least=20 * u)
    for at, _middle, low, high in course.points:
        x = plot.x + at * plot.w
        canvas.line((x, y(low)), (x, y(high)), SOFT, max(1.0, 2 * u))
    r = max(3.0, min(7 * u, plot.w / (2.6 * len(course.points))))
    for at, middle, _low, _high in course.points:
        mark(canvas, (plot.x + at * plot.w, y(middle)), side.side, r)
