-- Migrations, features, rollout history, and what is kept of observations and comparisons.
-- Moments are milliseconds since the Unix epoch. A rollup's `start` is in minutes since the epoch, for hours as well.

CREATE TABLE migrations (
    id                 INTEGER PRIMARY KEY,
    slug               TEXT    NOT NULL UNIQUE,
    name               TEXT    NOT NULL,
    candidate_enabled  INTEGER NOT NULL CHECK (candidate_enabled IN (0, 1)),
    fallback_to_legacy INTEGER NOT NULL CHECK (fallback_to_legacy IN (0, 1)),
    shadow_enabled     INTEGER NOT NULL CHECK (shadow_enabled IN (0, 1)),
    shadow_sample_rate REAL    NOT NULL CHECK (shadow_sample_rate BETWEEN 0 AND 1),
    created_at         INTEGER NOT NULL,
    version            INTEGER NOT NULL CHECK (version >= 1)
) STRICT;

CREATE TABLE features (
    id           INTEGER PRIMARY KEY,
    migration_id INTEGER NOT NULL REFERENCES migrations (id),
    key          TEXT    NOT NULL UNIQUE,
    name         TEXT    NOT NULL,
    enabled      INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    basis_points INTEGER NOT NULL CHECK (basis_points BETWEEN 0 AND 10000),
    stage        TEXT    NOT NULL,
    entered_at   INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    version      INTEGER NOT NULL CHECK (version >= 1)
) STRICT;

CREATE INDEX features_by_migration ON features (migration_id);

CREATE TABLE rollout_changes (
    id                INTEGER PRIMARY KEY,
    feature_id        INTEGER NOT NULL REFERENCES features (id),
    at                INTEGER NOT NULL,
    kind              TEXT    NOT NULL,
    from_basis_points INTEGER CHECK (from_basis_points BETWEEN 0 AND 10000),
    to_basis_points   INTEGER NOT NULL CHECK (to_basis_points BETWEEN 0 AND 10000),
    actor             TEXT    NOT NULL,
    reason            TEXT    NOT NULL
) STRICT;

CREATE INDEX rollout_changes_by_feature ON rollout_changes (feature_id, id);

CREATE TABLE observation_minutes (
    feature_id    INTEGER NOT NULL REFERENCES features (id),
    start         INTEGER NOT NULL,
    operation     TEXT    NOT NULL,
    path          TEXT    NOT NULL CHECK (path IN ('legacy', 'candidate')),
    ok            INTEGER NOT NULL,
    errors        INTEGER NOT NULL,
    caller_errors INTEGER NOT NULL,
    fallbacks     INTEGER NOT NULL,
    latency       BLOB    NOT NULL,
    PRIMARY KEY (feature_id, start, operation, path)
) STRICT, WITHOUT ROWID;

CREATE TABLE observation_hours (
    feature_id    INTEGER NOT NULL REFERENCES features (id),
    start         INTEGER NOT NULL,
    operation     TEXT    NOT NULL,
    path          TEXT    NOT NULL CHECK (path IN ('legacy', 'candidate')),
    ok            INTEGER NOT NULL,
    errors        INTEGER NOT NULL,
    caller_errors INTEGER NOT NULL,
    fallbacks     INTEGER NOT NULL,
    latency       BLOB    NOT NULL,
    PRIMARY KEY (feature_id, start, operation, path)
) STRICT, WITHOUT ROWID;

CREATE TABLE comparison_minutes (
    feature_id        INTEGER NOT NULL REFERENCES features (id),
    start             INTEGER NOT NULL,
    operation         TEXT    NOT NULL,
    matches           INTEGER NOT NULL,
    mismatches        INTEGER NOT NULL,
    candidate_failed  INTEGER NOT NULL,
    legacy_failed     INTEGER NOT NULL,
    both_failed       INTEGER NOT NULL,
    comparator_errors INTEGER NOT NULL,
    PRIMARY KEY (feature_id, start, operation)
) STRICT, WITHOUT ROWID;

CREATE TABLE comparison_hours (
    feature_id        INTEGER NOT NULL REFERENCES features (id),
    start             INTEGER NOT NULL,
    operation         TEXT    NOT NULL,
    matches           INTEGER NOT NULL,
    mismatches        INTEGER NOT NULL,
    candidate_failed  INTEGER NOT NULL,
    legacy_failed     INTEGER NOT NULL,
    both_failed       INTEGER NOT NULL,
    comparator_errors INTEGER NOT NULL,
    PRIMARY KEY (feature_id, start, operation)
) STRICT, WITHOUT ROWID;

-- Distinct units as sketches: the units themselves are never kept.
CREATE TABLE unit_hours (
    feature_id INTEGER NOT NULL REFERENCES features (id),
    start      INTEGER NOT NULL,
    path       TEXT    NOT NULL CHECK (path IN ('legacy', 'candidate')),
    sketch     BLOB    NOT NULL,
    PRIMARY KEY (feature_id, start, path)
) STRICT, WITHOUT ROWID;

CREATE TABLE discrepancy_hours (
    feature_id INTEGER NOT NULL REFERENCES features (id),
    start      INTEGER NOT NULL,
    operation  TEXT    NOT NULL,
    field      TEXT    NOT NULL,
    kind       TEXT    NOT NULL CHECK (kind IN ('missing', 'extra', 'type', 'value')),
    count      INTEGER NOT NULL,
    PRIMARY KEY (feature_id, start, operation, field, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE error_kind_hours (
    feature_id INTEGER NOT NULL REFERENCES features (id),
    start      INTEGER NOT NULL,
    operation  TEXT    NOT NULL,
    path       TEXT    NOT NULL CHECK (path IN ('legacy', 'candidate')),
    kind       TEXT    NOT NULL,
    count      INTEGER NOT NULL,
    PRIMARY KEY (feature_id, start, operation, path, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE last_seen (
    feature_id INTEGER NOT NULL REFERENCES features (id),
    source     TEXT    NOT NULL CHECK (source IN ('legacy', 'candidate', 'shadow')),
    at         INTEGER NOT NULL,
    PRIMARY KEY (feature_id, source)
) STRICT, WITHOUT ROWID;

-- Digests of the ids that observations and comparisons carried, so that each counts once while its minute is kept.
CREATE TABLE ingested_ids (
    digest BLOB    NOT NULL PRIMARY KEY,
    minute INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Batch keys of the last 24 hours with the answer that each got.
CREATE TABLE ingest_keys (
    digest      BLOB    NOT NULL PRIMARY KEY,
    fingerprint BLOB    NOT NULL,
    answer      TEXT    NOT NULL,
    at          INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX ingest_keys_by_age ON ingest_keys (at);
