"""Rectangles and how to cut them up. Pure: no pygame, so layouts can be reasoned about alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Box(NamedTuple):
    """A rectangle in whole pixels; pygame takes it wherever it takes a rectangle."""

    x: int
    y: int
    w: int
    h: int

    @property
    def right(self) -> int:
        """First column to the right of it."""
        return self.x + self.w

    @property
    def bottom(self) -> int:
        """First row below it."""
        return self.y + self.h

    @property
    def cx(self) -> int:
        """Centre column."""
        return self.x + self.w // 2

    @property
    def cy(self) -> int:
        """Centre row."""
        return self.y + self.h // 2

    def inset(self, dx: float, dy: float | None = None) -> Box:
        """Smaller by `dx` on the left and right and `dy` (same if left out) above and below."""
        x, y = round(dx), round(dx if dy is None else dy)
        return Box(self.x + x, self.y + y, max(0, self.w - 2 * x), max(0, self.h - 2 * y))

    def top(self, h: float) -> Box:
        """The upper `h` pixels."""
        return Box(self.x, self.y, self.w, min(self.h, round(h)))

    def low(self, h: float) -> Box:
        """The lower `h` pixels."""
        h = min(self.h, round(h))
        return Box(self.x, self.bottom - h, self.w, h)

    def below(self, h: float) -> Box:
        """All but the upper `h` pixels."""
        h = min(self.h, round(h))
        return Box(self.x, self.y + h, self.w, self.h - h)

    def above(self, h: float) -> Box:
        """All but the lower `h` pixels."""
        return Box(self.x, self.y, self.w, max(0, self.h - round(h)))

    def rows(self, shares: Sequence[float], gap: float = 0) -> list[Box]:
        """Cut into rows whose heights are as `shares`, `gap` pixels apart."""
        return [
            Box(self.x, self.y + at, self.w, size) for at, size in _cut(self.h, shares, round(gap))
        ]

    def cols(self, shares: Sequence[float], gap: float = 0) -> list[Box]:
        """Cut into columns whose widths are as `shares`, `gap` pixels apart."""
        return [
            Box(self.x + at, self.y, size, self.h) for at, size in _cut(self.w, shares, round(gap))
        ]

    def middle(self, w: float, h: float) -> Box:
        """A box of that size (at most this one's) in the centre."""
        w, h = min(self.w, round(w)), min(self.h, round(h))
        return Box(self.x + (self.w - w) // 2, self.y + (self.h - h) // 2, w, h)

    def meets(self, other: Box) -> bool:
        """Whether they share a pixel."""
        return (
            self.x < other.right
            and other.x < self.right
            and self.y < other.bottom
            and other.y < self.bottom
        )

    def holds(self, other: Box) -> bool:
        """Whether `other` lies wholly inside."""
        return (
            self.x <= other.x
            and self.y <= other.y
            and other.right <= self.right
            and other.bottom <= self.bottom
        )


def _cut(length: int, shares: Sequence[float], gap: int) -> list[tuple[int, int]]:
    """(offset, size) of each share; rounding never loses or overlaps a pixel."""
    room = max(0, length - gap * (len(shares) - 1))
    total = sum(shares) or 1.0
    edges = [0]
    running = 0.0
    for share in shares:
        running += share
        edges.append(round(room * running / total))
    return [(edge + i * gap, edges[i + 1] - edge) for i, edge in enumerate(edges[:-1])]
