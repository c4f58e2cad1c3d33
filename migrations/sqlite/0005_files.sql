-- Files that are moved: their records, where each side keeps them, what is still to be done there, and backfills.
-- Moments are milliseconds since the Unix epoch.

-- A record stays when its file is deleted, so that nothing brings it back.
CREATE TABLE files (
    id            TEXT    NOT NULL PRIMARY KEY,
    feature_id    INTEGER NOT NULL REFERENCES features (id),
    original_name TEXT    NOT NULL,
    mime_type     TEXT    NOT NULL,
    size          INTEGER NOT NULL CHECK (size >= 0),
    sha256        TEXT,
    created_at    INTEGER NOT NULL,
    metadata      TEXT    NOT NULL,
    deleted_at    INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX files_by_feature ON files (feature_id, id) WHERE deleted_at IS NULL;

CREATE TABLE file_sides (
    file_id     TEXT NOT NULL REFERENCES files (id),
    side        TEXT NOT NULL CHECK (side IN ('legacy', 'candidate')),
    provider    TEXT NOT NULL,
    provider_id TEXT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('present', 'pending', 'absent', 'failed')),
    PRIMARY KEY (file_id, side)
) STRICT, WITHOUT ROWID;

-- Several records may share an object of the candidate.
CREATE INDEX file_sides_by_object ON file_sides (side, provider_id);

-- One a side at most: deleting takes the place of writing.
CREATE TABLE file_tasks (
    file_id    TEXT    NOT NULL REFERENCES files (id),
    side       TEXT    NOT NULL CHECK (side IN ('legacy', 'candidate')),
    kind       TEXT    NOT NULL CHECK (kind IN ('put', 'delete')),
    attempts   INTEGER NOT NULL CHECK (attempts >= 0),
    next_at    INTEGER NOT NULL,
    last_error TEXT,
    PRIMARY KEY (file_id, side)
) STRICT, WITHOUT ROWID;

CREATE INDEX file_tasks_by_time ON file_tasks (next_at);

CREATE TABLE file_backfills (
    feature_id INTEGER NOT NULL PRIMARY KEY REFERENCES features (id),
    progress   TEXT    NOT NULL
) STRICT;
