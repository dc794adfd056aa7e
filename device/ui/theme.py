"""Colours, and the rules that make the screen readable at a run. Pure.

Colours are never the only carrier of a meaning: buttons have shapes, states have icons and words,
the target band has edges. Every text colour has at least 7:1 contrast on every surface it is used
on (WCAG 2.2, 1.4.6; tested).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

Colour = tuple[int, int, int]

BACKGROUND: Colour = (10, 14, 18)
PANEL: Colour = (21, 27, 34)
RAISED: Colour = (32, 41, 52)
LINE: Colour = (66, 80, 95)
"""Hairlines and outlines of no meaning."""
TRACK: Colour = (44, 55, 68)
"""The empty part of a bar."""

TEXT: Colour = (244, 247, 250)
SOFT: Colour = (195, 205, 215)
STALE: Colour = (170, 182, 194)
GREEN: Colour = (64, 214, 136)
BLUE: Colour = (128, 194, 255)
YELLOW: Colour = (255, 210, 63)
WARN: Colour = (255, 180, 84)
FAULT: Colour = (255, 160, 150)
INSIDE: Colour = (98, 210, 245)
"""A value inside its band, and the measured pelvis line."""
WEDGE: Colour = (22, 66, 82)
"""Between the pelvis line and the horizontal."""
OUTSIDE: Colour = (255, 170, 60)
"""A value outside its band."""
BAND: Colour = (52, 74, 88)
"""The band itself, behind lines and marks."""
FIGURE: Colour = (92, 108, 126)
FIGURE_DARK: Colour = (58, 70, 84)
FIGURE_LIGHT: Colour = (122, 140, 160)
BELT: Colour = (28, 36, 45)
"""The drawn runner and the belt: shades without a meaning."""

CONTRAST_AT_LEAST = 7.0
DISTANCE_PER_CAP = 40.0
"""The live numbers' cap height is at least the viewing distance divided by this."""
SMALLEST_TEXT = 20
"""Design pixels (1280x720): no text is smaller. On a 21.5 inch screen its capitals are then 5 mm
high, seven minutes of arc from 2.5 m."""
CAP_PER_SIZE = 0.70
"""Barlow's cap (and digit) height as a fraction of the font size, in all its widths."""
MM_PER_INCH = 25.4


class Face(StrEnum):
    """The faces that ship, by file name."""

    TEXT = "Barlow-Medium"
    STRONG = "Barlow-SemiBold"
    NUMBER = "BarlowSemiCondensed-SemiBold"
    NARROW = "BarlowCondensed-SemiBold"


def luminance(colour: Colour) -> float:
    """Relative luminance of an sRGB colour (WCAG 2.2)."""
    r, g, b = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in (value / 255 for value in colour)
    )
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(a: Colour, b: Colour) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@dataclass(frozen=True, slots=True)
class Sight:
    """How large the screen is, in pixels and for the eye."""

    width_px: int
    height_px: int
    diagonal_in: float = 21.5
    viewing_distance_m: float = 2.5

    @property
    def px_per_mm(self) -> float:
        """Pixels in a millimetre (square pixels)."""
        return math.hypot(self.width_px, self.height_px) / (self.diagonal_in * MM_PER_INCH)

    @property
    def portrait(self) -> bool:
        """Whether it stands upright."""
        return self.height_px > self.width_px

    @property
    def unit(self) -> float:
        """Size of a design pixel: 1 at 1280x720 and 720x1280."""
        long, short = (1280, 720)
        w, h = (short, long) if self.portrait else (long, short)
        return min(self.width_px / w, self.height_px / h)

    @property
    def live_cap_px(self) -> int:
        """The least cap height of a live number: viewing distance / 40, in pixels."""
        return math.ceil(self.viewing_distance_m * 1000 / DISTANCE_PER_CAP * self.px_per_mm)

    def readable_from_m(self, cap_px: float) -> float:
        """From how far digits of `cap_px` pixels may be read under the same rule."""
        return cap_px / self.px_per_mm * DISTANCE_PER_CAP / 1000


def size_for_cap(cap_px: float) -> int:
    """The font size whose capitals are at least `cap_px` high."""
    return math.ceil(cap_px / CAP_PER_SIZE)
