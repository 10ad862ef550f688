// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/tempskv/tempskv/infra/sqlite"
)

const (
	// syncTime is how often the file and the control data exchange their counts of commits.
	syncTime = 10 * time.Second
	// lastSyncTime bounds the last exchange, so that a disk that hangs does not keep the program from ending.
	lastSyncTime = 5 * time.Second
)

// commitSync stores the count of commits of the file in the control data, and theirs in the file, so that an older copy
// of either is noticed.
type commitSync struct {
	engine *Engine
	store  *Store
	id     string // of the file
	kept   int64  // its commits at the last exchange

	end   chan struct{}
	ended sync.WaitGroup
}

// startSync exchanges the counts of a store that was opened, now and then every syncTime until stop.
func (e *Engine) startSync(ctx context.Context, s *Store, id string) {
	if e.config.Control == nil {
		return
	}
	c := &commitSync{engine: e, store: s, id: id, kept: -1, end: make(chan struct{})}
	s.commitSync = c
	ctx = context.WithoutCancel(ctx)
	err := c.exchange(ctx)
	c.ended.Go(func() { c.run(ctx, err) })
}

// run exchanges the counts until stop. err is that of the first exchange.
func (c *commitSync) run(ctx context.Context, err error) {
	tick := time.NewTicker(syncTime)
	defer tick.Stop()
	for failing := false; ; err = c.exchange(ctx) {
		if err != nil && !failing {
			c.engine.config.Log.WarnContext(ctx, "the embedded store and the control data could not exchange their commit counts; it is tried again",
				"error", err)
		}
		failing = err != nil
		select {
		case <-tick.C:
		case <-c.end:
			return
		}
	}
}

// exchange stores each count on the other side, if there were writes.
func (c *commitSync) exchange(ctx context.Context) error {
	if c.store.writer.total.Load() == c.kept {
		return nil
	}
	control := c.engine.config.Control
	err := c.store.write(ctx, 0, extent{}, func(ctx context.Context, w *writer) error {
		_, err := w.ExecContext(ctx, "UPDATE origin SET control = ?1, control_commits = ?2", control.ID(), control.Commits())
		return sqlite.Err(err)
	})
	n := c.store.writer.total.Load()
	if err = errors.Join(err, c.engine.know(ctx, known{ID: c.id, Commits: n})); err == nil {
		c.kept = n
	}
	return err
}

// stop exchanges the counts for the last time.
func (c *commitSync) stop() {
	if c == nil {
		return
	}
	close(c.end)
	c.ended.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), lastSyncTime)
	defer cancel()
	if err := c.exchange(ctx); err != nil {
		c.engine.config.Log.WarnContext(ctx, "the control data could not be given the last commit count of the embedded store", "error", err)
	}
}
