"""Pictures to JPEG and back."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray

from device.errors import StorageError

QUALITY = 90
"""Hardly to be told from the original; a freeze-frame takes 30 to 60 KB."""


def to_jpeg(image: NDArray[np.uint8]) -> bytes:
    """`image` (uint8 RGB, height x width x 3) as a JPEG of the same size."""
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(image).save(out, "JPEG", quality=QUALITY, subsampling=0)
    return out.getvalue()


def from_jpeg(data: bytes) -> NDArray[np.uint8]:
    """The picture (uint8 RGB); raises `StorageError` when it cannot be decoded."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data), formats=("JPEG",)) as picture:
            return np.array(picture.convert("RGB"), np.uint8)
    except (OSError, ValueError, SyntaxError) as error:
        raise StorageError(f"A kept picture cannot be decoded ({error}).") from error
