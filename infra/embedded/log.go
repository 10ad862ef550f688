// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"context"
	"database/sql"

	"github.com/tempskv/tempskv/infra/sqlite"
)

// maxLog is the length from which on the log is trimmed, in pages of 4 KiB.
const maxLog = 8 << 10

// trim empties the log if it has grown long. SQLite restarts it when it has been copied to the file and no read is under
// way. With reads at all times, such as one scan after the other, that never happens, and the log would grow for ever. So
// trim makes new reads wait until it is done, which takes milliseconds. It does not wait for an export, which may take
// minutes: the log stays until the export is over, or is ended by endSlow.
func (w *writer) trim(ctx context.Context) error {
	pages, err := w.checkpoint(ctx, w.logSize)
	if err != nil {
		return err
	}
	full := w.endSlow(ctx, pages)
	if pages < maxLog || !w.exports.hold() {
		if !full {
			w.exports.resume()
		}
		return nil
	}
	defer w.exports.resume()
	for range cap(w.readers) {
		defer w.readers.put(<-w.readers)
	}
	_, err = w.checkpoint(ctx, w.trimLog)
	return err
}

// checkpoint runs a wal_checkpoint and returns the length of the log after it, in pages.
func (w *writer) checkpoint(ctx context.Context, stmt *sql.Stmt) (pages int, err error) {
	var busy, copied int
	err = stmt.QueryRowContext(ctx).Scan(&busy, &pages, &copied)
	_ = w.inPlace(ctx) // notes how long the file and the log are now
	return pages, sqlite.Err(err)
}
