"""The view models of a run. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

from device.domain.basics import Gait, Side
from device.domain.kiosk import ScreenModel
from device.domain.results import Curve, GaitUpdate, SideUpdate
from device.ui.i18n import _, decimal, ngettext
from device.ui.view import (
    BarView,
    PictureView,
    Zone,
    bar_of,
    clock,
    degrees,
    interval,
    judged,
    picture,
    side_name,
)

STEP_STALE_AFTER_S = 3.0
"""Age of a side's newest step at which its number is greyed. A step is final about a second after
it happened, is found up to 0.4 s later, and the next of that side comes after 0.7 s or more: while
all is well the newest is up to 2.1 s old (measured). One that stops running loses the number
sooner, because the gait core then says so."""
SILENT_AFTER_S = 1.5
"""Without news from the gait core for that long, everything it said is greyed."""
FRESH_FOR_S = 1.7
"""Age of the newest frame in which a side's running was measured at which its number is greyed."""
TILT_STALE_AFTER_S = 0.5
STEPS_NEEDED = 7
"""Good steps a side before a number is shown (fewer are not repeatable)."""
CURVE_DEG = (-10.0, 12.0)
"""Lower and upper edge of the plots."""


@dataclass(frozen=True, slots=True)
class CurveView:
    """The drop over a stride, in fractions: `points` and the edges of the scatter (`low`, `high`)
    up from the foot of the plot by phase, events by phase."""

    points: tuple[tuple[float, float], ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    midstance: float
    toe_off: float | None


@dataclass(frozen=True, slots=True)
class WaveView:
    """Both sides over the stride. `ticks`: heights of lines and their degrees; events by phase."""

    curves: tuple[tuple[Side, CurveView], ...]
    ticks: tuple[tuple[float, str], ...]
    band: tuple[float, float]
    midstance: float | None
    toe_off: float | None

    @property
    def present(self) -> tuple[Side, ...]:
        """The sides there is a curve of."""
        return tuple(side for side, _curve in self.curves)


@dataclass(frozen=True, slots=True)
class ScatterView:
    """The last steps as (side, place from oldest 0 to newest 1, height), fractions of the plot."""

    points: tuple[tuple[Side, float, float], ...]
    ticks: tuple[tuple[float, str], ...]
    band: tuple[float, float]

    @property
    def present(self) -> tuple[Side, ...]:
        """The sides there are steps of."""
        return tuple(side for side in Side if any(point[0] is side for point in self.points))


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
    peak: str = ""
    band: str = ""
    """Behind the words of the zone."""


@dataclass(frozen=True, slots=True)
class TiltView:
    """The pelvis as a tilting line; `deg` right end lower positive, None when unknown."""

    deg: float | None
    band_deg: tuple[float, float] = (3.0, 6.0)


@dataclass(frozen=True, slots=True)
class HiddenView:
    """Instead of the drops: that they are hidden, what to do, and when they come back."""

    title: str
    line: str
    then: str


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
    wave: WaveView
    scatter: ScatterView
    rate: str = ""
    latency: str = ""
    dropped: str = ""
    of: str = ""
    """How long a session of a programme lasts."""
    hidden: HiddenView | None = None
    """The drops are not shown now."""

    @property
    def foremost(self) -> GaugeView:
        """The side for a screen with a single number: the one that drops more, or waits longest."""
        if self.left.value is None or self.right.value is None:
            waiting = [g for g in (self.left, self.right) if g.value is None]
            return min(waiting, key=lambda g: g.steps_done)
        more = (self.right.bar.value or 0.0) > (self.left.bar.value or 0.0)
        return self.right if more else self.left


def gauge(model: ScreenModel, side: Side, update: SideUpdate | None) -> GaugeView:
    """One side's gauge: its number once there are enough good steps, never before."""
    title, caption, own = side_name(side), _("standing leg"), model.band(side)
    band = f"{degrees(own[0])}–{degrees(own[1])}°"
    empty = bar_of(None, own)
    if update is None:
        return GaugeView(
            side, title, caption, None, _("waiting for steps"), None, False, empty, band=band
        )
    if update.steps_needed > 0:
        done = max(0, STEPS_NEEDED - update.steps_needed)
        note = _("reading… {done} of {needed}").format(done=done, needed=STEPS_NEEDED)
        return GaugeView(
            side, title, caption, None, note, None, False, empty, steps_done=done, band=band
        )
    drop = update.midstance_drop_deg
    if drop is None:
        running = model.gait is not None and model.gait.gait in (Gait.RUNNING, Gait.WALKING)
        note = _("not measurable") if running else _("waiting for steps")
        return GaugeView(side, title, caption, None, note, None, False, empty, band=band)
    age_s = 0.0 if update.updated_s is None else model.t_s - update.updated_s
    stale = side in model.stale or _old(model, update) or _silent(model)
    support = None if model.gait is None else model.gait.support
    zone, words = judged(drop, own, support, personal=model.target_personal)
    if stale:
        seconds = min(99, int(age_s))
        note = ngettext("no step for {n} s", "no step for {n} s", seconds).format(n=seconds)
    else:
        note = words
    return GaugeView(
        side,
        title,
        caption,
        decimal(drop.mean),
        note,
        zone,
        stale,
        bar_of(drop, own),
        STEPS_NEEDED,
        interval(drop),
        "" if update.peak_drop_deg is None else decimal(update.peak_drop_deg.mean),
        band,
    )


def _old(model: ScreenModel, update: SideUpdate) -> bool:
    if update.fresh_s is not None:
        return model.t_s - update.fresh_s > FRESH_FOR_S
    return update.updated_s is not None and model.t_s - update.updated_s > STEP_STALE_AFTER_S


def _up(deg: float) -> float:
    low_deg, high_deg = CURVE_DEG
    return round(min(1.0, max(0.0, (deg - low_deg) / (high_deg - low_deg))), 3)


def _ticks(band: tuple[float, float]) -> tuple[tuple[float, str], ...]:
    """Zero and the upper edge of the band: more would stand too close."""
    return tuple((_up(deg), f"{degrees(deg)}°") for deg in (0.0, band[1]))


@lru_cache(maxsize=8)
def curve_of(curve: Curve) -> CurveView:
    """A curve as fractions of the plot; it stays the same for all pictures of a step."""
    triples = list(zip(curve.phase, curve.drop_deg, curve.sd_deg, strict=True))
    return CurveView(
        points=tuple((round(phase, 3), _up(drop)) for phase, drop, _sd in triples),
        low=tuple(_up(drop - sd) for _phase, drop, sd in triples),
        high=tuple(_up(drop + sd) for _phase, drop, sd in triples),
        midstance=round(curve.midstance_phase, 3),
        toe_off=None if curve.toe_off_phase is None else round(curve.toe_off_phase, 3),
    )


def wave(model: ScreenModel) -> WaveView:
    """Both sides' curves, with the events where they are on average."""
    curves: list[tuple[Side, CurveView]] = []
    for side in Side if model.gait is not None else ():
        assert model.gait is not None
        curve = model.gait.side(side).curve
        if curve is not None:
            curves.append((side, curve_of(curve)))
    middles = [curve.midstance for _side, curve in curves]
    offs = [curve.toe_off for _side, curve in curves if curve.toe_off is not None]
    return WaveView(
        tuple(curves),
        _ticks(model.target_deg),
        (_up(model.target_deg[0]), _up(model.target_deg[1])),
        round(sum(middles) / len(middles), 3) if middles else None,
        round(sum(offs) / len(offs), 3) if offs else None,
    )


def scatter(model: ScreenModel) -> ScatterView:
    """The good steps of the rolling window, in the order they came."""
    steps = []
    for side in Side if model.gait is not None else ():
        assert model.gait is not None
        for step in model.gait.side(side).recent:
            if step.valid and step.midstance_drop_deg is not None:
                steps.append((step.midstance_s, side, step.midstance_drop_deg))
    steps.sort(key=lambda found: found[0])
    first = steps[0][0] if steps else 0.0
    span = max(1e-6, steps[-1][0] - first) if steps else 1.0
    return ScatterView(
        tuple((side, round((t_s - first) / span, 3), _up(drop)) for t_s, side, drop in steps),
        _ticks(model.target_deg),
        (_up(model.target_deg[0]), _up(model.target_deg[1])),
    )


def _silent(model: ScreenModel) -> bool:
    return model.gait is not None and model.t_s - model.gait.t_s > SILENT_AFTER_S


def of_words(model: ScreenModel) -> str:
    """How long a session of a programme lasts, behind the time run."""
    run = model.run
    if run is None or run.step.minutes <= 0:
        return ""
    return _("of {n} min").format(n=f"{run.step.minutes:g}".replace(".", decimal(0.5)[1]))


def hidden(model: ScreenModel) -> HiddenView | None:
    """What stands there while the drops are hidden."""
    run = model.run
    if run is None or run.visible:
        return None
    if run.speed_new and run.speed_kmh is not None:
        speed = decimal(run.speed_kmh)
        title = _("Set the belt to {speed} km/h").format(speed=speed)
        return HiddenView(title, _("Run as you always do."), "")
    if run.step.kind == "baseline":
        return HiddenView(_("Nothing is shown today"), _("Run as you always do."), "")
    if run.step.kind == "retention":
        return HiddenView(_("Nothing is shown today"), _("Run as you have learnt."), "")
    then = ""
    if run.changes_in_s is not None:
        then = _("Shown again in {time}").format(time=clock(math.ceil(run.changes_in_s)))
    return HiddenView(_("Feedback is off"), _("Keep running like this."), then)


def live(model: ScreenModel) -> LiveView:
    """The view of a run."""
    gait: GaitUpdate | None = model.gait
    stale = gait is None or _silent(model)
    tilt: float | None = None
    if gait is not None and model.t_s - gait.t_s <= TILT_STALE_AFTER_S:
        tilt = None if gait.obliquity_deg is None else round(gait.obliquity_deg, 1)
    cadence = None if gait is None else gait.cadence_spm
    steps = decimal(0 if gait is None else gait.left.steps_total + gait.right.steps_total, 0)
    if gait is not None and any(reason.code == "frame_rate_low" for reason in gait.reasons):
        steps = "–"
    return LiveView(
        left=gauge(model, Side.LEFT, gait.left if gait else None),
        right=gauge(model, Side.RIGHT, gait.right if gait else None),
        tilt=TiltView(tilt, model.target_deg),
        cadence="–" if cadence is None else decimal(cadence, 0),
        cadence_stale=stale and cadence is not None,
        elapsed=clock(model.elapsed_s),
        steps=steps,
        band=f"{degrees(model.target_deg[0])}–{degrees(model.target_deg[1])}°",
        estimate=gait is not None and gait.estimate_only,
        picture=picture(model),
        picture_stale=model.picture is not None
        and model.t_s - model.picture.frame.t_ns * 1e-9 > SILENT_AFTER_S,
        wave=wave(model),
        scatter=scatter(model),
        latency="–" if model.latency is None else decimal(model.latency.median_ms, 0),
        rate="–" if model.tracked_fps is None else decimal(model.tracked_fps, 0),
        dropped=str(model.frames_dropped),
        of=of_words(model),
        hidden=hidden(model),
    )
