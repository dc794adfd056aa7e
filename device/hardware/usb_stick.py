"""The USB stick, as the kernel tells of it: sysfs for what is plugged in, mountinfo for where.

Mounting is the system's business. On an installed station udev has the service manager mount a
stick (`midstance-mount@.service`), and the kiosk may ask it to do so again and to unmount; on a
desk udisks2 is asked; with neither at hand the message says so.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from device.domain.kiosk import StickState
from device.errors import StickAbsentError, StickError, StickReadOnlyError
from device.hardware.sim.folder_stick import sync_file_system

FILE_SYSTEMS = frozenset({"vfat", "exfat", "ext4", "ext3", "ext2", "ntfs3", "ntfs", "fuseblk"})
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
        options = set(fields[5].split(",")) | set(more[2].split(","))
        mounts.append(
            Mount(
                device=fields[2],
                point=Path(_unescaped(fields[4])),
                file_system=more[0],
                source=_unescaped(more[1]),
                read_only="ro" in options,
            )
        )
    return mounts


@dataclass(frozen=True, slots=True)
class Volume:
    """A file system on a USB disk: its kernel name, its device number and its label."""

    name: str
    device: str
    label: str


class UsbStick:
    """A `StickStore` on the first USB disk with a file system.

    `mountinfo`, `sys_block` and `run` are the kernel's files and the running of a command, so that
    tests can hand in others. `volumes()` may be replaced where a stick is not on USB (the virtual
    bench's).
    """

    def __init__(
        self,
        mountinfo: Path = Path("/proc/self/mountinfo"),
        sys_block: Path = Path("/sys/class/block"),
        run: Run | None = None,
        station_unit: Path = STATION_UNIT,
    ) -> None:
        self._mountinfo = mountinfo
        self._sys_block = sys_block
        self._run = run or _run
        self._station_unit = station_unit
        self._used: Mount | None = None

    @property
    def simulated(self) -> bool:
        """Never: this is a real stick."""
        return False

    def state(self) -> StickState:
        """What is known now; never raises."""
        try:
            volumes = self.volumes()
            if not volumes:
                return StickState(present=False)
            mount = self._mount_of(volumes)
            label = volumes[0].label
            if mount is None:
                return StickState(True, label)
            label = next((v.label for v in volumes if v.device == mount.device), label)
            room = os.statvfs(mount.point)
        except OSError as error:
            return StickState(False, problem=f"The stick cannot be read ({error.strerror}).")
        problem = "The stick is write-protected." if mount.read_only else ""
        return StickState(True, label, room.f_bavail * room.f_frsize, problem)

    def root(self) -> Path:
        """The folder to write to, mounted if need be; raises `StickError` when there is none."""
        volumes = self.volumes()
        if not volumes:
            raise StickAbsentError("There is no USB stick.", remedy="Put one in.")
        mount = self._mount_of(volumes)
        if mount is None:
            self._ask("mount", volumes[0].name)
            mount = self._mount_of(volumes)
        if mount is None:
            raise StickAbsentError(
                "The USB stick cannot be opened.",
                remedy="Use one that is formatted as FAT32 or exFAT.",
            )
        if mount.read_only:
            raise StickReadOnlyError(
                "The USB stick is write-protected.",
                remedy="Slide its switch, or use another one.",
            )
        self._used = mount
        return mount.point

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
        for entry in sorted(self._sys_block.iterdir()) if self._sys_block.is_dir() else ():
            real = entry.resolve()
            if not re.search(r"/usb\d", str(real)) or self._has_partitions(real):
                continue
            device = _line(real / "dev")
            if device and _line(real / "size") not in ("", "0"):
                found.append(Volume(entry.name, device, self._label(entry.name)))
        return found

    def _mount_of(self, volumes: list[Volume]) -> Mount | None:
        devices = {volume.device for volume in volumes}
        for mount in self._mounts():
            if mount.device in devices and mount.file_system in FILE_SYSTEMS:
                return mount
        return None

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
                remedy="Do not pull it yet; try again."
                if action == "unmount"
                else "Use one that is formatted as FAT32 or exFAT.",
            ) from error

    @staticmethod
    def _has_partitions(disk: Path) -> bool:
        return any((child / "partition").exists() for child in disk.iterdir() if child.is_dir())

    @staticmethod
    def _label(name: str) -> str:
        by_label = Path("/dev/disk/by-label")
        for link in by_label.iterdir() if by_label.is_dir() else ():
            if link.resolve().name == name:
                return link.name.replace("\\x20", " ")
        return "USB stick"


def _line(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _unescaped(field: str) -> str:
    """Mountinfo writes blanks and the like as backslash and three octal digits."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), field)


def _run(command: Sequence[str]) -> str:
    result = subprocess.run(
        command, check=True, capture_output=True, text=True, timeout=COMMAND_TIMEOUT_S
    )
    return result.stdout
