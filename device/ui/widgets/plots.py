"""The clinic's plots of a run: the drop over the stride, and the last steps one by one.

Left is a full line and full discs, right a dashed line and hollow squares: told apart without
colour, and named beside the plot.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from device.domain.basics import Side
from device.ui.boxes import Box
from device.ui.canvas import Canvas, Point, font
from device.ui.i18n import _
from device.ui.theme import BAND, INSIDE, LINE, PANEL, SOFT, TEXT, WEDGE, Colour, Face
from device.ui.view import side_letter
from device.ui.view_history import TrendView
from device.ui.view_live import CurveView, ScatterView, WaveView

SIDE_COLOUR = {Side.LEFT: INSIDE, Side.RIGHT: TEXT}
_SMALL = 20


def draw_wave(canvas: Canvas, box: Box, *, view: WaveView, u: float) -> None:
    """Both sides' drop from strike to the next strike of that foot, midstance and toe-off marked.

    The left's scatter over the strides is the tinted ground behind its line.
    """
    plot = _frame(canvas, box, _("Drop over a stride"), view.present, u)
    if not view.curves:
        _nothing(canvas, plot, u)
        return
    room = _axis(canvas, plot, view.ticks, view.band, u)
    for name, phase, foot in (
        (_("midstance"), view.midstance, True),
        (_("toe-off"), view.toe_off, False),
    ):
        if phase is not None:
            _event(canvas, room, phase, name, u, foot=foot)
    for side, curve in view.curves:
        _curve(canvas, room, side, curve, u)


def _curve(canvas: Canvas, plot: Box, side: Side, curve: CurveView, u: float) -> None:
    def there(phase: float, up: float) -> Point:
        return plot.x + phase * plot.w, plot.bottom - up * plot.h

    phases = [phase for phase, _up in curve.points]
    if side is Side.LEFT:
        upper = [there(p, up) for p, up in zip(phases, curve.high, strict=True)]
        lower = [there(p, up) for p, up in zip(phases, curve.low, strict=True)]
        canvas.polygon([*upper, *reversed(lower)], WEDGE)
    line = [there(*point) for point in curve.points]
    stroke(canvas, line, side, max(2.0, 4 * u), 9 * u)
    at = min(curve.points, key=lambda point: abs(point[0] - curve.midstance))
    mark(canvas, there(*at), side, 7 * u)


def stroke(canvas: Canvas, line: Sequence[Point], side: Side, width: float, dash: float) -> None:
    """A side's line: full on the left, dashed on the right."""
    colour = SIDE_COLOUR[side]
    if side is Side.LEFT:
        for a, b in pairwise(line):
            canvas.line(a, b, colour, width)
        return
    run, on = 0.0, True
    for a, b in pairwise(line):
        if on:
            canvas.line(a, b, colour, width * 0.8)
        run += abs(b[0] - a[0]) + abs(b[1] - a[1])
        if run > (dash if on else dash * 0.7):
            run, on = 0.0, not on


def mark(canvas: Canvas, at: Point, side: Side, r: float, *, on: Colour = PANEL) -> None:
    """A side's mark: a disc on the left, a hollow square on the right."""
    colour = SIDE_COLOUR[side]
    if side is Side.LEFT:
        canvas.disc(at, r + 1.5, on)
        canvas.disc(at, r, colour)
        return
    size = round(r * 1.8)
    spot = Box(round(at[0] - size / 2), round(at[1] - size / 2), size, size)
    canvas.fill(spot, on)
    canvas.outline(spot, colour, max(2.0, r * 0.42))


def draw_scatter(canvas: Canvas, box: Box, *, view: ScatterView, u: float) -> None:
    """The last steps of both sides, oldest to the left, each at its drop; left out ones faint."""
    plot = _frame(canvas, box, _("Step by step"), view.present, u)
    if not view.points:
        _nothing(canvas, plot, u)
        return
    room = _axis(canvas, plot, view.ticks, view.band, u)
    r = min(8 * u, max(3.0, room.w / 70))
    for side, x, up in view.points:
        at = room.x + r + x * (room.w - 2 * r), room.bottom - up * room.h
        mark(canvas, at, side, r)


def draw_trend(canvas: Canvas, box: Box, *, view: TrendView, u: float) -> None:
    """Both sides over the sessions, each with its interval; the smooth behind, the selected one
    marked."""
    sides = tuple(side for side in Side if any(point[0] is side for point in view.points))
    plot = _frame(canvas, box, _("Over time"), sides, u)
    foot = plot.low(26 * u)
    room = _axis(canvas, plot.above(foot.h), view.ticks, view.band, u)
    inner = room.inset(14 * u, 0)

    def there(along: float, up: float) -> Point:
        return inner.x + along * inner.w, inner.bottom - up * inner.h

    if view.here is not None:
        middle = round(there(view.here, 0)[0])
        wide = round(34 * u)
        canvas.outline(Box(middle - wide // 2, room.y, wide, room.h), INSIDE, max(1, 2 * u), 6 * u)
    for side, spread in view.spread:
        if side is Side.LEFT:
            upper = [there(x, high) for x, _low, high in spread]
            lower = [there(x, low) for x, low, _high in spread]
            canvas.polygon([*upper, *reversed(lower)], WEDGE)
    for side, line in view.lines:
        stroke(canvas, [there(*point) for point in line], side, max(2.0, 3 * u), 8 * u)
    for side, x, up, low, high in view.points:
        # The two sides' whiskers stand a little apart.
        aside = -4 * u if side is Side.LEFT else 4 * u
        at = there(x, up)
        top, bottom = there(x, high)[1], there(x, low)[1]
        canvas.line(
            (at[0] + aside, top), (at[0] + aside, bottom), SIDE_COLOUR[side], max(1.0, 2 * u)
        )
        mark(canvas, (at[0] + aside, at[1]), side, 7 * u)
    left, right = foot.cols((1, 1))
    shift = room.x - left.x
    canvas.text(view.first, Box(left.x + shift, left.y, left.w - shift, left.h), 22 * u,
                colour=SOFT, on=PANEL, least=_SMALL * u)  # fmt: skip
    canvas.text(view.last, right, 22 * u, colour=SOFT, on=PANEL, align="right", least=_SMALL * u)


def _frame(canvas: Canvas, box: Box, title: str, sides: tuple[Side, ...], u: float) -> Box:
    """Title on the left, what the signs mean on the right; returns the room for the plot."""
    inner = box.inset(14 * u, 8 * u)
    head = inner.top(30 * u)
    size = 25 * u
    x = head.right
    for side in reversed(sides):
        letter = side_letter(side)
        wide = font(Face.STRONG, round(size)).size(letter)[0] + 2
        x -= wide
        canvas.text(letter, Box(x, head.y, wide, head.h), size, face=Face.STRONG, on=PANEL)
        x -= round(18 * u)
        mark(canvas, (x + 4 * u, head.cy), side, 8 * u)
        x -= round(26 * u)
    room = Box(head.x, head.y, x - head.x, head.h)
    canvas.text_if_fits(title, room, size, colour=SOFT, on=PANEL, least=_SMALL * u)
    return inner.below(head.h + round(4 * u))


def _axis(
    canvas: Canvas,
    plot: Box,
    ticks: tuple[tuple[float, str], ...],
    band: tuple[float, float],
    u: float,
) -> Box:
    """The band and the lines at `ticks` with their degrees; returns the room right of them."""
    size = _SMALL * u
    wide = max(font(Face.TEXT, round(size)).size(words)[0] for _up, words in ticks)
    room = Box(plot.x + wide + round(8 * u), plot.y, plot.w - wide - round(8 * u), plot.h)
    low, high = (room.bottom - edge * room.h for edge in band)
    canvas.fill(Box(room.x, round(high), room.w, max(1, round(low - high))), BAND)
    last = 1e9
    for up, words in sorted(ticks):
        y = room.bottom - up * room.h
        canvas.line((room.x, y), (room.right, y), LINE, max(1, round(1.5 * u)))
        tall = round(size)
        top = min(max(plot.y, round(y - tall / 2)), plot.bottom - tall)
        if last - top < tall * 0.9:
            continue  # in a low plot
        last = top
        canvas.text(words, Box(plot.x, top, wide, tall), size, colour=SOFT, on=PANEL, align="right")
    return room


def _event(canvas: Canvas, plot: Box, phase: float, name: str, u: float, *, foot: bool) -> None:
    """A vertical line with its name at its foot or head, where the curves leave room."""
    x = plot.x + phase * plot.w
    canvas.line((x, plot.y), (x, plot.bottom), SOFT, max(1, 2 * u))
    top = plot.bottom - round(24 * u) if foot else plot.y
    room = Box(round(x + 7 * u), top, round(plot.right - x - 7 * u), round(22 * u))
    canvas.text_if_fits(name, room, _SMALL * u, colour=SOFT, on=PANEL)


def _nothing(canvas: Canvas, plot: Box, u: float) -> None:
    canvas.text(
        _("waiting for steps"), plot, 27 * u, colour=SOFT, on=PANEL, align="centre", least=20 * u
    )
