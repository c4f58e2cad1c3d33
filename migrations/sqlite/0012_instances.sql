-- Instances that run on this database, and who of them does the timed work. Moments are milliseconds since the Unix epoch.

CREATE TABLE instances (
    id           TEXT    NOT NULL PRIMARY KEY,
    -- Its machine and port.
    name         TEXT    NOT NULL,
    version      TEXT    NOT NULL,
    started_at   INTEGER NOT NULL,
    -- By its own clock.
    seen_at      INTEGER NOT NULL,
    decisions_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE leases (
    name    TEXT    NOT NULL PRIMARY KEY,
    -- The id of an instance; nobody once it was given up.
    holder  TEXT,
    -- How often it changed hands.
    term    INTEGER NOT NULL,
    -- How often it was written in this term.
    renewal INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO leases (name, holder, term, renewal) VALUES ('timed work', NULL, 0, 0);
