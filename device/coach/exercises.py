"""The exercises, in the order of the source: reach the range, build strength in it, move through
it.

(a) *access*: an isometric hold of length on the stance side: stand on one leg and let the other
hip sink as far as the hip allows, first on the floor, then on a book, then on a step. (b)
*strength*: the hip hike out of that position. (c) *dynamic*: the hinge to the wall (into
midstance) and the hip-lock drill (from midstance to toe-off).

`Exercise` describes one; `Watch` follows somebody doing it, frame by frame, and says one thing at a
time. Bands and criteria are ours, configurable in a programme; the order, the positions and the
warning are the source's.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np

from device.coach.posture import Posture
from device.domain.basics import Side

FELT_IN_BACK = "If you feel it more in the low back than in the buttock, the range is forced."


class Mode(StrEnum):
    """What is counted."""

    HOLD = "hold"
    REPETITIONS = "repetitions"


class Measure(StrEnum):
    """What a repetition moves."""

    DROP = "drop"
    """The pelvis angle."""
    HINGE = "hinge"
    """The trunk, forward: seen as its shortening in the picture."""


@dataclass(frozen=True, slots=True)
class Exercise:
    """One exercise on one standing leg.

    Angles are drops relative to the person's own level standing, positive with the free hip lower.
    HOLD: the drop shall stay in `band_deg` for `hold_s`. REPETITIONS: from below `low` to above
    `high` and back counts one, of the `measure`; `repetitions` of them. `steady` is the most that
    the drop may scatter (SD) while held; `over_foot` and `knee_in` the most that the hips may be
    beside the foot (share of their distance) and the knee inside it (share of the shin).
    """

    name: str
    stage: int
    mode: Mode
    measure: Measure
    hold_s: float = 0.0
    repetitions: int = 0
    band_deg: tuple[float, float] = (0.0, 0.0)
    low: float = 0.0
    high: float = 0.0
    steady_deg: float = 2.0
    over_foot: float = 0.5
    knee_in: float = 0.25
    even: float = 1.0
    """The scatter of a hold, or of the repetitions' depths, is divided by this before it is held
    against the criterion's degrees: a depth is the difference of two turning points."""
    raised: bool = False
    """On a book or a step: the free foot may hang lower than the standing one."""


EXERCISES: dict[str, Exercise] = {
    exercise.name: exercise
    for exercise in (
        Exercise("access_floor", 0, Mode.HOLD, Measure.DROP, 30.0, 0, (4.0, 20.0)),
        Exercise("access_book", 1, Mode.HOLD, Measure.DROP, 30.0, 0, (6.0, 25.0), raised=True),
        Exercise("access_step", 2, Mode.HOLD, Measure.DROP, 30.0, 0, (8.0, 30.0), raised=True),
        Exercise(
            "hip_hike",
            3,
            Mode.REPETITIONS,
            Measure.DROP,
            0.0,
            8,
            low=0.0,
            high=6.0,
            even=2.0,
            raised=True,
        ),
        Exercise(
            "hinge_to_wall",
            4,
            Mode.REPETITIONS,
            Measure.HINGE,
            0.0,
            8,
            low=0.06,
            high=0.15,
            even=0.04,
        ),
        Exercise(
            "hip_lock", 5, Mode.REPETITIONS, Measure.DROP, 0.0, 10, low=-2.0, high=4.0, even=2.0
        ),
    )
}
"""By name, in order; `stage` is the place in it."""


class Cue(StrEnum):
    """One thing to do now, in the words a coach uses (`SAID`)."""

    STAND = "stand"
    SINK = "sink"
    RISE = "rise"
    OVER_FOOT = "over_foot"
    KNEE = "knee"
    TALL = "tall"
    STEADY = "steady"
    HOLD = "hold"
    LIFT = "lift"
    LOWER = "lower"
    HINGE = "hinge"
    RETURN = "return"
    DONE = "done"
    LOST = "lost"


SAID: dict[Cue, str] = {
    Cue.STAND: "Stand on this leg, the other foot free.",
    Cue.SINK: "Let the free hip sink.",
    Cue.RISE: "Not so low: keep it in the buttock.",
    Cue.OVER_FOOT: "Bring your middle over the standing foot.",
    Cue.KNEE: "Knee over the foot.",
    Cue.TALL: "Stay tall: no leaning with the trunk.",
    Cue.STEADY: "Slowly. Quiet hips.",
    Cue.HOLD: "Hold it there.",
    Cue.LIFT: "Now lift the free hip.",
    Cue.LOWER: "And let it down slowly.",
    Cue.HINGE: "Hips back to the wall.",
    Cue.RETURN: "And up again.",
    Cue.DONE: "Done. Rest, then the other side.",
    Cue.LOST: "Step back into the picture.",
}
LEAN_DEG = 12.0
WINDOW_S = 2.0
LOST_S = 1.0
CUE_S = 1.5
"""A cue stands at least so long: two in a second help nobody."""
LONGEST_REPETITION_S = 12.0
LAPSE_S = 1.0
"""What is wrong for less stops a hold's clock; for longer, the hold begins anew."""
FEWEST_DEPTHS = 4
"""Of so many repetitions it can be said how alike they are; the first began elsewhere."""
LONGEST_GAP_S = 0.5
"""Nothing is counted of a longer time between two frames."""
WRONG_SHARE = 0.3
"""A repetition in more of whose frames the posture was wrong does not count."""


@dataclass(frozen=True, slots=True)
class Repetition:
    """One repetition: its turning points in the measure's unit, how long it took, and how evenly it
    was moved (`jerks`: changes of direction on the way; 0 is smooth)."""

    low: float
    high: float
    seconds: float
    jerks: int

    @property
    def depth(self) -> float:
        """From turning point to turning point."""
        return self.high - self.low


@dataclass(frozen=True, slots=True)
class Follow:
    """What somebody has done so far of one exercise on one side.

    `value` the newest drop or hinge; `steady_deg` its scatter over two seconds. `held_s` the
    longest unbroken hold, `holding_s` the present one.
    """

    exercise: Exercise
    side: Side
    value: float | None
    cue: Cue
    holding_s: float = 0.0
    held_s: float = 0.0
    steady_deg: float | None = None
    repetitions: tuple[Repetition, ...] = ()
    hold_deg: float | None = None
    """The mean scatter during the longest hold."""

    @property
    def steadiness(self) -> float | None:
        """How unsteady the set was, for the criterion; None before that can be said."""
        if self.exercise.mode is Mode.HOLD:
            return self.hold_deg
        if len(self.repetitions) < FEWEST_DEPTHS:
            return None
        depths = [one.depth for one in self.repetitions[1:]]
        return float(np.std(depths, ddof=1)) / self.exercise.even

    @property
    def done(self) -> bool:
        """Whether the exercise's count or time is reached."""
        if self.exercise.mode is Mode.HOLD:
            return self.held_s >= self.exercise.hold_s
        return len(self.repetitions) >= self.exercise.repetitions


class Watch:
    """Follows one exercise on one standing leg. Push postures in order of time."""

    def __init__(self, exercise: Exercise, side: Side) -> None:
        self._it = Follow(exercise, side, None, Cue.STAND)
        self._recent: deque[tuple[float, float]] = deque()
        self._seen_s: float | None = None
        self._cue_s = -np.inf
        self._turn: _Turn | None = None
        self._wrong_s = 0.0
        self._scatter: list[float] = []

    @property
    def follow(self) -> Follow:
        """How it stands."""
        return self._it

    def push(self, now: Posture | None, t_s: float) -> Follow:
        """Take a frame's posture on the side's leg (None: nobody, or both feet down)."""
        it = self._it
        if now is None or now.stance is not it.side:
            lost = self._seen_s is None or t_s - self._seen_s > LOST_S
            if lost:
                self._recent.clear()
                self._turn = None
                cue = Cue.DONE if it.done else (Cue.LOST if now is None else Cue.STAND)
                self._it = self._with(it, cue, t_s, value=None, holding_s=0.0)
            return self._it
        value = now.hinge if it.exercise.measure is Measure.HINGE else now.drop_deg
        if value is None:
            if self._seen_s is not None and t_s - self._seen_s > LOST_S:
                self._it = replace(it, value=None, holding_s=0.0)
            return self._it
        gap_s = 0.0 if self._seen_s is None else t_s - self._seen_s
        gap_s = gap_s if gap_s <= LONGEST_GAP_S else 0.0
        self._seen_s = t_s
        self._recent.append((t_s, value))
        while self._recent[0][0] < t_s - WINDOW_S:
            self._recent.popleft()
        steady = self._steady()
        it = replace(it, value=value, steady_deg=steady)
        if it.exercise.mode is Mode.HOLD:
            it = self._hold(it, now, value, gap_s)
            cue = self._hold_cue(it, now, value)
        else:
            it = self._count(it, now, value, t_s)
            cue = self._count_cue(it, now)
        self._it = self._with(it, cue, t_s)
        return self._it

    def _steady(self) -> float | None:
        if len(self._recent) < 10:
            return None
        values = np.array([value for _, value in self._recent])
        return float(values.std())

    def _hold(self, it: Follow, now: Posture, value: float, gap_s: float) -> Follow:
        low, high = it.exercise.band_deg
        good = low <= value <= high and not _wrong(it.exercise, now)
        if it.steady_deg is not None and it.steady_deg > it.exercise.steady_deg:
            good = False
        self._wrong_s = 0.0 if good else self._wrong_s + gap_s
        holding = it.holding_s
        if good:
            holding += gap_s
        elif self._wrong_s >= LAPSE_S:
            holding = 0.0
        if holding == 0.0:
            self._scatter.clear()
        elif good and it.steady_deg is not None:
            self._scatter.append(it.steady_deg)
        if holding <= it.held_s:
            return replace(it, holding_s=holding)
        mean = float(np.mean(self._scatter)) if self._scatter else None
        return replace(it, holding_s=holding, held_s=holding, hold_deg=mean)

    def _hold_cue(self, it: Follow, now: Posture, value: float) -> Cue:
        if it.done:
            return Cue.DONE
        low, high = it.exercise.band_deg
        if wrong := _wrong(it.exercise, now):
            return wrong
        if value < low:
            return Cue.SINK
        if value > high:
            return Cue.RISE
        if it.steady_deg is not None and it.steady_deg > it.exercise.steady_deg:
            return Cue.STEADY
        return Cue.HOLD

    def _count(self, it: Follow, now: Posture, value: float, t_s: float) -> Follow:
        """A repetition goes from beyond `high` to beyond `low` and back beyond `high`, or for the
        hinge from upright to bent and back."""
        exercise = it.exercise
        if self._turn is None:
            self._turn = _Turn(t_s, value)
        turn = self._turn
        turn.take(value, wrong=_wrong(exercise, now) is not None)
        if exercise.measure is Measure.HINGE:
            passed, back = turn.high > exercise.high, value < exercise.low
        else:
            # Out of the sunk position: up (the drop shrinks) and down again.
            passed, back = turn.low < exercise.low, value > exercise.high
            if turn.started_high is None and value > exercise.high:
                turn.started_high = t_s
            if turn.started_high is None:
                self._turn = None
                return it
        if not (passed and back):
            if t_s - turn.began_s > LONGEST_REPETITION_S:
                self._turn = None
            return it
        done = Repetition(turn.low, turn.high, t_s - turn.began_s, turn.jerks())
        self._turn = _Turn(t_s, value)
        if exercise.measure is Measure.DROP:
            self._turn.started_high = t_s
        if turn.wrong > WRONG_SHARE * len(turn.way):
            return it
        return replace(it, repetitions=(*it.repetitions, done))

    def _count_cue(self, it: Follow, now: Posture) -> Cue:
        if it.done:
            return Cue.DONE
        if wrong := _wrong(it.exercise, now):
            return wrong
        turn = self._turn
        if it.exercise.measure is Measure.HINGE:
            return Cue.RETURN if turn is not None and turn.high > it.exercise.high else Cue.HINGE
        if turn is None:
            return Cue.SINK
        return Cue.LOWER if turn.low < it.exercise.low else Cue.LIFT

    def _with(self, it: Follow, cue: Cue, t_s: float, **changes: float | None) -> Follow:
        """`it` with a cue that stands for a while before the next one may replace it."""
        if cue is not it.cue and (cue is Cue.DONE or t_s - self._cue_s >= CUE_S):
            self._cue_s = t_s
        else:
            cue = it.cue
        return replace(it, cue=cue, **changes)  # type: ignore[arg-type]


@dataclass(slots=True)
class _Turn:
    """A repetition under way."""

    began_s: float
    first: float
    low: float = np.inf
    high: float = -np.inf
    started_high: float | None = None
    way: list[float] = field(default_factory=list)
    wrong: int = 0

    def take(self, value: float, *, wrong: bool) -> None:
        self.low, self.high = min(self.low, value), max(self.high, value)
        self.way.append(value)
        self.wrong += wrong

    def jerks(self) -> int:
        """Changes of direction of more than a fifth of the depth, beyond the two that a
        repetition is made of."""
        least = 0.2 * (self.high - self.low)
        turns, rising, extreme = 0, None, self.first
        for value in self.way:
            if rising is None:
                if abs(value - extreme) > least:
                    rising, extreme = value > extreme, value
            elif (value > extreme) == rising:
                extreme = value
            elif abs(value - extreme) > least:
                turns, rising, extreme = turns + 1, not rising, value
        return max(0, turns - 2)


def _wrong(exercise: Exercise, now: Posture) -> Cue | None:
    """The first thing that is wrong with how somebody stands, or None. One at a time: the base
    first, because what is above follows it."""
    if now.knee_over_foot is not None and now.knee_over_foot > exercise.knee_in:
        return Cue.KNEE
    if now.hips_over_foot is not None and abs(now.hips_over_foot) > exercise.over_foot:
        return Cue.OVER_FOOT
    if now.trunk_lean_deg is not None and abs(now.trunk_lean_deg) > LEAN_DEG:
        return Cue.TALL
    return None
