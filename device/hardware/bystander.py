"""Whether a second body is a second person."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from device.domain.basics import Landmark

_TORSO = (
    Landmark.LEFT_SHOULDER,
    Landmark.RIGHT_SHOULDER,
    Landmark.LEFT_HIP,
    Landmark.RIGHT_HIP,
)


def is_another(body: NDArray[Any], runner: NDArray[Any]) -> bool:
    """Whether `body` is someone else than `runner`: torsos further apart than the torso is long.

    Both are landmarks (33, 2). One body is sometimes found twice, a little shifted.
    """
    mine, other = runner[list(_TORSO)], body[list(_TORSO)]
    length = float(np.linalg.norm(mine[:2].mean(0) - mine[2:].mean(0)))
    return float(np.linalg.norm(mine.mean(0) - other.mean(0))) > 0.75 * max(length, 1.0)
