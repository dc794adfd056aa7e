"""The treadmill clamp: two halves around a handrail, screwed to the button box or a bracket.

The tube lies along x. A strip of rubber (bicycle tube, 1.5 mm) goes between tube and print.
"""

from __future__ import annotations

from build123d import Align, Axis, Box, Cylinder, Part, Pos, RegularPolygon, Rot, extrude, fillet
from dimensions import M4, M6, M6_NUT, M6_NUT_DEPTH

LENGTH = 60.0
RUBBER = 1.5
GAP = 4.0
"""Left between the halves, for tightening."""
SHOULDER = 16.0
"""Beside the tube, for the bolts."""
BODY = 8.0
"""Over and under the tube."""
HOLES = ((-8.0, -14.0), (-8.0, 14.0), (8.0, -14.0), (8.0, 14.0))
"""Screws M4 to whatever the clamp carries..."""
BOLTS = (-21.0, 21.0)
"""... and where along the tube the bolts M6 are."""


def _half(tube: float) -> tuple[Part, float, float]:
    radius = tube / 2 + RUBBER
    wide = 2 * (radius + SHOULDER)
    high = radius + BODY
    half = Box(LENGTH, wide, high, align=(Align.CENTER, Align.CENTER, Align.MIN))
    half = fillet(half.edges().filter_by(Axis.X).sort_by(Axis.Z)[-2:], 5.0)
    half -= Rot(0, 90, 0) * Cylinder(radius, 2 * LENGTH)
    half -= Box(2 * LENGTH, 2 * wide, GAP)
    for x in BOLTS:
        for side in (-1, 1):
            half -= Pos(x, side * (radius + SHOULDER / 2), 0) * Cylinder(M6 / 2, 300)
    return half, radius, high


def upper(tube: float) -> Part:
    """The half that carries; a flat top with the four holes, nuts of the bolts let in."""
    half, radius, high = _half(tube)
    top = max(2 * (radius + SHOULDER), 2 * HOLES[1][1] + 14.0)
    deck = Box(LENGTH, top, 8.0, align=(Align.CENTER, Align.CENTER, Align.MIN))
    half += Pos(0, 0, high - 5.1) * deck
    nut = extrude(RegularPolygon(M6_NUT / 3**0.5, 6), M6_NUT_DEPTH + 40)
    for x in BOLTS:
        for side in (-1, 1):
            place = Pos(x, side * (radius + SHOULDER / 2), high + 2.9 - M6_NUT_DEPTH)
            half -= place * nut
            half -= Pos(x, side * (radius + SHOULDER / 2), 0) * Cylinder(M6 / 2, 300)
    for x, y in HOLES:
        # Inserts M4: the screws come from above, through what is carried.
        half -= Pos(x, y, high + 2.9) * Cylinder(
            (M4 + 1.2) / 2, 10.0, align=(Align.CENTER, Align.CENTER, Align.MAX)
        )
    return half


def lower(tube: float) -> Part:
    """The half below; the bolts M6 come through it from underneath."""
    return _half(tube)[0]


def parts(tube: float) -> dict[str, Part]:
    """The printed parts by name, for a handrail of `tube` millimetres (25 to 50)."""
    if not 25.0 <= tube <= 50.0:
        raise ValueError(f"the clamp is made for tubes of 25 to 50 mm, not {tube}")
    return {"upper": upper(tube), "lower": lower(tube)}
