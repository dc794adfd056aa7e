"""A list longer than its room: which lines are shown, where, and the bar that tells."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from device.ui.boxes import Box
from device.ui.canvas import Canvas
from device.ui.cells import Cell
from device.ui.stage import Stage
from device.ui.theme import SOFT, TRACK


@dataclass(frozen=True, slots=True)
class Scrolled:
    """The first line shown, the boxes of those shown, and the bar's cell where one is needed."""

    first: int
    spots: tuple[Box, ...]
    bar: tuple[Cell, ...]


def scrolled(stage: Stage, box: Box, count: int, selected: int, row: float) -> Scrolled:
    """As many lines of about `row` design pixels as fit; the selected one is kept from the edges.

    A short list keeps lines of the usual height; a long one fills its room.
    """
    u = stage.u
    gap = round(8 * u)
    fit = min(count, max(1, (box.h + gap) // (round(row * u) + gap)))
    first, room = 0, box
    bar: tuple[Cell, ...] = ()
    if count > fit:
        spot = Box(box.right - round(10 * u), box.y, round(10 * u), box.h)
        room = Box(box.x, box.y, box.w - spot.w - gap, box.h)
        first = min(max(0, selected - fit // 2), count - fit)
        place = (first / count, fit / count)
        bar = (Cell("scroll", spot, place, partial(_bar, place=place)),)
    tall = min((room.h + gap) / fit - gap, (row + 16) * u)
    spots = tuple(
        Box(room.x, room.y + round(i * (tall + gap)), room.w, round(tall)) for i in range(fit)
    )
    return Scrolled(first, spots, bar)


def _bar(canvas: Canvas, box: Box, *, place: tuple[float, float]) -> None:
    canvas.fill(box, TRACK, box.w / 2)
    top, share = place
    thumb = Box(box.x, box.y + round(top * box.h), box.w, max(box.w, round(share * box.h)))
    canvas.fill(thumb, SOFT, box.w / 2)
