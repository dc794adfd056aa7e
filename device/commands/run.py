"""`midstance run`: the kiosk."""

from __future__ import annotations

import argparse
import importlib
from pathlib import Path

from device.commands.common import Subparsers, add_config_option, add_parser, read_config


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_parser(
        subparsers,
        "run",
        summary="run the kiosk",
        description="Run the kiosk: camera, screen and the three buttons. Without --config it\n"
        "runs the embedded demo runner, where keys stand in for the buttons:\n"
        "G or space for green, B or Enter for blue, Y for yellow; Escape leaves.",
    )
    add_config_option(parser)
    parser.add_argument(
        "--headless",
        action="store_true",
        default=None,
        help="draw without a display (chosen by itself where there is none)",
    )
    parser.add_argument(
        "--once", action="store_true", help="run one session by itself, save it and leave"
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="folder for screenshots and exported sessions"
    )
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    _, config = read_config(args.config)
    app = importlib.import_module("device.app")
    code: int = app.run(config, headless=args.headless, out_dir=args.out, once=args.once)
    return code
