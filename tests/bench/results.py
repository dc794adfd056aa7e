"""What the stages have shown: kept beside the image, and written as a table.

A plugin of pytest (``run.py`` loads it). ``results.json`` beside the image holds each stage's last
outcome on that image, so that ``ARGS=--resume`` goes on with those that have not passed yet.
``RESULTS.md`` beside the image is the same for reading; the one in this folder is replaced only
when every stage has passed in one go. Of a stage that fails the screen, the kiosk's journal and
the units are kept in ``failed/``.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from machine import MachineError, kvm_usable

HERE = Path(__file__).resolve().parent
_said: list[str] = []


def note(text: str) -> None:
    """Say what a stage has seen; it stands in the table."""
    print(f"\n  {text}", flush=True)
    _said.append(" ".join(text.split()))


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--resume``."""
    parser.addoption("--resume", action="store_true", help="leave out what has passed already")


class Results:
    """The outcomes on one image."""

    def __init__(self, out: Path, stages: list[tuple[str, str]]) -> None:
        self._out, self._stages = out, stages
        self._file = out / "results.json"
        image = json.loads((out / "image.json").read_text()) if _there(out, "image.json") else {}
        self.known: dict[str, Any] = {"image": image, "runs": 0, "stages": {}}
        if _there(out, "results.json"):
            before = json.loads(self._file.read_text())
            if before["image"] == image:
                self.known = before
        self.known["runs"] += 1

    def passed(self, name: str) -> bool:
        """Whether a stage has passed on this image."""
        stage = self.known["stages"].get(name)
        return stage is not None and stage["outcome"] == "passed"

    def enter(self, name: str, outcome: str, seconds: float, said: list[str]) -> None:
        """Keep the outcome of a stage."""
        before = self.known["stages"].get(name, {"tries": 0})
        self.known["stages"][name] = {
            "outcome": outcome,
            "seconds": round(seconds),
            "said": said,
            "run": self.known["runs"],
            "tries": before["tries"] + 1,
        }
        self._file.write_text(json.dumps(self.known, indent=1))
        text = self._table()
        (self._out / "RESULTS.md").write_text(text)
        if self.whole:
            (HERE / "RESULTS.md").write_text(text)

    @property
    def whole(self) -> bool:
        """Whether every stage passed, and all in one run."""
        runs = {self.known["stages"].get(name, {}).get("run") for name, _ in self._stages}
        return len(runs) == 1 and all(self.passed(name) for name, _ in self._stages)

    def _table(self) -> str:
        image, stages = self.known["image"], self.known["stages"]
        seen = [stages[name] for name, _ in self._stages if name in stages]
        passed = sum(stage["outcome"] == "passed" for stage in seen)
        runs = sorted({stage["run"] for stage in seen})
        spent_min = sum(stage["seconds"] for stage in seen) / 60
        lines = [
            "# What the virtual station has shown",
            "",
            "Written by `make bench-vm` from what each stage saw; here only when every stage has",
            "passed in one run. What the stages do stands in `bench_station.py`.",
            "",
            f"- Image: Midstance {image.get('version', '?')} of {image.get('commit', '?')},"
            f" installed without a network on {image.get('system', '?')},"
            f" kernel {image.get('kernel', '?')}, made {image.get('made', '?')}.",
            f"- Machine: {os.cpu_count()} processors, "
            + ("real virtualisation." if kvm_usable() else "each instruction emulated (no KVM).")
            + f" QEMU {_qemu()}, Python {platform.python_version()} outside.",
            f"- {passed} of {len(self._stages)} stages passed, {spent_min:.0f} minutes, "
            + ("all in one run." if self.whole else f"in {len(runs)} runs."),
            "",
            "| stage | outcome | s | seen |",
            "|---|---|---|---|",
        ]
        for name, title in self._stages:
            stage = stages.get(name)
            if stage is None:
                lines.append(f"| {title} | not run | | |")
                continue
            tries = f" (try {stage['tries']})" if stage["tries"] > 1 else ""
            seen_there = "; ".join(stage["said"]).replace("|", "/")
            lines.append(
                f"| {title} | {stage['outcome']}{tries} | {stage['seconds']} | {seen_there} |"
            )
        return "\n".join(lines) + "\n"


def _there(out: Path, name: str) -> bool:
    return (out / name).is_file()


def _qemu() -> str:
    said = subprocess.run(
        ["qemu-system-x86_64", "--version"], capture_output=True, text=True, check=False
    ).stdout.split()
    return said[3] if len(said) > 3 else "?"


def _title(item: pytest.Item) -> str:
    name = item.name.removeprefix("test_").replace("_", " ")
    return name[:1].upper() + name[1:]


_RESULTS: pytest.StashKey[Results] = pytest.StashKey()
_BEGAN: pytest.StashKey[float] = pytest.StashKey()
_BAD: pytest.StashKey[str] = pytest.StashKey()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Know all stages before any is left out; with ``--resume`` leave out what has passed."""
    out = Path(os.environ.get("MIDSTANCE_BENCH", ""))
    if not (out / "root.ext4").is_file():
        return
    results = config.stash[_RESULTS] = Results(out, [(one.name, _title(one)) for one in items])
    if config.getoption("resume"):
        done = [item for item in items if results.passed(item.name)]
        items[:] = [item for item in items if item not in done]
        config.hook.pytest_deselected(items=done)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Time a stage from its beginning, the way back to the idle screen included."""
    _said.clear()
    item.stash[_BEGAN] = time.monotonic()
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Keep what is to be seen of a stage that fails, and enter every stage's outcome."""
    report = yield
    if report.failed and _BAD not in item.stash:
        item.stash[_BAD] = str(report.longrepr).strip().splitlines()[-1][:200]
        _keep_evidence(item)
    if report.skipped:
        item.stash[_BAD] = "skipped"
    if report.when == "teardown" and _RESULTS in item.config.stash:
        bad = item.stash.get(_BAD, "")
        seconds = time.monotonic() - item.stash[_BEGAN]
        outcome = "skipped" if bad == "skipped" else "failed" if bad else "passed"
        said = [*_said, bad] if outcome == "failed" else list(_said)
        item.config.stash[_RESULTS].enter(item.name, outcome, seconds, said)
        print(f"\n  [{seconds:.0f} s] {item.name}: {outcome}", flush=True)
    return report


def _keep_evidence(item: pytest.Item) -> None:
    station = item.funcargs.get("machine") if hasattr(item, "funcargs") else None
    if station is None or station.process is None or station.process.poll() is not None:
        return
    folder = station.image / "failed"
    try:
        station.screenshot(folder / f"{item.name}.png")
        said = station.sh(
            "journalctl -b -n 300 --no-pager -o short-monotonic;"
            " systemctl --failed --no-pager; systemctl status midstance --no-pager -l;"
            " cat /proc/mounts",
            60.0,
            check=False,
        )
        (folder / f"{item.name}.txt").write_text(said)
    except (MachineError, OSError, ValueError) as error:  # the stage's own failure is what counts
        print(f"\n  nothing could be kept of it: {error}", flush=True)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """All screens on one sheet, to be looked at."""
    if _RESULTS not in session.config.stash:
        return
    from PIL import Image, ImageDraw

    out = Path(os.environ["MIDSTANCE_BENCH"])
    pictures = sorted((out / "screens").glob("*.png"), key=lambda path: path.stat().st_mtime)
    pictures = [path for path in pictures if path.name != "sheet.png"]
    if not pictures:
        return
    wide, high, columns = 400, 256, 4
    sheet = Image.new("RGB", (wide * columns, high * -(-len(pictures) // columns)), "white")
    for number, path in enumerate(pictures):
        at = (number % columns * wide, number // columns * high)
        sheet.paste(Image.open(path).convert("RGB").resize((wide, high - 16)), at)
        ImageDraw.Draw(sheet).text((at[0] + 4, at[1] + high - 14), path.stem, fill="black")
    sheet.save(out / "screens" / "sheet.png")
    print(f"\n  every screen: {out / 'screens' / 'sheet.png'}")
