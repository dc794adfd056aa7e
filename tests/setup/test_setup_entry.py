"""How setting up starts: which Python, which make targets, which checks."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PRETEND = """
import os, runpy, sys
sys.version_info = (3, 9, 2)
sys.prefix = sys.base_prefix
sys.argv = [{entry!r}]
runpy.run_path({entry!r}, run_name="__main__")
"""


def start_with_old_python(root: Path, path: str) -> subprocess.CompletedProcess[str]:
    script = PRETEND.format(entry=str(root / "tools" / "setup" / "__main__.py"))
    return subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_unsuitable_python_is_told_so(root: Path, tmp_path: Path) -> None:
    result = start_with_old_python(root, str(tmp_path))
    assert result.returncode == 2
    assert "Midstance needs Python 3.11, 3.12 or 3.13; this is Python 3.9" in result.stderr
    assert "make setup PYTHON=" in result.stderr
    assert "Traceback" not in result.stderr


def test_an_unsuitable_python_hands_over_to_a_suitable_one(root: Path, tmp_path: Path) -> None:
    other = tmp_path / "python3.12"
    other.write_text('#!/bin/sh\n[ "$1" = -c ] || echo "taken over: $@"\n')
    other.chmod(0o755)
    shim = tmp_path / "python3.13"  # as a version manager leaves one that is not switched on
    shim.write_text("#!/bin/sh\necho not here >&2\nexit 127\n")
    shim.chmod(0o755)
    result = start_with_old_python(root, str(tmp_path))
    assert result.returncode == 0
    assert result.stdout.startswith("taken over: ")
    assert result.stdout.strip().endswith("__main__.py")


def test_the_entry_can_be_read_by_any_python_3(root: Path) -> None:
    source = (root / "tools" / "setup" / "__main__.py").read_text(encoding="utf-8")
    assert "from __future__" not in source
    assert "match " not in source
    assert not re.search(r'\bf"', source), "f-strings need Python 3.6"
    assert " -> " not in source.split("import", 1)[1].replace("(3, 11)", "")


def make(root: Path, *arguments: str) -> str:
    """What make says, whatever make these tests were started from."""
    outer = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "ARGS")
    env = {name: value for name, value in os.environ.items() if name not in outer}
    return subprocess.run(
        ["make", *arguments], cwd=root, env=env, capture_output=True, text=True, check=True
    ).stdout


@pytest.mark.skipif(shutil.which("make") is None, reason="no make on this machine")
def test_help_lists_every_target(root: Path) -> None:
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z][a-z0-9-]*):", makefile, re.MULTILINE)) - {"check-style"}
    shown = make(root, "help")
    listed = set(re.findall(r"^  make ([a-z0-9-]+)", shown, re.MULTILINE))
    assert listed == targets
    assert {"setup", "run", "test", "lint", "screens", "models", "help", "clean"} <= listed


@pytest.mark.skipif(shutil.which("make") is None, reason="no make on this machine")
def test_make_test_checks_everything_and_ends_with_pytest(root: Path) -> None:
    test = make(root, "--dry-run", "test")
    order = [
        test.index(word)
        for word in ("tools/setup --dev", "ruff check", "ruff format", "mypy", "lint-imports")
    ]
    assert order == sorted(order)
    assert test.strip().splitlines()[-1].endswith("-m pytest")
    assert (
        make(root, "--dry-run", "run").strip().endswith("midstance run --config config/demo.toml")
    )


def test_ci_runs_make_test(root: Path) -> None:
    ci = root / ".ci" / "run"
    assert os.access(ci, os.X_OK)
    assert ci.read_text(encoding="utf-8").strip().endswith("exec make test </dev/null")
    assert subprocess.run(["bash", "-n", ci], check=False).returncode == 0


def test_pre_commit_fetches_nothing(root: Path) -> None:
    yaml = pytest.importorskip("yaml")
    config = yaml.safe_load((root / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    assert [repo["repo"] for repo in config["repos"]] == ["local"]
    hooks = config["repos"][0]["hooks"]
    assert all(hook["language"] == "system" for hook in hooks)
    assert {hook["id"] for hook in hooks} == {"ruff-check", "ruff-format", "mypy", "lint-imports"}
    for hook in hooks:
        assert hook["entry"].startswith(".venv/bin/")
