-- To whom alerts are told, and what waits to be told to them.
-- Moments are milliseconds since the Unix epoch.

CREATE TABLE notification_targets (
    id             INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    name           TEXT    NOT NULL,
    kind           TEXT    NOT NULL CHECK (kind IN ('webhook', 'slack', 'alertmanager')),
    -- Both are as they were given, since they have to be sent or signed with; they are emptied when the target is removed.
    url            TEXT    NOT NULL,
    secret         TEXT,
    username       TEXT,
    least_severity TEXT    NOT NULL CHECK (least_severity IN ('warning', 'critical')),
    -- All when there is none.
    migration_id   INTEGER REFERENCES migrations (id),
    enabled        INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    created_at     INTEGER NOT NULL,
    -- When it was last told again what still fires.
    repeated_at    INTEGER,
    removed_at     INTEGER,
    version        INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX notification_targets_name ON notification_targets (name) WHERE removed_at IS NULL;

CREATE TABLE notifications (
    -- The order in which they were queued, which is the order in which they are sent.
    seq             INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    id              TEXT    NOT NULL UNIQUE,
    target_id       INTEGER NOT NULL REFERENCES notification_targets (id),
    alert           TEXT    NOT NULL,
    status          TEXT    NOT NULL CHECK (status IN ('firing', 'resolved')),
    notice          TEXT    NOT NULL,
    queued_at       INTEGER NOT NULL,
    -- Later than `queued_at` when it was sent again by hand.
    trying_since    INTEGER NOT NULL,
    attempts        INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    state           TEXT    NOT NULL CHECK (state IN ('queued', 'delivered', 'dead', 'dropped')),
    next_attempt_at INTEGER,
    ended_at        INTEGER,
    failed_at       INTEGER,
    last_error      TEXT,
    CHECK ((next_attempt_at IS NOT NULL) = (state = 'queued')),
    CHECK ((ended_at IS NULL) = (state = 'queued')),
    CHECK ((failed_at IS NULL) = (last_error IS NULL))
) STRICT;

CREATE INDEX notifications_by_state ON notifications (state, target_id, seq);
CREATE INDEX notifications_by_alert ON notifications (target_id, alert, seq);
