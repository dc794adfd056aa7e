"""Live: two giant numbers, the pelvis between them, cadence, time and steps.

Three ways to lay it out, chosen by the room that numbers of the required height leave: picture
in a column between the gauges; gauges over the whole width with the rest below; upright screens.
"""

from __future__ import annotations

from dataclasses import dataclass

from device.domain.basics import Side
from device.ui.boxes import Box
from device.ui.canvas import Canvas, number_width
from device.ui.cells import Cell
from device.ui.i18n import _
from device.ui.stage import Stage
from device.ui.theme import (
    BACKGROUND,
    PANEL,
    SOFT,
    STALE,
    TEXT,
    TRACK,
    Face,
    size_for_cap,
)
from device.ui.view import STEPS_NEEDED, GaugeView, LiveView, PictureView
from device.ui.widgets.badges import estimate_badge
from device.ui.widgets.gauge import bar, tilt
from device.ui.widgets.icons import zone_colour, zone_icon
from device.ui.widgets.picture import draw_picture

WIDEST = "88.8"
_UNIT_SHARE = 0.55


@dataclass(frozen=True, slots=True)
class LivePlan:
    """Where everything stands, and how high the numbers' capitals are."""

    left: Box
    right: Box
    tilt: Box
    picture: Box | None
    cadence: Box
    elapsed: Box
    steps: Box
    face: Face
    cap_px: int
    cadence_cap_px: int


def room_for(cap_px: int, face: Face) -> int:
    """Width of the widest drop with its degree sign at that cap height."""
    size = size_for_cap(cap_px)
    return number_width(WIDEST, face, size) + number_width("°", face, round(size * _UNIT_SHARE))


def plan(stage: Stage, body: Box, *, picture: bool) -> LivePlan:
    """Lay the live screen out in `body`; numbers as high as the rule asks or higher."""
    least = stage.sight.live_cap_px
    if stage.sight.portrait:
        return _upright(stage, body, least, picture)
    cap = max(least, round(stage.sight.height_px * 0.235))
    pad = round(20 * stage.u)
    for face in (Face.NUMBER, Face.NARROW):
        panel = room_for(cap, face) + 2 * pad
        if body.w - 2 * panel >= body.w * 0.24:
            return _columns(stage, body, cap, face, panel, picture)
    return _stacked(stage, body, cap, picture)


def _columns(stage: Stage, body: Box, cap: int, face: Face, panel: int, picture: bool) -> LivePlan:
    u = stage.u
    inner = body.inset(10 * u, 10 * u)
    gap = round(12 * u)
    left = Box(inner.x, inner.y, panel - round(10 * u), inner.h)
    right = Box(inner.right - left.w, inner.y, left.w, inner.h)
    centre = Box(left.right + gap, inner.y, right.x - left.right - 2 * gap, inner.h)
    gauge_tall = min(inner.h - round(150 * u), cap + round(188 * u))
    low = left.below(gauge_tall + gap), right.below(gauge_tall + gap)
    cells = low[1].cols((55, 45), gap)
    tilt_box = centre.top(gauge_tall * 0.36 if picture else gauge_tall)
    return LivePlan(
        left.top(gauge_tall),
        right.top(gauge_tall),
        tilt_box,
        centre.below(tilt_box.h + gap) if picture else None,
        low[0],
        cells[0],
        cells[1],
        face,
        cap,
        _cadence_cap(low[0], cap, face, u),
    )


def _stacked(stage: Stage, body: Box, cap: int, picture: bool) -> LivePlan:
    u = stage.u
    inner = body.inset(10 * u, 8 * u)
    gap = round(10 * u)
    halves = inner.cols((1, 1), gap)
    face = next(
        (f for f in (Face.NUMBER, Face.NARROW) if room_for(cap, f) <= halves[0].w - 24 * u),
        Face.NARROW,
    )
    while room_for(cap, face) > halves[0].w - 24 * u:
        cap -= 2
    tall = cap + round(142 * u)
    lows = inner.below(tall + gap)
    parts = lows.cols((36, 30, 34), gap)
    two = parts[2].rows((1, 1), gap)
    middle = parts[1]
    tilt_box = middle.top(middle.h * 0.36) if picture else middle
    return LivePlan(
        halves[0].top(tall),
        halves[1].top(tall),
        tilt_box,
        middle.below(tilt_box.h) if picture else None,
        parts[0],
        two[0],
        two[1],
        face,
        cap,
        _cadence_cap(parts[0], cap, face, u),
    )


def _upright(stage: Stage, body: Box, cap: int, picture: bool) -> LivePlan:
    u = stage.u
    inner = body.inset(12 * u, 10 * u)
    gap = round(10 * u)
    face = next(
        (f for f in (Face.NUMBER, Face.NARROW) if room_for(cap, f) <= inner.w - 24 * u),
        Face.NARROW,
    )
    while room_for(cap, face) > inner.w - 24 * u:
        cap -= 2
    tall = cap + round(142 * u)
    left = inner.top(tall)
    right = inner.below(tall + gap).top(tall)
    rest = inner.below(2 * (tall + gap))
    low = rest.low(max(150 * u, min(rest.h * 0.4, cap + 50 * u)))
    middle = rest.above(low.h + gap)
    cells = low.cols((44, 32, 24), gap)
    tilt_box = middle.cols((4, 6), gap)[0] if picture else middle
    return LivePlan(
        left,
        right,
        tilt_box,
        middle.cols((4, 6), gap)[1] if picture else None,
        cells[0],
        cells[1],
        cells[2],
        face,
        cap,
        _cadence_cap(cells[0], cap, face, u),
    )


def _cadence_cap(box: Box, cap: int, face: Face, u: float) -> int:
    """The cadence is as high as the drops where there is room."""
    high = min(cap, box.h - round(56 * u))
    while high > 20 and number_width("188", face, size_for_cap(high)) > box.w - 24 * u:
        high -= 2
    return high


def cells(stage: Stage, view: LiveView, body: Box) -> list[Cell]:
    """The cells of a run."""
    picture = view.picture if stage.show_picture else None
    layout = plan(stage, body, picture=picture is not None)
    u = stage.u
    result = [
        _gauge_cell(layout, view.left, layout.left, view, u),
        _gauge_cell(layout, view.right, layout.right, view, u),
        Cell("tilt", layout.tilt, view.tilt, lambda c, b: tilt(c, view.tilt, b, on=BACKGROUND)),
        _number_cell(
            "cadence",
            layout.cadence,
            _("CADENCE"),
            _("steps/min"),
            view.cadence,
            (layout.cadence_cap_px, layout.face),
            u,
            stale=view.cadence_stale,
        ),
        _number_cell("elapsed", layout.elapsed, _("TIME"), "", view.elapsed, None, u),
        _number_cell("steps", layout.steps, _("STEPS"), "", view.steps, None, u),
    ]
    if picture is not None and layout.picture is not None:
        result.append(_picture_cell(stage, layout.picture, picture, view.picture_stale))
    return result


def _picture_cell(stage: Stage, box: Box, picture: PictureView, stale: bool) -> Cell:
    framing = stage.framing("live")

    def paint(canvas: Canvas, where: Box) -> None:
        draw_picture(canvas, picture.picture, where, framing, dim=stale)
        if stale:
            plate = where.middle(where.w * 0.9, 44 * stage.u)
            canvas.fill(plate, BACKGROUND, 8 * stage.u)
            canvas.text(
                _("no new picture"), plate.inset(8 * stage.u, 0), 28 * stage.u, align="centre"
            )

    return Cell("picture", box, (picture, stale), paint, None)


def _gauge_cell(layout: LivePlan, gauge: GaugeView, box: Box, view: LiveView, u: float) -> Cell:
    return Cell(
        f"gauge {gauge.side}",
        box,
        (gauge, view.band, view.estimate),
        lambda c, b: _gauge(c, b, gauge, view, layout, u),
        PANEL,
    )


def _gauge(
    canvas: Canvas, box: Box, gauge: GaugeView, view: LiveView, layout: LivePlan, u: float
) -> None:
    inner = box.inset(16 * u, 8 * u)
    head = inner.top(44 * u)
    number = Box(inner.x, head.bottom + round(8 * u), inner.w, layout.cap_px + 2)
    rest = inner.below(number.bottom - inner.y + round(14 * u))
    roomy = rest.h >= 100 * u
    free = _head(canvas, head, gauge, u)
    if gauge.value is None:
        _reading(canvas, number, gauge, u)
    else:
        canvas.number(
            gauge.value,
            number,
            size_for_cap(layout.cap_px),
            face=_face_for(gauge.value, number.w, layout),
            colour=STALE if gauge.stale else TEXT,
            on=PANEL,
            unit="°",
            unit_share=_UNIT_SHARE,
        )
    bar(canvas, gauge.bar, rest.top(60 * u), gauge.side, gauge.zone, on=PANEL, stale=gauge.stale)
    estimate = view.estimate and gauge.value is not None
    if not roomy:
        _note(canvas, free, gauge, u, towards_left=gauge.side is Side.RIGHT, estimate=estimate)
        return
    foot = rest.below(62 * u)
    if estimate:
        estimate_badge(canvas, free, u, at_right=gauge.side is Side.LEFT)
    left = gauge.side is Side.LEFT
    words, legend = foot.cols((62, 38) if left else (38, 62), 8 * u)
    if not left:
        words, legend = legend, words
    _note(canvas, words, gauge, u, towards_left=left)
    canvas.text(
        view.band,
        legend,
        24 * u,
        colour=SOFT,
        on=PANEL,
        align="right" if left else "left",
        least=15 * u,
    )


def _face_for(text: str, room: int, layout: LivePlan) -> Face:
    """A value longer than any expected is set narrower rather than lower."""
    size = size_for_cap(layout.cap_px)
    wide = number_width(text, layout.face, size) + number_width(
        "°", layout.face, round(size * _UNIT_SHARE)
    )
    return layout.face if wide <= room else Face.NARROW


def _head(canvas: Canvas, box: Box, gauge: GaugeView, u: float) -> Box:
    """The side's name on its own side of the panel; returns what is left of the line."""
    left = gauge.side is Side.LEFT
    gap = round(12 * u)
    title = canvas.text(
        gauge.title, box, 40 * u, face=Face.STRONG, on=PANEL, align="left" if left else "right"
    )
    room = Box(title.right + gap, box.y, box.right - title.right - gap, box.h)
    if not left:
        room = Box(box.x, box.y, title.x - box.x - gap, box.h)
    share = room.cols((1, 1))[0 if left else 1]
    caption = canvas.text(
        gauge.caption,
        share,
        24 * u,
        colour=SOFT,
        on=PANEL,
        align="left" if left else "right",
        least=14 * u,
    )
    if left:
        return Box(caption.right + gap, box.y, box.right - caption.right - gap, box.h)
    return Box(box.x, box.y, caption.x - box.x - gap, box.h)


def _note(
    canvas: Canvas,
    box: Box,
    gauge: GaugeView,
    u: float,
    *,
    towards_left: bool,
    estimate: bool = False,
) -> None:
    """The zone as icon and words at one end of `box`, and the word "estimate" at the other."""
    align = "left" if towards_left else "right"
    if estimate:
        wide = round(min(150 * u, box.w * 0.42))
        spot = Box(box.right - wide if towards_left else box.x, box.y, wide, box.h)
        estimate_badge(canvas, spot, u, at_right=towards_left)
        gap = wide + round(12 * u)
        box = Box(box.x if towards_left else box.x + gap, box.y, box.w - gap, box.h)
    if gauge.zone is None or gauge.stale:
        colour = STALE if gauge.stale else SOFT
        canvas.text(gauge.note, box, 34 * u, colour=colour, on=PANEL, align=align, least=18 * u)
        return
    colour = zone_colour(gauge.zone)
    icon, gap = round(32 * u), round(12 * u)
    x = box.x if towards_left else box.right - icon
    zone_icon(canvas, gauge.zone, Box(x, box.cy - icon // 2, icon, icon), colour)
    left = box.x + icon + gap if towards_left else box.x
    room = Box(left, box.y, box.w - icon - gap, box.h)
    canvas.text(
        gauge.note,
        room,
        34 * u,
        face=Face.STRONG,
        colour=colour,
        on=PANEL,
        align=align,
        least=18 * u,
    )


def _reading(canvas: Canvas, box: Box, gauge: GaugeView, u: float) -> None:
    """Before there is a number: how many of the needed steps have been seen, as pips."""
    pips = box.middle(box.w * 0.86, min(box.h * 0.4, 60 * u))
    for i, pip in enumerate(pips.cols([1] * STEPS_NEEDED, 8 * u)):
        side = min(pip.w, pip.h)
        spot = pip.middle(side, side)
        if i < gauge.steps_done:
            canvas.disc((spot.cx, spot.cy), side / 2, TEXT)
        else:
            canvas.circle((spot.cx, spot.cy), side / 2, TRACK, max(2, side * 0.12))


def _number_cell(
    name: str,
    box: Box,
    title: str,
    unit: str,
    value: str,
    cap: tuple[int, Face] | None,
    u: float,
    *,
    stale: bool = False,
) -> Cell:
    def paint(canvas: Canvas, where: Box) -> None:
        inner = where.inset(14 * u, 6 * u)
        head = inner.top(34 * u)
        words = f"{title}  {unit}" if unit else title
        canvas.text(words, head, 26 * u, face=Face.STRONG, colour=SOFT, on=PANEL, least=16 * u)
        room = inner.below(head.h)
        high, face = cap or _fitting(value, room, u)
        canvas.number(
            value,
            room,
            size_for_cap(high),
            face=face,
            colour=STALE if stale else TEXT,
            on=PANEL,
            align="left",
        )

    return Cell(name, box, (value, stale), paint, PANEL)


def _fitting(value: str, room: Box, u: float) -> tuple[int, Face]:
    """The largest cap height at which a secondary number of such a length fits."""
    pattern = "".join("8" if c.isdigit() else c for c in value)
    high = min(room.h - round(8 * u), round(96 * u))
    while high > 16 and number_width(pattern, Face.NARROW, size_for_cap(high)) > room.w:
        high -= 2
    return high, Face.NARROW
