"""The units: clean by systemd's own judgement, and locked down as promised."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import files
import pytest
from install_paths import SYSTEMD
from system import System

from device.hardware.usb_stick import STATION_UNIT

UNITS = sorted([*SYSTEMD.glob("*.service"), *SYSTEMD.glob("*.target")])
HOST_UNITS = Path("/usr/lib/systemd/system")


def knows_verify() -> bool:
    """Whether udevadm can judge rules."""
    if shutil.which("udevadm") is None:
        return False
    said = subprocess.run(["udevadm", "--help"], capture_output=True, text=True, check=False)
    return "verify" in said.stdout


needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None or not HOST_UNITS.is_dir(),
    reason="systemd-analyze is not here: the units were not judged by systemd",
)


@pytest.fixture
def laid(tmp_path: Path) -> Path:
    """A system's root with the station's files in it and the programs they name."""
    system = System(source=SYSTEMD.parent, root=tmp_path)
    files.lay(system, station=True)
    shutil.copytree(HOST_UNITS, tmp_path / "usr/lib/systemd/system", symlinks=True)
    for name in ("opt/midstance/bin/midstance", "usr/bin/true"):
        program = tmp_path / name
        program.parent.mkdir(parents=True)
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
    return tmp_path


@needs_systemd
def test_systemd_finds_nothing_wrong_with_the_units(laid):
    names = [unit.name.replace("@.", "@sda1.") for unit in UNITS]
    said = subprocess.run(
        ["systemd-analyze", "verify", f"--root={laid}", "--man=no", *names],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (said.returncode, said.stderr) == (0, "")


@needs_systemd
def test_systemd_would_find_what_is_wrong(laid):
    unit = laid / "etc/systemd/system/midstance.service"
    unit.write_text(unit.read_text().replace("WatchdogSec=", "WatchdogSecs="))
    said = subprocess.run(
        ["systemd-analyze", "verify", f"--root={laid}", "--man=no", "midstance.service"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "WatchdogSecs" in said.stderr


@needs_systemd
@pytest.mark.parametrize(
    ("unit", "limit"),
    [
        ("midstance.service", 1.5),
        ("midstance-mount@.service", 2.0),
        ("midstance-firstboot.service", 2.0),
        ("midstance-overlay.service", 2.0),
        ("midstance-poweroff.service", 2.0),
    ],
)
def test_exposure_is_low(unit, limit):
    said = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", SYSTEMD / unit],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", said)
    assert found is not None
    assert float(found[1]) <= limit


def test_every_service_is_one_that_the_exposure_is_checked_of():
    services = {unit.name for unit in UNITS if unit.suffix == ".service"}
    assert services == {
        "midstance.service",
        "midstance-mount@.service",
        "midstance-firstboot.service",
        "midstance-overlay.service",
        "midstance-poweroff.service",
    }


def test_the_kiosk_asks_for_the_unit_that_mounts_sticks():
    assert (SYSTEMD / STATION_UNIT.name).is_file()
    rule = (SYSTEMD / "etc/udev/rules.d/90-midstance.rules").read_text()
    assert "midstance-mount@%k.service" in rule


def test_only_sticks_may_be_mounted_by_the_kiosk():
    rule = (SYSTEMD / "etc/polkit-1/rules.d/50-midstance.rules").read_text()
    found = re.search(r"/\^(.+)\$/\.test\(unit\)", rule)
    assert found is not None
    allowed = re.compile(found[1].replace(r"\.", "[.]"))
    for unit in ("midstance-mount@sda1.service", "midstance-mount@sdb.service"):
        assert allowed.fullmatch(unit)
    for unit in (
        "midstance.service",
        "midstance-mount@mmcblk0p2.service",
        "midstance-mount@sda1.service.service",
        "ssh.service",
        "midstance-mount@-.service",
    ):
        assert not allowed.fullmatch(unit), unit


def test_the_one_other_unit_that_the_kiosk_may_start_switches_off():
    from device.hardware.power import UNIT

    unit = (SYSTEMD / UNIT.name).read_text()
    assert "SuccessAction=poweroff" in unit
    rule = (SYSTEMD / "etc/polkit-1/rules.d/50-midstance.rules").read_text()
    assert f'unit == "{UNIT.name}" && verb == "start"' in rule
    assert rule.count("Result.YES") == 2


@pytest.mark.skipif(
    not knows_verify(), reason="udevadm cannot verify rules here (systemd 254 and later)"
)
def test_udev_finds_nothing_wrong_with_the_rules():
    rules = SYSTEMD / "etc/udev/rules.d/90-midstance.rules"
    subprocess.run(["udevadm", "verify", "--no-summary", rules], check=True)
