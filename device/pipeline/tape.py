"""Hands what was made of every frame on to the disk, some seconds of it at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from device.domain.history import TrackRow

ROWS = 128
SPAN_NS = 2_000_000_000
"""So many frames, or those of so long, go at once. A power cut costs no more than that."""


class Tape:
    """Collects rows for one session at a time; the measuring thread's."""

    def __init__(self, write: Callable[[int, Sequence[TrackRow]], None]) -> None:
        self._write = write
        self._session = 0
        self._rows: list[TrackRow] = []

    def add(self, session: int, row: TrackRow) -> None:
        """Take a frame in."""
        if session != self._session:
            self._session, self._rows = session, []
        self._rows.append(row)
        if len(self._rows) >= ROWS or row.t_ns - self._rows[0].t_ns >= SPAN_NS:
            self.flush(session)

    def flush(self, session: int) -> None:
        """Hand on what there is: the session has ended."""
        if session == self._session and self._rows:
            self._write(session, self._rows)
            self._rows = []
