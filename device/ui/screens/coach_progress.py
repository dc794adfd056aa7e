"""A programme's progress: a plot for each side, with feedback and without."""

from __future__ import annotations

from functools import partial

from device.ui.boxes import Box
from device.ui.canvas import Canvas, font
from device.ui.cells import Cell
from device.ui.i18n import _
from device.ui.stage import Stage
from device.ui.theme import BAND, INSIDE, LINE, PANEL, SOFT, STALE, TEXT, Colour, Face
from device.ui.view_coach_progress import PointView, ProgressScreenView, SideProgress
from device.ui.widgets.chrome import draw_notice


def cells(stage: Stage, view: ProgressScreenView, body: Box) -> list[Cell]:
    """Title, what can be said, and the two plots."""
    u, gap = stage.u, stage.gap
    inner = body.inset(gap)
    head, rest = inner.top(56 * u), inner.below(56 * u + gap)
    result = [
        Cell("title", head, (view.title, view.count), partial(_title, view=view, u=u)),
    ]
    if view.problem is not None:
        problem = view.problem
        spot = rest.top(104 * u)
        return [*result, Cell("problem", spot, problem, lambda c, b: draw_notice(c, b, problem))]
    if not view.sides:
        return result
    words = rest.top((120 if stage.sight.portrait else 96) * u)
    shown = (view.words, view.notes)
    result.append(Cell("words", words, shown, partial(_words, view=view, u=u)))
    plots = rest.below(words.h + gap)
    tall = stage.sight.portrait
    halves = plots.rows((1, 1), gap) if tall else plots.cols((1, 1), gap)
    for side, box in zip(view.sides, halves, strict=True):
        paint = partial(_side, side=side, u=u)
        result.append(Cell(f"plot {side.side}", box, side, paint, PANEL, stage.radius))
    return result


def _title(canvas: Canvas, box: Box, *, view: ProgressScreenView, u: float) -> None:
    inner = box.inset(10 * u, 0)
    size = 30 * u
    wide = font(Face.TEXT, round(size)).size(view.count)[0] + round(8 * u) if view.count else 0
    room = Box(inner.x, inner.y, inner.w - wide - round(16 * u), inner.h)
    canvas.text(view.title, room, 50 * u, face=Face.STRONG, least=26 * u)
    canvas.text(view.count, inner, size, colour=SOFT, align="right")


def _words(canvas: Canvas, box: Box, *, view: ProgressScreenView, u: float) -> None:
    """The answer, and below it what the signs in the plots mean."""
    upper, lower = box.inset(10 * u, 0).rows((58, 42), 4 * u)
    canvas.text(view.words, upper, 42 * u, face=Face.STRONG, least=24 * u, lines=2, leading=1.0)
    x = lower.x
    size = 25 * u
    for words, shown in ((_("with feedback"), True), (_("hidden"), False)):
        _mark(canvas, (x + 9 * u, lower.cy), shown, 8 * u, TEXT)
        x += round(28 * u)
        wide = font(Face.TEXT, round(size)).size(words)[0] + 2
        canvas.text(words, Box(x, lower.y, wide, lower.h), size, colour=SOFT)
        x += wide + round(30 * u)
    notes = " · ".join(view.notes)
    room = Box(x, lower.y, lower.right - x, lower.h)
    canvas.text(notes, room, size, colour=SOFT, align="right", least=20 * u)


def _side(canvas: Canvas, box: Box, *, side: SideProgress, u: float) -> None:
    inner = box.inset(16 * u, 10 * u)
    head, rest = inner.top(42 * u), inner.below(48 * u)
    title = canvas.text(side.title, head, 34 * u, face=Face.STRONG, on=PANEL, least=22 * u)
    room = Box(title.right, head.y, head.right - title.right, head.h)
    canvas.text(side.change, room, 34 * u, face=Face.STRONG, colour=INSIDE, on=PANEL,
                align="right", least=22 * u)  # fmt: skip
    foot = rest.low(26 * u)
    wide = round(62 * u)
    plot = rest.above(foot.h + round(4 * u))
    plot = Box(plot.x + wide, plot.y, plot.w - wide, plot.h)
    if side.band is not None:
        low, high = (plot.bottom - edge * plot.h for edge in side.band)
        canvas.fill(Box(plot.x, round(high), plot.w, max(2, round(low - high))), BAND)
    for up, words in side.ticks:
        y = plot.bottom - up * plot.h
        canvas.line((plot.x, y), (plot.right, y), LINE, max(1, round(1.5 * u)))
        spot = Box(plot.x - wide, round(y - 13 * u), wide - round(8 * u), round(26 * u))
        canvas.text(words, spot, 22 * u, colour=SOFT, on=PANEL, align="right", least=20 * u)
    every = 1 if len(side.marks) <= plot.w / (44 * u) else 2
    for along, words in side.marks[::every]:
        at = round(plot.x + along * plot.w)
        spot = Box(at - round(22 * u), foot.y, round(44 * u), foot.h)
        canvas.text(words, spot, 22 * u, colour=SOFT, on=PANEL, align="centre", least=20 * u)
    for point in side.points:
        _point(canvas, plot, point, u)


def _point(canvas: Canvas, plot: Box, point: PointView, u: float) -> None:
    """With feedback a little to the left, hidden a little to the right."""
    x = plot.x + point.along * plot.w + (-8 * u if point.shown else 8 * u)
    colour = STALE if point.faint else TEXT
    top, bottom = plot.bottom - point.high * plot.h, plot.bottom - point.low * plot.h
    canvas.line((x, top), (x, bottom), colour, max(1.0, 2.5 * u))
    _mark(canvas, (x, plot.bottom - point.up * plot.h), point.shown, 10 * u, colour)


def _mark(canvas: Canvas, at: tuple[float, float], shown: bool, r: float, colour: Colour) -> None:
    """A disc with feedback, a hollow diamond without."""
    if shown:
        canvas.disc(at, r, colour)
        return
    x, y = at
    r *= 1.3
    canvas.polygon([(x, y - r), (x + r, y), (x, y + r), (x - r, y)], colour)
    r *= 0.52
    canvas.polygon([(x, y - r), (x + r, y), (x, y + r), (x - r, y)], PANEL)
