"""The steps of making a station, and of taking it away again.

Every step can be repeated: it looks at what there is and does what is missing.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import aptitude
import boot
import files
from console import Console, StepError
from release import Release
from system import System, output_of

SOURCE = Path(__file__).resolve().parents[2]
PROFILES = ("gym", "home", "clinic", "demo")
STARTED_WITHIN_S = 200.0
UNITS = ("midstance.service", "midstance-firstboot.service", "midstance-overlay.service")


@dataclass(frozen=True)
class Step:
    """One step: what it is called and what it does."""

    title: str
    act: Callable[[], None]


@dataclass(frozen=True)
class Wishes:
    """What the person asked for."""

    profile: str | None = None
    station: bool = True
    apt: bool = True
    environment: bool = True
    again: str = "sudo make install"
    """How it is begun."""


class Installation:
    """The steps for one system."""

    def __init__(self, system: System, wishes: Wishes, console: Console | None = None) -> None:
        self._system = system
        self._wishes = wishes
        self._changed = False
        steps = self._steps()
        self.console = console or Console(len(steps))
        self.steps = steps

    def run(self) -> None:
        """Do every step; raises `StepError` naming the one that failed."""
        for number, step in enumerate(self.steps, 1):
            self.console.step(number, step.title)
            try:
                step.act()
            except (StepError, OSError) as error:
                raise StepError(
                    f"Step {number} of {len(self.steps)} failed: {step.title}\n{error}\n"
                    f"To repeat: {self._wishes.again}   (finished steps are kept; the station "
                    "goes on with the version it has)"
                ) from error

    def _steps(self) -> list[Step]:
        # Made when first needed: it reads the repository, whose faults belong to a step.
        def release() -> Release:
            return Release(self._system, self.console)

        steps = []
        if self._wishes.apt:
            steps.append(Step("Install Debian packages", self._apt))
        if self._wishes.environment:
            steps += [
                Step("Make a Python environment", lambda: release().environment()),
                Step("Install the packages Midstance runs on", lambda: release().packages()),
                Step("Install Midstance", lambda: release().midstance()),
                Step("Have the pose model", lambda: release().model()),
                Step("See whether everything starts on this machine", lambda: release().prove()),
            ]
        steps.append(Step("Put units, rules and helpers in place", self._lay))
        steps.append(Step("Make the kiosk's user and folders", self._user))
        steps.append(Step("Put the settings in place", self._settings))
        if self._wishes.environment:
            steps.append(Step("Switch to this version", lambda: self._use(release())))
        steps.append(Step("Let the station start with the machine", self._enable))
        if self._system.is_booted:
            steps.append(Step("Start the kiosk", self._start))
        return steps

    def _apt(self) -> None:
        absent = aptitude.install(self._system)
        if absent:
            self.console.note(f"not to be had here: {', '.join(absent)}")
            if "python3-picamera2" in absent:
                self.console.note("without it only USB cameras work (Raspberry Pi OS has it)")

    def _lay(self) -> None:
        self._changed |= files.lay(self._system, station=self._wishes.station)

    def _user(self) -> None:
        conf = self._system.path("etc")
        self._system.tool("systemd-sysusers", conf / "sysusers.d" / "midstance.conf")
        if os.geteuid() == 0:
            self._system.tool(
                "systemd-tmpfiles", "--create", conf / "tmpfiles.d" / "midstance.conf"
            )

    def _settings(self) -> None:
        word = files.settings(self._system, self._wishes.profile)
        if word:
            self.console.note(word)

    def _use(self, release: Release) -> None:
        self._changed |= release.use()

    def _enable(self) -> None:
        system = self._system
        if system.is_booted:
            system.run("daemon-reload", "systemctl", "daemon-reload")
            system.run("udev-reload", "udevadm", "control", "--reload")
            # Sticks that are in, and pins: let the new rules see them.
            for subsystem in ("gpio", "dma_heap", "block"):
                system.run(
                    "udev-trigger",
                    *("udevadm", "trigger", "--action=change", f"--subsystem-match={subsystem}"),
                )
        if not self._wishes.station:
            self.console.note("There is a desktop here: the kiosk is not started by the machine.")
            self.console.note("To make it a station nevertheless: sudo make install STATION=yes")
            return
        system.systemctl("enable", *UNITS, log="enable")
        if boot.set_up(system):
            self._changed = True
            if system.is_booted:
                self.console.note("The quiet start comes with the next start of the machine.")

    def _start(self) -> None:
        if not self._wishes.station:
            return
        action = "restart" if self._changed else "start"
        self._system.run("start", "systemctl", "--no-block", action, "midstance.service")
        deadline = time.monotonic() + STARTED_WITHIN_S
        while time.monotonic() < deadline:
            state = output_of(["systemctl", "show", "-P", "ActiveState", "midstance.service"])
            if state == "active":
                return
            if output_of(["systemctl", "show", "-P", "NRestarts", "midstance.service"]) not in (
                "",
                "0",
            ):
                break
            time.sleep(1.0)
        said = output_of(["journalctl", "-u", "midstance", "-n", "8", "--no-pager", "-o", "cat"])
        raise StepError(f"The kiosk is installed but does not start. It said:\n{said}")


def uninstall(system: System, console: Console) -> None:
    """Take away what was installed; settings, sessions and the user stay."""
    manifest = files.Manifest.read(system)
    console.step(1, "Stop the kiosk")
    if system.is_booted:
        for unit in (*UNITS, "midstance-mount@*.service"):
            system.run("stop", "systemctl", "stop", unit)
    there = [unit for unit in UNITS if system.path("etc/systemd/system", unit).exists()]
    if there:
        system.systemctl("disable", *there, log="disable")
    console.step(2, "Let the machine start as before")
    boot.take_back(system, manifest)
    console.step(3, "Remove units, rules, helpers and the program")
    for name in (*manifest.files, *manifest.others):
        path = system.path(name)
        path.unlink(missing_ok=True)
        files.remove_empty(path.parent)
    command = system.path("usr/local/bin/midstance")
    if command.is_symlink() and os.readlink(command).startswith("/opt/midstance/"):
        command.unlink()
    files.remove_tree(system.home)
    if system.is_booted:
        system.run("daemon-reload", "systemctl", "daemon-reload")
        system.run("udev-reload", "udevadm", "control", "--reload")
    if boot.GRUB in manifest.others and system.is_here:
        system.run("update-grub", "update-grub")
    console.line("Removed. Settings stay in /etc/midstance, sessions in /var/lib/midstance.")


def main(arguments: list[str]) -> int:
    """Install, upgrade or remove; return the exit code."""
    options = _parser().parse_args(arguments)
    system = System(
        source=SOURCE,
        root=options.root.resolve(),
        bundle=options.bundle.resolve() if options.bundle else None,
    )
    if system.is_here and os.geteuid() != 0:
        action = "uninstall" if options.uninstall else "install"
        print(f"This changes the system: sudo make {action}", file=sys.stderr)
        return 2
    if options.bundle and not (options.bundle / "wheels").is_dir():
        print(f"{options.bundle} is no bundle: it has no wheels (make bundle).", file=sys.stderr)
        return 2
    began = time.monotonic()
    os.umask(0o022)
    try:
        with _alone(system):
            if options.uninstall:
                uninstall(system, Console(3))
                return 0
            station = options.station == "yes" or (
                options.station == "auto" and not system.has_desktop
            )
            wishes = Wishes(
                profile=options.profile,
                station=station,
                apt=system.is_here and not options.no_apt,
                environment=not options.no_environment,
                again=options.again,
            )
            Installation(system, wishes).run()
    except StepError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"\nInterrupted. To go on: {options.again}", file=sys.stderr)
        return 130
    print(f"Midstance is installed in {system.home} ({time.monotonic() - began:.0f} s).")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tools/install", description="Make this machine a Midstance station."
    )
    parser.add_argument("--uninstall", action="store_true", help="take everything away but data")
    parser.add_argument("--profile", choices=PROFILES, help="settings to begin with (gym)")
    parser.add_argument(
        "--station",
        choices=("auto", "yes", "no"),
        default="auto",
        help="start into the kiosk without a login; auto: unless there is a desktop",
    )
    parser.add_argument(
        "--bundle", type=Path, metavar="DIR", help="install from make bundle's folder"
    )
    parser.add_argument(
        "--root", type=Path, default=Path("/"), metavar="DIR", help="lay the files out below DIR"
    )
    parser.add_argument("--no-apt", action="store_true", help="leave Debian's packages alone")
    parser.add_argument(
        "--no-environment", action="store_true", help="only units, rules, user and settings"
    )
    parser.add_argument(
        "--again", default="sudo make install", metavar="COMMAND", help="how it is repeated"
    )
    return parser


@contextmanager
def _alone(system: System) -> Iterator[None]:
    """Refuse to work while another installation does."""
    folder = system.path(str(system.logs))
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StepError("Another installation is at work; wait for it to end.") from error
        yield
