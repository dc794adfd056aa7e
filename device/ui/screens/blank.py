"""Blank: dark, to spare screen and eyes."""

from __future__ import annotations

from device.ui.boxes import Box
from device.ui.canvas import Canvas
from device.ui.cells import Cell
from device.ui.stage import Stage

BLACK = (0, 0, 0)


def cells(stage: Stage) -> list[Cell]:
    """Nothing, over the whole screen; not even the bars stay, so that nothing burns in."""

    def nothing(canvas: Canvas, box: Box) -> None:
        """The ground is all there is."""

    return [Cell("blank", stage.whole, None, nothing, BLACK)]
