from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.atomic import (
    SUMS_NAME,
    Phase,
    ReadBackError,
    check_folder,
    clean_leftovers,
    read_folder,
    remove_folder,
    safe_name,
    write_folder,
)

FILES = {"session.json": b'{"a": 1}\n', "empty.csv": b"", "big.bin": os.urandom(5_300_000)}


@given(st.text(max_size=200))
def test_any_text_becomes_a_name_every_file_system_takes(text: str) -> None:
    name = safe_name(text)
    assert 1 <= len(name) <= 80
    assert all(c.isascii() and (c.isalnum() or c in "._-") for c in name)
    assert name[0] not in ".-"
    assert name[-1] not in "."
    assert ".." not in name
    assert name.split(".")[0].upper() not in {"CON", "PRN", "AUX", "NUL", "COM1", "LPT9"}
    assert safe_name(name) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("report.pdf", "report.pdf"),
        ("Jörg Müßig", "Jorg-Mussig"),
        ("../../etc/passwd", "etc-passwd"),
        ('a:b*c?d|e<f>g"h\\i.csv', "a-b-c-d-e-f-g-h-i.csv"),
        ("con", "_con"),
        ("NUL.txt", "_NUL.txt"),
        ("Lpt1.tar.gz", "_Lpt1.tar.gz"),
        (" trailing dots... ", "trailing-dots"),
        (".hidden", "hidden"),
        ("跑步", "file"),
        ("", "file"),
        ("nul\0byte\n.csv", "nul-byte.csv"),
        ("x" * 300 + ".csv", "x" * 76 + ".csv"),
    ],
)
def test_hostile_names(text: str, name: str) -> None:
    assert safe_name(text) == name


def test_a_folder_is_written_whole_with_checksums_other_tools_read(tmp_path: Path) -> None:
    seen: list[tuple[Phase, float]] = []
    folder = write_folder(
        tmp_path, "one", FILES, below="MIDSTANCE", on_progress=lambda *step: seen.append(step)
    )
    assert folder == tmp_path / "MIDSTANCE" / "one"
    assert {p.name for p in folder.iterdir()} == {*FILES, SUMS_NAME}
    assert read_folder(folder) == FILES
    assert check_folder(folder) == ()
    done = subprocess.run(
        ["sha256sum", "-c", SUMS_NAME], cwd=folder, capture_output=True, check=False
    )
    assert done.returncode == 0
    order = [Phase.WRITING, Phase.CHECKING, Phase.FINISHING]
    assert sorted(seen, key=lambda step: (order.index(step[0]), step[1])) == seen
    assert seen[-1] == (Phase.FINISHING, 1.0)
    assert len([1 for phase, _ in seen if phase is Phase.WRITING]) > 4


def test_a_taken_name_gets_the_next_number_and_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()  # even when it is empty
    (tmp_path / "one_2").write_text("a file")
    assert write_folder(tmp_path, "one", {"a": b"1"}).name == "one_3"
    assert write_folder(tmp_path, "one", {"a": b"2"}).name == "one_4"
    assert list((tmp_path / "one").iterdir()) == []
    assert (tmp_path / "one_2").read_text() == "a file"
    assert (tmp_path / "one_3" / "a").read_bytes() == b"1"


def test_leftovers_go_and_nothing_else(tmp_path: Path) -> None:
    left = tmp_path / ".2025-01-01_120000_AB.part"
    left.mkdir()
    (left / "clip.mp4").write_bytes(b"half")
    keep = [tmp_path / "mine.part", tmp_path / ".Trashes", tmp_path / ".deep.part"]
    for folder in keep:
        folder.mkdir()
        (folder / "sub").mkdir()
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_text("kept")
    (tmp_path / ".link.part").symlink_to(outside)
    (tmp_path / ".file.part").write_text("not a folder")
    clean_leftovers(tmp_path)
    assert not left.exists()
    assert all((folder / "sub").is_dir() for folder in keep)
    assert (outside / "kept").exists()
    clean_leftovers(tmp_path / "absent")  # nothing to do is no error


def test_a_session_s_name_with_nothing_in_it_goes_with_the_next_save(tmp_path: Path) -> None:
    """On FAT a rename that was cut leaves the new name bare, and the files under the hidden one."""
    ours = tmp_path / "MIDSTANCE"
    sealed = ours / "sealed-00ff10ab22cd"
    bare = [ours / "2025-01-01_120000_AB", ours / "2025-01-01_120000", sealed]
    kept = [ours / "holiday", ours / "2025-01-01", tmp_path / "2025-01-01_120000_AB"]
    for folder in (*bare, *kept, ours / ".2025-01-01_120000_AB.part"):
        folder.mkdir(parents=True)
    full = ours / "2025-01-01_110000_AB"
    full.mkdir()
    (full / "report.html").write_text("numbers")
    (ours / "2025-01-01_100000_AB").write_text("a file of that name")
    written = write_folder(tmp_path, "2025-01-01_120000_AB", FILES, below="MIDSTANCE")
    assert written == ours / "2025-01-01_120000_AB", "the bare name is free again"
    assert check_folder(written) == ()
    assert {path.name for path in ours.iterdir()} == {
        *("2025-01-01_120000_AB", "2025-01-01_110000_AB", "2025-01-01_100000_AB"),
        *("holiday", "2025-01-01"),
    }
    assert (full / "report.html").read_text() == "numbers"
    assert all(folder.is_dir() for folder in kept)


def test_a_hidden_name_that_leads_to_a_whole_session_is_left(tmp_path: Path) -> None:
    """On FAT a rename that was cut may leave two names for the same files."""
    for name in ("2025-01-01_120000_AB", "2025-01-02_120000_AB"):
        whole = write_folder(tmp_path, name, FILES, below="MIDSTANCE")
        shutil.copytree(whole, whole.parent / f".{name}-2.part", copy_function=shutil.copy2)
    other = tmp_path / "MIDSTANCE" / ".2025-01-02_120000_AB-2.part" / "session.json"
    other.write_bytes(other.read_bytes() + b"more")
    write_folder(tmp_path, "2025-01-03_120000_AB", FILES, below="MIDSTANCE")
    assert {path.name for path in (tmp_path / "MIDSTANCE").iterdir()} == {
        *("2025-01-01_120000_AB", ".2025-01-01_120000_AB-2.part"),
        *("2025-01-02_120000_AB", "2025-01-03_120000_AB"),
    }


@pytest.mark.parametrize("step", [0, 1, 5, 8, 12])
def test_stopping_at_any_step_leaves_nothing(tmp_path: Path, step: int) -> None:
    count = 0

    def stop(phase: Phase, fraction: float) -> None:
        nonlocal count
        count += 1
        if count > step:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_folder(tmp_path, "one", FILES, on_progress=stop)
    assert list(tmp_path.iterdir()) == []


def test_what_reads_back_differently_never_gets_its_name(tmp_path: Path) -> None:
    def spoil(phase: Phase, fraction: float) -> None:
        if phase is Phase.CHECKING and fraction < 1e-3:
            with (tmp_path / ".one.part" / "big.bin").open("r+b") as file:
                file.seek(4_000_000)
                file.write(b"a worn-out cell")

    with pytest.raises(ReadBackError, match=r"big\.bin"):
        write_folder(tmp_path, "one", FILES, on_progress=spoil)
    assert list(tmp_path.iterdir()) == []


def test_damage_is_found_later(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, "one", FILES)
    (folder / "session.json").write_bytes(b"{}")
    (folder / "empty.csv").unlink()
    assert [p.split(":")[0] for p in check_folder(folder)] == ["session.json", "empty.csv"]
    with pytest.raises(OSError, match="empty"):
        read_folder(folder)
    (folder / "empty.csv").touch()
    with pytest.raises(ReadBackError, match=r"session\.json"):
        read_folder(folder)
    (folder / SUMS_NAME).write_text(f"{hashlib.sha256(b'').hexdigest()}  ../../etc/hostname\n")
    assert check_folder(folder) != ()
    with pytest.raises(ReadBackError):
        read_folder(folder)


def test_removing_takes_the_name_first(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, "one", FILES)
    remove_folder(folder)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(FileNotFoundError):
        remove_folder(folder)


@pytest.mark.parametrize(
    ("name", "files"),
    [("a/b", {"a": b""}), ("..", {"a": b""}), ("a", {"con": b""}), ("a", {"x": b"", "X": b""})],
)
def test_unsafe_names_are_a_programming_error(tmp_path: Path, name: str, files: dict) -> None:
    with pytest.raises(ValueError, match=r"safe|case"):
        write_folder(tmp_path, name, files)
    assert list(tmp_path.iterdir()) == []
