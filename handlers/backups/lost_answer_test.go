// SPDX-License-Identifier: Apache-2.0

package backups_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/backups"
	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/backup/dir"
)

// lostAnswer is control data of which one change of a document is done and not answered, nor is the look at it after that.
type lostAnswer struct {
	backups.Control
	left   atomic.Int64 // changes before that one
	silent atomic.Bool
}

func (c *lostAnswer) SwapDocument(ctx context.Context, name, before, after string) (bool, error) {
	swapped, err := c.Control.SwapDocument(ctx, name, before, after)
	if c.left.Add(-1) == 0 {
		c.silent.Store(true)
		return false, context.Canceled
	}
	return swapped, err
}

func (c *lostAnswer) Document(ctx context.Context, name string) (string, error) {
	if c.silent.Swap(false) {
		return "", context.Canceled
	}
	return c.Control.Document(ctx, name)
}

// TestLostAnswer restores while the answer to each change of the journal is lost in turn. The restore ends in one state or
// the other, once, and no server thinks that another one does it.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	for lost, more := int64(1), true; more; lost++ { // a restore that takes long makes more changes
		more = t.Run(fmt.Sprint(lost), func(t *testing.T) {
			w := newWorld(t, engine.Embedded, t.TempDir())
			c := &lostAnswer{Control: w.control}
			c.left.Store(lost)
			w.Manager = backups.New(backups.Config{Service: w.service, Control: c, Files: dir.New(w.dir), Version: "1.2.3"})
			was, later := map[kv.Key]string{"a": `1`}, map[kv.Key]string{"a": `3`, "b": `4`}
			one := w.project("one", was)
			m := w.create(one)
			w.set(one, later)
			_, err := w.Restore(t.Context(), m.ID, backups.RestoreOptions{Replace: true, By: access.AuditEntry{
				Actor: "ci (1)", Action: "restoreBackup", IP: "127.0.0.1", RequestID: "r1",
			}})
			want, result := later, "failed"
			if err == nil {
				want, result = was, "ok"
			}
			w.resume()
			w.isOver(result)
			w.served(one, nil)
			if diff := cmp.Diff(want, w.keys(one)); diff != "" {
				t.Error(diff)
			}
			more = c.left.Load() <= 0
		}) && more
	}
}
