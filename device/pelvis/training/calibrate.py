"""Finds what the net shrinks and how far it errs, on bodies of their own:
``python -m device.pelvis.training.calibrate NET.pt CAL.json --pictures DIR --runs DIR``.

They are neither those it was trained on nor those it is judged on.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from device.pelvis.training import recordings
from device.pelvis.training.data import Shards
from device.pelvis.training.export import LEAST_GAIN, Calibration, load
from device.pelvis.training.judged import Judged, judge

SQRT2 = math.sqrt(2)


def calibration(raw: Judged, moving: Sequence[Judged] = ()) -> Calibration:
    """From uncalibrated measurements: the gain at each predicted scale, and what makes 95 % of
    errors lie within 1.96 sigma.

    `raw`: single pictures. `moving`: recordings, of which only what changes within each counts,
    all together as much as `raw`; runners tilt their pelvis less than the single pictures show.
    """
    parts = [(raw.truth, raw.measured, raw.sigma / SQRT2, 1.0)]
    for one in moving:
        weight = len(raw.truth) / sum(len(other.truth) for other in moving)
        centred = (one.truth - one.truth.mean(), one.measured - one.measured.mean())
        parts.append((*centred, one.sigma / SQRT2, math.sqrt(weight)))
    design = np.concatenate([w * np.stack([t, b * t], axis=1) for t, _, b, w in parts])
    shown = np.concatenate([w * m for _, m, _, w in parts])
    at_zero, per_deg = np.linalg.lstsq(design, shown, rcond=None)[0]
    scale = raw.sigma / SQRT2
    gain = np.maximum(at_zero + per_deg * scale, LEAST_GAIN)
    ratio = np.abs(raw.measured / gain - raw.truth) / (scale / gain)
    spread = float(np.quantile(ratio, 0.95) / 1.96)
    return Calibration(round(float(at_zero), 4), round(float(per_deg), 4), round(spread, 4))


def main(arguments: list[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("net", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--pictures", type=Path, required=True, help="shards 'mesh'")
    parser.add_argument("--runs", type=Path, help="recordings 'run'")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    model = load(options.net)
    rooms = np.load(options.pictures / "backgrounds.npy")
    raw = judge(model, Shards(options.pictures, "mesh"), rooms)
    paths = sorted(options.runs.glob("run_*.npy")) if options.runs else []
    moving = [recordings.moving(model, options.runs, path, rooms) for path in paths]
    found = calibration(raw, moving)
    options.out.write_text(json.dumps(asdict(found)) + "\n", "utf-8")
    print(found)
    if paths:
        runners = [
            recordings.judge_run(load(options.net, found), options.runs, p, rooms) for p in paths
        ]
        print(recordings.usual(runners))
    return 0


if __name__ == "__main__":
    sys.exit(main())
