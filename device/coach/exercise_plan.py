"""Which exercise is open to somebody: kept records in, the next exercise out.

The order is the source's. The next exercise opens once this one has met the `Criterion`; what is
felt in the low back closes it again, because the range is forced.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

from device.coach.exercises import EXERCISES, Exercise
from device.domain.basics import Side

ORDER: tuple[Exercise, ...] = tuple(sorted(EXERCISES.values(), key=lambda one: one.stage))
VISIT_S = 8 * 3600.0
"""Records of one exercise less than this apart are of one session."""
MOST_RECORDS = 200


@dataclass(frozen=True, slots=True)
class Criterion:
    """When the next exercise may come: both sides done in each of the last `sessions`, steadier
    than `steady_deg` (`Follow.steadiness`), and not felt in the low back."""

    sessions: int = 2
    steady_deg: float = 2.0


@dataclass(frozen=True, slots=True)
class ExerciseRecord:
    """What is kept of one exercise in one session, left and right. `in_back`: felt more in the low
    back than in the buttock (the person is asked). `unix_s`: when it began."""

    name: str
    done: tuple[bool, bool]
    steady_deg: tuple[float | None, float | None]
    in_back: bool = False
    unix_s: float = 0.0

    def passes(self, criterion: Criterion) -> bool:
        """Whether this session counts towards the next exercise."""
        return (
            all(self.done)
            and not self.in_back
            and all(deg is not None and deg <= criterion.steady_deg for deg in self.steady_deg)
        )

    def has(self, side: Side) -> bool:
        """Whether this side is done."""
        return self.done[list(Side).index(side)]


def open_stage(
    history: Iterable[ExerciseRecord], criterion: Criterion = Criterion()
) -> tuple[int, int]:
    """The last open exercise's stage, and how many sessions of it in a row have passed.

    Felt in the low back: a step back. The criterion met: a step on. Going over an earlier one again
    closes nothing, unless that one is felt in the low back; a session that was not finished says
    nothing.
    """
    stage, passed = 0, 0
    for record in history:
        at = EXERCISES[record.name].stage
        if at > stage:
            stage, passed = at, 0
        if record.in_back:
            stage, passed = max(0, at - 1), 0
        elif at == stage and all(record.done):
            passed = passed + 1 if record.passes(criterion) else 0
            if passed >= criterion.sessions and stage < len(ORDER) - 1:
                stage, passed = stage + 1, 0
    return stage, min(passed, criterion.sessions)


def next_exercise(
    history: Iterable[ExerciseRecord], criterion: Criterion = Criterion()
) -> Exercise:
    """The exercise for today."""
    return ORDER[open_stage(history, criterion)[0]]


def with_set(
    history: tuple[ExerciseRecord, ...],
    name: str,
    side: Side,
    *,
    done: bool,
    steady_deg: float | None,
    in_back: bool,
    unix_s: float,
) -> tuple[ExerciseRecord, ...]:
    """`history` with one more set. Sets of one visit make one record: of each side the best one
    counts, and what was felt in the back once was felt."""
    last = history[-1] if history else None
    same = last is not None and last.name == name and abs(unix_s - last.unix_s) < VISIT_S
    if last is None or not same:
        last = ExerciseRecord(name, (False, False), (None, None), unix_s=unix_s)
        history = (*history, last)
    i = list(Side).index(side)
    old = last.steady_deg[i]
    # A set that was not finished says nothing of how steady a finished one is.
    better = done and (not last.done[i] or old is None or (steady_deg or 0.0) < old)
    marks = [last.done[0], last.done[1]]
    steady = [last.steady_deg[0], last.steady_deg[1]]
    marks[i] = marks[i] or done
    steady[i] = steady_deg if better else old
    record = replace(
        last,
        done=(marks[0], marks[1]),
        steady_deg=(steady[0], steady[1]),
        in_back=last.in_back or in_back,
    )
    return (*history[:-1], record)[-MOST_RECORDS:]


def to_json(history: Iterable[ExerciseRecord]) -> str:
    """What is kept with a runner."""
    return json.dumps({"version": 1, "records": [asdict(record) for record in history]})


def from_json(text: str) -> tuple[ExerciseRecord, ...]:
    """What `to_json` made; what cannot be understood (another version's) counts as nothing."""
    try:
        found = json.loads(text) if text else {}
        return tuple(_record(one) for one in found.get("records", ()))
    except (ValueError, TypeError, KeyError, AttributeError):
        return ()


def _record(one: dict[str, Any]) -> ExerciseRecord:
    left, right = one["done"]
    steady = tuple(None if deg is None else float(deg) for deg in one["steady_deg"])
    if one["name"] not in EXERCISES or len(steady) != len(Side):
        raise ValueError(one["name"])
    return ExerciseRecord(
        str(one["name"]),
        (bool(left), bool(right)),
        (steady[0], steady[1]),
        bool(one["in_back"]),
        float(one["unix_s"]),
    )
