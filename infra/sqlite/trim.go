// SPDX-License-Identifier: Apache-2.0

package sqlite

import "context"

// TrimLog brings the log into the file and empties it, if it is longer than so many pages of 4 KiB. SQLite does the first
// by itself, but what a log has grown to once it keeps. While somebody reads or writes, it stays as it is.
func (d *DB) TrimLog(ctx context.Context, most int) error {
	var busy, pages, copied int
	if err := d.Write.QueryRowContext(ctx, "PRAGMA wal_checkpoint(NOOP)").Scan(&busy, &pages, &copied); err != nil || pages <= most {
		return Err(err)
	}
	return Err(d.Write.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &pages, &copied))
}
