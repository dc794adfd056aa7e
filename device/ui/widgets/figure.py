"""A runner from behind as a sign, with the pelvis line in it: what the device looks at."""

from __future__ import annotations

import math
from itertools import pairwise

from device.ui.boxes import Box
from device.ui.canvas import Canvas, Point
from device.ui.theme import BACKGROUND, INSIDE, LINE, SOFT, WEDGE


def figure(canvas: Canvas, box: Box, tilt_deg: float | None = 9.0) -> None:
    """Head, trunk and legs in one grey, the pelvis in the colour it has everywhere.

    `tilt_deg`: right end lower positive, drawn at its true angle; None when it is not known.
    """
    high = min(box.h, box.w * 1.25)
    s = high / 100
    cx, top = float(box.cx), box.cy - high / 2
    hip_y = top + 52 * s
    half = 15 * s
    known = tilt_deg is not None
    angle = math.radians(max(-30.0, min(30.0, tilt_deg or 0.0)))
    dx, dy = half * math.cos(angle), half * math.sin(angle)
    a, b = (cx - dx, hip_y - dy), (cx + dx, hip_y + dy)

    def limb(points: list[Point], width: float) -> None:
        for p, q in pairwise(points):
            canvas.line(p, q, LINE, width)
        for p in points:
            canvas.disc(p, width / 2, LINE)

    canvas.disc((cx, top + 9 * s), 8 * s, LINE)
    limb([(cx - 11 * s, top + 26 * s), (cx + 11 * s, top + 26 * s)], 12 * s)
    limb([(cx, top + 28 * s), (cx, hip_y - 8 * s)], 20 * s)
    limb([a, (a[0] + 3 * s, hip_y + 22 * s), (cx - 8 * s, top + 97 * s)], 11 * s)
    limb([b, (b[0] + 2 * s, hip_y + 22 * s), (b[0] - 3 * s, hip_y + 33 * s)], 11 * s)
    reach = 34 * s
    canvas.disc((cx, hip_y), 13 * s, BACKGROUND)
    for end in (-1.0, 1.0) if known else ():
        tip = (cx + end * reach * 0.9, hip_y + end * reach * 0.9 * math.tan(angle))
        canvas.polygon([(cx, hip_y), (tip[0], hip_y), tip], WEDGE)
    canvas.dashes((cx - reach, hip_y), (cx + reach, hip_y), SOFT, max(2.0, 0.8 * s), 4 * s, 3 * s)
    if not known:
        return
    rx, ry = reach * 0.9, reach * 0.9 * math.tan(angle)
    canvas.line((cx - rx, hip_y - ry), (cx + rx, hip_y + ry), INSIDE, 3 * s)
    for point in (a, b):
        canvas.disc(point, 4.6 * s, INSIDE)
        canvas.disc(point, 2.2 * s, BACKGROUND)
