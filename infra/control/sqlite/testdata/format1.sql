-- Made by tempskv at format 1 (user_version 1): serve, enable, project create, token create, key create.
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE projects (
	id         INTEGER PRIMARY KEY,
	name       TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	deleted_at INTEGER NOT NULL DEFAULT 0,
	unverified INTEGER NOT NULL, -- 1: created without a look at the store
	sweep      INTEGER NOT NULL DEFAULT 0 -- 1: deleted, and its keys are still to be
) STRICT;
INSERT INTO projects VALUES(1,'shop',1795460185227231,0,0,0);
INSERT INTO projects VALUES(2,'gone',1795460185239758,0,0,0);
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
INSERT INTO credentials VALUES(1,'admin-env',X'6801e3b00b600b1db496f7f2759ca7215a09f9283cba2a2fe1eefaa73f6c4d8c','TEMPSKV_ADMIN_KEY','SystemAdmin',NULL,'null','tk_','6789',1,1795460185011124,0,0);
INSERT INTO credentials VALUES(2,'f5uldl3lxyn4',X'135e522ffd16d183f249fd6e686404a55b782dc04465d84dfbae9a604209f3ce','web','KvRead,KvWrite',1,'null','dt_','57RJ',0,1795460185267966,0,0);
INSERT INTO credentials VALUES(3,'6pah5d4mk7ss',X'7b5d805c4022f4dd4141a1e3636442f08dafed402c67794f4450db3fb8e94770','ops','SystemRead',NULL,'null','tk_','x3S3',0,1795460185277084,0,0);
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
INSERT INTO audit VALUES(1,1795460185215115,'command line (local)','kvEnable','service','ok','127.0.0.1','1qx7oyae81z19');
INSERT INTO audit VALUES(2,1795460185230204,'command line (local)','createProject','project:1','ok','127.0.0.1','3c3azxy5gjx0');
INSERT INTO audit VALUES(3,1795460185246267,'command line (local)','createProject','project:2','ok','127.0.0.1','2z07wlo2uk0z9');
INSERT INTO audit VALUES(4,1795460185268945,'command line (local)','createToken','token:f5uldl3lxyn4','ok','127.0.0.1','20vygelvem30e');
INSERT INTO audit VALUES(5,1795460185282155,'command line (local)','createAPIKey','api-key:6pah5d4mk7ss','ok','127.0.0.1','1hgb29urjann');
CREATE TABLE service (
	one             INTEGER PRIMARY KEY CHECK (one = 1),
	last_project_id INTEGER NOT NULL DEFAULT 0, -- the last that was given automatically
	settings        TEXT -- JSON; NULL before the first save
) STRICT;
INSERT INTO service VALUES(1,2,'{"enabled":true,"engine":"embedded","provisioned":true,"docker_image":"","max_memory":"","persistence":true,"eviction":"noeviction","redis_url":""}');
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('audit',5);
CREATE INDEX credentials_project ON credentials (project);
COMMIT;

PRAGMA user_version = 1;
