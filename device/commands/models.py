"""`midstance models`: build the pose models, list what is there."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from device.commands.common import Subparsers, add_parser, console

_NAMES = ("lite", "full", "heavy")


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_parser(
        subparsers,
        "models",
        summary="build the pose models, or list what is there",
        description="The pose models find the runner in the picture. They are built once from\n"
        "registry packages and verified against pinned SHA-256 sums; afterwards no\n"
        "network is needed.",
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    build = add_parser(
        actions,
        "build",
        summary="build one model or all",
        description="Build a pose model. 'full' is the best for nearly all uses and needs pip\n"
        "alone; 'lite' (quicker, less exact) and 'heavy' (slower) also need npm.\n"
        "A model that is there and intact is left alone.",
    )
    build.add_argument(
        "models",
        nargs="*",
        type=_model,
        metavar="MODEL",
        help="full (the default), lite, heavy, or all",
    )
    build.add_argument(
        "--from",
        dest="archives",
        type=Path,
        metavar="FOLDER",
        help="take the packages from this folder instead of downloading them",
    )
    build.add_argument(
        "--keep-downloads", action="store_true", help="keep the packages after building"
    )
    build.set_defaults(run=_build)
    listing = add_parser(
        actions,
        "list",
        summary="show which models are there and intact",
        description="Show where the models live, which are there and whether they are intact.",
    )
    listing.set_defaults(run=_list)


def _model(text: str) -> str:
    if text not in (*_NAMES, "all"):
        raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join(_NAMES)}, all")
    return text


def _build(args: argparse.Namespace) -> int:
    from device.hardware import pose_models

    def say(text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    wanted = args.models or ["full"]
    names = _NAMES if "all" in wanted else dict.fromkeys(wanted)
    for name in names:
        pose_models.build(name, say=say, archives=args.archives)
    if not args.keep_downloads:
        pose_models.forget_downloads()
    return 0


def _list(args: argparse.Namespace) -> int:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from device.hardware import pose_models

    table = Table(
        title=f"Pose models in {pose_models.folder()}", title_justify="left", box=SIMPLE_HEAD
    )
    table.add_column("Model")
    table.add_column("State")
    table.add_column("Size", justify="right")
    table.add_column("SHA-256 (pinned)", no_wrap=True)
    table.add_column("How to get it")
    for name in _NAMES:
        state = pose_models.state(name)
        table.add_row(
            name,
            "[green]verified[/]" if state.verified else f"[yellow]{state.problem}[/]",
            f"{state.model.megabytes} MB",
            state.model.sha256[:16],
            "" if state.verified else f"midstance models build {name}",
        )
    console().print(table)
    return 0
