"""`midstance run`: the kiosk."""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import sys
from contextlib import suppress
from pathlib import Path

from device.commands.common import Subparsers, add_config_option, add_parser, read_config
from device.errors import MidstanceError


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


class _Journal(logging.Formatter):
    """Lines as journald reads them: the level in front, see sd-daemon(3)."""

    def format(self, record: logging.LogRecord) -> str:
        level = 3 if record.levelno >= logging.ERROR else 4 if record.levelno > logging.INFO else 6
        return "\n".join(f"<{level}>{line}" for line in super().format(record).splitlines())


def _log_to_journal() -> None:
    """On a station what happens is worth a line: a stick that came, a session that was saved."""
    if "JOURNAL_STREAM" not in os.environ:
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Journal("%(message)s"))
    logger = logging.getLogger("device")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False


def _run(args: argparse.Namespace) -> int:
    _log_to_journal()
    try:
        _, config = read_config(args.config)
        app = importlib.import_module("device.app")
        code: int = app.run(config, headless=args.headless, out_dir=args.out, once=args.once)
    except MidstanceError as error:
        _leave_word(error)
        raise
    return code


def _leave_word(error: MidstanceError) -> None:
    """For the notice on the bare screen (systemd/libexec/notice): there is no kiosk to say it."""
    folder = os.environ.get("RUNTIME_DIRECTORY", "").partition(":")[0]
    if folder:
        with suppress(OSError):
            (Path(folder) / "problem").write_text(f"{error.what}\n{error.remedy}\n", "utf-8")
