"""The store as the disk thread uses it: every request is answered, no failure costs a session."""

from __future__ import annotations

from dataclasses import replace

from store_makers import DAY, a_start, a_summary, finished, kept, rows

from device.clock import ManualClock
from device.domain.basics import Side
from device.domain.events import (
    ComparisonRead,
    EnduranceRead,
    HealthChanged,
    HistoryRead,
    RunnersRead,
    SessionKept,
)
from device.domain.history import AnalysisMade, Runner
from device.domain.kiosk import Level
from device.domain.results import Step
from device.errors import StorageError
from device.pipeline.records import PART, Records, version_key

FULL = StorageError("This device's disk is full.", remedy="Save to a stick.")


class MemoryStore:
    """A store in memory. `fails`: what it throws at writing, while it is set."""

    notes = ()

    def __init__(self) -> None:
        self.fails: StorageError | None = None
        self.people: dict[str, Runner] = {}
        self.begun: dict[str, list] = {}
        self.sessions: dict[str, object] = {}
        self.clips: dict[str, object] = {}
        self.versions: dict[str, list[str]] = {}
        self.dropped: list[str] = []
        self.idled = 0
        self.closed = False

    def _write(self) -> None:
        if self.fails is not None:
            raise self.fails

    def runners(self):
        return tuple(self.people.values())

    def add_runner(self, code):
        self._write()
        return self.people.setdefault(code, Runner(len(self.people) + 1, code))

    def remember(self, code, *, target_deg=None, personal_json=None, exercises_json=None):
        self._write()
        self.people[code] = replace(self.add_runner(code), target_deg=target_deg)
        return self.people[code]

    def begin(self, start):
        self._write()
        self.begun[start.uuid] = []

    def add_track(self, uuid, rows):
        self._write()
        self.begun[uuid] += rows

    def keep(self, session, clip=None):
        self._write()
        number = len(self.sessions) + 1
        self.sessions[session.start.uuid] = replace(
            kept(session.summary, number, DAY), uuid=session.start.uuid
        )
        self.clips[session.start.uuid] = clip
        self.versions[session.start.uuid] = [session.start.algorithm_version]

    def drop(self, uuid):
        self.dropped.append(uuid)
        self.begun.pop(uuid, None)

    def history(self, runner=None, most=200):
        return tuple(self.sessions.values())[::-1]

    def read(self, uuid, algorithm_version=None):
        session = self.sessions[uuid]
        made = AnalysisMade(algorithm_version or "1", DAY, True)
        return replace(session, analysis=made)

    def analyses(self, uuid):
        return tuple(AnalysisMade(version, DAY, True) for version in self.versions[uuid])

    def freeze_frames(self, uuid):
        return ()

    def delete(self, uuid):
        self._write()
        del self.sessions[uuid]

    def idle(self):
        self.idled += 1

    def close(self):
        self.closed = True


class Rig:
    def __init__(self, opening=None) -> None:
        self.store, self.news, self.clock = MemoryStore(), [], ManualClock(10**9)
        self.opening, self.opened = opening or [], 0

        def open_store():
            self.opened += 1
            if self.opening:
                raise self.opening.pop(0)
            return self.store

        self.records = Records(open_store, self.news.append, self.clock)

    def run(self, number=1, **more):
        session = finished(a_start(**more))
        self.records.begin(number, session.start)
        self.records.add_track(number, rows(10))
        self.records.keep(number, session, "clip")
        return session.start.uuid

    def last(self, kind):
        return [event for event in self.news if isinstance(event, kind)][-1]

    def health(self):
        items = [event.item for event in self.news if isinstance(event, HealthChanged)]
        assert all(item.part == PART for item in items)
        return items[-1] if items else None

    def later(self, seconds=60):
        self.clock.advance(seconds)
        self.records.idle()


def test_a_session_is_kept_with_its_clip_and_said_to_be():
    rig = Rig()
    uuid = rig.run()
    assert rig.last(SessionKept) == SessionKept(1, uuid)
    assert rig.store.clips == {uuid: "clip"}
    assert len(rig.store.begun[uuid]) == 10
    rig.records.forget(1)
    assert rig.store.dropped == [], "what was kept is not dropped at the end of the session"
    assert rig.health().level is Level.OK


def test_what_a_full_disk_refused_is_kept_once_there_is_room():
    rig = Rig()
    rig.records.open()
    rig.store.fails = FULL
    uuid = rig.run()
    answer = rig.last(SessionKept)
    assert answer.problem.message == FULL.what
    assert answer.problem.remedy
    assert rig.health().level is Level.WARN
    rig.records.forget(1)
    assert rig.store.dropped == []
    rig.later()
    assert rig.store.sessions == {}
    assert len([event for event in rig.news if isinstance(event, SessionKept)]) == 1, "said once"
    rig.store.fails = None
    rig.later()
    assert list(rig.store.sessions) == [uuid]
    assert rig.last(SessionKept) == SessionKept(1, uuid)
    assert rig.health().level is Level.OK
    rig.later()
    assert len(rig.store.sessions) == 1


def test_only_so_many_wait_in_memory():
    rig = Rig()
    rig.store.fails = FULL
    uuids = [rig.run(number) for number in range(1, 6)]
    rig.store.fails = None
    rig.later()
    assert list(rig.store.sessions) == uuids[-3:]


def test_a_session_that_was_cancelled_is_dropped():
    rig = Rig()
    start = a_start()
    rig.records.begin(1, start)
    rig.records.add_track(1, rows(10))
    rig.records.forget(1)
    assert rig.store.dropped == [start.uuid]
    rig.records.add_track(1, rows(10))
    assert rig.store.begun == {}, "what comes late is nobody's"


def test_a_track_that_cannot_be_written_is_said_once():
    rig = Rig()
    rig.records.begin(1, a_start())
    rig.store.fails = FULL
    before = len(rig.news)
    for _ in range(5):
        rig.records.add_track(1, rows(10))
    assert len(rig.news) == before + 1


def test_a_store_that_cannot_be_opened_is_told_and_tried_again():
    newer = StorageError("It was made by a newer Midstance.", remedy="Install that.")
    rig = Rig(opening=[newer, newer])
    rig.records.open()
    assert rig.health().level is Level.WARN
    assert "newer" in rig.health().text
    rig.records.read_runners()
    assert rig.last(RunnersRead).problem.message == newer.what
    assert rig.opened == 1, "not with every question"
    rig.clock.advance(11)
    rig.records.read_history(None)
    assert rig.last(HistoryRead).problem is not None
    rig.clock.advance(11)
    rig.records.read_runners()
    assert rig.last(RunnersRead).problem is None
    assert rig.health().level is Level.OK


def test_runners_are_added_and_remembered():
    rig = Rig()
    rig.records.read_runners(add="P-1")
    assert rig.last(RunnersRead).added.code == "P-1"
    rig.records.remember("P-1", (2.0, 4.0), None)
    assert rig.last(RunnersRead).runners[0].target_deg == (2.0, 4.0)
    rig.store.fails = FULL
    rig.records.read_runners(add="P-2")
    assert rig.last(RunnersRead).problem is not None


def test_history_comes_with_both_sides_trends():
    rig = Rig()
    for number in range(1, 5):
        rig.run(number)
    rig.records.read_history("P-017")
    read = rig.last(HistoryRead)
    assert len(read.sessions) == 4
    assert [trend.side for trend in read.trends] == [Side.LEFT, Side.RIGHT]
    assert len(read.trends[0].points) == 4


def test_the_earlier_session_is_always_the_one_before():
    rig = Rig()
    first, second = rig.run(1), rig.run(2)
    for asked in ((first, second), (second, first)):
        rig.records.compare(*asked)
        answer = rig.last(ComparisonRead)
        assert (answer.before, answer.after) == asked
        assert answer.comparison.before.uuid == first
        assert answer.comparison.refusal is None


def test_sessions_are_compared_by_the_newest_version_that_analysed_both():
    rig = Rig()
    first, second = rig.run(1), rig.run(2)
    rig.store.versions = {first: ["1", "1.9", "1.10"], second: ["1.9", "1.10"]}
    rig.records.compare(first, second)
    found = rig.last(ComparisonRead).comparison
    assert found.before.analysis.algorithm_version == "1.10"
    assert found.after.analysis.algorithm_version == "1.10"
    assert version_key("2") > version_key("1.10") > version_key("1.9")


def test_deleting_answers_with_what_is_left():
    rig = Rig()
    first, second = rig.run(1), rig.run(2)
    rig.records.delete(first, "P-017")
    assert [session.uuid for session in rig.last(HistoryRead).sessions] == [second]
    rig.store.fails = FULL
    rig.records.delete(second, "P-017")
    assert rig.last(HistoryRead).problem is not None


def test_it_rests_while_somebody_runs():
    rig = Rig()
    rig.records.open()
    rig.later()
    assert rig.store.idled == 1
    rig.records.begin(1, a_start())
    rig.later()
    assert rig.store.idled == 1
    assert a_summary().steps
    rig.records.close()
    assert rig.store.closed


def every_third_of_a_second(minutes: float) -> tuple[Step, ...]:
    count = round(minutes * 60 * 3)
    sides = (Side.LEFT, Side.RIGHT)
    times = ((k / 3, sides[k % 2]) for k in range(count))
    return tuple(
        Step(side, t_s - 0.1, t_s, t_s + 0.15, 5.0 + 0.2 * (k % 7), 6.0, 2.0, 2.0)
        for k, (t_s, side) in enumerate(times)
    )


def test_long_runs_are_read_newest_first_and_short_ones_left_out():
    rig = Rig()
    for number, minutes in enumerate((12.0, 5.0, 15.0, 11.0), 1):
        summary = replace(a_summary(), steps=every_third_of_a_second(minutes))
        undated = {"date_known": False} if number == 4 else {}
        session = kept(summary, number, DAY, duration_s=60 * minutes, **undated)
        rig.store.sessions[session.uuid] = session
    empty = kept(replace(a_summary(), steps=()), 5, DAY, duration_s=900.0)
    rig.store.sessions[empty.uuid] = empty
    rig.records.read_endurance(None)
    runs = rig.last(EnduranceRead).runs
    assert [round(run.minutes) for run in runs] == [11, 15, 12]
    assert [run.started for run in runs] == [None, DAY, DAY]
    assert runs[1].left is not None
    assert len(runs[1].left.minutes) == 15
    assert not runs[1].left.clear
    broken = Rig([FULL])
    broken.records.read_endurance("P-017")
    told = broken.last(EnduranceRead)
    assert (told.runner, told.runs) == ("P-017", ())
    assert told.problem.message == FULL.what
