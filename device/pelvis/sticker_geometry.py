"""What the camera's place does to the picture's pelvis line. Pure.

A camera that is level with the pelvis shows a sideways line at its true angle, however the pelvis
tilts forward: any line between two points that mirror each other on the pelvis is parallel to
its sideways axis, so neither forward tilt nor where on the pelvis the points sit changes its
angle. What does is axial rotation (yaw) seen from above or below. Let the lens stand `h` above
the line at distance `d`; with yaw `psi` (right side forward) and obliquity `o` (right side lower)
the ends lie at ``x = +-a cos(psi)``, ``depth = d +- a sin(psi)``, ``down = h +- a sin(o)``, and to
first order in ``a / d`` the picture line has

    tan(image angle) = tan(o) / cos(psi) - (h / d) tan(psi)

so a lens above the pelvis raises the forward end and one below lowers it. A runner's yaw swings
in step with the obliquity, which makes the second term look like a wrong gain.
"""

from __future__ import annotations

from math import atan, cos, degrees, radians, tan

from device.domain.basics import Reason
from device.domain.frames import CameraGeometry

USABLE_HEIGHT_M = 0.2
"""Lens above or below the stickers up to which the drop is taken as it is."""

PSIS_ABOVE_HIPS_M = 0.08
"""The stickers' height above the hip joints, about (the PSIS lies level with the sacrum's top)."""

TYPICAL_YAW_DEG = 5.0
"""Amplitude of axial pelvic rotation in running, one way: 4 to 8 degrees between runners."""

_USUAL_DISTANCE_M = 2.6


def image_angle_deg(
    obliquity_deg: float, yaw_deg: float, above_line_m: float, distance_m: float
) -> float:
    """Picture angle (right end lower positive) of a line of that obliquity and yaw.

    `yaw_deg` is positive with the right side forward (away from the camera); `above_line_m` is the
    lens's height above the line's middle.
    """
    yaw = radians(yaw_deg)
    return degrees(
        atan(tan(radians(obliquity_deg)) / cos(yaw) - above_line_m / distance_m * tan(yaw))
    )


def height_warning(geometry: CameraGeometry) -> Reason | None:
    """A warning when the lens is known to stand too high or low for the stickers."""
    if geometry.above_hips_m is None:
        return None
    above = geometry.above_hips_m - PSIS_ABOVE_HIPS_M
    if abs(above) <= USABLE_HEIGHT_M:
        return None
    way = "above" if above > 0 else "below"
    return Reason(
        "stickers_camera_height",
        f"The camera is {abs(above):.1f} m {way} the stickers; "
        f"more than {USABLE_HEIGHT_M} m makes the drop wrong by 7 % per {USABLE_HEIGHT_M} m.",
        "Bring the lens to the height of the runner's waistband.",
    )
