"""A day in a gym in compressed time: sessions, saves, idles, a stick that comes and goes; memory,
threads, files and leftovers stay as they are."""

from __future__ import annotations

import gc
import os
import random
import shutil
import tempfile
import threading
from collections import deque
from pathlib import Path

from kiosk_bench import CONFIG, HAS_RESULTS, Bench
from kiosk_fakes import Script, on, says
from results import Enter
from test_faults_camera_pose import saved_whole, times

from device.domain.kiosk import Button, Press

SESSIONS = 300


def rss_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def test_a_day_in_a_gym_leaves_nothing_growing(tmp_path, monkeypatch, matrix: Enter, figure):
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr(tempfile, "tempdir", None)
    chance = random.Random("a day")
    stick, away = tmp_path / "stick", tmp_path / "in-a-pocket"
    stick.mkdir()
    bench = Bench(stick, CONFIG)
    sessions = int(os.environ.get("MIDSTANCE_SOAK", times(12, SESSIONS)))
    seen: list[tuple[float, int, int, int]] = []
    begun = threading.active_count()

    def key(button, press=None):
        return lambda: bench.display.pressed.append((button, press or Press.SHORT))

    green, blue = key(Button.GREEN), key(Button.BLUE)
    blue_held, green_held = key(Button.BLUE, Press.LONG), key(Button.GREEN, Press.LONG)

    def look() -> None:
        bench.display.drawn.clear()
        gc.collect()
        files = len(os.listdir("/proc/self/fd"))
        left = sum(1 for path in temporary.rglob("*"))
        seen.append((rss_mb(), threading.active_count(), files, left))
        green()

    saved = 0
    steps = []
    for number in range(sessions):
        ends = chance.choice(["saved", "saved", "dismissed", "cancelled", "no stick"])
        ends = "saved" if number == 0 else ends
        live_s = chance.uniform(0.2, 0.8)
        steps += [(on("idle"), look)]
        running = lambda m, s=live_s: m.screen == "live" and m.elapsed_s > s  # noqa: E731
        if ends == "cancelled":
            steps += [(running, blue_held)]
            continue
        steps += [(running, green)]
        if ends == "dismissed":
            steps += [(HAS_RESULTS, green)]
        elif ends == "saved":
            steps += [(HAS_RESULTS, blue), (on("saved"), green)]
            saved += 1
        else:

            def pull() -> None:
                stick.rename(away)
                blue()

            steps += [(HAS_RESULTS, pull), (says("stick_absent"), green_held)]
            steps += [(on("idle"), lambda: away.rename(stick))]
    script = Script(*steps, (on("idle"), None), timeout_s=200 + 20.0 * sessions)
    script.seen = deque(maxlen=5)  # type: ignore[assignment]  # pictures and all
    try:
        bench.kiosk.run(script)
        script.finish()
        assert saved_whole(bench) == saved
    finally:
        assert bench.kiosk.close() == []
    shutil.rmtree(stick)
    assert script.seen
    third = max(2, len(seen) // 3)
    early, late = seen[third : 2 * third], seen[-third:]
    memory, threads, files, left = (
        (max(each[i] for each in early), max(each[i] for each in late)) for i in range(4)
    )
    assert threads[1] <= threads[0] + 1
    assert files[1] <= files[0] + 2
    assert left[1] == left[0] == 0
    assert memory[1] <= memory[0] + 25.0
    assert begun > 0
    matrix("a gym day in compressed time", "nothing grows; every save whole", sessions, sessions)
    figure("gym day: sessions, of them saved", f"{sessions}, {saved}")
    for name, (before, after), unit in (
        ("memory", memory, " MB"),
        ("threads", threads, ""),
        ("open files", files, ""),
        ("temporary files", left, ""),
    ):
        figure(
            f"gym day: {name}, most in the middle third / the last third",
            f"{before:.0f}{unit} / {after:.0f}{unit}",
        )
