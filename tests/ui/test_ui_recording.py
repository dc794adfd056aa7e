"""The recording for the README: what is kept of a session, and that the file is what it says."""

from __future__ import annotations

import importlib.util
import sys
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import av
import numpy as np
import pytest

from device.domain.kiosk import ScreenName

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("recording", ROOT / "tools" / "recording.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    before = list(sys.path)
    spec.loader.exec_module(module)
    sys.path[:] = before
    return module


def _shot(shade: int) -> np.ndarray:
    pixels = np.full((360, 640, 3), (10, 14, 18), np.uint8)
    pixels[100:200, 10 * (shade % 50) : 10 * (shade % 50) + 80] = (98, 210, 245)
    return pixels


def test_waiting_is_cut_and_results_are_held(tool):
    story = ((ScreenName.IDLE, 60), (ScreenName.LIVE, 90), (ScreenName.RESULTS, 5),
             (ScreenName.IDLE, 30))  # fmt: skip
    shots = [(screen, _shot(i)) for screen, count in story for i in range(count)]
    frames = tool.cut(shots)
    idle = round(tool.LONGEST_S[ScreenName.IDLE] * tool.FPS)
    held = round(tool.HOLD_S[ScreenName.RESULTS] * tool.FPS)
    assert len(frames) == idle + 90 + held
    assert np.array_equal(frames[0], _shot(60 - idle))
    assert np.array_equal(frames[-1], _shot(4))


def test_the_file_holds_every_picture_at_its_pace(tool, tmp_path: Path):
    path = tmp_path / "session.gif"
    tool.write_gif([_shot(i) for i in range(12)], path)
    with av.open(str(path)) as film:
        stream = film.streams.video[0]
        pictures = [frame.to_ndarray(format="rgb24") for frame in film.decode(stream)]
        rate = stream.average_rate
    assert len(pictures) == 12
    assert float(rate) == pytest.approx(tool.FPS, rel=0.1)
    assert np.abs(pictures[7].astype(int) - _shot(7)).max() < 24


def test_the_committed_recording_fits_a_readme():
    path = ROOT / "tests" / "screens" / "demo.gif"
    assert path.stat().st_size < 3_000_000
    with av.open(str(path)) as film:
        pictures = [frame.to_ndarray(format="gray") for frame in film.decode(video=0)]
    assert pictures[0].shape == (360, 640)
    assert 20 <= len(pictures) / 10 <= 60
    # It moves, but where results are held.
    moving = [np.any(a != b) for a, b in pairwise(pictures)]
    assert sum(moving) > 0.4 * len(moving)
