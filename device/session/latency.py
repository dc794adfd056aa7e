"""How old a measured picture is when it has been drawn (pure)."""

from __future__ import annotations

from collections import deque

from device.domain.screens import Latency

OVER_S = 10.0


class LatencyWatch:
    """Keeps the last ten seconds of ages. For one thread."""

    def __init__(self) -> None:
        self._drawn: deque[tuple[float, float]] = deque()
        self._newest_s: float | None = None

    def drawn(self, seen_s: float, now_s: float) -> Latency:
        """A picture that the sensor took at `seen_s` was on the screen at `now_s`; drawing the
        same picture again does not count."""
        if seen_s != self._newest_s:
            self._newest_s = seen_s
            self._drawn.append((now_s, max(0.0, now_s - seen_s)))
        while len(self._drawn) > 1 and self._drawn[0][0] < now_s - OVER_S:
            self._drawn.popleft()
        ages = sorted(1000 * age_s for _, age_s in self._drawn)
        return Latency(
            newest_ms=1000 * self._drawn[-1][1],
            median_ms=ages[len(ages) // 2],
            p95_ms=ages[min(len(ages) - 1, int(0.95 * len(ages)))],
        )
