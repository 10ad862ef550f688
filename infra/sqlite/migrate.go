// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/tempskv/tempskv/handlers/kv"
)

// migrate runs the missing migrations in one transaction: a file is never left between two of them. The format of a
// file is the number of migrations that it has seen: its user_version, 0 in a new file. A file that has seen any is
// copied first.
func (d *DB) migrate(ctx context.Context, path string, migrations []string, mayBeNew bool) error {
	// BEGIN IMMEDIATE also finds out whether the file can be written.
	tx, err := d.Write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	var seen int
	if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&seen); err != nil {
		return err
	}
	switch {
	case seen == 0 && !mayBeNew:
		return gone(path)
	case seen == len(migrations):
		return nil // nothing is written, so that a full disk does not keep the file from being opened
	case seen > len(migrations):
		return tooNew(path, seen, len(migrations))
	}
	if seen > 0 && d.Copy == "" {
		if d.Copy, err = d.copyFile(ctx, path, seen); err != nil {
			return fmt.Errorf("copy %s before it is changed: %w", path, err)
		}
	}
	return run(ctx, tx, migrations, seen)
}

// run applies the migrations from that number on.
func run(ctx context.Context, tx *sql.Tx, migrations []string, seen int) error {
	for i, m := range migrations[seen:] {
		if _, err := tx.ExecContext(ctx, m); err != nil {
			return fmt.Errorf("migration %d: %w", seen+i+1, err)
		}
	}
	if _, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", len(migrations))); err != nil {
		return err
	}
	return tx.Commit()
}

// tooNew says what to do with a file of an unknown, later format. Its log must be removed with it: next to the copy it
// would be taken for the copy's log.
func tooNew(path string, format, known int) error {
	instead := "restore a backup made before it"
	if name, ok := latestCopy(path, known); ok {
		instead = fmt.Sprintf("go back to the copy made before it, losing later changes, with: "+
			"rm -f %s %s %s && cp -p %s %s", quoted(path+"-wal"), quoted(path+"-shm"), quoted(CommitsPath(path)), quoted(name), quoted(path))
	}
	return kv.Refuse(kv.ErrUnavailable, "%s was written by a newer tempskv (format %d, this one knows %d): "+
		"run that version, or %s", path, format, known, instead)
}

// quoted quotes text for a shell.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
