"""Trains the pelvis network: ``python -m device.pelvis.training.train SHARDS OUT.pt --minutes 90``.

The learning rate follows one cosine over the time given; shards that appear meanwhile are taken
up. A moving average of the weights is what is kept. A GPU is used when there is one.
"""

from __future__ import annotations

import argparse
import copy
import math
import queue
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from device.pelvis.training.data import Shards, training_example
from device.pelvis.training.model import ANGLE_UNIT_DEG, PelvisNet, angle_of

POINT_WEIGHTS = (2.0, 2.0, 1.0, 1.0, 1.0, 1.0, 0.5, 0.5, 0.3, 0.3)
LOG_SCALE_RANGE = (-5.0, 3.0)


def losses(points: Tensor, angle: Tensor, truth: Tensor, flatness: float) -> dict[str, Tensor]:
    """The parts of the loss. The angle is fitted with a Laplace distribution of predicted scale,
    and plainly besides (`flatness`), lest hard pictures count for nothing."""
    wanted = angle_of(truth)
    spread = angle[:, 1].clamp(*LOG_SCALE_RANGE)
    off = (angle[:, 0] - wanted).abs()
    weights = torch.tensor(POINT_WEIGHTS, device=points.device)
    visible = ((truth > -0.02) & (truth < 1.02)).all(2).float()
    apart = (points - truth).abs().mean(2)
    return {
        "points": 20 * (apart * weights * visible).mean(),
        "likely": (off * torch.exp(-spread) + spread).mean(),
        "plain": flatness * functional.smooth_l1_loss(angle[:, 0], wanted, beta=0.2),
        "line": (angle_of(points) - wanted).abs().mean(),
        "off_deg": ANGLE_UNIT_DEG * off.detach().mean(),
    }


class Feed:
    """Makes batches in the background, from a seed."""

    def __init__(
        self, folder: Path, batch: int, seed: int, threads: int, turn: float, keep_with: float
    ) -> None:
        self.shards = Shards(folder, "train")
        self._rooms = np.load(folder / "backgrounds.npy")
        self._batch, self._turn, self._keep_with = batch, turn, keep_with
        self._queue: queue.Queue[tuple[Tensor, Tensor]] = queue.Queue(8)
        for number in range(threads):
            threading.Thread(target=self._work, args=((seed, number),), daemon=True).start()

    def _work(self, seed: tuple[int, int]) -> None:
        rng = np.random.default_rng(seed)
        while True:
            made = [
                training_example(self.shards[self._choose(rng)], self._rooms, rng, self._turn)
                for _ in range(self._batch)
            ]
            pictures, points = (np.stack(column) for column in zip(*made, strict=True))
            self._queue.put((torch.from_numpy(pictures), torch.from_numpy(points)))

    def _choose(self, rng: np.random.Generator) -> int:
        while True:
            index = int(rng.integers(0, len(self.shards)))
            if not self.shards.trunk_with_pelvis(index) or rng.random() < self._keep_with:
                return index

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        while True:
            yield self._queue.get()


@torch.no_grad()
def follow(average: nn.Module, model: nn.Module, share: float) -> None:
    """Move the averaged weights towards the model's."""
    for kept, new in zip(average.state_dict().values(), model.state_dict().values(), strict=True):
        if kept.dtype.is_floating_point:
            kept.lerp_(new, share)
        else:
            kept.copy_(new)


def main(arguments: list[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shards", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--minutes", type=float, default=90)
    parser.add_argument("--steps", type=int, help="instead of minutes: the same on any machine")
    parser.add_argument("--batch", type=int, default=48)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--width", type=int, default=32)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1, help="of the processor")
    parser.add_argument("--feeders", type=int, default=1, help="threads that make pictures")
    parser.add_argument("--turn", type=float, default=1.5, help="SD of added turns, degrees")
    parser.add_argument(
        "--keep-with",
        type=float,
        default=1.0,
        help="share kept of the pictures whose trunk leans with the pelvis",
    )
    parser.add_argument("--start", type=Path, help="weights to start from")
    options = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = PelvisNet(options.width)
    if options.start:
        model.load_state_dict(torch.load(options.start, weights_only=True))
    model = model.to(device, memory_format=torch.channels_last)
    average = copy.deepcopy(model)
    optimiser = torch.optim.AdamW(model.parameters(), lr=options.rate, weight_decay=0.02)
    feed = Feed(
        options.shards,
        options.batch,
        options.seed,
        options.feeders,
        options.turn,
        options.keep_with,
    )
    started = reported = saved = time.monotonic()
    whole = options.minutes * 60
    recent: list[list[float]] = []
    for step, (pictures, truth) in enumerate(feed):
        spent = time.monotonic() - started
        done = min(1.0, step / options.steps if options.steps else spent / whole)
        rate = options.rate * min(1.0, (step + 1) / 200) * (0.5 + 0.5 * math.cos(math.pi * done))
        for group in optimiser.param_groups:
            group["lr"] = rate + 1e-6
        x = pictures.to(device).contiguous(memory_format=torch.channels_last)
        model.train()
        with torch.autocast(device, torch.bfloat16):
            points, angle = model(x)
        parts = losses(points, angle, truth.to(device), flatness=3.0)
        loss = parts["points"] + 0.7 * parts["likely"] + parts["plain"] + 1.5 * parts["line"]
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimiser.step()
        follow(average, model, max(0.001, 1 / (step + 2) ** 0.9))
        recent.append([float(parts[k].detach()) for k in ("points", "off_deg", "line")])
        now = time.monotonic()
        if now - reported > 30:
            means = np.mean(recent[-300:], axis=0)
            print(
                f"{spent:.0f} s, step {step}, {len(feed.shards)} crops, "
                f"{step * options.batch / max(spent, 1):.0f}/s, points {means[0]:.3f}, "
                f"angle {means[1]:.2f} deg, line {10 * means[2]:.2f} deg",
                flush=True,
            )
            reported = now
            feed.shards.refresh()
        if done >= 1 or now - saved > 240:
            unfinished = options.out.with_suffix(".part")
            torch.save(
                {k: v.cpu().contiguous() for k, v in average.state_dict().items()}, unfinished
            )
            unfinished.rename(options.out)
            saved = now
        if done >= 1:
            return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
