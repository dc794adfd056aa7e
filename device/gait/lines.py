"""The pelvis line straight from a pose track's hips."""

from __future__ import annotations

import math

from device.domain.basics import Landmark
from device.domain.frames import PelvisMethod, PelvisSample, Pose

LANDMARK_SIGMA_DEG = 1.0
"""Random error assumed of a frame's hip line. Only its size against other samples of the same
track matters (as a weight): the intervals come from the scatter that is seen."""


def landmark_line(pose: Pose) -> PelvisSample | None:
    """The hip landmarks as they are, left and right by their order in the picture.

    A detector that swaps its labels therefore changes nothing. None when a hip is missing.
    """
    if not pose.seen:
        return None
    ends = pose.landmarks_px[[Landmark.LEFT_HIP, Landmark.RIGHT_HIP]].astype("float64")
    if ends[0, 0] > ends[1, 0]:
        ends = ends[::-1].copy()
    across, down = ends[1] - ends[0]
    if across <= 0:
        return None
    angle = math.degrees(math.atan2(down, across))
    return PelvisSample(
        pose.seq, pose.t_ns, angle, LANDMARK_SIGMA_DEG, PelvisMethod.LANDMARKS, ends
    )
