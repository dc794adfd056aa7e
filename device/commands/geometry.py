"""`midstance geometry`: where to put the camera, and what its place costs in degrees."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from device.commands.common import Subparsers, add_parser, finite, refuse

if TYPE_CHECKING:
    from device.domain.cameras import CameraModel, SensorMode

_KEYS = ("imx708", "imx708_wide", "imx296", "imx477")
_TABLE_HEIGHTS_M = (1.60, 1.75, 1.95)


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_parser(
        subparsers,
        "geometry",
        summary="where to put the camera, and what its place costs in degrees",
        description="For a camera and a runner: how far away and how high the lens belongs, what\n"
        "is seen there, and the error that height and roll make, with the formulas\n"
        "that the measurement itself uses.",
    )
    parser.add_argument("--camera", choices=_KEYS, default="imx708", help="default: imx708")
    parser.add_argument("--mode", metavar="WxH", help="the sensor's mode (default: by --fps)")
    parser.add_argument(
        "--fps", type=_positive, default=60.0, help="pictures a second wanted (default: 60)"
    )
    parser.add_argument(
        "--lens-mm", type=_positive, metavar="MM", help="focal length of an exchangeable lens"
    )
    parser.add_argument("--portrait", action="store_true", help="the camera stands on its side")
    parser.add_argument(
        "--distance", type=_positive, default=2.6, metavar="M", help="lens to runner (default: 2.6)"
    )
    parser.add_argument(
        "--runner-height", type=_positive, default=1.75, metavar="M", help="default: 1.75"
    )
    parser.add_argument(
        "--deck-height", type=finite, default=0.2, metavar="M", help="belt above floor; 0.2"
    )
    parser.add_argument(
        "--above-hips",
        type=finite,
        default=0.0,
        metavar="M",
        help="lens above the standing runner's hips; negative: below (default: 0)",
    )
    parser.add_argument(
        "--roll", type=finite, default=0.0, metavar="DEG", help="tilt of the camera (default: 0)"
    )
    parser.add_argument(
        "--drop", type=finite, default=5.0, metavar="DEG", help="the drop it is worked out for (5)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    parser.add_argument(
        "--table", action="store_true", help="print the table of all cameras instead (Markdown)"
    )
    parser.set_defaults(run=_run)


def _positive(text: str) -> float:
    value = finite(text)
    if value <= 0:
        raise argparse.ArgumentTypeError(f"{text} is not above zero")
    return value


def _run(args: argparse.Namespace) -> int:
    from device.domain.cameras import CAMERAS
    from device.gait.placement import place, place_error

    if args.table:
        print("\n".join(table()))
        return 0
    if not 0.8 <= args.runner_height <= 2.4:
        raise refuse("--runner-height is in metres, 0.8 to 2.4.", "For example: 1.75.")
    if not 0.5 <= args.distance <= 10:
        raise refuse("--distance is in metres, 0.5 to 10.", "For example: 2.6.")
    if abs(args.above_hips) > 1.5:
        raise refuse("--above-hips is in metres, -1.5 to 1.5.", "For example: 0.1.")
    if abs(args.roll) > 45:
        raise refuse("--roll is in degrees, -45 to 45.", "For example: 1.5.")
    camera = CAMERAS[args.camera]
    if args.lens_mm and not camera.exchangeable:
        raise refuse(f"The lens of the {camera.name} cannot be exchanged.", "Leave --lens-mm out.")
    mode = _mode(camera, args.mode, args.fps)
    seen_deg, width_px = _delivered(camera, mode, args.lens_mm, portrait=args.portrait)
    where = place(
        seen_deg, width_px, args.distance, args.runner_height, args.deck_height, args.above_hips
    )
    error = place_error(args.distance, args.above_hips, args.roll, args.drop)
    if args.json:
        document = {
            "camera": camera.key,
            "mode": mode.name,
            "fps": mode.fps,
            "field_of_view_deg": [round(angle, 2) for angle in seen_deg],
            "placement": _rounded(asdict(where)),
            "error": _rounded(asdict(error)),
        }
        print(json.dumps(document, indent=1))
        return 0
    print(f"{camera.name}, {mode.name} at up to {mode.fps:.0f} pictures a second")
    stands = "portrait" if args.portrait else "landscape"
    print(f"sees {seen_deg[0]:.0f} x {seen_deg[1]:.0f} degrees ({stands}),")
    print(f"at {where.distance_m:.2f} m {where.view_m[0]:.2f} x {where.view_m[1]:.2f} m.")
    print(f"The lens belongs {where.lens_height_m:.2f} m above the floor", end="")
    print("." if args.above_hips == 0 else f" ({args.above_hips:+.2f} m from the hips).")
    enough = "enough" if where.fits else "TOO NEAR: head or feet leave the picture"
    print(f"The whole runner needs {where.nearest_m:.2f} m: {where.distance_m:.2f} m is {enough}.")
    print(f"The hip joints are {where.hips_px:.0f} of the mode's pixels apart.")
    print(f"\nError in a drop of {args.drop:g} degrees")
    print(
        f"  height (the lens looks up by {error.elevation_deg:.1f} degrees): "
        f"left {error.height_left_deg:+.2f}, right {error.height_right_deg:+.2f} when not entered; "
        f"+-{error.height_known_sd_deg:.2f} (1 SD) when entered"
    )
    print(
        f"  roll ({args.roll:g} degrees): left {error.roll_left_deg:+.2f}, right "
        f"{error.roll_right_deg:+.2f} without standing zero; none with it"
    )
    return 0


def _mode(camera: CameraModel, name: str | None, fps: float) -> SensorMode:
    if name is None:
        return camera.best_mode(fps)
    try:
        return camera.mode(name)
    except KeyError:
        known = ", ".join(mode.name for mode in camera.modes)
        raise refuse(f"The {camera.name} has no mode {name!r}.", f"It has {known}.") from None


def _delivered(
    camera: CameraModel, mode: SensorMode, lens_mm: float | None, *, portrait: bool
) -> tuple[tuple[float, float], int]:
    """Field of view and width of the picture as it is delivered."""
    across, up = camera.field_of_view_deg(mode, lens_mm)
    return ((up, across), mode.height_px) if portrait else ((across, up), mode.width_px)


def _rounded(values: dict[str, Any]) -> dict[str, Any]:
    def short(value: Any) -> Any:
        if isinstance(value, float):
            return round(value, 3)
        return [short(part) for part in value] if isinstance(value, (list, tuple)) else value

    return {key: short(value) for key, value in values.items()}


def table() -> list[str]:
    """The least distance for every camera, mode of at least 50 pictures a second and way up, as
    lines of Markdown: the table in the building guide is made of these."""
    from device.domain.cameras import CAMERAS
    from device.gait.placement import hip_height_m, place

    heights = " | ".join(f"{height:.2f} m" for height in _TABLE_HEIGHTS_M)
    lines = [
        f"| camera | mode | pictures/s | way up | sees (degrees) | {heights} | hips at 1.75 m |",
        "|---|---|---|---|---|" + "---|" * (len(_TABLE_HEIGHTS_M) + 1),
    ]
    for camera in CAMERAS.values():
        for mode in camera.modes:
            if mode.fps < 50:
                continue
            for portrait in (False, True):
                seen_deg, width_px = _delivered(camera, mode, None, portrait=portrait)
                placed = [
                    place(seen_deg, width_px, 1.0, height).nearest_m for height in _TABLE_HEIGHTS_M
                ]
                hips_px = place(seen_deg, width_px, placed[1], 1.75).hips_px
                far = " | ".join(f"{metres:.1f} m" for metres in placed)
                lens = f", {camera.focal_mm:g} mm lens" if camera.exchangeable else ""
                lines.append(
                    f"| {camera.name}{lens} | {mode.name} | {mode.fps:.0f} | "
                    f"{'portrait' if portrait else 'landscape'} | "
                    f"{seen_deg[0]:.0f} x {seen_deg[1]:.0f} | {far} | {hips_px:.0f} px |"
                )
    above = ", ".join(f"{hip_height_m(height):.2f} m" for height in _TABLE_HEIGHTS_M)
    lines += ["", f"The lens belongs at hip height: {above} above the belt for these runners."]
    return lines
