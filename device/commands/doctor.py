"""`midstance doctor`: what works on this machine, what is missing, what to do about it."""

from __future__ import annotations

import argparse
import json
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from device.commands.common import (
    CHECKOUT_CONFIG,
    SYSTEM_CONFIG,
    Subparsers,
    add_config_option,
    add_parser,
    console,
    finite,
)
from device.errors import HardwareError

if TYPE_CHECKING:
    from rich.table import Table

    from device.commands.finding import Finding

_MARKS = {"ok": "[green]ok[/]", "warn": "[yellow]note[/]", "fault": "[red]FAULT[/]"}


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
    parser.add_argument(
        "--export",
        type=Path,
        metavar="FILE",
        help="also write a zip for whoever mends it: this report, versions, the configuration and "
        "crash reports; no pictures, no codes",
    )
    parser.add_argument(
        "--hardware",
        action="store_true",
        help="the self-test with a person's help: buttons, lights, camera's place, stick",
    )
    parser.add_argument(
        "--patience",
        type=finite,
        default=30.0,
        metavar="S",
        help="how long the self-test waits for a person at each step (default: 30)",
    )
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from device.commands.doctor_checks import all_checks

    path: Path | None = args.config
    if path is None:
        path = CHECKOUT_CONFIG if CHECKOUT_CONFIG.is_file() else SYSTEM_CONFIG
    if args.hardware:
        return _self_test(path, args)
    findings = all_checks(path)
    healthy = all(finding.level != "fault" for finding in findings)
    if args.export is not None:
        from device.commands.doctor_export import export

        export(args.export, _as_json(findings, healthy=healthy), path)
        console(errors=True).print(f"Written: {args.export}")
    if args.json:
        _print_json(findings, healthy=healthy)
    else:
        console().print(_table("Midstance on this machine", findings))
        console().print(
            "Nothing is missing." if healthy else "Something is missing; see the table."
        )
    return 0 if healthy else HardwareError.exit_code


def _self_test(path: Path, args: argparse.Namespace) -> int:
    """Passed is what has no fault; what a person did not confirm is noted."""
    import os
    import tempfile

    from device.app import open_display
    from device.commands.self_test import SelfTest, equipment_of
    from device.config import load

    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    config = load(path)
    said = console(errors=True)
    with ExitStack() as closing, tempfile.TemporaryDirectory() as folder:
        # Without a screen nobody sees the picture; it is on the stick.
        display, _ = open_display(config, None)
        closing.callback(display.close)
        test = SelfTest(
            equipment_of(config, display),
            lambda text: said.print(f"[bold]{text}[/]"),
            args.patience,
        )
        closing.callback(test.close)
        findings = test.run(Path(folder))
        passed = all(finding.level != "fault" for finding in findings)
        verdict = "PASSED" if passed else "FAILED"
        title = f"Self-test of {config.station.name}: {verdict}"
        findings.append(test.report(findings, _plain(_table(title, findings))))
    if args.json:
        _print_json(findings, healthy=passed)
    else:
        console().print(_table(title, findings))
    return 0 if passed else HardwareError.exit_code


def _plain(table: Table) -> str:
    """The table as a file has it."""
    import io

    from rich.console import Console

    out = io.StringIO()
    Console(file=out, width=100, color_system=None).print(table)
    return out.getvalue()


def _print_json(findings: list[Finding], *, healthy: bool) -> None:
    print(_as_json(findings, healthy=healthy))


def _as_json(findings: list[Finding], *, healthy: bool) -> str:
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
    return json.dumps({"healthy": healthy, "checks": rows}, indent=1, ensure_ascii=False)


def _table(title: str, findings: list[Finding]) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD)
    table.add_column("")
    table.add_column("What", no_wrap=True)
    table.add_column("Found", overflow="fold")
    for finding in findings:
        text = escape(finding.found)
        if finding.remedy:
            text += f"\n[bold]-> {escape(finding.remedy)}[/]"
        table.add_row(_MARKS[finding.level], finding.name, text)
    return table
