-- Programmes of runners (device/coach): which one, the personal targets, and what was done of it.
-- The programme itself is a file, known by its name. ended_ns: when it was left for another.

CREATE TABLE enrolments (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    runner_id INTEGER NOT NULL REFERENCES runners (id) ON DELETE CASCADE,
    programme TEXT NOT NULL CHECK (length(programme) BETWEEN 1 AND 80),
    since     TEXT NOT NULL,  -- a date
    left_on   TEXT,
    bands     TEXT NOT NULL DEFAULT '[]'
) STRICT;
CREATE UNIQUE INDEX one_programme ON enrolments (runner_id) WHERE left_on IS NULL;

-- session_id is NULL where nothing but the fact is kept: cancelled, or exercises that were ticked.
-- With the session goes what was made of its numbers.
CREATE TABLE programme_entries (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    enrolment_id INTEGER NOT NULL REFERENCES enrolments (id) ON DELETE CASCADE,
    session_id   INTEGER REFERENCES sessions (id) ON DELETE CASCADE,
    plan         INTEGER NOT NULL CHECK (plan >= 0),
    kind         TEXT NOT NULL,
    on_day       TEXT NOT NULL,
    minutes      REAL NOT NULL CHECK (minutes >= 0),
    planned      REAL NOT NULL CHECK (planned >= 0),
    ended        TEXT NOT NULL,
    feedback     REAL NOT NULL,
    speed_kmh    REAL,
    found        TEXT NOT NULL DEFAULT '{}'  -- each side with and without feedback, and at each speed
) STRICT;
CREATE INDEX entries_by_enrolment ON programme_entries (enrolment_id, id);
CREATE INDEX entries_by_session ON programme_entries (session_id);

-- What a runner has done of the coach's exercises (device/coach/exercise_plan.py), as JSON text; empty
-- when nothing.
ALTER TABLE runners ADD COLUMN exercises_json TEXT NOT NULL DEFAULT '';
