"""The kiosk's side of the service: what it tells systemd, what it asks of it."""

from __future__ import annotations

import socket
import subprocess
import threading
from pathlib import Path

import pytest

from device.errors import StickError
from device.hardware.notify import ServiceManager
from device.hardware.usb_stick import UsbStick


@pytest.fixture
def manager(tmp_path):
    """A service manager's socket; hands out what it has been told."""
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
        end.bind(str(path))
        end.settimeout(60)
        yield path, lambda: end.recv(4096).decode()


def test_the_service_manager_is_told(manager):
    path, told = manager
    service = ServiceManager({"NOTIFY_SOCKET": str(path), "WATCHDOG_USEC": "30000000"})
    assert service.watchdog_s == 30.0
    assert service.ready("idle")
    assert told() == "READY=1\nSTATUS=idle"
    assert service.alive()
    assert told() == "WATCHDOG=1"
    service.status("live")
    assert told() == "STATUS=live"
    service.stopping()
    assert told() == "STOPPING=1"


def test_an_abstract_socket_will_do(tmp_path):
    name = f"midstance-{tmp_path.name}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
        end.bind(f"\0{name}")
        assert ServiceManager({"NOTIFY_SOCKET": f"@{name}"}).ready()
        assert end.recv(100) == b"READY=1"


def test_without_a_service_manager_nothing_is_said():
    service = ServiceManager({})
    assert service.watchdog_s is None
    assert not service.ready()
    assert not service.alive()


def test_a_service_manager_that_is_gone_disturbs_nobody(tmp_path):
    assert not ServiceManager({"NOTIFY_SOCKET": str(tmp_path / "gone")}).alive()


def test_a_socket_that_nobody_empties_does_not_block(tmp_path):
    path = tmp_path / "full"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
        end.bind(str(path))
        service = ServiceManager({"NOTIFY_SOCKET": str(path)})
        done = threading.Event()

        def fill() -> None:
            while service.alive():
                pass
            done.set()

        threading.Thread(target=fill, daemon=True).start()
        assert done.wait(60)


def test_a_watchdog_meant_for_another_process_is_not_ours():
    assert ServiceManager({"WATCHDOG_USEC": "1000000", "WATCHDOG_PID": "1"}).watchdog_s is None


class Station:
    """A station's mounts, and the service manager that changes them."""

    def __init__(self, folder: Path) -> None:
        self.unit = folder / "midstance-mount@.service"
        self.unit.touch()
        self.mountinfo = folder / "mountinfo"
        self.media = folder / "media"
        self.media.mkdir()
        real = folder / "devices/usb1/sda"
        real.mkdir(parents=True)
        (real / "dev").write_text("8:0\n")
        (real / "size").write_text("1000\n")
        (folder / "block").mkdir()
        (folder / "block/sda").symlink_to(real)
        self.block = folder / "block"
        self.commands: list[list[str]] = []
        self.busy = False
        self.set(mounted=False)

    def set(self, *, mounted: bool) -> None:
        line = f"40 22 8:0 / {self.media} rw,nosuid shared:9 - vfat /dev/sda rw\n"
        self.mountinfo.write_text(line if mounted else "")

    def run(self, command) -> str:
        self.commands.append(list(command))
        self.set(mounted="start" in command or self.busy)
        return ""

    def stick(self) -> UsbStick:
        return UsbStick(self.mountinfo, self.block, self.run, self.unit)


def test_a_station_asks_the_service_manager_for_its_stick(tmp_path):
    station = Station(tmp_path)
    stick = station.stick()
    assert stick.root() == station.media
    stick.finish()
    assert station.commands == [
        ["systemctl", "--no-ask-password", "start", "midstance-mount@sda.service"],
        ["systemctl", "--no-ask-password", "stop", "midstance-mount@sda.service"],
    ]


def test_a_stick_that_stays_mounted_is_not_safe_to_remove(tmp_path):
    station = Station(tmp_path)
    station.busy = True
    stick = station.stick()
    stick.root()
    with pytest.raises(StickError, match="still in use") as caught:
        stick.finish()
    assert "not pull" in caught.value.remedy


def test_systemctl_that_refuses_is_told(tmp_path):
    station = Station(tmp_path)

    def refuse(command):
        raise subprocess.CalledProcessError(1, command, stderr="Access denied\n")

    stick = UsbStick(station.mountinfo, station.block, refuse, station.unit)
    with pytest.raises(StickError, match="Access denied"):
        stick.root()
