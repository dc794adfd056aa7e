"""Keeps what was seen in each measured picture, in memory and bounded; the measuring thread's."""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np

from device.domain.basics import LANDMARK_COUNT
from device.domain.frames import PelvisSample, Pose
from device.domain.session_track import (
    METHODS,
    PackedTrack,
    SessionTrack,
    packed_px,
    packed_visibility,
)

MOST_FRAMES = 131_072
"""36 minutes at 60 pictures a second, an hour and more at the 20 to 30 that a Pi measures: some
26 MB. Of a longer session the newest are kept."""
_BLOCK = 2_048

_EMPTY: dict[str, tuple[tuple[int, ...], Any]] = {
    "t_ns": ((), np.int64),
    "landmarks_px": ((LANDMARK_COUNT, 2), np.int16),
    "visibility": ((LANDMARK_COUNT,), np.uint8),
    "people": ((), np.int16),
    "line_px": ((2, 2), np.float32),
    "line_deg": ((), np.float32),
    "level_deg": ((), np.float32),
    "method": ((), np.int8),
    "found": ((), np.bool_),
}


class TrackKeeper:
    """Grows by blocks; the cost of a picture does not depend on how many there were."""

    def __init__(self, most_frames: int = MOST_FRAMES) -> None:
        self._most_blocks = max(2, most_frames // _BLOCK)
        self._blocks: deque[dict[str, np.ndarray]] = deque()
        self._used = _BLOCK
        self._size_px: tuple[int, int] | None = None
        self._detector: str | None = None
        self._last_ns: int | None = None
        self._cut = False

    def add(
        self,
        pose: Pose,
        pelvis: PelvisSample | None,
        level_deg: float,
        *,
        found: bool = True,
    ) -> None:
        """Take a picture in. One that is not newer is left out; another size begins anew.

        `found` is false where `pose` was carried on from earlier pictures.
        """
        if self._size_px != pose.image_size_px or self._detector != pose.detector:
            self._cut = self._cut or bool(self._blocks)
            self._blocks.clear()
            self._used = _BLOCK
            self._size_px, self._detector = pose.image_size_px, pose.detector
        elif self._last_ns is not None and pose.t_ns <= self._last_ns:
            return
        self._last_ns = pose.t_ns
        if self._used == _BLOCK:
            self._blocks.append(
                {name: np.empty((_BLOCK, *shape), kind) for name, (shape, kind) in _EMPTY.items()}
            )
            self._used = 0
            if len(self._blocks) > self._most_blocks:
                self._blocks.popleft()
                self._cut = True
        block, row = self._blocks[-1], self._used
        self._used += 1
        block["t_ns"][row] = pose.t_ns
        block["landmarks_px"][row] = packed_px(pose.landmarks_px)
        block["visibility"][row] = packed_visibility(pose.visibility)
        block["people"][row] = pose.people
        block["level_deg"][row] = level_deg
        points = pelvis.points_px if pelvis is not None else None
        block["line_px"][row] = np.nan if points is None else points
        block["line_deg"][row] = np.nan if pelvis is None else pelvis.image_angle_deg
        block["found"][row] = found
        block["method"][row] = -1 if pelvis is None else METHODS.index(pelvis.method)

    def packed(self) -> PackedTrack | None:
        """All that is kept, as it lies here (nothing is copied); None when there was no picture."""
        if not self._blocks or self._size_px is None:
            return None
        *full, last = self._blocks
        rest = {name: column[: self._used] for name, column in last.items()}
        return PackedTrack((*full, rest), self._size_px, self._detector, self._cut)

    def taken(self) -> SessionTrack | None:
        """All that is kept, as a copy to be used; None when there was no picture."""
        packed = self.packed()
        return None if packed is None else packed.unpacked()
