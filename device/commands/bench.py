"""`midstance bench`: what this machine manages, measured on itself."""

from __future__ import annotations

import argparse
import os
import tempfile
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from device.commands.common import Subparsers, add_parser, console, finite, refuse
from device.errors import HardwareError

if TYPE_CHECKING:
    from device.bench.document import Round
    from device.bench.live import Report
    from device.ports import PoseEstimator

LIVE_S, ROUNDS, FRAMES = 30.0, 3, 600


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_parser(
        subparsers,
        "bench",
        summary="measure how fast this machine is",
        description="Measure frames a second and CPU a frame on a recording, end to end, for 1 to\n"
        "N pose workers and with the runner looked for in some frames only, beside a plain loop\n"
        "(decode, detect_for_video, nothing else) in the same run; then run the whole kiosk on\n"
        "the recording for latency, memory, start-up and drawing. Takes some four minutes; let\n"
        "nothing else run meanwhile.",
    )
    parser.add_argument(
        "clip", nargs="?", type=Path, metavar="CLIP", help="recording (default: the demo runner)"
    )
    parser.add_argument("--json", type=Path, metavar="OUT", help="write all figures as JSON")
    parser.add_argument(
        "--model", choices=("lite", "full", "heavy"), default="full", help="default: full"
    )
    parser.add_argument(
        "--pose", choices=("mediapipe", "litert"), default="mediapipe", help="default: mediapipe"
    )
    parser.add_argument(
        "--pelvis",
        choices=("auto", "stickers", "network"),
        default="auto",
        help="what measures the pelvis (default: auto)",
    )
    parser.add_argument(
        "--workers", type=int, default=2, metavar="N", help="pose workers, 1 to N (default: 2)"
    )
    parser.add_argument(
        "--size",
        type=_size,
        metavar="WxH",
        help="stretch the recording to this size first, as a stand-in for one filmed in it",
    )
    parser.add_argument(
        "--frames", type=int, default=FRAMES, metavar="N", help=f"frames a run ({FRAMES})"
    )
    parser.add_argument(
        "--rounds", type=int, default=ROUNDS, metavar="N", help=f"times through all ({ROUNDS})"
    )
    parser.add_argument(
        "--live-s",
        type=finite,
        default=LIVE_S,
        metavar="S",
        help=f"how long the kiosk runs, 0 for not at all ({LIVE_S:.0f})",
    )
    parser.add_argument(
        "--soak",
        type=finite,
        metavar="MINUTES",
        help="instead: run the kiosk for so long, and set start and end side by side",
    )
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from device.demo import demo_clip
    from device.replay.output import check_writable

    if args.workers < 1 or args.frames < 60 or args.rounds < 1:
        raise refuse(
            "--workers, --frames or --rounds is too small.",
            "At least 1 worker, 60 frames and 1 round are needed.",
        )
    if args.soak is not None and args.soak <= 0:
        raise refuse("--soak needs a number of minutes above 0.", "30 is usual.")
    if args.json is not None:
        check_writable(args.json)
    clip = args.clip or demo_clip()
    with ExitStack() as stack:
        if args.size is not None:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="midstance-bench-"))
            clip = _stretched(clip, Path(folder), args.size)
        if args.soak is not None:
            return _soak(args, clip)
        return _bench(args, clip)


def _bench(args: argparse.Namespace, clip: Path) -> int:
    from device.bench.document import document, lines
    from device.hardware.video import VideoSource

    with closing(VideoSource(clip)) as source:
        size_px = source.info.size_px
    told = console(errors=True)
    start = live = None
    if args.live_s > 0:
        # First, while the machine is as cool and as empty as when it is switched on.
        told.print("starting the kiosk ...")
        start = _live(args, clip, seconds=60.0, until_number=True)
        told.print(f"running the kiosk for {args.live_s:.0f} s ...")
        live = _live(args, clip, seconds=args.live_s + 5)
    rounds = []
    for number in range(args.rounds):
        told.print(f"round {number + 1} of {args.rounds} ...")
        rounds.append(_round(args, clip))
    found = document(
        str(args.clip or clip.name),
        size_px,
        args.size is not None,
        args.model,
        args.pose,
        rounds,
        live,
        start,
    )
    for line in lines(found):
        console().print(line, soft_wrap=True)
    _write(args.json, found)
    return 0


def _round(args: argparse.Namespace, clip: Path) -> Round:
    from device.app import pose_maker
    from device.bench import runs
    from device.bench.document import Round
    from device.gait import GaitTracker
    from device.hardware.video import VideoSource
    from device.pelvis.picture import PictureJudge
    from device.pelvis.select import make_pelvis_estimator
    from device.pipeline.schedule import PoseSchedule

    make = pose_maker(args.pose)

    def through(workers: int, schedule: PoseSchedule | None, pelvis: str) -> runs.Run:
        return runs.pipeline(
            VideoSource(clip),
            lambda: make(args.model),
            workers,
            runs.TimedPelvis(make_pelvis_estimator(pelvis)),
            GaitTracker(),
            schedule,
            PictureJudge(),
            args.frames,
        )

    with closing(_alone(args)) as estimator:
        detect = getattr(estimator, "detect_only", estimator.estimate)
        plain = runs.plain(VideoSource(clip), detect, args.frames)
    numbers = range(1, args.workers + 1)
    every = {workers: through(workers, None, args.pelvis) for workers in numbers}
    return Round(
        plain,
        every,
        through(args.workers, PoseSchedule(), args.pelvis),
        through(min(2, args.workers), None, "mediapipe"),
    )


def _alone(args: argparse.Namespace) -> PoseEstimator:
    """An estimator that looks for nobody but the runner."""
    if args.pose == "litert":
        from device.hardware.litert_pose import LitertPose

        return LitertPose(args.model, count_people=False)
    from device.hardware.mediapipe_pose import MediaPipePose

    return MediaPipePose(args.model, count_people=False)


def _soak(args: argparse.Namespace, clip: Path) -> int:
    from dataclasses import asdict

    from device.bench.document import machine, side_by_side

    console(errors=True).print(f"running the kiosk for {args.soak:g} minutes ...")
    report = _live(args, clip, seconds=60 * args.soak)
    for line in side_by_side(report):
        console().print(line)
    _write(args.json, {"soak_minutes": args.soak, "machine": machine(), **asdict(report)})
    return 0


def _live(
    args: argparse.Namespace, clip: Path, *, seconds: float, until_number: bool = False
) -> Report:
    """The kiosk in a process of its own."""
    import subprocess
    import sys

    import msgspec

    from device.bench.live import Arguments, Report

    given = Arguments(
        clip=str(clip.resolve()),
        seconds=seconds,
        estimator=args.pose,
        model=args.model,
        workers=args.workers,
        until_number=until_number,
    )
    done = subprocess.run(
        [sys.executable, "-m", "device.bench.live", msgspec.json.encode(given).decode()],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "SDL_VIDEODRIVER": "dummy"},
    )
    if done.returncode != 0 or not done.stdout.strip():
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise HardwareError(
            f"The kiosk did not come to its end ({last}).",
            remedy="Try it by itself first: midstance run --headless",
        )
    return msgspec.json.decode(done.stdout.strip().splitlines()[-1], type=Report)


def _stretched(clip: Path, folder: Path, size_px: tuple[int, int]) -> Path:
    from device.clips.scaled import scale

    target = folder / f"{clip.stem}_{size_px[0]}x{size_px[1]}.mp4"
    console(errors=True).print(f"stretching {clip.name} to {size_px[0]}x{size_px[1]} ...")
    scale(clip, target, size_px)
    return target


def _size(text: str) -> tuple[int, int]:
    """An argparse type: "1280x720"."""
    width, _, height = text.partition("x")
    if not (width.isdigit() and height.isdigit() and int(width) >= 160 and int(height) >= 160):
        raise argparse.ArgumentTypeError(f"{text!r} is no size like 1280x720")
    return int(width), int(height)


def _write(path: Path | None, found: dict[str, Any]) -> None:
    if path is None:
        return
    import json

    from device.replay.output import atomic_file

    with atomic_file(path) as out:
        out.write((json.dumps(found, indent=1) + "\n").encode())
