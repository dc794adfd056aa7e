"""What a printed part must keep: a closed surface, thick walls, a size that fits the bed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import trimesh
from dimensions import BED, LEAST_WALL


@dataclass(frozen=True)
class Verdict:
    """The findings for one part; lengths in millimetres. `thinnest_at` is where."""

    watertight: bool
    bodies: int
    size: tuple[float, float, float]
    thinnest: float
    thinnest_at: tuple[float, float, float]

    @property
    def problems(self) -> list[str]:
        """What is wrong, in words; empty when the part can be printed."""
        out = []
        if not self.watertight:
            out.append("the surface has holes")
        if self.bodies != 1:
            out.append(f"it is in {self.bodies} pieces")
        if self.thinnest < LEAST_WALL - 0.02:
            where = ", ".join(f"{x:.1f}" for x in self.thinnest_at)
            out.append(f"a wall is only {self.thinnest:.2f} mm thick at ({where})")
        if max(self.size) > BED:
            out.append(f"it is {max(self.size):.0f} mm long, the bed {BED:.0f}")
        return out


def check(mesh: trimesh.Trimesh, samples: int = 6000) -> Verdict:
    """Look over a part. Walls are measured from `samples` points spread over the surface, straight
    inwards to the other side, where that faces away."""
    points, faces = trimesh.sample.sample_surface_even(mesh, samples, seed=1)
    normals = mesh.face_normals[faces]
    start = points - normals * 1e-3
    # The thickness of a wall: inwards until the surface again. A ray that grazes is none.
    hits, rays, other = mesh.ray.intersects_location(start, -normals, multiple_hits=False)
    facing = np.einsum("ij,ij->i", mesh.face_normals[other], normals[rays]) < -0.5
    length = np.linalg.norm(hits - start[rays], axis=1)[facing]
    where = points[rays][facing]
    thin = int(length.argmin())
    size = mesh.extents
    return Verdict(
        bool(mesh.is_watertight),
        int(mesh.body_count),
        (float(size[0]), float(size[1]), float(size[2])),
        float(length[thin]),
        tuple(float(x) for x in where[thin]),  # type: ignore[arg-type]
    )
