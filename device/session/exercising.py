"""What the machine knows of an exercise under way (pure)."""

from __future__ import annotations

from dataclasses import dataclass

from device.coach.exercise_plan import ExerciseRecord
from device.domain.basics import Side
from device.domain.coach_screens import ExerciseLive, ExercisePhase, ExerciseResult, Facing

LOOKING = (
    ExercisePhase.STANDING,
    ExercisePhase.MOVING,
    ExercisePhase.FELT,
    ExercisePhase.RESULT,
)
"""While the camera looks on; it goes on behind question and result, so that the other leg can
follow at once."""


@dataclass(frozen=True, slots=True)
class Exercising:
    """Where somebody is. `camera`: the view chosen in the list; `facing` of the exercise that is
    open. `history`: what is known of the runner, with this visit's sets. `live`: how the set
    stands, or stood; `unix_s` the wall clock's time then."""

    phase: ExercisePhase = ExercisePhase.LIST
    name: str = ""
    side: Side = Side.LEFT
    camera: Facing = Facing.BEHIND
    facing: Facing = Facing.BEHIND
    history: tuple[ExerciseRecord, ...] = ()
    live: ExerciseLive | None = None
    result: ExerciseResult | None = None
    unix_s: float = 0.0

    @property
    def looking(self) -> bool:
        """Whether the camera looks on."""
        return self.phase in LOOKING
