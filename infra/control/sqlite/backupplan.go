// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/control"
	"github.com/tempskv/tempskv/infra/sqlite"
)

const selectPlan = "SELECT coalesce(backup_plan, '') FROM service"

// BackupPlan returns what was saved last, the zero value if nothing was.
func (s *Store) BackupPlan(ctx context.Context) (kv.BackupPlan, error) {
	var text string
	if err := s.db.Read.QueryRowContext(ctx, selectPlan).Scan(&text); err != nil {
		return kv.BackupPlan{}, sqlite.Err(err)
	}
	return control.DecodeBackupPlan(text)
}

// SwapBackupPlan saves the plan in place of the one before, and reports false if that is not what is stored any more.
func (s *Store) SwapBackupPlan(ctx context.Context, before, after kv.BackupPlan) (swapped bool, err error) {
	text, err := control.EncodeBackupPlan(after)
	if err != nil {
		return false, err
	}
	err = s.write(ctx, func(tx *sql.Tx) (func(), error) {
		var stored string
		if err := tx.QueryRowContext(ctx, selectPlan).Scan(&stored); err != nil {
			return nil, err
		}
		if swapped, err = control.IsBackupPlan(stored, before); err != nil || !swapped {
			return nil, err
		}
		_, err := tx.ExecContext(ctx, "UPDATE service SET backup_plan = ?", text)
		return nil, err
	})
	return swapped && err == nil, err
}
