"""Before and after: for each side two pictures at midstance, both numbers, and the change with
whether it is certain. What else differed is said before any change."""

from __future__ import annotations

from functools import partial

from device.ui.boxes import Box
from device.ui.canvas import Canvas, font
from device.ui.cells import Cell
from device.ui.i18n import _
from device.ui.stage import Stage
from device.ui.theme import INSIDE, PANEL, SOFT, TEXT, Face
from device.ui.view import NoticeView, PictureView
from device.ui.view_history import ChangeView, CompareScreenView
from device.ui.widgets.chrome import draw_notice
from device.ui.widgets.figure import figure
from device.ui.widgets.icons import draw_arrow
from device.ui.widgets.pictograms import pictogram
from device.ui.widgets.picture import HIPS_ONLY, Framing, draw_picture


def cells(stage: Stage, view: CompareScreenView, body: Box) -> list[Cell]:
    """Headline, what differed, then the sides beside each other (upright: one below the other)."""
    u, gap = stage.u, stage.gap
    tall = stage.sight.portrait
    inner = body.inset(gap)
    head = inner.top((104 if tall else 56) * u)
    rest = inner.below(head.h + gap)
    paint_head = partial(_head, view=view, u=u)
    shown = (view.title, view.headline, view.cadence)
    result = [Cell("headline", head, shown, paint_head)]
    notes = view.notes
    if not view.sides:
        if view.empty:
            paint = partial(_empty, words=view.empty, u=u)
            result.append(Cell("empty", rest, view.empty, paint, PANEL, stage.radius))
        spots = rest.rows([1] * max(1, len(notes)), gap)
        for i, (note, spot) in enumerate(zip(notes, spots, strict=False)):
            plate = spot.middle(spot.w, min(spot.h, 180 * u))
            result.append(Cell(f"note {i}", plate, note, partial(_note, note=note)))
        return result
    if notes:
        strip = rest.top((156 if tall else 74) * u)
        rest = rest.below(strip.h + gap)
        columns = strip.cols([1] * len(notes), gap)
        for i, (note, spot) in enumerate(zip(notes, columns, strict=True)):
            result.append(Cell(f"note {i}", spot, note, partial(_note, note=note)))
    halves = rest.rows((1, 1), gap) if tall else rest.cols((1, 1), gap)
    for side, box in zip(view.sides, halves, strict=True):
        result += _side_cells(stage, view, side, box)
    return result


def _note(canvas: Canvas, box: Box, *, note: NoticeView) -> None:
    draw_notice(canvas, box, note)


def _head(canvas: Canvas, box: Box, *, view: CompareScreenView, u: float) -> None:
    words = view.headline or view.title
    room = box.inset(6 * u, 0)
    size = 27 * u
    wide = font(Face.TEXT, round(size)).size(view.cadence)[0] + round(24 * u)
    beside = font(Face.STRONG, round(30 * u)).size(words)[0] + wide < room.w
    if view.cadence and beside:
        canvas.text(view.cadence, room, size, colour=SOFT, align="right", least=size)
        room = Box(room.x, room.y, room.w - wide, room.h)
    canvas.text(words, room, 40 * u, face=Face.STRONG, lines=2, least=22 * u, leading=1.02)


def _empty(canvas: Canvas, box: Box, *, words: str, u: float) -> None:
    canvas.text(words, box.inset(40 * u), 42 * u, colour=SOFT, on=PANEL, align="centre", lines=3,
                least=24 * u)  # fmt: skip


def _side_cells(stage: Stage, view: CompareScreenView, side: ChangeView, box: Box) -> list[Cell]:
    u, gap = stage.u, stage.gap
    numbers = box.low(min(156 * u, box.h * 0.46))
    pictures = box.above(numbers.h + gap)
    result = []
    for i, (shot, spot) in enumerate(zip(side.pictures, pictures.cols((1, 1), gap), strict=True)):
        label, when = ((_("before"), view.before), (_("after"), view.after))[i]
        title = f"{side.title} · {label}" if i == 0 else label
        # Each picture finds its own hips and trunk: both show the runner alike.
        framing = stage.framing(f"compare {side.side} {i}", HIPS_ONLY)
        # All captions are of one size: that of the longest.
        longest = max((f"{one.title} · {_('before')}" for one in view.sides), key=len)
        days = max(view.before, view.after, key=len)
        paint = partial(
            _shot, shot=shot, title=title, when=when, framing=framing, u=u, most=(longest, days)
        )
        shown = (shot, title, when, longest, days)
        result.append(Cell(f"picture {side.side} {i}", spot, shown, paint, PANEL))
    paint_numbers = partial(_numbers, side=side, u=u)
    result.append(Cell(f"change {side.side}", numbers, side, paint_numbers, PANEL, stage.radius))
    return result


def _shot(
    canvas: Canvas,
    box: Box,
    *,
    shot: PictureView | None,
    title: str,
    when: str,
    framing: Framing,
    u: float,
    most: tuple[str, str],
) -> None:
    """A picture with its pelvis line over its title and day; a grey runner where none was kept."""
    band = box.low(42 * u)
    room = box.above(band.h)
    if shot is None:
        figure(canvas, room.inset(8 * u), None, on=PANEL, belt=False)
    else:
        draw_picture(canvas, shot.picture, room, framing)
    canvas.fill(band, PANEL)
    inner, size, gap = band.inset(12 * u, 2 * u), 25 * u, round(10 * u)
    wide = font(Face.TEXT, round(size)).size(when)[0] + 2
    longest, days = (
        font(face, round(high * u)).size(words)[0]
        for face, high, words in ((Face.STRONG, 28, most[0]), (Face.TEXT, 25, most[1]))
    )
    if longest + gap + days > inner.w:
        size = 20 * u  # as small as may be
        wide = font(Face.TEXT, round(size)).size(when)[0] + 2
    second = Box(inner.right - wide, inner.y, wide, inner.h)
    first = Box(inner.x, inner.y, inner.w - wide - gap, inner.h)
    canvas.text(title, first, 28 * u, face=Face.STRONG, on=PANEL, least=20 * u)
    canvas.text(when, second, size, colour=SOFT, on=PANEL, align="right", least=20 * u)


def _numbers(canvas: Canvas, box: Box, *, side: ChangeView, u: float) -> None:
    """From what to what, by how much, and whether that is certain."""
    inner = box.inset(18 * u, 8 * u)
    upper, lower = inner.rows((62, 38), 4 * u)
    values, change = upper.cols((58, 42), 14 * u)
    size = 66 * u
    first, arrow, second = values.cols((42, 16, 42), 4 * u)
    canvas.text(side.before, first, size, face=Face.NUMBER, colour=SOFT, on=PANEL, least=26 * u)
    draw_arrow(canvas, arrow, SOFT)
    canvas.text(side.after, second, size, face=Face.NUMBER, on=PANEL, least=26 * u)
    if side.change:
        number, span = change.rows((58, 42))
        canvas.text(side.change, number, 44 * u, face=Face.STRONG, on=PANEL, align="right",
                    least=22 * u)  # fmt: skip
        canvas.text(side.interval, span, 25 * u, colour=SOFT, on=PANEL, align="right", least=20 * u)
    colour = INSIDE if side.clear else TEXT
    mark = round(min(lower.h * 0.7, 40 * u))
    _verdict(canvas, Box(lower.x, lower.cy - mark // 2, mark, mark), side)
    left = lower.x + mark + round(14 * u)
    room = Box(left, lower.y, lower.right - left, lower.h)
    canvas.text(side.verdict, room, 34 * u, face=Face.STRONG, colour=colour, on=PANEL, lines=2,
                least=20 * u, leading=0.98)  # fmt: skip


def _verdict(canvas: Canvas, box: Box, side: ChangeView) -> None:
    """An arrow for a certain change, a tilde's place (two bars) for none."""
    if side.clear is None:
        pictogram(canvas, "nobody", box, SOFT, PANEL)
        return
    down = side.change.startswith("−")
    key = ("verdict", side.clear, down)

    def paint(c: Canvas, b: Box) -> None:
        if not side.clear:
            for y in (0.34, 0.66):
                c.limb((b.x + b.w * 0.14, b.y + y * b.h), b.w * 0.07,
                       (b.right - b.w * 0.14, b.y + y * b.h), b.w * 0.07, TEXT)  # fmt: skip
            return
        tip, base = (b.bottom - b.h * 0.06, b.y + b.h * 0.5)
        if not down:
            tip, base = b.y + b.h * 0.06, b.bottom - b.h * 0.5
        c.polygon([(b.cx, tip), (b.right - b.w * 0.1, base), (b.x + b.w * 0.1, base)], INSIDE)
        stem = (b.y + b.h * 0.1, base) if down else (b.bottom - b.h * 0.1, base)
        c.line((b.cx, stem[0]), (b.cx, stem[1]), INSIDE, b.w * 0.26)

    canvas.sign(key, box, INSIDE if side.clear else TEXT, paint)
