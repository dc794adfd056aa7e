"""Versions side by side: switched to in one step, the one before kept."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import aptitude
import pytest
from console import Console
from install_paths import ROOT
from release import COMPLETE, Release
from system import System, output_of


def make_source(folder: Path, version: str) -> Path:
    (folder / "device").mkdir(parents=True)
    (folder / "device/__init__.py").write_text(f'__version__ = "{version}"\n')
    (folder / "pyproject.toml").write_text("[project]\n")
    (folder / "requirements").mkdir()
    for lock in ("bootstrap", "run", "pi"):
        (folder / "requirements" / f"{lock}.txt").write_text("")
    return folder


def installed(source: Path, root: Path) -> Release:
    release = Release(System(source=source, root=root), Console(1, lambda text: None))
    (release.folder / "bin").mkdir(parents=True, exist_ok=True)
    (release.folder / "bin/midstance").write_text(release.version)
    (release.folder / COMPLETE).write_text("")
    return release


def in_use(root: Path) -> str:
    return (root / "opt/midstance/bin/midstance").read_text()


def test_the_newest_is_used_and_the_one_before_is_kept(tmp_path):
    root = tmp_path / "root"
    releases = []
    for version in ("1", "2", "3"):
        releases.append(installed(make_source(tmp_path / version, version), root))
        assert releases[-1].use()
        assert in_use(root) == version
    assert not releases[2].use(), "nothing to switch"
    left = {path.name for path in (root / "opt/midstance/releases").iterdir()}
    assert left == {releases[1].name, releases[2].name}
    assert os.readlink(root / "usr/local/bin/midstance") == "/opt/midstance/bin/midstance"


def test_an_unfinished_version_is_never_used_and_goes(tmp_path):
    root = tmp_path / "root"
    old = installed(make_source(tmp_path / "1", "1"), root)
    old.use()
    broken = Release(
        System(source=make_source(tmp_path / "2", "2"), root=root), Console(1, lambda text: None)
    )
    broken.folder.mkdir(parents=True)
    assert not broken.is_complete
    assert in_use(root) == "1"
    old.use()
    assert not broken.folder.exists()


def test_any_change_makes_another_version(tmp_path):
    source = make_source(tmp_path / "source", "1")
    names = set()
    for change in ("", "# a line\n"):
        (source / "device/__init__.py").write_text(f'__version__ = "1"\n{change}')
        names.add(Release(System(source=source, root=tmp_path), Console(1, print)).name)
    (source / "requirements/run.txt").write_text("numpy==2\n")
    names.add(Release(System(source=source, root=tmp_path), Console(1, print)).name)
    assert len(names) == 3


def test_packages_of_a_pi_are_for_a_pi():
    text = aptitude.LIST.read_text()
    plain = aptitude.needed(text, on_pi=False)
    assert {"polkitd", "libegl1", "python3-venv", "python3-lgpio"} <= set(plain)
    assert "python3-picamera2" not in plain
    assert "python3-picamera2" in aptitude.needed(text, on_pi=True)
    assert "python3-lgpio" not in aptitude.needed(text, on_pi=False, available=[])


@pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None,
    reason="needs apt and root",
)
def test_apt_installs_from_a_bundles_folder_alone(tmp_path):
    debs = tmp_path / "bundle/debs"
    debs.mkdir(parents=True)
    for name, depends in (("midstance-probe", "midstance-probe-lib"), ("midstance-probe-lib", "")):
        build = tmp_path / name / "DEBIAN"
        build.mkdir(parents=True)
        control = f"Package: {name}\nVersion: 1\nArchitecture: all\nMaintainer: nobody <n@n>\n"
        control += f"Depends: {depends}\n" if depends else ""
        (build / "control").write_text(f"{control}Description: probe\n")
        command = ["dpkg-deb", "--build", "--root-owner-group", build.parent, debs / f"{name}.deb"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    assert aptitude.index(debs) == 2
    with tempfile.TemporaryDirectory() as work:
        options = aptitude.sources(System(source=ROOT, bundle=tmp_path / "bundle"), Path(work))
        subprocess.run(["apt-get", *options, "update", "-qq"], check=True)
        assert aptitude.has_candidate(options, "midstance-probe")
        assert not aptitude.has_candidate(options, "python3-scipy"), "no other source is asked"
        said = output_of(["apt-get", *options, "install", "--simulate", "midstance-probe"])
    assert "Inst midstance-probe-lib" in said
    assert "Inst midstance-probe " in said


@pytest.mark.slow
def test_a_pi_with_debian_13_finds_a_wheel_for_every_package(tmp_path):
    """pip itself looks: aarch64, Python 3.13, wheels alone, every file by its hash."""
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--no-deps", "--quiet"]
    command += ["--disable-pip-version-check", "--target", str(tmp_path), "--require-hashes"]
    command += ["--only-binary=:all:", "--implementation", "cp", "--python-version", "3.13"]
    for tag in ("manylinux2014", *(f"manylinux_2_{minor}" for minor in (28, 27, 26, 24, 17))):
        command += ["--platform", f"{tag}_aarch64"]
    for lock in ("bootstrap", "run", "pi"):
        command += ["-r", str(ROOT / "requirements" / f"{lock}.txt")]
    command += ["--retries", "2", "--timeout", "20"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=240)
    except subprocess.TimeoutExpired:
        pytest.skip("the package index takes its time")
    troubles = r"connection|timed out|ssl|proxy|temporar|http error|\b(429|50\d)\b"
    if done.returncode != 0 and re.search(troubles, done.stderr, re.IGNORECASE):
        pytest.skip("the package index cannot be reached")
    assert done.returncode == 0, done.stderr[-2000:]
