"""The kiosk's vocabulary: buttons, lights, health, screens. Immutable, built by the session room,
drawn by the screen room."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from device.domain.basics import Reason, Side
from device.domain.coach_screens import (
    CoachView,
    EnduranceView,
    ExerciseView,
    ProgressView,
    RunView,
    TodayView,
    TrialView,
)
from device.domain.frames import Frame, PelvisSample, Pose
from device.domain.results import GaitSummary, GaitUpdate
from device.domain.screens import (
    CalibrationView,
    CompareView,
    HistoryView,
    Latency,
    ListView,
    Look,
    ResultsPage,
    RunnersView,
    SetupQuality,
    SetupView,
    ShutdownView,
)

if TYPE_CHECKING:  # it speaks of freeze-frames, and so needs this module first
    from device.domain.history import Runner


class Button(StrEnum):
    """The three physical buttons; each has a colour and a shape on the screen."""

    GREEN = "green"
    BLUE = "blue"
    YELLOW = "yellow"


CHORD = frozenset({Button.GREEN, Button.BLUE})
"""Held together for long they switch the station off (`events.ChordHeld`)."""


class Press(StrEnum):
    """How a button was pressed."""

    SHORT = "short"
    LONG = "long"


class LightPattern(StrEnum):
    """What a button's light shows."""

    OFF = "off"
    ON = "on"
    BREATHE = "breathe"
    BLINK = "blink"
    FLASH = "flash"


class Level(StrEnum):
    """How a health item stands."""

    OK = "ok"
    WARN = "warn"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class HealthItem:
    """The state of one part, laid over whatever the kiosk is doing.

    `part`: "camera", "stick", "pose", "storage", "temperature" ...; `text` is what a person reads;
    `remedy` what they can do; `simulated` is true when a simulator stands in for the part.
    For a fault that stops the measuring, `meaning` says what it means for the session and `doing`
    what the device is doing about it; both may be empty.
    """

    part: str
    level: Level
    text: str
    remedy: str = ""
    simulated: bool = False
    meaning: str = ""
    doing: str = ""


@dataclass(frozen=True, slots=True)
class StickState:
    """What is known of the USB stick; of several (`sticks`) the one that is used.

    `free_bytes` is None while it is not mounted. `problem` says why it cannot be written, `remedy`
    what to do.
    """

    present: bool
    label: str = ""
    free_bytes: int | None = None
    problem: str = ""
    remedy: str = ""
    sticks: int = 1


class ScreenName(StrEnum):
    """Which screen is up."""

    IDLE = "idle"
    BLANK = "blank"
    """Dark, to spare screen and eyes; any button or a person in view brings idle back."""
    SETUP = "setup"
    STANDING_ZERO = "standing_zero"
    COUNTDOWN = "countdown"
    LIVE = "live"
    RESULTS = "results"
    SAVING = "saving"
    SAVED = "saved"
    MENU = "menu"
    RUNNERS = "runners"
    HISTORY = "history"
    COMPARE = "compare"
    DELETE = "delete"
    """Asked before a kept session is deleted; `history` says which."""
    COACH = "coach"
    COACH_TODAY = "coach_today"
    COACH_PROGRESS = "coach_progress"
    TRIAL = "trial"
    EXERCISES = "exercises"
    ENDURANCE = "endurance"
    SETTINGS = "settings"
    STEP_CALIBRATION = "step_calibration"
    SHUTDOWN = "shutdown"


@dataclass(frozen=True, slots=True)
class ButtonHints:
    """What each button does on this screen, pressed briefly or held; None where it does nothing."""

    green: str | None = None
    blue: str | None = None
    yellow: str | None = None
    green_held: str | None = None
    blue_held: str | None = None
    yellow_held: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """The newest camera picture and what was found in it; both of the same sensor time.

    `level_deg`: at which angle in the picture (right end lower positive) the line is drawn that
    the drop is read against: the camera's roll, plus the standing zero once it is taken.
    """

    frame: Frame
    pose: Pose | None = None
    pelvis: PelvisSample | None = None
    level_deg: float = 0.0


@dataclass(frozen=True, slots=True)
class SaveProgress:
    """How far saving is; `done` only after everything was synced and verified.

    `kept`: done, but to this device's own disk, where the session waits for a stick.
    """

    doing: str
    fraction: float
    done: bool = False
    problem: Reason | None = None
    folder: str = ""
    kept: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class FreezeFrame:
    """The picture at midstance of a side's median step."""

    side: Side
    picture: Picture
    drop_deg: float


@dataclass(frozen=True, slots=True, eq=False)
class ScreenModel:
    """Everything a screen may draw; a screen computes no metric of its own.

    `t_s` is the kiosk's time, for animation and staleness: the same scale as `gait.t_s` and
    `SideUpdate.updated_s` (old numbers are greyed out).
    `simulated` names the parts that a simulator stands in for (the screen then says SIMULATED).
    """

    screen: ScreenName
    t_s: float
    station: str
    hints: ButtonHints
    health: tuple[HealthItem, ...] = ()
    simulated: tuple[str, ...] = ()
    picture: Picture | None = None
    gait: GaitUpdate | None = None
    progress: float = 0.0
    """Of the standing zero or a long press, 0..1."""
    countdown_s: float = 0.0
    elapsed_s: float = 0.0
    recording: bool = False
    results: GaitSummary | None = None
    freeze_frames: tuple[FreezeFrame, ...] = ()
    saving: SaveProgress | None = None
    message: Reason | None = None
    """One thing the person should do now."""
    frames_dropped: int = 0
    tracked_fps: float | None = None
    target_deg: tuple[float, float] = (3.0, 6.0)
    """Band of midstance drop the gauges are drawn against; by default what is typical."""
    target_personal: bool = False
    """Whether `target_deg` is this runner's own target."""
    side_targets: tuple[tuple[float, float], tuple[float, float]] | None = None
    """Left and right where each side has a target of its own (a programme's); None: both have
    `target_deg`."""
    held: tuple[Button, float] | None = None
    """A button being held and how far the hold has come (0..1), for its filling ring."""
    stale: frozenset[Side] = frozenset()
    """Sides whose live number is old by now: shown grey."""
    latency: Latency | None = None
    chord: float | None = None
    """Green and blue are both held: how far that has come to switching off (0..1). The ring lies
    over whatever is shown."""
    look: Look | None = None
    """What was chosen at the device; None: as configured."""
    runner: Runner | None = None
    """Who was chosen to run; None where nobody has to be."""
    setup_quality: SetupQuality | None = None
    """How far the set-up of this session was checked; None before that is known."""
    typing: bool = False
    """Keys are characters now (a code, a name), not buttons."""
    setup: SetupView | None = None
    menu: ListView | None = None
    runners: RunnersView | None = None
    history: HistoryView | None = None
    compare: CompareView | None = None
    coach: CoachView | None = None
    coach_today: TodayView | None = None
    coach_progress: ProgressView | None = None
    run: RunView | None = None
    """The session of a programme that is under way, or whose results are shown."""
    trial: TrialView | None = None
    page: ResultsPage = ResultsPage.NUMBERS
    """Of the results."""
    exercises: ExerciseView | None = None
    endurance: EnduranceView | None = None
    settings: ListView | None = None
    calibration: CalibrationView | None = None
    shutdown: ShutdownView | None = None

    def band(self, side: Side) -> tuple[float, float]:
        """What the gauge of `side` is drawn against."""
        if self.side_targets is None:
            return self.target_deg
        return self.side_targets[0 if side is Side.LEFT else 1]
