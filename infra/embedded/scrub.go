// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/sqlite"
)

const (
	// scrubPages is how many pages a scrub reads at once, on one snapshot.
	scrubPages = 512
	// scrubRest is the ratio of the time that a scrub pauses to the time that it reads.
	scrubRest = 9
	// scrubDelay is the time from the opening of a store, when there is much else to do, to its first scrub.
	scrubDelay = 3 * time.Second
	// scrubEvery is the time from the end of one scrub to the next.
	scrubEvery = 6 * time.Hour
)

// scrub repeatedly reads all that is stored, to find damage in data that no call reads. It leaves most of the time and of
// the disk to others: a gigabyte takes about a minute.
func (s *Store) scrub(ctx context.Context) {
	defer close(s.scrubbed)
	if !rest(ctx, scrubDelay) {
		return
	}
	for {
		err := s.scrubOnce(ctx)
		if ctx.Err() != nil {
			return
		}
		if err == nil || errors.Is(err, kv.ErrDamaged) {
			s.damage.scrubbed(err)
		} else {
			s.config.Log.WarnContext(ctx, "look for damage in the embedded store", "error", err)
		}
		if !rest(ctx, scrubEvery) {
			return
		}
	}
}

// rest pauses, and reports false if ctx ended.
func rest(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// scrubOnce reads each page once, and then compares what is stored with usage. It continues after damage. Errors:
// ErrDamaged with what was found first; else as kv.Store.
func (s *Store) scrubOnce(ctx context.Context) error {
	var found error
	for first, more := int64(1), true; more; first += scrubPages {
		began := time.Now()
		var err error
		more, err = s.scrubSome(ctx, first)
		if err != nil && !errors.Is(err, kv.ErrDamaged) {
			return err
		}
		if s.damage.note(err); found == nil {
			found = err
		}
		if !rest(ctx, scrubRest*time.Since(began)) {
			return ctx.Err()
		}
	}
	if found != nil {
		return found
	}
	return s.snapshot(ctx, compareUsage)
}

// snapshot runs f in a read-only transaction, on a connection for long reads.
func (s *Store) snapshot(ctx context.Context, f func(ctx context.Context, tx *sql.Tx) error) error {
	conn, done, err := s.apart(ctx)
	if err != nil {
		return err
	}
	defer done()
	read := &longRead{}
	if err := s.writer.exports.begin(ctx, s.closing, read); err != nil {
		return err
	}
	defer s.writer.exports.leave(read)
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return sqlite.Err(err)
	}
	defer tx.Rollback()
	return f(ctx, tx)
}

// readPages reads some pages completely, and returns how many bytes they have.
const readPages = `WITH RECURSIVE n (i) AS (SELECT ?1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)
	SELECT coalesce(sum(length(data)), 0) FROM n CROSS JOIN sqlite_dbpage ON pgno = i`

// scrubSome reads some pages from the first on, and reports whether there are more.
func (s *Store) scrubSome(ctx context.Context, first int64) (more bool, err error) {
	err = s.snapshot(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var pages int64
		if err := tx.QueryRowContext(ctx, "PRAGMA page_count").Scan(&pages); err != nil {
			return sqlite.Err(err)
		}
		more = first+scrubPages <= pages
		last := min(first+scrubPages-1, pages)
		err := readRange(ctx, tx, first, last)
		if errors.Is(err, kv.ErrDamaged) {
			err = findDamage(ctx, tx, first, last)
		}
		return err
	})
	return more, err
}

func readRange(ctx context.Context, tx *sql.Tx, first, last int64) error {
	var size int64
	return sqlite.Err(tx.QueryRowContext(ctx, readPages, first, last).Scan(&size))
}

// findDamage names the first damaged page of a range, unless it is free: the content of free pages is never read.
func findDamage(ctx context.Context, tx *sql.Tx, first, last int64) error {
	var free map[int64]bool
	for page := first; page <= last; page++ {
		err := readRange(ctx, tx, page, page)
		if err != nil && free == nil {
			var unreadable error
			if free, unreadable = freePages(ctx, tx); unreadable != nil {
				free = map[int64]bool{}
			}
		}
		if errors.Is(err, kv.ErrDamaged) && !free[page] {
			detail := kv.Refuse(kv.ErrDamaged, "data.db is damaged: page %d, from byte %d on, is not what was written: "+repairAdvice,
				page, (page-1)*pageSize)
			return fmt.Errorf("%w: %w", detail, err)
		}
		if err != nil && !free[page] {
			return err
		}
	}
	return nil
}

// pageSize is the size of a page of a file with checksums, in bytes.
const pageSize = 4096

// freePages returns the pages in the free list: see "The Freelist" in SQLite's file format.
func freePages(ctx context.Context, tx *sql.Tx) (map[int64]bool, error) {
	free := map[int64]bool{}
	next, err := numberAt(ctx, tx, 1, 32)
	for seen := map[int64]bool{}; err == nil && next != 0 && !seen[next]; {
		trunk := next
		seen[trunk] = true
		var n int64
		if n, err = numberAt(ctx, tx, trunk, 4); err != nil {
			break
		}
		for i := range min(n, pageSize/4-2) {
			leaf, err := numberAt(ctx, tx, trunk, 8+4*i)
			if err != nil {
				return nil, err
			}
			free[leaf] = true
		}
		next, err = numberAt(ctx, tx, trunk, 0)
	}
	return free, err
}

// numberAt returns the 4-byte number at an offset of a page.
func numberAt(ctx context.Context, tx *sql.Tx, page, offset int64) (n int64, err error) {
	var b []byte
	err = tx.QueryRowContext(ctx, "SELECT substr(data, ?2 + 1, 4) FROM sqlite_dbpage WHERE pgno = ?1", page, offset).Scan(&b)
	for _, digit := range b {
		n = n<<8 | int64(digit)
	}
	return n, sqlite.Err(err)
}

// compareUsage compares what is stored with usage.
func compareUsage(ctx context.Context, tx *sql.Tx) error {
	held, err := readUsage(ctx, tx, -kv.MaxProjectID, kv.MaxProjectID)
	if err != nil {
		return err
	}
	found, err := usageOf(ctx, tx, "SELECT project, count(*), sum(size) FROM keys GROUP BY project")
	if err != nil {
		return err
	}
	return missed(held, found)
}
