"""What is watched beside the numbers: red checks during a run, grey numbers, latency, the step."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from kiosk_values import a_person, a_summary, an_estimate, an_image, an_update
from test_session_controller import GREEN, Diary

from device.domain.basics import Side
from device.domain.events import ButtonPressed, ChordHeld, GaitMeasured, SessionMeasured
from device.domain.frames import Frame, PelvisMethod, PelvisSample
from device.domain.history import Runner
from device.domain.kiosk import Button, Picture, Press, ScreenName
from device.domain.personal import PersonalGain
from device.domain.screens import CalibrationPhase, SetupVerdict
from device.gait.personal import step_tilt_deg
from device.session.calibration import ESTIMATE, READ_S, STICKERS_ON, CalibrationWatch
from device.session.controller import Controller
from device.session.latency import LatencyWatch
from device.session.state import Timings
from device.session.view import STALE_S

SIZE = (640, 360)
PLAIN = Timings(zero_wanted=False, countdown_s=0.0)


def feed(controller: Controller, from_s: float, to_s: float, update=None, **person) -> None:
    for seq in range(round(from_s * 30), round(to_s * 30)):
        t_s = seq / 30
        frame = Frame(seq, round(t_s * 1e9), an_image(*SIZE))
        picture = Picture(frame, a_person(frame, **person))
        now = update(t_s) if update is not None else an_update(t_s=t_s)
        controller.handle(GaitMeasured(controller.state.session, now, picture, 28.0), t_s)


# --- checks that go red during a run -------------------------------------------------------------


def test_a_check_that_goes_red_during_the_run_is_told_and_written_down():
    controller = Controller(Diary(), PLAIN)
    controller.handle(GREEN, 0.0)
    feed(controller, 0.0, 5.0)
    assert controller.screen(5.0).message is None
    feed(controller, 5.0, 6.5, feet=(0.2, 0.92))
    assert controller.screen(6.5).message is None, "a moment to the side is nothing"
    feed(controller, 6.5, 11.0, feet=(0.2, 0.92))
    told = controller.screen(11.0)
    assert told.message.code == "setup_centred"
    assert told.message.remedy
    feed(controller, 11.0, 13.0)
    assert controller.screen(13.0).message is None, "it is well again"
    controller.handle(GREEN, 13.0)
    controller.handle(SessionMeasured(1, a_summary()), 13.1)
    quality = controller.screen(13.2).setup_quality
    assert quality.later == ("centred",)
    assert quality.verdict is SetupVerdict.UNCHECKED, "nobody went through the assistant"
    controller.handle(GREEN, 14.0)
    controller.handle(GREEN, 15.0)
    assert controller.screen(15.0).setup_quality.later == (), "the next session begins anew"


def test_what_comes_late_of_a_session_that_is_over_is_kept_nowhere():
    for way in ((), (Button.BLUE,)):
        controller = Controller(Diary(), PLAIN)
        controller.handle(GREEN, 0.0)
        controller.handle(ButtonPressed(Button.BLUE, Press.LONG), 1.0)
        for button in way:
            controller.handle(ButtonPressed(button, Press.SHORT), 1.1)
        feed(controller, 2.0, 2.5)
        controller.handle(SessionMeasured(1, a_summary()), 3.0)
        facts = controller.facts
        assert (facts.gait, facts.measured, facts.summary) == (None, None, None), way


# --- grey numbers --------------------------------------------------------------------------------


def test_a_number_is_stale_once_its_side_was_not_measured_for_a_while():
    def update(t_s, fresh_s):
        side = replace(
            an_update().left,
            midstance_drop_deg=an_estimate(),
            steps_needed=0,
            updated_s=t_s - 1.2,
            fresh_s=fresh_s,
        )
        return an_update(t_s=t_s, left=side, right=replace(side, fresh_s=None, updated_s=None))

    controller = Controller(Diary(), PLAIN)
    controller.handle(GREEN, 0.0)
    feed(controller, 9.0, 10.0, lambda t_s: update(t_s, t_s))
    assert controller.screen(10.0).stale == frozenset()
    assert controller.screen(9.96 + STALE_S).stale == frozenset()
    assert controller.screen(10.1 + STALE_S).stale == {Side.LEFT}, "of the right there is nothing"
    assert STALE_S < 2.0


# --- latency -------------------------------------------------------------------------------------


def test_the_latency_is_from_the_sensor_to_the_screen_and_of_each_picture_once():
    watch = LatencyWatch()
    for i in range(100):
        shown = watch.drawn(seen_s=i * 0.05, now_s=i * 0.05 + 0.08 + (0.3 if i == 99 else 0.0))
        watch.drawn(seen_s=i * 0.05, now_s=i * 0.05 + 0.2)
    assert shown.newest_ms == pytest.approx(380, abs=1e-6)
    assert shown.median_ms == pytest.approx(80, abs=1e-6)
    assert 80 <= shown.p95_ms < 380
    late = watch.drawn(seen_s=60.0, now_s=60.1)
    assert late.p95_ms == pytest.approx(100), "only the last ten seconds count"


# --- the ring ------------------------------------------------------------------------------------


def test_a_ring_fills_only_where_holding_means_something():
    controller = Controller(Diary(), PLAIN)
    assert controller.screen(0.0, held=(Button.GREEN, 0.5)).held is None
    controller.handle(GREEN, 0.0)
    assert controller.screen(0.1, held=(Button.BLUE, 0.5)).held == (Button.BLUE, 0.5)
    assert controller.screen(0.1, held=(Button.GREEN, 0.5)).held is None
    assert controller.screen(0.1, chord=0.3).chord == 0.3


def test_both_held_have_the_device_switched_off():
    diary = Diary()
    controller = Controller(diary, PLAIN)
    controller.handle(GREEN, 0.0)
    controller.handle(ChordHeld(), 5.0)
    assert diary.did[-2:] == [("forget", 1), ("power_off",)]
    assert controller.screen(5.1).shutdown.going


# --- the step calibration ------------------------------------------------------------------------

HEIGHT_MM = 30.0
TILT_DEG = step_tilt_deg(HEIGHT_MM / 1000)


def stand(watch: CalibrationWatch, angle_deg: float, method=PelvisMethod.NETWORK, seconds=READ_S):
    rng = np.random.default_rng(1)
    for seq in range(round((seconds + 0.2) * 20)):
        frame = Frame(seq, seq * 50_000_000, an_image())
        sample = PelvisSample(seq, frame.t_ns, angle_deg + rng.normal(0, 0.3), 0.3, method)
        watch.see(Picture(frame, None, sample), an_update(standing_still_s=1.0), 1.7e9)


def test_a_book_under_either_foot_gives_the_runners_own_gain():
    watch = CalibrationWatch(HEIGHT_MM, instrument="w1")
    stand(watch, 0.8 * TILT_DEG)
    assert (watch.view.phase, watch.view.progress) == (CalibrationPhase.LEFT_UP, 1.0)
    watch.begin(CalibrationPhase.RIGHT_UP)
    stand(watch, -0.8 * TILT_DEG)
    assert watch.view.phase is CalibrationPhase.DONE
    assert watch.view.gain.ci95_low < watch.view.gain.mean < watch.view.gain.ci95_high
    assert 0.75 < watch.gain.gain < 1.0, "drawn towards what is usual"
    assert watch.gain.instrument == "w1"
    # Once more: what was read before is forgotten.
    watch.begin(CalibrationPhase.LEFT_UP)
    assert watch.gain is None


def test_feet_the_wrong_way_round_and_a_moving_pelvis_are_refused_with_the_reason():
    watch = CalibrationWatch(HEIGHT_MM)
    stand(watch, -0.8 * TILT_DEG)
    watch.begin(CalibrationPhase.RIGHT_UP)
    stand(watch, 0.8 * TILT_DEG)
    assert (watch.view.phase, watch.view.problem.code) == (
        CalibrationPhase.FAILED,
        "personal_feet_swapped",
    )
    watch.begin(CalibrationPhase.LEFT_UP)
    for seq in range(90):
        frame = Frame(seq, seq * 50_000_000, an_image())
        sample = PelvisSample(seq, frame.t_ns, seq * 0.1, 0.3, PelvisMethod.NETWORK)
        watch.see(Picture(frame, None, sample), an_update(standing_still_s=1.0), 0.0)
    assert watch.view.problem.code == "personal_unsteady"
    assert watch.view.progress < 0.5


@pytest.mark.parametrize(
    ("method", "why"), [(PelvisMethod.STICKERS, STICKERS_ON), (PelvisMethod.MEDIAPIPE, ESTIMATE)]
)
def test_only_the_cameras_own_measurement_is_calibrated(method, why):
    watch = CalibrationWatch(HEIGHT_MM)
    stand(watch, 5.0, method)
    assert watch.view.progress == 0.0
    assert watch.view.problem is why


def test_somebody_who_moves_begins_the_reading_again():
    watch = CalibrationWatch(HEIGHT_MM)
    stand(watch, 5.0, seconds=READ_S / 2)
    assert watch.view.progress > 0.3
    frame = Frame(0, 0, an_image())
    watch.see(Picture(frame), an_update(standing_still_s=0.0), 0.0)
    assert watch.view.progress == 0.0


def test_the_gain_goes_into_the_runners_file_and_nobodys_into_none():
    for runner in (Runner(1, "ANNA"), None):
        diary = Diary()
        controller = Controller(diary, PLAIN)
        controller._state = replace(controller.state, runner=runner)
        controller.handle(ButtonPressed(Button.BLUE, Press.SHORT), 0.0)
        while controller.state.chosen.key != "calibration":
            controller.handle(ButtonPressed(Button.BLUE, Press.SHORT), 0.1)
        controller.handle(GREEN, 0.2)
        assert controller.state.screen is ScreenName.STEP_CALIBRATION
        for angle_deg in (0.9 * TILT_DEG, -0.9 * TILT_DEG):
            for seq in range(100):
                frame = Frame(seq, seq * 50_000_000, an_image())
                sample = PelvisSample(seq, frame.t_ns, angle_deg, 0.3, PelvisMethod.NETWORK)
                update = an_update(standing_still_s=1.0)
                session = controller.state.session
                event = GaitMeasured(session, update, Picture(frame, None, sample), 20.0)
                controller.handle(event, 1.0 + seq / 20)
            controller.handle(GREEN, 7.0)
        kept = [did for did in diary.did if did[0] == "remember_gain"]
        assert len(kept) == (1 if runner else 0)
        for _, code, text in kept:
            assert code == "ANNA"
            assert PersonalGain.from_json(json.loads(text)).gain == pytest.approx(0.92, abs=0.06)
