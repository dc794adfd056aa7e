"""Pictograms of parts, places and things to do, drawn on a grid of 24 by 24 in one colour."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from device.ui.boxes import Box
from device.ui.canvas import Canvas, Point
from device.ui.theme import BACKGROUND, INSIDE, Colour

GRID = 24.0
STROKE = 1.0
"""Half the width of a stroke, in units of the grid."""


@dataclass(frozen=True, slots=True)
class _Pen:
    """Draws in units of the grid."""

    canvas: Canvas
    box: Box
    colour: Colour
    on: Colour

    @property
    def unit(self) -> float:
        return self.box.w / GRID

    def at(self, x: float, y: float) -> Point:
        return self.box.x + x * self.unit, self.box.y + y * self.unit

    def path(self, *points: Point, r: float = STROKE, colour: Colour | None = None) -> None:
        """A stroke with round corners and ends."""
        for a, b in pairwise(points):
            self.canvas.limb(
                self.at(*a), r * self.unit, self.at(*b), r * self.unit, colour or self.colour
            )

    def shape(self, *points: Point, colour: Colour | None = None) -> None:
        self.canvas.polygon([self.at(*p) for p in points], colour or self.colour)

    def disc(self, x: float, y: float, r: float, colour: Colour | None = None) -> None:
        self.canvas.disc(self.at(x, y), r * self.unit, colour or self.colour)

    def circle(self, x: float, y: float, r: float, width: float = 2 * STROKE) -> None:
        self.canvas.circle(self.at(x, y), r * self.unit, self.colour, width * self.unit)

    def slab(
        self, x: float, y: float, w: float, h: float, r: float = 1.6, colour: Colour | None = None
    ) -> None:
        left, top = self.at(x, y)
        wide, high = round(w * self.unit), round(h * self.unit)
        spot = Box(round(left), round(top), wide, high)
        self.canvas.fill(spot, colour or self.colour, r * self.unit)

    def frame(self, x: float, y: float, w: float, h: float, r: float = 2.0) -> None:
        self.slab(x, y, w, h, r)
        edge = 2 * STROKE
        self.slab(x + edge, y + edge, w - 2 * edge, h - 2 * edge, max(0.0, r - 1), self.on)


def pictogram(canvas: Canvas, name: str, box: Box, colour: Colour, on: Colour = BACKGROUND) -> None:
    """Draw `name` as large as the square in `box`; an unknown name is a dot."""
    side = min(box.w, box.h)
    draw = _DRAWN.get(name, _dot)
    canvas.sign(
        ("pictogram", name, on),
        box.middle(side, side),
        colour,
        lambda c, b: draw(_Pen(c, b, colour, on)),
    )


def known(name: str) -> bool:
    """Whether there is a pictogram of that name."""
    return name in _DRAWN


def _dot(p: _Pen) -> None:
    p.disc(12, 12, 3)


def _shoulders(p: _Pen, x: float, foot: float, half: float, high: float) -> None:
    turn = [i * math.pi / 24 for i in range(25)]
    p.shape(*((x - half * math.cos(t), foot - high * math.sin(t) ** 0.7) for t in turn))


def _person(p: _Pen) -> None:
    p.disc(12, 6.5, 4)
    _shoulders(p, 12, 21.5, 7.6, 8.6)


def _stand(p: _Pen) -> None:
    p.disc(12, 3.6, 2.6)
    p.path((12, 8.6), (12, 13), r=2.2)
    p.path((8.6, 8.6), (7.6, 14.2), r=0.95)
    p.path((15.4, 8.6), (16.4, 14.2), r=0.95)
    p.path((9, 8.2), (15, 8.2), r=1.2)
    p.path((10.6, 13.5), (10.2, 21), r=1.15)
    p.path((13.4, 13.5), (13.8, 21), r=1.15)
    p.path((5, 22.6), (19, 22.6), r=0.6, colour=INSIDE)


def _run(p: _Pen) -> None:
    p.disc(14.6, 3.6, 2.5)
    p.path((13.2, 8), (11.2, 13), r=2.0)
    p.path((13, 8.2), (16.6, 10.8), (19, 8.8), r=0.95)
    p.path((12.4, 8), (8.2, 8.6), (6.6, 12), r=0.95)
    p.path((11.4, 13.2), (14.8, 16), (13.6, 21), r=1.15)
    p.path((10.8, 13.2), (9, 17.2), (4.4, 17.6), r=1.15)
    p.path((3, 22.8), (21, 22.8), r=0.6, colour=INSIDE)


def _read(p: _Pen) -> None:
    for x, top in ((4, 12), (14, 6)):
        p.slab(x, 3, 6, 18, 1.4)
        p.slab(x + 1.5, 4.5, 3, 15, 0.5, p.on)
        p.slab(x + 1.5, top, 3, 19.5 - top, 0.5, INSIDE)


def _camera(p: _Pen) -> None:
    p.frame(1.5, 6, 21, 14.5, 3)
    p.shape((7.2, 6.6), (9, 3), (15, 3), (16.8, 6.6))
    p.circle(12, 13.2, 4.6)


def _stick(p: _Pen) -> None:
    p.slab(8.2, 1.5, 7.6, 6.5, 0.8)
    p.slab(9.8, 3.4, 1.5, 2.4, 0.2, p.on)
    p.slab(12.7, 3.4, 1.5, 2.4, 0.2, p.on)
    p.slab(6.2, 7.2, 11.6, 15.3, 2.6)
    p.slab(8.2, 9.2, 7.6, 11.3, 1.4, p.on)
    p.path((12, 12), (12, 17.4), r=0.9)


def _storage(p: _Pen) -> None:
    for y in (3.0, 13.0):
        p.frame(2.5, y, 19, 8.4, 2)
        p.disc(7, y + 4.2, 1.2)
        p.path((12, y + 4.2), (17.4, y + 4.2), r=0.8)


def _temperature(p: _Pen) -> None:
    p.path((12, 4.4), (12, 16), r=3.4)
    p.disc(12, 17.4, 5.4)
    p.path((12, 4.4), (12, 16), r=1.6, colour=p.on)
    p.disc(12, 17.4, 3.5, p.on)
    p.path((12, 9.5), (12, 16), r=0.9)
    p.disc(12, 17.4, 2.2)


def _chart(p: _Pen) -> None:
    p.path((3, 3), (3, 21), (22, 21))
    p.path((6.5, 9), (11, 12.5), (15.5, 11), (20.5, 16), colour=INSIDE)
    for x, y in ((6.5, 9), (11, 12.5), (15.5, 11), (20.5, 16)):
        p.disc(x, y, 1.9)


def _compare(p: _Pen) -> None:
    p.frame(1, 4, 10, 16)
    p.frame(13, 4, 10, 16)
    p.path((3.8, 13.6), (8.2, 10.4), r=0.9, colour=INSIDE)
    p.path((15.8, 12.4), (20.2, 11.6), r=0.9, colour=INSIDE)


def _coach(p: _Pen) -> None:
    p.circle(12, 12, 10.4)
    p.circle(12, 12, 5.8, 1.6)
    p.disc(12, 12, 2.2, INSIDE)


def _book(p: _Pen) -> None:
    p.slab(2, 17, 12, 5, 1)
    p.slab(3.6, 18.4, 9, 2.2, 0.3, p.on)
    p.path((8, 2.5), (7.6, 12.5), r=1.7)
    p.path((7.6, 14.6), (11.2, 14.6), r=1.3)
    p.path((17, 2.5), (17, 17.4), r=1.7)
    p.path((17, 20.6), (20.6, 20.6), r=1.3)


def _screen(p: _Pen) -> None:
    p.frame(1.5, 3, 21, 14)
    p.path((12, 17), (12, 21))
    p.path((7.5, 21.4), (16.5, 21.4))
    p.path((6, 10), (18, 10), r=0.8, colour=INSIDE)


def _power(p: _Pen) -> None:
    turn = [math.radians(40 + i * 10) for i in range(29)]
    p.path(*((12 + 9 * math.sin(t), 13 - 9 * math.cos(t)) for t in turn), r=1.2)
    p.path((12, 2.4), (12, 11.4), r=1.3)


def _back(p: _Pen) -> None:
    p.path((20.5, 12), (4.5, 12), r=1.3)
    p.path((10.5, 5.4), (4, 12), (10.5, 18.6), r=1.3)


def _new(p: _Pen) -> None:
    p.disc(9, 7, 3.6)
    _shoulders(p, 9, 21, 6.8, 7.8)
    p.path((19, 6), (19, 14), r=1.1, colour=INSIDE)
    p.path((15, 10), (23, 10), r=1.1, colour=INSIDE)


def _nobody(p: _Pen) -> None:
    _person(p)
    p.path((7, 7), (18, 18), r=2.0, colour=p.on)
    p.path((3, 3), (21, 21), r=1.0)


def _language(p: _Pen) -> None:
    p.circle(12, 12, 10.2)
    p.path((2.6, 12), (21.4, 12), r=0.8)
    for bow in (-4.6, 4.6):
        turn = [i * math.pi / 12 for i in range(13)]
        p.path(*((12 + bow * math.sin(t), 12 - 9.6 * math.cos(t)) for t in turn), r=0.8)


_DRAWN: dict[str, Callable[[_Pen], None]] = {
    "stand": _stand,
    "run": _run,
    "read": _read,
    "camera": _camera,
    "stick": _stick,
    "storage": _storage,
    "temperature": _temperature,
    "runners": _person,
    "runner": _person,
    "setup": _camera,
    "history": _chart,
    "compare": _compare,
    "coach": _coach,
    "today": _coach,
    "trial": _run,
    "exercises": _stand,
    "endurance": _chart,
    "programme": _coach,
    "speed": _run,
    "calibration": _book,
    "settings": _screen,
    "live_view": _screen,
    "show_picture": _camera,
    "language": _language,
    "save_today": _stick,
    "shutdown": _power,
    "back": _back,
    "new": _new,
    "nobody": _nobody,
}
