"""A kiosk by a profile that nobody uses. ``python idle_victim.py FOLDER PROFILE TEND_EVERY_S``"""

from __future__ import annotations

import os
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS.parent), str(TESTS), str(TESTS / "kiosk")]

from kiosk_fakes import Script, on  # noqa: E402
from test_kiosk_store import Station  # noqa: E402

from device.storage import store  # noqa: E402


def main(folder: Path, profile: str, tend_every_s: float) -> None:
    store.TEND_EVERY_S = tend_every_s
    tend = store.Store.tend

    def told(self: store.Store) -> bool:
        done = tend(self)
        if done:
            os.writev(1, [b"TENDED\n"])
        return done

    store.Store.tend = told  # type: ignore[method-assign]
    station = Station(folder, profile)

    def idle(model) -> bool:
        station.display.drawn.clear()
        if on("idle")(model):
            os.writev(1, [b"IDLE\n"])
            return True
        return False

    def never(model) -> bool:
        station.display.drawn.clear()
        station.events.clear()
        script.seen.clear()
        return False

    script = Script((idle, None), (never, None), timeout_s=86_400.0)
    station.kiosk.run(script)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]))
