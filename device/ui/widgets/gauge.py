"""The bar against its band, the tilting pelvis, the ring."""

from __future__ import annotations

import math

from device.domain.basics import Side
from device.ui.boxes import Box
from device.ui.canvas import Canvas
from device.ui.theme import (
    BAND,
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
from device.ui.view import SCALE_DEG, BarView, Zone, degrees
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
    tall = box.h * (0.54 if labels else 0.8)
    track = Box(box.x, box.y + round(tall * 0.16), box.w, round(tall * 0.68))

    def place(fraction: float) -> float:
        along = fraction * track.w
        return track.right - along if side is Side.LEFT else track.x + along

    canvas.fill(track, TRACK, track.h * 0.2)
    # A value without a zone is not judged.
    colour = STALE if stale else SOFT if zone is None else zone_colour(zone)
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
        size = max(canvas.smallest, box.h * 0.38)
        for fraction in (0.0, *view.band):
            words = f"{degrees(round(fraction * SCALE_DEG, 1))}°"
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


MAGNIFIED = 3.0
"""So many times steeper than it is the live line is drawn: five degrees are hard to see."""


def tilt(
    canvas: Canvas,
    view: TiltView,
    box: Box,
    *,
    on: Colour,
    band_deg: tuple[float, float] | None = None,
) -> None:
    """The pelvis seen from behind: a line through two hips over the dashed horizontal.

    Drawn `MAGNIFIED` times steeper than it is; the wedge between line and horizontal is what the
    eye catches. `band_deg` marks at both ends how low a hip may drop, magnified alike.
    """
    cx, cy = box.cx, box.cy
    # Full scale to either side must fit the height, and the arcs the width.
    radius = min(box.w / 2, box.h / 2 / math.sin(math.radians(MAGNIFIED * SCALE_DEG)))
    arc = radius * 0.10
    half = radius * 0.80
    thick = max(4.0, half * 0.10)
    if band_deg is not None:
        for out in (-1.0, 1.0):
            _scale(canvas, (cx, cy), out, (radius - arc, radius), band_deg)
    ends = []
    if view.deg is not None:
        most = MAGNIFIED * SCALE_DEG
        angle = math.radians(max(-most, min(most, view.deg * MAGNIFIED)))
        dx, dy = half * math.cos(angle), half * math.sin(angle)
        ends = [(cx - dx, cy - dy), (cx + dx, cy + dy)]
    for tip in ends:
        canvas.polygon([(cx, cy), (tip[0], cy), tip], WEDGE)
    level, reach = max(2.0, thick * 0.2), radius * 0.86
    canvas.dashes((cx - reach, cy), (cx + reach, cy), SOFT, level, thick * 1.1, thick * 0.8)
    if not ends:
        for x in (cx - half, cx + half):
            canvas.disc((x, cy), thick * 1.3, on)
            canvas.circle((x, cy), thick * 1.3, LINE, max(2.0, thick * 0.3))
        return
    canvas.line(ends[0], ends[1], on, thick * 1.5)
    canvas.line(ends[0], ends[1], INSIDE, thick)
    for point in ends:
        canvas.disc(point, thick * 1.5, on)
        canvas.disc(point, thick * 1.28, INSIDE)
        canvas.disc(point, thick * 0.58, on)


def _scale(
    canvas: Canvas,
    centre: tuple[float, float],
    out: float,
    radii: tuple[float, float],
    band_deg: tuple[float, float],
) -> None:
    """One end's arc: zero in its middle, below it the band as a thicker piece with both edges."""
    inner, outer = radii

    def piece(low_deg: float, high_deg: float, r0: float, r1: float, colour: Colour) -> None:
        low, high = math.radians(low_deg * MAGNIFIED), math.radians(high_deg * MAGNIFIED)
        turns = [low + (high - low) * i / 12 for i in range(13)]
        edge = [(r1, t) for t in turns] + [(r0, t) for t in reversed(turns)]
        canvas.polygon(
            [(centre[0] + out * r * math.cos(t), centre[1] + r * math.sin(t)) for r, t in edge],
            colour,
        )

    middle = (inner + outer) / 2
    slim = (outer - inner) * 0.16
    piece(-SCALE_DEG, SCALE_DEG, middle - slim, middle + slim, TRACK)
    low_deg, high_deg = (max(-SCALE_DEG, min(SCALE_DEG, edge)) for edge in band_deg)
    piece(low_deg, high_deg, inner, outer, BAND)
    for edge in (low_deg, high_deg):
        piece(edge - 0.16, edge + 0.16, inner, outer, TEXT)


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
