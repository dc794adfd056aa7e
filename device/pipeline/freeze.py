"""Freeze-frames: small pictures at midstance, kept so that the results can show the median step.

Which picture will be wanted is known only afterwards: midstance is recognised some tenths of a
second late, and the median step when the session is over. So the last seconds of pictures are kept
small and cropped to the runner, one is picked out for each new step, and of those a bounded number
stays, spread over the session.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace

import numpy as np

from device.clock import NS_PER_S
from device.domain.basics import Landmark, Side
from device.domain.frames import Frame
from device.domain.kiosk import FreezeFrame, Picture
from device.domain.results import GaitSummary, GaitUpdate

RECENT_S = 2.0
"""How late a midstance may be recognised (a second is usual)."""
RECENT_EVERY_S = 0.042
"""Pictures that come faster than this are not all kept: memory, and the eye sees no difference."""
KEPT_A_SIDE = 12
HEIGHT_PX = 480
"""A kept picture is at most about this high."""
WIDTH_TO_HEIGHT = 0.75
"""A runner seen from behind fits into this."""
NEAR_S = 0.06
"""A picture further from midstance than this does not show it."""


class FreezeFrames:
    """Keeps candidates for each side; belongs to the measuring thread."""

    def __init__(self) -> None:
        self._recent: deque[tuple[float, Picture]] = deque()
        self._kept: dict[Side, list[tuple[float, Picture]]] = {Side.LEFT: [], Side.RIGHT: []}
        self._every: dict[Side, int] = {Side.LEFT: 1, Side.RIGHT: 1}
        self._steps: dict[Side, int] = {Side.LEFT: 0, Side.RIGHT: 0}

    def see(self, picture: Picture, t_s: float) -> None:
        """A measured picture; `t_s` is its time on the gait core's scale."""
        if self._recent and t_s - self._recent[-1][0] < RECENT_EVERY_S:
            return
        self._recent.append((t_s, small(picture)))
        while self._recent and t_s - self._recent[0][0] > RECENT_S:
            self._recent.popleft()

    def note(self, update: GaitUpdate) -> None:
        """Keep the pictures at the midstances that `update` brings."""
        for side in Side:
            news = update.side(side)
            if news.steps_total <= self._steps[side] or news.updated_s is None:
                continue
            self._steps[side] = news.steps_total
            if news.steps_total % self._every[side] == 0:
                self._keep(side, news.updated_s)

    def pick(self, summary: GaitSummary) -> tuple[FreezeFrame, ...]:
        """For each side the kept picture whose step is nearest to the side's median drop."""
        chosen = []
        for side in Side:
            steps = [
                (step.midstance_s, step.midstance_drop_deg)
                for step in summary.steps
                if step.side is side and step.valid and step.midstance_drop_deg is not None
            ]
            if not steps:
                continue
            median_deg = float(np.median([drop for _, drop in steps]))
            for midstance_s, drop_deg in sorted(steps, key=lambda s: abs(s[1] - median_deg)):
                picture = _nearest(self._candidates(side), midstance_s)
                if picture is not None:
                    chosen.append(FreezeFrame(side, picture, drop_deg))
                    break
        return tuple(chosen)

    def _candidates(self, side: Side) -> list[tuple[float, Picture]]:
        return self._kept[side] + list(self._recent)

    def _keep(self, side: Side, t_s: float) -> None:
        nearest = min(self._recent, key=lambda item: abs(item[0] - t_s), default=None)
        if nearest is None:
            return
        kept = self._kept[side]
        kept.append(nearest)
        if len(kept) > KEPT_A_SIDE:
            # Every second one goes: they stay spread over the whole session.
            self._kept[side] = kept[::2]
            self._every[side] *= 2


def _nearest(pictures: list[tuple[float, Picture]], t_s: float) -> Picture | None:
    best = min(pictures, key=lambda item: abs(item[0] - t_s), default=None)
    return best[1] if best is not None and abs(best[0] - t_s) <= NEAR_S else None


def small(picture: Picture) -> Picture:
    """A copy of `picture`, cropped to the runner and at most about `HEIGHT_PX` high."""
    frame = picture.frame
    height, width = frame.image.shape[:2]
    factor = max(1, -(-height // (HEIGHT_PX + HEIGHT_PX // 4)))
    left, right = _crop(picture, width, round(WIDTH_TO_HEIGHT * height))
    image = np.ascontiguousarray(frame.image[::factor, left:right:factor])
    moved = Frame(frame.seq, frame.t_ns, image)
    offset = np.array([left, 0])
    pose, pelvis = picture.pose, picture.pelvis
    if pose is not None:
        landmarks = ((pose.landmarks_px - offset) / factor).astype(np.float32)
        pose = replace(pose, landmarks_px=landmarks, image_size_px=moved.size_px)
    if pelvis is not None and pelvis.points_px is not None:
        pelvis = replace(pelvis, points_px=(pelvis.points_px - offset) / factor)
    return replace(picture, frame=moved, pose=pose, pelvis=pelvis)


def _crop(picture: Picture, width: int, wanted: int) -> tuple[int, int]:
    centre = width / 2
    if picture.pose is not None and picture.pose.seen:
        hips = picture.pose.landmarks_px[[Landmark.LEFT_HIP, Landmark.RIGHT_HIP], 0]
        centre = float(hips.mean())
    wanted = min(wanted, width)
    left = int(min(max(centre - wanted / 2, 0), width - wanted))
    return left, left + wanted


def seconds(t_ns: int) -> float:
    """A frame's time on the gait core's scale."""
    return t_ns / NS_PER_S
