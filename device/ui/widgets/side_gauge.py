"""One side of a run: its name, its giant number, its bar."""

from __future__ import annotations

from dataclasses import dataclass

from device.domain.basics import Side
from device.ui.boxes import Box
from device.ui.canvas import Canvas, font, number_width
from device.ui.theme import PANEL, SOFT, STALE, TEXT, TRACK, Face, size_for_cap
from device.ui.view_live import STEPS_NEEDED, GaugeView
from device.ui.widgets.badges import estimate_badge
from device.ui.widgets.gauge import bar
from device.ui.widgets.icons import zone_colour, zone_icon

WIDEST = "88.8"
"""What a drop may look like: the room kept for it."""
UNIT_SHARE = 0.38
PADDING = 12
HEAD = 44
BAR = 62
AROUND = 12 + HEAD + 6 + 12 + BAR
"""Design pixels a gauge needs besides its number; the note then stands in its head."""
NOTE = 58
"""Design pixels more for a note of its own."""


@dataclass(frozen=True, slots=True)
class GaugeStyle:
    """How a gauge is drawn: height of the number's capitals, its face, the words of the band.

    `band` stands behind the words of the zone.
    """

    cap_px: int
    face: Face
    band: str
    estimate: bool


def room_for(cap_px: int, face: Face) -> int:
    """Width of the widest drop with its degree sign at that cap height."""
    return _width(WIDEST, face, size_for_cap(cap_px))


def draw_gauge(canvas: Canvas, box: Box, *, gauge: GaugeView, style: GaugeStyle, u: float) -> None:
    """Name, number with its degree sign, bar against the band, and what that means."""
    inner = box.inset(PADDING * u, 6 * u)
    head = inner.top(HEAD * u)
    number = Box(inner.x, head.bottom + round(6 * u), inner.w, style.cap_px + 2)
    rest = inner.below(number.bottom - inner.y + round(12 * u))
    roomy = rest.h >= (BAR + NOTE - 8) * u
    estimate = style.estimate and gauge.value is not None
    # In a crowded head the word "estimate" matters more than the caption.
    free = _head(canvas, head, gauge, u, caption=roomy)
    if gauge.value is None:
        draw_reading(canvas, number, gauge, u)
    else:
        face, size = _lettering(gauge.value, number.w, style)
        canvas.number(
            gauge.value,
            number,
            size,
            face=face,
            colour=STALE if gauge.stale else TEXT,
            on=PANEL,
            unit="°",
            unit_share=UNIT_SHARE,
        )
    bar(canvas, gauge.bar, rest.top(BAR * u), gauge.side, gauge.zone, on=PANEL, stale=gauge.stale)
    left = gauge.side is Side.LEFT
    # In a crowded gauge the word "estimate" takes the place of the interval.
    if estimate and not roomy:
        estimate_badge(canvas, _far_end(rest.top(BAR * u), gauge, u), u * 0.82, at_right=not left)
    elif gauge.interval and not gauge.stale:
        _interval(canvas, rest.top(BAR * u), gauge, u)
    if not roomy:
        _note(canvas, free, gauge, u, towards_left=not left)
        return
    if estimate:
        estimate_badge(canvas, free, u, at_right=left)
    _note(canvas, rest.below(BAR * u), gauge, u, towards_left=left, band=style.band)


def _interval(canvas: Canvas, box: Box, gauge: GaugeView, u: float) -> None:
    """Under the far end of the bar, where no post is labelled."""
    left = gauge.side is Side.LEFT
    size = 25 * u
    room = _far_end(box, gauge, u)
    wide = font(Face.TEXT, round(size)).size(gauge.interval)[0]
    if wide <= room.w:
        align = "left" if left else "right"
        canvas.text(gauge.interval, room, size, colour=SOFT, on=PANEL, align=align, least=size)


def _far_end(box: Box, gauge: GaugeView, u: float) -> Box:
    """The room under the bar beyond the last labelled post."""
    clear = round(box.w * (1 - gauge.bar.band[1]) - 30 * u)
    low = box.low(25 * u)
    return Box(low.x if gauge.side is Side.LEFT else low.right - clear, low.y, clear, low.h)


def _lettering(text: str, room: int, style: GaugeStyle) -> tuple[Face, int]:
    """Face and size: a value longer than any expected is set narrower, and only then lower."""
    size = size_for_cap(style.cap_px)
    for face in (style.face, Face.NARROW):
        if _width(text, face, size) <= room:
            return face, size
    while size > 12 and _width(text, Face.NARROW, size) > room:
        size -= 2
    return Face.NARROW, size


def _width(text: str, face: Face, size: int) -> int:
    return number_width(text, face, size) + number_width("°", face, round(size * UNIT_SHARE))


def _head(canvas: Canvas, box: Box, gauge: GaugeView, u: float, *, caption: bool) -> Box:
    """The side's name on its own side of the panel; returns what is left of the line."""
    left = gauge.side is Side.LEFT
    gap = round(14 * u)
    align = "left" if left else "right"
    title = canvas.text(gauge.title, box, 42 * u, face=Face.STRONG, on=PANEL, align=align)
    room = Box(title.right + gap, box.y, box.right - title.right - gap, box.h)
    if not left:
        room = Box(box.x, box.y, title.x - box.x - gap, box.h)
    if not caption or font(Face.TEXT, round(22 * u)).size(gauge.caption)[0] > room.w * 0.54:
        return room
    share = room.cols((54, 46))[0] if left else room.cols((46, 54))[1]
    ink = canvas.text(
        gauge.caption,
        share,
        27 * u,
        colour=SOFT,
        on=PANEL,
        align=align,
        least=22 * u,
    )
    if left:
        return Box(ink.right + gap, box.y, box.right - ink.right - gap, box.h)
    return Box(box.x, box.y, ink.x - box.x - gap, box.h)


def _note(
    canvas: Canvas,
    box: Box,
    gauge: GaugeView,
    u: float,
    *,
    towards_left: bool,
    band: str = "",
) -> None:
    """The zone as icon and words at one end of `box`.

    The band's degrees follow the words ("above typical 3-6°") where there is room for them.
    """
    align = "left" if towards_left else "right"
    if gauge.zone is None or gauge.stale:
        colour = STALE if gauge.stale else TEXT
        canvas.text(gauge.note, box, 38 * u, colour=colour, on=PANEL, align=align, least=20 * u)
        return
    colour = zone_colour(gauge.zone)
    icon, gap = round(36 * u), round(12 * u)
    x = box.x if towards_left else box.right - icon
    zone_icon(canvas, gauge.zone, Box(x, box.cy - icon // 2, icon, icon), colour)
    room = Box(box.x + icon + gap if towards_left else box.x, box.y, box.w - icon - gap, box.h)
    aside = font(Face.TEXT, round(32 * u)).size(band)[0] + gap if band else 0
    words = font(Face.STRONG, round(32 * u)).size(gauge.note)[0]
    if aside and words + aside > room.w:
        aside = 0
    spot = Box(room.x, room.y, room.w - aside, room.h)
    ink = canvas.text(
        gauge.note,
        spot,
        42 * u,
        face=Face.STRONG,
        colour=colour,
        on=PANEL,
        align=align,
        least=20 * u,
    )
    if aside:
        at = ink.right + gap if towards_left else spot.right
        tail = Box(at, box.y, aside, box.h)
        canvas.text(band, tail, 32 * u, colour=SOFT, on=PANEL, align=align, least=24 * u)


def draw_reading(canvas: Canvas, box: Box, gauge: GaugeView, u: float) -> None:
    """Before there is a number: how many of the needed steps have been seen, as pips."""
    pips = box.middle(box.w * 0.92, min(box.h * 0.5, 76 * u))
    for i, pip in enumerate(pips.cols([1] * STEPS_NEEDED, 8 * u)):
        side = min(pip.w, pip.h)
        spot = pip.middle(side, side)
        if i < gauge.steps_done:
            canvas.disc((spot.cx, spot.cy), side / 2, TEXT)
        else:
            canvas.circle((spot.cx, spot.cy), side / 2, TRACK, max(2, side * 0.12))
