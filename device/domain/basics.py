"""Sides, landmarks, reasons and estimates."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Side(StrEnum):
    """A side of the body; for anything about stance, the stance leg."""

    LEFT = "left"
    RIGHT = "right"

    @property
    def other(self) -> Side:
        """The opposite side."""
        return Side.RIGHT if self is Side.LEFT else Side.LEFT

    @property
    def obliquity_sign(self) -> int:
        """Factor that turns obliquity into this side's drop: +1 left, -1 right."""
        return 1 if self is Side.LEFT else -1


class Gait(StrEnum):
    """What the person is doing."""

    RUNNING = "running"
    WALKING = "walking"
    STANDING = "standing"
    NONE = "none"


class Verdict(StrEnum):
    """How far a measurement may be trusted."""

    GOOD = "good"
    FAIR = "fair"
    NOT_MEASURABLE = "not_measurable"


class Landmark(IntEnum):
    """MediaPipe's 33 pose landmarks, by index (only those used here have names)."""

    NOSE = 0
    LEFT_EAR = 7
    RIGHT_EAR = 8
    LEFT_SHOULDER = 11
    RIGHT_SHOULDER = 12
    LEFT_ELBOW = 13
    RIGHT_ELBOW = 14
    LEFT_WRIST = 15
    RIGHT_WRIST = 16
    LEFT_HIP = 23
    RIGHT_HIP = 24
    LEFT_KNEE = 25
    RIGHT_KNEE = 26
    LEFT_ANKLE = 27
    RIGHT_ANKLE = 28
    LEFT_HEEL = 29
    RIGHT_HEEL = 30
    LEFT_FOOT = 31
    RIGHT_FOOT = 32


LANDMARK_COUNT = 33

MEDIAPIPE_NETWORKS = ("mediapipe", "litert")
"""How names of detectors begin that run MediaPipe's networks and its smoothing, with MediaPipe
itself or on LiteRT alone: what is known of the landmarks of one holds for the other."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a number is missing or doubtful, and what the person can do.

    `code` is stable and machine-readable; `message` says what is wrong, `remedy` what to do.
    `blocks` is true when it makes the number unfit to show.
    """

    code: str
    message: str
    remedy: str
    blocks: bool = False


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean with its scatter and 95 % interval.

    `sd` is the step-to-step standard deviation (None with a single step); the interval
    [`ci95_low`, `ci95_high`] is that of the mean, all known sources of error included.
    """

    mean: float
    sd: float | None
    n: int
    ci95_low: float
    ci95_high: float

    @property
    def half_width(self) -> float:
        """Half the length of the interval."""
        return (self.ci95_high - self.ci95_low) / 2
