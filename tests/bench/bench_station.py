"""The installed station, from power-on to power cut, in stages that stand each for itself.

Run by `run.py` (``make bench-vm``); not collected by ``make test``. The machine is started once;
its idle state is kept, and every stage begins from it, so that one that fails spoils no other.
Screens are kept beside the image in `screens/`, to be looked at.
"""

from __future__ import annotations

import os
import random
import subprocess
import time
from pathlib import Path

import pytest
from machine import make_stick
from PIL import Image
from results import note
from station import (
    BLUE_LIGHT,
    GREEN,
    GREEN_LIGHT,
    RECOGNITION,
    SLOW_S,
    Station,
    bare_names,
    bright_share,
    changed_share,
    opened,
    slowness,
    whole_sessions,
)
from writes import cuts, read_log

from device.hardware.usb_stick import FILE_SYSTEMS

NOT_BLACK = 0.02
IDLE = "idle"
SEED = int(os.environ.get("BENCH_SEED", "5"))
TRIALS = int(os.environ.get("BENCH_TRIALS", "2"))
QUICK = bool(os.environ.get("BENCH_QUICK"))
"""On a busy machine: the power cut without a saved session before it."""
HOLIDAY = b"what somebody else has on the stick\n" * 2000


@pytest.fixture(scope="session")
def machine():
    """The one machine."""
    image = Path(os.environ.get("MIDSTANCE_BENCH", ""))
    if not (image / "root.ext4").is_file():
        pytest.skip("the bench's image is not there: make bench-vm")
    station = Station(image, image / "work")
    yield station
    station.close()


@pytest.fixture
def station(machine):
    """The machine on its idle screen, as it was after its start."""
    machine.close()
    machine.card = "root"
    if IDLE not in machine.kept():
        machine.fresh_disk()
        machine.start()
        machine.keep(IDLE)
    machine.back_to(IDLE)
    yield machine
    unasked = [each["event"] for each in machine.events if each["event"] in ("WATCHDOG", "RESET")]
    assert not unasked, "the machine was reset, and nobody asked for it"


def test_from_power_on_to_the_idle_screen_without_a_login(machine):
    station = machine
    station.fresh_disk()
    station.start()
    state = station.show("User", "NRestarts", "ActiveState", "Type", "MainPID")
    assert state["ActiveState"] == "active"
    assert state["NRestarts"] == "0", station.journal()
    user = station.sh(f"stat -c %U /proc/{state['MainPID']}")
    assert user == "midstance"
    assert station.sh("systemctl get-default") == "midstance.target"
    assert station.sh("systemctl --failed --no-legend --plain") == ""
    assert station.sh("pgrep -a agetty | grep tty1 || true") == ""
    assert "i6300ESB" in station.sh("journalctl -b --no-pager -o cat | grep -i watchdog")
    assert bright_share(station.picture("power_on")) > NOT_BLACK
    station.keep(IDLE)


def test_nobody_gets_in(station):
    assert station.sh("ss -Hlntu") == "", "a socket listens to the network"
    for unit, limit in (
        ("midstance.service", 1.5),
        ("midstance-mount@sda1.service", 2.0),
        ("midstance-firstboot.service", 2.0),
        ("midstance-overlay.service", 2.0),
    ):
        last = station.sh(f"systemd-analyze security --no-pager {unit} | tail -n 1")
        note(f"{unit} {last.split(':')[1].strip(' )-}:(')}")
        assert float(last.split(":")[1].split()[0]) <= limit
    units = "/etc/systemd/system/midstance"
    said = station.sh(
        f"systemd-analyze verify --man=no {units}*.service {units}.target", check=False
    )
    assert [line for line in said.splitlines() if "midstance" in line] == []
    assert station.sh("cat /proc/sys/kernel/sysrq") == "0"
    # The check of the overlay root, where there is none.
    said = station.sh("RUNTIME_DIRECTORY=/tmp /opt/midstance/libexec/overlay-check", check=False)
    assert "The card is written to" in said


def test_a_keyboard_opens_nothing(station):
    before = station.show("MainPID")["MainPID"]
    for keys in (("ctrl", "alt", "f2"), ("ctrl", "alt", "delete"), ("alt", "sysrq", "b"), ("esc",)):
        station.type(*keys)
        time.sleep(1)
    time.sleep(5)
    station.await_idle()
    assert station.show("MainPID")["MainPID"] == before
    assert bright_share(station.picture("keyboard")) > NOT_BLACK
    note("Ctrl+Alt+F2, Ctrl+Alt+Delete, SysRq and Escape change nothing")


def test_a_screen_that_hangs_upright_is_drawn_upright(station):
    station.sh("sed -i '/^diagonal_in/a rotation_deg = 90' /etc/midstance/midstance.toml")
    station.sh("systemctl restart --no-block midstance; sleep 5")
    station.wait(
        "the kiosk", lambda: station.show("ActiveState")["ActiveState"] == "active", SLOW_S
    )
    station.await_idle()
    station.await_camera()
    with Image.open(station.picture("portrait")) as picture:
        upright = picture.convert("RGB").rotate(-90, expand=True)
    # The buttons' bar, with green's round mark, lies at the foot of it.
    foot = upright.crop((0, upright.height * 9 // 10, upright.width, upright.height))
    colours = foot.getcolors(foot.width * foot.height)
    assert any(g > 150 > 120 > r for _, (r, g, _) in colours)
    note(f"{upright.width}x{upright.height}")


def test_idle_hardly_writes_to_the_card(station):
    look = "sync; cut -d' ' -f1 /proc/uptime; awk '$3 == \"vda\" {print $10}' /proc/diskstats"
    began_s, before = map(float, station.sh(look).split())
    time.sleep(60)
    ended_s, after = map(float, station.sh(look).split())
    per_hour = (after - before) * 512 / 1e6 / (ended_s - began_s) * 3600
    note(f"{(after - before) / 2:.0f} KiB written in {ended_s - began_s:.0f} s")
    assert per_hour < 20


def test_a_stick_is_recognised(station):
    """Each link of the chain, in the machine's own time."""
    factor = slowness(station)
    note(f"its processor is {factor:.0f} times slower than this one")
    image = make_stick(station.work / "seen.img", 64, "vfat")
    station.plug(image)
    station.wait("the kiosk", lambda: "CLIPS," in station.journal(), SLOW_S)
    links = dict(line.split() for line in station.sh(RECOGNITION).splitlines())
    zero = float(links["kernel"])
    note(", ".join(f"{name} {float(at) - zero:+.1f} s" for name, at in links.items()))
    whole = float(links["kiosk-knows-room"]) - zero
    note(
        f"recognised {whole:.1f} s after the kernel saw it: {whole / factor:.1f} s on a processor"
        " as fast as this one, and at most 1 s more, as the kiosk looks once a second"
    )
    assert whole / factor + 1.0 < 3.0


def test_a_session_is_run_by_buttons_and_found_whole_on_the_stick(station):
    image = make_stick(station.work / "stick.img", 64, "vfat", HOLIDAY)
    pristine = image.read_bytes()
    record = station.work / "stick.log"
    station.plug_and_wait(image, log=record)
    [mount] = station.mounts()
    for option in ("nosuid", "nodev", "noexec", "rw"):
        assert option in mount.split()[3].split(",")
    assert mount.split()[2] in FILE_SYSTEMS
    assert station.sh("stat -c '%U %a' /media/midstance/sda1") == "midstance 700"
    station.picture("idle_with_stick")
    assert set(station.light(GREEN_LIGHT, 40)) == {0, 1}, "green breathes"

    station.press(GREEN)
    station.await_screen("live")
    time.sleep(8)
    station.picture("live")
    station.press(GREEN)
    station.await_screen("results")
    time.sleep(8)
    assert bright_share(station.picture("results")) > NOT_BLACK
    assert 1 in station.light(BLUE_LIGHT, 20), "blue asks to be pressed"
    station.save()
    station.screenshot(station.pictures / "saving.png")
    station.await_screen("saved")
    station.picture("saved")
    assert station.mounts() == [], "it says safe to remove"
    station.pull()
    with opened(image) as root:
        [folder] = whole_sessions(root)
        names = {path.name for path in folder.iterdir()}
        note(f"whole: {', '.join(sorted(names))}")
        assert any(name.endswith(".mp4") for name in names)
        assert any(name.endswith(".json") for name in names)
    station.press(GREEN)
    station.await_idle()
    (station.work / "pristine.img").write_bytes(pristine)


def test_cut_after_any_write_the_session_is_whole_or_absent(machine):
    """Every stick that tearing out could have left of the save before, each looked into."""
    machine.close()
    pristine, record = machine.work / "pristine.img", machine.work / "stick.log"
    if not pristine.exists() or not record.exists():
        pytest.skip("no save was recorded")
    log = read_log(record)
    flushes = sum(write.flush for write in log)
    counts = {"absent": 0, "a bare name": 0, "whole": 0}
    cut, last_whole = machine.work / "cut.img", None
    seen = 0
    for how, number in cuts(pristine, log, cut, SEED, forgetful=60):
        with opened(cut) as root:
            assert (root / "HOLIDAY.TXT").read_bytes() == HOLIDAY, f"{how} {number}"
            folders, bare = whole_sessions(root), bare_names(root)
        assert len(folders) <= 1
        state = "whole" if folders else "a bare name" if bare else "absent"
        counts[state] += 1
        seen += 1
        if how == "after":
            assert not (last_whole and not folders), f"gone again {how} {number}"
            last_whole = bool(folders)
    seen_then = ", ".join(f"{count} times {state}" for state, count in counts.items())
    note(f"{len(log)} writes, {flushes} flushes; {seen} cuts (seed {SEED}): {seen_then}")
    assert last_whole, "whole in the end"
    assert counts["absent"], "there were cuts before the rename"
    assert counts["whole"], "there were cuts after the rename"


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
    note(f"{file_system}{'' if partitioned else ' without partitions'} and FAT, both written to")
    station.pull("a")
    station.pull("b")
    station.wait("both gone", lambda: station.mounts() == [], SLOW_S)


def test_a_stick_torn_out_in_the_middle_of_writing_loses_nothing(station):
    """Torn out for real, at random instants, and every time the session gets onto the next one."""
    record = station.work / "stick.log"
    # In the first third, as a slow stick is given fewer and larger writes.
    writes = (len(read_log(record)) if record.exists() else 90) // 3
    station.run_session(5)
    time.sleep(10)
    station.keep("results")
    dice = random.Random(SEED)
    counts = {"absent": 0, "whole": 0, "saved": 0}
    for trial in range(TRIALS):
        if trial:
            station.back_to("results")
        at = dice.randrange(2, writes)
        image = make_stick(station.work / f"torn{trial}.img", 64, "vfat", HOLIDAY)
        # A slow one: otherwise all is written before anybody could have looked.
        station.plug_and_wait(image, writes_per_s=2)
        before = station.writes_to()
        station.save()
        while station.writes_to() - before < at and station.screen == "saving":
            pass
        torn_at = station.writes_to() - before
        station.pull()
        with opened(image) as root:
            assert (root / "HOLIDAY.TXT").read_bytes() == HOLIDAY
            whole = len(whole_sessions(root))
        station.wait(
            "an answer",
            lambda: station.screen != "saving" or "is not saved" in station.journal(),
            SLOW_S,
        )
        saved = station.screen == "saved"
        note(
            f"torn out after {torn_at} writes: "
            + ("whole" if whole else "nothing of it there")
            + (", said to be saved" if saved else ", not said to be saved")
        )
        assert whole == 1 or not saved, "called saved and not on the stick"
        counts["saved"] += saved
        counts["whole" if whole else "absent"] += 1
        station.picture(f"torn_out_{trial}")
        if not saved:
            # Still promised: it is written as soon as a stick is there again.
            again = make_stick(station.work / "again.img", 64, "vfat")
            station.plug(again, "again")
            station.await_screen("saved")
            station.pull("again")
            with opened(again) as root:
                assert len(whole_sessions(root)) == 1
            note("on the next stick it is whole by itself")
        station.press(GREEN)
        station.await_idle()
        station.wait("no mount left", lambda: station.mounts() == [], SLOW_S)
    note(f"{TRIALS} times (seed {SEED}), the other file always unharmed")
    assert counts["absent"], "every stick was torn out too late: nothing was shown"


def test_a_camera_that_falls_silent_comes_back(station):
    """Its library hangs in stopping as well, and holds Python's lock there: all the kiosk stands
    still, until the service manager's watchdog starts another one."""
    said = "journalctl -u midstance -b -o cat | grep -c 'the screen says: The camera' || true"
    station.sh("touch /run/bench-camera-silent")
    began = time.monotonic()
    # Drawing takes this machine seconds; the camera is closed, and hangs, only afterwards.
    station.wait("the screen to say so", lambda: station.sh(said) != "0", SLOW_S)
    note(f"the screen said so {time.monotonic() - began:.0f} s after it fell silent")
    assert station.show("NRestarts")["NRestarts"] == "0", "said only by the next kiosk"
    lost = station.picture("camera_lost")
    assert bright_share(lost) > NOT_BLACK
    assert changed_share(lost, station.pictures / "power_on.png") > NOT_BLACK, "nothing is said"
    station.wait("another process", lambda: station.show("NRestarts")["NRestarts"] != "0", SLOW_S)
    note(f"the kiosk that hung with it was ended after {time.monotonic() - began:.0f} s")
    station.sh("rm /run/bench-camera-silent")
    station.await_idle()
    station.await_camera()
    time.sleep(20)
    station.run_session(10)
    station.picture("camera_back")


def test_a_kiosk_that_hangs_is_started_again(station):
    before = station.show("MainPID")["MainPID"]
    station.sh(f"kill -STOP {before}")
    station.wait(
        "another process",
        lambda: station.show("MainPID")["MainPID"] not in (before, "0"),
        SLOW_S,
    )
    station.await_idle()
    assert int(station.show("NRestarts")["NRestarts"]) >= 1
    said = station.sh("journalctl -u midstance --no-pager -o cat | tail -200")
    assert "Watchdog timeout" in said
    assert "Current thread" in said or "Thread 0x" in said, "where each thread stood"
    station.await_camera()
    station.picture("after_watchdog")
    note("the watchdog ended it, said where every thread stood, and another one is idle")


def test_an_upgrade_on_the_running_station_starts_the_new_kiosk(station):
    before = station.show("MainPID")["MainPID"]
    old = station.sh("readlink /opt/midstance/current")
    settings = station.sh("sha256sum /etc/midstance/midstance.toml")
    station.sh("echo '# newer' >> /opt/bench/next/systemd/midstance.service")
    said = station.sh("python3 /opt/bench/next/tools/install --no-apt", SLOW_S)
    note(said.splitlines()[-1])
    assert "Your settings stay as they are" in said
    assert station.sh("sha256sum /etc/midstance/midstance.toml") == settings
    assert station.show("MainPID")["MainPID"] != before
    station.await_idle()
    assert station.show("ActiveState")["ActiveState"] == "active"
    assert station.sh("readlink /opt/midstance/current") != old
    assert ".post1" in station.sh("midstance --version")
    assert station.sh(f"ls -d /opt/midstance/{old}"), "the version before stays"
    station.picture("after_upgrade")


def test_power_cut_protected_card_and_a_machine_that_hangs(station):
    """Three ends of a machine, one after the other, as each start takes minutes.

    The power is cut while it records; the next start finds a protected card (overlay root, with
    its check); then the kernel dies, and the hardware watchdog starts the machine once more.
    """
    image = make_stick(station.work / "power.img", 64, "vfat")
    station.plug_and_wait(image)
    if not QUICK:
        station.run_session(5)
        station.save()
        station.await_screen("saved")
        station.press(GREEN)
        station.await_idle()
    station.press(GREEN)
    station.await_screen("live")
    station.cut_power()
    with opened(image) as root:
        assert len(whole_sessions(root)) == (not QUICK), "what was called saved is there"

    data = station.work / "data.img"
    with data.open("wb") as file:
        file.truncate(256 * 1_048_576)
    subprocess.run(["mkfs.ext4", "-q", "-L", "data", data], check=True)
    disk = "systemd.mount-extra=LABEL=data:/var/lib/midstance:ext4:defaults,noatime"
    station.start(words=f"overlayroot=tmpfs:recurse=0 {disk}", data=data)
    assert station.show("NRestarts")["NRestarts"] == "0"
    assert station.sh("systemctl --failed --no-legend --plain") == ""
    assert bright_share(station.picture("after_power_cut")) > NOT_BLACK
    note("idle again after the power cut, on a protected card")
    assert station.sh("findmnt -no FSTYPE /") == "overlay"
    check = station.show("ActiveState", "Result", unit="midstance-overlay.service")
    assert check == {"ActiveState": "active", "Result": "success"}
    assert station.sh("ls /run/midstance-overlay") == ""
    # Without a partition for the sessions it must say so.
    said = station.sh(
        "unshare --mount sh -c 'umount --lazy /var/lib/midstance;"
        " RUNTIME_DIRECTORY=/tmp /opt/midstance/libexec/overlay-check'",
        check=False,
    )
    assert "is lost when it is switched off" in said
    station.sh("echo gone > /etc/gone; echo kept > /var/lib/midstance/kept; sync")
    note("the check of the protected card knows it")
    station.events.clear()
    # The machine's kernel ends here, in the middle of everything.
    station.sh_no_answer("echo c > /proc/sysrq-trigger")
    began = time.monotonic()
    station.await_event("WATCHDOG", 300.0)
    note(f"the hardware watchdog bit {time.monotonic() - began:.0f} s after the kernel died")
    station.await_restart()
    station.await_idle(1800.0)
    assert station.sh("cat /var/lib/midstance/kept") == "kept"
    assert station.sh("ls /etc/gone 2>&1 || true").endswith("No such file or directory")
    assert station.show("NRestarts")["NRestarts"] == "0"
    station.picture("after_hardware_watchdog")
    station.events.clear()
