"""The power goes, or the stick is torn out, at random instants: real file systems on loop devices
are shut down without flushing (ext4) or lose their server (exFAT), then mounted again and read.

What was not synced is lost, as in a power cut; a flash card that lies about having written is not
imitated here.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from results import Enter
from stick_mounts import stick
from strikes import Struck
from test_faults_saving import JUDGES, SAVING, calls_made, copied, judge_migrated, judge_stick
from victims import contents

from device.clips.export import export_files

VICTIMS = Path(__file__).with_name("victims.py")
SEED = 7


def instants(all_of_them: int) -> int:
    return all_of_them if os.environ.get("MIDSTANCE_FAULTS") == "all" else 3


def started(victim: str, folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-S", str(VICTIMS), victim, str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={
            **os.environ,
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
        },
    )


def begun(folder: Path) -> bool:
    """Whether the victim has written anything yet."""
    # (Not `rglob`: a folder that is given its name meanwhile is gone when it looks into it.)
    return any(files for _, _, files in os.walk(folder))


def said(process: subprocess.Popen[str]) -> Struck:
    out, _ = process.communicate(timeout=200)
    promises = []
    for line in out.splitlines():
        word, number, name = line.split(" ", 2)
        promises.append((word, int(number), name))
    return Struck(tuple(promises), process.returncode, "")


@pytest.mark.parametrize("victim", SAVING)
def test_the_power_goes(victim: str, tmp_path: Path, matrix: Enter) -> None:
    cuts = instants(200)
    chance = random.Random(f"{SEED} {victim}")
    in_the_middle = 0
    with stick("ext4", tmp_path, size_mb=48) as disk:
        lasts_s, tried = None, -1
        # On a machine that is faster now than it was with the first, some more, and earlier.
        while tried < cuts or not in_the_middle:
            tried += 1
            assert tried < cuts + 12, "never in the middle of it"
            folder = disk.root / "data"
            shutil.rmtree(folder, ignore_errors=True)
            (folder / "stick").mkdir(parents=True)
            process = started(victim, folder)
            while not begun(folder) and process.poll() is None:
                time.sleep(0.002)
            began = time.monotonic()
            if lasts_s is None:  # the first one is left alone, to see how long it takes
                process.wait(timeout=200)
                lasts_s = time.monotonic() - began
                said(process)
                continue
            time.sleep(chance.uniform(0.0, lasts_s * 0.5 ** max(0, tried - cuts)))
            running = process.poll() is None
            disk.tear_away()
            process.kill()
            struck = said(process)
            disk.unmount()
            disk.mount()
            in_the_middle += running
            broken, what = JUDGES[victim](folder, struck)
            assert not broken, what
    promise = "what was called saved is whole afterwards"
    matrix(f"power cut while {SAVING[victim]}", promise, tried, tried)


def test_the_power_goes_while_migrating(tmp_path: Path, matrix: Enter) -> None:
    (tmp_path / "full").mkdir()
    calls_made(tmp_path / "full")
    shutil.rmtree(tmp_path / "full" / "backups", ignore_errors=True)
    cuts = instants(200)
    chance = random.Random(f"{SEED} migrate")
    in_the_middle = 0
    with stick("ext4", tmp_path, size_mb=48) as disk:
        folder = disk.root / "data"
        lasts_s, tried = None, -1
        while tried < cuts or not in_the_middle:
            tried += 1
            assert tried < cuts + 12, "never in the middle of it"
            copied(tmp_path / "full", folder)
            os.sync()
            process = started("migrate", folder)
            # It begins with a backup.
            while not (folder / "backups").exists() and process.poll() is None:
                time.sleep(0.002)
            began = time.monotonic()
            if lasts_s is None:
                process.wait(timeout=200)
                lasts_s = time.monotonic() - began
                assert said(process).promised("SAVED"), "left alone it comes to its end"
                continue
            time.sleep(chance.uniform(0.0, lasts_s * 0.5 ** max(0, tried - cuts)))
            in_the_middle += process.poll() is None
            disk.tear_away()
            process.kill()
            said(process)
            disk.unmount()
            disk.mount()
            broken, what = judge_migrated(folder)
            assert not broken, what
    matrix("power cut while migrating", "old version or new, all sessions there", tried, tried)


@pytest.mark.parametrize("kind", ["ext4", "exfat"])
def test_the_stick_is_torn_out(kind: str, tmp_path: Path, matrix: Enter) -> None:
    pulls = instants(100)
    chance = random.Random(f"{SEED} {kind}")
    with stick(kind, tmp_path, size_mb=48) as real:
        for _ in range(pulls):
            shutil.rmtree(real.root / "MIDSTANCE", ignore_errors=True)
            process = started("stick", real.root)
            while not begun(real.root) and process.poll() is None:
                time.sleep(0.002)
            time.sleep(chance.uniform(0.0, 0.15))
            real.tear_away()
            struck = said(process)
            real.unmount()
            real.mount()
            broken, what = judge_stick(real.root, struck)
            assert not broken, what
            assert struck.code == 0 or struck.promised("REFUSED"), "it fails in words"
        shutil.rmtree(real.root / "MIDSTANCE", ignore_errors=True)
        export_files(real.root, "session-9", contents(9), lambda _: None)
        assert judge_stick(real.root, Struck((("SAVED", 9, "session-9"),), 0, ""))[0] == 0
    matrix(f"{kind} stick torn out while saving", "each session whole or absent", pulls, pulls)
