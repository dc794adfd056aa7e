"""The bar against its band, the tilting pelvis, the ring."""

from __future__ import annotations

import math

from device.domain.basics import Side
from device.ui.boxes import Box
from device.ui.canvas import Canvas
from device.ui.theme import (
    INSIDE,
    LINE,
    SOFT,
    STALE,
    TEXT,
    TRACK,
    WEDGE,
    Colour,
    Face,
)
from device.ui.view import SCALE_DEG, BarView, Zone
from device.ui.view_live import TiltView
from device.ui.widgets.icons import zone_colour


def bar(
    canvas: Canvas,
    view: BarView,
    box: Box,
    side: Side,
    zone: Zone | None,
    *,
    on: Colour,
    stale: bool = False,
    labels: bool = True,
) -> None:
    """A bar that grows outwards from the screen's middle, with the band as a bracket around it.

    The band is told by its two posts and the rails between them, the value by the bar's length
    and its needle, the interval by the whisker.
    """
    tall = box.h * (0.56 if labels else 0.8)
    track = Box(box.x, box.y + round(tall * 0.16), box.w, round(tall * 0.68))

    def place(fraction: float) -> float:
        along = fraction * track.w
        return track.right - along if side is Side.LEFT else track.x + along

    canvas.fill(track, TRACK, track.h * 0.2)
    colour = STALE if stale else zone_colour(zone)
    if view.value is not None:
        x0, x1 = sorted((place(0.0), place(view.value)))
        canvas.fill(Box(round(x0), track.y, round(x1 - x0), track.h), colour, track.h * 0.2)
    _band(canvas, view, box.top(tall), place)
    if view.value is not None and view.low is not None and view.high is not None:
        _whisker(canvas, track, place(view.low), place(view.high), on)
        x = place(view.value)
        needle = max(3.0, track.h * 0.16)
        canvas.line((x, box.y), (x, box.y + tall), on, needle + 4)
        canvas.line((x, box.y), (x, box.y + tall), TEXT, needle)
    if labels:
        size = box.h * 0.40
        for fraction in (0.0, *view.band):
            words = f"{fraction * SCALE_DEG:g}"
            wide = round(size * 3)
            x = round(place(fraction))
            where = Box(x - wide // 2, round(box.bottom - size), wide, round(size))
            align = "centre"
            if fraction == 0.0:
                where = Box(x - wide if side is Side.LEFT else x, where.y, wide, where.h)
                align = "right" if side is Side.LEFT else "left"
            canvas.text(words, where, size, colour=SOFT, on=on, align=align, face=Face.STRONG)


def _band(canvas: Canvas, view: BarView, box: Box, place: object) -> None:
    assert callable(place)
    x0, x1 = sorted((place(view.band[0]), place(view.band[1])))
    thick = max(2.0, box.h * 0.07)
    for y in (box.y + thick / 2, box.bottom - thick / 2):
        canvas.line((x0, y), (x1, y), TEXT, thick)
    for x in (x0, x1):
        canvas.line((x, box.y), (x, box.bottom), TEXT, thick)


def _whisker(canvas: Canvas, track: Box, low: float, high: float, on: Colour) -> None:
    thick = max(2.0, track.h * 0.10)
    canvas.line((low, track.cy), (high, track.cy), on, thick + 4)
    canvas.line((low, track.cy), (high, track.cy), TEXT, thick)


def tilt(canvas: Canvas, view: TiltView, box: Box, *, on: Colour) -> None:
    """The pelvis seen from behind: a line through two hips over the dashed horizontal.

    Drawn at its true angle; the wedge between line and horizontal is what the eye catches.
    """
    cx, cy = box.cx, box.cy
    half, reach = box.w * 0.40, box.w * 0.48
    thick = max(4.0, min(box.w * 0.03, box.h * 0.12))
    ends = []
    if view.deg is not None:
        angle = math.radians(max(-30.0, min(30.0, view.deg)))
        dx, dy = half * math.cos(angle), half * math.sin(angle)
        ends = [(cx - dx, cy - dy), (cx + dx, cy + dy)]
    for end in ends:
        canvas.polygon([(cx, cy), (end[0], cy), end], WEDGE)
    canvas.dashes(
        (cx - reach, cy), (cx + reach, cy), SOFT, max(2.0, thick * 0.25), thick * 1.4, thick
    )
    if not ends:
        for x in (cx - half, cx + half):
            canvas.disc((x, cy), thick * 1.5, on)
            canvas.circle((x, cy), thick * 1.5, LINE, max(2.0, thick * 0.3))
        return
    canvas.line(ends[0], ends[1], INSIDE, thick)
    for point in ends:
        canvas.disc(point, thick * 1.55, INSIDE)
        canvas.disc(point, thick * 0.75, on)


def ring(canvas: Canvas, box: Box, fraction: float, colour: Colour, *, width: float = 0.11) -> None:
    """A ring that fills clockwise from the top."""
    radius = min(box.w, box.h) / 2 - 1
    thick = radius * 2 * width
    canvas.circle((box.cx, box.cy), radius, TRACK, thick)
    canvas.arc((box.cx, box.cy), radius, thick, fraction, colour)


def progress(canvas: Canvas, box: Box, fraction: float, colour: Colour) -> None:
    """A bar that fills from the left."""
    canvas.fill(box, TRACK, box.h / 2)
    if fraction > 0:
        wide = max(box.h, round(box.w * min(1.0, fraction)))
        canvas.fill(Box(box.x, box.y, wide, box.h), colour, box.h / 2)
