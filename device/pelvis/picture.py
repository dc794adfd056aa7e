"""Whether a picture is fit to be measured: bright and sharp enough where the runner is.

Sharpness is the no-reference blur measure of Crete, Dolmiere, Ladret and Nicolas (2007), "The blur
effect: perception and estimation with a new no-reference perceptual blur metric" (SPIE 6492): how
much of the picture's local variation outlives another blurring, 0 sharp to 1 blurred. It is taken
of the runner from shoulders to knees, scaled to a trunk of 100 and of 50 pixels, so that it does
not hang on the distance. On rendered runners it is 0.33 to 0.49 as filmed, 0.65 to 0.74 with a
blur of 2 % of the trunk's length (1 cm) and 0.75 to 0.85 from 4 % on.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from device.clock import NS_PER_S
from device.domain.basics import Landmark, Reason
from device.domain.frames import Frame, Pose
from device.gait.reasons import reason

LOOK_EVERY_S = 0.5
DARK_LUMA = 30.0
"""Of 255: when not even the brightest twentieth of the runner reaches it, edges drown in noise."""
BLURRED = 0.76
_SCALES_PX = (100, 50)
_TALLEST_CUT = 4


class PictureJudge:
    """`device.ports.PictureJudge`: looks at the runner every half second. For one thread."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget what was seen."""
        self._faults: tuple[Reason, ...] = ()
        self._due_ns: int | None = None

    def faults(self, frame: Frame, pose: Pose) -> tuple[Reason, ...]:
        """What is wrong with the picture now; nothing while nobody is seen."""
        if self._due_ns is not None and frame.t_ns < self._due_ns:
            return self._faults
        luma, trunk_px = runner_luma(frame, pose)
        if luma is None:
            return ()
        self._due_ns = frame.t_ns + round(LOOK_EVERY_S * NS_PER_S)
        dark = float(np.percentile(luma, 95)) < DARK_LUMA
        # In the dark nothing has edges: one fault, one remedy.
        blurred = not dark and blur(luma, trunk_px) > BLURRED
        self._faults = (reason("too_dark"),) if dark else (reason("blurred"),) if blurred else ()
        return self._faults


def runner_luma(frame: Frame, pose: Pose) -> tuple[NDArray[np.uint8] | None, float]:
    """The runner from shoulders to knees in grey levels (None when not in view), and the length
    of the trunk in pixels."""
    points = pose.landmarks_px
    shoulders = points[[Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER]].mean(axis=0)
    hips = points[[Landmark.LEFT_HIP, Landmark.RIGHT_HIP]].mean(axis=0)
    trunk_px = float(np.linalg.norm(hips - shoulders))
    if not trunk_px > 8:  # NaN included
        return None, 0.0
    width, height = frame.size_px
    left, right = (int(np.clip(hips[0] + s * 0.7 * trunk_px, 0, width)) for s in (-1, 1))
    top = int(np.clip(shoulders[1], 0, height))
    bottom = int(np.clip(hips[1] + 0.9 * trunk_px, 0, height))
    if right - left < 16 or bottom - top < 16:
        return None, 0.0
    cut = np.ascontiguousarray(frame.image[top:bottom, left:right])
    return np.asarray(cv2.cvtColor(cut, cv2.COLOR_RGB2GRAY), np.uint8), trunk_px


def blur(luma: NDArray[np.uint8], trunk_px: float) -> float:
    """The blur measure (see the module) of grey levels with a trunk of `trunk_px` pixels."""
    values = []
    for scale_px in _SCALES_PX:
        factor = min(scale_px / trunk_px, _TALLEST_CUT)
        how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
        grey = cv2.resize(luma, None, fx=factor, fy=factor, interpolation=how).astype(np.float32)
        for axis, kernel in ((0, (1, 9)), (1, (9, 1))):
            before = np.abs(np.diff(grey, axis=axis))
            after = np.abs(np.diff(cv2.blur(grey, kernel), axis=axis))
            lost = np.maximum(before - after, 0.0).sum()
            values.append(1.0 - float(lost) / max(float(before.sum()), 1e-6))
    return max(values)
