"""The camera's adapter on the real picamera2, with libcamera and the sensor made of Python.

picamera2 is a package of Raspberry Pi OS. Where it is not installed, unpack its source anywhere
(pip download --no-deps --no-binary :all: picamera2) and name the folder in MIDSTANCE_PICAMERA2.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent


def source() -> Path | None:
    """The folder that holds the package picamera2."""
    if named := os.environ.get("MIDSTANCE_PICAMERA2"):
        return Path(named)
    spec = importlib.util.find_spec("picamera2")
    return Path(spec.origin).parent.parent if spec and spec.origin else None


@pytest.fixture(scope="module")
def seen():
    folder = source()
    if folder is None:
        pytest.skip("picamera2 is not here: name its source in MIDSTANCE_PICAMERA2")
    done = subprocess.run(
        [sys.executable, HERE / "real_picamera2.py", folder],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "PYTHONPATH": f"{HERE.parents[1]}:{HERE}"},
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("SEEN ")]
    assert lines, done.stderr[-3000:]
    return json.loads(lines[0].removeprefix("SEEN "))


def test_the_library_takes_the_configuration_as_it_is_meant(seen):
    assert seen["info"] == ["imx708 2304x1296", [960, 540], 56.03]
    assert seen["sensor"] == {"bit_depth": 10, "output_size": [2304, 1296]}
    assert seen["raw"] is None
    assert seen["mirrored"] == "Rotate0Mirror"
    assert seen["started_with"] == {
        "FrameDurationLimits": [17848, 17848],
        "AfMode": 0,
        "LensPosition": 0.5,
    }


def test_the_capped_tuning_file_is_there_when_libcamera_looks_for_cameras(seen):
    assert seen["tuned"]["exposure_modes"] == {
        "normal": {"shutter": [100, 4000], "gain": [1.0, 16.0]}
    }
    assert seen["light"] == "Light enough."


def test_both_streams_come_through_the_librarys_buffers(seen):
    assert seen["sizes"] == [[960, 540], [1296, 730]]
    assert seen["strides"][0] > 1296, "there was padding to be taken off"
    assert seen["luma"] == [60, 200]
    bright, dark = seen["grey"]
    assert bright > 200
    assert dark < 70
    assert all(step > 0 for step in seen["steps_ms"])


def test_the_real_library_lets_itself_be_closed_when_no_picture_comes(seen):
    assert "sends no pictures" in seen["lost"]
    assert seen["lost_after_s"] < 2.5
    assert seen["closed"]
    assert seen["log"][:3] == ["acquire", "stop", "release"]


def test_it_can_be_opened_again_and_asked_for_its_modes(seen):
    assert seen["again"] == 3
    assert seen["ended"]
    assert seen["modes"] == ["1536x864", "2304x1296"]
