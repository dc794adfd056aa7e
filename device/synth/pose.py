"""Poses the virtual runner: pelvis, trunk, legs and arms, each given on its own.

The pelvis hangs on nothing else: trunk lean, legs and arms are separate inputs, so that training
pictures in which they disagree can be made.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from device.synth.body import Body
from device.synth.rig import (
    BONE_INDEX,
    BONES,
    PARENT,
    SIDES,
    Array,
    about_x,
    about_y,
    about_z,
    aligned,
    unit,
)


@dataclass(frozen=True)
class Leg:
    """Thigh flexion and knee flexion, and how far the thigh points outward, in the world."""

    thigh_deg: float
    knee_deg: float
    out_deg: float


@dataclass(frozen=True)
class Posture:
    """One moment. `obliquity_deg` positive with the right hip lower, `yaw_deg` with the right side
    forward, `tilt_deg` forward; `lean_deg` of the trunk sideways has obliquity's sign."""

    obliquity_deg: float
    yaw_deg: float = 0.0
    tilt_deg: float = 11.0
    lean_deg: float = 0.0
    trunk_yaw_deg: float = 0.0
    trunk_forward_deg: float = 7.0
    left: Leg = Leg(0.0, 5.0, -3.0)
    right: Leg = Leg(0.0, 5.0, -3.0)
    arms_deg: tuple[float, float] = (0.0, 0.0)
    elbows_deg: tuple[float, float] = (80.0, 80.0)
    arms_out_deg: tuple[float, float] = (10.0, 10.0)
    toe_out_deg: float = 6.0


@dataclass(frozen=True)
class Skeleton:
    """A posed body: `joints` by bone (world, hips' middle at the origin) and `matrices`
    (bones, 3, 4) that take points from rest to there."""

    joints: dict[str, Array]
    turns: dict[str, Array]
    matrices: Array

    def on_pelvis(self, body: Body, point: Array) -> Array:
        """Where a point of the pelvis at rest has come to."""
        return self.joints["Hips"] + self.turns["Hips"] @ (point - body.heads["Hips"])


def pose(body: Body, posture: Posture) -> Skeleton:
    """Put the body in the posture."""
    turns = _trunk(posture)
    legs = dict(zip(SIDES, (posture.left, posture.right), strict=True))
    for number, side in enumerate(SIDES):
        outward = (-1, 1)[number]
        _arm(body, posture, turns, side, outward, number)
        _leg(body, posture, turns, side, outward, legs[side])
    joints = {"Hips": -turns["Hips"] @ (body.hips - body.heads["Hips"])}
    for bone in BONES[1:]:
        parent = PARENT[bone]
        joints[bone] = joints[parent] + turns[parent] @ (body.heads[bone] - body.heads[parent])
    matrices = np.zeros((len(BONES), 3, 4))
    for bone, index in BONE_INDEX.items():
        matrices[index, :, :3] = turns[bone]
        matrices[index, :, 3] = joints[bone] - turns[bone] @ body.heads[bone]
    return Skeleton(joints, turns, matrices)


def _trunk(p: Posture) -> dict[str, Array]:
    def blend(share: float) -> Array:
        def between(pelvis: float, trunk: float) -> float:
            return pelvis * (1 - share) + trunk * share

        return (
            about_z(between(p.yaw_deg, p.trunk_yaw_deg))
            @ about_y(between(p.obliquity_deg, p.lean_deg))
            @ about_x(-between(p.tilt_deg * 0.5, p.trunk_forward_deg))
        )

    turns = {
        "Hips": about_z(p.yaw_deg) @ about_y(p.obliquity_deg) @ about_x(-p.tilt_deg),
        "Spine": blend(0.30),
        "Spine1": blend(0.65),
        "Spine2": blend(1.0),
        "Head": np.eye(3),
    }
    turns["Neck"] = about_y(p.lean_deg * 0.4) @ about_x(-p.trunk_forward_deg * 0.6)
    return turns


def _arm(
    body: Body, p: Posture, turns: dict[str, Array], side: str, outward: int, number: int
) -> None:
    heads, chest = body.heads, turns["Spine2"]
    turns[side + "Shoulder"] = chest @ about_y(outward * 6)
    out, swing = math.radians(p.arms_out_deg[number]), math.radians(p.arms_deg[number])
    along = chest @ np.array(
        [
            outward * math.sin(out),
            math.sin(swing) * math.cos(out),
            -math.cos(swing) * math.cos(out),
        ]
    )
    ahead = chest @ unit(np.array([-outward * 0.3, 1.0, 0.0]))
    ahead = unit(ahead - along * (ahead @ along))
    front = np.array([0.0, 1.0, 0.0])
    upper = heads[side + "ForeArm"] - heads[side + "Arm"]
    lower = heads[side + "Hand"] - heads[side + "ForeArm"]
    turns[side + "Arm"] = aligned(upper, along, front, ahead)
    bend = math.radians(p.elbows_deg[number])
    along2 = math.cos(bend) * along + math.sin(bend) * ahead
    ahead2 = math.cos(bend) * ahead - math.sin(bend) * along
    turns[side + "ForeArm"] = turns[side + "Hand"] = aligned(lower, along2, front, ahead2)


def _leg(
    body: Body, p: Posture, turns: dict[str, Array], side: str, outward: int, leg: Leg
) -> None:
    heads = body.heads
    out = math.radians(leg.out_deg)

    def along(flexion_deg: float) -> Array:
        f = math.radians(flexion_deg)
        return np.array(
            [outward * math.sin(out), math.sin(f) * math.cos(out), -math.cos(f) * math.cos(out)]
        )

    right = np.array([1.0, 0.0, 0.0])
    hinge = about_z(-outward * p.toe_out_deg * 0.5 + 0.5 * p.yaw_deg) @ right
    thigh = heads[side + "Leg"] - heads[side + "UpLeg"]
    shank = heads[side + "Foot"] - heads[side + "Leg"]
    turns[side + "UpLeg"] = aligned(thigh, along(leg.thigh_deg), right, hinge)
    turns[side + "Leg"] = aligned(shank, along(leg.thigh_deg - leg.knee_deg), right, hinge)
    turns[side + "Foot"] = turns[side + "ToeBase"] = turns[side + "Leg"]
