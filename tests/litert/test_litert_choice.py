"""LiteRT is chosen by name, and a Raspberry Pi 4 is told that it must be."""

from __future__ import annotations

import importlib.util
import itertools
import json
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from device import app
from device.cli import main
from device.clock import MonotonicClock
from device.config import parse
from device.demo import demo_clip
from device.domain.frames import Frame, PelvisMethod, Pose
from device.errors import HardwareError
from device.gait import GaitSettings
from device.hardware import pose_models, processor
from device.hardware.mediapipe_pose import MediaPipePose
from device.hardware.video import VideoSource
from device.pelvis.select import make_pelvis_estimator

PI_4 = "fp asimd evtstrm crc32 cpuid"
PI_5 = "fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop"


@pytest.fixture
def on_a(tmp_path, monkeypatch):
    """Make this machine look like a 64-bit Arm whose four cores have these features."""

    def look(features: str, machine: str = "aarch64") -> None:
        core = "processor\t: {}\nBogoMIPS\t: 108.00\nFeatures\t: {}\nCPU part\t: 0xd08\n\n"
        path = tmp_path / "cpuinfo"
        path.write_text("".join(core.format(n, features) for n in range(4)) + "Model\t: Pi\n")
        monkeypatch.setattr(processor, "CPUINFO", path)
        monkeypatch.setattr(processor.platform, "machine", lambda: machine)

    return look


def needs_model() -> None:
    if not pose_models.state("full").verified:
        pytest.skip("the pose model is not built (midstance models build)")
    if importlib.util.find_spec("ai_edge_litert") is None:
        pytest.skip("ai-edge-litert is not installed")


def test_a_processor_without_atomics_is_recognised(on_a):
    on_a(PI_4)
    assert processor.lacks_atomics()
    on_a(PI_5)
    assert not processor.lacks_atomics()
    on_a(PI_4, machine="x86_64")
    assert not processor.lacks_atomics()


def test_a_processor_that_does_not_tell_is_not_refused(on_a, monkeypatch, tmp_path):
    on_a(PI_4)
    monkeypatch.setattr(processor, "CPUINFO", tmp_path / "none")
    assert not processor.lacks_atomics()


def test_mediapipe_is_refused_there_before_it_is_loaded(on_a, tmp_path):
    on_a(PI_4)
    with pytest.raises(HardwareError, match="atomic") as caught:
        MediaPipePose("full", models=tmp_path)
    assert 'estimator = "litert"' in caught.value.remedy


def doctor(tmp_path: Path, capsys: pytest.CaptureFixture[str], estimator: str) -> dict[str, str]:
    path = tmp_path / "station.toml"
    path.write_text(f'[pose]\nestimator = "{estimator}"\n[storage]\ndata_dir = "{tmp_path}"\n')
    main(["doctor", "--config", str(path), "--json"])
    checks = json.loads(capsys.readouterr().out)["checks"]
    return next(check for check in checks if check["name"] == "pose estimator")


def test_doctor_says_that_mediapipe_cannot_run_there(on_a, tmp_path, capsys):
    on_a(PI_4)
    told = doctor(tmp_path, capsys, "mediapipe")
    assert told["level"] == "fault"
    assert "Raspberry Pi 4" in told["found"]
    assert 'estimator = "litert"' in told["remedy"]
    assert doctor(tmp_path, capsys, "litert")["level"] == "ok"
    on_a(PI_5)
    assert doctor(tmp_path, capsys, "mediapipe")["level"] == "ok"


@pytest.mark.slow
def test_the_kiosk_takes_the_one_that_is_named(on_a):
    needs_model()
    choice = parse('[pose]\nestimator = "litert"\nmodel = "full"\nthreads = 1')
    on_a(PI_4)
    make, workers = app._estimator_maker(choice, MonotonicClock())
    made = make(lambda: None)
    assert workers() == 1
    assert made.name == "litert-full"
    made.close()
    # Never another one in its place.
    with pytest.raises(HardwareError, match="MediaPipe cannot run"):
        app._estimator_maker(parse('[pose]\nestimator = "mediapipe"'), MonotonicClock())


def test_the_gait_core_knows_it_as_it_knows_mediapipe():
    settings = GaitSettings()
    assert settings.traits("litert-full") == settings.traits("mediapipe-full")
    assert settings.traits("litert-full").delay_s > 0
    assert settings.traits("another") != settings.traits("litert-full")


def test_the_estimate_from_the_hips_takes_its_landmarks():
    landmarks = np.full((33, 2), 100.0, np.float32)
    landmarks[23], landmarks[24] = (80, 100), (120, 103)
    seen = np.ones(33, np.float32)
    frame = Frame(0, 0, np.zeros((200, 200, 3), np.uint8))
    lines = [
        make_pelvis_estimator("mediapipe").measure(
            frame, Pose(0, 0, landmarks, seen, (200, 200), detector)
        )
        for detector in ("mediapipe-full", "litert-full", "another")
    ]
    assert lines[0] is not None
    assert lines[1] is not None
    assert lines[1].image_angle_deg == lines[0].image_angle_deg
    assert lines[1].method is PelvisMethod.MEDIAPIPE
    assert lines[2] is None


@pytest.mark.slow
def test_a_recording_is_analyzed_with_it(tmp_path, capsys):
    needs_model()
    clip = tmp_path / "short.mp4"
    with av.open(str(clip), "w") as container:
        source = VideoSource(demo_clip())
        stream = container.add_stream("libx264", rate=Fraction(30))
        stream.width, stream.height = source.info.size_px
        for frame in itertools.islice(source.frames(), 20):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame.image, "rgb24")))
        container.mux(stream.encode(None))
    track = tmp_path / "track.npz"
    options = ["--pose", "litert", "--json", "-", "--quiet", "--save-track", str(track)]
    assert main(["analyze", str(clip), *options]) == 0
    assert json.loads(capsys.readouterr().out)["detector"] == "litert-full"
    with np.load(track) as saved:
        assert str(saved["detector"]) == "litert-full"
        assert np.isfinite(saved["landmarks_px"]).all()
    # The track of it is then measured as one of MediaPipe's networks.
    assert main(["analyze", str(track), "--pelvis", "mediapipe", "--quiet"]) == 0
