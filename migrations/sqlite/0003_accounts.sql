-- Users, their sessions, tokens for programs, the link for the first admin, and failed attempts to sign in.
-- Moments are milliseconds since the Unix epoch. A digest is the SHA-256 of a secret that only its holder has.

CREATE TABLE users (
    id            INTEGER PRIMARY KEY,
    login         TEXT    NOT NULL UNIQUE,
    name          TEXT    NOT NULL,
    role          TEXT    NOT NULL CHECK (role IN ('viewer', 'engineer', 'manager', 'admin')),
    enabled       INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    password_hash TEXT    NOT NULL,
    created_at    INTEGER NOT NULL,
    version       INTEGER NOT NULL CHECK (version >= 1)
) STRICT;

CREATE TABLE sessions (
    digest     BLOB    NOT NULL PRIMARY KEY,
    user_id    INTEGER NOT NULL REFERENCES users (id),
    started_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_by_user ON sessions (user_id);

-- `made_by` is the actor; `user_id` is there when it was a person of `users`, whose rights bound the token's.
CREATE TABLE api_tokens (
    id           INTEGER PRIMARY KEY,
    digest       BLOB    NOT NULL UNIQUE,
    name         TEXT    NOT NULL,
    scopes       TEXT    NOT NULL,
    user_id      INTEGER REFERENCES users (id),
    made_by      TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER,
    last_used_at INTEGER,
    revoked_at   INTEGER
) STRICT;

CREATE UNIQUE INDEX api_tokens_by_name ON api_tokens (name) WHERE revoked_at IS NULL;

CREATE INDEX api_tokens_by_user ON api_tokens (user_id);

-- One row at most: a new link ends the one before it.
CREATE TABLE setup_links (
    id         INTEGER PRIMARY KEY CHECK (id = 1),
    digest     BLOB    NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

-- By digest of the login or the address that was tried: what people type into the wrong field is not kept.
CREATE TABLE login_failures (
    digest  BLOB    NOT NULL PRIMARY KEY,
    count   INTEGER NOT NULL CHECK (count >= 1),
    last_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX login_failures_by_age ON login_failures (last_at);
