// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql"

	"github.com/tempskv/tempskv/handlers/archive"
	"github.com/tempskv/tempskv/infra/control"
	"github.com/tempskv/tempskv/infra/sqlite"
)

const selectSchedule = "SELECT coalesce(backup_plan, '') FROM service"

// BackupSchedule returns what was saved last, the zero value if nothing was.
func (s *Store) BackupSchedule(ctx context.Context) (archive.Schedule, error) {
	var text string
	if err := s.db.Read.QueryRowContext(ctx, selectSchedule).Scan(&text); err != nil {
		return archive.Schedule{}, sqlite.Err(err)
	}
	return control.DecodeBackupSchedule(text)
}

// SwapBackupSchedule saves the schedule in place of the one before, and reports false if that is not what is stored any more.
func (s *Store) SwapBackupSchedule(ctx context.Context, before, after archive.Schedule) (swapped bool, err error) {
	text, err := control.EncodeBackupSchedule(after)
	if err != nil {
		return false, err
	}
	err = s.write(ctx, func(tx *sql.Tx) (func(), error) {
		var stored string
		if err := tx.QueryRowContext(ctx, selectSchedule).Scan(&stored); err != nil {
			return nil, err
		}
		if swapped, err = control.IsBackupSchedule(stored, before); err != nil || !swapped {
			return nil, err
		}
		_, err := tx.ExecContext(ctx, "UPDATE service SET backup_plan = ?", text)
		return nil, err
	})
	return swapped && err == nil, err
}
