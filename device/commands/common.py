"""What several commands share."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

import device
from device.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from device.config import Config
    from device.pipeline.schedule import PoseSchedule

Subparsers = Any
"""What `argparse.ArgumentParser.add_subparsers` returns; its class is private."""

CHECKOUT_CONFIG = Path(device.__file__).resolve().parent.parent / "config" / "demo.toml"
SYSTEM_CONFIG = Path("/etc/midstance/midstance.toml")


def add_parser(
    subparsers: Subparsers, name: str, *, summary: str, description: str, epilog: str = ""
) -> argparse.ArgumentParser:
    """Add a command's parser with the options that all commands have."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        name,
        help=summary,
        description=description,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    # SUPPRESS: without it the command's default would overwrite a --debug given before it.
    parser.add_argument(
        "--debug",
        action="store_true",
        default=argparse.SUPPRESS,
        help="show where in the program an error arose",
    )
    return parser


def add_config_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--config PATH``."""
    parser.add_argument(
        "--config",
        type=Path,
        metavar="PATH",
        help="configuration file (default: config/demo.toml of the checkout, else "
        f"{SYSTEM_CONFIG})",
    )


def read_config(path: Path | None) -> tuple[Path, Config]:
    """Load the named or the default configuration; raises `ConfigError`."""
    from device.config import load

    if path is None:
        path = next((p for p in (CHECKOUT_CONFIG, SYSTEM_CONFIG) if p.is_file()), None)
    if path is None:
        raise ConfigError(
            f"There is no configuration: neither {CHECKOUT_CONFIG} nor {SYSTEM_CONFIG} exists.",
            remedy="Name one with --config PATH.",
        )
    return path, load(path)


def finite(text: str) -> float:
    """An argparse type: a number that is one (argparse alone would take "nan")."""
    value = float(text)
    if value != value or value in (float("inf"), float("-inf")):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number")
    return value


def console(*, errors: bool = False) -> Console:
    """A console on stdout, or on stderr for progress and remarks."""
    from rich.console import Console

    return Console(stderr=errors, highlight=False)


def add_pose_rate_option(parser: Any) -> None:
    """Add ``--pose-rate HZ``."""
    parser.add_argument(
        "--pose-rate",
        type=finite,
        metavar="HZ",
        help="look for the runner about so often a second and measure the pelvis in every picture "
        "all the same, as the kiosk does (default: look in every picture)",
    )


def looks_of(rate_hz: float | None) -> PoseSchedule | None:
    """The schedule that ``--pose-rate`` asks for; None: every picture."""
    if rate_hz is None:
        return None
    from device.pipeline.schedule import PoseSchedule

    if not 5 <= rate_hz <= 240:
        raise refuse(
            f"--pose-rate {rate_hz:g} is impossible: it is a number from 5 to 240.",
            "18 a second is what the kiosk does; leave it out for every picture.",
        )
    return PoseSchedule(rate_hz)


def refuse(what: str, remedy: str) -> UsageError:
    """The error for a wrongly used command line."""
    return UsageError(what, remedy=remedy)
