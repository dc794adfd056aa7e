"""Draws stickers with known sub-pixel centres, the way a camera would see them."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from device.domain.basics import LANDMARK_COUNT, Landmark
from device.domain.frames import Frame, Pose

RING = 5 / 3


@dataclass(frozen=True)
class Look:
    """Light reflected (0..1) and what the camera adds."""

    cloth: tuple[float, float, float] = (0.30, 0.10, 0.08)
    disc: float = 0.9
    ring: float | None = 0.03  # None: a white dot without a ring
    light: float = 0.9
    blur_px: float = 0.6
    noise_grey: float = 2.5
    folds: float = 0.25  # how strongly the cloth is shaded
    rim: float = 0.0  # width of a white rim left around the ring, in ring radii
    flat: float = 1.0  # height of the disc over its width: a slanting sticker


def cloth(size: tuple[int, int], look: Look, seed: int) -> NDArray[np.float32]:
    """Shaded cloth, linear light, (height, width, 3)."""
    width, height = size
    rng = np.random.default_rng(seed)
    folds = cv2.GaussianBlur(rng.standard_normal((height, width)).astype(np.float32), (0, 0), 9)
    folds = 1 + look.folds * folds / max(float(folds.std()), 1e-6)
    return np.clip(folds, 0.2, 2)[..., None] * np.asarray(look.cloth, np.float32)


def put_disc(
    light: NDArray[np.float32], centre: tuple[float, float], radius: float, look: Look
) -> None:
    """Paint one sticker; `centre` counts from the picture's corner, as landmarks do."""
    height, width = light.shape[:2]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    away = np.hypot(x + 0.5 - centre[0], (y + 0.5 - centre[1]) / look.flat)

    def paint(size: float, reflects: float) -> None:
        share = np.clip(0.5 - (away - size), 0, 1)[..., None]
        light[...] = light * (1 - share) + reflects * share

    if look.rim:
        paint(radius * RING * (1 + look.rim), look.disc)
    if look.ring is not None:
        paint(radius * RING, look.ring)
    paint(radius, look.disc)


def develop(light: NDArray[np.float32], look: Look, seed: int) -> NDArray[np.uint8]:
    """Blur, gamma, noise, eight bits."""
    rng = np.random.default_rng(seed + 1)
    seen = cv2.GaussianBlur(light * look.light, (0, 0), look.blur_px)
    grey = 255 * np.clip(seen, 0, 1) ** (1 / 2.2)
    grey = grey + look.noise_grey * rng.standard_normal(grey.shape)
    return np.clip(np.rint(grey), 0, 255).astype(np.uint8)


def picture(
    centres: list[tuple[float, float]],
    radius: float,
    look: Look | None = None,
    size: tuple[int, int] = (640, 480),
    seed: int = 0,
) -> NDArray[np.uint8]:
    """A picture of cloth with stickers at `centres`."""
    look = look or Look()
    light = cloth(size, look, seed)
    for centre in centres:
        put_disc(light, centre, radius, look)
    return develop(light, look, seed)


def pose_at(
    middle: tuple[float, float],
    px_per_m: float,
    t_ns: int = 0,
    size: tuple[int, int] = (640, 480),
    detector: str | None = "mediapipe-full",
    tilt_deg: float = 0.0,
) -> Pose:
    """A pose whose hips lie level (or tilted) about `middle`."""
    points = np.full((LANDMARK_COUNT, 2), np.nan, np.float32)
    half = 0.08 * px_per_m
    down = half * np.tan(np.radians(tilt_deg))
    points[Landmark.LEFT_HIP] = middle[0] - half, middle[1] - down
    points[Landmark.RIGHT_HIP] = middle[0] + half, middle[1] + down
    for shoulder, sign in ((Landmark.LEFT_SHOULDER, -1), (Landmark.RIGHT_SHOULDER, 1)):
        points[shoulder] = middle[0] + sign * 0.18 * px_per_m, middle[1] - 0.46 * px_per_m
    return Pose(0, t_ns, points, np.ones(LANDMARK_COUNT, np.float32), size, detector)


@dataclass(frozen=True)
class Scene:
    """A runner's back moving up and down with a known obliquity."""

    look: Look = Look()
    px_per_m: float = 203.0
    size: tuple[int, int] = (640, 480)
    apart_m: float = 0.11
    drop_deg: float = 6.0
    stickers: bool = True

    def angle_deg(self, t_s: float) -> float:
        """The pelvis line, right end lower positive."""
        return self.drop_deg * float(np.sin(2 * np.pi * 1.4 * t_s))

    def hips(self, t_s: float) -> tuple[float, float]:
        """Middle of the hips: bounces 8 cm at 2.8 steps a second."""
        bounce = 0.04 * self.px_per_m * float(np.sin(2 * np.pi * 2.8 * t_s))
        sway = 0.012 * self.px_per_m * float(np.cos(2 * np.pi * 1.4 * t_s))
        return self.size[0] / 2 + sway, self.size[1] / 2 + bounce

    def centres(self, t_s: float) -> list[tuple[float, float]]:
        """The two stickers, left first."""
        x, y = self.hips(t_s)
        y -= 0.10 * self.px_per_m
        a = np.radians(self.angle_deg(t_s))
        half = self.apart_m / 2 * self.px_per_m
        return [
            (x + sign * half * float(np.cos(a)), y + sign * half * float(np.sin(a)))
            for sign in (-1, 1)
        ]

    def frame(self, seq: int, t_s: float) -> Frame:
        """The picture at that time."""
        # Only the back is drawn; the rest of the picture is an even grey.
        x, y = self.hips(t_s)
        half = round(0.3 * self.px_per_m)
        left, top = round(x) - half, round(y) - round(1.3 * half)
        back = [(u - left, v - top) for u, v in self.centres(t_s)] if self.stickers else []
        drawn = picture(back, 0.015 * self.px_per_m, self.look, (2 * half, 2 * half), seed=seq)
        image = np.full((self.size[1], self.size[0], 3), 110, np.uint8)
        image[top : top + 2 * half, left : left + 2 * half] = drawn
        return Frame(seq, round(t_s * 1e9), image)

    def pose(self, t_s: float, late_s: float = 0.035) -> Pose:
        """What a detector says: late, and a little off."""
        x, y = self.hips(t_s - late_s)
        off = 0.01 * self.px_per_m
        return pose_at((x + off, y + off), self.px_per_m, round(t_s * 1e9), self.size)
