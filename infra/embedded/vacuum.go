// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"context"

	"github.com/tempskv/tempskv/infra/sqlite"
)

const (
	// keptFree is how many free pages are kept in the file, to be used again.
	keptFree = 256
	// maxGiven is how many pages one transaction releases: that takes about ten milliseconds, as a sweep does.
	maxGiven = 128
)

// giveBack makes the file smaller if deletions left room in it, a little in each transaction, and serves waiting writes
// in between. It does nothing during an export, when it would only make the log grow.
func (w *writer) giveBack(ctx context.Context, batch []*op) error {
	for more, gave := true, false; more; gave = true {
		if !w.exports.none() {
			return nil
		}
		var err error
		if more, err = w.giveSome(ctx); err != nil {
			return err
		}
		if !more && gave {
			_, err := w.checkpoint(ctx, w.moveLog) // only the checkpoint truncates the file
			return err
		}
		if !w.serveWaiting(ctx, batch) {
			return nil
		}
	}
	return nil
}

// giveSome releases some free pages, and reports whether there were any.
func (w *writer) giveSome(ctx context.Context) (bool, error) {
	var free int
	if err := w.freePages.QueryRowContext(ctx).Scan(&free); err != nil {
		return false, sqlite.Err(err)
	}
	if free <= keptFree {
		return false, nil
	}
	err := w.transaction(ctx, func() error {
		_, err := w.vacuum.ExecContext(ctx)
		return sqlite.Err(err)
	})
	return err == nil, err
}
