"""The station's small helpers, run for real with stand-ins for what they call."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from install_paths import ROOT, SYSTEMD

LIBEXEC = SYSTEMD / "libexec"


@pytest.fixture
def commands(tmp_path: Path):
    """Programs that say what they are told to and remember how they were called."""
    folder = tmp_path / "bin"
    folder.mkdir()
    log = tmp_path / "calls"
    log.touch()

    def make(name: str, says: str = "", code: int = 0) -> None:
        path = folder / name
        said = tmp_path / f"{name}.says"
        said.write_text(says)
        path.write_text(f'#!/bin/sh\necho "{name} $*" >> {log}\ncat {said}\nexit {code}\n')
        path.chmod(0o755)

    def run(helper: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["sh", LIBEXEC / helper, *arguments],
            capture_output=True,
            text=True,
            check=False,
            env={
                "PATH": f"{folder}:{os.environ['PATH']}",
                "NOTICE_WORD": str(folder / "problem"),
                "NOTICE_TROUBLE": str(folder / "trouble"),
                **environment,
            },
        )

    make.run, make.calls = run, lambda: log.read_text().splitlines()
    return make


@pytest.fixture
def stick(commands):
    """A machine with a stick that is not mounted."""
    commands("findmnt", code=1)
    commands("lsblk", "")
    commands("id", "990")
    commands("udevadm", "ID_FS_TYPE=vfat\n")
    commands("systemd-mount")
    commands("systemd-run")
    commands("systemctl")
    commands("debugfs", "Inode: 2\nUser:  1000   Group:  1001   Project:     0\n")
    return commands


def mount_call(commands) -> str:
    [call] = [call for call in commands.calls() if call.startswith("systemd-mount ")]
    return call


@pytest.mark.parametrize(
    ("found", "kernel", "more"),
    [
        ("vfat", "vfat", ("uid=990", "fmask=0177", "flush")),
        ("exfat", "exfat", ("uid=990", "dmask=0077")),
        ("ext4", "ext4", ("X-mount.idmap=u:1000:990:1 g:1001:990:1",)),
        ("ntfs", "ntfs3", ("ro", "uid=990")),
    ],
)
def test_every_stick_is_mounted_harmlessly(stick, found, kernel, more):
    stick("udevadm", f"ID_FS_TYPE={found}\n")
    done = stick.run("stick", "mount", "sda1")
    assert done.returncode == 0, done.stderr
    call = mount_call(stick)
    assert f"--type={kernel} " in call
    assert call.endswith("/dev/sda1 /media/midstance/sda1")
    for option in ("nosuid", "nodev", "noexec", *more):
        assert option in call


def test_what_cannot_be_read_is_refused(stick):
    stick("udevadm", "ID_FS_TYPE=crypto_LUKS\n")
    done = stick.run("stick", "mount", "sda1")
    assert done.returncode == 1
    assert "crypto_LUKS" in done.stdout
    assert not any(call.startswith("systemd-mount") for call in stick.calls())


def test_the_systems_own_disk_is_left_alone(stick):
    stick("lsblk", "/boot/firmware\n/\n")
    done = stick.run("stick", "mount", "sda2")
    assert done.returncode == 0
    assert "left alone" in done.stdout
    assert not any(call.startswith("systemd-mount") for call in stick.calls())


@pytest.mark.parametrize("name", ["", "../sda1", "sda1;reboot", "SDA1", "sda 1", "-"])
def test_names_are_kernel_names_or_nothing(stick, name):
    done = stick.run("stick", "mount", name)
    assert done.returncode == 2
    assert stick.calls() == []


def test_a_stick_in_use_is_not_called_unmounted(stick, tmp_path):
    stick("findmnt", "/dev/sda1")  # stays mounted whatever is done
    # Its device is there (any block device will do for that), so it is not torn out either.
    done = stick.run("stick", "unmount", "sda1")
    calls = stick.calls()
    assert "systemctl stop media-midstance-sda1.mount" in calls
    assert done.returncode == 1
    assert "still in use" in done.stdout


def test_a_stick_torn_out_is_let_go_of(stick):
    stick("findmnt", "/dev/sdz9")
    stick.run("stick", "unmount", "sdz9")
    assert any("umount --lazy /media/midstance/sdz9" in call for call in stick.calls())


def test_unmounting_what_is_not_mounted_is_fine(stick):
    done = stick.run("stick", "unmount", "sda1")
    assert done.returncode == 0
    assert "systemctl" not in " ".join(stick.calls())


@pytest.mark.parametrize(
    ("result", "status", "words"),
    [
        ("exit-code", "4", "settings"),
        ("exit-code", "5", "pose model"),
        ("exit-code", "6", "cables"),
        ("watchdog", "6", "stopped answering"),
        ("oom-kill", "KILL", "memory"),
        ("signal", "SEGV", "fault"),
    ],
)
def test_a_crash_is_told_in_plain_words(commands, tmp_path, result, status, words):
    console = tmp_path / "console"
    console.touch()
    commands.run(
        "notice",
        "stopped",
        NOTICE_CONSOLE=str(console),
        SERVICE_RESULT=result,
        EXIT_STATUS=status,
    )
    text = console.read_text()
    assert words in text
    assert "off and on again" in text


def test_a_wanted_stop_is_no_fault(commands, tmp_path):
    console = tmp_path / "console"
    console.touch()
    commands.run("notice", "stopped", NOTICE_CONSOLE=str(console), SERVICE_RESULT="success")
    assert "has been stopped" in console.read_text()
    assert "again" not in console.read_text()


def test_switching_off_is_no_stop_like_others(commands, tmp_path):
    console = tmp_path / "console"
    console.touch()
    commands("systemctl", "stopping\n", code=1)
    commands.run("notice", "stopped", NOTICE_CONSOLE=str(console), SERVICE_RESULT="success")
    assert "switching off" in console.read_text()
    assert "plug" in console.read_text()
    assert "again" not in console.read_text()


def first_start(tmp_path: Path, settings: str | None) -> tuple[Path, str]:
    for folder in ("boot/firmware", "etc/midstance", "var/lib/midstance"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "etc/midstance/midstance.toml").write_text("# the default\n")
    if settings is not None:
        (tmp_path / "boot/firmware/midstance.toml").write_text(settings)
    python = tmp_path / "python"
    # -I keeps the working folder out; where Midstance is not installed it is named instead.
    lead = f"import sys; sys.path.insert(0, {str(ROOT)!r}); "
    python.write_text(
        f"#!/bin/sh\nshift 2\nprogram=$1\nshift\nexec {sys.executable} -I -c "
        f'"{lead}exec(sys.argv.pop(1))" "$program" "$@"\n'
    )
    python.chmod(0o755)
    done = subprocess.run(
        ["sh", LIBEXEC / "firstboot"],
        capture_output=True,
        text=True,
        check=True,
        env={
            **os.environ,
            "MIDSTANCE_PREFIX": str(tmp_path),
            "MIDSTANCE_COMMAND": str(python),
        },
    )
    assert (tmp_path / "var/lib/midstance/first-start-done").is_file()
    return tmp_path / "etc/midstance/midstance.toml", done.stdout + done.stderr


def test_settings_on_the_boot_partition_become_the_stations(tmp_path):
    given = '[station]\nname = "Treadmill 3"\nprofile = "gym"\n'
    settings, said = first_start(tmp_path, given)
    assert settings.read_text() == given
    assert "The station's settings are those from" in said


def test_settings_that_are_not_understood_are_not_used(tmp_path):
    settings, said = first_start(tmp_path, '[station]\nnane = "Treadmill 3"\n')
    assert settings.read_text() == "# the default\n"
    assert settings.with_name("midstance.toml.refused").is_file()
    assert "Did you mean 'name'" in said


def test_without_settings_on_the_boot_partition_nothing_happens(tmp_path):
    settings, said = first_start(tmp_path, None)
    assert settings.read_text() == "# the default\n"
    assert said == ""


@pytest.mark.parametrize(
    ("root", "state", "data", "problem"),
    [
        ("overlay", "rw", "ext4", ""),
        ("ext4", "rw", "ext4", "card is written to"),
        ("overlay", "ro", "ext4", "not even in memory"),
        ("overlay", "rw", "overlay", "partition of its own"),
    ],
)
def test_a_missing_overlay_is_noticed(commands, tmp_path, root, state, data, problem):
    folder = tmp_path / "bin"
    (folder / "findmnt").write_text(
        f'#!/bin/sh\ncase "$*" in *--target*) echo {data} ;;'
        f" *FS-OPTIONS*) echo {state},lowerdir=/media/root-ro ;; *) echo {root} ;; esac\n"
    )
    (folder / "findmnt").chmod(0o755)
    told = tmp_path / "run"
    told.mkdir()
    done = commands.run("overlay-check", RUNTIME_DIRECTORY=str(told))
    assert (done.returncode == 0) == (not problem)
    found = (told / "problem").read_text() if (told / "problem").exists() else ""
    assert problem in found
    assert bool(problem) == bool(found)


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not here")
def test_the_helpers_are_clean_shell():
    subprocess.run(["shellcheck", *sorted(LIBEXEC.iterdir())], check=True)
