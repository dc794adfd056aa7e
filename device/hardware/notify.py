"""Telling the service manager how the kiosk is: sd_notify(3), nobody else speaks to it.

systemd hands the service a datagram socket in ``NOTIFY_SOCKET`` and, where the unit has
``WatchdogSec=``, its period in ``WATCHDOG_USEC``. Without them (a desk, a test) nothing is said.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping


class ServiceManager:
    """The other end of ``Type=notify``. Calls never raise and never block."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        given = os.environ if environment is None else environment
        name = given.get("NOTIFY_SOCKET", "")
        # A name that begins with @ is in the kernel's abstract namespace, where that is a zero.
        self._address = "\0" + name[1:] if name.startswith("@") else name
        period = given.get("WATCHDOG_USEC", "")
        meant = given.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        self.watchdog_s = int(period) / 1e6 if meant and period.isdigit() else None
        """Within how many seconds it wants to hear from us; None: it does not watch."""

    def ready(self, status: str = "") -> bool:
        """The kiosk shows its first picture; returns whether anybody was told."""
        return self._say("READY=1", *([f"STATUS={status}"] if status else []))

    def alive(self) -> bool:
        """Every thread has made progress."""
        return self._say("WATCHDOG=1")

    def status(self, text: str) -> bool:
        """One line for ``systemctl status``."""
        return self._say(f"STATUS={text}")

    def stopping(self) -> bool:
        """The kiosk ends tidily."""
        return self._say("STOPPING=1")

    def _say(self, *lines: str) -> bool:
        if not self._address:
            return False
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
                out.setblocking(False)
                out.sendto("\n".join(lines).encode(), self._address)
        except OSError:
            return False
        return True
