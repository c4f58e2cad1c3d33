-- Alerts from their first breach to their end, silences, and what holds a stage.
-- Documents (actions, readings, what was frozen) are JSON. Moments are milliseconds since the Unix epoch.

-- The alert that holds the feature's stage, as JSON; NULL when none does.
ALTER TABLE features ADD COLUMN hold TEXT COLLATE "C";

CREATE TABLE alerts (
    id              TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    migration_id    BIGINT           NOT NULL REFERENCES migrations (id),
    -- NULL when it is about the machine.
    feature_id      BIGINT           REFERENCES features (id),
    -- Which time it was that the feature was in a stage.
    entry           BIGINT,
    rule            TEXT COLLATE "C" NOT NULL,
    kind            TEXT COLLATE "C" NOT NULL CHECK (kind IN ('error_rate', 'excess_error_rate', 'latency_degradation', 'discrepancy_rate',
                                                     'shadow_error_rate', 'fallback_rate', 'no_traffic', 'system')),
    severity        TEXT COLLATE "C" NOT NULL CHECK (severity IN ('warning', 'critical')),
    action          TEXT COLLATE "C" NOT NULL,
    policy_version  BIGINT           NOT NULL,
    state           TEXT COLLATE "C" NOT NULL CHECK (state IN ('pending', 'firing', 'resolved')),
    pending_at      BIGINT           NOT NULL,
    fired_at        BIGINT,
    resolved_at     BIGINT,
    resolved_reason TEXT COLLATE "C",
    -- How long it has gone wrong while it is pending, and how long all has been well while it fires.
    held_ms         BIGINT           NOT NULL DEFAULT 0,
    clear_ms        BIGINT           NOT NULL DEFAULT 0,
    seen_at         BIGINT           NOT NULL,
    reading         TEXT COLLATE "C" NOT NULL,
    -- What it fired on.
    frozen          TEXT COLLATE "C",
    frozen_digest   TEXT COLLATE "C",
    acted           TEXT COLLATE "C" NOT NULL DEFAULT 'nothing' CHECK (acted IN ('nothing', 'held', 'rolled_back')),
    rollback_id     TEXT COLLATE "C",
    told            BOOLEAN          NOT NULL DEFAULT FALSE,
    -- Counts how often it was written.
    revision        BIGINT           NOT NULL CHECK (revision >= 1),
    CHECK ((fired_at IS NULL) = (state = 'pending')),
    CHECK ((resolved_at IS NULL) = (state <> 'resolved')),
    CHECK ((resolved_reason IS NULL) = (state <> 'resolved')),
    CHECK ((frozen IS NULL) = (frozen_digest IS NULL)),
    CHECK ((rollback_id IS NULL) = (acted <> 'rolled_back'))
);

-- A rule has one alert at a time about the same.
CREATE UNIQUE INDEX alerts_open ON alerts (migration_id, coalesce(feature_id, 0), rule) WHERE state <> 'resolved';
CREATE INDEX alerts_by_feature ON alerts (feature_id, id);

CREATE TABLE silences (
    id           TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    migration_id BIGINT           NOT NULL REFERENCES migrations (id),
    -- NULL for every feature, and for what is about the machine.
    feature_id   BIGINT           REFERENCES features (id),
    -- NULL for every rule.
    rule         TEXT COLLATE "C",
    starts_at    BIGINT           NOT NULL,
    ends_at      BIGINT           NOT NULL CHECK (ends_at > starts_at),
    reason       TEXT COLLATE "C" NOT NULL,
    actor        TEXT COLLATE "C" NOT NULL,
    -- When it was ended before its time, and by whom.
    ended_at     BIGINT,
    ended_by     TEXT COLLATE "C",
    CHECK ((ended_at IS NULL) = (ended_by IS NULL))
);

CREATE INDEX silences_by_end ON silences (ends_at);
