"""What the coach's screens show. Parts of `kiosk.ScreenModel`; immutable, filled by the session
room, drawn by the screen room."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

from device.domain.basics import Reason, Side
from device.domain.coaching import Band, Entry, ProgrammeStep
from device.domain.screens import ListView
from device.domain.trial import Follow, LongRun, TrialPlan, TrialResult

if TYPE_CHECKING:  # it needs the kiosk's vocabulary, which needs this module
    from device.domain.history import Runner


@dataclass(frozen=True, slots=True)
class CoachView:
    """The coach's place in the menu: the lines to be chosen from."""

    runner: Runner | None
    list: ListView | None = None


class Today(StrEnum):
    """What today holds for a runner in a programme."""

    SESSION = "session"
    REST = "rest"
    """Too soon after the last one."""
    EARLY = "early"
    """The next one is a test, and not due yet."""
    FINISHED = "finished"


class Note(StrEnum):
    """Something to know before today's session."""

    BROKEN_OFF = "broken_off"
    """The last one was too short to count: it comes again."""
    NOT_MEASURED = "not_measured"
    """The last one could not be measured: it comes again."""
    REPEATED = "repeated"
    """A long pause: the session before comes once more."""
    MISSED = "missed"
    SPEED_CHANGED = "speed_changed"
    SPEED_UNKNOWN = "speed_unknown"


@dataclass(frozen=True, slots=True)
class TodayView:
    """What today's session of the runner's programme holds, and the lines to choose from.

    Without a programme `title` is empty, and the lines are those that can be begun; `offers`
    says of each (by its line's key) how many sessions it has, over how many days, and how many
    minutes they last (shortest, longest). `step` is the session that comes next, with the personal
    targets; None when it is finished.
    """

    runner: Runner | None
    list: ListView | None = None
    offers: tuple[tuple[str, tuple[int, int, float, float]], ...] = ()
    title: str = ""
    today: Today = Today.SESSION
    step: ProgrammeStep | None = None
    due: date | None = None
    speed_kmh: float | None = None
    notes: tuple[Note, ...] = ()
    missed: int = 0
    bands: tuple[tuple[Side, Band], ...] = ()
    exercised: tuple[str, ...] = ()
    """Of `step.exercises` those that were done today before the camera."""
    loading: bool = False
    problem: Reason | None = None


@dataclass(frozen=True, slots=True)
class RunView:
    """A session of a programme while it is run, and afterwards.

    `visible`: whether the drops are shown now; `changes_in_s`: how long until that changes, None
    where it does not change again. `speed_kmh`: what the programme wants the belt set to now, None
    where it says nothing; `speed_new`: that has just changed. `entry`: what came of it, once it is
    known.
    """

    title: str
    step: ProgrammeStep
    visible: bool = True
    changes_in_s: float | None = None
    left_s: float = 0.0
    speed_kmh: float | None = None
    speed_new: bool = False
    entry: Entry | None = None
    counts: bool = True
    """Whether what was run is enough for the programme to go on."""


@dataclass(frozen=True, slots=True)
class ProgressView:
    """The programme's sessions so far: each as it was entered, whether its numbers can be set
    beside the first one's (`comparable`: the belt ran as fast), and the targets."""

    runner: Runner | None
    title: str
    of: int
    entries: tuple[Entry, ...] = ()
    comparable: tuple[bool, ...] = ()
    bands: tuple[tuple[Side, Band], ...] = ()
    missed: int = 0
    broken_off: int = 0
    problem: Reason | None = None


class TrialPhase(StrEnum):
    """How far a cadence trial has come."""

    INTRO = "intro"
    RUN = "run"
    RESULT = "result"


@dataclass(frozen=True, slots=True)
class TrialView:
    """The cadence trial.

    While it runs: condition `index` lasts `left_s` seconds more, and has just begun (`new`).
    `preferred_spm` as far as it is known; `target_spm` the beat, None in the first condition;
    `cadence_spm` what is measured, `pace` how it stands to the beat, `beat_phase` how far it is
    from the last beat to the next (0..1). Afterwards: the `result`.
    """

    runner: Runner | None
    phase: TrialPhase
    plan: TrialPlan
    index: int = 0
    left_s: float = 0.0
    new: bool = False
    preferred_spm: float | None = None
    target_spm: float | None = None
    cadence_spm: float | None = None
    pace: Follow | None = None
    beat_phase: float | None = None
    result: TrialResult | None = None
    problem: Reason | None = None


@dataclass(frozen=True, slots=True)
class EnduranceView:
    """Start against end of long runs, the newest first, one of them selected. `published_deg`: what
    one side of healthy runners went from and to in a study."""

    runner: Runner | None
    runs: tuple[LongRun, ...] = ()
    selected: int = 0
    published_deg: tuple[float, float] = (0.0, 0.0)
    loading: bool = False
    problem: Reason | None = None


class Facing(StrEnum):
    """Where the camera is: seen from in front, a person's left is on the picture's right."""

    BEHIND = "behind"
    FRONT = "front"


class ExercisePhase(StrEnum):
    """How far an exercise has come."""

    LIST = "list"
    READY = "ready"
    """The exercise is shown: what to do, on which leg, seen from where."""
    STANDING = "standing"
    """Standing on both feet, for the person's own level."""
    MOVING = "moving"
    FELT = "felt"
    """Where was it felt?"""
    RESULT = "result"


@dataclass(frozen=True, slots=True)
class ExerciseGoal:
    """What counts: so many seconds within `band`, or so many repetitions from beyond one edge of it
    to beyond the other. Of the drop in degrees against the person's own standing, or of the trunk's
    shortening (`of_trunk`) as a share. `over_foot`, `knee_in`, `lean_deg`: how far the rest may
    be off (`ExerciseLive`); `sessions` and `steady_deg` what opens the next exercise."""

    hold_s: float = 0.0
    repetitions: int = 0
    band: tuple[float, float] = (0.0, 0.0)
    of_trunk: bool = False
    over_foot: float = 0.5
    knee_in: float = 0.25
    lean_deg: float = 12.0
    sessions: int = 2
    steady_deg: float = 2.0


@dataclass(frozen=True, slots=True)
class ExerciseLive:
    """What is seen now and was done so far; None where it is not seen.

    `drop_deg` against the person's own standing, `level_deg` against level, both positive with the
    free hip lower. `hinge`: how much shorter the trunk is in the picture. `over_foot`: the hips'
    middle beside the standing foot, in hip widths, towards the free leg; `knee_in`: the standing
    knee inside its foot, in lengths of the shin; `lean_deg`: the trunk, towards the standing leg.
    `standing`: how far the standing still has come, 0..1. `cue`, `said`: the one thing to do now.
    `steadiness`: how unsteady the set was, for the criterion's `steady_deg`. `depths`: of the
    repetitions, in the goal's unit; `smooth`: which of them were moved evenly.
    `estimate`: the pelvis line is an estimate. `standing_deg`: the own level, against the
    horizontal, right end of the picture lower positive.
    """

    cue: str = "stand"
    said: str = ""
    standing: float = 0.0
    drop_deg: float | None = None
    level_deg: float | None = None
    hinge: float | None = None
    over_foot: float | None = None
    knee_in: float | None = None
    lean_deg: float | None = None
    holding_s: float = 0.0
    held_s: float = 0.0
    steadiness: float | None = None
    depths: tuple[float, ...] = ()
    smooth: tuple[bool, ...] = ()
    done: bool = False
    estimate: bool = False
    standing_deg: float | None = None
    problem: Reason | None = None


@dataclass(frozen=True, slots=True)
class ExerciseResult:
    """What the set came to. `others_left`: the other leg's set of this visit is still to be done.
    `passed`: of the criterion's `sessions`, how many are met now. `opened`: the exercise that is
    open now and was not before; `back_to`: the one to go back to."""

    live: ExerciseLive
    in_back: bool
    other_left: bool
    passed: int
    opened: str = ""
    back_to: str = ""
    kept: bool = False


@dataclass(frozen=True, slots=True)
class ExerciseView:
    """An exercise and how it goes. `name` and `number` (from 1, of `count`) of the one that is
    open or selected; `side` is the standing leg."""

    runner: Runner | None
    phase: ExercisePhase = ExercisePhase.LIST
    list: ListView | None = None
    name: str = ""
    number: int = 0
    count: int = 0
    side: Side = Side.LEFT
    facing: Facing = Facing.BEHIND
    goal: ExerciseGoal = ExerciseGoal()
    live: ExerciseLive | None = None
    result: ExerciseResult | None = None
    problem: Reason | None = None
