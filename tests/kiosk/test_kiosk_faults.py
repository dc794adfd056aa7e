"""The whole kiosk on stand-ins: its ways, and what cameras, models and sticks do to it.

Pins, encoder and the export to a file system are the real ones; the camera shows nothing, so
sessions are short and say that nobody was there.
"""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from pathlib import Path

import msgspec
import pytest
from kiosk_bench import CONFIG, HAS_RESULTS, Bench, export
from kiosk_fakes import (
    GENEROUS_S,
    BlindPose,
    LittleCamera,
    NobodyTracker,
    health,
    on,
    says,
    wait_for,
)
from kiosk_values import a_person

from device import kiosk
from device.atomic import check_folder
from device.config import parse
from device.domain.kiosk import Button, Press
from device.keeping import Keeping
from device.storage.outbox import Outbox

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root")


@pytest.fixture
def make(tmp_path):
    benches = []

    def bench(folder: Path | None = None, **more) -> Bench:
        if folder is None:
            folder = tmp_path / "stick"
            folder.mkdir(exist_ok=True)
        benches.append(Bench(folder, **more))
        return benches[-1]

    yield bench
    for each in benches:
        assert each.kiosk.close() == []


def test_a_session_with_three_presses_and_back_to_idle(make):
    bench = make()
    script = bench.play(
        *bench.to_results(),
        (HAS_RESULTS, bench.blue),
        (on("saved"), bench.green),
        (on("idle"), None),
    )
    (session,) = bench.sessions()
    document = json.loads((session / "session.json").read_text())
    assert document["gait"] == "none"
    assert document["quality"]["verdict"] == "not_measurable"
    assert [reason["code"] for reason in document["quality"]["reasons"]] == ["nobody"]
    assert document["session"]["simulated"] == ["camera", "stick"]
    assert document["session"]["standing_zero"] == "off"
    assert document["session"]["clip"]["frames"] >= 3
    shown = [model for model in script.seen if model.screen == "results"][-1]
    assert document["input"]["frames"] == shown.results.frames
    saved = next(model for model in script.seen if model.screen == "saved")
    assert saved.saving.done
    assert saved.saving.folder == f"MIDSTANCE/{session.name}"
    assert saved.simulated == ("camera", "stick")
    live = [model for model in script.seen if model.screen == "live"]
    assert all(model.recording for model in live)
    assert not shown.recording


def test_the_lights_say_what_can_be_pressed(make):
    bench = make()
    lights = {
        button: bench.buttons._factory.pin(getattr(CONFIG.buttons, f"{button}_led_pin"))
        for button in Button
    }
    bench.play(*bench.to_results(), (HAS_RESULTS, None))
    assert [lights[button].state for button in Button] == [1, 1, 0]


def test_green_on_the_results_saves_nothing_and_forgets(make):
    bench = make()
    bench.play(*bench.to_results(), (HAS_RESULTS, bench.green), (on("idle"), None))
    assert bench.sessions() == []
    assert bench.kiosk.controller.facts.summary is None
    _, packets = bench.kiosk._parts.recorder.snapshot(0, 2**62)
    assert packets == ()


def test_keys_do_what_the_pins_do(make):
    bench = make()

    def key(button, press=Press.SHORT):
        return lambda: bench.display.pressed.append((button, press))

    bench.play(
        (on("idle"), key(Button.GREEN)),
        (on("live"), key(Button.BLUE, Press.LONG)),
        (on("idle"), None),
    )


def test_holding_blue_cancels_and_shows_the_hold_before_it_acts(make):
    bench = make()
    script = bench.play(
        (on("idle"), bench.green),
        (on("live"), bench.hold_blue),
        (on("idle"), None),
    )
    held = [model.held for model in script.seen if model.held is not None]
    assert held
    assert held[0][0] is Button.BLUE


def test_the_standing_zero_asks_after_its_time_and_can_be_skipped(make):
    config = parse(
        "[session]\nstanding_zero_timeout_s = 10\ncountdown_s = 0\nsetup = 'offered'\n"
        "[buttons]\nsource = 'mock'"
    )
    bench = make(config=config)
    bench.play((on("idle"), bench.green), (on("standing_zero"), bench.green), (on("live"), None))
    assert bench.kiosk.controller.state.zero == "skipped"


# --- the stick ----------------------------------------------------------------------------------


def test_without_a_stick_the_session_waits_until_one_comes(make, tmp_path):
    bench = make(tmp_path / "later")
    script = bench.play(
        *bench.to_results(),
        (HAS_RESULTS, bench.blue),
        (says("stick_absent"), (tmp_path / "later").mkdir),
        (on("saved"), None),
    )
    (session,) = bench.sessions()
    shown = [model for model in script.seen if model.results is not None][-1]
    document = json.loads((session / "session.json").read_text())
    assert document["input"]["frames"] == shown.results.frames
    assert (session / "clip.mp4").stat().st_size > 0


@pytest.fixture
def tiny_stick(tmp_path):
    """A real file system with room for next to nothing."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("nothing can be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def remount(folder: Path, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", str(folder)], check=True)


@root_only
def test_a_session_no_stick_takes_is_kept_and_goes_to_the_next_stick(make, tmp_path):
    stick, kept = tmp_path / "not yet", tmp_path / "kept"
    bench = make(stick, keeper=Keeping(Outbox(kept)))
    script = bench.play(
        *bench.to_results(),
        (HAS_RESULTS, bench.blue),
        (lambda m: m.saving is not None and m.hints.yellow == "Keep on device", bench.yellow),
        (lambda m: m.screen == "saved" and m.saving.kept, bench.green),
        (lambda m: m.screen == "idle" and _storage(m) == WAITS, stick.mkdir),
        (lambda m: "Safe to remove" in _storage(m), None),
    )
    (session,) = bench.sessions()
    assert check_folder(session) == ()
    assert {path.name for path in session.iterdir()} >= {"clip.mp4", "session.json", "README.txt"}
    assert list(kept.iterdir()) == []
    shown = [model for model in script.seen if model.screen == "results"][-1].results
    document = json.loads((session / "session.json").read_text())
    assert document["input"]["frames"] == shown.frames


def test_what_was_kept_before_a_restart_is_told_and_delivered_with_the_next_session(make, tmp_path):
    outbox = Outbox(tmp_path / "kept")
    outbox.put("2026-01-01_000000_old", {"session.json": b"{}"})
    stick = tmp_path / "not yet"
    bench = make(stick, keeper=Keeping(outbox))
    bench.play(
        (lambda m: m.screen == "idle" and _storage(m) == WAITS, bench.green),
        (lambda m: m.screen == "live" and m.elapsed_s > 1.0, bench.green),
        (HAS_RESULTS, stick.mkdir),
        (HAS_RESULTS, bench.blue),
        (on("saved"), bench.green),
        (lambda m: m.screen == "idle" and not _storage(m), None),
    )
    assert bench.sessions()[0].name == "2026-01-01_000000_old"
    assert len(bench.sessions()) == 2
    assert outbox.waiting() == ()


WAITS = "1 session waits on this device for a stick."


def _storage(model) -> str:
    return next((item.text for item in model.health if item.part == "storage"), "")


def test_a_full_stick_is_told_and_the_session_saved_once_there_is_room(make, tiny_stick):
    bench = make(tiny_stick)

    def make_room():
        assert bench.sessions() == [], "nothing half is left"
        remount(tiny_stick, "size=20m")
        bench.blue()

    bench.play(
        *bench.to_results(),
        (HAS_RESULTS, bench.blue),
        (says("stick_full"), make_room),
        (on("saved"), None),
    )
    assert len(bench.sessions()) == 1


@root_only
def test_a_read_only_stick_is_told_and_the_session_saved_once_it_is_not(make, tiny_stick):
    remount(tiny_stick, "size=20m,ro")
    bench = make(tiny_stick)

    def unlock():
        remount(tiny_stick, "rw")
        bench.blue()

    bench.play(
        *bench.to_results(),
        (HAS_RESULTS, bench.blue),
        (says("stick_read_only"), unlock),
        (on("saved"), None),
    )
    assert len(bench.sessions()) == 1


def test_a_failed_save_can_be_dismissed(make, tmp_path):
    bench = make(tmp_path / "never")
    bench.play(
        *bench.to_results(),
        (HAS_RESULTS, bench.blue),
        (says("stick_absent"), bench.hold_green),
        (on("idle"), None),
    )


def test_cancelling_while_it_is_saved_leaves_nothing_half(make):
    begun = threading.Event()

    def slow(root, files, on_progress):
        def slowly(progress):
            begun.set()
            on_progress(progress)
            time.sleep(0.4)

        return export(root, files, slowly)

    bench = make(export=slow)
    bench.play(
        *bench.to_results(),
        (HAS_RESULTS, bench.blue),
        (lambda model: begun.is_set(), bench.hold_blue),
        (on("idle"), None),
    )
    assert bench.kiosk.disk.stop(GENEROUS_S)
    assert bench.sessions() == []


# --- camera, pose, gait core ---------------------------------------------------------------------


def test_a_camera_that_dies_is_told_and_the_session_goes_on(make):
    cameras = [LittleCamera(dies_after=40)]
    bench = make(make_source=lambda: cameras.pop() if cameras else LittleCamera())
    script = bench.play(
        (on("idle"), bench.green),
        (says("camera_fault"), None),
        (lambda m: m.screen == "live" and health("camera", "ok")(m), bench.green),
        (HAS_RESULTS, None),
    )
    told = next(model for model in script.seen if says("camera_fault")(model))
    assert "died" in told.message.message
    assert told.message.remedy == "Feed it."


def test_a_camera_that_falls_silent_is_noticed_and_the_results_can_be_had(make, caplog):
    silent = LittleCamera(hangs_after=30, deaf=True)
    cameras = [silent]

    def source():
        if cameras:
            return cameras.pop()
        raise OSError("no camera")

    bench = make(make_source=source)
    bench.play(
        (on("idle"), bench.green),
        (on("live"), None),
        (says("camera_fault"), bench.green),
        (HAS_RESULTS, None),
    )
    assert "the screen says: The camera" in caplog.text, "the camera's thread hears of it"
    silent.let_go.set()


def test_a_pose_worker_that_crashes_is_told_and_replaced(make):
    made = []

    class Once(BlindPose):
        def estimate(self, frame):
            if len(made) == 1 and frame.seq > 20:
                raise RuntimeError("out of ideas")
            return super().estimate(frame)

    def estimator(position_of):
        made.append(Once())
        return made[-1]

    bench = make(make_estimator=estimator)
    bench.play(
        (on("idle"), bench.green),
        (says("pose_fault"), None),
        (lambda m: m.screen == "live" and health("pose", "ok")(m), bench.green),
        (HAS_RESULTS, None),
    )
    assert len(made) == 2
    assert made[0].closed


def test_a_gait_core_that_fails_is_told_instead_of_a_number(make):
    class Broken(NobodyTracker):
        def summary(self):
            raise ZeroDivisionError("by nothing")

    bench = make(make_tracker=Broken)
    bench.play(
        *bench.to_results(),
        (says("summary_failed"), bench.blue),
        (lambda m: m.screen == "results" and m.hints.blue is None, bench.green),
        (on("idle"), None),
    )
    assert bench.sessions() == []


def test_in_idle_a_picture_a_second_is_looked_at_and_none_where_the_screen_stays_lit(make):
    for blank_after_s, most in ((600, True), (0, False)):
        counted, began_ns = [], time.monotonic_ns()

        class Counting(BlindPose):
            def estimate(self, frame, counted=counted):
                counted.append(frame.seq)
                return super().estimate(frame)

        config = msgspec.structs.replace(
            CONFIG, screen=msgspec.structs.replace(CONFIG.screen, blank_after_s=blank_after_s)
        )
        bench = make(config=config, make_estimator=lambda position_of, made=Counting: made())
        in_idle, taken_s = [], []

        def start(began=began_ns, bench=bench, counted=counted, seen=in_idle, taken_s=taken_s):
            seen.extend(counted)
            taken_s.append((bench.kiosk.camera.last_t_ns - began) / 1e9)
            bench.green()

        bench.play(
            (lambda m, bench=bench: m.screen == "idle" and bench.kiosk.camera.frames > 50, start),
            (lambda m, counted=counted: m.screen == "live" and len(counted) > 5, None),
        )
        assert len(in_idle) <= (most and 1 + taken_s[0]), "one a second"


def test_the_dark_screen_wakes_when_somebody_comes(make):
    somebody = threading.Event()

    class Sees(BlindPose):
        def estimate(self, frame):
            return a_person(frame) if somebody.is_set() else super().estimate(frame)

    screen = msgspec.structs.replace(CONFIG.screen, blank_after_s=1.5)
    bench = make(
        config=msgspec.structs.replace(CONFIG, screen=screen),
        make_estimator=lambda position_of: Sees(),
    )
    script = bench.play((on("blank"), somebody.set), (on("idle"), None))
    assert script.seen[-1].results is None


def test_many_sessions_leave_nothing_behind(make):
    bench = make()
    counts = []

    def count():
        # Green beside a finger that still lies on blue would be both together.
        wait_for(lambda: bench.buttons.held() is None)
        bench.fingers_off()
        counts.append((threading.active_count(), len(os.listdir("/proc/self/fd"))))
        bench.green()

    def one(ends_with):
        return (
            (on("idle"), count),
            (lambda m: m.screen == "live" and m.elapsed_s > 0.2, bench.green),
            (HAS_RESULTS, ends_with),
        )

    steps = []
    for number in range(6):
        steps += one(bench.hold_blue if number % 2 else bench.blue)
        steps += [] if number % 2 else [(on("saved"), bench.green)]
    bench.play(*steps, (on("idle"), None), timeout_s=200.0)
    assert len(bench.sessions()) == 3
    assert bench.kiosk.controller.state.session == 6
    threads, files = zip(*counts, strict=True)
    # Something may be under way at the moment; what each session leaves behind would add up.
    assert max(threads[1:]) <= min(threads[1:]) + 2
    assert max(files[1:]) <= min(files[1:]) + 1
    assert bench.kiosk.disk._clips == {}


# --- the end -------------------------------------------------------------------------------------


def test_closing_the_window_ends_the_kiosk_with_all_its_threads(make):
    before = set(threading.enumerate())
    bench = make()
    bench.display.pressed.append("quit")
    bench.kiosk.run()
    assert bench.kiosk.close() == []
    assert bench.display.closed
    wait_for(lambda: {t for t in threading.enumerate() if t.is_alive()} <= before)


def test_it_ends_in_time_though_the_camera_hangs(make, monkeypatch):
    monkeypatch.setattr(kiosk, "STOP_S", 2.0)
    hanging = LittleCamera(hangs_after=2, deaf=True)
    bench = make(make_source=lambda: hanging)
    assert hanging.hanging.wait(GENEROUS_S)
    begun = time.monotonic()
    assert "camera" in bench.kiosk.close()
    assert time.monotonic() - begun < 60, "it did not wait for the camera's 250 s"
    hanging.let_go.set()
    assert bench.kiosk.camera.join(GENEROUS_S)
    monkeypatch.undo()
