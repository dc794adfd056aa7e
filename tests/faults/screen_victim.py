"""A kiosk with a window on a desktop's screen that is to be taken away: runs sessions by itself,
saves each, and says so. ``python screen_victim.py FOLDER``"""

from __future__ import annotations

import os
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS.parent), str(TESTS)]

from kiosk_bench import CONFIG, HAS_RESULTS, Bench  # noqa: E402
from kiosk_fakes import on  # noqa: E402

from device.clock import MonotonicClock  # noqa: E402
from device.config import Screen  # noqa: E402
from device.steady_display import SteadyDisplay  # noqa: E402
from device.ui.window import make_display  # noqa: E402


def say(text: str) -> None:
    os.writev(1, [f"{text}\n".encode()])


def main(folder: Path) -> None:
    window = make_display(Screen(fullscreen=False, width_px=640, height_px=360), headless=False)
    bench = Bench(folder, CONFIG, display=SteadyDisplay(window, MonotonicClock()))
    say("UP")

    def saved(model) -> bool:
        if model.screen != "saved":
            return False
        say(f"SAVED {model.saving.folder.rpartition('/')[2]}")
        return True

    steps = []
    for _ in range(100):
        steps += [
            (on("idle"), bench.green),
            (lambda m: m.screen == "live", lambda: say("RUNNING")),
            (lambda m: m.screen == "live" and m.elapsed_s > 1.0, bench.green),
            (HAS_RESULTS, bench.blue),
            (saved, bench.green),
        ]
    bench.play(*steps, timeout_s=3600.0)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
