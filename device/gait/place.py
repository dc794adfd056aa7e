"""Where the runner is between two poses: hips and shoulders moved along by prediction.

A runner bounces two or three times a second, so holding the last pose still, or going on at its
speed, is soon a good part of the bounce away. Where the stride's frequency f is known, the middle
of the hips and of the shoulders follow

    c0 + c1 t + a1 cos 2 pi f t + b1 sin 2 pi f t + a2 cos 4 pi f t + b2 sin 4 pi f t

(drift on the belt, sway once a stride, bounce twice), fitted by least squares to the last two
seconds of poses, recent ones counting more. Until then they go on at half their speed, briefly.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import replace

import numpy as np

from device.domain.basics import LANDMARK_COUNT, Landmark
from device.domain.frames import Pose
from device.gait.frames import Floats

MEMORY_S = 2.0
_FADES_S = 0.8
"""Older poses count less: to 1/e after this."""
_ENOUGH, _ENOUGH_S = 9, 0.9
"""So many poses over so long tell the bounce from the drift."""
_RESIDUE_S = 0.12
"""What the fit leaves over of the newest pose is carried on, to 1/e after this."""
_COAST_S = 0.05
OLDEST_S = 0.5
"""Nobody's place is predicted further ahead than this."""
_RIDGE = 1e-3

_HIPS = [Landmark.LEFT_HIP, Landmark.RIGHT_HIP]
_SHOULDERS = [Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER]
_PART = (np.arange(LANDMARK_COUNT) < Landmark.LEFT_HIP).astype(np.intp)
"""Which part moves a landmark along: 0 the hips, 1 the shoulders."""


class PlacePredictor:
    """Follows one person; push poses in order of time. Cost and memory do not grow.

    `off_trunks`: how far the newest pose lay from where it was expected, in lengths of the trunk
    (0 where nothing was expected).
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget the person."""
        self._seen: deque[tuple[float, Floats]] = deque(maxlen=256)
        self._pose: Pose | None = None
        self._fit: Floats | None = None
        self._hz = 0.0
        self._residue: Floats = np.zeros(4)
        self.off_trunks = 0.0

    @property
    def pose(self) -> Pose | None:
        """The newest pose pushed that shows somebody."""
        return self._pose

    def push(self, pose: Pose, stride_hz: float | None) -> None:
        """Take in a pose; `stride_hz` is the stride's frequency, where it is known."""
        place = _place(pose)
        if place is None:
            self.reset()
            return
        t_s = pose.t_ns / 1e9
        expected = self._expected(t_s) if self._pose is not None else None
        trunk = float(np.hypot(*(place[2:] - place[:2])))
        self.off_trunks = 0.0
        if expected is not None and trunk > 0:
            self.off_trunks = float(np.hypot(*(place - expected)[:2])) / trunk
        if self._seen and t_s - self._seen[-1][0] > OLDEST_S:
            self._seen.clear()
        self._seen.append((t_s, place))
        while t_s - self._seen[0][0] > MEMORY_S:
            self._seen.popleft()
        self._pose = pose
        self._refit(stride_hz)

    def at(self, t_ns: int) -> Pose | None:
        """The newest pose moved to where it is expected at `t_ns`; None when it is too old.

        `Pose.t_ns` stays that of the pose it was made from.
        """
        pose = self._pose
        if pose is None or not 0 <= (t_ns - pose.t_ns) / 1e9 <= OLDEST_S:
            return None
        moved = self._expected(t_ns / 1e9) - self._seen[-1][1]
        shift = moved.astype(np.float32).reshape(2, 2)[_PART]
        return replace(pose, landmarks_px=pose.landmarks_px + shift)

    def _refit(self, stride_hz: float | None) -> None:
        self._fit = None
        last_s, last = self._seen[-1]
        if stride_hz is None or len(self._seen) < _ENOUGH or last_s - self._seen[0][0] < _ENOUGH_S:
            return
        self._hz = stride_hz
        t = np.array([t_s for t_s, _ in self._seen]) - last_s
        y = np.stack([place for _, place in self._seen])
        design = self._basis(t)
        weighted = design * np.exp(t / _FADES_S)[:, None]
        left = weighted.T @ design + _RIDGE * np.eye(design.shape[1])
        fit = np.asarray(np.linalg.solve(left, weighted.T @ (y - last)), np.float64)
        self._fit = fit
        self._residue = -fit[0] - fit[2] - fit[4]

    def _expected(self, t_s: float) -> Floats:
        """Hips' middle and shoulders' middle (4,) at `t_s`."""
        last_s, last = self._seen[-1]
        ahead = t_s - last_s
        if self._fit is not None:
            turn = 2 * math.pi * self._hz * ahead
            waves = math.cos(turn), math.sin(turn), math.cos(2 * turn), math.sin(2 * turn)
            on = np.array((1.0, ahead, *waves)) @ self._fit
            out: Floats = last + on + self._residue * math.exp(-ahead / _RESIDUE_S)
            return out
        if len(self._seen) < 2:
            return last
        before_s, before = self._seen[-2]
        speed = (last - before) / max(last_s - before_s, 1e-3)
        coasting: Floats = last + 0.5 * min(ahead, _COAST_S) * speed
        return coasting

    def _basis(self, t: Floats) -> Floats:
        turn = 2 * np.pi * self._hz * t
        waves = [f(k * turn) for k in (1, 2) for f in (np.cos, np.sin)]
        return np.stack([np.ones_like(t), t, *waves], axis=1)


def _place(pose: Pose) -> Floats | None:
    xy = pose.landmarks_px.astype(np.float64)
    place: Floats = np.concatenate([xy[_HIPS].mean(axis=0), xy[_SHOULDERS].mean(axis=0)])
    return place if np.isfinite(place).all() else None
