"""The view models of setting up: the assistant, the step calibration, switching off. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

from device.domain.kiosk import Level, ScreenModel
from device.domain.screens import (
    CalibrationPhase,
    CheckState,
    SetupCheck,
    SetupGuides,
    SetupView,
)
from device.ui.i18n import _, decimal, ngettext, said
from device.ui.view import NoticeView, PictureView, notice, picture


@dataclass(frozen=True, slots=True)
class CheckView:
    """A check as a line: its sign, what is checked, and its value or state in a word."""

    name: str
    state: CheckState
    title: str
    value: str


@dataclass(frozen=True, slots=True)
class AdviceView:
    """The one thing to do now; `state` is that of the check it comes from."""

    state: CheckState
    what: str
    remedy: str
    passing: float = 0.0


@dataclass(frozen=True, slots=True)
class SetupScreenView:
    """The set-up assistant."""

    title: str
    count: str
    checks: tuple[CheckView, ...]
    advice: AdviceView
    guides: SetupGuides | None
    picture: PictureView | None


@dataclass(frozen=True, slots=True)
class CalibrationScreenView:
    """The step calibration. `lifted`: 0 nobody, -1 the left foot, 1 the right one on the book."""

    title: str
    lines: tuple[str, ...]
    phase: CalibrationPhase
    lifted: int
    fraction: float
    number: str
    step: str
    book: str
    gain: str
    interval: str
    problem: NoticeView | None
    picture: PictureView | None


@dataclass(frozen=True, slots=True)
class ShutdownScreenView:
    """Switching off."""

    title: str
    line: str
    going: bool
    problem: NoticeView | None


_ORDER = (CheckState.BAD, CheckState.WAITING, CheckState.NOT_MEASURABLE)


def setup(model: ScreenModel) -> SetupScreenView:
    """The view of the set-up assistant."""
    shown = model.setup
    checks = () if shown is None else shown.checks
    good = sum(check.state is CheckState.OK for check in checks)
    return SetupScreenView(
        title=_("Is the camera set up well?"),
        count="" if not checks else _("{n} of {all}").format(n=good, all=len(checks)),
        checks=tuple(
            CheckView(check.name, check.state, said(check.title), _value(check)) for check in checks
        ),
        advice=_advice(shown),
        guides=None if shown is None else shown.guides,
        picture=picture(model),
    )


def _advice(shown: SetupView | None) -> AdviceView:
    if shown is None or not shown.checks:
        return AdviceView(CheckState.WAITING, _("Looking …"), "")
    for state in _ORDER:
        for check in shown.checks:
            if check.state is state and (check.what or check.remedy):
                return AdviceView(state, said(check.what), said(check.remedy))
    return AdviceView(
        CheckState.OK, _("All is well."), _("It goes on by itself."), round(shown.passing, 2)
    )


def _value(check: SetupCheck) -> str:
    """What was measured with its unit, else the state in a word."""
    if check.value is not None:
        if check.unit == "deg":
            return f"{decimal(abs(check.value))}°"
        if check.unit == "cm":
            return f"{decimal(abs(check.value), 0)} cm"
        if check.unit == "per_s":
            return _("{n} per s").format(n=decimal(check.value, 0))
        if check.unit == "people":
            n = round(check.value)
            return ngettext("{n} person", "{n} people", n).format(n=n)
        return decimal(check.value)
    return {
        CheckState.OK: _("good"),
        CheckState.BAD: _("not yet"),
        CheckState.WAITING: _("waiting"),
        CheckState.NOT_MEASURABLE: _("look yourself"),
    }[check.state]


def calibration(model: ScreenModel) -> CalibrationScreenView:
    """The view of the step calibration."""
    shown = model.calibration
    phase = CalibrationPhase.LEFT_UP if shown is None else shown.phase
    fraction = 0.0 if shown is None else min(1.0, max(0.0, shown.progress))
    titles = {
        CalibrationPhase.LEFT_UP: _("Left foot on the book"),
        CalibrationPhase.RIGHT_UP: _("Right foot on the book"),
        CalibrationPhase.DONE: _("Measured"),
        CalibrationPhase.FAILED: _("That did not work"),
    }
    up = (_("Both knees straight, weight on both legs."), _("Stand still until the ring is full."))
    lines = {
        CalibrationPhase.LEFT_UP: up,
        CalibrationPhase.RIGHT_UP: up,
        CalibrationPhase.DONE: (
            _("Kept with the runner. It tells little of running, so the numbers stay estimates."),
        ),
        CalibrationPhase.FAILED: (),
    }
    order = (CalibrationPhase.LEFT_UP, CalibrationPhase.RIGHT_UP)
    gain = None if shown is None or phase is not CalibrationPhase.DONE else shown.gain
    return CalibrationScreenView(
        title=titles[phase],
        lines=lines[phase],
        phase=phase,
        lifted={CalibrationPhase.LEFT_UP: -1, CalibrationPhase.RIGHT_UP: 1}.get(phase, 0),
        fraction=round(fraction, 3),
        number=str(math.floor(100 * fraction)),
        step=_("{n} of {all}").format(n=order.index(phase) + 1, all=2) if phase in order else "",
        book=""
        if shown is None
        else _("Height of the book: {mm} mm").format(mm=decimal(shown.step_height_mm, 0)),
        gain="" if gain is None else f"× {decimal(gain.mean, 2)}",
        interval=""
        if gain is None
        else _("{low} to {high}").format(
            low=decimal(gain.ci95_low, 2), high=decimal(gain.ci95_high, 2)
        ),
        problem=None
        if shown is None or shown.problem is None
        else notice(Level.WARN, shown.problem),
        picture=picture(model) if phase in order else None,
    )


def shutdown(model: ScreenModel) -> ShutdownScreenView:
    """The view of switching off."""
    shown = model.shutdown
    going = shown is not None and shown.going
    return ShutdownScreenView(
        title=_("Switching off …") if going else _("Switch the station off?"),
        line=_("Wait until screen and lights are dark. Then it can be unplugged.")
        if going
        else _("Hold green to switch off. Blue goes back."),
        going=going,
        problem=None
        if shown is None or shown.problem is None
        else notice(Level.FAULT, shown.problem),
    )
