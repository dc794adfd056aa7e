"""Where to put the camera, and what its place costs in degrees.

The errors are had from the estimator's own `View` (see `geometry`): the angle that a runner would
show from the camera's true place is computed with it and then read as if the place were unknown,
so that this table and the numbers of a session cannot drift apart.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from device.domain.frames import CameraGeometry
from device.gait.geometry import view
from device.gait.settings import GaitSettings

HIP_HEIGHT = 0.530
"""Height of the hip joints as a share of a person's (Winter 2009, Biomechanics and Motor Control of
Human Movement, table 4.1)."""
BOUNCE_M = 0.10
"""Room above the head for the bounce of running; as much is left under the feet."""
WIDTH_M = 1.2
"""Elbows, and the drift from side to side on a belt."""
DRIFT_M = 0.3
"""Runners move this far towards the camera and away from it on the belt."""
HIPS_APART = 0.104
"""Distance of the hip joints as a share of a person's height (twice the 0.052 that Drillis and
Contini 1966 and after them Winter 2009, figure 4.1, give for half of it)."""


@dataclass(frozen=True, slots=True)
class Placement:
    """What a camera sees from its place. Distances in metres, from the lens to the runner's back.

    `lens_height_m` is where the lens belongs above the floor: at the hips of the standing runner.
    `nearest_m` is the least distance at which the whole runner stays in the picture. `fits` says
    whether `distance_m` is enough; `view_m` is width and height of what is seen there. `hips_px` is
    the distance of the hip joints in the picture.
    """

    distance_m: float
    lens_height_m: float
    nearest_m: float
    fits: bool
    view_m: tuple[float, float]
    hips_px: float


@dataclass(frozen=True, slots=True)
class PlaceError:
    """Error in degrees of a side's midstance drop, made by the camera's place.

    `elevation_deg`: how steeply the lens looks up at the hips. `height_left_deg`,
    `height_right_deg`: each side's error while the height is unknown. `height_known_sd_deg`: what
    remains, as a standard deviation, once it has been entered. `roll_deg` the camera's roll:
    `roll_left_deg`, `roll_right_deg` its error without a standing zero and with no roll entered;
    either takes it out.
    """

    elevation_deg: float
    height_left_deg: float
    height_right_deg: float
    height_known_sd_deg: float
    roll_left_deg: float
    roll_right_deg: float


def hip_height_m(runner_height_m: float) -> float:
    """Height of a standing person's hip joints above their soles."""
    return HIP_HEIGHT * runner_height_m


def place(
    field_of_view_deg: tuple[float, float],
    width_px: int,
    distance_m: float,
    runner_height_m: float,
    deck_m: float = 0.0,
    above_hips_m: float = 0.0,
) -> Placement:
    """What is seen with `field_of_view_deg` (across, up; as delivered, so turned for portrait) and
    a picture `width_px` wide. `deck_m` is the belt's height above the floor. The camera looks
    level; one that stands high or low needs the more distance."""
    across, up = (math.tan(math.radians(angle / 2)) for angle in field_of_view_deg)
    hips_m = hip_height_m(runner_height_m)
    above = runner_height_m - hips_m + BOUNCE_M - above_hips_m
    below = hips_m + BOUNCE_M + above_hips_m
    nearest = max(above / up, below / up, WIDTH_M / 2 / across) + DRIFT_M
    view_m = (2 * across * distance_m, 2 * up * distance_m)
    return Placement(
        distance_m,
        deck_m + hips_m + above_hips_m,
        nearest,
        distance_m >= nearest,
        view_m,
        HIPS_APART * runner_height_m * width_px / view_m[0],
    )


def place_error(
    distance_m: float, above_hips_m: float, roll_deg: float, drop_deg: float = 5.0
) -> PlaceError:
    """The error that the camera's place makes in a drop of `drop_deg` on both sides.

    With the axial rotation of the pelvis that is usual at midstance (`GaitSettings.yaw_deg`).
    """
    usual = GaitSettings()
    blind = view(CameraGeometry())

    def error(geometry: CameraGeometry, yaw_deg: float) -> tuple[float, float]:
        phase = np.array([0.0, 0.5])  # midstance of the left and of the right leg
        true = np.array([drop_deg, -drop_deg])
        place = view(geometry)
        # Obliquity is linear in the angle of the picture: solve for what the picture shows.
        base = place.obliquity(np.zeros(2), phase, yaw_deg)
        slope = place.obliquity(np.ones(2), phase, yaw_deg) - base
        shown = (true - base) / slope
        read = blind.obliquity(shown, phase, usual.yaw_deg)
        return float(read[0] - true[0]), float(true[1] - read[1])

    high = CameraGeometry(above_hips_m=above_hips_m, distance_m=distance_m)
    left, right = error(high, usual.yaw_deg)
    roll_left, roll_right = error(CameraGeometry(roll_deg=roll_deg), usual.yaw_deg)
    seen = view(high)
    turned = math.hypot(usual.yaw_deg, usual.yaw_sd_deg)
    known = math.hypot(seen.turn * usual.yaw_sd_deg, seen.turn_sd * turned) / seen.gain
    return PlaceError(seen.elevation_deg + 0.0, left, right, known, roll_left, roll_right)
