"""Shapes that carry a meaning together with their colour, never the colour alone."""

from __future__ import annotations

import math

from device.domain.kiosk import Button, Level
from device.domain.screens import CheckState
from device.ui.boxes import Box
from device.ui.canvas import Canvas, Point
from device.ui.theme import (
    BACKGROUND,
    BLUE,
    FAULT,
    GREEN,
    INSIDE,
    OUTSIDE,
    SOFT,
    WARN,
    YELLOW,
    Colour,
)
from device.ui.view import Zone

BUTTON_COLOUR = {Button.GREEN: GREEN, Button.BLUE: BLUE, Button.YELLOW: YELLOW}
LEVEL_COLOUR = {Level.OK: SOFT, Level.WARN: WARN, Level.FAULT: FAULT}


def button_shape(canvas: Canvas, button: Button, box: Box, colour: Colour) -> None:
    """Green is a circle, blue a square, yellow a triangle; as large as the square in `box`."""
    side = min(box.w, box.h)
    canvas.sign(
        ("button", button),
        box.middle(side, side),
        colour,
        lambda c, b: _button(c, button, b, colour),
    )


def _button(canvas: Canvas, button: Button, box: Box, colour: Colour) -> None:
    if button is Button.GREEN:
        canvas.disc((box.cx, box.cy), box.w / 2 - 1, colour)
    elif button is Button.BLUE:
        canvas.fill(box.inset(box.w * 0.05), colour, box.w * 0.08)
    else:
        canvas.polygon(_triangle(box), colour)


def button_outline(canvas: Canvas, button: Button, box: Box, colour: Colour, width: int) -> None:
    """The button's shape as a line, for a button that does nothing now."""
    button_shape(canvas, button, box, colour)
    inner = box.inset(width)
    if button is Button.YELLOW:
        inner = Box(box.x + width * 2, box.y + width * 2, box.w - width * 4, box.h - width * 3)
    button_shape(canvas, button, inner, BACKGROUND)


def _triangle(box: Box) -> list[Point]:
    drop = box.h * 0.06
    return [
        (box.cx, box.y + drop),
        (box.right, box.bottom - drop),
        (box.x, box.bottom - drop),
    ]


def check(canvas: Canvas, box: Box, colour: Colour, width: float) -> None:
    """A tick whose strokes are `width` wide."""
    w = width / math.sqrt(2)
    ax, ay = box.x + box.w * 0.08 + w / 2, box.y + box.h * 0.55
    bx, by = box.x + box.w * 0.40, box.y + box.h * 0.55 + (box.x + box.w * 0.40 - ax)
    cx = box.right - box.w * 0.04 - w / 2
    cy = by - (cx - bx)
    # Two strokes at right angles, each with square ends.
    canvas.polygon(
        [
            (ax, ay - w),
            (bx, by - w),
            (cx, cy - w),
            (cx + w, cy),
            (bx, by + w),
            (ax - w, ay),
        ],
        colour,
    )


def cross(canvas: Canvas, box: Box, colour: Colour, width: float) -> None:
    """Two crossing lines."""
    inner = box.inset(box.w * 0.18, box.h * 0.18)
    canvas.line((inner.x, inner.y), (inner.right, inner.bottom), colour, width)
    canvas.line((inner.x, inner.bottom), (inner.right, inner.y), colour, width)


def warning(canvas: Canvas, box: Box, colour: Colour, on: Colour) -> None:
    """A triangle with an exclamation mark."""
    canvas.polygon(_triangle(box), colour)
    w = box.w * 0.11
    canvas.line((box.cx, box.y + box.h * 0.36), (box.cx, box.y + box.h * 0.64), on, w)
    canvas.disc((box.cx, box.y + box.h * 0.78), max(1.0, w * 0.6), on)


def level_icon(canvas: Canvas, level: Level, box: Box, on: Colour) -> None:
    """OK is a tick, a warning a triangle, a fault an octagon with a cross."""
    side = min(box.w, box.h)
    colour = LEVEL_COLOUR[level]
    canvas.sign(
        ("level", level, on), box.middle(side, side), colour, lambda c, b: _level(c, level, b, on)
    )


def _level(canvas: Canvas, level: Level, square: Box, on: Colour) -> None:
    side = square.w
    colour = LEVEL_COLOUR[level]
    if level is Level.OK:
        check(canvas, square, colour, side * 0.16)
    elif level is Level.WARN:
        warning(canvas, square, colour, on)
    else:
        r = side / 2
        canvas.polygon(
            [
                (square.cx + r * math.cos(t), square.cy + r * math.sin(t))
                for t in (math.pi / 8 + i * math.pi / 4 for i in range(8))
            ],
            colour,
        )
        cross(canvas, square.inset(side * 0.18), on, side * 0.13)


def zone_colour(zone: Zone | None) -> Colour:
    """Inside the band (or not clearly out of it) one colour, clearly outside another."""
    return OUTSIDE if zone in (Zone.ABOVE, Zone.BELOW) else INSIDE


def zone_icon(canvas: Canvas, zone: Zone, box: Box, colour: Colour) -> None:
    """Inside a tick; clearly outside a filled arrow head; at an edge a bar with a hollow one."""
    side = min(box.w, box.h)
    canvas.sign(
        ("zone", zone), box.middle(side, side), colour, lambda c, b: _zone(c, zone, b, colour)
    )


def _zone(canvas: Canvas, zone: Zone, sq: Box, colour: Colour) -> None:
    side = sq.w
    if zone is Zone.INSIDE:
        check(canvas, sq, colour, side * 0.17)
        return
    up = zone in (Zone.ABOVE, Zone.UPPER_EDGE)
    tip, base = (sq.y + side * 0.12, sq.y + side * 0.72)
    if not up:
        tip, base = sq.bottom - side * 0.12, sq.bottom - side * 0.72
    head: list[Point] = [
        (sq.cx, tip),
        (sq.x + side * 0.90, base),
        (sq.x + side * 0.10, base),
    ]
    if zone in (Zone.ABOVE, Zone.BELOW):
        canvas.polygon(head, colour)
    else:
        for i in range(3):
            canvas.line(head[i], head[(i + 1) % 3], colour, side * 0.10)
    foot = sq.bottom - side * 0.12 if up else sq.y + side * 0.12
    canvas.line((sq.x + side * 0.1, foot), (sq.x + side * 0.9, foot), colour, side * 0.12)


def draw_arrow(canvas: Canvas, box: Box, colour: Colour) -> None:
    """An arrow to the right, in the middle of `box`: from one number to the next."""
    side = round(min(box.w, box.h * 0.7))

    def paint(c: Canvas, b: Box) -> None:
        c.limb(
            (b.x + b.w * 0.06, b.cy), b.w * 0.05, (b.right - b.w * 0.2, b.cy), b.w * 0.05, colour
        )
        x = b.right - b.w * 0.42
        c.polygon([(x, b.y + b.h * 0.22), (b.right, b.cy), (x, b.bottom - b.h * 0.22)], colour)

    canvas.sign("to", box.middle(side, side), colour, paint)


CHECK_COLOUR = {
    CheckState.OK: GREEN,
    CheckState.BAD: FAULT,
    CheckState.WAITING: SOFT,
    CheckState.NOT_MEASURABLE: WARN,
}


def check_icon(canvas: Canvas, state: CheckState, box: Box, on: Colour) -> None:
    """Good is a disc with a tick, bad an octagon with a cross, waiting three dots in a circle,
    what only a person can see an eye."""
    side = min(box.w, box.h)
    place = box.middle(side, side)
    if state is CheckState.BAD:
        level_icon(canvas, Level.FAULT, place, on)
        return
    colour = CHECK_COLOUR[state]
    canvas.sign(("check", state, on), place, colour, lambda c, b: _check_sign(c, state, b, on))


def _check_sign(canvas: Canvas, state: CheckState, sq: Box, on: Colour) -> None:
    colour = CHECK_COLOUR[state]
    r = sq.w / 2
    if state is CheckState.OK:
        canvas.disc((sq.cx, sq.cy), r - 1, colour)
        check(canvas, sq.inset(sq.w * 0.2), on, sq.w * 0.11)
    elif state is CheckState.WAITING:
        canvas.circle((sq.cx, sq.cy), r - 1, colour, sq.w * 0.08)
        for i in (-1, 0, 1):
            canvas.disc((sq.cx + i * r * 0.46, sq.cy), r * 0.14, colour)
    else:
        lid = [
            (sq.cx + r * math.cos(t), sq.cy + r * 0.62 * math.sin(t))
            for t in (i * math.pi / 24 for i in range(48))
        ]
        canvas.polygon([(x, y) for x, y in lid], colour)
        canvas.disc((sq.cx, sq.cy), r * 0.42, on)
        canvas.disc((sq.cx, sq.cy), r * 0.24, colour)
