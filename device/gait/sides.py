"""Left is left: repairs swapped labels before anything is measured.

Seen from behind, the runner's left is the image's left. Two levels are mended. Whole bodies
(a detector that takes the back for the front, or swaps every pair for a few frames): the hips'
order in the picture decides. Legs alone: the knees' order decides where it is clear, because
knees, unlike feet, do not cross in running; feet that contradict their knees are mended later,
against the folded gait (`rhythm`).
"""

from __future__ import annotations

import numpy as np

from device.gait.frames import ANKLE, HEEL, HIP, KNEE, Bools, Floats


def repair(xy: Floats) -> Floats:
    """Return `xy` (N, PAIRS, 2, 2) with left and right by the image; NaN stay NaN."""
    out = xy.copy()
    width = out[:, HIP, 1, 0] - out[:, HIP, 0, 0]
    flipped = width < 0
    out[flipped] = out[flipped][:, :, ::-1]
    knees = out[:, KNEE, 1, 0] - out[:, KNEE, 0, 0]
    usual = np.nanmedian(np.abs(width)) if np.isfinite(width).any() else 0.0
    crossed = knees < -0.25 * usual
    swap_legs(out, crossed)
    return out


def swap_legs(xy: Floats, rows: Bools) -> None:
    """Exchange the legs below the hips of `rows`, in place."""
    if rows.any():
        legs = xy[rows][:, KNEE:]
        xy[rows, KNEE:] = legs[:, :, ::-1]


__all__ = ["ANKLE", "HEEL", "repair", "swap_legs"]
