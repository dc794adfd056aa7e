"""What was made of the frames goes on to the disk, two seconds at a time."""

from __future__ import annotations

from store_makers import rows

from device.pipeline.tape import ROWS, Tape


def played(given, session=1):
    written = []
    tape = Tape(lambda number, part: written.append((number, list(part))))
    for row in given:
        tape.add(session, row)
    return tape, written


def test_no_more_than_two_seconds_wait_at_any_rate():
    for fps in (10.0, 30.0, 60.0, 120.0):
        given = rows(400, fps=fps)
        tape, written = played(given)
        waiting = len(given) - sum(len(part) for _, part in written)
        assert waiting / fps <= 2.2
        assert max(len(part) for _, part in written) <= ROWS
        tape.flush(1)
        assert [row for _, part in written for row in part] == given


def test_what_belongs_to_another_session_is_not_mixed_in():
    tape, written = played(rows(5))
    tape.flush(2)
    assert written == []
    tape.add(2, rows(1)[0])
    tape.flush(1)
    tape.flush(2)
    tape.flush(2)
    assert [(number, len(part)) for number, part in written] == [(2, 1)]
