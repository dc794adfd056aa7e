"""The embedded demo runner is what its truth says."""

from __future__ import annotations

import itertools

import av
import pytest

from device.demo import demo_clip, demo_truth


def test_the_clip_is_small_and_plays_to_its_end() -> None:
    path, truth = demo_clip(), demo_truth()
    assert path.stat().st_size < 2_000_000
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == "h264"
        assert stream.codec_context.pix_fmt == "yuv420p"
        assert [stream.width, stream.height] == truth["image_size_px"]
        times = [frame.time for frame in container.decode(stream)]
    assert len(times) == truth["frames"]
    expected = [i / truth["fps"] for i in range(len(times))]
    assert times == pytest.approx(expected, abs=1e-3)


def test_the_truth_agrees_with_itself() -> None:
    truth = demo_truth()
    steps = truth["steps"]
    assert truth["standing_s"][1] < truth["running_from_s"] <= steps[0]["strike_s"]
    assert steps[-1]["toe_off_s"] <= truth["duration_s"]
    strikes = [step["strike_s"] for step in steps]
    gaps = [b - a for a, b in itertools.pairwise(strikes)]
    assert 60 * len(gaps) / sum(gaps) == pytest.approx(truth["cadence_spm"], abs=0.3)
    for before, after in itertools.pairwise(steps):
        assert before["side"] != after["side"]
    for side in ("left", "right"):
        of_side = [step for step in steps if step["side"] == side]
        assert len(of_side) == truth[side]["steps"]
        for key in ("midstance_drop_deg", "peak_drop_deg"):
            mean = sum(step[key] for step in of_side) / len(of_side)
            assert mean == pytest.approx(truth[side][key], abs=0.01)
        for step in of_side:
            assert step["strike_s"] < step["midstance_s"] < step["toe_off_s"]
            assert step["peak_drop_deg"] >= step["midstance_drop_deg"]


def test_the_runner_is_clearly_asymmetric() -> None:
    truth = demo_truth()
    left, right = (truth[side]["midstance_drop_deg"] for side in ("left", "right"))
    assert left == pytest.approx(3.5, abs=0.1)
    assert right == pytest.approx(7.5, abs=0.1)
