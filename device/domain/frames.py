"""What travels from the camera to the gait core. Every item carries the sensor's timestamp."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from device.domain.basics import LANDMARK_COUNT, Landmark


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One camera picture: `image` is uint8 RGB (height, width, 3) and must not be written to.

    `full` is the same moment in the camera's full size, for the clip: uint8 I420 (3 * height / 2,
    width), that is brightness 16..235 and below it both colours (ITU-R BT.601). Without it the
    clip is made of `image`.
    """

    seq: int
    t_ns: int
    image: NDArray[np.uint8]
    full: NDArray[np.uint8] | None = None

    @property
    def size_px(self) -> tuple[int, int]:
        """(width, height)."""
        return int(self.image.shape[1]), int(self.image.shape[0])

    @property
    def lean(self) -> Frame:
        """The same without its full size: what is kept for longer than a moment."""
        return self if self.full is None else replace(self, full=None)

    @property
    def full_px(self) -> tuple[int, int]:
        """(width, height) of what the clip is made of."""
        if self.full is None:
            return self.size_px
        return int(self.full.shape[1]), int(self.full.shape[0] * 2 // 3)


@dataclass(frozen=True, slots=True, eq=False)
class Pose:
    """The landmarks of one frame.

    `landmarks_px` float32 (33, 2), x right, y down, NaN where nobody was seen; `visibility`
    float32 (33,) in 0..1. `detector` names what made it (``"mediapipe-full"``), or None for
    landmarks of unknown making, to which no detector correction is ever applied. `people` is how
    many bodies the detector saw (at least; 0 when nobody).
    """

    seq: int
    t_ns: int
    landmarks_px: NDArray[np.float32]
    visibility: NDArray[np.float32]
    image_size_px: tuple[int, int]
    detector: str | None = None
    people: int = 1

    @property
    def seen(self) -> bool:
        """Whether both hips are there."""
        hips = self.landmarks_px[[Landmark.LEFT_HIP, Landmark.RIGHT_HIP]]
        return bool(np.isfinite(hips).all())

    @staticmethod
    def nobody(
        seq: int, t_ns: int, image_size_px: tuple[int, int], detector: str | None = None
    ) -> Pose:
        """A frame in which nobody was found."""
        return Pose(
            seq,
            t_ns,
            np.full((LANDMARK_COUNT, 2), np.nan, np.float32),
            np.zeros(LANDMARK_COUNT, np.float32),
            image_size_px,
            detector,
            people=0,
        )


class PelvisMethod(StrEnum):
    """What measured the pelvis line."""

    STICKERS = "stickers"
    NETWORK = "network"
    MEDIAPIPE = "mediapipe"
    """The detector's own hip line, times a measured gain: an estimate."""
    LANDMARKS = "landmarks"
    """The hip landmarks of a pose track, taken as they are."""


@dataclass(frozen=True, slots=True, eq=False)
class PelvisSample:
    """The pelvis line of one frame, before camera roll and standing zero are removed.

    `image_angle_deg`: angle of the line in the picture, right end lower positive.
    `sigma_deg`: standard deviation of this frame's random error.
    `points_px`: float64 (2, 2), the left and right point the line goes through, or None.
    """

    seq: int
    t_ns: int
    image_angle_deg: float
    sigma_deg: float
    method: PelvisMethod
    points_px: NDArray[np.float64] | None = None


@dataclass(frozen=True, slots=True)
class CameraGeometry:
    """What is known of the camera; None where it is not.

    `above_hips_m`: height of the lens above the standing runner's mid-hip (negative: lower).
    `distance_m`: lens to runner. `hfov_deg`: horizontal field of view of the delivered picture.
    `roll_deg`: how much level lines appear right end lower (measured = true + roll).
    """

    above_hips_m: float | None = None
    distance_m: float | None = None
    hfov_deg: float | None = None
    roll_deg: float | None = None
