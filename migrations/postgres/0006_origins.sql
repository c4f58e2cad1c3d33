-- How many observations and comparisons were not of callers but of a driver, and how many of these with an injected fault.
-- A minute's `start` is in minutes since the Unix epoch.

CREATE TABLE origin_minutes (
    feature_id BIGINT NOT NULL,
    start      BIGINT NOT NULL,
    driven     BIGINT NOT NULL,
    injected   BIGINT NOT NULL CHECK (injected <= driven),
    PRIMARY KEY (feature_id, start)
) PARTITION BY RANGE (start);
