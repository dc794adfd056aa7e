"""Published dimensions of the bought parts, in millimetres, and the print's own limits.

Boards: Raspberry Pi's mechanical drawings. Nuts: ISO 4032 and UNC. Buttons, socket and vial: the
generic sizes that the bills of materials ask for; measure yours before printing.
"""

from __future__ import annotations

from dataclasses import dataclass

WALL = 3.0
"""Walls of all parts."""
LEAST_WALL = 2.0
"""No place of any part may be thinner."""
BED = 220.0
"""Edge of the printer's bed, and its height."""
PLAY = 0.4
"""Room all around a board or a nut."""


@dataclass(frozen=True)
class Board:
    """A circuit board seen from the side its lens looks at: origin in its lower left corner.

    `holes` are screw holes' centres, `pilot` the hole that `screw` cuts its thread into; `lens` the
    lens' centre; `opening` the edge of the square, or with `round` the diameter, that lens and
    holder need; `depth` from the board's back to the front of the lens holder; `behind` what stands
    out of its back; `ribbon` the width of the flat cable that leaves at its lower edge.
    """

    name: str
    width: float
    height: float
    holes: tuple[tuple[float, float], ...]
    pilot: float
    screw: str
    lens: tuple[float, float]
    opening: float
    depth: float
    behind: float
    ribbon: float
    round: bool = False


_M3_HOLES = ((2.0, 9.362), (23.0, 9.362), (2.0, 21.862), (23.0, 21.862))
MODULE_3 = Board(
    "Camera Module 3", 25.0, 23.862, _M3_HOLES, 1.8, "M2 x 6", (12.5, 9.462), 11.0, 11.5, 3.0, 17.0
)
MODULE_3_WIDE = Board(
    "Camera Module 3 Wide",
    25.0,
    23.862,
    _M3_HOLES,
    1.8,
    "M2 x 6",
    (12.5, 9.462),
    12.0,
    12.4,
    3.0,
    17.0,
)
HQ_OR_GLOBAL_SHUTTER = Board(
    "High Quality or Global Shutter Camera",
    38.0,
    38.0,
    ((4.0, 4.0), (34.0, 4.0), (4.0, 34.0), (34.0, 34.0)),
    2.0,
    "M2.5 x 6",
    (19.0, 19.0),
    36.0,  # the metal ring of the lens mount
    18.4,
    4.0,
    17.0,
    round=True,
)
BOARDS = {"module3": MODULE_3, "module3_wide": MODULE_3_WIDE, "hq_gs": HQ_OR_GLOBAL_SHUTTER}

BUTTON_HOLE = 22.3
"""Panel hole of a 22 mm button."""
BUTTON_NUT = 27.0
"""Across the corners of its nut, and its sealing ring."""
BUTTON_DEPTH = 36.0
"""Behind the panel, terminals included."""
SOCKET_HOLE = 16.3
"""M12 panel socket with an M16 thread."""
SOCKET_NUT = 22.0
VIAL = 15.2
"""Round bubble level: diameter of its seat..."""
VIAL_DEPTH = 7.0
"""... and depth."""
TRIPOD_NUT = 11.2
"""1/4"-20 UNC nut across flats, with play."""
TRIPOD_NUT_DEPTH = 5.8
TRIPOD_BOLT = 6.6
M5 = 5.3
M5_NUT = 8.3
M5_NUT_DEPTH = 4.2
M4 = 4.4
M3_INSERT = 4.0
"""Hole for a heat-set insert M3."""
M6 = 6.5
M6_NUT = 10.3
M6_NUT_DEPTH = 5.4
