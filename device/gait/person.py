"""Whose body is it? Frames are cut into stretches of continuous motion; a stretch that begins
where the followed person was, and at that size, is theirs, whatever walks past in between."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from device.domain.basics import Landmark
from device.domain.frames import Pose


@dataclass(slots=True)
class _Body:
    t_s: float
    x: float
    y: float
    torso: float


class PersonFilter:
    """Tells frame by frame whether the pose shows the person followed so far.

    A jump (over half a trunk length between neighbouring frames, or a change of size by a third)
    starts a new stretch. It belongs to our person when it starts near their last place at about
    their size. A stranger who stays `takeover_s` without our person coming back is followed from
    then on (`changed` is then true for one call).
    """

    JUMP = 0.5
    DRIFT_PER_S = 0.6
    SIZE = 1.25
    TAKEOVER_S = 4.0
    BLINK_S = 0.25

    def __init__(self) -> None:
        self._ours: deque[_Body] = deque(maxlen=30)
        self._last: _Body | None = None
        self._stretch_ours = False
        self._stretch_from_s = 0.0
        self.changed = False

    @property
    def stretch_from_s(self) -> float:
        """When the present stretch of continuous motion began."""
        return self._stretch_from_s

    @property
    def stranger(self) -> bool:
        """Whether the newest body is somebody else's (and no single wild frame)."""
        last = self._last
        return (
            last is not None
            and not self._stretch_ours
            and last.t_s - self._stretch_from_s > self.BLINK_S
        )

    def push(self, pose: Pose) -> bool:
        """Whether `pose` shows our person."""
        self.changed = False
        body = _body(pose)
        if body is None:
            return False
        if self._last is None or _jumped(self._last, body):
            self._stretch_from_s = body.t_s
            self._stretch_ours = not self._ours or _near(self._ours, body)
        elif not self._stretch_ours and body.t_s - self._stretch_from_s > self.TAKEOVER_S:
            self._stretch_ours = self.changed = True
        self._last = body
        if self._stretch_ours:
            self._ours.append(body)
        return self._stretch_ours


def _body(pose: Pose) -> _Body | None:
    xy = pose.landmarks_px
    lh, rh = xy[Landmark.LEFT_HIP], xy[Landmark.RIGHT_HIP]
    ls, rs = xy[Landmark.LEFT_SHOULDER], xy[Landmark.RIGHT_SHOULDER]
    x, y = float(lh[0] + rh[0]) / 2, float(lh[1] + rh[1]) / 2
    torso = math.hypot(float(ls[0] + rs[0]) / 2 - x, float(ls[1] + rs[1]) / 2 - y)
    if not math.isfinite(torso) or torso < 1:
        return None
    return _Body(pose.t_ns / 1e9, x, y, torso)


def _jumped(before: _Body, now: _Body) -> bool:
    step = math.hypot(now.x - before.x, now.y - before.y) / before.torso
    allowed = PersonFilter.JUMP + 2.0 * min(max(0.0, now.t_s - before.t_s - 0.05), 0.3)
    ratio = now.torso / before.torso
    return step > allowed or not 1 / 1.35 < ratio < 1.35


def _near(ours: Sequence[_Body], now: _Body) -> bool:
    """Whether `now` is where the latest of `ours` were and as big (medians: one may be wild)."""
    away = now.t_s - ours[-1].t_s
    if away > PersonFilter.TAKEOVER_S:
        return True
    torso = median(body.torso for body in ours)
    x, y = median(body.x for body in ours), median(body.y for body in ours)
    step = math.hypot(now.x - x, now.y - y) / torso
    ratio = now.torso / torso
    allowed = PersonFilter.JUMP + PersonFilter.DRIFT_PER_S * away
    return step < allowed and 1 / PersonFilter.SIZE < ratio < PersonFilter.SIZE
