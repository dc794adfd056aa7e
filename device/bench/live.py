"""The whole kiosk in a process of its own, on a recording that plays like a camera.

``python -m device.bench.live ARGUMENTS`` is what `midstance bench` starts: so start-up times and
memory are those of the kiosk and of nothing else. One session runs by itself, without a display
that anybody sees, and what it cost is printed as JSON. Not a command for people.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from device.bench.probe import ThreadClocks, Usage, since_start_s, usage
from device.clock import NS_PER_S, Clock
from device.config import Config
from device.domain.kiosk import Button, ScreenModel, ScreenName
from device.kiosk import Kiosk
from device.ports import Display
from device.session.operator import Act, Operator

AGAIN_S = 1.0
SAMPLE_S = 10.0
SETTLES_S = 5.0
"""Latencies of the first seconds, while models load, are no measure."""


class Arguments(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be run."""

    clip: str
    seconds: float
    estimator: str = "mediapipe"
    model: str = "full"
    workers: int | str = 2
    rate_hz: float | str = "auto"
    size: tuple[int, int] = (1280, 720)
    until_number: bool = False
    """End as soon as the first number was drawn."""


@dataclass(slots=True)
class Report:
    """What it came to. Times in seconds since the process began; `samples` every ten seconds."""

    first_picture_s: float | None = None
    live_s: float | None = None
    first_number_s: float | None = None
    latency_ms: dict[str, float] | None = None
    inference_ms: float | None = None
    frame_ms: float | None = None
    fps: float | None = None
    measured_fps: float | None = None
    poses_hz: float | None = None
    dropped: int = 0
    skipped: int = 0
    clip_dropped: int = 0
    late: int = 0
    draw_ms: dict[str, float] | None = None
    cpu_ms_a_frame: dict[str, float] = field(default_factory=dict)
    cores_busy: float | None = None
    samples: list[dict[str, float]] = field(default_factory=list)


class _Sitter(Operator):
    """Presses green until the run is on, and ends after it has lasted."""

    def __init__(self, seconds: float, enough: Any) -> None:
        super().__init__(seconds)
        self._seconds = seconds
        self._enough_known = enough
        self._last_s = 0.0

    def look(self, model: ScreenModel) -> Act:
        if model.screen is ScreenName.LIVE:
            return Act(done=model.elapsed_s >= self._seconds or self._enough_known())
        ready = {item.part: item.level.value for item in model.health}.get("pose") == "ok"
        if ready and model.t_s - self._last_s >= AGAIN_S:
            self._last_s = model.t_s
            return Act(press=Button.GREEN)
        return Act()


class _Watched:
    """A display that notes when what was drawn; everything else is the real one's."""

    def __init__(self, display: Display, clock: Clock, report: Report) -> None:
        self._display = display
        self._clock = clock
        self._report = report
        self._drawn_ns: int | None = None
        self._live_since_s: float | None = None
        self.latency_s: list[float] = []
        self.draw_s: list[float] = []

    def draw(self, model: ScreenModel) -> None:
        before = time.thread_time()
        self._display.draw(model)
        spent = time.thread_time() - before
        report = self._report
        if report.first_picture_s is None and model.picture is not None:
            report.first_picture_s = since_start_s()
        if model.screen is not ScreenName.LIVE:
            return
        if report.live_s is None:
            report.live_s, self._live_since_s = since_start_s(), model.t_s
        gait = model.gait
        if report.first_number_s is None and gait is not None:
            numbers = (gait.left.midstance_drop_deg, gait.right.midstance_drop_deg)
            if None not in numbers:
                report.first_number_s = since_start_s()
        if self._live_since_s is None or model.t_s - self._live_since_s < SETTLES_S:
            return
        self.draw_s.append(spent)
        picture = model.picture
        if gait is not None and picture is not None and picture.frame.t_ns != self._drawn_ns:
            self._drawn_ns = picture.frame.t_ns
            self.latency_s.append((self._clock.now_ns() - picture.frame.t_ns) / NS_PER_S)
            # The newest ten thousand are plenty, and a soak must not grow by its own notes.
            del self.latency_s[:-10_000], self.draw_s[:-10_000]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._display, name)


def run(arguments: Arguments) -> Report:
    """Run the kiosk; raises what it raises."""
    from device.app import parts_of
    from device.hardware.lean import few_arenas

    few_arenas()
    report = Report()
    with tempfile.TemporaryDirectory(prefix="midstance-bench-") as folder:
        config = _config(arguments, Path(folder))
        os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
        from device.ui.window import make_display

        display: Any = make_display(config.screen, headless=True)
        parts = parts_of(config, display)
        watched = _Watched(display, parts.clock, report)
        parts.display = watched
        kiosk = Kiosk(config, parts)
        sampler = _Sampler(kiosk, report)
        sitter = _Sitter(
            arguments.seconds,
            lambda: arguments.until_number and report.first_number_s is not None,
        )
        try:
            kiosk.start()
            sampler.start()
            kiosk.run(sitter, None)
        finally:
            sampler.end()
            kiosk.close()
        _fill(report, watched, kiosk, sampler)
    return report


class _Sampler(threading.Thread):
    """Notes figures every ten seconds of the run."""

    def __init__(self, kiosk: Kiosk, report: Report) -> None:
        super().__init__(name="sampler", daemon=True)
        self._kiosk = kiosk
        self._report = report
        self._over = threading.Event()
        self.clocks: ThreadClocks | None = None
        self.begun: tuple[float, int, int, int] | None = None
        self.ended: tuple[float, int, int, int] | None = None
        self.spent_s: dict[str, float] = {}

    def counts(self) -> tuple[float, int, int, int]:
        """Time, frames taken, frames dropped, poses."""
        pool = self._kiosk.pool
        return time.perf_counter(), self._kiosk.camera.frames, pool.dropped, pool.posed

    def run(self) -> None:
        while self._report.live_s is None:
            if self._over.wait(0.05):
                return
        if self._over.wait(SETTLES_S):
            return
        self.clocks, self.begun = ThreadClocks(), self.counts()
        before = self.begun
        while not self._over.wait(SAMPLE_S):
            before = self._sample(before)

    def end(self) -> None:
        """Take the last figures; the kiosk still runs."""
        if self.clocks is not None:
            self.spent_s, self.ended = self.clocks.spent_s(), self.counts()
        self._over.set()

    def _sample(self, before: tuple[float, int, int, int]) -> tuple[float, int, int, int]:
        now = self.counts()
        span_s = now[0] - before[0]
        used: Usage = usage()
        self._report.samples.append(
            {
                "t_s": round(since_start_s(), 1),
                **{name: round(value, 1) for name, value in asdict(used).items()},
                "fps": round((now[1] - before[1]) / span_s, 2),
                "dropped": now[2],
                "poses_hz": round((now[3] - before[3]) / span_s, 2),
            }
        )
        return now


def _fill(report: Report, watched: _Watched, kiosk: Kiosk, sampler: _Sampler) -> None:
    pool = kiosk.pool
    report.inference_ms = None if pool.usual_s is None else 1000 * pool.usual_s
    info = kiosk.camera.info
    report.frame_ms = None if info is None else 1000 / info.fps
    report.dropped, report.late = pool.dropped, pool.late
    recorder: Any = kiosk._parts.recorder
    report.clip_dropped = int(getattr(recorder, "dropped", 0))
    report.latency_ms = _spread(watched.latency_s)
    report.draw_ms = _spread(watched.draw_s)
    if sampler.begun is None or sampler.ended is None:
        return
    span_s = sampler.ended[0] - sampler.begun[0]
    frames = sampler.ended[1] - sampler.begun[1]
    report.fps = frames / span_s
    report.measured_fps = (frames - sampler.ended[2] + sampler.begun[2]) / span_s
    report.poses_hz = (sampler.ended[3] - sampler.begun[3]) / span_s
    report.cores_busy = sum(sampler.spent_s.values()) / span_s
    report.cpu_ms_a_frame = {
        name: round(1000 * spent / frames, 3)
        for name, spent in sorted(sampler.spent_s.items(), key=lambda item: -item[1])
    }


def _spread(values_s: list[float]) -> dict[str, float] | None:
    if not values_s:
        return None
    values = 1000 * np.array(values_s)
    return {
        "median": round(float(np.median(values)), 2),
        "p95": round(float(np.percentile(values, 95)), 2),
        "n": len(values_s),
    }


def _config(given: Arguments, folder: Path) -> Config:
    replace = msgspec.structs.replace
    plain = Config()
    return replace(
        plain,
        camera=replace(plain.camera, source="video", path=given.clip, loop=True),
        pose=replace(
            plain.pose,
            estimator=given.estimator,
            model=given.model,
            threads=given.workers,
            rate_hz=given.rate_hz,
        ),
        session=replace(
            plain.session,
            setup="offered",
            standing_zero="off",
            countdown_s=0.0,
            maximum_s=14_400.0,
        ),
        buttons=replace(plain.buttons, source="none"),
        stick=replace(plain.stick, source="folder", path=str(folder / "stick")),
        storage=replace(plain.storage, data_dir=str(folder / "data")),
        screen=replace(
            plain.screen,
            display="headless",
            width_px=given.size[0],
            height_px=given.size[1],
            live_view="full",
        ),
    )


def main(argv: list[str]) -> int:
    """Take the arguments as JSON, print the report as JSON."""
    arguments = msgspec.json.decode(argv[1], type=Arguments)
    report = run(arguments)
    print(json.dumps(asdict(report)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
