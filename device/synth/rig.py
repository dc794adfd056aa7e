"""The virtual runner's skeleton: bones, and rotations about the world's axes.

World frame: X to the runner's right, Y forward (away from the camera), Z up; metres, degrees.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

SIDES = ("Left", "Right")
BONES: tuple[str, ...] = (
    "Hips",
    "Spine",
    "Spine1",
    "Spine2",
    "Neck",
    "Head",
    *(
        side + bone
        for side in SIDES
        for bone in ("Shoulder", "Arm", "ForeArm", "Hand", "UpLeg", "Leg", "Foot", "ToeBase")
    ),
)
BONE_INDEX = {bone: index for index, bone in enumerate(BONES)}
PARENT: dict[str, str] = {
    "Spine": "Hips",
    "Spine1": "Spine",
    "Spine2": "Spine1",
    "Neck": "Spine2",
    "Head": "Neck",
}
for _side in SIDES:
    PARENT |= {
        _side + "Shoulder": "Spine2",
        _side + "Arm": _side + "Shoulder",
        _side + "ForeArm": _side + "Arm",
        _side + "Hand": _side + "ForeArm",
        _side + "UpLeg": "Hips",
        _side + "Leg": _side + "UpLeg",
        _side + "Foot": _side + "Leg",
        _side + "ToeBase": _side + "Foot",
    }


def about_x(deg: float) -> Array:
    """Rotation about the runner's right-pointing axis; positive tips forward things up."""
    c, s = math.cos(math.radians(deg)), math.sin(math.radians(deg))
    return np.array([[1, 0, 0], [0, c, -s], [0, s, c]])


def about_y(deg: float) -> Array:
    """Rotation about the forward axis; positive lowers the right side."""
    c, s = math.cos(math.radians(deg)), math.sin(math.radians(deg))
    return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])


def about_z(deg: float) -> Array:
    """Rotation about the vertical; positive brings the right side forward."""
    c, s = math.cos(math.radians(deg)), math.sin(math.radians(deg))
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])


def unit(vector: Array) -> Array:
    """`vector` at length 1."""
    return vector / np.linalg.norm(vector)


def aligned(direction_rest: Array, direction: Array, side_rest: Array, side: Array) -> Array:
    """The rotation that takes one direction, and the part of a second across it, to others."""

    def basis(first: Array, second: Array) -> Array:
        first = unit(first)
        second = unit(second - first * (first @ second))
        return np.stack([first, second, np.cross(first, second)], axis=1)

    return basis(direction, side) @ basis(direction_rest, side_rest).T
