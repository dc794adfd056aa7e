"""`midstance bench`: what it measures, and the figures it makes of it."""

from __future__ import annotations

import json
import threading
import time

import pytest

from device.bench import probe
from device.bench.document import Round, document, lines, side_by_side
from device.bench.live import Report
from device.bench.runs import Run
from device.cli import main
from device.clips.scaled import scale
from device.demo import demo_clip
from device.errors import VideoError
from device.hardware import pose_models
from device.hardware.video import VideoSource

needs_model = pytest.mark.skipif(
    not pose_models.state("full").verified, reason="the pose model full is not built"
)


def a_run(fps: float, frames: int = 100, **cpu_s: float) -> Run:
    return Run(frames, frames / fps, cpu_s or {"inference": 1.0}, frames)


def a_round(plain: float, two: float, scheduled: float) -> Round:
    every = {1: a_run(plain), 2: a_run(0.9 * two)}
    return Round(a_run(plain), every, a_run(scheduled), a_run(two))


def test_ratios_are_medians_of_pairs_so_a_slow_moment_of_the_machine_does_not_count():
    # The machine is three times slower in the second round: the ratios do not see it.
    rounds = [a_round(50, 95, 210), a_round(17, 32.3, 71.4), a_round(49, 93.1, 100)]
    found = document("x.mp4", (640, 480), False, "full", "mediapipe", rounds, None, None)
    assert list(found)[:2] == ["ratio_to_plain_loop", "measured_frames_ratio"]
    assert found["ratio_to_plain_loop"] == pytest.approx(1.9)
    assert found["measured_frames_ratio"] == pytest.approx(4.2)
    assert found["ratio_with_pelvis_network"] == pytest.approx(1.71)


def test_the_share_of_everything_but_inference_and_decoding_is_told():
    run = a_run(
        50, **{"inference": 6.0, "pelvis network": 2.0, "decoding": 1.0, "pelvis": 0.6, "gait": 0.4}
    )
    rounds = [Round(run, {1: run}, run, run)]
    found = document("x.mp4", (640, 480), True, "full", "mediapipe", rounds, None, None)
    assert found["as_scheduled"]["other_share"] == pytest.approx(0.1)
    assert found["as_scheduled"]["gait_ms_a_frame"] == pytest.approx(4.0)
    assert "stand-in" in lines(found)[0]


def test_a_soak_sets_start_and_end_side_by_side():
    names = ("t_s", "resident_mb", "threads", "handles", "fps", "poses_hz", "dropped")
    samples = [{**dict.fromkeys(names, 1.0), "resident_mb": 400.0 + n} for n in range(30)]
    told = side_by_side(Report(samples=samples))
    (memory,) = [line for line in told if line.startswith("resident_mb")]
    assert memory.split()[1:] == ["401.0", "428.0"]


def test_cpu_is_counted_by_the_thread_that_spent_it():
    stop = threading.Event()

    def spin() -> None:
        until = time.thread_time() + 0.3
        while time.thread_time() < until:
            pass
        stop.wait(120)

    clocks = probe.ThreadClocks()
    busy = threading.Thread(target=spin, name="spinner-3")
    busy.start()
    deadline = time.monotonic() + 60
    while clocks.spent_s().get("spinner", 0) < 0.3 and time.monotonic() < deadline:
        time.sleep(0.05)
    spent = clocks.spent_s()
    stop.set()
    busy.join()
    assert 0.3 <= spent["spinner"] < 1.0


def test_the_process_knows_its_size():
    used = probe.usage()
    assert 10 < used.resident_mb <= used.peak_mb
    assert used.threads >= threading.active_count()
    assert used.handles >= 3
    assert 0 < probe.since_start_s() < 100_000


def test_a_clip_can_be_stretched_to_stand_in_for_another_size(tmp_path):
    target = tmp_path / "wide.mp4"
    scale(demo_clip(), target, (320, 180))
    was, now = VideoSource(demo_clip()), VideoSource(target)
    assert now.info.size_px == (320, 180)
    first = [frame.t_ns for frame, _ in zip(now.frames(), range(30), strict=False)]
    before = [frame.t_ns for frame, _ in zip(was.frames(), range(30), strict=False)]
    assert first == pytest.approx(before, abs=1e6)
    with pytest.raises(VideoError, match="even"):
        scale(demo_clip(), target, (321, 180))


@pytest.mark.parametrize(
    "wrong", [["--workers", "0"], ["--frames", "3"], ["--soak", "0"], ["--size", "12by9"]]
)
def test_nonsense_is_refused(wrong, capsys):
    try:
        code = main(["bench", *wrong])
    except SystemExit as end:
        code = end.code
    assert code == 2
    assert capsys.readouterr().err


@pytest.mark.slow
@needs_model
def test_a_short_bench_measures_everything_it_names(tmp_path, capsys):
    out = tmp_path / "bench.json"
    given = ["--frames", "90", "--rounds", "1", "--live-s", "0", "--json", str(out)]
    assert main(["bench", *given]) == 0
    found = json.loads(out.read_text())
    assert found["plain_loop"]["frames"] == 90
    assert set(found["every_frame_posed"]) == {"1", "2"}
    for run in (found["every_frame_posed"]["2"], found["as_scheduled"]):
        assert run["dropped"] == 0
        assert sum(run["cpu_share"].values()) == pytest.approx(1, abs=0.01)
        stages = {"decoding", "inference", "pelvis network", "pelvis", "gait"}
        assert stages <= set(run["cpu_share"])
        # The demo runner wears stickers: the network looks at some of their frames too.
        assert run["cpu_share"]["pelvis"] > run["cpu_share"]["pelvis network"] > 0
    assert found["every_frame_posed_alone"]["cpu_share"]["pelvis network"] == 0
    assert found["every_frame_posed"]["2"]["posed"] == 90
    assert found["as_scheduled"]["posed"] < 60
    # Of CPU time, not of the clock: how many times cheaper a measured frame is.
    assert found["cpu_ratios"]["as_scheduled"] > 1.2
    assert "Against the plain loop" in capsys.readouterr().out
