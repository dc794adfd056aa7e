"""Wrap a bundle into one Debian package: ``make deb`` (it fills the bundle first).

On the station ``sudo apt install ./midstance_VERSION_ARCHITECTURE.deb`` does what ``sudo
./install`` in the bundle's folder does: apt brings Debian's packages, the rest comes out of the
package. A newer package upgrades, ``apt remove`` is ``make uninstall`` (settings and sessions
stay), and ``dpkg --configure -a`` repeats an installation that failed.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tools" / "setup"), str(ROOT / "tools" / "install")]

import aptitude  # noqa: E402

PLACE = "usr/share/midstance"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
PARTS = ("wheels", "models", "midstance")
_POSTINST = f"""#!/bin/sh
# Make this machine a station, or upgrade it. Debian's packages have been installed by apt.
set -e
[ "$1" = configure ] || exit 0
exec python3 -B /{PLACE}/midstance/tools/install --bundle /{PLACE} --no-apt \\
  --again "sudo dpkg --configure midstance"
"""
_PRERM = f"""#!/bin/sh
# An upgrade goes on from what there is; a removal leaves settings and sessions.
set -e
[ "$1" = remove ] || exit 0
exec python3 -B /{PLACE}/midstance/tools/install --uninstall
"""


def main() -> int:
    """Write the package; return the exit code."""
    parser = argparse.ArgumentParser(prog="tools/deb", description=__doc__.split("\n")[0])
    parser.add_argument("bundle", type=Path, nargs="?", default=ROOT / "out" / "bundle")
    parser.add_argument("--out", type=Path, default=ROOT / "out", metavar="DIR")
    options = parser.parse_args()
    try:
        package = build(options.bundle.resolve(), options.out.resolve())
    except (OSError, ValueError, subprocess.CalledProcessError) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    print(f"{package}: {package.stat().st_size / 1e6:.0f} MB. On the station: sudo apt install")
    return 0


def build(bundle: Path, out: Path) -> Path:
    """The package made of a bundle; raises `ValueError` when the folder is none."""
    lacking = [name for name in (*PARTS, "kind") if not (bundle / name).exists()]
    if lacking:
        raise ValueError(f"{bundle} is no bundle: it has no {lacking[0]} (make bundle).")
    machine, python = (bundle / "kind").read_text(encoding="utf-8").split()
    version = _version(bundle / "midstance" / "device" / "__init__.py")
    architecture = ARCHITECTURES[machine]
    out.mkdir(parents=True, exist_ok=True)
    package = out / f"midstance_{version}_{architecture}.deb"
    # Beside the package: on the same disk nothing needs to be copied.
    with tempfile.TemporaryDirectory(prefix=".deb-", dir=out) as work:
        tree = Path(work) / "tree"
        for name in PARTS:
            shutil.copytree(bundle / name, tree / PLACE / name, copy_function=_link)
        size_kib = sum(path.stat().st_size for path in tree.rglob("*") if path.is_file()) // 1024
        debian = tree / "DEBIAN"
        debian.mkdir(mode=0o755)
        control = control_of(version, architecture, python, size_kib)
        (debian / "control").write_text(control, encoding="utf-8")
        for name, script in (("postinst", _POSTINST), ("prerm", _PRERM)):
            (debian / name).write_text(script, encoding="utf-8")
            (debian / name).chmod(0o755)
        # Wheels are packed already.
        command = ["dpkg-deb", "--root-owner-group", "-Znone", "--build", tree, package]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return package


def control_of(version: str, architecture: str, python: str, size_kib: int) -> str:
    """What the package says of itself."""
    text = aptitude.LIST.read_text(encoding="utf-8")
    optional = set(aptitude.optional(text))
    needed = [name for name in aptitude.needed(text, on_pi=True) if name not in optional]
    major, minor = (int(part) for part in python.split("."))
    pythons = [f"python3 (>= {major}.{minor})", f"python3 (<< {major}.{minor + 1})"]
    return (
        "Package: midstance\n"
        f"Version: {version}\n"
        f"Architecture: {architecture}\n"
        "Maintainer: Midstance <midstance@localhost>\n"
        f"Installed-Size: {size_kib}\n"
        f"Depends: {', '.join([*pythons, *needed])}\n"
        f"Recommends: {', '.join(sorted(optional))}\n"
        "Section: misc\n"
        "Priority: optional\n"
        "Description: treadmill-side kiosk that shows how level a runner's pelvis is\n"
        " It watches the runner from behind and shows, live, how far the pelvis drops on each\n"
        " side, and the cadence. Installed, the machine starts into it without a login.\n"
    )


def _version(init: Path) -> str:
    found = re.search(r'^__version__ = "([^"]+)"', init.read_text(encoding="utf-8"), re.MULTILINE)
    if found is None:
        raise ValueError(f"{init} names no version.")
    return found[1]


def _link(source: str, target: str) -> None:
    """A second name where that is possible, a copy elsewhere."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


if __name__ == "__main__":
    sys.exit(main())
