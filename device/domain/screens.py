"""What single screens show: lists, the set-up assistant, history, comparison, calibration.

Parts of `kiosk.ScreenModel`; immutable, filled by the session room, drawn by the screen room.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from device.domain.basics import Estimate, Reason

if TYPE_CHECKING:  # these need the kiosk's vocabulary, which needs this module
    from device.domain.history import Comparison, KeptSession, Runner, Trend
    from device.domain.kiosk import FreezeFrame


class CheckState(StrEnum):
    """How a check of the set-up stands."""

    OK = "ok"
    BAD = "bad"
    WAITING = "waiting"
    """Not settled yet: nobody is there, or it has to be looked at a little longer."""
    NOT_MEASURABLE = "not_measurable"
    """The device cannot know; the person has to look (`remedy` says how)."""


@dataclass(frozen=True, slots=True)
class SetupCheck:
    """One check of the set-up, as a line with a sign of its state.

    `name` is stable: "person", "whole_body", "one_person", "centred", "level", "height", "light",
    "sharp", "camera_rate", "tracked_rate". `title` says what is checked, `what` how it stands,
    `remedy` the one thing to do (empty when there is nothing to do). `value` with its `unit`
    ("deg", "cm", "per_s", "people") is what was measured, None where nothing is.
    """

    name: str
    state: CheckState
    title: str
    what: str
    remedy: str = ""
    value: float | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class SetupGuides:
    """Lines over the live picture, as fractions of its width and height (0..1 from top left).

    `centre_band`: between these x the runner's hips should be. `pelvis_band`: between these y
    (upper, lower) they are when a level camera stands at pelvis height within 10 cm; None before
    the runner's size is known. `level_y`: the height of a line that must look level.
    `roll_deg`: the measured roll (right end lower positive), None when it is not measured.
    """

    centre_band: tuple[float, float]
    level_y: float
    pelvis_band: tuple[float, float] | None = None
    roll_deg: float | None = None


class SetupVerdict(StrEnum):
    """How far the station's set-up had been checked when a session was measured."""

    PASSED = "passed"
    NOT_MEASURABLE = "not_measurable"
    """Nothing was wrong, but something could not be measured and was accepted as it is."""
    OVERRIDDEN = "overridden"
    """Something was wrong, and somebody went on all the same."""
    UNCHECKED = "unchecked"


@dataclass(frozen=True, slots=True)
class SetupQuality:
    """What goes into session.json, results and history: the verdict and the checks behind it.

    `failed` and `not_measurable` name checks (`SetupCheck.name`). `later` names checks that went
    red during the session itself.
    """

    verdict: SetupVerdict = SetupVerdict.UNCHECKED
    failed: tuple[str, ...] = ()
    not_measurable: tuple[str, ...] = ()
    later: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SetupView:
    """The set-up assistant. `ready`: nothing is red or waiting.

    `override`: something is red or cannot be measured, and going on all the same is offered by
    holding green; the session is then marked. `passing`: all is well and it goes on by itself;
    how far that has come, 0..1.
    `required`: it was not asked for, the station's first session since the start needs it.
    """

    checks: tuple[SetupCheck, ...]
    guides: SetupGuides
    ready: bool = False
    override: bool = False
    passing: float = 0.0
    required: bool = False


@dataclass(frozen=True, slots=True)
class ListItem:
    """A line that can be chosen. `key` is stable; `value` stands at its end (a setting's state).

    A line that is not `enabled` can be selected but not chosen; `detail` then says why.
    """

    key: str
    text: str
    detail: str = ""
    value: str = ""
    enabled: bool = True
    translate: bool = True
    """False for what a person typed (a code, a name): shown as it is."""


@dataclass(frozen=True, slots=True)
class ListView:
    """A list with one line selected: menu and settings. Long lists scroll with the selection."""

    title: str
    items: tuple[ListItem, ...]
    selected: int = 0


class EntryState(StrEnum):
    """How a typed code or name stands."""

    EMPTY = "empty"
    INCOMPLETE = "incomplete"
    VALID = "valid"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class RunnersView:
    """Who runs. `kind`: "list" (home: runners, last line "new runner") or "code" (clinic).

    With "code", `typed` is the entry so far, `entry` how it stands, `rule` what a code must look
    like; the list then holds the codes used last. At home `typed` is the name of the new runner,
    where a keyboard is there to type one; without one it gets a number. `loading`: the store has
    not answered yet.
    """

    kind: str
    list: ListView
    typed: str = ""
    entry: EntryState = EntryState.EMPTY
    rule: str = ""
    loading: bool = False
    problem: Reason | None = None


@dataclass(frozen=True, slots=True)
class HistoryView:
    """The sessions of a runner (None: of everybody), newest first, one of them selected.

    Each has left and right drop with their intervals and "clear / not clear" in its `summary`.
    `marked`: index of the session chosen for a comparison, None when none is.
    """

    runner: Runner | None
    sessions: tuple[KeptSession, ...]
    trends: tuple[Trend, ...] = ()
    selected: int = 0
    marked: int | None = None
    loading: bool = False
    problem: Reason | None = None


@dataclass(frozen=True, slots=True, eq=False)
class CompareView:
    """Before and after: None while it is being put together or when it cannot be (`problem`).

    The comparison's `explanations` are said before any change. Two pictures a side, each at that
    session's median midstance; a side's may be missing.
    """

    runner: Runner | None
    comparison: Comparison | None = None
    before_frames: tuple[FreezeFrame, ...] = ()
    after_frames: tuple[FreezeFrame, ...] = ()
    loading: bool = False
    problem: Reason | None = None


class ResultsPage(StrEnum):
    """Which page of the results is open."""

    NUMBERS = "numbers"
    TRIAL = "trial"
    ENDURANCE = "endurance"
    BEYOND = "beyond"
    """Where the body was over the feet."""


class CalibrationPhase(StrEnum):
    """How far the step calibration has come."""

    LEFT_UP = "left_up"
    """The book (or low step) under the left foot, both knees straight."""
    RIGHT_UP = "right_up"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class CalibrationView:
    """The step calibration: a book of known height under one foot, then under the other.

    `progress`: of the phase's quiet standing, 0..1. `step_height_mm` as configured.
    `gain`: by how much the measured pelvis line has to be multiplied for this runner, with its
    interval, once DONE. `problem` says what is in the way, or why it failed.
    """

    phase: CalibrationPhase
    step_height_mm: float
    progress: float = 0.0
    gain: Estimate | None = None
    problem: Reason | None = None


@dataclass(frozen=True, slots=True)
class ShutdownView:
    """Switching off. `going`: it is under way, and nothing can be chosen any more.

    While it is asked (out of the menu) green held switches off and blue goes back.
    """

    going: bool = False
    problem: Reason | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """What can be chosen about the screen at the device itself; begins as configured."""

    language: str = "en"
    live_view: str = "simple"
    show_picture: bool = True


@dataclass(frozen=True, slots=True)
class Latency:
    """From the sensor's time stamp to the numbers on the screen, in milliseconds.

    `median_ms` and `p95_ms` are over the last ten seconds.
    """

    newest_ms: float
    median_ms: float
    p95_ms: float
