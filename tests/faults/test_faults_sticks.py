"""Sticks as people bring them: full, protected, broken, huge, crowded, hostile, two at once."""

from __future__ import annotations

import os
import random
import subprocess
import time
from pathlib import Path

import pytest
from results import Enter
from stick_mounts import stick
from test_faults_camera_pose import times
from test_hardware_sticks import UsbPort, port, second_mounted
from victims import contents

from device.atomic import check_folder
from device.clips.export import FOLDER, export_files
from device.errors import StickError, StickFullError, StickReadOnlyError
from device.hardware.sim.folder_stick import FolderStick
from device.pipeline.watch import stick_item

__all__ = ["port"]
HOSTILE = (
    "$(touch PWNED)",
    "; touch PWNED #",
    "`touch PWNED`",
    "-rf",
    "--help",
    "a\nb",
    "\x1b[2J\x07",
    "%s%n%x",
    "..hidden",
    "autorun.inf",
    "midstance.toml",
    ".x.part",
    "ü" * 80,
    "con",
)


def quiet(_: object) -> None:
    pass


def save(root: Path, number: int) -> Path:
    return export_files(root, f"session-{number}", contents(number), quiet)


@pytest.mark.parametrize("kind", ["ext4", "vfat", "exfat"])
def test_a_full_stick_is_said_to_be_and_takes_it_again_with_room(kind, tmp_path, matrix: Enter):
    tried = 0
    with stick(kind, tmp_path, size_mb=40) as real:
        kept = [save(real.root, 0)]
        for left_kb in (0, 300, 600, 740)[: times(2, 4)]:
            filler = real.root / "holiday.avi"
            with filler.open("wb") as file:
                room = os.statvfs(real.root)
                file.write(bytes(max(0, room.f_bavail * room.f_frsize - left_kb * 1024 - 65_536)))
            with pytest.raises(StickFullError) as caught:
                save(real.root, 9)
            assert caught.value.remedy
            assert [path.name for path in (real.root / FOLDER).iterdir()] == [k.name for k in kept]
            filler.unlink()
            tried += 1
        kept.append(save(real.root, 1))
        real.unmount()
        real.mount()
        assert all(check_folder(folder) == () for folder in kept)
    matrix(f"{kind} stick full", "refused in words; nothing half, earlier ones whole", tried, tried)


def test_a_protected_stick_is_said_to_be(tmp_path, matrix: Enter):
    with stick("ext4", tmp_path, size_mb=16) as real:
        kept = save(real.root, 0)
        subprocess.run(["mount", "-o", "remount,ro", str(real.root)], check=True)
        item = stick_item(FolderStick(real.root).state())
        assert "write-protected" in item.text
        with pytest.raises(StickReadOnlyError):
            save(real.root, 1)
        assert check_folder(kept) == ()
        subprocess.run(["mount", "-o", "remount,rw", str(real.root)], check=True)
        assert check_folder(save(real.root, 1)) == ()
    matrix("stick read-only", "refused in words; writable again, it saves", 1, 1)


def test_a_broken_stick_is_said_to_be(tmp_path, matrix: Enter):
    """Blocks of its file system are overwritten under it."""
    runs = times(2, 10)
    refused = 0
    for number in range(runs):
        with stick("ext4", tmp_path, size_mb=16) as real:
            kept = save(real.root, 0)
            real.unmount()
            with real.image.open("r+b") as image:
                image.seek(1024 * (64 + 40 * number))
                image.write(random.Random(number).randbytes(512 * 1024))
            done = subprocess.run(
                ["mount", "-t", "ext4", "-o", "loop", str(real.image), str(real.root)],
                capture_output=True,
                check=False,
            )
            if done.returncode:
                refused += 1
                continue
            try:
                folder = save(real.root, 1)
                assert check_folder(folder) == ()
            except StickError as error:
                assert error.remedy  # noqa: PT017 - either is fine
                refused += 1
            if kept.exists():
                check_folder(kept)  # says in words what is wrong with it, and does not throw
    matrix("stick with a damaged file system", "refused in words, or read back whole", runs, runs)
    assert refused, "some of them must have been noticed"


def test_a_huge_and_a_crowded_stick(tmp_path, matrix: Enter):
    began = time.monotonic()
    try:
        with stick("exfat", tmp_path, size_mb=2 * 1024 * 1024) as real:
            item = stick_item(FolderStick(real.root).state())
            assert "GB free" in item.text
            folder = save(real.root, 0)
            assert check_folder(folder) == ()
        matrix("stick of 2 TB", "saved like on any", 1, 1, 0, time.monotonic() - began)
    except OSError as error:
        pytest.skip(f"no such file can be made here: {error}")
    # FAT where this kernel has it: its folders are lists as well.
    kind = "vfat" if "vfat" in Path("/proc/filesystems").read_text().split() else "exfat"
    with stick(kind, tmp_path, size_mb=64) as real:
        count = times(1000, 10_000)
        for folder in (real.root / "DCIM", real.root / FOLDER):
            folder.mkdir()
            for number in range(count // 2):
                (folder / f"IMG_{number:05}.jpg").touch()
        began = time.monotonic()
        assert check_folder(save(real.root, 0)) == ()
        took_s = time.monotonic() - began
        assert len(list((real.root / FOLDER).iterdir())) == count // 2 + 1
    matrix(
        f"{kind} stick with {count} other files", "saved; theirs are left alone", 1, 1, 0, took_s
    )


def test_names_on_a_stick_are_never_interpreted(tmp_path, monkeypatch, matrix: Enter):
    outside = tmp_path / "outside"
    outside.mkdir()
    monkeypatch.chdir(outside)
    with stick("ext4", tmp_path, size_mb=16) as real:
        for folder in (real.root, real.root / FOLDER):
            folder.mkdir(exist_ok=True)
            for name in HOSTILE:
                (folder / name).mkdir()
                (folder / name / name).write_text("#!/bin/sh\ntouch PWNED\n")
                (folder / name / name).chmod(0o777)
        raw = os.path.join(os.fsencode(real.root / FOLDER), b"\xff\xfe.part")
        os.mkdir(raw)
        # Links that lead out of the stick, under names that are Midstance's own.
        (real.root / FOLDER / ".session-0.part").symlink_to(outside)
        (real.root / FOLDER / "session-0").symlink_to(outside)
        (outside / "mine.txt").write_text("mine")
        folder = save(real.root, 0)
        assert folder.name == "session-0_2"
        assert check_folder(folder) == ()
        assert [path.name for path in outside.iterdir()] == ["mine.txt"]
        assert not list(real.root.rglob("PWNED"))
        # (A folder ".x.part" is what an interrupted save is called, and goes.)
        left = {path.name for path in (real.root / FOLDER).iterdir()}
        assert left >= {name for name in HOSTILE if name != ".x.part"}
    with stick("ext4", tmp_path, size_mb=16) as real:
        (real.root / FOLDER).symlink_to(outside)
        with pytest.raises(StickError) as caught:
            save(real.root, 0)
        assert caught.value.remedy
        assert [path.name for path in outside.iterdir()] == ["mine.txt"]
    count = len(HOSTILE) + 4
    matrix("hostile names and links on a stick", "never run, never followed", count, count)


def test_two_sticks(port: UsbPort, tmp_path, matrix: Enter):
    port.plug()
    port.plug_second()
    other, line = second_mounted(port)
    port.mount(port.line(options="ro"), line)
    both = port.stick()
    item = stick_item(both.state())
    assert "of 2 sticks" in item.text
    folder = save(both.root(), 0)
    assert folder.is_relative_to(other)
    # The one in use is pulled: the next save goes to what is left, or says what is wrong.
    (port.sys_block / "sdb1").unlink()
    port.mount(port.line(options="ro"))
    with pytest.raises(StickError) as caught:
        both.root()
    assert caught.value.remedy
    port.mount(port.line())
    assert both.root() == port.media
    matrix("two sticks, one of them read-only", "the writable one is used; told how many", 1, 1)
