"""Writes virtual runners' recordings, as crops, to test with:
``python -m device.synth.runs FOLDER --seed 77 --runners 24``.

Each recording is one body in one outfit before one camera: two seconds of standing, then running
or walking. Its trunk tilts with the pelvis, stays level, or leans against it. Files are those of
`shards`, with the columns `FACTS` below.
"""

from __future__ import annotations

import argparse
import math
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from device.synth import sampler
from device.synth.body import Body
from device.synth.crops import CropRenderer
from device.synth.mannequin import mannequin
from device.synth.pose import Leg, Posture, pose
from device.synth.shards import CROP_PX
from device.synth.wardrobe import dressed

FACTS = (
    "t_s",
    "phase",
    "standing",
    "obliquity_deg",
    "lean_deg",
    "trunk",
    "walking",
    "hem_m",
    "above_m",
    "roll_deg",
    "dim",
    "runner",
)
TRUNK = {"with": 0.8, "level": 0.0, "against": -0.8}
STANDING_S = 2.0
MIDSTANCE = {"run": 0.19, "walk": 0.30}
"""Phase of the left midstance (left strike at 0); the right one is half a stride later."""


@dataclass(frozen=True)
class Gait:
    """How a virtual runner moves: obliquity is `level` + two waves (amplitude, phase of its top)
    over the stride; standing it is `standing_deg`."""

    kind: str
    stride_s: float
    level_deg: float
    first: tuple[float, float]
    second: tuple[float, float]
    standing_deg: float
    yaw_deg: float
    yaw_phase: float
    tilt_deg: float
    bounce_m: float
    trunk_share: float
    trunk_forward_deg: float
    arm_deg: float
    elbow_deg: float
    knee_scale: float
    out_deg: float
    cloth_m: float

    def obliquity_deg(self, phase: float) -> float:
        """Obliquity at a phase of the stride."""
        (a1, p1), (a2, p2) = self.first, self.second
        turn = 2 * math.pi
        return (
            self.level_deg
            + a1 * math.cos(turn * (phase - p1))
            + a2 * math.cos(2 * turn * (phase - p2))
        )

    def posture(self, phase: float) -> Posture:
        """The runner at a phase of the stride."""
        wave = math.cos(2 * math.pi * (phase - self.yaw_phase))
        obliquity = self.obliquity_deg(phase)
        swing = self.arm_deg * wave
        return Posture(
            obliquity_deg=obliquity,
            yaw_deg=self.yaw_deg * wave,
            tilt_deg=self.tilt_deg,
            lean_deg=self.trunk_share * obliquity,
            trunk_yaw_deg=-self.yaw_deg * wave,
            trunk_forward_deg=self.trunk_forward_deg,
            left=sampler.leg_at(self.kind, phase, self.out_deg, self.knee_scale),
            right=sampler.leg_at(self.kind, phase + 0.5, self.out_deg, self.knee_scale),
            arms_deg=(-swing, swing),
            elbows_deg=(self.elbow_deg, self.elbow_deg),
        )

    def standing(self) -> Posture:
        """The runner standing still."""
        leg = Leg(2.0, 4.0, 0.0)
        return Posture(
            obliquity_deg=self.standing_deg,
            tilt_deg=self.tilt_deg * 0.8,
            trunk_forward_deg=2.0,
            left=leg,
            right=leg,
            elbows_deg=(15.0, 15.0),
        )


def gait(rng: np.random.Generator, trunk_share: float) -> Gait:
    """A way to run or (every fifth) to walk."""
    kind = "walk" if rng.random() < 0.2 else "run"
    return Gait(
        kind=kind,
        stride_s=rng.uniform(1.0, 1.25) if kind == "walk" else rng.uniform(0.65, 0.8),
        level_deg=rng.normal(0, 1.5),
        first=(rng.uniform(1.5, 8.0), MIDSTANCE[kind] + rng.normal(0, 0.03)),
        second=(rng.normal(0, 0.8), rng.random()),
        standing_deg=rng.normal(0, 1.2),
        yaw_deg=rng.uniform(1, 8),
        yaw_phase=rng.normal(0.25, 0.05),
        tilt_deg=rng.normal(11, 4),
        bounce_m=rng.uniform(0.02, 0.05),
        trunk_share=trunk_share,
        trunk_forward_deg=rng.uniform(2, 10),
        arm_deg=rng.uniform(10, 35),
        elbow_deg=rng.uniform(10, 30) if kind == "walk" else rng.uniform(60, 110),
        knee_scale=rng.uniform(0.7, 1.1),
        out_deg=rng.uniform(-6, 0),
        cloth_m=rng.uniform(0, 0.012),
    )


def record(
    renderer: CropRenderer, path: Path, seed: tuple[int, int], seconds: float, fps: float,
    other: bool,
) -> None:  # fmt: skip
    """One recording; complete or absent."""
    rng = np.random.default_rng(seed)
    trunk = list(TRUNK)[seed[1] % 3]
    body = Body(sampler.shape(rng))
    fit, outfit, lit = sampler.fit(rng), sampler.outfit(rng), sampler.light(rng)
    place = sampler.camera(rng)
    place = sampler.Camera(
        rng.normal(0, 4), float(np.clip(place.above_m, -0.5, 0.5)), place.distance_m,
        rng.normal(0, 1.0), place.aim_m,
    )  # fmt: skip
    moves = gait(rng, TRUNK[trunk])
    renderer.dress(mannequin(body) if other else dressed(body, fit))
    pictures, points, facts = [], [], []
    missed = np.zeros(2)
    for frame in range(round((STANDING_S + seconds) * fps)):
        t = frame / fps
        standing = t < STANDING_S
        phase = (t - STANDING_S) / moves.stride_s % 1
        moment = moves.standing() if standing else moves.posture(phase)
        bounce = 0.0 if standing else moves.bounce_m * math.cos(4 * math.pi * (phase - 0.05))
        sway = 0.0 if standing else moves.cloth_m * math.sin(2 * math.pi * phase)
        missed = 0.8 * missed + rng.normal(0, 0.012, 2)
        skeleton = pose(body, moment)
        view = sampler.view(skeleton, place, missed, bounce)
        worn = replace(outfit, sway=(sway, 0.0, 0.0))
        pictures.append(renderer.draw(skeleton, view, worn, lit))
        joints = sampler.label_points(body, skeleton)
        points.append([view.in_window(joint, CROP_PX) for joint in joints])
        facts.append(
            (
                t,
                phase,
                standing,
                moment.obliquity_deg,
                moment.lean_deg,
                list(TRUNK).index(trunk),
                moves.kind == "walk",
                outfit.hem[0],
                place.above_m,
                place.roll_deg,
                lit.exposure,
                seed[1],
            )
        )
    np.savez(
        path.with_suffix(".npz"),
        points=np.array(points, np.float32),
        facts=np.array(facts, np.float32),
        columns=np.array(FACTS),
        midstance=MIDSTANCE[moves.kind],
    )
    unfinished = path.with_suffix(".part")
    with unfinished.open("wb") as file:
        np.save(file, np.array(pictures))
    unfinished.rename(path.with_suffix(".npy"))


def main(arguments: list[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--name", default="run")
    parser.add_argument("--seed", type=int, default=77)
    parser.add_argument("--runners", type=int, default=24)
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--fps", type=float, default=25.0)
    parser.add_argument("--mannequin", action="store_true", help="the second body family")
    options = parser.parse_args(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    renderer = CropRenderer(CROP_PX)
    for number in range(options.runners):
        path = options.folder / f"{options.name}_{options.seed:03d}_{number:05d}"
        if not path.with_suffix(".npy").exists():
            record(
                renderer, path, (options.seed, number), options.seconds, options.fps,
                options.mannequin,
            )  # fmt: skip
            print(path.name, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
