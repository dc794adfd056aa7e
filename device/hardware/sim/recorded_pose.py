"""A pose estimator that looks nothing up in the picture: it plays a pose track back (simulator)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from device.clock import NS_PER_S
from device.domain.frames import Frame, Pose
from device.domain.pose_track import PoseTrack

PositionOf = Callable[[int], float | None]
"""From a frame's `t_ns` to the second of the recording that it shows (`VideoSource.position_s`)."""


class RecordedPose:
    """Gives each frame the pose that `track` has at that time of the recording.

    `position_of` tells the time; without it the first frame is taken for the track's beginning,
    and the track begins again at its end. A frame that lies further from any row of the track than
    the track's own frame interval shows nobody. Landmarks are scaled to the frame's size.
    """

    simulated = True

    def __init__(self, track: PoseTrack, position_of: PositionOf | None = None) -> None:
        self._track = track
        self._position_of = position_of or self._from_first
        self._first_ns: int | None = None
        steps = np.diff(track.t_s)
        self._interval_s = float(np.median(steps)) if len(steps) else 1.0

    @property
    def name(self) -> str:
        """What made the track, or "recorded"."""
        return self._track.detector or "recorded"

    def estimate(self, frame: Frame) -> Pose:
        """Return the track's pose of that moment."""
        at_s = self._position_of(frame.t_ns)
        nobody = Pose.nobody(frame.seq, frame.t_ns, frame.size_px, self._track.detector)
        if at_s is None:
            return nobody
        index = self._nearest(at_s)
        if abs(float(self._track.t_s[index]) - at_s) > self._interval_s:
            return nobody
        recorded = self._track.pose(index)
        scale = np.array(frame.size_px, np.float32) / np.array(
            self._track.image_size_px, np.float32
        )
        return Pose(
            seq=frame.seq,
            t_ns=frame.t_ns,
            landmarks_px=(recorded.landmarks_px * scale).astype(np.float32),
            visibility=recorded.visibility,
            image_size_px=frame.size_px,
            detector=self._track.detector,
            people=recorded.people,
        )

    def close(self) -> None:
        """Nothing to free."""

    def _nearest(self, at_s: float) -> int:
        t_s = self._track.t_s
        after = int(np.searchsorted(t_s, at_s))
        if after == 0:
            return 0
        if after == len(t_s):
            return len(t_s) - 1
        return after if t_s[after] - at_s < at_s - t_s[after - 1] else after - 1

    def _from_first(self, t_ns: int) -> float:
        if self._first_ns is None:
            self._first_ns = t_ns
        start_s, end_s = float(self._track.t_s[0]), float(self._track.t_s[-1])
        elapsed_s = (t_ns - self._first_ns) / NS_PER_S
        return start_s + elapsed_s % (end_s - start_s + self._interval_s)
