// SPDX-License-Identifier: Apache-2.0

package embedded

// migrations are the steps to the current format of the file; new ones are only ever appended.
var migrations = []string{`
-- Values are JSON texts. A small one stands beside its key, where one look finds both; a large one
-- stands apart, so that a walk over the keys, or a new time to live, does not have to carry it along.
CREATE TABLE keys (
	project INTEGER NOT NULL,
	name    BLOB    NOT NULL, -- of the key: see nameOf
	key     BLOB,             -- the whole key, where the name does not hold it
	expires INTEGER,          -- the last millisecond since 1970 in which the key is there; NULL: it stays
	size    INTEGER NOT NULL, -- what it counts for in usage
	value   BLOB,             -- NULL: it is in large
	large   INTEGER,
	PRIMARY KEY (project, name)
) WITHOUT ROWID;

CREATE INDEX keys_by_expiry ON keys (expires) WHERE expires IS NOT NULL;

CREATE TABLE large (
	id    INTEGER PRIMARY KEY,
	value BLOB NOT NULL
);

CREATE TRIGGER large_replaced AFTER UPDATE OF large ON keys WHEN old.large IS NOT NULL BEGIN
	DELETE FROM large WHERE id = old.large AND id IS NOT new.large;
END;

CREATE TRIGGER large_deleted AFTER DELETE ON keys WHEN old.large IS NOT NULL BEGIN
	DELETE FROM large WHERE id = old.large;
END;

CREATE TABLE usage (
	bytes INTEGER NOT NULL -- the sum of keys.size, kept in the transactions that change it
);
INSERT INTO usage VALUES (0);
`, `
-- Every transaction counts, so that a file that has lost some is found.
ALTER TABLE usage ADD COLUMN commits INTEGER NOT NULL DEFAULT 0;

-- The one row: which file this is, and whose.
CREATE TABLE origin (
	id              TEXT    NOT NULL, -- tells this file from others
	control         TEXT    NOT NULL, -- the id of the control data whose projects the keys are of; empty: not known yet
	control_commits INTEGER NOT NULL  -- how many commits those had at least
);
INSERT INTO origin VALUES (lower(hex(randomblob(8))), '', 0);
`, `
-- What each project holds, so that keys that are lost are missed. The stored outcomes of a project count under its
-- number with a minus.
CREATE TABLE held (
	project INTEGER PRIMARY KEY,
	keys    INTEGER NOT NULL, -- how many rows of keys are the project's, expired ones included
	bytes   INTEGER NOT NULL  -- the sum of their sizes, kept in the transactions that change it
);
INSERT INTO held SELECT project, count(*), sum(size) FROM keys GROUP BY project;
CREATE TABLE compared (same CHECK (same));
INSERT INTO compared SELECT bytes = (SELECT coalesce(sum(bytes), 0) FROM held) FROM usage;
DROP TABLE compared;
ALTER TABLE origin ADD COLUMN commits INTEGER NOT NULL DEFAULT 0; -- how many transactions the file ever saw
UPDATE origin SET commits = (SELECT commits FROM usage);
DROP TABLE usage;
ALTER TABLE held RENAME TO usage;
`}

const (
	// maxInline is the length of the longest value that is stored in the row of its key, in bytes.
	maxInline = 256
	// overhead is what a key counts in usage, in addition to its bytes and those of its value.
	overhead = 64
)

// sizeOf returns what a key with such a value counts in usage, in bytes.
func sizeOf(keyLen, valueLen int) int64 { return int64(overhead + keyLen + valueLen) }
