"""Judges weights on pictures never trained on:
``python -m device.pelvis.training.evaluate NET.pt --held DIR --runs DIR``.

Prints tables (Markdown) and, with ``--calibration``, writes the gain and the spread found on one
half of the held-out bodies; the tables of single pictures are then of the other half.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from device.pelvis.training.data import Shards, spoiled, test_example
from device.pelvis.training.export import LEAST_GAIN, Calibration, Deployed, load

Array = NDArray[np.float64]
SQRT2 = math.sqrt(2)


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
    both = [model(torch.from_numpy(np.ascontiguousarray(c))[None])[0, :2].numpy() for c in crops]
    out = np.array(both, np.float64)
    return out[:, 0], out[:, 1]


def judge(
    model: Deployed,
    shards: Shards,
    rooms: NDArray[np.uint8],
    *,
    spoil: Callable[[NDArray[np.uint8], np.random.Generator], NDArray[np.uint8]] | None = None,
    room: int | None = None,
    seed: int = 5,
) -> Judged:
    """Measure every picture of the shards, each in a room of its own or all in one."""
    rng = np.random.default_rng(seed)
    crops, truth = [], []
    for i in range(len(shards)):
        chosen = rooms if room is None else rooms[room : room + 1]
        picture, points = test_example(shards[i], chosen, rng)
        crops.append(spoil(picture, rng) if spoil else picture)
        truth.append(true_angle(points))
    measured, sigma = measure(model, crops)
    return Judged(np.array(truth), measured, sigma)


def dim_and_blurred(picture: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """A quarter of the light, blur of 1.2 crop pixels, noise, compression."""
    dark = cv2.GaussianBlur(picture, (0, 0), 1.2).astype(np.float32) * 0.35
    dark += rng.normal(0, 4.0, picture.shape).astype(np.float32)
    quality = [cv2.IMWRITE_JPEG_QUALITY, 45]
    packed = cv2.imencode(".jpg", np.clip(dark, 0, 255).astype(np.uint8), quality)[1]
    return cv2.imdecode(packed, cv2.IMREAD_COLOR)


def as_trained(picture: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Spoiled as in training."""
    return (np.clip(spoiled(picture, rng), 0, 1) * 255).astype(np.uint8)


def harmonics(phase: Array, angle: Array, weight: Array) -> Array:
    """Mean and four waves of an angle over the stride, by weighted least squares."""
    design = _design(phase)
    w = np.sqrt(weight)[:, None]
    return np.linalg.lstsq(design * w, angle * w[:, 0], rcond=None)[0]


def _design(phase: Array) -> Array:
    turn = 2 * np.pi * np.asarray(phase)[:, None] * np.arange(1, 5)
    return np.hstack([np.ones((len(turn), 1)), np.cos(turn), np.sin(turn)])


@dataclass(frozen=True)
class Runner:
    """Errors of one virtual runner, degrees: midstance drop left and right as measured, minus the
    standing zero, and besides divided by the gain seen on a step (None without that recording);
    its gain over the stride."""

    name: str
    trunk: str
    frames: Judged
    plain: tuple[float, float]
    zeroed: tuple[float, float]
    stepped: tuple[float, float] | None
    gain: float

    @property
    def r(self) -> float:
        """Correlation of single pictures."""
        return float(np.corrcoef(self.frames.truth, self.frames.measured)[0, 1])


def judge_run(model: Deployed, folder: Path, path: Path, rooms: NDArray[np.uint8]) -> Runner:
    """Measure a recording of `device.synth.runs` and compare its folded stride with the truth."""
    labels = np.load(path.with_suffix(".npz"))
    column = {str(name): k for k, name in enumerate(labels["columns"])}
    facts = labels["facts"].astype(np.float64)
    number = int(facts[0, column["runner"]])
    room = number % len(rooms)
    judged = judge(model, Shards(folder, path.stem), rooms, room=room, seed=number)
    still = facts[:, column["standing"]] > 0.5
    phase = facts[~still, column["phase"]]
    middle = float(labels["midstance"]) + np.array([0.0, 0.5])
    weight = 1 / judged.sigma[~still] ** 2
    measured, true = (
        harmonics(phase, angle[~still], weight) for angle in (judged.measured, judged.truth)
    )
    drops = np.array([[1], [-1]]) * (_design(middle) @ np.stack([measured, true], axis=1))
    zero = np.array([[1], [-1]]) * [judged.measured[still].mean(), judged.truth[still].mean()]
    off, off_zeroed = np.diff(drops)[:, 0], np.diff(drops - zero)[:, 0]
    gain = _gain_on_step(model, folder, path, rooms, room)
    stepped = (drops - zero) @ np.array([1 / gain, -1]) if gain else None
    curves = _design(np.linspace(0, 1, 50, endpoint=False)) @ np.stack([true, measured], axis=1)
    return Runner(
        path.stem,
        ("with", "level", "against")[int(facts[0, column["trunk"]])],
        judged,
        (-float(off[0]), -float(off[1])),
        (-float(off_zeroed[0]), -float(off_zeroed[1])),
        None if stepped is None else (float(stepped[0]), float(stepped[1])),
        float(np.polyfit(curves[:, 0], curves[:, 1], 1)[0]),
    )


def _gain_on_step(
    model: Deployed, folder: Path, path: Path, rooms: NDArray[np.uint8], room: int
) -> float | None:
    """Degrees measured per degree between standing with the left and the right foot on a step."""
    other = path.with_name(f"step_{path.name}")
    if not other.exists():
        return None
    labels = np.load(other.with_suffix(".npz"))
    standing = labels["facts"][:, list(labels["columns"]).index("standing")]
    judged = judge(model, Shards(folder, other.stem), rooms, room=room)
    left, right = judged[standing > 2.5], judged[(standing > 1.5) & (standing < 2.5)]
    return float(
        (right.measured.mean() - left.measured.mean()) / (right.truth.mean() - left.truth.mean())
    )


def run_table(runners: Sequence[Runner]) -> list[str]:
    """Per-side errors over recordings, and gains by what the trunk does."""
    lines = [
        "| recordings | n | drop error mean | worst | right minus left mean | worst |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for title, which in (
        ("as measured", "plain"),
        ("minus standing zero", "zeroed"),
        ("and divided by the gain on a step", "stepped"),
    ):
        pairs = np.array([getattr(r, which) for r in runners if getattr(r, which) is not None])
        if not len(pairs):
            continue
        apart = np.abs(pairs[:, 1] - pairs[:, 0])
        lines.append(
            f"| {title} | {len(pairs)} | {np.abs(pairs).mean():.2f} | {np.abs(pairs).max():.2f} | "
            f"{apart.mean():.2f} | {apart.max():.2f} |"
        )
    plain, zeroed = (np.array([getattr(r, w) for r in runners]) for w in ("plain", "zeroed"))
    all_gains = np.array([r.gain for r in runners])
    lines += [
        "",
        f"Constant error, SD: {(plain[:, 0] - plain[:, 1]).std() / 2:.2f} degrees as measured, "
        f"{(zeroed[:, 0] - zeroed[:, 1]).std() / 2:.2f} with standing zero. "
        f"Gain: mean {all_gains.mean():.3f}, SD {all_gains.std():.3f}.",
        "",
        "| trunk | n | gain, mean | SD | median r a picture |",
        "| --- | --- | --- | --- | --- |",
    ]
    for trunk in ("with", "level", "against"):
        some = [r for r in runners if r.trunk == trunk]
        if some:
            gains = np.array([r.gain for r in some])
            r = np.median([x.r for x in some])
            lines.append(
                f"| {trunk} | {len(some)} | {gains.mean():.3f} | {gains.std():.3f} | {r:.3f} |"
            )
    return lines


def calibration(raw: Judged) -> Calibration:
    """From uncalibrated measurements: the gain at each predicted scale, and what makes 95 % of
    errors lie within 1.96 sigma."""
    scale = raw.sigma / SQRT2
    design = np.stack([raw.truth, scale * raw.truth], axis=1)
    at_zero, per_deg = np.linalg.lstsq(design, raw.measured, rcond=None)[0]
    gain = np.maximum(at_zero + per_deg * scale, LEAST_GAIN)
    ratio = np.abs(raw.measured / gain - raw.truth) / (scale / gain)
    spread = float(np.quantile(ratio, 0.95) / 1.96)
    return Calibration(round(float(at_zero), 4), round(float(per_deg), 4), round(spread, 4))


def report(model: Deployed, held: Path, runs: Path | None, test_half: bool) -> list[str]:
    """All tables."""
    rooms = np.load(held / "backgrounds.npy")
    mesh = Shards(held, "mesh")
    names = {name: k for k, name in enumerate(np.load(next(held.glob("mesh*.npz")))["columns"])}
    facts = mesh.facts
    half = facts[:, names["body"]] % 2 == 1 if test_half else np.ones(len(facts), bool)
    lines = [HEADER]
    judged = judge(model, mesh, rooms)
    lines.append(judged[half].row("new bodies"))
    lines.append(judge(model, mesh, rooms, spoil=dim_and_blurred)[half].row("dim and blurred"))
    hem, lean = facts[:, names["hem_m"]], facts[:, names["lean_deg"]]
    obliquity = facts[:, names["obliquity_deg"]]
    groups = {
        "long shirts (hem 6 cm below the hips or lower)": hem < -0.06,
        "shirts to the hips": (hem >= -0.06) & (hem < 0.06),
        "short or no shirts": hem >= 0.06,
        "jackets round the waist": facts[:, names["jacket"]] > 0.5,
        "camera more than 0.4 m above or below": np.abs(facts[:, names["above_m"]]) > 0.4,
        "camera more than 12 degrees aside": np.abs(facts[:, names["around_deg"]]) > 12,
        "trunk 4 degrees or more with the pelvis": (lean * np.sign(obliquity) > 4),
        "trunk 4 degrees or more against it": (lean * np.sign(obliquity) < -4),
    }
    lines += [judged[half & chosen].row(name) for name, chosen in groups.items()]
    other = Shards(held, "other")
    if len(other):
        lines.append(judge(model, other, rooms).row("second body family"))
    for prefix, title in (("run", "New runners"), ("doll", "Second body family")):
        paths = sorted(runs.glob(f"{prefix}_*.npy")) if runs else []
        if paths and runs:
            runners = [judge_run(model, runs, path, rooms) for path in paths]
            lines += ["", title, "", *run_table(runners)]
    return lines


def main(arguments: list[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("net", type=Path)
    parser.add_argument("--held", type=Path, required=True, help="shards 'mesh' and 'other'")
    parser.add_argument("--runs", type=Path, help="recordings 'run' and 'doll'")
    parser.add_argument("--calibration", type=Path, help="JSON to write gain and sigma_scale to")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    model = load(options.net)
    if options.calibration:
        rooms = np.load(options.held / "backgrounds.npy")
        mesh = Shards(options.held, "mesh")
        names = list(np.load(next(options.held.glob("mesh*.npz")))["columns"])
        first = mesh.facts[:, names.index("body")] % 2 == 0
        found = calibration(judge(model, mesh, rooms)[first])
        options.calibration.write_text(json.dumps(asdict(found)) + "\n", "utf-8")
        model = load(options.net, found)
        print(f"calibration: {found}")
    print("\n".join(report(model, options.held, options.runs, bool(options.calibration))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
