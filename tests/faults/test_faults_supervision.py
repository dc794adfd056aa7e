"""Who watches the kiosk: the watchdog, the words on the bare screen, and what a crash leaves."""

from __future__ import annotations

import faulthandler
import json
import os
import signal
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path

import pytest
from kiosk_bench import Bench
from kiosk_fakes import GENEROUS_S, wait_for
from results import Enter

from device.cli import main
from device.clock import NS_PER_S, MonotonicClock
from device.crashes import HARD, MOST, MOST_BYTES, CrashBook, CrashHandler
from device.errors import StorageError
from device.hardware.sim.folder_stick import FolderStick
from device.kiosk import SILENT_S

ROOT = Path(__file__).resolve().parents[2]
NOTICE = ROOT / "systemd" / "libexec" / "notice"
SECRET = "SECRET-42"


class Ahead(MonotonicClock):
    """The real clock, which can be put forward."""

    ahead_s = 0.0

    def now_ns(self) -> int:
        return super().now_ns() + round(self.ahead_s * NS_PER_S)


def hung(name: str, bench: Bench, gate: threading.Event, caught: threading.Event) -> None:
    """Have this thread hang in what it does next."""

    def hang(*_: object, **__: object) -> None:
        caught.set()
        gate.wait(60)

    if name == "main":
        bench.display.draw = hang  # type: ignore[method-assign]
    elif name == "disk":
        bench.kiosk.disk._jobs.put(hang)
    elif name == "watch":
        bench.kiosk.watch._probes = (hang,)
    elif name == "sound":
        bench.kiosk.sounder.turn = hang  # type: ignore[method-assign]
    else:
        bench.kiosk.measurer.turn = hang  # type: ignore[method-assign]


@pytest.mark.parametrize("name", ["main", "measure", "disk", "watch", "sound"])
def test_one_thread_that_hangs_starves_the_watchdog(name, tmp_path, matrix: Enter):
    fed: list[float] = []
    clock = Ahead()
    gate, caught = threading.Event(), threading.Event()
    (tmp_path / "stick").mkdir()
    bench = Bench(
        tmp_path / "stick",
        stick=FolderStick(tmp_path / "stick"),
        clock=clock,
        alive=lambda: fed.append(time.monotonic()),
    )
    loop = threading.Thread(target=bench.kiosk.run, daemon=True)
    loop.start()
    try:
        wait_for(lambda: len(fed) >= 2, what="the watchdog to be fed")
        hung(name, bench, gate, caught)
        assert caught.wait(GENEROUS_S)
        if name != "main":  # nobody waits minutes here: the clock is put forward instead
            rounds: list[int] = []
            look = bench.kiosk.camera.supervise
            bench.kiosk.camera.supervise = lambda: rounds.append(len(fed)) or look()
            clock.ahead_s = SILENT_S[name] + 1
            # The first of these rounds may have begun before.
            wait_for(lambda: len(rounds) >= 4, what="the kiosk to look after its threads")
            assert rounds[1] == rounds[3], "it was fed though a thread hangs"
        before = len(fed)
        gate.set()
        if name != "main":
            bench.kiosk.measurer.__dict__.pop("turn", None)
            bench.kiosk.sounder.__dict__.pop("turn", None)
        bench.kiosk.watch._probes = ()
        wait_for(lambda: len(fed) > before, what="it is fed again once the thread goes on")
    finally:
        gate.set()
        bench.kiosk.quit()
        loop.join(GENEROUS_S)
        bench.kiosk.close()
    longest = SILENT_S.get(name, 0.0) + 30.0  # the unit's WatchdogSec
    promise = f"the watchdog starves; ended and restarted after {longest:.0f} s at most"
    matrix(f"thread {name} hangs", promise, 1, 1)


def notice(tmp_path: Path, what: str, **environment: str) -> str:
    console = tmp_path / "console"
    console.write_text("")
    subprocess.run(
        ["sh", str(NOTICE), what],
        check=True,
        env={
            "PATH": os.environ["PATH"],
            "NOTICE_CONSOLE": str(console),
            "NOTICE_WORD": str(tmp_path / "problem"),
            "NOTICE_TROUBLE": str(tmp_path / "trouble"),
            **environment,
        },
    )
    return console.read_text()


def test_settings_edited_to_nonsense_are_named_on_the_screen(tmp_path, matrix: Enter):
    nonsense = {
        '[camera]\nfps = "fast"': "fps in [camera]",
        "[camera]\nfps = 9e99": "fps in [camera]",
        "[kamera]\n": "[kamera]",
        "rubbish ][": "not valid TOML",
        "[buttons]\ngreen_pin = 27": "green_pin",
        "[privacy]\nrecipients = [0]": "recipients",
        "\x1b[2J\x07": "not valid TOML",
    }
    longest = 0.0
    for text, says in nonsense.items():
        path = tmp_path / "midstance.toml"
        path.write_text(text)
        began = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "device", "run", "--config", str(path)],
            cwd=ROOT,
            env={**os.environ, "RUNTIME_DIRECTORY": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
        longest = max(longest, time.monotonic() - began)
        assert done.returncode == 4, done.stderr
        assert "Traceback" not in done.stderr
        shown = notice(tmp_path, "stopped", SERVICE_RESULT="exit-code", EXIT_STATUS="4")
        assert "does not understand its settings" in shown
        assert says in " ".join(shown.split()), shown
        # Nothing in the file writes on the console by itself.
        assert shown.count("\x1b") == 3
        assert "\x07" not in shown
        again = notice(tmp_path, "starting")
        assert "is starting" in again
        assert says in " ".join(again.split())
    (tmp_path / "problem").unlink()
    notice(tmp_path, "stopped", SERVICE_RESULT="success")
    assert "last time" not in notice(tmp_path, "starting")
    count = len(nonsense)
    matrix(
        "settings edited to nonsense",
        "the screen names file, key and remedy; tried again by itself",
        count,
        count,
        0,
        longest,
    )


def crash(where: str) -> Exception:
    runner = SECRET
    try:
        try:
            raise KeyError(runner)
        except KeyError as error:
            raise RuntimeError(f"{where}: runner {runner} is not there") from error
    except RuntimeError as error:
        return error


def test_a_crash_leaves_a_report_without_anything_of_anybody(tmp_path):
    book = CrashBook(tmp_path / "crashes")
    handler = CrashHandler(book)
    import logging

    logger = logging.getLogger("device.test-of-crashes")
    logger.addHandler(handler)
    for _ in range(3):
        logger.error("the thread failed and goes on", exc_info=crash("disk"))
    logger.error("a refusal is none", exc_info=StorageError("full", remedy="room"))
    (data,) = book.reports().values()
    assert SECRET.encode() not in data
    report = json.loads(data)
    assert report["error"] == "RuntimeError"
    assert report["because"]["error"] == "KeyError"
    assert any("crash" in place and ":" in place for place in report["places"])
    assert next((tmp_path / "crashes").glob("*")).stat().st_mode & 0o077 == 0
    full = OSError(28, "No space left", f"/var/lib/midstance/{SECRET}")
    assert b"OSError ENOSPC" in (book.note("disk", full) or Path()).read_bytes()
    assert SECRET.encode() not in b"".join(book.reports().values())


def test_reports_are_few_and_small(tmp_path):
    def deep(left: int) -> None:
        if left:
            deep(left - 1)
        raise RecursionError

    folder = tmp_path / "crashes"
    for number in range(3 * MOST):
        try:
            exec(f"def f{number}(): deep(300)\nf{number}()", {"deep": deep})
        except RecursionError as error:
            CrashBook(folder).note("main", error)
    assert len(list(folder.iterdir())) == MOST
    assert max(path.stat().st_size for path in folder.iterdir()) <= MOST_BYTES
    book, many = CrashBook(folder), 5 * MOST
    written = [book.note("main", type(f"E{n}", (Exception,), {})()) for n in range(many)]
    assert sum(path is not None for path in written) == MOST, "bounded within a run too"
    nowhere = CrashBook(tmp_path / "crashes" / "file" / "x")
    (tmp_path / "crashes" / "file").write_text("no folder")
    assert nowhere.note("main", ValueError()) is None


def test_a_hard_crash_is_reported_at_the_next_start(tmp_path, matrix: Enter):
    folder = tmp_path / "crashes"
    code = (
        "import sys, time; from pathlib import Path; from device.crashes import CrashBook\n"
        "CrashBook(Path(sys.argv[1])).listen()\n"
        "def hangs_here(): print('up', flush=True); time.sleep(60)\n"
        "hangs_here()"
    )
    for number in (signal.SIGABRT, signal.SIGSEGV):
        with subprocess.Popen(
            [sys.executable, "-c", code, str(folder)], cwd=ROOT, stdout=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            process.send_signal(number)
            process.wait(60)
    book = CrashBook(folder)
    book.listen()
    try:
        reports = [json.loads(data) for data in book.reports().values()]
        assert len(reports) == 2
        for report in reports:
            assert any("hangs_here" in place for place in report["places"])
    finally:
        book.close()
        faulthandler.enable()
    assert not (folder / HARD).exists(), "a good end leaves nothing"
    matrix("killed by the watchdog or a library", "a report says where each thread stood", 2, 2)


def test_the_doctor_packs_it_all_for_whoever_mends_it(tmp_path, capsys):
    CrashBook(tmp_path / "data" / "crashes").note("measure", crash("measure"))
    config = tmp_path / "midstance.toml"
    config.write_text(
        f'[storage]\ndata_dir = "{tmp_path / "data"}"\n[camera]\nsource = "demo"\n'
        '[buttons]\nsource = "mock"\n'
    )
    target = tmp_path / "report.zip"
    main(["doctor", "--config", str(config), "--json", "--export", str(target)])
    shown = json.loads(capsys.readouterr().out)
    with zipfile.ZipFile(target) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    assert json.loads(files["doctor.json"])["checks"][0]["name"] == shown["checks"][0]["name"]
    assert json.loads(files["versions.json"])["packages"]["numpy"]
    assert files["midstance.toml"].decode() == config.read_text()
    (crashed,) = [name for name in files if name.startswith("crashes/")]
    assert json.loads(files[crashed])["thread"] == "measure"
    assert SECRET.encode() not in b"".join(files.values())
    assert main(["doctor", "--config", str(config), "--export", str(tmp_path / "no" / "x")]) == 7
