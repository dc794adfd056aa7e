"""The posture of somebody who stands on one leg, from a pose and the pelvis line.

The camera is behind the person or in front of them (`Facing`), which is chosen and shown: seen
from in front, the person's left is on the picture's right. Everything here is in the picture's
plane: a knee that moves forward is not seen.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from device.domain.basics import Landmark, Side
from device.domain.coach_screens import Facing
from device.domain.frames import Pose

LIFTED = 0.35
"""A foot this much of the shin's length above the other is off the ground. A step under the
standing foot lifts that one, so the exercises name the standing leg themselves."""
CLEAR = 0.05
"""... and this much, if the hips are over the other foot as well."""
NEARER = 0.6
"""The hips' middle is at most this share as far from the standing foot as from the free one.
Standing on both feet that is 0.7 and more; on one, of rendered people, 0.05 to 0.45."""
OVER_ONE = 0.35
"""... and where it is less than this, nobody can have both feet down."""
_HEEL = {Side.LEFT: Landmark.LEFT_HEEL, Side.RIGHT: Landmark.RIGHT_HEEL}
_FOOT = {Side.LEFT: Landmark.LEFT_FOOT, Side.RIGHT: Landmark.RIGHT_FOOT}
_ANKLE = {Side.LEFT: Landmark.LEFT_ANKLE, Side.RIGHT: Landmark.RIGHT_ANKLE}
_KNEE = {Side.LEFT: Landmark.LEFT_KNEE, Side.RIGHT: Landmark.RIGHT_KNEE}
_HIP = {Side.LEFT: Landmark.LEFT_HIP, Side.RIGHT: Landmark.RIGHT_HIP}


@dataclass(frozen=True, slots=True)
class Posture:
    """One frame. None where a point is not seen.

    `stance`: the standing leg. `drop_deg`: contralateral drop, positive when the free side is the
    lower one (None without a pelvis line). `hips_over_foot`: middle of the hips beside the standing
    foot, as a share of the hips' distance, positive towards the free leg: 0 is the body's middle
    right over the foot. `knee_over_foot`: the standing knee beside the foot as a share of the
    shin's length, positive inwards. `trunk_lean_deg`: positive towards the standing leg.
    `hinge`: how far the trunk's length in the picture has shrunk against `upright_px`, 0 upright.
    """

    t_s: float
    stance: Side
    drop_deg: float | None
    hips_over_foot: float | None
    knee_over_foot: float | None
    trunk_lean_deg: float | None
    hinge: float | None = None


def standing_leg(pose: Pose) -> Side | None:
    """The leg a person stands on; None with both feet down."""
    left, right = (pose.landmarks_px[_ANKLE[side]] for side in Side)
    shin = np.mean([_length(pose, _KNEE[side], _ANKLE[side]) for side in Side])
    if not math.isfinite(shin) or shin <= 0:
        return None
    higher = float(right[1] - left[1]) / float(shin)
    if abs(higher) < LIFTED:
        return None
    return Side.RIGHT if higher > 0 else Side.LEFT


def stands_on(pose: Pose, side: Side, *, raised: bool = False) -> bool | None:
    """Whether the weight is on this leg; None where the legs are not seen.

    The hips' middle is much nearer to its foot than to the other, and the other's ankle is higher
    (the toes of a hanging foot may be as low as the ground) or the hips right over the foot. On
    something `raised` the free foot may hang lower than the standing one: only the hips tell.
    """
    xy = pose.landmarks_px.astype(np.float64)
    shin = float(np.mean([_length(pose, _KNEE[one], _ANKLE[one]) for one in Side]))
    hips = float(xy[_HIP[Side.LEFT]][0] + xy[_HIP[Side.RIGHT]][0]) / 2
    own, free = _foot(xy, side), _foot(xy, side.other)
    if not (math.isfinite(shin + hips + own[0] + free[0]) and shin > 1):
        return None
    beside, away = abs(hips - own[0]), abs(hips - free[0])
    lift = max(float(xy[part[side]][1] - xy[part[side.other]][1]) for part in (_ANKLE, _HEEL))
    clear = lift > CLEAR * shin
    return bool(beside < NEARER * away and (raised or clear or beside < OVER_ONE * away))


def facing_seen(pose: Pose) -> Facing | None:
    """From where somebody is seen, by the sides of hips and shoulders; None where these differ."""
    xy = pose.landmarks_px.astype(np.float64)
    hips = float(xy[_HIP[Side.RIGHT]][0] - xy[_HIP[Side.LEFT]][0])
    shoulders = float(xy[Landmark.RIGHT_SHOULDER][0] - xy[Landmark.LEFT_SHOULDER][0])
    if not math.isfinite(hips + shoulders) or hips * shoulders <= 0:
        return None
    return Facing.BEHIND if hips > 0 else Facing.FRONT


def steadied(recent: Iterable[Posture]) -> Posture:
    """The newest of `recent`, each number the median of theirs: one bad frame is no movement."""
    postures = tuple(recent)
    newest = postures[-1]
    middle: dict[str, float | None] = {}
    for name in (field.name for field in fields(Posture)):
        if name in ("t_s", "stance"):
            continue
        known = [value for one in postures if (value := getattr(one, name)) is not None]
        if getattr(newest, name) is not None:
            middle[name] = float(np.median(known))
    return replace(newest, **middle)  # type: ignore[arg-type]


def posture(
    pose: Pose,
    obliquity_deg: float | None,
    stance: Side,
    facing: Facing,
    upright_px: float | None = None,
) -> Posture:
    """The posture in `pose` on the leg `stance`.

    `obliquity_deg`: the pelvis line against the horizontal, right end *of the picture* lower
    positive, standing zero taken out. `upright_px`: the trunk's length when upright.
    """
    xy = pose.landmarks_px.astype(np.float64)
    # Towards the person's right in the picture: +1 from behind, -1 from in front.
    to_right = 1.0 if facing is Facing.BEHIND else -1.0
    # ... and towards the free leg.
    to_free = to_right if stance is Side.LEFT else -to_right
    drop = None if obliquity_deg is None else obliquity_deg * to_free
    hips = (xy[_HIP[Side.LEFT]] + xy[_HIP[Side.RIGHT]]) / 2
    shoulders = (xy[Landmark.LEFT_SHOULDER] + xy[Landmark.RIGHT_SHOULDER]) / 2
    wide = abs(float(xy[_HIP[Side.LEFT]][0] - xy[_HIP[Side.RIGHT]][0]))
    foot = _foot(xy, stance)
    shin = _length(pose, _KNEE[stance], _ANKLE[stance])
    trunk = hips - shoulders
    lean = math.degrees(math.atan2(float(-trunk[0]), float(trunk[1]))) * -to_free
    length = float(np.hypot(*trunk))
    return Posture(
        pose.t_ns / 1e9,
        stance,
        drop,
        _finite((hips[0] - foot[0]) * to_free / wide if wide > 1 else math.nan),
        _finite((xy[_KNEE[stance]][0] - foot[0]) * to_free / shin if shin > 1 else math.nan),
        _finite(lean),
        None if not upright_px else _finite(1 - length / upright_px),
    )


def trunk_px(pose: Pose) -> float | None:
    """The trunk's length in the picture."""
    xy = pose.landmarks_px.astype(np.float64)
    hips = (xy[_HIP[Side.LEFT]] + xy[_HIP[Side.RIGHT]]) / 2
    shoulders = (xy[Landmark.LEFT_SHOULDER] + xy[Landmark.RIGHT_SHOULDER]) / 2
    return _finite(float(np.hypot(*(hips - shoulders))))


def _foot(xy: NDArray[np.float64], side: Side) -> NDArray[np.float64]:
    found: NDArray[np.float64] = (xy[_ANKLE[side]] + xy[_HEEL[side]] + xy[_FOOT[side]]) / 3
    return found


def _length(pose: Pose, one: Landmark, other: Landmark) -> float:
    return float(np.hypot(*(pose.landmarks_px[one] - pose.landmarks_px[other])))


def _finite(value: float) -> float | None:
    value = float(value)
    return value if math.isfinite(value) else None
