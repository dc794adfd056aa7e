"""The cadence trial: what it is, what to do now, what came out."""

from __future__ import annotations

from functools import partial

from device.domain.basics import Side
from device.domain.coach_screens import TrialPhase
from device.domain.kiosk import ScreenModel
from device.domain.trial import Follow
from device.ui import view_coach_trial as views
from device.ui.boxes import Box
from device.ui.canvas import Canvas, number_width
from device.ui.cells import Cell
from device.ui.i18n import _
from device.ui.stage import Stage
from device.ui.theme import (
    BACKGROUND,
    GREEN,
    INSIDE,
    LINE,
    OUTSIDE,
    PANEL,
    RAISED,
    SOFT,
    TEXT,
    TRACK,
    WARN,
    Face,
)
from device.ui.view import side_name
from device.ui.widgets.badges import badge
from device.ui.widgets.chrome import draw_notice
from device.ui.widgets.icons import check, cross
from device.ui.widgets.pictograms import pictogram


def cells(stage: Stage, model: ScreenModel, body: Box) -> list[Cell]:
    """The screen's own part."""
    trial = views.of(model)
    if trial is None:
        return []
    if trial.phase is TrialPhase.INTRO:
        return _intro_cells(stage, views.intro(trial), body)
    if trial.phase is TrialPhase.RUN:
        return _live_cells(stage, views.live(model, trial), body)
    estimate = model.results is not None and model.results.estimate_only
    return _result_cells(stage, views.result(trial, estimate=estimate), body)


# --- before ---------------------------------------------------------------------------------------


def _intro_cells(stage: Stage, view: views.TrialIntroView, body: Box) -> list[Cell]:
    gap, u = stage.gap, stage.u
    inner = body.inset(gap)
    words, steps = inner.rows((52, 48), gap) if stage.sight.portrait else inner.cols((58, 42), gap)
    return [
        Cell(
            "words",
            words,
            (view.title, view.lead, view.rules),
            partial(_intro_words, view=view, u=u),
            PANEL,
            stage.radius,
        ),
        Cell(
            "steps", steps, view.steps, partial(_intro_steps, view=view, u=u), PANEL, stage.radius
        ),
    ]


def _intro_words(canvas: Canvas, box: Box, *, view: views.TrialIntroView, u: float) -> None:
    inner = box.inset(32 * u, 24 * u)
    title, lead, *rules = inner.rows((26, 30, *(22 for _rule in view.rules)), 8 * u)
    canvas.text(view.title, title, 62 * u, face=Face.STRONG, on=PANEL, least=30 * u)
    canvas.text(view.lead, lead, 38 * u, colour=SOFT, on=PANEL, lines=3, least=22 * u, valign="top")
    for row, words in zip(rules, view.rules, strict=True):
        side = round(min(row.h * 0.5, 16 * u))
        canvas.disc((row.x + side / 2, row.cy), side / 2, INSIDE)
        room = Box(row.x + round(34 * u), row.y, row.w - round(34 * u), row.h)
        canvas.text(words, room, 32 * u, on=PANEL, lines=2, least=20 * u)


def _intro_steps(canvas: Canvas, box: Box, *, view: views.TrialIntroView, u: float) -> None:
    rows = box.inset(28 * u, 22 * u).rows([1] * len(view.steps), 14 * u)
    for k, (row, (name, lasting)) in enumerate(zip(rows, view.steps, strict=True)):
        tall = round(min(row.h, 150 * u))
        card = row.middle(row.w, tall)
        canvas.fill(card, RAISED, 12 * u)
        inner = card.inset(20 * u, 8 * u)
        sign, words, time = inner.cols((18, 52, 30), 14 * u)
        canvas.text(str(k + 1), sign, 64 * u, face=Face.NUMBER, colour=INSIDE, on=RAISED,
                    least=30 * u)  # fmt: skip
        canvas.text(name, words, 46 * u, face=Face.STRONG, on=RAISED, lines=2, least=22 * u)
        canvas.text(lasting, time, 36 * u, colour=SOFT, on=RAISED, align="right", least=20 * u)


# --- while it runs --------------------------------------------------------------------------------


def _live_cells(stage: Stage, view: views.TrialLiveView, body: Box) -> list[Cell]:
    gap, u = stage.gap, stage.u
    inner = body.inset(gap)
    head = inner.top((150 if stage.sight.portrait else 96) * u)
    rest = inner.below(head.h + gap)
    order = rest.low(min(rest.h * 0.34, (230 if stage.sight.portrait else 170) * u))
    middle = rest.above(order.h + gap)
    if stage.sight.portrait:
        cadence, beat = middle.rows((1, 1), gap)
    else:
        cadence, beat = middle.cols((54, 46), gap)
    r = stage.radius
    said = (view.order, view.why, view.pace, view.new)
    numbers = (view.cadence, view.target, view.pace)
    pulse = (view.target, view.lit, view.sound)
    paint_head = partial(_head, view=view, u=u, tall=stage.sight.portrait)
    return [
        Cell("head", head, (view.chips, view.left), paint_head),
        Cell("cadence", cadence, numbers, partial(_cadence, view=view, u=u), PANEL, r),
        Cell("beat", beat, pulse, partial(_beat, view=view, u=u), PANEL, r),
        Cell("order", order, said, partial(_order, view=view, u=u), RAISED, r),
    ]


def _head(canvas: Canvas, box: Box, *, view: views.TrialLiveView, u: float, tall: bool) -> None:
    chips, left = box.rows((1, 1), 8 * u) if tall else box.cols((72, 28), 16 * u)
    for chip, where in zip(view.chips, chips.cols([1] * len(view.chips), 12 * u), strict=True):
        now = chip.state == "now"
        ground = RAISED if now else PANEL
        canvas.fill(where, ground, 12 * u)
        if now:
            canvas.outline(where, INSIDE, 4 * u, 12 * u)
        inner = where.inset(14 * u, 6 * u)
        if chip.state == "done":
            side = round(min(inner.h * 0.5, 34 * u))
            check(canvas, Box(inner.x, inner.cy - side // 2, side, side), GREEN, side * 0.2)
            inner = Box(inner.x + side + round(10 * u), inner.y, inner.w - side - round(10 * u),
                        inner.h)  # fmt: skip
        face, colour = (Face.STRONG, TEXT) if now else (Face.TEXT, SOFT)
        canvas.text(chip.words, inner, 40 * u, face=face, colour=colour, on=ground, align="centre",
                    least=20 * u)  # fmt: skip
    words, number = left.cols((46, 54), 8 * u)
    canvas.text(_("still"), words, 34 * u, colour=SOFT, align="right", least=20 * u)
    size = round(min(96 * u, number.h / 0.74))
    canvas.number(view.left, number, size, align="right")


def _cadence(canvas: Canvas, box: Box, *, view: views.TrialLiveView, u: float) -> None:
    inner = box.inset(26 * u, 16 * u)
    head = inner.top(44 * u)
    canvas.text(_("YOUR STEPS A MINUTE"), head, 32 * u, face=Face.STRONG, colour=SOFT, on=PANEL,
                least=20 * u)  # fmt: skip
    room = inner.below(head.h + round(6 * u))
    colour = {Follow.ON: INSIDE, None: TEXT}.get(view.pace, OUTSIDE)
    sign = room
    if view.pace is not None:
        room, sign = room.cols((74, 26), 10 * u)
    size = round(room.h / 0.74)
    while size > 20 and number_width("288", Face.NUMBER, size) > room.w:
        size -= 2
    canvas.number(view.cadence, room, size, on=PANEL, colour=TEXT)
    if view.pace is not None:
        side = round(min(sign.w, sign.h) * 0.8)
        _pace(canvas, sign.middle(side, side), view.pace, colour)


def _pace(canvas: Canvas, box: Box, pace: Follow, colour: tuple[int, int, int]) -> None:
    """Up: quicker; down: slower; a tick: as it should be."""
    if pace is Follow.ON:
        check(canvas, box, colour, box.w * 0.2)
        return
    up = pace is Follow.SLOWER
    tip, foot = (box.y, box.bottom) if up else (box.bottom, box.y)
    mid = (tip + foot) / 2
    canvas.polygon([(box.cx, tip), (box.right, mid), (box.x, mid)], colour)
    half = box.w * 0.19
    canvas.polygon(
        [(box.cx - half, mid), (box.cx + half, mid), (box.cx + half, foot), (box.cx - half, foot)],
        colour,
    )


def _beat(canvas: Canvas, box: Box, *, view: views.TrialLiveView, u: float) -> None:
    inner = box.inset(24 * u, 16 * u)
    if not view.target:
        upper, lower = inner.rows((70, 30), 8 * u)
        side = round(min(upper.h, upper.w) * 0.9)
        pictogram(canvas, "run", upper.middle(side, side), TEXT, PANEL)
        canvas.text(_("The beat comes next."), lower, 36 * u, colour=SOFT, on=PANEL, lines=2,
                    align="centre", least=20 * u)  # fmt: skip
        return
    if view.sound:
        foot = inner.low(36 * u)
        canvas.text(view.sound, foot, 26 * u, colour=WARN, on=PANEL, align="centre", least=20 * u)
        inner = inner.above(foot.h + round(4 * u))
    head = inner.top(40 * u)
    canvas.text(_("BEAT"), head, 32 * u, face=Face.STRONG, colour=SOFT, on=PANEL, align="centre",
                least=20 * u)  # fmt: skip
    room = inner.below(head.h + round(4 * u))
    radius = min(room.w, room.h) / 2 - 2
    centre = room.cx, room.cy
    if view.lit:
        canvas.disc(centre, radius, INSIDE)
    else:
        canvas.disc(centre, radius * 0.86, TRACK)
        canvas.disc(centre, radius * 0.78, PANEL)
    ground = INSIDE if view.lit else PANEL
    ink = BACKGROUND if view.lit else TEXT
    size = round(radius * 0.9)
    canvas.number(view.target, room, size, colour=ink, on=ground)


def _order(canvas: Canvas, box: Box, *, view: views.TrialLiveView, u: float) -> None:
    inner = box.inset(28 * u, 14 * u)
    upper, lower = inner.rows((64, 36), 4 * u)
    canvas.text(view.order, upper, 84 * u, face=Face.STRONG, on=RAISED, least=34 * u)
    canvas.text(view.why, lower, 38 * u, colour=SOFT, on=RAISED, lines=2, least=20 * u)


# --- afterwards -----------------------------------------------------------------------------------


def _result_cells(stage: Stage, view: views.TrialResultView, body: Box) -> list[Cell]:
    gap, u = stage.gap, stage.u
    tall = stage.sight.portrait
    inner = body.inset(gap, 8 * u)
    if view.problem is not None:
        problem = view.problem
        spot = inner.middle(inner.w, min(inner.h, 220 * u))
        return [Cell("problem", spot, problem, lambda c, b: draw_notice(c, b, problem))]
    head = inner.top((130 if tall else 84) * u)
    small = inner.low((56 if tall else 28) * u)
    rest = inner.below(head.h + round(4 * u)).above(small.h + round(6 * u))
    found = [
        Cell("headline", head, (view.headline, view.estimate), partial(_headline, view=view, u=u)),
        Cell("small print", small, view.small_print,
             partial(_small_print, words=view.small_print, u=u)),
    ]  # fmt: skip
    rows = rest.rows([1] * max(1, len(view.lines)), gap)
    for line, row in zip(view.lines, rows, strict=True):
        paint = partial(_condition, line=line, u=u, tall=tall)
        found.append(Cell(f"condition {line.name}", row, line, paint, PANEL, stage.radius))
    return found


def _headline(canvas: Canvas, box: Box, *, view: views.TrialResultView, u: float) -> None:
    room = box.inset(6 * u, 0)
    if view.estimate:
        plate = badge(canvas, room, _("ESTIMATE"), u * 1.1, on=BACKGROUND)
        room = Box(room.x, room.y, plate.x - room.x - round(14 * u), room.h)
    canvas.text(view.headline, room, 46 * u, face=Face.STRONG, lines=3, least=21 * u,
                leading=1.04)  # fmt: skip


def _small_print(canvas: Canvas, box: Box, *, words: str, u: float) -> None:
    canvas.text(words, box.inset(6 * u, 0), 22 * u, colour=SOFT, lines=2, least=20 * u,
                leading=1.0)  # fmt: skip


def _condition(
    canvas: Canvas, box: Box, *, line: views.ConditionView, u: float, tall: bool
) -> None:
    inner = box.inset(20 * u, 12 * u)
    if tall:
        upper, lower = inner.rows((36, 64), 8 * u)
        name, cadence = upper.cols((40, 60), 12 * u)
        left, right = lower.cols((1, 1), 20 * u)
    else:
        name, cadence, left, right = inner.cols((19, 23, 29, 29), 22 * u)
    canvas.text(line.name, name, 48 * u, face=Face.STRONG, on=PANEL, lines=2, least=24 * u)
    _ran(canvas, cadence, line, u)
    for change, where in ((line.left, left), (line.right, right)):
        edge = where.x - round(11 * u)
        if not tall or change.side is Side.RIGHT:
            canvas.fill(Box(edge, where.y, max(1, round(2 * u)), where.h), LINE)
        _change(canvas, where, change, u)


def _ran(canvas: Canvas, box: Box, line: views.ConditionView, u: float) -> None:
    upper, lower = box.rows((58, 42), 4 * u)
    ink = canvas.number(line.cadence, upper, round(min(66 * u, upper.h / 0.74)), on=PANEL,
                        align="left", steady=False)  # fmt: skip
    left = ink.right + round(12 * u)
    room = Box(left, upper.y, max(0, upper.right - left), upper.h)
    words = _("steps/min") if not line.asked else line.asked
    canvas.text(words, room, 25 * u, colour=SOFT, on=PANEL, least=20 * u, lines=2)
    if line.followed is None:
        return
    side = round(min(lower.h * 0.7, 30 * u))
    spot = Box(lower.x, lower.cy - side // 2, side, side)
    colour = INSIDE if line.followed else OUTSIDE
    sign = check if line.followed else cross
    sign(canvas, spot, colour, side * 0.2)
    room = Box(spot.right + round(10 * u), lower.y, lower.right - spot.right - round(10 * u),
               lower.h)  # fmt: skip
    canvas.text(line.follow_words, room, 25 * u, colour=colour, on=PANEL, least=20 * u)


def _change(canvas: Canvas, box: Box, change: views.ChangeView, u: float) -> None:
    head, middle, foot = box.rows((24, 44, 32), 2 * u)
    title, span = head.cols((42, 58), 6 * u)
    canvas.text(side_name(change.side), title, 25 * u, face=Face.STRONG, colour=SOFT, on=PANEL,
                least=20 * u)  # fmt: skip
    canvas.text(change.interval, span, 23 * u, colour=SOFT, on=PANEL, align="right", least=20 * u)
    drop, moved = middle.cols((1, 1), 8 * u)
    size = 54 * u
    canvas.text(change.drop, drop, size, face=Face.STRONG, on=PANEL, least=24 * u)
    if not change.change:
        return
    clear = bool(change.clear)
    colour = TEXT if not clear else INSIDE if change.less else OUTSIDE
    canvas.text(change.change, moved, size * 0.8, face=Face.STRONG, colour=colour, on=PANEL,
                align="right", least=24 * u)  # fmt: skip
    words, span = foot.cols((44, 56), 6 * u)
    canvas.text(_("clear") if clear else _("not clear"), words, 24 * u,
                face=Face.STRONG if clear else Face.TEXT, colour=colour if clear else SOFT,
                on=PANEL, least=20 * u)  # fmt: skip
    canvas.text(change.change_interval, span, 23 * u, colour=SOFT, on=PANEL, align="right",
                least=20 * u)  # fmt: skip
