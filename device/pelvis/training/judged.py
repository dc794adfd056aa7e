"""Angles that a network measured on labelled pictures, beside the true ones."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from device.pelvis.training.data import Misplaced, Shards, plain_example
from device.pelvis.training.export import Deployed

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Judged:
    """Angles in degrees of n pictures: true, measured, predicted standard deviation."""

    truth: Array
    measured: Array
    sigma: Array

    def __getitem__(self, keep: NDArray[np.bool_]) -> Judged:
        return Judged(self.truth[keep], self.measured[keep], self.sigma[keep])

    @property
    def gain(self) -> float:
        """Degrees measured per true degree."""
        return float(np.polyfit(self.truth, self.measured, 1)[0])

    @property
    def error(self) -> Array:
        """Measured minus true."""
        return self.measured - self.truth

    def row(self, name: str) -> str:
        """One line of a table."""
        e, s = self.error, self.sigma
        return (
            f"| {name} | {len(e)} | {np.abs(e).mean():.2f} | {e.std():.2f} | {self.gain:.3f} | "
            f"{np.corrcoef(self.truth, self.measured)[0, 1]:.3f} | "
            f"{100 * (np.abs(e) < 1.96 * s).mean():.0f} % |"
        )


HEADER = (
    "| pictures | n | mean error | SD | gain | r | within 1.96 sigma |\n"
    "| --- | --- | --- | --- | --- | --- | --- |"
)


def true_angle(points: NDArray[np.float32]) -> float:
    """Angle of the line through the two hip joints in the picture, in degrees."""
    dx, dy = points[1] - points[0]
    return math.degrees(math.atan2(dy, dx))


@torch.no_grad()
def measure(model: Deployed, crops: Sequence[NDArray[np.uint8]]) -> tuple[Array, Array]:
    """Angles and standard deviations of crops."""
    stacked = torch.from_numpy(np.stack(crops))
    out = torch.cat([model(part)[:, :2] for part in stacked.split(64)]).numpy().astype(np.float64)
    return out[:, 0], out[:, 1]


def judge(
    model: Deployed,
    shards: Shards,
    rooms: NDArray[np.uint8],
    *,
    spoil: Callable[[NDArray[np.uint8], np.random.Generator], NDArray[np.uint8]] | None = None,
    seed: int = 5,
) -> Judged:
    """Measure every picture of the shards, each in a room and a window of its own."""
    rng = np.random.default_rng(seed)
    crops, truth = [], []
    for i in range(len(shards)):
        picture, points = plain_example(shards[i], rooms, rng)
        crops.append(spoil(picture, rng) if spoil else picture)
        truth.append(true_angle(points))
    measured, sigma = measure(model, crops)
    return Judged(np.array(truth), measured, sigma)


def judge_film(
    model: Deployed,
    shards: Shards,
    rooms: NDArray[np.uint8],
    windows: Sequence[Misplaced],
    seed: int,
) -> Judged:
    """Measure pictures of one camera that stands still: before the same part of the same room, the
    windows as told."""
    crops, truth = [], []
    for i, where in enumerate(windows):
        rng = np.random.default_rng(seed)
        picture, points = plain_example(shards[i], rooms[seed % len(rooms)][None], rng, where)
        crops.append(picture)
        truth.append(true_angle(points))
    measured, sigma = measure(model, crops)
    return Judged(np.array(truth), measured, sigma)
