"""Errors of the gait core on the shared pose tracks; run it to see the table.

``python tests/gait/gait_scoring.py [FOLDER]``
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from gait_tracks import TrueStep, load, measure

from device.domain.basics import Side
from device.domain.frames import CameraGeometry
from device.domain.results import GaitSummary

LINES = {
    "clean60": "HJC",
    "noisy60": "IMAGE",
    "noisy30": "IMAGE",
    "noisy15": "IMAGE",
    "drop10_60": "IMAGE",
    "bystander60": "IMAGE",
    "low40_60": "HJC",
    "roll3_60": "HJC minus standing",
}
"""Which line each variant is judged against."""
MATCH_S = 0.1


@dataclass(frozen=True)
class Result:
    """One track. Errors in degrees by side; `held` whether the interval holds the truth."""

    name: str
    variant: str
    summary: GaitSummary
    drop: tuple[float, float]
    peak: tuple[float, float]
    held: tuple[bool, bool]
    half_width: tuple[float, float]
    cadence_error_spm: float
    found: float
    wrong_side: int
    extra: int
    midstance_s: tuple[float, ...]
    strike_s: tuple[float, ...]
    toe_off_s: tuple[float, ...]


def geometry(variant: str, truth: dict) -> CameraGeometry:
    """What the judge tells of the camera: only where the table says so."""
    if variant != "low40_60":
        return CameraGeometry()
    camera = truth["camera"]
    return CameraGeometry(
        above_hips_m=camera["height_rel_midhip_m"], distance_m=camera["distance_m"]
    )


def true_values(truth: dict, side: Side, line: str) -> tuple[float, float]:
    """Midstance and peak drop."""
    if line == "HJC minus standing":
        values = truth[side.value]["HJC"]
        return values["midstance_drop_minus_static_deg"], values["peak_drop_minus_static_deg"]
    values = truth[side.value][line]
    return values["midstance_drop_deg"]["mean"], values["peak_drop_deg"]["mean"]


def score(path: Path) -> Result:
    """Measure one shared track."""
    truth = json.loads(path.with_name(path.stem + ".truth.json").read_text())
    variant = path.stem.removeprefix(truth["trial"] + "_")
    summary = measure(load(path), geometry=geometry(variant, truth))
    drop, peak, held, half = [], [], [], []
    for side in Side:
        true_drop, true_peak = true_values(truth, side, LINES.get(variant, "IMAGE"))
        found = summary.side(side)
        if found.midstance_drop_deg is None or found.peak_drop_deg is None:
            raise AssertionError(f"{path.stem}: no drop: {summary.reasons}")
        drop.append(found.midstance_drop_deg.mean - true_drop)
        peak.append(found.peak_drop_deg.mean - true_peak)
        held.append(abs(drop[-1]) <= found.midstance_drop_deg.half_width)
        half.append(found.midstance_drop_deg.half_width)
    steps = [
        TrueStep(Side(s["side"]), s["strike_s"], s["midstance_s"], s["toe_off_s"], 0.0, 0.0)
        for s in truth["steps"]
    ]
    share, wrong, extra, offsets = match(summary, steps)
    assert summary.cadence_spm is not None
    return Result(
        path.stem,
        variant,
        summary,
        (drop[0], drop[1]),
        (peak[0], peak[1]),
        (held[0], held[1]),
        (half[0], half[1]),
        summary.cadence_spm.mean - truth["cadence_spm"],
        share,
        wrong,
        extra,
        *offsets,
    )


def match(
    summary: GaitSummary, steps: Sequence[TrueStep]
) -> tuple[float, int, int, tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]]]:
    """Share of the true steps found, how many on the wrong side, how many more there are, and
    the errors of midstance, strike and toe-off."""
    right = wrong = 0
    midstance, strike, toe_off = [], [], []
    for true in steps:
        near = [s for s in summary.steps if abs(s.midstance_s - true.midstance_s) < MATCH_S]
        if not near:
            continue
        step = min(near, key=lambda s: abs(s.midstance_s - true.midstance_s))
        if step.side is not true.side:
            wrong += 1
            continue
        right += 1
        midstance.append(step.midstance_s - true.midstance_s)
        strike.append(step.strike_s - true.strike_s)
        if step.toe_off_s is not None:
            toe_off.append(step.toe_off_s - true.toe_off_s)
    inside = [
        s
        for s in summary.steps
        if steps[0].midstance_s - 0.15 < s.midstance_s < steps[-1].midstance_s + 0.15
    ]
    offsets = (tuple(midstance), tuple(strike), tuple(toe_off))
    return right / len(steps), wrong, len(inside) - right - wrong, offsets


def errors(results: Sequence[Result], variant: str, name: str = "drop") -> np.ndarray:
    """Errors of a variant; for low40_60 of the mean of both sides."""
    found = [getattr(r, name) for r in results if r.variant == variant]
    values = np.array(found)
    return values.mean(axis=1) if variant == "low40_60" else values.ravel()


def table(results: Sequence[Result]) -> str:
    """The table, as text."""
    rows = [
        f"{'variant':12} {'line':19} {'drop mean/worst':>16} {'peak mean/worst':>16} "
        f"{'interval':>9} {'held':>6} {'cadence':>8} {'found':>6} {'wrong':>5} {'extra':>5}"
    ]
    by_variant = defaultdict(list)
    for result in results:
        by_variant[result.variant].append(result)
    for variant, some in by_variant.items():
        drop, peak = errors(some, variant), errors(some, variant, "peak")
        held = np.mean([r.held for r in some])
        half = np.mean([r.half_width for r in some])
        cadence = max(abs(r.cadence_error_spm) for r in some)
        rows.append(
            f"{variant:12} {LINES.get(variant, '(IMAGE)'):19} "
            f"{np.abs(drop).mean():7.2f} /{np.abs(drop).max():6.2f}  "
            f"{np.abs(peak).mean():7.2f} /{np.abs(peak).max():6.2f}  "
            f"{half:8.2f}  {held:5.2f} {cadence:8.2f} {min(r.found for r in some):6.3f} "
            f"{sum(r.wrong_side for r in some):5d} {sum(r.extra for r in some):5d}"
        )
    judged = [h for r in results if r.variant in LINES for h in r.held]
    rows.append(f"intervals that hold the truth: {np.mean(judged):.3f} of {len(judged)}")
    return "\n".join(rows)


def tracks(folder: Path) -> list[Path]:
    """The shared tracks of runners."""
    return sorted(p for p in folder.glob("*.npz") if not p.stem.startswith("norunner"))


if __name__ == "__main__":
    here = Path(__file__).resolve().parents[3] / "shared" / "footage" / "mocap"
    print(table([score(p) for p in tracks(Path(sys.argv[1]) if len(sys.argv) > 1 else here)]))
