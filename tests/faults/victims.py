"""What the faults strike: processes that save things and say aloud when something is saved.

Run as ``python victims.py NAME FOLDER``. Every promise is written to standard output with a single
`writev`, which no fault touches, after the call that makes it has returned.
"""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

SESSIONS = 3


def promise(text: str) -> None:
    os.writev(1, [f"{text}\n".encode()])


def contents(number: int) -> dict[str, bytes]:
    """The files of a session: known bytes of several sizes, a part of them over a write's size."""

    def data(name: str, size: int) -> bytes:
        seed = hashlib.sha256(f"{number}/{name}".encode()).digest()
        return (seed * (size // len(seed) + 1))[:size]

    sizes = {"session.json": 3_000, "clip.mp4": 700_000, "steps.csv": 9_000, "report.pdf": 60_000}
    return {name: data(name, size) for name, size in sizes.items()}


def uuid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def stick(folder: Path) -> None:
    """Saves sessions to a stick."""
    from device.clips.export import export_files

    for number in range(SESSIONS):
        target = export_files(folder, f"session-{number}", contents(number), lambda _: None)
        promise(f"SAVED {number} {target.name}")


def outbox(folder: Path) -> None:
    """Keeps sessions for a stick, and delivers them."""
    from device.clips.export import export_files
    from device.storage.outbox import Outbox

    box = Outbox(folder / "device", keep_free_bytes=0)
    sticks = folder / "stick"
    for number in range(SESSIONS):
        box.put(f"session-{number}", contents(number))
        promise(f"SAVED {number} session-{number}")
    for item in box.waiting():
        box.deliver(item, lambda name, files: export_files(sticks, name, files, lambda _: None))


def store(folder: Path) -> None:
    """Keeps sessions on the device."""
    from store_makers import Clock, a_start, finished, rows

    from device.storage.store import Store

    kept = Store(folder, clock=Clock(), keep_free_bytes=0)
    for number in range(SESSIONS):
        session = finished(a_start(uuid=uuid(number)))
        kept.begin(session.start)
        for part in range(3):
            kept.add_track(session.start.uuid, rows(60, first=60 * part))
        kept.keep(session, clip=contents(number)["clip.mp4"])
        promise(f"SAVED {number} {session.start.uuid}")
    kept.close()


def delete(folder: Path) -> None:
    """Deletes one of the sessions that are there."""
    from store_makers import Clock

    from device.storage.store import Store

    kept = Store(folder, clock=Clock(), keep_free_bytes=0)
    kept.delete(uuid(1))
    promise(f"GONE 1 {uuid(1)}")
    kept.close()


def migrate(folder: Path) -> None:
    """Opens a database with a newer program."""
    from store_makers import Clock

    from device.storage.database import Migration, packaged_migrations
    from device.storage.store import Store

    steps = packaged_migrations()
    more = "ALTER TABLE runners ADD COLUMN note TEXT;\nUPDATE runners SET note = 'new';\n"
    steps = (*steps, Migration(steps[-1].number + 1, more))
    Store(folder, clock=Clock(), keep_free_bytes=0, migrations=steps).close()
    promise("SAVED 0 migrated")


if __name__ == "__main__":
    from device.errors import MidstanceError

    victim = {
        "stick": stick,
        "outbox": outbox,
        "store": store,
        "delete": delete,
        "migrate": migrate,
    }[sys.argv[1]]
    try:
        victim(Path(sys.argv[2]))
    except MidstanceError as error:
        # What a person would read, where standard error may be refused as well.
        promise(f"REFUSED 0 {type(error).__name__}: {error.what}")
        raise
