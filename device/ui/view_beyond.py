"""The view model of what is beside the drop: hips over the foot, step width, trunk lean. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from device.domain.basics import Estimate, Side
from device.domain.kiosk import ScreenModel
from device.domain.results import SideSupport, Support
from device.gait.support import why_not_judged
from device.ui.i18n import _, decimal, ngettext, said
from device.ui.view import interval, side_name, signed


@dataclass(frozen=True, slots=True)
class BeyondSideView:
    """One side: words, and for the drawing how far the hips are beside the foot (in hips'
    distances, to the picture's right) and the lean (degrees, to the right); None: not known."""

    side: Side
    title: str
    over: str
    over_interval: str
    lean: str
    lean_interval: str
    steps: str
    aside: float | None
    tilt_deg: float | None


@dataclass(frozen=True, slots=True)
class BeyondView:
    """Both sides and the step width; `width` in hips' distances for the drawing."""

    headline: str
    why: str
    left: BeyondSideView
    right: BeyondSideView
    step_width: str
    step_width_interval: str
    width: float | None
    narrow: bool
    small_print: str


def percent(value: float) -> str:
    """Of the hips' distance."""
    return f"{decimal(value, 0)} %"


def percent_interval(estimate: Estimate) -> str:
    """The 95 % interval in words."""
    return _("{low} to {high}").format(
        low=decimal(estimate.ci95_low, 0), high=percent(estimate.ci95_high)
    )


def beyond(model: ScreenModel) -> BeyondView | None:
    """The page; None where nothing is known."""
    support = None if model.results is None else model.results.support
    if support is None:
        return None
    width = support.step_width_percent
    reason = why_not_judged(support)
    why = _("How your body stands over the foot, beside the drop.")
    if reason is not None:
        why = f"{said(reason.message)} {said(reason.remedy)}"
    return BeyondView(
        headline=_headline(support),
        why=why,
        left=_side(support.left),
        right=_side(support.right),
        step_width="–" if width is None else percent(width.mean),
        step_width_interval="" if width is None else percent_interval(width),
        width=None if width is None else round(width.mean / 100, 2),
        narrow=support.flattering,
        small_print=_(
            "At midstance, in the picture's plane · percent of the distance between the hip joints "
            "· ranges are 95 % intervals"
        ),
    )


def _headline(support: Support) -> str:
    if support.crossover:
        return _("Your feet cross under the body.")
    if support.flattering:
        return _("Your step is narrow.")
    return _("Your feet stand apart.")


def _side(found: SideSupport) -> BeyondSideView:
    over, lean = found.hips_over_foot_percent, found.trunk_lean_deg
    # Towards the free leg is to the right while the left one stands.
    to_right = 1.0 if found.side is Side.LEFT else -1.0
    return BeyondSideView(
        found.side,
        side_name(found.side),
        "–" if over is None else percent(over.mean),
        "" if over is None else percent_interval(over),
        "–" if lean is None else signed(lean.mean),
        "" if lean is None else interval(lean),
        ngettext("from {n} step", "from {n} steps", found.steps).format(n=found.steps),
        None if over is None else round(to_right * over.mean / 100, 2),
        None if lean is None else round(-to_right * lean.mean, 1),
    )
