// SPDX-License-Identifier: Apache-2.0

package sqlite

import "context"

// TrimLog moves the log into the file and truncates it, if it is longer than that many pages of 4 KiB. SQLite does the
// former by itself, but never shrinks the log. It does nothing while there are readers or a writer.
func (d *DB) TrimLog(ctx context.Context, most int) error {
	var busy, pages, copied int
	if err := d.Write.QueryRowContext(ctx, "PRAGMA wal_checkpoint(NOOP)").Scan(&busy, &pages, &copied); err != nil || pages <= most {
		return Err(err)
	}
	return Err(d.Write.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &pages, &copied))
}
