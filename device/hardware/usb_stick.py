"""The USB stick, as the kernel tells of it: sysfs for what is plugged in, udev's notes for what is
on it, mountinfo for where. The kernel says by itself when something is mounted (`changed`).

Mounting is the system's business. On an installed station udev has the service manager mount a
stick (`midstance-mount@.service`), and the kiosk may ask it to do so again and to unmount; on a
desk udisks2 is asked; with neither at hand the message says so.
"""

from __future__ import annotations

import os
import re
import select
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from device.domain.kiosk import StickState
from device.errors import StickAbsentError, StickError, StickReadOnlyError
from device.hardware.sim.folder_stick import sync_file_system

FILE_SYSTEMS = frozenset({"vfat", "exfat", "ext4", "ext3", "ext2", "ntfs3", "ntfs", "fuseblk"})
READ_ONLY = frozenset({"ntfs", "ntfs3", "fuseblk"})
"""Linux writes them, but not so that a stick may be pulled at any time."""
FORMAT = "Use one that is formatted as FAT32 or exFAT."
COMMAND_TIMEOUT_S = 150.0
"""Unmounting writes out what is left, and sticks are slow."""
STATION_UNIT = Path("/etc/systemd/system/midstance-mount@.service")

Run = Callable[[Sequence[str]], str]


@dataclass(frozen=True, slots=True)
class Mount:
    """One line of mountinfo, as far as it matters here."""

    device: str
    point: Path
    file_system: str
    source: str
    read_only: bool


def parse_mountinfo(text: str) -> list[Mount]:
    """The mounts that `/proc/self/mountinfo` tells of (proc(5)); lines not understood are left."""
    mounts = []
    for line in text.splitlines():
        left, separator, right = line.partition(" - ")
        fields, more = left.split(" "), right.split(" ")
        if not separator or len(fields) < 6 or len(more) < 3:
            continue
        point = _unescaped(fields[4])
        if not point or "\0" in point:
            continue
        options = set(fields[5].split(",")) | set(more[2].split(","))
        mounts.append(
            Mount(
                device=fields[2],
                point=Path(point),
                file_system=more[0],
                source=_unescaped(more[1]),
                read_only="ro" in options,
            )
        )
    return mounts


@dataclass(frozen=True, slots=True)
class Volume:
    """A file system on a USB disk: its kernel name, its device number, its label, its type (empty:
    unknown), whether the stick itself is write-protected (a switch), its size in sectors."""

    name: str
    device: str
    label: str
    file_system: str = ""
    protected: bool = False
    size: int = 0


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A volume with its mount, and what is wrong with it for writing."""

    volume: Volume
    mount: Mount | None

    @property
    def problem(self) -> tuple[str, str]:
        """What is wrong and what to do; empty where nothing is, also before it is mounted."""
        type_now = self.mount.file_system if self.mount else self.volume.file_system
        if type_now in READ_ONLY:
            return "The stick has NTFS and can only be read.", FORMAT
        if self.volume.protected or (self.mount is not None and self.mount.read_only):
            return "The stick is write-protected.", "Slide its switch, or use another one."
        if self.mount is None and type_now and type_now not in FILE_SYSTEMS:
            return "The stick cannot be read here.", FORMAT
        return "", ""


class UsbStick:
    """A `StickStore` on a USB disk with a file system; of several the largest that can be
    written.

    The one in use stays in use while it is there. `mountinfo`, `sys_block`, `udev` and `run` are
    the kernel's files, udev's notes and the running of a command, so that tests can hand in others.
    `volumes()` may be replaced where a stick is not on USB (the virtual bench's).
    """

    def __init__(
        self,
        mountinfo: Path = Path("/proc/self/mountinfo"),
        sys_block: Path = Path("/sys/class/block"),
        run: Run | None = None,
        station_unit: Path = STATION_UNIT,
        udev: Path = Path("/run/udev/data"),
    ) -> None:
        self._mountinfo = mountinfo
        self._sys_block = sys_block
        self._run = run or _run
        self._station_unit = station_unit
        self._udev = udev
        self._used: Mount | None = None
        self._last = ""
        self._news: tuple[select.poll, int] | None = None

    @property
    def simulated(self) -> bool:
        """Never: this is a real stick."""
        return False

    def state(self) -> StickState:
        """What is known now; never raises."""
        try:
            candidates = self._candidates()
            if not candidates:
                return StickState(present=False)
            chosen, count = candidates[0], len(candidates)
            label = chosen.volume.label
            problem, remedy = chosen.problem
            if chosen.mount is None or problem:
                return StickState(True, label, None, problem, remedy, count)
            room = os.statvfs(chosen.mount.point)
        except OSError as error:
            return StickState(False, problem=f"The stick cannot be read ({error.strerror}).")
        return StickState(True, label, room.f_bavail * room.f_frsize, sticks=count)

    def changed(self, timeout_s: float) -> bool:
        """Wait until something is mounted or unmounted, at most `timeout_s`; whether it was.

        The kernel wakes whoever waits at mountinfo (proc(5)). One thread at a time.
        """
        if self._news is None:
            handle = os.open(self._mountinfo, os.O_RDONLY | os.O_CLOEXEC)
            poll = select.poll()
            poll.register(handle, select.POLLPRI)
            self._news = poll, handle
        return bool(self._news[0].poll(timeout_s * 1000))

    def root(self) -> Path:
        """The folder to write to, mounted if need be; raises `StickError` when there is none."""
        candidates = self._candidates()
        if not candidates:
            raise StickAbsentError("There is no USB stick.", remedy="Put one in.")
        chosen = candidates[0]
        if chosen.mount is None and not chosen.problem[0]:
            self._ask("mount", chosen.volume.name)
            here = [one for one in self._candidates() if one.volume.name == chosen.volume.name]
            chosen = here[0] if here else chosen
        problem, remedy = chosen.problem
        if problem:
            raise StickReadOnlyError(problem, remedy=remedy)
        if chosen.mount is None:
            raise StickAbsentError("The USB stick cannot be opened.", remedy=FORMAT)
        self._used, self._last = chosen.mount, chosen.volume.name
        return chosen.mount.point

    def finish(self) -> None:
        """Sync and unmount; raises `StickError` when that fails: then it must stay plugged in."""
        mount, self._used = self._used, None
        if mount is None:
            return
        try:
            sync_file_system(mount.point)
        except OSError as error:
            raise StickError(
                f"The stick failed while the last of it was written ({error.strerror}).",
                remedy="Save again, or use another stick.",
            ) from error
        self._ask("unmount", Path(mount.source).name)
        if any(still.device == mount.device for still in self._mounts()):
            raise StickError(
                "The stick is still in use and cannot be unmounted.",
                remedy="Do not pull it yet; try again.",
            )

    def volumes(self) -> list[Volume]:
        """File systems on USB disks, by kernel name."""
        found = []
        for entry in sorted(_listed(self._sys_block)):
            real = entry.resolve()
            if not re.search(r"/usb\d", str(real)) or self._has_partitions(real):
                continue
            device = _line(real / "dev")
            size = int(_line(real / "size") or 0)
            if device and size:
                notes = self._notes(device)
                label = _unquoted(notes.get("ID_FS_LABEL_ENC", ""))
                found.append(
                    Volume(
                        entry.name,
                        device,
                        label or "USB stick",
                        notes.get("ID_FS_TYPE", ""),
                        _line(real / "ro") == "1",
                        size,
                    )
                )
        return found

    def _candidates(self) -> list[_Candidate]:
        """The volumes with their mounts, the one to use first."""
        mounts = {m.device: m for m in self._mounts() if m.file_system in FILE_SYSTEMS}
        found = [_Candidate(volume, mounts.get(volume.device)) for volume in self.volumes()]
        return sorted(
            found,
            key=lambda one: (
                bool(one.problem[0]),
                one.volume.name != self._last,
                # Many a stick has a small partition for starting a computer beside the real one.
                -one.volume.size,
                one.volume.name,
            ),
        )

    def _notes(self, device: str) -> dict[str, str]:
        """What udev has found out about a device."""
        try:
            text = (self._udev / f"b{device}").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return {}
        pairs = (line[2:].partition("=") for line in text.splitlines() if line.startswith("E:"))
        return {name: value for name, _, value in pairs}

    def _mounts(self) -> list[Mount]:
        return parse_mountinfo(self._mountinfo.read_text(encoding="utf-8", errors="replace"))

    def _ask(self, action: str, name: str) -> None:
        if self._station_unit.exists():
            verb = {"mount": "start", "unmount": "stop"}[action]
            command = ["systemctl", "--no-ask-password", verb, f"midstance-mount@{name}.service"]
        else:
            command = ["udisksctl", action, "--no-user-interaction", "-b", f"/dev/{name}"]
        try:
            self._run(command)
        except FileNotFoundError as error:
            raise StickError(
                f"The stick cannot be {action}ed: udisks2 is not installed.",
                remedy="Install udisks2.",
            ) from error
        except subprocess.SubprocessError as error:
            said = (getattr(error, "stderr", "") or str(error)).strip().splitlines()
            raise StickError(
                f"The stick cannot be {action}ed: {said[-1] if said else error}",
                remedy="Do not pull it yet; try again." if action == "unmount" else FORMAT,
            ) from error

    @staticmethod
    def _has_partitions(disk: Path) -> bool:
        return any((child / "partition").exists() for child in _listed(disk))


def _listed(folder: Path) -> list[Path]:
    """What is in a folder; nothing where there is none. A disk may be pulled at any moment."""
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _line(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _unescaped(field: str) -> str:
    """Mountinfo writes blanks and the like as backslash and three octal digits."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), field)


def _unquoted(text: str) -> str:
    """udev writes blanks and the like as backslash, x and two hexadecimal digits."""
    raw = re.sub(
        rb"\\x([0-9a-fA-F]{2})", lambda match: bytes([int(match[1], 16)]), text.encode("utf-8")
    )
    return raw.decode("utf-8", errors="replace").strip()


def _run(command: Sequence[str]) -> str:
    result = subprocess.run(
        command, check=True, capture_output=True, text=True, timeout=COMMAND_TIMEOUT_S
    )
    return result.stdout
