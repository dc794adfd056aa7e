"""A jointed body for drawings: from a few angles to joints in space to strokes on the screen. Pure.

Metres; x to the person's right, y forward, z up, the standing foot at the origin. Drawn without
perspective from any side, so that the same posture is right from behind, in front and beside.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from device.domain.basics import Side

Space = tuple[float, float, float]
Flat = tuple[float, float]

HALF_HIPS = 0.105
"""Half the distance of the drawn hip joints; wider than in people, so that a tilt can be seen."""
HALF_SHOULDERS = 0.185
THIGH, SHANK, TRUNK = 0.42, 0.42, 0.50
ANKLE = 0.075
UPPER_ARM, FOREARM = 0.27, 0.25
FOOT = 0.145


@dataclass(frozen=True, slots=True)
class Limb:
    """An angle at the hip and one at the knee, in the body's own forward plane; `out_deg` turns
    the whole limb outwards."""

    forward_deg: float = 0.0
    knee_deg: float = 0.0
    out_deg: float = 0.0


@dataclass(frozen=True, slots=True)
class Standing:
    """Somebody on one leg.

    `drop_deg`: the free hip lower than the standing one. `raised_m`: what the standing foot stands
    on. `over_m`: the hips' middle beside the standing foot, towards the free leg; `back_m`: behind
    it. `stretched`: the standing leg's length, 1 for a straight knee. `forward_deg`: the trunk.
    """

    drop_deg: float = 0.0
    raised_m: float = 0.0
    over_m: float = 0.03
    back_m: float = 0.0
    stretched: float = 0.998
    forward_deg: float = 2.0
    free: Limb = field(default_factory=Limb)
    arms_forward_deg: tuple[float, float] = (2.0, 2.0)
    elbows_deg: tuple[float, float] = (16.0, 16.0)
    arms_out_deg: float = 24.0
    toe_down: bool = False


@dataclass(frozen=True, slots=True)
class Joints:
    """The body in space. Pairs are standing side, free side."""

    stance: Side
    hips: tuple[Space, Space]
    knees: tuple[Space, Space]
    ankles: tuple[Space, Space]
    toes: tuple[Space, Space]
    shoulders: tuple[Space, Space]
    elbows: tuple[Space, Space]
    hands: tuple[Space, Space]
    waist: Space
    neck: Space
    head: Space
    ground: float
    """The height of what the standing foot stands on."""


def joints(pose: Standing, stance: Side) -> Joints:
    """Put the body on its leg."""
    # Worked out on the left leg, where the free side is to the right, and mirrored for the other.
    tilt = math.radians(pose.drop_deg)
    half = (HALF_HIPS * math.cos(tilt), 0.0, -HALF_HIPS * math.sin(tilt))
    ankle = (0.0, 0.0, pose.raised_m + ANKLE)
    hip_xy = (pose.over_m - half[0], -pose.back_m)
    reach = pose.stretched * (THIGH + SHANK)
    up = math.sqrt(max(0.01, reach**2 - hip_xy[0] ** 2 - hip_xy[1] ** 2))
    own_hip = (hip_xy[0], hip_xy[1], ankle[2] + up)
    waist = _add(own_hip, half)
    free_hip = _add(waist, half)
    knee = _bent(own_hip, ankle)
    free_knee = _add(free_hip, _along(pose.free.forward_deg, pose.free.out_deg, THIGH))
    lower = pose.free.forward_deg - pose.free.knee_deg
    free_ankle = _add(free_knee, _along(lower, pose.free.out_deg, SHANK))
    lean = math.radians(pose.forward_deg)
    chest = (0.0, math.sin(lean), math.cos(lean))
    neck = _add(waist, _times(chest, TRUNK))
    across = (HALF_SHOULDERS, 0.0, 0.0)
    low = _times(chest, -0.035)
    shoulders = (_add(_less(neck, across), low), _add(_add(neck, across), low))
    look = math.radians(pose.forward_deg * 0.55)
    head = _add(neck, (0.0, 0.16 * math.sin(look) + 0.015, 0.17 * math.cos(look)))
    elbows, hands = _arms(pose, shoulders)
    foot_turn = lower - (35.0 if pose.toe_down else 8.0)
    toe_out = 0.035
    free_toe = _add(
        free_ankle,
        (
            toe_out,
            FOOT * math.cos(math.radians(foot_turn)) + 0.03 * math.sin(math.radians(foot_turn)),
            FOOT * math.sin(math.radians(foot_turn)) - 0.03 * math.cos(math.radians(foot_turn)),
        ),
    )
    own_toe = _add(ankle, (-toe_out, FOOT, -0.04))
    built = Joints(
        Side.LEFT,
        (own_hip, free_hip),
        (knee, free_knee),
        (ankle, free_ankle),
        (own_toe, free_toe),
        shoulders,
        elbows,
        hands,
        waist,
        neck,
        head,
        pose.raised_m,
    )
    return built if stance is Side.LEFT else _mirrored(built)


def _arms(
    pose: Standing, shoulders: tuple[Space, Space]
) -> tuple[tuple[Space, Space], tuple[Space, Space]]:
    elbow_at, hand_at = [], []
    for shoulder, out, forward, bend in zip(
        shoulders, (-1, 1), pose.arms_forward_deg, pose.elbows_deg, strict=True
    ):
        upper = _along(forward, pose.arms_out_deg, UPPER_ARM)
        elbow = _add(shoulder, (out * upper[0], upper[1], upper[2]))
        fore = _along(forward + bend, pose.arms_out_deg * 0.35, FOREARM)
        elbow_at.append(elbow)
        hand_at.append(_add(elbow, (out * fore[0], fore[1], fore[2])))
    return (elbow_at[0], elbow_at[1]), (hand_at[0], hand_at[1])


def _along(forward_deg: float, out_deg: float, length: float) -> Space:
    """Hanging straight down, turned forward and then outwards (to +x)."""
    f, o = math.radians(forward_deg), math.radians(out_deg)
    return (
        length * math.sin(o),
        length * math.sin(f) * math.cos(o),
        -length * math.cos(f) * math.cos(o),
    )


def _bent(hip: Space, ankle: Space) -> Space:
    """The knee between hip and ankle, bent forwards."""
    dx, dy, dz = (a - h for a, h in zip(ankle, hip, strict=True))
    far = math.sqrt(dx * dx + dy * dy + dz * dz)
    aside = math.sqrt(max(0.0, THIGH**2 - (far / 2) ** 2))
    # Forwards, at right angles to the line from hip to ankle.
    fy, fz = -dz / math.hypot(dy, dz), dy / math.hypot(dy, dz)
    middle = _times(_add(hip, ankle), 0.5)
    return _add(middle, (0.0, aside * fy, aside * fz))


def _add(a: Space, b: Space) -> Space:
    return a[0] + b[0], a[1] + b[1], a[2] + b[2]


def _less(a: Space, b: Space) -> Space:
    return a[0] - b[0], a[1] - b[1], a[2] - b[2]


def _times(a: Space, by: float) -> Space:
    return a[0] * by, a[1] * by, a[2] * by


def _mirrored(body: Joints) -> Joints:
    def flip(p: Space) -> Space:
        return -p[0], p[1], p[2]

    def both(pair: tuple[Space, Space]) -> tuple[Space, Space]:
        return flip(pair[0]), flip(pair[1])

    return Joints(
        Side.RIGHT,
        both(body.hips),
        both(body.knees),
        both(body.ankles),
        both(body.toes),
        both(body.shoulders),
        both(body.elbows),
        both(body.hands),
        flip(body.waist),
        flip(body.neck),
        flip(body.head),
        body.ground,
    )


@dataclass(frozen=True, slots=True)
class Eye:
    """From where it is looked at: 0 from behind, 90 from the person's right, 180 from in front."""

    around_deg: float = 0.0

    def flat(self, point: Space) -> Flat:
        """To the right and up in the picture, metres."""
        a = math.radians(self.around_deg)
        return point[0] * math.cos(a) + point[1] * math.sin(a), point[2]

    def depth(self, point: Space) -> float:
        """How far away; larger is farther."""
        a = math.radians(self.around_deg)
        return point[1] * math.cos(a) - point[0] * math.sin(a)

    @property
    def sees_face(self) -> bool:
        """Whether it is looked at from in front."""
        return math.cos(math.radians(self.around_deg)) < -0.3
