"""The button box: three buttons in a row, a socket for the cable, a floor with the clamp's holes.

x goes along the row (green, blue, yellow as the runner sees them), z up through the buttons.
"""

from __future__ import annotations

from build123d import Align, Axis, Box, Cylinder, Part, Pos, Rot, fillet
from clamp import HOLES, LENGTH
from dimensions import (
    BUTTON_DEPTH,
    BUTTON_HOLE,
    BUTTON_NUT,
    M3_INSERT,
    M4,
    SOCKET_HOLE,
    SOCKET_NUT,
    WALL,
)

APART = 44.0
"""From button to button: a wet thumb must not meet two."""
WIDTH = 60.0
POST = M3_INSERT + 4.4
LONG = 2 * APART + BUTTON_NUT + 2 * (POST + 6.0)
HIGH = BUTTON_DEPTH + 10.0
"""The inside; below the terminals there is room for the wires."""
FLOOR = 4.0
_UP = (Align.CENTER, Align.CENTER, Align.MIN)
_DOWN = (Align.CENTER, Align.CENTER, Align.MAX)


def button_places() -> list[float]:
    """Where the buttons' centres are along the row."""
    return [-APART, 0.0, APART]


def _post_places() -> list[tuple[float, float]]:
    x, y = LONG / 2 - POST / 2 + 0.2, WIDTH / 2 - POST / 2 + 0.2
    return [(sx * x, sy * y) for sx in (-1, 1) for sy in (-1, 1)]


def shell() -> Part:
    """The box without its floor; panel on top."""
    body = Box(LONG + 2 * WALL, WIDTH + 2 * WALL, HIGH + WALL, align=_DOWN)
    body = fillet(body.edges().filter_by(Axis.Z), 6.0)
    body = fillet(body.faces().sort_by(Axis.Z)[-1].edges(), 2.0)
    room = fillet(Box(LONG, WIDTH, HIGH + 1, align=_DOWN).edges().filter_by(Axis.Z), 3.0)
    body -= Pos(0, 0, -WALL) * room
    for x, y in _post_places():
        body += Pos(x, y, -WALL + 0.01) * Cylinder(POST / 2, HIGH, align=_DOWN)
    for x, y in _post_places():
        body -= Pos(x, y, -WALL - HIGH) * Cylinder(M3_INSERT / 2, 8.0, align=_UP)
    for x in button_places():
        body -= Pos(x, 0, 0) * Cylinder(BUTTON_HOLE / 2, 40)
    # The cable enters from the end that points away from the belt.
    return body - Pos(-LONG / 2, 0, -HIGH / 2 - WALL) * Rot(0, 90, 0) * Cylinder(
        SOCKET_HOLE / 2, 20
    )


def floor() -> Part:
    """The floor: four screws M3 x 10 into the shell's inserts, four M4 to the clamp."""
    plate = fillet(
        Box(LONG + 2 * WALL, WIDTH + 2 * WALL, FLOOR, align=_DOWN).edges().filter_by(Axis.Z), 6.0
    )
    for x, y in _post_places():
        plate -= Pos(x, y, 0) * Cylinder(1.7, 20)
    for x, y in HOLES:
        plate -= Pos(x, y, 0) * Cylinder(M4 / 2, 20)
    return plate


def room() -> dict[str, float]:
    """What is left around the bought parts, in millimetres: all above zero, or it does not fit."""
    between = APART - BUTTON_NUT
    to_post = LONG / 2 - POST - APART - BUTTON_NUT / 2
    return {
        "between two nuts": between,
        "from the last nut to the post": to_post,
        "below a button": HIGH - BUTTON_DEPTH,
        "socket's nut to the panel": (HIGH - SOCKET_NUT) / 2,
        "clamp within the floor": (LONG + 2 * WALL - LENGTH) / 2,
    }


def parts() -> dict[str, Part]:
    """The printed parts by name."""
    return {"shell": shell(), "floor": floor()}
