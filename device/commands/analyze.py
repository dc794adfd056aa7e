"""`midstance analyze`: the numbers of a recording."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from device import ALGORITHM_VERSION, __version__
from device.commands import personal_gain
from device.commands.common import (
    Subparsers,
    add_parser,
    add_pose_rate_option,
    console,
    finite,
    looks_of,
    refuse,
)

if TYPE_CHECKING:
    from device.domain.frames import CameraGeometry
    from device.domain.personal import PersonalGain
    from device.gait import GaitTracker
    from device.ports import PoseEstimator
    from device.replay.analysis import Analysis, OnProgress

_GEOMETRY = {
    "above_hips_m": "--camera-above-hips-m",
    "distance_m": "--camera-distance-m",
    "hfov_deg": "--camera-hfov-deg",
    "roll_deg": "--camera-roll-deg",
}


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_parser(
        subparsers,
        "analyze",
        summary="measure the runner in a recording",
        description="Measure pelvic drop and cadence in a recording of a runner on a treadmill,\n"
        "filmed from behind. INPUT is a video (MP4, MOV, MKV ...) or a pose track (.npz with\n"
        "t_s, landmarks_px, visibility and image_size_px). Prints a table; --json writes all of\n"
        "it, with every step.",
    )
    parser.add_argument("input", type=Path, metavar="INPUT", help="the recording")
    out = parser.add_argument_group("output")
    out.add_argument("--json", metavar="OUT", help='write the analysis as JSON ("-": to stdout)')
    out.add_argument("--steps", type=Path, metavar="OUT.csv", help="write one line a step as CSV")
    out.add_argument(
        "--save-track",
        type=Path,
        metavar="OUT.npz",
        help="keep the landmarks of a video as a pose track",
    )
    out.add_argument("--quiet", action="store_true", help="no progress bar and no table")
    how = parser.add_argument_group("how it measures")
    how.add_argument(
        "--model",
        choices=("lite", "full", "heavy"),
        default="full",
        help="pose model that finds the runner in a video (default: full)",
    )
    how.add_argument(
        "--pose",
        choices=("mediapipe", "litert"),
        default="mediapipe",
        help="what runs the pose model: MediaPipe (default), or LiteRT alone where MediaPipe "
        "cannot run, as on a Raspberry Pi 4",
    )
    add_pose_rate_option(how)
    how.add_argument(
        "--pelvis",
        choices=("auto", "stickers", "network", "mediapipe"),
        default="auto",
        help="what measures the pelvis line (default: auto, stickers where it sees them)",
    )
    how.add_argument(
        "--standing-zero",
        choices=("auto", "off"),
        default="auto",
        help="auto: drops are relative to quiet standing where the recording begins with it",
    )
    how.add_argument(
        "--personal",
        type=Path,
        metavar="FILE.json",
        help="this runner's own correction of the network (made by --write-personal, or stored "
        "with the runner), in the same clothes: numbers are divided by the runner's gain",
    )
    out.add_argument(
        "--write-personal",
        type=Path,
        metavar="OUT.json",
        help="find the runner's own correction of the network from a recording with stickers",
    )
    camera = parser.add_argument_group("the camera, where it is known")
    camera.add_argument(
        "--camera-above-hips-m",
        type=finite,
        metavar="M",
        help="height of the lens above the standing runner's hips, in metres; negative: lower",
    )
    camera.add_argument(
        "--camera-distance-m", type=finite, metavar="M", help="lens to runner, in metres"
    )
    camera.add_argument(
        "--camera-hfov-deg",
        type=finite,
        metavar="DEG",
        help="horizontal field of view of the picture, in degrees",
    )
    camera.add_argument(
        "--camera-roll-deg",
        type=finite,
        metavar="DEG",
        help="tilt of the camera: by how much level lines look lower at their right end",
    )
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from device.domain.analysis import document, steps_csv
    from device.replay.output import check_writable

    geometry = _geometry(args)
    is_track = _is_track(args.input)
    if is_track and args.save_track:
        raise refuse("--save-track is for videos.", f"{args.input} is a pose track already.")
    to_stdout = args.json == "-"
    json_path = None if to_stdout or args.json is None else Path(args.json)
    outputs = (json_path, args.steps, args.save_track, args.write_personal)
    _refuse_same_file(args.input, *outputs)
    personal_gain.check(args, is_track)
    # Before minutes of work, not after.
    for path in outputs:
        if path is not None:
            check_writable(path)
    analysis = _track(args, geometry) if is_track else _video(args, geometry)
    result = document(
        analysis.summary,
        analysis.source,
        version=__version__,
        algorithm_version=ALGORITHM_VERSION,
        detector=analysis.detector,
        settings={
            "model": None if is_track else args.model,
            "pelvis": args.pelvis,
            "standing_zero": args.standing_zero,
            "camera": {name: getattr(geometry, name) for name in _GEOMETRY},
        }
        | ({} if args.personal is None else {"personal": personal_gain.load(args).to_json()}),
    )
    text = _as_json(result)
    if to_stdout:
        sys.stdout.write(text)
    elif json_path is not None:
        _write(json_path, text)
    if args.steps is not None:
        _write(args.steps, steps_csv(analysis.summary.steps))
    if args.save_track is not None:
        _save_track(args.save_track, analysis)
    if not args.quiet:
        from device.commands.analysis_table import print_table

        print_table(console(errors=to_stdout), analysis)
    return 0


def _track(args: argparse.Namespace, geometry: CameraGeometry) -> Analysis:
    from device.domain.basics import MEDIAPIPE_NETWORKS
    from device.gait import landmark_line
    from device.pelvis.select import make_pelvis_estimator
    from device.replay.analysis import analyze_track, line_of
    from device.replay.pose_track import load

    if args.pelvis in ("stickers", "network"):
        raise refuse(
            f"--pelvis {args.pelvis} needs pictures, and {args.input} is a pose track.",
            "Analyze the video, or leave --pelvis out: the track's own hips are used then.",
        )
    track = load(args.input)
    is_mediapipe = (track.detector or "").startswith(MEDIAPIPE_NETWORKS)
    if args.pelvis == "mediapipe" and not is_mediapipe:
        raise refuse(
            f"--pelvis mediapipe corrects MediaPipe's landmarks, but {args.input} does not say "
            "that MediaPipe made it.",
            'Leave --pelvis out, or put detector = "mediapipe-full" into the track if it did.',
        )
    # Landmarks of unknown making are taken as they are; a known detector's error is known too.
    line = line_of(make_pelvis_estimator("mediapipe", geometry)) if is_mediapipe else landmark_line
    with _progress(args, len(track)) as on_progress:
        return analyze_track(
            track, str(args.input), line, _tracker(args, geometry), on_progress=on_progress
        )


def _video(args: argparse.Namespace, geometry: CameraGeometry) -> Analysis:
    from device.hardware.video import VideoSource
    from device.pelvis.picture import PictureJudge
    from device.pelvis.select import make_pelvis_estimator
    from device.replay.analysis import analyze_video

    # The file first: its faults are found at once, a model takes a second to load.
    with closing(VideoSource(args.input)) as source:
        pelvis = make_pelvis_estimator(args.pelvis, geometry)
        tracker = _tracker(args, geometry, personal_gain.of(args, pelvis))
        info = source.info
        frames = info.frames or round((info.duration_s or 0.0) * info.fps) or None
        with (
            closing(_pose(args.pose, args.model)) as estimator,
            _progress(args, frames) as on_progress,
        ):
            analysis = analyze_video(
                source,
                str(args.input),
                estimator,
                pelvis,
                tracker,
                on_progress=on_progress,
                keep_poses=args.save_track is not None,
                judge=PictureJudge(),
                looks=looks_of(args.pose_rate),
            )
    if args.write_personal is not None:
        _write(args.write_personal, _as_json(personal_gain.found(pelvis).to_json()))
    return analysis


def _pose(runs_it: str, model: str) -> PoseEstimator:
    # Each takes a second to import; only one is needed.
    if runs_it == "litert":
        from device.hardware.litert_pose import LitertPose

        return LitertPose(model)
    from device.hardware.mediapipe_pose import MediaPipePose

    return MediaPipePose(model)


def _tracker(
    args: argparse.Namespace, geometry: CameraGeometry, personal: PersonalGain | None = None
) -> GaitTracker:
    from device.gait import GaitSettings, GaitTracker

    settings = GaitSettings(use_standing_zero=args.standing_zero == "auto", personal=personal)
    return GaitTracker(settings, geometry)


def _geometry(args: argparse.Namespace) -> CameraGeometry:
    """The camera options, within the limits that the configuration has for them too."""
    import msgspec

    from device.config import Geometry, allowed
    from device.domain.frames import CameraGeometry

    values = {}
    for name, option in _GEOMETRY.items():
        value = getattr(args, option[2:].replace("-", "_"))
        if value is None:
            continue
        try:
            msgspec.convert({name: value}, Geometry)
        except msgspec.ValidationError as error:
            raise refuse(
                f"{option} {value:g} is impossible: it is {allowed(Geometry, name)}.",
                "Metres and degrees are meant; leave the option out where it is not known.",
            ) from error
        values[name] = value
    return CameraGeometry(**values)


def _is_track(path: Path) -> bool:
    """By its name, or because it is a zip archive, as every .npz is."""
    if path.suffix.lower() == ".npz":
        return True
    try:
        with path.open("rb") as file:
            return file.read(4) == b"PK\x03\x04"
    except OSError:
        return False


def _refuse_same_file(recording: Path, *outputs: Path | None) -> None:
    seen = [recording.resolve()]
    for path in outputs:
        if path is None:
            continue
        if path.resolve() in seen and path.is_file():
            raise refuse(f"{path} is named twice.", "Give each output a name of its own.")
        seen.append(path.resolve())


def _as_json(result: dict[str, Any]) -> str:
    """Indented, but with lists of numbers on one line."""
    text = json.dumps(result, indent=1, ensure_ascii=False, allow_nan=False)
    # Within a JSON text a bracket followed by a line break is never part of a string.
    lists = re.compile(r"\[\n\s+([^\[\]{}]*?)\n\s*\]")
    return lists.sub(lambda m: "[" + re.sub(r",\n\s+", ", ", m[1]) + "]", text) + "\n"


def _write(path: Path, text: str) -> None:
    from device.replay.output import atomic_file

    with atomic_file(path) as out:
        out.write(text.encode("utf-8"))


def _save_track(path: Path, analysis: Analysis) -> None:
    from device.replay.pose_track import save

    save(path, analysis.poses)


@contextmanager
def _progress(args: argparse.Namespace, frames: int | None) -> Iterator[OnProgress]:
    """A progress bar on stderr, where that is a terminal."""
    screen = console(errors=True)
    if args.quiet or not screen.is_terminal:
        yield lambda done: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    columns: tuple[Any, ...] = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("frames,"),
        Remaining(compact=True),
        TextColumn("left"),
    )
    with Progress(*columns, console=screen, transient=True) as progress:
        task = progress.add_task(args.input.name, total=frames)
        yield lambda done: progress.update(task, completed=done)
