"""A short programme through the whole kiosk, with green and blue alone: chosen, run with feedback
and without, cancelled, saved, kept and read again."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import numpy as np
import pytest
from kiosk_fakes import BlankDisplay, LittleCamera, NoPelvis
from kiosk_values import an_estimate, an_update
from test_kiosk_store import RunnerTracker
from test_kiosk_walk import Fingers, Standing, Story, Walker, _export, at, choose, in_menu

from device.app import _store
from device.clips.export import session_folder
from device.clips.recorder import EncodingRecorder
from device.coach.programme import Kind, Programme, SessionPlan
from device.config import parse
from device.domain.basics import Side
from device.domain.coach_screens import Note
from device.domain.coaching import Ended
from device.domain.kiosk import ScreenName
from device.domain.results import SideUpdate
from device.domain.results import Step as GaitStep
from device.hardware.gpio_buttons import MockButtons
from device.hardware.sim.folder_stick import FolderStick
from device.kept_saving import _facts
from device.kiosk import Kiosk
from device.parts import Parts
from device.session.record import session_json
from device.storage.store import Store

S = ScreenName
SHORT = Programme(
    "short",
    "Short",
    (
        SessionPlan(Kind.BASELINE, 0, 0.1, 0.0),
        # The first nine seconds of its only minute are shown.
        SessionPlan(Kind.TRAINING, 0, 0.35, 0.15),
        SessionPlan(Kind.TRAINING, 0, 0.35, 0.15),
    ),
    rest_days=0,
)


class QuickTracker(RunnerTracker):
    """Has seen ten steps in every second since it was made, however few pictures there were."""

    def __init__(self) -> None:
        super().__init__()
        self.began_s = time.monotonic()

    def update(self):
        drop = an_estimate(6.0)
        side = SideUpdate(20, 0, drop, drop, 6.1, self.times[-1] if self.times else None)
        return an_update(left=side, right=side, obliquity_deg=3.0)

    def summary(self):
        steps = tuple(
            GaitStep(
                Side.LEFT if i % 2 else Side.RIGHT, t - 0.1, t, t + 0.1, 8.0 + i % 3 * 0.1, 8.4,
                1.0, None,
            )
            for i, t in enumerate(np.arange(self.began_s, time.monotonic(), 0.1).tolist())
        )  # fmt: skip
        return replace(super().summary(), steps=steps)


@pytest.fixture
def kiosk(tmp_path):
    (tmp_path / "stick").mkdir()
    config = parse(
        f"""
        [station]
        profile = "home"
        [session]
        standing_zero = "off"
        setup = "offered"
        countdown_s = 0.2
        [buttons]
        source = "mock"
        hold_s = 1.0
        shutdown_s = 2
        [clip]
        seconds = 2
        [storage]
        sessions = "sqlite"
        keep_clips = false
        data_dir = "{tmp_path / "data"}"
        """
    )
    buttons = MockButtons(config.buttons)
    made = Kiosk(
        config,
        Parts(
            make_source=LittleCamera,
            make_estimator=lambda position_of: Standing(),
            pelvis=NoPelvis(),
            make_tracker=QuickTracker,
            recorder=EncodingRecorder((160, 160), 30.0, config.clip.seconds, 500),
            export=_export,
            folder_name=lambda started, *_: session_folder(started, "test"),
            stick=FolderStick(tmp_path / "stick"),
            display=BlankDisplay(),
            buttons=buttons,
            open_store=_store(config),
            programmes=(SHORT,),
        ),
    )
    made.start()
    yield made, Fingers(buttons)
    made.close()


def coachs_day(fingers: Fingers, *, ask: bool = False) -> Story:
    """From idle to today's session; where nobody has been chosen, a new runner is."""
    yield at(S.IDLE)
    yield fingers.blue()
    yield from in_menu(fingers, "coach")
    yield from choose(fingers, "today", lambda m: m.coach and m.coach.list)
    if ask:
        yield lambda m: m.runners is not None and not m.runners.loading
        yield from choose(fingers, "new", lambda m: m.runners and m.runners.list)
    return (yield lambda m: m.coach_today is not None and not m.coach_today.loading)


def test_a_short_programme_from_choosing_it_to_the_store(kiosk, tmp_path):
    made, fingers = kiosk
    seen: dict[bool, list] = {True: [], False: []}

    def watch(model):
        """Notes each picture of the run."""
        if model.screen is S.LIVE and model.run is not None and model.gait is not None:
            seen[model.run.visible].append(model)
        return model.screen is S.RESULTS and model.results is not None

    def lines(model):
        return model.coach_today and model.coach_today.list

    def story() -> Story:
        model = yield from coachs_day(fingers, ask=True)
        assert [key for key, _ in model.coach_today.offers] == ["programme:short"]
        yield from choose(fingers, "programme:short", lines)
        model = yield lambda m: m.coach_today is not None and m.coach_today.step is not None
        assert (model.coach_today.step.kind, model.runner.code) == ("baseline", "Runner 1")
        yield from choose(fingers, "start", lines)
        model = yield watch
        assert not seen[True]
        assert seen[False], "the baseline shows nothing"
        assert model.run.entry.ended is Ended.WHOLE, "it ended by itself"
        yield fingers.green()
        #
        model = yield from coachs_day(fingers)
        assert (model.coach_today.step.plan, len(model.coach_today.bands)) == (1, 2)
        yield from choose(fingers, "speed", lines)
        yield lambda m: m.coach_today is not None and m.coach_today.speed_kmh == 8.0
        yield from choose(fingers, "start", lines)
        model = yield watch
        entry = model.run.entry
        assert entry.side(Side.LEFT).shown_deg is not None
        assert entry.side(Side.LEFT).hidden_deg is not None
        yield fingers.blue()
        yield at(S.SAVED)
        yield fingers.green()
        #
        model = yield from coachs_day(fingers)
        assert model.coach_today.step.plan == 2
        yield from choose(fingers, "start", lines)
        yield lambda m: m.screen is S.LIVE and m.elapsed_s > 0.5
        yield fingers.hold_blue()
        model = yield from coachs_day(fingers)
        assert model.coach_today.step.plan == 2
        assert model.coach_today.notes[0] is Note.BROKEN_OFF
        yield from choose(fingers, "progress", lines)
        model = yield at(S.COACH_PROGRESS)
        assert [entry.plan for entry in model.coach_progress.entries] == [0, 1, 2]
        assert model.coach_progress.broken_off == 1

    walker = Walker(story(), 420.0)
    made.run(walker)
    assert all(m.gait.left.midstance_drop_deg is None for m in seen[False])
    assert all(m.gait.obliquity_deg is None and m.picture is None for m in seen[False])
    shown = [m for m in seen[True] if m.gait.left.midstance_drop_deg is not None]
    assert shown, "while feedback is on the drops are there"
    assert all(m.elapsed_s < 9.1 for m in seen[True])
    assert made.close() == []
    #
    (path,) = (tmp_path / "stick").rglob("session.json")
    written = json.loads(path.read_text())["coach"]
    assert (written["programme"], written["plan"], written["ended"]) == ("short", 1, "whole")
    assert [block["visible"] for block in written["blocks"]] == [True, False]
    assert {one["side"] for one in written["held"]} == {"left", "right"}
    assert len(written["bands"]) == 2
    flags = [line.rpartition(",")[2] for line in
             (path.parent / "steps.csv").read_text().splitlines()[1:]]  # fmt: skip
    assert {"shown", "hidden"} <= set(flags)
    #
    store = Store(tmp_path / "data")
    try:
        coaching = store.coaching("Runner 1")
        assert coaching.programme == "short"
        assert [(one.plan, one.ended) for one in coaching.entries] == [
            (0, Ended.WHOLE),
            (1, Ended.WHOLE),
            (2, Ended.CANCELLED),
        ]
        assert coaching.band(Side.LEFT).baseline.mean == pytest.approx(8.1, abs=0.1)
        first, second, cancelled = coaching.entries
        assert (second.speed_kmh, cancelled.uuid) == (8.0, None)
        kept = store.read(second.uuid)
        assert [block.visible for block in kept.feedback] == [True, False]
        assert kept.feedback[0].to_s - kept.feedback[0].from_s == pytest.approx(9.0)
        assert all(not block.visible for block in store.read(first.uuid).feedback)
        assert store.track(second.uuid).header["programme"]["plan"] == 1
        # Saved later out of the store it says the same.
        (document,) = store.documents(second.uuid)
        facts = _facts(kept, document, 0.0)
        again = json.loads(session_json(kept.summary, facts, None))["coach"]
        assert again == document["coach"] == written
        store.delete(second.uuid)
        assert [one.plan for one in store.coaching("Runner 1").entries] == [0, 2]
    finally:
        store.close()
