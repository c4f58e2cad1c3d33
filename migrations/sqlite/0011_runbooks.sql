-- Checklists of migrations, and what of them is done. Moments are milliseconds since the Unix epoch.

CREATE TABLE runbooks (
    migration_id INTEGER NOT NULL PRIMARY KEY REFERENCES migrations (id),
    -- The file as it is read.
    source       TEXT    NOT NULL,
    imported_at  INTEGER NOT NULL,
    actor        TEXT    NOT NULL,
    version      INTEGER NOT NULL
) STRICT;

-- An item that was ever ticked, whether the present file has it or not.
CREATE TABLE runbook_ticks (
    migration_id INTEGER NOT NULL REFERENCES migrations (id),
    item         TEXT    NOT NULL,
    headings     TEXT    NOT NULL,
    text         TEXT    NOT NULL,
    is_done      INTEGER NOT NULL CHECK (is_done IN (0, 1)),
    at           INTEGER NOT NULL,
    actor        TEXT    NOT NULL,
    note         TEXT,
    version      INTEGER NOT NULL,
    PRIMARY KEY (migration_id, item)
) STRICT, WITHOUT ROWID;
