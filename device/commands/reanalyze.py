"""`midstance reanalyze`: kept sessions by the algorithm as it is now."""

from __future__ import annotations

import argparse
from pathlib import Path

from device.commands.common import Subparsers, add_config_option, add_parser, console, refuse
from device.commands.sessions import opened
from device.errors import InputError


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_parser(
        subparsers,
        "reanalyze",
        summary="analyse kept sessions again, by the algorithm as it is now",
        description="Analyse sessions kept on this device again, from their tracks. The new\n"
        "numbers stand beside the old ones; nothing is overwritten. SESSION is a number of\n"
        "`midstance sessions list`, or a uuid or the beginning of one.",
    )
    parser.add_argument("session", metavar="SESSION", nargs="*")
    parser.add_argument("--all", action="store_true", help="all that were not analysed by it yet")
    parser.add_argument(
        "--again", action="store_true", help="also those that this version has analysed"
    )
    add_config_option(parser)
    parser.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        help="folder of the sessions (default: data_dir of the configuration)",
    )
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from device import ALGORITHM_VERSION
    from device.reanalysis import needs, reanalyze

    if bool(args.session) == args.all:
        raise refuse("Say which sessions.", "Name some, or give --all.")
    failed = 0
    with opened(args) as store:
        if args.all:
            uuids = [session.uuid for session in reversed(store.history(most=100_000))]
        else:
            uuids = [store.find(name) for name in args.session]
        for uuid in uuids:
            before = store.read(uuid)
            if not args.again and not needs(store, uuid):
                print(f"Session {before.number}: version {ALGORITHM_VERSION} has analysed it.")
                continue
            try:
                with console(errors=True).status(f"Session {before.number}"):
                    after = reanalyze(store, uuid)
            except InputError as error:
                if not args.all:
                    raise
                print(f"Session {before.number}: {error}")
                failed += 1
                continue
            parts = []
            for name in ("left", "right"):
                values = [
                    getattr(each.summary, name).midstance_drop_deg if each.summary else None
                    for each in (before, after)
                ]
                was, now = (f"{v.mean:.2f}" if v else "unknown" for v in values)
                parts.append(f"{name} {was} -> {now} degrees")
            print(f"Session {before.number}: {', '.join(parts)}.")
    return 1 if failed else 0
