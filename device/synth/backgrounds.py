"""Made-up rooms to put behind the runner: clutter, walls, lines, lamps, a treadmill."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Random = np.random.Generator


def background(rng: Random, side_px: int) -> NDArray[np.uint8]:
    """One made-up background, uint8 (side, side, 3)."""
    n = side_px
    if rng.random() < 0.08:
        picture = np.ones((n, n, 3), np.float32) * rng.random(3).astype(np.float32)
    else:
        picture = _clouds(rng, n) + rng.random(3).astype(np.float32)
    if rng.random() < 0.5:
        _tiles(rng, picture)
    for _ in range(rng.integers(0, 9)):
        _thing(rng, picture)
    if rng.random() < 0.6:
        _treadmill(rng, picture)
    if rng.random() < 0.5:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.3, 2.5)), np.float32)
    picture *= np.float32(rng.uniform(0.3, 1.2))
    return (np.clip(picture, 0, 1) * 255).astype(np.uint8)


def _clouds(rng: Random, n: int) -> NDArray[np.float32]:
    total = np.zeros((n, n, 3), np.float32)
    strength = rng.uniform(0.1, 1.0)
    for k in (2, 5, 12, 30, 64):
        coarse = rng.random((k, k, 3)).astype(np.float32) - 0.5
        if rng.random() < 0.6:
            coarse = np.repeat(coarse[:, :, :1], 3, axis=2)
        how = [cv2.INTER_NEAREST, cv2.INTER_LINEAR, cv2.INTER_CUBIC][rng.integers(3)]
        fine = cv2.resize(coarse, (n, n), interpolation=how)
        total += fine * np.float32(strength * rng.uniform(0, 1.6) / np.sqrt(k))
    return total


def _tiles(rng: Random, picture: NDArray[np.float32]) -> None:
    n = len(picture)
    step, wide = int(rng.integers(8, n // 2)), int(rng.integers(1, 4))
    shade = np.float32(rng.uniform(0.5, 1.3))
    if rng.random() < 0.7:
        for at in range(int(rng.integers(step)), n, step):
            picture[:, at : at + wide] *= shade
    if rng.random() < 0.7:
        for at in range(int(rng.integers(step)), n, step):
            picture[at : at + wide] *= shade


def _thing(rng: Random, picture: NDArray[np.float32]) -> None:
    n = len(picture)
    tone = tuple(float(v) for v in rng.random(3) ** 1.3 * rng.uniform(0.2, 1.4))
    x, y = (int(v) for v in rng.integers(-n // 6, n, 2))
    w, h = (int(v) for v in rng.integers(3, n // 2, 2))
    kind = rng.integers(4)
    if kind == 0:
        cv2.rectangle(picture, (x, y), (x + w, y + h), tone, -1)
    elif kind == 1:
        cv2.ellipse(picture, (x, y), (w // 2, h // 2), rng.uniform(0, 180), 0, 360, tone, -1)
    elif kind == 2:
        end = (x + int(rng.integers(-n, n)), y + int(rng.integers(-n, n)))
        cv2.line(picture, (x, y), end, tone, int(rng.integers(1, 9)), cv2.LINE_AA)
    else:
        cv2.line(picture, (x, 0), (x + int(rng.normal(0, 8)), n), tone, int(rng.integers(2, 14)))


def _treadmill(rng: Random, picture: NDArray[np.float32]) -> None:
    n = len(picture)
    middle = n / 2 + rng.normal(0, 0.1 * n)
    dark = float(rng.uniform(0.02, 0.3))
    tone = (dark, dark, dark * float(rng.uniform(0.8, 1.2)))
    wide = rng.uniform(0.2, 0.6) * n
    thick = int(rng.integers(2, 14))
    top = rng.uniform(0.0, 0.6) * n
    for outward in (-1, 1):
        x = middle + outward * wide
        lean = outward * rng.uniform(0, 0.15) * n
        cv2.line(picture, (int(x), int(top)), (int(x + lean), n), tone, thick, cv2.LINE_AA)
    if rng.random() < 0.7:
        high = int(top + rng.uniform(0.02, 0.25) * n)
        cv2.rectangle(picture, (int(middle - wide), int(top)), (int(middle + wide), high), tone, -1)
