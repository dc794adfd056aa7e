"""What the store is given of a session."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from store_makers import a_summary

from device.domain.basics import Gait
from device.domain.coaching import ProgrammeStep
from device.domain.frames import CameraGeometry
from device.domain.history import FeedbackBlock
from device.domain.screens import SetupQuality, SetupVerdict
from device.session.entry import finished, session_start, worth_keeping
from device.session.record import SessionFacts, session_files, session_json
from device.session.state import Zero

STARTED = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
FACTS = SessionFacts(
    station="Practice",
    profile="clinic",
    config_hash="abc",
    version="0.1.0",
    algorithm_version="1",
    started=STARTED,
    ended=STARTED + timedelta(seconds=40),
    began_s=100.0,
    live_s=106.0,
    stopped_s=140.0,
    zero=Zero.TAKEN,
    camera="imx708",
    fps=60.0,
    detector="mediapipe-full",
    simulated=("camera",),
    frames_dropped=3,
    settings={"pelvis": "auto"},
    code="P-1",
)


def start():
    return session_start(
        FACTS,
        uuid="00000000-0000-4000-8000-000000000000",
        runner="P-1",
        began_ns=100_000_000_000,
        geometry=CameraGeometry(0.1, 2.5),
        use_standing_zero=True,
    )


def test_the_start_says_who_when_where_and_how():
    begun = start()
    assert (begun.runner, begun.started, begun.profile) == ("P-1", STARTED, "clinic")
    assert begun.geometry == CameraGeometry(0.1, 2.5)
    assert begun.camera_fps == 60.0
    assert begun.simulated == ("camera",)


def test_times_count_from_the_start_and_the_document_is_the_sticks():
    summary = a_summary()
    summary = replace(
        summary,
        steps=tuple(
            replace(
                step,
                strike_s=step.strike_s + 100,
                midstance_s=step.midstance_s + 100,
                toe_off_s=step.toe_off_s + 100,
            )
            for step in summary.steps
        ),
    )
    session = finished(start(), summary, FACTS, ())
    assert round(session.summary.steps[0].strike_s, 6) == 5.0
    assert session.document == json.loads(session_json(session.summary, FACTS, None))
    assert session.document["session"]["runner"] == "P-1"
    assert session.duration_s == 40.0


def test_a_set_up_that_was_passed_over_stays_with_the_session():
    red = SetupQuality(
        SetupVerdict.OVERRIDDEN, failed=("level", "light"), not_measurable=("height",),
        later=("light", "sharp"),
    )  # fmt: skip
    facts = replace(FACTS, setup=red, speed_kmh=11.0)
    session = finished(start(), a_summary(), facts, ())
    assert session.start.overridden == ("level", "light", "sharp")
    assert session.start.speed_kmh == 11.0
    assert session.feedback == ()
    assert finished(start(), a_summary(), FACTS, ()).start.overridden == ()


def test_a_session_of_a_programme_has_its_shown_and_hidden_stretches_from_its_own_beginning():
    step = ProgrammeStep("retraining", 5, 11, "training", 27.0, 0.75)
    facts = replace(FACTS, programme=step, live_s=FACTS.began_s + 10, stopped_s=FACTS.began_s + 90)
    session = finished(start(), a_summary(), facts, ())
    assert session.feedback == (
        FeedbackBlock(10.0, 55.0, True),
        FeedbackBlock(55.0, 70.0, False),
        FeedbackBlock(70.0, 90.0, True),
    )
    written = session.document["coach"]
    assert (written["programme"], written["plan"], written["minutes"]) == ("retraining", 5, 27.0)
    assert [block["visible"] for block in written["blocks"]] == [True, False, True]
    later = a_summary()
    later = replace(
        later, steps=tuple(replace(one, midstance_s=one.midstance_s + 100) for one in later.steps)
    )
    lines = session_files(later, facts, None)["steps.csv"].decode().splitlines()
    told = {float(line.split(",")[2]): line.rpartition(",")[2] for line in lines[1:]}
    assert lines[0].endswith(",feedback")
    assert set(told) == {step.midstance_s for step in a_summary().steps}
    for at_s, words in told.items():
        assert words == ("" if at_s < 10 else "hidden" if 55 <= at_s < 70 else "shown")


def test_a_session_in_which_nobody_moved_is_not_worth_keeping():
    assert worth_keeping(a_summary())
    assert worth_keeping(a_summary(steps=(), gait=Gait.WALKING))
    assert not worth_keeping(a_summary(steps=(), gait=Gait.STANDING))
    assert not worth_keeping(a_summary(steps=(), gait=Gait.NONE))
