"""The kiosk as a process: signals, the way without a display, and what it refuses to start with."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from device import app
from device.clock import MonotonicClock
from device.config import load, parse
from device.errors import CameraError, DisplayError, ModelError, OutputError, VideoError
from device.session.operator import Operator

ROOT = Path(__file__).resolve().parent.parent.parent
RECORDED = """
[station]
name = "Test"
profile = "demo"
[camera]
source = "demo"
[pose]
estimator = "recorded"
track = "{track}"
[session]
setup = "offered"
standing_zero = "off"
countdown_s = 0
[buttons]
source = "mock"
[stick]
source = "folder"
path = "{stick}"
[screen]
display = "{display}"
fullscreen = false
"""


@pytest.fixture
def track(tmp_path):
    """A pose track of somebody who is not there."""
    import numpy as np

    path = tmp_path / "track.npz"
    count = 100
    np.savez(
        path,
        t_s=np.arange(count) / 30.0,
        landmarks_px=np.full((count, 33, 2), np.nan, np.float32),
        visibility=np.zeros((count, 33), np.float32),
        image_size_px=np.array([640, 480]),
    )
    return path


@pytest.fixture
def config_file(tmp_path, track):
    def write(display="headless", stick=None):
        path = tmp_path / "kiosk.toml"
        path.write_text(
            RECORDED.format(track=track, stick=stick or tmp_path / "stick", display=display)
        )
        return path

    return write


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_kiosk_tidily(tmp_path, config_file, number):
    """A real process with a window (on SDL's dummy driver), told to end while it runs."""
    # What a service manager would be told says when the kiosk is up, however slow the machine.
    manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    manager.bind(str(tmp_path / "manager"))
    manager.settimeout(120)
    environment = {
        **os.environ,
        "SDL_VIDEODRIVER": "dummy",
        "SDL_AUDIODRIVER": "dummy",
        "NOTIFY_SOCKET": str(tmp_path / "manager"),
    }
    code = (
        "import sys, pathlib; from device import app, config, kiosk\n"
        "kiosk.STOP_S = 60.0  # that its threads end is asked here, not how fast this machine is\n"
        f"loaded = config.load(pathlib.Path({str(config_file('window'))!r}))\n"
        "sys.exit(app.run(loaded))"
    )
    with subprocess.Popen(
        [sys.executable, "-X", "faulthandler", "-c", code],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        while b"READY=1" not in manager.recv(4096):
            pass
        time.sleep(1.0)
        assert process.poll() is None, process.stdout.read()
        process.send_signal(number)
        said, _ = process.communicate(timeout=120)
    manager.close()
    assert process.returncode == (0 if number == signal.SIGTERM else 130), said
    assert "Traceback" not in said
    assert "did not end" not in said


def test_without_a_display_one_session_runs_by_itself(tmp_path, config_file):
    said = []
    code = app.run(
        load(config_file("auto")),
        headless=True,
        out_dir=tmp_path / "out",
        say=said.append,
        operator=Operator(live_s=2.0),
    )
    text = "\n".join(said)
    assert code == 0, text
    names = sorted(path.name for path in (tmp_path / "out/screens").iterdir())
    assert names == ["1_idle.png", "2_live.png", "3_results.png", "4_saving.png", "5_saved.png"]
    (session,) = (tmp_path / "out/stick/MIDSTANCE").iterdir()
    assert json.loads((session / "session.json").read_text())["gait"] == "none"
    assert "Without a display" in said[0]
    assert str(session) in text
    assert str(tmp_path / "out/screens") in text


def test_a_machine_without_any_screen_is_recognised(config_file):
    display, why = app.open_display(
        load(config_file("auto")), None, on_desktop=lambda: False, on_screen=lambda: None
    )
    display.close()
    assert display.simulated
    assert "No display here" in why


@pytest.mark.parametrize("profile", ["gym", "clinic", "home"])
def test_nobody_is_filmed_for_lack_of_a_display(profile, tmp_path, monkeypatch):
    """A station whose screen is off must not run sessions by itself, over and over."""
    config = load(ROOT / "config" / f"{profile}.toml")
    display = SimpleNamespace(simulated=True, close=lambda: None)
    monkeypatch.setattr(app, "open_display", lambda *_: (display, "No display here"))
    with pytest.raises(DisplayError, match="No display here") as refused:
        app.run(config, out_dir=tmp_path / "out", say=print)
    assert refused.value.exit_code == 6
    assert "--headless" in refused.value.remedy
    assert not (tmp_path / "out").exists()


def test_going_without_a_display_must_be_asked_for_where_the_camera_is_real():
    def refused(text, why="No display here", **asked):
        return app._unasked(parse(text), why, **{"headless": None, "once": False, **asked})

    camera = '[camera]\nsource = "picamera2"\n'
    assert refused(camera)
    assert not refused(camera, headless=True)
    assert not refused(camera, once=True)
    assert not refused(camera + '[screen]\ndisplay = "headless"')
    assert not refused(camera, why=""), "there is a display"
    assert not refused('[camera]\nsource = "demo"')


def test_a_session_that_cannot_be_saved_is_told_and_so_is_the_exit_code(tmp_path, config_file):
    (tmp_path / "out/stick").mkdir(parents=True)
    (tmp_path / "out/stick/MIDSTANCE").write_text("a file is in the way")
    said = []
    code = app.run(
        load(config_file()),
        out_dir=tmp_path / "out",
        say=said.append,
        operator=Operator(live_s=1.0),
    )
    assert code == 7
    assert "MIDSTANCE" in said[-1]
    assert "not a folder" in said[-1]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ('[camera]\nsource = "video"\npath = "/nowhere.mp4"', VideoError),
        ('[camera]\nsource = "demo"\n[stick]\nsource = "folder"\npath = "/proc/x"', OutputError),
    ],
)
def test_what_no_waiting_will_mend_is_refused_at_once(change, error, tmp_path, monkeypatch):
    monkeypatch.setenv("MIDSTANCE_MODELS", str(tmp_path))
    text = f'{change}\n[buttons]\nsource = "mock"\n[screen]\ndisplay = "headless"'
    with pytest.raises(error):
        app.parts_of(parse(text), display=None)


def test_a_missing_model_is_refused_at_once(tmp_path, monkeypatch):
    monkeypatch.setenv("MIDSTANCE_MODELS", str(tmp_path))
    with pytest.raises(ModelError, match="models build full"):
        app.run(load(ROOT / "config/demo.toml"), headless=True, out_dir=tmp_path / "out")


def test_an_unwritable_folder_is_refused_at_once(config_file):
    with pytest.raises(OutputError, match="/proc/nowhere"):
        app.run(load(config_file()), out_dir=Path("/proc/nowhere"))


def test_a_webcam_is_opened_by_its_own_thread():
    text = '[camera]\nsource = "v4l2"\npath = "/dev/video-none"'
    make = app.source_maker(parse(text), MonotonicClock())
    with pytest.raises(CameraError):
        make()
