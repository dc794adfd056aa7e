"""What was seen in every measured picture of a session: landmarks and pelvis line.

This is what the clip's overlay, `pose.npz` and the files for other tools are made of. Times are
the sensor's, so that each row belongs to exactly one picture of the clip.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from device.domain.frames import PelvisMethod, Pose

METHODS = tuple(PelvisMethod)
"""`SessionTrack.method` counts in these."""


@dataclass(frozen=True, slots=True, eq=False)
class SessionTrack:
    """The measured pictures of a session in order of time, one row each.

    ==================  ==================  ====================================================
    ``t_ns``            int64 (N,)          the sensor's time
    ``landmarks_px``    float32 (N, 33, 2)  as in `Pose`, NaN where nobody was seen
    ``visibility``      float32 (N, 33)     0..1
    ``people``          int64 (N,)          bodies the detector saw
    ``line_px``         float32 (N, 2, 2)   left and right point of the pelvis line, NaN if unknown
    ``line_deg``        float32 (N,)        its angle in the picture, right end lower positive
    ``level_deg``       float32 (N,)        the angle in the picture at which the drop is zero
    ``method``          int8 (N,)           index into `METHODS`, -1 where there is no line
    ``found``           bool (N,)           whether the landmarks were looked for in this picture
                                            (not carried on from earlier ones)
    ==================  ==================  ====================================================

    `cut`: earlier pictures of the session are missing, because it was too long to keep them all.
    """

    t_ns: NDArray[np.int64]
    landmarks_px: NDArray[np.float32]
    visibility: NDArray[np.float32]
    people: NDArray[np.int64]
    line_px: NDArray[np.float32]
    line_deg: NDArray[np.float32]
    level_deg: NDArray[np.float32]
    method: NDArray[np.int8]
    found: NDArray[np.bool_]
    image_size_px: tuple[int, int]
    detector: str | None = None
    cut: bool = False

    def __len__(self) -> int:
        return len(self.t_ns)

    def unpacked(self) -> SessionTrack:
        """Itself: see `PackedTrack`."""
        return self

    @property
    def obliquity_deg(self) -> NDArray[np.float64]:
        """The line against the level, float64 (N,); positive: the right hip is lower."""
        return self.line_deg.astype(np.float64) - self.level_deg

    def pose(self, row: int) -> Pose:
        """Row `row` as a `Pose`."""
        return Pose(
            seq=row,
            t_ns=int(self.t_ns[row]),
            landmarks_px=self.landmarks_px[row],
            visibility=self.visibility[row],
            image_size_px=self.image_size_px,
            detector=self.detector,
            people=int(self.people[row]),
        )

    def span(self, from_ns: int, to_ns: int) -> SessionTrack:
        """The rows of [`from_ns`, `to_ns`]."""
        first, end = np.searchsorted(self.t_ns, [from_ns, to_ns + 1])
        return self._rows(slice(int(first), int(end)))

    def observed(self) -> SessionTrack:
        """The rows of pictures in which the runner was looked for."""
        return self._rows(self.found)

    def _rows(self, rows: slice | NDArray[np.bool_]) -> SessionTrack:
        return SessionTrack(
            **{name: getattr(self, name)[rows] for name in COLUMNS},
            image_size_px=self.image_size_px,
            detector=self.detector,
            cut=self.cut,
        )

    def pose_track_arrays(self, origin_ns: int) -> dict[str, Any]:
        """The arrays of a pose track file (`device.domain.pose_track`), times since `origin_ns`.

        Only pictures in which the runner was looked for: what was carried on is no observation.
        Beside the contract's keys: ``line_px``, ``line_deg``, ``level_deg`` and ``line_method``
        (text, "" where there is no line), which readers of pose tracks leave unread.
        """
        names, rows = np.array([*METHODS, ""]), self.found
        arrays: dict[str, Any] = {
            "t_s": (self.t_ns[rows] - origin_ns).astype(np.float64) / 1e9,
            "landmarks_px": self.landmarks_px[rows].astype(np.float32),
            "visibility": self.visibility[rows].astype(np.float32),
            "image_size_px": np.array(self.image_size_px, np.int64),
            "people": self.people[rows].astype(np.int64),
            "line_px": self.line_px[rows],
            "line_deg": self.line_deg[rows],
            "level_deg": self.level_deg[rows],
            "line_method": names[self.method[rows]],
        }
        if self.detector is not None:
            arrays["detector"] = np.array(self.detector)
        return arrays


COLUMNS = (
    "t_ns",
    "landmarks_px",
    "visibility",
    "people",
    "line_px",
    "line_deg",
    "level_deg",
    "method",
    "found",
)
"""The fields of a `SessionTrack` that have one row a picture."""

_PER_PX = 8
"""Landmarks are packed in eighths of a pixel: an error of 0.04 px, a tenth of their own noise."""
_FAR, _UNKNOWN = 2**15 - 1, -(2**15)
_PER_VISIBILITY = 255


@dataclass(frozen=True, slots=True, eq=False)
class PackedTrack:
    """A `SessionTrack` in half of its room: as it is kept, and as it travels to who makes files.

    `blocks`: the columns in pieces, in order of time; ``landmarks_px`` as `packed_px` and
    ``visibility`` as `packed_visibility` give them, ``people`` int16.
    """

    blocks: tuple[Mapping[str, NDArray[Any]], ...]
    image_size_px: tuple[int, int]
    detector: str | None = None
    cut: bool = False

    def __len__(self) -> int:
        return sum(len(block["t_ns"]) for block in self.blocks)

    def unpacked(self) -> SessionTrack:
        """All rows as they are to be used: a copy."""
        columns: dict[str, NDArray[Any]] = {
            name: np.concatenate([block[name] for block in self.blocks]) for name in COLUMNS
        }
        columns["landmarks_px"] = _unpacked_px(columns["landmarks_px"])
        columns["visibility"] = columns["visibility"].astype(np.float32) / _PER_VISIBILITY
        columns["people"] = columns["people"].astype(np.int64)
        return SessionTrack(
            **columns, image_size_px=self.image_size_px, detector=self.detector, cut=self.cut
        )


def packed_px(points_px: NDArray[np.float32]) -> NDArray[np.int16]:
    """Points in eighths of a pixel; NaN stays known as such."""
    eighths = np.rint(points_px * _PER_PX)
    if np.isfinite(eighths).all():
        return np.clip(eighths, -_FAR, _FAR).astype(np.int16)
    known = np.isfinite(eighths)
    return np.where(known, np.clip(np.where(known, eighths, 0), -_FAR, _FAR), _UNKNOWN).astype(
        np.int16
    )


def packed_visibility(visibility: NDArray[np.float32]) -> NDArray[np.uint8]:
    """0..1 in 255 parts."""
    return np.rint(visibility * _PER_VISIBILITY).astype(np.uint8)


def _unpacked_px(points: NDArray[np.int16]) -> NDArray[np.float32]:
    out: NDArray[np.float32] = points.astype(np.float32)
    out[points == _UNKNOWN] = np.nan
    out /= _PER_PX
    return out
