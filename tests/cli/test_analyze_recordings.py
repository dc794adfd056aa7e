"""`midstance analyze` against recordings whose truth is known.

How exact the drop is, the validation judges. Here: cadence within one step a minute, left and
right never swapped, and no runner seen where there is none.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import av
import pytest
from kiosk_fakes import wait_for

from device.cli import main
from device.demo import demo_clip, demo_truth
from device.hardware import pose_models

ROOT = Path(__file__).resolve().parents[2]
SUBJECTS = ("RBDS001_25", "RBDS001_35", "RIC_20141003")
VARIANTS = (
    "clean60",
    "noisy60",
    "noisy30",
    "noisy15",
    "roll3_60",
    "low40_60",
    "drop10_60",
    "bystander60",
    "mp60",
)


def analyze(recording: Path, out: Path, *options: str) -> dict:
    assert main(["analyze", str(recording), "--json", str(out), "--quiet", *options]) == 0
    return json.loads(out.read_text())


def short_cut(source: Path, target: Path, from_s: float, to_s: float, *, every: int = 2) -> Path:
    """Write each `every`-th picture between two times of `source`, its times kept from zero on."""
    with av.open(str(source)) as reader, av.open(str(target), "w") as writer:
        video = reader.streams.video[0]
        rate = video.average_rate / every
        out = writer.add_stream("libx264", rate=rate, options={"crf": "18"})
        out.width, out.height, out.pix_fmt = video.width, video.height, "yuv420p"
        kept = 0
        for index, picture in enumerate(reader.decode(video)):
            if picture.time >= to_s:
                break
            if picture.time < from_s or index % every:
                continue
            frame = picture.reformat(format="yuv420p")
            frame.pts, frame.time_base = kept, 1 / rate
            kept += 1
            writer.mux(out.encode(frame))
        writer.mux(out.encode(None))
    return target


def sides_right(steps: list[dict], truth: list[dict], offset_s: float = 0.0) -> tuple[int, int]:
    """How many steps have a true midstance within 0.1 s, and how many of those its side."""
    near = right = 0
    for step in steps:
        at_s = step["midstance_s"] + offset_s
        nearest = min(truth, key=lambda true: abs(true["midstance_s"] - at_s))
        if abs(nearest["midstance_s"] - at_s) < 0.1:
            near += 1
            right += nearest["side"] == step["side"]
    return near, right


@pytest.fixture
def model() -> None:
    if not pose_models.state("full").verified:
        pytest.skip("the pose model is not built (midstance models build)")


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("subject", SUBJECTS)
def test_pose_tracks_of_real_runners(shared, tmp_path, subject, variant):
    recording = shared / "footage" / "mocap" / f"{subject}_{variant}.npz"
    if not recording.is_file():
        pytest.skip(f"there is no {recording.name} in the footage")
    truth = json.loads(recording.with_suffix(".truth.json").read_text())
    result = analyze(recording, tmp_path / "out.json")
    assert result["gait"] == "running"
    assert result["cadence_spm"]["mean"] == pytest.approx(truth["cadence_spm"], abs=1.0)
    near, right = sides_right(result["steps"], truth["steps"])
    assert near > 0.9 * len(result["steps"])
    assert right == near
    for side in ("left", "right"):
        assert result["sides"][side]["steps"] >= 7
        assert result["sides"][side]["midstance_drop_deg"] is not None
    # Nobody knows what made these landmarks, so nothing is corrected.
    assert result["pelvis"]["method"] == "landmarks"
    assert result["pelvis"]["fraction"] == pytest.approx(1.0, abs=0.15)
    assert result["estimate"] is False


def test_a_pose_track_without_a_runner(shared, tmp_path):
    result = analyze(shared / "footage" / "mocap" / "norunner_30.npz", tmp_path / "out.json")
    assert result["gait"] == "none"
    assert result["cadence_spm"] is None
    assert result["sides"]["left"]["midstance_drop_deg"] is None
    assert result["quality"]["verdict"] == "not_measurable"
    assert result["quality"]["reasons"][0]["remedy"]


def test_the_standing_zero_can_be_refused(shared, tmp_path):
    recording = shared / "footage" / "mocap" / "RBDS001_25_roll3_60.npz"
    with_zero = analyze(recording, tmp_path / "a.json")
    without = analyze(recording, tmp_path / "b.json", "--standing-zero", "off")
    assert without["standing_zero_deg"] is None
    zero = with_zero["standing_zero_deg"]
    assert zero is not None
    for side, sign in (("left", 1), ("right", -1)):
        raw = without["sides"][side]["midstance_drop_deg"]["mean"]
        relative = with_zero["sides"][side]["midstance_drop_deg"]["mean"]
        assert raw - relative == pytest.approx(sign * zero, abs=0.1)


@pytest.mark.slow
def test_the_demo_runner(model, tmp_path):
    """From standing to running; its stickers are found and its sides told apart."""
    truth = demo_truth()
    start_s = 4.0
    clip = short_cut(demo_clip(), tmp_path / "demo.mp4", start_s, start_s + 15.0)
    result = analyze(clip, tmp_path / "out.json", "--save-track", str(tmp_path / "track.npz"))
    assert result["gait"] == "running"
    assert result["cadence_spm"]["mean"] == pytest.approx(truth["cadence_spm"], abs=1.0)
    near, right = sides_right(result["steps"], truth["steps"], start_s)
    assert near >= 14
    assert right == near
    assert result["pelvis"]["method"] == "stickers"
    assert result["standing_zero_deg"] is not None
    left, right_side = (result["sides"][side]["midstance_drop_deg"] for side in ("left", "right"))
    assert left["mean"] == pytest.approx(truth["left"]["midstance_drop_deg"], abs=1.0)
    assert right_side["mean"] == pytest.approx(truth["right"]["midstance_drop_deg"], abs=1.0)

    # The landmarks alone, played back: same steps, and the drop is an estimate.
    again = analyze(tmp_path / "track.npz", tmp_path / "again.json")
    assert again["cadence_spm"]["mean"] == pytest.approx(result["cadence_spm"]["mean"], abs=0.2)
    assert again["pelvis"]["method"] == "mediapipe"
    assert again["estimate"] is True


@pytest.mark.slow
def test_a_walker_is_not_a_runner(model, shared, tmp_path):
    source = shared / "footage" / "rendered" / "walk_110.mp4"
    clip = short_cut(source, tmp_path / "walk.mp4", 2.0, 9.0)
    assert analyze(clip, tmp_path / "out.json")["gait"] == "walking"


@pytest.mark.slow
def test_someone_who_stands_is_standing(model, shared, tmp_path):
    source = shared / "footage" / "rendered" / "stand_run_172.mp4"
    clip = short_cut(source, tmp_path / "stand.mp4", 1.0, 6.0)
    result = analyze(clip, tmp_path / "out.json")
    assert result["gait"] == "standing"
    assert result["cadence_spm"] is None
    assert result["sides"]["right"]["midstance_drop_deg"] is None
    assert result["quality"]["reasons"]


def cpu_s(pid: int) -> float:
    """What the process has computed so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.slow
def test_ctrl_c_stops_an_analysis_and_leaves_nothing(model, tmp_path):
    out = tmp_path / "out.json"
    command = [sys.executable, "-m", "device", "analyze", str(demo_clip()), "--json", str(out)]
    process = subprocess.Popen(
        # A shell that runs the tests in the background has them ignore Ctrl-C, children included.
        ["env", "--default-signal=INT", *command],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        # In the middle of it: its libraries are loaded, and it has worked since.
        wait_for(lambda: "libmediapipe" in Path(f"/proc/{process.pid}/maps").read_text())
        loaded_s = cpu_s(process.pid)
        wait_for(lambda: cpu_s(process.pid) > loaded_s + 1.0)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=120)
    finally:
        process.kill()
    assert process.returncode == 130
    assert "Stopped." in said
    assert "Traceback" not in said
    assert list(tmp_path.iterdir()) == []
