"""The computer: model, system, power, temperature, clock, card, service."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import device
from device.commands.finding import Finding
from device.hardware.machine import (
    CAPPED,
    PI5_SUPPLY_MA,
    SINCE_START,
    THROTTLED,
    UNDER_VOLTAGE,
    Machine,
)
from device.hardware.system_health import HOT_C, WARM_C, SystemHealth

LEAST_MEMORY_MB = 1800
OFF_BY_S = 120.0
SUPPLY = "Use the Raspberry Pi's own power supply, and a short, thick cable."


def all_of_it(machine: Machine | None = None) -> Iterator[Finding]:
    """Everything about the computer."""
    here = machine or Machine()
    yield model(here)
    yield from power(here)
    yield temperature(here)
    yield clock(here, datetime.now(UTC))
    yield from card(here)
    if here.is_station and machine is None:
        yield service()


def model(machine: Machine) -> Finding:
    """Which computer, which system, how much memory."""
    memory_mb = machine.memory_mb
    found = f"{machine.model or 'unknown'}, {machine.system}"
    details: dict[str, object] = {"model": machine.model, "memory_mb": memory_mb}
    if memory_mb is not None:
        found += f", {memory_mb / 1024:.1f} GB of memory"
        if memory_mb < LEAST_MEMORY_MB:
            remedy = "Use one with 2 GB or more."
            return Finding("computer", "warn", found, remedy, details)
    return Finding("computer", "ok", found, details=details)


def power(machine: Machine) -> Iterator[Finding]:
    """Whether a Pi gets the power that it needs; nothing of other machines."""
    if machine.supply_ma is not None and machine.supply_ma < PI5_SUPPLY_MA:
        yield Finding(
            "power supply",
            "warn",
            f"it promises {machine.supply_ma / 1000:g} A; a Pi 5 wants {PI5_SUPPLY_MA / 1000:g} A",
            SUPPLY,
            {"supply_ma": machine.supply_ma},
        )
    bits = machine.throttled
    if bits is None:
        if machine.is_pi:
            yield Finding("power", "ok", "this system does not say how the power is")
        return
    details: dict[str, object] = {"throttled": bits}
    if bits & UNDER_VOLTAGE:
        yield Finding("power", "fault", "too little voltage now", SUPPLY, details)
    elif bits & (UNDER_VOLTAGE << SINCE_START):
        found = "there was too little voltage since the start"
        yield Finding("power", "warn", found, SUPPLY, details)
    elif bits & (CAPPED | THROTTLED):
        found = "the processor is slowed down"
        yield Finding("power", "warn", found, "Let air to it.", details)
    else:
        yield Finding("power", "ok", "enough voltage", details=details)


def temperature(machine: Machine) -> Finding:
    """How warm the processor is."""
    degrees = SystemHealth(machine.root / "sys").hottest_c
    if degrees is None:
        return Finding("temperature", "ok", "this machine does not say")
    details: dict[str, object] = {"celsius": round(degrees, 1)}
    if degrees >= WARM_C:
        remedy = "Let air to it, or give it a fan."
        state = "too hot" if degrees >= HOT_C else "warm"
        return Finding("temperature", "warn", f"{degrees:.0f} °C, {state}", remedy, details)
    return Finding("temperature", "ok", f"{degrees:.0f} °C", details=details)


def clock(machine: Machine, now: datetime) -> Finding:
    """Whether sessions get the right date. A station has no network to ask."""
    chip = machine.clock_chip
    shown = now.astimezone().strftime("%Y-%m-%d %H:%M")
    set_it = 'Set it: sudo timedatectl set-time "2030-12-31 23:59:00"'
    built = datetime.fromtimestamp(Path(device.__file__).stat().st_mtime, UTC)
    details: dict[str, object] = {"battery_clock": chip.isoformat() if chip else None}
    if (built - now).total_seconds() > 86_400:
        found = f"{shown}, which is before this program was installed"
        return Finding("clock", "fault", found, set_it, details)
    if chip is None:
        return Finding(
            "clock",
            "warn" if machine.is_pi else "ok",
            f"{shown}; no clock that runs on when the power is off",
            "Give it one (on a Pi 5: a battery on the RTC connector), or set it after each start."
            if machine.is_pi
            else "",
            details,
        )
    if abs((chip - now).total_seconds()) > OFF_BY_S:
        found = f"{shown}, but its battery-backed clock says {chip:%Y-%m-%d %H:%M} UTC"
        return Finding("clock", "warn", found, f"{set_it}, then sudo hwclock -w", details)
    return Finding("clock", "ok", f"{shown}, kept by a battery-backed clock", details=details)


def card(machine: Machine) -> Iterator[Finding]:
    """Whether the card is protected, where that is wanted."""
    asked, there, problem = machine.overlay
    if problem:
        remedy = "See systemd/README.md, on a card that is never written."
        yield Finding("protected card", "fault", problem, remedy)
    elif asked and not there:
        found = "an overlay root is asked for on the kernel's command line and is not there"
        yield Finding(
            "protected card",
            "fault",
            found,
            "sudo apt install busybox && sudo update-initramfs -u",
        )
    elif there:
        yield Finding("protected card", "ok", "the root file system is never written")


def service() -> Finding:
    """How the installed kiosk is doing."""
    try:
        said = subprocess.run(
            ["systemctl", "show", "midstance", "-p", "ActiveState,SubState,NRestarts,Result"],
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        ).stdout
    except (OSError, subprocess.SubprocessError) as error:
        return Finding("service", "warn", f"it cannot be asked ({error})")
    state = dict(line.split("=", 1) for line in said.splitlines() if "=" in line)
    found = f"{state.get('ActiveState')} ({state.get('SubState')})"
    restarts = int(state.get("NRestarts") or 0)
    if restarts:
        found += f", started again {restarts} times since the power came on"
    details: dict[str, object] = dict(state)
    if state.get("ActiveState") != "active":
        return Finding("service", "fault", found, "journalctl -u midstance -b", details)
    if restarts:
        return Finding("service", "warn", found, "journalctl -u midstance -b", details)
    return Finding("service", "ok", found, details=details)
