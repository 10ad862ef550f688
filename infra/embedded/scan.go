// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"context"
	"database/sql"
	"runtime"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/sqlite"
)

// The bounds of one page of a scan, in addition to the number of keys that were asked for.
const (
	maxLooked   = 10_000                // keys read, matching or not
	maxPage     = 1 << 20               // bytes of keys
	maxRead     = 1 << 20               // bytes of keys read, matching or not
	maxPageTime = 20 * time.Millisecond // but at least one key is read
	// maxSteps bounds the work between two checks of the clock and the context, in bytes of keys; each key counts for
	// keySteps more.
	maxSteps = 64 << 10
	keySteps = maxSteps / 256
)

// Scan returns a page of the keys that match pattern (empty: all), in the order of their names: see
// nameOf. Errors: ErrInvalid for a cursor that no Scan made; else as kv.Store.
func (s *Store) Scan(ctx context.Context, p kv.ProjectID, pattern kv.Pattern, c kv.Cursor, limit int) (kv.Page, error) {
	names := spanOf(pattern)
	if c != "" {
		last, err := nameAt(c)
		if err != nil {
			return kv.Page{}, err
		}
		names = names.after(last)
	}
	page := pager{matcher: matcherOf(pattern), limit: limit, start: time.Now()}
	err := s.walk(ctx, func(inner context.Context, r *reader) error {
		rows, err := r.names.QueryContext(inner, s.config.now(), int64(p), names.from, names.to)
		if err != nil {
			return sqlite.Err(err)
		}
		defer rows.Close()
		return page.fill(ctx, rows)
	})
	if err != nil {
		return kv.Page{}, err
	}
	return page.Page, nil
}

// matcherOf returns what matches the keys of a pattern, all of them if it is empty.
func matcherOf(pattern kv.Pattern) *kv.Matcher {
	if pattern == "" {
		pattern = "*"
	}
	return pattern.Matcher()
}

// pager makes one page.
type pager struct {
	kv.Page
	matcher *kv.Matcher
	limit   int
	start   time.Time
	looked  int // keys read
	read    int // bytes of these
	bytes   int // of the keys in the page
	steps   int // since the last check of the clock
}

// fill reads rows until there are no more, or the page is full.
func (g *pager) fill(ctx context.Context, rows *sql.Rows) error {
	for rows.Next() {
		var name, whole sql.RawBytes
		var expired sql.NullBool
		if err := rows.Scan(&name, &whole, &expired); err != nil {
			return sqlite.Err(err)
		}
		if !expired.Bool {
			g.add(name, whole)
		}
		g.looked++
		late, err := g.pause(ctx)
		if err != nil {
			return err
		}
		if late || g.full() {
			g.Cursor = cursorOf(name)
			return nil
		}
	}
	return sqlite.Err(rows.Err())
}

// pause checks the clock and the context after enough work. It reports true if the time of the page is over.
func (g *pager) pause(ctx context.Context) (late bool, err error) {
	if g.steps += keySteps; g.steps < maxSteps {
		return false, nil
	}
	g.steps = 0
	if ctx.Err() != nil {
		return false, sqlite.Err(ctx.Err())
	}
	// Without this a few walks would leave the writer no processor for milliseconds at a time.
	runtime.Gosched()
	return time.Since(g.start) > maxPageTime, nil
}

// add adds the key to the page if it matches.
func (g *pager) add(name, whole []byte) {
	if whole != nil {
		name = whole
	}
	g.steps += len(name)
	g.read += len(name)
	if !g.matcher.MatchBytes(name) {
		return
	}
	// An import may have stored a key that no request can name.
	if key := kv.Key(name); key.Validate() == nil {
		g.Keys = append(g.Keys, key)
		g.bytes += len(key)
	}
}

func (g *pager) full() bool {
	return len(g.Keys) >= g.limit || g.bytes >= maxPage || g.read >= maxRead || g.looked >= maxLooked
}
