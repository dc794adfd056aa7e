"""Where everything stands during a run.

The height of the numbers comes first (viewing distance / 40); the room they leave decides:
picture in a column between the gauges, or the gauges over the whole width and the rest below
them, or, on an upright screen, one above the other.
"""

from __future__ import annotations

from dataclasses import dataclass

from device.ui.boxes import Box
from device.ui.canvas import number_width
from device.ui.stage import Stage
from device.ui.theme import Face, size_for_cap
from device.ui.widgets.side_gauge import AROUND, NOTE, PADDING, room_for

WIDEST_CADENCE = "288"
FACTS = 84
"""Design pixels of the line of facts in the full view."""
EDGE = 12
"""Design pixels between panels, and between panels and the edge."""


@dataclass(frozen=True, slots=True)
class LivePlan:
    """The boxes, and how high the numbers' capitals are. `plots` (waveform, scatter) is empty but
    in the full view; `facts` are cadence, time and steps, in the full view tracking rate, latency
    and dropped frames too."""

    left: Box
    right: Box
    tilt: Box
    picture: Box | None
    facts: tuple[Box, ...]
    plots: tuple[Box, ...]
    face: Face
    cap_px: int
    cadence_cap_px: int


def plan(stage: Stage, body: Box, *, picture: bool, full: bool = False) -> LivePlan:
    """Lay a run out in `body`; numbers as high as the rule asks, or as high as can be."""
    if stage.sight.portrait:
        return _upright(stage, body, picture, full)
    cap = max(stage.sight.live_cap_px, round(stage.sight.height_px * 0.235))
    for face in (Face.NUMBER, Face.NARROW):
        panel = room_for(cap, face) + 2 * round(PADDING * stage.u) + 2
        if body.w - 2 * panel >= body.w * 0.24:
            return _columns(stage, body, cap, face, panel, picture, full)
    return _stacked(stage, body, cap, picture, full)


def _columns(
    stage: Stage, body: Box, cap: int, face: Face, panel: int, picture: bool, full: bool
) -> LivePlan:
    u = stage.u
    gap = round(EDGE * u)
    inner = body.inset(gap)
    bottom = None
    if full:
        bottom = inner.low(FACTS * u)
        inner = inner.above(bottom.h + gap)
    left = Box(inner.x, inner.y, panel, inner.h)
    right = Box(inner.right - panel, inner.y, panel, inner.h)
    centre = Box(left.right + gap, inner.y, right.x - left.right - 2 * gap, inner.h)
    # The clinic's view gives the line for the note to its plots.
    note = 0 if full else NOTE
    tall = min(round(inner.h - 110 * u), cap + round((AROUND + note) * u))
    tall = max(tall, cap + round(AROUND * u))
    low = left.below(tall + gap), right.below(tall + gap)
    facts = (low[0], *low[1].cols((55, 45), gap)) if bottom is None else _line(bottom, gap)
    tilt = centre.top(min(tall, centre.w) * (0.52 if full else 0.70)) if picture else centre
    return LivePlan(
        left.top(tall),
        right.top(tall),
        tilt,
        centre.below(tilt.h + gap) if picture else None,
        facts,
        low if full else (),
        face,
        cap,
        cadence_cap(facts[0], cap, face, u),
    )


def _stacked(stage: Stage, body: Box, cap: int, picture: bool, full: bool) -> LivePlan:
    u = stage.u
    gap = round(EDGE * u)
    inner = body.inset(6 * u, 8 * u)
    halves = inner.cols((1, 1), 6 * u)
    face, cap = _fitting(cap, halves[0].w - 2 * round(PADDING * u) - 2)
    # A screen too small for the rule keeps room for the rest.
    cap = min(cap, inner.h - round((AROUND + 80) * u))
    tall = cap + round(AROUND * u)
    lows = inner.below(tall + gap)
    full = full and lows.h >= 190 * u
    bottom = None
    if full:
        bottom = lows.low(min(FACTS * u, lows.h * 0.42))
        lows = lows.above(bottom.h + gap)
    parts = lows.cols((36, 28, 36), gap)
    wide = parts[2].w > 330 * u
    pair = parts[2].cols((55, 45), gap) if wide else parts[2].rows((1, 1), gap)
    facts = (parts[0], *pair) if bottom is None else _line(bottom, gap)
    middle = parts[1]
    # In a low centre the picture, with its own line, says more than line and picture squeezed.
    both = picture and middle.h >= 260 * u
    tilt = middle.top(middle.h * 0.42) if both else middle
    shown = middle.below(tilt.h + gap) if both else None
    if picture and not both:
        tilt, shown = middle.cols((1, 1), gap) if middle.w > 300 * u else (middle, None)
    return LivePlan(
        halves[0].top(tall),
        halves[1].top(tall),
        tilt,
        shown,
        facts,
        (parts[0], parts[2]) if full else (),
        face,
        cap,
        cadence_cap(facts[0], cap, face, u),
    )


def _upright(stage: Stage, body: Box, picture: bool, full: bool) -> LivePlan:
    u = stage.u
    gap = round(EDGE * u)
    inner = body.inset(gap)
    face, cap = _fitting(stage.sight.live_cap_px, inner.w - 2 * round(PADDING * u) - 2)
    tall = cap + round(AROUND * u)
    left, right = inner.top(tall), inner.below(tall + gap).top(tall)
    rest = inner.below(2 * (tall + gap))
    plots: tuple[Box, ...] = ()
    full = full and rest.h >= 260 * u
    if full:
        scarce = rest.h < 460 * u
        low = rest.low(2 * (66 if scarce else FACTS) * u + gap)
        rest = rest.above(low.h + gap)
        facts = tuple(box for row in low.rows((1, 1), gap) for box in row.cols((1, 1, 1), gap))
    else:
        low = rest.low(max(cap / 2 + 50 * u, min(rest.h * 0.48, cap + 50 * u)))
        rest = rest.above(low.h + gap)
        if rest.h < 60 * u:
            # Hardly any room: the pelvis stands beside the facts.
            both = low if rest.h < 12 * u else Box(low.x, rest.y, low.w, low.bottom - rest.y)
            rest, *lower = both.cols((22, 33, 22, 23), gap)
            facts, picture = tuple(lower), False
        else:
            facts = tuple(low.cols((46, 32, 22), gap))
    if full and scarce:
        # A small screen has room for the plots or the picture, not for both.
        rest, *lower = rest.cols((1, 1, 1), gap)
        plots, picture = tuple(lower), False
    elif full:
        plots = tuple(rest.low(rest.h * 0.46).cols((1, 1), gap))
        rest = rest.above(plots[0].h + gap)
    tilt, shown = rest.cols((1, 1), gap) if picture else (rest, None)
    return LivePlan(
        left, right, tilt, shown, facts, plots, face, cap, cadence_cap(facts[0], cap, face, u)
    )


def _line(box: Box, gap: int) -> tuple[Box, ...]:
    """Six facts side by side."""
    return tuple(box.cols((22, 16, 15, 15, 17, 15), gap))


def _fitting(cap: int, room: int) -> tuple[Face, int]:
    """The wider face if the numbers fit in it; if neither fits, lower numbers."""
    for face in (Face.NUMBER, Face.NARROW):
        if room_for(cap, face) <= room:
            return face, cap
    while cap > 16 and room_for(cap, Face.NARROW) > room:
        cap -= 1
    return Face.NARROW, cap


def cadence_cap(box: Box, cap: int, face: Face, u: float) -> int:
    """The cadence is as high as the drops where there is room, else as high as there is."""
    high = max(12, min(cap, box.h - round(48 * u)))
    while high > 12 and number_width(WIDEST_CADENCE, face, size_for_cap(high)) > box.w - 31 * u:
        high -= 1
    return high
