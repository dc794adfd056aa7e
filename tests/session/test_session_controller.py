"""The controller, what it shows, and what is written of a session."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import numpy as np
import pytest
from kiosk_values import a_summary, a_zero, an_image, an_update

from device.domain.basics import Reason, Side
from device.domain.events import (
    ButtonPressed,
    GaitMeasured,
    HealthChanged,
    PersonSeen,
    PictureTaken,
    RunnersRead,
    SavingEnded,
    SavingMoved,
    SessionMeasured,
)
from device.domain.frames import Frame
from device.domain.history import Runner
from device.domain.kiosk import (
    Button,
    HealthItem,
    Level,
    LightPattern,
    Picture,
    Press,
    ScreenName,
)
from device.domain.personal import PersonalGain, PersonalSource
from device.domain.screens import SetupVerdict
from device.gait.reasons import reason as gait_reason
from device.session.controller import Controller
from device.session.operator import PATIENCE_S, Operator
from device.session.record import ClipSpan, SessionFacts, session_files
from device.session.state import Choosing, Timings, Zero

GREEN = ButtonPressed(Button.GREEN, Press.SHORT)
BLUE = ButtonPressed(Button.BLUE, Press.SHORT)
BLOCKED = Reason("too_dark", "It is too dark.", "Switch the light on.", blocks=True)
DOUBTFUL = Reason("camera_high", "The camera is high.", "Lower it.")


class Diary:
    """Writes down what it is asked to do."""

    def __init__(self):
        self.did = []
        self.lights = {}

    def begin(self, session):
        self.did.append(("begin", session))

    def stop(self, session, at_s):
        self.did.append(("stop", session, at_s))

    def save(self, session):
        self.did.append(("save", session))

    def keep(self, session):
        self.did.append(("keep", session))

    def deliver(self):
        self.did.append(("deliver",))

    def forget(self, session):
        self.did.append(("forget", session))

    def light(self, button, pattern):
        self.lights[button] = pattern

    def __getattr__(self, name):
        """Everything else that can be asked for is only written down."""
        return lambda *what: self.did.append((name, *what))


@pytest.fixture
def diary():
    return Diary()


@pytest.fixture
def controller(diary):
    return Controller(diary, Timings(), station="Belt 3", simulated=("camera",))


def picture(t_s: float) -> Picture:
    return Picture(Frame(round(t_s * 60), round(t_s * 1e9), an_image()))


def measured(t_s: float, session: int = 1, problem: Reason | None = None, **update) -> GaitMeasured:
    return GaitMeasured(session, an_update(t_s=t_s, **update), picture(t_s), 21.5, problem)


def to_live(controller):
    controller.handle(GREEN, 10.0)
    controller.handle(measured(15.0, standing_still_s=5.0, standing_zero=a_zero()), 15.0)
    controller.tick(18.0)
    assert controller.state.screen is ScreenName.LIVE


def test_the_screen_is_told_everything_and_computes_nothing(controller, diary):
    controller.handle(HealthChanged(HealthItem("stick", Level.WARN, "No stick.")), 1.0)
    controller.handle(HealthChanged(HealthItem("camera", Level.OK, "fine")), 1.0)
    controller.handle(PictureTaken(picture(2.0), dropped=7), 2.0)
    idle = controller.screen(2.0)
    assert (idle.station, idle.simulated, idle.t_s) == ("Belt 3", ("camera",), 2.0)
    assert [item.part for item in idle.health] == ["camera", "stick"]
    assert idle.picture is not None
    assert idle.hints.green == "Start"
    assert (idle.recording, idle.elapsed_s, idle.gait) == (False, 0.0, None)

    controller.handle(GREEN, 10.0)
    controller.handle(measured(12.0, standing_still_s=2.5), 12.0)
    zero = controller.screen(12.0)
    assert (zero.screen, zero.progress, zero.recording) == ("standing_zero", 0.5, True)
    controller.handle(measured(15.0, standing_still_s=5.0, standing_zero=a_zero()), 15.0)
    assert controller.screen(16.0).countdown_s == 2.0
    controller.tick(18.0)
    controller.handle(PictureTaken(picture(19.9), dropped=27), 19.9)
    controller.handle(measured(20.0, cadence_spm=171.0), 20.0)
    live = controller.screen(20.5, held=(Button.BLUE, 0.4))
    assert (live.elapsed_s, live.frames_dropped, live.tracked_fps) == (2.5, 20, 21.5)
    assert live.gait.cadence_spm == 171.0
    assert live.picture.frame.t_ns == 20_000_000_000
    assert live.held == (Button.BLUE, 0.4)

    summary = a_summary()
    controller.handle(GREEN, 30.0)
    assert controller.screen(30.0).message.code == "reading"
    controller.handle(SessionMeasured(1, summary), 30.2)
    results = controller.screen(31.0)
    assert results.results is summary
    assert (results.elapsed_s, results.message, results.recording) == (12.0, None, False)
    controller.handle(BLUE, 32.0)
    controller.handle(SavingMoved(1, "Writing", 0.4), 32.5)
    assert controller.screen(33.0).saving.fraction == 0.4
    controller.handle(SavingEnded(1, "MIDSTANCE/x"), 34.0)
    assert controller.screen(34.0).saving.done
    controller.tick(60.0)
    after = controller.screen(60.0)
    assert (after.screen, after.results, after.saving, after.gait) == ("idle", None, None, None)
    assert diary.did == [("begin", 1), ("stop", 1, 30.0), ("save", 1), ("forget", 1)]


def test_a_measured_picture_is_shown_only_while_it_is_new(controller):
    to_live(controller)
    controller.handle(measured(20.0), 20.0)
    controller.handle(PictureTaken(picture(20.3)), 20.3)
    assert controller.screen(20.3).picture.frame.t_ns == 20_000_000_000
    controller.handle(PictureTaken(picture(21.0)), 21.0)
    assert controller.screen(21.0).picture.frame.t_ns == 21_000_000_000


def test_one_message_at_a_time_the_most_urgent_first(controller):
    to_live(controller)
    assert controller.screen(19.0).message is None
    controller.handle(measured(20.0, reasons=(DOUBTFUL,)), 20.0)
    assert controller.screen(20.0).message is DOUBTFUL
    few = Reason("few_steps", "Four more.", "", blocks=True)
    controller.handle(measured(20.2, reasons=(few,)), 20.2)
    assert controller.screen(20.2).message is None, "the gauges say it"
    covered = Reason("covered", "A sticker is covered.", "Tuck it in.")
    controller.handle(measured(20.5, problem=covered, reasons=(DOUBTFUL,)), 20.5)
    assert controller.screen(20.5).message is covered
    controller.handle(measured(21.0, problem=covered, reasons=(DOUBTFUL, BLOCKED)), 21.0)
    assert controller.screen(21.0).message is BLOCKED
    fault = HealthItem("camera", Level.FAULT, "It is dead.", "Check its cable.")
    controller.handle(HealthChanged(fault), 22.0)
    told = controller.screen(22.0).message
    assert (told.code, told.message, told.remedy) == (
        "camera_fault",
        "It is dead.",
        "Check its cable.",
    )
    controller.handle(GREEN, 23.0)
    controller.handle(SessionMeasured(1, a_summary(reasons=(DOUBTFUL, BLOCKED))), 23.1)
    assert controller.screen(23.2).message is BLOCKED
    full = Reason("stick_full", "It is full.", "Another one.", blocks=True)
    controller.handle(BLUE, 24.0)
    controller.handle(SavingEnded(1, problem=full), 25.0)
    assert controller.screen(25.0).message is full


def test_what_stands_in_the_way_of_a_zero_is_told_but_not_that_nobody_runs(controller):
    controller.handle(GREEN, 0.0)
    standing = Reason("standing", "The person is standing.", "Run.", blocks=True)
    controller.handle(measured(1.0, reasons=(standing,)), 1.0)
    assert controller.screen(1.0).message is None
    controller.handle(measured(2.0, reasons=(standing, BLOCKED)), 2.0)
    assert controller.screen(2.0).message is BLOCKED
    controller.tick(31.0)
    asked = controller.screen(31.0).message
    assert asked.code == "standing_zero_choice"
    assert "too dark" in asked.message
    assert "green" in asked.remedy


def test_a_station_that_cannot_keep_up_says_so_and_not_what_a_recording_should_have(controller):
    slow = gait_reason("frame_rate_low")
    controller.handle(GREEN, 10.0)
    for fps, says in ((6.2, "Only 6 pictures a second are measured."), (21.5, slow.message)):
        event = replace(measured(11.0, reasons=(slow,)), tracked_fps=fps)
        controller.handle(event, 11.0)
        told = controller.screen(11.0).message
        assert told.message == says
        assert told.blocks
        assert "15 frames" not in told.remedy
        assert "cool down" in told.remedy


def test_an_event_after_a_deadline_meets_the_state_after_it(controller, diary):
    to_live(controller)
    controller.handle(GREEN, 20.0)
    controller.handle(SessionMeasured(1, a_summary()), 21.0)
    controller.handle(BLUE, 21.0 + 121.0)
    assert controller.state.screen is ScreenName.MENU, "what blue does on the idle screen"
    assert ("save", 1) not in diary.did


def test_late_answers_of_another_session_change_nothing(controller):
    to_live(controller)
    controller.handle(ButtonPressed(Button.BLUE, Press.LONG), 20.0)
    controller.handle(measured(20.1), 20.1)
    controller.handle(SessionMeasured(1, a_summary()), 20.2)
    assert controller.facts.gait is None
    assert controller.facts.summary is None


def test_lights_are_set_when_they_change(controller, diary):
    controller.tick(0.0)
    assert diary.lights == {
        Button.GREEN: LightPattern.BREATHE,
        Button.BLUE: LightPattern.ON,
        Button.YELLOW: LightPattern.OFF,
    }
    to_live(controller)
    controller.tick(18.1)
    assert diary.lights[Button.GREEN] is LightPattern.BLINK
    controller.handle(HealthChanged(HealthItem("camera", Level.FAULT, "dead")), 19.0)
    controller.tick(19.1)
    assert diary.lights[Button.YELLOW] is LightPattern.FLASH


# --- the record ----------------------------------------------------------------------------------

ZONE = timezone(timedelta(hours=1))
FACTS = SessionFacts(
    station="Belt 3",
    profile="gym",
    config_hash="abc",
    version="0.1.0",
    algorithm_version="1",
    started=datetime(2026, 3, 4, 5, 6, 7, tzinfo=ZONE),
    ended=datetime(2026, 3, 4, 5, 6, 40, tzinfo=ZONE),
    began_s=100.0,
    live_s=108.0,
    stopped_s=133.0,
    zero=Zero.TAKEN,
    camera="imx708",
    fps=60.0,
    detector="mediapipe-full",
    simulated=("stick",),
    frames_dropped=3,
    settings={"model": "full"},
)


def later(summary, by_s):
    steps = tuple(
        replace(
            step,
            strike_s=step.strike_s + by_s,
            midstance_s=step.midstance_s + by_s,
            toe_off_s=step.toe_off_s + by_s if step.toe_off_s else None,
        )
        for step in summary.steps
    )
    zero = summary.standing_zero
    zero = replace(zero, from_s=zero.from_s + by_s, to_s=zero.to_s + by_s)
    return replace(summary, steps=steps, standing_zero=zero)


def test_the_record_has_the_numbers_of_the_summary_and_times_of_the_session():
    summary = a_summary()
    files = session_files(later(summary, 100.0), FACTS, ClipSpan(118.0, 133.0, 900))
    assert set(files) == {"session.json", "steps.csv", "README.txt"}
    document = json.loads(files["session.json"])
    assert document["input"]["fps"] == pytest.approx(600 / 20.0), "measured, not promised"
    assert document["session"]["camera_fps"] == 60.0
    assert document["schema"] == "midstance.analysis/1"
    for side in Side:
        drop = document["sides"][side.value]["midstance_drop_deg"]
        estimate = summary.side(side).midstance_drop_deg
        assert drop["mean"] == estimate.mean
        assert drop["ci95"] == pytest.approx([estimate.ci95_low, estimate.ci95_high])
    assert document["cadence_spm"]["mean"] == summary.cadence_spm.mean
    for written, step in zip(document["steps"], summary.steps, strict=True):
        assert written["midstance_s"] == pytest.approx(step.midstance_s, abs=1e-5)
    assert document["standing_zero"]["from_s"] == pytest.approx(0.5)
    session = document["session"]
    assert session["started"] == "2026-03-04T05:06:07+01:00"
    assert session["ended"] == "2026-03-04T05:06:40+01:00"
    assert (session["live_from_s"], session["stopped_s"]) == (8.0, 33.0)
    assert session["clip"] == {"from_s": 18.0, "to_s": 33.0, "frames": 900}
    assert (session["standing_zero"], session["simulated"]) == ("taken", ["stick"])
    assert session["config_hash"] == "abc"
    rows = list(csv.DictReader(io.StringIO(files["steps.csv"].decode())))
    assert len(rows) == len(summary.steps)
    assert float(rows[0]["midstance_drop_deg"]) == summary.steps[0].midstance_drop_deg


def test_a_session_without_a_clip_says_so():
    document = json.loads(session_files(a_summary(), FACTS, None)["session.json"])
    assert document["session"]["clip"] is None


def test_the_readme_explains_every_file_and_what_the_angles_are_against():
    text = session_files(a_summary(), FACTS, ClipSpan(18.0, 33.0, 900))["README.txt"].decode()
    for name in ("clip.mp4", "session.json", "steps.csv", "sha256.txt"):
        assert f"\r\n{name}  " in text
    assert "The last 15 seconds" in text
    assert "relative to quiet standing" in text
    assert "ESTIMATE" not in text
    assert max(len(line) for line in text.splitlines()) <= 78
    bare = replace(a_summary(), standing_zero=None, estimate_only=True)
    other = session_files(bare, FACTS, None)["README.txt"].decode()
    assert "There is no clip" in other
    assert "clip.mp4" not in other
    assert "against the horizontal" in other
    assert "ESTIMATE" in other


# --- the operator --------------------------------------------------------------------------------


def test_the_operator_leads_a_session_through(controller):
    """Played against the real controller, with a clock that runs as fast as the test."""
    operator = Operator(live_s=5.0)
    names, t_s = [], 0.0
    for part in ("camera", "pose"):
        controller.handle(HealthChanged(HealthItem(part, Level.OK, "fine")), 0.0)
    side = replace(an_update().left, steps_needed=0)
    while t_s < 200:
        t_s += 0.1
        session = controller.state.session
        running = controller.state.screen is ScreenName.LIVE
        sides = {"left": side, "right": side} if running else {}
        still_s = 0.0 if running else min(6.0, t_s - 2.0)
        controller.handle(measured(t_s, session, standing_still_s=still_s, **sides), t_s)
        if controller.state.screen is ScreenName.RESULTS and not controller.state.measured:
            controller.handle(SessionMeasured(session, a_summary()), t_s)
        if controller.state.screen is ScreenName.SAVING:
            controller.screen(t_s)
            act = operator.look(controller.screen(t_s))
            names.append(act.picture)
            controller.handle(SavingEnded(session, "MIDSTANCE/x"), t_s)
        act = operator.look(controller.screen(t_s))
        names.append(act.picture)
        if act.press is not None:
            controller.handle(ButtonPressed(act.press, Press.SHORT), t_s)
        if act.done:
            break
    assert [name for name in names if name] == [
        "1_idle",
        "2_standing_zero",
        "3_countdown",
        "4_live",
        "5_results",
        "6_saving",
        "7_saved",
    ]
    assert operator.problem is None
    assert controller.state.screen is ScreenName.IDLE


def test_a_camera_that_was_moved_in_idle_makes_the_set_up_be_looked_at_again(diary):
    timings = Timings(setup_wanted=True, zero_wanted=False, countdown_s=0.0, blank_after_s=1e6)
    controller = Controller(diary, timings)
    controller.handle(GREEN, 1.0)
    controller.handle(ButtonPressed(Button.GREEN, Press.LONG), 2.0)
    assert controller.state.setup.verdict is SetupVerdict.OVERRIDDEN
    controller.handle(ButtonPressed(Button.BLUE, Press.LONG), 3.0)
    images = np.random.default_rng(1).integers(0, 255, (2, 48, 64, 3)).astype(np.uint8)

    def see(which, from_s, to_s, person=False):
        for t_s in range(from_s, to_s):
            if person:
                controller.handle(PersonSeen(), float(t_s))
            frame = Frame(t_s, t_s * 10**9, images[which])
            controller.handle(PictureTaken(Picture(frame)), float(t_s))

    see(0, 4, 20)
    see(1, 20, 80, person=True)
    assert controller.state.setup is not None, "somebody stood in the picture"
    see(1, 80, 100)
    see(0, 100, 110)
    assert controller.state.setup is not None
    see(1, 110, 160)
    assert controller.state.setup is None
    assert controller.screen(160.0).message.code == "view_changed"
    controller.handle(GREEN, 161.0)
    assert controller.state.screen is ScreenName.SETUP


def test_the_operator_gets_past_the_choice_of_a_runner_and_a_set_up_that_stays_red(diary):
    timings = Timings(setup_wanted=True, choosing=Choosing.LIST, store=True)
    controller = Controller(diary, timings)
    operator, t_s, names = Operator(), 0.0, []
    for part in ("camera", "pose"):
        controller.handle(HealthChanged(HealthItem(part, Level.OK, "fine")), 0.0)
    while controller.state.screen is not ScreenName.STANDING_ZERO and t_s < 100:
        t_s += 0.1
        if ("read_runners",) in diary.did and controller.state.runners is None:
            controller.handle(RunnersRead((Runner(1, "ANNA"),)), t_s)
        controller.tick(t_s)
        act = operator.look(controller.screen(t_s))
        names.append(act.picture)
        if act.press is not None:
            press = Press.LONG if act.held else Press.SHORT
            controller.handle(ButtonPressed(act.press, press), t_s)
    assert controller.state.screen is ScreenName.STANDING_ZERO
    assert controller.state.runner is None, "nobody in particular"
    assert controller.state.setup.verdict is SetupVerdict.OVERRIDDEN
    assert {"2_runners", "3_setup"} <= set(names)


def test_the_operator_waits_for_camera_and_pose_and_says_what_was_missing(controller):
    operator = Operator()
    fault = HealthItem("camera", Level.FAULT, "There is no camera.", "Plug one in.")
    controller.handle(HealthChanged(fault), 0.0)
    assert not operator.look(controller.screen(1.0)).done
    assert operator.look(controller.screen(1.0 + PATIENCE_S)).done
    assert operator.problem.code == "not_ready"
    assert "There is no camera." in operator.problem.message


def test_the_operator_gives_up_a_save_that_fails(controller):
    operator = Operator()
    to_live(controller)
    controller.handle(GREEN, 20.0)
    controller.handle(SessionMeasured(1, a_summary()), 20.0)
    controller.handle(BLUE, 21.0)
    full = Reason("stick_full", "It is full.", "Another one.", blocks=True)
    controller.handle(SavingEnded(1, problem=full), 22.0)
    operator.look(controller.screen(22.0))
    act = operator.look(controller.screen(25.0))
    press = Press.LONG if act.held else Press.SHORT
    controller.handle(ButtonPressed(act.press, press), 25.0)
    assert controller.state.screen is ScreenName.IDLE
    assert operator.problem is full


def test_what_stickers_told_of_the_network_is_kept_with_the_runner_whose_it_is(controller, diary):
    own = PersonalGain(0.8, 0.1, 0.0, 1.0, PersonalSource.STICKERS, 300, 1.7e9, "abc")
    to_live(controller)
    controller._state = replace(controller.state, runner=Runner(1, "ANNA"))
    controller.handle(GREEN, 30.0)
    controller.handle(SessionMeasured(1, a_summary(), personal=own), 30.2)
    kept = [did for did in diary.did if did[0] == "remember_gain"]
    assert [code for _, code, _ in kept] == ["ANNA"]
    assert PersonalGain.from_json(json.loads(kept[0][2])) == own


def test_nothing_is_kept_of_somebody_who_gave_no_name(controller, diary):
    own = PersonalGain(0.8, 0.1, 0.0, 1.0, PersonalSource.STICKERS, 300, 1.7e9, "abc")
    to_live(controller)
    controller.handle(GREEN, 30.0)
    controller.handle(SessionMeasured(1, a_summary(), personal=own), 30.2)
    assert "remember_gain" not in [did[0] for did in diary.did]
