"""From the angle in the picture to the angle against the horizontal: roll and perspective.

*Roll*: a camera rolled by r shows every level line at r. A known roll is subtracted before anything
else; an unknown one cancels against the standing zero.

*Height*: seen from an elevation e (positive: the lens is below the hips and looks up), the hips'
line of obliquity o and axial rotation y (left hip turned back) appears at

    shown = o cos e + y tan e    (degrees, small angles; pinhole camera, Hartley and Zisserman 2004)

so that the nearer hip looks higher from below and lower from above. The rotation itself cannot be
had from two points in one picture: turning by 5 degrees changes their distance by 0.4 %. In running
the stance side is turned back at midstance (the pelvis has begun to rotate outward before the foot
lands; Novacheck 1998, doi:10.1016/S0966-6362(97)00038-6), by 0.5 to 6 degrees and with one
swing a stride in the treadmill data this was checked on. The usual rotation is taken out and its
spread between runners is added to the interval.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from device.domain.frames import CameraGeometry
from device.gait.frames import Floats

YAW_LAG = 0.08
"""The rotation is largest this much of a stride after midstance."""
LEVEL_M = 0.05
"""A camera of unknown height was put at the height of the hips within about this (1 SD)..."""
USUAL_DISTANCE_M = 3.0
"""... and about this far away."""


@dataclass(frozen=True, slots=True)
class View:
    """What is known of the camera's effect on angles.

    `roll_deg`; `gain` = cos e and `turn` = tan e; `turn_sd` how uncertain `turn` is;
    `known` whether height and distance were given.
    """

    roll_deg: float
    gain: float
    turn: float
    turn_sd: float
    elevation_deg: float
    known: bool

    def level(self, image_angle_deg: Floats) -> Floats:
        """Obliquity without axial rotation (quiet standing) that shows as `image_angle_deg`."""
        return (image_angle_deg - self.roll_deg) / self.gain

    def obliquity(self, image_angle_deg: Floats, phase: Floats, yaw_deg: float) -> Floats:
        """Obliquity while running; `phase` with left midstance at whole numbers, `yaw_deg` the
        usual axial rotation at midstance."""
        size = yaw_deg / math.cos(2 * math.pi * YAW_LAG)
        yaw = size * np.cos(2 * np.pi * (phase - YAW_LAG))
        return self.level(image_angle_deg) - self.turn / self.gain * yaw


def view(camera: CameraGeometry) -> View:
    """The effect of the camera's roll, height and distance, as far as they are known."""
    roll = camera.roll_deg or 0.0
    if camera.above_hips_m is None or camera.distance_m is None:
        return View(roll, 1.0, 0.0, LEVEL_M / USUAL_DISTANCE_M, 0.0, False)
    up = math.atan2(-camera.above_hips_m, camera.distance_m)
    return View(roll, math.cos(up), math.tan(up), 0.03 / camera.distance_m, math.degrees(up), True)
