// SPDX-License-Identifier: Apache-2.0

package sqlite

// migrations make the tables. Times are microseconds since 1970, 0 where there is none.
var migrations = []string{`
-- A deleted project stays as a row, so that its id is never given again.
CREATE TABLE projects (
	id         INTEGER PRIMARY KEY,
	name       TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	deleted_at INTEGER NOT NULL DEFAULT 0,
	unverified INTEGER NOT NULL, -- 1: created without a look at the store
	sweep      INTEGER NOT NULL DEFAULT 0 -- 1: deleted, and its keys are still to be
) STRICT;

-- Credentials that are revoked are gone; the audit log tells of them.
CREATE TABLE credentials (
	seq          INTEGER PRIMARY KEY,
	id           TEXT NOT NULL UNIQUE,
	hash         BLOB NOT NULL UNIQUE,
	name         TEXT NOT NULL,
	permissions  TEXT NOT NULL, -- names, separated by commas
	project      INTEGER REFERENCES projects (id), -- NULL: an API key
	projects     TEXT NOT NULL, -- JSON array of ids that the key is narrowed to, or null
	prefix       TEXT NOT NULL,
	last4        TEXT NOT NULL,
	no_checksum  INTEGER NOT NULL DEFAULT 0, -- 1: as long as those that we make, but not made by us
	created_at   INTEGER NOT NULL,
	expires_at   INTEGER NOT NULL,
	last_used_at INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX credentials_project ON credentials (project);

-- AUTOINCREMENT keeps a cursor valid that stands on an entry that is no longer kept.
CREATE TABLE audit (
	seq        INTEGER PRIMARY KEY AUTOINCREMENT,
	time       INTEGER NOT NULL,
	actor      TEXT NOT NULL,
	action     TEXT NOT NULL,
	target     TEXT NOT NULL,
	result     TEXT NOT NULL,
	ip         TEXT NOT NULL,
	request_id TEXT NOT NULL
) STRICT;

-- The one row: what was given and saved last.
CREATE TABLE service (
	one             INTEGER PRIMARY KEY CHECK (one = 1),
	last_project_id INTEGER NOT NULL DEFAULT 0, -- the last that was given automatically
	settings        TEXT -- JSON; NULL before the first save
) STRICT;
INSERT INTO service (one) VALUES (1);
`, `
-- What tells these control data from others.
ALTER TABLE service ADD COLUMN id TEXT NOT NULL DEFAULT '';
UPDATE service SET id = lower(hex(randomblob(8)));
`, `
-- Limits of a project's own: 0 is that of the server, -1 none.
ALTER TABLE projects ADD COLUMN requests_per_second INTEGER NOT NULL DEFAULT 0;
ALTER TABLE projects ADD COLUMN max_keys INTEGER NOT NULL DEFAULT 0;
ALTER TABLE projects ADD COLUMN max_bytes INTEGER NOT NULL DEFAULT 0;
`, `
-- When the service is backed up by itself: JSON; NULL before the first save.
ALTER TABLE service ADD COLUMN backup_plan TEXT;
`, `
-- Small texts by name: see kv.Documents.
CREATE TABLE documents (
	name TEXT PRIMARY KEY,
	text TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Every write counts, so that a file that has lost some is found.
ALTER TABLE service ADD COLUMN commits INTEGER NOT NULL DEFAULT 0;
`, `
-- See access.AuditKind. Who was an administrator was not recorded: only signing in and out needs no such permission.
ALTER TABLE audit ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;
UPDATE audit SET kind = CASE
	WHEN result IN ('ok', 'failed', 'rolled_back') THEN action NOT IN ('createSession', 'deleteSession')
	WHEN actor = 'nobody' THEN 3
	ELSE 2 END;
CREATE INDEX audit_kind ON audit (kind, time);
`, `
-- Browsers that are signed in. The hashes are SHA-256: what they are of is not stored.
CREATE TABLE sessions (
	cookie       BLOB NOT NULL PRIMARY KEY, -- a hash
	secret       BLOB NOT NULL, -- a hash
	id           TEXT NOT NULL UNIQUE,
	key          BLOB NOT NULL, -- the hash of the API key; zero: a setup code opened the session
	key_id       TEXT NOT NULL,
	key_name     TEXT NOT NULL,
	ip           TEXT NOT NULL,
	created_at   INTEGER NOT NULL,
	last_used_at INTEGER NOT NULL, -- created_at if it was never used
	expires_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_key ON sessions (key_id);

-- Downloads that a session was permitted.
CREATE TABLE downloads (
	seq        INTEGER PRIMARY KEY,
	code       BLOB NOT NULL UNIQUE, -- a hash
	cookie     BLOB NOT NULL, -- the hash of the session's
	what       TEXT NOT NULL,
	expires_at INTEGER NOT NULL
) STRICT;
`}
