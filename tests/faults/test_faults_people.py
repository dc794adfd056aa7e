"""What people and the room do to it: presses by the dozen, no screen, heat, too little power, a
station that loses its process in the middle of a run."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from kiosk_bench import CONFIG, HAS_RESULTS
from kiosk_fakes import health, on, wait_for
from results import Enter
from test_faults_camera_pose import Since, make, saved_whole, times

from device import app
from device.atomic import check_folder
from device.config import parse
from device.domain.kiosk import Button
from device.errors import DisplayError
from device.hardware import gpio_buttons
from device.hardware.system_health import SystemHealth

__all__ = ["make"]
VICTIM = Path(__file__).with_name("kiosk_victim.py")
PINS = [getattr(CONFIG.buttons, f"{button.value}_pin") for button in Button]


@pytest.mark.parametrize("rate", ["chatter", "50 a second"])
def test_whatever_fingers_do_it_comes_back_to_idle(rate, make, matrix: Enter):
    chance = random.Random(rate)
    bench = make()
    pins = [bench.buttons._factory.pin(number) for number in PINS]
    lasts_s, told = times(2, 15), []
    bench.kiosk.controller.handle = _counting(bench.kiosk.controller.handle, told)
    pressed = slow = 0

    def hammer() -> None:
        nonlocal pressed, slow
        until = time.monotonic() + lasts_s
        while time.monotonic() < until:
            pin = chance.choice(pins)
            began = time.monotonic()
            pin.drive_low()
            if rate != "chatter":
                time.sleep(0.021)  # just long enough to be a press
            pin.drive_high()
            # On a busy machine this finger may be held up between the two.
            slow += time.monotonic() - began > CONFIG.buttons.debounce_s / 2
            pressed += 1
            time.sleep(0.002 if rate == "chatter" else 0.001)

    finger = threading.Thread(target=hammer, daemon=True)
    done = lambda m: not finger.is_alive() and pressed > 0  # noqa: E731
    bench.play((on("idle"), finger.start), (done, None), timeout_s=60.0)
    if rate == "chatter":
        assert len(told) <= slow, "a contact that closes for no time is no press"
    else:
        assert 0 < len(told) <= pressed, "presses are told, and each at most once"
    wait_for(lambda: bench.kiosk.inbox is not None)
    # Whatever screen that led to: blue held leads out, and the next runner has a session.
    for _ in range(6):
        if bench.kiosk.controller.state.screen in ("idle", "blank"):
            break
        bench.hold_blue()
        bench.fingers_off()
        bench.play((lambda m: True, None))
    bench.play(
        (on("idle"), bench.green),
        (lambda m: m.screen == "live" and m.elapsed_s > 0.5, bench.green),
        (HAS_RESULTS, bench.blue),
        (on("saved"), None),
        timeout_s=120.0,
    )
    assert saved_whole(bench) >= 1
    promise = "no press" if rate == "chatter" else "no dead end; the next session is saved"
    matrix(f"buttons: {rate}", promise, pressed, pressed)


def _counting(handle, told):
    def counted(event, t_s):
        if type(event).__name__ in ("ButtonPressed", "ChordHeld"):
            told.append(event)
        handle(event, t_s)

    return counted


def test_a_stuck_button_is_told_and_the_others_work(make, monkeypatch, matrix: Enter):
    monkeypatch.setattr(gpio_buttons, "STUCK_S", 0.8)
    bench, since = make(), Since()
    pin = bench.buttons._factory.pin(CONFIG.buttons.yellow_pin)

    def jam() -> None:
        since.now()
        pin.drive_low()

    bench.play(
        (on("idle"), jam),
        (health("buttons", "warn"), since.seen),
        (on("idle"), bench.green),
        (lambda m: m.screen == "live" and m.elapsed_s > 0.5, bench.green),
        (HAS_RESULTS, bench.blue),
        (on("saved"), pin.drive_high),
        (lambda m: not any(i.part == "buttons" and i.level != "ok" for i in m.health), None),
        timeout_s=120.0,
    )
    assert saved_whole(bench) == 1
    matrix("button stuck", "told (after 30 s; 0.8 s here), the others work", 1, 1, 0, since.took_s)


def test_without_a_screen_nobody_is_filmed_and_it_is_said(matrix: Enter):
    config = parse("[screen]\ndisplay = 'auto'\n[buttons]\nsource = 'none'")
    plugged: list[str | None] = [None]
    display, why = app.open_display(
        config, None, on_desktop=lambda: False, on_screen=lambda: plugged[0]
    )
    try:
        assert "no screen connected" in why
        assert app._unasked(config, why, headless=None, once=False)
    finally:
        display.close()
    # The service manager tries again; with its screen back it is the screen's turn.
    plugged[0] = "HDMI-A-1"
    with (
        pytest.raises(DisplayError)
        if not Path("/dev/dri").exists()
        else closing(
            app.open_display(config, None, on_desktop=lambda: True, on_screen=lambda: plugged[0])[0]
        )
    ):
        display, why = app.open_display(
            parse("[screen]\ndisplay = 'kmsdrm'"),
            None,
            on_desktop=lambda: False,
            on_screen=lambda: plugged[0],
        )
        display.close()
    matrix("screen unplugged at the start", "nobody is filmed unseen; said, tried again", 1, 1)


def test_heat_and_too_little_power_are_told_and_cost_nobody_a_session(
    tmp_path, make, matrix: Enter
):
    zone, sensor = tmp_path / "class/thermal/thermal_zone0", tmp_path / "class/hwmon/hwmon0"
    for folder in (zone, sensor):
        folder.mkdir(parents=True)
    (sensor / "name").write_text("rpi_volt\n")
    temperature, alarm = zone / "temp", sensor / "in0_lcrit_alarm"
    temperature.write_text("50000\n")
    alarm.write_text("0\n")
    machine = SystemHealth(tmp_path)
    bench = make(probes=(machine.temperature, machine.power), hot=lambda: machine.spared)
    runs, since = times(2, 20), Since()

    def to(path: Path, text: str):
        def write() -> None:
            since.now()
            path.write_text(text)

        return write

    steps = []
    for _ in range(runs):
        steps += [
            (lambda m: True, to(temperature, "84000\n")),
            (health("temperature", "warn"), since.seen),
            (lambda m: True, to(temperature, "rubbish")),
            (lambda m: True, lambda: setattr(since, "at_s", None)),
            (lambda m: True, to(temperature, "50000\n")),
            (health("temperature", "ok"), since.seen),
            (lambda m: True, to(alarm, "1\n")),
            (health("power", "warn"), since.seen),
            (lambda m: True, to(alarm, "0\n")),
            (lambda m: not health("power", "warn")(m), since.seen),
        ]
    bench.play(
        (on("idle"), bench.green),
        (on("live"), None),
        *steps,
        (on("live"), bench.green),
        (HAS_RESULTS, bench.blue),
        (on("saved"), None),
        timeout_s=60.0 + 6 * runs,
    )
    assert saved_whole(bench) == 1
    promise = "told within 2 s, looks less often while hot, the session goes on"
    matrix("too hot; too little power", promise, 2 * runs, 2 * runs, 0, since.took_s)


def test_killed_in_the_middle_it_comes_back_with_everything(tmp_path, matrix: Enter):
    """By the kernel when memory runs out (where this machine lets us make it), and by hand: no
    warning, no last word."""
    chance = random.Random(5)
    runs, longest, promised = times(1, 12), 0.0, {}
    by_kernel = 0
    for number in range(runs):
        with memory_of_its_own() as short:
            by_kernel += short is not None and number % 2 == 0
            said = _victim(
                tmp_path,
                chance.uniform(2.0, 14.0) if number else 9.0,
                short if number % 2 == 0 else None,
            )
        promised.update(said)
    began = time.monotonic()
    said = _victim(tmp_path, None)
    longest = time.monotonic() - began
    promised.update(said)
    assert promised, "it comes back and saves"
    stick = tmp_path / "station" / "stick" / "MIDSTANCE"
    lost = [name for name in promised if check_folder(stick / name)]
    halves = [f.name for f in stick.iterdir() if f.name[0] != "." and check_folder(f)]
    assert (lost, halves) == ([], [])
    with closing(sqlite3.connect(tmp_path / "station" / "data" / "midstance.sqlite")) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        kept = raw.execute("SELECT count(*) FROM sessions WHERE NOT deleting").fetchone()[0]
    assert kept >= len(promised), "every session that was kept is there"
    promise = "started again it runs; sessions kept or saved are whole"
    if by_kernel:
        matrix("out-of-memory killer in a session", promise, by_kernel, by_kernel, 0, longest)
    if by_kernel < runs:
        left = runs - by_kernel
        matrix("process killed in a session", promise, left, left, 0, longest)


@contextmanager
def memory_of_its_own():
    """A control group with a limit of its own; None where there is none to be had."""
    root = Path("/sys/fs/cgroup/memory")
    group = root / f"midstance-{os.getpid()}"
    if not (root / "memory.limit_in_bytes").exists() or os.geteuid() != 0:
        yield None
        return
    try:
        group.mkdir()
    except OSError:
        yield None
        return
    try:
        yield group
    finally:
        wait_for(lambda: not (group / "cgroup.procs").read_text().split(), 20.0, "its processes")
        group.rmdir()


def _starve(group: Path, pid: int) -> None:
    """Something else takes what memory there is; the kernel ends `pid` to get some back."""
    Path(f"/proc/{pid}/oom_score_adj").write_text("1000")
    used = int((group / "memory.usage_in_bytes").read_text())
    (group / "memory.limit_in_bytes").write_text(str(used + 40_000_000))
    enter = f"echo $$ > {group}/cgroup.procs; exec {sys.executable} -c 'x = bytearray(90_000_000)'"
    subprocess.run(["sh", "-c", enter], check=False, timeout=600)


def _victim(folder: Path, for_s: float | None, group: Path | None = None) -> dict[str, str]:
    """Run the kiosk; end it after `for_s` (None: once it has saved a session), by want of memory
    in `group` where one is given."""
    command = [sys.executable, str(VICTIM), str(folder)]
    if group is not None:
        command = ["sh", "-c", f'echo $$ > {group}/cgroup.procs; exec "$@"', "sh", *command]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said: list[str] = []
        reader = threading.Thread(target=lambda: said.extend(process.stdout), daemon=True)
        reader.start()
        if for_s is None:
            saved = lambda: any(s.startswith("SAVED") for s in said)  # noqa: E731
            wait_for(lambda: saved() or process.poll() is not None, 240.0, "a session saved")
        else:
            wait_for(lambda: said or process.poll() is not None, 240.0, "the kiosk to be up")
            time.sleep(for_s)
        assert process.poll() is None, said
        if group is None:
            os.kill(process.pid, signal.SIGKILL)
        else:
            _starve(group, process.pid)
            assert process.wait(600) == -signal.SIGKILL
            kills = (group / "memory.oom_control").read_text().split()
            assert int(kills[kills.index("oom_kill") + 1]) >= 1, "the kernel ended it"
        process.wait()
        reader.join(10)
    return {line.split()[1]: line for line in said if line.startswith("SAVED")}
