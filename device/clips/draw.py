"""Draws on pictures: pelvis line, level, angle and numbers, in the colours of the screen.

Lines are drawn to a fraction of a pixel, text with the product's own faces; both scale with the
picture.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from device.clips.overlay import Overlay
from device.domain.basics import Side

Image = NDArray[np.uint8]
Colour = tuple[int, int, int]

FONTS = Path(__file__).resolve().parent.parent / "ui" / "fonts"
TEXT, STRONG, NUMBER = "Barlow-Medium", "Barlow-SemiBold", "BarlowSemiCondensed-SemiBold"

LINE: Colour = (98, 210, 245)
LEVEL: Colour = (244, 247, 250)
WHITE: Colour = (244, 247, 250)
SOFT: Colour = (195, 205, 215)
DARK: Colour = (10, 14, 18)
PANEL = 0.62
"""How dark a panel under text is: readable on snow, and the picture still shows through."""

_SHIFT = 4
_COUNTER_BITS, _VALUE_BITS, _PARITY = 20, 13, 1
COUNTER_CELLS = _COUNTER_BITS + _VALUE_BITS + _PARITY
_VALUE_ZERO = 1 << (_VALUE_BITS - 1)
_PER_DEG = 50
"""The counter strip tells an angle in fiftieths of a degree."""


@dataclass(frozen=True, slots=True)
class Labels:
    """The words on the picture, in the device's language; `comma` as the decimal mark."""

    left: str = "LEFT"
    right: str = "RIGHT"
    cadence: str = "steps/min"
    estimate: str = "estimate"
    comma: bool = False

    def number(self, value: float, places: int = 1) -> str:
        """`value` as people write it, without a "-0.0"."""
        text = f"{value:.{places}f}"
        if float(text) == 0:
            text = text.lstrip("-")
        text = text.replace("-", "−")
        return text.replace(".", ",") if self.comma else text


@dataclass(frozen=True, slots=True)
class Painter:
    """Burns an `Overlay` into a picture. `counter` adds the strip that tests read back."""

    labels: Labels = field(default_factory=Labels)
    estimate: bool = False
    counter: bool = False

    def paint(self, image: Image, overlay: Overlay) -> Image:
        """A copy of `image` (uint8 RGB) with `overlay` on it."""
        out = np.array(image, np.uint8, order="C")
        height, width = out.shape[:2]
        unit = min(height, width * 0.75) / 480
        if overlay.line_px is not None and overlay.tilt_deg is not None:
            pelvis(out, overlay.line_px, overlay.tilt_deg, overlay.level_deg, unit)
        self._numbers(out, overlay, unit)
        if self.counter:
            burn(out, overlay.row, overlay.tilt_deg)
        return out

    def _numbers(self, out: Image, overlay: Overlay, unit: float) -> None:
        height, width = out.shape[:2]
        pad = round(12 * unit)
        wide, high = round(124 * unit), round(84 * unit)
        top = height - pad - high
        for side, drop, left in (
            (Side.LEFT, overlay.left_deg, pad),
            (Side.RIGHT, overlay.right_deg, width - pad - wide),
        ):
            stands = overlay.stance is side
            shade(out, left, top, wide, high)
            if stands:
                out[top : top + max(2, round(4 * unit)), left : left + wide] = LINE
            name = self.labels.left if side is Side.LEFT else self.labels.right
            middle = left + wide // 2
            text(out, name, middle, top + round(12 * unit), 15 * unit, SOFT, STRONG)
            shown = "–" if drop is None else f"{self.labels.number(drop)}°"
            text(out, shown, middle, top + round(30 * unit), 42 * unit, WHITE, NUMBER)
        if overlay.cadence_spm is not None:
            wide, high = round(124 * unit), round(58 * unit)
            shade(out, width - pad - wide, pad, wide, high)
            middle = width - pad - wide // 2
            value = self.labels.number(overlay.cadence_spm, 0)
            text(out, value, middle, pad + round(6 * unit), 30 * unit, WHITE, NUMBER)
            text(out, self.labels.cadence, middle, pad + round(37 * unit), 13 * unit, SOFT, STRONG)
        if self.estimate:
            wide, high = round(96 * unit), round(24 * unit)
            shade(out, pad, pad, wide, high)
            at = (pad + wide // 2, pad + round(4 * unit))
            text(out, self.labels.estimate, *at, 14 * unit, WHITE, STRONG)


def pelvis(
    out: Image, line_px: NDArray[np.float64], tilt_deg: float, level_deg: float, unit: float
) -> None:
    """Draw the pelvis line through its points, beyond them, and the level, dashed; in place.

    The line's slope is `level_deg` + `tilt_deg`, the angle that was measured.
    """
    import cv2

    middle = line_px.mean(axis=0)
    half = max(0.5 * float(np.hypot(*(line_px[1] - line_px[0]))), 14 * unit)
    reach = max(2.1 * half, 52 * unit)

    def end(angle_deg: float, length: float) -> tuple[float, float]:
        angle = math.radians(angle_deg)
        return middle[0] + length * math.cos(angle), middle[1] + length * math.sin(angle)

    slope = level_deg + tilt_deg
    wedge = out.copy()
    for sign in (-1.0, 1.0):
        corners = [tuple(middle), end(level_deg, sign * reach), end(slope, sign * reach)]
        cv2.fillPoly(wedge, [_fixed(corners)], LINE, cv2.LINE_AA, _SHIFT)
    cv2.addWeighted(wedge, 0.35, out, 0.65, 0, dst=out)
    thick = max(1, round(1.6 * unit))
    dash, gap = 7 * unit, 5 * unit
    at = -reach
    while at < reach:
        _line(out, end(level_deg, at), end(level_deg, min(at + dash, reach)), DARK, thick + 2)
        _line(out, end(level_deg, at), end(level_deg, min(at + dash, reach)), LEVEL, thick)
        at += dash + gap
    ends = end(slope, -reach), end(slope, reach)
    _line(out, *ends, DARK, max(3, round(6 * unit)))
    _line(out, *ends, LINE, max(2, round(3.4 * unit)))
    for sign in (-1.0, 1.0):
        dot = _fixed([end(slope, sign * half)])[0]
        for radius, colour in ((6.0, DARK), (4.2, LINE)):
            size = round(max(1.5, radius * unit) * (1 << _SHIFT))
            cv2.circle(out, (int(dot[0]), int(dot[1])), size, colour, -1, cv2.LINE_AA, _SHIFT)


def _fixed(points: list[tuple[float, float]]) -> NDArray[np.int32]:
    return np.round(np.array(points) * (1 << _SHIFT)).astype(np.int32)


def _line(
    out: Image, a: tuple[float, float], b: tuple[float, float], colour: Colour, thick: int
) -> None:
    import cv2

    start, end = _fixed([a, b])
    cv2.line(
        out,
        (int(start[0]), int(start[1])),
        (int(end[0]), int(end[1])),
        colour,
        thick,
        cv2.LINE_AA,
        _SHIFT,
    )


def shade(out: Image, left: int, top: int, wide: int, high: int) -> None:
    """Darken a rectangle, so that text can be read on it; in place."""
    part = out[max(0, top) : top + high, max(0, left) : left + wide]
    part[:] = (part * (1 - PANEL) + np.array(DARK) * PANEL).astype(np.uint8)


def text(
    out: Image, words: str, x: int, y: int, size: float, colour: Colour, face: str = TEXT
) -> None:
    """Write `words` centred on `x`, their top at `y`; what lies outside is cut off. In place."""
    glyphs = _glyphs(words, max(6, round(size)), face)
    high, wide = glyphs.shape
    left, top = round(x - wide / 2), y
    rows = slice(max(0, top), min(out.shape[0], top + high))
    columns = slice(max(0, left), min(out.shape[1], left + wide))
    if rows.start >= rows.stop or columns.start >= columns.stop:
        return
    share = glyphs[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
    part = out[rows, columns]
    mixed = part + (np.array(colour, np.float32) - part) * share[..., None]
    out[rows, columns] = np.round(mixed).astype(np.uint8)


@lru_cache(maxsize=512)
def _glyphs(words: str, size: int, face: str) -> NDArray[np.float32]:
    """How much of each pixel is covered, 0..1."""
    from PIL import Image as Pictures
    from PIL import ImageDraw

    font = _font(face, size)
    ascent, descent = font.getmetrics()
    wide = max(1, math.ceil(font.getlength(words)))
    sheet = Pictures.new("L", (wide, ascent + descent), 0)
    ImageDraw.Draw(sheet).text((0, 0), words, fill=255, font=font)
    covered = np.asarray(sheet, np.float32) / 255
    # From the top of the capitals on: `y` is where one sees the text begin.
    first = max(0, round(ascent - 0.80 * size))
    return np.ascontiguousarray(covered[first:])


@lru_cache(maxsize=64)
def _font(face: str, size: int):  # type: ignore[no-untyped-def]
    from PIL import ImageFont

    return ImageFont.truetype(str(FONTS / f"{face}.ttf"), size)


# --- the strip that a test reads back ------------------------------------------------------------


def burn(out: Image, row: int | None, tilt_deg: float | None) -> None:
    """Write the track's row and the angle into cells along the bottom edge; in place.

    Black and white cells, large enough to survive the encoder: the row (its highest value: none),
    the angle in fiftieths of a degree (zero: none), and parity.
    """
    counter = (1 << _COUNTER_BITS) - 1 if row is None else row
    value = 0
    if tilt_deg is not None:
        value = max(1, min((1 << _VALUE_BITS) - 1, round(tilt_deg * _PER_DEG) + _VALUE_ZERO))
    bits = [counter >> bit & 1 for bit in range(_COUNTER_BITS)]
    bits += [value >> bit & 1 for bit in range(_VALUE_BITS)]
    bits.append(sum(bits) & 1)
    height, width = out.shape[:2]
    for index, bit in enumerate(bits):
        cell = slice(index * width // COUNTER_CELLS, (index + 1) * width // COUNTER_CELLS)
        out[height - max(8, height // 16) :, cell] = 255 if bit else 0


def read_burnt(image: Image) -> tuple[int | None, float | None]:
    """What `burn` wrote into a decoded picture; raises `ValueError` when it cannot be read."""
    height, width = image.shape[:2]
    y = height - max(8, height // 16) // 2
    bits = []
    for index in range(COUNTER_CELLS):
        middle = (2 * index + 1) * width // (2 * COUNTER_CELLS)
        bits.append(int(image[y, middle].mean() > 128))
    if sum(bits[:-1]) & 1 != bits[-1]:
        raise ValueError("the strip's parity is wrong")
    counter = sum(bit << place for place, bit in enumerate(bits[:_COUNTER_BITS]))
    value = sum(bit << place for place, bit in enumerate(bits[_COUNTER_BITS:-1]))
    return (
        None if counter == (1 << _COUNTER_BITS) - 1 else counter,
        None if value == 0 else (value - _VALUE_ZERO) / _PER_DEG,
    )
