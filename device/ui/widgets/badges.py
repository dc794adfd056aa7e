"""Plates that carry a word."""

from __future__ import annotations

from device.ui.boxes import Box
from device.ui.canvas import Canvas, font
from device.ui.i18n import _
from device.ui.theme import PANEL, WARN, Colour, Face


def estimate_badge(
    canvas: Canvas, box: Box, u: float, *, at_right: bool = True, on: Colour = PANEL
) -> Box:
    """The word "estimate" on a plate at one end of `box`; returns the plate."""
    return badge(canvas, box, _("ESTIMATE"), u, at_right=at_right, on=on)


def badge(
    canvas: Canvas,
    box: Box,
    words: str,
    u: float,
    *,
    at_right: bool = True,
    on: Colour = PANEL,
) -> Box:
    """`words` on a plate at one end of `box`, in two lines where one is too long."""
    size = 25 * u
    narrow = font(Face.STRONG, round(20 * u)).size(words)[0] + 22 * u > box.w * 0.34
    lines = 2 if narrow and " " in words else 1
    text = max((font(Face.STRONG, round(size)).size(part)[0] for part in words.split()), default=0)
    if lines == 1:
        text = font(Face.STRONG, round(size)).size(words)[0]
    wide = min(box.w, text + round(26 * u) + (round(40 * u) if lines == 2 else 0))
    tall = min(box.h, round((38 if lines == 1 else 66) * u))
    plate = Box(box.right - wide if at_right else box.x, box.cy - tall // 2, wide, tall)
    canvas.outline(plate, WARN, 2 * u, 8 * u)
    canvas.text(
        words,
        plate.inset(8 * u, 0),
        size,
        face=Face.STRONG,
        colour=WARN,
        on=on,
        align="centre",
        least=13 * u,
        lines=lines,
        leading=1.02,
    )
    return plate
