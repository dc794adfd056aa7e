"""A whole kiosk in the clinic's profile that is to be killed: runs sessions by itself, saves each,
and says so. ``python kiosk_victim.py FOLDER``"""

from __future__ import annotations

import os
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS.parent), str(TESTS), str(TESTS / "kiosk")]

from kiosk_fakes import on  # noqa: E402
from test_kiosk_store import Station, a_named_run  # noqa: E402

from device.domain.kiosk import Button  # noqa: E402


def main(folder: Path) -> None:
    (folder / "station").mkdir(exist_ok=True)
    station = Station(folder / "station", "clinic")
    os.writev(1, [b"UP\n"])

    def promise(model) -> bool:
        if model.screen != "saved":
            return False
        os.writev(1, [f"SAVED {model.saving.folder.rpartition('/')[2]}\n".encode()])
        return True

    steps = [*a_named_run(station)[:3]]
    for _ in range(100):
        steps += [
            *station.a_run(),
            (on("results"), station.press(Button.BLUE)),
            (promise, station.press(Button.GREEN)),
        ]
    station.play(*steps, timeout_s=3600.0)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
