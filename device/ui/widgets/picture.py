"""The camera picture, cut to its place around the runner, with the pelvis line and horizontal."""

from __future__ import annotations

import math

import numpy as np
import pygame

from device.domain.basics import Landmark
from device.domain.kiosk import Picture
from device.ui.boxes import Box
from device.ui.canvas import Canvas, Point
from device.ui.theme import INSIDE, TEXT, Colour

_CASING: Colour = (0, 0, 0)
_REFRAME = 0.10
"""The cut follows the runner only when they leave its centre by this fraction of its size, so
that the picture does not shake with every step."""
_RESIZE = 0.15
_LEAST_PART = 0.25
"""Of the picture's height: what is cut out smaller looks coarse."""
WHOLE_RUNNER = 4.7
"""Trunk lengths from above the head to below the feet, with some room."""
HIPS_ONLY = 2.2


class Framing:
    """Which part of the pictures is shown in one place; remembers it between frames.

    `torsos`: how high the part is, in lengths of the runner's trunk (shoulders to hips), so that
    the runner has the same size wherever the camera stands; None shows as much as fits.
    """

    def __init__(self, torsos: float | None = None) -> None:
        self._torsos = torsos
        self._torso_px: float | None = None
        self._centre: Point | None = None

    def cut(self, picture: Picture, aspect: float) -> Box:
        """The part of the picture, as wide to high as `aspect`, that has the runner in it."""
        width, height = picture.frame.size_px
        h = self._height(picture, height)
        w = h * aspect
        if w > width:
            w, h = width, width / aspect
        hips = hip_points(picture)
        if hips is not None:
            x, y = (hips[0][0] + hips[1][0]) / 2, (hips[0][1] + hips[1][1]) / 2
            old = self._centre
            far = old is None or abs(x - old[0]) > _REFRAME * w or abs(y - old[1]) > _REFRAME * h
            if far:
                self._centre = (x, y)
        cx, cy = self._centre or (width / 2, height / 2)
        left = min(max(0.0, cx - w / 2), width - w)
        top = min(max(0.0, cy - h / 2), height - h)
        return Box(int(left), int(top), max(1, int(w)), max(1, int(h)))

    def _height(self, picture: Picture, height: int) -> float:
        if self._torsos is None:
            return height
        torso = torso_px(picture)
        old = self._torso_px
        if torso is not None and (old is None or abs(torso - old) > _RESIZE * old):
            self._torso_px = torso
        if self._torso_px is None:
            return height
        return min(height, max(_LEAST_PART * height, self._torsos * self._torso_px))


def torso_px(picture: Picture) -> float | None:
    """Length of the trunk in the picture, from between the shoulders to between the hips."""
    if picture.pose is None or not picture.pose.seen:
        return None
    marks = picture.pose.landmarks_px
    shoulders = marks[[Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER]].mean(axis=0)
    hips = marks[[Landmark.LEFT_HIP, Landmark.RIGHT_HIP]].mean(axis=0)
    length = float(np.hypot(*(shoulders - hips)))
    return length if math.isfinite(length) and length > 1 else None


def hip_points(picture: Picture) -> tuple[Point, Point] | None:
    """The two ends of the pelvis line, else the detector's hips, left in the picture first."""
    points = None
    if picture.pelvis is not None and picture.pelvis.points_px is not None:
        points = np.asarray(picture.pelvis.points_px, float)
    elif picture.pose is not None and picture.pose.seen:
        points = picture.pose.landmarks_px[[Landmark.LEFT_HIP, Landmark.RIGHT_HIP]].astype(float)
    if points is None or not np.isfinite(points).all():
        return None
    a, b = ((float(x), float(y)) for x, y in points)
    return (a, b) if a[0] <= b[0] else (b, a)


def draw_picture(
    canvas: Canvas, picture: Picture, box: Box, framing: Framing, *, dim: bool = False
) -> None:
    """Fill `box` with the runner and draw the lines over it; `dim` for an old picture."""
    image = picture.frame.image
    if not image.flags.c_contiguous:
        image = np.ascontiguousarray(image)
    whole = pygame.image.frombuffer(image.data, picture.frame.size_px, "RGB")
    cut = framing.cut(picture, box.w / max(1, box.h))
    part = whole.subsurface(cut)
    canvas.surface.blit(_scaled(part, (box.w, box.h)), box)
    if dim:
        veil = pygame.Surface((box.w, box.h))
        veil.set_alpha(150)
        canvas.surface.blit(veil, box)
        return
    _lines(canvas, picture, box, cut)


def _scaled(part: pygame.Surface, size: tuple[int, int]) -> pygame.Surface:
    return pygame.transform.smoothscale(part, size)


def _lines(canvas: Canvas, picture: Picture, box: Box, cut: Box) -> None:
    hips = hip_points(picture)
    scale = box.w / cut.w

    def there(point: Point) -> Point:
        return box.x + (point[0] - cut.x) * scale, box.y + (point[1] - cut.y) * scale

    if hips is None:
        return
    a, b = there(hips[0]), there(hips[1])
    centre = ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2)
    half = max(math.hypot(b[0] - a[0], b[1] - a[1]) / 2, 1.0)
    thick = max(2.0, min(box.w, box.h) / 64)
    if picture.pelvis is None:
        # Where the hips are, not how they tilt: thin, and without a horizontal to compare with.
        canvas.line(a, b, _CASING, thick * 0.9 + 2)
        canvas.line(a, b, TEXT, max(1.5, thick * 0.5))
        for point in (a, b):
            canvas.circle(point, thick * 1.6, TEXT, max(1.5, thick * 0.5))
        return
    reach = max(half * 1.9, box.w * 0.30)
    level = math.radians(picture.level_deg)
    lx, ly = math.cos(level) * reach, math.sin(level) * reach
    canvas.dashes(
        (centre[0] - lx, centre[1] - ly),
        (centre[0] + lx, centre[1] + ly),
        _CASING,
        thick * 0.5 + 3,
        thick * 4,
        thick * 2.5,
    )
    canvas.dashes(
        (centre[0] - lx, centre[1] - ly),
        (centre[0] + lx, centre[1] + ly),
        TEXT,
        max(2.0, thick * 0.5),
        thick * 4,
        thick * 2.5,
    )
    tilt = math.radians(picture.pelvis.image_angle_deg)
    px, py = math.cos(tilt) * reach * 0.92, math.sin(tilt) * reach * 0.92
    ends = (centre[0] - px, centre[1] - py), (centre[0] + px, centre[1] + py)
    canvas.line(*ends, _CASING, thick + 4)
    canvas.line(*ends, INSIDE, thick)
    # Of a runner far away the two marks stay apart.
    r = min(thick * 1.9, max(thick * 0.9, half * 0.6))
    for point in (a, b):
        canvas.disc(point, r + 2, _CASING)
        canvas.disc(point, r, INSIDE)
