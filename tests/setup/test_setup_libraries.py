"""The environment's own copies of system libraries are loaded at every start of its Python."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import libraries
import pytest


def some_system_library() -> Path:
    """A shared library that Python itself does not load."""
    loaded = Path("/proc/self/maps").read_text(encoding="utf-8")
    for folder in ("/lib", "/usr/lib"):
        for path in sorted(Path(folder).glob("*-linux-gnu/libanl.so*")):
            if path.name not in loaded:
                return path.resolve()
    pytest.skip("no small system library to stand in for the real one")


def test_the_loader_loads_and_tolerates_what_is_missing(bare_environment: Path) -> None:
    folder = libraries.private_folder(bare_environment)
    folder.mkdir()
    shutil.copy(some_system_library(), folder / "libEGL.so.1")
    site = next((bare_environment / "lib").glob("python3.*/site-packages"))
    libraries.write_loader(folder, site)
    result = subprocess.run(
        [bare_environment / "bin" / "python", "-c", "print(open('/proc/self/maps').read())"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert str(folder / "libEGL.so.1") in result.stdout
    assert result.stderr == ""  # the two others are not there, and that is no error at a start


def test_private_copies_count_only_when_complete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(libraries, "missing", lambda: list(libraries.NEEDED))
    folder = libraries.private_folder(tmp_path)
    folder.mkdir()
    assert not libraries.at_hand(tmp_path)
    for name in libraries.NEEDED:
        (folder / name).touch()
    assert not libraries.at_hand(tmp_path)
    (folder / "libGLdispatch.so.0").touch()
    assert libraries.at_hand(tmp_path)


def test_nothing_is_fetched_where_the_system_has_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(libraries, "NEEDED", ("libc.so.6",))
    assert libraries.missing() == []
    assert libraries.at_hand(tmp_path)


def test_a_system_without_apt_is_told_what_it_lacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(libraries, "NEEDED", ("libno-such-thing.so.9",))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(libraries.StepError, match=r"libno-such-thing\.so\.9"):
        libraries.fetch(tmp_path, tmp_path, tmp_path / "log.txt", None)
