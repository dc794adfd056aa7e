"""Writes virtual runners' recordings, as crops, to test with:
``python -m device.synth.runs FOLDER --seed 77 --runners 24``.

Each recording is one body in one outfit before one camera: two seconds of standing, then running
or walking. Its trunk tilts with the pelvis, stays level, or leans against it. A second recording,
``step_``, shows the same runner standing with either foot on a low step; a third, ``again_``, the
same runner running in other clothes, light and camera. Files are those of `shards`, with the
columns `FACTS` below.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable
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
STEP_DEG = 6.0
"""How far a low step under one foot tilts the pelvis of somebody who keeps both legs straight."""
MIDSTANCE = sampler.MIDSTANCE


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


@dataclass(frozen=True)
class Moment:
    """One picture of a recording: `standing` 0 moving, 1 standing level, 2 and 3 standing with the
    left and the right foot on the step."""

    t_s: float
    phase: float
    standing: int
    posture: Posture
    bounce_m: float = 0.0
    sway_m: float = 0.0


def running(moves: Gait, seconds: float, fps: float) -> list[Moment]:
    """Standing, then moving."""
    moments = []
    for frame in range(round((STANDING_S + seconds) * fps)):
        t = frame / fps
        phase = (t - STANDING_S) / moves.stride_s % 1
        if t < STANDING_S:
            moments.append(Moment(t, phase, 1, moves.standing()))
            continue
        turn = 2 * math.pi
        bounce = moves.bounce_m * math.cos(2 * turn * (phase - 0.05))
        sway = moves.cloth_m * math.sin(turn * phase)
        moments.append(Moment(t, phase, 0, moves.posture(phase), bounce, sway))
    return moments


def on_a_step(moves: Gait, fps: float) -> list[Moment]:
    """A second each of standing level, with the left and with the right foot on a low step."""
    level = moves.standing()
    moments = []
    for standing, tilt in ((1, 0.0), (2, STEP_DEG), (3, -STEP_DEG)):
        tilted = replace(level, obliquity_deg=level.obliquity_deg + tilt)
        moments += [
            Moment((standing - 1) + k / fps, 0.0, standing, tilted) for k in range(int(fps))
        ]
    return moments


def _place(rng: np.random.Generator) -> sampler.Camera:
    """A camera placed with some care."""
    drawn = sampler.camera(rng)
    return sampler.Camera(
        rng.normal(0, 4),
        float(np.clip(drawn.above_m, -0.5, 0.5)),
        drawn.distance_m,
        rng.normal(0, 1.0),
        drawn.aim_m,
    )


def record(
    renderer: CropRenderer,
    path: Path,
    seed: tuple[int, int],
    moments_of: Callable[[Gait], list[Moment]],
    other: bool,
    again: bool = False,
) -> None:
    """One recording; complete or absent. A seed is a runner in an outfit before a camera; `again`:
    that runner in another outfit before another camera."""
    rng = np.random.default_rng(seed)
    trunk = list(TRUNK)[seed[1] % 3]
    body = Body(sampler.shape(rng))
    fit, outfit, lit = sampler.fit(rng), sampler.outfit(rng), sampler.light(rng)
    place = _place(rng)
    moves = gait(rng, TRUNK[trunk])
    if again:
        rng = np.random.default_rng((*seed, 1))
        fit, outfit, lit = sampler.fit(rng), sampler.outfit(rng), sampler.light(rng)
        place = _place(rng)
    renderer.dress(mannequin(body) if other else dressed(body, fit))
    pictures, points, facts = [], [], []
    missed = np.zeros(2)
    for moment in moments_of(moves):
        missed = 0.8 * missed + rng.normal(0, 0.012, 2)
        skeleton = pose(body, moment.posture)
        view = sampler.view(skeleton, place, missed, moment.bounce_m)
        worn = replace(outfit, sway=(moment.sway_m, 0.0, 0.0))
        pictures.append(renderer.draw(skeleton, view, worn, lit))
        joints = sampler.label_points(body, skeleton)
        points.append([view.in_window(joint, CROP_PX) for joint in joints])
        facts.append(
            (
                moment.t_s,
                moment.phase,
                moment.standing,
                moment.posture.obliquity_deg,
                moment.posture.lean_deg,
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
    parser.add_argument("--fps", type=float, default=20.0)
    parser.add_argument("--mannequin", action="store_true", help="the second body family")
    options = parser.parse_args(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    renderer = CropRenderer(CROP_PX)
    recordings: dict[str, Callable[[Gait], list[Moment]]] = {
        options.name: lambda moves: running(moves, options.seconds, options.fps),
        f"step_{options.name}": lambda moves: on_a_step(moves, options.fps),
        f"again_{options.name}": lambda moves: running(moves, options.seconds, options.fps),
    }
    for number in range(options.runners):
        for name, moments_of in recordings.items():
            path = options.folder / f"{name}_{options.seed:03d}_{number:05d}"
            if not path.with_suffix(".npy").exists():
                seed = (options.seed, number)
                again = name.startswith("again_")
                record(renderer, path, seed, moments_of, options.mannequin, again)
                print(path.name, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
