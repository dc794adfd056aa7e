"""Training crops from shards: windows placed as a detector would, backgrounds, spoiled pictures."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from device.pelvis.training.model import INPUT_PX, MIRRORED

N = INPUT_PX
CROP_TORSOS = 1.25
CROP_UP_TORSOS = 0.10
Random = np.random.Generator
OBLIQUITY, LEAN = 0, 3
"""Columns of `device.synth.shards.FACTS`."""
BENT = 0.5
"""How much training pictures are stretched and sheared (`placed`)."""
SCENE = 4
"""Pictures of a scene, as `device.synth.shards` draws them."""


@dataclass(frozen=True)
class Example:
    """A labelled crop: `rgba` uint8 (s, s, 4), colours multiplied by coverage, and `points` (10, 2)
    in its pixels."""

    rgba: NDArray[np.uint8]
    points: NDArray[np.float32]


class Shards:
    """All finished shards of a folder whose names begin with `name`; `refresh` finds new ones.

    `scenes` (m, 4): indices of the pictures that show one scene (`device.synth.shards.SCENE`).
    """

    def __init__(self, folder: Path, name: str, counts: Mapping[str, int] | None = None) -> None:
        self.folder, self.name = folder, name
        self._known: set[Path] = set()
        self._pictures: list[NDArray[np.uint8]] = []
        self._points: list[NDArray[np.float32]] = []
        self._facts: list[NDArray[np.float32]] = []
        self._where: list[tuple[int, int]] = []
        self._scenes: list[NDArray[np.int64]] = []
        self.refresh(counts)

    def refresh(self, counts: Mapping[str, int] | None = None) -> dict[str, int]:
        """Take up shards finished since, and return how many of each series ("train_001") are
        taken up. `counts`: as many instead; raises `FileNotFoundError` when there are fewer."""
        found: dict[str, list[Path]] = {}
        for path in sorted(self.folder.glob(f"{self.name}*.npy")):
            found.setdefault(path.stem.rpartition("_")[0], []).append(path)
        if counts is not None:
            for series, count in counts.items():
                if len(found.get(series, ())) < count:
                    raise FileNotFoundError(f"{self.folder}: fewer than {count} of {series}")
            found = {series: found[series][:count] for series, count in counts.items()}
        for path in (path for series in sorted(found) for path in found[series]):
            if path not in self._known:
                self._take(path)
        return {series: len(paths) for series, paths in found.items()}

    def _take(self, path: Path) -> None:
        self._known.add(path)
        labels = np.load(path.with_suffix(".npz"))
        self._pictures.append(np.load(path))
        self._points.append(labels["points"])
        self._facts.append(labels["facts"])
        first, count = len(self._where), len(labels["points"])
        self._where += [(len(self._pictures) - 1, i) for i in range(count)]
        if "scene" in labels["columns"]:
            self._scenes.append(first + np.arange(count).reshape(-1, SCENE))

    def __len__(self) -> int:
        return len(self._where)

    def __getitem__(self, index: int) -> Example:
        shard, i = self._where[index]
        return Example(self._pictures[shard][i], self._points[shard][i])

    @property
    def scenes(self) -> NDArray[np.int64]:
        """Indices (m, 4) of the pictures of each scene."""
        return np.concatenate([np.zeros((0, SCENE), np.int64), *self._scenes])

    def trunk_deg(self, index: int) -> float:
        """How far the trunk leans to the side to which the pelvis drops (negative: away)."""
        shard, i = self._where[index]
        facts = self._facts[shard][i]
        return float(facts[LEAN] * np.sign(facts[OBLIQUITY]))

    @property
    def facts(self) -> NDArray[np.float32]:
        """What is known of each crop, see `device.synth.shards.FACTS`."""
        return np.concatenate(self._facts)


@dataclass(frozen=True)
class Misplaced:
    """Where a window lies: so many times as wide as it should be, moved by so many torsos."""

    factor: float = 1.0
    right: float = 0.0
    down: float = 0.0


def scattered(rng: Random) -> Misplaced:
    """As detectors misplace windows, and somewhat worse."""
    return Misplaced(
        math.exp(rng.normal(0, 0.09)), float(rng.normal(0, 0.035)), float(rng.normal(0, 0.055))
    )


def placed(
    example: Example,
    rng: Random,
    turn_sd_deg: float,
    bent: float = 0.0,
    where: Misplaced | None = None,
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """The window a detector would have chosen, RGBA (96, 96, 4), and the points in it.

    `where`: drawn at random unless told. `bent`: how much the picture is stretched and sheared
    besides, which makes other builds of the drawn ones and tilts the pelvis against legs and
    trunk; the points go along.
    """
    points = example.points.astype(np.float64)
    hips, shoulders = points[:2].mean(0), points[8:10].mean(0)
    torso = float(np.linalg.norm(hips - shoulders))
    where = where or scattered(rng)
    side = CROP_TORSOS * torso * where.factor
    centre = hips + np.array([where.right, where.down - CROP_UP_TORSOS]) * torso
    turn = math.radians(rng.normal(0, turn_sd_deg)) if turn_sd_deg else 0.0
    c, s = math.cos(turn) * N / side, math.sin(turn) * N / side
    matrix = np.array([[c, -s, 0.0], [s, c, 0.0]])
    if bent:
        wide, aside, down = rng.normal(0, (0.08 * bent, 0.06 * bent, 0.03 * bent))
        shape = np.array([[math.exp(wide / 2), aside], [down, math.exp(-wide / 2)]])
        matrix[:, :2] = shape @ matrix[:, :2]
    matrix[:, 2] = N / 2 - matrix[:, :2] @ centre
    window = cv2.warpAffine(
        example.rgba, _pixel_centres(matrix), (N, N), borderMode=cv2.BORDER_REPLICATE
    )
    return window, points @ matrix[:, :2].T + matrix[:, 2]


def _pixel_centres(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """From coordinates whose pixel (0, 0) is centred at (0.5, 0.5) to OpenCV's, centred at 0."""
    out = matrix.copy()
    out[:, 2] += matrix[:, :2] @ np.array([0.5, 0.5]) - 0.5
    return out


def before(window: NDArray[np.uint8], room: NDArray[np.uint8], rng: Random) -> NDArray[np.uint8]:
    """The runner before a piece of a room."""
    side = int(rng.integers(N // 2, len(room) + 1))
    x, y = (int(v) for v in rng.integers(0, len(room) - side + 1, 2))
    behind = cv2.resize(room[y : y + side, x : x + side], (N, N))
    if rng.random() < 0.5:
        grey = cv2.cvtColor(cv2.cvtColor(behind, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
        behind = cv2.addWeighted(behind, 0.3, grey, 0.7, 0)
    open_ = cv2.cvtColor(255 - window[:, :, 3], cv2.COLOR_GRAY2RGB)
    return cv2.add(
        np.ascontiguousarray(window[:, :, :3]), cv2.multiply(behind, open_, scale=1 / 255)
    )


_GRAIN = [
    np.random.default_rng(5 + i).standard_normal((N, N, 1 if i % 2 else 3)).astype(np.float32)
    for i in range(8)
]


def spoiled(picture: NDArray[np.uint8], rng: Random) -> NDArray[np.float32]:
    """The picture as a cheap camera might have taken it: float (96, 96, 3), about 0..1."""
    if rng.random() < 0.25:
        picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.4, 1.6))
    if rng.random() < 0.25:
        picture = cv2.filter2D(picture, -1, _smear(rng))
    if rng.random() < 0.25:
        less = rng.uniform(0.4, 0.9)
        small = cv2.resize(picture, None, fx=less, fy=less, interpolation=cv2.INTER_AREA)
        picture = cv2.resize(small, (N, N), interpolation=cv2.INTER_LINEAR)
    if rng.random() < 0.15:
        for _ in range(rng.integers(1, 3)):
            w, h = (int(v) for v in rng.integers(5, 26, 2))
            x, y = (int(v) for v in rng.integers(0, N - 26, 2))
            picture[y : y + h, x : x + w] = rng.integers(0, 256, 3)
    if rng.random() < 0.15:
        grey = cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
        picture = cv2.addWeighted(picture, 0.2, grey, 0.8, 0)
    if rng.random() < 0.1:
        picture = np.ascontiguousarray(picture[:, :, rng.permutation(3)])
    gamma, gain = math.exp(rng.normal(0, 0.25)), math.exp(rng.normal(0, 0.25))
    tint = gain * (1 + 0.08 * rng.normal(size=3))
    curve = (np.linspace(0, 1, 256)[:, None] ** gamma * tint + rng.normal(0, 0.04)) * 255
    picture = cv2.LUT(picture, np.clip(curve, 0, 255).astype(np.uint8).reshape(256, 1, 3))
    if rng.random() < 0.3:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 95))]
        picture = cv2.imdecode(cv2.imencode(".jpg", picture, quality)[1], cv2.IMREAD_COLOR)
    out = picture.astype(np.float32) * np.float32(1 / 255)
    if rng.random() < 0.6:
        grain = np.roll(_GRAIN[rng.integers(8)], int(rng.integers(N)), axis=0)
        out += grain * np.float32(abs(rng.normal(0, 0.03)))
    return out


def _smear(rng: Random) -> NDArray[np.float32]:
    length, angle = rng.uniform(1.5, 6), rng.uniform(0, math.pi)
    kernel = np.zeros((9, 9), np.float32)
    dx, dy = length / 2 * math.cos(angle), length / 2 * math.sin(angle)
    ends = [(round((4 + k * dx) * 16), round((4 + k * dy) * 16)) for k in (-1, 1)]
    cv2.line(kernel, ends[0], ends[1], 1.0, 1, cv2.LINE_AA, shift=4)
    return kernel / max(float(kernel.sum()), 1e-6)


def training_example(
    example: Example, rooms: NDArray[np.uint8], rng: Random, turn_sd_deg: float = 1.5
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """A picture (3, 96, 96) to learn from and its points (10, 2) in 0..1; half are mirrored."""
    window, points = placed(example, rng, turn_sd_deg, bent=BENT)
    picture = spoiled(before(window, rooms[rng.integers(len(rooms))], rng), rng)
    if rng.random() < 0.5:
        picture = picture[:, ::-1]
        points = (points * np.array([-1, 1]) + np.array([N, 0]))[list(MIRRORED)]
    return np.ascontiguousarray(picture.transpose(2, 0, 1)), (points / N).astype(np.float32)


def plain_example(
    example: Example, rooms: NDArray[np.uint8], rng: Random, where: Misplaced | None = None
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """An unspoiled picture uint8 (96, 96, 3), its window placed with scatter unless told `where`,
    and its points."""
    window, points = placed(example, rng, turn_sd_deg=0.0, where=where)
    picture = before(window, rooms[rng.integers(len(rooms))], rng)
    return picture, (points / N).astype(np.float32)
