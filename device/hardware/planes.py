"""Camera pictures as the chip gives them: brightness and colour apart (YUV 4:2:0), turned and made
red, green and blue as needed."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]

_TURNS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


def turned(picture: Bytes, rotation_deg: int, mirror: bool = False) -> Bytes:
    """`picture` turned clockwise by 0, 90, 180 or 270 degrees, then left and right swapped."""
    if rotation_deg in _TURNS:
        picture = np.asarray(cv2.rotate(picture, _TURNS[rotation_deg]), np.uint8)
    if mirror:
        picture = np.asarray(cv2.flip(picture, 1), np.uint8)
    return picture


def i420(raw: Bytes, layout: str, size_px: tuple[int, int]) -> Bytes:
    """A buffer of YUV 4:2:0 as one packed I420 picture: uint8 (3 * height / 2, width).

    `raw` has rows as long as the chip's (`stride`, at least the width), `layout` is libcamera's
    name ("YUV420", "YVU420", "NV12", "NV21"). Raises `ValueError` for any other.
    """
    width, height = size_px
    stride = raw.shape[1]
    if layout == "YUV420" and stride == width:
        return np.ascontiguousarray(raw[: height * 3 // 2])
    packed = np.empty((height * 3 // 2, width), np.uint8)
    packed[:height] = raw[:height, :width]
    flat, half = raw.reshape(-1)[height * stride :], (height // 2, width // 2)
    colour = packed.reshape(-1)[height * width :].reshape(2, *half)
    if layout in ("YUV420", "YVU420"):
        # A row of colour is half as long, padding and all.
        rows = flat[: height // 2 * stride].reshape(2, height // 2, stride // 2)[:, :, : half[1]]
        colour[:] = rows if layout == "YUV420" else rows[::-1]
    elif layout in ("NV12", "NV21"):
        pairs = flat[: height // 2 * stride].reshape(height // 2, stride)[:, :width]
        pairs = pairs.reshape(*half, 2).transpose(2, 0, 1)
        colour[:] = pairs if layout == "NV12" else pairs[::-1]
    else:
        raise ValueError(f"the camera sends {layout}, which is not understood")
    return packed


def turned_i420(packed: Bytes, rotation_deg: int, mirror: bool = False) -> Bytes:
    """A packed I420 picture, turned as by `turned`."""
    if rotation_deg == 0 and not mirror:
        return packed
    height, width = packed.shape[0] * 2 // 3, packed.shape[1]
    flat = packed.reshape(-1)
    luma = turned(packed[:height], rotation_deg, mirror)
    colour = flat[height * width :].reshape(2, height // 2, width // 2)
    parts = [luma, *(turned(plane, rotation_deg, mirror) for plane in colour)]
    joined = np.concatenate([np.ascontiguousarray(part).reshape(-1) for part in parts])
    return joined.reshape(luma.shape[0] * 3 // 2, luma.shape[1])


def rgb(packed: Bytes) -> Bytes:
    """Red, green and blue, uint8 (height, width, 3), of a packed I420 picture.

    The brightness is taken as 16..235 and the colours as ITU-R BT.601's, which is what the camera
    is asked for.
    """
    return np.asarray(cv2.cvtColor(packed, cv2.COLOR_YUV2RGB_I420), np.uint8)
