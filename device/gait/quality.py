"""How good the frames were: counts per hop, and the reasons they give.

The same limits hold live (over the last ten seconds) and for a whole session (over its running).
"""

from __future__ import annotations

import copy
from collections import deque
from dataclasses import dataclass, fields

import numpy as np

from device.domain.basics import Reason
from device.domain.frames import PelvisMethod
from device.gait.frames import ANKLE, HIP, KNEE, SHOULDER, WRIST, Floats, Span
from device.gait.geometry import View
from device.gait.reasons import reason
from device.gait.rhythm import STRIDE_HZ

RECENT_HOPS = 25
MANY = 0.5
"""Share of frames with somebody else in view from which no number is given."""
FEW_TRACKED, PATCHY_TRACKED = 0.5, 0.85
FEW_PELVIS, STICKER_PELVIS, PATCHY_PELVIS = 0.05, 0.3, 0.7
CUT_OFF = 0.3
STILL_HANDS = 0.5
FRAMES_PER_STRIDE = 6.5
"""The bounce swings twice a stride; fewer frames than this do not follow it."""
FRAMES_PER_S = 2 * STRIDE_HZ[1]
"""Fewer cannot tell one rhythm of the legs from another."""
HIGH_DEG, EXTREME_DEG = 4.5, 20.0
"""Elevation of the line of sight: 0.2 m at 2.6 m; and where the correction would be half guess."""
TILTED_DEG, UNKNOWN_DEG, ROLLED_DEG = 5.0, 8.0, 12.0
"""Of the mean line: worth a word; beyond what runners do themselves; too much to be corrected."""
BLIND_DEG = 0.5
"""A curve held at midstance by smoothness alone to no better than this is no measurement."""
SMALL_PX = 14.0
"""Distance of the hips in pixels below which a pixel is worth several degrees."""


@dataclass(slots=True)
class Counts:
    """Frames of some hops, by what was wrong with them; `hops` and the hops with still hands or too
    few frames a stride."""

    frames: int = 0
    ours: int = 0
    crowd: int = 0
    cut: int = 0
    small: int = 0
    inverted: int = 0
    pelvis: int = 0
    hops: int = 0
    still_hands: int = 0
    slow: int = 0

    def add(self, other: Counts) -> None:
        """Add `other`'s counts."""
        for name in _NAMES:
            setattr(self, name, getattr(self, name) + getattr(other, name))


_NAMES = tuple(f.name for f in fields(Counts))


class QualityWatch:
    """Counts hop by hop: `session` over all running, `recent()` over the last ten seconds."""

    def __init__(self) -> None:
        self.session = Counts()
        self._recent: deque[Counts] = deque(maxlen=RECENT_HOPS)

    def fork(self) -> QualityWatch:
        """An independent copy."""
        other = copy.copy(self)
        other.session = copy.copy(self.session)
        other._recent = self._recent.copy()
        return other

    def recent(self) -> Counts:
        """The last ten seconds."""
        total = Counts()
        for counts in self._recent:
            total.add(counts)
        return total

    def feed(
        self, span: Span, after_s: float, size_px: tuple[int, int], stride_hz: float | None
    ) -> None:
        """Count the frames after `after_s`; `stride_hz` is given while somebody runs."""
        new = span.part(slice(int(np.searchsorted(span.t_s, after_s, side="right")), None))
        counts = _count(new, size_px)
        if stride_hz is not None:
            late = span.part(slice(int(np.searchsorted(span.t_s, span.t_s[-1] - 4.0)), None))
            late = late.bodies()
            counts.hops = 1
            counts.still_hands = int(_hands_still(late))
            counts.slow = int(too_slow(late.t_s, stride_hz))
            self.session.add(counts)
        self._recent.append(counts)


def too_slow(t_s: Floats, stride_hz: float) -> bool:
    """Whether frames at the times `t_s` (N,) are too few to follow strides of `stride_hz`: then
    neither running and walking nor one cadence and another are told apart."""
    gap_s = float(np.median(np.diff(t_s))) if t_s.size > 1 else 0.0
    return gap_s > 0 and 1 / gap_s < max(FRAMES_PER_STRIDE * stride_hz, FRAMES_PER_S)


def judge(counts: Counts, method: PelvisMethod | None) -> list[Reason]:
    """The reasons that `counts` give."""
    out: list[str] = []
    if not counts.frames:
        return []
    if counts.crowd > MANY * counts.frames:
        out.append("two_people")
    elif counts.crowd > 0.02 * counts.frames:
        out.append("passer_by")
    if counts.ours < FEW_TRACKED * counts.frames:
        out.append("low_tracking")
    elif counts.ours < PATCHY_TRACKED * counts.frames:
        out.append("patchy_tracking")
    if counts.cut > CUT_OFF * counts.ours:
        out.append("cut_off")
    if counts.inverted > MANY * counts.ours:
        out.append("upside_down")
    if counts.small > MANY * counts.ours:
        out.append("too_small")
    out += _pelvis(counts, method)
    if counts.still_hands > STILL_HANDS * counts.hops:
        out.append("holding_rails")
    if counts.slow > MANY * counts.hops:
        out.append("frame_rate_low")
    return [reason(code) for code in out]


def _pelvis(counts: Counts, method: PelvisMethod | None) -> list[str]:
    if counts.pelvis < FEW_PELVIS * counts.ours:
        return ["stickers_lost" if method is PelvisMethod.STICKERS else "no_pelvis"]
    if method is PelvisMethod.STICKERS and counts.pelvis < STICKER_PELVIS * counts.ours:
        return ["stickers_lost"]
    return ["pelvis_gaps"] if counts.pelvis < PATCHY_PELVIS * counts.ours else []


def judge_view(view: View) -> list[Reason]:
    """The reasons that the camera's known place gives."""
    if abs(view.elevation_deg) > EXTREME_DEG:
        return [reason("camera_extreme")]
    if view.elevation_deg > HIGH_DEG:
        return [reason("camera_low")]
    return [reason("camera_high")] if view.elevation_deg < -HIGH_DEG else []


def judge_roll(mean_deg: float, view: View, zero_deg: float | None) -> list[Reason]:
    """... and that the mean line of the pelvis gives: `mean_deg`, both sides' middle after `view`'s
    known roll and the standing zero `zero_deg` (None: there is none) were taken out."""
    left_deg = mean_deg + (zero_deg or 0.0)
    if abs(left_deg + view.roll_deg) > ROLLED_DEG:
        return [reason("camera_rolled")]
    if abs(left_deg) <= TILTED_DEG:
        return []
    if zero_deg is not None:
        return [reason("camera_tilted")]
    return [reason("tilt_unknown" if abs(left_deg) > UNKNOWN_DEG else "leaning")]


def _count(new: Span, size_px: tuple[int, int]) -> Counts:
    ours = new.ours
    legs = new.xy[ours][:, [HIP, KNEE, ANKLE]]
    inside = (legs >= 0) & (legs <= np.array(size_px, dtype=np.float64))
    upright = new.xy[ours][:, HIP, :, 1].mean(axis=1) - new.xy[ours][:, SHOULDER, :, 1].mean(axis=1)
    apart = np.abs(legs[:, 0, 1, 0] - legs[:, 0, 0, 0])
    return Counts(
        frames=int(ours.size),
        ours=int(ours.sum()),
        crowd=int(new.crowd.sum()),
        cut=int((~inside.all(axis=(1, 2, 3))).sum()),
        small=int((apart < SMALL_PX).sum()),
        inverted=int((upright < 0).sum()),
        pelvis=int((new.method[ours] >= 0).sum()),
    )


def _hands_still(span: Span) -> bool:
    """Whether a hand stays where it is in the picture while the trunk bounces: it holds a rail."""
    xy = span.xy[span.ours]
    if xy.shape[0] < 20:
        return False
    wrists, trunk = xy[:, WRIST], xy[:, SHOULDER].mean(axis=1)[:, None]
    t = np.linspace(-1, 1, xy.shape[0])
    bounce = _spread(t, trunk)[0]
    hands = _spread(t, wrists)
    return bool((hands < 0.5 * bounce).any())


def _spread(t: np.ndarray, points: np.ndarray) -> np.ndarray:
    """SD of each point (K,) about its own slow drift; NaN where it is not seen."""
    flat = points.reshape(points.shape[0], -1)
    flat = flat - flat.mean(axis=0) - np.outer(t, (t @ flat) / (t @ t))
    size = flat.reshape(points.shape).std(axis=0)
    out: np.ndarray = np.hypot(size[..., 0], size[..., 1])
    return out
