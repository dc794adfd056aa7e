"""Freeze-frames as finished pictures: one session's, and two beside each other.

**Before and after.** Both pictures are brought to the same place, size and roll by a similarity
transform: the middle of the hips to the same point, the distance between the hips to the same
length, and the *level* to the horizontal. Not the line through the hips: turning that to the
horizontal would take away the very drop that is to be seen.
"""

from __future__ import annotations

import io
import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from device.clips.draw import (
    DARK,
    LINE,
    NUMBER,
    SOFT,
    STRONG,
    WHITE,
    Labels,
    pelvis,
    shade,
    text,
)
from device.clips.privacy import Privacy, hide
from device.domain.basics import Landmark, Side
from device.domain.kiosk import FreezeFrame, Picture

Image = NDArray[np.uint8]

PANEL_PX = (480, 640)
HIPS_PX = 55.0
"""The distance between the hip landmarks in a panel; a whole runner then fits into it."""
CENTRE = (0.5, 0.52)
"""Where the middle of the hips lies in a panel."""
GAP_PX = 12
HEAD_PX = 84
SIDE_PX = 44


@dataclass(frozen=True, slots=True)
class Captions:
    """The words of a before-and-after picture; `before` and `after` are dates as people write
    them."""

    before: str
    after: str
    before_word: str = "before"
    after_word: str = "after"
    left: str = "Left leg stands"
    right: str = "Right leg stands"
    missing: str = "no picture kept"
    labels: Labels = field(default_factory=Labels)


def drawn(picture: Picture, privacy: Privacy) -> Image:
    """A freeze-frame (uint8 RGB) with its pelvis line and level, hidden as `privacy` says."""
    landmarks = None if picture.pose is None else picture.pose.landmarks_px
    out = np.array(hide(picture.frame.image, landmarks, privacy))
    line = picture.pelvis
    if line is not None and line.points_px is not None:
        unit = out.shape[0] / 480
        tilt = line.image_angle_deg - picture.level_deg
        pelvis(out, line.points_px, tilt, picture.level_deg, unit)
    return out


def aligned(picture: Picture, privacy: Privacy) -> Image | None:
    """The picture as a panel of `PANEL_PX`, aligned as the module says; None without hips.

    What lies outside of the picture is dark.
    """
    import cv2

    if picture.pose is None or not picture.pose.seen:
        return None
    points = picture.pose.landmarks_px.astype(np.float64)
    hips = points[[Landmark.LEFT_HIP, Landmark.RIGHT_HIP]]
    middle, apart = hips.mean(axis=0), float(np.hypot(*(hips[1] - hips[0])))
    if apart < 2:
        return None
    wide, high = PANEL_PX
    scale, turn = HIPS_PX / apart, math.radians(-picture.level_deg)
    cos, sin = scale * math.cos(turn), scale * math.sin(turn)
    turned = np.array([[cos, -sin], [sin, cos]])
    moved = np.array(CENTRE) * (wide, high) - turned @ middle
    matrix = np.hstack([turned, moved[:, None]])
    hidden = hide(picture.frame.image, picture.pose.landmarks_px, privacy)
    out = np.asarray(
        cv2.warpAffine(hidden, matrix, (wide, high), flags=cv2.INTER_CUBIC, borderValue=(*DARK, 0)),
        np.uint8,
    )
    line = picture.pelvis
    if line is not None and line.points_px is not None:
        ends = line.points_px @ turned.T + moved
        pelvis(out, ends, line.image_angle_deg - picture.level_deg, 0.0, 1.25)
    return out


def before_after(
    before: tuple[FreezeFrame, ...],
    after: tuple[FreezeFrame, ...],
    captions: Captions,
    privacy: Privacy,
) -> Image | None:
    """Both sessions beside each other, a row a side (uint8 RGB); None when no side has both."""
    was, now = _by_side(before), _by_side(after)
    sides = [side for side in Side if side in was and side in now]
    if not sides:
        return None
    wide, high = PANEL_PX
    columns = (GAP_PX, 2 * GAP_PX + wide)
    sheet = np.empty(
        (HEAD_PX + len(sides) * (SIDE_PX + high + GAP_PX), 2 * wide + 3 * GAP_PX, 3), np.uint8
    )
    sheet[:] = DARK
    heads = ((captions.before_word, captions.before), (captions.after_word, captions.after))
    for left, (word, date) in zip(columns, heads, strict=True):
        text(sheet, word, left + wide // 2, 14, 24, SOFT, STRONG)
        text(sheet, date, left + wide // 2, 44, 30, WHITE, STRONG)
    top = HEAD_PX
    for side in sides:
        name = captions.left if side is Side.LEFT else captions.right
        text(sheet, name, sheet.shape[1] // 2, top + 12, 24, WHITE, STRONG)
        top += SIDE_PX
        for left, frame in zip(columns, (was[side], now[side]), strict=True):
            panel = aligned(frame.picture, privacy)
            place = sheet[top : top + high, left : left + wide]
            if panel is None:
                text(place, captions.missing, wide // 2, high // 2, 24, SOFT, STRONG)
                continue
            place[:] = panel
            shade(place, wide - 162, 12, 150, 70)
            shown = f"{captions.labels.number(frame.drop_deg)}°"
            text(place, shown, wide - 87, 20, 56, LINE, NUMBER)
        top += high + GAP_PX
    return sheet


def png(image: Image, note: Mapping[str, str] | None = None) -> bytes:
    """`image` (uint8 RGB) as PNG, with `note` as its text fields."""
    from PIL import Image as Pictures
    from PIL.PngImagePlugin import PngInfo

    out, info = io.BytesIO(), PngInfo()
    for key, value in (note or {}).items():
        info.add_itxt(key, value)
    Pictures.fromarray(image).save(out, "PNG", pnginfo=info)
    return out.getvalue()


def _by_side(frames: tuple[FreezeFrame, ...]) -> dict[Side, FreezeFrame]:
    return {frame.side: frame for frame in frames}
