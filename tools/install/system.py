"""The system that is installed into: this machine, or a folder that holds another one's files."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from console import StepError, run

CPUINFO = Path("/proc/cpuinfo")


@dataclass(frozen=True)
class System:
    """A system below `root`; only with `root` "/" are programs of it started.

    `source` is the repository, `bundle` a folder made by ``make bundle`` for machines without a
    network, `logs` where commands write what they say.
    """

    source: Path
    root: Path = Path("/")
    bundle: Path | None = None
    logs: Path = Path("/var/log/midstance-install")

    @property
    def is_here(self) -> bool:
        """Whether this is the machine itself (or a chroot)."""
        return self.root == Path("/")

    @property
    def is_booted(self) -> bool:
        """Whether its service manager runs, so that units can be started."""
        return self.is_here and Path("/run/systemd/system").is_dir()

    def path(self, *parts: str) -> Path:
        """A path of that system, as it is found from here."""
        return self.root.joinpath(*(part.lstrip("/") for part in parts))

    @property
    def home(self) -> Path:
        """Where the program lives."""
        return self.path("opt", "midstance")

    @property
    def is_pi(self) -> bool:
        """Whether it is a Raspberry Pi: by its device tree, or by the system on its card."""
        if self.is_here:
            try:
                model = Path("/proc/device-tree/model").read_text(errors="replace")
            except OSError:
                model = ""
            if "Raspberry Pi" in model:
                return True
        return (
            self.path("etc/apt/sources.list.d/raspi.list").exists()
            or self.path("etc/apt/sources.list.d/raspi.sources").exists()
        )

    @property
    def needs_litert(self) -> bool:
        """Whether MediaPipe's library cannot run here: a 64-bit Arm without atomic instructions, as
        the Raspberry Pi 4 and older have it."""
        if not self.is_here or platform.machine() != "aarch64":
            return False
        try:
            lines = CPUINFO.read_text(errors="replace").splitlines()
        except OSError:
            return False
        cores = [line.partition(":")[2].split() for line in lines if line.startswith("Features")]
        return any("atomics" not in core for core in cores)

    @property
    def has_desktop(self) -> bool:
        """Whether somebody logs in to a desktop on its screen."""
        return os.path.lexists(self.path("etc/systemd/system/display-manager.service"))

    @property
    def systemd_version(self) -> int:
        """The service manager's version (0: there is none)."""
        systemctl = shutil.which("systemctl")
        if systemctl is None:
            return 0
        said = subprocess.run([systemctl, "--version"], capture_output=True, text=True, check=False)
        words = said.stdout.split()
        return int(words[1]) if len(words) > 1 and words[1].isdigit() else 0

    def log(self, name: str) -> Path:
        """The file for what the command of a step says."""
        return self.path(str(self.logs)) / f"{name}.txt"

    def systemctl(self, *arguments: str, log: str = "systemctl") -> None:
        """Change which units are enabled; works on a system that is not running."""
        where = [] if self.is_here else [f"--root={self.root}"]
        run(["systemctl", *where, *arguments], self.log(log))

    def tool(self, name: str, *arguments: str | Path) -> None:
        """Run one of systemd's tools for system users and folders."""
        if shutil.which(name) is None:
            raise StepError(f"{name} is missing: a station needs systemd.")
        where = [] if self.is_here else [f"--root={self.root}"]
        run([name, *where, *arguments], self.log(name))

    def run(self, log: str, *command: str | Path, env: dict[str, str] | None = None) -> None:
        """Run a command; raises `StepError` with what it said."""
        run(list(command), self.log(log), env=env)


def output_of(command: Sequence[str | Path]) -> str:
    """What a command prints; empty when it fails or is not there."""
    try:
        done = subprocess.run(
            [str(part) for part in command], capture_output=True, text=True, check=False
        )
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
