"""What the tracker knows of a session, shared by what feeds it and what reports it."""

from __future__ import annotations

import copy
import math
from collections import Counter
from dataclasses import dataclass, field

from device.domain.basics import Gait, Reason
from device.domain.frames import PelvisMethod, PelvisSample
from device.domain.results import PelvisUse, StandingZero, Support
from device.gait.book import StepBook
from device.gait.folder import Folder
from device.gait.frames import METHODS
from device.gait.geometry import View
from device.gait.quality import QualityWatch
from device.gait.settings import GaitSettings
from device.gait.standing import StandingWatch
from device.gait.statistics import Shared
from device.gait.support import KNOWN_SD_DEG, PLAIN, ZEROED_SD_DEG, Level, SupportWatch, Traits


@dataclass(slots=True)
class Note:
    """A reason that came from outside: when last, how often, and whether it stays."""

    reason: Reason
    last_s: float
    times: int
    lasting: bool


@dataclass(slots=True)
class State:
    """Everything a report is made from. Times in seconds of the frames."""

    settings: GaitSettings
    view: View
    standing: StandingWatch
    quality: QualityWatch
    book: StepBook
    folder: Folder
    first_s: float = 0.0
    now_s: float = 0.0
    frames: int = 0
    seen: int = 0
    seen_s: float = -math.inf
    methods: Counter[PelvisMethod] = field(default_factory=Counter)
    newest: PelvisSample | None = None
    gait: Gait = Gait.NONE
    running_s: float | None = None
    """Until when somebody was seen to run."""
    gait_s: dict[Gait, float] = field(default_factory=lambda: dict.fromkeys(Gait, 0.0))
    """Seconds of each."""
    cadence_spm: float | None = None
    slow: bool = False
    """Somebody steps, and there are too few frames a second to follow it ..."""
    slow_s: float = 0.0
    """... for so long already."""
    timing_sd_s: float = 0.0
    """Of the detector's mean midstance."""
    walking: list[float] = field(default_factory=list)
    """The latest cadences of walking, one a hop."""
    zero: StandingZero | None = None
    support: SupportWatch = field(default_factory=SupportWatch)
    support_traits: Traits = PLAIN
    """Of the detector."""
    roll_known: bool = False
    """Whether the camera's roll was given."""
    zero_method: int = -1
    """Index into `METHODS` of what measured the zero."""
    notes: dict[str, Note] = field(default_factory=dict)

    def fork(self) -> State:
        """An independent copy."""
        other = copy.copy(self)
        other.standing = self.standing.fork()
        other.quality = self.quality.fork()
        other.book = self.book.fork()
        other.folder = self.folder.fork()
        other.support = self.support.fork()
        other.gait_s = self.gait_s.copy()
        other.walking = list(self.walking)
        return other

    @property
    def use(self) -> PelvisUse:
        """Which method measured the pelvis most, and in which share of our person's frames."""
        if not self.methods:
            return PelvisUse(None, 0.0)
        method, n = self.methods.most_common(1)[0]
        return PelvisUse(method, n / max(1, self.seen))

    @property
    def zero_used(self) -> StandingZero | None:
        """The standing zero, if it is of the method that measures."""
        method = self.use.method
        own = method is not None and METHODS.index(method) == self.zero_method
        return self.zero if own else None

    def beyond(self, newest: int | None = None) -> Support | None:
        """Where the body was over the feet, in all steps or the `newest` of each side."""
        if self.roll_known:
            level = Level(self.view.roll_deg, KNOWN_SD_DEG)
        elif (zero := self.zero_used) is not None:
            level = Level(zero.obliquity_deg, ZEROED_SD_DEG)
        else:
            level = Level()
        return self.support.result(level, self.support_traits, newest)

    def shared(self) -> Shared:
        """The errors that all steps share."""
        method = self.use.method
        known = self.settings.of_method(method)
        zero = self.zero_used
        if zero is None:
            offset = known.unzeroed_sd_deg
        else:
            offset = math.hypot(known.offset_sd_deg, zero.ci95_deg / 1.96)
        yaw, yaw_sd = self.settings.yaw_deg, self.settings.yaw_sd_deg
        turned = math.hypot(self.view.turn * yaw_sd, self.view.turn_sd * math.hypot(yaw, yaw_sd))
        mirrored = math.hypot(turned, known.mirrored_sd_deg)
        return Shared(offset, mirrored, known.gain_sd, self.timing_sd_s)
