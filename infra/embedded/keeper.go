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
	// keepTime is how often the file and the control data learn of each other how far they are.
	keepTime = 10 * time.Second
	// lastKeepTime bounds the last time, so that a disk that hangs does not keep the program from ending.
	lastKeepTime = 5 * time.Second
)

// keeper lets the file and the control data know of each other, so that neither can be replaced by an older one unnoticed.
type keeper struct {
	engine *Engine
	store  *Store
	id     string // of the file
	kept   int64  // its commits when it last did

	end   chan struct{}
	ended sync.WaitGroup
}

// keep does so at once, for a store that was opened, and from now on.
func (e *Engine) keep(ctx context.Context, s *Store, id string) {
	if e.config.Control == nil {
		return
	}
	k := &keeper{engine: e, store: s, id: id, kept: -1, end: make(chan struct{})}
	s.keeper = k
	ctx = context.WithoutCancel(ctx)
	err := k.exchange(ctx)
	k.ended.Go(func() { k.run(ctx, err) })
}

// run goes on until the end. It begins with what the first time ended in.
func (k *keeper) run(ctx context.Context, err error) {
	tick := time.NewTicker(keepTime)
	defer tick.Stop()
	for failing := false; ; err = k.exchange(ctx) {
		if err != nil && !failing {
			k.engine.config.Log.WarnContext(ctx, "the embedded store and the control data do not learn how far the other is; it is tried again",
				"error", err)
		}
		failing = err != nil
		select {
		case <-tick.C:
		case <-k.end:
			return
		}
	}
}

// exchange tells each how far the other is, if there were writes.
func (k *keeper) exchange(ctx context.Context) error {
	if k.store.writer.total.Load() == k.kept {
		return nil
	}
	control := k.engine.config.Control
	err := k.store.write(ctx, 0, func(ctx context.Context, w *writer) error {
		_, err := w.ExecContext(ctx, "UPDATE origin SET control = ?1, control_commits = ?2", control.ID(), control.Commits())
		return sqlite.Err(err)
	})
	n := k.store.writer.total.Load()
	if err = errors.Join(err, k.engine.know(ctx, known{ID: k.id, Commits: n})); err == nil {
		k.kept = n
	}
	return err
}

// stop does it for the last time.
func (k *keeper) stop() {
	if k == nil {
		return
	}
	close(k.end)
	k.ended.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), lastKeepTime)
	defer cancel()
	if err := k.exchange(ctx); err != nil {
		k.engine.config.Log.WarnContext(ctx, "the control data do not know how far the embedded store is", "error", err)
	}
}
