"""Installing into a folder: what lands where, what an upgrade changes, what removal leaves."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import boot
import files
import pytest
from install_paths import ROOT, SYSTEMD
from system import System

PARTS = ("config", "systemd", "tools")
ON_A_PI = "console=serial0,115200 console=tty1 root=PARTUUID=12-02 rootfstype=ext4 fsck.repair=yes"
needs_systemctl = pytest.mark.skipif(
    shutil.which("systemctl") is None or shutil.which("systemd-sysusers") is None,
    reason="systemd's tools are not here",
)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A copy of the repository that a test may change."""
    folder = tmp_path / "source"
    for name in PARTS:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    (folder / "boot/firmware").mkdir(parents=True)
    (folder / "boot/firmware/cmdline.txt").write_text(f"{ON_A_PI}\n")
    return folder


def install(source: Path, root: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, source / "tools/install", "--root", root, "--no-environment", *more],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )


def content(path: Path) -> bytes:
    """What is in the file; nothing of a password file, which only root may read."""
    return path.read_bytes() if os.access(path, os.R_OK) else b""


def snapshot(root: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path.relative_to(root)): (
            path.lstat().st_mode,
            os.readlink(path).encode() if path.is_symlink() else content(path),
        )
        for path in root.rglob("*")
        if path.is_symlink() or path.is_file()
    }


def own(found: dict[str, tuple[int, bytes]]) -> dict[str, tuple[int, bytes]]:
    """Without what systemd's own tools write and the installation's logs."""
    aside = ("etc/passwd", "etc/group", "etc/shadow", "etc/gshadow", "etc/.pwd", "var/log")
    return {name: entry for name, entry in found.items() if not name.startswith(aside)}


@needs_systemctl
def test_everything_lands_where_the_system_looks_for_it(source, root):
    done = install(source, root)
    assert done.returncode == 0, done.stderr
    for unit in ("midstance.service", "midstance-mount@.service", "midstance.target"):
        assert (root / "etc/systemd/system" / unit).is_file()
    assert os.readlink(root / "etc/systemd/system/default.target").endswith("midstance.target")
    wants = root / "etc/systemd/system/multi-user.target.wants"
    assert (wants / "midstance.service").is_symlink()
    helper = root / "opt/midstance/libexec/stick"
    assert stat.S_IMODE(helper.stat().st_mode) == 0o755
    assert (root / "etc/midstance/midstance.toml").read_bytes() == (
        source / "config/gym.toml"
    ).read_bytes()
    assert "midstance:" in (root / "etc/passwd").read_text()
    assert "console=tty1" not in (root / "boot/firmware/cmdline.txt").read_text()


@needs_systemctl
def test_a_second_time_changes_nothing(source, root):
    install(source, root)
    before = own(snapshot(root))
    done = install(source, root)
    assert done.returncode == 0
    assert own(snapshot(root)) == before


@needs_systemctl
def test_settings_are_the_stations_own(source, root):
    install(source, root, "--profile", "home")
    settings = root / "etc/midstance/midstance.toml"
    assert 'profile = "home"' in settings.read_text()
    mine = settings.read_text().replace('"Home"', '"By the window"')
    settings.write_text(mine)
    default = source / "config/home.toml"
    default.write_text(default.read_text() + "# something new\n")
    done = install(source, root)
    assert settings.read_text() == mine
    beside = settings.with_name("midstance.toml.new")
    assert beside.read_text() == default.read_text(), "of the same profile"
    assert "midstance.toml.new" in done.stdout
    settings.write_text(default.read_text())
    install(source, root)
    assert not beside.exists(), "nothing to compare any more"


@needs_systemctl
def test_the_coachs_programmes_are_the_stations_own_as_well(source, root):
    install(source, root)
    [programme, *_] = sorted((root / "etc/midstance/programmes").glob("*.toml"))
    default = programme.read_text()
    programme.write_text(default + "# as our clinic does it\n")
    own_one = programme.with_name("ours.toml")
    own_one.write_text(default)
    done = install(source, root)
    assert programme.read_text().endswith("# as our clinic does it\n")
    assert programme.with_name(f"{programme.name}.new").read_text() == default
    assert f"{programme.name}.new" in done.stdout
    assert own_one.read_text() == default


@needs_systemctl
def test_an_upgrade_brings_new_files_and_takes_old_ones(source, root):
    install(source, root)
    unit = source / "systemd/midstance.service"
    unit.write_text(unit.read_text() + "# newer\n")
    (source / "systemd/midstance-overlay.service").rename(source / "systemd/other.service")
    own_drop_in = root / "etc/systemd/system/midstance.service.d/override.conf"
    own_drop_in.parent.mkdir(exist_ok=True)
    own_drop_in.write_text("[Service]\nNice=0\n")
    files.lay(System(source=source, root=root), station=True)
    laid = root / "etc/systemd/system"
    assert (laid / "midstance.service").read_text().endswith("# newer\n")
    assert (laid / "other.service").is_file()
    assert not (laid / "midstance-overlay.service").exists()
    assert own_drop_in.is_file(), "the station's own change stays"


@needs_systemctl
def test_removal_leaves_settings_and_sessions_and_nothing_else(source, root):
    before = own(snapshot(root))
    install(source, root)
    saved = root / "var/lib/midstance/session.json"
    saved.parent.mkdir(parents=True, exist_ok=True)
    saved.write_text("{}")
    done = install(source, root, "--uninstall")
    assert done.returncode == 0, done.stderr
    after = own(snapshot(root))
    left = set(after) - set(before)
    programmes = {
        f"etc/midstance/{path.relative_to(root / 'etc/midstance')}"
        for path in (root / "etc/midstance/programmes").iterdir()
    }
    assert programmes
    settings = {"etc/midstance/midstance.toml", *programmes}
    assert left == {*settings, "var/lib/midstance/session.json"}
    words = (root / "boot/firmware/cmdline.txt").read_text().split()
    assert sorted(words) == sorted(ON_A_PI.split())


@needs_systemctl
def test_a_failed_step_is_named_and_can_be_repeated(source, root):
    in_the_way = root / "etc/midstance"
    in_the_way.parent.mkdir(parents=True)
    in_the_way.write_text("a file where a folder must be")
    done = install(source, root)
    assert done.returncode == 1
    assert "failed: Put the settings in place" in done.stderr
    assert "To repeat: sudo make install" in done.stderr
    assert in_the_way.read_text(), "what is the user's is left alone"
    in_the_way.unlink()
    assert install(source, root).returncode == 0


@needs_systemctl
def test_on_a_desktop_nothing_is_taken_over(source, root):
    manager = root / "etc/systemd/system/display-manager.service"
    manager.parent.mkdir(parents=True)
    manager.symlink_to("/usr/lib/systemd/system/lightdm.service")
    done = install(source, root)
    assert done.returncode == 0
    assert "STATION=yes" in done.stdout
    assert not (root / "etc/systemd/system/default.target").exists()
    assert not (root / "etc/systemd/system/multi-user.target.wants").exists()
    assert not (root / "etc/sysctl.d").exists()
    assert (root / "boot/firmware/cmdline.txt").read_text() == f"{ON_A_PI}\n"


def test_quiet_words_come_once_and_go_again():
    text, added, removed = boot.quieten(ON_A_PI)
    assert removed == ["console=tty1"]
    assert "console=serial0,115200" in text.split()
    assert boot.quieten(text) == (text, [], [])
    assert sorted(boot.restore(text, added, removed).split()) == sorted(ON_A_PI.split())


def test_a_word_that_was_there_before_stays():
    text, added, removed = boot.quieten(f"quiet {ON_A_PI}")
    assert "quiet" in boot.restore(text, added, removed).split()


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    target = tmp_path / "unit"
    files.write(target, b"old", 0o644)

    def power_cut(descriptor: int) -> None:
        raise OSError("gone")

    monkeypatch.setattr(files.os, "fsync", power_cut)
    with pytest.raises(OSError, match="gone"):
        files.write(target, b"new", 0o644)
    assert target.read_bytes() == b"old"


def test_every_file_of_the_repository_is_laid(tmp_path):
    system = System(source=ROOT, root=tmp_path)
    laid = {source for source, _, _ in files.plan(system, station=True)}
    left_out = {path for path in SYSTEMD.rglob("*") if path.is_file()} - laid
    assert {path.name for path in left_out} <= {"backoff.conf", "README.md", "usbguard.rules"}


@pytest.mark.parametrize(
    ("machine", "features", "estimator"),
    [
        ("aarch64", "fp asimd evtstrm crc32 cpuid", "litert"),
        ("aarch64", "fp asimd evtstrm aes crc32 atomics fphp", "mediapipe"),
        ("x86_64", "", "mediapipe"),
    ],
)
def test_a_pi_4_begins_with_the_estimator_that_runs_there(
    tmp_path, monkeypatch, machine, features, estimator
):
    import system as system_module

    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text(f"processor\t: 0\nFeatures\t: {features}\n" if features else "flags: sse\n")
    monkeypatch.setattr(system_module, "CPUINFO", cpuinfo)
    monkeypatch.setattr(system_module.platform, "machine", lambda: machine)
    here = System(source=ROOT)
    for profile in ("gym", "home", "clinic"):
        text = tomllib.loads(files.default_settings(here, profile).decode())
        assert text["pose"]["estimator"] == estimator
    assert not System(source=ROOT, root=tmp_path).needs_litert, "a folder is no processor"
