"""The exercises as drawings: two key positions each, seen from where the camera is.

A limb figure in greys, the pelvis (or the trunk) in the colour it has everywhere, what moves with
an arrow. The standing leg is the lighter one. Hinging is drawn from the side, because from behind
and in front it cannot be told from crouching.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from device.domain.basics import Side
from device.domain.coach_screens import Facing
from device.ui.boxes import Box
from device.ui.canvas import Canvas, Point
from device.ui.theme import (
    BLUE,
    FIGURE,
    FIGURE_DARK,
    FIGURE_LIGHT,
    GREEN,
    INSIDE,
    LINE,
    PANEL,
    RAISED,
    SOFT,
    TEXT,
    WEDGE,
    YELLOW,
    Colour,
)
from device.ui.widgets.body import Eye, Limb, Space, Standing, joints

SKIN: Colour = (150, 164, 180)
STANDING: Colour = (168, 182, 198)
"""The standing leg: lighter than the free one, so that nobody mixes them up."""
SHIRT: Colour = (96, 112, 130)
TALL = 2.06
"""Metres from the floor to the drawing's upper edge."""
STEP_M, BOOK_M = 0.17, 0.055
POSITIONS = 2


@dataclass(frozen=True, slots=True)
class Scene:
    """A key position. `line`: what is marked, "pelvis" or "trunk"; `move`: where the arrow points,
    "down", "up" (at the free hip), "back" (at the hips), "return", or "" for none."""

    pose: Standing
    line: str = "pelvis"
    move: str = ""
    prop: str = ""
    turn_deg: float = 0.0
    """Looked at from so far round from where the camera is, towards the free side."""


_HANG = Limb(3.0, 14.0, 2.0)
_TUCK = Limb(18.0, 74.0, 2.0)
_DROP, _HIKE = 13.0, -10.0


def _access(raised_m: float, prop: str) -> tuple[Scene, Scene]:
    free = _TUCK if raised_m < 0.1 else _HANG
    level = Standing(0.0, raised_m, over_m=0.035, free=free)
    sunk = Standing(_DROP, raised_m, over_m=0.01, free=free)
    return Scene(level, prop=prop, move="down"), Scene(sunk, prop=prop)


def _hinge() -> tuple[Scene, Scene]:
    upright = Standing(
        over_m=0.03, free=Limb(14.0, 48.0), arms_forward_deg=(6.0, 6.0), arms_out_deg=9.0
    )
    bent = Standing(
        over_m=0.03,
        back_m=0.27,
        stretched=0.945,
        forward_deg=52.0,
        free=Limb(44.0, 84.0),
        arms_forward_deg=(28.0, 28.0),
        arms_out_deg=9.0,
        elbows_deg=(10.0, 10.0),
    )
    return (
        Scene(upright, "trunk", "back", "wall", -90.0),
        Scene(bent, "trunk", "", "wall", -90.0),
    )


SCENES: dict[str, tuple[Scene, Scene]] = {
    "access_floor": _access(0.0, ""),
    "access_book": _access(BOOK_M, "book"),
    "access_step": _access(STEP_M, "step"),
    "hip_hike": (
        Scene(Standing(_DROP, STEP_M, over_m=0.01, free=_HANG), prop="step", move="up"),
        Scene(Standing(_HIKE, STEP_M, over_m=0.045, free=_HANG), prop="step"),
    ),
    "hinge_to_wall": _hinge(),
    "hip_lock": (
        Scene(
            Standing(
                9.0,
                over_m=0.015,
                stretched=0.965,
                forward_deg=7.0,
                free=Limb(-4.0, 72.0, 1.0),
                arms_forward_deg=(-32.0, 26.0),
                elbows_deg=(70.0, 62.0),
                arms_out_deg=12.0,
                toe_down=True,
            ),
            move="up",
            turn_deg=36.0,
        ),
        Scene(
            Standing(
                _HIKE,
                over_m=0.04,
                forward_deg=2.0,
                free=Limb(84.0, 92.0, 2.0),
                arms_forward_deg=(34.0, -34.0),
                elbows_deg=(70.0, 62.0),
                arms_out_deg=12.0,
            ),
            turn_deg=36.0,
        ),
    ),
}
"""By the exercise's name (`device.coach.exercises.EXERCISES`): from, to."""


def exercise_figure(
    canvas: Canvas, box: Box, name: str, position: int, side: Side, facing: Facing
) -> None:
    """Draw key position 0 or 1 of the exercise on the standing leg `side` as large as `box`
    allows, with smooth edges."""
    scene = SCENES[name][position]
    wide = min(box.w, round(box.h * 0.62))
    high = min(box.h, round(wide / 0.62))
    place = box.middle(wide, high)
    key = ("exercise", name, position, side, facing)
    canvas.sign(key, place, FIGURE, lambda c, b: _Drawing(c, b, scene, side, facing).paint())


def felt_figure(canvas: Canvas, box: Box, side: Side) -> None:
    """The middle of a body from behind, with the buttock of the standing side and the low back
    marked in the colours and shapes of the buttons that answer for them."""
    place = box.middle(min(box.w, round(box.h * 1.1)), box.h)
    canvas.sign(("felt", side), place, FIGURE, lambda c, b: _felt(c, b, side))


def _felt(canvas: Canvas, box: Box, side: Side) -> None:
    # Only a part of the drawing lies in the box: shoulders to knees.
    high = box.h * 2.15
    whole = Box(box.x, round(box.y - high * 0.20), box.w, round(high))
    drawing = _Drawing(canvas, whole, Scene(Standing(free=_HANG), line=""), side, Facing.BEHIND)
    drawing.paint()
    drawing.felt()


class _Drawing:
    """One position on its way to the canvas."""

    def __init__(self, canvas: Canvas, box: Box, scene: Scene, side: Side, facing: Facing) -> None:
        self._c = canvas
        self._scene = scene
        self._body = joints(scene.pose, side)
        free = 1.0 if side is Side.LEFT else -1.0
        camera = 0.0 if facing is Facing.BEHIND else 180.0
        self._eye = Eye(camera + scene.turn_deg * free)
        self._s = box.h / TALL
        self._ground = box.bottom - 0.10 * self._s
        # The hips' middle of the upright body is the drawing's middle.
        shift = self._eye.flat((0.0, -0.12 if scene.prop == "wall" else 0.02, 0.0))[0]
        self._x0 = box.cx - shift * self._s
        self._box = box

    def paint(self) -> None:
        self._props()
        for _, draw in sorted(self._limbs(), key=lambda item: -item[0]):
            draw()
        self._mark()
        self._arrow()

    def at(self, point: Space) -> Point:
        x, z = self._eye.flat(point)
        return self._x0 + x * self._s, self._ground - z * self._s

    # --- the body ------------------------------------------------------------------------------

    def _limb(
        self, a: Space, ra: float, b: Space, rb: float, colour: Colour, edge: bool = True
    ) -> tuple[float, Callable[[], None]]:
        s, rim = self._s, 0.012

        def draw() -> None:
            if edge:
                self._c.limb(self.at(a), (ra + rim) * s, self.at(b), (rb + rim) * s, PANEL)
            self._c.limb(self.at(a), ra * s, self.at(b), rb * s, colour)

        middle = tuple((p + q) / 2 for p, q in zip(a, b, strict=True))
        return self._eye.depth((middle[0], middle[1], middle[2])), draw

    def _limbs(self) -> list[tuple[float, Callable[[], None]]]:
        body = self._body
        out = []
        for n, colour in ((0, STANDING), (1, FIGURE)):
            hip, knee, ankle, toe = (
                pair[n] for pair in (body.hips, body.knees, body.ankles, body.toes)
            )
            heel = (ankle[0], ankle[1] - 0.035, ankle[2] - 0.045)
            shoe = FIGURE_LIGHT if n == 0 else FIGURE_DARK
            out.append(self._limb(heel, 0.034, toe, 0.026, shoe))
            out.append(self._limb(knee, 0.052, ankle, 0.034, colour))
            leg = self._limb(hip, 0.088, knee, 0.056, colour)
            shorts_to = _between(hip, knee, 0.48)
            shorts = self._limb(hip, 0.098, shorts_to, 0.088, FIGURE_DARK, edge=False)
            out.append((leg[0], _both(leg[1], shorts[1])))
        out.append(self._torso())
        for n in (0, 1):
            shoulder, elbow, hand = (pair[n] for pair in (body.shoulders, body.elbows, body.hands))
            out.append(self._limb(shoulder, 0.050, elbow, 0.040, SKIN))
            out.append(self._limb(elbow, 0.038, hand, 0.028, SKIN))
        out.append(self._head())
        return out

    def _torso(self) -> tuple[float, Callable[[], None]]:
        body, s = self._body, self._s
        a, b = body.hips
        left, right = body.shoulders
        waist = _between(body.waist, body.neck, 0.38)

        def draw() -> None:
            self._c.limb(self.at(a), 0.088 * s, self.at(b), 0.088 * s, FIGURE_DARK)
            low_waist = _between(body.waist, body.neck, 0.14)
            self._c.limb(self.at(low_waist), 0.122 * s, self.at(waist), 0.112 * s, SHIRT)
            self._c.limb(
                self.at(waist), 0.112 * s, self.at(_between(left, right, 0.5)), 0.10 * s, SHIRT
            )
            corners = [self.at(left), self.at(right)]
            low = self.at(waist)
            reach = 0.100 * s
            self._c.polygon(
                [corners[0], corners[1], (low[0] + reach, low[1]), (low[0] - reach, low[1])]
                if corners[0][0] < corners[1][0]
                else [corners[1], corners[0], (low[0] + reach, low[1]), (low[0] - reach, low[1])],
                SHIRT,
            )
            self._c.limb(self.at(left), 0.060 * s, self.at(right), 0.060 * s, SHIRT)
            self._c.limb(self.at(a), 0.092 * s, self.at(b), 0.092 * s, FIGURE_DARK)

        return self._eye.depth(waist), draw

    def _head(self) -> tuple[float, Callable[[], None]]:
        body, s = self._body, self._s
        top = _between(body.neck, body.head, 1.35)

        def draw() -> None:
            self._c.limb(self.at(body.neck), 0.050 * s, self.at(body.head), 0.050 * s, SKIN)
            self._c.limb(self.at(body.head), 0.082 * s, self.at(top), 0.088 * s, SKIN)
            x, y = self.at(body.head)
            if self._eye.sees_face:
                self._c.disc((x, y - 0.070 * s), 0.090 * s, FIGURE_DARK)
                self._c.limb((x, y + 0.01 * s), 0.070 * s, (x, y - 0.03 * s), 0.074 * s, SKIN)
                for out in (-1, 1):
                    self._c.disc((x + out * 0.030 * s, y - 0.016 * s), 0.010 * s, FIGURE_DARK)
            else:
                ahead = self._eye.flat((0.0, 1.0, 0.0))[0]
                back = (x - ahead * 0.026 * s, y - 0.048 * s)
                self._c.disc(back, 0.086 * s, FIGURE_DARK)
                if abs(ahead) < 0.8:
                    self._c.limb(
                        (x - ahead * 0.03 * s, y - 0.01 * s),
                        0.076 * s,
                        back,
                        0.088 * s,
                        FIGURE_DARK,
                    )

        return self._eye.depth(body.head) - 0.05, draw

    # --- what is around it ---------------------------------------------------------------------

    def _props(self) -> None:
        scene, s, body = self._scene, self._s, self._body
        left, right = self._box.x, self._box.right
        thick = max(1.5, 0.018 * s)
        y = self._ground
        self._c.line((left, y), (right, y), LINE, thick)
        if scene.prop in ("book", "step"):
            high = scene.pose.raised_m * s
            x = self.at(body.ankles[0])[0]
            half = (0.135 if scene.prop == "book" else 0.15) * s
            # The free leg hangs beside it, not in it.
            free = self.at(body.ankles[1])[0]
            away = -1.0 if free > x else 1.0
            x += away * 0.045 * s
            spot = Box(round(x - half), round(y - high), round(2 * half), round(high))
            self._c.fill(spot, YELLOW if scene.prop == "book" else RAISED, 0.016 * s)
            if scene.prop == "book":
                self._c.line(
                    (x - half + 0.03 * s, y - high * 0.42),
                    (x + half, y - high * 0.42),
                    PANEL,
                    0.014 * s,
                )
            else:
                self._c.outline(spot, LINE, thick, 0.016 * s)
        if scene.prop == "wall":
            self._wall(thick)

    def _wall(self, thick: float) -> None:
        s = self._s
        x, _ = self.at((0.0, -0.40, 0.0))
        away = 1.0 if self._eye.flat((0.0, -1.0, 0.0))[0] > 0 else -1.0
        top = self._box.y + 0.06 * s
        wide = 0.07 * s
        left = min(x, x + away * wide)
        self._c.fill(Box(round(left), round(top), round(wide), round(self._ground - top)), RAISED)
        self._c.line((x, top), (x, self._ground), LINE, thick * 1.4)
        step = 0.17 * s
        y = top + step
        while y < self._ground:
            self._c.line((x, y), (x + away * wide, y - wide * 0.9), LINE, thick * 0.8)
            y += step

    # --- what matters --------------------------------------------------------------------------

    def _mark(self) -> None:
        body, s = self._body, self._s
        if not self._scene.line:
            return
        if self._scene.line == "trunk":
            a, b = self.at(body.waist), self.at(body.neck)
            self._c.line(a, b, PANEL, 0.062 * s)
            self._c.line(a, b, INSIDE, 0.040 * s)
            for point in (a, b):
                self._joint(point)
            return
        a, b = (self.at(hip) for hip in body.hips)
        cx, cy = (a[0] + b[0]) / 2, (a[1] + b[1]) / 2
        long = 2.45
        ends = [(cx + (p[0] - cx) * long, cy + (p[1] - cy) * long) for p in (a, b)]
        if abs(ends[0][1] - ends[1][1]) > 0.02 * s:
            for tip in ends:
                self._c.polygon([(cx, cy), (tip[0], cy), tip], WEDGE)
        reach = abs(ends[0][0] - cx) * 1.08
        self._c.dashes((cx - reach, cy), (cx + reach, cy), SOFT, 0.012 * s, 0.045 * s, 0.032 * s)
        self._c.line(ends[0], ends[1], PANEL, 0.054 * s)
        self._c.line(ends[0], ends[1], INSIDE, 0.034 * s)
        for point in (a, b):
            self._joint(point)

    def felt(self) -> None:
        """Mark the buttock and the low back."""
        body, s = self._body, self._s
        hip, free = self.at(body.hips[0]), self.at(body.hips[1])
        out = 1.0 if hip[0] > free[0] else -1.0
        r = 0.075 * s
        seat = (hip[0] + out * 0.005 * s, hip[1] + 0.035 * s)
        self._c.disc(seat, r * 1.22, PANEL)
        self._c.disc(seat, r, GREEN)
        back = self.at(_between(body.waist, body.neck, 0.30))
        half = r * 0.92
        for grow, colour in ((r * 0.2, PANEL), (0.0, BLUE)):
            self._c.fill(
                Box(
                    round(back[0] - half - grow),
                    round(back[1] - half - grow),
                    round(2 * (half + grow)),
                    round(2 * (half + grow)),
                ),
                colour,
                r * 0.15,
            )

    def _joint(self, point: Point) -> None:
        s = self._s
        self._c.disc(point, 0.052 * s, PANEL)
        self._c.disc(point, 0.043 * s, INSIDE)
        self._c.disc(point, 0.019 * s, PANEL)

    def _arrow(self) -> None:
        move, s = self._scene.move, self._s
        if not move:
            return
        stance, free = (self.at(hip) for hip in self._body.hips)
        out = 1.0 if free[0] > stance[0] else -1.0
        if move in ("up", "down"):
            x, y = free[0] + out * 0.235 * s, free[1]
            high = 0.15 * s
            tail, tip = (y - high, y + high) if move == "down" else (y + high, y - high)
            self._pointer((x, tail), (x, tip))
            return
        waist = self.at(self._body.waist)
        back = 1.0 if self._eye.flat((0.0, -1.0, 0.0))[0] > 0 else -1.0
        self._pointer(
            (waist[0] + back * 0.13 * s, waist[1]), (waist[0] + back * 0.36 * s, waist[1])
        )

    def _pointer(self, tail: Point, tip: Point) -> None:
        """An arrow with an edge, that it stands out from what is under it."""
        for grow, colour in ((0.014, PANEL), (0.0, TEXT)):
            self._head_of(tail, tip, grow * self._s, colour)

    def _head_of(self, tail: Point, tip: Point, grow: float, colour: Colour) -> None:
        s = self._s
        length = math.hypot(tip[0] - tail[0], tip[1] - tail[1])
        ux, uy = (tip[0] - tail[0]) / length, (tip[1] - tail[1]) / length
        barb, half, shaft = 0.095 * s, 0.070 * s + grow, 0.020 * s + grow
        neck = (tip[0] - ux * barb, tip[1] - uy * barb)
        self._c.limb(tail, shaft, neck, shaft, colour)
        point = (tip[0] + ux * grow * 1.6, tip[1] + uy * grow * 1.6)
        base = (neck[0] - ux * grow, neck[1] - uy * grow)
        self._c.polygon(
            [
                point,
                (base[0] - uy * half, base[1] + ux * half),
                (base[0] + uy * half, base[1] - ux * half),
            ],
            colour,
        )


def _between(a: Space, b: Space, share: float) -> Space:
    return (
        a[0] + (b[0] - a[0]) * share,
        a[1] + (b[1] - a[1]) * share,
        a[2] + (b[2] - a[2]) * share,
    )


def _both(first: Callable[[], None], second: Callable[[], None]) -> Callable[[], None]:
    def draw() -> None:
        first()
        second()

    return draw
