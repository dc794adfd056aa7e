"""The pipeline on a recording, and the document that comes out of it."""

from __future__ import annotations

import csv
import io
import json
import math
from dataclasses import replace

import numpy as np
import pytest
from gait_makers import (
    FakePelvis,
    FakePose,
    FakeRecording,
    FakeTracker,
    a_pose,
    estimate,
    nobody,
    running,
)

from device.domain.analysis import SIDE_METRICS, STEP_COLUMNS, Input, document, steps_csv
from device.domain.basics import Estimate, Reason
from device.domain.frames import PelvisMethod
from device.domain.pose_track import checked
from device.replay.analysis import analyze_track, analyze_video, line_of

CUT = Reason("recording_truncated", "It is cut off.", "Copy it again.")
LOST = Reason("stickers_lost", "The stickers were lost.", "Stick them on again.", blocks=True)
LOW = Reason("camera_low", "The camera is low.", "Raise it.")


def made(summary, **more):
    source = Input("run.mp4", "video", 900, 60.0, 15.0)
    return document(summary, source, version="1.2.3", algorithm_version="4", **more)


# --- the pipeline ---


def test_every_frame_goes_through_in_order():
    tracker = FakeTracker(running())
    done = []
    analysis = analyze_video(
        FakeRecording(20),
        "a.mp4",
        FakePose(),
        FakePelvis(range(5, 8), LOST),
        tracker,
        on_progress=done.append,
        keep_poses=True,
    )
    assert [pose.seq for pose, _ in tracker.pushed] == list(range(20))
    assert [pose.seq for pose, pelvis in tracker.pushed if pelvis is None] == [5, 6, 7]
    assert done == list(range(1, 21))
    assert len(analysis.poses) == 20
    assert analysis.detector == "fake"
    source = analysis.source
    assert (source.path, source.kind, source.frames) == ("a.mp4", "video", 20)
    assert (source.fps, source.duration_s) == (pytest.approx(10.0), pytest.approx(2.0))


def reasons_of(pelvis: FakePelvis, pose: FakePose, summary=None, notes=()) -> list[Reason]:
    tracker = FakeTracker(summary or running())
    recording = FakeRecording(20, notes)
    return list(analyze_video(recording, "a", pose, pelvis, tracker).summary.reasons)


def test_what_was_wrong_with_the_recording_is_among_the_reasons():
    assert reasons_of(FakePelvis(range(0), LOST), FakePose(), notes=(CUT,)) == [CUT]


def test_a_problem_that_comes_often_is_told_but_the_gait_core_decides_what_it_blocks():
    (reason,) = reasons_of(FakePelvis(range(10), LOST, (LOW,)), FakePose())[1:]
    assert reason == replace(LOST, blocks=False)
    assert reasons_of(FakePelvis(range(10), LOST, (LOW,)), FakePose())[0] == LOW


def test_a_rare_problem_is_not_told_nor_one_while_nobody_is_there():
    assert reasons_of(FakePelvis(range(2), LOST), FakePose()) == []
    assert reasons_of(FakePelvis(range(18), LOST), FakePose(blind=range(18))) == []


def test_a_reason_the_gait_core_gave_is_not_told_twice():
    summary = replace(running(), reasons=(LOST,))
    assert reasons_of(FakePelvis(range(10), LOST), FakePose(), summary) == [LOST]


def test_a_track_goes_through_the_line_it_is_given():
    track = checked(
        {
            "t_s": np.arange(12) / 4 + 1.0,
            "landmarks_px": np.full((12, 33, 2), 20, np.float32),
            "visibility": np.ones((12, 33), np.float32),
            "image_size_px": np.array([640, 480]),
            "detector": np.array("mediapipe-full"),
        }
    )
    tracker = FakeTracker(running())
    pelvis = FakePelvis(range(0), LOST)
    analysis = analyze_track(track, "a.npz", line_of(pelvis), tracker)
    assert {sample.method for _, sample in tracker.pushed} == {PelvisMethod.STICKERS}
    assert [pose.t_ns for pose, _ in tracker.pushed][:2] == [1_000_000_000, 1_250_000_000]
    assert analysis.detector == "mediapipe-full"
    assert analysis.source.duration_s == pytest.approx(3.0)


def test_a_single_frame_has_no_rate():
    analysis = analyze_video(
        FakeRecording(1), "a", FakePose(), FakePelvis(range(0), LOST), FakeTracker(nobody())
    )
    assert (analysis.source.fps, analysis.source.duration_s) == (None, None)


def test_an_analysis_makes_nothing_of_poses_it_was_not_asked_to_keep():
    assert a_pose(0, 0).seen
    analysis = analyze_video(
        FakeRecording(5), "a", FakePose(), FakePelvis(range(0), LOST), FakeTracker(running())
    )
    assert analysis.poses == ()


# --- the document ---


def keys(value) -> set[str]:
    return set(value)


def test_the_document_has_the_keys_of_its_schema():
    result = made(running(), detector="mediapipe-full", settings={"model": "full"})
    assert result["schema"] == "midstance.analysis/1"
    assert (result["version"], result["algorithm_version"]) == ("1.2.3", "4")
    assert result["input"] == {
        "path": "run.mp4",
        "kind": "video",
        "frames": 900,
        "fps": 60.0,
        "duration_s": 15.0,
    }
    assert keys(result["quality"]) == {"verdict", "tracked_fraction", "reasons"}
    assert result["gait"] == "running"
    assert result["cadence_spm"]["mean"] == 170.2
    assert result["cadence_spm"]["ci95"] == [169.7, 170.7]
    left = result["sides"]["left"]
    assert left["steps"] == 12
    for metric in SIDE_METRICS:
        assert {"mean", "sd", "ci95"} <= keys(left[metric])
    assert left["midstance_drop_deg"] == {"mean": 4, "sd": 0.4, "ci95": [3.5, 4.5], "n": 12}
    assert result["sides"]["right"]["peak_drop_deg"]["mean"] == 6
    assert result["sides"]["left"]["curve"]["toe_off_phase"] is None
    assert {"mean", "ci95"} <= keys(result["asymmetry_deg"])
    assert result["standing_zero_deg"] == -0.7
    assert result["pelvis"].pop("note").startswith("Measured on the line through two stickers")
    assert result["pelvis"] == {"method": "stickers", "fraction": 0.97}
    assert result["estimate"] is False
    beyond = result["support"]
    assert beyond["step_width_percent"]["mean"] == 31
    assert (beyond["crossover"], beyond["hides_a_drop"]) == (False, False)
    assert beyond["sides"]["left"]["hips_over_foot_percent"]["mean"] == 14
    assert beyond["sides"]["right"]["trunk_lean_deg"] is None
    assert result["steps"][0] == {
        "side": "left",
        "strike_s": 1.0,
        "midstance_s": 1.1,
        "toe_off_s": 1.25,
        "midstance_drop_deg": 4.1,
        "peak_drop_deg": 5.2,
        "excursion_deg": 2.0,
        "hip_lock_deg": 6.0,
        "contact_time_s": 0.25,
        "valid": True,
        "reason": None,
    }
    assert result["steps"][1]["toe_off_s"] is None
    assert result["steps"][1]["reason"] == "cut off"
    assert result["unknown"] == {}
    json.dumps(result, allow_nan=False)


def test_unknown_is_null_with_a_reason():
    blocking = Reason("nobody", "Nobody was seen.", "Step on the belt.", blocks=True)
    result = made(nobody(blocking))
    assert result["gait"] == "none"
    assert result["quality"]["reasons"] == [
        {
            "code": "nobody",
            "message": "Nobody was seen.",
            "remedy": "Step on the belt.",
            "blocks": True,
        }
    ]
    nulls = {
        "cadence_spm",
        "asymmetry_deg",
        "standing_zero_deg",
        "pelvis.method",
        "pelvis.note",
        "support",
    } | {f"sides.{side}.{metric}" for side in ("left", "right") for metric in SIDE_METRICS}
    assert keys(result["unknown"]) == nulls
    assert result["unknown"]["cadence_spm"] == "Nobody was seen."
    assert all(result["unknown"].values())


def test_every_null_has_a_reason_even_when_the_gait_core_gives_none():
    assert all(made(nobody())["unknown"].values())


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_no_nan_ever_gets_out(bad):
    summary = replace(
        running(),
        tracked_fraction=bad,
        cadence_spm=Estimate(bad, bad, 3, 0.0, 1.0),
        asymmetry_deg=Estimate(1.0, bad, 3, 0.0, 1.0),
    )
    result = made(summary)
    json.dumps(result, allow_nan=False)
    assert result["quality"]["tracked_fraction"] is None
    assert result["cadence_spm"] is None
    assert result["asymmetry_deg"] == {"mean": 1.0, "sd": None, "ci95": [0.0, 1.0], "n": 3}
    assert "cadence_spm" in result["unknown"]


def test_numpy_numbers_become_plain_ones():
    summary = replace(running(), cadence_spm=estimate(np.float64(171.0)))
    assert type(made(summary)["cadence_spm"]["mean"]) is float


def test_steps_csv_reads_back():
    rows = list(csv.DictReader(io.StringIO(steps_csv(running().steps))))
    assert list(rows[0]) == list(STEP_COLUMNS)
    assert (rows[0]["side"], rows[0]["midstance_drop_deg"], rows[0]["valid"]) == (
        "left",
        "4.1",
        "true",
    )
    assert (rows[1]["peak_drop_deg"], rows[1]["valid"], rows[1]["reason"]) == (
        "",
        "false",
        "cut off",
    )
