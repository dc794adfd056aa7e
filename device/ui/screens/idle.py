"""Idle: what this is, and how to begin."""

from __future__ import annotations

from functools import partial

from device.domain.kiosk import Button, Level
from device.ui.boxes import Box
from device.ui.canvas import Canvas
from device.ui.cells import Cell
from device.ui.stage import Stage
from device.ui.theme import GREEN, INSIDE, PANEL, RAISED, SOFT, TEXT, Face
from device.ui.view import PULSE_STEPS, IdleView, PartView
from device.ui.widgets.figure import figure
from device.ui.widgets.icons import LEVEL_COLOUR, button_shape, level_icon
from device.ui.widgets.pictograms import pictogram
from device.ui.widgets.picture import draw_picture


def cells(stage: Stage, view: IdleView, body: Box) -> list[Cell]:
    """Title, the three steps and the green call; beside them the picture, or a sign of a runner;
    below how the station's parts stand."""
    u, gap = stage.u, stage.gap
    tall = stage.sight.portrait
    inner = body.inset(gap)
    foot = inner.low((150 if tall else 68) * u)
    rest = inner.above(foot.h + gap)
    if tall:
        shown, words = rest.rows((38, 62), gap)
    else:
        words, shown = rest.cols((63, 37), gap)
    result = _words(stage, view, words)
    result.append(_shown(stage, view, shown))
    count = len(view.parts)
    if tall:
        spots = [box for row in foot.rows((1, 1), gap) for box in row.cols((1, 1), gap)]
    else:
        spots = foot.cols([1] * count, gap)
    for part, spot in zip(view.parts, spots, strict=False):
        paint = partial(_part, part=part, u=u)
        result.append(Cell(f"part {part.key}", spot, part, paint, PANEL, stage.radius))
    return result


def _words(stage: Stage, view: IdleView, box: Box) -> list[Cell]:
    u, gap = stage.u, stage.gap
    call = box.low(min(136 * u, box.h * 0.3))
    upper = box.above(call.h + gap)
    steps = upper.low(min(upper.h * 0.52, 190 * u))
    title = upper.above(steps.h + gap).inset(10 * u, 0)
    result = [Cell("title", title, view.title, partial(_title, words=view.title, u=u))]
    for i, ((sign, words), spot) in enumerate(
        zip(view.steps, steps.cols((1, 1, 1), gap), strict=True)
    ):
        paint = partial(_step, number=str(i + 1), sign=sign, words=words, u=u)
        result.append(Cell(f"step {i}", spot, (sign, words), paint, PANEL, stage.radius))
    # The light of the button breathes; so does its likeness, in a cell of its own.
    icon = Box(call.x, call.y, min(call.h, round(call.w * 0.2)), call.h)
    rest = Box(icon.right, call.y, call.w - icon.w, call.h)
    result.append(Cell("call icon", icon, view.pulse, partial(_pulse, step=view.pulse), RAISED))
    result.append(Cell("call", rest, view.call, partial(_call, words=view.call, u=u), RAISED))
    return result


def _title(canvas: Canvas, box: Box, *, words: str, u: float) -> None:
    canvas.text(words, box, 80 * u, face=Face.STRONG, lines=3, least=34 * u, leading=1.04)


def _step(canvas: Canvas, box: Box, *, number: str, sign: str, words: str, u: float) -> None:
    """Number and pictogram above the words."""
    inner = box.inset(16 * u, 12 * u)
    upper, lower = inner.rows((52, 48), 6 * u)
    side = min(upper.h, round(84 * u))
    pictogram(canvas, sign, Box(inner.right - side, upper.y, side, side), TEXT, PANEL)
    canvas.number(
        number, upper, round(min(62 * u, upper.h * 0.9)), colour=INSIDE, on=PANEL, align="left",
        valign="top",
    )  # fmt: skip
    canvas.text(
        words, lower, 32 * u, on=PANEL, lines=2, least=20 * u, leading=1.06, valign="bottom"
    )


def _pulse(canvas: Canvas, box: Box, *, step: int) -> None:
    """The button, with a ring that leaves it and fades."""
    canvas.fill(Box(box.x, box.y, max(4, box.w // 14), box.h), GREEN)
    side = min(box.w, box.h) * 0.5
    place = box.middle(side, side)
    at = step / PULSE_STEPS
    radius = side / 2 * (1.0 + 0.62 * at)
    fade = tuple(round(g + (r - g) * at) for g, r in zip(GREEN, RAISED, strict=True))
    canvas.circle((place.cx, place.cy), radius, (fade[0], fade[1], fade[2]), side * 0.07)
    button_shape(canvas, Button.GREEN, place, GREEN)


def _call(canvas: Canvas, box: Box, *, words: str, u: float) -> None:
    room = box.inset(4 * u, 6 * u)
    canvas.text(words, room, 52 * u, face=Face.STRONG, lines=2, least=28 * u, on=RAISED)


def _shown(stage: Stage, view: IdleView, box: Box) -> Cell:
    picture = view.picture if stage.show_picture else None
    if picture is None:
        room = 16 * stage.u

        def sign(canvas: Canvas, where: Box) -> None:
            figure(canvas, where.inset(room), on=PANEL)

        return Cell("figure", box, None, sign, PANEL, stage.radius)
    framing = stage.framing("idle")

    def paint(canvas: Canvas, where: Box) -> None:
        draw_picture(canvas, picture.picture, where, framing)

    return Cell("picture", box, picture, paint, None)


def _part(canvas: Canvas, box: Box, *, part: PartView, u: float) -> None:
    """Sign, name and state; how it stands also as tick, triangle or octagon."""
    inner = box.inset(14 * u, 6 * u)
    side = round(min(inner.h * 0.78, 44 * u))
    well = part.level in (None, Level.OK)
    colour = SOFT if part.level is None else LEVEL_COLOUR[part.level]
    pictogram(
        canvas, part.key, Box(inner.x, inner.cy - side // 2, side, side), TEXT if well else colour,
        PANEL,
    )  # fmt: skip
    badge = round(26 * u)
    right = inner.right
    if part.level is not None:
        spot = Box(inner.right - badge, inner.cy - badge // 2, badge, badge)
        level_icon(canvas, part.level, spot, PANEL)
        right = spot.x - round(8 * u)
    left = inner.x + side + round(14 * u)
    upper, lower = Box(left, inner.y, right - left, inner.h).rows((1, 1))
    name = part.name[:1].upper() + part.name[1:]
    canvas.text(name, upper, 26 * u, face=Face.STRONG, on=PANEL, least=20 * u)
    canvas.text(part.state, lower, 24 * u, colour=SOFT if well else colour, on=PANEL, least=20 * u)
