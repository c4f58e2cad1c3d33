-- Checks of what is recorded of files against what the sides have, and what they found.
-- Moments are milliseconds since the Unix epoch.

CREATE TABLE checks (
    id         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    mode       TEXT    NOT NULL CHECK (mode IN ('full', 'quick')),
    asked_by   TEXT    NOT NULL,
    asked_at   INTEGER NOT NULL,
    started_at INTEGER,
    -- When it last told how far it has come.
    noted_at   INTEGER,
    state      TEXT    NOT NULL CHECK (state IN ('waiting', 'running', 'complete', 'failed', 'interrupted')),
    ended_at   INTEGER,
    error      TEXT,
    records    INTEGER NOT NULL DEFAULT 0 CHECK (records >= 0),
    objects    INTEGER NOT NULL DEFAULT 0 CHECK (objects >= 0),
    bytes      INTEGER NOT NULL DEFAULT 0 CHECK (bytes >= 0),
    found      INTEGER NOT NULL DEFAULT 0 CHECK (found >= 0),
    CHECK ((ended_at IS NULL) = (state IN ('waiting', 'running')))
) STRICT;

-- One at a time, whichever process it is that looks.
CREATE UNIQUE INDEX checks_open ON checks ((1)) WHERE state IN ('waiting', 'running');

CREATE TABLE findings (
    id         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    kind       TEXT    NOT NULL CHECK (kind IN ('no_checksum', 'checksum_mismatch', 'no_object', 'no_record',
                                               'sides_differ', 'not_queued', 'unreadable')),
    -- Empty where it is about both.
    side       TEXT    NOT NULL CHECK (side IN ('', 'legacy', 'candidate')),
    -- The id of a file or, of an object without a record, its name on that side.
    subject    TEXT    NOT NULL,
    feature_id INTEGER REFERENCES features (id),
    detail     TEXT    NOT NULL,
    repairs    TEXT    NOT NULL,
    found_at   INTEGER NOT NULL,
    last_check INTEGER NOT NULL REFERENCES checks (id),
    last_error TEXT,
    closed_at  INTEGER,
    -- Who had it mended, and how; neither when it was not found again.
    closed_by  TEXT,
    repair     TEXT,
    CHECK (closed_at IS NOT NULL OR closed_by IS NULL),
    CHECK ((closed_by IS NULL) = (repair IS NULL))
) STRICT;

-- Found again, it is the same; found after it was closed, it is another.
CREATE UNIQUE INDEX findings_open ON findings (kind, side, subject) WHERE closed_at IS NULL;
CREATE INDEX findings_by_age ON findings (closed_at, id);
CREATE INDEX findings_by_subject ON findings (subject);
