"""The whole camera picture with the lines by which a camera is set up."""

from __future__ import annotations

import math

import numpy as np
import pygame

from device.domain.kiosk import Picture
from device.domain.screens import SetupGuides
from device.ui.boxes import Box
from device.ui.canvas import Canvas, Point, font
from device.ui.i18n import _
from device.ui.theme import GREEN, INSIDE, TEXT, WARN, Colour, Face
from device.ui.widgets.picture import hip_points

_CASING: Colour = (0, 0, 0)
_LEVEL_DEG = 1.0
"""A roll below this is drawn as level."""


def draw_guides(
    canvas: Canvas, box: Box, picture: Picture, guides: SetupGuides | None, u: float
) -> None:
    """`box` has the picture's own shape: nothing is cut away. The hips are marked where found."""
    image = picture.frame.image
    if not image.flags.c_contiguous:
        image = np.ascontiguousarray(image)
    whole = pygame.image.frombuffer(image.data, picture.frame.size_px, "RGB")
    canvas.surface.blit(pygame.transform.smoothscale(whole, (box.w, box.h)), box)
    hips = hip_points(picture)
    scale = box.w / picture.frame.size_px[0]
    marks = [] if hips is None else [(box.x + x * scale, box.y + y * scale) for x, y in hips]
    if guides is not None:
        _lines(canvas, box, guides, marks, u)
    for mark in marks:
        canvas.disc(mark, 9 * u, _CASING)
        canvas.disc(mark, 7 * u, INSIDE)


def _lines(canvas: Canvas, box: Box, guides: SetupGuides, marks: list[Point], u: float) -> None:
    left, right = (box.x + round(x * box.w) for x in guides.centre_band)
    middle = sum(x for x, _y in marks) / len(marks) if marks else None
    centred = middle is not None and left <= middle <= right
    veil = pygame.Surface((max(1, box.w), max(1, box.h)))
    veil.set_alpha(110)
    for x0, x1 in ((box.x, left), (right, box.right)):
        if x1 > x0:
            canvas.surface.blit(veil, (x0, box.y), (0, 0, x1 - x0, box.h))
    colour = GREEN if centred else TEXT
    for x in (left, right):
        _cased(canvas, (x, box.y), (x, box.bottom), colour, 3 * u, solid=centred)
    if guides.pelvis_band is not None:
        _pelvis_band(canvas, box, guides.pelvis_band, marks, u)
    level = guides.roll_deg is not None and abs(guides.roll_deg) < _LEVEL_DEG
    y = box.y + guides.level_y * box.h
    if guides.pelvis_band is None or not _near(guides.level_y, guides.pelvis_band):
        _label(canvas, _("level"), Box(box.x, round(y - 34 * u), box.w, round(32 * u)), u)
    _cased(canvas, (box.x, y), (box.right, y), GREEN if level else TEXT, 2 * u, solid=level)
    if guides.roll_deg is not None and not level:
        rise = math.tan(math.radians(guides.roll_deg)) * box.w / 2
        _cased(canvas, (box.x, y - rise), (box.right, y + rise), WARN, 4 * u, solid=True)
    if guides.pelvis_band is not None:  # last: the level line often runs through the band
        upper, lower = (box.y + round(edge * box.h) for edge in guides.pelvis_band)
        _label(canvas, _("pelvis here"), Box(box.x, upper, box.w, lower - upper), u)


def _pelvis_band(
    canvas: Canvas, box: Box, band: tuple[float, float], marks: list[Point], u: float
) -> None:
    upper, lower = (box.y + round(y * box.h) for y in band)
    at = sum(y for _x, y in marks) / len(marks) if marks else None
    inside = at is not None and upper <= at <= lower
    colour = GREEN if inside else TEXT
    for y in (upper, lower):
        _cased(canvas, (box.x, y), (box.right, y), colour, 3 * u, solid=inside)


def _near(y: float, band: tuple[float, float]) -> bool:
    """Whether a line at `y` runs so close to the band that its name would cover it."""
    return band[0] - 0.08 < y < band[1] + 0.02


def _label(canvas: Canvas, words: str, box: Box, u: float) -> None:
    """Words on a dark plate of their own at the left end of a line; left out where none fits."""
    size = 24 * u
    if box.h < size:
        return
    wide = font(Face.STRONG, round(size)).size(words)[0] + round(18 * u)
    plate = Box(box.x + round(8 * u), box.cy - round(size * 0.62), wide, round(size * 1.24))
    canvas.fill(plate, _CASING, 6 * u)
    canvas.text(words, plate, size, face=Face.STRONG, on=_CASING, align="centre", least=20 * u)


def _cased(
    canvas: Canvas, a: Point, b: Point, colour: Colour, width: float, *, solid: bool
) -> None:
    """A line that stands out on any picture: full where all is well, dashed where not yet."""
    if solid:
        canvas.line(a, b, _CASING, width + 3)
        canvas.line(a, b, colour, width)
        return
    canvas.dashes(a, b, _CASING, width + 3, width * 6, width * 4)
    canvas.dashes(a, b, colour, width, width * 6, width * 4)
