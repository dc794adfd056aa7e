"""The screen is unplugged while the kiosk runs, its driver gives up, the desktop's server dies."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pygame
import pytest
from kiosk_bench import HAS_RESULTS
from kiosk_fakes import Script, on, wait_for
from results import Enter
from test_faults_camera_pose import Since, make, saved_whole, times

from device.atomic import check_folder
from device.clock import MonotonicClock
from device.config import Screen
from device.hardware.screen_probe import connected_screen
from device.steady_display import SteadyDisplay
from device.ui.window import make_display

__all__ = ["make"]
VICTIM = Path(__file__).with_name("screen_victim.py")
LIVE = lambda m: m.screen == "live" and m.elapsed_s > 0.5  # noqa: E731


class Cable:
    """What the kernel says of a screen's connector, in files of our own."""

    def __init__(self, folder: Path) -> None:
        (folder / "drm" / "card1-HDMI-A-1").mkdir(parents=True)
        (folder / "dri").mkdir()
        (folder / "dri" / "card1").touch()
        self._status = folder / "drm" / "card1-HDMI-A-1" / "status"
        self.plug()
        look = partial(connected_screen, folder / "drm", folder / "dri")
        self.connected = lambda: look() is not None

    def plug(self) -> None:
        self._status.write_text("connected\n")

    def pull(self) -> None:
        self._status.write_text("disconnected\n")


@pytest.mark.parametrize("driver", ["goes on", "gives up"])
def test_a_screen_unplugged_while_it_runs(driver, make, tmp_path, matrix: Enter):
    """The connector is told to be empty; the driver shows pictures nowhere, or refuses them."""
    runs, told, back = times(1, 5), Since(), Since()
    for number in range(runs):
        cable = Cable(tmp_path / str(number))
        window = make_display(Screen(width_px=640, height_px=360), headless=True)
        screen = SteadyDisplay(window, MonotonicClock(), cable.connected)
        bench = make(
            display=screen, probes=(screen.look,), restarts=True, renew=lambda s=screen: s.stale
        )

        def pull(cable=cable) -> None:
            told.now()
            cable.pull()
            if driver == "gives up":
                pygame.display.quit()

        def plug(cable=cable) -> None:
            back.now()
            cable.plug()

        script = Script(
            (on("idle"), bench.green),
            (LIVE, pull),
            (
                lambda m, s=screen: s.away and (s._failed_s is None) is (driver == "goes on"),
                told.seen,
            ),
            (on("live"), bench.green),
            (HAS_RESULTS, bench.blue),
            (on("saved"), plug),
            (lambda m, s=screen: not s.away, bench.green),
            # Not before nobody uses it; then by itself, for the service manager starts it again.
            (lambda m: False, None),
            timeout_s=180.0,
        )
        bench.kiosk.run(script)
        back.seen()
        assert len(script._steps) == 1, script._last
        assert bench.kiosk._quit.is_set()
        assert script._last.screen in ("idle", "blank", "saved")
        assert saved_whole(bench) == 1
    matrix(
        f"screen unplugged while it runs; the driver {driver}",
        "told within 5 s, the session is saved; anew once it is back and nobody runs",
        runs,
        runs,
        0,
        max(told.took_s, back.took_s),
    )


def test_a_plug_with_a_loose_contact_starts_nothing_anew(tmp_path):
    cable = Cable(tmp_path)
    screen = SteadyDisplay(make_display(Screen(), headless=True), MonotonicClock(), cable.connected)
    try:
        for _ in range(5):
            cable.pull()
            screen.look()
            screen.look()
            cable.plug()
            screen.look()
        assert not screen.away
        assert not screen.stale
        cable.pull()
        for _ in range(3):
            screen.look()
        assert screen.away
        assert not screen.stale, "there is nothing yet to start anew for"
        cable.plug()
        screen.look()
        screen.look()
        assert screen.stale
    finally:
        screen.close()


@contextmanager
def desktop():
    """A desktop's server; yields it and the name of its display."""
    if shutil.which("Xvfb") is None:
        pytest.skip("there is no Xvfb here")
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "800x600x24", "-nolisten", "tcp"],
        pass_fds=(write,),
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    try:
        with os.fdopen(read) as told:
            number = told.readline().strip()
        assert number, "Xvfb did not start"
        yield server, f":{number}"
    finally:
        server.kill()
        server.wait()


def test_a_desktop_that_dies_under_the_kiosk_costs_no_saved_session(tmp_path, matrix: Enter):
    """X11's own library ends a program whose server is gone: it must be a quick end that leaves
    everything whole, for the service manager starts it again."""
    runs, took, saved = times(1, 5), Since(), set()
    for number in range(runs + 1):
        with (
            desktop() as (server, display),
            subprocess.Popen(
                [sys.executable, str(VICTIM), str(tmp_path)],
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                env={**os.environ, "DISPLAY": display, "SDL_VIDEODRIVER": "x11"},
            ) as kiosk,
        ):
            said: list[str] = []
            reader = threading.Thread(
                target=lambda out=kiosk.stdout, said=said: said.extend(out), daemon=True
            )
            reader.start()
            try:
                wait_for(
                    lambda said=said, kiosk=kiosk: (
                        kiosk.poll() is not None or said.count("RUNNING\n") == 2
                    ),
                    120.0,
                    "a session saved and another one under way",
                )
                assert kiosk.poll() is None, "it ended by itself"
                if number < runs:
                    took.now()
                    server.kill()
                    kiosk.wait(600)
                    took.seen()
                    assert kiosk.returncode != 0, "the service manager starts it again"
            finally:
                kiosk.kill()
                kiosk.wait()
                reader.join(20)
            saved |= {line.split()[1] for line in said if line.startswith("SAVED")}
    assert len(saved) == runs + 1, "it comes back and saves"
    folders = list((tmp_path / "MIDSTANCE").iterdir())
    whole = {folder.name for folder in folders if not check_folder(folder)}
    assert saved <= whole
    assert not [f for f in folders if f.name[0] != "." and f.name not in whole]
    promise = "ends at once; what was saved is whole; with a desktop again it runs"
    matrix("desktop's server killed while it runs", promise, runs, runs, 0, took.took_s)
