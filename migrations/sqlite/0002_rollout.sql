-- Policies, stage entries, sign-offs, rollbacks and the audit chain.
-- Documents (policies, reports, evidence, what a rollback covers) are JSON. Moments are milliseconds since the Unix epoch.

CREATE TABLE policies (
    migration_id INTEGER NOT NULL REFERENCES migrations (id),
    version      INTEGER NOT NULL CHECK (version >= 1),
    document     TEXT    NOT NULL,
    at           INTEGER NOT NULL,
    actor        TEXT    NOT NULL,
    reason       TEXT    NOT NULL,
    PRIMARY KEY (migration_id, version)
) STRICT, WITHOUT ROWID;

-- What is there already has asked for the default policy all along.
INSERT INTO policies (migration_id, version, document, at, actor, reason)
SELECT id, 1,
    '{"stages":[{"name":"shadow","percentage":0,"criteria":[{"kind":"comparisons","at_least":50},{"kind":"shadow_error_rate","limit":0.05,"assurance":"proven"},{"kind":"discrepancy_rate","limit":0.02,"assurance":"proven"},{"kind":"dwell","hours":24},{"kind":"freshness","minutes":15}],"sign_offs":{"manager":1,"tool":0}},{"name":"1%","percentage":1,"criteria":[{"kind":"error_rate","limit":0.01,"assurance":"proven"},{"kind":"latency_degradation","limit":0.05,"quantile":"p95","assurance":"proven"},{"kind":"dwell","hours":24},{"kind":"freshness","minutes":15}],"sign_offs":{"manager":1,"tool":0}},{"name":"10%","percentage":10,"criteria":[{"kind":"error_rate","limit":0.005,"assurance":"proven"},{"kind":"latency_degradation","limit":0.03,"quantile":"p95","assurance":"proven"},{"kind":"dwell","hours":72},{"kind":"freshness","minutes":15}],"sign_offs":{"manager":1,"tool":0}},{"name":"50%","percentage":50,"criteria":[{"kind":"error_rate","limit":0.002,"assurance":"proven"},{"kind":"latency_degradation","limit":0.02,"quantile":"p95","assurance":"proven"},{"kind":"dwell","hours":72},{"kind":"freshness","minutes":15}],"sign_offs":{"manager":1,"tool":0}},{"name":"100%","percentage":100,"criteria":[{"kind":"error_rate","limit":0.001,"assurance":"proven"},{"kind":"latency_degradation","limit":0.01,"quantile":"p95","assurance":"proven"},{"kind":"dwell","hours":48},{"kind":"freshness","minutes":15}],"sign_offs":{"manager":1,"tool":0}}],"prerequisites":[]}',
    created_at, 'system', 'the default policy'
FROM migrations;

-- Which time it is that the feature is in a stage, who let it in, and how long the stage's percentage was in effect.
ALTER TABLE features ADD COLUMN entry INTEGER NOT NULL DEFAULT 1 CHECK (entry >= 1);
ALTER TABLE features ADD COLUMN entered_by TEXT;
-- What was counted in the minute of the entry before it, as JSON; NULL when nothing was.
ALTER TABLE features ADD COLUMN before_entry TEXT;
ALTER TABLE features ADD COLUMN clock_elapsed_ms INTEGER NOT NULL DEFAULT 0 CHECK (clock_elapsed_ms >= 0);
ALTER TABLE features ADD COLUMN clock_running_since INTEGER;
UPDATE features SET clock_running_since = entered_at;

ALTER TABLE rollout_changes ADD COLUMN from_stage TEXT;
ALTER TABLE rollout_changes ADD COLUMN stage TEXT NOT NULL DEFAULT 'shadow';
ALTER TABLE rollout_changes ADD COLUMN policy_version INTEGER;
ALTER TABLE rollout_changes ADD COLUMN detail TEXT;
ALTER TABLE rollout_changes ADD COLUMN rollback_id TEXT;
-- What an override went past: a JSON list of texts.
ALTER TABLE rollout_changes ADD COLUMN overridden TEXT NOT NULL DEFAULT '[]';
-- The gate report and its evidence as they were when the stage was left.
ALTER TABLE rollout_changes ADD COLUMN report TEXT;
ALTER TABLE rollout_changes ADD COLUMN evidence TEXT;

CREATE TABLE sign_offs (
    id             TEXT    NOT NULL PRIMARY KEY,
    feature_id     INTEGER NOT NULL REFERENCES features (id),
    entry          INTEGER NOT NULL,
    stage          TEXT    NOT NULL,
    policy_version INTEGER NOT NULL,
    decision       TEXT    NOT NULL CHECK (decision IN ('approved', 'rejected')),
    capacity       TEXT    NOT NULL CHECK (capacity IN ('manager', 'admin', 'tool')),
    reviewer       TEXT    NOT NULL,
    person         TEXT    NOT NULL,
    comment        TEXT    NOT NULL,
    tool           TEXT,
    report         TEXT    NOT NULL,
    report_digest  TEXT    NOT NULL,
    evidence       TEXT    NOT NULL,
    at             INTEGER NOT NULL
) STRICT;

CREATE INDEX sign_offs_by_feature ON sign_offs (feature_id, entry);

CREATE TABLE rollbacks (
    id           TEXT    NOT NULL PRIMARY KEY,
    kind         TEXT    NOT NULL CHECK (kind IN ('feature', 'gradual', 'emergency')),
    migration_id INTEGER REFERENCES migrations (id),
    feature_id   INTEGER REFERENCES features (id),
    plan         TEXT,
    covered      TEXT    NOT NULL,
    at           INTEGER NOT NULL,
    actor        TEXT    NOT NULL,
    reason       TEXT    NOT NULL,
    progress     TEXT    NOT NULL
        CHECK (progress IN ('stepping', 'in_effect', 'verified', 'cancelled', 'pre_empted')),
    in_effect_at INTEGER,
    verified_at  INTEGER,
    ended_at     INTEGER,
    ended_by     TEXT
) STRICT;

CREATE INDEX rollbacks_by_age ON rollbacks (at);
-- At most one gradual rollback a feature is under way.
CREATE UNIQUE INDEX rollbacks_stepping ON rollbacks (feature_id) WHERE progress = 'stepping';
CREATE INDEX rollbacks_unproved ON rollbacks (at) WHERE progress IN ('stepping', 'in_effect');

-- `body` is what the hash is of; the other columns repeat parts of it for filters.
CREATE TABLE audit_events (
    seq       INTEGER NOT NULL PRIMARY KEY,
    at        INTEGER NOT NULL,
    actor     TEXT    NOT NULL,
    action    TEXT    NOT NULL,
    migration TEXT,
    feature   TEXT,
    body      TEXT    NOT NULL,
    hash      TEXT    NOT NULL
) STRICT;

CREATE INDEX audit_events_by_feature ON audit_events (feature, seq);
CREATE INDEX audit_events_by_actor ON audit_events (actor, seq);

CREATE TRIGGER audit_events_are_never_altered BEFORE UPDATE ON audit_events
BEGIN
    SELECT RAISE(ABORT, 'audit events are append-only');
END;

CREATE TRIGGER audit_events_are_never_removed BEFORE DELETE ON audit_events
BEGIN
    SELECT RAISE(ABORT, 'audit events are append-only');
END;

-- `REPLACE` removes without asking the trigger above.
CREATE TRIGGER audit_events_are_never_replaced BEFORE INSERT ON audit_events
WHEN EXISTS (SELECT 1 FROM audit_events WHERE seq = NEW.seq)
BEGIN
    SELECT RAISE(ABORT, 'audit events are append-only');
END;

-- Where the chain ends, so that a chain cut short is found.
CREATE TABLE audit_head (
    one  INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    seq  INTEGER NOT NULL,
    hash TEXT    NOT NULL
) STRICT;

-- What this installation signs with.
CREATE TABLE secrets (
    name  TEXT NOT NULL PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;
