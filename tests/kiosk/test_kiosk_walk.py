"""A walk through every screen of the whole kiosk and back, with fingers on green and blue alone.

Pins, long presses, threads, the store of runners and sessions and the export are the real ones;
camera and measuring are stand-ins.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from dataclasses import replace
from pathlib import Path

import pytest
from kiosk_bench import CONFIG
from kiosk_fakes import GENEROUS_S, BlankDisplay, BlindPose, LittleCamera, NobodyTracker, NoPelvis
from kiosk_values import a_person, a_summary

from device.app import _store
from device.clips.export import ExportBundle, export_session, session_folder
from device.clips.recorder import EncodingRecorder
from device.config import parse
from device.domain.kiosk import Button, ScreenModel, ScreenName
from device.hardware.gpio_buttons import MockButtons
from device.hardware.sim.folder_stick import FolderStick
from device.kiosk import Kiosk
from device.parts import Parts
from device.session.operator import Act

S = ScreenName
Condition = Callable[[ScreenModel], object]
Story = Generator[Condition, ScreenModel, None]


class Standing(BlindPose):
    """Sees somebody who stands on the belt, once they have come."""

    name = "standing"
    come = threading.Event()

    def estimate(self, frame):
        return a_person(frame) if self.come.is_set() else super().estimate(frame)


class RunningTracker(NobodyTracker):
    """Says at the end that somebody has run."""

    def summary(self):
        return a_summary(frames=self.frames)


class Walker:
    """An operator that follows a story: a generator that yields what it waits for."""

    def __init__(self, story: Story, timeout_s: float) -> None:
        self._story = story
        self._waits = next(story)
        self._until = time.monotonic() + timeout_s
        self.seen: list[ScreenName] = []
        self.buttons: set[Button] = set()

    def look(self, model: ScreenModel) -> Act:
        if not self.seen or self.seen[-1] is not model.screen:
            self.seen.append(model.screen)
        if time.monotonic() > self._until:
            shown = (model.screen, model.hints, model.message)
            raise AssertionError(f"waited in vain on {shown}; came by {self.seen}")
        if not self._waits(model):
            return Act()
        try:
            self._waits = self._story.send(model)
        except StopIteration:
            return Act(done=True)
        return Act()


class Fingers:
    """Press green and blue, and nothing else."""

    def __init__(self, buttons: MockButtons) -> None:
        self._buttons = buttons

    def press(self, button: Button, for_s: float = 0.05) -> Condition:
        """Press; what is waited for is that the finger is off the button again."""
        finger = threading.Thread(target=self._buttons.press, args=(button, for_s), daemon=True)
        finger.start()
        return lambda model: not finger.is_alive()

    def lay_on(self, *buttons: Button) -> None:
        """Press, and leave the fingers there."""
        for button in buttons:
            self._buttons._factory.pin(getattr(CONFIG.buttons, f"{button}_pin")).drive_low()

    def green(self) -> Condition:
        return self.press(Button.GREEN)

    def blue(self) -> Condition:
        return self.press(Button.BLUE)

    def hold_green(self) -> Condition:
        return self.press(Button.GREEN, 1.1)

    def hold_blue(self) -> Condition:
        return self.press(Button.BLUE, 1.1)


def at(screen: ScreenName, **parts: object) -> Condition:
    return lambda m: m.screen is screen and all(getattr(m, k) == v for k, v in parts.items())


@pytest.fixture
def make(tmp_path):
    made = []
    Standing.come.clear()

    def kiosk(text: str = "", **more) -> tuple[Kiosk, Fingers]:
        (tmp_path / "stick").mkdir(exist_ok=True)
        config = parse(
            f"""
            [station]
            profile = "home"
            [session]
            countdown_s = 0.3
            {text}
            [buttons]
            source = "mock"
            hold_s = 1.0
            shutdown_s = 2
            [clip]
            seconds = 2
            [screen]
            blank_after_s = 5
            [storage]
            sessions = "sqlite"
            data_dir = "{tmp_path / "data"}"
            """
        )
        buttons = MockButtons(config.buttons)
        parts = Parts(
            make_source=LittleCamera,
            make_estimator=lambda position_of: Standing(),
            pelvis=NoPelvis(),
            make_tracker=RunningTracker,
            recorder=EncodingRecorder((160, 160), 30.0, config.clip.seconds, 500),
            export=_export,
            folder_name=lambda started, *_: session_folder(started, "test"),
            stick=FolderStick(tmp_path / "stick"),
            display=BlankDisplay(),
            buttons=buttons,
            open_store=_store(config),
            simulated=("camera", "stick"),
        )
        made.append(Kiosk(config, replace(parts, **more)))
        made[-1].start()
        return made[-1], Fingers(buttons)

    yield kiosk
    for each in made:
        each.close()


def _export(root: Path, files, on_progress) -> Path:
    return export_session(root, ExportBundle(files.folder, files.files, files.clip), on_progress)


def choose(fingers: Fingers, key: str, lines: Callable[[ScreenModel], object]) -> Story:
    """Go down a list to the line `key`, and choose it."""
    model = yield lambda m: lines(m) is not None and lines(m).items
    while lines(model).items[lines(model).selected].key != key:
        before = lines(model).selected
        yield fingers.blue()
        model = yield lambda m, before=before: lines(m) is not None and lines(m).selected != before
    yield fingers.green()


def in_menu(fingers: Fingers, key: str) -> Story:
    yield at(S.MENU)
    yield from choose(fingers, key, lambda m: m.menu)


def a_session(fingers: Fingers) -> Story:
    """From standing to the results."""
    yield at(S.STANDING_ZERO)
    yield fingers.green()
    yield at(S.COUNTDOWN)
    yield lambda m: m.screen is S.LIVE and m.elapsed_s > 0.4
    yield fingers.green()
    yield lambda m: m.screen is S.RESULTS and m.results is not None


def test_every_screen_is_reached_with_green_and_blue_and_left_again(make):
    off = threading.Event()
    kiosk, fingers = make(power_off=off.set)

    def story() -> Story:
        # Dark, and awake again.
        yield at(S.BLANK)
        yield fingers.blue()
        yield at(S.IDLE)
        Standing.come.set()
        # A new runner; the set-up stays red, for nobody stands still here, and is overridden.
        yield fingers.green()
        yield from choose(fingers, "new", lambda m: m.runners and m.runners.list)
        model = yield lambda m: m.setup is not None and m.setup.checks[0].state == "ok"
        assert model.setup.required
        assert model.setup.override
        yield fingers.hold_green()
        yield from a_session(fingers)
        yield fingers.blue()
        yield at(S.SAVED)
        yield fingers.green()
        model = yield at(S.IDLE)
        assert model.runner.code == "Runner 1"
        # Once more: neither runner nor set-up are asked for again.
        yield fingers.green()
        yield from a_session(fingers)
        yield fingers.green()
        yield at(S.IDLE)
        # History, two sessions of it, before and after.
        yield fingers.blue()
        yield from in_menu(fingers, "history")
        model = yield lambda m: m.history is not None and len(m.history.sessions) == 2
        assert all(session.overridden for session in model.history.sessions)
        yield fingers.green()
        yield lambda m: m.history is not None and m.history.marked == 0
        yield fingers.green()
        model = yield lambda m: m.compare is not None and m.compare.comparison is not None
        assert model.compare.comparison.before.number < model.compare.comparison.after.number
        yield fingers.hold_green()
        yield from in_menu(fingers, "compare")
        yield lambda m: m.compare is not None and m.compare.comparison is not None
        yield fingers.green()
        # One of them deleted, at the second asking; the other stays.
        yield at(S.HISTORY)
        yield fingers.hold_green()
        yield at(S.DELETE)
        yield fingers.blue()
        yield at(S.HISTORY)
        yield fingers.hold_green()
        model = yield at(S.DELETE)
        gone = model.history.sessions[model.history.selected].uuid
        yield fingers.hold_green()
        model = yield lambda m: m.screen is S.HISTORY and m.history and not m.history.loading
        assert [session.uuid == gone for session in model.history.sessions] == [False]
        yield fingers.hold_blue()
        yield at(S.IDLE)
        yield fingers.blue()
        yield from in_menu(fingers, "coach")
        yield at(S.COACH)
        for line, screen in (
            ("today", S.COACH_TODAY),
            ("trial", S.TRIAL),
            ("exercises", S.EXERCISES),
            ("endurance", S.ENDURANCE),
        ):
            yield from choose(fingers, line, lambda m: m.coach and m.coach.list)
            yield at(screen)
            yield fingers.hold_blue()
            yield at(S.IDLE)
            yield fingers.blue()
            yield from in_menu(fingers, "coach")
            yield at(S.COACH)
        yield from choose(fingers, "back", lambda m: m.coach and m.coach.list)
        # Another language, and back.
        yield from in_menu(fingers, "settings")
        yield from choose(fingers, "language", lambda m: m.settings)
        yield lambda m: m.look is not None and m.look.language == "de"
        yield from choose(fingers, "back", lambda m: m.settings)
        yield from in_menu(fingers, "calibration")
        yield at(S.STEP_CALIBRATION)
        yield fingers.hold_blue()
        yield at(S.IDLE)
        yield fingers.blue()
        yield from in_menu(fingers, "setup")
        model = yield lambda m: m.setup is not None and m.setup.checks[0].state == "ok"
        assert not model.setup.required
        yield fingers.hold_blue()
        yield at(S.IDLE)
        yield fingers.blue()
        yield from in_menu(fingers, "runners")
        yield at(S.RUNNERS)
        yield fingers.hold_blue()
        yield at(S.IDLE)
        # Off.
        yield fingers.blue()
        yield from in_menu(fingers, "shutdown")
        yield at(S.SHUTDOWN)
        yield fingers.hold_green()
        model = yield lambda m: m.shutdown is not None and m.shutdown.going
        yield lambda m: off.is_set()

    walker = Walker(story(), timeout_s=240.0)
    kiosk.run(walker)
    assert off.is_set(), walker.seen
    # A programme's progress needs a programme: test_kiosk_coach.
    elsewhere = {S.SAVING, S.COACH_PROGRESS}
    assert set(walker.seen) >= set(S) - elsewhere, set(S) - set(walker.seen)


def test_both_held_switch_off_and_what_cannot_is_told(make):
    kiosk, fingers = make("")

    def story() -> Story:
        yield at(S.IDLE)
        fingers.lay_on(Button.GREEN, Button.BLUE)
        model = yield lambda m: m.shutdown is not None and m.shutdown.problem is not None
        assert model.shutdown.going is False
        assert model.message is not None

    kiosk.run(Walker(story(), timeout_s=GENEROUS_S))
