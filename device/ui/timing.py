"""What drawing a run costs: ``python -m device.ui.timing``.

Every frame brings a new picture and a new tilt, every fortieth a step of each side (with a new
curve and a new mark among the steps), every sixtieth a second, as at 60 frames a second. CPU time
of the process, not of the wall.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from device.config import Screen
from device.domain.frames import Frame
from device.domain.kiosk import Picture, ScreenModel
from device.domain.results import SideUpdate
from device.ui.samples import T_S, curve, recent_steps, sample_models
from device.ui.window import make_display

PICTURES = ((640, 480), (1280, 720), (720, 1280))


@dataclass(frozen=True, slots=True)
class DrawCost:
    """CPU milliseconds a frame."""

    mean_ms: float
    median_ms: float
    p95_ms: float


def live_draw_cost(screen: Screen, picture_px: tuple[int, int], frames: int = 300) -> DrawCost:
    """Draw `frames` frames of a run without a display and take the time."""
    display = make_display(screen, headless=True)
    model = sample_models()["live"]
    images = _images(model, picture_px)
    spent_ms = []
    for i in range(frames + 5):
        now = _moment(model, i, images[i % len(images)])
        begun = time.process_time()
        display.draw(now)
        spent_ms.append(1000 * (time.process_time() - begun))
    display.close()
    # The first frames draw everything and fill the caches.
    spent = np.array(spent_ms[5:])
    return DrawCost(float(spent.mean()), float(np.median(spent)), float(np.percentile(spent, 95)))


def _images(model: ScreenModel, size_px: tuple[int, int]) -> list[np.ndarray]:
    assert model.picture is not None
    base = np.resize(model.picture.frame.image, (size_px[1], size_px[0], 3))
    return [np.ascontiguousarray(np.roll(base, i, axis=1)) for i in range(6)]


def _moment(model: ScreenModel, i: int, image: np.ndarray) -> ScreenModel:
    t_s = T_S + i / 60
    tilt = 5 * math.sin(i / 3.5)
    shot, gait = model.picture, model.gait
    assert shot is not None
    assert shot.pelvis is not None
    assert gait is not None
    scale = np.array([image.shape[1] / 640, image.shape[0] / 480])
    ends = None if shot.pelvis.points_px is None else shot.pelvis.points_px * scale
    line = replace(shot.pelvis, seq=i, image_angle_deg=tilt, points_px=ends)
    left = _stepped(gait.left, i // 40, t_s)
    right = _stepped(gait.right, (i + 20) // 40, t_s)
    return replace(
        model,
        t_s=t_s,
        elapsed_s=i / 60,
        picture=Picture(Frame(i, round(t_s * 1e9), image), shot.pose, line),
        gait=replace(gait, t_s=t_s, obliquity_deg=tilt, left=left, right=right),
    )


def _stepped(side: SideUpdate, steps: int, t_s: float) -> SideUpdate:
    """A side after so many steps: a curve and a scatter that differ from step to step."""
    drop = 4.0 + 0.2 * (steps % 7)
    return replace(
        side,
        steps_total=steps,
        updated_s=t_s,
        fresh_s=t_s,
        curve=curve(drop),
        recent=recent_steps(drop),
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the cost for the usual picture sizes."""
    parser = argparse.ArgumentParser(prog="python -m device.ui.timing", description=__doc__)
    parser.add_argument("--size", default="1280x720", help="screen, for example 1920x1080")
    given = parser.parse_args(arguments)
    width, height = (int(part) for part in given.size.split("x"))
    for view in ("simple", "full"):
        for picture in PICTURES:
            screen = Screen(width_px=width, height_px=height, live_view=view)
            cost = live_draw_cost(screen, picture)
            print(
                f"{given.size} {view:6} picture {picture[0]}x{picture[1]}: "
                f"mean {cost.mean_ms:.2f} median {cost.median_ms:.2f} p95 {cost.p95_ms:.2f} ms"
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
