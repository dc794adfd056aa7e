"""What a station writes while nobody uses it, counted by the kernel at the disk itself."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

from kiosk_fakes import wait_for
from results import Enter
from stick_mounts import stick
from test_faults_camera_pose import times
from test_store_faults import opened, run

VICTIM = Path(__file__).with_name("idle_victim.py")
DAY_S = 86_400
MOST_A_DAY = 50_000_000


def loop_of(root: Path) -> Path:
    """The kernel's counters of the disk that is mounted there."""
    (device,) = [
        line.split()[0]
        for line in Path("/proc/mounts").read_text().splitlines()
        if line.split()[1] == str(root)
    ]
    return Path("/sys/block") / Path(device).name / "stat"


def written(stat: Path) -> int:
    """Bytes written to the disk so far, its file system's own included."""
    os.sync()
    return int(stat.read_text().split()[6]) * 512


def settled(stat: Path) -> int:
    """The same, once what the start has written is written, however long that takes here."""
    seen = [written(stat)]
    while len(seen) < 90 and (len(seen) < 3 or len(set(seen[-3:])) > 1):
        time.sleep(1.0)
        seen.append(written(stat))
    return seen[-1]


def test_an_idle_station_writes_next_to_nothing(tmp_path, matrix: Enter, figure):
    """A clinic's, which keeps sessions; its daily look over them comes much oftener here."""
    lasts_s = float(os.environ.get("MIDSTANCE_IDLE_S", times(4, 660)))
    with stick("ext4", tmp_path, size_mb=96) as disk:
        disk.unmount()
        disk.mount("rw,noinit_itable")  # else the kernel goes on making the file system meanwhile
        with closing(opened(disk.root / "data")) as store:
            for _ in range(times(3, 100)):
                run(store, count=60)
        stat = loop_of(disk.root)
        with subprocess.Popen(
            [sys.executable, str(VICTIM), str(disk.root), "clinic", str(lasts_s / 12)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as kiosk:
            try:
                said: list[bytes] = []
                threading.Thread(
                    target=lambda: said.extend(kiosk.stdout or ()), daemon=True
                ).start()
                wait_for(lambda: said or kiosk.poll() is not None, 240.0, "the idle screen")
                assert kiosk.poll() is None
                time.sleep(times(0, 30))
                before, began = settled(stat), time.monotonic()
                time.sleep(lasts_s)
                after, took_s = written(stat), time.monotonic() - began
                assert kiosk.poll() is None
                # That nothing was counted must not be because nothing is ever counted.
                (disk.root / "something").write_bytes(bytes(100_000))
                assert written(stat) - after >= 100_000
            finally:
                kiosk.kill()
                kiosk.wait()
    grown, looks = after - before, said.count(b"TENDED\n")
    assert looks or lasts_s < 60
    if lasts_s >= 600:
        assert grown * DAY_S / took_s < MOST_A_DAY
    else:
        assert grown <= 64 * 1024
    a_day_mb = grown * DAY_S / took_s / 1e6
    figure(
        "idle station of a clinic: written to its disk",
        f"{grown / 1024:.0f} KiB in {took_s:.0f} s with {looks} daily looks over 100 sessions "
        f"({a_day_mb:.1f} MB a day at that rate; 50 allowed)",
    )
    matrix("nobody uses it for hours", "at most 50 MB written a day", 1, 1)
