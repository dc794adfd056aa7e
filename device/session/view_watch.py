"""Whether the camera still looks where it looked when the set-up was accepted (pure).

A small grey picture of the empty belt, 32 by 18 points, is compared with the one taken after the
set-up: their edges are correlated, so that brighter or dimmer light is no change. A view that is
moved by a twentieth of its width has next to nothing in common with itself. One that has changed
has to stay so for a while: somebody may lean on the wall behind.

Nothing but the two little pictures is kept, in memory alone.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SIZE = (32, 18)
ALIKE = 0.35
"""Correlation below which it is another view."""
FAINT = 1.5
"""Standard deviation of the edges, in grey levels, below which there is nothing to compare."""
LASTS_S = 30.0
LOOK_EVERY_S = 1.0


class ViewWatch:
    """Compares views. For one thread; feed it only pictures without a person."""

    def __init__(self) -> None:
        self._reference: NDArray[np.float64] | None = None
        self._other_since_s: float | None = None
        self._looked_s: float | None = None

    def forget(self) -> None:
        """The next picture is the one to compare with."""
        self._reference, self._other_since_s, self._looked_s = None, None, None

    def changed(self, image: NDArray[np.uint8], t_s: float) -> bool:
        """Take in a picture, uint8 RGB (height, width, 3); whether the view has been another one
        for `LASTS_S`. Cheap, and looks only once in `LOOK_EVERY_S`."""
        if self._looked_s is not None and t_s - self._looked_s < LOOK_EVERY_S:
            return False
        self._looked_s = t_s
        edges = edges_of(image)
        if float(edges.std()) < FAINT:
            return False  # the lights are out, or the lens is covered: no statement
        if self._reference is None:
            self._reference = edges
            return False
        if likeness(edges, self._reference) >= ALIKE:
            self._other_since_s = None
            return False
        if self._other_since_s is None:
            self._other_since_s = t_s
        return t_s - self._other_since_s >= LASTS_S


def edges_of(image: NDArray[np.uint8]) -> NDArray[np.float64]:
    """What stands out from its surroundings in a picture, at 32 by 18 points."""
    width = image.shape[1]
    step = max(1, width // (4 * SIZE[0]))
    grey = image[::step, ::step].mean(axis=2, dtype=np.float64)
    rows = np.linspace(0, grey.shape[0], SIZE[1] + 1).astype(int)[:-1]
    columns = np.linspace(0, grey.shape[1], SIZE[0] + 1).astype(int)[:-1]
    sums = np.add.reduceat(np.add.reduceat(grey, rows, axis=0), columns, axis=1)
    counts = np.outer(np.diff([*rows, grey.shape[0]]), np.diff([*columns, grey.shape[1]]))
    small = sums / counts
    padded = np.pad(small, 1, mode="edge")
    around = sum(padded[i : i + SIZE[1], j : j + SIZE[0]] for i in range(3) for j in range(3))
    edges: NDArray[np.float64] = small - around / 9
    return edges


def likeness(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Correlation of two pictures' edges. A single bright thing must not outvote the rest, so that
    each point counts for at most two standard deviations."""
    a, b = (np.clip(each / each.std(), -2, 2) for each in (one, other))
    return float((a * b).mean() / np.sqrt((a**2).mean() * (b**2).mean()))
