"""The steps: skipped when done, repeated when their inputs change, honest when they fail."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from console import Console, StepError, run
from steps import Setup, Step


class Recorder:
    """Steps that note when they are done, and fail when told to."""

    def __init__(self, root: Path) -> None:
        self.lines: list[str] = []
        self.acts: list[str] = []
        self.failing = ""
        self.setup = Setup(root, dev=False, console=Console(2, out=self.lines.append))
        self.use("key-1", "key-2")

    def use(self, *keys: str) -> None:
        self.setup.steps = [
            Step(f"step{i}", f"Do thing {i}", self._act(f"step{i}"), key)
            for i, key in enumerate(keys, 1)
        ]

    def _act(self, name: str):
        def act(log: Path) -> None:
            self.acts.append(name)
            if name == self.failing:
                raise StepError("the thing is broken")

        return act


@pytest.fixture
def recorder(tmp_path: Path) -> Recorder:
    return Recorder(tmp_path)


def test_steps_run_once(recorder: Recorder) -> None:
    assert recorder.setup.run() is True
    assert recorder.setup.run() is False
    assert recorder.acts == ["step1", "step2"]


def test_a_step_is_repeated_when_its_inputs_change(recorder: Recorder) -> None:
    recorder.setup.run()
    recorder.use("key-1", "other")
    recorder.setup.run()
    assert recorder.acts == ["step1", "step2", "step2"]


def test_a_step_is_repeated_when_its_result_is_gone(recorder: Recorder, tmp_path: Path) -> None:
    result = tmp_path / "result"
    recorder.setup.steps = [
        Step("made", "Make it", lambda log: result.write_text("x") and None, "key", result.exists)
    ]
    recorder.setup.run()
    assert recorder.setup.run() is False
    result.unlink()
    assert recorder.setup.run() is True
    assert result.exists()


def test_a_failed_step_is_named_and_only_it_is_repeated(recorder: Recorder) -> None:
    recorder.failing = "step2"
    with pytest.raises(StepError) as failure:
        recorder.setup.run()
    message = str(failure.value)
    assert "Step 2 of 2 failed: Do thing 2" in message
    assert "the thing is broken" in message
    assert "To repeat: make setup" in message
    recorder.failing = ""
    recorder.setup.run()
    assert recorder.acts == ["step1", "step2", "step2"]


def test_a_step_that_fails_later_loses_its_stamp(recorder: Recorder) -> None:
    recorder.setup.run()
    recorder.failing = "step1"
    recorder.use("changed", "key-2")
    with pytest.raises(StepError):
        recorder.setup.run()
    recorder.failing = ""
    recorder.use("key-1", "key-2")  # as it was before the failure: still to be done again
    recorder.setup.run()
    assert recorder.acts == ["step1", "step2", "step1", "step1"]


def test_the_environment_step_makes_a_python_without_ensurepip(tmp_path: Path) -> None:
    setup = Setup(tmp_path, dev=False, console=Console(7, out=lambda text: None))
    setup.steps = [step for step in setup.steps if step.name == "environment"]
    assert setup.run() is True
    prefix = subprocess.run(
        [setup.python, "-c", "import sys; print(sys.prefix)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    assert Path(prefix).resolve() == (tmp_path / ".venv").resolve()
    assert setup.run() is False


def test_a_moved_environment_is_made_anew(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    quiet = Console(7, out=lambda text: None)

    def only_environment(root: Path) -> Setup:
        setup = Setup(root, dev=False, console=quiet)
        setup.steps = [step for step in setup.steps if step.name == "environment"]
        return setup

    only_environment(first).run()
    first.rename(second)
    assert only_environment(second).run() is True


@pytest.mark.parametrize("lock", ["run", "pi", "dev", "bootstrap"])
def test_each_lock_is_an_input_of_a_step(
    lock: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("steps.is_raspberry_pi", lambda: True)
    (tmp_path / "requirements").mkdir()

    def keys() -> dict[str, str]:
        return {step.name: step.key for step in Setup(tmp_path, dev=True).steps}

    before = keys()
    (tmp_path / "requirements" / f"{lock}.txt").write_text("changed==1\n")
    changed = {name for name, key in keys().items() if before[name] != key}
    expected = {"run": {"packages", "loading"}, "bootstrap": {"pip"}}
    assert changed == expected.get(lock, {lock})


def test_a_pi_sees_the_packages_of_its_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("steps.is_raspberry_pi", lambda: True)
    lines: list[str] = []
    setup = Setup(tmp_path, dev=False, console=Console(8, out=lines.append))
    setup.steps = [step for step in setup.steps if step.name == "environment"]
    setup.run()
    settings = (tmp_path / ".venv" / "pyvenv.cfg").read_text(encoding="utf-8")
    assert "include-system-site-packages = true" in settings


def test_a_failed_command_shows_its_last_words_and_its_log(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    script = "print('first'); print('No space left on device'); raise SystemExit(3)"
    with pytest.raises(StepError) as failure:
        run([sys.executable, "-c", script], log)
    message = str(failure.value)
    assert "exit code 3" in message
    assert str(log) in message
    assert "The disk is full" in message
    assert "first" in log.read_text(encoding="utf-8")


def test_a_command_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StepError, match="no-such-program"):
        run(["no-such-program"], tmp_path / "log.txt")


def test_progress_is_silent_where_there_is_no_terminal() -> None:
    lines: list[str] = []
    console = Console(3, out=lines.append)
    console.step(1, "Title")
    console.progress("12 of 30 MB")
    console.note("done")
    assert "".join(lines) == "[1/3] Title\n      done\n"


@pytest.mark.skipif(os.environ.get("MIDSTANCE_MODELS") is not None, reason="models live elsewhere")
def test_looking_for_the_model_needs_no_network_and_no_stamp(tmp_path: Path, root: Path) -> None:
    setup = Setup(root, dev=False, console=Console(7, out=lambda text: None))
    setup.python = Path(sys.executable)
    model = next(step for step in setup.steps if step.name == "model")
    from device.hardware.pose_models import state

    assert model.key == ""
    assert model.done() is state("full").verified


PRETEND_PYTHON = """#!/bin/sh
case "$*" in *mediapipe*) {reaction} ;; esac
"""


def load(tmp_path: Path, reaction: str) -> list[str]:
    """What the loading step says where MediaPipe's library reacts like that."""
    lines: list[str] = []
    setup = Setup(tmp_path, dev=False, console=Console(7, out=lines.append))
    setup.python = tmp_path / "python"
    setup.python.write_text(PRETEND_PYTHON.format(reaction=reaction))
    setup.python.chmod(0o755)
    setup.steps = [step for step in setup.steps if step.name == "loading"]
    setup.run()
    return lines


def test_a_processor_that_mediapipe_cannot_run_on_is_told_and_no_failure(tmp_path: Path) -> None:
    said = "".join(load(tmp_path, "kill -ILL $$"))
    assert "MediaPipe's library cannot run on this processor" in said
    assert 'estimator = "litert"' in said


def test_a_library_that_does_not_start_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(StepError, match=r"Step 1 of 1 failed: See whether every library starts"):
        load(tmp_path, "echo libEGL.so.1: cannot open; exit 1")


def test_a_library_that_starts_is_not_talked_about(tmp_path: Path) -> None:
    assert "cannot" not in "".join(load(tmp_path, "exit 0"))
