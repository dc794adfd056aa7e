"""Makes training batches in the background, the same ones whenever it is run again."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import torch
from torch import Tensor

from device.pelvis.training.data import SCENE, Shards, training_example

REFRESH = 500
"""Batches after which new shards are looked for."""
Schedule = list[tuple[int, dict[str, int]]]
"""From which batch on how many shards of each series are used."""


@dataclass(frozen=True)
class Batch:
    """`pictures` (n, 3, 96, 96), `points` (n, 10, 2) in 0..1, `trunk_deg` (n,): how far the trunk
    leans to the side to which the pelvis drops; the first `scenes` * 4 pictures are scenes."""

    pictures: Tensor
    points: Tensor
    trunk_deg: Tensor
    scenes: int


@dataclass(frozen=True)
class Mixture:
    """What a batch is made of: `size` pictures, of them `scenes` scenes; single pictures are
    turned by `turn_deg` (SD), and of those whose trunk leans with the pelvis only the share
    `keep_with` is used."""

    size: int = 64
    scenes: int = 8
    turn_deg: float = 1.0
    keep_with: float = 0.8


class Feed:
    """Endless batches from a seed.

    Shards that appear meanwhile are taken up, and `schedule` tells when; given again as `replay`,
    together with all those shards, it gives the same batches once more.
    """

    def __init__(
        self,
        folder: Path,
        mixture: Mixture,
        seed: int,
        replay: Sequence[tuple[int, Mapping[str, int]]] = (),
    ) -> None:
        self._mixture, self._replay = mixture, list(replay)
        self.schedule: Schedule = []
        self.shards = Shards(folder, "train", self._replay[0][1] if replay else None)
        self._rooms = np.load(folder / "backgrounds.npy")
        self._queue: queue.Queue[Batch | Exception] = queue.Queue(8)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._work, args=(seed,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop making batches."""
        self._stopped.set()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[Batch]:
        while True:
            made = self._queue.get()
            if isinstance(made, Exception):
                raise made
            yield made

    def _work(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        number = 0
        try:
            while not self._stopped.is_set():
                if number % REFRESH == 0:
                    self._refresh(number)
                self._offer(self._batch(rng))
                number += 1
        except Exception as error:  # noqa: BLE001 - handed to the thread that trains
            self._offer(error)

    def _offer(self, made: Batch | Exception) -> None:
        while not self._stopped.is_set():
            try:
                self._queue.put(made, timeout=0.2)
            except queue.Full:
                continue
            return

    def _refresh(self, number: int) -> None:
        if self._replay:
            counts = dict([known for start, known in self._replay if start <= number][-1])
            self.shards.refresh(counts)
        else:
            counts = self.shards.refresh()
        if not self.schedule or self.schedule[-1][1] != counts:
            self.schedule.append((number, counts))
        self._scenes = self.shards.scenes

    def _batch(self, rng: np.random.Generator) -> Batch:
        how = self._mixture
        scenes = how.scenes if len(self._scenes) else 0
        chosen: list[int] = []
        for _ in range(scenes):
            chosen += self._scenes[rng.integers(0, len(self._scenes))].tolist()
        chosen += [self._single(rng) for _ in range(how.size - SCENE * scenes)]
        pictures, points = [], []
        for i in chosen:
            picture, where = training_example(self.shards[i], self._rooms, rng, how.turn_deg)
            pictures.append(picture)
            points.append(where)
        trunk = np.array([self.shards.trunk_deg(i) for i in chosen], np.float32)
        return Batch(
            torch.from_numpy(np.stack(pictures)),
            torch.from_numpy(np.stack(points)),
            torch.from_numpy(trunk),
            scenes,
        )

    def _single(self, rng: np.random.Generator) -> int:
        while True:
            index = int(rng.integers(0, len(self.shards)))
            if self.shards.trunk_deg(index) <= 0 or rng.random() < self._mixture.keep_with:
                return index
