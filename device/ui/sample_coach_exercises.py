"""Sample screens of the coach: exercises; all numbers are made up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from device.coach.exercises import SAID, Cue
from device.domain.basics import Reason, Side
from device.domain.coach_screens import (
    ExerciseGoal,
    ExerciseLive,
    ExercisePhase,
    ExerciseResult,
    ExerciseView,
    Facing,
)
from device.domain.history import Runner
from device.domain.kiosk import ButtonHints, ScreenModel, ScreenName
from device.domain.screens import ListItem, ListView

Make = Callable[..., ScreenModel]
P = ExercisePhase

HOLD = ExerciseGoal(30.0, 0, (4.0, 20.0))
STEP = ExerciseGoal(30.0, 0, (8.0, 30.0))
HIKE = ExerciseGoal(0.0, 8, (0.0, 6.0))
HINGE = ExerciseGoal(0.0, 8, (0.06, 0.15), of_trunk=True)
LOCK = ExerciseGoal(0.0, 10, (-2.0, 4.0))
TURNED = Reason(
    "exercise_turned",
    "You stand the other way round than chosen.",
    "Turn round, or choose the other view in the list of exercises.",
    blocks=True,
)


def _items() -> tuple[ListItem, ...]:
    why = (
        "Opens once the exercise before it was done on both legs in 2 sessions in a row, steadier "
        "than 2.0 degrees."
    )
    return (
        ListItem("access_floor", "Reach the range: on the floor", value="passed"),
        ListItem("access_book", "Reach the range: on a book", value="1 of 2"),
        *(
            ListItem(name, text, detail=why, enabled=False)
            for name, text in (
                ("access_step", "Reach the range: on a step"),
                ("hip_hike", "Strength: hip hike"),
                ("hinge_to_wall", "Movement: hinge to the wall"),
                ("hip_lock", "Movement: hip-lock drill"),
            )
        ),
        ListItem("camera", "The camera sees you", value="from behind"),
        ListItem("back", "Back"),
    )


def _live(cue: Cue, **more: object) -> ExerciseLive:
    base = ExerciseLive(
        cue.value, SAID[cue], 1.0, 9.2, 8.1, None, 0.12, 0.06, 2.4, estimate=True, standing_deg=1.1
    )
    return replace(base, **more)  # type: ignore[arg-type]


def models(make: Make, runner: Runner) -> dict[str, ScreenModel]:
    """The states, by name."""
    from device.ui.samples import picture  # which puts these beside its own

    shot = picture(9.2)
    screen = ScreenName.EXERCISES
    lines = ButtonHints(green="Choose", blue="Next", yellow="Previous", blue_held="Close")
    ready = ButtonHints(
        green="Begin", blue="Other leg", yellow="Other view", green_held="All exercises",
        blue_held="Close",
    )  # fmt: skip
    going = ButtonHints(green="Enough", blue="Begin again", blue_held="Close")
    felt = ButtonHints(green="In the buttock", blue="In the low back", blue_held="Close")
    after = ButtonHints(
        green="Other leg", blue="Once more", green_held="All exercises", blue_held="Close"
    )
    over = ButtonHints(green="All exercises", blue="Once more", blue_held="Close")
    open_list = ExerciseView(
        runner, P.LIST, ListView("Exercises", _items(), 1), "access_book", 2, 6,
        goal=replace(HOLD, band=(6.0, 25.0)),
    )  # fmt: skip
    floor = ExerciseView(runner, P.READY, None, "access_floor", 1, 6, goal=HOLD)
    hike = replace(floor, name="hip_hike", number=4, goal=HIKE)
    hinge = replace(floor, name="hinge_to_wall", number=5, goal=HINGE, facing=Facing.FRONT)
    lock = replace(floor, name="hip_lock", number=6, goal=LOCK, side=Side.RIGHT)
    held = _live(Cue.DONE, holding_s=30.1, held_s=30.1, steadiness=0.8, done=True)
    counted = _live(
        Cue.LOWER,
        drop_deg=-3.0,
        level_deg=-4.1,
        depths=(11.2, 12.4, 10.8, 12.0, 11.1),
        smooth=(True, True, False, True, True),
    )

    def of(view: ExerciseView, hints: ButtonHints, *, seen: bool = False) -> ScreenModel:
        more = {"picture": shot} if seen else {}
        return make(screen, hints, exercises=view, runner=runner, **more)

    def moving(view: ExerciseView, live: ExerciseLive) -> ExerciseView:
        return replace(view, phase=P.MOVING, live=live)

    def ended(view: ExerciseView, result: ExerciseResult) -> ExerciseView:
        return replace(view, phase=P.RESULT, live=result.live, result=result)

    still = replace(floor, phase=P.STANDING, live=ExerciseLive(standing=0.62))
    return {
        "exercises": of(open_list, lines),
        "exercises-locked": of(
            replace(
                open_list, list=ListView("Exercises", _items(), 3), name="hip_hike", number=4,
                goal=HIKE,
            ),
            replace(lines, green=None),
        ),
        "exercise-floor": of(floor, ready),
        "exercise-book": of(
            replace(floor, name="access_book", number=2, goal=replace(HOLD, band=(6.0, 25.0))),
            ready,
        ),
        "exercise-step": of(
            replace(
                floor, name="access_step", number=3, goal=STEP, side=Side.RIGHT,
                facing=Facing.FRONT,
            ),
            ready,
        ),
        "exercise-hike": of(hike, ready),
        "exercise-hinge": of(hinge, ready),
        "exercise-lock": of(lock, ready),
        "exercise-standing": of(
            still, ButtonHints(blue="All exercises", blue_held="Close"), seen=True
        ),
        "exercise-holding": of(
            moving(floor, _live(Cue.HOLD, holding_s=12.4, held_s=12.4)), going, seen=True
        ),
        "exercise-knee": of(
            moving(floor, _live(Cue.KNEE, knee_in=0.34, held_s=6.0)), going, seen=True,
        ),
        "exercise-counting": of(moving(hike, counted), going, seen=True),
        "exercise-hinging": of(
            moving(
                hinge,
                _live(Cue.RETURN, drop_deg=None, level_deg=None, hinge=0.22, depths=(0.21, 0.24),
                      smooth=(True, True)),
            ),
            going,
        ),
        "exercise-turned": of(
            moving(lock, _live(Cue.LOST, drop_deg=None, level_deg=None, over_foot=None,
                               knee_in=None, lean_deg=None, problem=TURNED)),
            going,
        ),
        "exercise-felt": of(
            replace(floor, phase=P.FELT, live=held), felt
        ),
        "exercise-result": of(
            ended(floor, ExerciseResult(held, False, True, 0, kept=True)), after
        ),
        "exercise-opened": of(
            ended(
                replace(hike, side=Side.RIGHT),
                ExerciseResult(
                    replace(counted, depths=(*counted.depths, 12.2, 11.6, 12.8),
                            smooth=(*counted.smooth, True, True, True), done=True, steadiness=0.9),
                    False, False, 2, opened="hinge_to_wall", kept=True,
                ),
            ),
            over,
        ),
        "exercise-forced": of(
            ended(
                replace(floor, name="access_step", number=3, goal=STEP),
                ExerciseResult(
                    replace(held, holding_s=14.0, held_s=14.0, done=False), True, False, 0,
                    back_to="access_book",
                ),
            ),
            over,
        ),
    }  # fmt: skip
