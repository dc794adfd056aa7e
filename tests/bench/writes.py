"""Every write to a stick, in order, and the stick as it was after any of them.

QEMU's ``blklogwrites`` notes each write and flush in the format of the kernel's dm-log-writes
(Documentation/admin-guide/device-mapper/log-writes.rst). From one save so comes every stick that
tearing it out could have left: cut after any write, in the middle of one, and with a stick that
forgets what it was not told to flush.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MAGIC = 0x6A736677736872
FLUSH, FUA, DISCARD = 1, 2, 4
SECTOR = 512


@dataclass(frozen=True)
class Write:
    """One entry: where, what, and whether all before it was flushed."""

    offset: int
    data: bytes
    flush: bool


def read_log(path: Path) -> list[Write]:
    """The entries of a log, in order."""
    raw = path.read_bytes()
    magic, version, count, sector = struct.unpack_from("<QQQI", raw)
    if magic != MAGIC or version != 1:
        raise ValueError(f"{path} is no log of writes")
    found, at = [], sector
    for _ in range(count):
        where, length, flags, _ = struct.unpack_from("<QQQQ", raw, at)
        at += sector
        size = 0 if flags & DISCARD else length * SECTOR
        data = raw[at : at + size]
        at += -(-size // sector) * sector
        found.append(Write(where * SECTOR, data, bool(flags & (FLUSH | FUA))))
    return found


def cuts(
    pristine: Path, log: list[Write], out: Path, seed: int, forgetful: int = 150
) -> Iterator[tuple[str, int]]:
    """Make `out` each stick that a cut leaves; yields what was done and after how many writes.

    First in order, after every write and once within it (at a random sector); then `forgetful`
    times at a random instant with any of the writes lost that came after the last flush.
    """
    dice = random.Random(seed)
    before = pristine.read_bytes()
    out.write_bytes(before)
    yield "untouched", 0
    with out.open("r+b", buffering=0) as file:

        def put(offset: int, data: bytes) -> None:
            file.seek(offset)
            file.write(data)

        for number, write in enumerate(log, 1):
            if len(write.data) > SECTOR:
                part = SECTOR * dice.randrange(1, len(write.data) // SECTOR)
                put(write.offset, write.data[:part])
                yield "within", number
            if write.data:
                put(write.offset, write.data)
                yield "after", number
    image, safe, done = bytearray(before), 0, 0
    for instant in sorted(dice.choices(range(1, len(log) + 1), k=forgetful)):
        for number in range(done, instant):
            if log[number].flush:  # all before it is on the stick for good
                _put_all(image, log[safe : number + 1])
                safe = number + 1
        done = instant
        kept = bytearray(image)
        _put_all(kept, [write for write in log[safe:instant] if dice.random() < 0.5])
        out.write_bytes(kept)
        yield f"forgetful, {instant - safe} at stake", instant


def _put_all(image: bytearray, writes: list[Write]) -> None:
    for write in writes:
        image[write.offset : write.offset + len(write.data)] = write.data
