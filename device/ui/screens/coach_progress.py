"""A programme's progress."""

from __future__ import annotations

from device.ui.boxes import Box
from device.ui.cells import Cell
from device.ui.screens import lists
from device.ui.stage import Stage
from device.ui.view_lists import ListScreenView


def cells(stage: Stage, view: ListScreenView, body: Box) -> list[Cell]:
    """The screen's own part."""
    return lists.cells(stage, view, body)
