-- The last counts of each cumulative series that others send.
-- Moments are milliseconds since the Unix epoch unless their name says otherwise.

CREATE TABLE metric_series (
    digest  BLOB    NOT NULL PRIMARY KEY,
    since   INTEGER,
    at_ns   INTEGER NOT NULL,
    counts  TEXT    NOT NULL,
    seen_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX metric_series_by_age ON metric_series (seen_at);
