"""A look at the outermost boxes of an MP4 or MOV file, to tell cut-off files from other faults.

The format is ISO/IEC 14496-12: a file is a row of boxes, each a 32-bit size, a four-letter type
and that many bytes in all; size 1 means that a 64-bit size follows, 0 "to the end of the file".
"""

from __future__ import annotations

import os
from enum import Enum
from pathlib import Path

_FIRST_BOXES = {b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"styp"}


class Mp4State(Enum):
    """What the boxes say."""

    OTHER = "not an MP4 or MOV file"
    WHOLE = "index there, all boxes complete"
    CUT = "index there, but the last box is cut off"
    NO_INDEX = "no index (moov): the recording was never finished"


def look_at(path: Path) -> Mp4State:
    """Walk through the outermost boxes of `path`; never raises."""
    has_index = False
    try:
        with path.open("rb") as file:
            end = file.seek(0, os.SEEK_END)
            at = 0
            while at + 8 <= end:
                file.seek(at)
                header = file.read(16)
                size, kind = int.from_bytes(header[:4], "big"), header[4:8]
                if at == 0 and kind not in _FIRST_BOXES:
                    return Mp4State.OTHER
                least = 8
                if size == 1:
                    size, least = int.from_bytes(header[8:16], "big"), 16
                elif size == 0:
                    size = end - at
                if size < least:
                    break
                has_index |= kind == b"moov" and at + size <= end
                at += size
    except OSError:
        return Mp4State.OTHER
    if not has_index:
        return Mp4State.NO_INDEX if at else Mp4State.OTHER
    return Mp4State.WHOLE if at == end else Mp4State.CUT
