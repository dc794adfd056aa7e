"""The measuring thread: sessions, summaries, and what goes wrong in between."""

from __future__ import annotations

import pytest
from kiosk_fakes import GENEROUS_S, BlindPose, NoPelvis, a_frame, wait_for
from kiosk_values import a_summary, a_zero, an_update

from device.clock import MonotonicClock
from device.domain.basics import Reason, Side
from device.domain.events import GaitMeasured, HealthChanged, SessionMeasured
from device.domain.frames import PelvisMethod, PelvisSample, Pose
from device.domain.kiosk import Level
from device.domain.personal import PersonalGain, PersonalSource
from device.pipeline.measure import LASTS_S, Measurer, PelvisTrouble, with_reasons
from device.pipeline.pose import PosePool


class CountingTracker:
    """Counts frames; summaries tell how many."""

    def __init__(self, fails_on=(), summary_fails=False):
        self.times = []
        self._fails_on = fails_on
        self._summary_fails = summary_fails

    def push(self, pose, pelvis):
        self.times.append(pose.t_ns)
        if len(self.times) in self._fails_on:
            raise ZeroDivisionError("by nothing")

    def update(self):
        return an_update(t_s=self.times[-1] / 1e9)

    def summary(self):
        if self._summary_fails:
            raise ZeroDivisionError("by nothing")
        return a_summary(frames=len(self.times))


class ZeroedTracker(CountingTracker):
    """Takes a standing zero with its third frame."""

    def update(self):
        zero = a_zero() if len(self.times) >= 3 else None
        return an_update(t_s=self.times[-1] / 1e9, standing_zero=zero)


class Rig:
    def __init__(self, trackers=(), takes_s=0.0, level_deg=0.0, pelvis=None):
        self.news = []
        self.trackers = []
        self._next = list(trackers)
        self.pool = PosePool(lambda: BlindPose(takes_s), 1, self.news.append, MonotonicClock())
        self.measurer = Measurer(
            self.pool,
            pelvis or NoPelvis(),
            self._tracker,
            self.news.append,
            MonotonicClock(),
            level_deg=level_deg,
        )
        self.pool.start()
        self.measurer.start()

    def _tracker(self):
        self.trackers.append(self._next.pop(0) if self._next else CountingTracker())
        return self.trackers[-1]

    def of(self, kind):
        return [event for event in self.news if isinstance(event, kind)]

    def begin(self, session):
        self.measurer.begin(session)
        self.pool.open(session)

    def feed(self, count, start=0):
        """Frames one after the other, each waited for."""
        for n in range(start, start + count):
            self.pool.offer(a_frame(n, t_ns=(n + 1) * 200_000_000))
            wait_for(lambda: self.pool.drained)

    def stop(self):
        for thread in (self.pool, self.measurer):
            thread.request_stop()
            assert thread.join(GENEROUS_S)


@pytest.fixture
def rigs():
    made = []
    yield made
    for rig in made:
        rig.stop()


def make(rigs, *args, **more):
    rigs.append(Rig(*args, **more))
    return rigs[-1]


def test_the_line_of_reference_is_the_cameras_roll_and_then_the_standing_zero(rigs):
    rig = Rig([ZeroedTracker()], level_deg=3.0)
    rigs.append(rig)
    rig.begin(1)
    rig.feed(4)
    wait_for(lambda: len(rig.of(GaitMeasured)) == 4)
    levels = [event.picture.level_deg for event in rig.of(GaitMeasured)]
    assert levels == pytest.approx([3.0, 3.0, 3.4, 3.4])


def test_a_session_is_measured_and_summed_up_with_a_fresh_gait_core_each(rigs):
    rig = make(rigs)
    for session in (1, 2):
        rig.begin(session)
        rig.feed(5)
        wait_for(lambda: rig.of(GaitMeasured))
        rig.pool.shut()
        rig.measurer.finish(session)
        wait_for(
            lambda s=session: (
                rig.of(SessionMeasured)[-1:] and rig.of(SessionMeasured)[-1].session == s
            )
        )
        assert rig.of(SessionMeasured)[-1].summary.frames == 5
    assert len(rig.trackers) == 2
    assert {event.session for event in rig.of(GaitMeasured)} == {1, 2}


def test_frames_taken_before_the_stop_are_in_the_summary(rigs):
    rig = make(rigs, takes_s=0.3)
    rig.begin(1)
    rig.pool.offer(a_frame(0, t_ns=10**9))
    rig.pool.shut()
    rig.measurer.finish(1)
    wait_for(lambda: rig.of(SessionMeasured))
    assert rig.of(SessionMeasured)[0].summary.frames == 1


def test_a_forgotten_session_says_nothing_more(rigs):
    rig = make(rigs)
    rig.begin(1)
    rig.feed(3)
    rig.measurer.forget(1)
    rig.measurer.finish(1)
    rig.begin(2)
    rig.feed(3, start=3)
    rig.measurer.finish(2)
    wait_for(lambda: rig.of(SessionMeasured))
    assert [event.session for event in rig.of(SessionMeasured)] == [2]


def test_a_frame_that_cannot_be_measured_costs_itself_only(rigs):
    rig = make(rigs, [CountingTracker(fails_on=(2, 3))])
    rig.begin(1)
    rig.feed(3)
    wait_for(lambda: any(e.item.part == "measure" for e in rig.of(HealthChanged)))
    rig.feed(3, start=3)
    rig.measurer.finish(1)
    wait_for(lambda: rig.of(SessionMeasured))
    assert rig.of(SessionMeasured)[0].summary.frames == 6
    levels = [e.item.level for e in rig.of(HealthChanged) if e.item.part == "measure"]
    assert levels == [Level.FAULT, Level.OK]


def test_a_summary_that_fails_is_told_as_the_sessions_problem(rigs):
    rig = make(rigs, [CountingTracker(summary_fails=True)])
    rig.begin(1)
    rig.feed(2)
    rig.measurer.finish(1)
    wait_for(lambda: rig.of(SessionMeasured))
    event = rig.of(SessionMeasured)[0]
    assert event.summary is None
    assert event.problem.code == "summary_failed"
    assert "ZeroDivisionError" in event.problem.message


class MoodyPelvis:
    """Gives no line while it has a problem."""

    last_problem: Reason | None = None
    warnings = (Reason("camera_high", "The camera is high.", "Lower it."),)


def seen_pose(n):
    pose = Pose.nobody(n, n * 100_000_000, (160, 160))
    pose.landmarks_px[:] = 80
    return pose


def test_why_the_pelvis_is_not_measured_is_told_when_it_lasts_and_kept_when_it_was_often():
    pelvis = MoodyPelvis()
    trouble = PelvisTrouble(pelvis)
    line = PelvisSample(0, 0, 1.0, 0.1, PelvisMethod.STICKERS)
    for n in range(60):
        trouble.note(seen_pose(n), line)
    assert trouble.now is None
    pelvis.last_problem = Reason("covered", "A sticker is covered.", "Tuck it in.", blocks=True)
    told = []
    for n in range(60, 80):
        trouble.note(seen_pose(n), None)
        told.append(trouble.now is not None)
    assert told.index(True) == round(LASTS_S / 0.1)
    trouble.note(Pose.nobody(81, 81 * 10**8, (160, 160)), None)
    assert trouble.now is pelvis.last_problem
    assert [r.code for r in trouble.reasons()] == ["camera_high", "covered"]
    assert not any(r.blocks for r in trouble.reasons())
    trouble.note(seen_pose(82), line)
    assert trouble.now is None
    merged = with_reasons(a_summary(reasons=(pelvis.last_problem,)), trouble.reasons())
    assert [(r.code, r.blocks) for r in merged.reasons] == [
        ("covered", True),
        ("camera_high", False),
    ]
    assert merged.side(Side.LEFT) == a_summary().side(Side.LEFT)


OWN = PersonalGain(0.8, 0.1, 0.0, 1.0, PersonalSource.STICKERS, 300, 1.7e9, "abc")


class OwnTracker(CountingTracker):
    """Remembers which correction it was given."""

    personal = None

    def use_personal(self, personal):
        self.personal = personal


class TellingPelvis(NoPelvis):
    """Has found a correction when asked at the end."""

    def personal(self, made_unix_s):
        return OWN if made_unix_s > 1e9 else None


def summed_up(rig, session):
    rig.pool.shut()
    rig.measurer.finish(session)
    wait_for(lambda: [e for e in rig.of(SessionMeasured) if e.session == session])
    return next(e for e in rig.of(SessionMeasured) if e.session == session)


def test_a_runners_correction_is_used_in_their_session_only(rigs):
    rig = make(rigs, [OwnTracker(), OwnTracker()])
    rig.measurer.begin(1, OWN)
    rig.pool.open(1)
    rig.feed(3)
    assert summed_up(rig, 1).personal is None
    rig.begin(2)
    rig.feed(3)
    summed_up(rig, 2)
    assert [tracker.personal for tracker in rig.trackers] == [OWN, None]


def test_what_stickers_told_comes_with_the_summary(rigs):
    rig = make(rigs, pelvis=TellingPelvis())
    rig.begin(1)
    rig.feed(3)
    assert summed_up(rig, 1).personal == OWN
