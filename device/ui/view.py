"""View models: what a screen says, as finished words and positions. Pure.

A function for each screen turns a `ScreenModel` into a frozen view: rounding, units, words,
staleness and which side of the band a value is on are settled here, so that drawing computes
nothing and the same view is always the same picture. Views are hashable (pictures by the frame's
number): the painter redraws a part only when its view has changed.

Here stand what screens share and the short ones; the run, the results and what surrounds them
have modules of their own beside this one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from device.domain.basics import Estimate, Reason, Side
from device.domain.kiosk import (
    Level,
    Picture,
    ScreenModel,
)
from device.domain.results import Support
from device.ui.i18n import _, decimal, said

SCALE_DEG = 12.0
"""The gauges' full scale; typical drops are 3 to 6 degrees."""


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
class NoticeView:
    """One thing to know and to do."""

    level: Level
    what: str
    remedy: str
    brief: bool = False
    """In a single line, where room is dear."""


@dataclass(frozen=True, slots=True)
class PartView:
    """A part of the station: its pictogram's name, what it is called and how it stands."""

    key: str
    name: str
    state: str
    level: Level | None
    """None where nothing is known of it."""


@dataclass(frozen=True, slots=True)
class IdleView:
    """Waiting for a runner: what this is, what will happen, how to begin."""

    title: str
    steps: tuple[tuple[str, str], ...]
    """What will happen, each with the name of its pictogram."""
    call: str
    parts: tuple[PartView, ...]
    picture: PictureView | None
    runner: str
    pulse: int
    """Where the call's slow pulse is, in `PULSE_STEPS` steps."""


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


def side_letter(side: Side) -> str:
    """The first letter of the side's name, for a mark beside a plot."""
    return side_name(side)[0]


def degrees(value: float) -> str:
    """Degrees without a needless decimal, for the edge of a band."""
    return f"{value:g}".replace("-", "−").replace(".", decimal(0.5)[1])


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


LEVEL_ZONES = (Zone.BELOW, Zone.LOWER_EDGE, Zone.INSIDE)


def judged(
    estimate: Estimate, band: tuple[float, float], support: Support | None, *, personal: bool
) -> tuple[Zone | None, str]:
    """The zone and its words. A level pelvis over a step so narrow that it hides a drop is not
    called good: there is no zone then, and the words say why."""
    zone = zone_of(estimate, band)
    if support is not None and support.flattering and zone in LEVEL_ZONES:
        return None, _("feet cross") if support.crossover else _("narrow step")
    return zone, zone_words(zone, personal=personal)


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


def band_words(model: ScreenModel) -> str:
    """What the band on the gauges is."""
    low, high = (degrees(edge) for edge in model.target_deg)
    words = _("target {low}–{high}°") if model.target_personal else _("typical {low}–{high}°")
    return words.format(low=low, high=high)


IDLE_PARTS = ("camera", "stick", "storage", "temperature")
PULSE_STEPS = 12
PULSE_S = 1.8


def idle(model: ScreenModel) -> IdleView:
    """The view of the idle screen."""
    return IdleView(
        title=_("How level is your pelvis when you run?"),
        steps=(
            ("stand", _("Stand still for a moment")),
            ("run", _("Run as you always do")),
            ("read", _("Read left and right")),
        ),
        call=_("Step on the treadmill and press green"),
        parts=tuple(
            _part_view(model, key) for key in ("camera", "stick", "storage", "temperature")
        ),
        picture=picture(model),
        runner="" if model.runner is None else model.runner.code,
        pulse=int(model.t_s / PULSE_S * PULSE_STEPS) % PULSE_STEPS,
    )


def part_name(key: str) -> str:
    """What a part of the station is called."""
    return {
        "camera": _("camera"),
        "stick": _("stick"),
        "pose": _("runner finder"),
        "pelvis": _("pelvis"),
        "measure": _("measuring"),
        "clip": _("clip"),
        "storage": _("storage"),
        "store": _("storage"),
        "temperature": _("temperature"),
        "buttons": _("buttons"),
        "display": _("screen"),
        "sound": _("sound"),
    }.get(key, key)


def _part_view(model: ScreenModel, key: str) -> PartView:
    """A part in the health row: in a word when it is well, in its own words when it is not."""
    keys = ("storage", "store") if key == "storage" else (key,)
    found = [item for item in model.health if item.part in keys]
    # Of two parts that share a place the one that needs attention is shown.
    item = max(found, key=lambda one: list(Level).index(one.level), default=None)
    if item is None:
        return PartView(key, part_name(key), "–", None)
    state = _("fine") if item.level is Level.OK else said(item.text).rstrip(".")
    if item.simulated and item.level is Level.OK:
        state = _("simulated")
    return PartView(key, part_name(key), state, item.level)


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
        picture=picture(model),
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
        doing="" if state is None else said(state.doing),
        fraction=round(fraction, 3),
        percent=f"{int(100 * fraction)} %",
        warning=_("Leave the stick in."),
        problem=None if problem is None else notice(Level.FAULT, problem),
    )


def saved(model: ScreenModel) -> SavedView:
    """The view after saving: "safe to remove" only when everything was synced and verified."""
    state = model.saving
    problem = None if state is None else state.problem
    safe = state is not None and state.done and problem is None
    kept = safe and state is not None and state.kept
    title, line = _("Not saved"), _("Leave the stick in.")
    if kept:
        title, line = _("Kept on this device"), _("It goes to the next stick that is put in.")
    elif safe:
        title, line = _("Saved"), _("Safe to remove the stick.")
    return SavedView(
        title=title,
        line=line,
        folder="" if state is None else state.folder,
        safe=safe,
        problem=None if problem is None else notice(Level.FAULT, problem),
    )


def notice(level: Level, reason: Reason, *, brief: bool = False) -> NoticeView:
    """A reason as what is said and what to do."""
    return NoticeView(level, said(reason.message), said(reason.remedy), brief)


def picture(model: ScreenModel) -> PictureView | None:
    """The newest picture, if there is one."""
    return None if model.picture is None else PictureView(model.picture)
