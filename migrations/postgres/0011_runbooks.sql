-- Checklists of migrations, and what of them is done. Moments are milliseconds since the Unix epoch.

CREATE TABLE runbooks (
    migration_id BIGINT           NOT NULL PRIMARY KEY REFERENCES migrations (id),
    -- The file as it is read.
    source       TEXT COLLATE "C" NOT NULL,
    imported_at  BIGINT           NOT NULL,
    actor        TEXT COLLATE "C" NOT NULL,
    version      BIGINT           NOT NULL
);

-- An item that was ever ticked, whether the present file has it or not.
CREATE TABLE runbook_ticks (
    migration_id BIGINT           NOT NULL REFERENCES migrations (id),
    item         TEXT COLLATE "C" NOT NULL,
    headings     TEXT COLLATE "C" NOT NULL,
    text         TEXT COLLATE "C" NOT NULL,
    is_done      BOOLEAN          NOT NULL,
    at           BIGINT           NOT NULL,
    actor        TEXT COLLATE "C" NOT NULL,
    note         TEXT COLLATE "C",
    version      BIGINT           NOT NULL,
    PRIMARY KEY (migration_id, item)
);
