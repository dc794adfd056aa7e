"""The packages: pip with locked hashes, one download at a time, so that none is lost."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from console import Console, StepError, run

PATIENCE = ("--retries=6", "--timeout=60")
"""How pip puts up with a bad connection: half a minute of retries, with growing pauses."""

_PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==(\S+)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_LARGE_MB = 5.0


@dataclass(frozen=True)
class Pin:
    """One package of a lock: `text` is its whole entry, with the hash of every allowed file."""

    name: str
    version: str
    text: str

    @property
    def hashes(self) -> frozenset[str]:
        """SHA-256 of the files that may be it."""
        return frozenset(_HASH.findall(self.text))


def read_lock(lock: Path) -> list[Pin]:
    """The packages that `lock` pins, in its order."""
    pins: list[Pin] = []
    lines = lock.read_text(encoding="utf-8").splitlines(keepends=True)
    starts = [i for i, line in enumerate(lines) if _PIN.match(line)]
    for start, end in itertools.pairwise([*starts, len(lines)]):
        found = _PIN.match(lines[start])
        assert found is not None
        pins.append(Pin(found[1], found[2], "".join(lines[start:end])))
    return pins


class PipProgress:
    """Reads pip's lines; tells the console how far a download is and when it must wait."""

    def __init__(self, console: Console, label: str = "") -> None:
        self._console = console
        self._label = label
        self._warned = False

    def __call__(self, line: str) -> None:
        """Take one line of pip's output."""
        words = line.split()
        if line.startswith("Progress ") and len(words) == 4:
            done, size = (int(word) / 1e6 if word.isdigit() else 0.0 for word in words[1::2])
            self._console.progress(f"{self._label}  {done:.1f} of {size:.1f} MB")
        elif "Retrying (" in line and not self._warned:
            self._warned = True
            self._console.note("no connection to the package index; trying again ...")
        elif line.lstrip().startswith("Downloading "):
            size = re.search(r"\(([\d.]+) MB\)", line)
            if size and float(size[1]) >= _LARGE_MB:
                self._console.note(f"{self._label}  {size[1]} MB")


def install(python: Path, lock: Path, log: Path, console: Console) -> None:
    """Install exactly what `lock` pins into the environment of `python`.

    Every package is first fetched by itself into a folder beside `log`: what has come stays when
    a later one fails, whatever the package index allows pip to cache. The lock is complete, so pip
    resolves nothing (--no-deps): that is what allows OpenCV's headless build in place of the one
    that wants a desktop's libraries. Only wheels are taken: a fresh machine has no compiler.
    """
    pins = read_lock(lock)
    if not pins:
        raise StepError(f"{lock} pins no package.")
    there = _installed(python)
    wanted = [pin for pin in pins if there.get(_canonical(pin.name)) != pin.version]
    if not wanted:
        return
    console.note(f"{len(wanted)} packages from {lock.name}, each checked by its hash")
    log.unlink(missing_ok=True)
    wheels = log.with_suffix(".wheels")
    wheels.mkdir(parents=True, exist_ok=True)
    for number, pin in enumerate(wanted, 1):
        label = f"{number}/{len(wanted)} {pin.name}"
        console.progress(label)
        if not _fetched(pin, wheels):
            progress = PipProgress(console, label)
            _pip(python, "download", [pin], wheels, log, progress, ("-d", wheels))
    console.note("installing ...")
    _pip(python, "install", wanted, wheels, log, None, ("--no-index", "--find-links", wheels))
    shutil.rmtree(wheels)


def _pip(
    python: Path,
    verb: str,
    pins: Sequence[Pin],
    wheels: Path,
    log: Path,
    on_line: PipProgress | None,
    options: Sequence[str | Path],
) -> None:
    requirements = wheels / "wanted.txt"
    requirements.write_text("".join(pin.text for pin in pins), encoding="utf-8")
    command = [
        *(python, "-m", "pip", verb, "--require-hashes", "--no-deps", "--only-binary=:all:"),
        *("--no-input", "--disable-pip-version-check", "--progress-bar=raw"),
        # A connection that breaks within a file is taken up where it broke.
        *(*PATIENCE, "--resume-retries=20"),
        *options,
        *("-r", requirements),
    ]
    # In a narrow terminal pip would wrap the lines that are read here.
    run(command, log, on_line=on_line, env={"COLUMNS": "400"}, append=True)


def _installed(python: Path) -> dict[str, str]:
    """What the environment has, by canonical name."""
    result = subprocess.run(
        [python, "-m", "pip", "list", "--format=json", "--disable-pip-version-check"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        raise StepError(
            f"The environment's pip does not start: {result.stderr.strip()[-300:]}\n"
            "Make the environment anew: make distclean"
        )
    return {_canonical(entry["name"]): entry["version"] for entry in json.loads(result.stdout)}


def _fetched(pin: Pin, wheels: Path) -> bool:
    """Whether an intact file of `pin` lies in `wheels`."""
    stem = re.sub(r"[-_.]+", "_", pin.name).lower()
    for path in wheels.glob("*.whl"):
        if path.name.lower().startswith(f"{stem}-"):
            with path.open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() in pin.hashes:
                    return True
    return False


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
