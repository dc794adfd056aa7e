"""Simulated runners: steps whose drop answers to feedback and cadence, or does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from device.domain.basics import Side
from device.domain.results import Step


@dataclass
class Runner:
    """`left_deg`, `right_deg` as they usually run. `follows`: how much of the way to a target they
    go while they see their drop; `learnt` (0 to 1): how much of it stays when they do not;
    `per_cadence`: degrees less drop for one per cent more cadence; `tires`: degrees in ten
    minutes."""

    left_deg: float = 8.0
    right_deg: float = 6.5
    follows: float = 1.0
    learnt: float = 0.0
    learns: float = 0.12
    per_cadence: float = 0.0
    tires: float = 0.0
    cadence_spm: float = 165.0
    scatter_deg: float = 1.0
    seed: int = 1

    def run(
        self,
        minutes: float,
        shown: Callable[[float], bool] = lambda t_s: False,
        target_deg: float | None = None,
        cadence_spm: Callable[[float], float | None] = lambda t_s: None,
        learn: bool = True,
    ) -> tuple[Step, ...]:
        """Run; returns the steps."""
        rng = np.random.default_rng(self.seed)
        self.seed += 1
        t_s, side, steps = 0.5, Side.LEFT, []
        seen_s = 0.0
        while t_s < minutes * 60:
            cadence = cadence_spm(t_s) or self.cadence_spm
            usual = self.left_deg if side is Side.LEFT else self.right_deg
            effort = self.learnt
            if shown(t_s):
                effort = max(effort, self.follows)
                seen_s += 60 / cadence
            drop = usual
            if target_deg is not None and usual > target_deg:
                drop -= effort * (usual - target_deg)
            drop -= self.per_cadence * (cadence / self.cadence_spm - 1) * 100
            drop += self.tires * t_s / 600 + rng.normal(0, self.scatter_deg)
            steps.append(Step(side, t_s - 0.08, t_s, t_s + 0.14, drop, drop + 0.4, 3.0, 2.0))
            t_s += 60 / cadence + rng.normal(0, 0.003)
            side = side.other
        if learn and target_deg is not None and seen_s:
            self.learnt = min(self.follows, self.learnt + self.learns * min(1.0, seen_s / 60 / 5))
        return tuple(steps)
