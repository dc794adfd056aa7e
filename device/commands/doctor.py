"""`midstance doctor`: what works on this machine, what is missing, what to do about it."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from device.commands.common import (
    CHECKOUT_CONFIG,
    SYSTEM_CONFIG,
    Subparsers,
    add_config_option,
    add_parser,
    console,
)
from device.errors import HardwareError

if TYPE_CHECKING:
    from device.commands.finding import Finding

_MARKS = {"ok": "[green]ok[/]", "warn": "[yellow]note[/]", "fault": "[red]MISSING[/]"}


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_parser(
        subparsers,
        "doctor",
        summary="show what works on this machine and what is missing",
        description="Check everything that the kiosk needs with its configuration: packages,\n"
        "libraries, pose models, power, temperature, clock, camera and its modes, pins,\n"
        "stick, display and room on the disk. Nothing is changed.",
        epilog=f"Exit code 0 when nothing is missing, {HardwareError.exit_code} otherwise.",
    )
    add_config_option(parser)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from device.commands.doctor_checks import all_checks

    path: Path | None = args.config
    if path is None:
        path = CHECKOUT_CONFIG if CHECKOUT_CONFIG.is_file() else SYSTEM_CONFIG
    findings = all_checks(path)
    healthy = all(finding.level != "fault" for finding in findings)
    if args.json:
        rows = [
            {
                "name": f.name,
                "level": f.level,
                "found": f.found,
                "remedy": f.remedy,
                "details": f.details or {},
            }
            for f in findings
        ]
        print(json.dumps({"healthy": healthy, "checks": rows}, indent=1, ensure_ascii=False))
    else:
        _print(findings, healthy=healthy)
    return 0 if healthy else HardwareError.exit_code


def _print(findings: list[Finding], *, healthy: bool) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.markup import escape
    from rich.table import Table

    table = Table(title="Midstance on this machine", title_justify="left", box=SIMPLE_HEAD)
    table.add_column("")
    table.add_column("What", no_wrap=True)
    table.add_column("Found", overflow="fold")
    for finding in findings:
        text = escape(finding.found)
        if finding.remedy:
            text += f"\n[bold]-> {escape(finding.remedy)}[/]"
        table.add_row(_MARKS[finding.level], finding.name, text)
    console().print(table)
    console().print("Nothing is missing." if healthy else "Something is missing; see the table.")
