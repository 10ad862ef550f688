// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"context"
	"sync"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/sqlite"
)

var _ kv.Metered = (*Store)(nil)

// Usage returns what the project holds, keys included that expired less than a second ago. The first call for a project
// counts; from then on the writer keeps count. Errors: as kv.Store.
func (s *Store) Usage(ctx context.Context, p kv.ProjectID) (kv.Usage, error) {
	counts := &s.writer.counts
	if u, ok := counts.of(p); ok {
		return u, nil
	}
	err := s.write(ctx, 0, func(ctx context.Context, w *writer) error {
		var u kv.Usage
		if err := w.holds.QueryRowContext(ctx, int64(p)).Scan(&u.Keys, &u.Bytes); err != nil {
			return sqlite.Err(err)
		}
		w.counts.begin(p, u)
		return nil
	})
	u, _ := counts.of(p)
	return u, err
}

// counts is what projects hold, of those that somebody has asked for.
type counts struct {
	mu        sync.RWMutex
	committed map[kv.ProjectID]kv.Usage

	// Of the writer's goroutine alone.
	kept    map[kv.ProjectID]bool
	changes []change // of the transaction under way
}

// change is what a project came to hold, in all or more than before.
type change struct {
	project kv.ProjectID
	usage   kv.Usage
	all     bool
}

func (c *counts) of(p kv.ProjectID) (kv.Usage, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	u, ok := c.committed[p]
	return u, ok
}

// begin keeps count of a project from now on, if the transaction under way is not undone.
func (c *counts) begin(p kv.ProjectID, u kv.Usage) {
	if c.kept == nil {
		c.kept = map[kv.ProjectID]bool{}
	}
	c.kept[p] = true
	c.changes = append(c.changes, change{p, u, true})
}

// add notes what the transaction under way adds to a project.
func (c *counts) add(p kv.ProjectID, keys, bytes int64) {
	if c.kept[p] {
		c.changes = append(c.changes, change{p, kv.Usage{Keys: keys, Bytes: bytes}, false})
	}
}

// undo forgets what was noted behind the first n changes.
func (c *counts) undo(n int) { c.changes = c.changes[:n] }

// commit makes the changes those of everybody.
func (c *counts) commit() {
	if len(c.changes) == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.committed == nil {
		c.committed = map[kv.ProjectID]kv.Usage{}
	}
	for _, change := range c.changes {
		u, ok := c.committed[change.project]
		switch {
		case change.all:
			c.committed[change.project] = change.usage
		case ok:
			c.committed[change.project] = kv.Usage{Keys: u.Keys + change.usage.Keys, Bytes: u.Bytes + change.usage.Bytes}
		}
	}
	c.undo(0)
}

// forget drops all counts: it is not known what the last transaction came to.
func (c *counts) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.committed)
	clear(c.kept)
	c.undo(0)
}
