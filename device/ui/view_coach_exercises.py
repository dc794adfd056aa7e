"""The view models of the exercises: from the list to the result. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from device.domain.basics import Side
from device.domain.coach_screens import (
    ExerciseGoal,
    ExerciseLive,
    ExercisePhase,
    ExerciseResult,
    ExerciseView,
    Facing,
)
from device.domain.kiosk import Level, ScreenModel
from device.domain.screens import ListItem
from device.ui.i18n import _, decimal, ngettext, said
from device.ui.view import PictureView, picture
from device.ui.view_lists import ListScreenView, listed

SCALE_DEG = (-14.0, 34.0)
SCALE_HINGE = (0.0, 0.45)
FITTING = ("hold", "lift", "lower", "hinge", "return", "done")
"""Cues that say what to do next, rather than what is wrong."""


@dataclass(frozen=True, slots=True)
class FigureView:
    """Which exercise is drawn, on which leg, from where."""

    name: str
    side: Side
    facing: Facing


@dataclass(frozen=True, slots=True)
class ListPage:
    """The exercises; the selected one with its drawings. `line`: how far it has come, or what
    opens it."""

    list: ListScreenView
    figure: FigureView | None
    line: str


@dataclass(frozen=True, slots=True)
class ReadyPage:
    """An exercise: what to do, and what counts."""

    title: str
    number: str
    figure: FigureView
    leg: str
    seen: str
    how: tuple[str, ...]
    counts: str


@dataclass(frozen=True, slots=True)
class StandingPage:
    """Standing on both feet, for the own level. `problem` in place of the instructions."""

    title: str
    lines: tuple[str, ...]
    fraction: float
    number: str
    problem: tuple[str, str] | None
    picture: PictureView | None
    letters: tuple[str, str]


@dataclass(frozen=True, slots=True)
class PartView:
    """A part of the posture: what it is, how it is, and whether it is well (None: not seen)."""

    name: str
    value: str
    well: bool | None


@dataclass(frozen=True, slots=True)
class GaugeView:
    """Where the value is on its scale, and the band, as fractions."""

    value: float | None
    band: tuple[float, float]
    inside: bool
    number: str
    unit: str
    name: str
    level: str
    edges: tuple[str, str]


@dataclass(frozen=True, slots=True)
class MovingPage:
    """A set under way."""

    cue: str
    more: str
    fits: bool
    fraction: float
    number: str
    goal: str
    marks: tuple[bool, ...]
    gauge: GaugeView
    parts: tuple[PartView, ...]
    figure: FigureView
    position: int
    leg: str
    picture: PictureView | None
    letters: tuple[str, str]


@dataclass(frozen=True, slots=True)
class FeltPage:
    """Where was it felt? The two answers stand beside their marks."""

    title: str
    line: str
    side: Side
    answers: tuple[tuple[str, str], tuple[str, str]]


@dataclass(frozen=True, slots=True)
class ResultPage:
    """What the set came to; `level` WARN when the range was forced."""

    title: str
    number: str
    unit: str
    lines: tuple[str, ...]
    next: str
    level: Level
    kept: str
    figure: FigureView


Page = ListPage | ReadyPage | StandingPage | MovingPage | FeltPage | ResultPage


def exercises(model: ScreenModel) -> Page:
    """The view of the screen, by its phase."""
    shown = model.exercises or ExerciseView(None)
    figure = FigureView(shown.name, shown.side, shown.facing)
    live = shown.live or ExerciseLive()
    if shown.phase is ExercisePhase.LIST or not shown.name:
        return _listed(shown)
    if shown.phase is ExercisePhase.READY:
        return ReadyPage(
            title(shown.name),
            _("{n} of {all}").format(n=shown.number, all=shown.count),
            figure,
            _leg(shown.side),
            _seen(shown.facing),
            _how(shown.name),
            _counts(shown.name, shown.goal),
        )
    if shown.phase is ExercisePhase.STANDING:
        problem = live.problem
        return StandingPage(
            _("Stand still"),
            (_("Both feet on the floor, arms beside you."), _("This is your own level.")),
            round(live.standing, 3),
            str(round(100 * live.standing)),
            None if problem is None else (said(problem.message), said(problem.remedy)),
            picture(model),
            letters(shown.facing),
        )
    if shown.phase is ExercisePhase.MOVING:
        return _moving(model, shown, live, figure)
    if shown.phase is ExercisePhase.FELT or shown.result is None:
        return FeltPage(
            _("Where did you feel it more?"),
            _counted(shown.goal, live),
            shown.side,
            (
                (_("In the buttock"), _("As it should be.")),
                (_("In the low back"), _("The range is forced: a step back.")),
            ),
        )
    return _over(shown, shown.result, figure)


def title(name: str) -> str:
    """What an exercise is called."""
    return {
        "access_floor": _("Reach the range: on the floor"),
        "access_book": _("Reach the range: on a book"),
        "access_step": _("Reach the range: on a step"),
        "hip_hike": _("Strength: hip hike"),
        "hinge_to_wall": _("Movement: hinge to the wall"),
        "hip_lock": _("Movement: hip-lock drill"),
    }.get(name, name)


def letters(facing: Facing) -> tuple[str, str]:
    """Left and right as they are in the picture."""
    left, right = _("LEFT"), _("RIGHT")
    return (left, right) if facing is Facing.BEHIND else (right, left)


def _listed(shown: ExerciseView) -> ListPage:
    view = listed(shown.list, _about)
    figure = FigureView(shown.name, shown.side, shown.facing) if shown.name else None
    line = ""
    if shown.name:
        line = _counts(shown.name, shown.goal)
        if view.detail is not None and not view.detail.enabled:
            line = " ".join(view.detail.lines)
    return ListPage(view, figure, line)


def _about(item: ListItem) -> tuple[str, ...]:
    words = {
        "camera": _("Stand with your back to the camera, or face it. Some need a wall behind you."),
        "back": _("Back to the coach."),
    }.get(item.key, "")
    return (words,) if words else ()


def _leg(side: Side) -> str:
    return _("on the left leg") if side is Side.LEFT else _("on the right leg")


def _seen(facing: Facing) -> str:
    if facing is Facing.BEHIND:
        return _("seen from behind: your back to the camera")
    return _("seen from in front: face the camera")


def _how(name: str) -> tuple[str, ...]:
    hold = (
        _("Let the free hip sink as far as it goes. Stay tall."),
        _("Hold it there: you feel the length in the buttock."),
    )
    return {
        "access_floor": (_("Stand on one leg, its knee straight, arms away from the hips."), *hold),
        "access_book": (_("Stand with one foot on a thick book, the other one free."), *hold),
        "access_step": (_("Stand on the edge of a low step, the other foot beside it."), *hold),
        "hip_hike": (
            _("On the step, let the free hip sink: there it begins."),
            _("Lift it above level. The standing knee stays straight."),
            _("Let it down slowly. That is one."),
        ),
        "hinge_to_wall": (
            _("On one leg, a foot's length before a wall, your back to it."),
            _("Push the hips back until they touch it; the trunk comes forward."),
            _("Up again, tall. That is one."),
        ),
        "hip_lock": (
            _("Begin as in the middle of a step: free hip low, knee soft."),
            _("Drive the free knee up until its hip is the higher one."),
            _("Back again, slowly. That is one."),
        ),
    }.get(name, ())


def _counts(name: str, goal: ExerciseGoal) -> str:
    low, high = goal.band
    if goal.hold_s:
        return _(
            "{s} s without a break, the free hip {low} to {high}° lower than standing."
        ).format(s=f"{goal.hold_s:.0f}", low=decimal(low, 0), high=decimal(high, 0))
    if goal.of_trunk:
        return _("{n} times: the trunk {p} % shorter in the picture, then upright again.").format(
            n=goal.repetitions, p=round(high * 100)
        )
    if low < 0:
        return _("{n} times: from {high}° lower than standing to {low}° higher, and back.").format(
            n=goal.repetitions, high=decimal(high, 0), low=decimal(-low, 0)
        )
    return _("{n} times: from {high}° lower than standing to above level, and back.").format(
        n=goal.repetitions, high=decimal(high, 0)
    )


def _moving(
    model: ScreenModel, shown: ExerciseView, live: ExerciseLive, figure: FigureView
) -> MovingPage:
    goal = shown.goal
    fits = live.problem is None and live.cue in FITTING
    if goal.hold_s:
        fraction = live.holding_s / goal.hold_s
        number, words = f"{live.holding_s:.0f}", _("of {s} s").format(s=f"{goal.hold_s:.0f}")
    else:
        fraction = len(live.depths) / max(1, goal.repetitions)
        number, words = str(len(live.depths)), _("of {n} times").format(n=goal.repetitions)
    # The drawing shows where to go next.
    position = 0 if live.cue in ("lower", "return") else 1
    return MovingPage(
        cue=said(live.said) if live.problem is None else said(live.problem.message),
        more="" if live.problem is None else said(live.problem.remedy),
        fits=fits,
        fraction=round(min(1.0, fraction), 3),
        number=number,
        goal=words,
        marks=live.smooth,
        gauge=_gauge(goal, live),
        parts=_parts(goal, live),
        figure=figure,
        position=position,
        leg=_leg(shown.side),
        picture=picture(model),
        letters=letters(shown.facing),
    )


def _gauge(goal: ExerciseGoal, live: ExerciseLive) -> GaugeView:
    first, last = SCALE_HINGE if goal.of_trunk else SCALE_DEG

    def place(value: float) -> float:
        return min(1.0, max(0.0, (value - first) / (last - first)))

    value = live.hinge if goal.of_trunk else live.drop_deg
    low, high = goal.band
    number, unit, level = "–", "", ""
    name = _("trunk forward") if goal.of_trunk else _("free hip lower than standing")
    if value is not None and goal.of_trunk:
        number, unit = str(round(100 * value)), " %"
    elif value is not None:
        number, unit = decimal(value, 0), "°"
        if live.level_deg is not None:
            level = _("against level {n}°").format(n=decimal(live.level_deg, 0))
        if live.estimate:
            level = f"{level} · {_('estimate')}" if level else _("estimate")
    if goal.of_trunk:
        edges = (f"{round(low * 100)} %", f"{round(high * 100)} %")
    else:
        edges = (f"{decimal(low, 0)}°", f"{decimal(high, 0)}°")
    return GaugeView(
        None if value is None else round(place(value), 3),
        (round(place(low), 3), round(place(high), 3)),
        value is not None and low <= value <= high,
        number,
        unit,
        name,
        level,
        edges,
    )


def _parts(goal: ExerciseGoal, live: ExerciseLive) -> tuple[PartView, ...]:
    def percent(value: float | None) -> str:
        return "–" if value is None else f"{decimal(100 * value, 0)} %"

    over, knee, lean = live.over_foot, live.knee_in, live.lean_deg
    return (
        PartView(
            _("hips over the foot"),
            percent(over),
            None if over is None else abs(over) <= goal.over_foot,
        ),
        PartView(
            _("knee over the foot"), percent(knee), None if knee is None else knee <= goal.knee_in
        ),
        PartView(
            _("trunk upright"),
            "–" if lean is None else f"{decimal(lean, 0)}°",
            None if lean is None else abs(lean) <= goal.lean_deg,
        ),
    )


def _counted(goal: ExerciseGoal, live: ExerciseLive) -> str:
    if goal.hold_s:
        return _("Held for {s} of {all} s.").format(
            s=f"{min(live.held_s, goal.hold_s):.0f}", all=f"{goal.hold_s:.0f}"
        )
    n = len(live.depths)
    return ngettext("{n} of {all} time.", "{n} of {all} times.", n).format(
        n=n, all=goal.repetitions
    )


def _over(shown: ExerciseView, result: ExerciseResult, figure: FigureView) -> ResultPage:
    goal, live = shown.goal, result.live
    lines = []
    if goal.hold_s:
        number, unit = f"{min(live.held_s, goal.hold_s):.0f}", "s"
    else:
        number, unit = str(len(live.depths)), "×"
        if live.depths:
            mean = sum(live.depths) / len(live.depths)
            depth = f"{round(100 * mean)} %" if goal.of_trunk else f"{decimal(mean, 0)}°"
            lines.append(_("{depth} from turn to turn on average.").format(depth=depth))
            even = sum(live.smooth)
            if even < len(live.smooth):
                lines.append(_("{n} of {all} were smooth.").format(n=even, all=len(live.smooth)))
    if live.steadiness is not None:
        lines.append(
            _("Unsteady by {n}°; {limit}° at most open the next one.").format(
                n=decimal(live.steadiness), limit=decimal(goal.steady_deg)
            )
        )
    if result.in_back:
        again = result.back_to == shown.name
        words = (
            _("Felt in the low back: the range is forced. Make it smaller.")
            if again
            else _("Felt in the low back: the range is forced. Go back to: {title}.").format(
                title=title(result.back_to)
            )
        )
    elif result.other_left:
        words = _("Now the other leg.")
    elif result.opened:
        words = _("Open now: {title}.").format(title=title(result.opened))
    else:
        words = ngettext(
            "{n} of {all} session towards the next exercise.",
            "{n} of {all} sessions towards the next exercise.",
            goal.sessions,
        ).format(n=result.passed, all=goal.sessions)
    kept = _("Kept for next time.") if result.kept else _("Kept only while this list is open.")
    done = _("Done") if live.done else _("Not finished")
    return ResultPage(
        f"{done}: {_leg(shown.side)}",
        number,
        unit,
        tuple(lines),
        words,
        Level.WARN if result.in_back else Level.OK,
        kept,
        figure,
    )
