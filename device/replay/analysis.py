"""A recording through the same pipeline as the live picture: frames, pose, pelvis, gait core."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from device.clock import NS_PER_S
from device.domain.analysis import Input
from device.domain.basics import Reason
from device.domain.frames import Frame, PelvisSample, Pose
from device.domain.pose_track import PoseTrack
from device.domain.results import GaitSummary, GaitUpdate
from device.gait.place import PlacePredictor
from device.ports import FrameSource, PelvisEstimator, PictureJudge, PoseEstimator

OnProgress = Callable[[int], object]
"""Told after each frame how many are done."""

_OFTEN = 0.2
"""A problem of the pelvis estimator is reported when it hit this fraction of a person's frames."""
_NO_PICTURE = np.empty((0, 0, 3), np.uint8)


class Recording(FrameSource, Protocol):
    """A frame source that knows what was wrong with the recording itself."""

    @property
    def notes(self) -> tuple[Reason, ...]:
        """Complete once `frames()` has ended."""
        ...


class Tracker(Protocol):
    """The gait core as used here (`device.gait.GaitTracker`)."""

    def push(self, pose: Pose, pelvis: PelvisSample | None) -> None:
        """Take in a frame."""
        ...

    def push_between(self, t_ns: int, pelvis: PelvisSample | None) -> None:
        """Take in a frame in which nobody looked for the runner."""
        ...

    def update(self) -> GaitUpdate:
        """What is known now."""
        ...

    def note(self, reason: Reason) -> None:
        """Take in what is wrong with the newest frame."""
        ...

    def summary(self) -> GaitSummary:
        """What is known of everything."""
        ...


class Looks(Protocol):
    """Says in which frames the runner is looked for (`device.pipeline.schedule.PoseSchedule`)."""

    def due(self, t_ns: int) -> bool:
        """Whether to look in the frame of `t_ns`."""
        ...

    def looked(self, t_ns: int) -> None:
        """It was looked."""
        ...

    def found(self, t_ns: int, *, seen: bool, off_trunks: float) -> None:
        """What came of it."""
        ...


@dataclass(frozen=True, slots=True)
class Analysis:
    """What came out. `poses` are all poses in order, when they were to be kept."""

    summary: GaitSummary
    source: Input
    detector: str | None
    poses: tuple[Pose, ...] = ()


def analyze_video(
    source: Recording,
    path: str,
    estimator: PoseEstimator,
    pelvis: PelvisEstimator,
    tracker: Tracker,
    *,
    on_progress: OnProgress = lambda done: None,
    keep_poses: bool = False,
    judge: PictureJudge | None = None,
    looks: Looks | None = None,
) -> Analysis:
    """Analyse a video; `path` names it in the result. Raises what the ports raise.

    With `looks` the runner is looked for only when it is due, as in the live picture; the pelvis is
    measured in every frame all the same. A saved track then holds the poses that were looked for.
    """
    times = _Times()
    problems = _Problems(pelvis)
    place = PlacePredictor()
    poses: list[Pose] = []
    for frame in source.frames():
        found: Pose | None = None
        if looks is None or looks.due(frame.t_ns):
            found = pose = estimator.estimate(frame)
            if looks is not None:
                _note_look(looks, place, tracker, pose)
        else:
            pose = place.at(frame.t_ns) or Pose.nobody(
                frame.seq, frame.t_ns, frame.size_px, estimator.name
            )
        sample: PelvisSample | None = None
        if found is not None or not getattr(pelvis, "needs_own_pose", False):
            sample = pelvis.measure(frame, pose)
            problems.note(pose, sample)
        if found is not None:
            tracker.push(pose, sample)
        else:
            tracker.push_between(frame.t_ns, sample)
        for fault in judge.faults(frame, pose) if judge is not None else ():
            tracker.note(fault)
        times.note(frame.t_ns)
        if keep_poses and found is not None:
            poses.append(found)
        on_progress(times.frames)
    return Analysis(
        summary=_with_reasons(tracker.summary(), (*source.notes, *problems.reasons())),
        source=times.input(path, "video"),
        detector=estimator.name,
        poses=tuple(poses),
    )


def analyze_track(
    track: PoseTrack,
    path: str,
    line: Callable[[Pose], PelvisSample | None],
    tracker: Tracker,
    *,
    on_progress: OnProgress = lambda done: None,
) -> Analysis:
    """Analyse a pose track; `line` makes the pelvis sample out of a pose."""
    times = _Times()
    for pose in track.poses():
        tracker.push(pose, line(pose))
        times.note(pose.t_ns)
        on_progress(times.frames)
    return Analysis(
        summary=tracker.summary(),
        source=times.input(path, "pose_track"),
        detector=track.detector,
    )


def line_of(pelvis: PelvisEstimator) -> Callable[[Pose], PelvisSample | None]:
    """Turn an estimator that looks at landmarks only into a `line` for `analyze_track`."""
    return lambda pose: pelvis.measure(Frame(pose.seq, pose.t_ns, _NO_PICTURE), pose)


def _note_look(looks: Looks, place: PlacePredictor, tracker: Tracker, pose: Pose) -> None:
    cadence = tracker.update().cadence_spm
    place.push(pose, None if cadence is None else cadence / 120)
    looks.looked(pose.t_ns)
    looks.found(pose.t_ns, seen=pose.seen, off_trunks=place.off_trunks)


class _Times:
    """Counts frames and remembers the first and the last time."""

    def __init__(self) -> None:
        self.frames = 0
        self._first_ns = 0
        self._last_ns = 0

    def note(self, t_ns: int) -> None:
        if not self.frames:
            self._first_ns = t_ns
        self._last_ns = t_ns
        self.frames += 1

    def input(self, path: str, kind: str) -> Input:
        """The mean frame rate over the recording, and a duration that includes the last frame."""
        span_s = (self._last_ns - self._first_ns) / NS_PER_S
        if self.frames < 2 or span_s <= 0:
            return Input(path, kind, self.frames, fps=None, duration_s=None)
        fps = (self.frames - 1) / span_s
        return Input(path, kind, self.frames, fps=fps, duration_s=self.frames / fps)


class _Problems:
    """Why the pelvis estimator gave nothing, for estimators that say so."""

    def __init__(self, pelvis: PelvisEstimator) -> None:
        self._pelvis = pelvis
        self._frames = 0
        self._counts: Counter[str] = Counter()
        self._reasons: dict[str, Reason] = {}

    def note(self, pose: Pose, sample: PelvisSample | None) -> None:
        if not pose.seen:
            return
        self._frames += 1
        problem: Reason | None = getattr(self._pelvis, "last_problem", None)
        if sample is None and problem is not None:
            self._counts[problem.code] += 1
            self._reasons[problem.code] = problem

    def reasons(self) -> list[Reason]:
        warnings: Iterable[Reason] = getattr(self._pelvis, "warnings", ())
        often = [
            # Whether a number may be shown is for the gait core to say; it counts the samples.
            replace(self._reasons[code], blocks=False)
            for code, count in self._counts.most_common()
            if count >= _OFTEN * self._frames
        ]
        return [*warnings, *often]


def _with_reasons(summary: GaitSummary, more: Iterable[Reason]) -> GaitSummary:
    """`summary` with `more` reasons, each code once."""
    reasons = {reason.code: reason for reason in (*more, *summary.reasons)}
    mine = {reason.code for reason in summary.reasons}
    added = tuple(reason for code, reason in reasons.items() if code not in mine)
    return replace(summary, reasons=(*summary.reasons, *added))
