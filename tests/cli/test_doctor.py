"""`midstance doctor`: what is found, what is wrong, what to do; on machines made of files."""

from __future__ import annotations

import json
import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path

import fake_kernel
import pytest

from device.cli import main
from device.commands import doctor_checks, doctor_devices, doctor_machine, doctor_software
from device.commands.doctor_devices import camera_modes
from device.config import parse
from device.hardware import gpio_lines
from device.hardware.machine import Machine
from device.hardware.sensor_modes import SensorMode

NOW = datetime(2030, 5, 1, 12, 0, tzinfo=UTC)


class Files:
    """A machine's files below a folder."""

    def __init__(self, root: Path):
        self.machine = Machine(root)
        self._root = root

    def write(self, name, text):
        path = self._root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return self


@pytest.fixture
def pi(tmp_path):
    files = Files(tmp_path)
    files.write("proc/device-tree/model", "Raspberry Pi 5 Model B Rev 1.0\0")
    files.write("etc/os-release", 'NAME="Debian"\nPRETTY_NAME="Debian GNU/Linux 13 (trixie)"\n')
    files.write("proc/meminfo", "MemTotal:        8244224 kB\n")
    files.write("proc/cmdline", "root=PARTUUID=1 quiet\n")
    files.write("proc/self/mountinfo", "22 1 179:2 / / rw,noatime - ext4 /dev/root rw\n")
    return files


def throttled(files, bits):
    return files.write("sys/devices/platform/soc/soc:firmware/get_throttled", f"{bits:x}\n")


def test_the_computer_is_named(pi):
    found = doctor_machine.model(pi.machine)
    assert found.level == "ok"
    for part in ("Raspberry Pi 5", "trixie", "7.9 GB"):
        assert part in found.found
    pi.write("proc/meminfo", "MemTotal: 948000 kB\n")
    assert doctor_machine.model(pi.machine).level == "warn"


@pytest.mark.parametrize(
    ("bits", "level", "says"),
    [
        (0, "ok", "enough voltage"),
        (0x1, "fault", "too little voltage now"),
        (0x50005, "fault", "too little voltage now"),
        (0x50000, "warn", "since the start"),
        (0x4, "warn", "slowed down"),
    ],
)
def test_power_as_the_firmware_tells_it(pi, bits, level, says):
    (found,) = doctor_machine.power(throttled(pi, bits).machine)
    assert found.level == level
    assert says in found.found
    assert bool(found.remedy) == (level != "ok")


def test_power_as_the_voltage_sensor_tells_it(pi):
    pi.write("sys/class/hwmon/hwmon0/name", "cpu_thermal\n")
    pi.write("sys/class/hwmon/hwmon2/name", "rpi_volt\n")
    pi.write("sys/class/hwmon/hwmon2/in0_lcrit_alarm", "1\n")
    (found,) = doctor_machine.power(pi.machine)
    assert (found.name, found.level) == ("power", "fault")


def test_a_weak_supply_of_a_pi_5_is_told(pi):
    pi.write("proc/device-tree/chosen/power/max_current", struct.pack(">I", 3000))
    supply = next(doctor_machine.power(pi.machine))
    assert (supply.name, supply.level) == ("power supply", "warn")
    assert "3 A" in supply.found


def test_a_machine_that_is_no_pi_says_nothing_of_power(tmp_path):
    assert list(doctor_machine.power(Machine(tmp_path))) == []


@pytest.mark.parametrize(("milli", "level"), [(48000, "ok"), (77000, "warn"), (84000, "warn")])
def test_the_temperature(pi, milli, level):
    pi.write("sys/class/thermal/thermal_zone0/temp", f"{milli}\n")
    found = doctor_machine.temperature(pi.machine)
    assert found.level == level
    assert f"{milli // 1000} °C" in found.found


def test_a_clock_that_is_kept_is_well(pi):
    pi.write("sys/class/rtc/rtc0/since_epoch", f"{int(NOW.timestamp())}\n")
    assert doctor_machine.clock(pi.machine, NOW).level == "ok"
    late = doctor_machine.clock(pi.machine, NOW + timedelta(hours=1))
    assert late.level == "warn"
    assert "battery-backed clock says" in late.found


def test_a_pi_without_a_clock_chip_is_told(pi):
    found = doctor_machine.clock(pi.machine, NOW)
    assert found.level == "warn"
    assert "battery" in found.remedy


def test_a_date_before_the_program_was_made_is_wrong(pi):
    found = doctor_machine.clock(pi.machine, datetime(1970, 1, 2, tzinfo=UTC))
    assert found.level == "fault"
    assert "timedatectl" in found.remedy


def test_what_the_check_of_the_card_left_is_shown(pi):
    assert list(doctor_machine.card(pi.machine)) == []
    pi.write("proc/cmdline", "root=PARTUUID=1 overlayroot=tmpfs\n")
    (missing,) = doctor_machine.card(pi.machine)
    assert (missing.level, "busybox" in missing.remedy) == ("fault", True)
    pi.write("proc/self/mountinfo", "22 1 0:25 / / rw,relatime - overlay overlayroot rw,lower=/r\n")
    (there,) = doctor_machine.card(pi.machine)
    assert there.level == "ok"
    pi.write("run/midstance-overlay/problem", "What is saved on the station is lost.\n")
    (found,) = doctor_machine.card(pi.machine)
    assert (found.level, found.found) == ("fault", "What is saved on the station is lost.")


# --- devices ----------------------------------------------------------------------------------

MODES = [
    SensorMode((1536, 864), 120.13, (3072, 1728), 10),
    SensorMode((2304, 1296), 56.03, (4608, 2592), 10),
]


def test_the_cameras_modes_are_listed_and_the_one_taken_named():
    found = camera_modes(parse("").camera, "imx708", MODES)
    assert found.level == "ok"
    assert "imx708 at 2304x1296, 56.03 a second" in found.found
    assert "1536x864 120.13/s of 3072x1728" in found.details["modes"]


def test_a_camera_that_cannot_do_what_is_asked_is_told():
    slow = camera_modes(parse("[camera]\nfps = 200").camera, "imx708", MODES)
    assert slow.level == "warn"
    assert "fps = 120" in slow.remedy
    wrong = camera_modes(parse("[camera]\nsensor_mode = '999x999'").camera, "imx708", MODES)
    assert wrong.level == "fault"
    assert "2304x1296" in wrong.found


def test_a_camera_that_cannot_be_asked_does_not_stop_the_doctor(monkeypatch):
    from device.errors import MidstanceError

    monkeypatch.setattr(doctor_devices, "_ASK", "import time, sys; sys.exit('it is busy')")
    with pytest.raises(MidstanceError, match="it is busy"):
        doctor_devices._ask_camera(0)
    monkeypatch.setattr(doctor_devices, "_ASK", "import time; time.sleep(60)")
    monkeypatch.setattr(doctor_devices, "_ASK_CAMERA_S", 0.5)
    with pytest.raises(MidstanceError, match="TimeoutExpired"):
        doctor_devices._ask_camera(0)


def test_pins_and_who_uses_them(tmp_path, monkeypatch):
    kernel = fake_kernel.Pins("pinctrl-rp1", 54, {27: "spi0 CS1", 17: "lg"})
    (tmp_path / "gpiochip0").touch()
    found = gpio_lines.chips(tmp_path, kernel)
    assert [(chip.label, chip.lines) for chip in found] == [("pinctrl-rp1", 54)]
    chip = gpio_lines.header(found)
    assert gpio_lines.user_of(chip, 27, kernel) == "spi0 CS1"
    assert gpio_lines.user_of(chip, 22, kernel) is None
    monkeypatch.setattr(
        gpio_lines.user_of, "__defaults__", (kernel,)
    )  # what the check asks by default
    taken = doctor_devices._pins(chip, {"blue button": 27, "green button": 17})
    assert taken.level == "fault"
    assert taken.found == "used by something else: 27 (blue button): spi0 CS1"
    free = doctor_devices._pins(chip, {"green button": 17, "yellow button": 22})
    assert (free.level, free.found) == ("ok", "pinctrl-rp1: green button 17, yellow button 22")


def test_the_header_is_the_pis_even_when_others_have_more_pins():
    chips = [gpio_lines.Chip("/dev/gpiochip0", "gpio-sim", 64)]
    assert gpio_lines.header(chips).label == "gpio-sim"
    chips.append(gpio_lines.Chip("/dev/gpiochip4", "pinctrl-rp1", 54))
    assert gpio_lines.header(chips).label == "pinctrl-rp1"
    assert gpio_lines.header([gpio_lines.Chip("/dev/gpiochip0", "expander", 8)]) is None


def test_a_check_that_breaks_is_a_finding_and_not_the_end():
    def broken():
        raise RuntimeError("no such bus")
        yield

    (found,) = doctor_checks._safely(broken)
    assert found.level == "warn"
    assert "no such bus" in found.found


def test_everything_asked_for_is_in_the_report(capsys):
    main(["doctor", "--config", "config/gym.toml", "--json"])
    report = json.loads(capsys.readouterr().out)
    names = {check["name"] for check in report["checks"]}
    assert {
        "Midstance",
        "Python",
        "computer",
        "temperature",
        "clock",
        "configuration",
        "pose estimator",
        "pose model full",
        "camera",
        "clip encoder",
        "buttons",
        "display",
        "stick",
        "room for sessions",
    } <= names
    for check in report["checks"]:
        assert set(check) == {"name", "level", "found", "remedy", "details"}
        assert check["remedy"] or check["level"] != "fault", check


def test_programmes_are_named_and_a_broken_one_is_found(tmp_path):
    shipped = Path(__file__).resolve().parents[2] / "config" / "programmes"
    (tmp_path / "good.toml").write_bytes((shipped / "retraining.toml").read_bytes())
    (tmp_path / "bad.toml").write_text("[title]\nen = 'x'\n[[session]]\nkynd = 'baseline'\n")
    config = parse(f'[coach]\nprogrammes = "{tmp_path}"')
    bad, good = doctor_software.programmes(config)
    assert (bad.name, bad.level, good.level) == ("programme bad", "fault", "ok")
    assert "kynd" in bad.found
    assert "kind" in bad.remedy
    (none,) = doctor_software.programmes(parse('[coach]\nprogrammes = "/nowhere"'))
    assert none.level == "warn"
