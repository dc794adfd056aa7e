"""What surrounds every screen: strip, badge, button bar, notice, fault."""

from __future__ import annotations

from functools import partial

from device.domain.kiosk import Button, Level
from device.ui.boxes import Box
from device.ui.canvas import Canvas, font
from device.ui.cells import Cell
from device.ui.i18n import _
from device.ui.stage import Stage
from device.ui.theme import (
    BACKGROUND,
    FAULT,
    LINE,
    PANEL,
    RAISED,
    SOFT,
    TEXT,
    TRACK,
    WARN,
    Face,
)
from device.ui.view import NoticeView
from device.ui.view_chrome import Chrome, FaultView, HealthView, HintView
from device.ui.widgets.icons import (
    BUTTON_COLOUR,
    LEVEL_COLOUR,
    button_outline,
    button_shape,
    level_icon,
)
from device.ui.widgets.pictograms import pictogram


def chrome_cells(stage: Stage, view: Chrome) -> list[Cell]:
    """Strip, notice and buttons (the fault comes from `fault_cells`, over the body)."""
    strip = (view.station, view.health, view.simulated, view.recording, view.runner)
    cells = [Cell("strip", stage.strip, strip, lambda c, b: _strip(c, b, view, stage.u), PANEL)]
    if view.notice is not None:
        notice = view.notice
        cells.append(
            Cell(
                "notice",
                stage.notice(notice),
                notice,
                lambda c, b: draw_notice(c, b.inset(10 * stage.u, 4 * stage.u), notice),
            )
        )
    for box, hint in zip(stage.buttons.cols((1, 1, 1)), view.hints, strict=True):
        cells.append(
            Cell(
                f"button {hint.button}",
                box,
                hint,
                partial(_hint, hint=hint, u=stage.u),
                PANEL,
            )
        )
    return cells


def fault_cells(stage: Stage, fault: FaultView, body: Box) -> list[Cell]:
    """The fault over the screen's own part."""
    return [Cell("fault", body, fault, lambda c, b: _fault(c, b, fault, stage))]


def chord_cells(stage: Stage, fraction: float) -> list[Cell]:
    """Over everything: green and blue are held, and the ring says how far to switching off."""
    u = stage.u
    card = stage.whole.middle(min(760 * u, stage.whole.w * 0.92), 400 * u)
    return [Cell("chord", card, fraction, partial(_chord, fraction=fraction, u=u), RAISED)]


def _chord(canvas: Canvas, box: Box, *, fraction: float, u: float) -> None:
    canvas.outline(box, TEXT, max(2, 4 * u))
    inner = box.inset(32 * u, 28 * u)
    upper, lower = inner.rows((64, 36), 10 * u)
    side = upper.h
    place = upper.middle(side, side)
    thick = side * 0.09
    canvas.circle((place.cx, place.cy), side / 2 - 1, LINE, thick)
    canvas.arc((place.cx, place.cy), side / 2 - 1, thick, fraction, TEXT)
    pictogram(canvas, "shutdown", place.inset(side * 0.26), TEXT, RAISED)
    shape = round(side * 0.34)
    sides = ((Button.GREEN, place.x - shape * 1.8), (Button.BLUE, place.right + shape * 0.8))
    for button, x in sides:
        spot = Box(round(x), place.cy - shape // 2, shape, shape)
        button_shape(canvas, button, spot, BUTTON_COLOUR[button])
    canvas.text(
        _("Keep holding green and blue to switch off."),
        lower,
        40 * u,
        face=Face.STRONG,
        on=RAISED,
        align="centre",
        lines=2,
        least=24 * u,
    )


def _strip(canvas: Canvas, box: Box, view: Chrome, u: float) -> None:
    inner = box.inset(16 * u, 0)
    size = 24 * u
    x = inner.x
    if view.recording:
        r = 9 * u
        canvas.disc((x + r, box.cy), r, FAULT)
        ink = canvas.text(
            _("REC"),
            Box(round(x + r * 2 + 8 * u), box.y, round(64 * u), box.h),
            size,
            face=Face.STRONG,
            on=PANEL,
        )
        x = ink.right + round(18 * u)
    pad = round(12 * u)
    badge = font(Face.STRONG, round(size)).size(_("SIMULATED"))[0] + 3 * pad
    right = _health(canvas, inner, view.health, size, u, x + (badge if view.simulated else 0))
    if view.simulated:
        right = _badge(canvas, box, view.simulated, x, right, size, u)
    room = Box(x, box.y, max(1, right - x - round(16 * u)), box.h)
    if view.runner:
        room = _runner(canvas, room, view.runner, size, u)
    if not view.recording and font(Face.STRONG, round(size)).size(view.station)[0] <= room.w:
        canvas.text(view.station, room, size, face=Face.STRONG, colour=SOFT, on=PANEL)


def _runner(canvas: Canvas, room: Box, code: str, size: float, u: float) -> Box:
    """Who runs, with a sign of a person; returns what is left of the line."""
    icon, gap = round(26 * u), round(9 * u)
    wide = font(Face.STRONG, round(size)).size(code)[0] + 2
    if icon + gap + wide > room.w:
        return room
    pictogram(canvas, "runner", Box(room.x, room.cy - icon // 2, icon, icon), TEXT, PANEL)
    left = room.x + icon + gap
    canvas.text(code, Box(left, room.y, wide, room.h), size, face=Face.STRONG, on=PANEL)
    after = left + wide + 3 * gap
    return Box(after, room.y, max(1, room.right - after), room.h)


def _health(
    canvas: Canvas, box: Box, items: tuple[HealthView, ...], size: float, u: float, left: int
) -> int:
    """Icons and names from the right edge inwards, not beyond `left`; returns where they begin.

    Where there is no room for all, the names get smaller; then what is well becomes one tick, and
    of what is ill the gravest are named and the others counted.
    """
    gap = round(10 * u)
    room = box.right - left - 3 * gap

    def wide(shown: tuple[HealthView, ...], at: float) -> int:
        measure = font(Face.TEXT, round(at)).size
        return sum(round(at) + gap * 3 + measure(item.part)[0] + 2 for item in shown)

    sizes = [size, size * 0.92, canvas.smallest]
    size = next((at for at in sizes if wide(items, at) <= room), sizes[-1])
    if wide(items, size) > room:
        ill = sorted(
            (item for item in items if item.level is not Level.OK),
            key=lambda item: item.level is not Level.FAULT,
        )
        items = tuple(ill) or (HealthView(_("ready"), Level.OK, ""),)
        kept = len(ill)
        while kept > 1 and wide(items, size) > room:
            kept -= 1
            more = f"{ill[kept - 1].part} +{len(ill) - kept}"
            items = (*ill[: kept - 1], HealthView(more, ill[kept - 1].level, ""))
    icon = round(size)
    measure = font(Face.TEXT, round(size)).size
    x = box.right
    for item in reversed(items):
        length = measure(item.part)[0] + 2
        x -= length
        colour = LEVEL_COLOUR[item.level]
        canvas.text(item.part, Box(x, box.y, length, box.h), size, colour=colour, on=PANEL)
        x -= gap + icon
        level_icon(canvas, item.level, Box(x, box.cy - icon // 2, icon, icon), PANEL)
        x -= gap * 2
    return x


def _badge(
    canvas: Canvas, box: Box, words: str, left: int, right: int, size: float, u: float
) -> int:
    measure = font(Face.STRONG, round(size)).size
    pad = round(12 * u)
    room = right - left - pad
    text = words if measure(words)[0] + 2 * pad <= room else words.split(":")[0]
    wide = min(room, measure(text)[0] + 2 * pad)
    badge = Box(right - wide - round(6 * u), box.y + round(6 * u), wide, box.h - round(12 * u))
    canvas.fill(badge, WARN, 6 * u)
    inner = badge.inset(round(2.5 * u))
    canvas.fill(inner, BACKGROUND, 4 * u)
    canvas.text(text, badge.inset(pad - 2, 0), size, face=Face.STRONG, colour=WARN, align="centre")
    return badge.x


def _hint(canvas: Canvas, box: Box, hint: HintView, u: float) -> None:
    """The button's shape, what a press does, and below it what holding it does."""
    canvas.fill(box.top(max(1, 2 * u)), LINE)
    # A narrow place, as on an upright screen, sets smaller type on more lines.
    narrow = box.w < 320 * u
    inner = box.inset((8 if narrow else 20) * u, 6 * u)
    side = round((46 if narrow else 54) * u)
    ring_room = round(9 * u)
    shape = Box(inner.x + ring_room, inner.cy - side // 2, side, side)
    if not hint.words and not hint.held_words:
        button_outline(canvas, hint.button, shape.inset(side * 0.1), LINE, max(2, round(3 * u)))
        return
    _shape(canvas, shape, hint, ring_room)
    left = shape.right + ring_room + round((5 if narrow else 12) * u)
    words = Box(left, inner.y, max(1, inner.right - left), inner.h)
    if not hint.held_words:
        canvas.text(
            hint.words,
            words,
            (30 if narrow else 38) * u,
            face=Face.STRONG,
            on=PANEL,
            leading=1.04,
            lines=3 if narrow else 2,
            least=(20 if narrow else 26) * u,
        )
        return
    held = _("hold: {words}").format(words=hint.held_words)
    upper, lower = words.rows((52, 48), 4 * u) if hint.words else (words, words)
    lines = 2 if narrow else 1
    if hint.words:
        canvas.text(
            hint.words, upper, 34 * u, face=Face.STRONG, on=PANEL, least=20 * u, lines=lines,
            leading=1.0, valign="bottom",
        )  # fmt: skip
    size = 27 * u if hint.words else 32 * u
    canvas.text(
        held, lower, size, colour=SOFT, on=PANEL, least=20 * u, leading=1.0,
        lines=lines if hint.words else 2,
        valign="top" if hint.words else "middle",
    )  # fmt: skip


def _shape(canvas: Canvas, shape: Box, hint: HintView, ring_room: int) -> None:
    """The shape; in a ring where it may be held, which fills while it is."""
    colour = BUTTON_COLOUR[hint.button]
    if hint.hold is None and not hint.held_words:
        button_shape(canvas, hint.button, shape, colour)
        return
    radius = shape.w / 2 + ring_room
    centre = (shape.cx, shape.cy)
    held = hint.hold is not None
    canvas.circle(centre, radius, LINE if held else TRACK, ring_room * (1.0 if held else 0.45))
    if hint.hold is not None:
        canvas.arc(centre, radius, ring_room, hint.hold, TEXT)
    # A square must not touch the ring with its corners.
    share = {Button.GREEN: 0.06, Button.BLUE: 0.14, Button.YELLOW: 0.12}[hint.button]
    button_shape(canvas, hint.button, shape.inset(shape.w * share), colour)


def draw_notice(canvas: Canvas, box: Box, view: NoticeView) -> None:
    """What is the matter, and what to do: an icon and two lines on a plate."""
    canvas.fill(box, RAISED, box.h * 0.14)
    colour = LEVEL_COLOUR[view.level] if view.level is not Level.OK else TEXT
    canvas.fill(Box(box.x, box.y, max(4, round(box.h * 0.08)), box.h), colour, 2)
    icon = round(min(box.h * 0.56, box.w * 0.07))
    at = Box(box.x + round(box.h * 0.26), box.cy - icon // 2, icon, icon)
    if view.level is Level.OK:
        canvas.circle((at.cx, at.cy), icon / 2, TEXT, max(2, icon * 0.09))
        canvas.line((at.cx, at.y + icon * 0.44), (at.cx, at.y + icon * 0.74), TEXT, icon * 0.11)
        canvas.disc((at.cx, at.y + icon * 0.28), icon * 0.07, TEXT)
    else:
        level_icon(canvas, view.level, at, RAISED)
    left = at.right + round(box.h * 0.24)
    room = Box(left, box.y, max(1, box.right - left - round(box.h * 0.2)), box.h)
    if view.brief:
        _one_line(canvas, room, view)
        return
    if not view.remedy:
        canvas.text(
            view.what, room, box.h * 0.42, face=Face.STRONG, on=RAISED, lines=2, least=box.h * 0.2
        )
        return
    upper, lower = room.inset(0, box.h * 0.06).rows((1, 1))
    # As few lines as there is room for at a size not much below the largest.
    lines, size = 3, box.h * 0.17
    for count, share in ((1, 0.42), (2, 0.25)):
        least = max(canvas.smallest, round(box.h * share * 0.62))
        parts = [(view.what, Face.STRONG), (view.remedy, Face.TEXT)]
        if all(canvas.line_count(words, face, least, upper.w) <= count for words, face in parts):
            lines, size = count, box.h * share
            break
    canvas.text(view.what, upper, size, face=Face.STRONG, on=RAISED, lines=lines, least=size * 0.45)
    canvas.text(
        view.remedy, lower, size * 0.9, colour=SOFT, on=RAISED, lines=lines, least=size * 0.45
    )


def _one_line(canvas: Canvas, room: Box, view: NoticeView) -> None:
    """What is the matter and what to do, if both can be read; else only what to do."""
    size, least = room.h * 0.66, room.h * 0.42
    lines = 1 if room.w > room.h * 16 else 2
    if lines == 2:
        size, least = room.h * 0.40, room.h * 0.26
    both = f"{view.what} {view.remedy}".strip()
    width = font(Face.STRONG, round(least * 1.1)).size(both)[0]
    words = both if width <= room.w * lines * 0.94 else view.remedy or view.what
    canvas.text(words, room, size, face=Face.STRONG, on=RAISED, lines=lines, least=least)


def _fault(canvas: Canvas, box: Box, fault: FaultView, stage: Stage) -> None:
    u = stage.u
    card = box.inset(36 * u if not stage.sight.portrait else 24 * u, 24 * u)
    canvas.fill(card, PANEL, 18 * u)
    canvas.outline(card, FAULT, 4 * u, 18 * u)
    inner = card.inset(32 * u, 26 * u)
    head, rest = inner.top(96 * u), inner.below(112 * u)
    icon = round(72 * u)
    level_icon(canvas, Level.FAULT, Box(head.x, head.cy - icon // 2, icon, icon), PANEL)
    title = Box(head.x + icon + round(24 * u), head.y, head.w - icon - round(24 * u), head.h)
    canvas.text(fault.title, title, 48 * u, face=Face.STRONG, on=PANEL, lines=2, least=26 * u)
    if not fault.answers:
        return
    rest = rest.top(min(rest.h, (230 if stage.sight.portrait else 170) * u * len(fault.answers)))
    for row, (question, answer) in zip(
        rest.rows([1] * len(fault.answers), 12 * u), fault.answers, strict=True
    ):
        last = (question, answer) == fault.answers[-1]
        if stage.sight.portrait:
            upper, lower = row.top(34 * u), row.below(36 * u)
        else:
            upper, lower = row.cols((3, 8), 16 * u)
        canvas.text(
            question, upper, 30 * u, colour=SOFT, on=PANEL, valign="top", least=18 * u, lines=2
        )
        canvas.text(
            answer,
            lower,
            (42 if last else 36) * u,
            face=Face.STRONG if last else Face.TEXT,
            on=PANEL,
            valign="top",
            lines=5,
            least=18 * u,
        )
