"""Sticks: the folder that stands in for one, and what the kernel tells of a real one."""

from __future__ import annotations

import os
import subprocess
import threading
from pathlib import Path

import pytest
from kiosk_fakes import wait_for

from device.clock import MonotonicClock
from device.domain.events import StickCame
from device.domain.kiosk import Level
from device.errors import StickAbsentError, StickError, StickReadOnlyError
from device.hardware.screen_probe import connected_screen, desktop
from device.hardware.sim.folder_stick import FolderStick
from device.hardware.system_health import SystemHealth
from device.hardware.usb_stick import UsbStick, parse_mountinfo
from device.pipeline.watch import Watch, stick_item

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root")


@pytest.fixture
def tiny_disk(tmp_path):
    """A real file system of one megabyte."""
    folder = tmp_path / "disk"
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)],
        capture_output=True,
        check=False,
    )
    if done.returncode:
        pytest.skip("nothing can be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_folder_comes_and_goes_like_a_stick(tmp_path):
    stick = FolderStick(tmp_path / "stick")
    assert not stick.state().present
    with pytest.raises(StickAbsentError) as caught:
        stick.root()
    assert "mkdir" in caught.value.remedy
    (tmp_path / "stick").mkdir()
    state = stick.state()
    assert (state.present, state.label, state.problem) == (True, "stick", "")
    assert state.free_bytes is not None
    assert state.free_bytes > 0
    assert stick.root() == tmp_path / "stick"
    stick.finish()
    assert stick.simulated


@root_only
def test_room_and_write_protection_are_those_of_the_file_system(tiny_disk):
    stick = FolderStick(tiny_disk)
    assert stick.state().free_bytes == 2**20
    subprocess.run(["mount", "-o", "remount,ro", str(tiny_disk)], check=True)
    assert "write-protected" in stick.state().problem
    with pytest.raises(StickReadOnlyError):
        stick.root()


class UsbPort:
    """A machine's sysfs and mountinfo with one USB disk, partitioned or not."""

    def __init__(self, folder: Path):
        self.sys_block = folder / "block"
        self.mountinfo = folder / "mountinfo"
        self.devices = folder / "devices"
        self.media = folder / "media"
        self.media.mkdir()
        self.udev = folder / "udev"
        self.udev.mkdir()
        self.sys_block.mkdir()
        self.commands = []
        self.fails = None
        self.mount()
        self._device("nvme0n1", "pci0000:00/nvme/nvme0/nvme0n1", "259:0")

    def notes(self, number, **notes):
        lines = ["S:disk/by-id/usb-x", *(f"E:{name}={value}" for name, value in notes.items())]
        (self.udev / f"b{number}").write_text("\n".join(lines) + "\n")

    def plug_second(self, size=1000):
        real = self._device("sdb1", "pci0000:00/usb1/1-2/block/sdb/sdb1", "8:17")
        (real / "size").write_text(f"{size}\n")
        (real / "partition").write_text("1\n")

    def plug(self, partitioned=True):
        disk = self._device("sda", "pci0000:00/usb1/1-1/block/sda", "8:0")
        if partitioned:
            child = disk / "sda1"
            self._device("sda1", "pci0000:00/usb1/1-1/block/sda/sda1", "8:1")
            (child / "partition").write_text("1\n")

    def _device(self, name, path, number):
        real = self.devices / path
        real.mkdir(parents=True)
        (real / "dev").write_text(f"{number}\n")
        (real / "size").write_text("1000\n")
        (self.sys_block / name).symlink_to(real)
        return real

    def mount(self, *lines):
        base = "22 1 259:0 / / rw,relatime shared:1 - ext4 /dev/nvme0n1 rw"
        self.mountinfo.write_text("\n".join([base, *lines]) + "\n")

    def line(self, number="8:1", options="rw,nosuid", point=None, kind="vfat", name="sda1"):
        where = str(point or self.media).replace(" ", "\\040")
        return f"40 22 {number} / {where} {options} shared:9 - {kind} /dev/{name} rw,utf8"

    def run(self, command):
        self.commands.append(list(command))
        if self.fails is not None:
            raise self.fails
        if command[1] == "mount":
            self.mount(self.line())
        else:
            self.mount()
        return ""

    def stick(self):
        return UsbStick(
            self.mountinfo,
            self.sys_block,
            self.run,
            station_unit=self.mountinfo.with_name("none"),
            udev=self.udev,
        )


@pytest.fixture
def port(tmp_path):
    return UsbPort(tmp_path)


def test_without_a_usb_disk_there_is_no_stick(port):
    assert not port.stick().state().present
    with pytest.raises(StickAbsentError):
        port.stick().root()


@pytest.mark.parametrize("partitioned", [True, False])
def test_a_mounted_stick_is_used_and_unmounted_after(port, partitioned):
    port.plug(partitioned)
    port.mount(port.line("8:1" if partitioned else "8:0"))
    stick = port.stick()
    assert stick.state().present
    assert stick.state().free_bytes
    assert stick.root() == port.media
    stick.finish()
    assert port.commands == [["udisksctl", "unmount", "--no-user-interaction", "-b", "/dev/sda1"]]
    assert stick.state().present, "it is still plugged in"


def test_a_stick_that_is_not_mounted_is_mounted_when_needed(port):
    port.plug()
    stick = port.stick()
    assert stick.state().present
    assert stick.root() == port.media
    assert port.commands[0][1] == "mount"


def test_a_place_with_a_blank_in_its_name(port):
    place = port.media / "MY STICK"
    place.mkdir()
    port.plug()
    port.mount(port.line(point=place))
    assert port.stick().root() == place


def test_a_write_protected_stick_is_refused(port):
    port.plug()
    port.mount(port.line(options="ro,nosuid"))
    assert "write-protected" in port.stick().state().problem
    with pytest.raises(StickReadOnlyError):
        port.stick().root()


@pytest.mark.parametrize(
    ("quoted", "label"),
    [
        ("GYM", "GYM"),
        ("MY\\x20STICK", "MY STICK"),
        ("L\\xc3\\xa4ufer", "Läufer"),
        ("Läufer\\x2f2", "Läufer/2"),
        ("", "USB stick"),
    ],
)
def test_the_label_is_shown_as_it_was_given(port, quoted, label):
    port.plug()
    port.notes("8:1", ID_FS_TYPE="vfat", ID_FS_LABEL_ENC=quoted)
    assert port.stick().state().label == label
    port.mount(port.line())
    assert port.stick().state().label == label


@pytest.mark.parametrize("mounted", [False, True])
def test_ntfs_is_read_and_not_written(port, mounted):
    port.plug()
    port.notes("8:1", ID_FS_TYPE="ntfs", ID_FS_LABEL_ENC="WINDOWS")
    if mounted:
        port.mount(port.line(kind="ntfs3", options="ro"))
    state = port.stick().state()
    assert (state.present, state.label) == (True, "WINDOWS")
    assert "NTFS" in state.problem
    assert "exFAT" in state.remedy
    with pytest.raises(StickReadOnlyError, match="NTFS"):
        port.stick().root()
    assert stick_item(state).remedy == state.remedy


def test_a_stick_with_nothing_readable_on_it(port):
    port.plug()
    port.notes("8:1", ID_FS_TYPE="crypto_LUKS")
    state = port.stick().state()
    assert "cannot be read" in state.problem
    assert "exFAT" in state.remedy


def test_a_stick_whose_switch_protects_it(port):
    port.plug()
    (port.sys_block / "sda1" / "ro").write_text("1\n")
    state = port.stick().state()
    assert "write-protected" in state.problem
    with pytest.raises(StickReadOnlyError):
        port.stick().root()


def second_mounted(port):
    other = port.media.with_name("other")
    other.mkdir(exist_ok=True)
    return other, port.line("8:17", point=other, name="sdb1")


def test_of_two_sticks_the_one_that_can_be_written_is_used(port):
    port.plug()
    port.plug_second()
    other, line = second_mounted(port)
    port.mount(port.line(options="ro"), line)
    port.notes("8:17", ID_FS_TYPE="vfat", ID_FS_LABEL_ENC="GOOD")
    stick = port.stick()
    state = stick.state()
    assert (state.label, state.problem, state.sticks) == ("GOOD", "", 2)
    assert "of 2 sticks" in stick_item(state).text
    assert stick.root() == other


def test_of_two_volumes_the_larger_one_is_used_and_the_one_in_use_stays(port):
    port.plug()
    port.plug_second(size=64)
    other, line = second_mounted(port)
    port.mount(port.line(), line)
    stick = port.stick()
    assert stick.root() == port.media
    (port.sys_block / "sdb1" / "size").write_text("100000\n")
    assert stick.root() == port.media, "what was begun on one is not ended on the other"
    assert port.stick().root() == other


def test_only_the_stick_that_was_used_is_unmounted(port):
    port.plug()
    port.plug_second()
    _, line = second_mounted(port)
    port.mount(port.line(), line)
    stick = port.stick()
    stick.root()
    port.run = lambda command: port.commands.append(list(command)) or port.mount(line) or ""
    stick._run = port.run
    stick.finish()
    assert port.commands[-1][-1] == "/dev/sda1"


@root_only
def test_the_kernel_says_when_something_is_mounted(tmp_path):
    stick, folder = UsbStick(), tmp_path / "disk"
    folder.mkdir()
    # Whoever else mounts something on this machine just now is heard too.
    wait_for(lambda: not stick.changed(0.05))
    told = []
    listener = threading.Thread(target=lambda: told.append(stick.changed(60)))
    listener.start()
    done = subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], check=False)
    if done.returncode:
        pytest.skip("nothing can be mounted here")
    try:
        listener.join(90)
        assert told == [True], "the kernel said so"
    finally:
        subprocess.run(["umount", folder], check=True)
    assert stick.changed(60.0), "and when it is unmounted"


def test_a_watching_thread_ends_at_once_and_hears_of_a_stick(tmp_path):
    posted = []
    port = UsbPort(tmp_path)
    stick = port.stick()
    heard = threading.Event()
    stick.changed = heard.wait
    watch = Watch(stick, (), posted.append, MonotonicClock(), every_s=30.0)
    watch.start()
    wait_for(lambda: posted)
    port.plug()
    port.mount(port.line())
    heard.set()
    # The next look by the clock would come after half a minute.
    wait_for(lambda: any(isinstance(event, StickCame) for event in posted), timeout_s=25)
    assert watch.stop(25)


def test_a_stick_that_cannot_be_unmounted_must_stay(port):
    port.plug()
    port.mount(port.line())
    stick = port.stick()
    stick.root()
    port.fails = subprocess.CalledProcessError(1, "udisksctl", stderr="Error: target is busy\n")
    with pytest.raises(StickError, match="target is busy") as caught:
        stick.finish()
    assert "not pull" in caught.value.remedy


def test_without_udisks_the_message_says_so(port):
    port.plug()
    port.fails = FileNotFoundError("udisksctl")
    with pytest.raises(StickError, match="udisks2"):
        port.stick().root()


def test_this_machines_own_mountinfo_is_understood():
    mounts = parse_mountinfo(Path("/proc/self/mountinfo").read_text())
    assert any(mount.point == Path("/proc") for mount in mounts)  # in a chroot "/" is not listed
    assert parse_mountinfo("nonsense\n1 2 3 - \n\n") == []


def test_the_temperature_is_that_of_the_hottest_zone(tmp_path):
    def zones(*millidegrees):
        for number, value in enumerate(millidegrees):
            zone = tmp_path / "class/thermal" / f"thermal_zone{number}"
            zone.mkdir(parents=True, exist_ok=True)
            (zone / "temp").write_text(f"{value}\n")
        return SystemHealth(tmp_path).temperature()

    assert SystemHealth(tmp_path).temperature() is None
    assert zones(41000, 52000).level is Level.OK
    assert zones(41000, 52000) == zones(42000, 53000), "no news while all is well"
    assert zones(77000).level is Level.WARN
    hot = zones(84000)
    assert "84 °C" in hot.text
    assert hot.remedy


def test_too_little_power_is_told(tmp_path):
    sensor = tmp_path / "class/hwmon/hwmon1"
    sensor.mkdir(parents=True)
    (sensor / "name").write_text("rpi_volt\n")
    alarm = sensor / "in0_lcrit_alarm"
    alarm.write_text("0\n")
    health = SystemHealth(tmp_path)
    assert health.power().level is Level.OK
    assert not health.spared
    alarm.write_text("1\n")
    assert health.power().level is Level.WARN
    assert health.spared, "a Pi with too little voltage slows itself down"
    alarm.write_text("0\n")
    assert health.power().level is Level.OK
    assert not health.spared
    (sensor / "name").write_text("cpu\n")
    assert SystemHealth(tmp_path).power() is None


def test_what_is_wrong_with_a_protected_card_is_told(tmp_path):
    problem = tmp_path / "problem"
    health = SystemHealth(tmp_path, problem)
    assert health.card() is None
    problem.write_text("What is saved on the station is lost.\n")
    item = health.card()
    assert (item.part, item.level) == ("card", Level.WARN)
    assert item.text == "What is saved on the station is lost."
    problem.write_text("")
    assert health.card() is None


def test_whether_somebody_could_see_something(tmp_path):
    assert desktop({"DISPLAY": ":0"})
    assert desktop({"WAYLAND_DISPLAY": "wayland-0"})
    assert not desktop({})
    drm, dri = tmp_path / "drm", tmp_path / "dri"
    for connector, status in (("card0-HDMI-A-1", "disconnected"), ("card1-DSI-1", "connected")):
        (drm / connector).mkdir(parents=True)
        (drm / connector / "status").write_text(status + "\n")
    assert connected_screen(drm, dri) is None, "its card cannot be opened"
    dri.mkdir()
    (dri / "card1").touch()
    assert connected_screen(drm, dri) == "DSI-1"
