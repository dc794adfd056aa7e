"""Building from packages: a real pip on a local folder, a stand-in npm, all that can fail."""

from __future__ import annotations

import hashlib
import io
import os
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from tiny_network import WEIGHTS, tiny_network

from device.errors import ModelError
from device.hardware import pose_models
from device.hardware.pose_bundle import make_bundle
from device.hardware.pose_models import Archive, Model, Network

DETECTOR = tiny_network()
LANDMARKS = tiny_network(WEIGHTS[::-1].copy())
WHEEL = "tinypose-1.0-cp311-cp311-manylinux_2_28_x86_64.whl"
TARBALL = "tiny-pose-1.0.tgz"
FAKE_NPM = """#!{python}
import os, pathlib, shutil, sys
if os.environ.get("NPM_FAILS"):
    sys.exit("npm error network")
where = pathlib.Path(sys.argv[sys.argv.index("--pack-destination") + 1])
shutil.copy(os.environ["NPM_HAS"], where / "tiny-pose-1.0.tgz")
"""


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def wheel_bytes() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as wheel:
        wheel.writestr("tinypose/detector.tflite", DETECTOR)
        wheel.writestr("tinypose/full.tflite", LANDMARKS)
        info = "tinypose-1.0.dist-info"
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: tinypose\nVersion: 1.0\n")
        tag = "cp311-cp311-manylinux_2_28_x86_64"
        wheel.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: {tag}\n")
        wheel.writestr(f"{info}/RECORD", "")
    return out.getvalue()


def tarball_bytes() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tarball:
        member = tarfile.TarInfo("package/lite.tflite")
        member.size = len(LANDMARKS)
        tarball.addfile(member, io.BytesIO(LANDMARKS))
    return out.getvalue()


class Registry:
    """A package index in a folder, with pip and npm set to it."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.wheel, self.tarball = folder / WHEEL, folder / TARBALL
        self.wheel.write_bytes(wheel_bytes())
        self.tarball.write_bytes(tarball_bytes())
        programs = folder / "bin"
        programs.mkdir()
        npm = programs / "npm"
        npm.write_text(FAKE_NPM.format(python=sys.executable))
        npm.chmod(0o755)
        self.env = monkeypatch
        for name in [name for name in os.environ if name.startswith("PIP_")]:
            monkeypatch.delenv(name)
        monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
        monkeypatch.setenv("PIP_NO_INDEX", "1")
        monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
        monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
        monkeypatch.setenv("PATH", str(programs))
        monkeypatch.setenv("NPM_HAS", str(self.tarball))
        wheel = Archive("tinypose", "1.0", "pip", WHEEL, 1, sha256(self.wheel.read_bytes()))
        tarball = Archive("tiny/pose", "1.0", "npm", TARBALL, 1, sha256(self.tarball.read_bytes()))
        detector = Network(wheel, "tinypose/detector.tflite", sha256(DETECTOR))
        pinned = sha256(make_bundle(DETECTOR, LANDMARKS))
        full = Network(wheel, "tinypose/full.tflite", sha256(LANDMARKS))
        lite = Network(tarball, "package/lite.tflite", sha256(LANDMARKS))
        self.full = Model("full", detector, full, 1, pinned)
        self.lite = Model("lite", detector, lite, 1, pinned)


@pytest.fixture
def registry(tmp_path, monkeypatch):
    folder = tmp_path / "registry"
    folder.mkdir()
    return Registry(folder, monkeypatch)


@pytest.fixture
def said():
    return []


def build(model: Model, where: Path, said: list[str], **more) -> Path:
    return pose_models.build_model(model, where, say=said.append, **more)


def test_full_is_built_with_pip_alone_and_then_needs_nothing(registry, tmp_path, said):
    (Path(os.environ["PATH"]) / "npm").unlink()
    where = tmp_path / "models"
    path = build(registry.full, where, said)
    assert path.read_bytes() == make_bundle(DETECTOR, LANDMARKS)
    assert pose_models.state_of(registry.full, where).verified
    assert any("1/3: fetch tinypose 1.0" in line for line in said)
    assert list(where.glob("*.part")) == []

    registry.env.setenv("PIP_FIND_LINKS", "/nowhere")
    pose_models.forget_downloads(where)
    said.clear()
    assert build(registry.full, where, said) == path
    assert said == [f"full: already built and verified ({path})"]


def test_lite_takes_its_landmarks_from_npm(registry, tmp_path, said):
    path = build(registry.lite, tmp_path, said)
    assert sha256(path.read_bytes()) == registry.lite.sha256


def test_lite_without_npm_says_what_to_install(registry, tmp_path, said):
    (Path(os.environ["PATH"]) / "npm").unlink()
    with pytest.raises(ModelError, match="npm is not installed") as error:
        build(registry.lite, tmp_path, said)
    assert "apt install npm" in error.value.remedy
    assert "'full'" in error.value.remedy


def test_a_failed_step_names_itself_and_keeps_what_was_fetched(registry, tmp_path, said):
    registry.env.setenv("NPM_FAILS", "1")
    with pytest.raises(ModelError, match=r"Step 'fetch tiny/pose 1\.0'") as error:
        build(registry.lite, tmp_path, said)
    assert "midstance models build lite" in error.value.remedy

    registry.env.delenv("NPM_FAILS")
    registry.wheel.unlink()  # the wheel of the first attempt must do
    said.clear()
    assert build(registry.lite, tmp_path, said).is_file()
    assert "have it" in said[0]


def test_no_network_is_a_model_error(registry, tmp_path, said):
    registry.wheel.unlink()
    with pytest.raises(ModelError, match=r"Step 'fetch tinypose 1\.0': pip failed"):
        build(registry.full, tmp_path, said)


def test_another_wheel_of_that_name_is_refused(registry, tmp_path, said):
    with zipfile.ZipFile(registry.wheel, "a") as wheel:
        wheel.writestr("tinypose/more.txt", "not what was pinned")
    with pytest.raises(ModelError, match="Step 'fetch tinypose"):
        build(registry.full, tmp_path, said)


def test_another_npm_package_of_that_name_is_refused(registry, tmp_path, said):
    registry.tarball.write_bytes(registry.tarball.read_bytes() + b"more")
    with pytest.raises(ModelError, match="not the pinned file"):
        build(registry.lite, tmp_path, said)
    assert not (tmp_path / "downloads" / TARBALL).exists()


def test_a_half_download_is_fetched_again(registry, tmp_path, said):
    downloads = tmp_path / "downloads"
    downloads.mkdir()
    (downloads / WHEEL).write_bytes(registry.wheel.read_bytes()[:100])
    assert build(registry.full, tmp_path, said).is_file()


def test_a_damaged_model_is_seen_and_built_again(registry, tmp_path, said):
    path = build(registry.full, tmp_path, said)
    good = path.read_bytes()
    path.write_bytes(good[:500] + b"damage" + good[506:])
    state = pose_models.state_of(registry.full, tmp_path)
    assert state.present
    assert not state.verified
    assert "damaged" in state.problem
    build(registry.full, tmp_path, said)
    assert path.read_bytes() == good


def test_packages_brought_along_need_no_network(registry, tmp_path, said):
    brought = tmp_path / "brought"
    brought.mkdir()
    registry.wheel.rename(brought / WHEEL)
    assert build(registry.full, tmp_path / "models", said, archives=brought).is_file()


def test_a_bundle_that_is_not_as_pinned_is_never_written(registry, tmp_path, said):
    odd = Model("full", registry.full.detector, registry.full.landmarks, 1, "0" * 64)
    with pytest.raises(ModelError, match="not the pinned one"):
        build(odd, tmp_path, said)
    assert list(tmp_path.glob("*.task*")) == []


def test_a_folder_that_cannot_be_made_is_a_model_error(registry, tmp_path, said):
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelError, match="MIDSTANCE_MODELS"):
        build(registry.full, tmp_path / "file" / "models", said)


def test_missing_model_says_how_to_build_it(tmp_path):
    with pytest.raises(ModelError, match="not built yet") as error:
        pose_models.verified_path("full", tmp_path)
    assert "midstance models build full" in error.value.remedy


def test_unknown_model_names_the_known_ones():
    with pytest.raises(ModelError, match="lite, full, heavy"):
        pose_models.verified_path("huge")


def test_folder_follows_the_environment_variable(monkeypatch, tmp_path):
    monkeypatch.setenv("MIDSTANCE_MODELS", str(tmp_path))
    assert pose_models.folder() == tmp_path
    monkeypatch.delenv("MIDSTANCE_MODELS")
    assert pose_models.folder() == Path(sys.prefix, "share", "midstance", "models")
