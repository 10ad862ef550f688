// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"context"
	"database/sql"

	"github.com/tempskv/tempskv/infra/sqlite"
)

// maxLog is the length from which on the log is trimmed, in pages of 4 KiB.
const maxLog = 8 << 10

// trim empties the log if it has grown long. SQLite restarts it when it has been copied to the file and no
// read is under way; but where reads never cease, as with one scan after the other, that moment never comes and
// the log grows for ever. So new reads are kept waiting for that moment here, which takes milliseconds. An export, which
// may take minutes, is not waited for: until it is over the log stays.
func (w *writer) trim(ctx context.Context) error {
	if pages, err := w.checkpoint(ctx, w.logSize); err != nil || pages < maxLog {
		return err
	}
	if !w.exports.TryLock() {
		return nil
	}
	defer w.exports.Unlock()
	for range cap(w.readers) {
		defer w.readers.put(<-w.readers)
	}
	_, err := w.checkpoint(ctx, w.trimLog)
	return err
}

// checkpoint runs a wal_checkpoint and returns the length of the log after it, in pages.
func (w *writer) checkpoint(ctx context.Context, stmt *sql.Stmt) (pages int, err error) {
	var busy, copied int
	err = stmt.QueryRowContext(ctx).Scan(&busy, &pages, &copied)
	_ = w.inPlace(ctx) // which notes how long the file and the log are now
	return pages, sqlite.Err(err)
}
