"""The view model of what surrounds every screen: hints, health, badge, notice and fault. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from device.domain.basics import Reason, Side
from device.domain.kiosk import Button, HealthItem, Level, ScreenModel, ScreenName
from device.domain.screens import ResultsPage
from device.gait.support import why_not_judged
from device.ui.i18n import _, said
from device.ui.view import LEVEL_ZONES, NoticeView, notice, part_name, zone_of

SHOWN_IN_IDLE = frozenset({"camera", "stick", "storage", "store", "temperature"})
"""Parts that the idle screen shows large; they are not repeated in the strip."""
NEEDING_THE_CAMERA = frozenset(
    {
        ScreenName.IDLE,
        ScreenName.SETUP,
        ScreenName.STANDING_ZERO,
        ScreenName.COUNTDOWN,
        ScreenName.LIVE,
        ScreenName.STEP_CALIBRATION,
    }
)
"""Screens that a fault of the camera covers: there is nothing to be done on them without it."""
BELT_S = 10.0
"""So long into a run that no steps were seen is no news."""
SPEAKING = frozenset({ScreenName.SETUP, ScreenName.STEP_CALIBRATION, ScreenName.SHUTDOWN})
"""Screens that have a place of their own for what is to be said."""
COVERING_PARTS = frozenset({"camera", "pose", "measure"})
"""Parts without which nothing can be measured: their fault covers the screen."""


@dataclass(frozen=True, slots=True)
class HintView:
    """What one button does now; empty words where it does nothing. `hold` in 0..1 while held."""

    button: Button
    words: str
    held_words: str
    hold: float | None


@dataclass(frozen=True, slots=True)
class HealthView:
    """One part in the strip; `words` only where something is not as it should be."""

    part: str
    level: Level
    words: str


@dataclass(frozen=True, slots=True)
class FaultView:
    """A fault that stops the measuring, as pairs of question and answer."""

    title: str
    answers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Chrome:
    """What surrounds every screen."""

    station: str
    hints: tuple[HintView, HintView, HintView]
    health: tuple[HealthView, ...]
    simulated: str
    notice: NoticeView | None
    fault: FaultView | None
    recording: bool
    runner: str
    chord: float | None
    """Green and blue are held to switch off: how far that has come."""


def chrome(model: ScreenModel) -> Chrome:
    """What surrounds the screen: hints, health, badge, notice and fault."""
    names = tuple(part_name(part) for part in model.simulated)
    fault = _covering_fault(model)
    return Chrome(
        station=model.station,
        hints=(
            _hint(model, Button.GREEN, model.hints.green, model.hints.green_held),
            _hint(model, Button.BLUE, model.hints.blue, model.hints.blue_held),
            _hint(model, Button.YELLOW, model.hints.yellow, model.hints.yellow_held),
        ),
        health=tuple(
            HealthView(
                part_name(item.part), item.level, "" if item.level is Level.OK else said(item.text)
            )
            for item in model.health
            if model.screen is not ScreenName.IDLE or item.part not in SHOWN_IN_IDLE
        ),
        runner="" if model.runner is None else model.runner.code,
        simulated="" if not names else _("SIMULATED: {parts}").format(parts=", ".join(names)),
        notice=None if fault else _notice_of(model),
        fault=fault,
        recording=model.recording,
        chord=None if model.chord is None else round(min(1.0, max(0.0, model.chord)), 2),
    )


def _hint(model: ScreenModel, button: Button, words: str | None, held: str | None) -> HintView:
    hold = None
    if model.held is not None and model.held[0] is button:
        hold = round(min(1.0, max(0.0, model.held[1])), 2)
    return HintView(button, said(words or ""), said(held or ""), hold)


def _notice_of(model: ScreenModel) -> NoticeView | None:
    """The one thing to say: the session's message, then what is broken, then why a number is poor.

    During a run only what stops the measuring is worth the room it takes.
    """
    if _too_early(model):
        return None
    if model.message is not None and not _said_by_the_screen(model):
        level = Level.WARN if model.message.blocks else Level.OK
        return notice(level, model.message, brief=_brief(model))
    running = model.screen in (ScreenName.STANDING_ZERO, ScreenName.COUNTDOWN, ScreenName.LIVE)
    for level in (Level.FAULT,) if running else (Level.FAULT, Level.WARN):
        for item in model.health:
            # The results say themselves that a stick is needed to save them.
            told = model.screen is ScreenName.RESULTS and item.part == "stick"
            if item.level is level and not (told and level is Level.WARN):
                return NoticeView(level, said(item.text), said(item.remedy))
    for reason in _reasons(model):
        return notice(Level.WARN, reason)
    return None


def _too_early(model: ScreenModel) -> bool:
    """The belt takes a moment to run; until then the gauges say enough of missing steps."""
    if model.screen is not ScreenName.LIVE or model.elapsed_s > BELT_S:
        return False
    told = [model.message] if model.message is not None else list(_reasons(model))
    return bool(told) and all(reason.code in ("no_steps", "few_steps") for reason in told)


def _brief(model: ScreenModel) -> bool:
    """During a run, what does not stop the measuring takes a single line."""
    return (
        model.screen is ScreenName.LIVE and model.message is not None and not model.message.blocks
    )


def _said_by_the_screen(model: ScreenModel) -> bool:
    """Results without numbers show their reasons, and the wait for them, in large letters; set-up,
    calibration and switching off their own problem."""
    if model.screen in SPEAKING:
        return True
    if model.screen is not ScreenName.RESULTS:
        return False
    results = model.results
    if results is None:
        return True
    numbers = (results.left.midstance_drop_deg, results.right.midstance_drop_deg)
    return numbers == (None, None) and model.message in results.reasons


def _reasons(model: ScreenModel) -> tuple[Reason, ...]:
    """The gait core's reasons that belong in the notice, those that block first."""
    if model.screen is ScreenName.LIVE and model.gait is not None:
        # How many steps are still missing is on the gauges already.
        return tuple(r for r in model.gait.reasons if r.blocks and r.code != "few_steps")
    results = model.results
    if model.screen is ScreenName.RESULTS and results is not None:
        # Where there is no number at all, the screen itself gives the reasons.
        if results.left.midstance_drop_deg is None and results.right.midstance_drop_deg is None:
            return ()
        found = sorted(results.reasons, key=lambda reason: not reason.blocks)
        narrow = _withheld(model)
        return (*found, *((narrow,) if narrow is not None else ()))
    return ()


def _withheld(model: ScreenModel) -> Reason | None:
    """Why a level pelvis is not called good, where that is so and not said at large."""
    results = model.results
    if results is None or model.page is ResultsPage.BEYOND:
        return None
    drops = ((side, results.side(side).midstance_drop_deg) for side in Side)
    level = any(
        drop is not None and zone_of(drop, model.band(side)) in LEVEL_ZONES for side, drop in drops
    )
    return why_not_judged(results.support) if level else None


def _covering_fault(model: ScreenModel) -> FaultView | None:
    if model.screen not in NEEDING_THE_CAMERA:
        return None
    for item in model.health:
        if item.level is Level.FAULT and item.part in COVERING_PARTS:
            return _fault(item)
    return None


def _fault(item: HealthItem) -> FaultView:
    answers = (
        (_("What this means"), said(item.meaning)),
        (_("What the device does"), said(item.doing)),
        (_("What you can do"), said(item.remedy)),
    )
    return FaultView(said(item.text), tuple((q, a) for q, a in answers if a))
