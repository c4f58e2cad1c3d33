-- How a migration's results are compared, what second legacy runs showed, and examples of what differed.
-- Moments are milliseconds since the Unix epoch; an hour's `start` is in minutes since the epoch.

CREATE TABLE comparison_rules (
    migration_id INTEGER NOT NULL REFERENCES migrations (id),
    version      INTEGER NOT NULL CHECK (version >= 1),
    document     TEXT    NOT NULL,
    at           INTEGER NOT NULL,
    actor        TEXT    NOT NULL,
    reason       TEXT    NOT NULL,
    PRIMARY KEY (migration_id, version)
) STRICT, WITHOUT ROWID;

-- What is there already was compared without rules.
INSERT INTO comparison_rules (migration_id, version, document, at, actor, reason)
SELECT id, 1, '{"ignore":[],"tolerance":[],"unordered":[],"redact":[]}', created_at, 'system', 'no rules'
FROM migrations;

-- As before, with `order` among the kinds: a check cannot be altered.
CREATE TABLE discrepancy_hours_with_order (
    feature_id INTEGER NOT NULL REFERENCES features (id),
    start      INTEGER NOT NULL,
    operation  TEXT    NOT NULL,
    field      TEXT    NOT NULL,
    kind       TEXT    NOT NULL CHECK (kind IN ('missing', 'extra', 'type', 'value', 'order')),
    count      INTEGER NOT NULL,
    PRIMARY KEY (feature_id, start, operation, field, kind)
) STRICT, WITHOUT ROWID;

INSERT INTO discrepancy_hours_with_order SELECT feature_id, start, operation, field, kind, count FROM discrepancy_hours;
DROP TABLE discrepancy_hours;
ALTER TABLE discrepancy_hours_with_order RENAME TO discrepancy_hours;

-- Runs in which legacy was run twice, and in how many of them a field differed on which comparison.
CREATE TABLE second_run_hours (
    feature_id INTEGER NOT NULL REFERENCES features (id),
    start      INTEGER NOT NULL,
    operation  TEXT    NOT NULL,
    runs       INTEGER NOT NULL,
    PRIMARY KEY (feature_id, start, operation)
) STRICT, WITHOUT ROWID;

CREATE TABLE noise_hours (
    feature_id     INTEGER NOT NULL REFERENCES features (id),
    start          INTEGER NOT NULL,
    operation      TEXT    NOT NULL,
    field          TEXT    NOT NULL,
    candidate_only INTEGER NOT NULL,
    second_only    INTEGER NOT NULL,
    both           INTEGER NOT NULL,
    PRIMARY KEY (feature_id, start, operation, field)
) STRICT, WITHOUT ROWID;

-- A bounded number, redacted and cut. `legacy` and `candidate` are what each side has at the field.
CREATE TABLE discrepancy_examples (
    id               INTEGER PRIMARY KEY,
    feature_id       INTEGER NOT NULL REFERENCES features (id),
    field            TEXT    NOT NULL,
    kind             TEXT    NOT NULL CHECK (kind IN ('missing', 'extra', 'type', 'value', 'order')),
    at               INTEGER NOT NULL,
    operation        TEXT    NOT NULL,
    rules_version    INTEGER NOT NULL,
    legacy           TEXT,
    candidate        TEXT,
    legacy_result    TEXT,
    candidate_result TEXT
) STRICT;

CREATE INDEX discrepancy_examples_by_field ON discrepancy_examples (feature_id, field, kind, at);
CREATE INDEX discrepancy_examples_by_age ON discrepancy_examples (feature_id, at);
