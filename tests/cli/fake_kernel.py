"""The kernel's answers to questions about pins (gpio.h)."""

from __future__ import annotations

import struct

from device.hardware import gpio_lines


class Pins:
    """A controller of pins: its label, how many it has, and who holds which."""

    def __init__(self, label, lines, users):
        self.label, self.lines, self.users = label, lines, users

    def __call__(self, handle, request, argument):
        if request == gpio_lines.CHIP_INFO:
            assert len(argument) == 68
            return struct.pack("32s32sI", b"gpiochip0", self.label.encode(), self.lines)
        assert (request, len(argument)) == (gpio_lines.LINE_INFO, 256)
        (pin,) = struct.unpack_from("I", argument, 64)
        user = self.users.get(pin)
        flags = 1 if user is not None else 0
        return struct.pack(
            "32s32sIIQ176s", f"GPIO{pin}".encode(), (user or "").encode(), pin, 0, flags, b""
        )
