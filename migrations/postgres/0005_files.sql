-- Files that are moved: their records, where each side keeps them, what is still to be done there, and backfills.
-- Moments are milliseconds since the Unix epoch.

-- A record stays when its file is deleted, so that nothing brings it back.
CREATE TABLE files (
    id            TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    feature_id    BIGINT           NOT NULL REFERENCES features (id),
    original_name TEXT COLLATE "C" NOT NULL,
    mime_type     TEXT COLLATE "C" NOT NULL,
    size          BIGINT           NOT NULL CHECK (size >= 0),
    sha256        TEXT COLLATE "C",
    created_at    BIGINT           NOT NULL,
    metadata      TEXT COLLATE "C" NOT NULL,
    deleted_at    BIGINT
);

CREATE INDEX files_by_feature ON files (feature_id, id) WHERE deleted_at IS NULL;

CREATE TABLE file_sides (
    file_id     TEXT COLLATE "C" NOT NULL REFERENCES files (id),
    side        TEXT COLLATE "C" NOT NULL CHECK (side IN ('legacy', 'candidate')),
    provider    TEXT COLLATE "C" NOT NULL,
    provider_id TEXT COLLATE "C" NOT NULL,
    state       TEXT COLLATE "C" NOT NULL CHECK (state IN ('present', 'pending', 'absent', 'failed')),
    PRIMARY KEY (file_id, side)
);

-- Several records may share an object of the candidate.
CREATE INDEX file_sides_by_object ON file_sides (side, provider_id);

-- One a side at most: deleting takes the place of writing.
CREATE TABLE file_tasks (
    file_id    TEXT COLLATE "C" NOT NULL REFERENCES files (id),
    side       TEXT COLLATE "C" NOT NULL CHECK (side IN ('legacy', 'candidate')),
    kind       TEXT COLLATE "C" NOT NULL CHECK (kind IN ('put', 'delete')),
    attempts   BIGINT           NOT NULL CHECK (attempts >= 0),
    next_at    BIGINT           NOT NULL,
    last_error TEXT COLLATE "C",
    PRIMARY KEY (file_id, side)
);

CREATE INDEX file_tasks_by_time ON file_tasks (next_at);

CREATE TABLE file_backfills (
    feature_id BIGINT           NOT NULL PRIMARY KEY REFERENCES features (id),
    progress   TEXT COLLATE "C" NOT NULL
);
