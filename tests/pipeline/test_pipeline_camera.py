"""The camera thread survives the camera."""

from __future__ import annotations

import logging
import threading
import time

import pytest
from kiosk_fakes import GENEROUS_S, LittleCamera, wait_for

from device.clock import ManualClock, MonotonicClock
from device.domain.events import HealthChanged, PictureTaken
from device.domain.kiosk import HealthItem, Level
from device.errors import CameraError
from device.pipeline import camera as camera_module
from device.pipeline.camera import Camera
from device.ports import SourceInfo


class Rig:
    """A camera thread whose cameras are the given ones, one after the other."""

    def __init__(self, *cameras, clock=None, stall_s=2.0):
        self.waiting = list(cameras)
        self.made = []
        self.news = []
        self.frames = []
        self.camera = Camera(
            self._make,
            [self.frames.append],
            self.news.append,
            clock or MonotonicClock(),
            stall_s=stall_s,
        )

    def _make(self):
        made = self.waiting.pop(0) if self.waiting else LittleCamera()
        if isinstance(made, Exception):
            raise made
        self.made.append(made)
        return made

    def health(self):
        return [event.item for event in self.news if isinstance(event, HealthChanged)]

    def stop(self):
        self.camera.request_stop()
        assert self.camera.join(GENEROUS_S)


@pytest.fixture
def rigs():
    made = []
    yield made
    for rig in made:
        rig.stop()


def rig(rigs, *cameras, **more):
    made = Rig(*cameras, **more)
    rigs.append(made)
    made.camera.start()
    return made


def test_every_frame_is_offered_and_the_newest_posted(rigs):
    one = rig(rigs)
    wait_for(lambda: len(one.frames) >= 5)
    pictures = [event for event in one.news if isinstance(event, PictureTaken)]
    assert [p.picture.frame.seq for p in pictures[:5]] == [f.seq for f in one.frames[:5]]
    assert one.health()[0].level is Level.OK
    assert "160x160" in one.health()[0].text


def test_a_camera_that_dies_is_told_and_opened_again(rigs):
    one = rig(rigs, LittleCamera(dies_after=3))
    wait_for(lambda: len(one.made) == 2 and one.health()[-1].level is Level.OK)
    levels = [item.level for item in one.health()]
    assert levels == [Level.OK, Level.FAULT, Level.OK]
    fault = one.health()[1]
    assert (fault.text, fault.remedy) == ("The little camera died.", "Feed it.")
    assert one.made[0].closed.is_set()


def test_a_camera_that_is_absent_at_first_is_found_later(rigs):
    one = rig(rigs, CameraError("There is no camera.", remedy="Plug one in."))
    wait_for(lambda: one.frames)
    assert [item.level for item in one.health()] == [Level.FAULT, Level.OK]


def test_silence_is_noticed_and_the_camera_brought_up_again(rigs):
    clock = ManualClock(10**12)
    one = rig(rigs, LittleCamera(hangs_after=3), clock=clock)
    wait_for(lambda: one.made and one.made[0].hanging.is_set())
    assert len(one.frames) == 3
    one.camera.supervise()
    assert one.health()[-1].level is Level.OK
    clock.advance(2.1)
    one.camera.supervise()
    assert one.health()[-1].level is Level.FAULT
    assert "no picture" in one.health()[-1].text
    wait_for(lambda: len(one.made) == 2 and one.health()[-1].level is Level.OK)


def test_a_camera_that_hangs_even_when_closed_is_left_behind(rigs):
    clock = ManualClock(10**12)
    one = rig(rigs, LittleCamera(hangs_after=3, deaf=True), clock=clock)
    wait_for(lambda: one.made and one.made[0].hanging.is_set())
    assert len(one.frames) == 3
    clock.advance(2.1)
    one.camera.supervise()
    wait_for(one.made[0].closed.is_set)
    clock.advance(camera_module.ABANDON_S + 0.1)
    one.camera.supervise()
    wait_for(lambda: len(one.made) == 2 and len(one.frames) > 5)
    assert one.health()[-1].level is Level.OK


class ShortRecording(LittleCamera):
    """Three frames and the end."""

    def __init__(self):
        super().__init__()
        self.info = SourceInfo("short.mp4", (160, 160), 30.0, True, frames=3, duration_s=0.1)

    def frames(self):
        for frame, _ in zip(super().frames(), range(3), strict=False):
            yield frame


def test_a_recording_that_ends_waits_to_be_begun_anew(rigs):
    one = rig(rigs, ShortRecording())
    wait_for(lambda: one.health() and one.health()[-1].level is Level.WARN)
    assert "ended" in one.health()[-1].text
    assert len(one.frames) == 3
    one.camera.restart_recording()
    wait_for(lambda: len(one.frames) > 3)


def test_a_camera_that_hangs_in_closing_is_told_of_and_left_behind(rigs):
    stuck = LittleCamera(dies_after=2)
    released = threading.Event()
    stuck.close = lambda: released.wait(250)
    made = rig(rigs, stuck, LittleCamera())
    try:
        wait_for(lambda: any(item.level is Level.FAULT for item in made.health()))
        assert not released.is_set()
        wait_for(lambda: len(made.made) == 2 and len(made.frames) > 5)
        assert made.health()[-1].level is Level.OK
    finally:
        released.set()


def test_silence_is_noticed_within_two_seconds_of_the_kiosks_looking_twice_a_second(rigs):
    from device.kiosk import SUPERVISE_S

    assert camera_module.STALL_S + SUPERVISE_S <= 2.0


def test_a_camera_may_take_longer_to_its_first_picture(rigs):
    clock = ManualClock(10**12)
    one = rig(rigs, LittleCamera(hangs_after=0), clock=clock)
    wait_for(lambda: one.made and one.made[0].hanging.is_set())
    clock.advance(4.0)
    one.camera.supervise()
    assert one.health() == []
    clock.advance(7.0)
    one.camera.supervise()
    assert one.health()[-1].level is Level.FAULT


def test_a_camera_that_stays_away_is_logged_once(rigs, caplog):
    caplog.set_level(logging.WARNING)
    absent = [CameraError("There is no camera.", remedy="Plug one in.") for _ in range(3)]
    one = rig(rigs, *absent)
    wait_for(lambda: one.frames)
    said = [record.message for record in caplog.records if "There is no camera" in record.message]
    assert len(said) == 1
    assert one.camera.lost == 3, "it was tried again and again"


def test_a_camera_that_knows_of_the_light_is_listened_to(rigs):
    lit = LittleCamera()
    lit.health = HealthItem("light", Level.OK, "Light enough.")
    one = rig(rigs, lit)
    wait_for(lambda: one.frames)
    one.camera.supervise()
    assert [item.part for item in one.health()] == ["camera"], "light enough is no news"
    lit.health = HealthItem("light", Level.WARN, "Too dark.")
    one.camera.supervise()
    one.camera.supervise()
    lit.health = HealthItem("light", Level.OK, "Light enough.")
    one.camera.supervise()
    told = [item.level for item in one.health() if item.part == "light"]
    assert told == [Level.WARN, Level.OK]


def test_a_camera_that_cannot_be_closed_and_keeps_the_next_one_out_is_hopeless(rigs):
    clock = ManualClock(10**12)
    stuck, released = LittleCamera(dies_after=2), threading.Event()
    stuck.close = lambda: released.wait(250)
    busy = [CameraError("The camera is busy.") for _ in range(50)]
    made = rig(rigs, stuck, *busy, clock=clock)
    try:
        wait_for(lambda: made.camera._hanging)
        assert not made.camera.hopeless
        clock.advance(camera_module.HOPELESS_S + 1)
        assert made.camera.hopeless
    finally:
        released.set()
    wait_for(lambda: not made.camera.hopeless)


def test_a_silent_camera_whose_closing_hangs_is_hopeless_too(rigs):
    clock = ManualClock(10**12)
    silent, released, closings = LittleCamera(hangs_after=3), threading.Event(), []

    def close():
        closings.append(True)
        silent.closed.set()
        if len(closings) == 1:  # a second call returns at once, as the adapters' do
            released.wait(250)

    silent.close = close
    busy = [CameraError("The camera is busy.") for _ in range(50)]
    one = rig(rigs, silent, *busy, clock=clock)
    try:
        wait_for(silent.hanging.is_set)
        clock.advance(2.1)
        one.camera.supervise()
        wait_for(lambda: one.camera.lost >= 2)
        assert not one.camera.hopeless
        clock.advance(camera_module.HOPELESS_S + 1)
        assert one.camera.hopeless
    finally:
        released.set()


class Telling(LittleCamera):
    """Notes what its user had been told when it was closed."""

    def __init__(self, **trouble):
        super().__init__(**trouble)
        self.rig = None
        self.told = None

    def close(self):
        if self.told is None and self.rig is not None:
            self.told = [item.level for item in self.rig.health()]
        super().close()


@pytest.mark.parametrize("trouble", [{"dies_after": 3}, {"hangs_after": 3}])
def test_it_is_told_before_the_lost_camera_is_closed(rigs, trouble):
    """A library that hangs in closing may stop every thread: nothing could be said after it."""
    clock = ManualClock(10**12)
    camera = Telling(**trouble)
    one = Rig(camera, clock=clock)
    camera.rig = one
    rigs.append(one)
    one.camera.start()
    if "hangs_after" in trouble:
        wait_for(camera.hanging.is_set)
        clock.advance(2.1)
        one.camera.supervise()
    wait_for(lambda: camera.told is not None)
    assert camera.told[-1] is Level.FAULT
    wait_for(lambda: len(one.made) == 2 and one.health()[-1].level is Level.OK)


@pytest.mark.parametrize("trouble", [{"dies_after": 3}, {"hangs_after": 3}])
def test_a_lost_camera_is_closed_only_when_the_screen_says_so(rigs, trouble):
    clock = ManualClock(10**12)
    camera = Telling(**trouble)
    one = Rig(camera, clock=clock)
    camera.rig = one
    rigs.append(one)
    one.camera.drawn(())
    one.camera.start()
    if "hangs_after" in trouble:
        wait_for(camera.hanging.is_set)
        clock.advance(2.1)
        one.camera.supervise()
    wait_for(lambda: one.camera.lost)
    one.camera.drawn([item for item in one.health() if item.level is Level.OK])
    time.sleep(3 * camera_module.SAID_S)  # where nobody tells what is drawn, it would be closed now
    assert camera.told is None
    clock.advance(camera_module.ABANDON_S + 1)
    one.camera.supervise()
    assert camera.told is None, "time to say it is no time of closing"
    one.camera.drawn(one.health())
    wait_for(lambda: camera.told is not None)
    assert camera.told[-1] is Level.FAULT
    wait_for(lambda: len(one.made) == 2 and one.health()[-1].level is Level.OK)
