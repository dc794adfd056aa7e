"""The installed station inside the virtual Pi, as a person in a gym sees and handles it."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from machine import Machine

GREEN, BLUE = 17, 27
GREEN_LIGHT, BLUE_LIGHT = 5, 6
SLOW_S = 900.0
"""How long anything may take that a Pi does in seconds."""


class Station(Machine):
    """A `Machine` on which Midstance is installed."""

    def __init__(self, image: Path, work: Path) -> None:
        super().__init__(image, work)
        self.pictures = image / "screens"
        self._taken = 0

    def start(self, timeout_s: float = 1800.0) -> None:
        """Switch on and wait for the idle screen."""
        began = time.monotonic()
        super().start(timeout_s)
        self.await_screen("idle", timeout_s)
        print(
            f"\n  commands after {self.boot_s:.0f} s, idle after {time.monotonic() - began:.0f} s"
        )

    def show(self, *names: str) -> dict[str, str]:
        """Properties of the kiosk's unit."""
        said = self.sh(f"systemctl show midstance.service -p {','.join(names)}")
        return dict(line.split("=", 1) for line in said.splitlines() if "=" in line)

    @property
    def screen(self) -> str:
        """The screen that is up, as the kiosk tells the service manager."""
        return self.show("StatusText")["StatusText"]

    def await_screen(self, name: str, timeout_s: float = SLOW_S) -> None:
        """Wait until that screen is up."""
        self.wait(f"the screen {name!r}", lambda: self.screen == name, timeout_s)

    def picture(self, name: str) -> Path:
        """Keep what the screen shows."""
        self._taken += 1
        time.sleep(3.0)  # the picture follows the word
        return self.screenshot(self.pictures / f"{self._taken:02d}_{name}.png")

    def mounts(self) -> list[str]:
        """Where sticks are mounted, with options."""
        said = self.sh("grep ' /media/midstance/' /proc/mounts || true")
        return said.splitlines()

    def run_session(self, seconds: float) -> None:
        """From idle to results."""
        self.press(GREEN)
        self.await_screen("live")
        time.sleep(seconds)
        self.press(GREEN)
        self.await_screen("results")

    def journal(self, lines: int = 40) -> str:
        """The kiosk's last words."""
        return self.sh(f"journalctl -u midstance -n {lines} --no-pager -o cat", check=False)


@contextmanager
def opened(image: Path) -> Iterator[Path]:
    """What is on a FAT stick, read by another program than the kernel that wrote it."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["mcopy", "-s", "-n", "-i", f"{image}@@1M", "::/", folder], check=True)
        yield Path(folder)


def whole_sessions(root: Path) -> list[Path]:
    """Every session's folder on a stick; each is checked against its sums.

    Anything that looks like a session and is not whole is an error.
    """
    folders = []
    for sums in sorted(root.rglob("sha256.txt")):
        subprocess.run(["sha256sum", "--quiet", "-c", sums.name], cwd=sums.parent, check=True)
        listed = {line.split("  ", 1)[1] for line in sums.read_text().splitlines()}
        there = {path.name for path in sums.parent.iterdir()} - {"sha256.txt"}
        assert there == listed, f"{sums.parent}: {there ^ listed}"
        folders.append(sums.parent)
    return folders
