"""The pelvis line from two stickers over the dimples of the back (PSIS)."""

from __future__ import annotations

from dataclasses import replace
from math import floor, hypot

import cv2
import numpy as np
from numpy.typing import NDArray

from device.domain.basics import Landmark, Reason
from device.domain.frames import CameraGeometry, Frame, PelvisMethod, PelvisSample, Pose
from device.pelvis.sticker_find import Disc, find_discs
from device.pelvis.sticker_geometry import height_warning
from device.pelvis.sticker_track import Body, Pair, PairTracker, Trouble

_SMALLEST_RADIUS_PX = 1.6
_SPOTS_SEARCHING, _SPOTS_FOLLOWING = 12, 8  # how many blobs are measured
_FLOOR_DEG = 0.06  # wobble of the sticker on its cloth that no residual shows
_TORSO_M = 0.46  # MediaPipe's shoulder middle to hip middle, median of bodies of 1.6 to 1.9 m

_REASONS = {
    Trouble.NOT_FOUND: Reason(
        "stickers_not_found",
        "No stickers are seen on the back of the waistband.",
        "Put the two stickers over the dimples of the back and tuck the shirt in above them.",
    ),
    Trouble.LOW_CONTRAST: Reason(
        "stickers_low_contrast",
        "The stickers are too faint to measure.",
        "Turn on more light behind the runner, or put on fresh stickers.",
    ),
    Trouble.COVERED: Reason(
        "stickers_covered",
        "A sticker is covered.",
        "Tuck the shirt in so that both stickers stay free, and keep the hands off the back.",
    ),
    Trouble.CLUTTER: Reason(
        "stickers_clutter",
        "Several spots look like stickers.",
        "Cover or tuck away spotted or dotted clothing near the waistband.",
    ),
    Trouble.CONFIRMING: Reason(
        "stickers_confirming",
        "The stickers have only just come into view.",
        "Keep going: this takes less than a second.",
    ),
}
CANDIDATES = tuple(
    reason for trouble, reason in _REASONS.items() if trouble is not Trouble.NOT_FOUND
)
"""Problems of somebody who does see something like stickers."""
_TOO_SMALL = Reason(
    "stickers_too_small",
    f"The stickers are smaller than {2 * _SMALLEST_RADIUS_PX:.0f} pixels across.",
    "Move the camera closer or raise its resolution.",
)


class StickerPelvis:
    """`PelvisEstimator` on stickers.

    `last_problem` says why the newest frame gave nothing (None when it gave a line, or when there
    is nobody). `warnings` holds what makes every line doubtful: the camera's height. The angle is
    that of the picture line; nothing of camera roll, standing zero or perspective is removed.
    """

    def __init__(self, geometry: CameraGeometry | None = None) -> None:
        geometry = geometry or CameraGeometry()
        warning = height_warning(geometry)
        self.warnings: tuple[Reason, ...] = (warning,) if warning else ()
        self.last_problem: Reason | None = None
        self._tracker = PairTracker()

    def reset(self) -> None:
        """Forget the tracked pair."""
        self._tracker.reset()
        self.last_problem = None

    @property
    def known(self) -> bool:
        """Whether a pair of stickers is being followed."""
        return self._tracker.known

    def measure(self, frame: Frame, pose: Pose) -> PelvisSample | None:
        """Return the line through the two stickers, or None (see `last_problem`)."""
        t_s = frame.t_ns * 1e-9
        body = body_of(pose)
        radius_px = self._tracker.radius_px(body)
        window = self._tracker.window(body, t_s, abs(frame.t_ns - pose.t_ns) * 1e-9)
        if radius_px is None or window is None:
            self.last_problem = None
            return None
        if radius_px < _SMALLEST_RADIUS_PX:
            self.last_problem = _TOO_SMALL
            return None
        spots = _SPOTS_FOLLOWING if self._tracker.known else _SPOTS_SEARCHING
        discs = _look(frame.image, window, radius_px, spots)
        result = self._tracker.step(discs, body, t_s)
        if isinstance(result, Trouble):
            self.last_problem = _REASONS[result]
            return None
        self.last_problem = None
        return _sample(frame, result)


def body_of(pose: Pose) -> Body | None:
    """Where the hips are and how large the body is in the picture, or None without hips.

    The scale comes from the trunk's length, which a view from behind hardly foreshortens; without
    shoulders from the distance of the hips, of which a detector shows about three quarters.
    """
    points = pose.landmarks_px.astype(np.float64)
    hips = points[[Landmark.LEFT_HIP, Landmark.RIGHT_HIP]]
    if not np.isfinite(hips).all():
        return None
    middle = hips.mean(0)
    shoulders = points[[Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER]].mean(0)
    apart = float(np.hypot(*(hips[1] - hips[0])))
    if np.isfinite(shoulders).all():
        px_per_m = float(np.hypot(*(shoulders - middle))) / _TORSO_M
    else:
        px_per_m = apart / 0.165
    if px_per_m < 20:
        return None
    return Body(float(middle[0]), float(middle[1]), px_per_m)


def _look(
    image: NDArray[np.uint8],
    window: tuple[float, float, float, float],
    radius_px: float,
    spots: int,
) -> list[Disc]:
    """Discs in a window of the picture, in landmark coordinates."""
    height, width = image.shape[:2]
    left, top = max(0, floor(window[0])), max(0, floor(window[1]))
    right, bottom = min(width, floor(window[2]) + 1), min(height, floor(window[3]) + 1)
    if right - left < 6 * radius_px or bottom - top < 4 * radius_px:
        return []
    grey = np.asarray(
        cv2.cvtColor(image[top:bottom, left:right], cv2.COLOR_RGB2GRAY), dtype=np.uint8
    )
    # Landmarks count from the picture's edge, array indices from the first pixel's middle.
    return [
        replace(d, x_px=d.x_px + left + 0.5, y_px=d.y_px + top + 0.5)
        for d in find_discs(grey, radius_px, spots)
    ]


def _sample(frame: Frame, pair: Pair) -> PelvisSample:
    points = np.array(
        [[pair.left.x_px, pair.left.y_px], [pair.right.x_px, pair.right.y_px]], np.float64
    )
    return PelvisSample(
        frame.seq,
        frame.t_ns,
        pair.angle_deg,
        hypot(pair.sigma_deg, _FLOOR_DEG),
        PelvisMethod.STICKERS,
        points,
    )
