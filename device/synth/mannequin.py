"""The second body family: capsules and ellipsoids on a body's skeleton, for tests alone.

Training never sees it. Its materials are the layers of `shaders` plus 10 (nothing is cut out).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from device.synth.body import Body, Shell, vertex_normals
from device.synth.rig import BONE_INDEX, BONES, SIDES, Array, unit
from device.synth.wardrobe import Surface, pack

SKIN, SHIRT, SHORTS = 10, 11, 12
_Place = tuple[float, float, float] | Array


class _Builder:
    def __init__(self) -> None:
        self.parts: list[tuple[int, Shell, Array, NDArray[np.int64]]] = []

    def surface(
        self, at: Callable[[Array, Array], Array], rows: int, columns: int, bone: str, layer: int
    ) -> None:
        """A closed surface `at(u, v)`, u in 0..1 along it and v round it."""
        u, v = np.meshgrid(
            np.linspace(0, 1, rows), np.linspace(0, 2 * np.pi, columns), indexing="ij"
        )
        points = at(u.ravel(), v.ravel())
        a = (np.arange(rows - 1)[:, None] * columns + np.arange(columns - 1)).ravel()
        faces = np.stack(
            [a, a + 1, a + columns, a + 1, a + columns + 1, a + columns], axis=1
        ).reshape(-1, 3)
        normals = vertex_normals(points, faces)
        if ((points - points.mean(0)) * normals).sum() < 0:
            normals, faces = -normals, faces[:, ::-1]
        weights = np.zeros((len(points), len(BONES)))
        weights[:, BONE_INDEX[bone]] = 1
        self.parts.append((layer, Shell(points, normals, weights), points, faces))

    def ellipsoid(self, bone: str, centre: _Place, radii: _Place, layer: int) -> None:
        """An ellipsoid, its axes along the world's at rest."""

        def at(u: Array, v: Array) -> Array:
            s = np.sin(np.pi * u)
            unit_sphere = np.stack([s * np.cos(v), s * np.sin(v), np.cos(np.pi * u)], axis=1)
            return np.asarray(np.asarray(centre) + np.asarray(radii) * unit_sphere)

        self.surface(at, 20, 24, bone, layer)

    def capsule(
        self, bone: str, start: _Place, end: _Place, r0: float, r1: float, layer: int
    ) -> None:
        """A limb from one point to another, round at both ends."""
        a, along = np.asarray(start), np.asarray(end) - np.asarray(start)
        length = float(np.linalg.norm(along))
        along = along / length
        helper = np.array([1.0, 0, 0]) if abs(along[0]) < 0.9 else np.array([0, 1.0, 0])
        x = unit(helper - along * (helper @ along))
        y = np.cross(along, x)

        def at(u: Array, v: Array) -> Array:
            s = u * (length + r0 + r1) - r0
            t = np.clip(s / length, 0, 1)
            below = np.sqrt(np.clip(1 - (s / r0) ** 2, 0, 1))
            beyond = np.sqrt(np.clip(1 - ((s - length) / r1) ** 2, 0, 1))
            radius = (r0 * (1 - t) + r1 * t) * np.where(
                s < 0, below, np.where(s > length, beyond, 1)
            )
            across = (radius * np.cos(v))[:, None] * x + (radius * np.sin(v))[:, None] * y
            return a + np.outer(s, along) + across

        self.surface(at, 24, 22, bone, layer)


def mannequin(body: Body) -> Surface:
    """A jointed doll in shirt and shorts with the body's own joints."""
    b, heads, tails = _Builder(), body.heads, body.tails
    _, y, z = body.hips
    b.ellipsoid("Hips", (0, y - 0.02, z + 0.04), (0.175, 0.125, 0.14), SHORTS)
    b.ellipsoid("Spine", (0, y, z + 0.18), (0.150, 0.105, 0.14), SHIRT)
    _, spine1_y, spine1_z = heads["Spine1"]
    b.ellipsoid("Spine1", (0, spine1_y - 0.01, spine1_z + 0.03), (0.155, 0.11, 0.15), SHIRT)
    _, spine2_y, spine2_z = heads["Spine2"]
    b.ellipsoid("Spine2", (0, spine2_y - 0.01, spine2_z + 0.02), (0.175, 0.12, 0.17), SHIRT)
    down = np.array([0, 0, 0.03])
    b.capsule("Neck", heads["Neck"] - down, heads["Head"] + down, 0.058, 0.055, SKIN)
    for side in SIDES:
        shoulder, arm, fore, hand, hip, knee, foot = (
            heads[side + n] for n in ("Shoulder", "Arm", "ForeArm", "Hand", "UpLeg", "Leg", "Foot")
        )
        sleeve = arm * 0.45 + fore * 0.55
        b.capsule(side + "Shoulder", shoulder, arm, 0.06, 0.062, SHIRT)
        b.capsule(side + "Arm", arm, sleeve, 0.062, 0.052, SHIRT)
        b.capsule(side + "Arm", arm, fore, 0.048, 0.04, SKIN)
        b.capsule(side + "ForeArm", fore, hand, 0.041, 0.028, SKIN)
        b.ellipsoid(side + "Hand", (hand + tails[side + "Hand"]) / 2, (0.075, 0.045, 0.022), SKIN)
        b.ellipsoid("Hips", hip + np.array([0, -0.045, 0]), (0.095, 0.085, 0.105), SHORTS)
        b.capsule(side + "UpLeg", hip, hip * 0.45 + knee * 0.55, 0.098, 0.085, SHORTS)
        b.capsule(side + "UpLeg", hip, knee, 0.085, 0.056, SKIN)
        b.capsule(side + "Leg", knee, foot, 0.056, 0.036, SKIN)
    rows, faces, _ = pack(b.parts)
    return Surface(rows.astype("f4"), faces, faces, z, y, float(heads["Neck"][2]), body.scale)
