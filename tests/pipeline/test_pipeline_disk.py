"""The disk thread: saves, fails in words, and stops writing when nobody wants it any more."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from kiosk_fakes import GENEROUS_S, Tape, wait_for

from device.clock import MonotonicClock
from device.domain.basics import Reason
from device.domain.events import HealthChanged, SavingEnded, SavingMoved, StickCame
from device.domain.kiosk import HealthItem, Level, SaveProgress, StickState
from device.errors import StickAbsentError, StickError, StickFullError, StorageError
from device.hardware.sim.folder_stick import FolderStick
from device.pipeline.disk import Disk
from device.pipeline.disk_files import SessionFiles
from device.pipeline.watch import Watch, stick_item


class Rig:
    def __init__(self, folder: Path, export=None, stick=None, keeper=None):
        self.news = []
        self.tape = Tape()
        self.stick = stick or FolderStick(folder)
        self.disk = Disk(
            self.stick,
            self.tape,
            export or self.write,
            self.news.append,
            MonotonicClock(),
            keeper,
        )
        self.disk.start()
        self.clips = []

    def write(self, root, files, on_progress):
        on_progress(SaveProgress("Writing", 0.5))
        folder = root / "MIDSTANCE" / files.folder
        folder.mkdir(parents=True)
        for name, data in files.files.items():
            (folder / name).write_bytes(data)
        return folder

    def files(self, clip):
        self.clips.append(clip)
        return SessionFiles("session", {"a.txt": b"content"}, clip)

    def ended(self):
        return [event for event in self.news if isinstance(event, SavingEnded)]


@pytest.fixture
def make(tmp_path):
    made = []

    def rig(**more):
        (tmp_path / "stick").mkdir(exist_ok=True)
        made.append(Rig(tmp_path / "stick", **more))
        return made[-1]

    yield rig
    for rig_ in made:
        assert rig_.disk.stop(GENEROUS_S)


def test_a_session_is_written_with_the_clip_of_its_stop(make, tmp_path):
    rig = make()
    rig.tape.times = [1, 2, 3, 4, 5]
    rig.disk.keep_clip(1, 2, 4)
    rig.disk.save(1, rig.files)
    wait_for(rig.ended)
    rig.tape.times = [9]
    assert rig.ended() == [SavingEnded(1, "MIDSTANCE/session")]
    assert (tmp_path / "stick/MIDSTANCE/session/a.txt").read_bytes() == b"content"
    assert [packet.t_ns for packet in rig.clips[0][1]] == [2, 3, 4]
    moved = [event.doing for event in rig.news if isinstance(event, SavingMoved)]
    assert moved == ["Looking for the stick", "Writing", "Finishing"]


def test_without_pictures_there_is_no_clip(make):
    rig = make()
    rig.disk.keep_clip(1, 2, 4)
    rig.disk.save(1, rig.files)
    wait_for(rig.ended)
    assert rig.clips == [None]


def test_an_unplayable_clip_is_left_out_and_that_is_said(make, tmp_path):
    def export(root, files, on_progress):
        if files.clip is not None and rig.export_fails:
            raise StorageError("clip.mp4 cannot be played.", remedy="Save without it.")
        return rig.write(root, files, on_progress)

    rig = make(export=export)
    rig.export_fails = True
    rig.tape.times = [1, 2, 3]
    rig.disk.keep_clip(1, 1, 3)
    rig.disk.save(1, rig.files)
    wait_for(rig.ended)
    assert rig.ended() == [SavingEnded(1, "MIDSTANCE/session")]
    assert [clip is None for clip in rig.clips] == [False, True]
    (item,) = [event.item for event in rig.news if isinstance(event, HealthChanged)]
    assert (item.part, item.level) == ("clip", Level.WARN)
    assert "without its clip" in item.text
    rig.tape.times = [4, 5]
    rig.disk.keep_clip(2, 4, 5)
    rig.export_fails = False
    rig.disk.save(2, lambda clip: SessionFiles("second", {"a.txt": b""}, clip))
    wait_for(lambda: len(rig.ended()) == 2)
    levels = [event.item.level for event in rig.news if isinstance(event, HealthChanged)]
    assert levels == [Level.WARN, Level.OK], "a clip that can be played ends the warning"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (StickFullError("Full.", remedy="Another."), "stick_full"),
        (StickAbsentError("Gone.", remedy="Back."), "stick_absent"),
        (StickError("Odd.", remedy="Again."), "not_saved"),
        (PermissionError("no"), "not_saved"),
    ],
)
def test_a_failure_is_told_in_words_and_can_be_tried_again(make, error, code):
    fails = [error]

    def export(root, files, on_progress):
        if fails:
            raise fails.pop()
        return rig.write(root, files, on_progress)

    rig = make(export=export)
    rig.disk.save(1, rig.files)
    wait_for(rig.ended)
    problem = rig.ended()[0].problem
    assert problem.code == code
    assert problem.message
    assert problem.remedy
    rig.disk.save(1, rig.files)
    wait_for(lambda: len(rig.ended()) == 2)
    assert rig.ended()[1].problem is None


class Shelf:
    """Keeps sessions in memory."""

    def __init__(self, full=False, gone=()):
        self.kept, self.full, self.gone = [], full, gone

    def count(self):
        return len(self.kept)

    def keep(self, files, on_progress):
        on_progress(SaveProgress("Writing", 0.5))
        if self.full:
            raise StorageError("This device's disk is full.", remedy="Put a stick in.")
        self.kept.append(files.folder)
        return self.gone

    def deliver(self, root, on_progress):
        on_progress(SaveProgress("Writing", 0.5))
        if self.full:
            raise StickFullError("Full.", remedy="Another.")
        count = len(self.kept)
        self.kept.clear()
        return count


def storage_says(rig):
    items = [e.item for e in rig.news if isinstance(e, HealthChanged) and e.item.part == "storage"]
    return [(item.level, item.text) for item in items]


def test_a_session_is_kept_and_delivered_when_asked(make):
    shelf = Shelf()
    rig = make(keeper=shelf)
    rig.disk.keep(1, rig.files)
    wait_for(rig.ended)
    assert rig.ended() == [SavingEnded(1, kept=True)]
    assert shelf.kept == ["session"]
    rig.disk.deliver()
    wait_for(lambda: "Safe to remove" in storage_says(rig)[-1][1])
    assert shelf.kept == []
    texts = [text for _, text in storage_says(rig)]
    assert texts[0] == "1 session waits on this device for a stick."
    assert "Leave it in" in texts[-3] or "Leave it in" in texts[-2]


def test_what_cannot_be_kept_or_had_to_go_for_it_is_told(make):
    rig = make(keeper=Shelf(full=True))
    rig.disk.keep(1, rig.files)
    wait_for(rig.ended)
    assert "disk is full" in rig.ended()[0].problem.message
    gone = Reason("outbox_overflow", "The session x had to go.", "Put a stick in.")
    rig = make(keeper=Shelf(gone=(gone,)))
    rig.disk.keep(1, rig.files)
    wait_for(rig.ended)
    assert storage_says(rig) == [(Level.WARN, "The session x had to go.")]


def test_a_stick_too_full_for_what_waits_still_takes_the_session(make):
    shelf = Shelf(full=True)
    shelf.kept = ["old"]
    rig = make(keeper=shelf)
    rig.disk.save(1, rig.files)
    wait_for(rig.ended)
    assert rig.ended() == [SavingEnded(1, "MIDSTANCE/session")]
    assert shelf.kept == ["old"]


def test_a_device_that_keeps_nothing_says_nothing(make):
    rig = make()
    rig.disk.deliver()
    rig.disk.keep(1, rig.files)
    wait_for(rig.ended)
    assert rig.ended()[0].problem is not None
    assert storage_says(rig) == []


def test_dismissing_ends_the_writing(make):
    began, go_on, left_by = threading.Event(), threading.Event(), []

    def export(root, files, on_progress):
        began.set()
        assert go_on.wait(GENEROUS_S)
        try:
            on_progress(SaveProgress("Writing", 0.1))
        except Exception as error:
            left_by.append(error)
            raise
        raise AssertionError("it was not ended")

    rig = make(export=export)
    rig.disk.save(1, rig.files)
    assert began.wait(GENEROUS_S)
    rig.disk.forget(1)
    go_on.set()
    wait_for(lambda: left_by)
    began.clear()
    go_on.clear()
    rig.disk.save(2, rig.files)
    assert began.wait(GENEROUS_S), "the next session can be saved"
    assert rig.ended() == []
    rig.disk.forget(2)
    go_on.set()


def test_a_failed_unmount_is_no_reason_to_write_twice(make, tmp_path):
    class Sticky(FolderStick):
        finished = 0

        def finish(self):
            self.finished += 1
            if self.finished == 1:
                raise StickError("It is busy.", remedy="Try again.")

    rig = make(stick=Sticky(tmp_path / "stick"))
    rig.disk.save(1, rig.files)
    wait_for(rig.ended)
    assert rig.ended()[0].problem is not None
    rig.disk.save(1, rig.files)
    wait_for(lambda: len(rig.ended()) == 2)
    assert rig.ended()[1] == SavingEnded(1, "MIDSTANCE/session")
    assert len(list((tmp_path / "stick/MIDSTANCE").iterdir())) == 1


def test_the_watch_tells_of_news_only_and_of_a_stick_that_comes(tmp_path):
    news = []
    power = [HealthItem("power", Level.OK, "enough")]
    watch = Watch(
        FolderStick(tmp_path / "stick"),
        [lambda: power[0], lambda: None],
        news.append,
        MonotonicClock(),
        every_s=0.01,
    )
    watch.start()
    try:
        wait_for(lambda: news)
        assert [(e.item.part, e.item.level) for e in news] == [("stick", Level.WARN)]
        (tmp_path / "stick").mkdir()
        wait_for(lambda: StickCame() in news)
        for item in (HealthItem("power", Level.WARN, "too little"), power[0]):
            power[0] = item
            wait_for(lambda wanted=item: news[-1] == HealthChanged(wanted))
        assert len([e for e in news if e == StickCame()]) == 1
    finally:
        assert watch.stop(GENEROUS_S)


def test_a_stick_in_words():
    assert stick_item(StickState(False)).level is Level.WARN
    assert stick_item(StickState(True, "BLUE", 10**10)).text == "BLUE, 10.0 GB free"
    assert stick_item(StickState(True, "BLUE", 10**6)).level is Level.WARN
    assert stick_item(StickState(True, "BLUE", 10**10, "It is locked.")).text == "It is locked."
    assert stick_item(StickState(True, "BLUE", None), simulated=True).simulated
