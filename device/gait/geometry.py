"""From the angle in the picture to the angle against the horizontal: roll and perspective.

*Roll*: a camera rolled by r shows every level line at r; it is subtracted (config), or cancels
against the standing zero.

*Height*: with the lens below the hips the line of sight climbs at an elevation e. A hip that is
nearer by dy then appears higher by dy tan e, so that axial rotation of the pelvis by a (left hip
back) adds a tan e to the apparent obliquity, and the apparent tilt is scaled by cos e / cos(e - p)
with the camera pitched up by p at the runner (the principal ray; Hartley and Zisserman 2004, ch. 6).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from device.domain.frames import CameraGeometry


@dataclass(frozen=True, slots=True)
class Perspective:
    """What the camera's place does to an angle: shown = true * gain + turn * axial rotation."""

    elevation_deg: float
    gain: float
    turn: float
    known: bool


def perspective(camera: CameraGeometry) -> Perspective:
    """The effect of the camera's height and distance; no effect where they are unknown."""
    if camera.above_hips_m is None or camera.distance_m is None:
        return Perspective(0.0, 1.0, 0.0, False)
    up = math.atan2(-camera.above_hips_m, camera.distance_m)
    return Perspective(math.degrees(up), math.cos(up), math.tan(up), True)
