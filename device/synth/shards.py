"""Writes training pictures: ``python -m device.synth.shards FOLDER --seed 1 --bodies 1000``.

Each shard ``NAME.npy`` holds uint8 RGBA crops (n, 136, 136, 4) without background, its colours
multiplied by coverage; ``NAME.npz`` their labels. ``backgrounds.npy`` holds what training puts
behind them. A shard appears under its name only when it is complete.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from device.synth import sampler
from device.synth.backgrounds import background
from device.synth.body import Body
from device.synth.crops import CropRenderer
from device.synth.look import Light, Outfit
from device.synth.mannequin import mannequin
from device.synth.pose import Posture, pose
from device.synth.rig import Array
from device.synth.wardrobe import Fit, dressed

CROP_PX = 136
FACTS = (
    "obliquity_deg",
    "yaw_deg",
    "tilt_deg",
    "lean_deg",
    "around_deg",
    "roll_deg",
    "above_m",
    "distance_m",
    "torso_px",
    "hem_m",
    "shirt_fit",
    "jacket",
    "body",
)
"""Columns of a shard's `facts`. Shards of scenes have one more, `scene`."""
SCENE = 4
"""Pictures of one scene: the same runner, clothes, light and camera."""


def random_crops(
    renderer: CropRenderer, rng: np.random.Generator, number: int, count: int, other: bool = False
) -> tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.float32]]:
    """`count` moments of one body: pictures (count, px, px, 4), points (count, 10, 2) in pixels,
    facts (count, len(FACTS)). `other`: the second body family, which training never sees."""
    body = Body(sampler.shape(rng))
    worn = sampler.fit(rng)
    renderer.dress(mannequin(body) if other else dressed(body, worn))
    taken = _Taken(renderer, body, worn, number)
    for _ in range(count):
        moment, place, outfit = sampler.posture(rng), sampler.camera(rng), sampler.outfit(rng)
        scatter = rng.normal(0, 0.02, 2)
        taken.add(moment, place, outfit, sampler.light(rng), scatter)
    return taken.arrays()


def random_scenes(
    renderer: CropRenderer,
    rng: np.random.Generator,
    number: int,
    count: int,
    strides: bool = False,
) -> tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.float32]]:
    """As `random_crops`, but in scenes of `SCENE` pictures, `count` pictures in all.

    Within a scene runner, clothes, light and camera stay the same: any moment; the same with
    another lean of the trunk; the same with another tilt of the pelvis; any other moment. They
    show what changes with the pelvis alone and what does not change with the trunk. `strides`:
    instead standing, about the midstance of either leg, and any moment of running or walking,
    each with a tilt and a lean of its own: they show what legs do that the pelvis does not.
    """
    body = Body(sampler.shape(rng))
    worn = sampler.fit(rng)
    renderer.dress(dressed(body, worn))
    taken = _Taken(renderer, body, worn, number)
    for scene in range(count // SCENE):
        place, outfit, lit = sampler.camera(rng), sampler.outfit(rng), sampler.light(rng)
        if strides:
            moments = _of_a_stride(rng)
        else:
            first, last = sampler.posture(rng), sampler.posture(rng)
            leant = replace(first, lean_deg=float(rng.uniform(-14, 14)))
            turned = replace(first, obliquity_deg=float(rng.uniform(-13, 13)))
            moments = (first, leant, turned, last)
        for moment in moments:
            taken.add(moment, place, outfit, lit, rng.normal(0, 0.02, 2), (scene,))
    return taken.arrays()


def _of_a_stride(rng: np.random.Generator) -> tuple[Posture, ...]:
    doing = "walk" if rng.random() < 0.2 else "run"
    left, right = np.array([0.0, 0.5]) + sampler.MIDSTANCE[doing] + rng.normal(0, 0.06, 2)
    return (
        sampler.posture(rng, "stand"),
        sampler.posture(rng, doing, float(left)),
        sampler.posture(rng, doing, float(right)),
        sampler.posture(rng, doing),
    )


class _Taken:
    """Pictures of one body with their labels."""

    def __init__(self, renderer: CropRenderer, body: Body, worn: Fit, number: int) -> None:
        self._renderer, self._body, self._worn, self._number = renderer, body, worn, number
        self._pictures: list[NDArray[np.uint8]] = []
        self._points: list[list[Array]] = []
        self._facts: list[tuple[float, ...]] = []

    def add(
        self,
        moment: Posture,
        place: sampler.Camera,
        outfit: Outfit,
        lit: Light,
        scatter: Array,
        more: tuple[float, ...] = (),
    ) -> None:
        """Draw one picture."""
        skeleton = pose(self._body, moment)
        view = sampler.view(skeleton, place, scatter)
        self._pictures.append(self._renderer.draw(skeleton, view, outfit, lit))
        joints = sampler.label_points(self._body, skeleton)
        self._points.append([view.in_window(joint, CROP_PX) for joint in joints])
        self._facts.append(
            (
                moment.obliquity_deg,
                moment.yaw_deg,
                moment.tilt_deg,
                moment.lean_deg,
                place.around_deg,
                place.roll_deg,
                place.above_m,
                place.distance_m,
                CROP_PX / sampler.WINDOW_TORSOS,
                outfit.hem[0],
                self._worn.shirt,
                outfit.jacket[3],
                self._number,
                *more,
            )
        )

    def arrays(self) -> tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.float32]]:
        """Pictures, points and facts."""
        return (
            np.array(self._pictures),
            np.array(self._points, np.float32),
            np.array(self._facts, np.float32),
        )


def write_shard(
    renderer: CropRenderer,
    path: Path,
    seed: int,
    bodies: range,
    moments: int,
    *,
    other: bool = False,
    scenes: bool = False,
    strides: bool = False,
) -> None:
    """One shard of those bodies; complete or absent."""
    parts = []
    for number in bodies:
        rng = np.random.default_rng((seed, number))
        if scenes or strides:
            parts.append(random_scenes(renderer, rng, number, moments, strides))
        else:
            parts.append(random_crops(renderer, rng, number, moments, other))
    pictures, points, facts = (np.concatenate(column) for column in zip(*parts, strict=True))
    if not np.isfinite(points).all():
        raise ValueError("a joint was projected to nowhere")
    columns = (*FACTS, "scene") if scenes or strides else FACTS
    np.savez(path.with_suffix(".npz"), points=points, facts=facts, columns=np.array(columns))
    unfinished = path.with_suffix(".part")
    with unfinished.open("wb") as file:
        np.save(file, pictures)
    unfinished.rename(path.with_suffix(".npy"))


def main(arguments: list[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--name", default="train")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--bodies", type=int, default=1000)
    parser.add_argument("--moments", type=int, default=24, help="pictures of each body")
    parser.add_argument("--per-shard", type=int, default=20, help="bodies in a shard")
    parser.add_argument("--backgrounds", type=int, default=600)
    parser.add_argument("--mannequin", action="store_true", help="the second body family")
    parser.add_argument("--scenes", action="store_true", help="four pictures a scene")
    parser.add_argument("--strides", action="store_true", help="likewise, of a stride")
    options = parser.parse_args(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    rooms = options.folder / "backgrounds.npy"
    if not rooms.exists():
        rng = np.random.default_rng((options.seed, 0x600D))
        np.save(rooms, np.stack([background(rng, 192) for _ in range(options.backgrounds)]))
    renderer = CropRenderer(CROP_PX)
    started = time.monotonic()
    for index in range(math.ceil(options.bodies / options.per_shard)):
        first = index * options.per_shard
        path = options.folder / f"{options.name}_{options.seed:03d}_{index:05d}"
        if path.with_suffix(".npy").exists():
            continue
        bodies = range(first, min(first + options.per_shard, options.bodies))
        write_shard(
            renderer,
            path,
            options.seed,
            bodies,
            options.moments,
            other=options.mannequin,
            scenes=options.scenes,
            strides=options.strides,
        )
        spent = time.monotonic() - started
        print(f"{path.name}: {bodies.stop} bodies, {spent:.0f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
