"""Debian packages: what a station needs, from the network or from a bundle's folder."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

from console import StepError, run
from system import System, output_of

LIST = Path(__file__).with_name("apt.txt")


def needed(text: str, *, on_pi: bool, available: Iterable[str] | None = None) -> list[str]:
    """The packages named in `text`; optional ones only when `available` has them.

    `available` None: leave optional ones in.
    """
    there = None if available is None else set(available)
    names = []
    for line in text.splitlines():
        words = line.partition("#")[0].split()
        if not words:
            continue
        *marks, name = words
        if "pi" in marks and not on_pi:
            continue
        if "?" in marks and there is not None and name not in there:
            continue
        names.append(name)
    return names


def optional(text: str) -> list[str]:
    """Those that are taken only where the system has them."""
    return [
        words[-1] for line in text.splitlines() if "?" in (words := line.partition("#")[0].split())
    ]


def missing(names: Iterable[str]) -> list[str]:
    """Which of `names` are not installed."""
    return [
        name
        for name in names
        if output_of(["dpkg-query", "-W", "-f", "${db:Status-Status}", name]) != "installed"
    ]


def install(system: System) -> list[str]:
    """Install what is missing; returns the optional packages that are not to be had."""
    text = LIST.read_text(encoding="utf-8")
    every = needed(text, on_pi=system.is_pi)
    if not missing(every):
        return []
    with tempfile.TemporaryDirectory(prefix="midstance-apt-") as work:
        options = sources(system, Path(work))
        run(["apt-get", *options, "update"], system.log("apt-update"))
        names = [
            name for name in every if name not in optional(text) or has_candidate(options, name)
        ]
        wanted = missing(names)
        if wanted:
            run(
                ["apt-get", *options, "install", "--yes", "--no-install-recommends", *wanted],
                system.log("apt-install"),
                env={"DEBIAN_FRONTEND": "noninteractive"},
            )
    still = missing(names)
    if still:
        raise StepError(f"apt did not install {', '.join(still)}.")
    return [name for name in every if name not in names]


def sources(system: System, work: Path) -> list[str]:
    """Options of apt: the machine's own sources, or the bundle's folder alone."""
    if system.bundle is None:
        return ["-o", "DPkg::Lock::Timeout=300"]
    debs = system.bundle / "debs"
    if not (debs / "Packages").is_file():
        raise StepError(f"{system.bundle} is no bundle: it has no debs/Packages (make bundle).")
    sources = work / "sources.list"
    sources.write_text(f"deb [trusted=yes] file:{debs} ./\n", encoding="utf-8")
    (work / "lists" / "partial").mkdir(parents=True)
    return [
        *("-o", f"Dir::Etc::SourceList={sources}", "-o", "Dir::Etc::SourceParts=/dev/null"),
        *("-o", f"Dir::State::Lists={work / 'lists'}", "-o", "APT::Sandbox::User=root"),
        *("-o", f"Dir::Cache::pkgcache={work / 'pkgcache'}"),
        *("-o", f"Dir::Cache::srcpkgcache={work / 'srcpkgcache'}"),
        *("-o", "DPkg::Lock::Timeout=300"),
    ]


def has_candidate(options: list[str], name: str) -> bool:
    """Whether apt can install the package."""
    said = output_of(["apt-cache", *options, "policy", name])
    return "Candidate:" in said and "Candidate: (none)" not in said


def index(folder: Path) -> int:
    """Write the `Packages` file that lets apt use a folder of debs; returns how many there are."""
    entries = []
    for deb in sorted(folder.glob("*.deb")):
        control = subprocess.run(
            ["dpkg-deb", "-f", deb], capture_output=True, text=True, check=True
        ).stdout.rstrip()
        sha256 = output_of(["sha256sum", deb]).split()[0]
        entries.append(
            f"{control}\nFilename: ./{deb.name}\nSize: {deb.stat().st_size}\nSHA256: {sha256}\n"
        )
    (folder / "Packages").write_text("\n".join(entries), encoding="utf-8")
    return len(entries)
