// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/tempskv/tempskv/infra/sqlite"
)

// lengths are of a log, in pages of 4 KiB.
type lengths struct {
	moved   int // from which on a write moves it into the file
	trimmed int // from which on it is trimmed
	slow    int // from which on exports of projects end whose readers are slow
}

// The longer a log, the more often a page changes that is moved into the file once. A disk with little room has a short one.
var (
	shortLog = lengths{moved: 4000, trimmed: 8 << 10, slow: 16 << 10}
	usualLog = lengths{moved: 12000, trimmed: 16 << 10, slow: 24 << 10}
)

const (
	// roomForLog is what has to be free on the disk for a log that is not short, in bytes.
	roomForLog = 1 << 30
	// The pages that the writer keeps, in bytes, are a quarter of CacheMemory within these bounds. Writes to many places need many
	// pages, which otherwise are read again for each change.
	leastPages, mostPages = 16 << 20, 64 << 20
)

// tune chooses how much the writer keeps in memory and in its log, before the first write.
func (w *writer) tune(ctx context.Context, path string, cacheMemory int64) error {
	w.lengths = shortLog
	if free, err := sqlite.Free(path); err == nil && free >= roomForLog {
		w.lengths = usualLog
	}
	pages := min(max(cacheMemory/4, leastPages), mostPages)
	_, err := w.ExecContext(ctx, fmt.Sprintf("PRAGMA cache_size = -%d; PRAGMA wal_autocheckpoint = %d", pages>>10, w.lengths.moved))
	return sqlite.Err(err)
}

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
	if pages < w.lengths.trimmed || !w.exports.hold() {
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
