"""What a person sees of the command line: help, messages, exit codes; no traceback, no NaN."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from device import __version__
from device.cli import COMMANDS, execute, main
from device.errors import ConfigError
from device.hardware import pose_models

ROOT = Path(__file__).resolve().parents[2]


def run(*args: str) -> subprocess.CompletedProcess[str]:
    """The command line in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "device", *args],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
    )


def track(path: Path, count: int = 60, **changed) -> Path:
    """A pose track in which nobody is seen."""
    data = {
        "t_s": np.arange(count) / 30.0,
        "landmarks_px": np.full((count, 33, 2), np.nan, np.float32),
        "visibility": np.zeros((count, 33), np.float32),
        "image_size_px": np.array([640, 480]),
        **changed,
    }
    np.savez(path, **data)
    return path


@pytest.fixture
def nobody(tmp_path) -> Path:
    return track(tmp_path / "nobody.npz")


# --- help ---


def test_help_names_every_command_and_the_exit_codes(capsys):
    with pytest.raises(SystemExit) as left:
        main(["--help"])
    assert left.value.code == 0
    text = capsys.readouterr().out
    for word in (*COMMANDS, "exit codes", "130", "midstance analyze run.mp4"):
        assert word in text


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command, capsys):
    with pytest.raises(SystemExit) as left:
        main([command, "--help"])
    assert left.value.code == 0
    assert "usage: midstance" in capsys.readouterr().out


def test_help_loads_nothing_heavy():
    code = (
        "import sys; from device.cli import build_parser; build_parser(); "
        "print(*[m for m in ('numpy', 'scipy', 'mediapipe', 'av', 'pygame', 'rich', 'cv2') "
        "if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""


def test_version():
    done = run("--version")
    assert done.returncode == 0
    assert __version__ in done.stdout


@pytest.mark.parametrize(
    "args",
    [
        [],
        ["dance"],
        ["analyze"],
        ["analyze", "a.mp4", "--model", "huge"],
        ["models"],
        ["models", "build", "huge"],
    ],
)
def test_wrong_use_leaves_with_2(args, capsys):
    with pytest.raises(SystemExit) as left:
        main(args)
    assert left.value.code == 2
    assert "usage: midstance" in capsys.readouterr().err


# --- errors ---


def test_a_refusal_is_a_message_with_its_remedy_and_code(capsys):
    def refuse(args):
        raise ConfigError("a.toml: no.", remedy="Try b.toml.")

    assert execute(argparse.Namespace(run=refuse, debug=False)) == 4
    assert capsys.readouterr().err == "midstance: a.toml: no.\n  Try b.toml.\n"


def test_an_own_fault_is_short_and_leaves_its_trace_in_a_file(capsys):
    def stumble(args):
        raise ZeroDivisionError("oh")

    assert execute(argparse.Namespace(run=stumble, debug=False)) == 1
    said = capsys.readouterr().err
    assert "ZeroDivisionError: oh" in said
    assert "Traceback" not in said
    (name,) = [word.rstrip(";") for word in said.split() if "midstance-fault-" in word]
    assert "in stumble" in Path(name).read_text()
    Path(name).unlink()

    assert execute(argparse.Namespace(run=stumble, debug=True)) == 1
    assert "Traceback" in capsys.readouterr().err


def test_ctrl_c_leaves_with_130(capsys):
    def interrupted(args):
        raise KeyboardInterrupt

    assert execute(argparse.Namespace(run=interrupted, debug=False)) == 130
    assert "Traceback" not in capsys.readouterr().err


def test_a_reader_that_has_enough_is_no_error():
    process = subprocess.Popen(
        [sys.executable, "-m", "device", "doctor", "--json"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdout.close()
    said = process.stderr.read()
    process.stderr.close()
    process.wait(250)
    assert b"Traceback" not in said
    assert b"BrokenPipe" not in said


def wrong_text(path: Path) -> None:
    path.write_text("This is a diary, not a video.\n" * 100)


def wrong_time(path: Path) -> None:
    track(path, t_s=np.arange(60)[::-1] / 30.0)


INPUTS = {
    "missing.mp4": (lambda p: None, "no such file"),
    "missing.npz": (lambda p: None, "no such file"),
    "folder.mp4": (lambda p: p.mkdir(), "folder"),
    "text.mp4": (wrong_text, "not a video"),
    "text.npz": (wrong_text, "not a pose track"),
    "empty.mp4": (lambda p: p.write_bytes(b""), "empty"),
    "shuffled.npz": (wrong_time, "rise strictly"),
    "zero.npz": (
        lambda p: track(p, count=0),
        "zero frames",
    ),
}


@pytest.mark.parametrize("name", INPUTS)
def test_bad_input_leaves_with_3_and_writes_nothing(tmp_path, name, capsys):
    make, says = INPUTS[name]
    make(tmp_path / name)
    out = tmp_path / "out.json"
    assert main(["analyze", str(tmp_path / name), "--json", str(out)]) == 3
    said = capsys.readouterr().err
    assert says in said
    assert "Traceback" not in said
    assert not out.exists()
    assert list(tmp_path.glob(".*")) == []


@pytest.mark.parametrize("option", ["--json", "--steps"])
@pytest.mark.parametrize("place", ["none/out", "", "file/out"])
def test_an_output_that_cannot_be_written_is_refused_first(tmp_path, nobody, option, place, capsys):
    (tmp_path / "file").write_text("")
    # The input does not exist: had it been looked at first, this would be exit code 3.
    code = main(["analyze", str(tmp_path / "no.npz"), option, str(tmp_path / place)])
    assert code == 7
    assert "cannot be written" in capsys.readouterr().err


def test_an_output_may_not_be_the_recording(nobody, capsys):
    before = nobody.read_bytes()
    assert main(["analyze", str(nobody), "--json", str(nobody)]) == 2
    assert nobody.read_bytes() == before


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("--camera-distance-m", "0", "distance"),
        ("--camera-distance-m", "300", "distance"),
        ("--camera-hfov-deg", "200", "hfov"),
        ("--camera-above-hips-m", "-9", "above"),
        ("--camera-roll-deg", "90", "roll"),
    ],
)
def test_an_impossible_camera_is_refused(nobody, option, value, says, capsys):
    assert main(["analyze", str(nobody), option, value]) == 2
    assert says in capsys.readouterr().err


def test_nan_is_no_camera_distance(nobody, capsys):
    with pytest.raises(SystemExit) as left:
        main(["analyze", str(nobody), "--camera-distance-m", "nan"])
    assert left.value.code == 2


@pytest.mark.parametrize("method", ["stickers", "network", "mediapipe"])
def test_a_pelvis_method_that_a_track_cannot_have_is_refused(nobody, method, capsys):
    assert main(["analyze", str(nobody), "--pelvis", method]) == 2
    assert "--pelvis" in capsys.readouterr().err


def test_a_missing_model_says_how_to_build_it(tmp_path, monkeypatch, capsys):
    from device.demo import demo_clip

    monkeypatch.setenv("MIDSTANCE_MODELS", str(tmp_path))
    assert main(["analyze", str(demo_clip())]) == 5
    assert "midstance models build full" in capsys.readouterr().err


def test_a_broken_configuration_leaves_with_4(tmp_path, capsys):
    path = tmp_path / "broken.toml"
    path.write_text("[camera]\nfsp = 60\n")
    assert main(["run", "--config", str(path)]) == 4
    said = capsys.readouterr().err
    assert str(path) in said
    assert "fps" in said


# --- analyze ---


def test_nobody_gives_nulls_with_reasons(nobody, tmp_path, capsys):
    out, steps = tmp_path / "out.json", tmp_path / "steps.csv"
    assert main(["analyze", str(nobody), "--json", str(out), "--steps", str(steps)]) == 0
    result = json.loads(out.read_text())
    assert result["schema"] == "midstance.analysis/1"
    assert result["input"] == {
        "path": str(nobody),
        "kind": "pose_track",
        "frames": 60,
        "fps": pytest.approx(30.0),
        "duration_s": pytest.approx(2.0),
    }
    assert result["gait"] == "none"
    assert result["cadence_spm"] is None
    assert result["sides"]["left"]["midstance_drop_deg"] is None
    assert result["quality"]["verdict"] == "not_measurable"
    assert result["quality"]["reasons"]
    assert result["steps"] == []
    assert result["unknown"]["cadence_spm"]
    assert steps.read_text().startswith("side,strike_s")
    table = capsys.readouterr().out
    assert "none" in table
    assert "not measurable" in table


def test_json_on_stdout_is_nothing_but_json(nobody, capsys):
    assert main(["analyze", str(nobody), "--json", "-"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["gait"] == "none"
    assert "Verdict" in said.err


def test_quiet_says_nothing(nobody, tmp_path, capsys):
    assert main(["analyze", str(nobody), "--json", str(tmp_path / "o.json"), "--quiet"]) == 0
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "")


def test_a_device_is_written_to_and_not_replaced(nobody):
    done = run("analyze", str(nobody), "--json", os.devnull, "--quiet")
    assert done.returncode == 0
    assert Path(os.devnull).is_char_device()


def test_an_older_result_is_replaced(nobody, tmp_path):
    out = tmp_path / "out.json"
    out.write_text("old")
    assert main(["analyze", str(nobody), "--json", str(out), "--quiet"]) == 0
    assert json.loads(out.read_text())["gait"] == "none"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["nobody.npz", "out.json"]


def test_a_track_is_known_by_its_content_too(nobody, tmp_path):
    other = nobody.rename(tmp_path / "recording.dat")
    assert main(["analyze", str(other), "--quiet"]) == 0


# --- models, doctor ---


def test_models_list_shows_what_is_missing(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("MIDSTANCE_MODELS", str(tmp_path))
    assert main(["models", "list"]) == 0
    table = capsys.readouterr().out
    assert table.count("not built yet") == 3


def test_models_that_are_there_are_left_alone(tmp_path, monkeypatch, capsys):
    names = ("lite", "full")
    if not all(pose_models.state(name).verified for name in names):
        pytest.skip("the pose models are not built (midstance models build all)")
    for name in names:
        (tmp_path / pose_models.MODELS[name].file).symlink_to(pose_models.state(name).path)
    monkeypatch.setenv("MIDSTANCE_MODELS", str(tmp_path))
    monkeypatch.setenv("PATH", "")  # whatever would be fetched could not be
    assert main(["models", "build", "lite", "full", "full"]) == 0
    assert capsys.readouterr().err.count("already built and verified") == 2


def test_doctor_tells_what_is_missing_and_what_to_do(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("MIDSTANCE_MODELS", str(tmp_path / "models"))
    path = tmp_path / "station.toml"
    path.write_text(
        '[camera]\nsource = "video"\npath = "/no/such/run.mp4"\n'
        f'[buttons]\nsource = "mock"\n[storage]\ndata_dir = "{tmp_path}"\n'
    )
    assert main(["doctor", "--config", str(path), "--json"]) == 6
    report = json.loads(capsys.readouterr().out)
    assert report["healthy"] is False
    checks = {check["name"]: check for check in report["checks"]}
    assert checks["pose model full"]["level"] == "fault"
    assert checks["pose model full"]["remedy"] == "midstance models build full"
    assert checks["pose model lite"]["level"] == "ok"
    assert "no such file" in checks["camera"]["found"]
    assert checks["buttons"]["level"] == "ok"
    assert checks["room for sessions"]["level"] == "ok"
    assert all(check["remedy"] for check in report["checks"] if check["level"] == "fault")


def test_doctor_without_a_configuration_says_so(tmp_path, capsys):
    assert main(["doctor", "--config", str(tmp_path / "none.toml")]) == 6
    table = capsys.readouterr().out
    assert "FAULT" in table
    assert "none.toml" in table
