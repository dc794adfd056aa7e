"""Trains the pelvis network: ``python -m device.pelvis.training.train SHARDS OUT.pt --steps N``.

The rate stays at its height and falls over the last `--falling` steps. A moving average of the
weights is what is kept; ``OUT.raw`` holds the weights themselves, to go on from with `--start`. A
GPU is used when there is one. ``OUT.json`` tells the number of steps and from which step on which
shards were used; given again as `--replay`, the run repeats.
"""

from __future__ import annotations

import argparse
import copy
import json
import signal
import sys
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from device.pelvis.training.data import SCENE
from device.pelvis.training.feed import Batch, Feed, Mixture
from device.pelvis.training.model import ANGLE_UNIT_DEG, PelvisNet, angle_of

POINT_WEIGHTS = (2.0, 2.0, 1.0, 1.0, 1.0, 1.0, 0.5, 0.5, 0.3, 0.3)
LOG_SCALE_RANGE = (-5.0, 3.0)
SHARES = {"points": 1.0, "likely": 0.7, "plain": 3.0, "line": 1.5, "scene": 3.0, "gain": 6.0}
"""How much each part of the loss counts."""
LEANING_DEG = 3.0
FEWEST_LEANING = 6
REMEMBER = 0.97


class Gains:
    """The gain over the latest batches, where the trunk leans with the pelvis and against it.

    One batch tells a gain only to a tenth; what it is pushed by is that of some thirty.
    """

    def __init__(self) -> None:
        self._wanted, self._both = torch.zeros(2), torch.zeros(2)

    def loss(self, measured: Tensor, wanted: Tensor, trunk_deg: Tensor) -> Tensor:
        """How far both gains are from one."""
        sides = (trunk_deg > LEANING_DEG, trunk_deg < -LEANING_DEG)
        here = torch.stack([side.float() for side in sides])
        wanted_, both = here @ wanted.square(), here @ (measured * wanted)
        self._wanted = REMEMBER * self._wanted.to(wanted_) + wanted_.detach()
        self._both = REMEMBER * self._both.to(both) + both.detach()
        off = self._both / self._wanted.clamp(min=0.1) - 1
        told = (here.sum(1) >= FEWEST_LEANING).float()
        return (2 * told * off * (both / wanted_.clamp(min=0.1) - 1)).sum()


def losses(points: Tensor, angle: Tensor, batch: Batch, gains: Gains) -> dict[str, Tensor]:
    """The parts of the loss.

    The angle is fitted with a Laplace distribution of predicted scale (`likely`), and plainly
    besides, lest hard pictures count for nothing. `scene` is the error after the mean error of
    each scene is taken off, as a standing zero does; `gain` keeps the answer from shrinking,
    where the trunk leans with the pelvis and where it leans against it alike.
    """
    truth = batch.points
    wanted = angle_of(truth)
    spread = angle[:, 1].clamp(*LOG_SCALE_RANGE)
    signed = angle[:, 0] - wanted
    off = signed.abs()
    weights = torch.tensor(POINT_WEIGHTS, device=points.device)
    visible = ((truth > -0.02) & (truth < 1.02)).all(2).float()
    apart = (points - truth).abs().mean(2)
    parts = {
        "points": 20 * (apart * weights * visible).mean(),
        "likely": (off * torch.exp(-spread) + spread).mean(),
        "plain": functional.smooth_l1_loss(angle[:, 0], wanted, beta=0.2),
        "line": (angle_of(points) - wanted).abs().mean(),
        "gain": gains.loss(angle[:, 0], wanted, batch.trunk_deg),
        "off_deg": ANGLE_UNIT_DEG * off.detach().mean(),
    }
    if batch.scenes:
        same = signed[: batch.scenes * SCENE].view(-1, SCENE)
        within = same - same.mean(1, keepdim=True)
        parts["scene"] = functional.smooth_l1_loss(within, torch.zeros_like(within), beta=0.2)
    return parts


@torch.no_grad()
def follow(average: nn.Module, model: nn.Module, share: float) -> None:
    """Move the averaged weights towards the model's."""
    for kept, new in zip(average.state_dict().values(), model.state_dict().values(), strict=True):
        if kept.dtype.is_floating_point:
            kept.lerp_(new, share)
        else:
            kept.copy_(new)


def save(model: nn.Module, path: Path) -> None:
    """Write weights; complete or not at all."""
    unfinished = path.with_suffix(".part")
    torch.save({k: v.cpu().contiguous() for k, v in model.state_dict().items()}, unfinished)
    unfinished.rename(path)


def rate_at(step: int, options: argparse.Namespace) -> float:
    """The learning rate: rising, level, falling to nothing."""
    left = (options.steps - step) / max(1, options.falling)
    return float(options.rate * min(1.0, (step + 1) / options.rising, left)) + 1e-6


def train(options: argparse.Namespace) -> int:
    """Train as told; see the module."""
    cv2.setNumThreads(1)
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    net = PelvisNet(options.width)
    if options.start:
        net.load_state_dict(torch.load(options.start, weights_only=True))
    net = net.to(device, memory_format=torch.channels_last)
    replay = json.loads(options.replay.read_text("utf-8"))["shards"] if options.replay else ()
    mixture = Mixture(options.batch, options.scenes, options.turn, options.keep_with)
    with Feed(options.shards, mixture, options.seed, replay) as feed:
        _learn(options, feed, net, device)
    return 0


def _learn(options: argparse.Namespace, feed: Feed, net: PelvisNet, device: str) -> None:
    average = copy.deepcopy(net)
    model: Any = torch.compile(net) if options.compile else net
    optimiser = torch.optim.AdamW(net.parameters(), lr=options.rate, weight_decay=0.02, fused=True)
    gains, stop = Gains(), list[int]()
    signal.signal(signal.SIGTERM, lambda *_: stop.append(1))
    started = reported = saved = time.monotonic()
    recent: list[list[float]] = []
    for step, made in enumerate(feed):
        for group in optimiser.param_groups:
            group["lr"] = rate_at(step, options)
        x = made.pictures.to(device).contiguous(memory_format=torch.channels_last)
        batch = Batch(x, made.points.to(device), made.trunk_deg.to(device), made.scenes)
        model.train()
        with torch.autocast(device, torch.bfloat16):
            points, angle = model(x)
        parts = losses(points, angle, batch, gains)
        loss = sum((SHARES[k] * v for k, v in parts.items() if k in SHARES), x.new_zeros(()))
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        optimiser.step()
        follow(average, net, max(0.001, 1 / (step + 2) ** 0.9))
        recent.append([float(parts[k].detach()) for k in ("points", "off_deg", "line", "gain")])
        now, done = time.monotonic(), step + 1
        if now - reported > 30:
            means, spent = np.mean(recent[-300:], axis=0), now - started
            print(
                f"{spent:.0f} s, step {done}, {len(feed.shards)} crops, "
                f"{done * options.batch / spent:.0f}/s, points {means[0]:.3f}, "
                f"angle {means[1]:.2f} deg, line {10 * means[2]:.2f} deg, gain {means[3]:.3f}",
                flush=True,
            )
            reported = now
        over = done >= options.steps or bool(stop)
        if over or now - saved > 240:
            # Under its own name only once it is complete.
            save(net, options.out.with_suffix(".raw"))
            facts = {"steps": done, "shards": [s for s in feed.schedule if s[0] < done]}
            options.out.with_suffix(".json").write_text(json.dumps(facts) + "\n", "utf-8")
            save(average, options.out if over else options.out.with_suffix(".now"))
            saved = now
        if over:
            return


def main(arguments: list[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shards", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--steps", type=int, default=60_000)
    parser.add_argument("--rising", type=int, default=300, help="first steps, of rising rate")
    parser.add_argument("--falling", type=int, default=0, help="last steps, of falling rate")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--scenes", type=int, default=8, help="scenes of four in a batch")
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--width", type=int, default=32)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1, help="of the processor")
    parser.add_argument("--turn", type=float, default=1.0, help="SD of added turns, degrees")
    parser.add_argument(
        "--keep-with",
        type=float,
        default=0.8,
        help="share kept of the pictures whose trunk leans with the pelvis",
    )
    parser.add_argument("--start", type=Path, help="weights to start from")
    parser.add_argument("--replay", type=Path, help="OUT.json of the run to repeat")
    parser.add_argument("--compile", action="store_true", help="faster; needs a C++ compiler")
    return train(parser.parse_args(arguments))


if __name__ == "__main__":
    sys.exit(main())
