"""The installed station inside the virtual Pi, as a person in a gym sees and handles it."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from machine import Machine, MachineError
from PIL import Image, ImageChops
from results import note

GREEN, BLUE, YELLOW = 17, 27, 22
GREEN_LIGHT, BLUE_LIGHT, YELLOW_LIGHT = 5, 6, 13
SLOW_S = float(os.environ.get("BENCH_PATIENCE_S", "600"))
"""How long anything may take that a Pi does in seconds."""
HELD_S = 8.0
"""A press that is surely a long one: blue cancels by it anywhere."""


RECOGNITION = r"""
stamp() { journalctl -b -o short-monotonic --no-hostname --no-pager "$@"; }
seconds() { sed -n 's/^\[ *\([0-9.]*\)\].*/\1/p' | tail -n 1; }
echo "kernel $(stamp -k -g 'sda: sda1|\[sda\] Attached' | seconds)"
echo "udev $(udevadm info -q property -n /dev/sda1 | sed -n 's/^USEC_INITIALIZED=//p' |
  awk '{print $1 / 1e6}')"
show() { systemctl show -P "$2" "$1" | awk '{print $1 / 1e6}'; }
echo "helper $(show midstance-mount@sda1.service ExecMainStartTimestampMonotonic)"
echo "mounted $(show media-midstance-sda1.mount ActiveEnterTimestampMonotonic)"
echo "helper-done $(show midstance-mount@sda1.service ActiveEnterTimestampMonotonic)"
echo "helper-computed $(show midstance-mount@sda1.service CPUUsageNSec |
  awk -v zero="$(stamp -k -g 'sda: sda1|\[sda\] Attached' | seconds)" '{print $1 / 1e3 + zero}')"
echo "kiosk-sees $(stamp -u midstance -g '^stick: [^N]' | head -n 1 | seconds)"
echo "kiosk-knows-room $(stamp -u midstance -g '^stick: CLIPS.*free' | seconds)"
"""
"""Each link of the chain from the kernel to the kiosk, in the machine's seconds."""


class Station(Machine):
    """A `Machine` on which Midstance is installed."""

    def __init__(self, image: Path, work: Path) -> None:
        super().__init__(image, work)
        self.pictures = image / "screens"

    def start(self, timeout_s: float = 1800.0, **more: Any) -> None:
        """Switch on and wait for the idle screen."""
        began = time.monotonic()
        super().start(timeout_s, **more)
        self.await_idle(timeout_s)
        self.await_camera()
        note(f"commands after {self.boot_s:.0f} s, idle after {time.monotonic() - began:.0f} s")

    def show(self, *names: str, unit: str = "midstance.service") -> dict[str, str]:
        """Properties of a unit."""
        said = self.sh(f"systemctl show {unit} -p {','.join(names)}")
        return dict(line.split("=", 1) for line in said.splitlines() if "=" in line)

    @property
    def screen(self) -> str:
        """The screen that is up, as the kiosk tells the service manager."""
        return self.show("StatusText")["StatusText"]

    def await_screen(self, *names: str, timeout_s: float = SLOW_S) -> str:
        """Wait until one of those screens is up; returns which."""
        end = time.monotonic() + timeout_s
        while (screen := self.screen) not in names:
            if time.monotonic() > end:
                raise MachineError(f"waited for the screen {' or '.join(names)}, it is {screen!r}")
            time.sleep(0.5)
        return screen

    def await_idle(self, timeout_s: float = SLOW_S) -> None:
        """Wait for the idle screen; what else there may be after a start is cancelled."""
        end = time.monotonic() + timeout_s
        seen = ""
        while (screen := self.screen) != "idle":
            if screen and screen == seen:
                self.press(BLUE, HELD_S)
            if time.monotonic() > end:
                raise MachineError(f"waited for the idle screen, it is {screen!r}")
            seen = screen
            time.sleep(2.0)

    def await_camera(self) -> None:
        """Wait until the camera gives pictures: it is opened after the first screen."""
        held = "ls -l /proc/$(systemctl show -P MainPID midstance)/fd 2>/dev/null || true"
        self.wait("the camera", lambda: "dmabuf:picamera2" in self.sh(held), SLOW_S, 3.0)
        time.sleep(8.0)

    def picture(self, name: str) -> Path:
        """Keep what the screen shows."""
        time.sleep(9.0)  # the picture follows the word
        return self.screenshot(self.pictures / f"{name}.png")

    def mounts(self) -> list[str]:
        """Where sticks are mounted, with options."""
        said = self.sh("grep ' /media/midstance/' /proc/mounts || true")
        return said.splitlines()

    def plug_and_wait(self, image: Path, name: str = "stick", **more: Any) -> None:
        """Put a stick in and wait until it is mounted."""
        before = len(self.mounts())
        self.plug(image, name, **more)
        self.wait("the stick", lambda: len(self.mounts()) > before, SLOW_S)

    def run_session(self, seconds: float) -> None:
        """From idle to results."""
        self.press(GREEN)
        self.await_screen("live")
        time.sleep(seconds)
        self.press(GREEN)
        self.await_screen("results")

    def save(self) -> None:
        """Press blue until it saves: that it does once the session is summed up."""
        self.wait("saving", self._pressed_to_save, SLOW_S, 0.5)

    def _pressed_to_save(self) -> bool:
        if self.screen == "results":
            self.press(BLUE)
        return self.screen in ("saving", "saved", "failed")

    def journal(self, lines: int = 40) -> str:
        """The kiosk's last words."""
        return self.sh(f"journalctl -u midstance -n {lines} --no-pager -o cat", check=False)


@contextmanager
def opened(image: Path) -> Iterator[Path]:
    """What is on a FAT stick, read by another program than the kernel that wrote it.

    What an interrupted writer has left under a hidden ``.part`` name is not looked into.
    """
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name in _listed(image, "::/"):
            if not name.endswith("/"):
                _copied(image, name, root)
                continue
            inside = root / name.strip(":/")
            inside.mkdir()
            for below in _listed(image, name):
                if below.removeprefix(name).startswith("."):
                    continue
                # Linux renames on FAT in steps: for one write the new name stands there and leads
                # nowhere (to cluster 0, which mtools takes for the root).
                if any(each.endswith(f"/{inside.name}/") for each in _listed(image, below)):
                    (inside / below.removeprefix(name).rstrip("/")).mkdir()
                else:
                    _copied(image, below, inside)
        yield root


def _listed(image: Path, folder: str) -> list[str]:
    command = ["mdir", "-b", "-i", f"{image}@@1M", folder]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    if said.returncode and "No match" not in said.stderr and "File not found" not in said.stderr:
        raise OSError(f"{folder} cannot be read: {said.stderr.strip()}")
    return said.stdout.split("\n")[:-1]


def _copied(image: Path, name: str, into: Path) -> None:
    command = ["mcopy", "-s", "-n", "-i", f"{image}@@1M", name.rstrip("/"), into]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    if said.returncode:
        raise OSError(f"{name} cannot be read: {said.stderr.strip()}")


def whole_sessions(root: Path) -> list[Path]:
    """Every session's folder on a stick; each is checked against its sums.

    Anything that looks like a session and is not whole is an error. What an interrupted writer has
    left under a hidden ``.part`` name is none, and neither is a bare name (see `bare_names`).
    """
    folders = []
    for folder in sorted((root / "MIDSTANCE").glob("*")):
        if folder.name.startswith(".") or not folder.is_dir() or not any(folder.iterdir()):
            continue
        sums = folder / "sha256.txt"
        assert sums.is_file(), f"{folder.name} has no sums"
        subprocess.run(["sha256sum", "--quiet", "-c", sums.name], cwd=folder, check=True)
        listed = {line.split("  ", 1)[1] for line in sums.read_text().splitlines()}
        there = {path.name for path in folder.iterdir()} - {"sha256.txt"}
        assert there == listed, f"{folder}: {there ^ listed}"
        folders.append(folder)
    return folders


def bare_names(root: Path) -> list[Path]:
    """Folders with a session's name and nothing in them: a rename on FAT was cut in the middle."""
    return [each for each in (root / "MIDSTANCE").glob("*") if not any(each.iterdir())]


def bright_share(path: Path) -> float:
    """The share of a picture that is not black."""
    histogram = Image.open(path).convert("L").histogram()
    return sum(histogram[40:]) / sum(histogram)


def changed_share(path: Path, before: Path) -> float:
    """The share of the picture's lower third, where the station says how it is, that differs."""
    one, other = (Image.open(each).convert("L") for each in (path, before))
    low = (0, 2 * one.height // 3, one.width, one.height)
    histogram = ImageChops.difference(one.crop(low), other.crop(low)).histogram()
    return sum(histogram[30:]) / sum(histogram)


def slowness(station: Station) -> float:
    """How many times slower the machine computes than this one does."""
    work = "import time; t = time.process_time(); sum(i * i for i in range(3_000_000))"
    script = f"{work}; print(time.process_time() - t)"
    here = subprocess.run(["python3", "-c", script], check=True, capture_output=True, text=True)
    return float(station.sh(f'python3 -c "{script}"')) / float(here.stdout)
