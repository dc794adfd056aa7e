"""What the camera's place does to the picture's pelvis line. Pure.

Any line between two points that mirror each other on the pelvis is parallel to the pelvis's
sideways axis. Neither forward tilt nor where on the pelvis the points sit changes its angle, and
a lens level with it shows that angle as it is. What a lens above or below adds comes from axial
rotation (yaw) alone. Let the lens stand `h` above the line's middle at distance `d`; with yaw
`psi` (right side forward, away from the camera) and obliquity `o` (right side lower) the right
end lies ``a cos(o) cos(psi)`` to the right, ``a cos(o) sin(psi)`` further away and ``a sin(o)``
lower than the middle, the left end opposite. Projected (pinhole), and to first order in ``a / d``,

    tan(angle in the picture) = tan(o) / cos(psi) - (h / d) tan(psi)

so that a lens above the pelvis shows the forward end too high, one below too low. Yaw swings once
a stride like the obliquity, which makes the second term look like a wrong gain: rendered runners
of 5 degrees yaw, 2.6 m away, show 0.87, 0.93, 1.05 and 1.11 of their drop with the lens 0.43 and
0.23 m below and 0.17 and 0.37 m above the stickers. How yaw and obliquity go together differs
between people, though (in marker data of three treadmill runners the same low lens *raises* the
mean drop by 0.05 to 0.9 degrees), so no gain is divided out where the yaw is unknown: the error
is bounded and told instead.
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
"""Amplitude of axial pelvic rotation in running, one way."""

USUAL_DISTANCE_M = 2.6
"""Taken where the camera's distance is not known."""


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


def obliquity_deg(
    image_deg: float, yaw_deg: float, above_line_m: float, distance_m: float
) -> float:
    """The inverse of `image_angle_deg`: for those who know the yaw."""
    yaw = radians(yaw_deg)
    return degrees(
        atan((tan(radians(image_deg)) + above_line_m / distance_m * tan(yaw)) * cos(yaw))
    )


def apparent_gain(yaw_per_obliquity: float, above_line_m: float, distance_m: float) -> float:
    """Degrees shown per degree of obliquity when yaw follows obliquity with that slope.

    `yaw_per_obliquity` in degrees per degree, right side forward per right side lower; about -0.8
    in the rendered runners, of either sign in real ones.
    """
    return 1.0 - above_line_m / distance_m * yaw_per_obliquity


def height_error_deg(
    above_line_m: float, distance_m: float, yaw_deg: float = TYPICAL_YAW_DEG
) -> float:
    """How far off a lens that high can put the line, in degrees, at that yaw."""
    return abs(image_angle_deg(0.0, yaw_deg, above_line_m, distance_m))


def above_line_m(geometry: CameraGeometry) -> float | None:
    """The lens's height above the stickers, None where the camera's height is not known."""
    if geometry.above_hips_m is None:
        return None
    return geometry.above_hips_m - PSIS_ABOVE_HIPS_M


def height_warning(geometry: CameraGeometry) -> Reason | None:
    """A warning when the lens is known to stand too high or low for the stickers."""
    above = above_line_m(geometry)
    if above is None or abs(above) <= USABLE_HEIGHT_M:
        return None
    error = height_error_deg(above, geometry.distance_m or USUAL_DISTANCE_M)
    return Reason(
        "stickers_camera_height",
        f"The camera is {abs(above):.2f} m {'above' if above > 0 else 'below'} the stickers "
        f"({USABLE_HEIGHT_M} m is the limit): turning of the pelvis can make each side's drop "
        f"wrong by {error:.1f} degrees.",
        "Bring the lens to the height of the runner's waistband.",
    )
