// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"context"
	"database/sql"
	"maps"
	"sync"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/sqlite"
)

// Capabilities says that it knows the usage of projects.
func (s *Store) Capabilities() kv.Capabilities { return kv.Capabilities{Usage: s.Usage} }

// Usage returns what the project holds, including keys and stored outcomes that expired less than a second ago. Errors: as
// kv.Store.
func (s *Store) Usage(ctx context.Context, p kv.ProjectID) (kv.Usage, error) {
	if err := s.enter(ctx); err != nil {
		return kv.Usage{}, err
	}
	defer s.open.RUnlock()
	u := s.writer.counts.of(p)
	u.Answers = s.writer.counts.of(outcomesOf(p)).Bytes
	u.Bytes += u.Answers
	return u, nil
}

// counts is the content of the table usage.
type counts struct {
	mu        sync.RWMutex
	committed map[kv.ProjectID]kv.Usage

	changes []change // of the transaction under way: of the writer's goroutine alone
}

// change is what was added to the usage of a project.
type change struct {
	project kv.ProjectID
	usage   kv.Usage
}

func (c *counts) of(p kv.ProjectID) kv.Usage {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.committed[p]
}

// add notes what the current transaction adds to a project.
func (c *counts) add(p kv.ProjectID, keys, bytes int64) {
	if n := len(c.changes); n > 0 && c.changes[n-1].project == p {
		c.changes = append(c.changes[:n-1:cap(c.changes)], c.changes[n-1].plus(keys, bytes))
		return
	}
	c.changes = append(c.changes, change{p, kv.Usage{Keys: keys, Bytes: bytes}})
}

func (c change) plus(keys, bytes int64) change {
	c.usage.Keys += keys
	c.usage.Bytes += bytes
	return c
}

// undo removes all changes after the first n.
func (c *counts) undo(n int) { c.changes = c.changes[:n] }

// sums returns the new usage of the projects that the current transaction changes.
func (c *counts) sums() map[kv.ProjectID]kv.Usage {
	sums := map[kv.ProjectID]kv.Usage{}
	for _, change := range c.changes {
		u, ok := sums[change.project]
		if !ok {
			u = c.of(change.project)
		}
		sums[change.project] = kv.Usage{Keys: u.Keys + change.usage.Keys, Bytes: u.Bytes + change.usage.Bytes}
	}
	maps.DeleteFunc(sums, func(p kv.ProjectID, u kv.Usage) bool { return u == c.of(p) })
	return sums
}

// commit makes the sums visible to all.
func (c *counts) commit(sums map[kv.ProjectID]kv.Usage) {
	c.undo(0)
	if len(sums) == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for p, u := range sums {
		if u == (kv.Usage{}) {
			delete(c.committed, p)
		} else {
			c.committed[p] = u
		}
	}
}

// loadCounts reads usage, and how many commits there are.
func (w *writer) loadCounts(ctx context.Context) error {
	if err := w.QueryRowContext(ctx, "SELECT id, commits FROM origin").Scan(&w.committed.ID, &w.committed.N); err != nil {
		return sqlite.Err(err)
	}
	w.total.Store(w.committed.N)
	held, err := readUsage(ctx, w.Conn, -kv.MaxProjectID, kv.MaxProjectID)
	if err != nil {
		return err
	}
	w.used = 0
	for _, u := range held {
		w.used += u.Bytes
	}
	w.counts.mu.Lock()
	defer w.counts.mu.Unlock()
	w.counts.committed = held
	w.counts.undo(0)
	return nil
}

// writeCounts writes the changes to the table usage.
func (w *writer) writeCounts(ctx context.Context, sums map[kv.ProjectID]kv.Usage) error {
	for p, u := range sums {
		var err error
		if u == (kv.Usage{}) {
			_, err = w.dropUsage.ExecContext(ctx, int64(p))
		} else {
			_, err = w.setUsage.ExecContext(ctx, int64(p), u.Keys, u.Bytes)
		}
		if err != nil {
			return sqlite.Err(err)
		}
	}
	return nil
}

// querier is a connection, or a transaction on one.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// readUsage returns the content of the table usage for a range of projects.
func readUsage(ctx context.Context, q querier, first, last kv.ProjectID) (map[kv.ProjectID]kv.Usage, error) {
	return usageOf(ctx, q, "SELECT project, keys, bytes FROM usage WHERE project BETWEEN ?1 AND ?2", int64(first), int64(last))
}

// usageOf returns the result of a query for projects and their usage.
func usageOf(ctx context.Context, q querier, query string, args ...any) (map[kv.ProjectID]kv.Usage, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, sqlite.Err(err)
	}
	defer rows.Close()
	all := map[kv.ProjectID]kv.Usage{}
	for rows.Next() {
		var p kv.ProjectID
		var u kv.Usage
		if err := rows.Scan(&p, &u.Keys, &u.Bytes); err != nil {
			return nil, sqlite.Err(err)
		}
		all[p] = u
	}
	return all, sqlite.Err(rows.Err())
}

// missed returns an error if what was found differs from the table usage.
func missed(held, found map[kv.ProjectID]kv.Usage) error {
	for p, u := range held {
		if found[p] != u {
			return damagedCount(p, u, found[p])
		}
	}
	for p, u := range found {
		if _, ok := held[p]; !ok {
			return damagedCount(p, kv.Usage{}, u)
		}
	}
	return nil
}

func damagedCount(p kv.ProjectID, want, got kv.Usage) error {
	return kv.Refuse(kv.ErrDamaged, "data.db is damaged: it holds %d keys of project %d in %d bytes, and should hold %d in %d: "+
		repairAdvice, got.Keys, max(p, -p), got.Bytes, want.Keys, want.Bytes)
}
