"""The coach's exercises: list, what to do, standing, the set, where it was felt, result."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from device.domain.kiosk import Button, Level
from device.ui.boxes import Box
from device.ui.canvas import Canvas
from device.ui.cells import Cell
from device.ui.screens import lists
from device.ui.stage import Stage
from device.ui.theme import (
    BACKGROUND,
    GREEN,
    INSIDE,
    OUTSIDE,
    PANEL,
    RAISED,
    SOFT,
    TEXT,
    TRACK,
    WARN,
    Face,
)
from device.ui.view_coach_exercises import (
    FeltPage,
    FigureView,
    GaugeView,
    ListPage,
    MovingPage,
    Page,
    PartView,
    ReadyPage,
    ResultPage,
    StandingPage,
)
from device.ui.widgets.exercise_figure import exercise_figure, felt_figure
from device.ui.widgets.gauge import ring
from device.ui.widgets.icons import BUTTON_COLOUR, button_shape, level_icon
from device.ui.widgets.picture import draw_picture


def cells(stage: Stage, view: Page, body: Box) -> list[Cell]:
    """The screen's own part, by its phase."""
    match view:
        case ListPage():
            return _list(stage, view, body)
        case ReadyPage():
            return _ready(stage, view, body)
        case StandingPage():
            return _standing(stage, view, body)
        case MovingPage():
            return _moving(stage, view, body)
        case FeltPage():
            return _felt(stage, view, body)
        case ResultPage():
            return _result(stage, view, body)


# --- the list -------------------------------------------------------------------------------------


def _list(stage: Stage, view: ListPage, body: Box) -> list[Cell]:
    found = lists.cells(stage, view.list, body)
    if view.figure is None or view.list.detail is None:
        return found
    paint = partial(_selected, view=view, u=stage.u)
    shown = (view.figure, view.line, view.list.detail.enabled)
    return [
        replace(cell, view=shown, paint=paint) if cell.name == "detail" else cell for cell in found
    ]


def _selected(canvas: Canvas, box: Box, *, view: ListPage, u: float) -> None:
    """The drawings of the selected exercise, and what counts or what opens it."""
    assert view.figure is not None
    assert view.list.detail is not None
    inner = box.inset(18 * u, 14 * u)
    if box.w > box.h * 1.5:
        drawn, rest = inner.cols((46, 54), 20 * u)
    else:
        drawn, rest = inner.rows((70, 30), 10 * u)
    _drawings(canvas, drawn, view.figure, u)
    enabled = view.list.detail.enabled
    if not enabled:
        icon = round(36 * u)
        level_icon(canvas, Level.WARN, Box(rest.x, rest.y, icon, icon), PANEL)
        rest = Box(rest.x + icon + round(12 * u), rest.y, rest.w - icon - round(12 * u), rest.h)
    canvas.text(
        view.line, rest, 30 * u, colour=SOFT if enabled else WARN, on=PANEL, lines=5, least=20 * u,
        valign="top",
    )  # fmt: skip


def _drawings(canvas: Canvas, box: Box, figure: FigureView, u: float) -> None:
    """Both key positions, numbered."""
    for position, spot in enumerate(box.cols((1, 1), 6 * u)):
        exercise_figure(canvas, spot, figure.name, position, figure.side, figure.facing)
        side = round(34 * u)
        mark = Box(spot.x, spot.y, side, side)
        canvas.disc((mark.cx, mark.cy), side / 2, RAISED)
        canvas.text(
            str(position + 1), mark, 24 * u, face=Face.STRONG, on=RAISED, align="centre",
            least=20 * u,
        )  # fmt: skip


# --- what to do -----------------------------------------------------------------------------------


def _ready(stage: Stage, view: ReadyPage, body: Box) -> list[Cell]:
    inner = body.inset(stage.gap)
    shares = (44, 56)
    drawn, words = (
        inner.rows(shares, stage.gap) if stage.sight.portrait else inner.cols(shares, stage.gap)
    )
    paint = partial(_figure_panel, figure=view.figure, u=stage.u)
    text = (view.title, view.number, view.leg, view.seen, view.how, view.counts)
    return [
        Cell("figure", drawn, view.figure, paint, PANEL, stage.radius),
        Cell("words", words, text, partial(_instructions, view=view, u=stage.u), PANEL,
             stage.radius),
    ]  # fmt: skip


def _figure_panel(canvas: Canvas, box: Box, *, figure: FigureView, u: float) -> None:
    _drawings(canvas, box.inset(18 * u, 14 * u), figure, u)


def _instructions(canvas: Canvas, box: Box, *, view: ReadyPage, u: float) -> None:
    inner = box.inset(28 * u, 20 * u)
    head = inner.top(64 * u)
    number = Box(head.right - round(120 * u), head.y, round(120 * u), head.h)
    room = Box(head.x, head.y, head.w - number.w - round(12 * u), head.h)
    canvas.text(view.title, room, 46 * u, face=Face.STRONG, on=PANEL, lines=2, least=24 * u,
                leading=1.0)  # fmt: skip
    canvas.text(view.number, number, 28 * u, colour=SOFT, on=PANEL, align="right", least=20 * u)
    rest = inner.below(head.h + 6 * u)
    leg, seen, rest = rest.top(46 * u), rest.below(46 * u).top(38 * u), rest.below(92 * u)
    canvas.text(view.leg, leg, 40 * u, face=Face.STRONG, colour=INSIDE, on=PANEL, least=24 * u)
    canvas.text(view.seen, seen, 28 * u, colour=SOFT, on=PANEL, least=20 * u)
    steps, counts = rest.rows((72, 28), 8 * u)
    for i, (words, spot) in enumerate(zip(view.how, steps.rows([1] * len(view.how)), strict=True)):
        side = round(38 * u)
        mark = Box(spot.x, spot.cy - side // 2, side, side)
        canvas.disc((mark.cx, mark.cy), side / 2, RAISED)
        canvas.text(str(i + 1), mark, 26 * u, face=Face.STRONG, on=RAISED, align="centre",
                    least=20 * u)  # fmt: skip
        left = mark.right + round(16 * u)
        room = Box(left, spot.y, spot.right - left, spot.h)
        canvas.text(words, room, 34 * u, on=PANEL, lines=3, least=20 * u)
    canvas.text(view.counts, counts, 28 * u, colour=SOFT, on=PANEL, lines=3, least=20 * u)


# --- standing -------------------------------------------------------------------------------------


def _standing(stage: Stage, view: StandingPage, body: Box) -> list[Cell]:
    inner = body.inset(stage.gap)
    picture = view.picture if stage.show_picture else None
    parts = [inner]
    if picture is not None:
        shares = (52, 48)
        parts = (
            inner.rows(shares, stage.gap) if stage.sight.portrait else inner.cols(shares, stage.gap)
        )
    shown = (view.title, view.lines, view.fraction, view.number, view.problem)
    paint = partial(_still, view=view, u=stage.u)
    result = [Cell("still", parts[0], shown, paint, PANEL, stage.radius)]
    if picture is not None:
        result.append(_picture(stage, parts[1], view))
    return result


def _picture(stage: Stage, box: Box, view: StandingPage | MovingPage) -> Cell:
    framing = stage.framing("exercises")
    shown, letters, u = view.picture, view.letters, stage.u
    assert shown is not None

    def paint(canvas: Canvas, place: Box) -> None:
        draw_picture(canvas, shown.picture, place, framing)
        for word, align in zip(letters, ("left", "right"), strict=True):
            wide, high = round(min(place.w * 0.46, 120 * u)), round(34 * u)
            x = place.x if align == "left" else place.right - wide
            plate = Box(x, place.y, wide, high)
            canvas.fill(plate, BACKGROUND)
            canvas.text(
                word, plate.inset(6 * u, 2 * u), 24 * u, face=Face.STRONG, align="centre",
                least=20 * u,
            )  # fmt: skip

    return Cell("picture", box, (shown, letters), paint, None)


def _still(canvas: Canvas, box: Box, *, view: StandingPage, u: float) -> None:
    inner = box.inset(28 * u, 20 * u)
    title = inner.top(70 * u)
    canvas.text(view.title, title, 60 * u, face=Face.STRONG, on=PANEL, least=30 * u)
    rest = inner.below(title.h + 8 * u)
    words, wheel = rest.rows((38, 62), 10 * u)
    if view.problem is None:
        lines = "\n".join(view.lines)
        canvas.text(lines, words, 36 * u, colour=SOFT, on=PANEL, lines=4, least=20 * u,
                    valign="top")  # fmt: skip
    else:
        canvas.text("\n".join(view.problem), words, 34 * u, colour=WARN, on=PANEL, lines=5,
                    least=20 * u, valign="top")  # fmt: skip
    side = min(wheel.h, wheel.w)
    place = wheel.middle(side, side)
    ring(canvas, place, view.fraction, INSIDE)
    canvas.number(view.number, place, round(side * 0.32), on=PANEL, unit=" %")


# --- the set --------------------------------------------------------------------------------------


def _moving(stage: Stage, view: MovingPage, body: Box) -> list[Cell]:
    u, gap = stage.u, stage.gap
    inner = body.inset(gap)
    head = inner.top((150 if stage.sight.portrait else 118) * u)
    rest = inner.below(head.h + gap)
    if stage.sight.portrait:
        upper, lower = rest.rows((46, 54), gap)
        wheel, seen = upper.cols((50, 50), gap)
        gauge, parts = lower.rows((58, 42), gap)
    else:
        wheel, middle, seen = rest.cols((30, 40, 30), gap)
        gauge, parts = middle.rows((58, 42), gap)
    radius = stage.radius
    result = [
        Cell("cue", head, (view.cue, view.more, view.fits), partial(_cue, view=view, u=u), PANEL,
             radius),
        Cell("ring", wheel, (view.fraction, view.number, view.goal, view.marks, view.leg),
             partial(_wheel, view=view, u=u), PANEL, radius),
        Cell("gauge", gauge, view.gauge, partial(_gauge, view=view.gauge, u=u), PANEL, radius),
        Cell("parts", parts, view.parts, partial(_parts, parts=view.parts, u=u), PANEL, radius),
    ]  # fmt: skip
    if view.picture is not None and stage.show_picture:
        result.append(_picture(stage, seen, view))
    else:
        figure, position = view.figure, view.position

        def paint(canvas: Canvas, place: Box) -> None:
            exercise_figure(
                canvas, place.inset(10 * u), figure.name, position, figure.side, figure.facing
            )

        result.append(Cell("figure", seen, (figure, position), paint, PANEL, radius))
    return result


def _cue(canvas: Canvas, box: Box, *, view: MovingPage, u: float) -> None:
    """The one thing to do, in the largest letters of the screen."""
    inner = box.inset(26 * u, 10 * u)
    colour = GREEN if view.fits else WARN
    canvas.fill(Box(box.x, box.y, round(10 * u), box.h), colour, 4 * u)
    side = round(min(64 * u, inner.h * 0.8))
    spot = Box(inner.x, inner.cy - side // 2, side, side)
    level_icon(canvas, Level.OK if view.fits else Level.WARN, spot, PANEL)
    left = spot.right + round(24 * u)
    room = Box(left, inner.y, inner.right - left, inner.h)
    if not view.more:
        canvas.text(view.cue, room, 68 * u, face=Face.STRONG, on=PANEL, lines=2, least=30 * u,
                    leading=1.0)  # fmt: skip
        return
    upper, lower = room.rows((54, 46))
    canvas.text(view.cue, upper, 44 * u, face=Face.STRONG, on=PANEL, lines=2, least=22 * u,
                leading=1.0)  # fmt: skip
    canvas.text(view.more, lower, 32 * u, colour=SOFT, on=PANEL, lines=2, least=20 * u,
                leading=1.0)  # fmt: skip


def _wheel(canvas: Canvas, box: Box, *, view: MovingPage, u: float) -> None:
    inner = box.inset(16 * u, 14 * u)
    leg = inner.top(36 * u)
    canvas.text(view.leg, leg, 30 * u, face=Face.STRONG, colour=INSIDE, on=PANEL, align="centre",
                least=20 * u)  # fmt: skip
    rest = inner.below(44 * u)
    low = 0.0
    if view.marks:
        low = 40 * u
    wheel = rest.above(low)
    side = min(wheel.h, wheel.w)
    place = wheel.middle(side, side)
    ring(canvas, place, view.fraction, GREEN)
    upper = place.inset(side * 0.16, side * 0.2)
    number, words = upper.rows((68, 32))
    canvas.number(view.number, number, round(side * 0.38), on=PANEL)
    canvas.text(view.goal, words, 32 * u, colour=SOFT, on=PANEL, align="centre", least=20 * u)
    if view.marks:
        _marks(canvas, rest.low(low).inset(0, 6 * u), view.marks)


def _marks(canvas: Canvas, box: Box, marks: tuple[bool, ...]) -> None:
    """A mark for each repetition: full where it was smooth, hollow where it was not."""
    shown = marks[-12:]
    step = min(box.h * 1.25, box.w / max(1, len(shown)))
    r = min(box.h, step * 0.8) / 2
    x = box.cx - step * (len(shown) - 1) / 2
    for i, smooth in enumerate(shown):
        spot = (x + i * step, float(box.cy))
        canvas.disc(spot, r, GREEN)
        if not smooth:
            canvas.disc(spot, r * 0.62, PANEL)


def _gauge(canvas: Canvas, box: Box, *, view: GaugeView, u: float) -> None:
    """The value large, and where it is against the band."""
    inner = box.inset(24 * u, 14 * u)
    head = inner.top(34 * u)
    canvas.text(view.name, head, 28 * u, colour=SOFT, on=PANEL, least=20 * u)
    foot = inner.low(30 * u)
    rest = inner.below(head.h + 4 * u).above(foot.h + 4 * u)
    number, bar = rest.rows((62, 38), 6 * u)
    size = round(min(number.h / 0.78, 150 * u))
    shown = canvas.number(view.number, number, size, on=PANEL, align="left", unit=view.unit)
    if view.level:
        left = shown.right + round(24 * u)
        room = Box(left, number.y, inner.right - left, number.h)
        canvas.text(view.level, room, 28 * u, colour=SOFT, on=PANEL, lines=3, least=20 * u)
    track = Box(bar.x, bar.y + round(bar.h * 0.2), bar.w, round(bar.h * 0.6))
    canvas.fill(track, TRACK, track.h * 0.25)
    x0, x1 = (track.x + edge * track.w for edge in view.band)
    thick = max(3.0, 5 * u)
    canvas.fill(Box(round(x0), track.y, round(x1 - x0), track.h), (34, 78, 62))
    for x in (x0, x1):
        canvas.line((x, bar.y), (x, bar.bottom), TEXT, thick)
    if view.value is not None:
        x = track.x + view.value * track.w
        colour = GREEN if view.inside else OUTSIDE
        canvas.line((x, bar.y), (x, bar.bottom), BACKGROUND, thick * 3.2)
        canvas.line((x, bar.y), (x, bar.bottom), colour, thick * 2)
    for x, words in zip((x0, x1), view.edges, strict=True):
        wide = round(90 * u)
        place = Box(
            min(max(inner.x, round(x - wide / 2)), inner.right - wide), foot.y, wide, foot.h
        )
        canvas.text(words, place, 26 * u, colour=SOFT, on=PANEL, align="centre", least=20 * u)


def _parts(canvas: Canvas, box: Box, *, parts: tuple[PartView, ...], u: float) -> None:
    for part, spot in zip(parts, box.inset(24 * u, 10 * u).rows([1] * len(parts)), strict=True):
        side = round(min(34 * u, spot.h * 0.8))
        mark = Box(spot.x, spot.cy - side // 2, side, side)
        if part.well is not None:
            level_icon(canvas, Level.OK if part.well else Level.WARN, mark, PANEL)
        left = mark.right + round(16 * u)
        value = round(96 * u)
        room = Box(left, spot.y, spot.right - left - value - round(8 * u), spot.h)
        colour = WARN if part.well is False else TEXT
        canvas.text(part.name, room, 30 * u, colour=colour, on=PANEL, least=20 * u)
        canvas.text(
            part.value, Box(spot.right - value, spot.y, value, spot.h), 30 * u, face=Face.STRONG,
            colour=colour, on=PANEL, align="right", least=20 * u,
        )  # fmt: skip


# --- where it was felt, and the result ------------------------------------------------------------


def _felt(stage: Stage, view: FeltPage, body: Box) -> list[Cell]:
    u, gap = stage.u, stage.gap
    inner = body.inset(gap)
    head = inner.top(120 * u)
    rest = inner.below(head.h + gap)
    shares = (46, 54)
    drawn, answers = rest.rows(shares, gap) if stage.sight.portrait else rest.cols(shares, gap)
    yes, no = answers.rows((1, 1), gap)
    side = view.side
    result = [
        Cell("head", head, (view.title, view.line), partial(_question, view=view, u=u)),
        Cell("figure", drawn, side, lambda c, b: felt_figure(c, b.inset(14 * u), side), PANEL,
             stage.radius),
    ]  # fmt: skip
    for name, spot, button, words in (
        ("yes", yes, Button.GREEN, view.answers[0]),
        ("no", no, Button.BLUE, view.answers[1]),
    ):
        paint = partial(_answer, button=button, words=words, u=u)
        result.append(Cell(name, spot, words, paint, PANEL, stage.radius))
    return result


def _question(canvas: Canvas, box: Box, *, view: FeltPage, u: float) -> None:
    upper, lower = box.rows((64, 36))
    canvas.text(view.title, upper, 60 * u, face=Face.STRONG, least=28 * u)
    canvas.text(view.line, lower, 34 * u, colour=SOFT, least=20 * u)


def _answer(canvas: Canvas, box: Box, *, button: Button, words: tuple[str, str], u: float) -> None:
    inner = box.inset(28 * u, 20 * u)
    side = round(min(80 * u, inner.h * 0.6))
    spot = Box(inner.x, inner.cy - side // 2, side, side)
    button_shape(canvas, button, spot, BUTTON_COLOUR[button])
    left = spot.right + round(28 * u)
    upper, lower = Box(left, inner.y, inner.right - left, inner.h).rows((55, 45))
    canvas.text(words[0], upper, 50 * u, face=Face.STRONG, on=PANEL, least=24 * u, lines=2,
                leading=1.0)  # fmt: skip
    canvas.text(words[1], lower, 34 * u, colour=SOFT, on=PANEL, least=20 * u, lines=2,
                valign="top")  # fmt: skip


def _result(stage: Stage, view: ResultPage, body: Box) -> list[Cell]:
    inner = body.inset(stage.gap)
    shares = (34, 66)
    drawn, words = (
        inner.rows(shares, stage.gap) if stage.sight.portrait else inner.cols(shares, stage.gap)
    )
    text = (view.title, view.number, view.unit, view.lines, view.next, view.level, view.kept)
    figure, u = view.figure, stage.u
    return [
        Cell("figure", drawn, figure,
             lambda c, b: exercise_figure(
                 c, b.inset(14 * u), figure.name, 1, figure.side, figure.facing),
             PANEL, stage.radius),
        Cell("words", words, text, partial(_outcome, view=view, u=u), PANEL, stage.radius),
    ]  # fmt: skip


def _outcome(canvas: Canvas, box: Box, *, view: ResultPage, u: float) -> None:
    inner = box.inset(32 * u, 22 * u)
    title = inner.top(60 * u)
    canvas.text(view.title, title, 48 * u, face=Face.STRONG, on=PANEL, least=24 * u)
    rest = inner.below(title.h + 6 * u)
    kept = rest.low(40 * u)
    number, lines, follows = rest.above(kept.h + 8 * u).rows((34, 34, 32), 8 * u)
    canvas.number(
        view.number, number, round(min(number.h / 0.74, 170 * u)), on=PANEL, align="left",
        unit=f" {view.unit}", steady=False,
    )  # fmt: skip
    canvas.text("\n".join(view.lines), lines, 34 * u, colour=SOFT, on=PANEL, lines=5, least=20 * u,
                valign="top")  # fmt: skip
    side = round(min(56 * u, follows.h * 0.5))
    spot = Box(follows.x, follows.cy - side // 2, side, side)
    level_icon(canvas, view.level, spot, PANEL)
    left = spot.right + round(20 * u)
    room = Box(left, follows.y, follows.right - left, follows.h)
    canvas.text(view.next, room, 42 * u, face=Face.STRONG, on=PANEL, lines=3, least=22 * u,
                colour=WARN if view.level is Level.WARN else TEXT)  # fmt: skip
    canvas.text(view.kept, kept, 28 * u, colour=SOFT, on=PANEL, least=20 * u)
