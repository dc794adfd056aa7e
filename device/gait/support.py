"""Beyond the hip: where the body's middle is over the standing foot, beside the drop.

A narrow step hides a drop: a foot that lands under the body's middle, or across it, lets the pelvis
stay level without the hip's work (for step width and what it loads: Meardon, Campbell and Derrick
2012, Sports Biomechanics 11). "Level pelvis with crossover" must therefore not read as good. The
idea this comes from says it the other way round: hip drop is failing to organise your centre of
mass over the stance leg.

From the pose alone, in the picture's plane, at each midstance: middle of the hips, standing ankle
and trunk, in percent of the hips' distance. What a detector gets wrong alike at every step
(`Traits`) is taken out as far as it is known; the rest, and the camera's roll as far as it is not,
is in the intervals.
"""

from __future__ import annotations

import copy
import itertools
import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar

import numpy as np

from device.domain.basics import MEDIAPIPE_NETWORKS, Estimate, Reason, Side
from device.domain.results import SideSupport, Step, Support
from device.gait.frames import ANKLE, HIP, SHOULDER, Floats, Span
from device.gait.sides import repair
from device.gait.statistics import of_values

FEWEST = 7
LIVE_STEPS = 12
"""So many of the newest steps of a side make the live numbers."""
MOST_STEPS = 3000
"""... and of a whole session: half an hour. Later steps count instead of earlier ones."""
NEAR_S = 0.09
"""A pose this close to midstance on either side must be there; poses come 18 a second."""
NEXT_S = 0.7
"""The other foot's midstance, when it comes within this, is that of the next step."""
ZEROED_SD_DEG, BLIND_SD_DEG, KNOWN_SD_DEG = 1.0, 1.5, 0.3
"""How well level is known (1 SD): from a standing zero, which holds the camera's roll and how level
the runner's own hips are in standing; not at all; and from the configured roll."""


@dataclass(frozen=True, slots=True)
class Traits:
    """What a detector gets wrong alike at every step; percentages of the true hips' distance.

    `hips_apart`: its hips' distance as a share of the true one, known to `hips_apart_sd`.
    `width`, `over`, `lean_deg`: by how much it sees steps too wide, the hips too far towards the
    free leg, and the trunk too much towards the standing one, on both sides alike; `aside` and
    `aside_deg`: standard deviation of what shifts both sides to the same side of the picture.
    """

    hips_apart: float = 1.0
    hips_apart_sd: float = 0.0
    width: float = 0.0
    width_sd: float = 0.0
    over: float = 0.0
    over_sd: float = 0.0
    aside: float = 0.0
    lean_deg: float = 0.0
    lean_sd_deg: float = 0.0
    aside_deg: float = 0.0


PLAIN = Traits()
"""Landmarks of unknown making are taken as they are."""
MEDIAPIPE = Traits(
    hips_apart=0.78,
    hips_apart_sd=0.05,
    width=15.0,
    width_sd=4.5,
    over=11.7,
    over_sd=3.0,
    aside=4.0,
    lean_deg=0.7,
    lean_sd_deg=0.4,
    aside_deg=0.5,
)
"""Against the exact joints of 29 rendered runners (`full`, nine bodies' worth of proportions,
clothes and lights): mean and scatter from runner to runner. Its ankles lie outside the joints, its
hips inside."""


def _known() -> Mapping[str, Traits]:
    return MappingProxyType(dict.fromkeys(MEDIAPIPE_NETWORKS, MEDIAPIPE))


TRAITS = _known()


def traits_of(detector: str | None) -> Traits:
    """What is known of `detector`, by how its name begins."""
    return next((t for name, t in TRAITS.items() if detector and detector.startswith(name)), PLAIN)


@dataclass(frozen=True, slots=True)
class Level:
    """At which angle in the picture level is, right end lower positive, and how well (1 SD)."""

    deg: float = 0.0
    sd_deg: float = BLIND_SD_DEG


Foot = tuple[Side, float, float]
"""Of a midstance: side, time, and where the foot was to the right, in hips' distances."""
_Kept = TypeVar("_Kept")
Row = tuple[float, float, float, float]
"""Hips less foot (x, y) in shares of the hips' distance as seen, trunk (x, y) in pixels."""


class SupportWatch:
    """Follows the steps of a session; a few numbers are kept of each, of the latest 3000 a side."""

    def __init__(self) -> None:
        self._until_s = -math.inf
        self._rows: dict[Side, deque[Row]] = {side: deque(maxlen=MOST_STEPS) for side in Side}
        self._widths: deque[float] = deque(maxlen=2 * MOST_STEPS)
        self._last: deque[Foot] = deque(maxlen=3)
        self._wide: deque[float] = deque(maxlen=40)

    def fork(self) -> SupportWatch:
        """An independent copy."""
        other = copy.copy(self)
        other._rows = {side: rows.copy() for side, rows in self._rows.items()}
        other._widths, other._last = self._widths.copy(), self._last.copy()
        other._wide = self._wide.copy()
        return other

    def forget(self) -> None:
        """Somebody else runs now."""
        for rows in self._rows.values():
            rows.clear()
        self._widths.clear()
        self._last.clear()
        self._wide.clear()

    @property
    def until_s(self) -> float:
        """Steps up to here were taken."""
        return self._until_s

    def take(self, span: Span, steps: list[Step], delay_s: float) -> None:
        """Take final steps in order of time, later than `until_s`; `span` holds their frames, whose
        landmarks are `delay_s` late."""
        if not steps:
            return
        self._until_s = steps[-1].midstance_s
        usable = span.posed & span.ours
        rows = span.part(usable) if not usable.all() else span
        if rows.t_s.size < 2:
            return
        xy = repair(rows.xy)
        apart = xy[:, HIP, 1, 0] - xy[:, HIP, 0, 0]
        if np.isfinite(apart).any():
            self._wide.append(float(np.nanmedian(apart)))
        if not self._wide:
            return
        wide = float(np.median(self._wide))
        for step in steps:
            if wide > 1 and step.reason != "not_steady":
                self._step(step, step.midstance_s + delay_s, rows.t_s, xy, wide)

    def _step(self, step: Step, at_s: float, t_s: Floats, xy: Floats, wide: float) -> None:
        k = int(np.searchsorted(t_s, at_s))
        if k == 0 or k == t_s.size or t_s[k] - t_s[k - 1] > 2 * NEAR_S:
            return
        share = (at_s - t_s[k - 1]) / (t_s[k] - t_s[k - 1])
        body = xy[k - 1] + share * (xy[k] - xy[k - 1])
        hips = body[HIP].mean(axis=0)
        foot = body[ANKLE, 0 if step.side is Side.LEFT else 1]
        trunk = body[SHOULDER].mean(axis=0) - hips
        if not np.isfinite((hips, foot, trunk)).all():
            return
        off = (hips - foot) / wide
        row = float(off[0]), float(off[1]), float(trunk[0]), float(trunk[1])
        self._rows[step.side].append(row)
        self._last.append((step.side, step.midstance_s, float(foot[0]) / wide))
        self._width()

    def _width(self) -> None:
        """Of the step before the newest: against the mean of those around it, so that drifting on
        the belt is no step width."""
        if len(self._last) < 3:
            return
        before, middle, after = self._last
        together = middle[1] - before[1] < NEXT_S and after[1] - middle[1] < NEXT_S
        if together and before[0] is after[0] is middle[0].other:
            apart = middle[2] - (before[2] + after[2]) / 2
            self._widths.append(apart if middle[0] is Side.RIGHT else -apart)

    def result(self, level: Level, traits: Traits, newest: int | None = None) -> Support | None:
        """What the steps so far say, or only the `newest` of each side; None without any."""
        if not any(self._rows.values()):
            return None
        left, right = (_side(side, self._rows[side], level, traits, newest) for side in Side)
        widths = np.array(_last(self._widths, None if newest is None else 2 * newest))
        seen = 100 * traits.hips_apart * widths
        width = _mean(seen, traits.width, traits.width_sd, traits)
        return Support(left, right, width)


def _side(
    side: Side, kept: deque[Row], level: Level, traits: Traits, newest: int | None
) -> SideSupport:
    rows = np.array(_last(kept, newest), dtype=np.float64).reshape(-1, 4)
    # Along and across the true horizontal.
    c, s = math.cos(math.radians(level.deg)), math.sin(math.radians(level.deg))
    to_free = 1.0 if side is Side.LEFT else -1.0
    along = (rows[:, 0] * c + rows[:, 1] * s) * to_free
    tall = float(np.median(np.abs(rows[:, 1]))) if len(rows) else 0.0
    tilt = 100 * traits.hips_apart * tall * math.radians(level.sd_deg)
    over = _mean(
        100 * traits.hips_apart * along,
        traits.over,
        math.hypot(traits.over_sd, traits.aside, tilt),
        traits,
    )
    lean = np.degrees(np.arctan2(rows[:, 2] * c + rows[:, 3] * s, rows[:, 2] * s - rows[:, 3] * c))
    shared = math.hypot(traits.lean_sd_deg, traits.aside_deg, level.sd_deg)
    values = -lean * to_free - traits.lean_deg
    return SideSupport(
        side,
        len(rows),
        over,
        of_values(values, shared) if len(rows) >= FEWEST else None,
    )


def _last(kept: deque[_Kept], newest: int | None) -> list[_Kept]:
    """The newest in order of time, without going through all the others."""
    if newest is None:
        return list(kept)
    return list(itertools.islice(reversed(kept), newest))[::-1]


def _mean(values: Floats, too_much: float, sd: float, traits: Traits) -> Estimate | None:
    if values.size < FEWEST:
        return None
    gain_error = traits.hips_apart_sd / traits.hips_apart * abs(float(values.mean()))
    return of_values(values - too_much, math.hypot(sd, gain_error))


CROSSOVER = Reason(
    "crossover",
    "The feet cross under the body: that keeps a pelvis level without the hip's work.",
    "Run with your feet a little further apart, then measure again.",
)
NARROW = Reason(
    "narrow_step",
    "The step is so narrow that it hides a drop: the pelvis stays level without the hip's work.",
    "Run with your feet a little further apart, then measure again.",
)


def why_not_judged(support: Support | None) -> Reason | None:
    """Why a level pelvis is not called good; None where it may be."""
    if support is None or not support.flattering:
        return None
    return CROSSOVER if support.crossover else NARROW
