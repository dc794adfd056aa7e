"""Who uses a pin: asked of the kernel through /dev/gpiochip*, without taking any pin (gpio.h)."""

from __future__ import annotations

import fcntl
import os
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

CHIP_INFO = 0x8044B401
"""GPIO_GET_CHIPINFO_IOCTL: char name[32], char label[32], u32 lines."""
LINE_INFO = 0xC100B405
"""GPIO_V2_GET_LINEINFO_IOCTL: char name[32], char consumer[32], u32 offset, u32 num_attrs,
u64 flags, 10 attributes of 16 bytes, 4 words of padding."""
USED = 1
PI_PINS = 28
_CHIP, _LINE = struct.Struct("32s32sI"), struct.Struct("32s32sIIQ160s16s")

Ioctl = Callable[[int, int, bytes], bytes]


@dataclass(frozen=True, slots=True)
class Chip:
    """A controller of pins."""

    path: str
    label: str
    lines: int


def chips(folder: Path = Path("/dev"), ioctl: Ioctl = fcntl.ioctl) -> list[Chip]:
    """The controllers that this user may ask."""
    found = []
    for path in sorted(folder.glob("gpiochip*")):
        try:
            answer = _ask(path, CHIP_INFO, bytes(_CHIP.size), ioctl)
        except OSError:
            continue
        _, label, lines = _CHIP.unpack(answer)
        found.append(Chip(str(path), _text(label), lines))
    return found


def header(found: list[Chip]) -> Chip | None:
    """The one behind the Pi's pin header; any with enough lines on another machine."""
    pi = [chip for chip in found if chip.label.startswith(("pinctrl-rp1", "pinctrl-bcm2"))]
    return next(iter(pi or [chip for chip in found if chip.lines >= PI_PINS]), None)


def user_of(chip: Chip, pin: int, ioctl: Ioctl = fcntl.ioctl) -> str | None:
    """Who holds the pin ("lg" is the kiosk's own library); None when it is free."""
    asked = _LINE.pack(b"", b"", pin, 0, 0, b"", b"")
    _, consumer, _, _, flags, _, _ = _LINE.unpack(_ask(Path(chip.path), LINE_INFO, asked, ioctl))
    return (_text(consumer) or "the kernel") if flags & USED else None


def _ask(path: Path, request: int, argument: bytes, ioctl: Ioctl) -> bytes:
    handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        return ioctl(handle, request, argument)
    finally:
        os.close(handle)


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("ascii", errors="replace")
