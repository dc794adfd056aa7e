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
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from device.synth import sampler
from device.synth.backgrounds import background
from device.synth.body import Body
from device.synth.crops import CropRenderer
from device.synth.mannequin import mannequin
from device.synth.pose import pose
from device.synth.wardrobe import dressed

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
"""Columns of a shard's `facts`."""


def random_crops(
    renderer: CropRenderer, rng: np.random.Generator, number: int, count: int, other: bool = False
) -> tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.float32]]:
    """`count` moments of one body: pictures (count, px, px, 4), points (count, 10, 2) in pixels,
    facts (count, len(FACTS)). `other`: the second body family, which training never sees."""
    body = Body(sampler.shape(rng))
    worn = sampler.fit(rng)
    renderer.dress(mannequin(body) if other else dressed(body, worn))
    pictures, points, facts = [], [], []
    for _ in range(count):
        moment, place, outfit = sampler.posture(rng), sampler.camera(rng), sampler.outfit(rng)
        skeleton = pose(body, moment)
        view = sampler.view(skeleton, place, rng.normal(0, 0.02, 2))
        pictures.append(renderer.draw(skeleton, view, outfit, sampler.light(rng)))
        joints = sampler.label_points(body, skeleton)
        points.append([view.in_window(joint, CROP_PX) for joint in joints])
        facts.append(
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
                worn.shirt,
                outfit.jacket[3],
                number,
            )
        )
    return (np.array(pictures), np.array(points, np.float32), np.array(facts, np.float32))


def write_shard(
    renderer: CropRenderer, path: Path, seed: int, bodies: range, moments: int, other: bool
) -> None:
    """One shard of those bodies; complete or absent."""
    parts = []
    for number in bodies:
        rng = np.random.default_rng((seed, number))
        parts.append(random_crops(renderer, rng, number, moments, other))
    pictures, points, facts = (np.concatenate(column) for column in zip(*parts, strict=True))
    if not np.isfinite(points).all():
        raise ValueError("a joint was projected to nowhere")
    np.savez(path.with_suffix(".npz"), points=points, facts=facts, columns=np.array(FACTS))
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
        write_shard(renderer, path, options.seed, bodies, options.moments, options.mannequin)
        spent = time.monotonic() - started
        print(f"{path.name}: {bodies.stop} bodies, {spent:.0f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
