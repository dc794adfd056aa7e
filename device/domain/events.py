"""What happened: the messages that threads post to the controller's inbox.

Each is frozen and carries everything the controller needs; nobody but the controller's thread
changes state because of one. `session` numbers the session a message belongs to, so that an answer
that comes late (its session was cancelled meanwhile) is recognised and dropped.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from device.domain.basics import Reason
from device.domain.coaching import Coaching
from device.domain.history import Comparison, KeptSession, Runner, Trend
from device.domain.kiosk import Button, FreezeFrame, HealthItem, Picture, Press
from device.domain.personal import PersonalGain
from device.domain.results import GaitSummary, GaitUpdate
from device.domain.session_track import PackedTrack, SessionTrack
from device.domain.trial import LongRun


@dataclass(frozen=True, slots=True)
class ButtonPressed:
    """A press of a pin's button or of its key; must never be lost."""

    button: Button
    press: Press


@dataclass(frozen=True, slots=True)
class KeyTyped:
    """A character typed where text is asked for: printable, "\\n" (enter) or "\\b" (delete)."""

    key: str


@dataclass(frozen=True, slots=True)
class ChordHeld:
    """Green and blue were held together long enough: the station is to be switched off safely.

    Neither of the two presses is told as a press of its own.
    """


@dataclass(frozen=True, slots=True)
class PersonSeen:
    """Somebody is in the picture, though nothing is being measured."""


@dataclass(frozen=True, slots=True)
class PowerOffFailed:
    """The device could not be switched off."""

    problem: Reason


@dataclass(frozen=True, slots=True, eq=False)
class PictureTaken:
    """The newest camera picture. `dropped` frames were passed over so far because pose was busy."""

    picture: Picture
    dropped: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class GaitMeasured:
    """The newest measurement and the picture it was made from.

    `tracked_fps`: measured pictures a second over the last two seconds, None before that.
    `problem`: why the pelvis could not be measured lately, though somebody is there.
    """

    session: int
    update: GaitUpdate
    picture: Picture
    tracked_fps: float | None = None
    problem: Reason | None = None


@dataclass(frozen=True, slots=True, eq=False)
class SessionMeasured:
    """The session's final numbers, or `problem` when there are none; what was seen in `track`.

    `personal`: the runner's own correction of the network, told by the stickers of this session.
    """

    session: int
    summary: GaitSummary | None
    freeze_frames: tuple[FreezeFrame, ...] = ()
    problem: Reason | None = None
    track: SessionTrack | PackedTrack | None = None
    personal: PersonalGain | None = None


@dataclass(frozen=True, slots=True)
class SavingMoved:
    """How far saving is: what is being done and the fraction done, 0..1."""

    session: int
    doing: str
    fraction: float


@dataclass(frozen=True, slots=True)
class SavingEnded:
    """Saving succeeded (`folder` on the stick, synced and verified) or failed (`problem`).

    `kept`: it went to this device's own disk and waits there for a stick.
    """

    session: int
    folder: str = ""
    problem: Reason | None = None
    kept: bool = False


@dataclass(frozen=True, slots=True)
class HealthChanged:
    """How a part stands now; replaces what was known of it."""

    item: HealthItem


@dataclass(frozen=True, slots=True)
class StickCame:
    """A stick was put in."""


@dataclass(frozen=True, slots=True)
class SessionKept:
    """The session is kept on this device as `uuid`, or could not be (`problem`)."""

    session: int
    uuid: str
    problem: Reason | None = None


@dataclass(frozen=True, slots=True)
class RunnersRead:
    """Who is known here, the newest visit first; `added` is the one just added, if any."""

    runners: tuple[Runner, ...]
    added: Runner | None = None
    problem: Reason | None = None


@dataclass(frozen=True, slots=True, eq=False)
class HistoryRead:
    """The sessions of `runner` (None: of everybody), newest first, and each side's trend."""

    runner: str | None
    sessions: tuple[KeptSession, ...] = ()
    trends: tuple[Trend, ...] = ()
    problem: Reason | None = None


@dataclass(frozen=True, slots=True, eq=False)
class ComparisonRead:
    """Two sessions compared, with the freeze-frames kept of both; uuids as they were asked for."""

    before: str
    after: str
    comparison: Comparison | None = None
    before_frames: tuple[FreezeFrame, ...] = ()
    after_frames: tuple[FreezeFrame, ...] = ()
    problem: Reason | None = None


@dataclass(frozen=True, slots=True)
class CoachingRead:
    """The programme of `runner` (None: of nobody in particular, who has none that is kept), and
    which day it is. `sessions`: the runner's, newest first, to take a baseline from."""

    runner: str | None
    today: date
    coaching: Coaching | None = None
    sessions: tuple[KeptSession, ...] = ()
    problem: Reason | None = None


@dataclass(frozen=True, slots=True, eq=False)
class EnduranceRead:
    """The long runs of `runner` (None: of everybody), newest first."""

    runner: str | None
    runs: tuple[LongRun, ...] = ()
    problem: Reason | None = None


KioskEvent = (
    ButtonPressed
    | ChordHeld
    | KeyTyped
    | PersonSeen
    | PowerOffFailed
    | PictureTaken
    | GaitMeasured
    | SessionMeasured
    | SavingMoved
    | SavingEnded
    | HealthChanged
    | StickCame
    | SessionKept
    | RunnersRead
    | HistoryRead
    | ComparisonRead
    | CoachingRead
    | EnduranceRead
)


def slot_of(event: KioskEvent) -> str | None:
    """The inbox slot in which a newer event replaces an older one; None: every one counts."""
    match event:
        case PictureTaken():
            return "picture"
        case GaitMeasured():
            return "gait"
        case SavingMoved():
            return "saving"
        case PersonSeen():
            return "person"
        case HealthChanged(item):
            return f"health:{item.part}"
        case _:
            return None
