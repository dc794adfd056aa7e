"""The locks: complete, hashed, free of addresses, and in step with pyproject.toml."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename
from packaging.version import Version

LOCKS = ("bootstrap", "run", "pi", "dev")


@dataclass
class Pin:
    version: str
    marker: str
    hashes: list[str]


def read_lock(path: Path) -> dict[str, Pin]:
    """Every pin in a lock; a line that is neither pin, hash nor comment fails the test."""
    pins: dict[str, Pin] = {}
    current: Pin | None = None
    for line in path.read_text(encoding="utf-8").splitlines():
        text = line.strip().removesuffix("\\").strip()
        if not text or text.startswith("#"):
            continue
        if found := re.fullmatch(r"--hash=(sha256:[0-9a-f]{64})", text):
            assert current is not None, f"{path.name}: a hash before any package"
            current.hashes.append(found[1])
            continue
        found = re.fullmatch(r"([a-z0-9][a-z0-9.-]*)==([0-9][0-9a-z.+]*)(?: ; (.+))?", text)
        assert found, f"{path.name}: not a pinned package: {line!r}"
        assert found[1] not in pins, f"{path.name}: {found[1]} stands there twice"
        current = pins[found[1]] = Pin(found[2], found[3] or "", [])
    return pins


@pytest.fixture(scope="module")
def locks(root: Path) -> dict[str, dict[str, Pin]]:
    return {name: read_lock(root / "requirements" / f"{name}.txt") for name in LOCKS}


@pytest.fixture(scope="module")
def project(root: Path) -> dict:
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_every_package_is_pinned_with_hashes(locks: dict[str, dict[str, Pin]]) -> None:
    for name, pins in locks.items():
        assert pins, f"{name}.txt is empty"
        for package, pin in pins.items():
            assert pin.hashes, f"{name}.txt: {package} has no hash"
            assert len(set(pin.hashes)) == len(pin.hashes), f"{name}.txt: {package} repeats a hash"


def test_no_address_and_no_option_stands_in_a_lock(root: Path) -> None:
    for path in sorted((root / "requirements").iterdir()):
        text = path.read_text(encoding="utf-8")
        assert "://" not in text, f"{path.name} names an address"
        assert not re.search(r"^-", text, re.MULTILINE), f"{path.name} sets an option of pip"


def test_one_version_serves_all_pythons_and_machines(locks: dict[str, dict[str, Pin]]) -> None:
    for name, pins in locks.items():
        for package, pin in pins.items():
            forks = ("python_full_version", "python_version", "platform_machine")
            assert not any(word in pin.marker for word in forks), (
                f"{name}.txt: {package} is not the same everywhere ({pin.marker})"
            )


def test_a_package_stands_in_one_lock_only(locks: dict[str, dict[str, Pin]]) -> None:
    owner: dict[str, str] = {}
    for name, pins in locks.items():
        for package in pins:
            assert package not in owner, f"{package} is in {owner.get(package)}.txt and {name}.txt"
            owner[package] = name


def needed(project: dict, extras: tuple[str, ...]) -> list[Requirement]:
    texts = list(project["dependencies"])
    for extra in extras:
        texts += project["optional-dependencies"][extra]
    return [Requirement(text) for text in texts]


@pytest.mark.parametrize(
    ("extras", "where"),
    [((), ("bootstrap", "run")), (("test", "lint"), ("bootstrap", "run", "dev"))],
    ids=["run", "dev"],
)
def test_locks_satisfy_pyproject(
    extras: tuple[str, ...],
    where: tuple[str, ...],
    locks: dict[str, dict[str, Pin]],
    project: dict,
) -> None:
    pins = {package: pin for name in where for package, pin in locks[name].items()}
    for requirement in needed(project, extras):
        pin = pins.get(canonicalize_name(requirement.name))
        assert pin, f"{requirement} is not locked: run make lock"
        assert requirement.specifier.contains(Version(pin.version), prereleases=True), (
            f"{requirement} is locked at {pin.version}: run make lock"
        )


def test_opencv_comes_without_a_desktop(locks: dict[str, dict[str, Pin]]) -> None:
    builds = [package for package in locks["run"] if package.startswith("opencv")]
    assert builds == ["opencv-contrib-python-headless"]


def test_the_environment_has_what_setting_up_relies_on(locks: dict[str, dict[str, Pin]]) -> None:
    assert Version(locks["bootstrap"]["pip"].version) >= Version("25.1")  # takes downloads up again
    assert Version(locks["bootstrap"]["setuptools"].version) >= Version("77")  # build-system


PI = {
    "implementation_name": "cpython",
    "platform_machine": "aarch64",
    "platform_system": "Linux",
    "python_full_version": "3.13.5",
    "python_version": "3.13",
    "sys_platform": "linux",
}
"""A Raspberry Pi with Debian 13."""
DEBIAN_13_GLIBC = (2, 41)


def runs_on_a_pi(file: str) -> bool:
    """Whether Python 3.13 on a 64-bit Arm with Debian 13's C library can use the wheel `file`."""
    for tag in parse_wheel_filename(file)[3]:
        python = tag.interpreter == "py3" or (tag.interpreter, tag.abi) == ("cp313", "cp313")
        # The stable interface of any earlier Python 3.
        stable = re.fullmatch(r"cp3(\d+)", tag.interpreter)
        python |= tag.abi == "abi3" and stable is not None and int(stable[1]) <= 13
        glibc = re.fullmatch(r"manylinux_(\d+)_(\d+)_aarch64", tag.platform)
        fits = glibc is not None and (int(glibc[1]), int(glibc[2])) <= DEBIAN_13_GLIBC
        if python and (fits or tag.platform in ("any", "manylinux2014_aarch64")):
            return True
    return False


def test_every_pinned_package_has_a_wheel_for_a_pi(
    root: Path, locks: dict[str, dict[str, Pin]]
) -> None:
    """No network: which file pip takes was written down when the locks were made, its hash is in
    the lock, and its name says where it runs."""
    noted = json.loads((root / "requirements/aarch64-cp313.json").read_text(encoding="utf-8"))
    wanted = {
        package: pin
        for name in ("bootstrap", "run", "pi")
        for package, pin in locks[name].items()
        if not pin.marker or Marker(pin.marker).evaluate(PI)
    }
    assert set(noted) == set(wanted), "make lock writes it anew"
    for package, pin in wanted.items():
        wheel = noted[package]
        name, version, _, _ = parse_wheel_filename(wheel["file"])
        assert (name, version) == (package, Version(pin.version))
        assert f"sha256:{wheel['sha256']}" in pin.hashes
        assert runs_on_a_pi(wheel["file"]), wheel["file"]


@pytest.mark.parametrize(
    ("file", "runs"),
    [
        ("numpy-2.4.6-cp313-cp313-manylinux_2_27_aarch64.manylinux_2_28_aarch64.whl", True),
        ("av-18.1.0-cp311-abi3-manylinux_2_28_aarch64.whl", True),
        ("rich-15.0.0-py3-none-any.whl", True),
        ("numpy-2.4.6-cp313-cp313-manylinux_2_28_x86_64.whl", False),
        ("numpy-2.4.6-cp312-cp312-manylinux_2_28_aarch64.whl", False),
        ("numpy-2.4.6-cp313-cp313t-manylinux_2_28_aarch64.whl", False),
        ("numpy-2.4.6-cp313-cp313-manylinux_2_99_aarch64.whl", False),
        ("numpy-2.4.6-cp313-cp313-musllinux_1_2_aarch64.whl", False),
    ],
)
def test_what_runs_on_a_pi_is_told_by_a_wheels_name(file: str, runs: bool) -> None:
    assert runs_on_a_pi(file) == runs
