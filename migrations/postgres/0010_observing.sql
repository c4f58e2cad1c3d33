-- The last counts of each cumulative series that others send.
-- Moments are milliseconds since the Unix epoch unless their name says otherwise.

CREATE TABLE metric_series (
    digest  BYTEA            NOT NULL PRIMARY KEY,
    since   BIGINT,
    at_ns   BIGINT           NOT NULL,
    counts  TEXT COLLATE "C" NOT NULL,
    seen_at BIGINT           NOT NULL
);

CREATE INDEX metric_series_by_age ON metric_series (seen_at);
