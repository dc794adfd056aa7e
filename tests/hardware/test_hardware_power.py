"""Switching off: by the one unit that the kiosk's user may start."""

from __future__ import annotations

import pytest

from device.errors import HardwareError
from device.hardware.power import UNIT, switch_off


@pytest.fixture
def station(tmp_path):
    """A machine on which the unit is installed, and a service manager that writes down orders."""
    unit = tmp_path / UNIT.name
    unit.touch()

    def manager(says=""):
        program = tmp_path / "systemctl"
        end = f'echo "{says}" >&2; exit 1' if says else ":"
        program.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/asked\n{end}\n')
        program.chmod(0o755)
        return [str(program)]

    return tmp_path, unit, manager


def test_the_service_manager_is_asked_and_not_waited_for(station):
    folder, unit, manager = station
    switch_off(unit, manager())
    asked = (folder / "asked").read_text().split()
    assert asked == ["--no-ask-password", "--no-block", "start", "midstance-poweroff.service"]


def test_a_refusal_is_told_with_what_to_do(station):
    _, unit, manager = station
    with pytest.raises(HardwareError, match="Access denied") as caught:
        switch_off(unit, manager("Failed to start: Access denied"))
    assert "plug" in caught.value.remedy


def test_a_desk_is_not_switched_off(tmp_path):
    with pytest.raises(HardwareError, match="installed station"):
        switch_off(tmp_path / "none.service", ["/bin/false"])


def test_without_a_service_manager_that_is_said(station):
    _, unit, _ = station
    with pytest.raises(HardwareError, match="cannot be switched off"):
        switch_off(unit, ["/no/such/program"])
