from __future__ import annotations

import errno
import os
import traceback
from datetime import datetime
from pathlib import Path

import pytest
from clip_makers import decode, number, record, regular

from device.atomic import check_folder
from device.clips.export import (
    ExportBundle,
    export_files,
    export_session,
    render,
    session_folder,
    stick_error,
)
from device.domain.kiosk import SaveProgress
from device.errors import (
    StickAbsentError,
    StickError,
    StickFullError,
    StickReadOnlyError,
    StorageError,
)

FILES = {"session.json": b"{}", "steps.csv": b"side,drop\n", "README.txt": b"what each is"}


@pytest.fixture(scope="module")
def shot():
    return record(regular(90))


def quiet(progress: SaveProgress) -> None:
    assert 0 <= progress.fraction <= 1


def test_a_session_is_saved_with_a_playable_clip(tmp_path: Path, shot) -> None:
    seen: list[SaveProgress] = []
    name = session_folder(datetime(2025, 3, 9, 18, 15, 2), "AB 12")
    folder = export_session(tmp_path, ExportBundle(name, FILES, shot), seen.append)
    assert folder == tmp_path / "MIDSTANCE" / "2025-03-09_181502_AB-12"
    assert {p.name for p in folder.iterdir()} == {*FILES, "clip.mp4", "sha256.txt"}
    assert check_folder(folder) == ()
    shown = decode((folder / "clip.mp4").read_bytes())
    assert [number(image) for _, image in shown] == list(range(90))
    assert [p.fraction for p in seen] == sorted(p.fraction for p in seen)
    assert len({p.fraction for p in seen if p.doing == "Making the clip"}) >= 3
    assert seen[-1].fraction == 1
    assert seen[-1].folder == "MIDSTANCE/2025-03-09_181502_AB-12"
    assert not any(p.done or p.problem for p in seen)  # not safe to remove before unmounting


def test_saving_twice_keeps_both(tmp_path: Path, shot) -> None:
    bundle = ExportBundle("s", FILES, shot, clip_name="clip-raw.mp4")
    names = [export_session(tmp_path, bundle, quiet).name for _ in range(3)]
    assert names == ["s", "s_2", "s_3"]
    assert all((tmp_path / "MIDSTANCE" / name / "clip-raw.mp4").exists() for name in names)


def test_no_clip_and_an_empty_snapshot_are_no_clip(tmp_path: Path, shot) -> None:
    for clip in (None, (shot[0], ())):
        folder = export_session(tmp_path, ExportBundle("s", FILES, clip), quiet)
        assert not (folder / "clip.mp4").exists()


def test_hostile_names_are_made_safe_and_never_collide(tmp_path: Path) -> None:
    files = {
        "../evil.csv": b"1",
        "evil.csv": b"2",
        "EVIL.CSV": b"3",
        "sha256.txt": b"4",
        "nul": b"5",
    }
    folder = export_session(tmp_path, ExportBundle("../../..\\x:", files), quiet)
    assert folder.parent == tmp_path / "MIDSTANCE"
    assert folder.name == "x"
    found = {p.name: p.read_bytes() for p in folder.iterdir()}
    found.pop("sha256.txt")
    assert found == {
        "evil.csv": b"1",
        "evil_2.csv": b"2",
        "EVIL_3.CSV": b"3",
        "sha256_2.txt": b"4",
        "_nul": b"5",
    }


def test_folder_names() -> None:
    when = datetime(2025, 12, 31, 0, 0, 1)
    assert session_folder(when) == "2025-12-31_000001"
    assert session_folder(when, "跑/..") == "2025-12-31_000001"
    assert session_folder(when, "Zoë") == "2025-12-31_000001_Zoe"


def test_a_video_that_does_not_play_is_not_saved(tmp_path: Path, shot) -> None:
    good = render(ExportBundle("s", {}, shot))["clip.mp4"]
    for bad in (b"", good[:5000], good[: len(good) // 2]):
        with pytest.raises(StorageError, match=r"clip-raw\.mp4 cannot be played") as caught:
            export_session(tmp_path, ExportBundle("s", {"clip-raw.mp4": bad}), quiet)
        assert caught.value.remedy
    assert list(tmp_path.iterdir()) == []


def test_dismissing_while_the_clip_is_made_ends_it(tmp_path: Path, shot) -> None:
    def dismiss(progress: SaveProgress) -> None:
        if progress.fraction > 0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export_session(tmp_path, ExportBundle("s", FILES, shot), dismiss)
    assert list(tmp_path.iterdir()) == []


def test_no_stick(tmp_path: Path) -> None:
    with pytest.raises(StickAbsentError):
        export_session(tmp_path / "absent", ExportBundle("s", FILES), quiet)
    assert not (tmp_path / "absent").exists()


def test_the_stick_or_its_folder_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StickError, match="file is not a folder"):
        export_session(tmp_path / "file", ExportBundle("s", FILES), quiet)
    (tmp_path / "MIDSTANCE").write_text("")
    with pytest.raises(StickError, match="MIDSTANCE is not a folder") as caught:
        export_session(tmp_path, ExportBundle("s", FILES), quiet)
    assert "Rename" in caught.value.remedy


def test_a_link_on_the_stick_is_not_followed(tmp_path: Path) -> None:
    stick, elsewhere = tmp_path / "stick", tmp_path / "elsewhere"
    stick.mkdir()
    elsewhere.mkdir()
    (stick / "MIDSTANCE").symlink_to(elsewhere)
    with pytest.raises(StickError, match="not a folder"):
        export_session(stick, ExportBundle("s", FILES), quiet)
    assert list(elsewhere.iterdir()) == []


def test_an_unwritable_folder(tmp_path: Path) -> None:
    root = tmp_path / "stick"
    root.mkdir()
    for folder in (root, *list(root.parents)[:-1]) if os.geteuid() == 0 else ():
        folder.chmod(folder.stat().st_mode | 0o055)  # so that nobody comes so far
    root.chmod(0o555)

    def attempt() -> int:
        try:
            export_files(root, "s", FILES, quiet)
        except StickReadOnlyError as error:
            return 7 if error.remedy and str(root) in error.what else 1
        return 0

    assert in_child(attempt, as_nobody=os.geteuid() == 0) == 7
    root.chmod(0o755)
    assert list(root.iterdir()) == []


def in_child(work, *, as_nobody: bool) -> int:
    """Run `work` in a process of its own, without root's powers; return its result."""
    child = os.fork()
    if child == 0:
        code = 99
        try:
            if as_nobody:
                os.setgroups([])
                os.setgid(65534)
                os.setuid(65534)
            code = work()
        except BaseException:  # noqa: BLE001 - the child must never return into pytest
            traceback.print_exc()
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (errno.ENOSPC, StickFullError),
        (errno.EDQUOT, StickFullError),
        (errno.EFBIG, StickFullError),
        (errno.EROFS, StickReadOnlyError),
        (errno.EPERM, StickReadOnlyError),
        (errno.ENODEV, StickAbsentError),
        (errno.ENOTCONN, StickAbsentError),
        (errno.ECONNABORTED, StickAbsentError),
        (errno.EIO, StickError),
        (errno.EINVAL, StickError),
    ],
)
def test_every_failure_has_a_name_and_a_remedy(tmp_path: Path, code: int, kind: type) -> None:
    error = stick_error(OSError(code, os.strerror(code)), tmp_path)
    assert type(error) is kind
    assert error.remedy.endswith(".")
    assert error.exit_code == 7


def test_a_pulled_stick_that_only_says_io_error_is_known_by_its_missing_device(
    tmp_path: Path,
) -> None:
    error = OSError(errno.EIO, "Input/output error")
    assert type(stick_error(error, tmp_path, os.makedev(240, 77))) is StickAbsentError
    assert type(stick_error(error, tmp_path, os.stat(tmp_path).st_dev)) is StickError
