"""What the session machine knows (its state) and what it can have done (its effects). Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from device.coach.programme import Programme
from device.domain.basics import Reason, Side
from device.domain.coach_screens import ExerciseLive, Facing
from device.domain.coaching import Band, Coaching, Entry, ProgrammeStep
from device.domain.events import ComparisonRead, KioskEvent
from device.domain.history import KeptSession, Runner, Trend
from device.domain.kiosk import SaveProgress, ScreenName
from device.domain.screens import (
    CalibrationPhase,
    CalibrationView,
    EntryState,
    ListItem,
    Look,
    SetupQuality,
)
from device.domain.trial import LongRun, TrialPlan
from device.session.exercising import Exercising
from device.session.trialing import Trialing


class Choosing(StrEnum):
    """How it is said who runs."""

    NOBODY = "nobody"
    """Not at all: anybody walks up (gym)."""
    LIST = "list"
    CODE = "code"
    """A code, typed or read by a scanner; never a name (clinic)."""


@dataclass(frozen=True, slots=True)
class Timings:
    """How long things may take, in seconds, and what is wanted at all (out of the config)."""

    zero_wanted: bool = True
    keeping: bool = False
    """Whether a session that no stick takes may wait on the device."""
    zero_s: float = 5.0
    zero_timeout_s: float = 30.0
    choice_timeout_s: float = 60.0
    countdown_s: float = 3.0
    maximum_s: float = 3600.0
    results_timeout_s: float = 120.0
    saved_timeout_s: float = 15.0
    setup_wanted: bool = False
    """Whether the first session after the start goes through the set-up assistant."""
    setup_pass_s: float = 2.0
    """All checks well for so long: the assistant goes on by itself."""
    setup_timeout_s: float = 600.0
    blank_after_s: float = 0.0
    """Idle for so long: the screen goes dark; 0: never."""
    menu_timeout_s: float = 90.0
    """Without a press for so long, what was opened by the menu is closed."""
    runner_timeout_s: float = 600.0
    """Idle for so long: the chosen runner is let go of, for the next will be somebody else."""
    shutdown_ask_s: float = 30.0
    shutdown_s: float = 60.0
    choosing: Choosing = Choosing.NOBODY
    code_pattern: str = "[A-Z0-9-]{3,16}"
    code_rule: str = "3 to 16 capitals, digits or hyphens"
    """What the pattern means, in words; empty where nobody said."""
    scanning: bool = False
    """Whether a code may be scanned at idle (keys press no buttons then)."""
    store: bool = False
    """Whether sessions are kept on the device."""
    look: Look = Look()  # noqa: RUF009 (frozen)
    public: bool = False
    """Whether anybody may walk up: what one person set is undone for the next."""
    step_height_mm: float = 30.0
    exercise_sessions: int = 2
    exercise_steady_deg: float = 2.0
    """What opens the next exercise (`device.coach.exercise_plan.Criterion`)."""
    trial: TrialPlan = TrialPlan()  # noqa: RUF009 (frozen)
    programmes: tuple[Programme, ...] = ()
    """The coach's programmes."""


class Zero(StrEnum):
    """What became of the standing zero."""

    PENDING = "pending"
    TAKEN = "taken"
    REFUSED = "refused"
    """Stood for, but not good enough to be used."""
    SKIPPED = "skipped"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class SetupSeen:
    """How the checks of the set-up stand now: names of those that are red, wait, or cannot be
    measured. For the machine alone; made by the controller out of what was measured."""

    session: int
    bad: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    not_measurable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CalibrationSeen:
    """How the phase of the step calibration stands now; made by the controller like `SetupSeen`."""

    session: int
    view: CalibrationView


@dataclass(frozen=True, slots=True)
class ExerciseSeen:
    """How the set stands now; made by the controller like `SetupSeen`. `unix_s`: the wall clock."""

    session: int
    live: ExerciseLive
    unix_s: float


@dataclass(frozen=True, slots=True)
class ViewChanged:
    """The camera looks elsewhere than when the set-up was accepted; said by the controller."""


@dataclass(frozen=True, slots=True)
class Coach:
    """What is known of the programme of whoever runs.

    `coaching`: theirs as it was last read, or, of nobody in particular, what this visit has come
    to. `read`: the store has answered since the coach's screen was opened. `sessions`: to take a
    baseline from. `run`: the session of the programme under way; `entry`: what came of it.
    """

    coaching: Coaching | None = None
    today: date | None = None
    sessions: tuple[KeptSession, ...] = ()
    read: bool = False
    run: ProgrammeStep | None = None
    entry: Entry | None = None

    def resting(self, screen: ScreenName) -> Coach:
        """Without what belongs to a session, unless `screen` leads into one."""
        goes_on = screen in (ScreenName.SETUP, ScreenName.STANDING_ZERO)
        run = self.run if goes_on else None
        return replace(self, read=False, run=run, entry=None)


LEADING_INTO_A_SESSION = (ScreenName.RUNNERS, ScreenName.SETUP, ScreenName.STANDING_ZERO)

MachineEvent = KioskEvent | SetupSeen | CalibrationSeen | ExerciseSeen | ViewChanged


@dataclass(frozen=True, slots=True)
class State:
    """Where the kiosk is. Times in seconds of the kiosk's clock.

    `session` counts up at every start. `asking`: the standing zero failed and the person chooses.
    `may_keep`: the session may wait on the device when no stick takes it.
    """

    screen: ScreenName = ScreenName.IDLE
    since_s: float = 0.0
    session: int = 0
    zero: Zero = Zero.PENDING
    still_s: float = 0.0
    asking: bool = False
    live_s: float | None = None
    stopped_s: float | None = None
    measured: bool = False
    saving: SaveProgress | None = None
    may_keep: bool = False
    off_wanted: bool = False
    """Switching off was asked for while a session was being saved; that comes first."""
    #
    # The set-up: of the station (kept until the device is switched off), and under way.
    setup: SetupQuality | None = None
    setup_seen: SetupSeen | None = None
    all_well_s: float | None = None
    """Since when every check is well."""
    required: bool = False
    """The assistant stands before a session, rather than having been asked for."""
    #
    # Who runs, and how the screen looks; kept from session to session.
    runner: Runner | None = None
    speed_kmh: float | None = None
    """How fast the belt runs, where somebody entered it; until another runner is chosen."""
    look: Look | None = None
    #
    # What is open: the lines of a list and what was read for it (None: not read yet).
    items: tuple[ListItem, ...] = ()
    selected: int = 0
    typed: str = ""
    entry: EntryState = EntryState.EMPTY
    starting: bool = False
    """The choice of a runner stands before a session."""
    adding: str | None = None
    """The code just given to the store."""
    runners: tuple[Runner, ...] | None = None
    sessions: tuple[KeptSession, ...] | None = None
    trends: tuple[Trend, ...] = ()
    marked: str | None = None
    """The session (its uuid) chosen for a comparison."""
    pair: tuple[str, str] | None = None
    compared: ComparisonRead | None = None
    calibration: CalibrationView | None = None
    exercising: Exercising | None = None
    trial: Trialing | None = None
    """A cadence trial, from its introduction to its result."""
    runs: tuple[LongRun, ...] | None = None
    """The long runs that are kept."""
    long_run: LongRun | None = None
    """The run that has just ended, if it was a long one."""
    beyond: bool = False
    """It is known where the body was over the feet."""
    page: int = 0
    """Which page of the results is open."""
    going_off: bool = False
    problem: Reason | None = None
    #
    coach: Coach = Coach()
    """Kept, without what belongs to a session, until another runner is chosen."""
    coaching: bool = False
    """The choice of a runner stands before the coach's day."""

    @property
    def save_failed(self) -> bool:
        """Whether the last attempt to save failed and waits for a decision."""
        return self.saving is not None and self.saving.problem is not None

    @property
    def chosen(self) -> ListItem | None:
        """The selected line of the list that is open."""
        return self.items[self.selected] if self.selected < len(self.items) else None

    def home(self, t_s: float, screen: ScreenName = ScreenName.IDLE) -> State:
        """Idle (or another screen without a session): only what outlasts a session stays."""
        return State(
            screen,
            t_s,
            self.session,
            setup=self.setup,
            runner=self.runner,
            speed_kmh=self.speed_kmh,
            look=self.look,
            coach=self.coach.resting(screen),
            trial=self.trial if screen in LEADING_INTO_A_SESSION else None,
        )

    def opened(self, screen: ScreenName, t_s: float) -> State:
        """Another screen of the menu, nothing read for it yet."""
        return replace(self.home(t_s, screen), sessions=self.sessions, trends=self.trends)


# --- effects -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BeginSession:
    """Start looking at the runner, with a fresh gait core."""

    session: int


@dataclass(frozen=True, slots=True)
class LookOn:
    """Look at the person in front of the camera without recording: set-up or calibration."""

    session: int


@dataclass(frozen=True, slots=True)
class StopSession:
    """Stop measuring, make the summary, keep the clip that ends at `at_s`."""

    session: int
    at_s: float


@dataclass(frozen=True, slots=True)
class SaveSession:
    """Write the session to the stick."""

    session: int


@dataclass(frozen=True, slots=True)
class KeepSession:
    """Have the session wait for a stick on the device itself."""

    session: int


@dataclass(frozen=True, slots=True)
class DeliverKept:
    """Write the sessions that wait on the device to the stick that has come."""


@dataclass(frozen=True, slots=True)
class SaveToday:
    """Write all that was kept today to the stick."""


@dataclass(frozen=True, slots=True)
class ForgetSession:
    """Stop whatever is being done for the session and let go of it."""

    session: int


@dataclass(frozen=True, slots=True)
class ReadRunners:
    """Ask the store who is known."""


@dataclass(frozen=True, slots=True)
class AddRunner:
    """Have the store know this code."""

    code: str


@dataclass(frozen=True, slots=True)
class ReadHistory:
    """Ask the store for the sessions of this runner (None: of everybody)."""

    runner: str | None


@dataclass(frozen=True, slots=True)
class DeleteSession:
    """Have the store delete a session for good; `runner` is whose history is then read."""

    uuid: str
    runner: str | None


@dataclass(frozen=True, slots=True)
class Compare:
    """Ask the store for these two sessions beside each other."""

    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Calibrate:
    """Begin this phase of the step calibration."""

    session: int
    phase: CalibrationPhase


@dataclass(frozen=True, slots=True)
class ReadCoaching:
    """Ask for this runner's programme (None: only which day it is)."""

    runner: str | None


@dataclass(frozen=True, slots=True)
class Enrol:
    """Have the runner begin this programme."""

    runner: str
    programme: str


@dataclass(frozen=True, slots=True)
class LeaveProgramme:
    """Have the runner's programme end."""

    runner: str


@dataclass(frozen=True, slots=True)
class NoteEntry:
    """Enter something done of the runner's programme of which no new session is kept."""

    runner: str
    entry: Entry
    bands: tuple[tuple[Side, Band], ...] = ()


@dataclass(frozen=True, slots=True)
class WatchExercise:
    """Follow a set of this exercise on this standing leg; `same_person` has stood still before."""

    session: int
    name: str
    side: Side
    facing: Facing
    same_person: bool


@dataclass(frozen=True, slots=True)
class KeepExercises:
    """Keep with the runner what was done of the exercises."""

    runner: str
    exercises_json: str


@dataclass(frozen=True, slots=True)
class ReadEndurance:
    """Ask the store for the long runs of this runner (None: of everybody)."""

    runner: str | None


@dataclass(frozen=True, slots=True)
class Beat:
    """Have a metronome heard, one of its beats at the kiosk's second `beat_s`."""

    rate_spm: float
    beat_s: float


@dataclass(frozen=True, slots=True)
class Silence:
    """Have it heard no longer."""


@dataclass(frozen=True, slots=True)
class PowerOff:
    """Switch the device off."""


Effect = (
    BeginSession
    | LookOn
    | StopSession
    | SaveSession
    | KeepSession
    | DeliverKept
    | SaveToday
    | ForgetSession
    | ReadRunners
    | AddRunner
    | ReadHistory
    | DeleteSession
    | Compare
    | Calibrate
    | WatchExercise
    | KeepExercises
    | ReadCoaching
    | Enrol
    | LeaveProgramme
    | NoteEntry
    | ReadEndurance
    | Beat
    | Silence
    | PowerOff
)
Result = tuple[State, tuple[Effect, ...]]
Move = Callable[[State, MachineEvent | None, float, Timings], Result]
