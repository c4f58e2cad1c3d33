-- How many observations and comparisons were not of callers but of a driver, and how many of these with an injected fault.
-- A minute's `start` is in minutes since the Unix epoch.

CREATE TABLE origin_minutes (
    feature_id INTEGER NOT NULL REFERENCES features (id),
    start      INTEGER NOT NULL,
    driven     INTEGER NOT NULL,
    injected   INTEGER NOT NULL CHECK (injected <= driven),
    PRIMARY KEY (feature_id, start)
) STRICT, WITHOUT ROWID;
