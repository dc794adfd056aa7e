from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from device.atomic import check_folder, write_folder
from device.errors import StickAbsentError, StorageError
from device.storage.outbox import Outbox

FILES = {"session.json": b"{}", "clip.mp4": random.Random(1).randbytes(30_000)}
ROOT = Path(__file__).resolve().parents[2]
FILLER = """
import sys
from pathlib import Path
from device.storage.outbox import Outbox
box = Outbox(Path(sys.argv[1]), keep_free_bytes=0, most_sessions=int(sys.argv[2]))
while True:
    print("putting", flush=True)
    box.put("s", {"session.json": b"{}", "clip.mp4": bytes(30_000)})
"""


@contextmanager
def filled(folder: Path, most: int) -> Iterator[subprocess.Popen[bytes]]:
    """Another process that puts sessions into a box for ever and says so; killed at the end."""
    with subprocess.Popen(
        [sys.executable, "-c", FILLER, str(folder), str(most)], cwd=ROOT, stdout=subprocess.PIPE
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"putting\n", "it has started"
            yield process
        finally:
            process.kill()


@pytest.fixture
def box(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path / "data" / "outbox", keep_free_bytes=0)


def names(box: Outbox) -> list[str]:
    return [item.name for item in box.waiting()]


def test_what_was_put_in_waits_in_order_and_survives_a_restart(box: Outbox, tmp_path: Path) -> None:
    assert box.waiting() == ()
    for name in ("zebra", "apple", "2025-03-09_181502_AB"):
        assert box.put(name, FILES) == ()
    later = Outbox(tmp_path / "data" / "outbox")
    assert names(later) == ["zebra", "apple", "2025-03-09_181502_AB"]
    assert later.waiting()[0].size_bytes > 30_000
    assert (tmp_path / "data" / "outbox").stat().st_mode & 0o077 == 0


def test_delivered_sessions_arrive_as_they_were_and_only_then_leave(
    box: Outbox, tmp_path: Path
) -> None:
    box.put("one", FILES)
    box.put("two", {"a": b"2"})

    def no_stick(name: str, files: Mapping[str, bytes]) -> Path:
        raise StickAbsentError("There is no stick.", remedy="Put one in.")

    with pytest.raises(StickAbsentError):
        box.deliver(box.waiting()[0], no_stick)
    assert names(box) == ["one", "two"]
    stick = tmp_path / "stick"
    stick.mkdir()
    for item in box.waiting():
        path = box.deliver(item, lambda name, files: write_folder(stick, name, files))
        assert check_folder(path) == ()
    assert box.waiting() == ()
    assert (stick / "one" / "clip.mp4").read_bytes() == FILES["clip.mp4"]
    assert (stick / "two" / "a").read_bytes() == b"2"
    assert list((tmp_path / "data" / "outbox").iterdir()) == []


def test_the_oldest_goes_when_there_are_too_many_and_that_is_said(tmp_path: Path) -> None:
    box = Outbox(tmp_path, most_sessions=3, keep_free_bytes=0)
    said = [reason for number in range(5) for reason in box.put(f"s{number}", FILES)]
    assert names(box) == ["s2", "s3", "s4"]
    assert [reason.code for reason in said] == ["outbox_overflow"] * 2
    assert "s0" in said[0].message
    assert "s1" in said[1].message
    assert said[0].remedy


def test_bytes_are_bounded_too(tmp_path: Path) -> None:
    box = Outbox(tmp_path, most_bytes=100_000, keep_free_bytes=0)
    for number in range(6):
        box.put(f"s{number}", FILES)
        assert sum(item.size_bytes for item in box.waiting()) <= 100_000
    assert names(box) == ["s3", "s4", "s5"]
    with pytest.raises(StorageError, match="too large") as caught:
        box.put("huge", {"clip.mp4": bytes(100_001)})
    assert caught.value.remedy
    assert names(box) == ["s3", "s4", "s5"]


def test_a_damaged_session_is_set_aside_and_is_the_first_to_go(tmp_path: Path) -> None:
    box = Outbox(tmp_path, most_sessions=2, keep_free_bytes=0)
    box.put("one", FILES)
    box.put("two", FILES)
    item = box.waiting()[1]
    (item.folder / "clip.mp4").write_bytes(b"rotten")
    with pytest.raises(StorageError, match="two is damaged"):
        box.deliver(item, lambda name, files: tmp_path)
    assert names(box) == ["one"]
    assert len(list(tmp_path.glob("damaged-*"))) == 1
    box.put("three", FILES)
    assert names(box) == ["one", "three"]
    assert list(tmp_path.glob("damaged-*")) == []


def test_dropping_one(box: Outbox) -> None:
    box.put("one", FILES)
    box.put("two", FILES)
    item = box.waiting()[0]
    box.drop(item)
    assert names(box) == ["two"]
    with pytest.raises(StorageError):
        box.drop(item)


def test_hostile_and_long_names(box: Outbox) -> None:
    box.put("../../etc/" + "x" * 300, FILES)
    box.put("", FILES)
    assert names(box) == ["etc-" + "x" * 68, "file"]


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    box = Outbox(tmp_path / "file" / "outbox")
    with pytest.raises(StorageError) as caught:
        box.put("one", FILES)
    assert caught.value.remedy
    with pytest.raises(StorageError):
        Outbox(tmp_path / "file").waiting()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    if os.geteuid() != 0:
        pytest.skip("mounting needs root")
    root = tmp_path / "disk"
    root.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(root)],
        capture_output=True,
        check=False,
    )
    if done.returncode:
        pytest.skip("mounting is not allowed here")
    yield root
    subprocess.run(["umount", str(root)], check=True)


def test_a_full_disk_costs_the_oldest_only_where_that_helps(small_disk: Path) -> None:
    box = Outbox(small_disk / "outbox", keep_free_bytes=1_500_000)
    session = {"clip.mp4": os.urandom(900_000)}
    assert box.put("one", session) == ()
    assert box.put("two", session) == ()
    said = box.put("three", session)
    assert [reason.code for reason in said] == ["outbox_overflow"]
    assert names(box) == ["two", "three"]
    with pytest.raises(StorageError, match="disk is full"):
        box.put("huge", {"clip.mp4": os.urandom(3_500_000)})
    assert names(box) == ["two", "three"]


def test_looking_into_a_box_that_another_process_empties(tmp_path: Path) -> None:
    with filled(tmp_path, most=2) as process:
        assert process.stdout is not None
        for _ in range(3):
            process.stdout.readline()
        reader = threading.Thread(target=process.stdout.read, daemon=True)
        reader.start()  # a full pipe would stop it
        seen = [len(Outbox(tmp_path).waiting()) for _ in range(1500)]
    assert 1 <= max(seen) <= 3  # two, and the newest while the oldest still has to go


def test_killed_while_putting_leaves_only_whole_sessions(tmp_path: Path) -> None:
    box = Outbox(tmp_path, keep_free_bytes=0, most_sessions=5)
    for turn in range(8):
        with filled(tmp_path, most=5) as process:
            assert process.stdout is not None
            for _ in range(turn):  # some sessions are whole, the next one has just begun
                process.stdout.readline()
        assert len(box.waiting()) <= 6  # one may not have been evicted yet
        assert all(check_folder(item.folder) == () for item in box.waiting())
    assert box.waiting()
    box.put("last", FILES)
    assert names(box)[-1] == "last"
    assert not [entry for entry in tmp_path.iterdir() if entry.name.startswith(".")]
