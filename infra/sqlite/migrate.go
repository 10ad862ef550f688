// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"fmt"

	"github.com/tempskv/tempskv/handlers/kv"
)

// migrate runs the migrations that the file has not seen, all in one transaction: a file is never left between two.
// The number of those that it has seen is its user_version, 0 in a new file.
func (d *DB) migrate(ctx context.Context, path string, migrations []string, mayBeNew bool) error {
	// BEGIN IMMEDIATE is also what finds out that the file cannot be written.
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
		return kv.Refuse(kv.ErrUnavailable, "%s was written by a newer tempskv (format %d, this one knows %d): "+
			"run that version, or restore a backup made before it", path, seen, len(migrations))
	}
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
