"""What stays on the device of a session through the whole kiosk: all of it, or nothing at all."""

from __future__ import annotations

import os
import sqlite3
import tempfile
import threading
from contextlib import closing
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from kiosk_fakes import (
    GENEROUS_S,
    BlankDisplay,
    LittleCamera,
    NobodyTracker,
    Script,
    health,
    on,
    wait_for,
)
from kiosk_values import a_summary as plain_summary
from kiosk_values import an_estimate, an_update

from device.app import parts_of
from device.clips.recorder import EncodingRecorder
from device.config import load
from device.domain.basics import LANDMARK_COUNT, Landmark, Side
from device.domain.events import ComparisonRead, HistoryRead, KeyTyped
from device.domain.frames import Frame, PelvisMethod, PelvisSample, Pose
from device.domain.kiosk import Button
from device.domain.results import Step
from device.hardware.gpio_buttons import MockButtons
from device.kiosk import Kiosk
from device.replay.pose_track import save
from device.storage.store import Store

CONFIG = Path(__file__).resolve().parent.parent.parent / "config"
MARKER = b"PIXELS-OF-A-PERSON-"
CODE = "SECRET-42"
HIP = np.float32(71.40625)
"""A coordinate that stands nowhere else."""


class MarkedCamera(LittleCamera):
    """Its pictures carry a marker in their bytes."""

    def frames(self):
        for frame in super().frames():
            flat = np.resize(np.frombuffer(MARKER, np.uint8), frame.image.size)
            yield Frame(frame.seq, frame.t_ns, flat.reshape(frame.image.shape).copy())


class MarkedPose:
    """Sees a runner whose hips stand where the marker says."""

    name = "mediapipe-full"

    def estimate(self, frame: Frame) -> Pose:
        landmarks = np.full((LANDMARK_COUNT, 2), 60.0, np.float32)
        landmarks[Landmark.LEFT_HIP] = (HIP, 80.0)
        landmarks[Landmark.RIGHT_HIP] = (HIP + 20, 82.0)
        seen = np.ones(LANDMARK_COUNT, np.float32)
        return Pose(frame.seq, frame.t_ns, landmarks, seen, frame.size_px, self.name)

    def close(self) -> None:
        pass


class Line:
    """Measures a line in every picture."""

    def measure(self, frame: Frame, pose: Pose) -> PelvisSample:
        points = np.array([[HIP, 80.0], [HIP + 20, 82.0]])
        return PelvisSample(frame.seq, frame.t_ns, 5.7, 0.5, PelvisMethod.STICKERS, points)

    def reset(self) -> None:
        pass


class RunnerTracker(NobodyTracker):
    """Finds a step in every tenth frame."""

    def __init__(self, left: float = 5.0) -> None:
        super().__init__()
        self.times: list[float] = []
        self.left = left

    def push(self, pose, pelvis) -> None:
        self.frames += 1
        self.times.append(pose.t_ns / 1e9)

    def push_between(self, t_ns, pelvis) -> None:
        self.frames += 1
        self.times.append(t_ns / 1e9)

    def update(self):
        return an_update()

    def note(self, reason) -> None:
        pass

    def summary(self):
        steps = tuple(
            Step(side, at - 0.1, at, at + 0.1, drop, drop, 1.0, None)
            for i, at in enumerate(self.times[::10])
            for side, drop in ((Side.LEFT, self.left), (Side.RIGHT, 7.0))
            if (i % 2 == 0) == (side is Side.LEFT)
        )
        summary = plain_summary(steps=steps, frames=self.frames, standing_zero=None)
        left = replace(summary.left, midstance_drop_deg=an_estimate(self.left))
        return replace(summary, left=left)


@cache
def a_track() -> Path:
    """A pose track, for a kiosk that is not asked to play it."""
    path = Path(tempfile.mkdtemp()) / "track.npz"
    frame = Frame(0, 0, np.zeros((160, 160, 3), np.uint8))
    save(path, [MarkedPose().estimate(frame)])
    return path


class Station:
    """A kiosk by one of the profiles, with a folder of its own for everything it might write."""

    def __init__(self, folder: Path, profile: str, tracker=RunnerTracker) -> None:
        import msgspec

        self.folder = folder
        self.data = folder / "data"
        config = load(CONFIG / f"{profile}.toml")
        change = msgspec.structs.replace
        self.config = change(
            config,
            storage=change(config.storage, data_dir=str(self.data)),
            session=change(config.session, standing_zero="off", countdown_s=0, setup="offered"),
            buttons=change(config.buttons, source="mock"),
            clip=change(config.clip, seconds=2),
            camera=change(config.camera, source="demo"),
            pose=change(config.pose, estimator="recorded", track=str(a_track())),
            stick=change(config.stick, source="folder", path=str(folder / "stick")),
            screen=change(config.screen, blank_after_s=0),
        )
        (folder / "stick").mkdir(exist_ok=True)
        self.display = BlankDisplay()
        # Everything as the composition root makes it, but for the person in front of the camera.
        made = parts_of(self.config, self.display)
        assert isinstance(made.buttons, MockButtons)
        self.buttons = made.buttons
        self.kiosk = Kiosk(
            self.config,
            replace(
                made,
                make_source=MarkedCamera,
                first_source=None,
                make_estimator=lambda position_of: MarkedPose(),
                pose_workers=None,
                pelvis=Line(),
                judge=None,
                make_tracker=tracker,
                recorder=EncodingRecorder((160, 160), 30.0, 2.0, 500),
            ),
        )
        self.events: list[object] = []
        handle = self.kiosk.controller.handle

        def listen(event, t_s):
            self.events.append(event)
            handle(event, t_s)

        self.kiosk.controller.handle = listen  # type: ignore[method-assign]
        self.kiosk.start()

    def press(self, button: Button, for_s: float = 0.05):
        return lambda: threading.Thread(
            target=self.buttons.press, args=(button, for_s), daemon=True
        ).start()

    def has_run(self, model, for_s: float) -> bool:
        """Whether a session has run for that long, and 15 pictures of each second are measured."""
        if model.screen != "live" or model.elapsed_s <= for_s:
            return False
        session = self.kiosk.measurer._session
        return session is not None and session.tracker.frames >= 15 * for_s

    def type(self, text: str):
        return lambda: self.display.pressed.extend(KeyTyped(key) for key in text)

    def play(self, *steps, timeout_s: float = GENEROUS_S) -> Script:
        script = Script(*steps, timeout_s=timeout_s)
        self.kiosk.run(script)
        script.finish()
        return script

    def answer(self, kind: type):
        """What the disk thread answers once nobody plays any more."""
        found: list[object] = []
        wait_for(
            lambda: (
                found.extend(e for e in self.kiosk.inbox.take(0.05) if isinstance(e, kind)) or found
            )
        )
        return found[0]

    def a_run(self):
        """From idle to the results."""
        return (
            (on("idle"), self.press(Button.GREEN)),
            (lambda m: self.has_run(m, 2.5), self.press(Button.GREEN)),
            (lambda m: m.screen == "results" and m.results is not None, None),
        )


@pytest.fixture
def make(tmp_path, monkeypatch):
    """Stations; whatever a process writes by itself goes below `tmp_path` too."""
    a_track()
    for name in ("tmp", "home", "cwd", "station"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.chdir(tmp_path / "cwd")
    made = []

    def station(profile: str, **more) -> Station:
        made.append(Station(tmp_path / "station", profile, **more))
        return made[-1]

    yield station
    for each in made:
        each.kiosk.close()


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def grep(folder: Path, *markers: bytes) -> list[str]:
    """Files whose bytes, or whose name, have one of the markers."""
    return [
        f"{path.relative_to(folder)}: {marker!r}"
        for path in files(folder)
        for marker in markers
        if marker in path.read_bytes() or marker in os.fsencode(path.name)
    ]


MARKERS = (MARKER, HIP.tobytes(), CODE.encode())


def test_a_gym_keeps_nothing_of_a_session_that_was_not_saved(make, tmp_path):
    station = make("gym")
    station.play(
        *station.a_run(),
        (on("results"), station.press(Button.GREEN)),
        (on("idle"), None),
    )
    assert station.kiosk.close() == []
    assert grep(tmp_path, *MARKERS) == []
    assert [str(path.relative_to(tmp_path)) for path in files(tmp_path)] == []


def test_a_gym_keeps_nothing_of_a_session_that_was_saved_either(make, tmp_path):
    station = make("gym")
    station.play(
        *station.a_run(),
        (on("results"), station.press(Button.BLUE)),
        (on("saved"), station.press(Button.GREEN)),
        (on("idle"), None),
    )
    assert station.kiosk.close() == []
    stick = tmp_path / "station" / "stick"
    assert files(stick), "it went to the stick"
    assert [path for path in files(tmp_path) if not path.is_relative_to(stick)] == []


def test_a_gym_keeps_nothing_when_it_loses_its_power(make, tmp_path):
    station = make("gym")
    station.play(
        (on("idle"), station.press(Button.GREEN)),
        (lambda m: station.has_run(m, 5.0), None),
    )
    assert station.kiosk.close() == []
    assert files(tmp_path) == []


def a_named_run(station: Station):
    return (
        (on("idle"), station.type(CODE)),
        (lambda m: m.screen == "runners" and m.runners.typed == CODE, station.type("\n")),
        (lambda m: m.screen == "idle" and m.runner is not None, None),
        *station.a_run(),
        (lambda m: any(_is_kept(event) for event in station.events), station.press(Button.GREEN)),
        (on("idle"), None),
    )


def _is_kept(event: object) -> bool:
    return type(event).__name__ == "SessionKept"


def test_a_clinic_keeps_every_session_and_compares_them(make, tmp_path):
    station = make("clinic")
    station.play(*a_named_run(station))
    assert station.kiosk.close() == []
    data = station.data
    # The same search that finds nothing in a gym finds it here.
    assert grep(data, CODE.encode())
    with closing(Store(data)) as store:
        (first,) = store.history(CODE)
        assert first.profile == "clinic"
        assert first.has_clip
        assert first.summary.left.midstance_drop_deg.mean == 5.0
        track = store.track(first.uuid)
        assert len(track.rows) > 20
        shown = [row.pose.landmarks_px[Landmark.LEFT_HIP, 0] for row in track.rows if row.pose]
        assert set(shown) == {HIP}
        assert {row.pelvis.image_angle_deg for row in track.rows} == {5.7}
        assert len(store.read(first.uuid).summary.steps) >= 2
        assert [picture.key for picture in store.pictures(first.uuid)] == [
            "freeze-left",
            "freeze-right",
        ]
        assert -1 < store.read(first.uuid).summary.steps[0].strike_s < 10

    again = make("clinic", tracker=lambda: RunnerTracker(left=1.0))
    again.play(*a_named_run(again))
    again.kiosk.disk.read_history(CODE)
    read = again.answer(HistoryRead)
    assert [session.summary.left.midstance_drop_deg.mean for session in read.sessions] == [1.0, 5.0]
    again.kiosk.disk.compare(read.sessions[0].uuid, first.uuid)
    answer = again.answer(ComparisonRead)
    change = answer.comparison.drops[Side.LEFT]
    assert change.difference == pytest.approx(-4.0)
    assert change.clear
    assert answer.comparison.before.uuid == first.uuid
    for frames in (answer.before_frames, answer.after_frames):
        assert [frame.side for frame in frames] == [Side.LEFT, Side.RIGHT]
        image = frames[0].picture.frame.image
        assert image.ndim == 3
        assert image.std() > 1
        assert frames[0].picture.pelvis.method is PelvisMethod.STICKERS


def test_a_cancelled_session_leaves_nothing_in_a_clinic(make, tmp_path):
    station = make("clinic")
    held = station.press(Button.BLUE, station.config.buttons.hold_s + 0.3)
    station.play(
        *a_named_run(station)[:3],
        (on("idle"), station.press(Button.GREEN)),
        (lambda m: m.screen == "live" and m.elapsed_s > 4.5, held),
        (on("idle"), None),
    )
    assert station.kiosk.close() == []
    with closing(Store(station.data)) as store:
        assert store.history() == ()
        assert store.adopted == ()
    assert list((station.data / "tracks").iterdir()) == []


def test_the_belts_speed_entered_before_the_run_is_kept_with_it(make):
    station = make("clinic")
    line = lambda m: m.menu.items[m.menu.selected] if m.screen == "menu" else None  # noqa: E731
    on_line = lambda key: lambda m: line(m) is not None and line(m).key == key  # noqa: E731
    run = a_named_run(station)
    station.play(
        *run[:3],
        (on("idle"), station.press(Button.BLUE)),
        (on("menu"), station.press(Button.BLUE)),
        (on_line("speed"), station.press(Button.GREEN)),
        (lambda m: line(m).value == "8.0 km/h", station.press(Button.YELLOW)),
        (on_line("runners"), station.press(Button.YELLOW)),
        (on_line("back"), station.press(Button.GREEN)),
        *run[3:],
        timeout_s=2 * GENEROUS_S,
    )
    assert station.kiosk.close() == []
    with closing(Store(station.data)) as store:
        assert [kept.speed_kmh for kept in store.history(CODE)] == [8.0]


def test_whoever_says_no_code_was_promised_that_nothing_is_kept(make, tmp_path):
    station = make("clinic")
    station.play(
        (on("idle"), station.press(Button.GREEN)),
        (lambda m: m.screen == "runners" and not m.runners.loading, station.press(Button.GREEN)),
        (lambda m: station.has_run(m, 2.5), station.press(Button.GREEN)),
        (lambda m: m.screen == "results" and m.results, station.press(Button.GREEN)),
        (on("idle"), None),
    )
    assert station.kiosk.close() == []
    with closing(Store(station.data)) as store:
        assert store.history() == ()
        assert store.adopted == ()
    assert grep(tmp_path, MARKER, HIP.tobytes()) == []


def test_a_session_deleted_at_the_device_is_gone_with_all_its_files(make):
    station = make("clinic")
    run = a_named_run(station)
    held = station.press(Button.GREEN, station.config.buttons.hold_s + 0.1)
    on_line = lambda key: (  # noqa: E731
        lambda m: m.screen == "menu" and m.menu.items[m.menu.selected].key == key
    )
    lines = ("runners", "speed", "setup")
    down = [(on_line(key), station.press(Button.BLUE)) for key in lines]
    shown = lambda m: m.screen == "history" and m.history.sessions  # noqa: E731
    station.play(
        *run,
        (on("idle"), station.press(Button.BLUE)),
        *down,
        (on_line("history"), station.press(Button.GREEN)),
        (shown, held),
        (lambda m: m.screen == "delete" and station.buttons.held() is None, held),
        (lambda m: m.screen == "history" and not m.history.loading, None),
        timeout_s=2 * GENEROUS_S,
    )
    assert station.kiosk.controller.state.sessions == ()
    assert station.kiosk.close() == []
    with closing(Store(station.data)) as store:
        assert store.history() == ()
        assert store.runners() == ()
    for folder in ("tracks", "clips"):
        assert list((station.data / folder).iterdir()) == []
    assert grep(station.data, CODE.encode()) == []


def test_a_station_stopped_in_the_middle_of_a_run_has_it_afterwards(make):
    station = make("clinic")
    station.play(
        *a_named_run(station)[:3],
        (on("idle"), station.press(Button.GREEN)),
        (lambda m: station.has_run(m, 5.0), None),
        (lambda m: station.kiosk.disk._jobs.empty(), None),
    )
    assert station.kiosk.close() == []
    again = make("clinic")
    again.play((health("store", "warn"), None))
    assert any("cut off" in item.text for item in again.kiosk.controller.facts.health.values())
    assert again.kiosk.close() == []
    with closing(Store(again.data)) as store:
        (kept,) = store.history(CODE)
        assert kept.cut_off
        assert len(store.track(kept.uuid).rows) >= 20


def test_a_damaged_database_is_told_on_the_screen(make):
    station = make("clinic")
    station.play(*a_named_run(station))
    assert station.kiosk.close() == []
    (station.data / "midstance.sqlite").write_bytes(b"rubbish" * 1000)
    again = make("clinic")
    again.play((health("store", "warn"), None))
    assert "damaged" in again.kiosk.controller.facts.health["store"].text
    wait_for(lambda: list(again.data.glob("*.damaged-*")))


def test_a_newer_database_is_refused_on_the_screen_and_the_run_goes_on(make):
    station = make("clinic")
    station.play(*a_named_run(station))
    assert station.kiosk.close() == []
    with closing(sqlite3.connect(station.data / "midstance.sqlite")) as raw:
        raw.execute("PRAGMA user_version = 99")
    before = (station.data / "midstance.sqlite").read_bytes()
    again = make("clinic")
    again.play(
        (health("store", "warn"), again.press(Button.GREEN)),
        (lambda m: m.screen == "runners" and not m.runners.loading, again.press(Button.GREEN)),
        (lambda m: m.screen == "live" and m.elapsed_s > 2.0, again.press(Button.GREEN)),
        (lambda m: m.screen == "results" and m.results, again.press(Button.BLUE)),
        (on("saved"), None),
    )
    assert "newer" in again.kiosk.controller.facts.health["store"].text
    assert (station.data / "midstance.sqlite").read_bytes() == before
