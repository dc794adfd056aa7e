"""Stickers and network on the same frames: what a personal correction is found from."""

from __future__ import annotations

from device.domain.basics import Reason
from device.domain.frames import PelvisSample
from device.domain.personal import PersonalGain
from device.gait.personal import from_stickers

EVERY = 4
"""The network is asked on every fourth frame with stickers: its time is worth something."""
MOST_PAIRS = 6000
"""Beyond this every other pair is dropped, and from then on half as many are taken."""


class Beside:
    """Collects what both said of the same frames. Memory is bounded."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Another runner."""
        self._pairs: list[tuple[float, float, float]] = []
        self._every = EVERY
        self._count = 0

    def wants(self) -> bool:
        """Whether the network should look at this frame too; ask once a frame with stickers."""
        self._count += 1
        return self._count % self._every == 0

    def add(self, stickers: PelvisSample, network: PelvisSample) -> None:
        """Take in a frame that both measured."""
        pair = (stickers.t_ns / 1e9, stickers.image_angle_deg, network.image_angle_deg)
        self._pairs.append(pair)
        if len(self._pairs) > MOST_PAIRS:
            del self._pairs[1::2]
            self._every *= 2

    def __len__(self) -> int:
        return len(self._pairs)

    def personal(self, made_unix_s: float, instrument: str) -> PersonalGain | Reason | None:
        """The correction; the reason when there is none; None when both never saw a frame."""
        if not self._pairs:
            return None
        t_s, stickers, network = zip(*self._pairs, strict=True)
        return from_stickers(t_s, stickers, network, made_unix_s=made_unix_s, instrument=instrument)
