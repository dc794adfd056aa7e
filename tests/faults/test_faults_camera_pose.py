"""The camera stops, delivers garbage, changes its size; pose workers hang and crash; a model file
is cut short. The whole kiosk runs; a session goes through it each time and is saved whole."""

from __future__ import annotations

import os
import random
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from kiosk_bench import HAS_RESULTS, Bench
from kiosk_fakes import BlindPose, LittleCamera, health, on, says
from results import Enter

from device.atomic import check_folder
from device.domain.frames import Frame
from device.errors import CameraError, ModelError
from device.hardware.pose_models import verified_path

ALL = os.environ.get("MIDSTANCE_FAULTS") == "all"
SEED = 11
OPENING_S = 0.4
"""A real camera or model takes at least so long to come up again."""


@pytest.fixture
def make(tmp_path):
    benches = []

    def bench(**more) -> Bench:
        folder = tmp_path / f"stick{len(benches)}"
        folder.mkdir()
        benches.append(Bench(folder, **more))
        return benches[-1]

    yield bench
    for each in benches:
        assert each.kiosk.close() == []


def times(quick: int, all_of_them: int) -> int:
    return all_of_them if ALL else quick


def saved_whole(bench: Bench) -> int:
    """How many sessions lie on the stick; each must be whole."""
    for folder in bench.sessions():
        assert check_folder(folder) == (), folder
    return len(bench.sessions())


class Since:
    """When something happened, and how long it took until it was seen on the screen."""

    def __init__(self) -> None:
        self.at_s: float | None = None
        self.took_s = 0.0

    def now(self) -> None:
        if self.at_s is None:
            self.at_s = time.monotonic()

    def seen(self) -> None:
        assert self.at_s is not None
        self.took_s = max(self.took_s, time.monotonic() - self.at_s)
        self.at_s = None


class Failing(LittleCamera):
    """Fails in some way after some frames, and says when."""

    def __init__(self, after: int, how: str, since: Since) -> None:
        super().__init__()
        self._after, self._how, self._since = after, how, since

    def frames(self):
        for frame in super().frames():
            if frame.seq >= self._after:
                self._since.now()
                if self._how == "throws":
                    raise CameraError("The camera is gone.", remedy="Check its cable.")
                if self._how == "bug":
                    raise ZeroDivisionError("in a driver")
                if self._how == "ends":
                    return
                self.closed.wait(60)  # "silent"
                return
            yield frame


@pytest.mark.parametrize("how", ["throws", "bug", "ends", "silent"])
def test_a_camera_that_stops_is_told_and_comes_back(how, make, matrix: Enter):
    chance = random.Random(f"{SEED} {how}")
    runs, since = times(1, 8), Since()
    back: list[float] = []
    for _ in range(runs):
        cameras = [Failing(chance.randrange(20, 90), how, since)]

        def source(cameras=cameras):
            if cameras:
                return cameras.pop()
            time.sleep(OPENING_S)
            return LittleCamera()

        bench = make(make_source=source)
        told: list[float] = []

        def note(told=told):
            since.seen()
            told.append(time.monotonic())

        script = bench.play(
            (on("idle"), bench.green),
            (says("camera_fault"), note),
            (
                health("camera", "ok"),
                lambda told=told: back.append(time.monotonic() - told[0]),
            ),
            (lambda m: m.screen == "live" and m.elapsed_s > 0.5, bench.green),
            (HAS_RESULTS, bench.blue),
            (on("saved"), None),
            timeout_s=120.0,
        )
        fault = next(m.message for m in script.seen if says("camera_fault")(m))
        assert fault.message
        assert fault.remedy
        assert saved_whole(bench) == 1
    words = {"throws": "is unplugged", "bug": "fails inside", "ends": "stops", "silent": "hangs"}
    promise = "told within 2.5 s, the session goes on, back by itself"
    matrix(f"camera {words[how]}", promise, runs, runs, 0, since.took_s)
    matrix(
        f"camera that {words[how]} comes back", "pictures again by itself", runs, runs, 0, max(back)
    )


class Garbage(LittleCamera):
    """Noise, black, white, half a picture; times that stand still, go back or leap."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._chance = np.random.default_rng(seed)

    def frames(self):
        for frame in super().frames():
            image, t_ns = frame.image.copy(), frame.t_ns
            match int(self._chance.integers(8)):
                case 0:
                    image[:] = self._chance.integers(0, 256, image.shape, np.uint8)
                case 1:
                    image[:] = 0
                case 2:
                    image[:] = 255
                case 3:
                    image[80:] = 128
                case 4:
                    t_ns -= int(self._chance.integers(1, 10**9))
                case 5:
                    t_ns += int(self._chance.integers(1, 10**8))
            yield Frame(frame.seq, t_ns, image)


class Resizing(LittleCamera):
    """Changes its picture's size every half second, down to almost nothing."""

    def frames(self):
        sizes = [(160, 160), (320, 240), (64, 48), (240, 320), (16, 16)]
        for frame in super().frames():
            width, height = sizes[frame.seq // 15 % len(sizes)]
            yield Frame(frame.seq, frame.t_ns, np.full((height, width, 3), 90, np.uint8))


@pytest.mark.parametrize("kind", ["garbage", "sizes"])
def test_whatever_the_camera_sends_the_session_ends_and_is_saved(kind, make, matrix: Enter):
    runs = times(1, 8)
    for number in range(runs):
        bench = make(
            make_source=(lambda n=number: Garbage(n)) if kind == "garbage" else Resizing,
        )
        script = bench.play(
            (on("idle"), bench.green),
            (lambda m: m.screen == "live" and m.elapsed_s > 2.0, bench.green),
            (HAS_RESULTS, bench.blue),
            (on("saved"), bench.green),
            (on("idle"), None),
            timeout_s=120.0,
        )
        results = next(m.results for m in reversed(script.seen) if m.results is not None)
        assert results.left.midstance_drop_deg is None, "no number out of nothing"
        assert results.reasons
        assert saved_whole(bench) == 1
    what = "delivers garbage and wrong times" if kind == "garbage" else "changes its picture's size"
    matrix(f"camera {what}", "no number out of nothing; saved whole, back to idle", runs, runs)


def test_a_pose_worker_that_crashes_or_hangs_is_replaced(make, matrix: Enter):
    for how in ("crashes", "hangs"):
        runs, since = times(1, 4), Since()
        for number in range(runs):
            gate, made = threading.Event(), []

            class Bad(BlindPose):
                def estimate(
                    self, frame, made=made, gate=gate, how=how, number=number, since=since
                ):
                    if made[0] is self and frame.seq > 30 + 7 * number:
                        since.now()
                        if how == "hangs":
                            gate.wait(60)
                        raise RuntimeError("out of ideas")
                    return super().estimate(frame)

            def estimator(position_of, made=made, kind=Bad):
                if made:
                    time.sleep(OPENING_S)
                made.append(kind())
                return made[-1]

            bench = make(make_estimator=estimator)
            bench.play(
                (on("idle"), bench.green),
                # One that hangs is replaced without a word: a model is being loaded.
                (
                    says("pose_fault") if how == "crashes" else health("pose", "warn"),
                    since.seen,
                ),
                (lambda m: m.screen == "live" and health("pose", "ok")(m), bench.green),
                (HAS_RESULTS, bench.blue),
                (on("saved"), None),
                timeout_s=120.0,
            )
            gate.set()
            assert len(made) >= 2
            assert saved_whole(bench) == 1
        limit = 2 if how == "crashes" else 7
        promise = f"told within {limit} s, replaced, the session goes on"
        matrix(f"pose worker {how}", promise, runs, runs, 0, since.took_s)


def test_a_damaged_model_is_refused_in_words_before_anything_runs(
    tmp_path: Path, monkeypatch, matrix: Enter
):
    try:
        good = verified_path("full").read_bytes()
    except ModelError as error:
        pytest.skip(str(error))
    chance = random.Random(SEED)
    runs, longest = times(4, 40), 0.0
    monkeypatch.setenv("MIDSTANCE_MODELS", str(tmp_path))
    path = tmp_path / "pose_landmarker_full.task"
    for number in range(runs):
        data = bytearray(good)
        if number % 2:
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        else:
            del data[chance.randrange(len(data)) :]
        path.write_bytes(data)
        began = time.monotonic()
        with pytest.raises(ModelError, match="damaged") as caught:
            verified_path("full")
        longest = max(longest, time.monotonic() - began)
        assert "models build" in caught.value.remedy
    matrix(
        "model file cut short or a bit flipped",
        "refused in words at the start",
        runs,
        runs,
        0,
        longest,
    )
