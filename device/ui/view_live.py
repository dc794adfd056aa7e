"""The view models of a run. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from device.domain.basics import Gait, Side
from device.domain.kiosk import ScreenModel
from device.domain.results import Curve, GaitUpdate, SideUpdate
from device.ui.i18n import _, decimal, ngettext
from device.ui.view import (
    BarView,
    PictureView,
    Zone,
    band_words,
    bar_of,
    clock,
    interval,
    picture,
    side_name,
    zone_of,
    zone_words,
)

STEP_STALE_AFTER_S = 3.0
"""Age of a side's newest step at which its number is greyed. A step is final about a second after
it happened, is found up to 0.4 s later, and the next of that side comes after 0.7 s or more: while
all is well the newest is up to 2.1 s old (measured). One that stops running loses the number
sooner, because the gait core then says so."""
SILENT_AFTER_S = 1.5
"""Without news from the gait core for that long, everything it said is greyed."""
TILT_STALE_AFTER_S = 0.5
STEPS_NEEDED = 7
"""Good steps a side before a number is shown (fewer are not repeatable)."""
CURVE_DEG = (-8.0, 12.0)
"""Lower and upper edge of the curve's plot."""


@dataclass(frozen=True, slots=True)
class CurveView:
    """The drop over a stride. All in fractions: `points` and `spread` up from the low edge of the
    plot by phase, `zero` the horizontal, `band` the target, events by phase."""

    points: tuple[tuple[float, float], ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    zero: float
    band: tuple[float, float]
    midstance: float
    toe_off: float | None


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
    curve: CurveView | None = None


@dataclass(frozen=True, slots=True)
class TiltView:
    """The pelvis as a tilting line; `deg` right end lower positive, None when unknown."""

    deg: float | None


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
    rate: str = ""
    dropped: str = ""

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
        running = model.gait is not None and model.gait.gait in (Gait.RUNNING, Gait.WALKING)
        note = _("not measurable") if running else _("waiting for steps")
        return GaugeView(side, title, caption, None, note, None, False, empty)
    age_s = 0.0 if update.updated_s is None else model.t_s - update.updated_s
    stale = age_s > STEP_STALE_AFTER_S or _silent(model)
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
        "" if update.peak_drop_deg is None else decimal(update.peak_drop_deg.mean),
        None if update.curve is None else curve_of(update.curve, model.target_deg),
    )


def curve_of(curve: Curve, band: tuple[float, float]) -> CurveView:
    """A curve as fractions of the plot."""
    low_deg, high_deg = CURVE_DEG

    def up(deg: float) -> float:
        return round(min(1.0, max(0.0, (deg - low_deg) / (high_deg - low_deg))), 3)

    triples = list(zip(curve.phase, curve.drop_deg, curve.sd_deg, strict=True))
    return CurveView(
        points=tuple((round(phase, 3), up(drop)) for phase, drop, _sd in triples),
        low=tuple(up(drop - sd) for _phase, drop, sd in triples),
        high=tuple(up(drop + sd) for _phase, drop, sd in triples),
        zero=up(0.0),
        band=(up(band[0]), up(band[1])),
        midstance=round(curve.midstance_phase, 3),
        toe_off=None if curve.toe_off_phase is None else round(curve.toe_off_phase, 3),
    )


def _silent(model: ScreenModel) -> bool:
    return model.gait is not None and model.t_s - model.gait.t_s > SILENT_AFTER_S


def live(model: ScreenModel) -> LiveView:
    """The view of a run."""
    gait: GaitUpdate | None = model.gait
    stale = gait is None or _silent(model)
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
        picture=picture(model),
        picture_stale=model.picture is not None
        and model.t_s - model.picture.frame.t_ns * 1e-9 > SILENT_AFTER_S,
        rate="–" if model.tracked_fps is None else decimal(model.tracked_fps, 0),
        dropped=str(model.frames_dropped),
    )
