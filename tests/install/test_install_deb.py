"""The Debian package: a bundle and the two scripts that install from it and take it away."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest
from install_paths import ROOT

sys.path.insert(0, str(ROOT / "tools"))
import deb

pytestmark = pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="dpkg-deb is not here")


@pytest.fixture
def bundle(tmp_path):
    folder = tmp_path / "bundle"
    for name in ("wheels/one-1-py3-none-any.whl", "models/full.task", "debs/other.deb"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"content")
    (folder / "midstance" / "device").mkdir(parents=True)
    (folder / "midstance" / "device" / "__init__.py").write_text('__version__ = "9.8.7"\n')
    (folder / "kind").write_text("aarch64 3.13\n")
    return folder


def fields(package, *names):
    command = ["dpkg-deb", "-f", package, *names]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_it_says_what_it_needs_and_holds_the_bundle_without_its_debs(bundle, tmp_path):
    package = deb.build(bundle, tmp_path)
    assert package.name == "midstance_9.8.7_arm64.deb"
    depends = fields(package, "Depends")
    assert "python3 (>= 3.13), python3 (<< 3.14)" in depends
    assert "python3-venv" in depends
    assert "python3-lgpio" not in depends, "Debian itself has it not"
    assert "python3-lgpio" in fields(package, "Recommends")
    said = subprocess.run(["dpkg-deb", "-c", package], check=True, capture_output=True, text=True)
    assert "./usr/share/midstance/wheels/one-1-py3-none-any.whl" in said.stdout
    assert "other.deb" not in said.stdout
    assert all(line.split()[1] == "root/root" for line in said.stdout.splitlines())
    assert [path.name for path in tmp_path.glob(".deb-*")] == [], "nothing is left lying about"


def test_an_upgrade_removes_nothing(bundle, tmp_path):
    package = deb.build(bundle, tmp_path)
    subprocess.run(["dpkg-deb", "-e", package, tmp_path / "control"], check=True)
    for script, words in (("prerm", ["upgrade", "9.8.8"]), ("postinst", ["abort-upgrade"])):
        done = subprocess.run([tmp_path / "control" / script, *words], check=False)
        assert done.returncode == 0, f"{script} {words} does nothing"


def test_a_folder_that_is_no_bundle_is_refused(tmp_path):
    with pytest.raises(ValueError, match="is no bundle"):
        deb.build(tmp_path, tmp_path)
