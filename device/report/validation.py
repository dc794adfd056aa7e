"""Run recordings with known truth through the gait core, several pelvis methods in one pass.

The pictures and landmarks come from outside (`Opener`), so that this room needs no decoder and no
model. Every method sees the same landmarks; only the pelvis line differs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from device.domain.basics import Gait
from device.domain.frames import CameraGeometry, Frame, PelvisSample, Pose
from device.domain.results import GaitSummary
from device.gait import GaitSettings, GaitTracker, landmark_line
from device.gait.place import PlacePredictor
from device.ports import PelvisEstimator
from device.report.scoring import Score, score
from device.report.truth import Truth

PLAIN = "plain hips"
"""The detector's own hip line, uncorrected: what everybody else shows."""
LANDMARKS = "landmarks"
"""The hips of a pose track, taken as they are."""
WINDOW_S = 10.0
"""Length of the stretches that interval coverage is also checked on."""

Opener = Callable[[Truth], Iterator[tuple[Frame | None, Pose | None]]]
"""Frames (None for pose tracks) and poses (None where nobody looked for the runner)."""
Measured = tuple[int, Pose | None, PelvisSample | None]
"""Time in ns, pose and pelvis line of a frame."""
EstimatorMaker = Callable[[str, CameraGeometry], PelvisEstimator]


@dataclass(frozen=True, slots=True)
class Reference:
    """How a condition is judged: against which line, and with which knowledge of the camera."""

    line: str
    camera_known: bool = False


REFERENCES: Mapping[str, Reference] = {
    "clean60": Reference("hip joints"),
    "low40_60": Reference("hip joints", camera_known=True),
    "roll3_60": Reference("hip joints from standing"),
}
TRACK_DEFAULT = Reference("picture")
VIDEO_DEFAULT = Reference("pelvis")


def reference(truth: Truth) -> Reference:
    """The reference line and camera knowledge `truth` is judged with."""
    if truth.is_video:
        return VIDEO_DEFAULT
    return REFERENCES.get(truth.condition, TRACK_DEFAULT)


def validate(
    truth: Truth, opener: Opener, methods: Sequence[str], make: EstimatorMaker
) -> list[Score]:
    """Measure one recording by every one of `methods` (pose tracks: by their landmarks)."""
    judged = reference(truth)
    geometry = truth.geometry if judged.camera_known else CameraGeometry()
    if truth.known_roll_deg is not None and not truth.has_standing:
        geometry = replace(geometry, roll_deg=truth.known_roll_deg)
    if not truth.is_video:
        methods = [LANDMARKS]
    estimators = {m: make(m, geometry) for m in methods if m not in (PLAIN, LANDMARKS)}
    recorded: dict[str, list[Measured]] = {m: [] for m in methods}
    for t_ns, frame, found, pose in _located(opener(truth)):
        for method in methods:
            sample: PelvisSample | None = None
            if method not in estimators:
                sample = None if found is None else landmark_line(pose)
            elif frame is not None and (
                found is not None or not getattr(estimators[method], "needs_own_pose", False)
            ):
                sample = estimators[method].measure(frame, pose)
            recorded[method].append((t_ns, found, sample))
    return [
        score(
            truth,
            summary := summarise(recorded[method], geometry),
            method=method,
            line=judged.line,
            windows=_windows(recorded[method], geometry, summary),
        )
        for method in methods
    ]


def _located(
    opened: Iterable[tuple[Frame | None, Pose | None]],
) -> Iterator[tuple[int, Frame | None, Pose | None, Pose]]:
    """Time, frame, the frame's own pose and the pose to measure by: predicted where there is no
    own one, as in the live picture."""
    rhythm, place = GaitTracker(), PlacePredictor()
    for frame, found in opened:
        if found is not None:
            rhythm.push(found, None)
            cadence = rhythm.update().cadence_spm
            place.push(found, None if cadence is None else cadence / 120)
            yield found.t_ns, frame, found, found
        elif frame is not None:
            pose = place.at(frame.t_ns) or Pose.nobody(frame.seq, frame.t_ns, frame.size_px)
            yield frame.t_ns, frame, None, pose


def summarise(measured: Iterable[Measured], geometry: CameraGeometry) -> GaitSummary:
    """The gait core's summary of a sequence of landmarks and pelvis lines."""
    tracker = GaitTracker(GaitSettings(), geometry)
    for t_ns, pose, sample in measured:
        if pose is None:
            tracker.push_between(t_ns, sample)
        else:
            tracker.push(pose, sample)
    return tracker.summary()


def _windows(
    measured: Sequence[Measured],
    geometry: CameraGeometry,
    whole: GaitSummary,
) -> list[GaitSummary]:
    """Non-overlapping stretches of `WINDOW_S`; none where the numbers hang on a standing zero,
    which a stretch cut from the middle does not contain."""
    if whole.standing_zero is not None or whole.gait is not Gait.RUNNING or not measured:
        return []
    windows: list[list[Measured]] = []
    start_ns = measured[0][0]
    for entry in measured:
        index = int((entry[0] - start_ns) / (WINDOW_S * 1e9))
        while len(windows) <= index:
            windows.append([])
        windows[index].append(entry)
    full = [w for w in windows if w and (w[-1][0] - w[0][0]) > 0.95 * WINDOW_S * 1e9]
    return [summarise(window, geometry) for window in full]
