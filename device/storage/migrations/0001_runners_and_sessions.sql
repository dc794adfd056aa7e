-- Runners, sessions, their analyses and pictures. device/storage/README.md tells of each.

CREATE TABLE runners (
    id            INTEGER PRIMARY KEY,
    code          TEXT NOT NULL UNIQUE COLLATE NOCASE CHECK (length(code) BETWEEN 1 AND 40),
    added_ns      INTEGER NOT NULL,
    target_low_deg  REAL,
    target_high_deg REAL,
    personal_json TEXT NOT NULL DEFAULT '',
    CHECK ((target_low_deg IS NULL) = (target_high_deg IS NULL))
) STRICT;

-- One row for every time the machine was switched on and a session was begun or ended.
-- offset_ns: the wall clock less the monotonic one, as last read during that boot.
-- right: whether that reading can be trusted.
CREATE TABLE boots (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    boot      TEXT NOT NULL UNIQUE,
    offset_ns INTEGER NOT NULL,
    right     INTEGER NOT NULL CHECK (right IN (0, 1))
) STRICT;

CREATE TABLE sessions (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid          TEXT NOT NULL UNIQUE,
    runner_id     INTEGER REFERENCES runners (id) ON DELETE RESTRICT,
    boot_id       INTEGER NOT NULL REFERENCES boots (id),
    started_ns    INTEGER NOT NULL,  -- wall clock as read at the start, since 1970 in UTC
    zone_min      INTEGER NOT NULL,  -- the zone it was shown in
    monotonic_ns  INTEGER NOT NULL,  -- the monotonic clock at that moment
    offset_ns     INTEGER NOT NULL,  -- wall less monotonic at that moment
    duration_s    REAL,
    began_ns      INTEGER NOT NULL,  -- zero of the track's times, on the scale of its stamps
    station       TEXT NOT NULL,
    profile       TEXT NOT NULL,
    config_hash   TEXT NOT NULL,
    version       TEXT NOT NULL,
    camera        TEXT NOT NULL,
    camera_fps    REAL,
    above_hips_m  REAL,
    distance_m    REAL,
    hfov_deg      REAL,
    roll_deg      REAL,
    use_standing_zero INTEGER NOT NULL CHECK (use_standing_zero IN (0, 1)),
    speed_kmh     REAL,
    overridden    TEXT NOT NULL,
    simulated     TEXT NOT NULL,
    settings      TEXT NOT NULL,
    cut_off       INTEGER NOT NULL DEFAULT 0 CHECK (cut_off IN (0, 1)),
    deleting      INTEGER NOT NULL DEFAULT 0 CHECK (deleting IN (0, 1))
) STRICT;
CREATE INDEX sessions_by_runner ON sessions (runner_id, id);

CREATE TABLE feedback_blocks (
    session_id INTEGER NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    number     INTEGER NOT NULL,
    from_s     REAL NOT NULL,
    to_s       REAL NOT NULL CHECK (to_s >= from_s),
    visible    INTEGER NOT NULL CHECK (visible IN (0, 1)),
    PRIMARY KEY (session_id, number)
) STRICT, WITHOUT ROWID;

-- The numbers. original: what the runner was shown; others were made later from the track.
CREATE TABLE analyses (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    session_id    INTEGER NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    original      INTEGER NOT NULL CHECK (original IN (0, 1)),
    made_ns       INTEGER NOT NULL,
    version       TEXT NOT NULL,
    algorithm_version TEXT NOT NULL,
    verdict       TEXT NOT NULL,
    method        TEXT,
    left_deg      REAL,
    right_deg     REAL,
    cadence_spm   REAL,
    document      TEXT NOT NULL  -- the analysis without its steps
) STRICT;
CREATE UNIQUE INDEX one_original ON analyses (session_id) WHERE original = 1;
CREATE INDEX analyses_by_session ON analyses (session_id, id);

CREATE TABLE steps (
    analysis_id INTEGER NOT NULL REFERENCES analyses (id) ON DELETE CASCADE,
    number      INTEGER NOT NULL,
    side        TEXT NOT NULL CHECK (side IN ('left', 'right')),
    strike_s    REAL NOT NULL,
    midstance_s REAL NOT NULL,
    toe_off_s   REAL,
    midstance_drop_deg REAL,
    peak_drop_deg      REAL,
    excursion_deg      REAL,
    hip_lock_deg       REAL,
    valid       INTEGER NOT NULL CHECK (valid IN (0, 1)),
    reason      TEXT,
    PRIMARY KEY (analysis_id, number)
) STRICT, WITHOUT ROWID;

-- Freeze-frames by key ("freeze-left"), as JPEG; meta: what was measured in them.
CREATE TABLE pictures (
    session_id INTEGER NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    key        TEXT NOT NULL,
    jpeg       BLOB NOT NULL,
    meta       TEXT NOT NULL,
    PRIMARY KEY (session_id, key)
) STRICT, WITHOUT ROWID;
