"""The checks of `midstance doctor`, put together. None starts the kiosk, and none raises.

`doctor_software` looks at what is installed, `doctor_machine` at the computer, `doctor_devices` at
what is plugged in. A self-test with a person's help belongs beside them, in a module of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from device.commands import doctor_devices, doctor_machine, doctor_software
from device.commands.finding import Finding
from device.config import Config, digest, load
from device.errors import ConfigError

Check = Callable[[], Iterator[Finding]]


def all_checks(config_path: Path) -> list[Finding]:
    """Run all checks for the configuration at `config_path`."""
    config_finding, config = _config(config_path)
    findings: list[Finding] = []
    for check in (doctor_software.versions, doctor_machine.all_of_it):
        findings += _safely(check)
    findings.append(config_finding)
    meant = config or Config()
    findings += _safely(lambda: doctor_software.pose(meant))
    # Without a configuration nobody knows which camera, pins and folders are meant.
    if config is not None:
        findings += _safely(lambda: doctor_software.programmes(config))
        findings += _safely(lambda: doctor_devices.all_of_them(config))
    return findings


def _safely(check: Check) -> list[Finding]:
    """What a check finds; a check that breaks is a finding of its own."""
    found: list[Finding] = []
    try:
        found.extend(check())
    except Exception as error:  # noqa: BLE001 - the doctor must say something of every machine
        name = getattr(check, "__name__", "check")
        found.append(
            Finding(f"doctor ({name})", "warn", f"could not look: {type(error).__name__}: {error}")
        )
    return found


def _config(path: Path) -> tuple[Finding, Config | None]:
    try:
        config = load(path)
    except ConfigError as error:
        return Finding("configuration", "fault", error.what, error.remedy), None
    found = f"{path} ({config.station.profile}, {digest(config)})"
    return Finding("configuration", "ok", found), config
