"""A runner from behind as a sign, with the pelvis line in it: what the device looks at."""

from __future__ import annotations

import math

from device.ui.boxes import Box
from device.ui.canvas import Canvas
from device.ui.theme import (
    BACKGROUND,
    BELT,
    FIGURE,
    FIGURE_DARK,
    FIGURE_LIGHT,
    INSIDE,
    LINE,
    SOFT,
    WEDGE,
    Colour,
)

_HIP_Y = 51.0
"""Of the figure's hundred units of height."""


def figure(
    canvas: Canvas,
    box: Box,
    tilt_deg: float | None = 9.0,
    *,
    on: Colour = BACKGROUND,
    belt: bool = True,
) -> None:
    """A runner in greys on the belt, the pelvis in the colour it has everywhere.

    `tilt_deg`: right end lower positive, drawn at its true angle; None when it is not known.
    """
    high = min(box.h, box.w * 1.28)
    wide = min(box.w, round(high * 0.86))
    place = box.middle(wide, high)
    canvas.sign(("figure", belt), place, on, lambda c, b: _body(c, b, belt=belt))
    s = high / 100
    cx, hip_y = float(place.cx), place.y + _HIP_Y * s
    reach = 37 * s
    thick = max(2.0, 0.7 * s)
    if tilt_deg is None:
        canvas.dashes((cx - reach, hip_y), (cx + reach, hip_y), SOFT, thick, 3.6 * s, 2.6 * s)
        return
    slope = math.tan(math.radians(max(-30.0, min(30.0, tilt_deg))))
    rx, ry = reach * 0.92, reach * 0.92 * slope
    for end in (-1.0, 1.0):
        tip = (cx + end * rx, hip_y + end * ry)
        canvas.polygon([(cx, hip_y), (tip[0], hip_y), tip], WEDGE)
    canvas.dashes((cx - reach, hip_y), (cx + reach, hip_y), SOFT, thick, 3.6 * s, 2.6 * s)
    canvas.line((cx - rx, hip_y - ry), (cx + rx, hip_y + ry), BACKGROUND, 4.4 * s)
    canvas.line((cx - rx, hip_y - ry), (cx + rx, hip_y + ry), INSIDE, 2.7 * s)
    half = 10.5 * s
    for end in (-1.0, 1.0):
        point = (cx + end * half, hip_y + end * half * slope)
        canvas.disc(point, 4.6 * s, BACKGROUND)
        canvas.disc(point, 3.8 * s, INSIDE)
        canvas.disc(point, 1.7 * s, BACKGROUND)


def _body(canvas: Canvas, box: Box, *, belt: bool) -> None:
    """Everything that does not move, in units of a hundredth of the height."""
    s = box.h / 100
    cx = float(box.cx)

    def at(x: float, y: float) -> tuple[float, float]:
        return cx + x * s, box.y + y * s

    def limb(
        a: tuple[float, float], ra: float, b: tuple[float, float], rb: float, colour: Colour
    ) -> None:
        canvas.limb(at(*a), ra * s, at(*b), rb * s, colour)

    if belt:
        canvas.polygon([at(-17, 84), at(17, 84), at(36, 100), at(-36, 100)], BELT)
        for x0, x1 in ((-17, -36), (17, 36)):
            canvas.line(at(x0, 84), at(x1, 100), LINE, 0.7 * s)
        canvas.line(at(-17, 84), at(17, 84), LINE, 0.7 * s)
    # The leg that swings: knee bent, sole to the viewer.
    limb((8.5, 54), 6.2, (9.5, 70), 4.4, FIGURE)
    limb((9.5, 70), 4.2, (7.2, 80), 3.0, FIGURE_DARK)
    limb((7.2, 80.5), 3.4, (6.6, 86), 3.0, FIGURE_LIGHT)
    # The leg that stands.
    limb((-8, 54), 6.6, (-6.6, 73), 4.5, FIGURE)
    limb((-6.6, 73), 4.3, (-5.4, 90), 2.7, FIGURE)
    limb((-5.6, 92), 3.3, (-6.4, 95), 3.5, FIGURE_LIGHT)
    # Shorts, shirt, arms, head.
    limb((-8.6, 53), 6.9, (-8, 63), 6.4, FIGURE_DARK)
    limb((8.6, 53), 6.9, (8.8, 62), 6.2, FIGURE_DARK)
    limb((-7, 50), 7.4, (7, 50), 7.4, FIGURE_DARK)
    for out in (-1.0, 1.0):
        low = 43 if out < 0 else 40
        limb((out * 16.2, 26), 4.3, (out * 21, low - 3), 3.6, FIGURE)
        limb((out * 21, low - 3), 3.4, (out * 15.5, low + 8), 2.6, FIGURE)
    shirt = [at(-17, 21), at(17, 21), at(13.6, 37), at(12.4, 47), at(-12.4, 47), at(-13.6, 37)]
    canvas.polygon(shirt, FIGURE_LIGHT)
    limb((-13.4, 24), 5.4, (13.4, 24), 5.4, FIGURE_LIGHT)
    limb((0, 15), 3.4, (0, 20.5), 4.0, FIGURE)
    for out in (-1.0, 1.0):
        canvas.disc(at(out * 6.4, 10), 1.5 * s, FIGURE)
    limb((0, 7.4), 6.4, (0, 10.6), 5.6, FIGURE_DARK)
