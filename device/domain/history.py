"""What the device keeps of runners and sessions, and what comparing them says. All frozen.

A session is known by its `uuid`. Its numbers are an analysis; a session may have several (made
later by a newer version from the same track), which stand beside each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from device.domain.basics import Estimate, Reason, Side
from device.domain.coaching import Band, Entry, ProgrammeStep
from device.domain.frames import CameraGeometry, PelvisSample, Pose
from device.domain.kiosk import FreezeFrame
from device.domain.results import GaitSummary


@dataclass(frozen=True, slots=True)
class Runner:
    """Somebody who comes again, known by a code and never by a name.

    `personal_json`: the JSON text of the correction measured for this runner, empty when there is
    none. `target_deg`: the runner's own band of midstance drop. `exercises_json`: what was
    done of the coach's exercises, likewise.
    """

    id: int
    code: str
    sessions: int = 0
    last: datetime | None = None
    """When the newest session was; None without one."""
    target_deg: tuple[float, float] | None = None
    personal_json: str = ""
    exercises_json: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class TrackRow:
    """What was made of one frame, as the gait core was given it: all that a later analysis needs.

    `pose` is None in a frame in which nobody was looked for (only the pelvis line was measured).
    `faults`: what was wrong with the picture.
    """

    t_ns: int
    pose: Pose | None
    pelvis: PelvisSample | None
    faults: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class FeedbackBlock:
    """A stretch of a session, in seconds since it began, with the numbers shown or hidden."""

    from_s: float
    to_s: float
    visible: bool


@dataclass(frozen=True, slots=True)
class SessionStart:
    """What is known of a session when it begins.

    `started`: the wall clock as it stood, with its zone; whether it was right is the store's to
    find out. `began_ns`: the kiosk's clock at that moment, on the scale of `Pose.t_ns`; the track's
    times are counted from it. `runner`: the code, None for a session of nobody in particular.
    `settings`: the options in force, for the record.
    """

    uuid: str
    runner: str | None
    started: datetime
    began_ns: int
    station: str = ""
    profile: str = ""
    config_hash: str = ""
    version: str = ""
    algorithm_version: str = ""
    camera: str = ""
    camera_fps: float | None = None
    geometry: CameraGeometry = field(default_factory=CameraGeometry)
    use_standing_zero: bool = True
    speed_kmh: float | None = None
    overridden: tuple[str, ...] = ()
    """Codes of the set-up checks that were not met and passed over on purpose."""
    simulated: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    programme: ProgrammeStep | None = None
    """Which session of the runner's programme it is."""


@dataclass(frozen=True, slots=True, eq=False)
class FinishedSession:
    """A session to be kept: how it began and what came out.

    Times within `summary` count from the session's beginning (`session.record.since`). `document`
    is the analysis document that the stick is given too. What became known after the start
    (speed, overridden checks) stands in `start` as it is now.
    """

    start: SessionStart
    summary: GaitSummary
    document: Mapping[str, Any]
    duration_s: float
    freeze_frames: tuple[FreezeFrame, ...] = ()
    feedback: tuple[FeedbackBlock, ...] = ()
    entry: Entry | None = None
    """What it is in the runner's programme, with the targets that came of it in `bands`."""
    bands: tuple[tuple[Side, Band], ...] = ()


@dataclass(frozen=True, slots=True)
class AnalysisMade:
    """Which analysis numbers are of: the version that made it and when; `original` when it is
    what the runner was shown."""

    algorithm_version: str
    made: datetime | None
    original: bool


@dataclass(frozen=True, slots=True, eq=False)
class KeptSession:
    """A session as it is kept. `summary` is None when it was cut off and never analysed.

    `number` counts up on this device and orders sessions also where no date is known. `started`
    has its zone; `date_known` is false while the clock it was read from may have been wrong. In
    lists the summary comes without its steps.
    """

    uuid: str
    number: int
    runner: str | None
    started: datetime
    date_known: bool
    duration_s: float | None
    summary: GaitSummary | None
    analysis: AnalysisMade | None
    geometry: CameraGeometry
    overridden: tuple[str, ...] = ()
    speed_kmh: float | None = None
    cut_off: bool = False
    """The device lost its power while it ran."""
    simulated: tuple[str, ...] = ()
    feedback: tuple[FeedbackBlock, ...] = ()
    station: str = ""
    profile: str = ""
    config_hash: str = ""
    has_clip: bool = False
    has_track: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """How a number differs between two sessions, in its own unit; positive: it has grown.

    [`ci95_low`, `ci95_high`] is the interval of the difference. `own` is half of it; `detectable`
    is what the difference must exceed to count: the larger of `own` and `published`.
    """

    before: Estimate
    after: Estimate
    difference: float
    ci95_low: float
    ci95_high: float
    own: float
    published: float
    detectable: float

    @property
    def clear(self) -> bool:
        """Whether it exceeds the detectable change."""
        return abs(self.difference) > self.detectable


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two sessions of a runner beside each other.

    `refusal`: why they cannot be compared at all (then there is no change of any angle).
    `explanations`: what differed and could explain a change, most weighty first: to be told
    before any change. `sentences`: the result in words, one for each side, in the same order as
    they are to be read.
    """

    before: KeptSession
    after: KeptSession
    refusal: Reason | None
    explanations: tuple[Reason, ...]
    drops: Mapping[Side, Change]
    asymmetry_deg: Change | None
    cadence_spm: Change | None
    sentences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Earlier:
    """An earlier session of the runner: how a later one compares with it, and its pictures."""

    comparison: Comparison
    freeze_frames: tuple[FreezeFrame, ...] = ()


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """A session's number on the trend: `day` counts from the first one."""

    uuid: str
    day: float
    started: datetime | None
    value: Estimate


@dataclass(frozen=True, slots=True)
class Trend:
    """A side's midstance drop over the sessions that can be compared with the newest one.

    `days`, `smooth_deg`, `low_deg`, `high_deg`: the smooth and its 95 % band, of equal length,
    empty with fewer than three points. `left_out`: how many sessions were not comparable.
    """

    side: Side
    points: tuple[TrendPoint, ...]
    days: tuple[float, ...] = ()
    smooth_deg: tuple[float, ...] = ()
    low_deg: tuple[float, ...] = ()
    high_deg: tuple[float, ...] = ()
    left_out: int = 0
