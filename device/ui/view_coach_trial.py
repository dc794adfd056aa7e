"""The view models of the cadence trial: what it is, what to do now, what came out. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

from device.domain.basics import Estimate, Side
from device.domain.coach_screens import TrialPhase, TrialView
from device.domain.kiosk import Level, ScreenModel
from device.domain.trial import Condition, Follow, TrialPlan
from device.ui.i18n import _, decimal, said
from device.ui.view import NoticeView, clock, interval, notice, side_name, signed

BEAT_SHOWN = 0.3
"""This much of the time from beat to beat the beat is lit."""
MOST_MINUTES = 90.0
"""Seconds; conditions that last longer are told in minutes."""


@dataclass(frozen=True, slots=True)
class ChipView:
    """A condition in the line at the top. `state`: "done", "now" or "next"."""

    words: str
    state: str


@dataclass(frozen=True, slots=True)
class TrialIntroView:
    """Before it begins."""

    title: str
    lead: str
    steps: tuple[tuple[str, str], ...]
    """What is run, and for how long."""
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TrialLiveView:
    """While it runs. `target` is empty in the first condition; `lit`: the beat is now."""

    chips: tuple[ChipView, ...]
    left: str
    cadence: str
    target: str
    order: str
    why: str
    pace: Follow | None
    new: bool
    lit: bool
    sound: str


@dataclass(frozen=True, slots=True)
class ChangeView:
    """A side's drop in a condition, and how it changed. `clear` None in the first one."""

    side: Side
    drop: str
    interval: str
    change: str
    change_interval: str
    clear: bool | None
    less: bool


@dataclass(frozen=True, slots=True)
class ConditionView:
    """A condition's line. `followed` None where nothing was asked."""

    name: str
    cadence: str
    asked: str
    followed: bool | None
    follow_words: str
    left: ChangeView
    right: ChangeView


@dataclass(frozen=True, slots=True)
class TrialResultView:
    """What came out."""

    headline: str
    lines: tuple[ConditionView, ...]
    small_print: str
    problem: NoticeView | None
    estimate: bool = False


def name_of(raised: float) -> str:
    """What a condition is called."""
    if raised == 0:
        return _("as always")
    return f"+{decimal(100 * raised, 0 if round(100 * raised, 1).is_integer() else 1)} %"


def _lasting(plan: TrialPlan) -> str:
    if plan.minute_s < MOST_MINUTES and plan.minute_s != 60:
        return _("{n} s").format(n=decimal(plan.minute_s, 0))
    minutes = plan.minute_s / 60
    return _("{n} min").format(n=decimal(minutes, 0 if minutes.is_integer() else 1))


def intro(trial: TrialView) -> TrialIntroView:
    """What the trial is."""
    plan = trial.plan
    return TrialIntroView(
        title=_("Cadence trial"),
        lead=_("More steps a minute help some runners to hold the pelvis. Do they help you?"),
        steps=tuple((name_of(raised), _lasting(plan)) for raised in plan.raises),
        rules=(
            _("Leave the belt at one speed."),
            _("From the second part on: a step on every beat, shorter and quicker."),
            _("Your drop is not shown meanwhile, so that it stays your own."),
        ),
    )


def live(model: ScreenModel, trial: TrialView) -> TrialLiveView:
    """What to do now."""
    target = trial.target_spm
    order, why = _order(trial)
    return TrialLiveView(
        chips=tuple(
            ChipView(
                name_of(raised),
                "done" if k < trial.index else "now" if k == trial.index else "next",
            )
            for k, raised in enumerate(trial.plan.raises)
        ),
        left=clock(math.ceil(trial.left_s)),
        cadence="–" if trial.cadence_spm is None else decimal(trial.cadence_spm, 0),
        target="" if target is None else decimal(target, 0),
        order=order,
        why=why,
        pace=trial.pace,
        new=trial.new,
        lit=trial.beat_phase is not None and trial.beat_phase < BEAT_SHOWN,
        sound=_sound(model) if target is not None else "",
    )


def _sound(model: ScreenModel) -> str:
    """What is to be said of the sound; empty where it sounds."""
    found = next((item for item in model.health if item.part == "sound"), None)
    if found is not None and found.level is not Level.OK:
        return said(found.text)
    return _("sound simulated") if "sound" in model.simulated else ""


def _order(trial: TrialView) -> tuple[str, str]:
    """The one thing to do, and what for."""
    if trial.target_spm is None:
        if trial.left_s <= 0:
            return _("Run on steadily"), _("Your own cadence is not known yet.")
        return _("Run as you always do"), _("Your own cadence is being read.")
    words = {
        Follow.SLOWER: _("Quicker steps"),
        Follow.QUICKER: _("Slower steps"),
        Follow.ON: _("On the beat: hold it"),
        None: _("A step on every beat"),
    }[trial.pace]
    if trial.new and trial.pace is not Follow.ON:
        words = _("A step on every beat")
    return words, _("Shorter steps, the belt stays as it is.")


def result(trial: TrialView, *, estimate: bool = False) -> TrialResultView:
    """What came out; `estimate`: the drops are one."""
    assert trial.result is not None
    conditions = trial.result.conditions
    return TrialResultView(
        headline=_headline(conditions),
        lines=tuple(_line(one) for one in conditions) if trial.problem is None else (),
        small_print=_("The beginning of each part is left out · ranges are 95 % intervals"),
        problem=None if trial.problem is None else notice(Level.WARN, trial.problem),
        estimate=estimate,
    )


def _line(one: Condition) -> ConditionView:
    asked = "" if one.asked_spm is None else decimal(one.asked_spm, 0)
    followed = None if one.asked_spm is None else one.followed
    return ConditionView(
        name=name_of(one.raised),
        cadence="–" if one.cadence_spm is None else decimal(one.cadence_spm.mean, 0),
        asked="" if not asked else _("asked {n}").format(n=asked),
        followed=followed,
        follow_words=""
        if followed is None
        else _("on the beat")
        if followed
        else _("beat not followed"),
        left=_change(one, Side.LEFT),
        right=_change(one, Side.RIGHT),
    )


def _change(one: Condition, side: Side) -> ChangeView:
    drop, change = one.drop(side), one.change(side)
    first = one.raised == 0
    return ChangeView(
        side,
        "–" if drop is None else signed(drop.mean),
        "" if drop is None else interval(drop),
        "" if change is None else _signed_change(change),
        "" if change is None else interval(change),
        None if first or change is None else one.clear(side),
        change is not None and change.mean < 0,
    )


def _signed_change(change: Estimate) -> str:
    """With its sign, which is what counts."""
    words = signed(change.mean)
    return words if words.startswith("−") or float(f"{change.mean:.1f}") == 0 else f"+{words}"


def _headline(conditions: tuple[Condition, ...]) -> str:
    """The clearest thing that can be said, for a condition that was really run."""
    run = [one for one in conditions[1:] if one.followed]
    if not conditions[1:]:
        return _("The trial ended before the steps became quicker.")
    if not run:
        return _("The beat was not followed: this says nothing about more steps.")
    found = [
        (change.mean, one, side)
        for one in run
        for side in Side
        if one.clear(side) and (change := one.change(side)) is not None
    ]
    better = [each for each in found if each[0] < 0]
    worse = [each for each in found if each[0] > 0]
    if better and worse:
        return _("More steps lower one side's drop and raise the other's: no clear gain.")
    if better:
        less, one, side = min(better, key=lambda each: each[0])
        return _("{side}: {drop} less drop with {name} steps. That is clear.").format(
            name=name_of(one.raised), drop=signed(abs(less)), side=side_name(side)
        )
    if worse:
        more, one, side = max(worse, key=lambda each: each[0])
        return _("{side}: {drop} more drop with {name} steps. That is clear.").format(
            name=name_of(one.raised), drop=signed(more), side=side_name(side)
        )
    return _("More steps change your drop by less than can be told.")


def of(model: ScreenModel) -> TrialView | None:
    """The trial, where the screen is its own: its introduction, its run, or its page of results."""
    trial = model.trial
    if trial is None or (trial.phase is TrialPhase.RESULT and trial.result is None):
        return None
    return trial
