"""The detector's own hip line times a measured gain: an estimate, never a measurement.

MediaPipe's two hip landmarks follow the pelvis only partly. Measured with the full model on 52
rendered runs of 44 different bodies, clothes, cameras and gaits with exact truth, the line through
them shows 0.30 of the true obliquity on average (5 to 95 % of runs: 0.0 to 0.6), less the more the
trunk leans against the pelvis, and at midstance 0.2 of the drop. A constant error of its own (0.9
degrees from run to run) comes on top. Dividing by the mean gain gives the right size on average
over people and a wrong one for each: the drop so estimated is wrong by 4.8 degrees RMS a side,
while the true drops of those runners scatter by 2.2. A standing zero does not help, because the
landmarks shift between standing and running (5.9 RMS).
"""

from __future__ import annotations

from math import atan2, degrees

import numpy as np

from device.domain.basics import MEDIAPIPE_NETWORKS, Landmark, Reason
from device.domain.frames import CameraGeometry, Frame, PelvisMethod, PelvisSample, Pose

HIP_LINE_GAIN = 0.3
"""Degrees of MediaPipe's hip line per degree of true obliquity, mean over rendered runs."""
HIP_LINE_GAIN_RANGE = (0.0, 0.6)
"""Where the gain of 90 % of single runs lies."""
HIP_LINE_SIGMA_DEG = 1.4
"""Scatter of a frame's hip line about a run's own gain line, before the gain is divided out."""
HIP_LINE_ERROR_DEG = 4.8
"""RMS error of a side's estimated drop: what the interval of an estimate must hold."""

_NO_DETECTOR = Reason(
    "estimate_needs_mediapipe",
    "The hip-line estimate only applies to MediaPipe's landmarks.",
    "Analyze the video itself, or name the detector in the pose track.",
)


class MediaPipePelvis:
    """`PelvisEstimator` on the pose's own hips; gives nothing for other detectors' poses.

    The camera's known roll is kept out of the gain; unknown roll is multiplied with the rest, and
    a standing zero (multiplied alike) removes it. `needs_own_pose`: a pose moved along from another
    picture says nothing new.
    """

    needs_own_pose = True

    def __init__(self, geometry: CameraGeometry | None = None) -> None:
        self._roll_deg = (geometry.roll_deg if geometry else None) or 0.0
        self.warnings: tuple[Reason, ...] = ()
        self.last_problem: Reason | None = None

    def reset(self) -> None:
        """Nothing is remembered."""
        self.last_problem = None

    def measure(self, frame: Frame, pose: Pose) -> PelvisSample | None:
        """Return the estimated line, or None without hips or for another detector's pose."""
        self.last_problem = None
        if not pose.seen:
            return None
        if not (pose.detector or "").startswith(MEDIAPIPE_NETWORKS):
            self.last_problem = _NO_DETECTOR
            return None
        hips = pose.landmarks_px[[Landmark.LEFT_HIP, Landmark.RIGHT_HIP]].astype(np.float64)
        if hips[0, 0] > hips[1, 0]:
            hips = hips[::-1]  # labels may be swapped; the runner's left is the image's left
        across, down = hips[1] - hips[0]
        if across < 4.0:
            return None
        raw_deg = degrees(atan2(down, across))
        return PelvisSample(
            frame.seq,
            frame.t_ns,
            self._roll_deg + (raw_deg - self._roll_deg) / HIP_LINE_GAIN,
            HIP_LINE_SIGMA_DEG / HIP_LINE_GAIN,
            PelvisMethod.MEDIAPIPE,
            hips,
        )
