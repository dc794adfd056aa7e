#!/usr/bin/env python3
"""Record a demo session of the real kiosk as an animated picture (``make recording``).

The kiosk runs on the embedded demo runner with everything it does elsewhere: camera thread, pose
network, gait core, controller, screen. Only its clock is slowed down, so that a busy machine
measures every picture; the recording is played at the speed the runner had. One session is led
through by the operator that also serves machines without a screen.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

import av  # noqa: E402
import av.filter  # noqa: E402
import msgspec  # noqa: E402
import pygame  # noqa: E402

from device import app  # noqa: E402
from device.config import load  # noqa: E402
from device.domain.kiosk import ScreenModel, ScreenName  # noqa: E402
from device.kiosk import Kiosk  # noqa: E402
from device.session.operator import Operator  # noqa: E402
from device.ui.window import PygameDisplay, make_display  # noqa: E402

SIZE_PX = (640, 360)
FPS = 10
COLOURS = 224
LONGEST_S = {
    ScreenName.IDLE: 2.5,
    ScreenName.STANDING_ZERO: 5.0,
    ScreenName.LIVE: 15.0,
    ScreenName.SAVING: 2.0,
}
"""Of longer screens the end is kept: there is something to be seen by then."""
HOLD_S = {ScreenName.RESULTS: 5.0, ScreenName.SAVED: 2.5}
"""Screens that stand still are shown this long."""


class SlowClock:
    """The machine's clock, `times` slower."""

    def __init__(self, times: float) -> None:
        self._times = times
        self._begun_ns = time.monotonic_ns()

    def now_ns(self) -> int:
        """Nanoseconds; begins where the machine's clock stood."""
        return self._begun_ns + round((time.monotonic_ns() - self._begun_ns) / self._times)


class Recorder:
    """A display that keeps what it shows, small, `FPS` times a second of the kiosk's time."""

    def __init__(self, display: PygameDisplay) -> None:
        self._display = display
        self._next_s = 0.0
        self.shots: list[tuple[ScreenName, NDArray[np.uint8]]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._display, name)

    def draw(self, model: ScreenModel) -> None:
        """Draw, and keep a picture when one is due."""
        self._display.draw(model)
        if model.t_s < self._next_s:
            return
        self._next_s = max(self._next_s + 1 / FPS, model.t_s)
        surface = pygame.display.get_surface()
        assert surface is not None
        small = pygame.transform.smoothscale(surface, SIZE_PX)
        pixels = np.ascontiguousarray(pygame.surfarray.array3d(small).swapaxes(0, 1))
        self.shots.append((model.screen, pixels))


def record(times: float, live_s: float) -> list[tuple[ScreenName, NDArray[np.uint8]]]:
    """Lead a session through; returns the pictures with the screens they show."""
    config = load(ROOT / "config" / "demo.toml")
    with tempfile.TemporaryDirectory() as folder:
        config = app.replace_stick(config, Path(folder) / "stick")
        storage = msgspec.structs.replace(config.storage, data_dir=str(Path(folder) / "data"))
        config = msgspec.structs.replace(config, storage=storage)
        display = Recorder(make_display(config.screen, headless=True))
        parts = app.parts_of(config, display, SlowClock(times))  # type: ignore[arg-type]
        kiosk = Kiosk(config, parts)
        operator = Operator(live_s)
        try:
            kiosk.start()
            kiosk.run(operator)
        finally:
            kiosk.close()
    if operator.problem is not None:
        raise SystemExit(f"{operator.problem.message} {operator.problem.remedy}")
    return display.shots


def cut(shots: list[tuple[ScreenName, NDArray[np.uint8]]]) -> list[NDArray[np.uint8]]:
    """Leave out where nothing happens, and hold what there is to read."""
    runs: list[tuple[ScreenName, list[NDArray[np.uint8]]]] = []
    for screen, pixels in shots:
        if not runs or runs[-1][0] is not screen:
            runs.append((screen, []))
        runs[-1][1].append(pixels)
    frames: list[NDArray[np.uint8]] = []
    for i, (screen, pictures) in enumerate(runs):
        if screen is ScreenName.IDLE and i > 0:
            break
        longest = LONGEST_S.get(screen)
        kept = pictures if longest is None else pictures[-round(longest * FPS) :]
        missing = round(HOLD_S.get(screen, 0.0) * FPS) - len(kept)
        frames += kept + [kept[-1]] * max(0, missing)
    return frames


def write_gif(frames: list[NDArray[np.uint8]], path: Path) -> None:
    """As GIF with a palette of its own; what does not change costs nothing."""
    width, height = SIZE_PX
    graph = av.filter.Graph()
    base = Fraction(1, FPS)
    source = graph.add_buffer(width=width, height=height, format="rgb24", time_base=base)
    split = graph.add("split")
    palette = graph.add("palettegen", f"max_colors={COLOURS}:stats_mode=diff")
    use = graph.add("paletteuse", "dither=none:diff_mode=rectangle")
    sink = graph.add("buffersink")
    source.link_to(split)
    split.link_to(palette, 0, 0)
    split.link_to(use, 1, 0)
    palette.link_to(use, 0, 1)
    use.link_to(sink)
    graph.configure()
    for i, pixels in enumerate(frames):
        frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
        frame.pts = i
        graph.push(frame)
    graph.push(None)
    with av.open(str(path), "w", format="gif") as container:
        stream = container.add_stream("gif", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = width, height, "pal8"
        while True:
            try:
                frame = graph.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                break
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def main() -> int:
    """Record and write; 1 when the file is too large for a README."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--slower", type=float, default=4.0, help="how much slower than real time")
    parser.add_argument("--live", type=float, default=14.0, help="seconds of running")
    parser.add_argument("--limit-mb", type=float, default=3.0)
    given = parser.parse_args()
    os.environ["SDL_VIDEODRIVER"] = "dummy"
    frames = cut(record(given.slower, given.live))
    given.out.parent.mkdir(parents=True, exist_ok=True)
    write_gif(frames, given.out)
    size_mb = given.out.stat().st_size / 1e6
    print(f"{given.out}: {len(frames) / FPS:.0f} s, {size_mb:.2f} MB")
    return 0 if size_mb < given.limit_mb else 1


if __name__ == "__main__":
    sys.exit(main())
