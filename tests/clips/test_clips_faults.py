"""Sticks that are full, locked, broken or pulled, and processes that are killed, for real.

The promise each time: what has its name is whole, and what could not be saved is said so.
"""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest
from stick_mounts import MAKERS, memory_disk, stick

from device.atomic import SUMS_NAME, check_folder
from device.clips.export import FOLDER, export_files
from device.domain.kiosk import SaveProgress
from device.errors import (
    StickAbsentError,
    StickError,
    StickFullError,
    StickReadOnlyError,
)

ROOT = Path(__file__).resolve().parents[2]
FILES = {
    "clip.mp4": random.Random(3).randbytes(2_500_000),
    "session.json": b'{"schema": 1}' * 500,
    "steps.csv": b"side,drop\n" * 200,
}
KINDS = list(MAKERS)


def quiet(progress: SaveProgress) -> None:
    pass


def attempt(
    root: Path, name: str, on_progress: Callable[[SaveProgress], None]
) -> Path | StickError:
    try:
        return export_files(root, name, FILES, on_progress)
    except StickError as error:
        return error


def saved(root: Path) -> list[Path]:
    """Everything a person would take for a saved session."""
    folder = root / FOLDER
    if not folder.is_dir():
        return []
    return [entry for entry in folder.iterdir() if not entry.name.startswith(".")]


def unfinished(root: Path) -> list[Path]:
    return list((root / FOLDER).glob(".*"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_real_stick_takes_a_session_and_has_it_after_being_put_in_again(
    kind: str, tmp_path: Path
) -> None:
    with stick(kind, tmp_path) as real:
        name = "2025-03-09_181502_" + "A" * 40
        folder = export_files(real.root, name, FILES, quiet)
        again = export_files(real.root, name, FILES, quiet)
        assert (folder.name, again.name) == (name, f"{name}_2")
        real.unmount()
        assert saved(real.root) == []
        real.mount("ro")
        assert sorted(saved(real.root)) == [folder, again]
        assert check_folder(folder) == ()
        assert check_folder(again) == ()
        assert (folder / "clip.mp4").read_bytes() == FILES["clip.mp4"]
        with pytest.raises(StickReadOnlyError) as caught:
            export_files(real.root, name, FILES, quiet)
        assert caught.value.remedy
        assert len(saved(real.root)) == 2


@pytest.mark.parametrize("kind", ["exfat", "vfat16", "ext4"])
def test_a_stick_of_few_megabytes_is_full_before_anything_is_written(
    kind: str, tmp_path: Path
) -> None:
    with stick(kind, tmp_path, size_mb=9) as real:
        count = 0
        while not isinstance(refusal := attempt(real.root, f"s{count}", quiet), StickError):
            count += 1
        assert isinstance(refusal, StickFullError)
        assert re.search(r"MB needed, .* MB free", refusal.what)
        assert refusal.remedy
        assert 1 <= count <= 3
        assert len(saved(real.root)) == count
        assert all(check_folder(folder) == () for folder in saved(real.root))
        assert unfinished(real.root) == []
        export_files(real.root, "small", {"session.json": b"{}"}, quiet)  # still takes numbers


def test_a_stick_of_one_megabyte_takes_the_numbers_but_no_clip(tmp_path: Path) -> None:
    with memory_disk(tmp_path, "1m") as root:
        with pytest.raises(StickFullError):
            export_files(root, "s", FILES, quiet)
        folder = export_files(root, "s", {"session.json": b"{}"}, quiet)
        assert check_folder(folder) == ()


def test_a_stick_that_somebody_else_fills_meanwhile(tmp_path: Path) -> None:
    with memory_disk(tmp_path, "6m") as root:

        def fill(progress: SaveProgress) -> None:
            if 0.2 < progress.fraction < 0.7 and not (root / "other").exists():
                with (root / "other").open("wb") as file:
                    while os.statvfs(root).f_bavail > 40:
                        file.write(b"\0" * 4096)
                        file.flush()

        with pytest.raises(StickFullError, match="became full") as caught:
            export_files(root, "s", FILES, fill)
        assert caught.value.remedy
        assert saved(root) == []
        assert unfinished(root) == []  # gives the room back
        (root / "other").unlink()
        assert check_folder(export_files(root, "s", FILES, quiet)) == ()


def test_a_stick_that_holds_less_than_it_says(tmp_path: Path) -> None:
    """A forged stick: the file system is larger than what is behind it."""
    with memory_disk(tmp_path, "1500k") as behind, stick("ext4", behind, size_mb=32) as forged:
        with pytest.raises(StickError) as caught:
            export_files(forged.root, "s", FILES, quiet)
        assert caught.value.remedy
        assert saved(forged.root) == []


@pytest.mark.parametrize("kind", ["ext4", "exfat", "vfat"])
def test_a_stick_pulled_at_any_step_holds_only_whole_sessions(kind: str, tmp_path: Path) -> None:
    """The stick takes nothing more (and ext4 forgets what was not synced); then it comes back."""
    with stick(kind, tmp_path) as real:
        export_files(real.root, "before", FILES, quiet)
        steps = 0

        def count(progress: SaveProgress) -> None:
            nonlocal steps
            steps += 1

        export_files(real.root, "counted", FILES, count)
        assert steps > 8
        for pull_at in range(1, steps + 1):
            left = pull_at

            def pull(progress: SaveProgress) -> None:
                nonlocal left
                left -= 1
                if left == 0:
                    real.tear_away()

            name = f"s{pull_at:02}"
            outcome = attempt(real.root, name, pull)
            if isinstance(outcome, StickError):
                assert outcome.remedy
                # A shut-down ext4 is still mounted and only says that it failed.
                assert kind == "ext4" or isinstance(outcome, StickAbsentError)
            real.unmount()
            assert saved(real.root) == []  # nothing went to the disk below the mount point
            real.mount()
            whole = [folder.name for folder in saved(real.root)]
            assert {"before", "counted"} <= set(whole)
            assert all(check_folder(folder) == () for folder in saved(real.root))
            assert name in whole or isinstance(outcome, StickError)
            if pull_at < steps - 1:
                assert name not in whole
        export_files(real.root, "after", FILES, quiet)
        assert unfinished(real.root) == []


def test_a_stick_unmounted_under_the_export_never_fills_the_devices_own_disk(
    tmp_path: Path,
) -> None:
    with memory_disk(tmp_path, "8m") as root:

        def unmount(progress: SaveProgress) -> None:
            if progress.fraction > 0.4 and os.path.ismount(root):
                subprocess.run(["umount", "-l", str(root)], check=True)
                (root / FOLDER).mkdir()  # even where somebody makes the same folder there

        with pytest.raises(StickAbsentError):
            export_files(root, "s", FILES, unmount)
        below = list((root / FOLDER).iterdir())
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(root)], check=True)
        assert below == []


EXPORTER = """
import os, sys
from pathlib import Path
from device.clips.export import export_files
root, size = Path(sys.argv[1]), int(sys.argv[2])
files = {"clip.mp4": bytes(range(250)) * (size // 250), "session.json": b"{}" * 999}
for number in range(int(sys.argv[3]), 10**6):
    export_files(root, f"s{number:06}", files, lambda progress: os.write(1, b"."))
"""


def test_killed_at_random_instants_leaves_only_whole_sessions(tmp_path: Path) -> None:
    random_ = random.Random(8)
    whole: set[Path] = set()
    torn = 0
    for turn in range(12):
        size = len(FILES["clip.mp4"])
        with subprocess.Popen(
            [sys.executable, "-c", EXPORTER, str(tmp_path), str(size), str(1000 * turn)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
        ) as process:
            assert process.stdout is not None
            # Counted in steps of the saving: a busy machine takes its time for them.
            process.stdout.read(random_.randrange(1, 40))
            time.sleep(random_.uniform(0.0, 0.004))
            process.kill()
        found = set(saved(tmp_path))
        assert found >= whole  # what was saved stays saved
        assert all(check_folder(folder) == () for folder in found - whole)
        whole = found
        torn += bool((tmp_path / FOLDER).is_dir() and unfinished(tmp_path))
    assert torn > 3  # the kills did hit something
    export_files(tmp_path, "last", FILES, quiet)
    assert unfinished(tmp_path) == []


def test_killed_at_every_step_leaves_only_whole_sessions(tmp_path: Path) -> None:
    code, step = -signal.SIGKILL, 0
    while code == -signal.SIGKILL:
        step += 1

        def work(left: int = step) -> None:
            def die(progress: SaveProgress) -> None:
                nonlocal left
                left -= 1
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

            export_files(tmp_path, f"s{left:02}", FILES, die)

        code = os.waitstatus_to_exitcode(os.waitpid(_forked(work), 0)[1])
        assert all(check_folder(folder) == () for folder in saved(tmp_path))
        assert len(unfinished(tmp_path)) <= 1
    assert code == 0
    assert step > 8
    assert 1 <= len(saved(tmp_path)) <= 2  # the last kill came after the rename


def _forked(work) -> int:
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:  # noqa: BLE001 - the child must never return into pytest
            traceback.print_exc()
            os._exit(99)
        os._exit(0)
    return child


def test_killed_while_the_whole_program_saves(tmp_path: Path) -> None:
    """The same with a process of its own, from its first line on."""
    program = (
        "import sys; from pathlib import Path; from device.clips.export import export_files\n"
        "files = {'clip.bin': bytes(range(256)) * 8000, 'steps.csv': b'x' * 999}\n"
        "for n in range(9999):\n"
        "    export_files(Path(sys.argv[1]), f's{n:04}', files, lambda progress: None)\n"
        "    print(n, flush=True)\n"
    )
    for wait in (1, 3):
        with subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            for _ in range(wait):
                process.stdout.readline()
            time.sleep(0.01)
            process.kill()
    found = saved(tmp_path)
    assert len(found) >= 4
    assert all(check_folder(folder) == () for folder in found)


def test_ten_thousand_other_files_do_not_matter(tmp_path: Path) -> None:
    folder = tmp_path / FOLDER
    folder.mkdir()
    for number in range(10_000):
        (folder / f"IMG_{number:05}.jpg").touch()
    assert check_folder(export_files(tmp_path, "s", FILES, quiet)) == ()
    assert len(list(folder.iterdir())) == 10_001


def test_checksums_are_there_for_every_file(tmp_path: Path) -> None:
    folder = export_files(tmp_path, "s", FILES, quiet)
    listed = {line.split("  ")[1] for line in (folder / SUMS_NAME).read_text().splitlines()}
    assert listed == set(FILES)
