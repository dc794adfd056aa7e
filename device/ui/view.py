"""View models: what a screen says, as finished words and positions. Pure.

`present(model)` turns a `ScreenModel` into the frozen view of its screen: rounding, units, words,
staleness and which side of the band a value is on are settled here, so that drawing computes
nothing and the same view is always the same picture. Views are hashable (pictures by the frame's
number): the painter redraws a part only when its view has changed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from device.domain.basics import Estimate, Reason, Side
from device.domain.kiosk import (
    Button,
    HealthItem,
    Level,
    Picture,
    ScreenModel,
    ScreenName,
)
from device.domain.results import GaitUpdate, SideUpdate
from device.ui.i18n import _, decimal, ngettext

STALE_AFTER_S = 2.0
TILT_STALE_AFTER_S = 0.5
STEPS_NEEDED = 7
"""Good steps a side before a number is shown (fewer are not repeatable)."""
SCALE_DEG = 12.0
"""The gauges' full scale; typical drops are 3 to 6 degrees."""
COVERING_PARTS = frozenset({"camera", "pose", "pelvis"})
"""Parts without which nothing can be measured: their fault covers the screen."""


class Zone(StrEnum):
    """Where a value is against its band. The edges: outside, but its interval reaches the band."""

    BELOW = "below"
    LOWER_EDGE = "lower_edge"
    INSIDE = "inside"
    UPPER_EDGE = "upper_edge"
    ABOVE = "above"


@dataclass(frozen=True, slots=True)
class BarView:
    """A bar against a band, all as fractions of the scale; `over` when the value is beyond it."""

    value: float | None
    low: float | None
    high: float | None
    band: tuple[float, float]
    over: bool = False


@dataclass(frozen=True, slots=True)
class GaugeView:
    """One side, live. `value` is None while it cannot be shown; `note` is the line below."""

    side: Side
    title: str
    caption: str
    value: str | None
    note: str
    zone: Zone | None
    stale: bool
    bar: BarView
    steps_done: int = 0
    """Of `STEPS_NEEDED`, while reading."""
    interval: str = ""


@dataclass(frozen=True, slots=True)
class TiltView:
    """The pelvis as a tilting line; `deg` right end lower positive, None when unknown."""

    deg: float | None


@dataclass(frozen=True, slots=True, eq=False)
class PictureView:
    """A camera picture with its lines; compared by what it shows, not by its pixels."""

    picture: Picture
    label: str = ""

    def _identity(self) -> tuple[object, ...]:
        frame = self.picture.frame
        pelvis = self.picture.pelvis
        return frame.seq, frame.t_ns, pelvis is None, self.picture.pose is None, self.label

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PictureView) and self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash(self._identity())


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
class NoticeView:
    """One thing to know and to do."""

    level: Level
    what: str
    remedy: str


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


@dataclass(frozen=True, slots=True)
class IdleView:
    """Waiting for a runner: what this is, what will happen, how to begin."""

    title: str
    steps: tuple[str, str, str]
    call: str
    picture: PictureView | None


@dataclass(frozen=True, slots=True)
class ZeroView:
    """Standing still for the reference."""

    title: str
    instructions: tuple[str, ...]
    fraction: float
    number: str
    unit: str
    picture: PictureView | None


@dataclass(frozen=True, slots=True)
class CountdownView:
    """About to start."""

    title: str
    number: str
    fraction: float
    line: str


@dataclass(frozen=True, slots=True)
class LiveView:
    """The run."""

    left: GaugeView
    right: GaugeView
    tilt: TiltView
    cadence: str
    cadence_stale: bool
    elapsed: str
    steps: str
    band: str
    estimate: bool
    picture: PictureView | None
    picture_stale: bool


@dataclass(frozen=True, slots=True)
class SavingView:
    """Writing to the stick."""

    title: str
    doing: str
    fraction: float
    percent: str
    warning: str
    problem: NoticeView | None


@dataclass(frozen=True, slots=True)
class SavedView:
    """Written and verified."""

    title: str
    line: str
    folder: str
    safe: bool
    problem: NoticeView | None


def signed(value: float) -> str:
    """Degrees to one decimal, with the unit."""
    return f"{decimal(value)}°"


def clock(seconds: float) -> str:
    """Minutes and seconds, with hours when there are any."""
    whole = max(0, int(seconds))
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02d}:{second:02d}" if hours else f"{minutes}:{second:02d}"


def interval(estimate: Estimate) -> str:
    """The 95 % interval in words."""
    return _("{low} to {high}").format(
        low=decimal(estimate.ci95_low), high=signed(estimate.ci95_high)
    )


def side_name(side: Side) -> str:
    """The side in capitals, as a gauge's title."""
    return _("LEFT") if side is Side.LEFT else _("RIGHT")


def zone_of(estimate: Estimate, band: tuple[float, float]) -> Zone:
    """Which side of the band the value is on, and whether its interval leaves that open."""
    low, high = band
    if estimate.mean < low:
        return Zone.BELOW if estimate.ci95_high < low else Zone.LOWER_EDGE
    if estimate.mean > high:
        return Zone.ABOVE if estimate.ci95_low > high else Zone.UPPER_EDGE
    return Zone.INSIDE


def zone_words(zone: Zone, *, personal: bool) -> str:
    """The zone as a runner reads it: against their own target, or what is typical."""
    if zone is Zone.LOWER_EDGE:
        return _("at lower edge")
    if zone is Zone.UPPER_EDGE:
        return _("at upper edge")
    if personal:
        return {
            Zone.BELOW: _("below target"),
            Zone.INSIDE: _("on target"),
            Zone.ABOVE: _("above target"),
        }[zone]
    return {
        Zone.BELOW: _("below typical"),
        Zone.INSIDE: _("typical"),
        Zone.ABOVE: _("above typical"),
    }[zone]


def bar_of(estimate: Estimate | None, band: tuple[float, float]) -> BarView:
    """The bar of a value, in steps of a tenth of a degree."""

    def place(deg: float) -> float:
        return min(1.0, max(0.0, round(deg, 1) / SCALE_DEG))

    edges = (place(band[0]), place(band[1]))
    if estimate is None:
        return BarView(None, None, None, edges)
    return BarView(
        place(estimate.mean),
        place(estimate.ci95_low),
        place(estimate.ci95_high),
        edges,
        over=estimate.mean > SCALE_DEG,
    )


def gauge(model: ScreenModel, side: Side, update: SideUpdate | None) -> GaugeView:
    """One side's gauge: its number once there are enough good steps, never before."""
    title, caption = side_name(side), _("standing leg")
    empty = bar_of(None, model.target_deg)
    if update is None:
        return GaugeView(side, title, caption, None, _("waiting for steps"), None, False, empty)
    if update.steps_needed > 0:
        done = max(0, STEPS_NEEDED - update.steps_needed)
        note = _("reading… {done} of {needed}").format(done=done, needed=STEPS_NEEDED)
        return GaugeView(side, title, caption, None, note, None, False, empty, steps_done=done)
    drop = update.midstance_drop_deg
    if drop is None:
        return GaugeView(side, title, caption, None, _("not measurable"), None, False, empty)
    age_s = 0.0 if update.updated_s is None else model.t_s - update.updated_s
    stale = age_s > STALE_AFTER_S
    zone = zone_of(drop, model.target_deg)
    if stale:
        seconds = min(99, int(age_s))
        note = ngettext("no step for {n} s", "no step for {n} s", seconds).format(n=seconds)
    else:
        note = zone_words(zone, personal=model.target_personal)
    return GaugeView(
        side,
        title,
        caption,
        decimal(drop.mean),
        note,
        zone,
        stale,
        bar_of(drop, model.target_deg),
        STEPS_NEEDED,
        interval(drop),
    )


def band_words(model: ScreenModel) -> str:
    """What the band on the gauges is."""
    low, high = (f"{edge:g}".replace(".", decimal(0.5)[1]) for edge in model.target_deg)
    words = _("target {low}–{high}°") if model.target_personal else _("typical {low}–{high}°")
    return words.format(low=low, high=high)


def live(model: ScreenModel) -> LiveView:
    """The view of a run."""
    gait: GaitUpdate | None = model.gait
    stale = gait is None or model.t_s - gait.t_s > STALE_AFTER_S
    tilt: float | None = None
    if gait is not None and model.t_s - gait.t_s <= TILT_STALE_AFTER_S:
        tilt = None if gait.obliquity_deg is None else round(gait.obliquity_deg, 1)
    cadence = None if gait is None else gait.cadence_spm
    steps = 0 if gait is None else gait.left.steps_total + gait.right.steps_total
    return LiveView(
        left=gauge(model, Side.LEFT, gait.left if gait else None),
        right=gauge(model, Side.RIGHT, gait.right if gait else None),
        tilt=TiltView(tilt),
        cadence="–" if cadence is None else decimal(cadence, 0),
        cadence_stale=stale and cadence is not None,
        elapsed=clock(model.elapsed_s),
        steps=decimal(steps, 0),
        band=band_words(model),
        estimate=gait is not None and gait.estimate_only,
        picture=_picture(model),
        picture_stale=model.picture is not None
        and model.t_s - model.picture.frame.t_ns * 1e-9 > STALE_AFTER_S,
    )


def idle(model: ScreenModel) -> IdleView:
    """The view of the idle screen."""
    return IdleView(
        title=_("How level is your pelvis when you run?"),
        steps=(
            _("Stand still for a moment"),
            _("Run as you always do"),
            _("Read left and right"),
        ),
        call=_("Step on the treadmill and press green"),
        picture=_picture(model),
    )


def standing_zero(model: ScreenModel) -> ZeroView:
    """The view of the standing zero."""
    fraction = min(1.0, max(0.0, model.progress))
    number, unit = str(round(100 * fraction)), "%"
    if model.countdown_s > 0:
        number, unit = str(math.ceil(model.countdown_s)), "s"
    return ZeroView(
        title=_("Stand still"),
        instructions=(
            _("Feet under your hips, weight on both legs."),
            _("Look ahead. The belt stays off."),
        ),
        fraction=round(fraction, 3),
        number=number,
        unit=unit,
        picture=_picture(model),
    )


def countdown(model: ScreenModel) -> CountdownView:
    """The view of the countdown."""
    left = max(0.0, model.countdown_s)
    whole = max(1, math.ceil(left))
    return CountdownView(
        title=_("Get ready"),
        number=str(whole),
        fraction=round(min(1.0, max(0.0, left - whole + 1)), 2),
        line=_("Start the belt and run as you always do."),
    )


def saving(model: ScreenModel) -> SavingView:
    """The view of saving."""
    state = model.saving
    fraction = 0.0 if state is None else min(1.0, max(0.0, state.fraction))
    problem = None if state is None else state.problem
    return SavingView(
        title=_("Saving to the stick") if problem is None else _("Not saved"),
        doing="" if state is None else _(state.doing),
        fraction=round(fraction, 3),
        percent=f"{int(100 * fraction)} %",
        warning=_("Leave the stick in."),
        problem=None if problem is None else _notice(Level.FAULT, problem),
    )


def saved(model: ScreenModel) -> SavedView:
    """The view after saving: "safe to remove" only when everything was synced and verified."""
    state = model.saving
    problem = None if state is None else state.problem
    safe = state is not None and state.done and problem is None
    return SavedView(
        title=_("Saved") if safe else _("Not saved"),
        line=_("Safe to remove the stick.") if safe else _("Leave the stick in."),
        folder="" if state is None else state.folder,
        safe=safe,
        problem=None if problem is None else _notice(Level.FAULT, problem),
    )


def chrome(model: ScreenModel) -> Chrome:
    """What surrounds the screen: hints, health, badge, notice and fault."""
    names = tuple(_part(part) for part in model.simulated)
    fault = _covering_fault(model)
    return Chrome(
        station=model.station,
        hints=(
            _hint(model, Button.GREEN, model.hints.green, model.hints.green_held),
            _hint(model, Button.BLUE, model.hints.blue, model.hints.blue_held),
            _hint(model, Button.YELLOW, model.hints.yellow, model.hints.yellow_held),
        ),
        health=tuple(
            HealthView(_part(item.part), item.level, "" if item.level is Level.OK else _(item.text))
            for item in model.health
        ),
        simulated="" if not names else _("SIMULATED: {parts}").format(parts=", ".join(names)),
        notice=None if fault else _notice_of(model),
        fault=fault,
        recording=model.recording,
    )


def _hint(model: ScreenModel, button: Button, words: str | None, held: str | None) -> HintView:
    hold = None
    if model.held is not None and model.held[0] is button:
        hold = round(min(1.0, max(0.0, model.held[1])), 2)
    return HintView(button, _(words or ""), _(held or ""), hold)


def _part(name: str) -> str:
    return {
        "camera": _("camera"),
        "stick": _("stick"),
        "pose": _("runner finder"),
        "pelvis": _("pelvis"),
        "storage": _("storage"),
        "temperature": _("temperature"),
        "buttons": _("buttons"),
        "display": _("screen"),
    }.get(name, _(name))


def _notice(level: Level, reason: Reason) -> NoticeView:
    return NoticeView(level, _(reason.message), _(reason.remedy))


def _notice_of(model: ScreenModel) -> NoticeView | None:
    """The one thing to say: the session's message, then a fault, then what the gait core says."""
    if model.message is not None:
        level = Level.WARN if model.message.blocks else Level.OK
        return _notice(level, model.message)
    for level in (Level.FAULT, Level.WARN):
        for item in model.health:
            if item.level is level:
                return NoticeView(level, _(item.text), _(item.remedy))
    reasons: tuple[Reason, ...] = ()
    if model.screen is ScreenName.LIVE and model.gait is not None:
        reasons = model.gait.reasons
    elif model.screen is ScreenName.RESULTS and model.results is not None:
        # Where there is no number at all, the screen itself gives the reasons.
        if model.results.left.midstance_drop_deg or model.results.right.midstance_drop_deg:
            reasons = model.results.reasons
    for reason in sorted(reasons, key=lambda r: not r.blocks):
        return _notice(Level.WARN, reason)
    return None


def _covering_fault(model: ScreenModel) -> FaultView | None:
    if model.screen in (ScreenName.RESULTS, ScreenName.SAVING, ScreenName.SAVED):
        return None
    for item in model.health:
        if item.level is Level.FAULT and item.part in COVERING_PARTS:
            return _fault(item)
    return None


def _fault(item: HealthItem) -> FaultView:
    answers = (
        (_("What this means"), _(item.meaning)),
        (_("What the device does"), _(item.doing)),
        (_("What you can do"), _(item.remedy)),
    )
    return FaultView(_(item.text), tuple((q, a) for q, a in answers if a))


def _picture(model: ScreenModel) -> PictureView | None:
    return None if model.picture is None else PictureView(model.picture)
