"""Cells: a screen is a list of named boxes, each with the view it shows and how to paint it.

`Painter` remembers what each cell showed and repaints only those whose view changed, and
those drawn later that lie over one of them. A different set of cells repaints everything.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from device.ui.boxes import Box
from device.ui.canvas import Canvas
from device.ui.theme import BACKGROUND, Colour


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """One part of a screen. `view` is everything the painting depends on, and nothing else.

    `surface` fills the box first; None when the painting covers it all by itself. `radius` rounds
    the corners of that surface.
    """

    name: str
    box: Box
    view: Hashable
    paint: Callable[[Canvas, Box], None]
    surface: Colour | None = BACKGROUND
    radius: int = 0


class Painter:
    """Puts cells on a canvas, as few as it can."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._layout: tuple[tuple[str, Box], ...] = ()
        self._shown: dict[str, Hashable] = {}

    def forget(self) -> None:
        """Repaint everything next time (the surface was lost or is new)."""
        self._layout = ()

    def paint(self, cells: Sequence[Cell]) -> list[Box]:
        """Bring the canvas up to date; returns the boxes that changed."""
        surface = self._canvas.surface
        layout = tuple((cell.name, cell.box) for cell in cells)
        fresh = layout != self._layout
        if fresh:
            surface.set_clip(None)
            surface.fill(BACKGROUND)
            self._shown.clear()
            self._layout = layout
        dirty: list[Box] = []
        for cell in cells:
            same = cell.name in self._shown and self._shown[cell.name] == cell.view
            if same and not any(cell.box.meets(box) for box in dirty):
                continue
            surface.set_clip(cell.box)
            if cell.surface is not None and cell.radius:
                surface.fill(BACKGROUND, cell.box)
                self._canvas.fill(cell.box, cell.surface, cell.radius)
            elif cell.surface is not None:
                surface.fill(cell.surface, cell.box)
            cell.paint(self._canvas, cell.box)
            self._shown[cell.name] = cell.view
            dirty.append(cell.box)
        surface.set_clip(None)
        if fresh:
            width, height = surface.get_size()
            return [Box(0, 0, width, height)]
        return dirty
