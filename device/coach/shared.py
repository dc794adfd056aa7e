"""The error that all steps of a session share, for means over a part of them.

A mean's own scatter says nothing of it: it comes from the method and the camera's place. It cancels
in a change within the session, and belongs into the interval of every drop that stands by itself.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from device.domain.basics import Estimate, Side
from device.domain.results import GaitSummary
from device.gait.statistics import of_values


def shared_half(summary: GaitSummary, side: Side) -> float:
    """Half of the 95 % interval, degrees, of what all steps of `side` share: what the session's own
    interval has beyond the scatter of its steps. 0 where nothing was measured."""
    drop = summary.side(side).midstance_drop_deg
    values = [
        step.midstance_drop_deg
        for step in summary.steps
        if step.side is side and step.valid and step.midstance_drop_deg is not None
    ]
    own = of_values(np.array(values))
    if drop is None or own is None:
        return 0.0
    return math.sqrt(max(0.0, drop.half_width**2 - own.half_width**2))


def widened(estimate: Estimate, half: float) -> Estimate:
    """`estimate` with the shared error, half an interval of it, in its interval."""
    whole = math.hypot(estimate.half_width, half)
    return replace(estimate, ci95_low=estimate.mean - whole, ci95_high=estimate.mean + whole)
