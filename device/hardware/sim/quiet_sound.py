"""A metronome that nobody hears: it only keeps what it was asked for."""

from __future__ import annotations


class QuietSound:
    """Stands in for a loudspeaker; `asked` is what it was asked for, newest last (at most 50)."""

    simulated = True

    def __init__(self) -> None:
        self.asked: list[tuple[float, float] | None] = []

    def beat(self, rate_spm: float, in_s: float) -> None:
        """Note the rate and when the first click would come."""
        self.asked = [*self.asked[-49:], (rate_spm, in_s)]

    def silence(self) -> None:
        """Note the end."""
        self.asked = [*self.asked[-49:], None]
