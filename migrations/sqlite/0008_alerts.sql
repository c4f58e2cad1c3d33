-- Alerts from their first breach to their end, silences, and what holds a stage.
-- Documents (actions, readings, what was frozen) are JSON. Moments are milliseconds since the Unix epoch.

-- The alert that holds the feature's stage, as JSON; NULL when none does.
ALTER TABLE features ADD COLUMN hold TEXT;

CREATE TABLE alerts (
    id              TEXT    NOT NULL PRIMARY KEY,
    migration_id    INTEGER NOT NULL REFERENCES migrations (id),
    -- NULL when it is about the machine.
    feature_id      INTEGER REFERENCES features (id),
    -- Which time it was that the feature was in a stage.
    entry           INTEGER,
    rule            TEXT    NOT NULL,
    kind            TEXT    NOT NULL CHECK (kind IN ('error_rate', 'excess_error_rate', 'latency_degradation', 'discrepancy_rate',
                                                     'shadow_error_rate', 'fallback_rate', 'no_traffic', 'system')),
    severity        TEXT    NOT NULL CHECK (severity IN ('warning', 'critical')),
    action          TEXT    NOT NULL,
    policy_version  INTEGER NOT NULL,
    state           TEXT    NOT NULL CHECK (state IN ('pending', 'firing', 'resolved')),
    pending_at      INTEGER NOT NULL,
    fired_at        INTEGER,
    resolved_at     INTEGER,
    resolved_reason TEXT,
    -- How long it has gone wrong while it is pending, and how long all has been well while it fires.
    held_ms         INTEGER NOT NULL DEFAULT 0,
    clear_ms        INTEGER NOT NULL DEFAULT 0,
    seen_at         INTEGER NOT NULL,
    reading         TEXT    NOT NULL,
    -- What it fired on.
    frozen          TEXT,
    frozen_digest   TEXT,
    acted           TEXT    NOT NULL DEFAULT 'nothing' CHECK (acted IN ('nothing', 'held', 'rolled_back')),
    rollback_id     TEXT,
    told            INTEGER NOT NULL DEFAULT 0 CHECK (told IN (0, 1)),
    -- Counts how often it was written.
    revision        INTEGER NOT NULL CHECK (revision >= 1),
    CHECK ((fired_at IS NULL) = (state = 'pending')),
    CHECK ((resolved_at IS NULL) = (state <> 'resolved')),
    CHECK ((resolved_reason IS NULL) = (state <> 'resolved')),
    CHECK ((frozen IS NULL) = (frozen_digest IS NULL)),
    CHECK ((rollback_id IS NULL) = (acted <> 'rolled_back'))
) STRICT;

-- A rule has one alert at a time about the same.
CREATE UNIQUE INDEX alerts_open ON alerts (migration_id, coalesce(feature_id, 0), rule) WHERE state <> 'resolved';
CREATE INDEX alerts_by_feature ON alerts (feature_id, id);

CREATE TABLE silences (
    id           TEXT    NOT NULL PRIMARY KEY,
    migration_id INTEGER NOT NULL REFERENCES migrations (id),
    -- NULL for every feature, and for what is about the machine.
    feature_id   INTEGER REFERENCES features (id),
    -- NULL for every rule.
    rule         TEXT,
    starts_at    INTEGER NOT NULL,
    ends_at      INTEGER NOT NULL CHECK (ends_at > starts_at),
    reason       TEXT    NOT NULL,
    actor        TEXT    NOT NULL,
    -- When it was ended before its time, and by whom.
    ended_at     INTEGER,
    ended_by     TEXT,
    CHECK ((ended_at IS NULL) = (ended_by IS NULL))
) STRICT;

CREATE INDEX silences_by_end ON silences (ends_at);
