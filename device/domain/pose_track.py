"""A pose track: the landmarks of a whole recording, one row a picture.

The file format (`.npz`, uncompressed or compressed, no pickles) has the keys

==================  ==================  =======================================================
``t_s``             float64 (N,)        times in seconds, strictly rising
``landmarks_px``    float32 (N, 33, 2)  x right, y down, NaN where nobody was seen
``visibility``      float32 (N, 33)     0..1
``image_size_px``   int (2,)            width, height
``detector``        text, optional      what made the landmarks, e.g. ``"mediapipe-full"``
``people``          int (N,), optional  how many bodies the detector saw
==================  ==================  =======================================================

Landmarks and visibility may also be float64. Without ``detector`` no correction is ever applied.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from device.clock import NS_PER_S
from device.domain.basics import LANDMARK_COUNT
from device.domain.frames import Pose
from device.errors import PoseTrackError

MAX_FRAMES = 2_000_000
"""Over nine hours at 60 pictures a second."""
_MAX_SIZE_PX = 16_384
_MAX_SPAN_S = 86_400.0
_MAX_TIME_S = 5e9
"""Wall-clock times (seconds since 1970) are fine; in nanoseconds this still fits 64 bits."""
_MAX_APART_S = 1.0
_FAR_OUT = 50.0
"""No landmark lies this many picture sizes outside the picture."""


@dataclass(frozen=True, slots=True, eq=False)
class PoseTrack:
    """A checked pose track; see the module for shapes and units. Built by `checked`."""

    t_s: NDArray[np.float64]
    landmarks_px: NDArray[np.float32]
    visibility: NDArray[np.float32]
    image_size_px: tuple[int, int]
    detector: str | None = None
    people: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.t_s)

    def pose(self, index: int) -> Pose:
        """Row `index` as a `Pose`, its time stamp counted from the track's zero."""
        landmarks = self.landmarks_px[index]
        seen = bool(np.isfinite(landmarks).any())
        people = int(seen) if self.people is None else int(self.people[index])
        return Pose(
            seq=index,
            t_ns=round(float(self.t_s[index]) * NS_PER_S),
            landmarks_px=landmarks,
            visibility=self.visibility[index],
            image_size_px=self.image_size_px,
            detector=self.detector,
            people=people,
        )

    def poses(self) -> Iterator[Pose]:
        """All rows, in order."""
        return (self.pose(index) for index in range(len(self)))


def checked(arrays: dict[str, Any], *, where: str = "pose track") -> PoseTrack:
    """Build a `PoseTrack` from the arrays of a file, or raise `PoseTrackError`.

    `where` names the file in the message.
    """
    missing = [
        key for key in ("t_s", "landmarks_px", "visibility", "image_size_px") if key not in arrays
    ]
    if missing:
        raise PoseTrackError(
            f"{where}: the pose track lacks {', '.join(missing)}.",
            remedy="It needs t_s, landmarks_px, visibility and image_size_px.",
        )
    t_s = _times(np.asarray(arrays["t_s"]), where)
    count = len(t_s)
    size = _size(np.asarray(arrays["image_size_px"]), where)
    landmarks = _floats(arrays["landmarks_px"], "landmarks_px", (count, LANDMARK_COUNT, 2), where)
    visibility = _floats(arrays["visibility"], "visibility", (count, LANDMARK_COUNT), where)
    _refuse_absurd(landmarks, visibility, size, where)
    # A point with one coordinate is no point.
    landmarks[np.isnan(landmarks).any(axis=2)] = np.nan
    return PoseTrack(
        t_s=t_s,
        landmarks_px=landmarks,
        visibility=np.nan_to_num(np.clip(visibility, 0.0, 1.0), nan=0.0),
        image_size_px=size,
        detector=_detector(arrays.get("detector"), where),
        people=_people(arrays.get("people"), count, where),
    )


def _times(t_s: NDArray[Any], where: str) -> NDArray[np.float64]:
    if t_s.dtype.newbyteorder("=") != np.float64:
        raise PoseTrackError(
            f"{where}: t_s is {t_s.dtype}, not float64.",
            remedy="Store times in seconds as float64; float32 loses milliseconds.",
        )
    if t_s.ndim != 1:
        raise PoseTrackError(f"{where}: t_s has shape {t_s.shape}, not (N,).")
    count = len(t_s)
    if not count:
        raise PoseTrackError(
            f"{where}: the pose track is empty (zero frames).", remedy="Record again."
        )
    if count > MAX_FRAMES:
        raise PoseTrackError(
            f"{where}: {count} frames are more than the {MAX_FRAMES} allowed.",
            remedy="Cut the track into pieces.",
        )
    if not np.isfinite(t_s).all():
        index = int(np.argmin(np.isfinite(t_s)))
        raise PoseTrackError(f"{where}: t_s[{index}] is {t_s[index]}, not a time.")
    backwards = np.flatnonzero(np.diff(t_s) <= 0)
    if len(backwards):
        index = int(backwards[0]) + 1
        raise PoseTrackError(
            f"{where}: t_s must rise strictly, but t_s[{index}] = {t_s[index]:.6f} s does not "
            f"come after {t_s[index - 1]:.6f} s.",
            remedy="Sort the frames by time and remove repeated ones.",
        )
    if t_s[-1] - t_s[0] > _MAX_SPAN_S or np.abs(t_s[[0, -1]]).max() > _MAX_TIME_S:
        raise PoseTrackError(
            f"{where}: t_s runs from {t_s[0]:.15g} to {t_s[-1]:.15g} s: longer than a day, or no "
            "times of our days.",
            remedy="Times are in seconds, not in milliseconds.",
        )
    if count > 1 and (apart_s := float(np.median(np.diff(t_s)))) > _MAX_APART_S:
        raise PoseTrackError(
            f"{where}: the frames lie {apart_s:.3g} s apart; no step can be seen in that.",
            remedy="Times are in seconds, not in milliseconds; record 15 or more frames a second.",
        )
    return t_s.astype(np.float64)


def _size(size: NDArray[Any], where: str) -> tuple[int, int]:
    if size.shape != (2,) or size.dtype.kind not in "iu":
        raise PoseTrackError(
            f"{where}: image_size_px is {size.dtype} {size.shape}, not two whole numbers.",
            remedy="Store (width, height) in pixels as integers.",
        )
    width, height = (int(value) for value in size)
    if not (16 <= width <= _MAX_SIZE_PX and 16 <= height <= _MAX_SIZE_PX):
        raise PoseTrackError(
            f"{where}: image_size_px {width} x {height} lies outside 16..{_MAX_SIZE_PX}."
        )
    return width, height


def _floats(values: Any, key: str, shape: tuple[int, ...], where: str) -> NDArray[np.float32]:
    array = np.asarray(values)
    if array.dtype.newbyteorder("=") not in (np.float32, np.float64):
        raise PoseTrackError(f"{where}: {key} is {array.dtype}, not float32.")
    if array.shape != shape:
        raise PoseTrackError(f"{where}: {key} has shape {array.shape}, not {shape}.")
    with np.errstate(over="ignore"):
        return np.array(array, np.float32)


def _refuse_absurd(
    landmarks: NDArray[np.float32],
    visibility: NDArray[np.float32],
    size: tuple[int, int],
    where: str,
) -> None:
    limit = _FAR_OUT * max(size)
    # NaN is fine and compares as False; infinity is not fine.
    if (np.abs(landmarks) > limit).any():
        frame, point, _ = (int(i[0]) for i in np.nonzero(np.abs(landmarks) > limit))
        raise PoseTrackError(
            f"{where}: landmark {point} of frame {frame} lies more than {limit:.0f} px away.",
            remedy="landmarks_px are pixels; NaN where nobody was seen.",
        )
    if ((visibility < -1e-3) | (visibility > 1 + 1e-3)).any():
        raise PoseTrackError(
            f"{where}: visibility runs from {np.nanmin(visibility):g} to "
            f"{np.nanmax(visibility):g}, outside 0..1."
        )


def _detector(value: Any, where: str) -> str | None:
    if value is None:
        return None
    array = np.asarray(value)
    if array.dtype.kind != "U" or array.size != 1:
        raise PoseTrackError(f"{where}: detector is {array.dtype} {array.shape}, not one text.")
    # By hand: NumPy trusts that these are characters.
    raw = array.astype(array.dtype.newbyteorder("<")).tobytes()
    try:
        return raw.decode("utf-32-le").rstrip("\0") or None
    except UnicodeDecodeError as error:
        raise PoseTrackError(f"{where}: detector is no text.") from error


def _people(value: Any, count: int, where: str) -> NDArray[np.int64] | None:
    if value is None:
        return None
    array = np.asarray(value)
    if array.dtype.kind not in "iu" or array.shape != (count,):
        raise PoseTrackError(
            f"{where}: people is {array.dtype} {array.shape}, not whole numbers ({count},)."
        )
    return array.astype(np.int64)
