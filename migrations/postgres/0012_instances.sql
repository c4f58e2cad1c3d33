-- Instances that run on this database, and who of them does the timed work. Moments are milliseconds since the Unix epoch.

CREATE TABLE instances (
    id           TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    -- Its machine and port.
    name         TEXT COLLATE "C" NOT NULL,
    version      TEXT COLLATE "C" NOT NULL,
    started_at   BIGINT           NOT NULL,
    -- By its own clock.
    seen_at      BIGINT           NOT NULL,
    decisions_at BIGINT
);

CREATE TABLE leases (
    name    TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    -- The id of an instance; nobody once it was given up.
    holder  TEXT COLLATE "C",
    -- How often it changed hands.
    term    BIGINT           NOT NULL,
    -- How often it was written in this term.
    renewal BIGINT           NOT NULL
);

INSERT INTO leases (name, holder, term, renewal) VALUES ('timed work', NULL, 0, 0);
