"""Plates that carry one word."""

from __future__ import annotations

from device.ui.boxes import Box
from device.ui.canvas import Canvas, font
from device.ui.i18n import _
from device.ui.theme import PANEL, WARN, Colour, Face


def estimate_badge(
    canvas: Canvas, box: Box, u: float, *, at_right: bool = True, on: Colour = PANEL
) -> Box:
    """The word "estimate" on a plate at one end of `box`; returns the plate."""
    words = _("ESTIMATE")
    size = 24 * u
    wide = min(box.w, font(Face.STRONG, round(size)).size(words)[0] + round(22 * u))
    tall = min(box.h, round(36 * u))
    plate = Box(box.right - wide if at_right else box.x, box.cy - tall // 2, wide, tall)
    canvas.outline(plate, WARN, 2 * u, 6 * u)
    canvas.text(
        words,
        plate.inset(6 * u, 0),
        size,
        face=Face.STRONG,
        colour=WARN,
        on=on,
        align="centre",
        least=13 * u,
    )
    return plate
