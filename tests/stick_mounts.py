"""Real file systems in files: mounted through the kernel or FUSE, filled, locked, torn away.

Each is skipped with its reason where it cannot be had (not root, no tool, no kernel driver).
"""

from __future__ import annotations

import fcntl
import os
import shutil
import struct
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_EXT4_SHUTDOWN = 0x8004587D
_WITHOUT_FLUSHING = struct.pack("I", 2)

MAKERS = {
    "ext4": ["mkfs.ext4", "-q", "-F"],
    "vfat": ["mkfs.vfat", "-F", "32"],
    "vfat16": ["mkfs.vfat", "-F", "16"],
    "exfat": ["mkfs.exfat"],
}


class Stick:
    """A file system in the file `image`, mounted at `root`."""

    def __init__(self, kind: str, image: Path, root: Path) -> None:
        self.kind, self.image, self.root = kind, image, root
        self._loop: str | None = None
        self._fuse = False

    def mount(self, options: str = "rw") -> None:
        self._be_alone()
        driver = self.kind.rstrip("16")
        if driver in Path("/proc/filesystems").read_text().split():
            _run("mount", "-t", driver, "-o", f"loop,{options}", str(self.image), str(self.root))
        elif driver == "exfat" and shutil.which("mount.exfat-fuse"):
            self._fuse = True
            if self._loop is None:
                self._loop = _run("losetup", "-f", "--show", str(self.image)).strip()
            _run("mount.exfat-fuse", "-o", options, self._loop, str(self.root))
        else:
            pytest.skip(f"this kernel cannot mount {driver}")

    def _be_alone(self) -> None:
        """Go on with a copy where something else on this machine still holds the file system: a
        container that was started meanwhile keeps what was mounted then, torn away or not."""
        for _ in range(50):
            if not _run("losetup", "-j", str(self.image)).strip() or self._loop is not None:
                return
            time.sleep(0.02)
        held, self.image = self.image, self.image.with_name(f"{self.image.name}.again")
        shutil.copyfile(held, self.image)
        held.unlink()

    def unmount(self) -> None:
        subprocess.run(["umount", str(self.root)], capture_output=True, check=False)
        if self._loop is not None:
            subprocess.run(["losetup", "-d", self._loop], capture_output=True, check=False)
            self._loop = None

    def tear_away(self) -> None:
        """From now on nothing reaches the stick, and what was not synced is lost."""
        if self.kind == "ext4":
            descriptor = os.open(self.root, os.O_RDONLY)
            try:
                fcntl.ioctl(descriptor, _EXT4_SHUTDOWN, _WITHOUT_FLUSHING)
            finally:
                os.close(descriptor)
        elif self._fuse:
            for pid in _fuse_servers(self.root):
                os.kill(pid, 9)
        else:
            _run("umount", "-l", str(self.root))


def _fuse_servers(root: Path) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if b"exfat" in words[0] and str(root).encode() in words:
                found.append(int(entry.name))
    return found


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"{command[0]} cannot be used here: {(done.stderr or done.stdout).strip()}")
    return done.stdout


@contextmanager
def stick(kind: str, folder: Path, size_mb: float = 64) -> Iterator[Stick]:
    """A freshly made stick, mounted; gone afterwards."""
    if os.geteuid() != 0:
        pytest.skip("mounting needs root")
    tool = MAKERS[kind][0]
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed")
    image, root = folder / "stick.img", folder / "stick"
    with image.open("wb") as file:
        file.truncate(int(size_mb * 1024 * 1024))
    root.mkdir(exist_ok=True)
    _run(*MAKERS[kind], str(image))
    made = Stick(kind, image, root)
    try:
        made.mount()
        yield made
    finally:
        made.unmount()
        while os.path.ismount(root):
            subprocess.run(["umount", "-l", str(root)], capture_output=True, check=False)
            time.sleep(0.05)
        made.image.unlink(missing_ok=True)


@contextmanager
def memory_disk(folder: Path, size: str) -> Iterator[Path]:
    """A tmpfs of `size`."""
    if os.geteuid() != 0:
        pytest.skip("mounting needs root")
    root = folder / "memory"
    root.mkdir()
    _run("mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(root))
    try:
        yield root
    finally:
        subprocess.run(["umount", str(root)], check=True)
