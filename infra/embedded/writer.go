// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/sqlite"
)

const (
	// maxQueue is how many writes may wait; the caller of one more waits for room.
	maxQueue = 1024
	// maxOps and maxWeight bound one transaction, in keys and in bytes, and so how long others wait for it. The first write is
	// taken regardless of its size.
	maxOps    = 1024
	maxWeight = 4 << 20
	// maxTouched is for how many keys a transaction keeps room for the next one.
	maxTouched = 16 << 10
	// housekeeping is the interval at which expired keys, which no operation sees, are
	// deleted and the log is trimmed.
	housekeeping = 500 * time.Millisecond
)

// writer owns the one connection that writes. All but queue, limit, batches, serving, total, finished and exports
// belong to its goroutine.
type writer struct {
	queue    chan *op
	waiting  waitingOps   // from the queue
	ended    bool         // the queue is closed
	limit    atomic.Int64 // Config.MaxMemory
	batches  kv.Batches
	serving  atomic.Int64 // writes in the transaction under way
	total    atomic.Int64 // transactions that the file ever saw
	finished chan struct{}
	exports  longReads
	stall    time.Duration // see Config.StallTime

	connection
	lengths lengths // of the log
	readers readers
	now     func() int64
	log     *slog.Logger
	// used is the sum of usage in the file, including the changes of the current transaction.
	used int64
	// committed is how many commits were acknowledged. commits keeps that on disk too; it is nil if that is not possible.
	committed sqlite.Count
	commits   *sqlite.Commits
	place     *sqlite.Place
	// misplaced says why the file is not where it was opened, empty while it is; report is called at each change.
	misplaced string
	report    func(detail string)
	// counts is the usage of the projects.
	counts counts
	// uncertain is set if counts and used may differ from the result of the last transaction.
	uncertain bool
	// rowsBefore is how many rows the connection has changed by the end of the last transaction, less than 0 if that is not
	// known.
	rowsBefore int64
	cache      *cache // nil: there is none
	// rows are those of the transaction under way.
	rows rows
	// touched are the keys that the transaction under way has changed, some of them more than once.
	touched []rowKey
	// degraded is set from a failure in the background to the next success, so that only the first is logged.
	degraded bool

	begin, commit, rollback    *sql.Stmt
	savepoint, undo, release   *sql.Stmt
	find, findAll              *sql.Stmt
	add, put, putLarge         *sql.Stmt
	expire, remove             *sql.Stmt
	setUsage, dropUsage        *sql.Stmt
	changes, setCommits        *sql.Stmt
	anyExpired, expired, owned *sql.Stmt
	logSize, moveLog, trimLog  *sql.Stmt
	freePages, vacuum          *sql.Stmt
}

func openWriter(ctx context.Context, db *sqlite.DB, readers readers, c Config) (*writer, error) {
	w := &writer{
		queue: make(chan *op, maxQueue), finished: make(chan struct{}),
		readers: readers, now: c.now, log: c.Log, report: c.Block, rowsBefore: -1, stall: c.StallTime,
	}
	w.limit.Store(c.MaxMemory)
	if err := w.connect(ctx, db.Write, w.createTable, w.statements()); err != nil {
		return nil, err
	}
	if c.staging {
		if _, err := w.ExecContext(ctx, "PRAGMA synchronous = NORMAL"); err != nil {
			return nil, errors.Join(sqlite.Err(err), w.close())
		}
	}
	if err := w.loadCounts(ctx); err != nil {
		return nil, errors.Join(err, w.close())
	}
	return w, nil
}

// createTable makes the rows readable by the statements of a connection.
func (w *writer) createTable(ctx context.Context, conn *sql.Conn) error {
	w.rows.reset()
	return sqlite.CreateTable(ctx, conn, "rows", columns, &w.rows)
}

func (w *writer) statements() []statement {
	return []statement{
		{&w.begin, "BEGIN IMMEDIATE"},
		{&w.commit, "COMMIT"},
		{&w.rollback, "ROLLBACK"},
		{&w.savepoint, "SAVEPOINT op"},
		{&w.undo, "ROLLBACK TO op"},
		{&w.release, "RELEASE op"},
		{&w.find, "SELECT expires, size, value FROM keys WHERE project = ?1 AND name = ?2"},
		{&w.findAll, `SELECT r.rowid, k.expires, k.size, k.value FROM temp.rows r CROSS JOIN keys k
			ON k.project = r.c0 AND k.name = r.c1`},
		// FAIL undoes nothing by itself, so that SQLite need not note how each page was before: a write that fails ends
		// the whole transaction.
		{&w.add, `INSERT OR FAIL INTO keys (project, name, key, expires, size, value, large)
			SELECT c0, c1, c2, c3, c4, c5, c6 FROM temp.rows`},
		{&w.put, `INSERT INTO keys (project, name, key, expires, size, value, large)
			SELECT c0, c1, c2, c3, c4, c5, c6 FROM temp.rows WHERE true
			ON CONFLICT DO UPDATE SET
			expires = excluded.expires, size = excluded.size, value = excluded.value, large = excluded.large`},
		{&w.putLarge, "INSERT INTO large (value) VALUES (?1)"},
		{&w.expire, "UPDATE keys SET expires = ?3 WHERE project = ?1 AND name = ?2"},
		{&w.remove, "DELETE FROM keys WHERE project = ?1 AND name = ?2 RETURNING expires, size, NULL"},
		{&w.setUsage, `INSERT INTO usage (project, keys, bytes) VALUES (?1, ?2, ?3)
			ON CONFLICT DO UPDATE SET keys = excluded.keys, bytes = excluded.bytes`},
		{&w.dropUsage, "DELETE FROM usage WHERE project = ?1"},
		{&w.setCommits, "UPDATE origin SET commits = ?1"},
		{&w.changes, "SELECT total_changes()"},
		{&w.anyExpired, "SELECT EXISTS (SELECT 1 FROM keys WHERE expires < ?1)"},
		{&w.expired, "SELECT project, name, size FROM keys WHERE expires < ?1 ORDER BY expires LIMIT ?2"},
		{&w.owned, "SELECT project, name, size FROM keys WHERE project = ?1 ORDER BY name LIMIT ?2"},
		{&w.logSize, "PRAGMA wal_checkpoint(NOOP)"},
		{&w.freePages, "PRAGMA freelist_count"},
		{&w.vacuum, "PRAGMA incremental_vacuum(" + strconv.Itoa(maxGiven) + ")"},
		{&w.moveLog, "PRAGMA wal_checkpoint(PASSIVE)"},
		{&w.trimLog, "PRAGMA wal_checkpoint(TRUNCATE)"},
	}
}

// locate notes where the file is, and begins to count its commits. If these cannot be counted, as on a disk that is full,
// the data can be used all the same.
func (w *writer) locate(ctx context.Context, path string) (err error) {
	if w.place, err = sqlite.Here(path); err != nil {
		return err
	}
	if w.commits, err = sqlite.OpenCommits(path, w.committed); err != nil {
		w.log.WarnContext(ctx, "the commits of the embedded store are not counted", "error", err)
	}
	w.report("")
	return nil
}

// leave undoes locate.
func (w *writer) leave() error {
	w.report("")
	if w.commits == nil {
		return nil
	}
	return w.commits.Close()
}

// run serves the queue until stop, and does maintenance in between.
func (w *writer) run(ctx context.Context) {
	defer close(w.finished)
	tick := time.NewTicker(housekeeping)
	defer tick.Stop()
	batch := make([]*op, 0, maxOps)
	for {
		if !w.serveWaiting(ctx, batch) {
			return
		}
		if w.waiting.n.Load() > 0 {
			select {
			case <-tick.C:
				w.maintain(ctx, batch)
			default:
			}
			continue
		}
		select {
		case o, ok := <-w.queue:
			w.receive(o, ok)
		case <-tick.C:
			w.maintain(ctx, batch)
		}
	}
}

// receive takes what came from the queue.
func (w *writer) receive(o *op, ok bool) {
	if !ok {
		w.ended = true
		return
	}
	w.waiting.push(o)
}

// serveWaiting serves some of the writes that wait. It reports false if there will be no more.
func (w *writer) serveWaiting(ctx context.Context, batch []*op) bool {
	if gathered := w.gather(batch); len(gathered) > 0 {
		w.batches.Note(len(gathered))
		w.serving.Store(int64(len(gathered)))
		w.serve(ctx, gathered)
		w.serving.Store(0)
	}
	return !w.ended || w.waiting.n.Load() > 0
}

// maintain does the work that no call asks for, such as deleting expired keys.
func (w *writer) maintain(ctx context.Context, batch []*op) {
	if w.inPlace(ctx) != nil { // it has reported that
		return
	}
	err := errors.Join(w.sweep(ctx, batch), w.giveBack(ctx, batch), w.trim(ctx))
	if err != nil && !w.degraded {
		w.log.ErrorContext(ctx, "maintenance of the embedded store", "error", err)
	}
	w.degraded = err != nil
}

// stop ends the goroutine once the queue is empty. Nothing may be added to the queue any more.
func (w *writer) stop() {
	close(w.queue)
	<-w.finished
}

// gather returns as many of the writes that wait as fit into one transaction.
func (w *writer) gather(batch []*op) []*op {
	w.receiveAll()
	batch = batch[:0]
	changes, weight := 0, 0
	for o := w.waiting.next(); o != nil; o = w.waiting.next() {
		changes += o.changes
		weight += o.weight
		if len(batch) > 0 && (changes > maxOps || weight > maxWeight) {
			break // a small write does not wait for a large one behind it
		}
		w.waiting.pop()
		if o.take() {
			batch = append(batch, o)
		}
	}
	return batch
}

// receiveAll takes what is in the queue, without waiting for more.
func (w *writer) receiveAll() {
	for !w.ended && w.waiting.n.Load() < maxQueue {
		select {
		case o, ok := <-w.queue:
			w.receive(o, ok)
		default:
			return
		}
	}
}
