"""An exercise in the whole kiosk: from the coach's list to what is kept of it.

Threads, pool, gait core and store are the real ones; somebody made of landmarks stands before the
camera, first on both feet and then on the left leg.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import closing

import pytest
from kiosk_fakes import GENEROUS_S, BlankDisplay, BlindPose, LittleCamera
from kiosk_values import a_person

from device.app import _store
from device.clips.recorder import EncodingRecorder
from device.coach.exercise_plan import from_json
from device.config import parse
from device.domain.basics import Landmark
from device.domain.coach_screens import ExercisePhase
from device.domain.frames import PelvisMethod, PelvisSample, Pose
from device.domain.kiosk import Button, ScreenModel, ScreenName
from device.gait import GaitTracker
from device.hardware.sim.folder_stick import FolderStick
from device.kiosk import Kiosk
from device.parts import Parts
from device.session.operator import Act

S, P = ScreenName, ExercisePhase
Condition = Callable[[ScreenModel], object]
Story = Generator[Condition | Button, ScreenModel, None]
OWN_DEG, SUNK_DEG = 1.0, 9.0


class Somebody(BlindPose):
    """Stands on both feet, or on the left one; the pelvis line follows."""

    name = "somebody"
    last_problem = None
    warnings = ()

    def __init__(self) -> None:
        super().__init__()
        self.on_one = False

    def estimate(self, frame) -> Pose:
        pose = a_person(frame)
        if not self.on_one:
            return pose
        xy = pose.landmarks_px.copy()
        shift = xy[Landmark.LEFT_ANKLE][0] - pose.image_size_px[0] / 2
        for part in ("KNEE", "ANKLE", "HEEL", "FOOT"):
            xy[Landmark[f"LEFT_{part}"]][0] -= shift
            xy[Landmark[f"RIGHT_{part}"]][1] -= 0.12 * pose.image_size_px[1]
        return Pose(pose.seq, pose.t_ns, xy, pose.visibility, pose.image_size_px, pose.detector, 1)

    def measure(self, frame, pose) -> PelvisSample:
        angle = OWN_DEG + (SUNK_DEG if self.on_one else 0.0)
        return PelvisSample(frame.seq, frame.t_ns, angle, 0.5, PelvisMethod.NETWORK)

    def reset(self) -> None:
        pass


class Presser:
    """Follows a story that yields what it waits for, or the button it presses."""

    def __init__(self, story: Story) -> None:
        self._story = story
        self._next = next(story)
        self._until = time.monotonic() + 4 * GENEROUS_S

    def look(self, model: ScreenModel) -> Act:
        if time.monotonic() > self._until:
            raise AssertionError(f"waited in vain on {model.screen}, {model.exercises}")
        if isinstance(self._next, Button):
            button = self._next
            self._advance(model)
            return Act(press=button)
        if self._next(model):
            return Act() if self._advance(model) else Act(done=True)
        return Act()

    def _advance(self, model: ScreenModel) -> bool:
        try:
            self._next = self._story.send(model)
        except StopIteration:
            self._next = lambda _: False
            return False
        return True


def choose(key: str, lines: Callable[[ScreenModel], object]) -> Story:
    """Go down a list to the line `key`, and choose it."""
    model = yield lambda m: bool(lines(m))
    while (view := lines(model)).items[view.selected].key != key:  # type: ignore[attr-defined]
        at = view.selected
        yield Button.BLUE
        model = yield lambda m, at=at: bool(lines(m)) and lines(m).selected != at
    yield Button.GREEN


def phase(wanted: ExercisePhase) -> Condition:
    return lambda m: m.exercises is not None and m.exercises.phase is wanted


def test_an_exercise_is_watched_and_kept_with_the_runner(tmp_path):
    config = parse(
        f"""
        [station]
        profile = "home"
        [session]
        setup = "offered"
        menu_timeout_s = 3600
        [buttons]
        source = "none"
        [storage]
        sessions = "sqlite"
        data_dir = "{tmp_path / "data"}"
        """
    )
    (tmp_path / "stick").mkdir()
    somebody = Somebody()
    kiosk = Kiosk(
        config,
        Parts(
            make_source=LittleCamera,
            make_estimator=lambda position_of: somebody,
            pelvis=somebody,
            make_tracker=GaitTracker,
            recorder=EncodingRecorder((160, 160), 30.0, 2, 500),
            export=lambda *_: tmp_path,
            folder_name=lambda *_: "x",
            stick=FolderStick(tmp_path / "stick"),
            display=BlankDisplay(),
            buttons=None,
            open_store=_store(config),
        ),
    )
    seen: list[float] = []

    def story() -> Story:
        yield lambda m: m.screen is S.IDLE
        yield Button.BLUE
        yield from choose("runners", lambda m: m.menu)
        yield from choose("new", lambda m: m.runners and m.runners.list.items and m.runners.list)
        yield lambda m: m.screen is S.IDLE and m.runner is not None
        yield Button.BLUE
        yield from choose("coach", lambda m: m.menu)
        yield from choose("exercises", lambda m: m.coach and m.coach.list)
        yield phase(P.LIST)
        yield Button.GREEN
        yield phase(P.READY)
        yield Button.GREEN
        yield phase(P.STANDING)
        model = yield phase(P.MOVING)
        assert not model.recording, "nothing is filmed"
        assert model.picture is not None
        somebody.on_one = True
        # How long it is held is not asked: on a busy machine pictures may be seconds apart.
        model = yield lambda m: (m.exercises.live.drop_deg or 0.0) > SUNK_DEG - 0.5
        assert model.exercises.live.drop_deg == pytest.approx(SUNK_DEG, abs=0.5)
        assert model.exercises.live.level_deg == pytest.approx(SUNK_DEG + OWN_DEG, abs=0.5)
        seen.append(model.exercises.live.drop_deg)
        yield Button.GREEN
        yield phase(P.FELT)
        yield Button.BLUE
        model = yield phase(P.RESULT)
        assert model.exercises.result.back_to == "access_floor"
        yield Button.GREEN
        model = yield phase(P.LIST)
        yield lambda m: m.runner is not None and m.runner.exercises_json

    kiosk.start()
    try:
        kiosk.run(Presser(story()))  # type: ignore[arg-type]
    finally:
        kiosk.close()
    assert seen
    with closing(_store(config)()) as store:
        (runner,) = store.runners()
    (record,) = from_json(runner.exercises_json)
    assert (record.name, record.done, record.in_back) == ("access_floor", (False, False), True)
    assert record.unix_s > 1.6e9
