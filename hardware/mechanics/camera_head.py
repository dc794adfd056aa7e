"""The camera head: a case for the board, a lid, and a foot that tilts it.

The case looks along +y, z is up. The bubble level sits on top of the case, so that it shows the
camera's own roll whatever the foot stands on. The foot has a 1/4" nut for tripods and brackets.
"""

from __future__ import annotations

from build123d import Align, Axis, Box, Cylinder, Part, Pos, RegularPolygon, Rot, extrude, fillet
from dimensions import (
    LEAST_WALL,
    M5,
    PLAY,
    TRIPOD_BOLT,
    TRIPOD_NUT,
    TRIPOD_NUT_DEPTH,
    VIAL,
    VIAL_DEPTH,
    WALL,
    Board,
)

BELOW = 6.0
"""Room below the board, for the ribbon to bend."""
EAR = 6.0
"""Thickness of each of the case's two ears."""
TONGUE = 12.0
"""... and of the foot's tongue between them."""
ROUND = 7.0
AXIS_UP = 17.0
"""From the tilting bolt to the case, and to the foot's plate."""
LID = 3.0
RIM = 2.5
"""How deep the lid reaches into the case."""
CHEEK = 9.0
"""The blocks at the case's sides that take the lid's screws."""
_TO_FRONT = (Align.CENTER, Align.MAX, Align.CENTER)
_TO_BACK = (Align.CENTER, Align.MIN, Align.CENTER)


def inside(board: Board) -> tuple[float, float, float]:
    """The room in the case: across, deep, high."""
    return (
        board.width + 2 * PLAY + 2,
        board.depth + board.behind - WALL + PLAY + RIM,
        board.height + 2 * PLAY + BELOW,
    )


def board_origin(board: Board) -> tuple[float, float]:
    """Where the board's lower left corner is in the case: across, up."""
    return -board.width / 2, -inside(board)[2] / 2 + BELOW + PLAY


def front_of_board(board: Board) -> float:
    """How far behind the case's front the front of the bare board (1 mm thick) is, so that the lens
    is flush with the case and nothing stands in a wide view."""
    return board.depth - 1.0


def _along_y(radius: float, length: float) -> Part:
    return Rot(90, 0, 0) * Cylinder(radius, length)


def case(board: Board) -> Part:
    """The case, open at its back (-y)."""
    wide, deep, high = inside(board)
    outer = (wide + 2 * WALL, deep + WALL, high + 2 * WALL)
    body = Box(*outer, align=_TO_FRONT)
    body = fillet(body.edges().filter_by(Axis.Y), 3.0)
    for side in (-1, 1):
        cheek = Box(CHEEK, 12.0, 10.0, align=_TO_BACK)
        body += Pos(side * (outer[0] + CHEEK) / 2 - side * 0.01, -outer[1], 0) * cheek
    body -= Pos(0, -WALL, 0) * Box(wide, deep + 1, high, align=_TO_FRONT)
    left, low = board_origin(board)
    board_at = front_of_board(board)
    posts = [Pos(left + x, -WALL, low + z) for x, z in board.holes]
    length = board_at - WALL
    for place in posts:
        body += place * Pos(0, -length / 2, 0) * _along_y(board.pilot / 2 + 2.2, length)
    for place in posts:
        body -= place * Pos(0, -length + 3.0, 0) * _along_y(board.pilot / 2, 6.2)
    size = board.opening + (0 if board.round else PLAY)
    hole = _along_y(size / 2, 80.0) if board.round else Box(size, 80.0, size)
    body -= Pos(left + board.lens[0], 0, low + board.lens[1]) * hole
    # The ribbon leaves through a notch in the floor that the lid closes.
    notch = Box(board.ribbon + 1, 3.0, 4 * WALL, align=_TO_BACK)
    body -= Pos(0, -outer[1] - 0.01, -outer[2] / 2) * notch
    for side in (-1, 1):
        screw = _along_y(1.25, 18.0)
        body -= Pos(side * (outer[0] + CHEEK) / 2, -outer[1], 0) * screw
    return body + _vial_seat(outer) + _ears(outer)


def _vial_seat(outer: tuple[float, float, float]) -> Part:
    side = VIAL + 2 * WALL
    block = Box(
        side, max(side, outer[1]), VIAL_DEPTH + 0.5, align=_TO_FRONT[:1] * 2 + _TO_BACK[1:2]
    )
    block = fillet(block.edges().filter_by(Axis.Z), 2.0)
    seat = Cylinder(VIAL / 2, VIAL_DEPTH + 1, align=_TO_FRONT[:1] * 2 + _TO_BACK[1:2])
    return Pos(0, -outer[1] / 2, outer[2] / 2 - 0.5) * (block - Pos(0, 0, 0.5) * seat)


def _ears(outer: tuple[float, float, float]) -> Part:
    ears = Part()
    for side in (-1, 1):
        plate = Box(EAR, 2 * ROUND, AXIS_UP, align=(Align.CENTER, Align.CENTER, Align.MAX))
        ear = plate + Pos(0, 0, -AXIS_UP) * Rot(0, 90, 0) * Cylinder(ROUND, EAR)
        ear -= Pos(0, 0, -AXIS_UP) * Rot(0, 90, 0) * Cylinder(M5 / 2, 2 * EAR)
        across = side * (TONGUE / 2 + 0.3 + EAR / 2)
        ears += Pos(across, -outer[1] / 2, -outer[2] / 2 + 0.01) * ear
    return ears


def lid(board: Board) -> Part:
    """Closes the case's back with two screws M3 x 12; its rim keeps light out."""
    wide, _, high = inside(board)
    outer = (wide + 2 * WALL, high + 2 * WALL)
    plate = fillet(Box(outer[0] + 2 * CHEEK, LID, outer[1]).edges().filter_by(Axis.Y), 3.0)
    for side in (-1, 1):
        plate -= Pos(side * (outer[0] + CHEEK) / 2, 0, 0) * _along_y(1.7, 20.0)
    rim = Box(wide - 2 * PLAY, RIM, high - 2 * PLAY)
    rim -= Box(wide - 2 * PLAY - 2 * LEAST_WALL - 0.4, 3.0, high - 2 * PLAY - 2 * LEAST_WALL - 0.4)
    # Nothing of the rim where the ribbon passes.
    rim -= Pos(0, 0, -high / 2) * Box(board.ribbon + 2, 3.0, 4 * WALL)
    return plate + Pos(0, (LID + RIM) / 2 - 0.01, 0) * rim


def foot() -> Part:
    """A plate with the tripod nut and the tongue that the case's ears take between them."""
    centred_low = (Align.CENTER, Align.CENTER, Align.MIN)
    plate = Box(44.0, 56.0, 10.0, align=(Align.CENTER, Align.CENTER, Align.MAX))
    plate = fillet(plate.edges().filter_by(Axis.Z), 6.0)
    tongue = Box(TONGUE, 2 * ROUND, AXIS_UP, align=centred_low)
    tongue += Pos(0, 0, AXIS_UP) * Rot(0, 90, 0) * Cylinder(ROUND, TONGUE)
    tongue -= Pos(0, 0, AXIS_UP) * Rot(0, 90, 0) * Cylinder(M5 / 2, 2 * TONGUE)
    body = plate + Pos(0, 0, -0.01) * tongue
    nut = extrude(RegularPolygon(TRIPOD_NUT / 3**0.5, 6), TRIPOD_NUT_DEPTH + 1)
    # The nut is pressed in from above, so that a tight bolt pulls it against the floor.
    body -= Pos(0, 17.0, -TRIPOD_NUT_DEPTH) * nut
    return body - Pos(0, 17.0, -5.0) * Cylinder(TRIPOD_BOLT / 2, 30)


def parts(board: Board) -> dict[str, Part]:
    """The printed parts by name."""
    return {"case": case(board), "lid": lid(board), "foot": foot()}


def board_body(board: Board) -> Part:
    """The bare board in the case, holes and all, with the lens in front: for checking clearance.

    What stands out of its back is a block that leaves 4.5 mm around every hole free, as on the real
    boards.
    """
    left, low = board_origin(board)
    front = -front_of_board(board)
    middle = Pos(left + board.width / 2, front, low + board.height / 2)
    body = middle * Box(board.width, 1.0, board.height, align=_TO_FRONT)
    back = Box(board.width, board.behind - 0.01, board.height, align=_TO_FRONT)
    body += middle * Pos(0, -1.0, 0) * back
    for x, z in board.holes:
        body -= Pos(left + x, front, low + z) * _along_y(board.pilot / 2 + 0.2, 60)
    lens = Pos(left + board.lens[0], front, low + board.lens[1])
    deep = front_of_board(board) - 0.05
    if board.round:
        size = board.opening - 0.4
        return body + lens * Pos(0, deep / 2, 0) * _along_y(size / 2, deep)
    return body + lens * Box(board.opening, deep, board.opening, align=_TO_BACK)
