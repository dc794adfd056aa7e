"""The installed station, booted by systemd, from power-on to power cut: one story in order.

Run by `run.py` (``make bench-vm``); not collected by ``make test``. Screens are kept beside the
image in `screens/`, to be looked at.
"""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest
from machine import make_stick
from station import BLUE, GREEN, GREEN_LIGHT, SLOW_S, Station, opened, whole_sessions

from device.hardware.usb_stick import FILE_SYSTEMS

NOT_BLACK = 0.02


@pytest.fixture(scope="session")
def station():
    """One machine for all: the tests are steps of one story, told in order."""
    image = Path(os.environ.get("MIDSTANCE_BENCH", ""))
    if not (image / "root.ext4").is_file():
        pytest.skip("the bench's image is not there: make bench-vm")
    station = Station(image, image / "work")
    station.start()
    yield station
    station.close()


def bright_share(path):
    from PIL import Image

    histogram = Image.open(path).convert("L").histogram()
    return sum(histogram[40:]) / sum(histogram)


def test_from_power_on_to_the_idle_screen_without_a_login(station):
    state = station.show("User", "NRestarts", "ActiveState", "Type", "MainPID")
    assert state["ActiveState"] == "active"
    assert state["NRestarts"] == "0", station.journal()
    user = station.sh(f"stat -c %U /proc/{state['MainPID']}")
    assert user == "midstance"
    assert station.sh("systemctl get-default") == "midstance.target"
    assert station.sh("systemctl --failed --no-legend --plain") == ""
    assert station.sh("pgrep -a agetty | grep tty1 || true") == ""
    assert bright_share(station.picture("idle")) > NOT_BLACK


def test_nobody_gets_in(station):
    assert station.sh("ss -Hlntu") == "", "a socket listens to the network"
    for unit, limit in (
        ("midstance.service", 1.5),
        ("midstance-mount@sda1.service", 2.0),
        ("midstance-firstboot.service", 2.0),
        ("midstance-overlay.service", 2.0),
    ):
        last = station.sh(f"systemd-analyze security --no-pager {unit} | tail -n 1")
        print(f"\n  {last}")
        assert float(last.split(":")[1].split()[0]) <= limit
    units = "/etc/systemd/system/midstance"
    said = station.sh(
        f"systemd-analyze verify --man=no {units}*.service {units}.target", check=False
    )
    assert [line for line in said.splitlines() if "midstance" in line] == []
    assert station.sh("cat /proc/sys/kernel/sysrq") == "0"


def test_a_keyboard_opens_nothing(station):
    before = station.show("MainPID")["MainPID"]
    for keys in (("ctrl", "alt", "f2"), ("ctrl", "alt", "delete"), ("alt", "sysrq", "b"), ("esc",)):
        station.type(*keys)
        time.sleep(1)
    time.sleep(5)
    assert station.screen == "idle"
    assert station.show("MainPID")["MainPID"] == before
    assert bright_share(station.picture("after_keys")) > NOT_BLACK


def test_a_session_is_run_by_buttons_and_found_whole_on_the_stick(station):
    image = make_stick(station.work / "stick.img", 64, "vfat")
    station.plug(image)
    seen = station.sh(
        'await() { for i in $(seq 900); do sh -c "$1" && break; sleep 0.1; done; }\n'
        "await 'test -b /dev/sda1'; cut -d' ' -f1 /proc/uptime\n"
        "await 'grep -q /media/midstance/ /proc/mounts'; cut -d' ' -f1 /proc/uptime"
    ).split()
    print(f"\n  mounted {float(seen[1]) - float(seen[0]):.1f} s after the kernel knew it")
    [mount] = station.mounts()
    for option in ("nosuid", "nodev", "noexec", "rw"):
        assert option in mount.split()[3].split(",")
    assert mount.split()[2] in FILE_SYSTEMS
    assert station.sh("stat -c '%U %a' /media/midstance/sda1") == "midstance 700"

    station.press(GREEN)
    station.await_screen("live")
    time.sleep(40)
    station.picture("live")
    assert len(set(station.light(GREEN_LIGHT))) >= 1
    station.press(GREEN)
    station.await_screen("results")
    time.sleep(10)
    assert bright_share(station.picture("results")) > NOT_BLACK
    station.wait("the summary", lambda: pressed_to_save(station), SLOW_S, 5.0)
    station.await_screen("saved")
    station.picture("saved")
    assert station.mounts() == [], "it says safe to remove"
    station.pull()
    with opened(image) as root:
        [folder] = whole_sessions(root)
        names = {path.name for path in folder.iterdir()}
        print(f"  {folder.relative_to(root)}: {sorted(names)}")
        assert any(name.endswith(".mp4") for name in names)
        assert any(name.endswith(".json") for name in names)
    station.press(GREEN)
    station.await_screen("idle")


def pressed_to_save(station) -> bool:
    """Blue saves once there is something to save."""
    if station.screen == "results":
        station.press(BLUE)
        time.sleep(2)
    return station.screen in ("saving", "saved")


@pytest.mark.parametrize(
    ("file_system", "partitioned"), [("exfat", False), ("ext4", True)], ids=["exfat", "ext4"]
)
def test_other_sticks_are_mounted_and_two_at_once(station, file_system, partitioned):
    first = make_stick(station.work / "a.img", 64, file_system, partitioned=partitioned)
    second = make_stick(station.work / "b.img", 64, "vfat")
    station.plug(first, "a")
    station.wait("the first", lambda: len(station.mounts()) == 1, SLOW_S)
    station.plug(second, "b")
    station.wait("both", lambda: len(station.mounts()) == 2, SLOW_S)
    for mount in station.mounts():
        assert {"nosuid", "nodev", "noexec"} <= set(mount.split()[3].split(","))
        folder = mount.split()[1]
        # As the kiosk's user: a folder is made and taken away again.
        station.sh(
            f"setpriv --reuid=midstance --regid=midstance --clear-groups sh -c "
            f"'mkdir {folder}/probe && rmdir {folder}/probe'"
        )
    station.pull("a")
    station.pull("b")
    station.wait("both gone", lambda: station.mounts() == [], SLOW_S)


def test_a_stick_torn_out_while_saving_loses_nothing(station):
    image = make_stick(station.work / "torn.img", 64, "vfat")
    station.plug(image)
    station.wait("the stick", lambda: len(station.mounts()) == 1, SLOW_S)
    station.run_session(20)
    station.wait("the summary", lambda: pressed_to_save(station), SLOW_S, 1.0)
    station.pull()
    with opened(image) as root:
        whole = len(whole_sessions(root))
    print(f"\n  torn out: {whole} whole")
    # It may just have been done; otherwise the screen asks for a stick.
    time.sleep(60)
    station.picture("torn_out")
    if station.screen == "saved":
        assert whole == 1, "called saved and not on the stick"
    else:
        # Still promised: it is written as soon as a stick is there again.
        again = make_stick(station.work / "again.img", 64, "vfat")
        station.plug(again, "again")
        station.await_screen("saved")
        station.pull("again")
        with opened(again) as root:
            assert len(whole_sessions(root)) == 1
    station.press(GREEN)
    station.await_screen("idle")
    station.wait("no mount left", lambda: station.mounts() == [], SLOW_S)


def test_a_camera_that_falls_silent_comes_back(station):
    station.sh("touch /run/bench-camera-silent")
    station.wait("the loss", lambda: "no picture" in station.journal(), SLOW_S)
    station.picture("camera_lost")
    assert station.screen == "idle"
    station.sh("rm /run/bench-camera-silent")
    time.sleep(60)
    station.run_session(10)
    station.picture("camera_back")
    station.press(GREEN)
    station.await_screen("idle")


def test_a_kiosk_that_hangs_is_started_again(station):
    before = station.show("MainPID")["MainPID"]
    station.sh(f"kill -STOP {before}")
    station.wait(
        "another process",
        lambda: station.show("MainPID")["MainPID"] not in (before, "0"),
        SLOW_S,
    )
    station.await_screen("idle")
    assert int(station.show("NRestarts")["NRestarts"]) >= 1
    assert "Watchdog timeout" in station.sh("journalctl -u midstance --no-pager -o cat | tail -200")
    station.picture("after_watchdog")


def test_an_upgrade_on_the_running_station_starts_the_new_kiosk(station):
    before = station.show("MainPID")["MainPID"]
    station.sh("echo '# newer' >> /opt/bench/midstance/systemd/midstance.service")
    said = station.sh(
        "python3 /opt/bench/midstance/tools/install --no-apt --no-environment", SLOW_S
    )
    assert "Your settings stay as they are" in said
    assert station.show("MainPID")["MainPID"] != before
    assert station.show("ActiveState")["ActiveState"] == "active"
    station.await_screen("idle")


def test_a_power_cut_while_recording_comes_back_to_idle(station):
    image = make_stick(station.work / "cut.img", 64, "vfat")
    station.plug(image)
    station.wait("the stick", lambda: len(station.mounts()) == 1, SLOW_S)
    station.run_session(10)
    station.wait("the summary", lambda: pressed_to_save(station), SLOW_S, 2.0)
    station.await_screen("saved")
    station.press(GREEN)
    station.await_screen("idle")
    station.press(GREEN)
    station.await_screen("live")
    station.cut_power()
    with opened(image) as root:
        assert len(whole_sessions(root)) == 1, "what was called saved is there"
    station.start()
    assert station.show("NRestarts")["NRestarts"] == "0"
    assert bright_share(station.picture("after_power_cut")) > NOT_BLACK
    subprocess.run(["qemu-img", "check", "-q", station.work / "root.qcow2"], check=False)
