"""The command line: `midstance`, or `python -m device`."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import tempfile
import traceback
from collections.abc import Sequence

from device import ALGORITHM_VERSION, __version__
from device.errors import MidstanceError

COMMANDS = (
    "run",
    "analyze",
    "validate",
    "bench",
    "models",
    "doctor",
    "geometry",
    "sessions",
    "reanalyze",
)
"""Modules of `device.commands`, in the order of the help."""

_DESCRIPTION = """\
Midstance shows how far a runner's pelvis drops on each side, from a camera
behind the treadmill. It is for training and screening, not for diagnosis."""

_EPILOG = """\
to begin with:
  midstance models build               build the pose model (once)
  midstance run                        the kiosk, with the embedded demo runner
  midstance analyze run.mp4            the numbers of a recording
  midstance analyze run.mp4 --json out.json
  midstance doctor                     what is missing on this machine
  midstance sessions list              what is kept of sessions on this device

exit codes:
  0    done
  1    refused for another reason, or a fault in Midstance itself
  2    the command line was used wrongly, or names a session or runner that is not there
  3    a recording cannot be read
  4    a configuration file is refused
  5    a pose model is missing, damaged or cannot be built
  6    a device or a system library is absent or failed; doctor found something missing
  7    something could not be written
  130  stopped with Ctrl-C"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    return execute(build_parser().parse_args(argv))


def execute(args: argparse.Namespace) -> int:
    """Run the parsed command; whatever goes wrong becomes a message and an exit code."""
    try:
        code: int = args.run(args)
        sys.stdout.flush()
        return code
    except MidstanceError as error:
        if args.debug:
            traceback.print_exc()
        print(_readable(error), file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # Whoever read our output has enough (| head). Python would complain at exit otherwise.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001  (the last line of defence: a person sees it)
        print(_own_fault(error, debug=args.debug), file=sys.stderr)
        return 1


def build_parser() -> argparse.ArgumentParser:
    """The parser with all commands."""
    parser = argparse.ArgumentParser(
        prog="midstance",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--version",
        action="version",
        version=f"midstance {__version__} (algorithm {ALGORITHM_VERSION})",
    )
    parser.add_argument(
        "--debug", action="store_true", help="show where in the program an error arose"
    )
    subparsers = parser.add_subparsers(metavar="COMMAND", required=True, title="commands")
    for name in COMMANDS:
        importlib.import_module(f"device.commands.{name}").register(subparsers)
    return parser


def _readable(error: MidstanceError) -> str:
    lines = [f"midstance: {error.what}"]
    if error.remedy:
        lines.append(f"  {error.remedy}")
    return "\n".join(lines)


def _own_fault(error: Exception, *, debug: bool) -> str:
    trace = traceback.format_exc()
    if debug:
        return trace.rstrip()
    said = f"midstance: a fault in Midstance itself ({type(error).__name__}: {error})."
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="midstance-fault-", suffix=".txt", delete=False
        ) as file:
            file.write(f"midstance {__version__}, Python {sys.version}\n{trace}")
    except OSError:
        return f"{said}\n  Run it again with --debug to see where, and report it."
    return f"{said}\n  Where it arose is written in {file.name}; please report it."


if __name__ == "__main__":
    sys.exit(main())
