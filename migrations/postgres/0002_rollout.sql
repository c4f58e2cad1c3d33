-- Policies, stage entries, sign-offs, rollbacks and the audit chain.
-- Documents (policies, reports, evidence, what a rollback covers) are JSON. Moments are milliseconds since the Unix epoch.

CREATE TABLE policies (
    migration_id BIGINT           NOT NULL REFERENCES migrations (id),
    version      BIGINT           NOT NULL CHECK (version >= 1),
    document     TEXT COLLATE "C" NOT NULL,
    at           BIGINT           NOT NULL,
    actor        TEXT COLLATE "C" NOT NULL,
    reason       TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (migration_id, version)
);

-- Which time it is that the feature is in a stage, who let it in, and how long the stage's percentage was in effect.
ALTER TABLE features ADD COLUMN entry BIGINT NOT NULL DEFAULT 1 CHECK (entry >= 1);
ALTER TABLE features ADD COLUMN entered_by TEXT COLLATE "C";
-- What was counted in the minute of the entry before it, as JSON; NULL when nothing was.
ALTER TABLE features ADD COLUMN before_entry TEXT COLLATE "C";
ALTER TABLE features ADD COLUMN clock_elapsed_ms BIGINT NOT NULL DEFAULT 0 CHECK (clock_elapsed_ms >= 0);
ALTER TABLE features ADD COLUMN clock_running_since BIGINT;

ALTER TABLE rollout_changes ADD COLUMN from_stage TEXT COLLATE "C";
ALTER TABLE rollout_changes ADD COLUMN stage TEXT COLLATE "C" NOT NULL DEFAULT 'shadow';
ALTER TABLE rollout_changes ADD COLUMN policy_version BIGINT;
ALTER TABLE rollout_changes ADD COLUMN detail TEXT COLLATE "C";
ALTER TABLE rollout_changes ADD COLUMN rollback_id TEXT COLLATE "C";
-- What an override went past: a JSON list of texts.
ALTER TABLE rollout_changes ADD COLUMN overridden TEXT COLLATE "C" NOT NULL DEFAULT '[]';
-- The gate report and its evidence as they were when the stage was left.
ALTER TABLE rollout_changes ADD COLUMN report TEXT COLLATE "C";
ALTER TABLE rollout_changes ADD COLUMN evidence TEXT COLLATE "C";

CREATE TABLE sign_offs (
    id             TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    feature_id     BIGINT           NOT NULL REFERENCES features (id),
    entry          BIGINT           NOT NULL,
    stage          TEXT COLLATE "C" NOT NULL,
    policy_version BIGINT           NOT NULL,
    decision       TEXT COLLATE "C" NOT NULL CHECK (decision IN ('approved', 'rejected')),
    capacity       TEXT COLLATE "C" NOT NULL CHECK (capacity IN ('manager', 'admin', 'tool')),
    reviewer       TEXT COLLATE "C" NOT NULL,
    person         TEXT COLLATE "C" NOT NULL,
    comment        TEXT COLLATE "C" NOT NULL,
    tool           TEXT COLLATE "C",
    report         TEXT COLLATE "C" NOT NULL,
    report_digest  TEXT COLLATE "C" NOT NULL,
    evidence       TEXT COLLATE "C" NOT NULL,
    at             BIGINT           NOT NULL
);

CREATE INDEX sign_offs_by_feature ON sign_offs (feature_id, entry);

CREATE TABLE rollbacks (
    id           TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    kind         TEXT COLLATE "C" NOT NULL CHECK (kind IN ('feature', 'gradual', 'emergency')),
    migration_id BIGINT           REFERENCES migrations (id),
    feature_id   BIGINT           REFERENCES features (id),
    plan         TEXT COLLATE "C",
    covered      TEXT COLLATE "C" NOT NULL,
    at           BIGINT           NOT NULL,
    actor        TEXT COLLATE "C" NOT NULL,
    reason       TEXT COLLATE "C" NOT NULL,
    progress     TEXT COLLATE "C" NOT NULL
        CHECK (progress IN ('stepping', 'in_effect', 'verified', 'cancelled', 'pre_empted')),
    in_effect_at BIGINT,
    verified_at  BIGINT,
    ended_at     BIGINT,
    ended_by     TEXT COLLATE "C"
);

CREATE INDEX rollbacks_by_age ON rollbacks (at);
-- At most one gradual rollback a feature is under way.
CREATE UNIQUE INDEX rollbacks_stepping ON rollbacks (feature_id) WHERE progress = 'stepping';
CREATE INDEX rollbacks_unproved ON rollbacks (at) WHERE progress IN ('stepping', 'in_effect');

-- `body` is what the hash is of; the other columns repeat parts of it for filters.
CREATE TABLE audit_events (
    seq       BIGINT           NOT NULL PRIMARY KEY,
    at        BIGINT           NOT NULL,
    actor     TEXT COLLATE "C" NOT NULL,
    action    TEXT COLLATE "C" NOT NULL,
    migration TEXT COLLATE "C",
    feature   TEXT COLLATE "C",
    body      TEXT COLLATE "C" NOT NULL,
    hash      TEXT COLLATE "C" NOT NULL
);

CREATE INDEX audit_events_by_feature ON audit_events (feature, seq);
CREATE INDEX audit_events_by_actor ON audit_events (actor, seq);

CREATE FUNCTION refuse_to_alter_audit_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit events are append-only';
END;
$$;

CREATE TRIGGER audit_events_are_never_altered BEFORE UPDATE OR DELETE ON audit_events
    FOR EACH ROW EXECUTE FUNCTION refuse_to_alter_audit_events();

CREATE TRIGGER audit_events_are_never_emptied BEFORE TRUNCATE ON audit_events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_alter_audit_events();

-- Where the chain ends, so that a chain cut short is found.
CREATE TABLE audit_head (
    one  BIGINT           NOT NULL PRIMARY KEY CHECK (one = 1),
    seq  BIGINT           NOT NULL,
    hash TEXT COLLATE "C" NOT NULL
);

-- What this installation signs with.
CREATE TABLE secrets (
    name  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    value BYTEA            NOT NULL
);
