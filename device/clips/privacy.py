"""Face and surroundings made unrecognisable, in pictures that leave the device.

The head is where the landmarks of the head are, and in any case above the shoulders: a runner seen
from behind shows no face, and a head that turns must not be a surprise. The surroundings are
everything outside a generous outline of the body. Where the body is not known, the whole picture
is blurred: what was promised to be hidden is hidden.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from device.domain.basics import Landmark

Image = NDArray[np.uint8]

HEAD_ABOVE = 0.42
"""The middle of the head above the middle of the shoulders, as a fraction of the trunk (from the
middle of the shoulders to that of the hips): 0.2 m of 0.5 m, less the hair."""
HEAD_RADIUS = 0.36
LIMB = 0.30
"""How thick a limb's outline is, as a fraction of the trunk: clothes included."""
MASK_EVERY = 4
"""The outline is drawn on a coarser grid; its edge is soft in any case."""
HEAD_PIXELS = 4.0
"""So few blocks remain of a head."""
MIN_BLOCK_PX = 6

_HEAD = tuple(range(11))
_LIMBS = (
    (Landmark.LEFT_SHOULDER, Landmark.LEFT_ELBOW, Landmark.LEFT_WRIST),
    (Landmark.RIGHT_SHOULDER, Landmark.RIGHT_ELBOW, Landmark.RIGHT_WRIST),
    (Landmark.LEFT_HIP, Landmark.LEFT_KNEE, Landmark.LEFT_ANKLE, Landmark.LEFT_FOOT),
    (Landmark.RIGHT_HIP, Landmark.RIGHT_KNEE, Landmark.RIGHT_ANKLE, Landmark.RIGHT_FOOT),
    (Landmark.LEFT_ANKLE, Landmark.LEFT_HEEL, Landmark.LEFT_FOOT),
    (Landmark.RIGHT_ANKLE, Landmark.RIGHT_HEEL, Landmark.RIGHT_FOOT),
)
_TRUNK = (
    Landmark.LEFT_SHOULDER,
    Landmark.RIGHT_SHOULDER,
    Landmark.RIGHT_HIP,
    Landmark.LEFT_HIP,
)


@dataclass(frozen=True, slots=True)
class Privacy:
    """What is blurred in pictures that leave the device."""

    face: bool = False
    background: bool = False

    def __bool__(self) -> bool:
        return self.face or self.background


@dataclass(frozen=True, slots=True)
class Head:
    """A disc that covers the head, in pixels."""

    x: float
    y: float
    radius: float


def head_of(landmarks_px: NDArray[np.float32]) -> Head | None:
    """Where the head is, float (33, 2) given; None when trunk and head are both unknown."""
    trunk = landmarks_px[list(_TRUNK)].astype(np.float64)
    if not np.isfinite(trunk).all():
        return None
    shoulders, hips = trunk[:2].mean(axis=0), trunk[2:].mean(axis=0)
    up = shoulders - hips
    length = float(np.hypot(*up))
    # Bent or badly seen: the shoulders' width still says how large the body is.
    size = max(length, 1.1 * float(np.hypot(*(trunk[0] - trunk[1]))), 8.0)
    direction = up / length if length > 1 else np.array([0.0, -1.0])
    centre = shoulders + direction * HEAD_ABOVE * size
    radius = HEAD_RADIUS * size
    seen = landmarks_px[list(_HEAD)]
    seen = seen[np.isfinite(seen).all(axis=1)]
    # Landmarks of a head far from any place a head can be are mistaken.
    seen = seen[np.hypot(*(seen - shoulders).T) < 1.2 * size]
    if len(seen):
        middle = (centre + seen.mean(axis=0)) / 2
        reach = float(np.hypot(*(seen - middle).T).max()) + 0.12 * size
        radius = max(radius + float(np.hypot(*(centre - middle))) / 2, reach)
        centre = middle
    return Head(float(centre[0]), float(centre[1]), float(radius))


def hide(image: Image, landmarks_px: NDArray[np.float32] | None, privacy: Privacy) -> Image:
    """A copy of `image` (uint8 RGB) with what `privacy` names made unrecognisable.

    `landmarks_px` float (33, 2) of this very picture, None when the body is not known.
    """
    if not privacy:
        return image
    head = None if landmarks_px is None else head_of(landmarks_px)
    height, width = image.shape[:2]
    if head is None or landmarks_px is None:
        return _coarse(image, max(MIN_BLOCK_PX, height // 24))
    coarse = _coarse(image, max(MIN_BLOCK_PX, round(2 * head.radius / HEAD_PIXELS)))
    grid = (height // MASK_EVERY + 1, width // MASK_EVERY + 1)
    hidden = np.zeros(grid, np.uint8)
    if privacy.background:
        hidden = 255 - _body(landmarks_px, head, grid)
    if privacy.face:
        _disc(hidden, head)
    return _mixed(image, coarse, hidden, keep=not privacy.background)


def _coarse(image: Image, block_px: int) -> Image:
    import cv2

    height, width = image.shape[:2]
    few = (max(1, round(width / block_px)), max(1, round(height / block_px)))
    small = cv2.resize(image, few, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def _body(landmarks_px: NDArray[np.float32], head: Head, grid: tuple[int, int]) -> Image:
    """255 where the body is, on the coarse grid."""
    import cv2

    mask = np.zeros(grid, np.uint8)
    points = landmarks_px.astype(np.float64) / MASK_EVERY
    size = head.radius / HEAD_RADIUS / MASK_EVERY
    thick = max(2, round(LIMB * size))
    trunk = np.round(points[list(_TRUNK)]).astype(np.int32)
    cv2.fillPoly(mask, [trunk], (255,))
    cv2.polylines(mask, [trunk], isClosed=True, color=(255,), thickness=2 * thick)
    for limb in _LIMBS:
        chain = points[list(limb)]
        chain = chain[np.isfinite(chain).all(axis=1)]
        if len(chain) > 1:
            cv2.polylines(mask, [np.round(chain).astype(np.int32)], False, (255,), thick)
    _disc(mask, head)
    return mask


def _disc(mask: Image, head: Head) -> None:
    import cv2

    centre = (round(head.x / MASK_EVERY), round(head.y / MASK_EVERY))
    cv2.circle(mask, centre, max(1, round(head.radius / MASK_EVERY)), (255,), thickness=-1)


def _mixed(image: Image, coarse: Image, hidden: Image, *, keep: bool) -> Image:
    """`coarse` where `hidden` is 255. `keep`: most of the picture stays, otherwise most goes."""
    import cv2

    height, width = image.shape[:2]
    # A little larger, then soft: the soft edge lies outside of what must be hidden.
    grown = cv2.dilate(hidden, np.ones((3, 3), np.uint8))
    soft = cv2.blur(grown, (3, 3))
    # Only where both may be seen there is something to mix: the head, or the body.
    x, y, wide, high = cv2.boundingRect(soft if keep else 255 - soft)
    out = (image if keep else coarse).copy()
    rows = slice(y * MASK_EVERY, min(height, (y + high) * MASK_EVERY))
    columns = slice(x * MASK_EVERY, min(width, (x + wide) * MASK_EVERY))
    if rows.start >= rows.stop or columns.start >= columns.stop:
        return out
    share = cv2.resize(
        soft[y : y + high, x : x + wide],
        (wide * MASK_EVERY, high * MASK_EVERY),
        interpolation=cv2.INTER_LINEAR,
    )[: rows.stop - rows.start, : columns.stop - columns.start]
    share = cv2.merge([share, share, share])
    hiding = cv2.multiply(coarse[rows, columns], share, scale=1 / 255)
    out[rows, columns] = cv2.add(
        hiding, cv2.multiply(image[rows, columns], 255 - share, scale=1 / 255)
    )
    return out


def one_core() -> None:
    """Have this process' pictures worked on by one core; the others have better things to do."""
    import cv2

    cv2.setNumThreads(1)
