"""Draws bodies, outfits, light, cameras and moments at random: the spread the network learns from.

Nothing here depends on anything else: the trunk's lean is drawn without regard to the pelvis, the
legs without regard to both, so that only the pelvis itself tells its angle.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from device.synth.body import Body, Shape
from device.synth.crops import View, camera_axes
from device.synth.look import NOWHERE, Colour, Garment, Light, Outfit
from device.synth.pose import Leg, Posture, Skeleton
from device.synth.recorded import RECORDED
from device.synth.rig import Array, unit
from device.synth.wardrobe import Fit

Random = np.random.Generator

SKIN = np.array((0.82, 0.60, 0.48))
LIMIT_DEG = 17.0
WINDOW_TORSOS = 1.75
"""Side of the drawn window, in lengths of the torso: 1.4 times what the network looks at."""
WINDOW_UP_TORSOS = 0.10
"""How far above the hips' middle the window's centre lies."""

_DETAILS = tuple(
    f"{group}-{way}"
    for group in (
        "hip/hip-scale-depth",
        "hip/hip-scale-horiz",
        "hip/hip-scale-vert",
        "buttocks/buttocks-volume",
        "pelvis/pelvis-tone",
        "stomach/stomach-tone",
        "torso/torso-scale-horiz",
        "torso/torso-vshape",
        "torso/torso-muscle-dorsi",
        "torso/measure-waist-circ",
        "torso/measure-hips-circ",
        "torso/measure-waisttohip-dist",
        "torso/measure-shoulder-dist",
        "legs/measure-thigh-circ",
    )
    for way in ("decr", "incr")
)


def colour(rng: Random) -> Colour:
    """A cloth's colour: vivid or nearly grey, dark or light."""
    if rng.random() < 0.6:
        rgb = rng.random(3) ** 1.5 * rng.uniform(0.1, 1.1)
    else:
        rgb = rng.uniform(0.02, 0.95) * (1 + 0.1 * rng.normal(size=3))
    r, g, b = np.clip(rgb, 0.015, 1)
    return float(r), float(g), float(b)


def shape(rng: Random) -> Shape:
    """A body of any sex, build, age and origin, with a few single traits."""
    few = rng.choice(len(_DETAILS) // 2, size=rng.integers(0, 6), replace=False)
    details = {_DETAILS[2 * i + rng.integers(2)]: float(rng.uniform(0.1, 0.9)) for i in few}
    a, b, c = rng.dirichlet((0.6, 0.6, 0.6))
    return Shape(
        gender=float(rng.choice([0.0, 1.0]) if rng.random() < 0.7 else rng.random()),
        muscle=rng.uniform(0.15, 0.95),
        weight=rng.uniform(0.05, 0.9),
        height=rng.uniform(0.2, 0.8),
        age=float(rng.choice([0.0, 0.0, rng.uniform(0, 0.7)])),
        origins=(float(a), float(b), float(c)),
        details=details,
    )


def fit(rng: Random) -> Fit:
    """Tight, ordinary or loose clothes."""

    def looseness() -> float:
        return float(rng.uniform(0.2, 0.7) if rng.random() < 0.4 else rng.uniform(0.7, 2.1))

    slide = rng.uniform(0, 0.8) if rng.random() < 0.6 else 0.0
    return Fit(looseness(), looseness(), rng.uniform(0.7, 1.6), slide)


def _garment(rng: Random) -> Garment:
    pattern = int(rng.choice([0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7]))
    weave = (rng.uniform(3, 30), rng.normal(), rng.normal(), rng.random())
    return Garment(colour(rng), colour(rng), pattern, weave, rng.uniform(0, 2.2))


def outfit(rng: Random) -> Outfit:
    """Any clothes; hem, waistband and belt rarely sit quite level."""
    shirt, shorts, jacket, belt = (_garment(rng) for _ in range(4))
    skin = SKIN * rng.uniform(0.10, 1.0) * (1 + 0.06 * rng.normal(size=3))
    tone = (float(skin[0]), float(skin[1]), float(skin[2]))
    alike = rng.random()
    if alike < 0.12:
        r, g, b = np.array(shorts.colour) * rng.uniform(0.85, 1.15)
        shirt = Garment(
            (float(r), float(g), float(b)), shirt.second, shirt.pattern, shirt.weave, shirt.crumple
        )
    elif alike < 0.18:
        shorts = Garment(tone, shorts.second, 0, shorts.weave, shorts.crumple * 0.3)
    style = rng.random()
    if style < 0.10:
        hem = 9.0
    elif style < 0.17:
        hem = rng.uniform(0.18, 0.33)
    else:
        hem = rng.uniform(-0.20, 0.15)
    lengths = [rng.uniform(0.0, 0.1), rng.uniform(0.1, 0.3), rng.uniform(0.3, 0.5), 0.95]
    logos = []
    for i in range(4):
        high = rng.uniform(0.05, 0.45) if i < 2 else rng.uniform(-0.35, 0.12)
        some = (rng.uniform(-0.15, 0.15), high, rng.uniform(0.01, 0.09), rng.uniform(0.008, 0.06))
        logos.append(some if rng.random() < 0.4 else NOWHERE)
    top = rng.uniform(0.02, 0.16)
    return Outfit(
        skin=tone,
        trim=colour(rng) if rng.random() < 0.6 else shorts.colour,
        garments=(shirt, shorts, jacket, belt),
        hem=(hem, rng.normal(0, 0.06), rng.uniform(0, 0.015), rng.uniform(10, 45)),
        band=(
            rng.uniform(0.06, 0.16),
            rng.normal(0, 0.025),
            rng.normal(0, 0.4),
            rng.uniform(0.004, 0.05),
        ),
        shorts_m=float(rng.choice(lengths, p=[0.25, 0.4, 0.15, 0.2])),
        jacket=(
            top,
            top - rng.uniform(0.15, 0.55),
            rng.normal(0, 0.12),
            float(rng.random() < 0.07),
        ),
        belt=(
            rng.uniform(0.04, 0.17),
            rng.normal(0, 0.04),
            rng.uniform(0.008, 0.045),
            float(rng.random() < 0.10),
        ),
        logos=tuple(logos),
        logo_colours=tuple(colour(rng) for _ in range(4)),
        side_stripe_m=float(rng.choice([0.0, rng.uniform(0.008, 0.05)])),
        crumple_size=rng.uniform(0.5, 2.5),
        sway=(rng.normal(0, 0.008), rng.normal(0, 0.005), 0.0),
    )


def light(rng: Random) -> Light:
    """Any light, more often from behind the runner, where the camera is."""

    def direction() -> Array:
        around, up = rng.uniform(0, 2 * np.pi), rng.uniform(-0.1, 1.4)
        return np.array(
            [math.cos(around) * math.cos(up), math.sin(around) * math.cos(up), math.sin(up)]
        )

    def tinted(level: float, spread: float) -> Colour:
        r, g, b = level * (1 + spread * rng.normal(size=3))
        return float(r), float(g), float(b)

    key = unit(direction())
    if key[1] > 0.3 and rng.random() < 0.7:
        key[1] *= -1
    ambient = rng.uniform(0.1, 0.6)
    return Light(
        key=key,
        key_colour=tinted(rng.uniform(0.05, 1.1), 0.08),
        fill=unit(direction() + np.array([0, -0.5, 0])),
        fill_colour=tinted(rng.uniform(0, 0.5), 0.1),
        below=tinted(ambient * rng.uniform(0.4, 1), 0.06),
        above=tinted(ambient, 0.06),
        exposure=float(np.exp(rng.normal(0, 0.35))),
        shadow=float(rng.choice([1.0, 1.0, rng.random()])),
    )


# Thigh and knee flexion over the stride, strike first (typical of running and of walking).
_STRIDE = {
    "run": (
        (
            [0, 0.08, 0.18, 0.30, 0.38, 0.45, 0.56, 0.70, 0.82, 0.92],
            [27, 25, 14, -8, -19, -21, -6, 24, 40, 35],
        ),
        (
            [0, 0.08, 0.15, 0.28, 0.37, 0.45, 0.55, 0.66, 0.78, 0.90],
            [14, 33, 40, 25, 17, 38, 78, 95, 70, 24],
        ),
    ),
    "walk": (
        (
            [0, 0.12, 0.30, 0.50, 0.60, 0.72, 0.85, 0.95],
            [26, 22, 5, -14, -8, 12, 26, 28],
        ),
        (
            [0, 0.14, 0.40, 0.50, 0.62, 0.72, 0.86, 0.96],
            [5, 18, 5, 9, 38, 60, 28, 4],
        ),
    ),
}  # fmt: skip


MIDSTANCE = {"run": 0.19, "walk": 0.30}
"""Phase of the left midstance (left strike at 0); the right one is half a stride later."""


def leg_at(gait: str, phase: float, out_deg: float, knee_scale: float = 1.0) -> Leg:
    """The leg of "run" or "walk" at a phase of its stride (0 strike)."""
    thigh, knee = _STRIDE[gait]
    bent = float(np.interp(phase % 1, *knee, period=1))
    bent = bent * knee_scale if bent > 50 else bent
    return Leg(float(np.interp(phase % 1, *thigh, period=1)), bent, out_deg)


def _obliquity(rng: Random) -> float:
    kind = rng.random()
    if kind < 0.45:
        return float(np.clip(rng.normal(0, 6), -LIMIT_DEG, LIMIT_DEG))
    if kind < 0.85:
        return float(rng.uniform(-14, 14))
    return float(rng.normal(0, 2))


def posture(rng: Random, doing: str | None = None, at: float | None = None) -> Posture:
    """A moment of running, walking, standing, or with a leg raised; `doing` "run", "walk",
    "stand" or "raise", `at` that phase of the stride (left strike at 0), where they are given."""
    obliquity, yaw = _obliquity(rng), rng.normal(0, 8)
    lean = float(np.clip(rng.normal(0, 7), -20, 20))
    if rng.random() < 0.3:  # the trunk goes with the pelvis or against it, both as often
        lean = float(np.clip(obliquity * rng.uniform(-1, 1) + rng.normal(0, 2), -20, 20))
    kind = rng.choice(["run", "walk", "stand", "raise"], p=[0.62, 0.14, 0.16, 0.08])
    kind = doing or str(kind)
    out = rng.normal(-3, 4, 2)
    phase = rng.random()
    phase = phase if at is None else at
    if kind in _STRIDE:
        scale = rng.uniform(0.6, 1.2)
        left = leg_at(kind, phase, out[0], scale)
        right = leg_at(kind, phase + 0.5 + rng.normal(0, 0.02), out[1], scale)
        if rng.random() < 0.2:  # pelvis as somebody recorded moved, larger or smaller
            moved = RECORDED[rng.integers(len(RECORDED))]
            obliquity = moved.obliquity_at(phase) * rng.uniform(-0.5, 2.2) + rng.normal(0, 2)
            yaw = moved.yaw_at(phase) * rng.uniform(0.3, 1.8) + rng.normal(0, 2)
    else:
        left = Leg(rng.normal(2, 4), abs(rng.normal(3, 5)), rng.normal(1, 4))
        right = Leg(rng.normal(2, 4), abs(rng.normal(3, 5)), rng.normal(1, 4))
        if kind == "raise":
            raised = Leg(rng.normal(0, 10), abs(rng.normal(0, 25)), rng.uniform(8, 50))
            if rng.random() < 0.25:
                raised = Leg(rng.uniform(20, 90), rng.uniform(10, 100), rng.normal(0, 8))
            left, right = (raised, right) if rng.random() < 0.5 else (left, raised)
    still = kind in ("stand", "raise")
    spread = 18 if still else 30
    swing = 40 * math.sin(2 * math.pi * phase) * (0.2 if still else rng.uniform(0.2, 1))
    elbow = rng.uniform(2, 40) if still or kind == "walk" else rng.uniform(40, 120)
    return Posture(
        obliquity_deg=float(np.clip(obliquity, -LIMIT_DEG, LIMIT_DEG)),
        yaw_deg=yaw,
        tilt_deg=rng.normal(10, 6),
        lean_deg=lean,
        trunk_yaw_deg=rng.normal(0, 9),
        trunk_forward_deg=rng.normal(2 if still else 7, 5),
        left=left,
        right=right,
        arms_deg=(swing + rng.normal(0, spread / 2), -swing + rng.normal(0, spread / 2)),
        elbows_deg=(elbow + rng.normal(0, 8), elbow + rng.normal(0, 8)),
        arms_out_deg=(abs(rng.normal(8, 7)), abs(rng.normal(8, 7))),
        toe_out_deg=rng.uniform(-4, 16),
    )


@dataclass(frozen=True)
class Camera:
    """Where the camera stands: around the runner from straight behind, above the hips, away;
    which way it rolls, how far beside the runner it looks."""

    around_deg: float = 0.0
    above_m: float = 0.0
    distance_m: float = 2.6
    roll_deg: float = 0.0
    aim_m: Array = field(default_factory=lambda: np.zeros(3))


def camera(rng: Random) -> Camera:
    """A camera behind the runner: mostly well placed, sometimes badly."""
    well = rng.random() < 0.85
    return Camera(
        around_deg=rng.normal(0, 8) if rng.random() < 0.85 else rng.uniform(-30, 30),
        above_m=rng.normal(0, 0.25) if well else rng.uniform(-0.6, 1.3),
        distance_m=rng.uniform(1.6, 4.5),
        roll_deg=rng.normal(0, 1.2),
        aim_m=np.array([rng.normal(0, 0.2), 0, rng.normal(0.05, 0.2)]),
    )


def view(
    skeleton: Skeleton, place: Camera, scatter: Array | None = None, risen_m: float = 0.0
) -> View:
    """What that camera's crop window shows of the runner, placed by hips and shoulders.

    `scatter` (2,): how far the window is misplaced, in torsos; `risen_m`: how far the runner is
    above the mean height of the hips, of which `place` speaks.
    """
    around = math.radians(place.around_deg)
    eye = place.distance_m * np.array([math.sin(around), -math.cos(around), 0.0])
    eye[2] = place.above_m - risen_m
    axes = camera_axes(eye, place.aim_m - np.array([0, 0, risen_m]), place.roll_deg)
    whole = View(eye, axes, 1000.0, np.zeros(2), 1.0)
    hips, shoulders = (
        sum(whole.project(skeleton.joints[side + bone]) for side in ("Left", "Right")) / 2
        for bone in ("UpLeg", "Arm")
    )
    torso = float(np.linalg.norm(hips - shoulders))
    missed = np.zeros(2) if scatter is None else scatter
    centre = hips + (np.array([0, -WINDOW_UP_TORSOS]) + missed) * torso
    return View(eye, axes, 1000.0, centre, WINDOW_TORSOS * torso)


def label_points(body: Body, skeleton: Skeleton) -> list[Array]:
    """Ten points in the world, left and right in turn: hip joints, the back of the pelvis (PSIS),
    its crests, knees, shoulders."""
    scale, middle = body.scale, body.hips
    points = [skeleton.joints["LeftUpLeg"], skeleton.joints["RightUpLeg"]]
    for aside, back, up in ((0.05, -0.09, 0.10), (0.14, 0.02, 0.12)):
        for outward in (-1, 1):
            rest = middle + np.array([outward * aside, back, up]) * scale
            points.append(skeleton.on_pelvis(body, rest))
    points += [
        skeleton.joints[side + bone] for bone in ("Leg", "Arm") for side in ("Left", "Right")
    ]
    return points
