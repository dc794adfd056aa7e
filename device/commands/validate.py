"""`midstance validate`: everything whose truth is known, measured and compared."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import device
from device import ALGORITHM_VERSION, __version__
from device.commands.common import (
    Subparsers,
    add_parser,
    add_pose_rate_option,
    console,
    looks_of,
)
from device.errors import InputError, OutputError

if TYPE_CHECKING:
    from device.domain.frames import CameraGeometry, Frame, Pose
    from device.ports import PelvisEstimator
    from device.report.scoring import Score
    from device.report.truth import Truth

_FOOTAGE = Path(device.__file__).resolve().parent.parent.parent / "shared" / "footage"
"""Beside the checkout, where the validation footage is kept."""
_DEMO = Path(device.__file__).resolve().parent / "demo"


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_parser(
        subparsers,
        "validate",
        summary="measure recordings of known truth and report the errors",
        description="Measure every recording whose truth is known and report how far off each\n"
        "method is, beside the detector's own hips as other tools show them. A recording\n"
        "NAME.mp4 or NAME.npz counts when NAME.truth.json or NAME.json lies beside it. The\n"
        "validation footage (MIDSTANCE_SHARED, or ../shared) and the demo clip are always taken.",
    )
    parser.add_argument(
        "folders", nargs="*", type=Path, metavar="FOLDER", help="more folders with recordings"
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="write REPORT.md and its pictures into DIR"
    )
    parser.add_argument(
        "--only", metavar="TEXT", help="only recordings whose name or condition contains TEXT"
    )
    parser.add_argument("--no-footage", action="store_true", help="only the FOLDERs named")
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="recordings at a time"
    )
    add_pose_rate_option(parser)
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from concurrent.futures import ProcessPoolExecutor
    from functools import partial
    from multiprocessing import get_context

    from rich.progress import track

    from device.report.truth import find

    folders = list(args.folders)
    if not args.no_footage:
        footage = Path(os.environ.get("MIDSTANCE_SHARED", _FOOTAGE.parent)) / "footage"
        folders += [folder for folder in (footage, _DEMO) if folder.is_dir()]
    truths = [
        t
        for t in find(folders)
        if args.only is None or args.only in t.name or args.only in t.condition
    ]
    if not truths:
        raise InputError(
            "There is no recording with a truth file.", remedy="Name a folder that has some."
        )
    if args.out is not None:
        try:
            args.out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"{args.out}: {error.strerror}.") from error
    # A recording is independent of all others, and Python's own work holds one core: so processes.
    with ProcessPoolExecutor(max(1, args.jobs), mp_context=get_context("spawn")) as pool:
        results = list(
            track(
                pool.map(partial(_measure, rate_hz=args.pose_rate), truths),
                description="measuring",
                total=len(truths),
                console=console(errors=True),
                transient=True,
            )
        )
    scores = [score for scores in results for score in scores]
    _print(scores)
    if args.out is not None:
        _write(scores, args.out)
        console().print(f"written: {args.out / 'REPORT.md'}")
    return 0


def _measure(truth: Truth, rate_hz: float | None = None) -> list[Score]:
    """One recording by every method there is (runs in a process of its own)."""
    from functools import partial

    from device.pelvis.network import NetworkPelvis
    from device.report.validation import PLAIN, validate

    methods = ["auto", "stickers", "mediapipe", PLAIN]
    if NetworkPelvis.available():
        methods.insert(2, "network")
    return validate(truth, partial(_open, rate_hz=rate_hz), methods, _estimator)


def _estimator(method: str, geometry: CameraGeometry) -> PelvisEstimator:
    from device.pelvis.select import make_pelvis_estimator

    return make_pelvis_estimator(method, geometry)


def _open(truth: Truth, rate_hz: float | None = None) -> Iterator[tuple[Frame | None, Pose | None]]:
    if not truth.is_video:
        from device.replay.pose_track import load

        for pose in load(truth.recording).poses():
            yield None, pose
        return
    from device.hardware.mediapipe_pose import MediaPipePose
    from device.hardware.video import VideoSource

    with (
        closing(VideoSource(truth.recording)) as source,
        closing(MediaPipePose("full")) as estimator,
    ):
        looks = looks_of(rate_hz)
        for frame in source.frames():
            if looks is None:
                yield frame, estimator.estimate(frame)
            elif looks.due(frame.t_ns):
                looks.looked(frame.t_ns)
                yield frame, estimator.estimate(frame)
            else:
                yield frame, None


def _print(scores: list[Score]) -> None:
    from rich.table import Table

    from device.report.validation_page import by, drop_table, event_table

    groups = by(scores, lambda s: s.method if s.truth.is_video else s.truth.condition)
    for title, (head, *rows) in (
        ("Drop, degrees: measured against true", drop_table(groups)),
        ("Steps and cadence", event_table(groups)),
    ):
        table = Table(title=title)
        for index, name in enumerate(head):
            table.add_column(name, justify="left" if index == 0 else "right")
        for row in rows:
            table.add_row(*row)
        wide = console()
        # Eighty columns, a terminal's poorest guess, would fold every head.
        wide.width = max(wide.width, 110)
        wide.print(table)


def _write(scores: list[Score], folder: Path) -> None:
    import platform
    from importlib.metadata import version

    from device.report import validation_plots
    from device.report.validation_page import page

    versions = {
        "midstance": __version__,
        "algorithm": ALGORITHM_VERSION,
        "mediapipe": version("mediapipe"),
        "numpy": version("numpy"),
        "Python": platform.python_version(),
        "machine": platform.machine(),
    }
    pictures = validation_plots.write(scores, folder)
    (folder / "REPORT.md").write_text(page(scores, versions=versions, pictures=pictures), "utf-8")
