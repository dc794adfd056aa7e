"""Dresses a body: its skin and the shells that clothes are cut from, ready to be drawn.

Which part of a shell shows is decided while drawing (`look.Outfit`), so that one body can wear
many outfits; how far the shells stand off, and what they follow, is decided here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from device.synth.body import Body, Shell
from device.synth.rig import BONE_INDEX, Array

BONES_PER_VERTEX = 4


@dataclass(frozen=True)
class Fit:
    """How the clothes hang. Factors of 1 are ordinary; `slide` 0..1 is how much a shirt follows
    the trunk rather than the pelvis."""

    shirt: float = 1.0
    shorts: float = 1.0
    jacket: float = 1.0
    slide: float = 0.0


@dataclass(frozen=True)
class Surface:
    """Everything that may be drawn of a body.

    `attributes` (n, 18): position, normal, place on the body at rest, layer, four bone indices and
    their weights; `faces` (m, 3) all triangles; `caster` (k, 3) those that cast the shadow.
    """

    attributes: NDArray[np.float32]
    faces: NDArray[np.int64]
    caster: NDArray[np.int64]
    hips_z: float
    hips_y: float
    neck_z: float
    scale: float


def four_bones(weights: Array) -> tuple[Array, Array]:
    """The four heaviest bones of each vertex and their weights, which add up to 1."""
    index = np.argsort(-weights, axis=1)[:, :BONES_PER_VERTEX]
    heavy = np.take_along_axis(weights, index, axis=1)
    return index.astype(float), heavy / heavy.sum(1, keepdims=True)


def pack(
    shells: list[tuple[int, Shell, Array, NDArray[np.int64]]],
) -> tuple[Array, NDArray[np.int64], int]:
    """Put (layer, surface, rest position, triangles) together; the count is of the first's."""
    rows, faces, start, first = [], [], 0, 0
    for layer, shell, rest, triangles in shells:
        used = np.unique(triangles)
        renumber = np.zeros(len(rest), int)
        renumber[used] = np.arange(len(used))
        index, heavy = four_bones(shell.weights[used])
        lay = np.full((len(used), 1), float(layer))
        rows.append(
            np.hstack([shell.vertices[used], shell.normals[used], rest[used], lay, index, heavy])
        )
        faces.append(renumber[triangles] + start)
        start += len(used)
        first = first or len(triangles)
    return np.vstack(rows), np.vstack(faces), first


def dressed(body: Body, fit: Fit) -> Surface:
    """The body with shells for shirt, shorts, tied jacket and belt, from thigh to neck."""
    above = body.vertices[:, 2] - body.hips[2]
    aside = np.abs(body.vertices[:, 0])
    trunk = aside < 0.22
    loose_shirt = (0.010 + 0.022 * np.clip((0.30 - above) / 0.30, 0, 1) * trunk) * fit.shirt
    loose_shorts = (0.012 + 0.020 * np.clip((0.02 - above) / 0.25, 0, 1)) * fit.shorts
    thick_jacket = (0.040 + 0.030 * np.clip((0.05 - above) / 0.30, 0, 1)) * fit.jacket
    shirt = _sliding(body, body.shell(loose_shirt, 20, 6), fit.slide)
    shells = [
        (0, Shell(body.vertices, body.normals, body.weights), above < 9),
        (1, shirt, (above > -0.30) & (aside < 0.36)),
        (2, body.shell(loose_shorts, 14, 4), (above < 0.24) & (aside < 0.4)),
        (3, body.shell(thick_jacket, 30, 12), (above < 0.24) & (above > -0.48) & (aside < 0.4)),
        (4, body.shell(loose_shirt + 0.012, 20, 6), (np.abs(above - 0.1) < 0.12) & (aside < 0.3)),
    ]
    near = (above > -0.66) & (body.vertices[:, 2] < body.heads["Neck"][2] + 0.06)
    chosen = []
    for layer, shell, where in shells:
        keep = near & where
        chosen.append((layer, shell, body.vertices, body.faces[keep[body.faces].all(1)]))
    rows, faces, skin_faces = pack(chosen)
    return Surface(
        rows.astype("f4"),
        faces,
        faces[:skin_faces],
        float(body.hips[2]),
        float(body.hips[1]),
        float(body.heads["Neck"][2]),
        body.scale,
    )


def _sliding(body: Body, shell: Shell, slide: float) -> Shell:
    """A hanging shirt follows the trunk more than the pelvis."""
    if not slide:
        return shell
    z = body.vertices[:, 2] - body.hips[2]
    share = slide * np.clip((z + 0.15) / 0.15, 0, 1) * (z < 0.2)
    weights = shell.weights.copy()
    hips, spine, spine1 = (BONE_INDEX[b] for b in ("Hips", "Spine", "Spine1"))
    moved = weights[:, hips] * share
    weights[:, hips] -= moved
    weights[:, spine] += moved * 0.4
    weights[:, spine1] += moved * 0.6
    return Shell(shell.vertices, shell.normals, weights)
