"""Programmes of runners in the store: begun, gone on with, left, cut off, deleted."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import date

import pytest
from store_makers import Clock, a_start, an_estimate, finished, rows

from device.domain.basics import Side
from device.domain.coaching import Band, Coaching, Ended, Entry, Held, ProgrammeStep, SpeedPart
from device.domain.history import FeedbackBlock
from device.storage.store import Store

DAY = date(2026, 3, 2)
HELD = (
    Held(Side.LEFT, an_estimate(5.0), an_estimate(5.4), an_estimate(0.4), True),
    Held(Side.RIGHT, an_estimate(6.0), None),
)
PARTS = (SpeedPart(9.0, 0.0, 180.0, an_estimate(5.0), None), SpeedPart(12.0, 180.0, 360.0))
BANDS = (
    (Side.LEFT, Band(3.0, 6.1, True, an_estimate(8.1))),
    (Side.RIGHT, Band(3.0, 5.2, False, an_estimate(5.2))),
)
STEP = ProgrammeStep("retraining", 1, 11, "training", 15.0, 0.75, (), BANDS)


def an_entry(plan: int = 0, **changes) -> Entry:
    entry = Entry(plan, "baseline", DAY, 5.0, 5.0, Ended.WHOLE, 0.75, 10.0, None, HELD, PARTS)
    return replace(entry, **changes)


@pytest.fixture
def store(tmp_path):
    with closing(Store(tmp_path, clock=Clock(), keep_free_bytes=0)) as opened:
        yield opened


def kept(store: Store, entry: Entry, bands=(), **changes) -> str:
    start = a_start(runner="Anna", **changes)
    store.begin(start)
    store.add_track(start.uuid, rows(30))
    blocks = (FeedbackBlock(5.0, 50.0, True), FeedbackBlock(50.0, 65.0, False))
    store.keep(finished(start, entry=entry, bands=bands, feedback=blocks))
    return start.uuid


def test_a_programme_comes_back_as_it_was_entered(store):
    store.add_runner("Anna")
    assert store.coaching("Anna") is None
    assert store.coaching("Nobody") is None
    store.enrol("Anna", "retraining", DAY)
    assert store.coaching("anna") == Coaching("retraining", DAY)
    uuid = kept(store, an_entry(), BANDS)
    store.note_entry("Anna", an_entry(1, ended=Ended.CANCELLED, held=(), parts=()))
    found = store.coaching("Anna")
    assert found.entries == (
        an_entry(uuid=uuid),
        an_entry(1, ended=Ended.CANCELLED, held=(), parts=()),
    )
    assert found.bands == BANDS


def test_an_earlier_session_is_tied_to_its_entry(store):
    uuid = kept(store, an_entry())
    assert store.coaching("Anna") is None, "without a programme there is nothing to enter"
    store.enrol("Anna", "retraining", DAY)
    store.note_entry("Anna", an_entry(uuid=uuid, ended=Ended.TAKEN), BANDS)
    assert store.coaching("Anna").entries[0].uuid == uuid


def test_another_programme_begins_afresh_and_one_is_left(store):
    store.enrol("Anna", "retraining", DAY)
    store.note_entry("Anna", an_entry(), BANDS)
    store.enrol("Anna", "home", date(2026, 4, 1))
    assert store.coaching("Anna") == Coaching("home", date(2026, 4, 1))
    store.leave_programme("Anna", date(2026, 4, 2))
    assert store.coaching("Anna") is None


def test_with_a_session_goes_what_was_made_of_its_numbers(store, tmp_path):
    store.enrol("Anna", "retraining", DAY)
    first, second = kept(store, an_entry()), kept(store, an_entry(1))
    store.delete(first)
    assert [entry.uuid for entry in store.coaching("Anna").entries] == [second]
    store.delete_runner("Anna")
    assert store.runner("Anna") is None
    store.add_runner("Anna")
    assert store.coaching("Anna") is None


def test_a_session_that_lost_its_power_is_entered_and_does_not_count(tmp_path):
    with closing(Store(tmp_path, clock=Clock(), keep_free_bytes=0)) as store:
        store.enrol("Anna", "retraining", DAY)
        start = a_start(runner="Anna", programme=STEP)
        store.begin(start)
        store.add_track(start.uuid, rows(300))
    with closing(Store(tmp_path, clock=Clock("second"), keep_free_bytes=0)) as store:
        assert store.adopted == (start.uuid,)
        (entry,) = store.coaching("Anna").entries
        assert (entry.plan, entry.ended, entry.minutes) == (1, Ended.CUT_OFF, 0.0)
        assert entry.uuid == start.uuid
        assert store.track(start.uuid).header["programme"]["feedback"] == 0.75
