"""The pose model bundles: built once from registry packages, verified at every use.

Midstance ships no model. ``build("full")`` fetches MediaPipe's own networks out of the Python
package that once carried them, with the interpreter's pip and nothing else; ``lite`` and
``heavy`` come from a JavaScript package, by npm. Every step is pinned by SHA-256: the archive, the
networks in it and the finished bundle. The networks are Google's, under Apache-2.0.

The bundles live in ``$MIDSTANCE_MODELS``, or else in ``share/midstance/models`` of the Python
environment: with it they are set up, moved and removed.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from device.errors import ModelError
from device.hardware.pose_bundle import make_bundle

Say = Callable[[str], None]
"""Told each step as it begins, in words for a person."""


@dataclass(frozen=True, slots=True)
class Archive:
    """A registry package; `name` is the file that pip or npm leaves behind."""

    package: str
    version: str
    tool: str
    name: str
    megabytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Network:
    """A bare network inside an archive."""

    archive: Archive
    member: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Model:
    """A bundle that can be built; `megabytes` is its size."""

    name: str
    detector: Network
    landmarks: Network
    megabytes: int
    sha256: str

    @property
    def file(self) -> str:
        """The bundle's file name."""
        return f"pose_landmarker_{self.name}.task"


@dataclass(frozen=True, slots=True)
class ModelState:
    """What is there of a model: `problem` is empty when it is there and as pinned."""

    model: Model
    path: Path
    present: bool
    problem: str

    @property
    def verified(self) -> bool:
        """Whether the bundle is there, byte for byte as pinned."""
        return self.present and not self.problem


_WHEEL = Archive(
    package="mediapipe",
    version="0.10.21",
    tool="pip",
    name="mediapipe-0.10.21-cp311-cp311-manylinux_2_28_x86_64.whl",
    megabytes=36,
    sha256="05dc4a9e593655a79558d05d6227d31018c2537a4bd3362b51e230cf22aecfe3",
)
_TARBALL = Archive(
    package="@mediapipe/pose",
    version="0.5.1675469404",
    tool="npm",
    name="mediapipe-pose-0.5.1675469404.tgz",
    megabytes=41,
    sha256="8bb349a7b3a3ba699df23be804ddd3b3eab810b50b15406894be257859388a84",
)
DETECTOR = Network(
    _WHEEL,
    "mediapipe/modules/pose_detection/pose_detection.tflite",
    "9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
)
MODELS: dict[str, Model] = {
    model.name: model
    for model in (
        Model(
            "lite",
            DETECTOR,
            Network(
                _TARBALL,
                "package/pose_landmark_lite.tflite",
                "f17bfbecadb61c3be1baa8b8d851cc6619c870a87167b32848ad20db306b9d61",
            ),
            6,
            "a10e58fd90235fd3af916ab3ed9699d77e15d51397c23fc785f6c1c8507b9330",
        ),
        Model(
            "full",
            DETECTOR,
            Network(
                _WHEEL,
                "mediapipe/modules/pose_landmark/pose_landmark_full.tflite",
                "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
            ),
            9,
            "7d90ad098123e98d39566bb69e22f51f1f642f4ac6063f6337bdd0f7e7433257",
        ),
        Model(
            "heavy",
            DETECTOR,
            Network(
                _TARBALL,
                "package/pose_landmark_heavy.tflite",
                "59e42d71bcd44cbdbabc419f0ff76686595fd265419566bd4009ef703ea8e1fe",
            ),
            31,
            "f82d59b65277299733aacb842f9f37d1571947feee21635821a7bcff584b7324",
        ),
    )
}


AUTO_MODELS = ("full", "lite")
"""What "auto" chooses from, the best first."""


def folder() -> Path:
    """Where the bundles live."""
    named = os.environ.get("MIDSTANCE_MODELS")
    return Path(named).expanduser() if named else Path(sys.prefix, "share", "midstance", "models")


def state(name: str, where: Path | None = None) -> ModelState:
    """Look at one model; reads the whole file to verify it (some ten milliseconds)."""
    return state_of(_known(name), where or folder())


def state_of(model: Model, where: Path) -> ModelState:
    """Look at `model` in the folder `where`."""
    path = where / model.file
    try:
        actual = _sha256(path)
    except FileNotFoundError:
        return ModelState(model, path, present=False, problem="not built yet")
    except OSError as error:
        return ModelState(model, path, present=True, problem=f"unreadable ({error.strerror})")
    damaged = "" if actual == model.sha256 else "damaged (its SHA-256 is not the pinned one)"
    return ModelState(model, path, present=True, problem=damaged)


def verified_path(name: str, where: Path | None = None) -> Path:
    """The path of a model that is there and intact; raises `ModelError` otherwise."""
    found = state(name, where)
    if not found.verified:
        raise ModelError(
            f"The pose model {name!r} cannot be used: {found.path} is {found.problem}.",
            remedy=f"Build it: midstance models build {name}",
        )
    return found.path


def build(
    name: str, where: Path | None = None, *, say: Say = print, archives: Path | None = None
) -> Path:
    """Build the model `name` and return its path; does nothing when it is there and intact.

    `archives` is a folder with packages that were fetched earlier, for a machine without a
    network. Raises `ModelError` that names the step and how to repeat it; what was fetched until
    then is kept and not fetched again.
    """
    return build_model(_known(name), where or folder(), say=say, archives=archives)


def build_model(model: Model, where: Path, *, say: Say, archives: Path | None = None) -> Path:
    """Build `model` in the folder `where`; see `build`."""
    name = model.name
    found = state_of(model, where)
    if found.verified:
        say(f"{model.name}: already built and verified ({found.path})")
        return found.path
    downloads = _make_folder(where / "downloads")
    wanted = list(dict.fromkeys(network.archive for network in (model.detector, model.landmarks)))
    steps = len(wanted) + 2
    for step, archive in enumerate(wanted, 1):
        have = _fetched(archive, downloads, archives)
        origin = f"with {archive.tool}, {archive.megabytes} MB" if have is None else "have it"
        say(f"{name} {step}/{steps}: fetch {archive.package} {archive.version} ({origin})")
        if have is None:
            _fetch(archive, downloads, name)
    say(f"{name} {steps - 1}/{steps}: take the networks out and add their metadata")
    detector, landmarks = (
        _network(network, downloads, archives) for network in (model.detector, model.landmarks)
    )
    bundle = make_bundle(detector, landmarks)
    if hashlib.sha256(bundle).hexdigest() != model.sha256:
        raise ModelError(
            f"Step 'put together': the new bundle {model.file} is not the pinned one, so another "
            "version of flatbuffers or mediapipe must be at work.",
            remedy=f"Restore the pinned packages (make setup), then: {_again(name)}",
        )
    say(f"{name} {steps}/{steps}: write {found.path}")
    _write(found.path, bundle)
    return found.path


def forget_downloads(where: Path | None = None) -> None:
    """Remove the fetched packages; the bundles do not need them."""
    shutil.rmtree((where or folder()) / "downloads", ignore_errors=True)


def _known(name: str) -> Model:
    if name not in MODELS:
        raise ModelError(
            f"There is no pose model {name!r}.", remedy=f"Known models: {', '.join(MODELS)}."
        )
    return MODELS[name]


def _again(name: str) -> str:
    return f"midstance models build {name}"


def _fetched(archive: Archive, *folders: Path | None) -> Path | None:
    """The intact archive in the first of `folders` that has it."""
    for place in folders:
        path = place / archive.name if place else None
        if path and path.is_file() and _sha256(path) == archive.sha256:
            return path
    return None


def _fetch(archive: Archive, downloads: Path, name: str) -> None:
    """Let pip or npm fetch `archive` into `downloads`; both keep finished files in their caches."""
    step = f"Step 'fetch {archive.package} {archive.version}'"
    path = downloads / archive.name
    path.unlink(missing_ok=True)
    command = _pip(archive, downloads) if archive.tool == "pip" else _npm(archive, downloads, name)
    try:
        # Their progress bars belong on stderr: stdout is for results.
        result = subprocess.run(command, stdout=2, check=False)
    except OSError as error:
        raise ModelError(
            f"{step}: {command[0]} cannot be started ({error.strerror}).",
            remedy=f"Mend that, then: {_again(name)}",
        ) from error
    if result.returncode != 0:
        raise ModelError(
            f"{step}: {archive.tool} failed (exit code {result.returncode}); it says why above.",
            remedy=f"With a working network connection: {_again(name)}",
        )
    if _fetched(archive, downloads) is None:
        path.unlink(missing_ok=True)
        raise ModelError(
            f"{step}: what {archive.tool} fetched is not the pinned file {archive.name}.",
            remedy=f"Look at the package index that {archive.tool} is set to use, "
            f"then: {_again(name)}",
        )


def _pip(archive: Archive, downloads: Path) -> list[str]:
    """The pip command; pip checks the hash itself too, before it keeps the file."""
    version = subprocess.run(
        [sys.executable, "-m", "pip", "--version"], capture_output=True, text=True, check=False
    )
    if version.returncode != 0:
        raise ModelError(
            f"Step 'fetch {archive.package}': this Python ({sys.executable}) has no pip.",
            remedy="Give it one (python -m ensurepip, or sudo apt install python3-venv and "
            "make setup), then build again.",
        )
    requirement = downloads / "requirements.txt"
    pinned = f"{archive.package}=={archive.version} --hash=sha256:{archive.sha256}\n"
    try:
        requirement.write_text(pinned)
    except OSError as error:
        raise _unwritable(requirement, error) from error
    found = re.match(r"pip (\d+)\.(\d+)", version.stdout)
    resumes = found is not None and (int(found[1]), int(found[2])) >= (25, 1)
    return [
        *(sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"),
        # The networks are the same for every machine; only this platform's package has them.
        *("--platform", "manylinux_2_28_x86_64", "--python-version", "3.11"),
        *("--implementation", "cp", "--abi", "cp311", "--disable-pip-version-check", "--retries=5"),
        *(("--resume-retries=20",) if resumes else ()),
        *("--require-hashes", "-r", str(requirement), "-d", str(downloads)),
    ]


def _npm(archive: Archive, downloads: Path, name: str) -> list[str]:
    npm = shutil.which("npm")
    if npm is None:
        raise ModelError(
            f"Step 'fetch {archive.package}': npm is not installed, and the model {name!r} comes "
            "from an npm package.",
            remedy=f"Install it (sudo apt install npm), then: {_again(name)}. "
            "The model 'full', the best for nearly all uses, needs pip alone.",
        )
    package = f"{archive.package}@{archive.version}"
    return [
        npm,
        "pack",
        package,
        "--pack-destination",
        str(downloads),
        "--ignore-scripts",
        "--loglevel=error",
    ]


def _network(network: Network, *folders: Path | None) -> bytes:
    """The bare network out of its archive, verified."""
    path = _fetched(network.archive, *folders)
    step = f"Step 'take out {network.member}'"
    if path is None:
        raise ModelError(f"{step}: {network.archive.name} is gone.", remedy="Build again.")
    try:
        if path.suffix == ".whl":
            with zipfile.ZipFile(path) as wheel:
                data = wheel.read(network.member)
        else:
            with tarfile.open(path, "r:gz") as tarball:
                member = tarball.extractfile(network.member)
                data = member.read() if member else b""
    except (OSError, KeyError, zipfile.BadZipFile, tarfile.TarError) as error:
        raise ModelError(f"{step}: {path} cannot be read ({error}).") from error
    if hashlib.sha256(data).hexdigest() != network.sha256:
        raise ModelError(f"{step}: the network in {path} is not the pinned one.")
    return data


def _make_folder(path: Path) -> Path:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(path, error) from error
    return path


def _write(path: Path, data: bytes) -> None:
    """Write to a temporary name, sync, rename: there is never half a model."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> ModelError:
    return ModelError(
        f"Step 'write': {path} cannot be written ({error.strerror}).",
        remedy="Make room or give yourself the right to write there, or name another folder: "
        "MIDSTANCE_MODELS=/folder midstance models build",
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
