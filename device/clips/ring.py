"""The packet ring: the last seconds of compressed video, bounded in time and in bytes. Pure.

Video can only be played from a keyframe on, so the ring thinks in *groups*: a keyframe and all
that hangs on it. Whole groups are forgotten, oldest first, and never one that the promised span
still needs; so what is held always begins with a keyframe.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from device.clock import NS_PER_S
from device.ports import EncodedPacket


@dataclass(slots=True)
class _Group:
    """A keyframe and the packets up to the next one."""

    start_ns: int
    size: int = 0
    packets: list[EncodedPacket] = field(default_factory=list)


class PacketRing:
    """Holds the last `seconds` of packets, counted back from the newest, from a keyframe on.

    `max_bytes` is a hard limit on compressed data: where it is too small for `seconds`, the ring
    is shorter, never larger. Packets must come in order of `t_ns`. Not locked: whoever shares it
    between threads guards it.
    """

    def __init__(self, seconds: float, max_bytes: int) -> None:
        if seconds <= 0 or max_bytes <= 0:
            raise ValueError("a packet ring needs a span and a size above zero")
        self._span_ns = round(seconds * NS_PER_S)
        self._max_bytes = max_bytes
        self._groups: deque[_Group] = deque()
        self._size = 0
        self._newest_ns: int | None = None
        self._unplayable = 0

    @property
    def size_bytes(self) -> int:
        """Compressed data held now."""
        return self._size

    @property
    def oldest_ns(self) -> int | None:
        """Time of the first packet held (a keyframe); None when empty."""
        return self._groups[0].start_ns if self._groups else None

    @property
    def newest_ns(self) -> int | None:
        """Time of the last packet held; None when empty."""
        return self._groups[-1].packets[-1].t_ns if self._groups else None

    @property
    def unplayable(self) -> int:
        """Packets thrown away because the keyframe they hang on is not held."""
        return self._unplayable

    def __len__(self) -> int:
        return sum(len(group.packets) for group in self._groups)

    def add(self, packet: EncodedPacket) -> None:
        """Take the next packet; raises `ValueError` when it is not newer than the last."""
        if self._newest_ns is not None and packet.t_ns <= self._newest_ns:
            raise ValueError(f"packet at {packet.t_ns} ns follows one at {self._newest_ns} ns")
        self._newest_ns = packet.t_ns
        if packet.keyframe:
            self._groups.append(_Group(packet.t_ns))
        elif not self._groups:
            self._unplayable += 1
            return
        group = self._groups[-1]
        group.packets.append(packet)
        group.size += len(packet.data)
        self._size += len(packet.data)
        self._forget(packet.t_ns)

    def _forget(self, newest_ns: int) -> None:
        needed_from_ns = newest_ns - self._span_ns
        while len(self._groups) > 1 and self._groups[1].start_ns <= needed_from_ns:
            self._drop_oldest()
        while self._size > self._max_bytes:
            if len(self._groups) == 1:
                # Even a single group is too large: an encoder that gives no keyframes must not
                # eat the memory. What follows is refused until the next keyframe.
                self._unplayable += len(self._groups[0].packets)
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        self._size -= self._groups.popleft().size

    def clear(self) -> None:
        """Forget everything; the next packet may have any time."""
        self._groups.clear()
        self._size = 0
        self._newest_ns = None

    def snapshot(self, from_ns: int, to_ns: int) -> tuple[EncodedPacket, ...]:
        """Return the packets of [`from_ns`, `to_ns`], begun at a keyframe at or before `from_ns`.

        Where `from_ns` lies before everything held, it begins with the oldest keyframe. Empty when
        no packet lies in the span. One that begins at a keyframe is playable as it is.
        """
        if not any(
            from_ns <= p.t_ns <= to_ns
            for group in self._groups
            for p in (group.packets if group.packets[-1].t_ns >= from_ns else ())
        ):
            return ()
        first = 0
        for index, group in enumerate(self._groups):
            if group.start_ns <= from_ns:
                first = index
        return tuple(
            packet
            for index, group in enumerate(self._groups)
            if index >= first and group.start_ns <= to_ns
            for packet in group.packets
            if packet.t_ns <= to_ns
        )
