"""Judges weights on pictures never trained on:
``python -m device.pelvis.training.evaluate NET.pt --held DIR --runs DIR --calibration CAL.json``.

Prints tables (Markdown). Nothing may be chosen by them: that is what `calibrate` and its own
bodies are for.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from device.pelvis.training import recordings
from device.pelvis.training.data import Shards
from device.pelvis.training.export import Calibration, Deployed, load
from device.pelvis.training.judged import HEADER, judge

FEWEST = 5
"""A group of fewer pictures gets no line."""


def dim_and_blurred(picture: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """A quarter of the light, blur of 1.2 crop pixels, noise, compression."""
    dark = cv2.GaussianBlur(picture, (0, 0), 1.2).astype(np.float32) * 0.35
    dark += rng.normal(0, 4.0, picture.shape).astype(np.float32)
    quality = [cv2.IMWRITE_JPEG_QUALITY, 45]
    packed = cv2.imencode(".jpg", np.clip(dark, 0, 255).astype(np.uint8), quality)[1]
    return cv2.imdecode(packed, cv2.IMREAD_COLOR)


def report(model: Deployed, held: Path, runs: Path | None) -> list[str]:
    """All tables."""
    rooms = np.load(held / "backgrounds.npy")
    mesh = Shards(held, "mesh")
    names = {name: k for k, name in enumerate(np.load(next(held.glob("mesh*.npz")))["columns"])}
    facts = mesh.facts
    lines = [HEADER]
    judged = judge(model, mesh, rooms)
    lines.append(judged.row("new bodies"))
    lines.append(judge(model, mesh, rooms, spoil=dim_and_blurred).row("dim and blurred"))
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
    lines += [judged[chosen].row(name) for name, chosen in groups.items() if chosen.sum() > FEWEST]
    other = Shards(held, "other")
    if len(other):
        lines.append(judge(model, other, rooms).row("second body family"))
    for prefix, title in (("run", "New runners"), ("doll", "Second body family")):
        paths = sorted(runs.glob(f"{prefix}_*.npy")) if runs else []
        if paths and runs:
            runners = [recordings.judge_run(model, runs, path, rooms) for path in paths]
            lines += ["", title, "", *recordings.tables(runners)]
    return lines


def main(arguments: list[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("net", type=Path)
    parser.add_argument("--held", type=Path, required=True, help="shards 'mesh' and 'other'")
    parser.add_argument("--runs", type=Path, help="recordings 'run' and 'doll'")
    parser.add_argument("--calibration", type=Path, help="JSON made by calibrate")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    found = json.loads(options.calibration.read_text("utf-8")) if options.calibration else {}
    model = load(options.net, Calibration(**found))
    print("\n".join(report(model, options.held, options.runs)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
