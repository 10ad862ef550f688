-- Made by tempskv at format 1 (user_version 1): set greeting, in project 1.
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
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
INSERT INTO keys VALUES(1,X'6772656574696e67',NULL,NULL,79,X'2268656c6c6f22',NULL);
CREATE TABLE large (
	id    INTEGER PRIMARY KEY,
	value BLOB NOT NULL
);
CREATE TABLE usage (
	bytes INTEGER NOT NULL -- the sum of keys.size, kept in the transactions that change it
);
INSERT INTO usage VALUES(79);
CREATE INDEX keys_by_expiry ON keys (expires) WHERE expires IS NOT NULL;
CREATE TRIGGER large_replaced AFTER UPDATE OF large ON keys WHEN old.large IS NOT NULL BEGIN
	DELETE FROM large WHERE id = old.large AND id IS NOT new.large;
END;
CREATE TRIGGER large_deleted AFTER DELETE ON keys WHEN old.large IS NOT NULL BEGIN
	DELETE FROM large WHERE id = old.large;
END;
COMMIT;

PRAGMA user_version = 1;
